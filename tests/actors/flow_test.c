//  flow: whole stories through the pure functions alone, from a seed. At the end the
//  books balance, the bank agrees with them, and nothing is in between.
//
//      actors_flow_test [SEED]

#include <inttypes.h>
#include "actors/bank_account.h"
#include "actors/member.h"
#include "actors/merchant.h"
#include "actors/payment.h"
#include "actors/recharge.h"
#include "actors/settlement.h"
#include "actors/wallet.h"
#include "tests/lib/world.h"

enum { PEOPLE = 12, STORIES = 40, ROUNDS = 60 };

static void
s_recharge (world_t *self, uint8_t number, uint8_t person, int64_t amount_minor)
{
    oid_t member = scenario_oid (OID_MEMBER, person);
    recharge_start_t start = {
        .request = { oid_as (member, OID_WALLET),
                     member,
                     scenario_oid (OID_BANK_ACCOUNT, person),
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

//  Closing voids what is expected, so a recharge on its way has to turn round.
static void
s_story (world_t *self, uint8_t number)
{
    uint8_t person = (uint8_t) (1 + world_random (self, PEOPLE));
    oid_t member = scenario_oid (OID_MEMBER, person);
    int64_t amount_minor = (int64_t) (1 + world_random (self, 400000));

    switch (world_random (self, 8)) {
    case 0: {
        s_recharge (self, number, person, amount_minor);
        world_run (self, world_random (self, 12));
        wallet_close_t close = { "to see what happens", true };
        world_command (self, oid_as (member, OID_WALLET), (oid_t) { 0 }, WALLET_CLOSE, &close);
        break;
    }
    case 1: {
        reason_t reason = { "to see what happens" };
        uint8_t command = world_random (self, 2) ? WALLET_SUSPEND : WALLET_ACTIVATE;
        world_command (self, oid_as (member, OID_WALLET), (oid_t) { 0 }, command, &reason);
        break;
    }
    case 2:
    case 3:
    case 4: s_recharge (self, number, person, amount_minor); break;
    default: {
        payment_create_t create = {
            .member = member,
            .merchant = scenario_oid (OID_MERCHANT, 1),
            .order_id = "order",
            .amount_minor = amount_minor / 2 + 1,
            .currency = "KRW",
            .member_status = MEMBER_ACTIVE,
            .merchant_status = MERCHANT_ACTIVE,
        };
        world_command (self,
                       scenario_oid (OID_PAYMENT, (uint8_t) (1 + world_random (self, STORIES))),
                       (oid_t) { 0 }, PAYMENT_CREATE, &create);
    }
    }
}

static void
s_begin (world_t *self)
{
    merchant_register_t shop = {
        .member = scenario_oid (OID_MEMBER, 9),
        .name = "Shop",
        .bank_account = scenario_oid (OID_BANK_ACCOUNT, 9),
        .fee_bps = 250,
        .member_status = MEMBER_ACTIVE,
        .member_corporate = true,
        .account_status = BANK_ACCOUNT_LINKED,
        .account_member = scenario_oid (OID_MEMBER, 9),
        .party = { scenario_oid (OID_MEMBER, 9), "orange", { 3, { 9, 9, 9 } } },
    };
    world_command (self, scenario_oid (OID_MERCHANT, 1), (oid_t) { 0 }, MERCHANT_REGISTER, &shop);
    for (uint8_t person = 1; person <= PEOPLE; person++) {
        oid_t member = scenario_oid (OID_MEMBER, person);
        wallet_open_t open = { member, { 0 }, "KRW", MEMBER_ACTIVE };
        world_command (self, oid_as (member, OID_WALLET), (oid_t) { 0 }, WALLET_OPEN, &open);
    }
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
s_check_end (world_t *self)
{
    int64_t sum_minor = 0;
    int64_t bank_minor = 0;

    for (size_t index = 0; index < self->balance_count; index++) {
        const balance_t *balance = &self->balances [index];
        sum_minor += balance->net_minor;
        switch (balance->account.class) {
        case ACCOUNT_BANK: bank_minor = balance->net_minor; break;
        case ACCOUNT_HOLD:
        case ACCOUNT_BANK_TRANSIT:
        case ACCOUNT_SUSPENSE: assert_int_equal (balance->net_minor, 0); break;
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
    for (size_t index = 0; index < self->actor_count; index++) {
        const actor_t *actor = &self->actors [index];
        assert_true (!actor->type->finished || actor->type->finished (actor->state));
        if (actor->self.kind == OID_WALLET) {
            const wallet_t *wallet = actor->state;
            assert_int_equal (wallet->expect_count, 0);
            assert_int_equal (wallet->hold_count, 0);
        }
    }
}

static uint64_t seed_given;

//  How the sagas ended, so that the stories cannot quietly grow dull.
typedef struct {
    uint32_t recharges [RECHARGE_PARKED + 1];
    uint32_t payments [PAYMENT_FAILED + 1];
} ends_t;

static void
s_count_ends (const world_t *self, ends_t *ends)
{
    for (size_t index = 0; index < self->actor_count; index++) {
        const actor_t *actor = &self->actors [index];
        if (actor->self.kind == OID_RECHARGE) {
            ends->recharges [((const recharge_t *) actor->state)->status]++;
        }
        else if (actor->self.kind == OID_PAYMENT) {
            ends->payments [((const payment_t *) actor->state)->status]++;
        }
    }
}

static void
no_story_creates_loses_or_doubles_a_won (void **unused)
{
    ends_t ends = { 0 };
    (void) unused;

    for (uint64_t round = 0; round < ROUNDS; round++) {
        scoped (world_destroy) world_t *world = world_new (seed_given + round);
        print_message ("seed %" PRIu64 "\n", seed_given + round);
        world->limits.bank_inquiry_give_up_s = INT32_MAX;  //  Merchants' timers let days pass
        s_begin (world);
        for (uint8_t number = 1; number <= STORIES; number++) {
            s_story (world, number);
            world_run (world, world_random (world, 30));
        }
        world_run (world, SIZE_MAX);
        s_check_end (world);
        s_count_ends (world, &ends);
    }
    print_message ("recharges: %u succeeded, %u failed, %u compensated, %u parked\n",
                   ends.recharges [RECHARGE_SUCCEEDED], ends.recharges [RECHARGE_FAILED],
                   ends.recharges [RECHARGE_COMPENSATED], ends.recharges [RECHARGE_PARKED]);
    print_message ("payments: %u captured, %u failed\n", ends.payments [PAYMENT_CAPTURED],
                   ends.payments [PAYMENT_FAILED]);
    assert_true (ends.recharges [RECHARGE_SUCCEEDED] > 0);
    assert_true (ends.recharges [RECHARGE_FAILED] > 0);
    assert_true (ends.recharges [RECHARGE_COMPENSATED] > 0);
    assert_true (ends.payments [PAYMENT_CAPTURED] > 0);
    assert_true (ends.payments [PAYMENT_FAILED] > 0);
}

int
main (int argc, char **argv)
{
    seed_given = argc > 1 ? strtoull (argv [1], NULL, 10) : 20260101;
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (no_story_creates_loses_or_doubles_a_won),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
