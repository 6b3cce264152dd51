//  city - who lives here.

#include "tests/sim/domain/city.h"

const reason_t city_reason = { "to see what happens" };

const requests_t *const city_requests [] = {
    &requests_of_money, &requests_of_payment, &requests_of_people, &requests_of_operators, NULL,
};

oid_t
city_object (oid_kind_t kind, uint64_t number)
{
    return scenario_oid (kind, (uint8_t) (number + 1));
}

oid_t
city_some_member (world_t *world)
{
    return city_object (OID_MEMBER, world_random (world, CITY_MEMBERS));
}

oid_t
city_some_merchant (world_t *world)
{
    return city_object (OID_MERCHANT, world_random (world, CITY_MERCHANTS));
}

oid_t
city_some_object (world_t *world, oid_kind_t kind)
{
    return city_object (kind, world_random (world, CITY_OBJECTS));
}

int64_t
city_some_amount (world_t *world)
{
    switch (world_random (world, 12)) {
    case 0: return 1;
    case 1: return world->limits.wallet_movement_minor + 1;
    case 2: return world->limits.wallet_movement_minor;
    default: return (int64_t) (1 + world_random (world, 300000));
    }
}

bank_party_t
city_party (oid_t member)
{
    return (bank_party_t) { member, "apple", { 3, { 1, 2, 3 } } };
}

oid_t
city_account (oid_t member)
{
    return oid_as (member, OID_BANK_ACCOUNT);
}

uint8_t
city_member_status (world_t *world, oid_t member)
{
    return ((const member_t *) world_actor (world, member)->state)->status;
}

uint8_t
city_merchant_status (world_t *world, oid_t merchant)
{
    return ((const merchant_t *) world_actor (world, merchant)->state)->status;
}

int64_t
city_available_minor (world_t *world, oid_t member)
{
    const wallet_t *wallet = world_actor (world, oid_as (member, OID_WALLET))->state;
    return wallet->available_minor;
}

verdict_t
city_command (world_t *world, oid_t to, unsigned command, const void *payload)
{
    return world_command (world, to, (oid_t) { 0 }, (uint8_t) command, payload);
}

//  ---------------------------------------------------------------------------

static void
s_register_member (world_t *world, oid_t member)
{
    member_register_t joins = {
        .registration = oid_as (member, OID_REGISTRATION),
        .login = oid_as (member, OID_LOGIN),
        .corporate = true,
        .name = { 3, { 7, 7, 7 } },
        .email = { 3, { 8, 8, 8 } },
    };
    city_command (world, member, MEMBER_REGISTER, &joins);
    wallet_open_t open = { member, { 0 }, "KRW", MEMBER_ACTIVE };
    city_command (world, oid_as (member, OID_WALLET), WALLET_OPEN, &open);
}

static void
s_register_merchant (world_t *world, oid_t merchant, oid_t member, uint32_t fee_bps)
{
    merchant_register_t shop = {
        .member = member,
        .name = "Shop",
        .bank_account = city_account (member),
        .fee_bps = fee_bps,
        .member_status = MEMBER_ACTIVE,
        .member_corporate = true,
        .account_status = BANK_ACCOUNT_LINKED,
        .account_member = member,
        .party = city_party (member),
    };
    city_command (world, merchant, MERCHANT_REGISTER, &shop);
}

void
city_found (world_t *world)
{
    for (uint64_t number = 0; number < CITY_MEMBERS; number++) {
        s_register_member (world, city_object (OID_MEMBER, number));
    }
    for (uint64_t number = 0; number < CITY_MERCHANTS; number++) {
        s_register_merchant (world, city_object (OID_MERCHANT, number),
                             city_object (OID_MEMBER, number), number ? 0 : 275);
    }
}

static request_t *
s_some_request (world_t *world)
{
    unsigned weights = 0;
    for (size_t table = 0; city_requests [table]; table++) {
        for (size_t index = 0; index < city_requests [table]->count; index++) {
            weights += city_requests [table]->requests [index].weight;
        }
    }
    uint64_t at = world_random (world, weights);
    for (size_t table = 0; city_requests [table]; table++) {
        for (size_t index = 0; index < city_requests [table]->count; index++) {
            request_t *request = &city_requests [table]->requests [index];
            if (at < request->weight) {
                return request;
            }
            at -= request->weight;
        }
    }
    return NULL;
}

void
city_ask (world_t *world)
{
    request_t *request = s_some_request (world);
    request->sent++;
    request->refused += request->ask (world) != VERDICT_ACCEPTED;
}
