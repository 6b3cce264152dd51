//  wallet: the credit of a child recharge together with the hold of its parent.

#include "tests/actors/wallet_scenario.h"

static wallet_fund_t
s_fund (int64_t amount_minor, int64_t hold_minor)
{
    return (wallet_fund_t) {
        .reference = { s_saga (1), LEG_CREDIT, 1 },
        .amount_minor = amount_minor,
        .currency = "KRW",
        .hold = { s_saga (2), LEG_HOLD, 1 },
        .hold_minor = hold_minor,
    };
}

//  A wallet with this much that expects the credit of s_fund.
static scenario_t *
s_expecting (int64_t available_minor, int64_t amount_minor)
{
    scenario_t *s = s_wallet_with (available_minor);
    s_when_moved (s, WALLET_EXPECT, 1, LEG_CREDIT, amount_minor);
    carry_on (s);
    return s;
}

static void
s_then_only_credited (scenario_t *s, int64_t amount_minor, int64_t balance_after_minor)
{
    then_event (s, 0, 1, WALLET_CREDITED,
                &(wallet_moved_t) {
                    { s_saga (1), LEG_CREDIT, 1 }, amount_minor, balance_after_minor });
    carry_on (s);
    assert_int_equal (s_wallet (s)->expect_count, 0);
}

static void
the_credit_and_the_hold_are_one_event (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_expecting (3000, 10000);
    wallet_fund_t fund = s_fund (10000, 12500);
    postings_t postings = { 0 };
    (void) unused;

    when (s, WALLET_FUND, &fund);
    then_event (s, 0, 1, WALLET_FUNDED,
                &(wallet_funded_t) { fund.reference, 10000, 13000, fund.hold, 12500 });
    s->type->events [WALLET_FUNDED].postings (s->self, s->decision.events [0].payload, &postings);
    assert_int_equal (postings.count, 4);
    assert_true (postings_balance (&postings));
    carry_on (s);
    assert_int_equal (s_wallet (s)->available_minor, 500);
    assert_int_equal (s_wallet (s)->held_minor, 12500);
    assert_int_equal (s_wallet (s)->outflow_minor, 12500);
    assert_int_equal (s_wallet (s)->expect_count, 0);
}

static void
a_fund_repeated_changes_nothing_and_with_other_content_is_refused (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_expecting (0, 10000);
    wallet_fund_t fund = s_fund (10000, 10000);
    wallet_fund_t other = s_fund (10001, 10000);
    (void) unused;

    when (s, WALLET_FUND, &other);
    then_refused (s, VERDICT_REFERENCE_REUSED);
    when (s, WALLET_FUND, &fund);
    carry_on (s);
    when (s, WALLET_FUND, &fund);
    then_nothing (s);
    when (s, WALLET_FUND, &other);
    then_refused (s, VERDICT_REFERENCE_REUSED);
}

static void
the_parent_finds_its_hold_in_place (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_expecting (0, 10000);
    wallet_fund_t fund = s_fund (10000, 10000);
    (void) unused;

    when (s, WALLET_FUND, &fund);
    carry_on (s);
    s_when_moved (s, WALLET_HOLD, 2, LEG_HOLD, 10000);
    then_nothing (s);
    s_when_moved (s, WALLET_HOLD, 2, LEG_HOLD, 9999);
    then_refused (s, VERDICT_REFERENCE_REUSED);

    wallet_capture_t capture = { { s_saga (2), LEG_CAPTURE, 1 }, fund.hold, 10000, { 0 } };
    when (s, WALLET_CAPTURE, &capture);
    then_posted (s, 0, account_of (ACCOUNT_HOLD, s_saga (2)),
                 account_of (ACCOUNT_TRANSIT, s_saga (2)), 10000);
    carry_on (s);
    assert_int_equal (wallet_balance_minor (s_wallet (s)), 0);
}

static void
a_hold_that_is_there_already_is_not_placed_again (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_expecting (5000, 10000);
    wallet_fund_t fund = s_fund (10000, 4000);
    (void) unused;

    s_when_moved (s, WALLET_HOLD, 2, LEG_HOLD, 4000);
    carry_on (s);
    when (s, WALLET_FUND, &fund);
    s_then_only_credited (s, 10000, 15000);
    assert_int_equal (s_wallet (s)->held_minor, 4000);
}

