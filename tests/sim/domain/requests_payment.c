//  requests_payment - payments from their creation to the last refund, and shops.

#include "actors/payment.h"
#include "tests/sim/domain/city.h"

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
    };
    return city_command (world, city_some_object (world, OID_PAYMENT), PAYMENT_CREATE, &create);
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

static request_t requests [] = {
    { "payment.create", 30, s_create },
    { "merchant.suspend", 1, s_suspend_merchant },
    { "merchant.activate", 4, s_activate_merchant },
};
const requests_t requests_of_payment = { requests, COUNT (requests) };
