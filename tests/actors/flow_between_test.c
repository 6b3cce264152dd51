//  flow_between: a wallet is suspended or closed, a member suspended, an account unlinked
//  between any two steps of a recharge, a withdrawal or a remittance. The tables say how
//  each may end; each of these ends is met, and no other, and the money is where it belongs.
//
//      actors_flow_between_test [SEED]

#include "actors/bank_account.h"
#include "actors/member.h"
#include "actors/recharge.h"
#include "actors/remittance.h"
#include "actors/wallet.h"
#include "actors/withdrawal.h"
#include "tests/lib/world.h"

enum { SEEDS = 20, AMOUNT = 7000, CHARGED = 10000, STEPS_MAX = 200, ENDS_MAX = 4 };

static const oid_t nobody = { 0 };
static uint64_t seed_given;

typedef enum {
    RECHARGE,
    WITHDRAWAL,
    DECLINED,   //  A withdrawal, by the bank
    TO_MEMBER,  //  Remittances
    TO_BANK,
    RECHARGED  //  To a member, out of an empty wallet
} story_t;

typedef enum {
    SUSPENDS,
    LEAVES,     //  Its wallet is closed if nothing is expected or left in it
    IS_CLOSED,  //  By an operator, whatever is expected
    RECEIVER_SUSPENDS,
    RECEIVER_IS_CLOSED,
    BOTH_ARE_CLOSED,
    MEMBER_SUSPENDS,
    UNLINKS
} event_t;

typedef enum { SUCCEEDED, FAILED, BACK, ASIDE } outcome_t;

typedef struct {
    outcome_t outcome;
    verdict_t verdict;
} end_t;

//  Facts are read at the start: what becomes of member or account later stops nothing.
static const struct {
    story_t story;
    event_t event;
    size_t count;
    end_t ends [ENDS_MAX];
} rows [] = {
    { RECHARGE, SUSPENDS, 2, { { SUCCEEDED }, { FAILED, VERDICT_WALLET_SUSPENDED } } },
    { RECHARGE, LEAVES, 2, { { SUCCEEDED }, { FAILED, VERDICT_WALLET_CLOSED } } },
    { RECHARGE,
      IS_CLOSED,
      3,
      { { SUCCEEDED }, { FAILED, VERDICT_WALLET_CLOSED }, { BACK, VERDICT_WALLET_CLOSED } } },
    { RECHARGE, MEMBER_SUSPENDS, 1, { { SUCCEEDED } } },
    { RECHARGE, UNLINKS, 1, { { SUCCEEDED } } },
    { WITHDRAWAL, SUSPENDS, 2, { { SUCCEEDED }, { FAILED, VERDICT_WALLET_SUSPENDED } } },
    { WITHDRAWAL, LEAVES, 1, { { SUCCEEDED } } },
    { WITHDRAWAL, IS_CLOSED, 1, { { SUCCEEDED } } },
    { WITHDRAWAL, MEMBER_SUSPENDS, 1, { { SUCCEEDED } } },
    { WITHDRAWAL, UNLINKS, 1, { { SUCCEEDED } } },
    { DECLINED,
      SUSPENDS,
      2,
      { { FAILED, VERDICT_BANK_DECLINED }, { FAILED, VERDICT_WALLET_SUSPENDED } } },
    { DECLINED, IS_CLOSED, 1, { { FAILED, VERDICT_BANK_DECLINED } } },
    { DECLINED, UNLINKS, 1, { { FAILED, VERDICT_BANK_DECLINED } } },
    { TO_MEMBER, SUSPENDS, 2, { { SUCCEEDED }, { FAILED, VERDICT_WALLET_SUSPENDED } } },
    { TO_MEMBER, LEAVES, 1, { { SUCCEEDED } } },
    { TO_MEMBER, RECEIVER_SUSPENDS, 2, { { SUCCEEDED }, { FAILED, VERDICT_WALLET_SUSPENDED } } },
    { TO_MEMBER,
      RECEIVER_IS_CLOSED,
      3,
      { { SUCCEEDED }, { FAILED, VERDICT_WALLET_CLOSED }, { BACK, VERDICT_WALLET_CLOSED } } },
    { TO_MEMBER,
      BOTH_ARE_CLOSED,
      4,
      { { SUCCEEDED },
        { FAILED, VERDICT_WALLET_CLOSED },
        { BACK, VERDICT_WALLET_CLOSED },
        { ASIDE, VERDICT_WALLET_CLOSED } } },
    { TO_MEMBER, MEMBER_SUSPENDS, 1, { { SUCCEEDED } } },
    { TO_BANK, SUSPENDS, 2, { { SUCCEEDED }, { FAILED, VERDICT_WALLET_SUSPENDED } } },
    { TO_BANK, IS_CLOSED, 1, { { SUCCEEDED } } },
    { TO_BANK, MEMBER_SUSPENDS, 1, { { SUCCEEDED } } },
    { RECHARGED, SUSPENDS, 2, { { SUCCEEDED }, { FAILED, VERDICT_WALLET_SUSPENDED } } },
    { RECHARGED, LEAVES, 2, { { SUCCEEDED }, { FAILED, VERDICT_WALLET_CLOSED } } },
    { RECHARGED, IS_CLOSED, 2, { { SUCCEEDED }, { FAILED, VERDICT_WALLET_CLOSED } } },
    { RECHARGED, RECEIVER_SUSPENDS, 2, { { SUCCEEDED }, { FAILED, VERDICT_WALLET_SUSPENDED } } },
    { RECHARGED,
      RECEIVER_IS_CLOSED,
      3,
      { { SUCCEEDED }, { FAILED, VERDICT_WALLET_CLOSED }, { BACK, VERDICT_WALLET_CLOSED } } },
    { RECHARGED, UNLINKS, 1, { { SUCCEEDED } } },
};

