//  payment_begin - from an order to money that is held or captured. Pure.

#include "actors/payment_begin.h"
#include "actors/bank_account.h"
#include "actors/member.h"
#include "actors/merchant.h"
#include "actors/payment_moves.h"
#include "actors/recharge.h"
#include "actors/wallet.h"

//  ---------------------------------------------------------------------------
//  Roads to the money

//  What one attempt is about, whether it was just asked for or has waited for its payer.
typedef struct {
    uint32_t attempt;
    oid_t member, merchant;
    int64_t amount_minor;
    const char *currency;
    bool authorizes;
} order_t;

static order_t
s_order (const payment_t *payment)
{
    return (order_t) {
        .attempt = payment->attempt,
        .member = payment->member,
        .merchant = payment->merchant,
        .amount_minor = payment->amount_minor,
        .currency = payment->currency,
        .authorizes = payment->authorizes,
    };
}

static verdict_t
s_facts (uint8_t member_status, uint8_t merchant_status, oid_t member,
         const payment_recharge_t *recharge)
{
    verdict_t verdict = member_may_move_money (member_status);
    if (verdict == VERDICT_ACCEPTED) {
        verdict = payment_merchant_usable (merchant_status);
    }
    if (verdict == VERDICT_ACCEPTED && recharge->wanted) {
        verdict = bank_account_usable (recharge->account_status, recharge->party.member, member);
    }
    return verdict;
}

static oid_t
s_child (const decision_t *decision, uint32_t attempt)
{
    return decision_derive (decision, OID_RECHARGE, decision->self, "recharge", attempt);
}

static void
s_ask_pay (const order_t *order, decision_t *decision)
{
    wallet_pay_t pay = {
        .reference = { decision->self, LEG_CAPTURE, order->attempt },
        .amount_minor = order->amount_minor,
        .payee = order->merchant,
    };
    memcpy (pay.currency, order->currency, sizeof pay.currency);
    decision_ask (decision, oid_as (order->member, OID_WALLET), WALLET_PAY, &pay, ANSWER_REFUSAL,
                  PAYMENT_ANSWERED, order->attempt);
    payment_watch (decision, /* in_flight= */ true);
}

static void
s_ask_hold (const order_t *order, decision_t *decision)
{
    wallet_move_t hold = {
        .reference = { decision->self, LEG_HOLD, order->attempt },
        .amount_minor = order->amount_minor,
    };
    memcpy (hold.currency, order->currency, sizeof hold.currency);
    decision_ask (decision, oid_as (order->member, OID_WALLET), WALLET_HOLD, &hold, ANSWER_ALWAYS,
                  PAYMENT_ANSWERED, order->attempt);
    payment_watch (decision, /* in_flight= */ true);
}

//  The child's credit and our hold are one event of the wallet, if the hold can be placed.
static verdict_t
s_ask_recharge (const order_t *order, const payment_recharge_t *recharge, int64_t shortfall_minor,
                decision_t *decision)
{
    oid_t child = s_child (decision, order->attempt);
    recharge_start_t start = {
        .request = {
            .wallet = oid_as (order->member, OID_WALLET),
            .member = order->member,
            .bank_account = recharge->bank_account,
            .amount_minor = money_recharge_minor (shortfall_minor),
            .party = recharge->party,
        },
        .member_status = MEMBER_ACTIVE,
        .account_status = recharge->account_status,
        .account_member = recharge->party.member,
        .parent = {
            .saga = decision->self,
            .notify = PAYMENT_RECHARGED,
            .hold = { decision->self, LEG_HOLD, order->attempt },
            .hold_minor = order->amount_minor,
        },
    };
    memcpy (start.request.currency, order->currency, sizeof start.request.currency);
    decision_ask (decision, child, RECHARGE_START, &start, ANSWER_REFUSAL, PAYMENT_ANSWERED,
                  order->attempt);
    return decision_emit (decision, PAYMENT_RECHARGE_STARTED, &(payment_recharging_t) { child });
}

//  The wallet's available money is a fact of a moment ago: if it is wrong by now, the
//  wallet refuses, or a recharge was not needed. No money is wrong by it.
static verdict_t
s_pay (const order_t *order, const payment_recharge_t *recharge, decision_t *decision)
{
    int64_t shortfall_minor = order->amount_minor - recharge->available_minor;
    if (recharge->wanted && shortfall_minor > 0) {
        return s_ask_recharge (order, recharge, shortfall_minor, decision);
    }
    if (order->authorizes) {
        s_ask_hold (order, decision);
    }
    else {
        s_ask_pay (order, decision);
    }
    return VERDICT_ACCEPTED;
}

static verdict_t
s_fail (decision_t *decision, verdict_t verdict)
{
    payment_watch (decision, /* in_flight= */ false);
    return decision_emit (decision, PAYMENT_WAS_FAILED, &(payment_failed_t) { verdict });
}

//  ---------------------------------------------------------------------------
//  Commands

