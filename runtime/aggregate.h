//  aggregate - the contract between the runtime and the actors.
//
//  An aggregate is const tables and pure functions:
//
//      decide (state, command) -> events, messages, timers | refusal
//      evolve (state, event)   -> state
//
//  They see no disk, clock, socket or random number: time and ids come in by the
//  decision, so a simulator can drive them by seed and a replay gives the same
//  bytes. decide never changes the state and must not depend on anything but its
//  arguments. evolve cannot refuse: replay must succeed on every stored event.
//
//  The state of an aggregate that does not exist yet is all zero bytes.
//
//  To add one: a file pair in actors/, a line in actors/registry.c, a test.

#ifndef RUNTIME_AGGREGATE_H
#define RUNTIME_AGGREGATE_H

#include <assert.h>
#include "runtime/limits.h"
#include "runtime/oid.h"
#include "runtime/posting.h"
#include "runtime/sealed.h"
#include "runtime/shape.h"
#include "runtime/verdict.h"

enum {
    DECISION_EVENTS_MAX = 8,
    DECISION_MESSAGES_MAX = 8,
    DECISION_TIMERS_MAX = 4,
    DECISION_ARENA_SIZE = 32 * 1024,    //  Payload structs of one decision
    STATE_SIZE_MAX = 64 * 1024,         //  sizeof of any state struct
    DERIVE_KEY_SIZE = 32
};

typedef struct aggregate_type aggregate_type_t;

//  ---------------------------------------------------------------------------
//  A decision: what decide is given beside state and command, and what it asks.

typedef struct {
    uint8_t number;                 //  Of the event or command
    const void *payload;            //  In the arena; as its shape says
} decided_event_t;

//  Which verdicts of a message the sender wants to hear.
typedef enum {
    ANSWER_NEVER,
    ANSWER_ALWAYS,
    ANSWER_REFUSAL                  //  Success is told by whoever it was handed on to
} answer_t;

typedef struct {
    oid_t to;
    uint8_t command;                //  Number in the receiver's command table
    uint8_t answer_command;         //  The sender's command that takes the answer
    uint8_t answer;                 //  answer_t
    uint32_t step;                  //  Echoed in the answer
    const void *payload;            //  In the arena
} decided_message_t;

typedef struct {
    uint8_t command;                //  Sent to the aggregate itself when due
    int64_t due_ms;                 //  0 clears it
} decided_timer_t;

typedef struct {
    //  Given
    const aggregate_type_t *type;
    oid_t self;                     //  The aggregate that decides
    oid_t asker;                    //  Who sent the command; kind NONE: the edge
    int64_t now_ms;                 //  Unix time; never before the last stamp
    uint64_t version;               //  Of the aggregate before this: its events so far
    const uint8_t *derive_key;      //  DERIVE_KEY_SIZE bytes
    const limits_t *limits;         //  Caps and intervals as configured

    //  Asked
    oid_t object;                   //  What a replay of this command shows; self if none
    size_t event_count;
    decided_event_t events [DECISION_EVENTS_MAX];
    size_t message_count;
    decided_message_t messages [DECISION_MESSAGES_MAX];
    size_t timer_count;
    decided_timer_t timers [DECISION_TIMERS_MAX];
    size_t arena_used;
    _Alignas (max_align_t) uint8_t arena [DECISION_ARENA_SIZE];
} decision_t;

//  Makes *self ready for one decide; asked is empty, and the version that of an
//  aggregate that is not there (the caller sets it).
void decision_start (decision_t *self, const aggregate_type_t *type, oid_t oid, oid_t asker,
                     int64_t now_ms, const uint8_t *derive_key, const limits_t *limits);

//  Adds one event; copies the payload (its shape's size; NULL if it has no fields).
//  Returns ACCEPTED, so that `return decision_emit (…)` ends a decide. Asserts the
//  limits.
verdict_t decision_emit (decision_t *self, uint8_t event, const void *payload);

//  Sends a command to another aggregate through the outbox of the same commit.
//  No answer comes back. payload may be NULL for a command without fields.
void decision_tell (decision_t *self, oid_t to, uint8_t command, const void *payload);

//  The same, and the verdict comes back as `answer_command` with a saga_answer_t
//  (from the bank's port: with the port's own answer, actors/bank.h).
void decision_ask (decision_t *self, oid_t to, uint8_t command, const void *payload,
                   answer_t answer, uint8_t answer_command, uint32_t step);

//  Sends `command` (without fields) to the aggregate itself at due_ms, durably.
//  One timer per command: setting it again moves it. due_ms 0 clears it. What it
//  leads to clears it, unless it is set again there.
//
//  A timer that was moved or cleared may still be told once more: it had fired, and
//  waited behind what moved it. So decide by the state whether there is anything to
//  do, and leave the timer as it is if there is not: a stale message clears only
//  what it fired for, never the timer that was set since.
void decision_timer (decision_t *self, uint8_t command, int64_t due_ms);

//  A new id that follows from (from, purpose, ordinal) alone: keyed BLAKE2b-128.
oid_t decision_derive (const decision_t *self, oid_kind_t kind, oid_t from, const char *purpose,
                       uint32_t ordinal);

//  ---------------------------------------------------------------------------
//  The tables

typedef verdict_t (decide_fn) (const void *state, const void *command, decision_t *decision);

//  at_ms is the stamp of the event's record.
typedef void (evolve_fn) (void *state, const void *event, int64_t at_ms);

//  What an event moves, derived from the event alone.
typedef void (postings_fn) (oid_t self, const void *event, postings_t *postings);

typedef struct {
    const char *name;               //  "wallet.hold"
    const shape_t *shape;
    decide_fn *decide;              //  NULL: a port; the runtime hands it to a gateway
} command_rule_t;

typedef struct {
    const char *name;               //  "wallet.held"
    uint8_t schema;                 //  Version of the payload's shape; from 1
    const shape_t *shape;
    evolve_fn *evolve;
    postings_fn *postings;          //  NULL: moves no money
} event_rule_t;

struct aggregate_type {
    const char *name;               //  "wallet"
    uint8_t kind;                   //  oid_kind_t of its instances
    const shape_t *state;
    const command_rule_t *commands;
    uint8_t command_count;
    const event_rule_t *events;     //  Numbers are on disk for ever
    uint8_t event_count;
    bool (*invariant) (const void *state);
    bool (*finished) (const void *state);    //  A saga that has ended; NULL: always at rest
    bool (*parked) (const void *state);      //  It waits for an operator; NULL: it never does
    //  Of a saga that may be parked (runtime/saga.h); 0: an operator cannot do that
    uint8_t retry_command;          //  No fields
    uint8_t resolve_command;        //  saga_resolve_t
};

//  The type whose instances have this kind of id, or NULL (actors/registry.c).
const aggregate_type_t *registry_find (uint8_t kind);

//  All of them, in the order of their kinds; ret_count may not be NULL.
const aggregate_type_t *const *registry_all (size_t *ret_count);

#endif
