//  settlement - rules of paying a merchant. Pure: no I/O, clock or allocation here.

#include "actors/settlement.h"
#include "actors/approval.h"
#include "actors/bank_transfer.h"
#include "actors/settlement_evolve.h"
#include "actors/settlement_run.h"

static oid_t
s_transfer_of (uint32_t attempt, const decision_t *decision)
{
    return decision_derive (decision, OID_BANK_TRANSFER, decision->self, "payout", attempt);
}

//  Attempt n + 1 only after the bank finally failed n.
static verdict_t
s_pay (const settlement_start_t *start, uint32_t attempt, decision_t *decision)
{
    settlement_payout_t payout = { attempt, s_transfer_of (attempt, decision) };
    bank_transfer_request_t order = {
        .direction = BANK_TRANSFER_OUT,
        .saga = decision->self,
        .notify = SETTLEMENT_TRANSFERRED,
        .bank_account = start->bank_account,
        .party = start->party,
        .amount_minor = start->window.net_minor,
        .currency = "KRW",
        .attempt = attempt,
    };
    decision_ask (decision, payout.transfer, BANK_TRANSFER_REQUEST, &order, ANSWER_REFUSAL,
                  SETTLEMENT_ANSWERED, attempt);
    return decision_emit (decision, SETTLEMENT_PAID_OUT, &payout);
}

static bool
s_same_window (const settlement_start_t *one, const settlement_start_t *other)
{
    return oid_equal (one->merchant, other->merchant) && one->window.window == other->window.window
           && one->window.net_minor == other->window.net_minor;
}

static verdict_t
decide_start (const void *state, const void *command, decision_t *decision)
{
    const settlement_t *settlement = state;
    const settlement_start_t *start = command;

    if (settlement->status != SETTLEMENT_NONE) {
        return s_same_window (&settlement->start, start) ? VERDICT_ACCEPTED
                                                         : VERDICT_ALREADY_EXISTS;
    }
    decision_emit (decision, SETTLEMENT_WAS_CLOSED, start);
    if (!oid_is_none (start->run)) {
        decision_tell (decision, start->run, SETTLEMENT_RUN_SETTLING, NULL);
    }
    return start->window.net_minor > 0 ? s_pay (start, 1, decision)
                                       : decision_emit (decision, SETTLEMENT_WAS_CARRIED, NULL);
}

static verdict_t
s_park (verdict_t why, const char *reason, decision_t *decision)
{
    settlement_failure_t failure = { .verdict = why };
    if (reason) {
        memcpy (failure.reason, reason, sizeof failure.reason);
    }
    return decision_emit (decision, SETTLEMENT_WAS_PARKED, &failure);
}

//  The last transfer moved nothing, finally: what kept the bank from it may pass, so not at
//  once again.
static verdict_t
s_not_paid (const settlement_t *settlement, verdict_t why, const char *reason, decision_t *decision)
{
    bool again = settlement->failed_in_row + 1 < SETTLEMENT_ATTEMPTS_MAX;
    int64_t wait_ms = settlement->failed_in_row == 0 ? decision->limits->settlement_retry_first_ms
                                                     : decision->limits->settlement_retry_last_ms;
    settlement_failure_t failure = {
        .verdict = why,
        .next_attempt_ms = again ? decision->now_ms + wait_ms : 0,
    };
    if (reason) {
        memcpy (failure.reason, reason, sizeof failure.reason);
    }
    decision_emit (decision, SETTLEMENT_PAYOUT_FAILED, &failure);
    if (!again) {
        return s_park (why, reason, decision);
    }
    decision_timer (decision, SETTLEMENT_PAY_AGAIN, failure.next_attempt_ms);
    return VERDICT_ACCEPTED;
}

static verdict_t
decide_pay_again (const void *state, const void *command, decision_t *decision)
{
    const settlement_t *settlement = state;
    (void) command;

    return settlement->next_attempt_ms
               ? s_pay (&settlement->start, settlement->attempt + 1, decision)
               : VERDICT_ACCEPTED;
}

//  A transfer is under way whose outcome nobody has told.
static bool
s_waits_for (const settlement_t *settlement, oid_t transfer)
{
    bool open = settlement->status == SETTLEMENT_PAYING || settlement->status == SETTLEMENT_PARKED;
    return open && !settlement->transfer_failed && oid_equal (settlement->transfer, transfer);
}

