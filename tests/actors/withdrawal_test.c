//  withdrawal: hold, transfer, capture; and everything that may come between.

#include "tests/actors/withdrawal_scenario.h"

static void
a_withdrawal_goes_through (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    withdrawal_start_t start = s_start ();
    wallet_move_t hold = { s_hold (), 7000, "KRW" };
    wallet_capture_t capture = { { s_self (), LEG_CAPTURE, 1 }, s_hold (), 7000, { 0 } };
    (void) unused;

    when (s, WITHDRAWAL_START, &start);
    then_event (s, 0, 1, WITHDRAWAL_WAS_REQUESTED, NULL);
    then_asked (s, s_the_wallet (), WALLET_HOLD, ANSWER_ALWAYS, WITHDRAWAL_HOLDING, &hold);
    then_timer (s, WITHDRAWAL_DEADLINE, s->now_ms + s->limits.step_deadline_ms);
    carry_on (s);
    s_then_status (s, WITHDRAWAL_REQUESTED, VERDICT_ACCEPTED, false);

    s_when_wallet_answered (s, WALLET_HOLD, WITHDRAWAL_HOLDING, VERDICT_ACCEPTED);
    then_event (s, 0, 1, WITHDRAWAL_WAS_HELD, NULL);
    then_timer (s, WITHDRAWAL_DEADLINE, 0);
    carry_on (s);
    then_asked (s, s_withdrawal (s)->transfer, BANK_TRANSFER_REQUEST, ANSWER_REFUSAL,
                WITHDRAWAL_TRANSFERRING, NULL);
    const bank_transfer_request_t *order = s->decision.messages [0].payload;
    assert_int_equal (order->direction, BANK_TRANSFER_OUT);
    assert_int_equal (order->amount_minor, 7000);
    assert_int_equal (order->party.account_number.size, 3);

    s_when_transferred (s, BANK_TRANSFER_SUCCEEDED);
    then_event (s, 0, 1, WITHDRAWAL_TRANSFER_SUCCEEDED, NULL);
    then_asked (s, s_the_wallet (), WALLET_CAPTURE, ANSWER_ALWAYS, WITHDRAWAL_CAPTURING, &capture);
    carry_on (s);
    s_then_status (s, WITHDRAWAL_PROCESSING, VERDICT_ACCEPTED, false);

    s_when_wallet_answered (s, WALLET_CAPTURE, WITHDRAWAL_CAPTURING, VERDICT_ACCEPTED);
    then_event (s, 0, 1, WITHDRAWAL_WAS_SUCCEEDED, NULL);
    then_timer (s, WITHDRAWAL_DEADLINE, 0);
    carry_on (s);
    s_then_status (s, WITHDRAWAL_SUCCEEDED, VERDICT_ACCEPTED, true);
    assert_int_equal (s_withdrawal (s)->request.party.account_number.size, 0);
    s_when_wallet_answered (s, WALLET_CAPTURE, WITHDRAWAL_CAPTURING, VERDICT_ACCEPTED);
    then_nothing (s);
    s_when_transferred (s, BANK_TRANSFER_FAILED);
    then_nothing (s);
    when (s, WITHDRAWAL_DEADLINE, NULL);
    then_nothing (s);
}

static void
a_start_repeated_is_one_withdrawal (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_holding ();
    withdrawal_start_t start = s_start ();
    (void) unused;

    when (s, WITHDRAWAL_START, &start);
    then_nothing (s);
    start.request.amount_minor++;
    when (s, WITHDRAWAL_START, &start);
    then_refused (s, VERDICT_ALREADY_EXISTS);
    start = s_start ();
    start.request.bank_account.bytes [0]++;
    when (s, WITHDRAWAL_START, &start);
    then_refused (s, VERDICT_ALREADY_EXISTS);
}