static void
too_little_for_the_hold_is_credited_alone (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_expecting (100, 10000);
    wallet_fund_t fund = s_fund (10000, 10101);
    (void) unused;

    when (s, WALLET_FUND, &fund);
    s_then_only_credited (s, 10000, 10100);
    s_when_moved (s, WALLET_HOLD, 2, LEG_HOLD, 10101);
    then_refused (s, VERDICT_INSUFFICIENT_FUNDS);
}

static void
a_suspended_wallet_takes_the_credit_and_places_no_hold (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_expecting (0, 10000);
    wallet_fund_t fund = s_fund (10000, 10000);
    (void) unused;

    s_suspend (s);
    when (s, WALLET_FUND, &fund);
    s_then_only_credited (s, 10000, 10000);
    s_when_moved (s, WALLET_HOLD, 2, LEG_HOLD, 10000);
    then_refused (s, VERDICT_WALLET_SUSPENDED);
}

static void
a_hold_beyond_a_cap_is_credited_alone (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_expecting (1500000, 10000);
    wallet_fund_t fund = s_fund (10000, movement_max + 1);
    wallet_fund_t within = s_fund (10000, 11);
    (void) unused;

    when (s, WALLET_FUND, &fund);
    then_event (s, 0, 1, WALLET_CREDITED, NULL);
    s->limits.wallet_daily_outflow_minor = 10;
    when (s, WALLET_FUND, &within);
    then_event (s, 0, 1, WALLET_CREDITED, NULL);
}

static void
a_hold_without_an_amount_or_with_another_leg_is_credited_alone (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_expecting (0, 10000);
    wallet_fund_t none = s_fund (10000, 0);
    wallet_fund_t leg = s_fund (10000, 10000);
    (void) unused;

    when (s, WALLET_FUND, &none);
    then_event (s, 0, 1, WALLET_CREDITED, NULL);
    leg.hold.leg = LEG_DEBIT;
    when (s, WALLET_FUND, &leg);
    then_event (s, 0, 1, WALLET_CREDITED, NULL);
}

static void
the_sixty_fifth_hold_is_credited_alone (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_expecting (1000, 10000);
    wallet_fund_t fund = s_fund (10000, 10000);
    (void) unused;

    for (uint8_t saga = 100; saga < 100 + WALLET_HOLDS_MAX; saga++) {
        s_when_moved (s, WALLET_HOLD, saga, LEG_HOLD, 1);
        carry_on (s);
    }
    when (s, WALLET_FUND, &fund);
    then_event (s, 0, 1, WALLET_CREDITED, NULL);
}

static void
a_fund_is_refused_as_its_credit_would_be (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (0);
    wallet_fund_t fund = s_fund (10000, 10000);
    (void) unused;

    when (s, WALLET_FUND, &fund);
    then_refused (s, VERDICT_EXPECT_VOIDED);
    s_close (s);
    when (s, WALLET_FUND, &fund);
    then_refused (s, VERDICT_WALLET_CLOSED);

    scoped (scenario_destroy) scenario_t *absent = scenario_new (s_self ());
    when (absent, WALLET_FUND, &fund);
    then_refused (absent, VERDICT_WALLET_NOT_FOUND);
    fund.reference.leg = LEG_RETURN;
    when (absent, WALLET_FUND, &fund);
    then_refused (absent, VERDICT_REFERENCE_REUSED);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (the_credit_and_the_hold_are_one_event),
        cmocka_unit_test (a_fund_repeated_changes_nothing_and_with_other_content_is_refused),
        cmocka_unit_test (the_parent_finds_its_hold_in_place),
        cmocka_unit_test (a_hold_that_is_there_already_is_not_placed_again),
        cmocka_unit_test (too_little_for_the_hold_is_credited_alone),
        cmocka_unit_test (a_suspended_wallet_takes_the_credit_and_places_no_hold),
        cmocka_unit_test (a_hold_beyond_a_cap_is_credited_alone),
        cmocka_unit_test (a_hold_without_an_amount_or_with_another_leg_is_credited_alone),
        cmocka_unit_test (the_sixty_fifth_hold_is_credited_alone),
        cmocka_unit_test (a_fund_is_refused_as_its_credit_would_be),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
