//  recharge - rules of filling a wallet. Pure: no I/O, clock or allocation here.

#include "actors/recharge.h"
#include "actors/approval.h"
#include "actors/bank_account.h"
#include "actors/member.h"
#include "actors/recharge_evolve.h"
#include "actors/wallet.h"

//  ---------------------------------------------------------------------------
//  What is asked of others

static void
s_deadline (decision_t *decision)
{
    decision_timer (decision, RECHARGE_DEADLINE,
                    decision->now_ms + decision->limits->step_deadline_ms);
}

static wallet_move_t
s_credit_of (const recharge_request_t *request, oid_t self)
{
    wallet_move_t move = {
        .reference = { self, LEG_CREDIT, 1 },
        .amount_minor = request->amount_minor,
    };
    memcpy (move.currency, request->currency, sizeof move.currency);
    return move;
}

static void
s_ask_wallet (decision_t *decision, const recharge_request_t *request, wallet_command_t command,
              recharge_step_t step)
{
    wallet_move_t move = s_credit_of (request, decision->self);
    decision_ask (decision, request->wallet, (uint8_t) command, &move, ANSWER_ALWAYS,
                  RECHARGE_ANSWERED, step);
    s_deadline (decision);
}

//  Asks for a transfer whose id follows from purpose and attempt. The outcome is
//  told by the transfer itself; only a refusal is an answer.
static oid_t
s_ask_transfer (decision_t *decision, const recharge_request_t *request,
                bank_transfer_direction_t direction, uint32_t attempt, recharge_step_t step)
{
    const char *purpose = direction == BANK_TRANSFER_IN ? "recharge" : "return";
    oid_t transfer =
        decision_derive (decision, OID_BANK_TRANSFER, decision->self, purpose, attempt);
    bank_transfer_request_t order = {
        .direction = (uint8_t) direction,
        .saga = decision->self,
        .notify = RECHARGE_TRANSFERRED,
        .bank_account = request->bank_account,
        .party = request->party,
        .amount_minor = request->amount_minor,
        .attempt = attempt,
    };
    memcpy (order.currency, request->currency, sizeof order.currency);
    decision_ask (decision, transfer, BANK_TRANSFER_REQUEST, &order, ANSWER_REFUSAL,
                  RECHARGE_ANSWERED, step);
    return transfer;
}

//  A child's credit comes with its parent's hold.
static void
s_ask_credit (decision_t *decision, const recharge_t *recharge)
{
    const recharge_request_t *request = &recharge->request;
    const recharge_parent_t *parent = &recharge->parent;
    if (oid_is_none (parent->saga)) {
        s_ask_wallet (decision, request, WALLET_CREDIT, RECHARGE_CREDITING);
        return;
    }
    wallet_fund_t fund = {
        .reference = { decision->self, LEG_CREDIT, 1 },
        .amount_minor = request->amount_minor,
        .hold = parent->hold,
        .hold_minor = parent->hold_minor,
    };
    memcpy (fund.currency, request->currency, sizeof fund.currency);
    decision_ask (decision, request->wallet, WALLET_FUND, &fund, ANSWER_ALWAYS, RECHARGE_ANSWERED,
                  RECHARGE_CREDITING);
    s_deadline (decision);
}

//  It has ended, or is parked: its parent hears of it.
static verdict_t
s_end (decision_t *decision, const recharge_parent_t *parent, recharge_event_t event,
       verdict_t verdict, const char *reason)
{
    static const uint8_t statuses [] = {
        [RECHARGE_WAS_SUCCEEDED] = RECHARGE_SUCCEEDED,
        [RECHARGE_WAS_FAILED] = RECHARGE_FAILED,
        [RECHARGE_WAS_COMPENSATED] = RECHARGE_COMPENSATED,
        [RECHARGE_WAS_PARKED] = RECHARGE_PARKED,
    };
    recharge_failure_t failure = { .verdict = verdict };
    if (reason) {
        memcpy (failure.reason, reason, sizeof failure.reason);
    }
    if (!oid_is_none (parent->saga)) {
        recharge_outcome_t outcome = { decision->self, statuses [event], verdict };
        decision_tell (decision, parent->saga, parent->notify, &outcome);
    }
    return decision_emit (decision, (uint8_t) event, &failure);
}

