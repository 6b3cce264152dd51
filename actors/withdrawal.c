//  withdrawal - rules of paying a wallet out. Pure: no I/O, clock or allocation here.

#include "actors/withdrawal.h"
#include "actors/bank_account.h"
#include "actors/member.h"
#include "actors/wallet.h"
#include "actors/withdrawal_evolve.h"

//  ---------------------------------------------------------------------------
//  What is asked of others

static reference_t
s_hold (const decision_t *decision)
{
    return (reference_t) { decision->self, LEG_HOLD, 1 };
}

static void
s_ask_wallet (decision_t *decision, const withdrawal_request_t *request, wallet_command_t command,
              const void *payload, withdrawal_step_t step)
{
    decision_ask (decision, request->wallet, (uint8_t) command, payload, ANSWER_ALWAYS,
                  WITHDRAWAL_ANSWERED, step);
    decision_timer (decision, WITHDRAWAL_DEADLINE,
                    decision->now_ms + decision->limits->step_deadline_ms);
}

static void
s_ask_hold (decision_t *decision, const withdrawal_request_t *request)
{
    wallet_move_t hold = {
        .reference = s_hold (decision),
        .amount_minor = request->amount_minor,
    };
    memcpy (hold.currency, request->currency, sizeof hold.currency);
    s_ask_wallet (decision, request, WALLET_HOLD, &hold, WITHDRAWAL_HOLDING);
}

static void
s_ask_capture (decision_t *decision, const withdrawal_request_t *request, uint32_t ordinal)
{
    wallet_capture_t capture = {
        .reference = { decision->self, LEG_CAPTURE, ordinal },
        .hold = s_hold (decision),
        .amount_minor = request->amount_minor,
    };
    s_ask_wallet (decision, request, WALLET_CAPTURE, &capture, WITHDRAWAL_CAPTURING);
}

static void
s_ask_release (decision_t *decision, const withdrawal_request_t *request)
{
    wallet_release_t release = { s_hold (decision) };
    s_ask_wallet (decision, request, WALLET_RELEASE, &release, WITHDRAWAL_RELEASING);
}

//  The outcome is told by the transfer itself; only a refusal is an answer.
static oid_t
s_ask_transfer (decision_t *decision, const withdrawal_request_t *request)
{
    oid_t transfer = decision_derive (decision, OID_BANK_TRANSFER, decision->self, "withdrawal", 1);
    bank_transfer_request_t order = {
        .direction = BANK_TRANSFER_OUT,
        .saga = decision->self,
        .notify = WITHDRAWAL_TRANSFERRED,
        .bank_account = request->bank_account,
        .party = request->party,
        .amount_minor = request->amount_minor,
        .attempt = 1,
    };
    memcpy (order.currency, request->currency, sizeof order.currency);
    decision_ask (decision, transfer, BANK_TRANSFER_REQUEST, &order, ANSWER_REFUSAL,
                  WITHDRAWAL_ANSWERED, WITHDRAWAL_TRANSFERRING);
    return transfer;
}

static verdict_t
s_fail (decision_t *decision, verdict_t verdict, const char *reason)
{
    withdrawal_failure_t failure = { .verdict = verdict };
    memcpy (failure.reason, reason, strlen (reason));
    return decision_emit (decision, WITHDRAWAL_WAS_FAILED, &failure);
}

static verdict_t
s_park (decision_t *decision, verdict_t verdict)
{
    return decision_emit (decision, WITHDRAWAL_WAS_PARKED, &(withdrawal_verdict_t) { verdict });
}

//  ---------------------------------------------------------------------------
//  Steps

