//  payment flow: whole stories of payments through the pure functions alone, from a seed:
//  any order of deliveries, repetitions, crashes of actors, a bank that declines and
//  forgets, timers early and late. At the end nothing is held or in between, each payment
//  agrees with itself, and merchants and payers have what the books say.
//
//      actors_payment_flow_test [SEED]

#include <inttypes.h>
#include "actors/bank_account.h"
#include "actors/member.h"
#include "actors/merchant.h"
#include "actors/payment.h"
#include "actors/recharge.h"
#include "actors/refund.h"
#include "actors/wallet.h"
#include "tests/lib/world.h"

enum { PEOPLE = 6, ORDERS = 12, STEPS = 160, ROUNDS = 40, FEE_BPS = 330 };

static const oid_t nobody = { 0 };
static uint64_t seed_given;

//  How payments and refunds ended, so that the stories cannot quietly grow dull.
typedef struct {
    uint32_t payments [PAYMENT_STATUS_COUNT];
    uint32_t refunds [REFUND_PARKED + 1];
    uint32_t partly;  //  Captured in part, the rest given back
} ends_t;

static oid_t
s_order (uint8_t number)
{
    return scenario_oid (OID_PAYMENT, number);
}

static payment_recharge_t
s_recharge (world_t *self, oid_t member)
{
    const wallet_t *wallet = world_actor (self, oid_as (member, OID_WALLET))->state;
    return (payment_recharge_t) {
        .wanted = world_random (self, 2),
        .available_minor = wallet->available_minor,
        .bank_account = oid_as (member, OID_BANK_ACCOUNT),
        .account_status = BANK_ACCOUNT_LINKED,
        .party = { member, "apple", { 3, { 1, 2, 3 } } },
    };
}

static void
s_create (world_t *self, oid_t payment)
{
    oid_t member = scenario_oid (OID_MEMBER, (uint8_t) (1 + world_random (self, PEOPLE)));
    const wallet_t *wallet = world_actor (self, oid_as (member, OID_WALLET))->state;
    bool spends_all = wallet->available_minor > 0 && world_random (self, 3) == 0;
    payment_create_t create = {
        .member = member,
        .merchant = scenario_oid (OID_MERCHANT, 1),
        .order_id = "order",
        .amount_minor =
            spends_all ? wallet->available_minor : (int64_t) (1 + world_random (self, 9000)),
        .currency = "KRW",
        .member_status = MEMBER_ACTIVE,
        .merchant_status = MERCHANT_ACTIVE,
        .authorizes = world_random (self, 3) > 0,
        .requires_confirmation = world_random (self, 4) == 0,
        .recharge = s_recharge (self, member),
    };
    world_command (self, payment, nobody, PAYMENT_CREATE, &create);
}

static void
s_confirm (world_t *self, oid_t oid)
{
    const payment_t *payment = world_actor (self, oid)->state;
    payment_confirmation_t confirmation = {
        .amount_minor = payment->amount_minor,
        .member_status = MEMBER_ACTIVE,
        .merchant_status = MERCHANT_ACTIVE,
        .recharge = s_recharge (self, payment->member),
    };
    world_command (self, oid, nobody, PAYMENT_CONFIRM, &confirmation);
}

static void
s_refund (world_t *self, oid_t oid, uint8_t number)
{
    const payment_t *payment = world_actor (self, oid)->state;
    payment_refund_t refund = { scenario_oid (OID_REFUND, number),
                                (int64_t) (1 + world_random (self, 4000)), false, 0, "" };
    if (world_random (self, 3) == 0) {
        refund.amount_minor = payment_refundable_minor (payment);
    }
    world_command (self, oid, nobody, PAYMENT_REFUND, &refund);
}

//  Empty wallets may close, so some refunds find nobody at home.
static void
s_close (world_t *self, oid_t payment)
{
    oid_t member = ((const payment_t *) world_actor (self, payment)->state)->member;
    wallet_close_t close = { "to see what happens", true };
    if (!oid_is_none (member)) {
        world_command (self, oid_as (member, OID_WALLET), nobody, WALLET_CLOSE, &close);
    }
}

