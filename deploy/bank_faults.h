//  bank_faults - how the stand-in bank is told to misbehave, and when it does.
//
//  Only decides; it does nothing, has no clock and no lock. For every call that
//  could be hit, each active fault rolls a generator of its own, so that what one
//  fault does can be repeated by its seed, whatever others are active.
//
//  Several faults combine: an ending, a delay, a refusal and callbacks may hit the
//  same call. Of those of one group the first posted that hits is the one; those
//  after it are not rolled and not counted, so that two faults with counts work
//  off one after the other. A fault is counted once for every call it hits.
//
//      kind                group      what the call sees
//      decline             refusal    failed for the asked reason, as its outcome
//      slow                delay      is taken up delay_ms later
//      error_before        ending     500, nothing happened
//      error_after         ending     500, the outcome is recorded
//      cut_before          ending     connection cut, nothing happened
//      cut_after           ending     connection cut, the outcome is recorded
//      hang_before         ending     delay_ms nothing, cut, nothing happened
//      hang_after          ending     delay_ms nothing, cut, the outcome is recorded
//      duplicate_callback  copies     its callback comes twice
//      late_callback       lateness   its callback comes delay_ms later
//      outage              -          503 for all of /v1, for delay_ms from its posting

#ifndef DEPLOY_BANK_FAULTS_H
#define DEPLOY_BANK_FAULTS_H

#include "deploy/bank_store.h"

enum {
    BANK_FAULTS_MAX = 64,           //  Active at the same time
    BANK_FAULT_DELAY_MAX_MS = 86400000
};

//  clang-format off
//     code                name                 group     default delay_ms
#define BANK_FAULT_KINDS(X)                                                                        \
    X (DECLINE,            "decline",            REFUSAL,  0)                                      \
    X (SLOW,               "slow",               DELAY,    1000)                                   \
    X (ERROR_BEFORE,       "error_before",       ENDING,   0)                                      \
    X (ERROR_AFTER,        "error_after",        ENDING,   0)                                      \
    X (CUT_BEFORE,         "cut_before",         ENDING,   0)                                      \
    X (CUT_AFTER,          "cut_after",          ENDING,   0)                                      \
    X (HANG_BEFORE,        "hang_before",        ENDING,   10000)                                  \
    X (HANG_AFTER,         "hang_after",         ENDING,   10000)                                  \
    X (DUPLICATE_CALLBACK, "duplicate_callback", COPIES,   0)                                      \
    X (LATE_CALLBACK,      "late_callback",      LATENESS, 1000)                                   \
    X (OUTAGE,             "outage",             OUTAGE,   1000)
//  clang-format on

#define BANK_FAULT_ENUM(code, name, group, delay_ms) BANK_FAULT_##code,
typedef enum { BANK_FAULT_KINDS (BANK_FAULT_ENUM) BANK_FAULT_COUNT } bank_fault_kind_t;
#undef BANK_FAULT_ENUM

enum { BANK_FAULT_NONE = BANK_FAULT_COUNT };

//  A fault as it was asked for, and what became of it.
typedef struct {
    bank_fault_kind_t kind;
    double probability;             //  0 .. 1
    int64_t count;                  //  Calls it still hits; -1: until deleted
    int64_t delay_ms;               //  -1: the kind's default
    int64_t seed;                   //  -1: its ordinal
    bank_reason_t reason;           //  Of decline
    int64_t ordinal;                //  1, 2, … as posted
    int64_t hits;
    int64_t until_ms;               //  Of an outage: when it ends
    uint64_t generator;
} bank_fault_t;

//  What happens to one POST /v1/transfers.
typedef struct {
    bank_fault_kind_t ending;       //  BANK_FAULT_NONE: it is answered
    int64_t ending_delay_ms;        //  Of hang_*
    int64_t slow_ms;
    bank_reason_t refuse_for;
    bool callback_twice;
    int64_t callback_delay_ms;
} bank_mishap_t;

typedef struct bank_faults bank_faults_t;

bank_faults_t *bank_faults_new (void);
void bank_faults_destroy (bank_faults_t **self_p);

//  Adds one; its ordinal, hits, until_ms and generator are set here, defaults filled
//  in. False if there are BANK_FAULTS_MAX. *ret_fault is it as added.
bool bank_faults_add (bank_faults_t *self, const bank_fault_t *fault, int64_t now_ms,
                      bank_fault_t *ret_fault);
void bank_faults_clear (bank_faults_t *self);

//  Decides, and counts, what happens to one POST /v1/transfers.
bank_mishap_t bank_faults_strike (bank_faults_t *self);

//  True if one call to /v1 falls into an outage; it is counted.
bool bank_faults_outage (bank_faults_t *self, int64_t now_ms);

//  Those that can still hit, as posted. Borrowed until the next call.
size_t bank_faults_active (bank_faults_t *self, int64_t now_ms, const bank_fault_t **ret_faults);

//  "cut_after"; BANK_FAULT_NONE if there is no such kind.
const char *bank_fault_name (bank_fault_kind_t kind);
bank_fault_kind_t bank_fault_named (const char *name);

//  True if the call's outcome is never decided: error_before and its like.
bool bank_fault_is_before (bank_fault_kind_t kind);

#endif
