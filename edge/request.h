//  request - one HTTP request on its way through the edge: a small state machine.
//
//      stage        entered by    what happens                          next
//      RECEIVING    worker        the body comes in                     PREPARING, ANSWERED
//      PREPARING    worker        route->prepare names facts            HASHING, AWAITING,
//                                                                       SENDING, ANSWERED
//      HASHING      any driver    a password is with the pool           SENDING
//      LOOKING      worker        the bank is asked who holds an account SENDING
//      AWAITING     any driver    the lists come to hold min_sequence   SENDING, ANSWERED
//      SENDING      worker        the facts are asked for               GATHERING
//      GATHERING    any driver    queries are out                       EXAMINING, ANSWERED
//      EXAMINING    any driver    route->examine looks at what came,    HASHING, SENDING,
//                                 and may ask for more, in turns        DECIDING, ANSWERED
//      DECIDING     any driver    route->decide makes the command       COMMANDING, SYNCING,
//                                                                       ANSWERED
//      COMMANDING   any driver    the command is out, perhaps waiting   REREADING, SHOWING,
//                                                                       SYNCING, ANSWERED
//      REREADING    any driver    of a replay: the object as it is now  SHOWING, SYNCING,
//                                                                       ANSWERED
//      SHOWING      any driver    what the client is shown is read,     ANSWERED
//                                 perhaps waited for (route->follow)
//      BATCHING     batches       its operations run (edge/batch.h)     ANSWERED
//      SYNCING      any driver    the lists catch up                    REPORTING, ANSWERED
//      REPORTING    reporter      route->report writes the answer       ANSWERED
//      ANSWERED     worker        route->render, response queued        slot is free again
//
//  Who may touch it. A request is in a slot of a fixed table; at any time exactly
//  one thread drives it. `pending` counts the replies that are out, plus REQUEST_HOLD for
//  the driver that is still sending them. Whoever brings it to zero is the next
//  driver: the replies thread, or the sender itself if all came while it was
//  sending. The password pool's thread never drives; it resumes the connection and
//  the worker goes on.
//
//  Suspension. The worker suspends the connection before the first thing is sent,
//  once, and never while it is suspended (`suspended`). The driver that reaches
//  ANSWERED resumes it as its last touch; libmicrohttpd then calls the worker's
//  handler, which renders. A suspended connection is not watched for closing, so
//  the slot cannot go away under a driver; if the client has left meanwhile, the
//  response is lost and the slot is freed as usual.
//
//  An operation of a batch (`of_batch`) has no connection that could be suspended or resumed:
//  resuming hands it to its batch's thread, which is its worker.
//
//  Late replies. A token is (generation, slot, ordinal). A slot's generation rises
//  when its request ends or is abandoned, so what comes after that is dropped.

#ifndef EDGE_REQUEST_H
#define EDGE_REQUEST_H

#include <microhttpd.h>
#include <stdatomic.h>
#include "edge/connections.h"
#include "edge/guesses.h"
#include "edge/header.h"
#include "edge/holders.h"
#include "edge/json_in.h"
#include "edge/json_out.h"
#include "edge/personal.h"
#include "edge/problem.h"
#include "edge/rate.h"
#include "edge/scope.h"
#include "edge/target.h"
#include "edge/token.h"
#include "runtime/node.h"

enum {
    REQUEST_FACTS_MAX = 100,
    REQUEST_INPUT_SIZE = 4096,      //  Any route's input struct
    REQUEST_PAYLOAD_SIZE = 4096,    //  Any command's struct
    REQUEST_HASH_SIZE = 128,        //  A password's, as text
    REQUEST_ABANDON_MS = 30000,     //  A reply that is later than this is not waited for
    REQUEST_SYNC_MS = 5000,
    REQUEST_HOLD = 1 << 16          //  In `pending`: a driver is still sending
};

typedef enum {
    STAGE_RECEIVING,
    STAGE_PREPARING,
    STAGE_HASHING,
    STAGE_LOOKING,
    STAGE_AWAITING,
    STAGE_SENDING,
    STAGE_GATHERING,
    STAGE_EXAMINING,
    STAGE_DECIDING,
    STAGE_COMMANDING,
    STAGE_REREADING,
    STAGE_SHOWING,
    STAGE_BATCHING,
    STAGE_SYNCING,
    STAGE_REPORTING,
    STAGE_ANSWERED
} request_stage_t;