static verdict_t
decide_transferred (const void *state, const void *command, decision_t *decision)
{
    const settlement_t *settlement = state;
    const bank_transfer_outcome_t *outcome = command;

    if (!s_waits_for (settlement, outcome->transfer)) {
        return VERDICT_ACCEPTED;
    }
    switch (outcome->status) {
    case BANK_TRANSFER_SUCCEEDED: return decision_emit (decision, SETTLEMENT_WAS_SETTLED, NULL);
    case BANK_TRANSFER_FAILED:
        return s_not_paid (settlement, VERDICT_BANK_DECLINED, outcome->reason, decision);
    default:
        return settlement->status == SETTLEMENT_PARKED
                   ? VERDICT_ACCEPTED
                   : s_park (VERDICT_BANK_UNAVAILABLE, NULL, decision);
    }
}

//  A transfer that was refused was never made, so nothing can have moved.
static verdict_t
decide_answered (const void *state, const void *command, decision_t *decision)
{
    const settlement_t *settlement = state;
    const saga_answer_t *answer = command;

    if (answer->verdict == VERDICT_ACCEPTED || !s_waits_for (settlement, answer->from)) {
        return VERDICT_ACCEPTED;
    }
    return s_not_paid (settlement, (verdict_t) answer->verdict, NULL, decision);
}

//  ---------------------------------------------------------------------------
//  Operators

static verdict_t
s_may_move_on (const settlement_t *settlement)
{
    if (settlement->status == SETTLEMENT_NONE) {
        return VERDICT_NOT_FOUND;
    }
    if (settlement->status != SETTLEMENT_PARKED) {
        return VERDICT_STATE_CONFLICT;
    }
    return settlement->transfer_failed ? VERDICT_ACCEPTED : VERDICT_TRANSFERS_OPEN;
}

static verdict_t
decide_retry (const void *state, const void *command, decision_t *decision)
{
    const settlement_t *settlement = state;
    verdict_t verdict = s_may_move_on (settlement);
    (void) command;

    return verdict == VERDICT_ACCEPTED
               ? s_pay (&settlement->start, settlement->attempt + 1, decision)
               : verdict;
}

static verdict_t
decide_resolve (const void *state, const void *command, decision_t *decision)
{
    const settlement_t *settlement = state;
    verdict_t verdict = s_may_move_on (settlement);
    bool ended = false;

    return verdict == VERDICT_ACCEPTED
               ? approval_give_up (decision, command, SETTLEMENT_RESOLVE, SETTLEMENT_WAS_GIVEN_UP,
                                   settlement->start.window.net_minor, &ended)
               : verdict;
}

//  ---------------------------------------------------------------------------
//  The tables

//  clang-format off
static const command_rule_t commands [] = {
    [SETTLEMENT_START] = { "settlement.start", &settlement_start_shape, decide_start },
    [SETTLEMENT_TRANSFERRED] = { "settlement.transferred", &bank_transfer_outcome_shape,
                                 decide_transferred },
    [SETTLEMENT_ANSWERED] = { "settlement.answered", &saga_answer_shape, decide_answered },
    [SETTLEMENT_RETRY] = { "settlement.retry", &shape_empty, decide_retry },
    [SETTLEMENT_RESOLVE] = { "settlement.resolve", &saga_resolve_shape, decide_resolve },
    [SETTLEMENT_PAY_AGAIN] = { "settlement.pay_again", &shape_empty, decide_pay_again },
};

static const event_rule_t events [] = {
    [SETTLEMENT_WAS_CLOSED] = { "settlement.closed", 1, &settlement_start_shape,
                                settlement_evolve_closed, NULL },
    [SETTLEMENT_PAID_OUT] = { "settlement.paying", 1, &settlement_payout_shape,
                              settlement_evolve_paying, NULL },
    [SETTLEMENT_PAYOUT_FAILED] = { "settlement.payout_failed", 1, &settlement_failure_shape,
                                   settlement_evolve_payout_failed, NULL },
    [SETTLEMENT_WAS_SETTLED] = { "settlement.settled", 1, &shape_empty, settlement_evolve_settled,
                                 NULL },
    [SETTLEMENT_WAS_CARRIED] = { "settlement.carried", 1, &shape_empty, settlement_evolve_carried,
                                 NULL },
    [SETTLEMENT_WAS_PARKED] = { "settlement.parked", 1, &settlement_failure_shape,
                                settlement_evolve_parked, NULL },
    [SETTLEMENT_WAS_GIVEN_UP] = { "settlement.given_up", 1, &saga_given_up_shape,
                                  settlement_evolve_given_up, saga_given_up_postings },
};
//  clang-format on

const aggregate_type_t settlement_aggregate = {
    .name = "settlement",
    .kind = OID_SETTLEMENT,
    .state = &settlement_state_shape,
    .commands = commands,
    .command_count = COUNT (commands),
    .events = events,
    .event_count = COUNT (events),
    .invariant = settlement_invariant,
    .finished = settlement_finished,
    .parked = settlement_parked,
    .retry_command = SETTLEMENT_RETRY,
    .resolve_command = SETTLEMENT_RESOLVE,
};