//  ---------------------------------------------------------------------------
//  Steps

static verdict_t
s_facts (const recharge_start_t *start)
{
    const recharge_request_t *request = &start->request;
    verdict_t verdict = member_may_move_money (start->member_status);
    if (verdict == VERDICT_ACCEPTED
        && !oid_equal (request->wallet, oid_as (request->member, OID_WALLET))) {
        verdict = VERDICT_WALLET_NOT_FOUND;
    }
    if (verdict == VERDICT_ACCEPTED) {
        verdict =
            bank_account_usable (start->account_status, start->account_member, request->member);
    }
    return verdict;
}

static bool
s_same_request (const recharge_request_t *one, const recharge_request_t *other)
{
    return oid_equal (one->wallet, other->wallet)
           && oid_equal (one->bank_account, other->bank_account)
           && one->amount_minor == other->amount_minor
           && strcmp (one->currency, other->currency) == 0;
}

static verdict_t
decide_start (const void *state, const void *command, decision_t *decision)
{
    const recharge_t *recharge = state;
    const recharge_start_t *start = command;

    if (recharge->status != RECHARGE_NONE) {
        return s_same_request (&recharge->request, &start->request)
                       && oid_equal (recharge->parent.saga, start->parent.saga)
                   ? VERDICT_ACCEPTED
                   : VERDICT_ALREADY_EXISTS;
    }
    if (!money_valid (start->request.amount_minor)) {
        return VERDICT_AMOUNT_INVALID;
    }
    decision_emit (decision, RECHARGE_WAS_REQUESTED,
                   &(recharge_requested_t) { start->request, start->parent });
    verdict_t verdict = s_facts (start);
    if (verdict != VERDICT_ACCEPTED) {
        return s_end (decision, &start->parent, RECHARGE_WAS_FAILED, verdict, NULL);
    }
    s_ask_wallet (decision, &start->request, WALLET_EXPECT, RECHARGE_EXPECTING);
    return VERDICT_ACCEPTED;
}

static verdict_t
s_charge (const recharge_t *recharge, decision_t *decision)
{
    oid_t transfer =
        s_ask_transfer (decision, &recharge->request, BANK_TRANSFER_IN, 1, RECHARGE_CHARGING);
    return decision_emit (decision, RECHARGE_CHARGED, &(recharge_transfer_t) { transfer });
}

//  Sends the money back: attempt n + 1 only after n finally failed.
static verdict_t
s_return (const recharge_t *recharge, uint32_t attempt, verdict_t verdict, decision_t *decision)
{
    oid_t transfer = s_ask_transfer (decision, &recharge->request, BANK_TRANSFER_OUT, attempt,
                                     RECHARGE_RETURNING);
    return decision_emit (decision, RECHARGE_RETURNED,
                          &(recharge_return_t) { transfer, attempt, verdict });
}

//  The transfer that is waited for moved nothing, finally.
static verdict_t
s_not_transferred (const recharge_t *recharge, const char *reason, decision_t *decision)
{
    if (recharge->step == RECHARGE_CHARGING) {
        wallet_move_t move = s_credit_of (&recharge->request, decision->self);
        decision_tell (decision, recharge->request.wallet, WALLET_UNEXPECT, &move);
        return s_end (decision, &recharge->parent, RECHARGE_WAS_FAILED, VERDICT_BANK_DECLINED,
                      reason);
    }
    if (recharge->attempt < RECHARGE_RETURNS_MAX) {
        return s_return (recharge, recharge->attempt + 1, recharge->credit_verdict, decision);
    }
    if (recharge_stuck (recharge)) {
        return VERDICT_ACCEPTED;
    }
    return s_end (decision, &recharge->parent, RECHARGE_WAS_PARKED, VERDICT_BANK_DECLINED, reason);
}

