//  bank_http - the stand-in bank's HTTP: listens, reads, routes, answers, or not.
//
//  Knows nothing of banking. A route's handler either answers at once, or cuts the
//  connection, or puts the call aside and lets another thread take it up again:
//
//      static void s_handle (bank_call_t *call)
//      {
//          bank_call_set_aside (call, s_answer);   then give it away
//      }
//      ... on any thread, once: bank_call_take_up (call);
//      ... on an HTTP thread: s_answer (call) answers or cuts.
//
//  While a call is set aside its connection costs a descriptor and no thread, so a
//  call that hangs stalls nobody. libmicrohttpd runs a pool of BANK_HTTP_THREADS on
//  epoll (one thread alone stalls under keep-alive load, a pool does not).
//
//  Limits: BANK_HTTP_CONNECTIONS, BANK_BODY_MAX, idle connections closed after
//  BANK_IDLE_S. Errors are application/problem+json.

#ifndef DEPLOY_BANK_HTTP_H
#define DEPLOY_BANK_HTTP_H

#include <jansson.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "deploy/bank_route.h"

enum {
    BANK_HTTP_THREADS = 2,
    BANK_HTTP_CONNECTIONS = 4096,
    BANK_BODY_MAX = 16384,          //  Bytes
    BANK_BODY_SWALLOWED_MAX = 1048576,  //  Read past that before it is refused
    BANK_IDLE_S = 60
};

//  clang-format off
//     code                 status
#define BANK_PROBLEMS(X)                                                                           \
    X (MALFORMED,           400, "malformed", "The request cannot be understood")                  \
    X (NOT_FOUND,           404, "not_found", "There is nothing here")                             \
    X (METHOD_NOT_ALLOWED,  405, "method_not_allowed", "Not with this method")                     \
    X (TRANSFER_ID_REUSED,  409, "transfer_id_reused", "The transfer id stands for another order") \
    X (ACCOUNT_EXISTS,      409, "account_exists", "The account was opened with other content")    \
    X (BODY_TOO_LARGE,      413, "body_too_large", "The body is too large")                        \
    X (TOO_MANY_FAULTS,     422, "too_many_faults", "As many faults as can be are active")         \
    X (BROKEN,              500, "broken", "The bank was told to answer so")                       \
    X (OUTAGE,              503, "outage", "The bank was told to be unavailable")                  \
    X (STOPPING,            503, "stopping", "The bank is about to stop")                          \
    X (NO_SPACE,            503, "no_space", "The bank's disk is full; nothing was recorded")
//  clang-format on

#define BANK_PROBLEM_ENUM(code, status, name, title) BANK_PROBLEM_##code,
typedef enum { BANK_PROBLEMS (BANK_PROBLEM_ENUM) BANK_PROBLEM_COUNT } bank_problem_t;
#undef BANK_PROBLEM_ENUM

typedef struct bank_http bank_http_t;

//  One request, from its first header to the end of its answer.
struct bank_call {
    bank_http_t *http;
    void *bank;                     //  config.bank
    struct MHD_Connection *connection;
    const char *method;
    char *path;                     //  As it was sent, without the query
    char *parts [BANK_PARTS_MAX];   //  What stood for {}, percent-decoded
    char *body;                     //  Zero-terminated
    size_t body_size;
    void *errand;                   //  The handler's; freed with the call

    bool too_large;                 //  The rest is bank_http's
    bool is_aside;
    bool is_cut;
    bool is_answered;
    bank_call_fn *next;
};

typedef struct {
    const char *address;            //  "HOST:PORT", "[IPV6]:PORT"
    const bank_route_t *routes;     //  Borrowed
    size_t route_count;
    bank_call_fn *before;           //  Runs first; the route only if it did not answer
    void *bank;                     //  For call->bank
} bank_http_config_t;

//  Binds and starts to answer. False if it cannot, with one line in ret_reason.
bool bank_http_open (const bank_http_config_t *config, bank_http_t **ret_http,
                     char ret_reason [256]);

//  "127.0.0.1:8090", with the port that was taken if 0 was asked for.
const char *bank_http_address (const bank_http_t *self);

//  Takes no new connection and answers new calls with 503. Returns when no call is
//  set aside, and none is being read or answered, for the latter at most grace_s.
void bank_http_drain (bank_http_t *self, int64_t grace_s);

//  After bank_http_drain; closes all connections.
void bank_http_destroy (bank_http_t **self_p);

//  Handlers, on HTTP threads.
void bank_call_set_aside (bank_call_t *call, bank_call_fn *next);
void bank_call_cut (bank_call_t *call);
void bank_call_answer (bank_call_t *call, unsigned status, json_t *object);  //  Takes object
void bank_call_problem (bank_call_t *call, bank_problem_t problem, const char *detail, ...)
    __attribute__ ((format (printf, 3, 4)));

//  Sends a response with the given status; takes the response.
void bank_call_respond (bank_call_t *call, unsigned status, struct MHD_Response *response);

//  A query parameter as it was sent, percent-decoded; NULL if absent. *ret_unknown is
//  the name of a parameter that is not `name`, or NULL. Both borrowed from the call.
const char *bank_call_query (bank_call_t *call, const char *name, const char **ret_unknown);

//  Any thread, once after each bank_call_set_aside.
void bank_call_take_up (bank_call_t *call);

#endif
