//  remittance: what operators do about one that is parked, in each of its steps.

#include "actors/approval.h"
#include "tests/actors/remittance_scenario.h"

static saga_resolve_t
s_resolve (saga_decision_t decision)
{
    return (saga_resolve_t) {
        .decision = (uint8_t) decision,
        .approval = scenario_oid (OID_APPROVAL, 1),
        .operator= "ann",
        .reason = "paid out by hand",
    };
}

static void
s_then_no_operator (scenario_t *s, verdict_t verdict)
{
    saga_resolve_t resolve = s_resolve (SAGA_GIVE_UP);

    when (s, REMITTANCE_RETRY, NULL);
    then_refused (s, verdict);
    when (s, REMITTANCE_RESOLVE, &resolve);
    then_refused (s, verdict);
}

static void
a_retry_asks_the_senders_wallet_under_the_next_ordinal (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_set_aside ();
    remittance_retried_t retried = { REMITTANCE_RETURNING, 2, 7000 };
    wallet_return_t back = s_back ();
    (void) unused;

    for (unsigned ordinal = 2; ordinal <= 3; ordinal++) {
        retried.ordinal = back.reference.ordinal = ordinal;
        when (s, REMITTANCE_RETRY, NULL);
        then_event (s, 0, 1, REMITTANCE_WAS_RETRIED, &retried);
        then_posted (s, 0, account_single (ACCOUNT_SUSPENSE),
                     account_of (ACCOUNT_TRANSIT, s_self ()), 7000);
        then_asked (s, s_sender (), WALLET_RETURN, ANSWER_ALWAYS, REMITTANCE_RETURNING, &back);
        then_timer (s, REMITTANCE_DEADLINE, s->now_ms + s->limits.step_deadline_ms);
        carry_on (s);
        s_then_status (s, REMITTANCE_PROCESSING, VERDICT_ACCEPTED, false);
        s_then_no_operator (s, VERDICT_STATE_CONFLICT);

        s_when_answered (s, VERDICT_WALLET_CLOSED);
        then_event (s, 0, 1, REMITTANCE_WAS_SET_ASIDE, NULL);
        then_posted (s, 0, account_of (ACCOUNT_TRANSIT, s_self ()),
                     account_single (ACCOUNT_SUSPENSE), 7000);
        then_silent (s);
        carry_on (s);
        s_then_status (s, REMITTANCE_PARKED, VERDICT_WALLET_CLOSED, true);
    }
}

static void
a_retry_that_is_accepted_compensates_the_sender (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_set_aside ();
    (void) unused;

    when (s, REMITTANCE_RETRY, NULL);
    carry_on (s);
    s_when_answered (s, VERDICT_ACCEPTED);
    then_event (s, 0, 1, REMITTANCE_WAS_COMPENSATED, NULL);
    then_not_posted (s, 0);
    then_silent (s);
    then_timer (s, REMITTANCE_DEADLINE, 0);
    carry_on (s);
    s_then_status (s, REMITTANCE_COMPENSATED, VERDICT_WALLET_CLOSED, true);
    s_then_no_operator (s, VERDICT_STATE_CONFLICT);
}

static void
a_retry_that_is_not_answered_is_not_asked_again (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_set_aside ();
    (void) unused;

    when (s, REMITTANCE_RETRY, NULL);
    carry_on (s);
    when (s, REMITTANCE_DEADLINE, NULL);
    then_event (s, 0, 1, REMITTANCE_WAS_PARKED, NULL);
    then_silent (s);
    carry_on (s);
    s_then_no_operator (s, VERDICT_TRANSFERS_OPEN);
    s_when_answered (s, VERDICT_ACCEPTED);
    then_event (s, 0, 1, REMITTANCE_WAS_COMPENSATED, NULL);
}

static void
given_up_the_money_stays_in_suspense (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_set_aside ();
    saga_resolve_t resolve = s_resolve (SAGA_GIVE_UP);
    saga_given_up_t given_up = { .amount_minor = 7000,
                                 .operator= "ann",
                                 .reason = "paid out by hand" };
    (void) unused;

    when (s, REMITTANCE_RESOLVE, &resolve);
    then_event (s, 0, 1, REMITTANCE_WAS_GIVEN_UP, &given_up);
    then_not_posted (s, 0);
    then_silent (s);
    carry_on (s);
    s_then_status (s, REMITTANCE_COMPENSATED, VERDICT_KEPT_IN_SUSPENSE, true);
    assert_int_equal (s_remittance (s)->step, REMITTANCE_ENDED);
    assert_true (s->type->invariant (s->state));
    s_then_no_operator (s, VERDICT_STATE_CONFLICT);
    s_when_answered (s, VERDICT_ACCEPTED);
    then_nothing (s);
}

static void
a_large_one_is_given_up_by_two (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_set_aside ();
    saga_resolve_t resolve = s_resolve (SAGA_GIVE_UP);
    (void) unused;

    s->limits.approval_amount_minor = 6999;
    when (s, REMITTANCE_RESOLVE, &resolve);
    then_told (s, resolve.approval, APPROVAL_PROPOSE, NULL);
    assert_int_equal (s->decision.event_count, 0);
    s->asker = resolve.approval;
    memcpy (resolve.confirmed_by, "bob", sizeof "bob");
    when (s, REMITTANCE_RESOLVE, &resolve);
    then_event (s, 0, 1, REMITTANCE_WAS_GIVEN_UP, NULL);
    then_silent (s);
}