static void
s_check_facts (withdrawal_start_t start, verdict_t verdict)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());

    when (s, WITHDRAWAL_START, &start);
    then_event (s, 0, 2, WITHDRAWAL_WAS_REQUESTED, NULL);
    then_event (s, 1, 2, WITHDRAWAL_WAS_FAILED, NULL);
    then_silent (s);
    carry_on (s);
    s_then_status (s, WITHDRAWAL_FAILED, verdict, true);
    assert_int_equal (s_withdrawal (s)->request.party.account_number.size, 0);
}

static void
facts_that_refuse_fail_it_at_once (void **unused)
{
    withdrawal_start_t start = s_start ();
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

    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    start = s_start ();
    start.request.amount_minor = 0;
    when (s, WITHDRAWAL_START, &start);
    then_refused (s, VERDICT_AMOUNT_INVALID);
}

static void
a_wallet_that_holds_nothing_fails_it_before_the_bank_is_asked (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_holding ();
    (void) unused;

    s_when_wallet_answered (s, WALLET_HOLD, WITHDRAWAL_HOLDING, VERDICT_INSUFFICIENT_FUNDS);
    then_event (s, 0, 1, WITHDRAWAL_WAS_FAILED,
                &(withdrawal_failure_t) { VERDICT_INSUFFICIENT_FUNDS, "" });
    then_silent (s);
    then_timer (s, WITHDRAWAL_DEADLINE, 0);
    carry_on (s);
    s_then_status (s, WITHDRAWAL_FAILED, VERDICT_INSUFFICIENT_FUNDS, true);
}

static void
a_declined_transfer_releases_the_hold_before_it_fails (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_transferring ();
    wallet_release_t release = { s_hold () };
    (void) unused;

    s_when_transferred (s, BANK_TRANSFER_FAILED);
    then_event (s, 0, 1, WITHDRAWAL_TRANSFER_FAILED, NULL);
    then_asked (s, s_the_wallet (), WALLET_RELEASE, ANSWER_ALWAYS, WITHDRAWAL_RELEASING, &release);
    carry_on (s);
    s_then_status (s, WITHDRAWAL_PROCESSING, VERDICT_ACCEPTED, false);
    s_when_transferred (s, BANK_TRANSFER_SUCCEEDED);
    then_nothing (s);
    s_when_wallet_answered (s, WALLET_RELEASE, WITHDRAWAL_RELEASING, VERDICT_ACCEPTED);
    then_event (s, 0, 1, WITHDRAWAL_WAS_FAILED,
                &(withdrawal_failure_t) { VERDICT_BANK_DECLINED, "account_closed" });
    carry_on (s);
    s_then_status (s, WITHDRAWAL_FAILED, VERDICT_BANK_DECLINED, true);
    assert_string_equal (s_withdrawal (s)->reason, "account_closed");
    assert_int_equal (s_withdrawal (s)->request.party.account_number.size, 0);
    s_when_transferred (s, BANK_TRANSFER_SUCCEEDED);
    then_nothing (s);
}

static void
a_transfer_that_is_refused_counts_as_declined (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_transferring ();
    (void) unused;

    s_when_answered (s, s_withdrawal (s)->transfer, BANK_TRANSFER_REQUEST, WITHDRAWAL_TRANSFERRING,
                     VERDICT_ACCEPTED);
    then_nothing (s);
    s_when_answered (s, s_self (), BANK_TRANSFER_REQUEST, WITHDRAWAL_TRANSFERRING,
                     VERDICT_INVARIANT_BROKEN);
    then_nothing (s);
    s_when_answered (s, s_withdrawal (s)->transfer, BANK_TRANSFER_REQUEST, WITHDRAWAL_TRANSFERRING,
                     VERDICT_INVARIANT_BROKEN);
    then_event (s, 0, 1, WITHDRAWAL_TRANSFER_FAILED, NULL);
    then_asked (s, s_the_wallet (), WALLET_RELEASE, ANSWER_ALWAYS, WITHDRAWAL_RELEASING, NULL);
}

