//  remittance: to a bank account, by way of a recharge, and what comes late.

#include "tests/actors/remittance_scenario.h"

static void
money_goes_from_wallet_to_bank (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    remittance_start_t start = s_start_to_bank ();
    wallet_move_t hold = s_move (LEG_HOLD);
    wallet_capture_t capture = { { s_self (), LEG_CAPTURE, 1 }, hold.reference, 7000, { 0 } };
    (void) unused;

    when (s, REMITTANCE_START, &start);
    then_event (s, 0, 2, REMITTANCE_WAS_REQUESTED, NULL);
    then_event (s, 1, 2, REMITTANCE_WENT_ON, NULL);
    then_asked (s, s_sender (), WALLET_HOLD, ANSWER_ALWAYS, REMITTANCE_HOLDING, &hold);
    carry_on (s);

    s_when_answered (s, VERDICT_ACCEPTED);
    then_timer (s, REMITTANCE_DEADLINE, 0);
    s_then_went_on (s, REMITTANCE_TRANSFERRING);
    bank_transfer_request_t order = { .direction = BANK_TRANSFER_OUT,
                                      .saga = s_self (),
                                      .notify = REMITTANCE_TRANSFERRED,
                                      .party = start.request.to,
                                      .amount_minor = 7000,
                                      .currency = "KRW",
                                      .attempt = 1 };
    then_asked (s, s_remittance (s)->transfer, BANK_TRANSFER_REQUEST, ANSWER_REFUSAL,
                REMITTANCE_TRANSFERRING, &order);

    s_when_transferred (s, BANK_TRANSFER_SUCCEEDED);
    then_asked (s, s_sender (), WALLET_CAPTURE, ANSWER_ALWAYS, REMITTANCE_CAPTURING, &capture);
    s_then_went_on (s, REMITTANCE_CAPTURING);

    s_when_answered (s, VERDICT_ACCEPTED);
    then_event (s, 0, 1, REMITTANCE_WAS_SUCCEEDED, NULL);
    then_silent (s);
    carry_on (s);
    s_then_status (s, REMITTANCE_SUCCEEDED, VERDICT_ACCEPTED, true);
}

static void
a_transfer_that_finally_failed_releases_the_hold_before_it_is_told (void **unused)
{
    scoped (scenario_destroy) scenario_t *s =
        s_in_step (s_start_to_bank (), REMITTANCE_TRANSFERRING);
    wallet_release_t release = { { s_self (), LEG_HOLD, 1 } };
    (void) unused;

    s_when_transferred (s, BANK_TRANSFER_FAILED);
    then_event (s, 0, 1, REMITTANCE_TURNED_BACK, NULL);
    then_asked (s, s_sender (), WALLET_RELEASE, ANSWER_ALWAYS, REMITTANCE_RELEASING, &release);
    carry_on (s);
    s_then_status (s, REMITTANCE_PROCESSING, VERDICT_ACCEPTED, false);

    s_when_answered (s, VERDICT_ACCEPTED);
    then_event (s, 0, 1, REMITTANCE_WAS_FAILED, NULL);
    then_silent (s);
    carry_on (s);
    s_then_status (s, REMITTANCE_FAILED, VERDICT_BANK_DECLINED, true);
    assert_string_equal (s_remittance (s)->reason, "account_not_found");
}

static void
a_transfer_that_is_refused_releases_the_hold_too (void **unused)
{
    scoped (scenario_destroy) scenario_t *s =
        s_in_step (s_start_to_bank (), REMITTANCE_TRANSFERRING);
    (void) unused;

    s_when_answered (s, VERDICT_REFERENCE_REUSED);
    carry_on (s);
    assert_int_equal (s_remittance (s)->step, REMITTANCE_RELEASING);
    s_when_answered (s, VERDICT_ACCEPTED);
    carry_on (s);
    s_then_status (s, REMITTANCE_FAILED, VERDICT_REFERENCE_REUSED, true);
}

