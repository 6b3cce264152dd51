//  resident - one aggregate in an actor's hands: its state and how it decides.
//
//  Pure: message in, draft out. Time, keys and limits are given; no disk, clock or
//  socket. The actor (runtime/actor.c) and the simulator drive the same code.
//
//      resident_bind      snapshot bytes -> state (none: all zero, version 0)
//      resident_execute   decode, decide, evolve, check, pack -> a draft
//
//  A command that cannot be decoded, or whose events would break the aggregate's
//  invariant or the books, changes nothing and becomes a dead letter: a durable
//  record with its verdict and the flag, so that it is not tried for ever.
//
//  Owned by one thread. Allocates once, at resident_new.

#ifndef RUNTIME_RESIDENT_H
#define RUNTIME_RESIDENT_H

#include "runtime/draft.h"
#include "runtime/snapshot.h"

typedef struct resident resident_t;

typedef struct {
    uint16_t partitions;
    const uint8_t *derive_key;
    const limits_t *limits;
} resident_config_t;

resident_t *resident_new (const resident_config_t *config);
void resident_destroy (resident_t **self_p);

//  False if the bytes are not a state of this aggregate (a damaged disk).
bool resident_bind (resident_t *self, oid_t oid, const uint8_t *snapshot, size_t size);

oid_t resident_oid (const resident_t *self);

//  What the idempotency index knew of the message's scope, if it was asked.
typedef struct {
    bool known;
    bool same;                      //  The fingerprint is the same
    verdict_t verdict;
    oid_t object;
    uint64_t version;               //  Of the aggregate right after it was decided
} scope_answer_t;

//  Decides one command; makes the draft's frame. now_ms is the wall clock.
void resident_execute (resident_t *self, const message_t *message, int64_t now_ms,
                       const scope_answer_t *scope, zmq_msg_t *ret_draft);

//  Replays one stored record onto the state. False if an event cannot be decoded
//  or the record does not follow the state's version.
bool resident_replay (resident_t *self, const uint8_t *record, size_t size);

//  Packs the state. Returns bytes written; asserts that it fits.
size_t resident_snapshot (resident_t *self, uint8_t *buffer, size_t capacity);

//  For audits: whether the state's own invariant holds.
bool resident_sound (const resident_t *self);

const void *resident_state (const resident_t *self);

#endif
