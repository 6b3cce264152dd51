//  recharge: a child of another saga, which hears of each end.

#include "actors/payment.h"
#include "tests/actors/recharge_scenario.h"

//  Any command that takes a recharge_outcome_t would do here.
enum { NOTIFY = PAYMENT_RECHARGED };

static oid_t
s_parent (void)
{
    return scenario_oid (OID_PAYMENT, 4);
}

static recharge_start_t
s_child_start (void)
{
    recharge_start_t start = s_start ();
    start.parent = (recharge_parent_t) { s_parent (), NOTIFY, { s_parent (), LEG_HOLD, 1 }, 6500 };
    return start;
}

static scenario_t *
s_child (void)
{
    scenario_t *s = scenario_new (s_self ());
    recharge_start_t start = s_child_start ();
    when (s, RECHARGE_START, &start);
    carry_on (s);
    return s;
}

static scenario_t *
s_child_charging (void)
{
    scenario_t *s = s_child ();
    s_when_answered (s, s_the_wallet (), WALLET_EXPECT, RECHARGE_EXPECTING, VERDICT_ACCEPTED);
    carry_on (s);
    return s;
}

static scenario_t *
s_child_crediting (void)
{
    scenario_t *s = s_child_charging ();
    s_when_transferred (s, BANK_TRANSFER_SUCCEEDED);
    carry_on (s);
    return s;
}

//  The only message to the parent says this.
static void
s_then_told_parent (const scenario_t *s, recharge_status_t status, verdict_t verdict)
{
    size_t told = 0;
    for (size_t index = 0; index < s->decision.message_count; index++) {
        const decided_message_t *message = &s->decision.messages [index];
        if (oid_equal (message->to, s_parent ())) {
            const recharge_outcome_t *outcome = message->payload;
            told++;
            assert_int_equal (message->command, NOTIFY);
            assert_int_equal (message->answer, ANSWER_NEVER);
            assert_true (oid_equal (outcome->recharge, s_self ()));
            assert_int_equal (outcome->status, status);
            assert_int_equal (outcome->verdict, verdict);
        }
    }
    assert_int_equal (told, 1);
}

static void
its_credit_carries_the_hold_of_its_parent (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_child_charging ();
    (void) unused;

    s_when_transferred (s, BANK_TRANSFER_SUCCEEDED);
    wallet_fund_t fund = {
        { s_self (), LEG_CREDIT, 1 }, 7000, "KRW", { s_parent (), LEG_HOLD, 1 }, 6500
    };
    then_asked (s, s_the_wallet (), WALLET_FUND, ANSWER_ALWAYS, RECHARGE_CREDITING, &fund);
    then_timer (s, RECHARGE_DEADLINE, s->now_ms + s->limits.step_deadline_ms);
    carry_on (s);
    s_when_answered (s, s_the_wallet (), WALLET_FUND, RECHARGE_CREDITING, VERDICT_ACCEPTED);
    then_event (s, 0, 1, RECHARGE_WAS_SUCCEEDED, NULL);
    s_then_told_parent (s, RECHARGE_SUCCEEDED, VERDICT_ACCEPTED);
    carry_on (s);
    s_then_status (s, RECHARGE_SUCCEEDED, VERDICT_ACCEPTED, true);
}

static void
a_failure_is_told_at_whatever_step_it_comes (void **unused)
{
    scoped (scenario_destroy) scenario_t *facts = scenario_new (s_self ());
    scoped (scenario_destroy) scenario_t *wallet = s_child ();
    scoped (scenario_destroy) scenario_t *bank = s_child_charging ();
    recharge_start_t start = s_child_start ();
    (void) unused;

    start.account_status = BANK_ACCOUNT_UNLINKED;
    when (facts, RECHARGE_START, &start);
    s_then_told_parent (facts, RECHARGE_FAILED, VERDICT_BANK_ACCOUNT_NOT_LINKED);
    s_when_answered (wallet, s_the_wallet (), WALLET_EXPECT, RECHARGE_EXPECTING,
                     VERDICT_BALANCE_LIMIT_EXCEEDED);
    s_then_told_parent (wallet, RECHARGE_FAILED, VERDICT_BALANCE_LIMIT_EXCEEDED);
    s_when_transferred (bank, BANK_TRANSFER_FAILED);
    s_then_told_parent (bank, RECHARGE_FAILED, VERDICT_BANK_DECLINED);
}

static void
a_late_success_is_told_after_it_was_told_that_it_is_parked (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_child_charging ();
    (void) unused;

    s_when_transferred (s, BANK_TRANSFER_PARKED);
    s_then_told_parent (s, RECHARGE_PARKED, VERDICT_BANK_UNAVAILABLE);
    carry_on (s);
    s_when_transferred (s, BANK_TRANSFER_SUCCEEDED);
    then_asked (s, s_the_wallet (), WALLET_FUND, ANSWER_ALWAYS, RECHARGE_CREDITING, NULL);
    carry_on (s);
    when (s, RECHARGE_DEADLINE, NULL);
    s_then_told_parent (s, RECHARGE_PARKED, VERDICT_DEADLINE_EXCEEDED);
    carry_on (s);
    s_when_answered (s, s_the_wallet (), WALLET_FUND, RECHARGE_CREDITING, VERDICT_ACCEPTED);
    s_then_told_parent (s, RECHARGE_SUCCEEDED, VERDICT_ACCEPTED);
}

static void
money_that_went_back_is_told_when_it_is_there (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_child_crediting ();
    (void) unused;

    s_when_answered (s, s_the_wallet (), WALLET_FUND, RECHARGE_CREDITING, VERDICT_WALLET_CLOSED);
    then_event (s, 0, 1, RECHARGE_RETURNED, NULL);
    carry_on (s);
    s_when_transferred (s, BANK_TRANSFER_SUCCEEDED);
    then_event (s, 0, 1, RECHARGE_WAS_COMPENSATED, NULL);
    s_then_told_parent (s, RECHARGE_COMPENSATED, VERDICT_WALLET_CLOSED);
}

static void
another_parent_makes_it_another_recharge (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_child ();
    recharge_start_t start = s_child_start ();
    (void) unused;

    when (s, RECHARGE_START, &start);
    then_nothing (s);
    start.parent.saga.bytes [0]++;
    when (s, RECHARGE_START, &start);
    then_refused (s, VERDICT_ALREADY_EXISTS);
}

static void
a_shortfall_is_rounded_up_to_ten_thousand (void **unused)
{
    (void) unused;
    assert_int_equal (money_recharge_minor (1), 10000);
    assert_int_equal (money_recharge_minor (9999), 10000);
    assert_int_equal (money_recharge_minor (10000), 10000);
    assert_int_equal (money_recharge_minor (10001), 20000);
    assert_int_equal (money_recharge_minor (995000), 1000000);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (its_credit_carries_the_hold_of_its_parent),
        cmocka_unit_test (a_failure_is_told_at_whatever_step_it_comes),
        cmocka_unit_test (a_late_success_is_told_after_it_was_told_that_it_is_parked),
        cmocka_unit_test (money_that_went_back_is_told_when_it_is_there),
        cmocka_unit_test (another_parent_makes_it_another_recharge),
        cmocka_unit_test (a_shortfall_is_rounded_up_to_ten_thousand),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
