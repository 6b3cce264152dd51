//  recharge: the way forward, and what stops it before it began.

#include "tests/actors/recharge_scenario.h"

static void
a_recharge_goes_through (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    recharge_start_t start = s_start ();
    wallet_move_t move = { { s_self (), LEG_CREDIT, 1 }, 7000, "KRW" };
    (void) unused;

    when (s, RECHARGE_START, &start);
    then_event (s, 0, 1, RECHARGE_WAS_REQUESTED, NULL);
    then_asked (s, s_the_wallet (), WALLET_EXPECT, ANSWER_ALWAYS, RECHARGE_EXPECTING, &move);
    then_timer (s, RECHARGE_DEADLINE, s->now_ms + s->limits.step_deadline_ms);
    carry_on (s);
    s_then_status (s, RECHARGE_REQUESTED, VERDICT_ACCEPTED, false);

    s_when_answered (s, s_the_wallet (), WALLET_EXPECT, RECHARGE_EXPECTING, VERDICT_ACCEPTED);
    then_event (s, 0, 1, RECHARGE_CHARGED, NULL);
    then_timer (s, RECHARGE_DEADLINE, 0);
    carry_on (s);
    then_asked (s, s_recharge (s)->transfer, BANK_TRANSFER_REQUEST, ANSWER_REFUSAL,
                RECHARGE_CHARGING, NULL);
    s_then_status (s, RECHARGE_PROCESSING, VERDICT_ACCEPTED, false);

    s_when_transferred (s, BANK_TRANSFER_SUCCEEDED);
    then_event (s, 0, 1, RECHARGE_RECEIVED, NULL);
    then_asked (s, s_the_wallet (), WALLET_CREDIT, ANSWER_ALWAYS, RECHARGE_CREDITING, &move);
    carry_on (s);

    s_when_answered (s, s_the_wallet (), WALLET_CREDIT, RECHARGE_CREDITING, VERDICT_ACCEPTED);
    then_event (s, 0, 1, RECHARGE_WAS_SUCCEEDED, NULL);
    then_timer (s, RECHARGE_DEADLINE, 0);
    carry_on (s);
    s_then_status (s, RECHARGE_SUCCEEDED, VERDICT_ACCEPTED, true);
    s_when_answered (s, s_the_wallet (), WALLET_CREDIT, RECHARGE_CREDITING, VERDICT_ACCEPTED);
    then_nothing (s);
    s_when_transferred (s, BANK_TRANSFER_SUCCEEDED);
    then_nothing (s);
    when (s, RECHARGE_DEADLINE, NULL);
    then_nothing (s);
}

static void
a_start_repeated_is_one_recharge (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_expecting ();
    recharge_start_t start = s_start ();
    (void) unused;

    when (s, RECHARGE_START, &start);
    then_nothing (s);
    start.request.amount_minor++;
    when (s, RECHARGE_START, &start);
    then_refused (s, VERDICT_ALREADY_EXISTS);
    start = s_start ();
    start.request.wallet.bytes [0]++;
    when (s, RECHARGE_START, &start);
    then_refused (s, VERDICT_ALREADY_EXISTS);
    start = s_start ();
    start.request.bank_account.bytes [0]++;
    when (s, RECHARGE_START, &start);
    then_refused (s, VERDICT_ALREADY_EXISTS);
    start = s_start ();
    start.request.currency [0] = 'U';
    when (s, RECHARGE_START, &start);
    then_refused (s, VERDICT_ALREADY_EXISTS);
}

static void
s_check_facts (recharge_start_t start, verdict_t verdict)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());

    when (s, RECHARGE_START, &start);
    then_event (s, 0, 2, RECHARGE_WAS_REQUESTED, NULL);
    then_event (s, 1, 2, RECHARGE_WAS_FAILED, NULL);
    then_silent (s);
    carry_on (s);
    s_then_status (s, RECHARGE_FAILED, verdict, true);
}

static void
facts_that_refuse_fail_it_at_once (void **unused)
{
    recharge_start_t start = s_start ();
    (void) unused;

    start.member_status = MEMBER_SUSPENDED;
    s_check_facts (start, VERDICT_MEMBER_SUSPENDED);
    start = s_start ();
    start.request.wallet.bytes [0]++;
    s_check_facts (start, VERDICT_WALLET_NOT_FOUND);
    start = s_start ();
    start.account_status = BANK_ACCOUNT_ABSENT;
    s_check_facts (start, VERDICT_BANK_ACCOUNT_NOT_FOUND);
    start.account_status = BANK_ACCOUNT_UNLINKED;
    s_check_facts (start, VERDICT_BANK_ACCOUNT_NOT_LINKED);
    start = s_start ();
    start.account_member.bytes [0]++;
    s_check_facts (start, VERDICT_BANK_ACCOUNT_NOT_OWNED);
}

static void
an_amount_out_of_range_is_refused (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    recharge_start_t start = s_start ();
    (void) unused;

    start.request.amount_minor = 0;
    when (s, RECHARGE_START, &start);
    then_refused (s, VERDICT_AMOUNT_INVALID);
}

static void
a_wallet_that_expects_nothing_fails_it_before_the_bank_is_asked (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_expecting ();
    (void) unused;

    s_when_answered (s, s_the_wallet (), WALLET_EXPECT, RECHARGE_EXPECTING,
                     VERDICT_BALANCE_LIMIT_EXCEEDED);
    then_event (s, 0, 1, RECHARGE_WAS_FAILED, NULL);
    then_silent (s);
    carry_on (s);
    s_then_status (s, RECHARGE_FAILED, VERDICT_BALANCE_LIMIT_EXCEEDED, true);
}

static void
the_outcome_of_another_transfer_means_nothing (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_charging ();
    bank_transfer_outcome_t other = { .transfer = scenario_oid (OID_BANK_TRANSFER, 3),
                                      .status = BANK_TRANSFER_SUCCEEDED };
    (void) unused;

    when (s, RECHARGE_TRANSFERRED, &other);
    then_nothing (s);
}

static void
the_invariant_sees_what_is_wrong (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_charging ();
    recharge_t *recharge = s->state;
    recharge_t sound = *recharge;
    (void) unused;

    recharge->step = RECHARGE_ENDED;
    assert_false (s->type->invariant (recharge));
    *recharge = sound;
    recharge->status = RECHARGE_SUCCEEDED;
    assert_false (s->type->invariant (recharge));
    recharge->status = 77;
    assert_false (s->type->invariant (recharge));
    recharge->status = RECHARGE_NONE;
    assert_false (s->type->invariant (recharge));
    *recharge = sound;
    recharge->step = 77;
    assert_false (s->type->invariant (recharge));
    *recharge = sound;
    recharge->request.amount_minor = 0;
    assert_false (s->type->invariant (recharge));
    *recharge = sound;
    recharge->status = RECHARGE_FAILED;
    recharge->step = RECHARGE_ENDED;
    assert_false (s->type->invariant (recharge));
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_recharge_goes_through),
        cmocka_unit_test (a_start_repeated_is_one_recharge),
        cmocka_unit_test (facts_that_refuse_fail_it_at_once),
        cmocka_unit_test (an_amount_out_of_range_is_refused),
        cmocka_unit_test (a_wallet_that_expects_nothing_fails_it_before_the_bank_is_asked),
        cmocka_unit_test (the_outcome_of_another_transfer_means_nothing),
        cmocka_unit_test (the_invariant_sees_what_is_wrong),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
