//  approval - what one operator proposed and another must confirm.
//
//      status      confirm         reject          expire
//      none        not_found       not_found       -
//      proposed    confirmed *     rejected *      expired
//      confirmed   conflict        conflict        -
//      rejected    conflict        conflict        -
//      expired     conflict        conflict        -
//
//      * same_operator if it is the proposer's own id
//
//      effect      confirm, reject          answered
//      none        asked | (nothing to      -
//                  ask: a rejected resolve)
//      asked       conflict                 taken, with the subject's verdict
//      taken       conflict                 -
//
//  Whoever needs two operators (an adjustment, an operator's transfer, the resolve of
//  parked money) proposes, keeps still, and is told what came of it:
//
//      proposal of        confirmed                  rejected or expired
//      something new      command,                   reject_command,
//      (decision 0)       approval_decided_t         approval_decided_t
//      a resolve          command, saga_resolve_t    nothing: it is as parked as before
//                         with confirmed_by
//
//  The proposal reaches the approval by the outbox, a moment after the subject's own
//  record; the edge answers once it is there. A proposal lapses after approval_expire_s.
//
//  The subject is asked, and its verdict kept: a decision has finished when its subject
//  has taken it. A resolve is of its subject as it was when it was proposed; if that has
//  moved on since (a transfer was asked about again, a saga retried), it is refused with
//  proposal_stale, nothing happens, and the approval says so.
//
//  Invariant: who decided is never who proposed; only what was asked is taken.

#ifndef ACTORS_APPROVAL_H
#define ACTORS_APPROVAL_H

#include "actors/money.h"
#include "actors/reason.h"
#include "runtime/saga.h"

typedef enum {
    APPROVAL_NONE,
    APPROVAL_PROPOSED,
    APPROVAL_CONFIRMED,
    APPROVAL_REJECTED,
    APPROVAL_EXPIRED
} approval_status_t;

//  What came of a decision at the subject.
typedef enum {
    APPROVAL_EFFECT_NONE,           //  Nothing was asked
    APPROVAL_EFFECT_ASKED,
    APPROVAL_EFFECT_TAKEN
} approval_effect_t;

typedef struct {
    oid_t subject;                  //  Who proposed it and is told
    uint8_t command;                //  Of the subject: confirmed
    uint8_t reject_command;         //  Of the subject: rejected or expired
    int64_t amount_minor;
    char proposer [OPERATOR_ID_SIZE];
    char reason [REASON_SIZE];
    //  Of a resolve
    uint8_t decision;               //  saga_decision_t; 0: it is none
    char bank_reference [SAGA_EVIDENCE_SIZE];
    int64_t version;                //  Of the subject once it has proposed it
} approval_request_t;

//  What the subject is told.
typedef struct {
    oid_t approval;
    char operator [OPERATOR_ID_SIZE];    //  Who decided; empty: it expired
    char reason [REASON_SIZE];      //  Theirs
} approval_decided_t;

extern const shape_t approval_decided_shape;

typedef struct {
    uint8_t status;                 //  approval_status_t
    char decider [OPERATOR_ID_SIZE];
    char decided_reason [REASON_SIZE];
    approval_request_t request;
    uint8_t effect;                 //  approval_effect_t
    uint32_t verdict;               //  The subject's, once it has taken the decision
} approval_t;

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    APPROVAL_PROPOSE,               //  approval_request_t; by the subject
    APPROVAL_CONFIRM,               //  approval_decide_t
    APPROVAL_REJECT,                //  approval_decide_t
    APPROVAL_EXPIRE,                //  Timer
    APPROVAL_ANSWERED               //  saga_answer_t; by the subject
} approval_command_t;

typedef enum {
    APPROVAL_WAS_PROPOSED,          //  approval_request_t; "approval.proposed"
    APPROVAL_WAS_CONFIRMED,         //  approval_decide_t; "approval.confirmed"
    APPROVAL_WAS_REJECTED,          //  approval_decide_t; "approval.rejected"
    APPROVAL_WAS_EXPIRED,           //  No fields; "approval.expired"
    APPROVAL_WAS_TAKEN              //  approval_taken_t; "approval.taken"
} approval_event_t;

typedef struct {
    char operator [OPERATOR_ID_SIZE];
    char reason [REASON_SIZE];
    bool asks;                      //  In the event: the subject was asked, and will answer
} approval_decide_t;

typedef struct {
    uint32_t verdict;               //  The subject's
} approval_taken_t;

//  True if one operator may not decide about this amount alone.
static inline bool
approval_needed (const limits_t *limits, int64_t amount_minor)
{
    return amount_minor > limits->approval_amount_minor;
}

//  Proposes (request->subject is set to the deciding aggregate). The approval's id
//  follows from the aggregate and `ordinal`; returns it, for the aggregate's event.
oid_t approval_propose (decision_t *decision, const approval_request_t *request, uint32_t ordinal);

//  For a saga's resolve: *ret_proposed is true if it takes a second operator who has not
//  confirmed it. Then it was proposed as resolve->approval, which the client is shown, and
//  nothing else may happen but `events` of the saga's that tell it; `command` is its
//  resolve_command. PROPOSAL_STALE: it is
//  confirmed, and the saga is not any more what it was.
verdict_t approval_proposes_resolve (decision_t *decision, const saga_resolve_t *resolve,
                                     uint8_t command, int64_t amount_minor, uint32_t events,
                                     bool *ret_proposed);

//  All of a saga's give-up: refuses any other decision (state_conflict), proposes it
//  if it takes two operators, else emits `event`, a saga_given_up_t of held_minor, and
//  *ret_ended is true: the saga tells its parent then, if it has one.
verdict_t approval_give_up (decision_t *decision, const saga_resolve_t *resolve, uint8_t command,
                            uint8_t event, int64_t held_minor, bool *ret_ended);

extern const aggregate_type_t approval_aggregate;

#endif
