//  edge_self - what an edge consists of. For edge.c, http.c, replies.c, request.c and
//  the resource files; nobody outside of edge/.

#ifndef EDGE_EDGE_SELF_H
#define EDGE_EDGE_SELF_H

#include <pthread.h>
#include "edge/batch.h"
#include "edge/connections.h"
#include "edge/edge.h"
#include "edge/ended.h"
#include "edge/facts.h"
#include "edge/guesses.h"
#include "edge/log.h"
#include "edge/metrics.h"
#include "edge/rate.h"
#include "edge/request.h"
#include "edge/waits.h"

struct password_pool;
struct reporter;

struct edge {
    edge_config_t config;
    limits_t limits;
    token_check_t *tokens;
    struct password_pool *passwords;
    struct reporter *reporter;
    guesses_t *guesses;
    rates_t *rates;
    batches_t *batches;
    ended_t *ended;
    log_t *log;                     //  NULL: no access log
    holders_t *holders;
    metrics_t *metrics;
    waits_t *waits;
    facts_t *facts;
    struct MHD_Daemon *daemon;
    connections_t *connections;

    _Atomic bool leaving;           //  To be told by /readyz
    _Atomic bool refusing;          //  Stop accepting
    _Atomic bool hurrying;          //  The grace is nearly over: nobody waits for sagas
    _Atomic bool ending;            //  The replies thread leaves
    _Atomic int32_t busy;           //  Requests received whole and not answered
    _Atomic uint64_t made;          //  Request ids made so far
    uint64_t run;                   //  Their random part

    pthread_t replies_thread;
    bool replies_started;
    node_replies_t *replies;
    node_port_t *replies_port;

    pthread_mutex_t mutex;          //  Guards what follows
    uint32_t slot_count;
    request_t *slots;               //  The table; a slot's memory stays
    request_t *free_slots;          //  Last used first: those are warm
    uint32_t port_count;
    node_port_t *ports [64];        //  Of the workers (limits.http_threads at most)
};

//  The calling worker's own port, made at its first call.
node_port_t *edge_worker_port (edge_t *self);

//  A slot for a new request, or NULL: all are taken.
request_t *edge_slot_take (edge_t *self);
void edge_slot_give (edge_t *self, request_t *request);

//  token <-> (generation, slot, ordinal)
enum { ORDINAL_COMMAND = 200, ORDINAL_REREAD, ORDINAL_SHOWN, ORDINAL_SYNC };
uint64_t request_token (const request_t *request, unsigned ordinal);

//  http.c
status_t http_start (edge_t *self, char ret_reason [256]) must_check;
void http_stop (edge_t *self);
uint16_t http_port (const edge_t *self);

//  replies.c
bool replies_start (edge_t *self);
void replies_stop (edge_t *self);

int64_t monotonic_ns (void);
int64_t wall_ms (void);

#endif
