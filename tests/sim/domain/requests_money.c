//  requests_money - wallets: recharges, withdrawals, remittances, their suspension and end.

#include "actors/recharge.h"
#include "actors/withdrawal.h"
#include "tests/sim/domain/city.h"

static verdict_t
s_recharge (world_t *world)
{
    oid_t member = city_some_member (world);
    recharge_start_t start = {
        .request = {
            .wallet = oid_as (member, OID_WALLET),
            .member = member,
            .bank_account = city_account (member),
            .amount_minor = city_some_amount (world),
            .currency = "KRW",
            .party = city_party (member),
        },
        .member_status = city_member_status (world, member),
        .account_status = BANK_ACCOUNT_LINKED,
        .account_member = member,
    };
    return city_command (world, city_some_object (world, OID_RECHARGE), RECHARGE_START, &start);
}

static verdict_t
s_withdraw (world_t *world)
{
    oid_t member = city_some_member (world);
    withdrawal_start_t start = {
        .request = {
            .wallet = oid_as (member, OID_WALLET),
            .member = member,
            .bank_account = city_account (member),
            .amount_minor = city_some_amount (world),
            .currency = "KRW",
            .party = city_party (member),
        },
        .member_status = city_member_status (world, member),
        .account_status = BANK_ACCOUNT_LINKED,
        .account_member = member,
    };
    return city_command (world, city_some_object (world, OID_WITHDRAWAL), WITHDRAWAL_START, &start);
}

static oid_t
s_some_wallet (world_t *world)
{
    return oid_as (city_some_member (world), OID_WALLET);
}

static verdict_t
s_suspend (world_t *world)
{
    return city_command (world, s_some_wallet (world), WALLET_SUSPEND, &city_reason);
}

static verdict_t
s_activate (world_t *world)
{
    return city_command (world, s_some_wallet (world), WALLET_ACTIVATE, &city_reason);
}

static verdict_t
s_close (world_t *world)
{
    wallet_close_t close = { "to see what happens", world_random (world, 2) == 0 };
    return city_command (world, s_some_wallet (world), WALLET_CLOSE, &close);
}

static request_t requests [] = {
    { "recharge.start", 30, s_recharge }, { "withdrawal.start", 12, s_withdraw },
    { "wallet.suspend", 2, s_suspend },   { "wallet.activate", 6, s_activate },
    { "wallet.close", 1, s_close },
};
const requests_t requests_of_money = { requests, COUNT (requests) };
