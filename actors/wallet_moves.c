//  wallet_moves - may this money move? Pure: no I/O, clock or allocation here.

#include "actors/wallet_moves.h"
#include "actors/merchant.h"
#include "actors/wallet_evolve.h"
#include "actors/wallet_rules.h"

verdict_t
wallet_decide_expect (const void *state, const void *command, decision_t *decision)
{
    const wallet_t *wallet = state;
    const wallet_move_t *move = command;
    const limits_t *limits = decision->limits;
    movement_check_t check =
        wallet_reference (wallet, move->reference, LEG_CREDIT, move->amount_minor);
    uint32_t index = wallet_find_expect (wallet, move->reference);

    if (check != MOVEMENT_NEW) {
        return wallet_known (check);
    }
    if (index < wallet->expect_count) {
        return wallet->expects [index].amount_minor == move->amount_minor
                   ? VERDICT_ACCEPTED
                   : VERDICT_REFERENCE_REUSED;
    }
    verdict_t verdict = wallet_open_for (wallet);
    if (verdict == VERDICT_ACCEPTED) {
        verdict = wallet_movement (wallet, move->amount_minor, move->currency, limits);
    }
    if (verdict == VERDICT_ACCEPTED) {
        verdict = wallet_room (wallet, move->amount_minor, limits);
    }
    if (verdict == VERDICT_ACCEPTED && wallet->expect_count == WALLET_EXPECTS_MAX) {
        verdict = VERDICT_EXPECT_LIMIT_EXCEEDED;
    }
    if (verdict != VERDICT_ACCEPTED) {
        return verdict;
    }
    return decision_emit (decision, WALLET_EXPECTED,
                          &(movement_t) { move->reference, move->amount_minor });
}

//  Never refused: what is not expected needs no giving up.
verdict_t
wallet_decide_unexpect (const void *state, const void *command, decision_t *decision)
{
    const wallet_t *wallet = state;
    const wallet_move_t *move = command;
    uint32_t index = wallet_find_expect (wallet, move->reference);

    if (index == wallet->expect_count) {
        return VERDICT_ACCEPTED;
    }
    return decision_emit (decision, WALLET_UNEXPECTED, &wallet->expects [index]);
}

//  A credit that was not made before: expected, or money that returns.
static verdict_t
s_creditable (const wallet_t *wallet, const wallet_move_t *move, bool returns)
{
    uint32_t index = wallet_find_expect (wallet, move->reference);
    verdict_t verdict = wallet_exists (wallet);

    if (verdict == VERDICT_ACCEPTED) {
        verdict = wallet_amount (wallet, move->amount_minor, move->currency);
    }
    if (verdict == VERDICT_ACCEPTED
        && move->amount_minor > MONEY_MAX_MINOR - wallet_balance_minor (wallet)) {
        verdict = VERDICT_AMOUNT_INVALID;
    }
    if (verdict != VERDICT_ACCEPTED || returns) {
        return verdict;
    }
    if (index == wallet->expect_count) {
        return VERDICT_EXPECT_VOIDED;
    }
    return wallet->expects [index].amount_minor == move->amount_minor ? VERDICT_ACCEPTED
                                                                      : VERDICT_REFERENCE_REUSED;
}

static verdict_t
s_credit (const wallet_t *wallet, const wallet_move_t *move, decision_t *decision)
{
    return decision_emit (decision, WALLET_CREDITED,
                          &(wallet_moved_t) {
                              .reference = move->reference,
                              .amount_minor = move->amount_minor,
                              .balance_after_minor =
                                  wallet_balance_minor (wallet) + move->amount_minor,
                          });
}

verdict_t
wallet_decide_credit (const void *state, const void *command, decision_t *decision)
{
    const wallet_t *wallet = state;
    const wallet_move_t *move = command;
    bool returns = move->reference.leg == LEG_RETURN || move->reference.leg == LEG_REFUND;
    saga_leg_t leg = returns ? (saga_leg_t) move->reference.leg : LEG_CREDIT;
    movement_check_t check = wallet_reference (wallet, move->reference, leg, move->amount_minor);

    if (check != MOVEMENT_NEW) {
        return wallet_known (check);
    }
    verdict_t verdict = s_creditable (wallet, move, returns);
    return verdict == VERDICT_ACCEPTED ? s_credit (wallet, move, decision) : verdict;
}

