//  recharge: declined, parked, sent back.

#include "tests/actors/recharge_scenario.h"

static void
a_declined_transfer_fails_it_and_gives_the_expect_up (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_charging ();
    wallet_move_t move = { { s_self (), LEG_CREDIT, 1 }, 7000, "KRW" };
    (void) unused;

    s_when_transferred (s, BANK_TRANSFER_FAILED);
    then_event (s, 0, 1, RECHARGE_WAS_FAILED,
                &(recharge_failure_t) { VERDICT_BANK_DECLINED, "account_closed" });
    then_told (s, s_the_wallet (), WALLET_UNEXPECT, &move);
    carry_on (s);
    s_then_status (s, RECHARGE_FAILED, VERDICT_BANK_DECLINED, true);
    s_when_transferred (s, BANK_TRANSFER_SUCCEEDED);
    then_nothing (s);
}

static void
a_transfer_that_is_refused_counts_as_failed (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_charging ();
    (void) unused;

    s_when_answered (s, s_recharge (s)->transfer, BANK_TRANSFER_REQUEST, RECHARGE_CHARGING,
                     VERDICT_ACCEPTED);
    then_nothing (s);
    s_when_answered (s, s_self (), BANK_TRANSFER_REQUEST, RECHARGE_CHARGING,
                     VERDICT_INVARIANT_BROKEN);
    then_nothing (s);
    s_when_answered (s, s_recharge (s)->transfer, BANK_TRANSFER_REQUEST, RECHARGE_CHARGING,
                     VERDICT_INVARIANT_BROKEN);
    then_event (s, 0, 1, RECHARGE_WAS_FAILED, NULL);
}

static void
a_parked_transfer_parks_it_and_a_late_success_goes_on (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_charging ();
    (void) unused;

    s_when_transferred (s, BANK_TRANSFER_PARKED);
    then_event (s, 0, 1, RECHARGE_WAS_PARKED, NULL);
    carry_on (s);
    s_then_status (s, RECHARGE_PARKED, VERDICT_BANK_UNAVAILABLE, true);
    when (s, RECHARGE_DEADLINE, NULL);
    then_nothing (s);
    s_when_transferred (s, BANK_TRANSFER_SUCCEEDED);
    then_event (s, 0, 1, RECHARGE_RECEIVED, NULL);
    carry_on (s);
    s_then_status (s, RECHARGE_PROCESSING, VERDICT_ACCEPTED, false);
}

static void
a_deadline_parks_it_and_a_late_answer_goes_on (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_expecting ();
    (void) unused;

    when (s, RECHARGE_DEADLINE, NULL);
    then_event (s, 0, 1, RECHARGE_WAS_PARKED, NULL);
    then_silent (s);
    carry_on (s);
    s_then_status (s, RECHARGE_PARKED, VERDICT_DEADLINE_EXCEEDED, true);
    when (s, RECHARGE_DEADLINE, NULL);
    then_nothing (s);
    s_when_answered (s, s_the_wallet (), WALLET_EXPECT, RECHARGE_EXPECTING, VERDICT_ACCEPTED);
    then_event (s, 0, 1, RECHARGE_CHARGED, NULL);
    carry_on (s);
    when (s, RECHARGE_DEADLINE, NULL);
    then_nothing (s);
    s_when_transferred (s, BANK_TRANSFER_SUCCEEDED);
    carry_on (s);
    when (s, RECHARGE_DEADLINE, NULL);
    then_event (s, 0, 1, RECHARGE_WAS_PARKED, NULL);
}

static void
a_refused_credit_sends_the_money_back (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_crediting ();
    oid_t charged = s_recharge (s)->transfer;
    (void) unused;

    s_when_answered (s, s_the_wallet (), WALLET_CREDIT, RECHARGE_CREDITING, VERDICT_WALLET_CLOSED);
    then_event (s, 0, 1, RECHARGE_RETURNED, NULL);
    carry_on (s);
    assert_false (oid_equal (charged, s_recharge (s)->transfer));
    then_asked (s, s_recharge (s)->transfer, BANK_TRANSFER_REQUEST, ANSWER_REFUSAL,
                RECHARGE_RETURNING, NULL);
    s_when_transferred (s, BANK_TRANSFER_PARKED);
    carry_on (s);
    s_then_status (s, RECHARGE_PARKED, VERDICT_BANK_UNAVAILABLE, true);
    s_when_transferred (s, BANK_TRANSFER_SUCCEEDED);
    then_event (s, 0, 1, RECHARGE_WAS_COMPENSATED, NULL);
    carry_on (s);
    s_then_status (s, RECHARGE_COMPENSATED, VERDICT_WALLET_CLOSED, true);
}

static void
a_return_is_tried_three_times_and_then_parked (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_returning ();
    (void) unused;

    for (uint32_t attempt = 1; attempt < RECHARGE_RETURNS_MAX; attempt++) {
        oid_t before = s_recharge (s)->transfer;
        s_when_transferred (s, BANK_TRANSFER_FAILED);
        then_event (s, 0, 1, RECHARGE_RETURNED, NULL);
        carry_on (s);
        assert_false (oid_equal (before, s_recharge (s)->transfer));
        assert_int_equal (s_recharge (s)->attempt, attempt + 1);
    }
    s_when_transferred (s, BANK_TRANSFER_FAILED);
    then_event (s, 0, 1, RECHARGE_WAS_PARKED, NULL);
    then_silent (s);
    carry_on (s);
    s_then_status (s, RECHARGE_PARKED, VERDICT_BANK_DECLINED, true);
    s_when_transferred (s, BANK_TRANSFER_FAILED);
    then_nothing (s);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_declined_transfer_fails_it_and_gives_the_expect_up),
        cmocka_unit_test (a_transfer_that_is_refused_counts_as_failed),
        cmocka_unit_test (a_parked_transfer_parks_it_and_a_late_success_goes_on),
        cmocka_unit_test (a_deadline_parks_it_and_a_late_answer_goes_on),
        cmocka_unit_test (a_refused_credit_sends_the_money_back),
        cmocka_unit_test (a_return_is_tried_three_times_and_then_parked),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
