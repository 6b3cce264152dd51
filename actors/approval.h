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
//  record. A proposal lapses after approval_expire_s.
//
//  Invariant: who decided is never who proposed.

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
} approval_t;

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    APPROVAL_PROPOSE,               //  approval_request_t; by the subject
    APPROVAL_CONFIRM,               //  approval_decide_t
    APPROVAL_REJECT,                //  approval_decide_t
    APPROVAL_EXPIRE                 //  Timer
} approval_command_t;

typedef enum {
    APPROVAL_WAS_PROPOSED,          //  approval_request_t; "approval.proposed"
    APPROVAL_WAS_CONFIRMED,         //  approval_decide_t; "approval.confirmed"
    APPROVAL_WAS_REJECTED,          //  approval_decide_t; "approval.rejected"
    APPROVAL_WAS_EXPIRED            //  No fields; "approval.expired"
} approval_event_t;

typedef struct {
    char operator [OPERATOR_ID_SIZE];
    char reason [REASON_SIZE];
} approval_decide_t;

//  True if one operator may not decide about this amount alone.
static inline bool
approval_needed (const limits_t *limits, int64_t amount_minor)
{
    return amount_minor > limits->approval_amount_minor;
}

//  Proposes (request->subject is set to the deciding aggregate). The approval's id
//  follows from the aggregate and `ordinal`; returns it, for the aggregate's event.
oid_t approval_propose (decision_t *decision, const approval_request_t *request, uint32_t ordinal);

//  For a saga's resolve: true if it takes a second operator who has not confirmed it.
//  Then it was proposed as resolve->approval, which the client is shown, and nothing
//  else may happen; `command` is the saga's resolve_command.
bool approval_proposes_resolve (decision_t *decision, const saga_resolve_t *resolve,
                                uint8_t command, int64_t amount_minor);

//  All of a saga's give-up: refuses any other decision (state_conflict), proposes it
//  if it takes two operators, else emits `event`, a saga_given_up_t of held_minor, and
//  *ret_ended is true: the saga tells its parent then, if it has one.
verdict_t approval_give_up (decision_t *decision, const saga_resolve_t *resolve, uint8_t command,
                            uint8_t event, int64_t held_minor, bool *ret_ended);

extern const aggregate_type_t approval_aggregate;

#endif
