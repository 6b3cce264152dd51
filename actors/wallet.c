//  wallet - rules of a member's money. Pure: no I/O, clock or allocation here.
//
//  Here: its life, and the tables. wallet_moves.c decides on money, wallet_evolve.c
//  says what the events do to state and books.

#include "actors/wallet.h"
#include "actors/member.h"
#include "actors/wallet_evolve.h"
#include "actors/wallet_moves.h"
#include "actors/wallet_shapes.h"

//  The caps of limits_t are in this currency.
static const char wallet_currency [CURRENCY_SIZE] = "KRW";

static verdict_t
decide_open (const void *state, const void *command, decision_t *decision)
{
    const wallet_t *wallet = state;
    const wallet_open_t *open = command;

    if (wallet->status != WALLET_ABSENT) {
        bool again = !oid_is_none (open->opener) && oid_equal (wallet->opener, open->opener);
        return again ? VERDICT_ACCEPTED : VERDICT_WALLET_EXISTS;
    }
    if (strcmp (open->currency, wallet_currency) != 0) {
        return VERDICT_CURRENCY_MISMATCH;
    }
    verdict_t verdict = member_may_move_money (open->member_status);
    if (verdict != VERDICT_ACCEPTED) {
        return verdict;
    }
    wallet_opened_t opened = { .member = open->member, .opener = open->opener };
    memcpy (opened.currency, open->currency, sizeof opened.currency);
    return decision_emit (decision, WALLET_OPENED, &opened);
}

//  Between active and suspended, and from nowhere else.
static verdict_t
s_turn (const wallet_t *wallet, wallet_status_t from, wallet_event_t event, const void *reason,
        decision_t *decision)
{
    if (wallet->status == WALLET_ABSENT) {
        return VERDICT_NOT_FOUND;
    }
    if (wallet->status != from) {
        return VERDICT_STATE_CONFLICT;
    }
    return decision_emit (decision, (uint8_t) event, reason);
}

static verdict_t
decide_suspend (const void *state, const void *command, decision_t *decision)
{
    return s_turn (state, WALLET_ACTIVE, WALLET_WAS_SUSPENDED, command, decision);
}

static verdict_t
decide_activate (const void *state, const void *command, decision_t *decision)
{
    return s_turn (state, WALLET_SUSPENDED, WALLET_ACTIVATED, command, decision);
}

static verdict_t
decide_close (const void *state, const void *command, decision_t *decision)
{
    const wallet_t *wallet = state;
    const wallet_close_t *close = command;

    if (wallet->status == WALLET_ABSENT) {
        return VERDICT_NOT_FOUND;
    }
    if (wallet->status == WALLET_CLOSED) {
        return VERDICT_STATE_CONFLICT;
    }
    if (wallet_balance_minor (wallet) > 0) {
        return VERDICT_WALLET_NOT_EMPTY;
    }
    if (wallet->expect_count > 0 && !close->void_expects) {
        return VERDICT_WALLET_EXPECTS_CREDIT;
    }
    wallet_closed_t closed = { .voided_count = wallet->expect_count };
    memcpy (closed.reason, close->reason, sizeof closed.reason);
    memcpy (closed.voided, wallet->expects, wallet->expect_count * sizeof wallet->expects [0]);
    return decision_emit (decision, WALLET_WAS_CLOSED, &closed);
}

//  ---------------------------------------------------------------------------
//  The tables

//  clang-format off
static const command_rule_t commands [] = {
    [WALLET_OPEN] = { "wallet.open", &wallet_open_shape, decide_open },
    [WALLET_EXPECT] = { "wallet.expect", &wallet_move_shape, wallet_decide_expect },
    [WALLET_UNEXPECT] = { "wallet.unexpect", &wallet_move_shape, wallet_decide_unexpect },
    [WALLET_CREDIT] = { "wallet.credit", &wallet_move_shape, wallet_decide_credit },
    [WALLET_DEBIT] = { "wallet.debit", &wallet_move_shape, wallet_decide_debit },
    [WALLET_HOLD] = { "wallet.hold", &wallet_move_shape, wallet_decide_hold },
    [WALLET_CAPTURE] = { "wallet.capture", &wallet_capture_shape, wallet_decide_capture },
    [WALLET_RELEASE] = { "wallet.release", &wallet_release_shape, wallet_decide_release },
    [WALLET_PAY] = { "wallet.pay", &wallet_pay_shape, wallet_decide_pay },
    [WALLET_SUSPEND] = { "wallet.suspend", &reason_shape, decide_suspend },
    [WALLET_ACTIVATE] = { "wallet.activate", &reason_shape, decide_activate },
    [WALLET_CLOSE] = { "wallet.close", &wallet_close_shape, decide_close },
    [WALLET_FUND] = { "wallet.fund", &wallet_fund_shape, wallet_decide_fund },
    [WALLET_ADJUST] = { "wallet.adjust", &wallet_adjust_shape, wallet_decide_adjust },
    [WALLET_RETURN] = { "wallet.return", &wallet_return_shape, wallet_decide_return },
};

static const event_rule_t events [] = {
    [WALLET_OPENED] = { "wallet.opened", 1, &wallet_opened_shape, wallet_evolve_opened, NULL },
    [WALLET_EXPECTED] = { "wallet.expected", 1, &movement_shape, wallet_evolve_expected, NULL },
    [WALLET_UNEXPECTED] = { "wallet.unexpected", 1, &movement_shape, wallet_evolve_unexpected,
                            NULL },
    [WALLET_CREDITED] = { "wallet.credited", 1, &wallet_moved_shape, wallet_evolve_credited,
                          wallet_post_credited },
    [WALLET_DEBITED] = { "wallet.debited", 1, &wallet_moved_shape, wallet_evolve_debited,
                         wallet_post_debited },
    [WALLET_HELD] = { "wallet.held", 1, &movement_shape, wallet_evolve_held, wallet_post_held },
    [WALLET_CAPTURED] = { "wallet.captured", 1, &wallet_captured_shape, wallet_evolve_captured,
                          wallet_post_captured },
    [WALLET_RELEASED] = { "wallet.released", 1, &movement_shape, wallet_evolve_released,
                          wallet_post_released },
    [WALLET_WAS_SUSPENDED] = { "wallet.suspended", 1, &reason_shape, wallet_evolve_suspended,
                               NULL },
    [WALLET_ACTIVATED] = { "wallet.activated", 1, &reason_shape, wallet_evolve_activated, NULL },
    [WALLET_WAS_CLOSED] = { "wallet.closed", 1, &wallet_closed_shape, wallet_evolve_closed, NULL },
    [WALLET_FUNDED] = { "wallet.funded", 1, &wallet_funded_shape, wallet_evolve_funded,
                        wallet_post_funded },
    [WALLET_WAS_ADJUSTED] = { "wallet.adjusted", 1, &wallet_adjusted_shape, wallet_evolve_adjusted,
                              wallet_post_adjusted },
    [WALLET_OUTFLOW_GIVEN_BACK] = { "wallet.outflow_given_back", 1, &wallet_given_back_shape,
                                    wallet_evolve_given_back, NULL },
};
//  clang-format on

const aggregate_type_t wallet_aggregate = {
    .name = "wallet",
    .kind = OID_WALLET,
    .state = &wallet_state_shape,
    .commands = commands,
    .command_count = COUNT (commands),
    .events = events,
    .event_count = COUNT (events),
    .invariant = wallet_invariant,
};
