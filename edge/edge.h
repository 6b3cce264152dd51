//  edge - the HTTP side of a node: requests in, commands to the actors, answers out.
//
//      edge_config_t config = { .http_host = "127.0.0.1", .http_port = 8080, .node = node, … };
//      edge_start (&config, &edge, reason);         binds, serves from now on
//      edge_stop_accepting (edge);                  readyz 503, writes and reads 503
//      edge_drain (edge, grace_ms);                 what was accepted gets its answer
//      edge_destroy (&edge);                        before node_destroy
//
//  Borrows everything in its config until it is destroyed. Threads of its own:
//  limits.http_threads workers of libmicrohttpd, one for replies and deadlines,
//  one that writes the log. All functions here are for the thread that started it.

#ifndef EDGE_EDGE_H
#define EDGE_EDGE_H

#include "runtime/node.h"

typedef struct edge edge_t;
struct keyring;
struct member_keys;
struct password_pool;
struct bank_gateway;

typedef struct {
    const char *http_host;          //  Numeric address to bind
    uint16_t http_port;             //  0: any free one; edge_port says which
    node_t *node;
    const limits_t *limits;
    struct keyring *keyring;        //  Tokens, index key, master key
    struct member_keys *member_keys;
    struct password_pool *passwords;
    struct bank_gateway *bank;      //  Asked whether its breaker is closed; NULL: always
    bool access_log;                //  One line per request on stderr
} edge_config_t;

//  BUSY: the port is taken. INVALID: not an address. ret_reason gets one line.
status_t edge_start (const edge_config_t *config, edge_t **ret_edge,
                     char ret_reason [256]) must_check;

uint16_t edge_port (const edge_t *self);

//  From now on /readyz is 503 and /v1 answers 503 not_ready; /healthz stays 200.
void edge_stop_accepting (edge_t *self);

//  Waits until every accepted request was answered; false if grace_ms were not
//  enough. Ends the waits for sagas at once: those answer 202 with what is.
bool edge_drain (edge_t *self, int64_t grace_ms);

void edge_destroy (edge_t **self_p);

#endif