static void
a_parked_transfer_parks_it_and_the_outcome_still_counts (void **unused)
{
    scoped (scenario_destroy) scenario_t *s =
        s_in_step (s_start_to_bank (), REMITTANCE_TRANSFERRING);
    (void) unused;

    s_when_transferred (s, BANK_TRANSFER_PARKED);
    then_event (s, 0, 1, REMITTANCE_WAS_PARKED, NULL);
    then_silent (s);
    carry_on (s);
    s_then_status (s, REMITTANCE_PARKED, VERDICT_BANK_UNAVAILABLE, true);
    s_when_transferred (s, BANK_TRANSFER_PARKED);
    then_nothing (s);
    s_when_transferred (s, BANK_TRANSFER_SUCCEEDED);
    s_then_went_on (s, REMITTANCE_CAPTURING);
}

static void
what_cannot_be_held_fails_it (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_started (s_start_to_bank ());
    (void) unused;

    s_when_answered (s, VERDICT_DAILY_LIMIT_EXCEEDED);
    then_event (s, 0, 1, REMITTANCE_WAS_FAILED, NULL);
    then_silent (s);
    carry_on (s);
    s_then_status (s, REMITTANCE_FAILED, VERDICT_DAILY_LIMIT_EXCEEDED, true);
}

static void
what_is_held_and_cannot_be_captured_waits_for_an_operator (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_in_step (s_start_to_bank (), REMITTANCE_CAPTURING);
    (void) unused;

    s_when_answered (s, VERDICT_STATE_CONFLICT);
    then_event (s, 0, 1, REMITTANCE_WAS_PARKED, NULL);
    carry_on (s);
    s_then_status (s, REMITTANCE_PARKED, VERDICT_STATE_CONFLICT, true);
}

//  ---------------------------------------------------------------------------
//  By way of a recharge

static void
who_is_short_is_recharged_by_tens_of_thousands_and_then_held (void **unused)
{
    scoped (scenario_destroy) scenario_t *s =
        s_in_step (s_short (s_start ()), REMITTANCE_EXPECTING);
    wallet_move_t hold = s_move (LEG_HOLD);
    recharge_start_t child = {
        .request = { s_sender (),
                     scenario_oid (OID_MEMBER, 1),
                     scenario_oid (OID_BANK_ACCOUNT, 1),
                     10000,
                     "KRW",
                     { scenario_oid (OID_MEMBER, 1), "apple", { 3, { 1, 2, 3 } } } },
        .member_status = MEMBER_ACTIVE,
        .account_status = BANK_ACCOUNT_LINKED,
        .account_member = scenario_oid (OID_MEMBER, 1),
        .parent = { s_self (), REMITTANCE_RECHARGED, hold.reference, 7000 },
    };
    (void) unused;

    s_when_answered (s, VERDICT_ACCEPTED);
    s_then_went_on (s, REMITTANCE_RECHARGING);
    then_asked (s, s_remittance (s)->recharge, RECHARGE_START, ANSWER_REFUSAL,
                REMITTANCE_RECHARGING, &child);
    assert_int_equal (s_remittance (s)->request.source.account_number.size, 0);

    s_when_recharged (s, RECHARGE_SUCCEEDED, VERDICT_ACCEPTED);
    then_asked (s, s_sender (), WALLET_HOLD, ANSWER_ALWAYS, REMITTANCE_HOLDING, &hold);
    s_then_went_on (s, REMITTANCE_HOLDING);
    s_when_answered (s, VERDICT_ACCEPTED);
    then_asked (s, s_sender (), WALLET_CAPTURE, ANSWER_ALWAYS, REMITTANCE_CAPTURING, NULL);
    s_then_went_on (s, REMITTANCE_CAPTURING);
    s_when_answered (s, VERDICT_ACCEPTED);
    then_asked (s, s_receiver (), WALLET_CREDIT, ANSWER_ALWAYS, REMITTANCE_CREDITING, NULL);
    s_then_went_on (s, REMITTANCE_CREDITING);
    s_when_answered (s, VERDICT_ACCEPTED);
    carry_on (s);
    s_then_status (s, REMITTANCE_SUCCEEDED, VERDICT_ACCEPTED, true);
}

