//  wallet_rules - what several movements of a wallet must obey. Pure.

#include "actors/wallet_rules.h"

verdict_t
wallet_open_for (const wallet_t *self)
{
    switch (self->status) {
    case WALLET_ACTIVE: return VERDICT_ACCEPTED;
    case WALLET_SUSPENDED: return VERDICT_WALLET_SUSPENDED;
    case WALLET_CLOSED: return VERDICT_WALLET_CLOSED;
    default: return VERDICT_WALLET_NOT_FOUND;
    }
}

verdict_t
wallet_exists (const wallet_t *self)
{
    verdict_t verdict = wallet_open_for (self);
    return verdict == VERDICT_WALLET_SUSPENDED ? VERDICT_ACCEPTED : verdict;
}

verdict_t
wallet_amount (const wallet_t *self, int64_t amount_minor, const char *currency)
{
    if (!money_valid (amount_minor)) {
        return VERDICT_AMOUNT_INVALID;
    }
    return strcmp (self->currency, currency) == 0 ? VERDICT_ACCEPTED : VERDICT_CURRENCY_MISMATCH;
}

verdict_t
wallet_movement (const wallet_t *self, int64_t amount_minor, const char *currency,
                 const limits_t *limits)
{
    verdict_t verdict = wallet_amount (self, amount_minor, currency);
    if (verdict == VERDICT_ACCEPTED && amount_minor > limits->wallet_movement_minor) {
        verdict = VERDICT_AMOUNT_LIMIT_EXCEEDED;
    }
    return verdict;
}

verdict_t
wallet_room (const wallet_t *self, int64_t amount_minor, const limits_t *limits)
{
    int64_t promised_minor = wallet_balance_minor (self) + self->expected_minor;
    return amount_minor > limits->wallet_balance_minor - promised_minor
               ? VERDICT_BALANCE_LIMIT_EXCEEDED
               : VERDICT_ACCEPTED;
}

verdict_t
wallet_outflow (const wallet_t *self, int64_t incoming_minor, int64_t amount_minor,
                const char *currency, const decision_t *decision)
{
    const limits_t *limits = decision->limits;
    bool same_day = self->outflow_day == money_seoul_day (decision->now_ms);
    int64_t left_minor = limits->wallet_daily_outflow_minor - (same_day ? self->outflow_minor : 0);
    verdict_t verdict = wallet_open_for (self);

    if (verdict == VERDICT_ACCEPTED) {
        verdict = wallet_movement (self, amount_minor, currency, limits);
    }
    if (verdict == VERDICT_ACCEPTED && amount_minor > self->available_minor + incoming_minor) {
        verdict = VERDICT_INSUFFICIENT_FUNDS;
    }
    if (verdict == VERDICT_ACCEPTED && amount_minor > left_minor) {
        verdict = VERDICT_DAILY_LIMIT_EXCEEDED;
    }
    return verdict;
}

verdict_t
wallet_may_hold (const wallet_t *self, int64_t incoming_minor, int64_t amount_minor,
                 const char *currency, const decision_t *decision)
{
    verdict_t verdict = wallet_outflow (self, incoming_minor, amount_minor, currency, decision);
    if (verdict == VERDICT_ACCEPTED && self->hold_count == WALLET_HOLDS_MAX) {
        verdict = VERDICT_HOLD_LIMIT_EXCEEDED;
    }
    return verdict;
}

movement_check_t
wallet_reference (const wallet_t *self, reference_t reference, saga_leg_t leg, int64_t amount_minor)
{
    if (reference.leg != leg) {
        return MOVEMENT_DIFFERS;
    }
    return movements_check (&self->movements, reference, amount_minor);
}

verdict_t
wallet_known (movement_check_t check)
{
    return check == MOVEMENT_REPEATED ? VERDICT_ACCEPTED : VERDICT_REFERENCE_REUSED;
}
