//  recharge: every answer in every step, forward and back.

#include "actors/recharge.h"
#include "actors/bank_account.h"
#include "actors/member.h"
#include "actors/wallet.h"
#include "tests/lib/scenario.h"

static oid_t
s_self (void)
{
    return scenario_oid (OID_RECHARGE, 9);
}

static oid_t
s_the_wallet (void)
{
    return scenario_oid (OID_WALLET, 1);
}

static recharge_start_t
s_start (void)
{
    return (recharge_start_t) {
        .request = {
            .wallet = s_the_wallet (),
            .member = scenario_oid (OID_MEMBER, 1),
            .bank_account = scenario_oid (OID_BANK_ACCOUNT, 1),
            .amount_minor = 7000,
            .currency = "KRW",
            .party = { scenario_oid (OID_MEMBER, 1), "apple", { 3, { 1, 2, 3 } } },
        },
        .member_status = MEMBER_ACTIVE,
        .account_status = BANK_ACCOUNT_LINKED,
        .account_member = scenario_oid (OID_MEMBER, 1),
    };
}

static const recharge_t *
s_recharge (const scenario_t *s)
{
    return s->state;
}

static void
s_when_answered (scenario_t *s, oid_t from, unsigned command, recharge_step_t step,
                 verdict_t verdict)
{
    saga_answer_t answer = { from, (uint8_t) command, step, verdict };
    when (s, RECHARGE_ANSWERED, &answer);
}

static void
s_when_transferred (scenario_t *s, bank_transfer_status_t status)
{
    bank_transfer_outcome_t outcome = {
        .transfer = s_recharge (s)->transfer,
        .status = (uint8_t) status,
        .reason = "",
    };
    if (status == BANK_TRANSFER_FAILED) {
        memcpy (outcome.reason, "account_closed", sizeof "account_closed");
    }
    when (s, RECHARGE_TRANSFERRED, &outcome);
}

static scenario_t *
s_expecting (void)
{
    scenario_t *s = scenario_new (s_self ());
    recharge_start_t start = s_start ();
    when (s, RECHARGE_START, &start);
    carry_on (s);
    return s;
}

static scenario_t *
s_charging (void)
{
    scenario_t *s = s_expecting ();
    s_when_answered (s, s_the_wallet (), WALLET_EXPECT, RECHARGE_EXPECTING, VERDICT_ACCEPTED);
    carry_on (s);
    return s;
}

static scenario_t *
s_crediting (void)
{
    scenario_t *s = s_charging ();
    s_when_transferred (s, BANK_TRANSFER_SUCCEEDED);
    carry_on (s);
    return s;
}

static scenario_t *
s_returning (void)
{
    scenario_t *s = s_crediting ();
    s_when_answered (s, s_the_wallet (), WALLET_CREDIT, RECHARGE_CREDITING, VERDICT_WALLET_CLOSED);
    carry_on (s);
    return s;
}

static void
s_then_status (const scenario_t *s, recharge_status_t status, verdict_t verdict, bool finished)
{
    assert_int_equal (s_recharge (s)->status, status);
    assert_string_equal (verdict_code ((verdict_t) s_recharge (s)->verdict),
                         verdict_code (verdict));
    assert_true (s->type->finished (s->state) == finished);
}

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
    recharge->attempt = RECHARGE_RETURNS_MAX + 1;
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
        cmocka_unit_test (a_declined_transfer_fails_it_and_gives_the_expect_up),
        cmocka_unit_test (a_transfer_that_is_refused_counts_as_failed),
        cmocka_unit_test (the_outcome_of_another_transfer_means_nothing),
        cmocka_unit_test (a_parked_transfer_parks_it_and_a_late_success_goes_on),
        cmocka_unit_test (a_deadline_parks_it_and_a_late_answer_goes_on),
        cmocka_unit_test (a_refused_credit_sends_the_money_back),
        cmocka_unit_test (a_return_is_tried_three_times_and_then_parked),
        cmocka_unit_test (the_invariant_sees_what_is_wrong),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
