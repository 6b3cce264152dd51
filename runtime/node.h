//  node - the actors, their exchange, journal and state, as the edge sees them.
//
//      node_config_t config = { … };
//      node_start (&config, &node, reason);
//      node_port_t *port = node_port_new (node);          one per edge thread
//      node_port_command (port, &(node_request_t) { … });  never blocks
//      node_reply_t *reply = node_replies_receive (replies, 100);   on one thread
//
//  Everything is asynchronous. A request carries a token (not 0) that comes back
//  in exactly one reply. Replies are released only after every record they were
//  computed from is durable.

#ifndef RUNTIME_NODE_H
#define RUNTIME_NODE_H

#include "runtime/aggregate.h"
#include "runtime/limits.h"
#include "store/status.h"

typedef struct node node_t;
typedef struct node_port node_port_t;
typedef struct node_replies node_replies_t;

typedef struct {
    const char *data_dir;
    const char *name;               //  Of the node
    uint16_t partitions;            //  For a new data folder
    limits_t limits;
    uint8_t derive_key [DERIVE_KEY_SIZE];
    bool no_fsync;                  //  BENCH_SWITCHES only
} node_config_t;

//  Opens the data folder, recovers, starts the threads. When it returns OK the
//  node takes requests. On failure ret_reason gets one line for people.
//  LIMIT: descriptors, threads or maps do not suffice for the pool.
status_t node_start (const node_config_t *config, node_t **ret_node,
                     char ret_reason [256]) must_check;

//  Begins no new work and waits, for at most grace_ms, until what actors were given is
//  committed. What is still to be delivered is kept in the outbox for the next start, so a
//  stop does not wait for sagas. Before edge, gateways and tap are destroyed.
void node_stop (node_t *self, int64_t grace_ms);

//  Stops it (if node_stop did not), flushes, frees everything. Ports and replies must
//  be destroyed before.
void node_destroy (node_t **self_p, int64_t grace_ms);

//  The edge's own memory of in-flight work, for a graceful stop: messages that
//  were admitted and not yet answered.
int64_t node_in_flight (const node_t *self);

uint16_t node_partitions (const node_t *self);

//  How far it is: the last commit that anybody was told of, and the last that the state
//  environment holds. Who reads there (runtime/objects.h) and must not miss what was told
//  before waits until the second has reached what the first was. Any thread.
uint64_t node_committed (const node_t *self);
uint64_t node_flushed (const node_t *self);

//  ---------------------------------------------------------------------------
//  Asking. A port belongs to the thread that made it.

typedef enum {
    ADMITTED,
    ADMISSION_OVERLOADED,           //  503, Retry-After
    ADMISSION_STORAGE_FULL          //  503 storage_full
} admission_t;

typedef struct {
    oid_t to;
    uint8_t command;
    const void *payload;            //  Struct of the command's shape, or NULL
    uint64_t token;                 //  0: no reply wanted
    bool waits;                     //  Reply when the saga has ended
    bool scoped;
    uint8_t scope [16];             //  Keyed hash of caller, method, path, key
    uint8_t fingerprint [16];       //  Keyed hash of the canonical body
    uint8_t correlation [16];       //  W3C trace id
    const char *operator;           //  Who asks, for the audit log; NULL: no operator
    //  Set by gateways only: what this answers
    uint16_t cause_source;
    uint64_t cause_number;
} node_request_t;

node_port_t *node_port_new (node_t *node);
void node_port_destroy (node_port_t **self_p);

admission_t node_port_command (node_port_t *self, const node_request_t *request);

//  Reads one object's state by id. waits: reply when it is there, and a saga has ended.
admission_t node_port_query (node_port_t *self, oid_t oid, uint64_t token, bool waits);

//  A place in the journal (Happypay-Sequence: partition.sequence). The partition must be
//  one of the node's.
typedef struct {
    uint16_t partition;
    uint64_t sequence;
} node_place_t;

enum { NODE_PLACES_MAX = 1024 };    //  One per partition

//  Replies when lists and reports hold everything that is committed now.
admission_t node_port_sync (node_port_t *self, uint64_t token);

//  The same, and these places, which may not be committed yet. There is no reply if that
//  takes longer than anybody waits: the asker watches the clock.
admission_t node_port_sync_to (node_port_t *self, const node_place_t *places, size_t count,
                               uint64_t token);

//  The wait of `token` on this object is over: its reply comes at once. Harmless
//  if it was sent already (then no second one comes).
void node_port_unwait (node_port_t *self, oid_t oid, uint64_t token);

//  ---------------------------------------------------------------------------
//  Replies

