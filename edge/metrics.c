#include "edge/metrics.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

//  Upper bounds of the latency histogram.
static const int64_t s_bounds_us [] = {
    500,    1000,   2500,   5000,    10000,   25000,   50000,
    100000, 250000, 500000, 1000000, 2500000, 5000000, 30000000
};

enum { CLASSES = 6 };  //  By the first digit of the status

typedef struct {
    _Atomic uint64_t by_class [CLASSES];
    _Atomic uint64_t buckets [COUNT (s_bounds_us) + 1];
    _Atomic uint64_t sum_us;
} route_metrics_t;

struct metrics {
    size_t route_count;  //  The last one: no route matched
    route_metrics_t *routes;
};

metrics_t *
metrics_new (void)
{
    metrics_t *self = calloc (1, sizeof *self);
    assert (self);
    self->route_count = route_count () + 1;
    self->routes = calloc (self->route_count, sizeof *self->routes);
    assert (self->routes);
    return self;
}

void
metrics_destroy (metrics_t **self_p)
{
    if (*self_p) {
        free ((*self_p)->routes);
        free (*self_p);
        *self_p = NULL;
    }
}

static void
s_add (_Atomic uint64_t *counter, uint64_t value)
{
    atomic_fetch_add_explicit (counter, value, memory_order_relaxed);
}

static uint64_t
s_get (const _Atomic uint64_t *counter)
{
    return atomic_load_explicit (counter, memory_order_relaxed);
}

void
metrics_request (metrics_t *self, const route_t *route, unsigned http, int64_t elapsed_ns)
{
    size_t index = route ? route_index (route) : self->route_count - 1;
    route_metrics_t *metrics = &self->routes [index];
    int64_t elapsed_us = elapsed_ns / 1000;
    size_t bucket = 0;
    while (bucket < COUNT (s_bounds_us) && elapsed_us > s_bounds_us [bucket]) {
        bucket++;
    }
    s_add (&metrics->by_class [http / 100 < CLASSES ? http / 100 : 0], 1);
    s_add (&metrics->buckets [bucket], 1);
    s_add (&metrics->sum_us, (uint64_t) elapsed_us);
}

static void
s_line (json_out_t *out, const char *line, int length)
{
    out_raw (out, line, (size_t) length);
}

static void
s_labels (const metrics_t *self, size_t index, char *labels, size_t size)
{
    bool known = index + 1 < self->route_count;
    const route_t *route = known ? route_at (index) : NULL;
    snprintf (labels, size, "method=\"%s\",route=\"%s\"", known ? route->method : "",
              known ? route->path : "none");
}

//  Successes of a route are counted from zero: so the page names every route there is.
static void
s_render_counts (const metrics_t *self, json_out_t *out)
{
    char labels [192], line [320];
    s_line (out, line,
            snprintf (line, sizeof line,
                      "# HELP happypay_http_requests_total Requests answered\n"
                      "# TYPE happypay_http_requests_total counter\n"));
    for (size_t index = 0; index < self->route_count; index++) {
        s_labels (self, index, labels, sizeof labels);
        for (size_t class = 1; class < CLASSES; class ++) {
            uint64_t count = s_get (&self->routes [index].by_class [class]);
            if (count || (class == 2 && index + 1 < self->route_count)) {
                s_line (out, line,
                        snprintf (line, sizeof line,
                                  "happypay_http_requests_total{%s,status=\"%zuxx\"} %llu\n",
                                  labels, class, (unsigned long long) count));
            }
        }
    }
}

static void
s_render_latency (const route_metrics_t *metrics, const char *labels, json_out_t *out)
{
    static const char name [] = "happypay_http_request_seconds";
    char line [384];
    uint64_t total = 0;
    for (size_t bucket = 0; bucket <= COUNT (s_bounds_us); bucket++) {
        char bound [32] = "+Inf";
        total += s_get (&metrics->buckets [bucket]);
        if (bucket < COUNT (s_bounds_us)) {
            snprintf (bound, sizeof bound, "%g", (double) s_bounds_us [bucket] / 1e6);
        }
        s_line (out, line,
                snprintf (line, sizeof line, "%s_bucket{%s,le=\"%s\"} %llu\n", name, labels, bound,
                          (unsigned long long) total));
    }
    s_line (out, line,
            snprintf (line, sizeof line, "%s_sum{%s} %.6f\n%s_count{%s} %llu\n", name, labels,
                      (double) s_get (&metrics->sum_us) / 1e6, name, labels,
                      (unsigned long long) total));
}

void
metrics_render (const metrics_t *self, json_out_t *out)
{
    char labels [192], line [160];
    s_render_counts (self, out);
    s_line (out, line,
            snprintf (line, sizeof line,
                      "# HELP happypay_http_request_seconds From header to answer\n"
                      "# TYPE happypay_http_request_seconds histogram\n"));
    for (size_t index = 0; index < self->route_count; index++) {
        uint64_t count = 0;
        for (size_t bucket = 0; bucket <= COUNT (s_bounds_us); bucket++) {
            count += s_get (&self->routes [index].buckets [bucket]);
        }
        if (count) {
            s_labels (self, index, labels, sizeof labels);
            s_render_latency (&self->routes [index], labels, out);
        }
    }
}

void
metrics_value (json_out_t *out, const char *name, const char *type, const char *help, double value)
{
    char line [320];
    s_line (out, line,
            snprintf (line, sizeof line, "# HELP %s %s\n# TYPE %s %s\n%s %.17g\n", name, help, name,
                      type, name, value));
}
