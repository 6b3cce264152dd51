//  exchange - the node's one crossing: everything that moves passes this thread.
//
//  In: commands, questions (ports), committed batches (journal), flush notices,
//  reads. Out: mailboxes of the actors, the bank's gateway, replies to the edge,
//  batches to flusher and tap. It never blocks on a send and never touches a disk.
//
//  A read by id is answered from the latest committed snapshot: the recent ones
//  are here, the others a reader fetches. What is committed and not yet passed
//  here was acknowledged to nobody, so such a read is linearizable.
//
//  This header is shared by the exchange's own files only.

#ifndef RUNTIME_EXCHANGE_H
#define RUNTIME_EXCHANGE_H

#include "runtime/channel.h"
#include "runtime/claims.h"
#include "runtime/core.h"
#include "runtime/map.h"
#include "runtime/outbox.h"
#include "runtime/ranges.h"
#include "runtime/slots.h"
#include "runtime/timers.h"
#include "runtime/waiters.h"

typedef struct {
    uint64_t token;
    uint64_t batch_number;          //  Reply when this one is flushed
} sync_wait_t;

//  Of a read that wants what is not committed yet.
typedef struct {
    uint64_t token;
    int64_t until_ms;               //  Monotonic; nobody waits any longer
    size_t count;
    node_place_t *places;           //  Owned
} sync_future_t;

typedef struct {
    node_t *node;
    uint16_t partitions;
    zsock_t *inbox;                 //  PULL: all that comes in
    zsock_t *replies;               //  PUSH to the edge
    zsock_t *bank;                  //  PUSH to the bank's gateway
    zsock_t *keys;                  //  PUSH to the gateway of the members' keys
    zsock_t *webhooks;              //  PUSH to the webhooks' gateway
    zsock_t *tap;                   //  PUSH to the tap
    zsock_t *follower;              //  PUSH to who follows the journal

    void **mailboxes;               //  The actors' pipes, as libzmq's sockets
    slots_t *slots;
    outbox_t *outbox;
    timers_t *timers;
    claims_t *claims;
    waiters_t *waiters;
    map_t *early_waits;             //  Token of a command under way -> it waits, or gave up
    map_t *recent;                  //  Oid -> draft_t * with its latest snapshot
    ranges_t *taken;                //  [target × partitions + source]; targets 0 … partitions
    uint64_t *sequences;            //  Last committed, per partition

    batch_t **unflushed;            //  A ring of batches, oldest first
    size_t unflushed_first, unflushed_count, unflushed_capacity;
    uint64_t batch_last, batch_flushed;
    sync_wait_t *syncs;
    size_t sync_count, sync_capacity;
    sync_future_t *futures;         //  NULL: none so far
    size_t future_count;

    uint32_t generation;
    uint64_t held_number;           //  Names for gateway answers that found no room
    int64_t paused_until_ms;        //  After a refused commit
    int64_t space_checked_ms;
    unsigned reader_next;
    bool stopping, stopped;
} exchange_t;

//  exchange_start.c: fills outbox, timers, taken from the state environment.
void exchange_load (exchange_t *self);

//  exchange_commit.c: what a batch releases; what a flush makes superfluous.
void exchange_take_batch (exchange_t *self, batch_t *batch);
void exchange_take_flushed (exchange_t *self, uint64_t batch_number);

//  exchange_reply.c
void exchange_reply (exchange_t *self, uint64_t token, reply_kind_t kind);
void exchange_reply_replayed (exchange_t *self, const message_t *message,
                              const claim_outcome_t *outcome);
void exchange_reply_synced (exchange_t *self, uint64_t token);
void exchange_reply_draft (exchange_t *self, uint64_t token, reply_kind_t kind,
                           draft_t *draft);
void exchange_reply_snapshot (exchange_t *self, uint64_t token, oid_t oid,
                              const uint8_t *snapshot, size_t size);

//  exchange_deliver.c: to an actor's mailbox or the gateway; the frame is taken
//  only if it returns true.
bool exchange_deliver (exchange_t *self, oid_t to, zmq_msg_t *frame);
void exchange_pump (exchange_t *self);

//  The latest snapshot is in the state environment: who receives the reply reads it.
void exchange_reply_cold (exchange_t *self, uint64_t token, oid_t oid);

//  exchange_sync.c: reads of lists that wait until the lists hold what they ask for.
void exchange_sync (exchange_t *self, const message_t *message);
void exchange_sync_committed (exchange_t *self);
void exchange_sync_flushed (exchange_t *self);
void exchange_sync_end (exchange_t *self);

//  The work of an admitted message is over.
void exchange_release (exchange_t *self, uint32_t message_size);

#endif
