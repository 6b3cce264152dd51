//  settlement: captures, refunds, timers and runs at once, from a seed. Every item is in
//  exactly one window, and what a window came to is paid once or carried on.
//
//      actors_settlement_flow_test [SEED]

#include <inttypes.h>
#include "actors/bank_account.h"
#include "actors/member.h"
#include "actors/merchant.h"
#include "actors/merchant_roll.h"
#include "actors/settlement.h"
#include "actors/settlement_run.h"
#include "tests/lib/world.h"

enum { SHOPS = 4, ITEMS = 60, ROUNDS = 60 };

static uint64_t first_seed = 1;

static void
s_begin (world_t *self)
{
    for (uint8_t shop = 1; shop <= SHOPS; shop++) {
        oid_t owner = scenario_oid (OID_MEMBER, shop);
        merchant_register_t request = {
            .member = owner,
            .name = "Shop",
            .bank_account = scenario_oid (OID_BANK_ACCOUNT, shop),
            .fee_bps = (uint32_t) (shop * 100),
            .member_status = MEMBER_ACTIVE,
            .member_corporate = true,
            .account_status = BANK_ACCOUNT_LINKED,
            .account_member = owner,
            .party = { owner, "orange", { 3, { 1, 2, shop } } },
        };
        world_command (self, scenario_oid (OID_MERCHANT, shop), (oid_t) { 0 }, MERCHANT_REGISTER,
                       &request);
        world_run (self, world_random (self, 3));  //  Not all are chained when the first run comes
    }
}

static void
s_capture (world_t *self, oid_t merchant, uint8_t number)
{
    movement_t capture = { { scenario_oid (OID_PAYMENT, number), LEG_CAPTURE, 1 },
                           (int64_t) (1 + world_random (self, 50000)) };
    world_command (self, merchant, (oid_t) { 0 }, MERCHANT_CAPTURE, &capture);
}

static void
s_refund (world_t *self, oid_t merchant, uint8_t number)
{
    int64_t amount_minor = (int64_t) (1 + world_random (self, 30000));
    merchant_refund_t refund = {
        .reference = { scenario_oid (OID_REFUND, number), LEG_REFUND, 1 },
        .payment = scenario_oid (OID_PAYMENT, number),
        .amount_minor = amount_minor,
        .fee_back_minor = amount_minor / 100,
    };
    world_command (self, merchant, (oid_t) { 0 }, MERCHANT_REFUND, &refund);
}

static void
s_run (world_t *self, uint8_t number)
{
    settlement_run_start_t start = { 0 };
    if (world_random (self, 2)) {
        start.merchant = scenario_oid (OID_MERCHANT, (uint8_t) (1 + world_random (self, SHOPS)));
    }
    world_command (self, scenario_oid (OID_SETTLEMENT_RUN, number), (oid_t) { 0 },
                   SETTLEMENT_RUN_START, &start);
}

//  Letters to payments find nobody; that is no matter here.
static void
s_play (world_t *self)
{
    s_begin (self);
    for (uint8_t number = 1; number <= ITEMS; number++) {
        oid_t merchant = scenario_oid (OID_MERCHANT, (uint8_t) (1 + world_random (self, SHOPS)));
        switch (world_random (self, 6)) {
        case 0: s_run (self, number); break;
        case 1: s_refund (self, merchant, number); break;
        default: s_capture (self, merchant, number);
        }
        if (world_random (self, 3) == 0) {
            world_run (self, world_random (self, 20));
        }
    }
    world_run (self, SIZE_MAX);
    s_run (self, UINT8_MAX - 1);  //  What is left, by hand
    settlement_run_start_t all = { 0 };
    world_command (self, scenario_oid (OID_SETTLEMENT_RUN, UINT8_MAX), (oid_t) { 0 },
                   SETTLEMENT_RUN_START, &all);
    world_run (self, SIZE_MAX);
}

typedef struct {
    int64_t gross_minor, refunds_minor, fee_minor, settled_minor, parked_minor, carried_minor;
    int64_t windows;
} sums_t;

//  How often the bank has paid this settlement.
static size_t
s_paid (const world_t *self, const settlement_t *settlement, oid_t oid)
{
    size_t paid = 0;
    decision_t *decision = calloc (1, sizeof *decision);
    assert_non_null (decision);
    *decision = self->decision;
    for (uint32_t attempt = 1; attempt <= settlement->attempt; attempt++) {
        oid_t transfer = decision_derive (decision, OID_BANK_TRANSFER, oid, "payout", attempt);
        for (size_t index = 0; index < self->booked_count; index++) {
            const booked_t *booked = &self->booked [index];
            if (oid_equal (booked->transfer, transfer) && booked->result == BANK_SUCCEEDED) {
                assert_int_equal (booked->amount_minor, settlement->start.window.net_minor);
                paid++;
            }
        }
    }
    free (decision);
    return paid;
}

