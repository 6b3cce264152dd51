//  refund - rules of money that goes back to a payer. Pure: no I/O, clock or allocation.

#include "actors/refund.h"
#include "actors/approval.h"
#include "actors/merchant.h"
#include "actors/payment.h"
#include "actors/wallet.h"

//  A refund_request_t at `at` of a struct.
#define FIELDS_REQUEST(type, at)                                                                   \
    FIELD (OID, type, at payment), FIELD (OID, type, at merchant), FIELD (OID, type, at member),   \
        FIELD (I64, type, at amount_minor), FIELD (I64, type, at fee_back_minor),                  \
        FIELD (TEXT, type, at currency), FIELD (TEXT, type, at reason)

static const field_t request_fields [] = { FIELDS_REQUEST (refund_request_t, ) };

static const shape_t request_shape = SHAPE (refund_request_t, request_fields);

static const field_t state_fields [] = {
    FIELD (U8, refund_t, status),        FIELD (U8, refund_t, step),
    FIELD (U32, refund_t, attempt),      FIELD (U32, refund_t, verdict),
    FIELDS_REQUEST (refund_t, request.),
};

static const shape_t state_shape = SHAPE (refund_t, state_fields);

static const field_t failure_fields [] = {
    FIELD (U32, refund_failure_t, verdict),
    FIELD (I64, refund_failure_t, amount_minor),
};

static const shape_t failure_shape = SHAPE (refund_failure_t, failure_fields);

static const field_t retried_fields [] = {
    FIELD (U32, refund_retried_t, attempt),
    FIELD (I64, refund_retried_t, amount_minor),
};

static const shape_t retried_shape = SHAPE (refund_retried_t, retried_fields);

//  ---------------------------------------------------------------------------
//  Deciding

static void
s_watch (decision_t *decision)
{
    decision_timer (decision, REFUND_DEADLINE,
                    decision->now_ms + decision->limits->step_deadline_ms);
}

static void
s_ask_wallet (const refund_request_t *request, uint32_t attempt, decision_t *decision)
{
    wallet_move_t move = {
        .reference = { decision->self, LEG_REFUND, attempt },
        .amount_minor = request->amount_minor,
    };
    memcpy (move.currency, request->currency, sizeof move.currency);
    decision_ask (decision, oid_as (request->member, OID_WALLET), WALLET_CREDIT, &move,
                  ANSWER_ALWAYS, REFUND_ANSWERED, REFUND_CREDITING);
    s_watch (decision);
}

static verdict_t
decide_start (const void *state, const void *command, decision_t *decision)
{
    const refund_t *refund = state;
    const refund_request_t *request = command;

    if (refund->status != REFUND_NONE) {
        return VERDICT_ALREADY_EXISTS;
    }
    if (!money_valid (request->amount_minor)) {
        return VERDICT_AMOUNT_INVALID;
    }
    merchant_refund_t take = {
        .reference = { decision->self, LEG_REFUND, 1 },
        .payment = request->payment,
        .amount_minor = request->amount_minor,
        .fee_back_minor = request->fee_back_minor,
    };
    decision_ask (decision, request->merchant, MERCHANT_REFUND, &take, ANSWER_ALWAYS,
                  REFUND_ANSWERED, REFUND_TAKING);
    s_watch (decision);
    return decision_emit (decision, REFUND_WAS_REQUESTED, request);
}

static void
s_tell_payment (const refund_t *refund, bool refunded, decision_t *decision)
{
    decision_tell (decision, refund->request.payment, PAYMENT_REFUND_ENDED,
                   &(payment_refund_end_t) { decision->self, refunded });
}

static verdict_t
s_taken (const refund_t *refund, verdict_t verdict, decision_t *decision)
{
    if (verdict == VERDICT_ACCEPTED) {
        s_ask_wallet (&refund->request, 1, decision);
        return decision_emit (decision, REFUND_WAS_TAKEN, NULL);
    }
    decision_timer (decision, REFUND_DEADLINE, 0);
    s_tell_payment (refund, /* refunded= */ false, decision);
    return decision_emit (decision, REFUND_WAS_FAILED, &(refund_failure_t) { verdict, 0 });
}

//  After a retry the payment knows already.
static verdict_t
s_credited (const refund_t *refund, verdict_t verdict, decision_t *decision)
{
    decision_timer (decision, REFUND_DEADLINE, 0);
    if (refund->attempt == 1) {
        s_tell_payment (refund, /* refunded= */ true, decision);
    }
    if (verdict == VERDICT_ACCEPTED) {
        return decision_emit (decision, REFUND_WAS_SUCCEEDED, NULL);
    }
    return decision_emit (decision, REFUND_WAS_SUSPENDED,
                          &(refund_failure_t) { verdict, refund->request.amount_minor });
}