static void
while_the_outcome_is_unknown_the_money_stays_held (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_transferring ();
    bank_transfer_outcome_t other = { .transfer = scenario_oid (OID_BANK_TRANSFER, 3),
                                      .status = BANK_TRANSFER_FAILED };
    (void) unused;

    when (s, WITHDRAWAL_TRANSFERRED, &other);
    then_nothing (s);
    when (s, WITHDRAWAL_DEADLINE, NULL);
    then_nothing (s);
    s_when_transferred (s, BANK_TRANSFER_PARKED);
    then_event (s, 0, 1, WITHDRAWAL_WAS_PARKED,
                &(withdrawal_verdict_t) { VERDICT_BANK_UNAVAILABLE });
    then_silent (s);
    carry_on (s);
    s_then_status (s, WITHDRAWAL_PARKED, VERDICT_BANK_UNAVAILABLE, true);
    when (s, WITHDRAWAL_RETRY, NULL);
    then_refused (s, VERDICT_TRANSFERS_OPEN);
    s_when_transferred (s, BANK_TRANSFER_SUCCEEDED);
    then_event (s, 0, 1, WITHDRAWAL_TRANSFER_SUCCEEDED, NULL);
    carry_on (s);
    s_then_status (s, WITHDRAWAL_PROCESSING, VERDICT_ACCEPTED, false);
}

static void
s_check_deadline (scenario_t *s, unsigned command, withdrawal_step_t step, unsigned next)
{
    when (s, WITHDRAWAL_DEADLINE, NULL);
    then_event (s, 0, 1, WITHDRAWAL_WAS_PARKED,
                &(withdrawal_verdict_t) { VERDICT_DEADLINE_EXCEEDED });
    then_silent (s);
    carry_on (s);
    s_then_status (s, WITHDRAWAL_PARKED, VERDICT_DEADLINE_EXCEEDED, true);
    when (s, WITHDRAWAL_DEADLINE, NULL);
    then_nothing (s);
    when (s, WITHDRAWAL_RETRY, NULL);
    then_refused (s, VERDICT_TRANSFERS_OPEN);
    s_when_wallet_answered (s, command, step, VERDICT_ACCEPTED);
    then_event (s, 0, 1, next, NULL);
}

static void
a_deadline_parks_it_and_a_late_answer_goes_on (void **unused)
{
    scoped (scenario_destroy) scenario_t *holding = s_holding ();
    scoped (scenario_destroy) scenario_t *capturing = s_settled (BANK_TRANSFER_SUCCEEDED);
    scoped (scenario_destroy) scenario_t *releasing = s_settled (BANK_TRANSFER_FAILED);
    (void) unused;

    s_check_deadline (holding, WALLET_HOLD, WITHDRAWAL_HOLDING, WITHDRAWAL_WAS_HELD);
    s_check_deadline (capturing, WALLET_CAPTURE, WITHDRAWAL_CAPTURING, WITHDRAWAL_WAS_SUCCEEDED);
    s_check_deadline (releasing, WALLET_RELEASE, WITHDRAWAL_RELEASING, WITHDRAWAL_WAS_FAILED);
    assert_string_equal (s_withdrawal (releasing)->reason, "account_closed");
}

static void
a_refused_capture_waits_for_an_operator_who_tries_the_next (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_settled (BANK_TRANSFER_SUCCEEDED);
    wallet_capture_t capture = { { s_self (), LEG_CAPTURE, 2 }, s_hold (), 7000, { 0 } };
    (void) unused;

    s_when_wallet_answered (s, WALLET_CAPTURE, WITHDRAWAL_CAPTURING, VERDICT_INVARIANT_BROKEN);
    then_event (s, 0, 1, WITHDRAWAL_WAS_PARKED, NULL);
    carry_on (s);
    s_then_status (s, WITHDRAWAL_PARKED, VERDICT_INVARIANT_BROKEN, true);
    s_when_wallet_answered (s, WALLET_CAPTURE, WITHDRAWAL_CAPTURING, VERDICT_ACCEPTED);
    then_nothing (s);
    when (s, WITHDRAWAL_RETRY, NULL);
    then_asked (s, s_the_wallet (), WALLET_CAPTURE, ANSWER_ALWAYS, WITHDRAWAL_CAPTURING, &capture);
    carry_on (s);
    s_then_status (s, WITHDRAWAL_PROCESSING, VERDICT_ACCEPTED, false);
    when (s, WITHDRAWAL_RETRY, NULL);
    then_refused (s, VERDICT_STATE_CONFLICT);
    s_when_wallet_answered (s, WALLET_CAPTURE, WITHDRAWAL_CAPTURING, VERDICT_ACCEPTED);
    carry_on (s);
    s_then_status (s, WITHDRAWAL_SUCCEEDED, VERDICT_ACCEPTED, true);
}

