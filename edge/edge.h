//  edge - the HTTP side of a node: requests in, commands to the actors, answers out.
//
//      edge_config_t config = { .http_host = "127.0.0.1", .http_port = 8080, .node = node, … };
//      edge_start (&config, &edge, reason);         binds, serves from now on
//      edge_announce_stop (edge);                   readyz answers 503
//      edge_stop_accepting (edge);                  /v1 too
//      edge_drain (edge, grace_ms);                 what was accepted gets its answer
//      edge_destroy (&edge);                        before node_destroy
//
//  Borrows everything in its config until it is destroyed. Threads of its own:
//  limits.http_threads workers of libmicrohttpd, limits.hash_threads for passwords,
//  one for replies and deadlines, one that writes the log. The functions here are
//  for one thread at a time.

#ifndef EDGE_EDGE_H
#define EDGE_EDGE_H

#include "edge/bank_gateway.h"
#include "edge/keyring.h"
#include "edge/member_keys.h"
#include "edge/tap.h"
#include "edge/tls.h"
#include "edge/webhook_gateway.h"
#include "edge/webhook_reader.h"
#include "runtime/node.h"

typedef struct edge edge_t;

typedef struct {
    const char *http_host;          //  Numeric address to bind
    uint16_t http_port;             //  0: any free one; edge_port says which
    tls_t *tls;                     //  What HTTPS is served with; NULL: plain HTTP
    node_t *node;
    const limits_t *limits;
    const keyring_t *keyring;       //  Tokens, ids, lookup hashes
    member_keys_t *member_keys;
    bank_gateway_t *bank;           //  Asked whether its breaker lets calls pass; NULL: always
    const char *bank_url;           //  Where the names of account holders are asked for
    webhook_allowed_t webhook_allowed;    //  Receivers beyond the public internet
    webhook_gateway_t *webhooks;    //  For their metrics, as the next; NULL: none
    webhook_reader_t *webhook_reader;
    tap_t *tap;                     //  Gets the line of each request; NULL: none
    bool access_log;                //  … and stderr too
} edge_config_t;

//  IN_USE: the port is taken. INVALID: not an address. LIMIT: no memory or threads.
//  ret_reason gets one line.
status_t edge_start (const edge_config_t *config, edge_t **ret_edge,
                     char ret_reason [256]) must_check;

uint16_t edge_port (const edge_t *self);

//  From now on /readyz is 503, and all goes on: who shares out requests hears of it first.
void edge_announce_stop (edge_t *self);

//  From now on /readyz is 503 and new requests to /v1 answer 503 not_ready;
//  /healthz and /metrics go on, and so does what was accepted.
void edge_stop_accepting (edge_t *self);

//  Waits until every accepted request has its answer; false: grace_ms were not
//  enough. Waits for sagas go on until a second before the end; then they answer with
//  what is.
bool edge_drain (edge_t *self, int64_t grace_ms);

//  Requests that still wait get 503 outcome_unknown. NULL-safe.
void edge_destroy (edge_t **self_p);

#endif