static void
s_check_no_recharge (remittance_start_t start, recharge_status_t status, bool unexpects)
{
    scoped (scenario_destroy) scenario_t *s = s_in_step (start, REMITTANCE_RECHARGING);

    s_when_recharged (s, status, VERDICT_BANK_DECLINED);
    then_event (s, 0, 1, REMITTANCE_WAS_FAILED, NULL);
    assert_int_equal (s->decision.message_count, unexpects);
    if (unexpects) {
        then_told (s, s_receiver (), WALLET_UNEXPECT, NULL);
    }
    carry_on (s);
    s_then_status (s, REMITTANCE_FAILED, VERDICT_BANK_DECLINED, true);
    s_when_recharged (s, RECHARGE_SUCCEEDED, VERDICT_ACCEPTED);
    then_nothing (s);
}

static void
a_recharge_that_brings_nothing_fails_it_with_its_code (void **unused)
{
    (void) unused;
    s_check_no_recharge (s_short (s_start ()), RECHARGE_FAILED, true);
    s_check_no_recharge (s_short (s_start ()), RECHARGE_COMPENSATED, true);
    s_check_no_recharge (s_short (s_start_to_bank ()), RECHARGE_FAILED, false);
    s_check_no_recharge (s_short (s_start_to_bank ()), RECHARGE_COMPENSATED, false);
}

static void
a_recharge_that_cannot_begin_fails_it (void **unused)
{
    scoped (scenario_destroy) scenario_t *s =
        s_in_step (s_short (s_start ()), REMITTANCE_RECHARGING);
    (void) unused;

    s_when_answered (s, VERDICT_AMOUNT_INVALID);
    then_told (s, s_receiver (), WALLET_UNEXPECT, NULL);
    carry_on (s);
    s_then_status (s, REMITTANCE_FAILED, VERDICT_AMOUNT_INVALID, true);
}

static void
a_parked_recharge_parks_it_and_its_end_still_counts (void **unused)
{
    scoped (scenario_destroy) scenario_t *s =
        s_in_step (s_short (s_start ()), REMITTANCE_RECHARGING);
    (void) unused;

    s_when_recharged (s, RECHARGE_PARKED, VERDICT_DEADLINE_EXCEEDED);
    carry_on (s);
    s_then_status (s, REMITTANCE_PARKED, VERDICT_DEADLINE_EXCEEDED, true);
    s_when_recharged (s, RECHARGE_PARKED, VERDICT_DEADLINE_EXCEEDED);
    then_nothing (s);
    s_when_recharged (s, RECHARGE_SUCCEEDED, VERDICT_ACCEPTED);
    s_then_went_on (s, REMITTANCE_HOLDING);
}

//  ---------------------------------------------------------------------------
//  Late, twice, or not meant

static void
the_deadline_parks_a_step_that_asked_a_wallet_and_asks_nothing_again (void **unused)
{
    static const remittance_step_t to_member [] = { REMITTANCE_EXPECTING, REMITTANCE_DEBITING,
                                                    REMITTANCE_CREDITING, REMITTANCE_RETURNING };
    static const remittance_step_t to_bank [] = { REMITTANCE_HOLDING, REMITTANCE_CAPTURING,
                                                  REMITTANCE_RELEASING };
    (void) unused;

    for (size_t index = 0; index < COUNT (to_member) + COUNT (to_bank); index++) {
        bool member = index < COUNT (to_member);
        remittance_step_t step = member ? to_member [index] : to_bank [index - COUNT (to_member)];
        scoped (scenario_destroy) scenario_t *s =
            s_in_step (member ? s_start () : s_start_to_bank (), step);
        when (s, REMITTANCE_DEADLINE, NULL);
        then_event (s, 0, 1, REMITTANCE_WAS_PARKED, NULL);
        then_silent (s);
        carry_on (s);
        s_then_status (s, REMITTANCE_PARKED, VERDICT_DEADLINE_EXCEEDED, true);
        assert_int_equal (s_remittance (s)->step, step);
        when (s, REMITTANCE_DEADLINE, NULL);
        then_nothing (s);
        s_when_answered (s, VERDICT_ACCEPTED);
        carry_on (s);
        assert_int_not_equal (s_remittance (s)->step, step);
        assert_int_not_equal (s_remittance (s)->status, REMITTANCE_PARKED);
    }
}

