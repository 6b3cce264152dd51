//  wallet_moves - may this money move? Pure: no I/O, clock or allocation here.

#include "actors/wallet_moves.h"
#include "actors/merchant.h"
#include "actors/wallet_evolve.h"

//  ---------------------------------------------------------------------------
//  Rules that several commands share

//  A wallet that takes new business: neither absent, closed nor suspended.
static verdict_t
s_open_for (const wallet_t *wallet)
{
    switch (wallet->status) {
    case WALLET_ACTIVE: return VERDICT_ACCEPTED;
    case WALLET_SUSPENDED: return VERDICT_WALLET_SUSPENDED;
    case WALLET_CLOSED: return VERDICT_WALLET_CLOSED;
    default: return VERDICT_WALLET_NOT_FOUND;
    }
}

//  A wallet that can finish what it began.
static verdict_t
s_exists (const wallet_t *wallet)
{
    verdict_t verdict = s_open_for (wallet);
    return verdict == VERDICT_WALLET_SUSPENDED ? VERDICT_ACCEPTED : verdict;
}

static verdict_t
s_amount (const wallet_t *wallet, int64_t amount_minor, const char *currency,
          const limits_t *limits)
{
    if (!money_valid (amount_minor)) {
        return VERDICT_AMOUNT_INVALID;
    }
    if (strcmp (wallet->currency, currency) != 0) {
        return VERDICT_CURRENCY_MISMATCH;
    }
    return amount_minor > limits->wallet_movement_minor ? VERDICT_AMOUNT_LIMIT_EXCEEDED
                                                        : VERDICT_ACCEPTED;
}

//  Whether this much may leave today.
static verdict_t
s_outflow (const wallet_t *wallet, int64_t amount_minor, const char *currency,
           const decision_t *decision)
{
    const limits_t *limits = decision->limits;
    bool same_day = wallet->outflow_day == money_seoul_day (decision->now_ms);
    int64_t left_minor =
        limits->wallet_daily_outflow_minor - (same_day ? wallet->outflow_minor : 0);
    verdict_t verdict = s_open_for (wallet);

    if (verdict == VERDICT_ACCEPTED) {
        verdict = s_amount (wallet, amount_minor, currency, limits);
    }
    if (verdict == VERDICT_ACCEPTED && amount_minor > wallet->available_minor) {
        verdict = VERDICT_INSUFFICIENT_FUNDS;
    }
    if (verdict == VERDICT_ACCEPTED && amount_minor > left_minor) {
        verdict = VERDICT_DAILY_LIMIT_EXCEEDED;
    }
    return verdict;
}

//  What a reference says before anything else is asked: done already, used for
//  something else, or (MOVEMENT_NEW) go on. A leg belongs to one kind of movement.
static movement_check_t
s_reference (const wallet_t *wallet, reference_t reference, saga_leg_t leg, int64_t amount_minor)
{
    if (reference.leg != leg) {
        return MOVEMENT_DIFFERS;
    }
    return movements_check (&wallet->movements, reference, amount_minor);
}

static verdict_t
s_known (movement_check_t check)
{
    return check == MOVEMENT_REPEATED ? VERDICT_ACCEPTED : VERDICT_REFERENCE_REUSED;
}

//  ---------------------------------------------------------------------------
//  Commands

