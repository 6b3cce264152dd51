//  wallet: money that comes in, expected or returned.

#include "tests/actors/wallet_scenario.h"

static void
an_expected_credit_arrives (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (0);
    (void) unused;

    s_when_moved (s, WALLET_EXPECT, 1, LEG_CREDIT, 700);
    then_event (s, 0, 1, WALLET_EXPECTED, NULL);
    then_not_posted (s, 0);
    carry_on (s);
    s_when_moved (s, WALLET_EXPECT, 1, LEG_CREDIT, 700);
    then_nothing (s);
    s_when_moved (s, WALLET_EXPECT, 1, LEG_CREDIT, 701);
    then_refused (s, VERDICT_REFERENCE_REUSED);
    s_when_moved (s, WALLET_CREDIT, 1, LEG_CREDIT, 701);
    then_refused (s, VERDICT_REFERENCE_REUSED);

    s_when_moved (s, WALLET_CREDIT, 1, LEG_CREDIT, 700);
    then_event (s, 0, 1, WALLET_CREDITED,
                &(wallet_moved_t) { { s_saga (1), LEG_CREDIT, 1 }, 700, 700 });
    then_posted (s, 0, account_of (ACCOUNT_TRANSIT, s_saga (1)),
                 account_of (ACCOUNT_WALLET, s_self ()), 700);
    carry_on (s);
    assert_int_equal (s_wallet (s)->expect_count, 0);

    s_when_moved (s, WALLET_CREDIT, 1, LEG_CREDIT, 700);
    then_nothing (s);
    s_when_moved (s, WALLET_CREDIT, 1, LEG_CREDIT, 701);
    then_refused (s, VERDICT_REFERENCE_REUSED);
    s_when_moved (s, WALLET_EXPECT, 1, LEG_CREDIT, 700);
    then_nothing (s);
}

static void
a_credit_that_is_not_expected_any_more_is_refused (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (0);
    (void) unused;

    s_when_moved (s, WALLET_EXPECT, 1, LEG_CREDIT, 700);
    carry_on (s);
    s_when_moved (s, WALLET_UNEXPECT, 1, LEG_CREDIT, 700);
    then_event (s, 0, 1, WALLET_UNEXPECTED, NULL);
    carry_on (s);
    s_when_moved (s, WALLET_UNEXPECT, 1, LEG_CREDIT, 700);
    then_nothing (s);
    s_when_moved (s, WALLET_CREDIT, 1, LEG_CREDIT, 700);
    then_refused (s, VERDICT_EXPECT_VOIDED);
    assert_int_equal (s_wallet (s)->expected_minor, 0);
}

static void
expects_and_balance_together_respect_the_cap (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (500000);
    (void) unused;

    s_when_moved (s, WALLET_EXPECT, 1, LEG_CREDIT, movement_max + 1);
    then_refused (s, VERDICT_AMOUNT_LIMIT_EXCEEDED);
    s_when_moved (s, WALLET_EXPECT, 1, LEG_CREDIT, movement_max);
    carry_on (s);
    s_when_moved (s, WALLET_EXPECT, 2, LEG_CREDIT, 500001);
    then_refused (s, VERDICT_BALANCE_LIMIT_EXCEEDED);
    s_when_moved (s, WALLET_EXPECT, 2, LEG_CREDIT, 500000);
    then_event (s, 0, 1, WALLET_EXPECTED, NULL);
}

static void
at_most_sixty_four_credits_are_expected (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (0);
    (void) unused;

    for (uint8_t saga = 1; saga <= WALLET_EXPECTS_MAX; saga++) {
        s_when_moved (s, WALLET_EXPECT, saga, LEG_CREDIT, 1);
        carry_on (s);
    }
    s_when_moved (s, WALLET_EXPECT, 100, LEG_CREDIT, 1);
    then_refused (s, VERDICT_EXPECT_LIMIT_EXCEEDED);
    s_when_moved (s, WALLET_UNEXPECT, 3, LEG_CREDIT, 1);
    carry_on (s);
    s_when_moved (s, WALLET_EXPECT, 100, LEG_CREDIT, 1);
    then_event (s, 0, 1, WALLET_EXPECTED, NULL);
}

static void
money_that_returns_is_never_refused_by_cap_or_suspension (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (2000000);
    (void) unused;

    s_suspend (s);
    s_when_moved (s, WALLET_CREDIT, 1, LEG_RETURN, movement_max + 1);
    then_event (s, 0, 1, WALLET_CREDITED, NULL);
    carry_on (s);
    s_when_moved (s, WALLET_CREDIT, 2, LEG_REFUND, 5);
    then_event (s, 0, 1, WALLET_CREDITED, NULL);
    s_when_moved (s, WALLET_CREDIT, 2, LEG_REFUND, MONEY_MAX_MINOR);
    then_refused (s, VERDICT_AMOUNT_INVALID);
    s_when_moved (s, WALLET_CREDIT, 2, LEG_REFUND, 0);
    then_refused (s, VERDICT_AMOUNT_INVALID);
    wallet_move_t foreign = { { s_saga (2), LEG_REFUND, 1 }, 5, "USD" };
    when (s, WALLET_CREDIT, &foreign);
    then_refused (s, VERDICT_CURRENCY_MISMATCH);
}

static void
an_expected_credit_reaches_a_suspended_wallet (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (0);
    (void) unused;

    s_when_moved (s, WALLET_EXPECT, 1, LEG_CREDIT, 700);
    carry_on (s);
    s_suspend (s);
    s_when_moved (s, WALLET_EXPECT, 2, LEG_CREDIT, 700);
    then_refused (s, VERDICT_WALLET_SUSPENDED);
    s_when_moved (s, WALLET_CREDIT, 1, LEG_CREDIT, 700);
    then_event (s, 0, 1, WALLET_CREDITED, NULL);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (an_expected_credit_arrives),
        cmocka_unit_test (a_credit_that_is_not_expected_any_more_is_refused),
        cmocka_unit_test (expects_and_balance_together_respect_the_cap),
        cmocka_unit_test (at_most_sixty_four_credits_are_expected),
        cmocka_unit_test (money_that_returns_is_never_refused_by_cap_or_suspension),
        cmocka_unit_test (an_expected_credit_reaches_a_suspended_wallet),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