typedef struct edge edge_t;
typedef struct route route_t;
struct batch;

typedef struct request {
    edge_t *edge;
    uint32_t slot;
    _Atomic uint32_t generation;
    struct request *next_free;
    struct MHD_Connection *connection;
    connection_t *client;           //  Borrowed: its place among the connections

    request_stage_t stage;
    bool suspended;
    _Atomic int32_t pending;        //  Replies that are out, and REQUEST_HOLD

    //  Batches (edge/batch.h)
    struct batch *batch;            //  Of this request, while it has a place; else NULL
    bool batched;                   //  Its operations have been handed on
    struct batch *of_batch;         //  That this is an operation of; else NULL
    uint32_t operation_index;
    json_t *operation;              //  Owned: its text; NULL if that cannot be read
    struct request *next_ready;

    //  As received
    bool begun;                     //  The handler has seen the header
    bool headed;                    //  It was checked before the body came
    char method [16];
    target_t target;
    target_status_t target_status;
    char *body;                     //  Owned
    size_t body_size, body_capacity, body_discarded;
    int64_t started_ns;

    //  As understood
    const route_t *route;
    oid_t path_oid;                 //  Of {id}
    caller_t caller;
    rate_t rate;                    //  Of the caller; quota 0: not limited
    char request_id [REQUEST_ID_SIZE];
    char allow [64];                //  Methods, of a 405
    uint8_t trace_id [16];
    char key [IDEMPOTENCY_KEY_SIZE];
    unsigned wait_s;
    scope_t scope;
    bool scoped;                    //  By a key; else the request is one of its own
    int64_t if_version;             //  If-Match; 0: none (edge/precondition.h)
    const char *min_sequence;       //  Borrowed: what the lists must hold; or NULL
    uint32_t present;               //  Which fields the body had
    _Alignas (max_align_t) uint8_t input [REQUEST_INPUT_SIZE];

    //  Asked of the node
    const char *secret;             //  A password for the pool, in input
    bool verifies;                  //  Against password_hash; else it is hashed into that
    char password_hash [REQUEST_HASH_SIZE];
    unsigned passwords;             //  With which the pool is done
    bool password_matches;          //  The last one, if it was verified
    guess_t guess;                  //  Given back at the end, unless it was wrong
    bool wipes;                     //  There are secrets in input and payload
    const char *looked_code, *looked_number;    //  Whose holder is asked for, in target
    holder_result_t holder;
    char holder_masked [PERSONAL_TEXT_SIZE];
    size_t fact_count;
    oid_t fact_oids [REQUEST_FACTS_MAX];
    node_reply_t *facts [REQUEST_FACTS_MAX];    //  Owned; there already if remembered
    uint64_t fact_epochs [REQUEST_FACTS_MAX];    //  To remember it with; 0: it is not
    bool commands;
    oid_t command_to, shown_oid;    //  The command's aggregate; what the client is shown
    int64_t shown_wait_ms;          //  At most so long the latter may take to be there and end
    uint8_t command_number;
    _Alignas (max_align_t) uint8_t payload [REQUEST_PAYLOAD_SIZE];
    node_reply_t *decided;          //  Owned: the command's reply
    node_reply_t *reread;           //  Owned: the command's aggregate, of a replay
    node_reply_t *shown;            //  Owned: read after it, if another object is shown
    node_reply_t *synced;           //  Owned
    bool replayed;
    bool reports;                   //  Its report is to be written (edge/reporter.h)

    //  The answer
    problem_t problem;              //  http 0: none
    bool problem_rendered;          //  With its object, in `out`
    unsigned http;
    const char *content_type;
    json_out_t out;
    uint64_t version;               //  ETag; 0: none
    oid_t location;                 //  Location of what was created; or none
} request_t;

#define CONTENT_TYPE_PAGE "text/html; charset=utf-8"

//  ---------------------------------------------------------------------------
//  For route functions: prepare, examine and decide may only look and call these.

//  The object is read before decide and render. Returns its index.
size_t request_read (request_t *self, oid_t oid);

//  The same for a member or merchant of which only the status and what never changes
//  is wanted: it may be remembered (edge/facts.h).
size_t request_read_status (request_t *self, oid_t oid);

//  Unpacks the state of a fact; false: there is no such object (*ret_state zeroed).
bool request_fact (const request_t *self, size_t index, void *ret_state);

