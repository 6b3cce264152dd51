//  scenario - given these facts, when this is asked, then that must follow.
//
//      scoped (scenario_destroy) scenario_t *s = scenario_new (wallet);
//      given (s, WALLET_OPENED, &opened);
//      when (s, WALLET_CREDIT, &move);
//      then_refused (s, VERDICT_EXPECT_VOIDED);
//
//  Beside what the test says, each `when` checks what must hold for every decision:
//  the state is untouched, events and messages survive being packed, the postings
//  balance, the evolved state keeps its invariant and survives being packed, and a
//  refusal asks for nothing.
//
//  `carry_on` folds what was decided, so that a test can go on from there.

#ifndef TESTS_LIB_SCENARIO_H
#define TESTS_LIB_SCENARIO_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>
#include "runtime/saga.h"

typedef struct {
    const aggregate_type_t *type;
    oid_t self;
    oid_t asker;         //  Who sends what comes next; NONE: the edge
    int64_t now_ms;
    uint64_t version;    //  Events so far
    limits_t limits;
    verdict_t verdict;
    decision_t decision;
    void *state;
} scenario_t;

//  2026-01-01 00:00 in Seoul: where every scenario starts.
static const int64_t SCENARIO_START_MS = (int64_t) 1767193200 * 1000;
static const int64_t SCENARIO_DAY_MS = (int64_t) 86400 * 1000;

scenario_t *scenario_new (oid_t self);
void scenario_destroy (scenario_t **self_p);

//  The n-th object of a kind, for tests.
oid_t scenario_oid (oid_kind_t kind, uint8_t number);

void given (scenario_t *self, unsigned event, const void *payload);
void when (scenario_t *self, unsigned command, const void *payload);
void carry_on (scenario_t *self);

//  The index-th of exactly `count` events; payload NULL: any.
void then_event (const scenario_t *self, size_t index, size_t count, unsigned event,
                 const void *payload);
void then_refused (const scenario_t *self, verdict_t verdict);

//  Accepted, and neither events nor messages: a repetition.
void then_nothing (const scenario_t *self);

//  One of the messages; payload NULL: any. then_told: without an answer.
void then_told (const scenario_t *self, oid_t to, unsigned command, const void *payload);
void then_asked (const scenario_t *self, oid_t to, unsigned command, answer_t answer,
                 unsigned step, const void *payload);
void then_silent (const scenario_t *self);    //  No messages

void then_timer (const scenario_t *self, unsigned command, int64_t due_ms);

//  The index-th event debits and credits this, and nothing else.
void then_posted (const scenario_t *self, size_t index, account_t debit, account_t credit,
                  int64_t amount_minor);
void then_not_posted (const scenario_t *self, size_t index);

#endif