//  ---------------------------------------------------------------------------
//  What happens

static oid_t
s_sender (oid_kind_t kind)
{
    return scenario_oid (kind, 1);
}

static oid_t
s_receiver (oid_kind_t kind)
{
    return scenario_oid (kind, 2);
}

static bank_party_t
s_party (void)
{
    return (bank_party_t) { s_sender (OID_MEMBER), "apple", { 3, { 1, 2, 3 } } };
}

static void
s_close (world_t *self, oid_t wallet, bool void_expects)
{
    wallet_close_t close = { "between two steps", void_expects };
    world_command (self, wallet, nobody, WALLET_CLOSE, &close);
}

static void
s_happen (world_t *self, event_t event)
{
    reason_t reason = { "between two steps" };
    oid_t sender = s_sender (OID_WALLET), receiver = s_receiver (OID_WALLET);
    switch (event) {
    case SUSPENDS: world_command (self, sender, nobody, WALLET_SUSPEND, &reason); break;
    case LEAVES: s_close (self, sender, false); break;
    case IS_CLOSED: s_close (self, sender, true); break;
    case RECEIVER_SUSPENDS: world_command (self, receiver, nobody, WALLET_SUSPEND, &reason); break;
    case RECEIVER_IS_CLOSED: s_close (self, receiver, true); break;
    case BOTH_ARE_CLOSED:
        s_close (self, sender, true);
        s_close (self, receiver, true);
        break;
    case MEMBER_SUSPENDS:
        assert_int_equal (world_command (self, s_sender (OID_MEMBER), nobody, MEMBER_SUSPEND,
                                         &reason),
                          VERDICT_ACCEPTED);
        break;
    case UNLINKS:
        assert_int_equal (world_command (self, s_sender (OID_BANK_ACCOUNT), nobody,
                                         BANK_ACCOUNT_UNLINK, NULL),
                          VERDICT_ACCEPTED);
        break;
    }
}

//  Two members with wallets, the first with money and a linked account.
static world_t *
s_people (uint64_t seed, int64_t filled_minor)
{
    world_t *self = world_new (seed);
    bank_account_link_t link = { .party = s_party (), .member_status = MEMBER_ACTIVE };
    wallet_adjust_t adjust = {
        { scenario_oid (OID_ADJUSTMENT, 1), LEG_ADJUST, 1 }, filled_minor, true, "KRW"
    };
    self->forgets = 0;
    self->declines = 0;
    for (uint8_t person = 1; person <= 2; person++) {
        oid_t member = scenario_oid (OID_MEMBER, person);
        member_register_t registration = { .registration = oid_as (member, OID_REGISTRATION),
                                           .login = oid_as (member, OID_LOGIN),
                                           .name = { 1, { 1 } },
                                           .email = { 1, { 2 } } };
        wallet_open_t open = { member, { 0 }, "KRW", MEMBER_ACTIVE };
        world_command (self, member, registration.registration, MEMBER_REGISTER, &registration);
        world_command (self, oid_as (member, OID_WALLET), nobody, WALLET_OPEN, &open);
    }
    if (filled_minor > 0) {
        world_command (self, s_sender (OID_WALLET), nobody, WALLET_ADJUST, &adjust);
    }
    world_command (self, s_sender (OID_BANK_ACCOUNT), nobody, BANK_ACCOUNT_LINK, &link);
    world_run (self, SIZE_MAX);
    return self;
}

