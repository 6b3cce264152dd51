//  flow_money: a wallet's stories from a seed - filled, paid out, put right, closed on
//  the way, and a bank that takes back its no. At the end nothing is in between.
//
//      actors_flow_money_test [SEED]

#include <inttypes.h>
#include "actors/adjustment.h"
#include "actors/bank_account.h"
#include "actors/member.h"
#include "actors/recharge.h"
#include "actors/wallet.h"
#include "actors/withdrawal.h"
#include "tests/lib/world.h"

enum { PEOPLE = 6, STORIES = 50, ROUNDS = 40 };

static bank_party_t
s_party (oid_t member)
{
    return (bank_party_t) { member, "apple", { 3, { 1, 2, 3 } } };
}

static void
s_withdraw (world_t *self, uint8_t number, oid_t member, int64_t amount_minor)
{
    oid_t account = oid_as (member, OID_BANK_ACCOUNT);
    withdrawal_start_t start = {
        .request = { oid_as (member, OID_WALLET), member, account, amount_minor, "KRW",
                     s_party (member) },
        .member_status = MEMBER_ACTIVE,
        .account_status = BANK_ACCOUNT_LINKED,
        .account_member = member,
    };
    world_command (self, scenario_oid (OID_WITHDRAWAL, number), (oid_t) { 0 }, WITHDRAWAL_START,
                   &start);
}

static void
s_adjust (world_t *self, uint8_t number, oid_t member, int64_t amount_minor)
{
    adjustment_request_t request = {
        .wallet = oid_as (member, OID_WALLET),
        .amount_minor = amount_minor * (int64_t) (1 + world_random (self, 6)),
        .increase = world_random (self, 2) == 0,
        .currency = "KRW",
        .operator= "kim",
        .reason = "to see what happens",
    };
    world_command (self, scenario_oid (OID_ADJUSTMENT, number), (oid_t) { 0 }, ADJUSTMENT_PROPOSE,
                   &request);
}

//  A second operator looks at whatever is proposed, for it or against it.
static void
s_look_at_approvals (world_t *self)
{
    for (size_t index = 0; index < self->actor_count; index++) {
        actor_t *actor = &self->actors [index];
        if (actor->self.kind == OID_APPROVAL
            && ((const approval_t *) actor->state)->status == APPROVAL_PROPOSED) {
            approval_decide_t decide = { "lee", "I have looked" };
            uint8_t command = world_random (self, 3) ? APPROVAL_CONFIRM : APPROVAL_REJECT;
            world_command (self, actor->self, (oid_t) { 0 }, command, &decide);
        }
    }
}

//  The bank had declined a transfer in, and now it has moved the money after all.
static void
s_take_back_a_no (world_t *self)
{
    for (size_t index = 0; index < self->booked_count; index++) {
        booked_t *booked = &self->booked [index];
        const bank_transfer_t *transfer = world_actor (self, booked->transfer)->state;
        if (booked->in && booked->result == BANK_FAILED
            && transfer->status == BANK_TRANSFER_FAILED) {
            bank_answered_t answer = { .result = BANK_SUCCEEDED, .bank_reference = "late" };
            booked->result = BANK_SUCCEEDED;
            self->statement_minor += booked->amount_minor;
            world_command (self, booked->transfer, (oid_t) { 0 }, BANK_TRANSFER_ANSWERED, &answer);
            return;
        }
    }
}

static void
s_story (world_t *self, uint8_t number)
{
    oid_t member = scenario_oid (OID_MEMBER, (uint8_t) (1 + world_random (self, PEOPLE)));
    int64_t amount_minor = (int64_t) (1 + world_random (self, 300000));

    switch (world_random (self, 10)) {
    case 0:
    case 1:
    case 2: world_recharge (self, number, member, amount_minor); break;
    case 3:
    case 4:
    case 5: s_withdraw (self, number, member, amount_minor); break;
    case 6: s_adjust (self, number, member, amount_minor); break;
    case 7: s_take_back_a_no (self); break;
    case 8: {
        reason_t reason = { "to see what happens" };
        uint8_t command = world_random (self, 2) ? WALLET_SUSPEND : WALLET_ACTIVATE;
        world_command (self, oid_as (member, OID_WALLET), (oid_t) { 0 }, command, &reason);
        break;
    }
    default: {
        wallet_close_t close = { "to see what happens", world_random (self, 2) == 0 };
        world_command (self, oid_as (member, OID_WALLET), (oid_t) { 0 }, WALLET_CLOSE, &close);
    }
    }
    s_look_at_approvals (self);
}

//  How the sagas ended, so that the stories cannot quietly grow dull.
typedef struct {
    uint32_t recharges [RECHARGE_PARKED + 1];
    uint32_t withdrawals [WITHDRAWAL_PARKED + 1];
    uint32_t adjustments [ADJUSTMENT_PARKED + 1];
    uint32_t sent_back;  //  After the bank took back its no
} ends_t;

static void
s_count_ends (const world_t *self, ends_t *ends)
{
    for (size_t index = 0; index < self->actor_count; index++) {
        const actor_t *actor = &self->actors [index];
        if (actor->self.kind == OID_RECHARGE) {
            const recharge_t *recharge = actor->state;
            ends->recharges [recharge->status]++;
            ends->sent_back += recharge->status == RECHARGE_COMPENSATED
                               && recharge->credit_verdict == VERDICT_BANK_DECLINED;
        }
        else if (actor->self.kind == OID_WITHDRAWAL) {
            ends->withdrawals [((const withdrawal_t *) actor->state)->status]++;
        }
        else if (actor->self.kind == OID_ADJUSTMENT) {
            ends->adjustments [((const adjustment_t *) actor->state)->status]++;
        }
    }
}

static uint64_t seed_given;

static void
no_story_of_a_wallet_creates_loses_or_doubles_a_won (void **unused)
{
    ends_t ends = { 0 };
    (void) unused;

    for (uint64_t round = 0; round < ROUNDS; round++) {
        scoped (world_destroy) world_t *world = world_new (seed_given + round);
        print_message ("seed %" PRIu64 "\n", seed_given + round);
        world->crash_every = 50;
        world_open_wallets (world, PEOPLE);
        world_play (world, s_story, STORIES, 30);
        world_check_end (world, /* suspense_minor= */ 0);
        s_count_ends (world, &ends);
    }
    assert_true (ends.recharges [RECHARGE_SUCCEEDED] > 0);
    assert_true (ends.recharges [RECHARGE_COMPENSATED] > ends.sent_back);
    assert_true (ends.sent_back > 0);
    assert_true (ends.withdrawals [WITHDRAWAL_SUCCEEDED] > 0);
    assert_true (ends.withdrawals [WITHDRAWAL_FAILED] > 0);
    assert_true (ends.adjustments [ADJUSTMENT_SUCCEEDED] > 0);
    assert_true (ends.adjustments [ADJUSTMENT_FAILED] > 0);
}

int
main (int argc, char **argv)
{
    seed_given = argc > 1 ? strtoull (argv [1], NULL, 10) : 20260101;
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (no_story_of_a_wallet_creates_loses_or_doubles_a_won),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