//  A share is only given back of the day that is counted: of an earlier one nothing is left.
verdict_t
wallet_decide_return (const void *state, const void *command, decision_t *decision)
{
    const wallet_t *wallet = state;
    const wallet_return_t *returned = command;
    wallet_move_t move = {
        .reference = returned->reference,
        .amount_minor = returned->amount_minor,
    };
    memcpy (move.currency, returned->currency, sizeof move.currency);
    if (returned->reference.leg != LEG_RETURN) {
        return VERDICT_REFERENCE_REUSED;
    }
    verdict_t verdict = wallet_decide_credit (wallet, &move, decision);
    bool same_day = returned->outflow_day && returned->outflow_day == wallet->outflow_day;
    int64_t share_minor =
        move.amount_minor < wallet->outflow_minor ? move.amount_minor : wallet->outflow_minor;
    if (decision->event_count > 0 && same_day && share_minor > 0) {
        decision_emit (decision, WALLET_OUTFLOW_GIVEN_BACK, &(wallet_given_back_t) { share_minor });
    }
    return verdict;
}

//  The hold is a wish: without it the credit is made all the same.
verdict_t
wallet_decide_fund (const void *state, const void *command, decision_t *decision)
{
    const wallet_t *wallet = state;
    const wallet_fund_t *fund = command;
    wallet_move_t move = { .reference = fund->reference, .amount_minor = fund->amount_minor };
    memcpy (move.currency, fund->currency, sizeof move.currency);
    movement_check_t check =
        wallet_reference (wallet, move.reference, LEG_CREDIT, move.amount_minor);

    if (check != MOVEMENT_NEW) {
        return wallet_known (check);
    }
    verdict_t verdict = s_creditable (wallet, &move, /* returns= */ false);
    if (verdict != VERDICT_ACCEPTED) {
        return verdict;
    }
    bool new_hold =
        wallet_reference (wallet, fund->hold, LEG_HOLD, fund->hold_minor) == MOVEMENT_NEW
        && wallet_find_hold (wallet, fund->hold) == wallet->hold_count;
    verdict =
        wallet_may_hold (wallet, fund->amount_minor, fund->hold_minor, fund->currency, decision);
    if (!new_hold || verdict != VERDICT_ACCEPTED) {
        return s_credit (wallet, &move, decision);
    }
    return decision_emit (decision, WALLET_FUNDED,
                          &(wallet_funded_t) {
                              .reference = fund->reference,
                              .amount_minor = fund->amount_minor,
                              .balance_after_minor =
                                  wallet_balance_minor (wallet) + fund->amount_minor,
                              .hold = fund->hold,
                              .hold_minor = fund->hold_minor,
                          });
}

//  The second operator is what bounds it, so neither the cap of a movement nor the
//  day's does; a suspended wallet can be put right too.
verdict_t
wallet_decide_adjust (const void *state, const void *command, decision_t *decision)
{
    const wallet_t *wallet = state;
    const wallet_adjust_t *adjust = command;
    int64_t change_minor = adjust->increase ? adjust->amount_minor : -adjust->amount_minor;
    movement_check_t check =
        wallet_reference (wallet, adjust->reference, LEG_ADJUST, adjust->amount_minor);

    if (check != MOVEMENT_NEW) {
        return wallet_known (check);
    }
    verdict_t verdict = wallet_exists (wallet);
    if (verdict == VERDICT_ACCEPTED) {
        verdict = wallet_amount (wallet, adjust->amount_minor, adjust->currency);
    }
    if (verdict == VERDICT_ACCEPTED && adjust->increase) {
        verdict = wallet_room (wallet, adjust->amount_minor, decision->limits);
    }
    if (verdict == VERDICT_ACCEPTED && !adjust->increase
        && adjust->amount_minor > wallet->available_minor) {
        verdict = VERDICT_INSUFFICIENT_FUNDS;
    }
    if (verdict != VERDICT_ACCEPTED) {
        return verdict;
    }
    return decision_emit (decision, WALLET_WAS_ADJUSTED,
                          &(wallet_adjusted_t) {
                              .reference = adjust->reference,
                              .amount_minor = adjust->amount_minor,
                              .balance_after_minor = wallet_balance_minor (wallet) + change_minor,
                              .increase = adjust->increase,
                              .suspense = adjust->suspense,
                          });
}

verdict_t
wallet_decide_debit (const void *state, const void *command, decision_t *decision)
{
    const wallet_t *wallet = state;
    const wallet_move_t *move = command;
    movement_check_t check =
        wallet_reference (wallet, move->reference, LEG_DEBIT, move->amount_minor);

    if (check != MOVEMENT_NEW) {
        return wallet_known (check);
    }
    verdict_t verdict = wallet_outflow (wallet, 0, move->amount_minor, move->currency, decision);
    if (verdict != VERDICT_ACCEPTED) {
        return verdict;
    }
    return decision_emit (decision, WALLET_DEBITED,
                          &(wallet_moved_t) {
                              .reference = move->reference,
                              .amount_minor = move->amount_minor,
                              .balance_after_minor =
                                  wallet_balance_minor (wallet) - move->amount_minor,
                          });
}

