//  login: changing a password, and resetting one that was forgotten.

#include "tests/actors/login_scenario.h"

//  By the owner, proved at version 1, from the session of that number (0: of none).
static login_change_password_t
s_change (bool verified, uint8_t family)
{
    return (login_change_password_t) {
        .verified = verified,
        .password_version = 1,
        .family = family ? scenario_oid (OID_SESSION, family) : (oid_t) { 0 },
        .password_hash = NEW_HASH,
    };
}

static void
a_change_ends_every_session_but_its_own (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = login_claimed ();
    login_change_password_t change = s_change (true, 2);
    const login_t *login = s->state;
    (void) unused;

    for (uint8_t family = 1; family <= 3; family++) {
        login_opens (s, family, family);
    }
    when (s, LOGIN_CHANGE_PASSWORD, &change);
    then_event (s, 0, 1, LOGIN_PASSWORD_CHANGED, &(login_changed_t) { NEW_HASH, change.family });
    assert_true (oid_equal (s->decision.object, scenario_oid (OID_MEMBER, 1)));
    carry_on (s);
    assert_int_equal (login->family_count, 1);
    assert_true (login_has (s, 2));
    assert_string_equal (login->password_hash, NEW_HASH);
    assert_int_equal (login->password_version, 2);
}

static void
a_wrong_current_password_is_a_guess (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = login_claimed ();
    login_change_password_t change = s_change (false, 1);
    (void) unused;

    when (s, LOGIN_CHANGE_PASSWORD, &change);
    then_event (s, 0, 1, LOGIN_GUESSED, &(login_guessed_t) { 1, 0 });
    assert_false (s->decision.object.kind == OID_MEMBER);
    given (s, LOGIN_GUESSED, &(login_guessed_t) { 4, 0 });
    when (s, LOGIN_CHANGE_PASSWORD, &change);
    then_event (s, 0, 1, LOGIN_GUESSED,
                &(login_guessed_t) { 5, s->now_ms + s->limits.login_delay_first_ms });
}

static void
of_two_changes_at_once_the_first_one_holds (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = login_claimed ();
    login_change_password_t change = s_change (true, 0);
    (void) unused;

    when (s, LOGIN_CHANGE_PASSWORD, &change);
    carry_on (s);
    when (s, LOGIN_CHANGE_PASSWORD, &change);
    then_refused (s, VERDICT_STATE_CONFLICT);
}

static void
an_operator_sets_a_password_without_the_current_one (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = login_claimed ();
    login_change_password_t change = { .by_operator = true, .password_hash = NEW_HASH };
    const login_t *login = s->state;
    (void) unused;

    login_opens (s, 1, 1);
    given (s, LOGIN_GUESSED, &(login_guessed_t) { 9, s->now_ms + 60000 });
    when (s, LOGIN_CHANGE_PASSWORD, &change);
    then_event (s, 0, 1, LOGIN_PASSWORD_CHANGED, &(login_changed_t) { NEW_HASH, { 0 } });
    carry_on (s);
    assert_int_equal (login->family_count, 0);
    assert_false (login_is_locked (login, s->now_ms));
}

static void
a_login_without_an_owner_has_no_password_to_change (void **unused)
{
    scoped (scenario_destroy) scenario_t *free_one = scenario_new (scenario_oid (OID_LOGIN, 1));
    scoped (scenario_destroy) scenario_t *released = login_claimed ();
    login_change_password_t change = { .by_operator = true, .password_hash = NEW_HASH };
    login_release_t release = { scenario_oid (OID_REGISTRATION, 1), { 0 } };
    (void) unused;

    when (free_one, LOGIN_CHANGE_PASSWORD, &change);
    then_refused (free_one, VERDICT_STATE_CONFLICT);
    given (released, LOGIN_WAS_RELEASED, &release);
    when (released, LOGIN_CHANGE_PASSWORD, &change);
    then_refused (released, VERDICT_STATE_CONFLICT);
}

//  ---------------------------------------------------------------------------
//  Resets

static void
a_reset_is_asked_for_once_a_minute (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = login_claimed ();
    (void) unused;

    when (s, LOGIN_REQUEST_RESET, NULL);
    then_event (s, 0, 1, LOGIN_RESET_REQUESTED,
                &(login_reset_requested_t) { scenario_oid (OID_MEMBER, 1) });
    carry_on (s);
    s->now_ms += LOGIN_RESET_INTERVAL_MS - 1;
    when (s, LOGIN_REQUEST_RESET, NULL);
    then_nothing (s);
    s->now_ms += 1;
    when (s, LOGIN_REQUEST_RESET, NULL);
    then_event (s, 0, 1, LOGIN_RESET_REQUESTED, NULL);
}

static void
a_reset_of_an_address_without_an_owner_leaves_as_much_and_comes_to_nothing (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (scenario_oid (OID_LOGIN, 1));
    login_issue_reset_t issue = { login_token (1) };
    (void) unused;

    when (s, LOGIN_REQUEST_RESET, NULL);
    then_event (s, 0, 1, LOGIN_RESET_MISSED, NULL);
    carry_on (s);
    when (s, LOGIN_REQUEST_RESET, NULL);
    then_nothing (s);
    when (s, LOGIN_ISSUE_RESET, &issue);
    then_refused (s, VERDICT_NOT_FOUND);
}