//  An answer counts only for the step that asked; others come late and change nothing.
static verdict_t
decide_answered (const void *state, const void *command, decision_t *decision)
{
    const recharge_t *recharge = state;
    const saga_answer_t *answer = command;
    bool accepted = answer->verdict == VERDICT_ACCEPTED;

    if (answer->step != recharge->step) {
        return VERDICT_ACCEPTED;
    }
    switch (recharge->step) {
    case RECHARGE_EXPECTING:
        decision_timer (decision, RECHARGE_DEADLINE, 0);
        return accepted ? s_charge (recharge, decision)
                        : s_end (decision, &recharge->parent, RECHARGE_WAS_FAILED, answer->verdict,
                                 NULL);

    case RECHARGE_CREDITING:
        decision_timer (decision, RECHARGE_DEADLINE, 0);
        return accepted ? s_end (decision, &recharge->parent, RECHARGE_WAS_SUCCEEDED,
                                 VERDICT_ACCEPTED, NULL)
                        : s_return (recharge, 1, answer->verdict, decision);

    case RECHARGE_CHARGING:
    case RECHARGE_RETURNING:
        if (accepted || !oid_equal (answer->from, recharge->transfer)) {
            return VERDICT_ACCEPTED;
        }
        return s_not_transferred (recharge, NULL, decision);

    default: return VERDICT_ACCEPTED;
    }
}

//  The bank said no, so it failed; then the bank said yes after all, and the transfer
//  put the money into suspense. Its expect is given up: it is sent back, once. If this
//  is told before that it failed, what comes after changes nothing.
static verdict_t
s_received_late (const recharge_t *recharge, decision_t *decision)
{
    if (recharge->step == RECHARGE_CHARGING) {
        wallet_move_t move = s_credit_of (&recharge->request, decision->self);
        decision_tell (decision, recharge->request.wallet, WALLET_UNEXPECT, &move);
    }
    decision_emit (decision, RECHARGE_RECEIVED_LATE,
                   &(recharge_late_t) { recharge->transfer, recharge->request.amount_minor });
    return s_return (recharge, 1, VERDICT_BANK_DECLINED, decision);
}

static verdict_t
decide_transferred (const void *state, const void *command, decision_t *decision)
{
    const recharge_t *recharge = state;
    const bank_transfer_outcome_t *outcome = command;
    bool waiting = recharge->step == RECHARGE_CHARGING || recharge->step == RECHARGE_RETURNING;

    if (!oid_equal (outcome->transfer, recharge->transfer)) {
        return VERDICT_ACCEPTED;
    }
    bool late = outcome->late && recharge->step == RECHARGE_CHARGING;
    if ((late || recharge_declined (recharge)) && outcome->status == BANK_TRANSFER_SUCCEEDED) {
        return s_received_late (recharge, decision);
    }
    if (!waiting || recharge_stuck (recharge)) {  //  Stuck: it is told late, and has failed
        return VERDICT_ACCEPTED;
    }
    switch (outcome->status) {
    case BANK_TRANSFER_SUCCEEDED:
        if (recharge->step == RECHARGE_RETURNING) {
            return s_end (decision, &recharge->parent, RECHARGE_WAS_COMPENSATED,
                          recharge->credit_verdict, NULL);
        }
        s_ask_credit (decision, recharge);
        return decision_emit (decision, RECHARGE_RECEIVED,
                              &(recharge_transfer_t) { outcome->transfer });

    case BANK_TRANSFER_FAILED: return s_not_transferred (recharge, outcome->reason, decision);
    default:
        return s_end (decision, &recharge->parent, RECHARGE_WAS_PARKED, VERDICT_BANK_UNAVAILABLE,
                      NULL);
    }
}

//  The outbox goes on delivering: nothing is asked again, somebody should look.
static verdict_t
decide_deadline (const void *state, const void *command, decision_t *decision)
{
    const recharge_t *recharge = state;
    bool asked_wallet =
        recharge->step == RECHARGE_EXPECTING || recharge->step == RECHARGE_CREDITING;
    (void) command;

    if (!asked_wallet || recharge->status == RECHARGE_PARKED) {
        return VERDICT_ACCEPTED;
    }
    return s_end (decision, &recharge->parent, RECHARGE_WAS_PARKED, VERDICT_DEADLINE_EXCEEDED,
                  NULL);
}

//  ---------------------------------------------------------------------------
//  Operators

static verdict_t
s_may_move_on (const recharge_t *recharge)
{
    if (recharge->status == RECHARGE_NONE) {
        return VERDICT_NOT_FOUND;
    }
    if (recharge->status != RECHARGE_PARKED) {
        return VERDICT_STATE_CONFLICT;
    }
    return recharge_stuck (recharge) ? VERDICT_ACCEPTED : VERDICT_TRANSFERS_OPEN;
}

