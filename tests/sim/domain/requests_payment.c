//  requests_payment - payments from their creation to the last refund, and shops.

#include "actors/payment.h"
#include "tests/sim/domain/city.h"

static payment_recharge_t
s_recharge (world_t *world, oid_t member)
{
    return (payment_recharge_t) {
        .wanted = world_random (world, 2) == 0,
        .available_minor = city_available_minor (world, member),
        .bank_account = city_account (member),
        .account_status = BANK_ACCOUNT_LINKED,
        .party = city_party (member),
    };
}

static verdict_t
s_create (world_t *world)
{
    oid_t member = city_some_member (world);
    oid_t merchant = city_some_merchant (world);
    payment_create_t create = {
        .member = member,
        .merchant = merchant,
        .order_id = "order",
        .amount_minor = city_some_amount (world) / 2 + 1,
        .currency = "KRW",
        .member_status = city_member_status (world, member),
        .merchant_status = city_merchant_status (world, merchant),
        .authorizes = world_random (world, 4) > 0,
        .requires_confirmation = world_random (world, 3) == 0,
        .recharge = s_recharge (world, member),
    };
    return city_command (world, city_some_object (world, OID_PAYMENT), PAYMENT_CREATE, &create);
}

static const payment_t *
s_payment (world_t *world, oid_t oid)
{
    return world_actor (world, oid)->state;
}

//  Mostly one of this status, if there is any; else any.
static oid_t
s_some_payment (world_t *world, payment_status_t status, payment_status_t or_status)
{
    uint64_t from = world_random (world, CITY_OBJECTS);
    bool any = world_random (world, 6) == 0;
    for (uint64_t index = 0; index < CITY_OBJECTS && !any; index++) {
        oid_t oid = city_object (OID_PAYMENT, (from + index) % CITY_OBJECTS);
        uint8_t is = s_payment (world, oid)->status;
        if (is == status || is == or_status) {
            return oid;
        }
    }
    return city_object (OID_PAYMENT, from);
}

//  The payer confirms; now and then another amount than the one asked for.
static verdict_t
s_confirm (world_t *world)
{
    oid_t oid =
        s_some_payment (world, PAYMENT_REQUIRES_CONFIRMATION, PAYMENT_REQUIRES_CONFIRMATION);
    const payment_t *payment = s_payment (world, oid);
    if (payment->status == PAYMENT_ABSENT) {
        return VERDICT_NOT_FOUND;
    }
    payment_confirmation_t confirmation = {
        .amount_minor = payment->amount_minor + (world_random (world, 8) == 0),
        .member_status = city_member_status (world, payment->member),
        .merchant_status = city_merchant_status (world, payment->merchant),
        .recharge = s_recharge (world, payment->member),
    };
    return city_command (world, oid, PAYMENT_CONFIRM, &confirmation);
}

//  All that is left, a part, very little, or more than there is.
static int64_t
s_some_of (world_t *world, int64_t left_minor)
{
    switch (world_random (world, 5)) {
    case 0: return left_minor;
    case 1: return left_minor + 1;
    case 2: return 1;
    default: return left_minor > 0 ? 1 + (int64_t) world_random (world, (uint64_t) left_minor) : 1;
    }
}

static verdict_t
s_capture (world_t *world)
{
    oid_t oid = s_some_payment (world, PAYMENT_AUTHORIZED, PAYMENT_PARTIALLY_CAPTURED);
    const payment_t *payment = s_payment (world, oid);
    if (payment->status == PAYMENT_ABSENT) {
        return VERDICT_NOT_FOUND;
    }
    bool all = world_random (world, 8) == 0;
    payment_capture_t capture = {
        .amount_minor = all ? 0 : s_some_of (world, payment_capturable_minor (payment)),
        .merchant_status = city_merchant_status (world, payment->merchant),
    };
    return city_command (world, oid, PAYMENT_CAPTURE, &capture);
}

static verdict_t
s_cancel (world_t *world)
{
    payment_cancel_t cancel = { world_random (world, 2) == 0, "to see what happens" };
    oid_t oid = s_some_payment (world, PAYMENT_AUTHORIZED, PAYMENT_REQUIRES_CONFIRMATION);
    return city_command (world, oid, PAYMENT_CANCEL, &cancel);
}

static verdict_t
s_refund (world_t *world)
{
    bool captures_follow = world_random (world, 2) == 0;
    oid_t oid =
        s_some_payment (world, captures_follow ? PAYMENT_PARTIALLY_CAPTURED : PAYMENT_CAPTURED,
                        PAYMENT_PARTIALLY_REFUNDED);
    const payment_t *payment = s_payment (world, oid);
    int64_t left_minor = payment_refundable_minor (payment);
    payment_refund_t refund = {
        .refund = city_object (OID_REFUND, world->steps % 250),
        .amount_minor = s_some_of (world, left_minor),
        .stated = world_random (world, 3) == 0,
        .refundable_minor = left_minor + (world_random (world, 6) == 0),
        .reason = "to see what happens",
    };
    bool taken = ((const uint8_t *) world_actor (world, refund.refund)->state) [0] != 0;
    return taken ? VERDICT_ALREADY_EXISTS : city_command (world, oid, PAYMENT_REFUND, &refund);
}

static verdict_t
s_suspend_merchant (world_t *world)
{
    return city_command (world, city_some_merchant (world), MERCHANT_SUSPEND, &city_reason);
}

static verdict_t
s_activate_merchant (world_t *world)
{
    return city_command (world, city_some_merchant (world), MERCHANT_ACTIVATE, &city_reason);
}

//  Another fee, while payments of the old one are captured and refunded.
static verdict_t
s_change_fee (world_t *world)
{
    static const uint32_t fees_bps [] = { 0, 275, MERCHANT_FEE_BPS_MAX };
    merchant_change_t change = {
        .has_fee_bps = true,
        .fee_bps = fees_bps [world_random (world, COUNT (fees_bps))],
    };
    return city_command (world, city_some_merchant (world), MERCHANT_CHANGE, &change);
}

static request_t requests [] = {
    { "payment.create", 30, s_create },
    { "payment.confirm", 12, s_confirm },
    { "payment.capture", 24, s_capture },
    { "payment.cancel", 6, s_cancel },
    { "payment.refund", 20, s_refund },
    { "merchant.suspend", 1, s_suspend_merchant },
    { "merchant.activate", 4, s_activate_merchant },
    { "merchant.change", 16, s_change_fee },
};
const requests_t requests_of_payment = { requests, COUNT (requests) };