static void
s_add (world_t *self, const actor_t *actor, sums_t *sums)
{
    const settlement_t *settlement = actor->state;
    const merchant_window_closed_t *window = &settlement->start.window;
    int64_t transit_minor = world_net_minor (self, account_of (ACCOUNT_TRANSIT, actor->self));
    bool settled = settlement->status == SETTLEMENT_SETTLED;
    bool parked = settlement->status == SETTLEMENT_PARKED;

    assert_true (settled || parked || settlement->status == SETTLEMENT_CARRIED);
    assert_int_equal (s_paid (self, settlement, actor->self), settled ? 1 : 0);
    assert_int_equal (transit_minor, parked ? -window->net_minor : 0);
    sums->gross_minor += window->gross_minor;
    sums->refunds_minor += window->refunds_minor;
    sums->fee_minor += window->fee_minor;
    sums->settled_minor += settled ? window->net_minor : 0;
    sums->parked_minor += parked ? window->net_minor : 0;
    sums->windows++;
}

static void
s_check_shop (world_t *self, oid_t oid, sums_t *all)
{
    const merchant_t *merchant = world_actor (self, oid)->state;
    sums_t sums = { 0 };

    for (size_t index = 0; index < self->actor_count; index++) {
        const actor_t *actor = &self->actors [index];
        const settlement_t *settlement = actor->state;
        if (actor->self.kind == OID_SETTLEMENT && oid_equal (settlement->start.merchant, oid)) {
            s_add (self, actor, &sums);
        }
    }
    assert_int_equal (merchant->window.item_count, 0);  //  The last run has cut all
    assert_true (merchant->listed);
    assert_int_equal (sums.windows, merchant->windows);
    assert_int_equal (sums.gross_minor, merchant->captured_minor);
    assert_int_equal (sums.refunds_minor, merchant->refunded_minor);
    assert_int_equal (sums.gross_minor - sums.refunds_minor - sums.fee_minor,
                      sums.settled_minor + sums.parked_minor + merchant->carried_minor);
    assert_int_equal (world_net_minor (self, account_of (ACCOUNT_MERCHANT, oid)),
                      -merchant->carried_minor);
    all->fee_minor += sums.fee_minor;
    all->settled_minor += sums.settled_minor;
}

static void
s_check_runs (world_t *self)
{
    int64_t closed = 0;
    for (size_t index = 0; index < self->actor_count; index++) {
        const actor_t *actor = &self->actors [index];
        if (actor->self.kind == OID_SETTLEMENT_RUN) {
            const settlement_run_t *run = actor->state;
            assert_int_equal (run->status, SETTLEMENT_RUN_ENDED);
            bool one = !oid_is_none (run->start.merchant);
            bool last = oid_equal (actor->self, scenario_oid (OID_SETTLEMENT_RUN, UINT8_MAX));
            assert_true (one ? run->visited == 1 : run->visited <= SHOPS);
            assert_true (!last || run->visited == SHOPS);
            closed += run->closed;
        }
    }
    int64_t of_runs = 0;
    for (size_t index = 0; index < self->actor_count; index++) {
        const actor_t *actor = &self->actors [index];
        const settlement_t *settlement = actor->state;
        of_runs += actor->self.kind == OID_SETTLEMENT && !oid_is_none (settlement->start.run);
    }
    assert_int_equal (closed, of_runs);
}

static void
s_check (world_t *self)
{
    sums_t all = { 0 };
    for (uint8_t shop = 1; shop <= SHOPS; shop++) {
        s_check_shop (self, scenario_oid (OID_MERCHANT, shop), &all);
    }
    s_check_runs (self);
    assert_int_equal (world_net_minor (self, account_single (ACCOUNT_FEES)), -all.fee_minor);
    assert_int_equal (world_net_minor (self, account_single (ACCOUNT_BANK)), -all.settled_minor);
    assert_int_equal (self->statement_minor, -all.settled_minor);
}

static void
s_rounds (uint64_t crash_every, uint64_t declines)
{
    for (uint64_t round = 0; round < ROUNDS; round++) {
        world_t *world = world_new (first_seed + round);
        world->crash_every = crash_every;
        world->declines = declines;
        world->limits.bank_inquiry_give_up_s = INT32_MAX;  //  Days pass between two letters here
        s_play (world);
        s_check (world);
        world_destroy (&world);
    }
}

static void
every_item_is_settled_once (void **unused)
{
    (void) unused;
    s_rounds (0, 20);
}

static void
every_item_is_settled_once_though_actors_die_at_every_step (void **unused)
{
    (void) unused;
    s_rounds (5, 20);
}

static void
what_the_bank_declines_for_good_is_parked_with_its_money (void **unused)
{
    (void) unused;
    s_rounds (0, 80);
}

int
main (int argc, char **argv)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (every_item_is_settled_once),
        cmocka_unit_test (every_item_is_settled_once_though_actors_die_at_every_step),
        cmocka_unit_test (what_the_bank_declines_for_good_is_parked_with_its_money),
    };
    first_seed = argc > 1 ? strtoull (argv [1], NULL, 10) : first_seed;
    print_message ("seed %" PRIu64 "\n", first_seed);
    return cmocka_run_group_tests (tests, NULL, NULL);
}
