//  flow_outflow: money that was on its way out and did not leave gives its share of the
//  day's outflow back, on that day only: each way out, through all its actors, by seeds.
//
//      actors_flow_outflow_test [SEED]

#include "actors/bank_account.h"
#include "actors/member.h"
#include "actors/merchant.h"
#include "actors/payment.h"
#include "actors/remittance.h"
#include "actors/wallet.h"
#include "actors/withdrawal.h"
#include "tests/lib/world.h"

enum { SEEDS = 20, AMOUNT = 7000, NEXT_DAY = 100, STEPS_MAX = 1000 };

static const oid_t nobody = { 0 };
static uint64_t seed_given;

static oid_t
s_sender (void)
{
    return scenario_oid (OID_MEMBER, 1);
}

static oid_t
s_receiver (void)
{
    return scenario_oid (OID_MEMBER, 2);
}

static bank_party_t
s_party (void)
{
    return (bank_party_t) { s_sender (), "apple", { 3, { 1, 2, 3 } } };
}

static const wallet_t *
s_wallet (world_t *self)
{
    return world_actor (self, oid_as (s_sender (), OID_WALLET))->state;
}

//  Past every cap of a day, since operators are.
static void
s_fill (world_t *self, int64_t amount_minor)
{
    wallet_adjust_t adjust = {
        { scenario_oid (OID_ADJUSTMENT, 1), LEG_ADJUST, 1 }, amount_minor, true, "KRW"
    };
    world_command (self, oid_as (s_sender (), OID_WALLET), nobody, WALLET_ADJUST, &adjust);
}

//  ---------------------------------------------------------------------------
//  The ways out. `begin` sets the money on its way; `away` says that it is; `turn` makes
//  it turn round.

typedef struct {
    const char *name;
    int64_t filled_minor;
    void (*begin) (world_t *self);
    bool (*away) (world_t *self);
    void (*turn) (world_t *self);
} way_t;

static void
s_nothing (world_t *self)
{
    (void) self;
}

static void
s_withdraw (world_t *self)
{
    oid_t account = oid_as (s_sender (), OID_BANK_ACCOUNT);
    withdrawal_start_t start = {
        .request = { oid_as (s_sender (), OID_WALLET), s_sender (), account, AMOUNT, "KRW",
                     s_party () },
        .member_status = MEMBER_ACTIVE,
        .account_status = BANK_ACCOUNT_LINKED,
        .account_member = s_sender (),
    };
    self->declines = 100;
    world_command (self, scenario_oid (OID_WITHDRAWAL, 1), nobody, WITHDRAWAL_START, &start);
}

static bool
s_withdrawn (world_t *self)
{
    const withdrawal_t *withdrawal = world_actor (self, scenario_oid (OID_WITHDRAWAL, 1))->state;
    return withdrawal->step == WITHDRAWAL_TRANSFERRING;
}

static void
s_send (world_t *self, oid_t receiver)
{
    bool to_bank = oid_is_none (receiver);
    remittance_start_t start = {
        .request = {
            .sender = s_sender (),
            .receiver = receiver,
            .amount_minor = AMOUNT,
            .currency = "KRW",
            .bank_account = oid_as (s_sender (), OID_BANK_ACCOUNT),
            .source = s_party (),
        },
        .auto_recharge = true,
        .available_minor = s_wallet (self)->available_minor,
        .sender_status = MEMBER_ACTIVE,
        .receiver_status = to_bank ? MEMBER_ABSENT : MEMBER_ACTIVE,
        .account_status = BANK_ACCOUNT_LINKED,
        .account_member = s_sender (),
    };
    if (to_bank) {
        start.request.to = s_party ();
    }
    world_command (self, scenario_oid (OID_REMITTANCE, 1), nobody, REMITTANCE_START, &start);
}

static void
s_send_to_bank (world_t *self)
{
    self->declines = 100;
    s_send (self, nobody);
}

static void
s_send_to_member (world_t *self)
{
    self->declines = 0;
    s_send (self, s_receiver ());
}

static bool
s_sent (world_t *self)
{
    const remittance_t *remittance = world_actor (self, scenario_oid (OID_REMITTANCE, 1))->state;
    return remittance->step == REMITTANCE_TRANSFERRING || remittance->step == REMITTANCE_CREDITING;
}

static void
s_close_receiver (world_t *self)
{
    wallet_close_t close = { "nobody waits for it", true };
    world_command (self, oid_as (s_receiver (), OID_WALLET), nobody, WALLET_CLOSE, &close);
}

