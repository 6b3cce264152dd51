//  wallet: an operator puts it right.

#include "tests/actors/wallet_scenario.h"

static wallet_adjust_t
s_adjust (uint8_t number, bool increase, int64_t amount_minor)
{
    return (wallet_adjust_t) {
        .reference = { scenario_oid (OID_ADJUSTMENT, number), LEG_ADJUST, 1 },
        .amount_minor = amount_minor,
        .increase = increase,
        .currency = "KRW",
    };
}

static void
s_when_adjusted (scenario_t *s, uint8_t number, bool increase, int64_t amount_minor)
{
    wallet_adjust_t adjust = s_adjust (number, increase, amount_minor);
    when (s, WALLET_ADJUST, &adjust);
}

static void
an_increase_comes_out_of_adjustments (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (100);
    (void) unused;

    s_when_adjusted (s, 1, true, 700);
    then_event (s, 0, 1, WALLET_WAS_ADJUSTED,
                &(wallet_adjusted_t) { s_adjust (1, true, 700).reference, 700, 800, true });
    then_posted (s, 0, account_single (ACCOUNT_ADJUSTMENTS), account_of (ACCOUNT_WALLET, s_self ()),
                 700);
    carry_on (s);
    assert_int_equal (s_wallet (s)->available_minor, 800);
    s_when_adjusted (s, 1, true, 700);
    then_nothing (s);
    s_when_adjusted (s, 1, true, 701);
    then_refused (s, VERDICT_REFERENCE_REUSED);
}

static void
what_was_set_aside_comes_out_of_suspense_and_goes_there (void **unused)
{
    (void) unused;
    for (int increase = 0; increase <= 1; increase++) {
        scoped (scenario_destroy) scenario_t *s = s_wallet_with (1000);
        wallet_adjust_t adjust = s_adjust (1, increase, 700);
        account_t wallet = account_of (ACCOUNT_WALLET, s_self ());
        account_t suspense = account_single (ACCOUNT_SUSPENSE);
        adjust.suspense = true;
        when (s, WALLET_ADJUST, &adjust);
        then_event (s, 0, 1, WALLET_WAS_ADJUSTED,
                    &(wallet_adjusted_t) { adjust.reference, 700, increase ? 1700 : 300, increase,
                                           true });
        then_posted (s, 0, increase ? suspense : wallet, increase ? wallet : suspense, 700);
        carry_on (s);
        assert_int_equal (s_wallet (s)->available_minor, increase ? 1700 : 300);
    }
}

static void
a_decrease_goes_back_and_takes_no_share_of_the_day (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (1000);
    (void) unused;

    s_when_adjusted (s, 1, false, 1000);
    then_event (s, 0, 1, WALLET_WAS_ADJUSTED,
                &(wallet_adjusted_t) { s_adjust (1, false, 0).reference, 1000, 0, false });
    then_posted (s, 0, account_of (ACCOUNT_WALLET, s_self ()), account_single (ACCOUNT_ADJUSTMENTS),
                 1000);
    carry_on (s);
    assert_int_equal (s_wallet (s)->outflow_minor, 0);
    assert_int_equal (s_wallet (s)->available_minor, 0);
}

static void
a_decrease_never_takes_what_is_held (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (1000);
    (void) unused;

    s_when_moved (s, WALLET_HOLD, 2, LEG_HOLD, 400);
    carry_on (s);
    s_when_adjusted (s, 1, false, 601);
    then_refused (s, VERDICT_INSUFFICIENT_FUNDS);
    s_when_adjusted (s, 1, false, 600);
    then_event (s, 0, 1, WALLET_WAS_ADJUSTED, NULL);
    carry_on (s);
    assert_int_equal (s_wallet (s)->held_minor, 400);
}

static void
the_cap_of_the_balance_holds_and_that_of_a_movement_does_not (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (0);
    (void) unused;

    s_when_moved (s, WALLET_EXPECT, 3, LEG_CREDIT, 500000);
    carry_on (s);
    s_when_adjusted (s, 1, true, 1500001);
    then_refused (s, VERDICT_BALANCE_LIMIT_EXCEEDED);
    s_when_adjusted (s, 1, true, 1500000);
    then_event (s, 0, 1, WALLET_WAS_ADJUSTED, NULL);
    carry_on (s);
    s->limits.wallet_daily_outflow_minor = 1;
    s_when_adjusted (s, 2, false, 1500000);
    then_event (s, 0, 1, WALLET_WAS_ADJUSTED, NULL);
}

static void
a_suspended_wallet_can_be_put_right_and_a_closed_one_cannot (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (0);
    scoped (scenario_destroy) scenario_t *absent = scenario_new (s_self ());
    (void) unused;

    s_suspend (s);
    s_when_adjusted (s, 1, true, 5);
    then_event (s, 0, 1, WALLET_WAS_ADJUSTED, NULL);
    s_close (s);
    s_when_adjusted (s, 1, true, 5);
    then_refused (s, VERDICT_WALLET_CLOSED);
    s_when_adjusted (absent, 1, true, 5);
    then_refused (absent, VERDICT_WALLET_NOT_FOUND);
}

static void
what_is_no_amount_of_this_wallet_is_refused (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (10);
    wallet_adjust_t foreign = s_adjust (1, true, 5);
    wallet_adjust_t leg = s_adjust (1, true, 5);
    (void) unused;

    s_when_adjusted (s, 1, false, 0);
    then_refused (s, VERDICT_AMOUNT_INVALID);
    s_when_adjusted (s, 1, true, -5);
    then_refused (s, VERDICT_AMOUNT_INVALID);
    memcpy (foreign.currency, "USD", sizeof "USD");
    when (s, WALLET_ADJUST, &foreign);
    then_refused (s, VERDICT_CURRENCY_MISMATCH);
    leg.reference.leg = LEG_CREDIT;
    when (s, WALLET_ADJUST, &leg);
    then_refused (s, VERDICT_REFERENCE_REUSED);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (an_increase_comes_out_of_adjustments),
        cmocka_unit_test (what_was_set_aside_comes_out_of_suspense_and_goes_there),
        cmocka_unit_test (a_decrease_goes_back_and_takes_no_share_of_the_day),
        cmocka_unit_test (a_decrease_never_takes_what_is_held),
        cmocka_unit_test (the_cap_of_the_balance_holds_and_that_of_a_movement_does_not),
        cmocka_unit_test (a_suspended_wallet_can_be_put_right_and_a_closed_one_cannot),
        cmocka_unit_test (what_is_no_amount_of_this_wallet_is_refused),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
