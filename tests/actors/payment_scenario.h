//  payment_scenario - what the tests of payments begin with: an order of 900 KRW.

#ifndef TESTS_ACTORS_PAYMENT_SCENARIO_H
#define TESTS_ACTORS_PAYMENT_SCENARIO_H

#include "actors/member.h"
#include "actors/merchant.h"
#include "actors/payment.h"
#include "actors/wallet.h"
#include "tests/lib/scenario.h"

static const int64_t order_minor = 900;

static inline oid_t
order_self (void)
{
    return scenario_oid (OID_PAYMENT, 1);
}

static inline oid_t
order_wallet (void)
{
    return scenario_oid (OID_WALLET, 1);
}

static inline oid_t
order_merchant (void)
{
    return scenario_oid (OID_MERCHANT, 2);
}

static inline payment_create_t
order_create (void)
{
    return (payment_create_t) {
        .member = scenario_oid (OID_MEMBER, 1),
        .merchant = order_merchant (),
        .order_id = "order 1",
        .amount_minor = order_minor,
        .currency = "KRW",
        .member_status = MEMBER_ACTIVE,
        .merchant_status = MERCHANT_ACTIVE,
    };
}

static inline const payment_t *
order_state (const scenario_t *s)
{
    return s->state;
}

static inline reference_t
order_hold (uint32_t attempt)
{
    return (reference_t) { order_self (), LEG_HOLD, attempt };
}

static inline reference_t
order_capture (uint32_t ordinal)
{
    return (reference_t) { order_self (), LEG_CAPTURE, ordinal };
}

static inline void
when_answered (scenario_t *s, uint8_t command, uint32_t step, verdict_t verdict)
{
    saga_answer_t answer = { order_wallet (), command, step, verdict };
    when (s, PAYMENT_ANSWERED, &answer);
}

static inline void
when_confirmed (scenario_t *s, uint32_t ordinal, int64_t amount_minor, uint32_t fee_bps)
{
    payment_confirm_t confirm = { order_capture (ordinal), amount_minor, fee_bps };
    when (s, PAYMENT_CONFIRM_CAPTURE, &confirm);
}

static inline void
when_captured (scenario_t *s, int64_t amount_minor)
{
    payment_capture_t capture = { amount_minor, MERCHANT_ACTIVE };
    when (s, PAYMENT_CAPTURE, &capture);
}

static inline void
when_canceled (scenario_t *s, bool by_payer)
{
    payment_cancel_t cancel = { by_payer, "out of stock" };
    when (s, PAYMENT_CANCEL, &cancel);
}

static inline void
when_refunded (scenario_t *s, uint8_t number, int64_t amount_minor)
{
    payment_refund_t refund = { scenario_oid (OID_REFUND, number), amount_minor, false, 0, "why" };
    when (s, PAYMENT_REFUND, &refund);
}

static inline void
when_refund_ended (scenario_t *s, uint8_t number, bool refunded)
{
    payment_refund_end_t end = { scenario_oid (OID_REFUND, number), refunded };
    when (s, PAYMENT_REFUND_ENDED, &end);
}

//  Payments in a state, by what happened.

static inline scenario_t *
order_requested (bool authorizes)
{
    scenario_t *s = scenario_new (order_self ());
    payment_create_t create = order_create ();
    create.authorizes = authorizes;
    when (s, PAYMENT_CREATE, &create);
    carry_on (s);
    return s;
}

static inline scenario_t *
order_authorized (void)
{
    scenario_t *s = order_requested (true);
    when_answered (s, WALLET_HOLD, 1, VERDICT_ACCEPTED);
    carry_on (s);
    return s;
}

//  All of it, on the fast road.
static inline scenario_t *
order_captured (uint32_t fee_bps)
{
    scenario_t *s = order_requested (false);
    when_confirmed (s, 1, order_minor, fee_bps);
    carry_on (s);
    return s;
}

//  A part of what is held, confirmed by the merchant.
static inline void
order_capture_part (scenario_t *s, int64_t amount_minor, uint32_t fee_bps)
{
    uint32_t ordinal = order_state (s)->attempt + order_state (s)->capture_count;
    when_captured (s, amount_minor);
    carry_on (s);
    when_confirmed (s, ordinal, amount_minor, fee_bps);
    carry_on (s);
}

static inline scenario_t *
order_asked_for (bool authorizes)
{
    scenario_t *s = scenario_new (order_self ());
    payment_create_t create = order_create ();
    create.authorizes = authorizes;
    create.requires_confirmation = true;
    when (s, PAYMENT_CREATE, &create);
    carry_on (s);
    return s;
}

static inline scenario_t *
order_ended (payment_status_t status)
{
    scenario_t *s = order_authorized ();
    if (status == PAYMENT_EXPIRED) {
        s->now_ms = order_state (s)->expires_at_ms;
        when (s, PAYMENT_EXPIRE, NULL);
    }
    else {
        when_canceled (s, false);
    }
    carry_on (s);
    when_answered (s, WALLET_RELEASE, 1, VERDICT_ACCEPTED);
    carry_on (s);
    assert_int_equal (order_state (s)->status, status);
    return s;
}

static inline scenario_t *
order_failed (void)
{
    scenario_t *s = order_requested (false);
    when_answered (s, WALLET_PAY, 1, VERDICT_INSUFFICIENT_FUNDS);
    carry_on (s);
    return s;
}

#endif