verdict_t
payment_decide_create (const void *state, const void *command, decision_t *decision)
{
    const payment_t *payment = state;
    const payment_create_t *create = command;

    if (payment->status != PAYMENT_ABSENT && payment->status != PAYMENT_FAILED) {
        return VERDICT_ORDER_EXISTS;
    }
    if (payment->attempt >= PAYMENT_ATTEMPTS_MAX) {
        return VERDICT_ATTEMPT_LIMIT_EXCEEDED;
    }
    if (!money_valid (create->amount_minor)) {
        return VERDICT_AMOUNT_INVALID;
    }
    payment_requested_t requested = {
        .attempt = payment->attempt + 1,
        .member = create->member,
        .merchant = create->merchant,
        .amount_minor = create->amount_minor,
        .authorizes = create->authorizes,
    };
    memcpy (requested.order_id, create->order_id, sizeof requested.order_id);
    memcpy (requested.currency, create->currency, sizeof requested.currency);
    verdict_t verdict =
        s_facts (create->member_status, create->merchant_status, create->member, &create->recharge);
    if (verdict == VERDICT_ACCEPTED && create->requires_confirmation) {
        requested.expires_at_ms =
            decision->now_ms + decision->limits->payment_confirmation_s * 1000;
        decision_timer (decision, PAYMENT_EXPIRE, requested.expires_at_ms);
    }
    decision_emit (decision, PAYMENT_WAS_REQUESTED, &requested);
    if (verdict != VERDICT_ACCEPTED) {
        return decision_emit (decision, PAYMENT_WAS_FAILED, &(payment_failed_t) { verdict });
    }
    if (create->requires_confirmation) {
        return VERDICT_ACCEPTED;
    }
    order_t order = {
        .attempt = requested.attempt,
        .member = requested.member,
        .merchant = requested.merchant,
        .amount_minor = requested.amount_minor,
        .currency = requested.currency,
        .authorizes = requested.authorizes,
    };
    return s_pay (&order, &create->recharge, decision);
}

//  A refusal leaves it waiting: the payer may mend what is wrong and confirm again.
verdict_t
payment_decide_confirm (const void *state, const void *command, decision_t *decision)
{
    const payment_t *payment = state;
    const payment_confirmation_t *confirmation = command;

    switch (payment->status) {
    case PAYMENT_ABSENT: return VERDICT_NOT_FOUND;
    case PAYMENT_EXPIRED: return VERDICT_PAYMENT_EXPIRED;
    case PAYMENT_REQUIRES_CONFIRMATION: break;
    default: return VERDICT_STATE_CONFLICT;
    }
    if (confirmation->amount_minor != payment->amount_minor) {
        return VERDICT_AMOUNT_MISMATCH;
    }
    verdict_t verdict = s_facts (confirmation->member_status, confirmation->merchant_status,
                                 payment->member, &confirmation->recharge);
    if (verdict != VERDICT_ACCEPTED) {
        return verdict;
    }
    order_t order = s_order (payment);
    decision_timer (decision, PAYMENT_EXPIRE, 0);
    decision_emit (decision, PAYMENT_WAS_CONFIRMED, NULL);
    return s_pay (&order, &confirmation->recharge, decision);
}

//  The hold is asked for whether or not the child's credit has placed it: the wallet
//  knows. A parked child may still end, so nothing is given up for it.
verdict_t
payment_decide_recharged (const void *state, const void *command, decision_t *decision)
{
    const payment_t *payment = state;
    const recharge_outcome_t *outcome = command;

    if (payment->status != PAYMENT_RECHARGING
        || !oid_equal (outcome->recharge, s_child (decision, payment->attempt))) {
        return VERDICT_ACCEPTED;
    }
    switch (outcome->status) {
    case RECHARGE_SUCCEEDED: {
        order_t order = s_order (payment);
        s_ask_hold (&order, decision);
        return decision_emit (decision, PAYMENT_WAS_RECHARGED, NULL);
    }
    case RECHARGE_FAILED:
    case RECHARGE_COMPENSATED: return s_fail (decision, outcome->verdict);
    default:
        return payment->delayed ? VERDICT_ACCEPTED
                                : decision_emit (decision, PAYMENT_WAS_DELAYED, NULL);
    }
}

verdict_t
payment_recharge_answered (const payment_t *self, const saga_answer_t *answer, decision_t *decision)
{
    if (self->status != PAYMENT_RECHARGING || answer->step != self->attempt
        || answer->verdict == VERDICT_ACCEPTED) {
        return VERDICT_ACCEPTED;
    }
    return s_fail (decision, answer->verdict);
}

//  Only a refusal of the attempt that is open ends it; acceptance is the merchant's
//  to tell.
verdict_t
payment_pay_answered (const payment_t *self, const saga_answer_t *answer, decision_t *decision)
{
    if (self->status != PAYMENT_REQUESTED || answer->step != self->attempt
        || answer->verdict == VERDICT_ACCEPTED) {
        return VERDICT_ACCEPTED;
    }
    return s_fail (decision, answer->verdict);
}

//  Authorized. With capture: true (it needed a recharge) all of it is captured at once.
verdict_t
payment_hold_answered (const payment_t *self, const saga_answer_t *answer, decision_t *decision)
{
    if (self->status != PAYMENT_REQUESTED || answer->step != self->attempt) {
        return VERDICT_ACCEPTED;
    }
    if (answer->verdict != VERDICT_ACCEPTED) {
        return s_fail (decision, answer->verdict);
    }
    payment_authorized_t authorized = { 0 };
    if (self->authorizes) {
        authorized.expires_at_ms =
            decision->now_ms + decision->limits->payment_authorization_s * 1000;
        decision_timer (decision, PAYMENT_EXPIRE, authorized.expires_at_ms);
        payment_watch (decision, /* in_flight= */ false);
        return decision_emit (decision, PAYMENT_WAS_AUTHORIZED, &authorized);
    }
    decision_emit (decision, PAYMENT_WAS_AUTHORIZED, &authorized);
    return payment_start_capture (self, self->amount_minor, decision);
}