static void
a_remittance_is_given_up_or_nothing (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_set_aside ();
    saga_resolve_t succeeded = s_resolve (SAGA_SUCCEEDED), failed = s_resolve (SAGA_FAILED);
    (void) unused;

    when (s, REMITTANCE_RESOLVE, &succeeded);
    then_refused (s, VERDICT_STATE_CONFLICT);
    when (s, REMITTANCE_RESOLVE, &failed);
    then_refused (s, VERDICT_STATE_CONFLICT);
}

//  The bank may have the money, so it is not given up.
static void
a_capture_that_was_refused_is_asked_for_again (void **unused)
{
    const remittance_start_t starts [] = { s_short (s_start ()), s_start_to_bank () };
    saga_resolve_t resolve = s_resolve (SAGA_GIVE_UP);
    remittance_retried_t retried = { REMITTANCE_CAPTURING, 2, 0 };
    wallet_capture_t capture = {
        { s_self (), LEG_CAPTURE, 2 }, { s_self (), LEG_HOLD, 1 }, 7000, { 0 }
    };
    (void) unused;

    for (size_t index = 0; index < COUNT (starts); index++) {
        scoped (scenario_destroy) scenario_t *s = s_in_step (starts [index], REMITTANCE_CAPTURING);
        when (s, REMITTANCE_DEADLINE, NULL);
        carry_on (s);
        s_then_no_operator (s, VERDICT_TRANSFERS_OPEN);
        s_when_answered (s, VERDICT_STATE_CONFLICT);  //  After its deadline
        then_event (s, 0, 1, REMITTANCE_WAS_PARKED, NULL);
        carry_on (s);
        s_then_status (s, REMITTANCE_PARKED, VERDICT_STATE_CONFLICT, true);
        when (s, REMITTANCE_RESOLVE, &resolve);
        then_refused (s, VERDICT_TRANSFERS_OPEN);
        when (s, REMITTANCE_RETRY, NULL);
        then_event (s, 0, 1, REMITTANCE_WAS_RETRIED, &retried);
        then_not_posted (s, 0);
        then_asked (s, s_sender (), WALLET_CAPTURE, ANSWER_ALWAYS, REMITTANCE_CAPTURING, &capture);
        carry_on (s);
        s_then_status (s, REMITTANCE_PROCESSING, VERDICT_ACCEPTED, false);
        s_when_answered (s, VERDICT_ACCEPTED);
        carry_on (s);
        assert_int_equal (s_remittance (s)->step,
                          index == 0 ? REMITTANCE_CREDITING : REMITTANCE_ENDED);
    }
}

static void
s_check_asked (remittance_start_t start, remittance_step_t step)
{
    scoped (scenario_destroy) scenario_t *s = s_in_step (start, step);

    s_then_no_operator (s, VERDICT_STATE_CONFLICT);
    if (step == REMITTANCE_RECHARGING) {
        s_when_recharged (s, RECHARGE_PARKED, VERDICT_BANK_UNAVAILABLE);
    }
    else if (step == REMITTANCE_TRANSFERRING) {
        s_when_transferred (s, BANK_TRANSFER_PARKED);
    }
    else {
        when (s, REMITTANCE_DEADLINE, NULL);
    }
    carry_on (s);
    assert_true (s->type->parked (s->state));
    s_then_no_operator (s, VERDICT_TRANSFERS_OPEN);
}

static void
while_somebody_is_asked_operators_wait_in_every_step (void **unused)
{
    (void) unused;
    for (unsigned step = REMITTANCE_EXPECTING; step < REMITTANCE_SET_ASIDE; step++) {
        bool bank = step == REMITTANCE_TRANSFERRING || step == REMITTANCE_RELEASING;
        bool holds = step == REMITTANCE_RECHARGING || step == REMITTANCE_HOLDING
                     || step == REMITTANCE_CAPTURING;
        remittance_start_t start = bank ? s_start_to_bank () : s_start ();
        s_check_asked (holds ? s_short (start) : start, (remittance_step_t) step);
    }
}

static void
nobody_moves_what_is_not_there_or_has_ended (void **unused)
{
    scoped (scenario_destroy) scenario_t *absent = scenario_new (s_self ());
    scoped (scenario_destroy) scenario_t *ended = s_in_step (s_start (), REMITTANCE_CREDITING);
    (void) unused;

    s_then_no_operator (absent, VERDICT_NOT_FOUND);
    s_when_answered (ended, VERDICT_ACCEPTED);
    carry_on (ended);
    s_then_no_operator (ended, VERDICT_STATE_CONFLICT);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_retry_asks_the_senders_wallet_under_the_next_ordinal),
        cmocka_unit_test (a_retry_that_is_accepted_compensates_the_sender),
        cmocka_unit_test (a_retry_that_is_not_answered_is_not_asked_again),
        cmocka_unit_test (given_up_the_money_stays_in_suspense),
        cmocka_unit_test (a_large_one_is_given_up_by_two),
        cmocka_unit_test (a_remittance_is_given_up_or_nothing),
        cmocka_unit_test (a_capture_that_was_refused_is_asked_for_again),
        cmocka_unit_test (while_somebody_is_asked_operators_wait_in_every_step),
        cmocka_unit_test (nobody_moves_what_is_not_there_or_has_ended),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