static void
waiting_for_recharge_or_bank_has_no_deadline_here (void **unused)
{
    scoped (scenario_destroy) scenario_t *s =
        s_in_step (s_start_to_bank (), REMITTANCE_TRANSFERRING);
    scoped (scenario_destroy) scenario_t *other =
        s_in_step (s_short (s_start ()), REMITTANCE_RECHARGING);
    (void) unused;

    when (s, REMITTANCE_DEADLINE, NULL);
    then_nothing (s);
    when (other, REMITTANCE_DEADLINE, NULL);
    then_nothing (other);
}

static void
the_outcome_of_another_transfer_or_recharge_means_nothing (void **unused)
{
    scoped (scenario_destroy) scenario_t *s =
        s_in_step (s_start_to_bank (), REMITTANCE_TRANSFERRING);
    scoped (scenario_destroy) scenario_t *other =
        s_in_step (s_short (s_start ()), REMITTANCE_RECHARGING);
    bank_transfer_outcome_t transferred = { .transfer = scenario_oid (OID_BANK_TRANSFER, 3),
                                            .status = BANK_TRANSFER_SUCCEEDED };
    recharge_outcome_t recharged = { scenario_oid (OID_RECHARGE, 3), RECHARGE_SUCCEEDED, 0 };
    (void) unused;

    when (s, REMITTANCE_TRANSFERRED, &transferred);
    then_nothing (s);
    when (other, REMITTANCE_RECHARGED, &recharged);
    then_nothing (other);
}

static void
what_comes_after_the_end_changes_nothing (void **unused)
{
    scoped (scenario_destroy) scenario_t *s =
        s_in_step (s_short (s_start_to_bank ()), REMITTANCE_ENDED);
    (void) unused;

    for (uint32_t step = REMITTANCE_EXPECTING; step < REMITTANCE_ENDED; step++) {
        saga_answer_t answer = { .step = step, .verdict = VERDICT_WALLET_CLOSED };
        when (s, REMITTANCE_ANSWERED, &answer);
        then_nothing (s);
        answer.verdict = VERDICT_ACCEPTED;
        when (s, REMITTANCE_ANSWERED, &answer);
        then_nothing (s);
    }
    s_when_transferred (s, BANK_TRANSFER_FAILED);
    then_nothing (s);
    s_when_recharged (s, RECHARGE_FAILED, VERDICT_BANK_DECLINED);
    then_nothing (s);
    when (s, REMITTANCE_DEADLINE, NULL);
    then_nothing (s);
    s_then_status (s, REMITTANCE_SUCCEEDED, VERDICT_ACCEPTED, true);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (money_goes_from_wallet_to_bank),
        cmocka_unit_test (a_transfer_that_finally_failed_releases_the_hold_before_it_is_told),
        cmocka_unit_test (a_transfer_that_is_refused_releases_the_hold_too),
        cmocka_unit_test (a_parked_transfer_parks_it_and_the_outcome_still_counts),
        cmocka_unit_test (what_cannot_be_held_fails_it),
        cmocka_unit_test (what_is_held_and_cannot_be_captured_waits_for_an_operator),
        cmocka_unit_test (who_is_short_is_recharged_by_tens_of_thousands_and_then_held),
        cmocka_unit_test (a_recharge_that_brings_nothing_fails_it_with_its_code),
        cmocka_unit_test (a_recharge_that_cannot_begin_fails_it),
        cmocka_unit_test (a_parked_recharge_parks_it_and_its_end_still_counts),
        cmocka_unit_test (the_deadline_parks_a_step_that_asked_a_wallet_and_asks_nothing_again),
        cmocka_unit_test (waiting_for_recharge_or_bank_has_no_deadline_here),
        cmocka_unit_test (the_outcome_of_another_transfer_or_recharge_means_nothing),
        cmocka_unit_test (what_comes_after_the_end_changes_nothing),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