static void
s_start_remittance (world_t *self, story_t story)
{
    remittance_start_t start = {
        .request = {
            .sender = s_sender (OID_MEMBER),
            .amount_minor = AMOUNT,
            .currency = "KRW",
            .bank_account = s_sender (OID_BANK_ACCOUNT),
            .source = s_party (),
        },
        .auto_recharge = true,
        .available_minor = story == RECHARGED ? 0 : AMOUNT,
        .sender_status = MEMBER_ACTIVE,
        .receiver_status = story == TO_BANK ? MEMBER_ABSENT : MEMBER_ACTIVE,
        .account_status = BANK_ACCOUNT_LINKED,
        .account_member = s_sender (OID_MEMBER),
    };
    if (story == TO_BANK) {
        start.request.to = s_party ();
    }
    else {
        start.request.receiver = s_receiver (OID_MEMBER);
    }
    world_command (self, s_sender (OID_REMITTANCE), nobody, REMITTANCE_START, &start);
}

static void
s_start (world_t *self, story_t story)
{
    oid_t member = s_sender (OID_MEMBER), wallet = s_sender (OID_WALLET);
    oid_t account = s_sender (OID_BANK_ACCOUNT);
    recharge_start_t recharge = {
        .request = { wallet, member, account, AMOUNT, "KRW", s_party () },
        .member_status = MEMBER_ACTIVE,
        .account_status = BANK_ACCOUNT_LINKED,
        .account_member = member,
    };
    withdrawal_start_t withdrawal = {
        .request = { wallet, member, account, AMOUNT, "KRW", s_party () },
        .member_status = MEMBER_ACTIVE,
        .account_status = BANK_ACCOUNT_LINKED,
        .account_member = member,
    };
    switch (story) {
    case RECHARGE:
        world_command (self, s_sender (OID_RECHARGE), nobody, RECHARGE_START, &recharge);
        break;
    case DECLINED: self->declines = 100;  //  fall through
    case WITHDRAWAL:
        world_command (self, s_sender (OID_WITHDRAWAL), nobody, WITHDRAWAL_START, &withdrawal);
        break;
    default: s_start_remittance (self, story);
    }
}

//  ---------------------------------------------------------------------------
//  How it ended, and where the money is

static const actor_t *
s_saga (world_t *self, story_t story)
{
    switch (story) {
    case RECHARGE: return world_actor (self, s_sender (OID_RECHARGE));
    case WITHDRAWAL:
    case DECLINED: return world_actor (self, s_sender (OID_WITHDRAWAL));
    default: return world_actor (self, s_sender (OID_REMITTANCE));
    }
}

static end_t
s_end (world_t *self, story_t story)
{
    static const outcome_t recharges [] = {
        [RECHARGE_SUCCEEDED] = SUCCEEDED, [RECHARGE_FAILED] = FAILED, [RECHARGE_COMPENSATED] = BACK
    };
    static const outcome_t remittances [] = { [REMITTANCE_SUCCEEDED] = SUCCEEDED,
                                              [REMITTANCE_FAILED] = FAILED,
                                              [REMITTANCE_COMPENSATED] = BACK,
                                              [REMITTANCE_PARKED] = ASIDE };
    const actor_t *saga = s_saga (self, story);
    assert_true (saga->type->finished (saga->state));
    if (saga->self.kind == OID_RECHARGE) {
        const recharge_t *recharge = saga->state;
        assert_false (saga->type->parked (recharge));
        return (end_t) { recharges [recharge->status], recharge->verdict };
    }
    if (saga->self.kind == OID_WITHDRAWAL) {
        const withdrawal_t *withdrawal = saga->state;
        assert_false (saga->type->parked (withdrawal));
        return (end_t) { withdrawal->status == WITHDRAWAL_FAILED ? FAILED : SUCCEEDED,
                         withdrawal->verdict };
    }
    const remittance_t *remittance = saga->state;
    assert_true (remittance->status != REMITTANCE_PARKED
                 || remittance->step == REMITTANCE_SET_ASIDE);
    return (end_t) { remittances [remittance->status], remittance->verdict };
}

