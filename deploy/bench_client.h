//  bench_client - many keep-alive HTTP/1.1 connections from one thread, cheaply.
//
//  Why not libcurl, which the gateways use: the load generator shares the cores with
//  the node that it measures, and libcurl's multi interface takes more CPU for a
//  request than the node does for a payment, so it would measure itself. Here a
//  request is one snprintf into the connection's own buffer and one send; an answer
//  is one epoll event and one recv. It does as little as a load generator needs: POST
//  with a JSON body, one request at a time on a connection, no TLS, no redirects.
//
//  Connections open when they are first used and again after they broke. A server
//  may close an idle connection just as a request is on its way: a request on a
//  used connection that ends before the first byte of an answer is sent once more on
//  a new one. It carries its Idempotency-Key, so that is safe.
//
//  Everything happens on the thread that made it; no call but _new (name lookup)
//  blocks longer than it was told to.

#ifndef DEPLOY_BENCH_CLIENT_H
#define DEPLOY_BENCH_CLIENT_H

#include <stdint.h>
#include "deploy/bench_answer.h"

enum {
    BENCH_REQUEST_MAX = 8192,       //  Bytes of a request, head and body
    BENCH_ANSWER_MAX = 16384        //  Bytes of an answer, head and body
};

//  Longer than the longest wait a request can ask for (Prefer: wait=30).
#define BENCH_TIMEOUT_NS INT64_C (40000000000)

typedef struct bench_client bench_client_t;

//  Called within bench_client_wait, once per request. `answer` is valid during the
//  call; status 0 means that none came: answer->failure says why. It may post the
//  connection's next request.
typedef void (bench_client_answer_fn) (void *context, uint32_t connection,
                                       const bench_answer_t *answer);

//  url is http://HOST[:PORT]. token NULL: no Authorization. Borrows context only.
//  NULL if the URL cannot be used or there are too few descriptors; ret_reason gets
//  one line.
bench_client_t *bench_client_new (const char *url, const char *token, uint32_t connections,
                                  bench_client_answer_fn *answer, void *context,
                                  char ret_reason [256]);
void bench_client_destroy (bench_client_t **self_p);

//  Sends POST path with the key and body (both text) on an idle connection (0 ..
//  connections - 1; asserted). Trouble is told through the answer function, later.
void bench_client_post (bench_client_t *self, uint32_t connection, const char *path,
                        const char *key, const char *body);

//  Handles what comes until there was something or `until_ns` (bench_now_ns) is
//  reached, whichever is first.
void bench_client_wait (bench_client_t *self, int64_t until_ns);

//  Requests without an answer yet.
uint32_t bench_client_busy (const bench_client_t *self);

//  Monotonic clock.
int64_t bench_now_ns (void);

#endif
