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

//  Closing voids what is expected, so a recharge on its way has to turn round.
static void
s_story (world_t *self, uint8_t number)
{
    uint8_t person = (uint8_t) (1 + world_random (self, PEOPLE));
    oid_t member = scenario_oid (OID_MEMBER, person);
    int64_t amount_minor = (int64_t) (1 + world_random (self, 400000));

    switch (world_random (self, 8)) {
    case 0: {
        world_recharge (self, number, member, amount_minor);
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
    case 4: world_recharge (self, number, member, amount_minor); break;
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
    world_open_wallets (self, PEOPLE);
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
        world_play (world, s_story, STORIES, 30);
        world_check_end (world, /* suspense_minor= */ 0);
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