static int64_t
s_balance (world_t *self, oid_t wallet)
{
    const wallet_t *state = world_actor (self, wallet)->state;
    assert_int_equal (state->hold_count + state->expect_count, 0);
    assert_true (-world_net_minor (self, account_of (ACCOUNT_WALLET, wallet))
                 == wallet_balance_minor (state));
    return wallet_balance_minor (state);
}

static void
s_check_money (world_t *self, story_t story, int64_t filled_minor, outcome_t outcome)
{
    bool went = outcome == SUCCEEDED;
    bool arrives = went && (story == TO_MEMBER || story == RECHARGED);
    int64_t aside_minor = outcome == ASIDE ? AMOUNT : 0;
    int64_t bank_minor = self->statement_minor;

    for (size_t index = 0; index < self->balance_count; index++) {
        const balance_t *balance = &self->balances [index];
        uint8_t class = balance->account.class;
        bool between =
            class == ACCOUNT_HOLD || class == ACCOUNT_TRANSIT || class == ACCOUNT_BANK_TRANSIT;
        assert_true (!between || balance->net_minor == 0);
    }
    assert_true (world_net_minor (self, account_single (ACCOUNT_BANK)) == bank_minor);
    assert_true (world_net_minor (self, account_single (ACCOUNT_SUSPENSE)) == -aside_minor);
    switch (story) {
    case RECHARGE: assert_true (bank_minor == (went ? AMOUNT : 0)); break;
    case WITHDRAWAL:
    case DECLINED:
    case TO_BANK: assert_true (bank_minor == (went ? -AMOUNT : 0)); break;
    case TO_MEMBER: assert_int_equal (bank_minor, 0); break;
    case RECHARGED:
        assert_true (bank_minor == CHARGED || (outcome == FAILED && bank_minor == 0));
        break;
    }
    int64_t received_minor = s_balance (self, s_receiver (OID_WALLET));
    assert_int_equal (received_minor, arrives ? AMOUNT : 0);
    assert_int_equal (s_balance (self, s_sender (OID_WALLET)),
                      filled_minor + bank_minor - received_minor - aside_minor);
}

//  ---------------------------------------------------------------------------

//  The event comes after so many deliveries. False: it had ended before.
static bool
s_play (size_t row, uint64_t seed, size_t deliveries, bool met [ENDS_MAX])
{
    story_t story = rows [row].story;
    int64_t filled_minor = story == RECHARGE || story == RECHARGED ? 0 : AMOUNT;
    scoped (world_destroy) world_t *self = s_people (seed, filled_minor);
    s_start (self, story);
    world_run (self, deliveries);
    const actor_t *saga = s_saga (self, story);
    bool under_way = !saga->type->finished (saga->state);
    s_happen (self, rows [row].event);
    world_run (self, SIZE_MAX);

    end_t end = s_end (self, story);
    size_t index = 0;
    while (index < rows [row].count
           && (rows [row].ends [index].outcome != end.outcome
               || rows [row].ends [index].verdict != end.verdict)) {
        index++;
    }
    if (index == rows [row].count) {
        print_message ("row %zu, seed %llu, after %zu: outcome %d, %s\n", row,
                       (unsigned long long) seed, deliveries, (int) end.outcome,
                       verdict_code (end.verdict));
    }
    assert_true (index < rows [row].count);
    met [index] = true;
    s_check_money (self, story, filled_minor, end.outcome);
    return under_way;
}

static void
whatever_happens_between_two_steps_the_money_is_where_it_belongs (void **unused)
{
    (void) unused;
    for (size_t row = 0; row < COUNT (rows); row++) {
        bool met [ENDS_MAX] = { false };
        for (uint64_t seed = seed_given; seed < seed_given + SEEDS; seed++) {
            size_t deliveries = 0;
            while (s_play (row, seed, deliveries, met)) {
                deliveries++;
                assert_true (deliveries < STEPS_MAX);
            }
        }
        for (size_t index = 0; index < rows [row].count; index++) {
            if (!met [index]) {
                print_message ("row %zu: its end %zu was never met\n", row, index);
            }
            assert_true (met [index]);
        }
    }
}

int
main (int argc, char **argv)
{
    seed_given = argc > 1 ? strtoull (argv [1], NULL, 10) : 20260101;
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (whatever_happens_between_two_steps_the_money_is_where_it_belongs),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