//  Unpacks a reply's state; the same.
bool reply_state (const node_reply_t *reply, void *ret_state);

//  This command is sent after decide; copies the payload.
void request_command (request_t *self, oid_t to, uint8_t command, const void *payload,
                      size_t payload_size);

//  `text` (in input) is hashed into password_hash before examine (again) and decide.
void request_hash (request_t *self, const char *text);

//  The same, but compared with a stored hash (copied): password_matches says how.
void request_verify (request_t *self, const char *text, const char *hash);

//  What the pool found (edge/password.h); the worker goes on. Pool's thread.
void request_password_done (request_t *self, bool able, bool matches, const char *hash);

//  The bank is asked who holds this account (texts in target) before the facts are read:
//  `holder`, and the name masked in `holder_masked`.
void request_look_up (request_t *self, const char *bank_code, const char *account_number);

//  Hands that question on; false: it cannot be, and the problem is set. Driver.
bool request_ask_holder (request_t *self);

//  What the bank said (edge/holders.h); the worker goes on. The holders' thread.
void request_looked_up (request_t *self, holder_result_t result, const char *name);

void request_fail (request_t *self, problem_kind_t kind, const char *detail);
void request_refuse (request_t *self, verdict_t verdict);

//  What is left of the time that the client would wait.
int64_t request_wait_left_ms (const request_t *self);

//  True if the caller may see and move what belongs to this member (or merchant).
bool request_may (const request_t *self, oid_t owner);

static inline bool
request_failed (const request_t *self)
{
    return self->problem.http != 0;
}

//  ---------------------------------------------------------------------------
//  For http.c and replies.c.

//  All that header and body alone can tell: PREPARING, or ANSWERED with a problem.
//  Worker.
void request_begin (request_t *self);

//  Its two last steps (request_body.c): 400, 413, 415.
void request_read_query (request_t *self);
void request_read_body (request_t *self);

//  Of a batch, before its body is there: whether its caller may send so much. False: its
//  body may not be longer than any other's.
bool request_begin_batch (request_t *self);

//  A header field; of an operation, what stands for it. NULL: it is not there.
const char *request_header (const request_t *self, const char *name);

//  Counts it for its caller, or for its address without a valid token; 429 before all else.
void request_limit (request_t *self);

//  Goes on where it stands; `port` is of the calling thread. Suspends the
//  connection if it must wait. True: respond now (worker only); false: do not touch
//  the request again, it is another's or libmicrohttpd will come back with it.
bool request_drive (request_t *self, node_port_t *port);

//  Hands over a reply (owned) and drives if it was the last. Replies thread.
void request_deliver (request_t *self, unsigned ordinal, node_reply_t *reply, node_port_t *port);

//  What the path names. Whose it is, as far as its id tells: a wallet's is its member's.
oid_t request_named_owner (const request_t *self);

//  404 before anything is read, if its id tells that it is not the caller's; read, if the
//  route has not asked for it; 404 once it was read, unless it is there. So nothing is
//  commanded to, or recorded of, what does not exist.
void request_own_named (request_t *self);
void request_read_named (request_t *self);
void request_find_named (request_t *self);

//  Takes `count` off `pending`; true: that was the last, the caller drives on.
bool request_let_go (request_t *self, int32_t count);

//  Once suspended, it stays so until it is resumed.
void request_suspend (request_t *self);

//  STAGE_BATCHING (batch.c).
request_stage_t request_batch (request_t *self, bool *ret_wait);

//  STAGE_REPORTING (reporter.c).
request_stage_t request_report (request_t *self, bool *ret_wait);

//  The driver's last touch of a suspended request.
void request_resume (request_t *self);

//  Gives up waiting for the replies of this token: 503. False: a sender is at it, or
//  it has ended; try again later if it comes up again. Replies thread.
bool request_abandon (request_t *self, uint64_t token);

//  Makes the answer: http, content_type and `out`; and its line of the log. Whoever brings
//  it to the client.
void request_render (request_t *self);

//  Says the headers of the answer that was made, one after another.
typedef void (header_fn) (void *context, const char *name, const char *value);
void request_headers (const request_t *self, header_fn *add, void *context);

//  Both, and queues the response. Worker.
enum MHD_Result request_respond (request_t *self);

//  Frees what it holds and makes the slot's tokens invalid.
void request_end (request_t *self);

#endif
