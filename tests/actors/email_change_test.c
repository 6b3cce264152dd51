//  email_change: claim, change, release; and the way back.

#include "actors/email_change.h"
#include "tests/lib/saga_scenario.h"

static const saga_commands_t saga = { EMAIL_CHANGE_START, EMAIL_CHANGE_ANSWERED,
                                      EMAIL_CHANGE_DEADLINE, EMAIL_CHANGE_RETRY,
                                      EMAIL_CHANGE_RESOLVE };

static oid_t
s_self (void)
{
    return scenario_oid (OID_EMAIL_CHANGE, 1);
}

static email_change_start_t
s_start (void)
{
    return (email_change_start_t) {
        .member = scenario_oid (OID_MEMBER, 2),
        .change = { .if_version = 7,
                    .has_name = true,
                    .has_email = true,
                    .name = { 1, { 1 } },
                    .email = { 2, { 3, 4 } },
                    .old_login = scenario_oid (OID_LOGIN, 3),
                    .login = scenario_oid (OID_LOGIN, 4) },
        .password_hash = "$argon2id$",
        .password_version = 5,
    };
}

static const email_change_t *
s_change (const scenario_t *s)
{
    return s->state;
}

static scenario_t *
s_started (void)
{
    email_change_start_t start = s_start ();
    return saga_started (&saga, s_self (), &start);
}

//  The step that is open is answered.
static void
s_answer (scenario_t *s, verdict_t verdict)
{
    when_answered (s, &saga, s_change (s)->step, verdict);
}

static void
s_assert_forgotten (const scenario_t *s)
{
    const email_change_start_t *request = &s_change (s)->request;
    assert_int_equal (request->change.name.size + request->change.email.size, 0);
    assert_int_equal (request->password_hash [0], 0);
    assert_true (s->type->finished (s->state));
    assert_false (s->type->parked (s->state));
}

static void
the_new_login_is_claimed_before_the_old_one_is_released (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    email_change_start_t start = s_start ();
    login_claim_t claim = { s_self (), start.member, "$argon2id$" };
    login_release_t release = { .member = start.member,
                                .successor = start.change.login,
                                .password_version = 5 };
    (void) unused;

    when (s, EMAIL_CHANGE_START, &start);
    then_event (s, 0, 1, EMAIL_CHANGE_STARTED, &start);
    then_asked (s, start.change.login, LOGIN_CLAIM, ANSWER_ALWAYS, EMAIL_CHANGE_CLAIMING, &claim);
    then_timer (s, EMAIL_CHANGE_DEADLINE, s->now_ms + s->limits.step_deadline_ms);
    assert_true (oid_equal (s->decision.object, start.member));
    carry_on (s);
    assert_false (s->type->finished (s->state));
    s_answer (s, VERDICT_ACCEPTED);
    then_asked (s, start.member, MEMBER_CHANGE, ANSWER_ALWAYS, EMAIL_CHANGE_CHANGING,
                &start.change);
    s_answer (s, VERDICT_ACCEPTED);
    then_asked (s, start.change.old_login, LOGIN_RELEASE, ANSWER_ALWAYS, EMAIL_CHANGE_RELEASING,
                &release);
    s_answer (s, VERDICT_ACCEPTED);
    then_silent (s);
    then_timer (s, EMAIL_CHANGE_DEADLINE, 0);
    assert_int_equal (s_change (s)->step, EMAIL_CHANGE_DONE);
    s_assert_forgotten (s);
}

static void
an_address_that_is_taken_ends_it (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_started ();
    (void) unused;

    s_answer (s, VERDICT_EMAIL_EXISTS);
    then_silent (s);
    assert_int_equal (s_change (s)->step, EMAIL_CHANGE_FAILED);
    assert_int_equal (s_change (s)->verdict, VERDICT_EMAIL_EXISTS);
    s_assert_forgotten (s);
}

static void
a_member_that_does_not_change_gets_its_claim_taken_back (void **unused)
{
    static const verdict_t verdicts [] = { VERDICT_PRECONDITION_FAILED, VERDICT_STATE_CONFLICT,
                                           VERDICT_NOT_FOUND };
    (void) unused;
    for (size_t index = 0; index < COUNT (verdicts); index++) {
        scoped (scenario_destroy) scenario_t *s = s_started ();
        login_release_t release = { .saga = s_self () };
        s_answer (s, VERDICT_ACCEPTED);
        s_answer (s, verdicts [index]);
        then_asked (s, s_start ().change.login, LOGIN_RELEASE, ANSWER_ALWAYS,
                    EMAIL_CHANGE_WITHDRAWING, &release);
        s_answer (s, VERDICT_ACCEPTED);
        assert_int_equal (s_change (s)->step, EMAIL_CHANGE_FAILED);
        assert_int_equal (s_change (s)->verdict, verdicts [index]);
        s_assert_forgotten (s);
    }
}

static void
starting_again_changes_nothing (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_started ();
    email_change_start_t start = s_start ();
    (void) unused;

    when (s, EMAIL_CHANGE_START, &start);
    then_nothing (s);
    start.change.login = scenario_oid (OID_LOGIN, 9);
    when (s, EMAIL_CHANGE_START, &start);
    then_refused (s, VERDICT_ALREADY_EXISTS);
}

static void
an_answer_to_another_step_changes_nothing (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_started ();
    saga_answer_t late = { .step = EMAIL_CHANGE_CHANGING, .verdict = VERDICT_ACCEPTED };
    (void) unused;

    when (s, EMAIL_CHANGE_ANSWERED, &late);
    then_nothing (s);
    s_answer (s, VERDICT_EMAIL_EXISTS);
    late.step = EMAIL_CHANGE_FAILED;
    when (s, EMAIL_CHANGE_ANSWERED, &late);
    then_nothing (s);
}