static void
s_authorize (world_t *self)
{
    payment_create_t create = {
        .member = s_sender (),
        .merchant = scenario_oid (OID_MERCHANT, 1),
        .order_id = "order",
        .amount_minor = AMOUNT,
        .currency = "KRW",
        .member_status = MEMBER_ACTIVE,
        .merchant_status = MERCHANT_ACTIVE,
        .authorizes = true,
    };
    world_command (self, scenario_oid (OID_PAYMENT, 1), nobody, PAYMENT_CREATE, &create);
}

static bool
s_authorized (world_t *self)
{
    const payment_t *payment = world_actor (self, scenario_oid (OID_PAYMENT, 1))->state;
    return payment->status == PAYMENT_AUTHORIZED;
}

static void
s_cancel (world_t *self)
{
    payment_cancel_t cancel = { .by_payer = true };
    world_command (self, scenario_oid (OID_PAYMENT, 1), nobody, PAYMENT_CANCEL, &cancel);
}

static const way_t ways [] = {
    { "a withdrawal that the bank declines", AMOUNT, s_withdraw, s_withdrawn, s_nothing },
    { "a remittance that the bank declines", AMOUNT, s_send_to_bank, s_sent, s_nothing },
    { "a remittance whose receiver left", AMOUNT, s_send_to_member, s_sent, s_close_receiver },
    { "a recharged one whose receiver left", 0, s_send_to_member, s_sent, s_close_receiver },
    { "a payment that is canceled", AMOUNT, s_authorize, s_authorized, s_cancel },
    { "a payment that expires", AMOUNT, s_authorize, s_authorized, s_nothing },
};

//  ---------------------------------------------------------------------------

//  The money is on its way, and counted.
static world_t *
s_on_its_way (const way_t *way, uint64_t seed)
{
    world_t *self = world_new (seed);
    self->now_ms = SCENARIO_START_MS;
    self->forgets = 0;
    world_open_wallet (self, s_sender ());
    world_open_wallet (self, s_receiver ());
    if (way->filled_minor > 0) {
        s_fill (self, way->filled_minor);
    }
    way->begin (self);
    for (size_t step = 0; !way->away (self); step++) {
        assert_true (step < STEPS_MAX);
        world_run (self, 1);
    }
    assert_int_equal (s_wallet (self)->outflow_minor, AMOUNT);
    return self;
}

//  All of it is back, or spendable again.
static void
s_turns_round (world_t *self, const way_t *way, int64_t spent_minor)
{
    int64_t whole_minor = way->filled_minor > 0 ? way->filled_minor : 10000;
    way->turn (self);
    world_run (self, SIZE_MAX);
    assert_int_equal (s_wallet (self)->available_minor, whole_minor - spent_minor);
    assert_int_equal (s_wallet (self)->hold_count, 0);
}

static void
what_did_not_leave_gives_its_share_of_the_day_back (void **unused)
{
    (void) unused;
    for (size_t index = 0; index < COUNT (ways); index++) {
        for (uint64_t seed = seed_given; seed < seed_given + SEEDS; seed++) {
            print_message ("%s, seed %llu\n", ways [index].name, (unsigned long long) seed);
            scoped (world_destroy) world_t *self = s_on_its_way (&ways [index], seed);
            s_turns_round (self, &ways [index], 0);
            assert_int_equal (s_wallet (self)->outflow_minor, 0);
        }
    }
}

static void
a_share_of_yesterday_takes_nothing_off_today (void **unused)
{
    (void) unused;
    for (size_t index = 0; index < COUNT (ways); index++) {
        way_t way = ways [index];
        way.filled_minor += way.filled_minor > 0 ? NEXT_DAY : 0;
        for (uint64_t seed = seed_given; seed < seed_given + SEEDS; seed++) {
            print_message ("%s, seed %llu\n", way.name, (unsigned long long) seed);
            scoped (world_destroy) world_t *self = s_on_its_way (&way, seed);
            wallet_move_t debit = { { scenario_oid (OID_REMITTANCE, 77), LEG_DEBIT, 1 },
                                    NEXT_DAY,
                                    "KRW" };
            self->now_ms += SCENARIO_DAY_MS;
            world_command (self, oid_as (s_sender (), OID_WALLET), nobody, WALLET_DEBIT, &debit);
            s_turns_round (self, &way, NEXT_DAY);
            assert_int_equal (s_wallet (self)->outflow_minor, NEXT_DAY);
        }
    }
}

int
main (int argc, char **argv)
{
    seed_given = argc > 1 ? strtoull (argv [1], NULL, 10) : 20260101;
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (what_did_not_leave_gives_its_share_of_the_day_back),
        cmocka_unit_test (a_share_of_yesterday_takes_nothing_off_today),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