static verdict_t
decide_retry (const void *state, const void *command, decision_t *decision)
{
    const recharge_t *recharge = state;
    verdict_t verdict = s_may_move_on (recharge);
    (void) command;

    if (verdict != VERDICT_ACCEPTED) {
        return verdict;
    }
    return s_return (recharge, recharge->attempt + 1, recharge->credit_verdict, decision);
}

static verdict_t
decide_resolve (const void *state, const void *command, decision_t *decision)
{
    const recharge_t *recharge = state;
    const recharge_parent_t *parent = &recharge->parent;
    verdict_t verdict = s_may_move_on (recharge);
    bool ended = false;

    if (verdict == VERDICT_ACCEPTED) {
        verdict = approval_give_up (decision, command, RECHARGE_RESOLVE, RECHARGE_WAS_GIVEN_UP,
                                    recharge->request.amount_minor, &ended);
    }
    if (ended && !oid_is_none (parent->saga)) {
        recharge_outcome_t outcome = { decision->self, RECHARGE_COMPENSATED,
                                       VERDICT_KEPT_IN_SUSPENSE };
        decision_tell (decision, parent->saga, parent->notify, &outcome);
    }
    return verdict;
}

//  ---------------------------------------------------------------------------
//  The tables

//  clang-format off
static const command_rule_t commands [] = {
    [RECHARGE_START] = { "recharge.start", &recharge_start_shape, decide_start },
    [RECHARGE_ANSWERED] = { "recharge.answered", &saga_answer_shape, decide_answered },
    [RECHARGE_TRANSFERRED] = { "recharge.transferred", &bank_transfer_outcome_shape,
                               decide_transferred },
    [RECHARGE_DEADLINE] = { "recharge.deadline", &shape_empty, decide_deadline },
    [RECHARGE_RETRY] = { "recharge.retry", &shape_empty, decide_retry },
    [RECHARGE_RESOLVE] = { "recharge.resolve", &saga_resolve_shape, decide_resolve },
};

static const event_rule_t events [] = {
    [RECHARGE_WAS_REQUESTED] = { "recharge.requested", 1, &recharge_requested_shape,
                                 recharge_evolve_requested, NULL },
    [RECHARGE_CHARGED] = { "recharge.charged", 1, &recharge_transfer_shape, recharge_evolve_charged,
                           NULL },
    [RECHARGE_RECEIVED] = { "recharge.received", 1, &recharge_transfer_shape,
                            recharge_evolve_received, NULL },
    [RECHARGE_WAS_SUCCEEDED] = { "recharge.succeeded", 1, &shape_empty, recharge_evolve_succeeded,
                                 NULL },
    [RECHARGE_WAS_FAILED] = { "recharge.failed", 1, &recharge_failure_shape, recharge_evolve_failed,
                              NULL },
    [RECHARGE_RETURNED] = { "recharge.returned", 1, &recharge_return_shape,
                            recharge_evolve_returned, NULL },
    [RECHARGE_WAS_COMPENSATED] = { "recharge.compensated", 1, &shape_empty,
                                   recharge_evolve_compensated, NULL },
    [RECHARGE_WAS_PARKED] = { "recharge.parked", 1, &recharge_failure_shape, recharge_evolve_parked,
                              NULL },
    [RECHARGE_WAS_GIVEN_UP] = { "recharge.given_up", 1, &saga_given_up_shape,
                                recharge_evolve_given_up, saga_given_up_postings },
    [RECHARGE_RECEIVED_LATE] = { "recharge.received_late", 1, &recharge_late_shape,
                                 recharge_evolve_received_late, recharge_post_received_late },
};
//  clang-format on

const aggregate_type_t recharge_aggregate = {
    .name = "recharge",
    .kind = OID_RECHARGE,
    .state = &recharge_state_shape,
    .commands = commands,
    .command_count = COUNT (commands),
    .events = events,
    .event_count = COUNT (events),
    .invariant = recharge_invariant,
    .finished = recharge_finished,
    .parked = recharge_parked,
    .retry_command = RECHARGE_RETRY,
    .resolve_command = RECHARGE_RESOLVE,
};
