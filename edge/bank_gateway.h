//  bank_gateway - the way out to the bank: messages in, HTTP calls out, answers in.
//
//  One zactor. It pulls messages to the bank's port (actors/bank.h) off the
//  exchange, opens the sealed account numbers, calls the bank by libcurl's multi
//  interface, and answers the asking aggregate with the message's cause, so that
//  its outcome record acknowledges the message. A crash in between: the message
//  comes again, and the bank knows the transfer's id.
//
//      bank says                                    the asking aggregate hears
//      200 with result succeeded                    succeeded
//      200 with result failed and a reason          failed, with that reason
//      409 (same id, another body)                  unknown, and an incident is logged
//      404 to an inquiry (GET)                      unknown: never accepted, or forgotten
//      404, 5xx, broken, late, or not understood    unknown, never failed
//
//  A statement is compared with our transfers before it is told (edge/bank_statement.h).
//
//  Limits: bank_calls in flight, the others wait in order (the exchange's window
//  bounds them); bank_timeout_ms a call; an answer of at most 64 KiB
//  (a statement's: 4 MiB).
//
//  A breaker per bank code of the account at the other end: while it is open,
//  calls are answered unknown at once, and bank_gateway_available is false, so
//  that the edge refuses new work before anything is recorded. When no call comes
//  to try it out, our own account is read instead.

#ifndef EDGE_BANK_GATEWAY_H
#define EDGE_BANK_GATEWAY_H

#include "edge/member_keys.h"
#include "runtime/node.h"

typedef struct bank_gateway bank_gateway_t;

typedef struct {
    node_t *node;
    member_keys_t *keys;
    const char *url;                //  "http://127.0.0.1:8090"
    limits_t limits;
} bank_gateway_config_t;

//  Starts the gateway. INVALID: the URL cannot be used; one line in ret_reason.
status_t bank_gateway_new (const bank_gateway_config_t *config, bank_gateway_t **ret_gateway,
                           char ret_reason [256]) must_check;

//  Calls in flight are let go: their messages come again at the next start.
//  Before node_destroy.
void bank_gateway_destroy (bank_gateway_t **self_p);

//  False while the breaker of this bank is open. Any thread; an atomic load while
//  all are closed.
bool bank_gateway_available (const bank_gateway_t *self, const char *bank_code);

//  Milliseconds until it may be available again (for Retry-After); 0 if it is.
int64_t bank_gateway_wait_ms (const bank_gateway_t *self, const char *bank_code);

//  Counters for /metrics; any thread.
#define BANK_METRICS(X)                                                                            \
    X (succeeded, "happypay_bank_calls_succeeded_total", "Bank calls answered with success")       \
    X (failed, "happypay_bank_calls_failed_total", "Bank calls answered with a refusal")           \
    X (unknown, "happypay_bank_calls_unknown_total", "Bank calls without a usable answer")         \
    X (shortcut, "happypay_bank_calls_shortcut_total", "Bank calls not made: breaker open")        \
    X (conflicts, "happypay_bank_conflicts_total", "Bank calls answered 409: an incident")

#define BANK_METRIC_FIELD(field, name, help) uint64_t field;
typedef struct {
    BANK_METRICS (BANK_METRIC_FIELD)
    int64_t in_flight, waiting, breakers_open;
} bank_metrics_t;
#undef BANK_METRIC_FIELD

void bank_gateway_metrics (const bank_gateway_t *self, bank_metrics_t *ret_metrics);

#endif
