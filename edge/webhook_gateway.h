//  webhook_gateway - the way out to the receivers of webhooks: asks in, POSTs out, answers in.
//
//  One zactor. It pulls asks of the port (actors/webhook.h) off the exchange, reads endpoint
//  and event as they are now, signs, posts by libcurl, and answers the asking delivery with
//  the message's cause, so that its record acknowledges the ask. A crash in between: the ask
//  comes again, and the receiver knows the webhook-id.
//
//  Limits: webhook_calls in flight, webhook_endpoint_calls of them to one endpoint; behind
//  those webhook_endpoint_waiting wait for it (fewer while much waits for others), and what
//  comes on top is answered `unavailable` at once: the delivery tries again later. So a slow
//  receiver takes neither the wire nor the window of the others; only webhook_calls /
//  webhook_endpoint_calls slow ones at once do, for webhook_timeout_ms at most.
//
//  An endpoint is read from the state environment, a moment behind (runtime/objects.h): one
//  that is not there yet is waited for, and a url, a secret, a disabling counts from the next
//  attempt after it was flushed.

#ifndef EDGE_WEBHOOK_GATEWAY_H
#define EDGE_WEBHOOK_GATEWAY_H

#include "edge/keyring.h"
#include "edge/webhook_address.h"
#include "runtime/node.h"

typedef struct webhook_gateway webhook_gateway_t;

typedef struct {
    node_t *node;
    const char *node_name;          //  The events' source is happypay/NAME
    const keyring_t *keyring;
    webhook_allowed_t allowed;      //  Addresses beyond the public internet
    limits_t limits;
} webhook_gateway_config_t;

//  Borrows all of the config. LIMIT: no thread or socket; one line in ret_reason.
status_t webhook_gateway_new (const webhook_gateway_config_t *config,
                              webhook_gateway_t **ret_gateway, char ret_reason [256]) must_check;

//  Calls in flight are let go: their asks come again at the next start. Before node_destroy.
void webhook_gateway_destroy (webhook_gateway_t **self_p);

//  Counters for /metrics; any thread.
#define WEBHOOK_METRICS(X)                                                                         \
    X (delivered, "happypay_webhooks_delivered_total", "Webhooks answered with 2xx")               \
    X (rejected, "happypay_webhooks_rejected_total", "Webhooks answered otherwise")                \
    X (unanswered, "happypay_webhooks_unanswered_total", "Webhooks without an answer")             \
    X (refused, "happypay_webhooks_refused_total", "Webhooks to addresses that are not allowed")   \
    X (unsent, "happypay_webhooks_unsent_total", "Webhooks that were not sent: endpoint gone or full")

#define WEBHOOK_METRIC_FIELD(field, name, help) uint64_t field;
typedef struct {
    WEBHOOK_METRICS (WEBHOOK_METRIC_FIELD)
    int64_t in_flight, waiting;
} webhook_metrics_t;
#undef WEBHOOK_METRIC_FIELD

void webhook_gateway_metrics (const webhook_gateway_t *self, webhook_metrics_t *ret_metrics);

#endif