//  The hold may outlive the memory of movements, so both are asked.
verdict_t
wallet_decide_hold (const void *state, const void *command, decision_t *decision)
{
    const wallet_t *wallet = state;
    const wallet_move_t *move = command;
    movement_check_t check =
        wallet_reference (wallet, move->reference, LEG_HOLD, move->amount_minor);
    uint32_t index = wallet_find_hold (wallet, move->reference);

    if (check != MOVEMENT_NEW) {
        return wallet_known (check);
    }
    if (index < wallet->hold_count) {
        return wallet->holds [index].amount_minor == move->amount_minor ? VERDICT_ACCEPTED
                                                                        : VERDICT_REFERENCE_REUSED;
    }
    verdict_t verdict = wallet_may_hold (wallet, 0, move->amount_minor, move->currency, decision);
    if (verdict != VERDICT_ACCEPTED) {
        return verdict;
    }
    return decision_emit (decision, WALLET_HELD,
                          &(movement_t) { move->reference, move->amount_minor });
}

static void
s_hand_on (decision_t *decision, oid_t payee, reference_t reference, int64_t amount_minor)
{
    if (!oid_is_none (payee)) {
        decision_tell (decision, payee, MERCHANT_CAPTURE,
                       &(movement_t) { reference, amount_minor });
    }
}

verdict_t
wallet_decide_capture (const void *state, const void *command, decision_t *decision)
{
    const wallet_t *wallet = state;
    const wallet_capture_t *capture = command;
    movement_check_t check =
        wallet_reference (wallet, capture->reference, LEG_CAPTURE, capture->amount_minor);
    uint32_t index = wallet_find_hold (wallet, capture->hold);

    if (check != MOVEMENT_NEW) {
        return wallet_known (check);
    }
    verdict_t verdict = wallet_exists (wallet);
    if (verdict != VERDICT_ACCEPTED) {
        return verdict;
    }
    if (index == wallet->hold_count) {
        return VERDICT_STATE_CONFLICT;
    }
    if (capture->amount_minor <= 0 || capture->amount_minor > wallet->holds [index].amount_minor) {
        return VERDICT_AMOUNT_INVALID;
    }
    s_hand_on (decision, capture->payee, capture->reference, capture->amount_minor);
    return decision_emit (decision, WALLET_CAPTURED,
                          &(wallet_captured_t) {
                              .reference = capture->reference,
                              .amount_minor = capture->amount_minor,
                              .balance_after_minor =
                                  wallet_balance_minor (wallet) - capture->amount_minor,
                              .hold = capture->hold,
                          });
}

//  Never refused: what is not held needs no release.
verdict_t
wallet_decide_release (const void *state, const void *command, decision_t *decision)
{
    const wallet_t *wallet = state;
    const wallet_release_t *release = command;
    uint32_t index = wallet_find_hold (wallet, release->hold);

    if (index == wallet->hold_count) {
        return VERDICT_ACCEPTED;
    }
    return decision_emit (decision, WALLET_RELEASED,
                          &(movement_t) { release->hold, wallet->holds [index].amount_minor });
}

verdict_t
wallet_decide_pay (const void *state, const void *command, decision_t *decision)
{
    const wallet_t *wallet = state;
    const wallet_pay_t *pay = command;
    reference_t hold = { pay->reference.saga, LEG_HOLD, pay->reference.ordinal };
    movement_check_t check =
        wallet_reference (wallet, pay->reference, LEG_CAPTURE, pay->amount_minor);

    if (check != MOVEMENT_NEW) {
        return wallet_known (check);
    }
    if (wallet_find_hold (wallet, hold) < wallet->hold_count) {
        return VERDICT_REFERENCE_REUSED;
    }
    verdict_t verdict = wallet_may_hold (wallet, 0, pay->amount_minor, pay->currency, decision);
    if (verdict != VERDICT_ACCEPTED) {
        return verdict;
    }
    decision_emit (decision, WALLET_HELD, &(movement_t) { hold, pay->amount_minor });
    s_hand_on (decision, pay->payee, pay->reference, pay->amount_minor);
    return decision_emit (decision, WALLET_CAPTURED,
                          &(wallet_captured_t) {
                              .reference = pay->reference,
                              .amount_minor = pay->amount_minor,
                              .balance_after_minor =
                                  wallet_balance_minor (wallet) - pay->amount_minor,
                              .hold = hold,
                          });
}