static void
a_refused_release_waits_for_an_operator (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_settled (BANK_TRANSFER_FAILED);
    wallet_release_t release = { s_hold () };
    (void) unused;

    s_when_wallet_answered (s, WALLET_RELEASE, WITHDRAWAL_RELEASING, VERDICT_UNDECODABLE);
    then_event (s, 0, 1, WITHDRAWAL_WAS_PARKED, NULL);
    carry_on (s);
    when (s, WITHDRAWAL_RETRY, NULL);
    then_event (s, 0, 1, WITHDRAWAL_RELEASE_RETRIED, NULL);
    then_asked (s, s_the_wallet (), WALLET_RELEASE, ANSWER_ALWAYS, WITHDRAWAL_RELEASING, &release);
    carry_on (s);
    s_when_wallet_answered (s, WALLET_RELEASE, WITHDRAWAL_RELEASING, VERDICT_ACCEPTED);
    carry_on (s);
    s_then_status (s, WITHDRAWAL_FAILED, VERDICT_BANK_DECLINED, true);
    assert_string_equal (s_withdrawal (s)->reason, "account_closed");
}

static void
what_never_began_has_nothing_to_retry (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    (void) unused;

    when (s, WITHDRAWAL_RETRY, NULL);
    then_refused (s, VERDICT_NOT_FOUND);
}

static void
the_invariant_sees_what_is_wrong (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_transferring ();
    withdrawal_t *withdrawal = s->state;
    withdrawal_t sound = *withdrawal;
    (void) unused;

    withdrawal->step = WITHDRAWAL_ENDED;
    assert_false (s->type->invariant (withdrawal));
    *withdrawal = sound;
    withdrawal->status = WITHDRAWAL_SUCCEEDED;
    assert_false (s->type->invariant (withdrawal));
    withdrawal->status = WITHDRAWAL_NONE;
    assert_false (s->type->invariant (withdrawal));
    *withdrawal = sound;
    withdrawal->step = 77;
    assert_false (s->type->invariant (withdrawal));
    *withdrawal = sound;
    withdrawal->transfer = (oid_t) { 0 };
    assert_false (s->type->invariant (withdrawal));
    *withdrawal = sound;
    withdrawal->request.amount_minor = 0;
    assert_false (s->type->invariant (withdrawal));
    *withdrawal = sound;
    withdrawal->status = WITHDRAWAL_FAILED;
    withdrawal->step = WITHDRAWAL_ENDED;
    assert_false (s->type->invariant (withdrawal));
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_withdrawal_goes_through),
        cmocka_unit_test (a_start_repeated_is_one_withdrawal),
        cmocka_unit_test (facts_that_refuse_fail_it_at_once),
        cmocka_unit_test (a_wallet_that_holds_nothing_fails_it_before_the_bank_is_asked),
        cmocka_unit_test (a_declined_transfer_releases_the_hold_before_it_fails),
        cmocka_unit_test (a_transfer_that_is_refused_counts_as_declined),
        cmocka_unit_test (while_the_outcome_is_unknown_the_money_stays_held),
        cmocka_unit_test (a_deadline_parks_it_and_a_late_answer_goes_on),
        cmocka_unit_test (a_refused_capture_waits_for_an_operator_who_tries_the_next),
        cmocka_unit_test (a_refused_release_waits_for_an_operator),
        cmocka_unit_test (what_never_began_has_nothing_to_retry),
        cmocka_unit_test (the_invariant_sees_what_is_wrong),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