static void
a_deadline_parks_each_step_and_a_late_answer_goes_on (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_started ();
    (void) unused;

    for (unsigned step = EMAIL_CHANGE_CLAIMING; step <= EMAIL_CHANGE_RELEASING; step++) {
        assert_int_equal (s_change (s)->step, step);
        when_late (s, &saga);
        s_answer (s, VERDICT_ACCEPTED);
        assert_false (s->type->parked (s->state));
    }
    assert_int_equal (s_change (s)->step, EMAIL_CHANGE_DONE);
    when (s, EMAIL_CHANGE_DEADLINE, "");
    then_nothing (s);
}

static void
a_claim_that_cannot_be_taken_back_parks_it_with_the_first_reason (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_started ();
    (void) unused;

    s_answer (s, VERDICT_ACCEPTED);
    s_answer (s, VERDICT_PRECONDITION_FAILED);
    s_answer (s, VERDICT_STATE_CONFLICT);
    assert_true (s->type->parked (s->state));
    assert_int_equal (s_change (s)->verdict, VERDICT_PRECONDITION_FAILED);
}

//  The old login does not let go, or (not changed) the new one.
static scenario_t *
s_refused (bool changed)
{
    scenario_t *s = s_started ();
    s_answer (s, VERDICT_ACCEPTED);
    s_answer (s, changed ? VERDICT_ACCEPTED : VERDICT_PRECONDITION_FAILED);
    when (s, EMAIL_CHANGE_DEADLINE, "");
    carry_on (s);
    s_answer (s, VERDICT_STATE_CONFLICT);  //  After its deadline
    return s;
}

static void
a_retry_asks_the_login_again (void **unused)
{
    email_change_start_t start = s_start ();
    login_release_t old = { .member = start.member,
                            .successor = start.change.login,
                            .password_version = 5 };
    login_release_t new = { .saga = s_self () };
    (void) unused;

    for (unsigned changed = 0; changed < 2; changed++) {
        scoped (scenario_destroy) scenario_t *s = s_refused (changed);
        when (s, EMAIL_CHANGE_RETRY, NULL);
        then_event (s, 0, 1, EMAIL_CHANGE_ADVANCED, NULL);
        then_asked (s, changed ? start.change.old_login : start.change.login, LOGIN_RELEASE,
                    ANSWER_ALWAYS, changed ? EMAIL_CHANGE_RELEASING : EMAIL_CHANGE_WITHDRAWING,
                    changed ? &old : &new);
        then_timer (s, EMAIL_CHANGE_DEADLINE, s->now_ms + s->limits.step_deadline_ms);
        carry_on (s);
        assert_false (s->type->parked (s->state));
        then_no_operator (s, &saga, VERDICT_STATE_CONFLICT);
        s_answer (s, VERDICT_ACCEPTED);
        assert_int_equal (s_change (s)->step, changed ? EMAIL_CHANGE_DONE : EMAIL_CHANGE_FAILED);
        assert_int_equal (s_change (s)->verdict,
                          changed ? VERDICT_ACCEPTED : VERDICT_PRECONDITION_FAILED);
        s_assert_forgotten (s);
    }
}

static void
given_up_it_ends_as_the_member_is (void **unused)
{
    (void) unused;
    for (unsigned changed = 0; changed < 2; changed++) {
        scoped (scenario_destroy) scenario_t *s = s_refused (changed);
        then_given_up (s, &saga, EMAIL_CHANGE_WAS_GIVEN_UP);
        assert_int_equal (s_change (s)->step, changed ? EMAIL_CHANGE_DONE : EMAIL_CHANGE_FAILED);
        assert_int_equal (s_change (s)->verdict,
                          changed ? VERDICT_ACCEPTED : VERDICT_PRECONDITION_FAILED);
        s_assert_forgotten (s);
    }
}

static void
operators_wait_while_somebody_is_asked (void **unused)
{
    scoped (scenario_destroy) scenario_t *absent = scenario_new (s_self ());
    scoped (scenario_destroy) scenario_t *s = s_started ();
    (void) unused;

    then_no_operator (absent, &saga, VERDICT_NOT_FOUND);
    for (unsigned step = EMAIL_CHANGE_CLAIMING; step <= EMAIL_CHANGE_RELEASING; step++) {
        assert_int_equal (s_change (s)->step, step);
        then_no_operator (s, &saga, VERDICT_STATE_CONFLICT);
        when (s, EMAIL_CHANGE_DEADLINE, "");
        carry_on (s);
        then_no_operator (s, &saga, VERDICT_STATE_CONFLICT);
        s_answer (s, VERDICT_ACCEPTED);
    }
    then_no_operator (s, &saga, VERDICT_STATE_CONFLICT);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (the_new_login_is_claimed_before_the_old_one_is_released),
        cmocka_unit_test (an_address_that_is_taken_ends_it),
        cmocka_unit_test (a_member_that_does_not_change_gets_its_claim_taken_back),
        cmocka_unit_test (starting_again_changes_nothing),
        cmocka_unit_test (an_answer_to_another_step_changes_nothing),
        cmocka_unit_test (a_deadline_parks_each_step_and_a_late_answer_goes_on),
        cmocka_unit_test (a_claim_that_cannot_be_taken_back_parks_it_with_the_first_reason),
        cmocka_unit_test (a_retry_asks_the_login_again),
        cmocka_unit_test (given_up_it_ends_as_the_member_is),
        cmocka_unit_test (operators_wait_while_somebody_is_asked),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