static void
s_step (world_t *self, uint8_t number)
{
    oid_t payment = s_order ((uint8_t) (1 + world_random (self, ORDERS)));
    payment_capture_t capture = { (int64_t) world_random (self, 5000), MERCHANT_ACTIVE };
    payment_cancel_t cancel = { world_random (self, 2), "" };

    switch (world_random (self, 17)) {
    case 0:
    case 1:
    case 2:
    case 3: s_create (self, payment); break;
    case 4:
    case 5: s_confirm (self, payment); break;
    case 6:
    case 7:
    case 8:
    case 9: world_command (self, payment, nobody, PAYMENT_CAPTURE, &capture); break;
    case 10: world_command (self, payment, nobody, PAYMENT_CANCEL, &cancel); break;
    case 11:
    case 12:
    case 13: s_refund (self, payment, number); break;
    case 14:
    case 15: s_close (self, payment); break;
    default: break;
    }
}

//  Delivers, and rings now and then; with nothing to deliver the clock stands still.
static void
s_run (world_t *self, uint64_t steps)
{
    while (steps-- > 0 && self->letter_count > 0) {
        world_run (self, 1);
    }
}

static void
s_begin (world_t *self)
{
    merchant_register_t shop = {
        .member = scenario_oid (OID_MEMBER, 9),
        .name = "Shop",
        .bank_account = scenario_oid (OID_BANK_ACCOUNT, 9),
        .fee_bps = FEE_BPS,
        .member_status = MEMBER_ACTIVE,
        .member_corporate = true,
        .account_status = BANK_ACCOUNT_LINKED,
        .account_member = scenario_oid (OID_MEMBER, 9),
    };
    //  No window is cut meanwhile: what the merchant has is captures less refunds
    self->limits.payment_authorization_s = 600;
    self->limits.payment_confirmation_s = 600;
    self->crash_every = 50;
    world_command (self, scenario_oid (OID_MERCHANT, 1), nobody, MERCHANT_REGISTER, &shop);
    for (uint8_t person = 1; person <= PEOPLE; person++) {
        oid_t member = scenario_oid (OID_MEMBER, person);
        world_open_wallet (self, member);
        world_recharge (self, person, member, person * 2000);
    }
}

//  Money in suspense is that of refunds that wait for an operator; of recharges, too, if
//  their return was refused for good.
static void
s_check_refund (const refund_t *refund, int64_t *suspense_minor, ends_t *ends)
{
    bool ended = refund->status >= REFUND_SUCCEEDED;
    assert_true (ended && refund->status != REFUND_FAILED);
    ends->refunds [refund->status]++;
    if (refund->status == REFUND_PARKED) {
        assert_int_equal (refund->step, REFUND_SUSPENDED);
        *suspense_minor += refund->request.amount_minor;
    }
}

static void
s_check_payment (const payment_t *payment, ends_t *ends)
{
    bool waits = payment->status == PAYMENT_RECHARGING && payment->delayed;  //  Child is parked
    assert_true (waits || payment_aggregate.finished (payment));
    assert_int_equal (payment->held_minor, 0);
    assert_true (payment->fee_back_minor <= payment->fee_minor);
    if (payment->refunded_minor == payment->captured_minor) {
        assert_true (payment->fee_back_minor == payment->fee_minor);
    }
    ends->payments [payment->status]++;
    ends->partly += payment->captured_minor > 0 && payment->canceled_minor > 0;
}