//  An answer counts only for the step that asked.
static verdict_t
decide_answered (const void *state, const void *command, decision_t *decision)
{
    const refund_t *refund = state;
    const saga_answer_t *answer = command;

    if (answer->step != refund->step) {
        return VERDICT_ACCEPTED;
    }
    switch (refund->step) {
    case REFUND_TAKING: return s_taken (refund, answer->verdict, decision);
    case REFUND_CREDITING: return s_credited (refund, answer->verdict, decision);
    default: return VERDICT_ACCEPTED;
    }
}

//  The outbox goes on delivering: nothing is asked again, somebody should look.
static verdict_t
decide_deadline (const void *state, const void *command, decision_t *decision)
{
    const refund_t *refund = state;
    bool asked = refund->step == REFUND_TAKING || refund->step == REFUND_CREDITING;
    (void) command;

    if (!asked || refund->status == REFUND_PARKED) {
        return VERDICT_ACCEPTED;
    }
    return decision_emit (decision, REFUND_WAS_PARKED,
                          &(refund_failure_t) { VERDICT_DEADLINE_EXCEEDED, 0 });
}

//  Whether an operator may move it on: only money in suspense is nobody else's to move.
static verdict_t
s_may_move_on (const refund_t *refund)
{
    if (refund->status == REFUND_NONE) {
        return VERDICT_NOT_FOUND;
    }
    if (refund->status != REFUND_PARKED) {
        return VERDICT_STATE_CONFLICT;
    }
    return refund->step == REFUND_SUSPENDED ? VERDICT_ACCEPTED : VERDICT_TRANSFERS_OPEN;
}

static verdict_t
decide_retry (const void *state, const void *command, decision_t *decision)
{
    const refund_t *refund = state;
    verdict_t verdict = s_may_move_on (refund);
    (void) command;

    if (verdict != VERDICT_ACCEPTED) {
        return verdict;
    }
    uint32_t attempt = refund->attempt + 1;
    s_ask_wallet (&refund->request, attempt, decision);
    return decision_emit (decision, REFUND_WAS_RETRIED,
                          &(refund_retried_t) { attempt, refund->request.amount_minor });
}

static verdict_t
decide_resolve (const void *state, const void *command, decision_t *decision)
{
    const refund_t *refund = state;
    verdict_t verdict = s_may_move_on (refund);
    bool ended;

    if (verdict != VERDICT_ACCEPTED) {
        return verdict;
    }
    return approval_give_up (decision, command, REFUND_RESOLVE, REFUND_WAS_GIVEN_UP,
                             refund->request.amount_minor, &ended);
}

//  ---------------------------------------------------------------------------
//  Evolving

static void
s_step (refund_t *refund, refund_status_t status, refund_step_t step, uint32_t verdict)
{
    refund->status = (uint8_t) status;
    refund->step = (uint8_t) step;
    refund->verdict = verdict;
}

static void
evolve_requested (void *state, const void *event, int64_t at_ms)
{
    refund_t *refund = state;
    const refund_request_t *request = event;
    (void) at_ms;

    refund->request = *request;
    refund->attempt = 1;
    s_step (refund, REFUND_REQUESTED, REFUND_TAKING, VERDICT_ACCEPTED);
}

static void
evolve_taken (void *state, const void *event, int64_t at_ms)
{
    (void) event, (void) at_ms;
    s_step (state, REFUND_PROCESSING, REFUND_CREDITING, VERDICT_ACCEPTED);
}

static void
evolve_succeeded (void *state, const void *event, int64_t at_ms)
{
    (void) event, (void) at_ms;
    s_step (state, REFUND_SUCCEEDED, REFUND_ENDED, VERDICT_ACCEPTED);
}

static void
evolve_failed (void *state, const void *event, int64_t at_ms)
{
    const refund_failure_t *failure = event;
    (void) at_ms;
    s_step (state, REFUND_FAILED, REFUND_ENDED, failure->verdict);
}

static void
evolve_suspended (void *state, const void *event, int64_t at_ms)
{
    const refund_failure_t *failure = event;
    (void) at_ms;
    s_step (state, REFUND_PARKED, REFUND_SUSPENDED, failure->verdict);
}

