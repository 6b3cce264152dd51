//  requests_money - wallets: recharges, withdrawals, remittances, their suspension and end.

#include "actors/adjustment.h"
#include "actors/remittance.h"
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

//  To another member, to themselves, or to an account at a bank.
static verdict_t
s_remit (world_t *world)
{
    oid_t sender = city_some_member (world);
    bool to_bank = world_random (world, 3) == 0;
    oid_t receiver = to_bank ? (oid_t) { 0 } : city_some_member (world);
    remittance_start_t start = {
        .request = {
            .sender = sender,
            .receiver = receiver,
            .to = to_bank ? city_party (sender) : (bank_party_t) { .bank_code = "" },
            .amount_minor = city_some_amount (world),
            .currency = "KRW",
            .bank_account = city_account (sender),
            .source = city_party (sender),
        },
        .auto_recharge = world_random (world, 2) == 0,
        .available_minor = city_available_minor (world, sender),
        .sender_status = city_member_status (world, sender),
        .receiver_status = to_bank ? 0 : city_member_status (world, receiver),
        .account_status = BANK_ACCOUNT_LINKED,
        .account_member = sender,
    };
    return city_command (world, city_some_object (world, OID_REMITTANCE), REMITTANCE_START, &start);
}

static verdict_t
s_adjust (world_t *world)
{
    adjustment_request_t request = {
        .wallet = oid_as (city_some_member (world), OID_WALLET),
        .amount_minor = city_some_amount (world) * (world_random (world, 8) ? 1 : 4),
        .increase = world_random (world, 2) == 0,
        .currency = "KRW",
        .operator= "opr_1",
        .reason = "to see what happens",
    };
    return city_command (world, city_some_object (world, OID_ADJUSTMENT), ADJUSTMENT_PROPOSE,
                         &request);
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
    { "remittance.start", 24, s_remit },  { "adjustment.propose", 4, s_adjust },
    { "wallet.suspend", 2, s_suspend },   { "wallet.activate", 6, s_activate },
    { "wallet.close", 1, s_close },
};
const requests_t requests_of_money = { requests, COUNT (requests) };