verdict_t
wallet_decide_expect (const void *state, const void *command, decision_t *decision)
{
    const wallet_t *wallet = state;
    const wallet_move_t *move = command;
    const limits_t *limits = decision->limits;
    movement_check_t check = s_reference (wallet, move->reference, LEG_CREDIT, move->amount_minor);
    uint32_t index = wallet_find_expect (wallet, move->reference);

    if (check != MOVEMENT_NEW) {
        return s_known (check);
    }
    if (index < wallet->expect_count) {
        return wallet->expects [index].amount_minor == move->amount_minor
                   ? VERDICT_ACCEPTED
                   : VERDICT_REFERENCE_REUSED;
    }
    verdict_t verdict = s_open_for (wallet);
    if (verdict == VERDICT_ACCEPTED) {
        verdict = s_amount (wallet, move->amount_minor, move->currency, limits);
    }
    if (verdict != VERDICT_ACCEPTED) {
        return verdict;
    }
    int64_t promised_minor = wallet_balance_minor (wallet) + wallet->expected_minor;
    if (move->amount_minor > limits->wallet_balance_minor - promised_minor) {
        return VERDICT_BALANCE_LIMIT_EXCEEDED;
    }
    if (wallet->expect_count == WALLET_EXPECTS_MAX) {
        return VERDICT_EXPECT_LIMIT_EXCEEDED;
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

verdict_t
wallet_decide_credit (const void *state, const void *command, decision_t *decision)
{
    const wallet_t *wallet = state;
    const wallet_move_t *move = command;
    bool returns = move->reference.leg == LEG_RETURN || move->reference.leg == LEG_REFUND;
    saga_leg_t leg = returns ? (saga_leg_t) move->reference.leg : LEG_CREDIT;
    movement_check_t check = s_reference (wallet, move->reference, leg, move->amount_minor);
    uint32_t index = wallet_find_expect (wallet, move->reference);

    if (check != MOVEMENT_NEW) {
        return s_known (check);
    }
    verdict_t verdict = s_exists (wallet);
    if (verdict != VERDICT_ACCEPTED) {
        return verdict;
    }
    if (!money_valid (move->amount_minor)
        || move->amount_minor > MONEY_MAX_MINOR - wallet_balance_minor (wallet)) {
        return VERDICT_AMOUNT_INVALID;
    }
    if (strcmp (wallet->currency, move->currency) != 0) {
        return VERDICT_CURRENCY_MISMATCH;
    }
    if (!returns && index == wallet->expect_count) {
        return VERDICT_EXPECT_VOIDED;
    }
    if (!returns && wallet->expects [index].amount_minor != move->amount_minor) {
        return VERDICT_REFERENCE_REUSED;
    }
    return decision_emit (decision, WALLET_CREDITED,
                          &(wallet_moved_t) {
                              .reference = move->reference,
                              .amount_minor = move->amount_minor,
                              .balance_after_minor =
                                  wallet_balance_minor (wallet) + move->amount_minor,
                          });
}

verdict_t
wallet_decide_debit (const void *state, const void *command, decision_t *decision)
{
    const wallet_t *wallet = state;
    const wallet_move_t *move = command;
    movement_check_t check = s_reference (wallet, move->reference, LEG_DEBIT, move->amount_minor);

    if (check != MOVEMENT_NEW) {
        return s_known (check);
    }
    verdict_t verdict = s_outflow (wallet, move->amount_minor, move->currency, decision);
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
    movement_check_t check = s_reference (wallet, move->reference, LEG_HOLD, move->amount_minor);
    uint32_t index = wallet_find_hold (wallet, move->reference);

    if (check != MOVEMENT_NEW) {
        return s_known (check);
    }
    if (index < wallet->hold_count) {
        return wallet->holds [index].amount_minor == move->amount_minor ? VERDICT_ACCEPTED
                                                                        : VERDICT_REFERENCE_REUSED;
    }
    verdict_t verdict = s_outflow (wallet, move->amount_minor, move->currency, decision);
    if (verdict == VERDICT_ACCEPTED && wallet->hold_count == WALLET_HOLDS_MAX) {
        verdict = VERDICT_HOLD_LIMIT_EXCEEDED;
    }
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
        s_reference (wallet, capture->reference, LEG_CAPTURE, capture->amount_minor);
    uint32_t index = wallet_find_hold (wallet, capture->hold);

    if (check != MOVEMENT_NEW) {
        return s_known (check);
    }
    verdict_t verdict = s_exists (wallet);
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
    movement_check_t check = s_reference (wallet, pay->reference, LEG_CAPTURE, pay->amount_minor);

    if (check != MOVEMENT_NEW) {
        return s_known (check);
    }
    if (wallet_find_hold (wallet, hold) < wallet->hold_count) {
        return VERDICT_REFERENCE_REUSED;
    }
    verdict_t verdict = s_outflow (wallet, pay->amount_minor, pay->currency, decision);
    if (verdict == VERDICT_ACCEPTED && wallet->hold_count == WALLET_HOLDS_MAX) {
        verdict = VERDICT_HOLD_LIMIT_EXCEEDED;
    }
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