static void
evolve_parked (void *state, const void *event, int64_t at_ms)
{
    refund_t *refund = state;
    const refund_failure_t *failure = event;
    (void) at_ms;
    s_step (refund, REFUND_PARKED, (refund_step_t) refund->step, failure->verdict);
}

static void
evolve_retried (void *state, const void *event, int64_t at_ms)
{
    refund_t *refund = state;
    const refund_retried_t *retried = event;
    (void) at_ms;
    refund->attempt = retried->attempt;
    s_step (refund, REFUND_PROCESSING, REFUND_CREDITING, VERDICT_ACCEPTED);
}

static void
evolve_given_up (void *state, const void *event, int64_t at_ms)
{
    (void) event, (void) at_ms;
    s_step (state, REFUND_COMPENSATED, REFUND_ENDED, VERDICT_KEPT_IN_SUSPENSE);
}

static void
postings_suspended (oid_t self, const void *event, postings_t *postings)
{
    const refund_failure_t *failure = event;
    postings_move (postings, account_of (ACCOUNT_TRANSIT, self), account_single (ACCOUNT_SUSPENSE),
                   failure->amount_minor);
}

static void
postings_retried (oid_t self, const void *event, postings_t *postings)
{
    const refund_retried_t *retried = event;
    postings_move (postings, account_single (ACCOUNT_SUSPENSE), account_of (ACCOUNT_TRANSIT, self),
                   retried->amount_minor);
}

static bool
refund_finished (const void *state)
{
    return ((const refund_t *) state)->status >= REFUND_SUCCEEDED;
}

static bool
refund_parked (const void *state)
{
    return ((const refund_t *) state)->status == REFUND_PARKED;
}

static bool
refund_invariant (const void *state)
{
    const refund_t *refund = state;
    const refund_request_t *request = &refund->request;
    if (refund->status == REFUND_NONE) {
        return refund->step == REFUND_BEFORE;
    }
    bool ended = refund_finished (refund) && !refund_parked (refund);
    bool blamed = refund_finished (refund) && refund->status != REFUND_SUCCEEDED;
    return refund->status <= REFUND_COMPENSATED && refund->step <= REFUND_ENDED
           && refund->step != REFUND_BEFORE && refund->attempt > 0
           && money_valid (request->amount_minor) && request->fee_back_minor >= 0
           && request->fee_back_minor <= request->amount_minor
           && ended == (refund->step == REFUND_ENDED)
           && blamed == (refund->verdict != VERDICT_ACCEPTED);
}

//  clang-format off
static const command_rule_t commands [] = {
    [REFUND_START] = { "refund.start", &request_shape, decide_start },
    [REFUND_ANSWERED] = { "refund.answered", &saga_answer_shape, decide_answered },
    [REFUND_DEADLINE] = { "refund.deadline", &shape_empty, decide_deadline },
    [REFUND_RETRY] = { "refund.retry", &shape_empty, decide_retry },
    [REFUND_RESOLVE] = { "refund.resolve", &saga_resolve_shape, decide_resolve },
};

//  What is given up is in suspense already.
static const event_rule_t events [] = {
    [REFUND_WAS_REQUESTED] = { "refund.requested", 1, &request_shape, evolve_requested, NULL },
    [REFUND_WAS_TAKEN] = { "refund.taken", 1, &shape_empty, evolve_taken, NULL },
    [REFUND_WAS_SUCCEEDED] = { "refund.succeeded", 1, &shape_empty, evolve_succeeded, NULL },
    [REFUND_WAS_FAILED] = { "refund.failed", 1, &failure_shape, evolve_failed, NULL },
    [REFUND_WAS_SUSPENDED] = { "refund.suspended", 1, &failure_shape, evolve_suspended,
                               postings_suspended },
    [REFUND_WAS_PARKED] = { "refund.parked", 1, &failure_shape, evolve_parked, NULL },
    [REFUND_WAS_RETRIED] = { "refund.retried", 1, &retried_shape, evolve_retried,
                             postings_retried },
    [REFUND_WAS_GIVEN_UP] = { "refund.given_up", 1, &saga_given_up_shape, evolve_given_up, NULL },
};
//  clang-format on

const aggregate_type_t refund_aggregate = {
    .name = "refund",
    .kind = OID_REFUND,
    .state = &state_shape,
    .commands = commands,
    .command_count = COUNT (commands),
    .events = events,
    .event_count = COUNT (events),
    .invariant = refund_invariant,
    .finished = refund_finished,
    .parked = refund_parked,
    .retry_command = REFUND_RETRY,
    .resolve_command = REFUND_RESOLVE,
};
