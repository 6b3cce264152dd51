//  world - what stories begin with, and what must hold when nothing is left to deliver.

#include "actors/bank_account.h"
#include "actors/member.h"
#include "actors/recharge.h"
#include "actors/settlement.h"
#include "actors/wallet.h"
#include "tests/lib/world.h"

void
world_open_wallets (world_t *self, uint8_t people)
{
    for (uint8_t person = 1; person <= people; person++) {
        world_open_wallet (self, scenario_oid (OID_MEMBER, person));
    }
}

void
world_open_wallet (world_t *self, oid_t member)
{
    wallet_open_t open = { member, { 0 }, "KRW", MEMBER_ACTIVE };
    world_command (self, oid_as (member, OID_WALLET), (oid_t) { 0 }, WALLET_OPEN, &open);
}

void
world_recharge (world_t *self, uint8_t number, oid_t member, int64_t amount_minor)
{
    recharge_start_t start = {
        .request = { oid_as (member, OID_WALLET),
                     member,
                     oid_as (member, OID_BANK_ACCOUNT),
                     amount_minor,
                     "KRW",
                     { member, "apple", { 3, { 1, 2, 3 } } } },
        .member_status = MEMBER_ACTIVE,
        .account_status = BANK_ACCOUNT_LINKED,
        .account_member = member,
    };
    world_command (self, scenario_oid (OID_RECHARGE, number), (oid_t) { 0 }, RECHARGE_START,
                   &start);
}

void
world_play (world_t *self, world_story_fn *story, uint8_t stories, uint64_t steps_between)
{
    for (uint8_t number = 1; number <= stories; number++) {
        story (self, number);
        world_run (self, world_random (self, steps_between));
    }
    world_run (self, SIZE_MAX);
}

//  Only a return or a payout that the bank refused for good may leave money in between.
static int64_t
s_left_in_transit (world_t *self, oid_t owner)
{
    if (owner.kind == OID_RECHARGE) {
        const recharge_t *recharge = world_actor (self, owner)->state;
        if (recharge->status == RECHARGE_PARKED && recharge->step == RECHARGE_RETURNING) {
            return -recharge->request.amount_minor;
        }
    }
    if (owner.kind == OID_SETTLEMENT) {
        const settlement_t *settlement = world_actor (self, owner)->state;
        if (settlement->status == SETTLEMENT_PARKED) {
            return -settlement->start.window.net_minor;
        }
    }
    return 0;
}

static void
s_check_books (world_t *self, int64_t suspense_minor)
{
    int64_t sum_minor = 0, bank_minor = 0, found_minor = 0;
    for (size_t index = 0; index < self->balance_count; index++) {
        const balance_t *balance = &self->balances [index];
        sum_minor += balance->net_minor;
        switch (balance->account.class) {
        case ACCOUNT_BANK: bank_minor = balance->net_minor; break;
        case ACCOUNT_SUSPENSE: found_minor = balance->net_minor; break;
        case ACCOUNT_HOLD:
        case ACCOUNT_BANK_TRANSIT: assert_int_equal (balance->net_minor, 0); break;
        case ACCOUNT_TRANSIT:
            assert_true (balance->net_minor == s_left_in_transit (self, balance->account.owner));
            break;
        case ACCOUNT_WALLET: {
            const wallet_t *wallet = world_actor (self, balance->account.owner)->state;
            assert_true (wallet_balance_minor (wallet) == -balance->net_minor);
            break;
        }
        default: break;
        }
    }
    assert_int_equal (sum_minor, 0);
    assert_true (bank_minor == self->statement_minor);
    assert_true (found_minor == -suspense_minor);
}

void
world_check_end (world_t *self, int64_t suspense_minor)
{
    s_check_books (self, suspense_minor);
    for (size_t index = 0; index < self->actor_count; index++) {
        const actor_t *actor = &self->actors [index];
        if (actor->version == 0) {
            continue;  //  It refused what it was asked first
        }
        assert_true (!actor->type->finished || actor->type->finished (actor->state));
        if (actor->self.kind == OID_WALLET) {
            const wallet_t *wallet = actor->state;
            assert_int_equal (wallet->hold_count + wallet->expect_count, 0);
        }
    }
}