static void
s_check_end (world_t *self, ends_t *ends)
{
    int64_t captured_minor = 0, refunded_minor = 0, suspense_minor = 0;

    for (size_t index = 0; index < self->actor_count; index++) {
        const actor_t *actor = &self->actors [index];
        if (actor->self.kind == OID_PAYMENT) {
            const payment_t *payment = actor->state;
            s_check_payment (payment, ends);
            captured_minor += payment->captured_minor;
            refunded_minor += payment->refunded_minor;
        }
        else if (actor->self.kind == OID_REFUND) {
            s_check_refund (actor->state, &suspense_minor, ends);
        }
        else if (actor->self.kind == OID_WALLET) {
            const wallet_t *wallet = actor->state;
            assert_int_equal (wallet->hold_count, 0);
            assert_true (world_net_minor (self, account_of (ACCOUNT_WALLET, actor->self))
                         == -wallet_balance_minor (wallet));
        }
    }
    const merchant_t *shop = world_actor (self, scenario_oid (OID_MERCHANT, 1))->state;
    assert_true (shop->captured_minor == captured_minor);
    assert_true (shop->refunded_minor == refunded_minor);
    assert_true (world_net_minor (self, account_single (ACCOUNT_SUSPENSE)) == -suspense_minor);
}

//  Whatever others keep (a recharge, or a settlement, whose transfer the bank refused for
//  good): of payments and refunds nothing is in between, and all of it is balanced.
static void
s_check_nothing_between (world_t *self)
{
    int64_t sum_minor = 0;
    for (size_t index = 0; index < self->balance_count; index++) {
        const balance_t *balance = &self->balances [index];
        uint8_t kind = balance->account.owner.kind;
        sum_minor += balance->net_minor;
        if (balance->account.class == ACCOUNT_HOLD
            || (balance->account.class == ACCOUNT_TRANSIT
                && (kind == OID_PAYMENT || kind == OID_REFUND))) {
            assert_int_equal (balance->net_minor, 0);
        }
    }
    assert_int_equal (sum_minor, 0);
}

static void
no_payment_is_captured_or_given_back_twice (void **unused)
{
    ends_t ends = { 0 };
    (void) unused;

    for (uint64_t round = 0; round < ROUNDS; round++) {
        scoped (world_destroy) world_t *world = world_new (seed_given + round);
        print_message ("seed %" PRIu64 "\n", seed_given + round);
        s_begin (world);
        for (uint8_t number = 1; number <= STEPS; number++) {
            s_step (world, number);
            s_run (world, world_random (world, 12));
        }
        world_run (world, 100000);
        s_check_nothing_between (world);
        s_check_end (world, &ends);
    }
    print_message ("payments: %u captured, %u partially refunded, %u refunded, %u canceled, "
                   "%u expired, %u failed; %u in part\n",
                   ends.payments [PAYMENT_CAPTURED], ends.payments [PAYMENT_PARTIALLY_REFUNDED],
                   ends.payments [PAYMENT_REFUNDED], ends.payments [PAYMENT_CANCELED],
                   ends.payments [PAYMENT_EXPIRED], ends.payments [PAYMENT_FAILED], ends.partly);
    print_message ("refunds: %u succeeded, %u parked\n", ends.refunds [REFUND_SUCCEEDED],
                   ends.refunds [REFUND_PARKED]);
    assert_true (ends.payments [PAYMENT_CAPTURED] > 0);
    assert_true (ends.payments [PAYMENT_PARTIALLY_REFUNDED] > 0);
    assert_true (ends.payments [PAYMENT_REFUNDED] > 0);
    assert_true (ends.payments [PAYMENT_CANCELED] > 0);
    assert_true (ends.payments [PAYMENT_EXPIRED] > 0);
    assert_true (ends.payments [PAYMENT_FAILED] > 0);
    assert_true (ends.partly > 0);
    assert_true (ends.refunds [REFUND_SUCCEEDED] > 0);
    assert_true (ends.refunds [REFUND_PARKED] > 0);
}

int
main (int argc, char **argv)
{
    seed_given = argc > 1 ? strtoull (argv [1], NULL, 10) : 20260101;
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (no_payment_is_captured_or_given_back_twice),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