static void
a_reset_is_issued_once_for_each_request (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = login_claimed ();
    login_issue_reset_t issue = { login_token (1) };
    int64_t lifetime_ms = s->limits.reset_token_s * 1000;
    (void) unused;

    when (s, LOGIN_ISSUE_RESET, &issue);
    then_refused (s, VERDICT_STATE_CONFLICT);
    when (s, LOGIN_REQUEST_RESET, NULL);
    carry_on (s);
    s->now_ms += lifetime_ms;
    when (s, LOGIN_ISSUE_RESET, &issue);
    then_refused (s, VERDICT_STATE_CONFLICT);
    s->now_ms -= 1;
    when (s, LOGIN_ISSUE_RESET, &issue);
    then_event (s, 0, 1, LOGIN_RESET_ISSUED,
                &(login_reset_issued_t) { issue.token, s->now_ms + lifetime_ms });
    carry_on (s);
    when (s, LOGIN_ISSUE_RESET, &issue);
    then_refused (s, VERDICT_STATE_CONFLICT);
}

static void
a_reset_token_sets_a_password_once_and_ends_every_session (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = login_claimed ();
    login_reset_t reset = { login_token (7), NEW_HASH };
    const login_t *login = s->state;
    (void) unused;

    login_opens (s, 1, 1);
    given (s, LOGIN_GUESSED, &(login_guessed_t) { 9, s->now_ms + 60000 });
    given (s, LOGIN_RESET_ISSUED, &(login_reset_issued_t) { login_token (7), s->now_ms + 1 });
    when (s, LOGIN_RESET, &reset);
    then_event (s, 0, 1, LOGIN_PASSWORD_CHANGED, &(login_changed_t) { NEW_HASH, { 0 } });
    carry_on (s);
    assert_int_equal (login->family_count, 0);
    assert_int_equal (login->password_version, 2);
    assert_false (login_is_locked (login, s->now_ms));
    when (s, LOGIN_RESET, &reset);
    then_refused (s, VERDICT_RESET_TOKEN_INVALID);
}

static void
a_reset_token_that_is_wrong_expired_or_replaced_is_refused (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = login_claimed ();
    login_reset_t reset = { login_token (7), NEW_HASH };
    login_reset_t nothing = { .password_hash = NEW_HASH };
    (void) unused;

    when (s, LOGIN_RESET, &reset);
    then_refused (s, VERDICT_RESET_TOKEN_INVALID);
    when (s, LOGIN_RESET, &nothing);
    then_refused (s, VERDICT_RESET_TOKEN_INVALID);
    given (s, LOGIN_RESET_ISSUED, &(login_reset_issued_t) { login_token (7), s->now_ms });
    when (s, LOGIN_RESET, &reset);
    then_refused (s, VERDICT_RESET_TOKEN_INVALID);
    given (s, LOGIN_RESET_ISSUED, &(login_reset_issued_t) { login_token (8), s->now_ms + 1 });
    when (s, LOGIN_RESET, &reset);
    then_refused (s, VERDICT_RESET_TOKEN_INVALID);
}

//  Who could log in meanwhile needs no reset, and a thief with the mail gets none.
static void
a_change_makes_an_issued_reset_worthless (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = login_claimed ();
    login_reset_t reset = { login_token (7), NEW_HASH };
    login_issue_reset_t issue = { login_token (8) };
    login_change_password_t change = s_change (true, 0);
    (void) unused;

    when (s, LOGIN_REQUEST_RESET, NULL);
    carry_on (s);
    given (s, LOGIN_RESET_ISSUED, &(login_reset_issued_t) { login_token (7), s->now_ms + 1 });
    given (s, LOGIN_RESET_REQUESTED, &(login_reset_requested_t) { scenario_oid (OID_MEMBER, 1) });
    when (s, LOGIN_CHANGE_PASSWORD, &change);
    carry_on (s);
    when (s, LOGIN_RESET, &reset);
    then_refused (s, VERDICT_RESET_TOKEN_INVALID);
    when (s, LOGIN_ISSUE_RESET, &issue);
    then_refused (s, VERDICT_STATE_CONFLICT);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_change_ends_every_session_but_its_own),
        cmocka_unit_test (a_wrong_current_password_is_a_guess),
        cmocka_unit_test (of_two_changes_at_once_the_first_one_holds),
        cmocka_unit_test (an_operator_sets_a_password_without_the_current_one),
        cmocka_unit_test (a_login_without_an_owner_has_no_password_to_change),
        cmocka_unit_test (a_reset_is_asked_for_once_a_minute),
        cmocka_unit_test (
            a_reset_of_an_address_without_an_owner_leaves_as_much_and_comes_to_nothing),
        cmocka_unit_test (a_reset_is_issued_once_for_each_request),
        cmocka_unit_test (a_reset_token_sets_a_password_once_and_ends_every_session),
        cmocka_unit_test (a_reset_token_that_is_wrong_expired_or_replaced_is_refused),
        cmocka_unit_test (a_change_makes_an_issued_reset_worthless),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
