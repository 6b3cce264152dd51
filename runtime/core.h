//  core - the inside of a node: what its threads share. Not for the edge.
//
//      ports ──▶ exchange ──pipe──▶ actors ──▶ journal writer ──▶ exchange ──▶ replies
//                   │  ▲                                             │
//                   │  └── readers, gateways                         └──▶ flusher, tap
//
//  Each thread is a zactor with one loop. What is shared is constant after start,
//  or atomic counters. Everything else travels in frames (runtime/channel.h).

#ifndef RUNTIME_CORE_H
#define RUNTIME_CORE_H

#include <czmq.h>
#include <stdatomic.h>
#include "runtime/batch.h"
#include "runtime/node.h"
#include "store/folder.h"
#include "store/journal.h"
#include "store/state.h"

#define EXCHANGE_ENDPOINT "inproc://exchange"
#define JOURNAL_ENDPOINT  "inproc://journal"
#define REPLIES_ENDPOINT  "inproc://replies"

//  State environment's version: bump it when the content of a table changes, and
//  every node rebuilds its state from the journal at the next start.
enum { STATE_VERSION = 21 };

enum { READERS = 2 };

typedef struct {
#define NODE_METRIC_ATOMIC(field, name, help) _Atomic uint64_t field;
    NODE_METRICS (NODE_METRIC_ATOMIC)
#undef NODE_METRIC_ATOMIC
    _Atomic int64_t in_flight, in_flight_bytes, unflushed_bytes;
    _Atomic int64_t unprojected_events, unprojected_since_ms;
    _Atomic int64_t resident_actors, outbox_pending, timers_pending, commit_ns_sum;
    _Atomic uint64_t batch_last, batch_flushed;
} counters_t;

struct node {
    node_config_t config;
    uint16_t partitions;
    folder_t *folder;
    journal_t *journal;
    state_t *state;
    counters_t counters;
    _Atomic bool storage_full;      //  Client commands are refused until there is space
    _Atomic bool tap_wanted;
    _Atomic int followed;           //  A kind; NONE: all; NODE_FOLLOWS_NOTHING
    _Atomic bool stopping;

    zactor_t *journal_writer, *flusher, *exchange;
    zactor_t **actors;              //  config.limits.pool_actors
    zactor_t *readers [READERS];
};

//  What comes in to the exchange beside message_t frames; the first byte tells
//  (a message's kind is below 16).
typedef enum {
    NOTICE_BATCH = 16,              //  From the journal's writer: a batch_t pointer
    NOTICE_FLUSHED,                 //  From the flusher: all up to a batch number
    NOTICE_READ,                    //  From a reader: a snapshot, or none
    NOTICE_STOP,                    //  From node_destroy: no new work; tell when idle
    NOTICE_END                      //  From node_destroy: leave the loop
} notice_kind_t;

typedef struct {
    uint8_t kind;
    batch_t *batch;                 //  Taken by the exchange
} notice_batch_t;

typedef struct {
    uint8_t kind;
    uint64_t batch_number;
} notice_flushed_t;

typedef struct {
    uint8_t kind;
    oid_t oid;
    uint64_t token;
    uint32_t size;
    uint8_t snapshot [];
} notice_read_t;

//  What goes to the edge: a reply, or the order to read one that nobody has in
//  memory (then reply is NULL).
typedef struct {
    node_reply_t *reply;
    oid_t cold;
    uint16_t partition;
    uint64_t token;
    uint64_t sequence;
} reply_frame_t;

//  The reply to a question, from a snapshot (size 0: there is none). Returns owned.
node_reply_t *core_reply_from (uint64_t token, oid_t oid, const uint8_t *snapshot, size_t size);

//  To a reader.
typedef struct {
    oid_t oid;
    uint64_t token;
} read_request_t;

//  To an actor, before the first message for another aggregate: tag below any
//  message's kind.
enum { BIND_TAG = 0 };

typedef struct {
    uint8_t tag;
    bool cold;                      //  Read it from the state environment
    oid_t oid;
    uint32_t generation;
    uint32_t size;
    uint8_t snapshot [];
} bind_t;

//  To the flusher: a pointer (reference taken), or NULL: flush what there is.
typedef struct {
    batch_t *batch;
} flush_request_t;

//  Value in TABLE_SCOPE.
typedef struct {
    uint8_t fingerprint [16];
    oid_t object;
    uint8_t reserved;
    uint16_t verdict;
    int64_t at_ms;
    uint64_t version;               //  Of the aggregate right after it was decided
} scope_row_t;

//  Whether what was decided under it counts at now_ms; later it is as if it had never
//  been there. What no longer counts is deleted SCOPE_MARGIN_MS later, or some time after.
enum { SCOPE_MARGIN_MS = 86400000 };

static inline bool
scope_row_counts (const scope_row_t *row, int64_t now_ms, int64_t keep_ms)
{
    return now_ms - row->at_ms < keep_ms;
}

//  The zactor bodies.
typedef struct {
    node_t *node;
    uint32_t slot;
} actor_args_t;

void actor_run (zsock_t *pipe, void *args);             //  actor_args_t, read before it signals
void journal_writer_run (zsock_t *pipe, void *node);
void flusher_run (zsock_t *pipe, void *node);
void exchange_run (zsock_t *pipe, void *node);
void reader_run (zsock_t *pipe, void *node);

//  Unix milliseconds.
int64_t core_clock_ms (void);

//  As top -H and gdb show the calling thread; at most 15 characters.
void core_name_thread (const char *name);

//  Ends the process with one line: the disk cannot be trusted any more. It
//  restarts from what is durable.
void core_fail_stop (const char *what, status_t status) __attribute__ ((noreturn));

//  The same, of the state environment. DAMAGED: the store has put it aside, and the
//  next start rebuilds it from the journal.
void core_state_fail_stop (status_t status) __attribute__ ((noreturn));

#endif