typedef enum {
    REPLY_DECIDED,                  //  verdict; state after the command
    REPLY_REPLAYED,                 //  The scope was decided before: verdict, object
    REPLY_IN_FLIGHT,                //  The scope is being decided: 409
    REPLY_KEY_REUSED,               //  The scope was used with another body: 422
    REPLY_STATE,                    //  To a query; version 0: no such object
    REPLY_SYNCED,                   //  state: u64 per partition, the last committed
    REPLY_OVERLOADED,               //  503, nothing was recorded
    REPLY_STORAGE_FULL,             //  503, nothing was recorded
    REPLY_UNKNOWN                   //  503 outcome unknown; the same key may be retried
} reply_kind_t;

typedef struct {
    uint64_t token;
    reply_kind_t kind;
    verdict_t verdict;
    oid_t aggregate;                //  Whose state follows
    oid_t object;                   //  What the client is shown (differs: read it)
    bool finished;                  //  Not a saga that still runs
    uint64_t version;
    uint64_t decided_version;       //  REPLAYED: right after the scope was decided; else 0
    int64_t created_at_ms, updated_at_ms;
    uint16_t partition;             //  Happypay-Sequence: partition.sequence
    uint64_t sequence;
    uint32_t state_size;
    uint8_t state [];               //  Packed; shape_unpack by registry_find (kind)->state
} node_reply_t;

//  One receiver per node. receive returns owned, or NULL after timeout_ms.
node_replies_t *node_replies_new (node_t *node);
void node_replies_destroy (node_replies_t **self_p);
node_reply_t *node_replies_receive (node_replies_t *self, int timeout_ms);
void node_reply_destroy (node_reply_t **self_p);

//  ---------------------------------------------------------------------------
//  A gateway takes messages to a port (oid kinds BANK, KEYS, WEBHOOK) off the exchange, does
//  the outside call and answers by node_port_command with the message's cause. It
//  pulls message_t frames from its inproc endpoint.
#define NODE_BANK_ENDPOINT "inproc://bank-gateway"
#define NODE_KEYS_ENDPOINT "inproc://keys-gateway"
#define NODE_WEBHOOK_ENDPOINT "inproc://webhook-gateway"

//  Committed records for the tap, only while `node_tap_wanted` was set: frames of
//  { u16 partition, u64 sequence (host order, 10 bytes), record bytes }.
#define NODE_TAP_ENDPOINT "inproc://tap-feed"
void node_tap_wanted (node_t *self, bool wanted);

//  Wakes the one who follows the journal by reading it. Each call asks for one frame at the
//  endpoint, sent with the next commit that has a record of an aggregate of this kind (NONE:
//  of any): the last sequence of each partition before that commit (host order, 8 bytes
//  each). Ask first, then read to the end, then wait: so no commit is missed.
#define NODE_FOLLOW_ENDPOINT "inproc://journal-follower"
enum { NODE_FOLLOWS_NOTHING = -1 };
void node_follow (node_t *self, uint8_t kind);

//  Reads journal records for the tap's REPLAY (short ranges; any thread).
typedef bool (node_record_fn) (void *context, uint16_t partition, uint64_t sequence,
                               const uint8_t *record, size_t size);
status_t node_read_journal (node_t *self, uint16_t partition, uint64_t from, size_t count_max,
                            node_record_fn *record, void *context,
                            uint64_t *ret_next) must_check;

//  ---------------------------------------------------------------------------
//  Counters for /metrics. Values are read without locks and may be a little old; but
//  outbox_pending counts all that node_start found, and what every record sent and
//  acknowledged that a reply told of.

#define NODE_METRICS(X)                                                                            \
    X (commands, "happypay_commands_total", "Commands decided")                                    \
    X (refusals, "happypay_refusals_total", "Commands refused by a rule")                          \
    X (dead_letters, "happypay_dead_letters_total", "Commands set aside")                          \
    X (queries, "happypay_queries_total", "Reads by id")                                           \
    X (activations, "happypay_activations_total", "Aggregates bound to an actor")                  \
    X (journal_batches, "happypay_journal_batches_total", "Durable commits")                       \
    X (journal_records, "happypay_journal_records_total", "Records committed")                     \
    X (journal_bytes, "happypay_journal_bytes_total", "Bytes committed")                           \
    X (journal_failures, "happypay_journal_failures_total", "Commits refused for want of space")   \
    X (overloads, "happypay_overloads_total", "Requests refused for want of room")                 \
    X (flushes, "happypay_state_flushes_total", "Flushes of the state environment")

#define NODE_METRIC_FIELD(field, name, help) uint64_t field;
typedef struct {
    NODE_METRICS (NODE_METRIC_FIELD)
    int64_t in_flight, unflushed_bytes, resident_actors, outbox_pending, timers_pending;
    int64_t commit_ns_sum;          //  Of all durable commits
    int64_t projection_lag_events;  //  Committed, and not yet in the lists and books
    int64_t projection_lag_ms;      //  How long the oldest of them has waited
} node_metrics_t;
#undef NODE_METRIC_FIELD

void node_metrics (const node_t *self, node_metrics_t *ret_metrics);

#endif