static verdict_t
s_facts (const withdrawal_start_t *start)
{
    const withdrawal_request_t *request = &start->request;
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
s_same_request (const withdrawal_request_t *one, const withdrawal_request_t *other)
{
    return oid_equal (one->wallet, other->wallet)
           && oid_equal (one->bank_account, other->bank_account)
           && one->amount_minor == other->amount_minor
           && strcmp (one->currency, other->currency) == 0;
}

static verdict_t
decide_start (const void *state, const void *command, decision_t *decision)
{
    const withdrawal_t *withdrawal = state;
    const withdrawal_start_t *start = command;

    if (withdrawal->status != WITHDRAWAL_NONE) {
        return s_same_request (&withdrawal->request, &start->request) ? VERDICT_ACCEPTED
                                                                      : VERDICT_ALREADY_EXISTS;
    }
    if (!money_valid (start->request.amount_minor)) {
        return VERDICT_AMOUNT_INVALID;
    }
    decision_emit (decision, WITHDRAWAL_WAS_REQUESTED,
                   &(withdrawal_requested_t) { start->request });
    verdict_t verdict = s_facts (start);
    if (verdict != VERDICT_ACCEPTED) {
        return s_fail (decision, verdict, "");
    }
    s_ask_hold (decision, &start->request);
    return VERDICT_ACCEPTED;
}

static verdict_t
s_transfer (const withdrawal_t *withdrawal, decision_t *decision)
{
    oid_t transfer = s_ask_transfer (decision, &withdrawal->request);
    return decision_emit (decision, WITHDRAWAL_WAS_HELD, &(withdrawal_held_t) { transfer });
}

//  The money has left. What is captured here is gone already, so it cannot be refused.
static verdict_t
s_capture (const withdrawal_t *withdrawal, uint32_t ordinal, decision_t *decision)
{
    s_ask_capture (decision, &withdrawal->request, ordinal);
    return decision_emit (decision, WITHDRAWAL_TRANSFER_SUCCEEDED,
                          &(withdrawal_capture_t) { ordinal });
}

//  The transfer moved nothing, finally: it fails once the money is spendable again.
static verdict_t
s_not_transferred (const withdrawal_t *withdrawal, const char *reason, decision_t *decision)
{
    withdrawal_decline_t decline = { 0 };
    memcpy (decline.reason, reason, strlen (reason));
    s_ask_release (decision, &withdrawal->request);
    return decision_emit (decision, WITHDRAWAL_TRANSFER_FAILED, &decline);
}

//  An answer counts only for the step that asked; others come late and change nothing.
static verdict_t
decide_answered (const void *state, const void *command, decision_t *decision)
{
    const withdrawal_t *withdrawal = state;
    const saga_answer_t *answer = command;
    verdict_t verdict = (verdict_t) answer->verdict;
    bool accepted = verdict == VERDICT_ACCEPTED;

    if (answer->step != withdrawal->step || withdrawal_stuck (withdrawal)) {
        return VERDICT_ACCEPTED;
    }
    if (withdrawal->step == WITHDRAWAL_TRANSFERRING) {
        bool refused = !accepted && oid_equal (answer->from, withdrawal->transfer);
        return refused ? s_not_transferred (withdrawal, "", decision) : VERDICT_ACCEPTED;
    }
    decision_timer (decision, WITHDRAWAL_DEADLINE, 0);
    switch (withdrawal->step) {
    case WITHDRAWAL_HOLDING:
        return accepted ? s_transfer (withdrawal, decision) : s_fail (decision, verdict, "");

    case WITHDRAWAL_CAPTURING:
        return accepted ? decision_emit (decision, WITHDRAWAL_WAS_SUCCEEDED, NULL)
                        : s_park (decision, verdict);

    case WITHDRAWAL_RELEASING:
        return accepted ? s_fail (decision, VERDICT_BANK_DECLINED, withdrawal->reason)
                        : s_park (decision, verdict);

    default: return VERDICT_ACCEPTED;
    }
}

static verdict_t
decide_transferred (const void *state, const void *command, decision_t *decision)
{
    const withdrawal_t *withdrawal = state;
    const bank_transfer_outcome_t *outcome = command;

    if (withdrawal->step != WITHDRAWAL_TRANSFERRING
        || !oid_equal (outcome->transfer, withdrawal->transfer)) {
        return VERDICT_ACCEPTED;
    }
    switch (outcome->status) {
    case BANK_TRANSFER_SUCCEEDED: return s_capture (withdrawal, 1, decision);
    case BANK_TRANSFER_FAILED: return s_not_transferred (withdrawal, outcome->reason, decision);
    default: return s_park (decision, VERDICT_BANK_UNAVAILABLE);
    }
}

//  The outbox goes on delivering: nothing is asked again, somebody should look.
static verdict_t
decide_deadline (const void *state, const void *command, decision_t *decision)
{
    const withdrawal_t *withdrawal = state;
    bool asked_wallet = withdrawal->step == WITHDRAWAL_HOLDING
                        || withdrawal->step == WITHDRAWAL_CAPTURING
                        || withdrawal->step == WITHDRAWAL_RELEASING;
    (void) command;

    if (!asked_wallet || withdrawal->status == WITHDRAWAL_PARKED) {
        return VERDICT_ACCEPTED;
    }
    return s_park (decision, VERDICT_DEADLINE_EXCEEDED);
}

static verdict_t
decide_retry (const void *state, const void *command, decision_t *decision)
{
    const withdrawal_t *withdrawal = state;
    (void) command;

    if (withdrawal->status == WITHDRAWAL_NONE) {
        return VERDICT_NOT_FOUND;
    }
    if (withdrawal->status != WITHDRAWAL_PARKED) {
        return VERDICT_STATE_CONFLICT;
    }
    if (!withdrawal_stuck (withdrawal)) {
        return VERDICT_TRANSFERS_OPEN;
    }
    if (withdrawal->step == WITHDRAWAL_CAPTURING) {
        return s_capture (withdrawal, withdrawal->capture + 1, decision);
    }
    s_ask_release (decision, &withdrawal->request);
    return decision_emit (decision, WITHDRAWAL_RELEASE_RETRIED, NULL);
}

//  ---------------------------------------------------------------------------
//  The tables

//  clang-format off
static const command_rule_t commands [] = {
    [WITHDRAWAL_START] = { "withdrawal.start", &withdrawal_start_shape, decide_start },
    [WITHDRAWAL_ANSWERED] = { "withdrawal.answered", &saga_answer_shape, decide_answered },
    [WITHDRAWAL_TRANSFERRED] = { "withdrawal.transferred", &bank_transfer_outcome_shape,
                                 decide_transferred },
    [WITHDRAWAL_DEADLINE] = { "withdrawal.deadline", &shape_empty, decide_deadline },
    [WITHDRAWAL_RETRY] = { "withdrawal.retry", &shape_empty, decide_retry },
};

static const event_rule_t events [] = {
    [WITHDRAWAL_WAS_REQUESTED] = { "withdrawal.requested", 1, &withdrawal_requested_shape,
                                   withdrawal_evolve_requested, NULL },
    [WITHDRAWAL_WAS_HELD] = { "withdrawal.held", 1, &withdrawal_held_shape, withdrawal_evolve_held,
                              NULL },
    [WITHDRAWAL_TRANSFER_SUCCEEDED] = { "withdrawal.transfer_succeeded", 1,
                                        &withdrawal_capture_shape,
                                        withdrawal_evolve_transfer_succeeded, NULL },
    [WITHDRAWAL_TRANSFER_FAILED] = { "withdrawal.transfer_failed", 1, &withdrawal_decline_shape,
                                     withdrawal_evolve_transfer_failed, NULL },
    [WITHDRAWAL_WAS_SUCCEEDED] = { "withdrawal.succeeded", 1, &shape_empty,
                                   withdrawal_evolve_succeeded, NULL },
    [WITHDRAWAL_WAS_FAILED] = { "withdrawal.failed", 1, &withdrawal_failure_shape,
                                withdrawal_evolve_failed, NULL },
    [WITHDRAWAL_WAS_PARKED] = { "withdrawal.parked", 1, &withdrawal_verdict_shape,
                                withdrawal_evolve_parked, NULL },
    [WITHDRAWAL_RELEASE_RETRIED] = { "withdrawal.release_retried", 1, &shape_empty,
                                     withdrawal_evolve_release_retried, NULL },
};
//  clang-format on

const aggregate_type_t withdrawal_aggregate = {
    .name = "withdrawal",
    .kind = OID_WITHDRAWAL,
    .state = &withdrawal_state_shape,
    .commands = commands,
    .command_count = COUNT (commands),
    .events = events,
    .event_count = COUNT (events),
    .invariant = withdrawal_invariant,
    .finished = withdrawal_finished,
    .parked = withdrawal_parked,
    .retry_command = WITHDRAWAL_RETRY,
};
