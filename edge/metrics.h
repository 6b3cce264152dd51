//  metrics - what the edge counts, and the page that shows it (Prometheus text
//  format 0.0.4): requests by route and status class, their latencies, and the
//  counters of node, bank gateway, tokens, tap and log.
//
//  Counting is a few relaxed atomic additions; any thread.

#ifndef EDGE_METRICS_H
#define EDGE_METRICS_H

#include "edge/route.h"

typedef struct metrics metrics_t;

metrics_t *metrics_new (void);
void metrics_destroy (metrics_t **self_p);

//  route NULL: none matched.
void metrics_request (metrics_t *self, const route_t *route, unsigned http, int64_t elapsed_ns);

//  Appends the edge's own part of the page.
void metrics_render (const metrics_t *self, json_out_t *out);

//  One metric with its HELP and TYPE ("counter", "gauge").
void metrics_value (json_out_t *out, const char *name, const char *type, const char *help,
                    double value);

#endif
