//  login: guesses and the delay that they earn, sessions and the tokens they rotate.

#include "tests/actors/login_scenario.h"

//  ---------------------------------------------------------------------------
//  Guesses

static void
s_guess (scenario_t *s, uint32_t nth, int64_t delay_ms)
{
    login_authenticate_t wrong = login_proof (false, 1, 1);
    when (s, LOGIN_AUTHENTICATE, &wrong);
    then_event (s, 0, 1, LOGIN_GUESSED,
                &(login_guessed_t) { nth, delay_ms ? s->now_ms + delay_ms : 0 });
    carry_on (s);
}

static void
four_wrong_passwords_cost_nothing_and_the_fifth_a_delay_that_doubles (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = login_claimed ();
    login_authenticate_t right = login_proof (true, 1, 1);
    (void) unused;

    s->limits.login_delay_first_ms = 1000;
    s->limits.login_delay_last_ms = 5000;
    for (uint32_t nth = 1; nth <= 4; nth++) {
        s_guess (s, nth, 0);
    }
    static const int64_t delays_ms [] = { 1000, 2000, 4000, 5000, 5000 };
    for (uint32_t index = 0; index < COUNT (delays_ms); index++) {
        s_guess (s, 5 + index, delays_ms [index]);
        s->now_ms += delays_ms [index] - 1;
        when (s, LOGIN_AUTHENTICATE, &right);
        then_refused (s, VERDICT_LOGIN_LOCKED);
        s->now_ms += 1;
    }
    login_opens (s, 1, 1);
    s_guess (s, 1, 0);
}

static void
a_delay_never_overflows (void **unused)
{
    limits_t limits = limits_default;
    (void) unused;

    limits.login_delay_first_ms = limits.login_delay_last_ms = 86400000;
    assert_int_equal (login_delay_ms (UINT32_MAX, &limits), 86400000);
    limits.login_delay_first_ms = 1;
    assert_int_equal (login_delay_ms (UINT32_MAX, &limits), 86400000);
    assert_int_equal (login_delay_ms (4, &limits), 0);
    limits.login_delay_first_ms = 3600000;
    limits.login_delay_last_ms = 10;
    assert_int_equal (login_delay_ms (5, &limits), 10);
}

static void
wrong_passwords_are_forgotten_after_a_day_without_one (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = login_claimed ();
    (void) unused;

    s_guess (s, 1, 0);
    s->now_ms += LOGIN_GUESSES_FORGOTTEN_MS;
    s_guess (s, 2, 0);
    s->now_ms += LOGIN_GUESSES_FORGOTTEN_MS + 1;
    s_guess (s, 1, 0);
}

//  A locked door, and the one who is inside stays there.
static void
a_locked_login_goes_on_with_its_sessions (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = login_claimed ();
    (void) unused;

    login_opens (s, 1, 1);
    given (s, LOGIN_GUESSED, &(login_guessed_t) { 9, s->now_ms + 60000 });
    login_presents (s, 1, 1, 2);
    then_event (s, 0, 1, LOGIN_REFRESHED, NULL);
    carry_on (s);
    when (s, LOGIN_REVOKE, &(login_revoke_t) { scenario_oid (OID_SESSION, 1) });
    then_event (s, 0, 1, LOGIN_REVOKED, NULL);
}

//  Free or released: the same events as of a wrong password.
static void
an_address_without_an_owner_counts_guesses_like_any_other (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (scenario_oid (OID_LOGIN, 1));
    login_authenticate_t right = login_proof (true, 1, 1);
    (void) unused;

    right.password_version = 0;
    when (s, LOGIN_AUTHENTICATE, &right);
    then_refused (s, VERDICT_CREDENTIALS_INVALID);
    for (uint32_t nth = 1; nth <= 4; nth++) {
        s_guess (s, nth, 0);
    }
    s_guess (s, 5, s->limits.login_delay_first_ms);
    when (s, LOGIN_AUTHENTICATE, &right);
    then_refused (s, VERDICT_LOGIN_LOCKED);
}

static void
a_password_that_was_changed_meanwhile_opens_nothing_and_is_no_guess (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = login_claimed ();
    login_authenticate_t before = login_proof (true, 1, 1);
    (void) unused;

    given (s, LOGIN_PASSWORD_CHANGED, &(login_changed_t) { NEW_HASH, { 0 } });
    when (s, LOGIN_AUTHENTICATE, &before);
    then_refused (s, VERDICT_CREDENTIALS_INVALID);
    before.password_version = 2;
    when (s, LOGIN_AUTHENTICATE, &before);
    then_event (s, 0, 1, LOGIN_AUTHENTICATED, NULL);
}

//  ---------------------------------------------------------------------------
//  Sessions

static void
a_refresh_makes_the_successor_current (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = login_claimed ();
    login_session_t refreshed = { .family = scenario_oid (OID_SESSION, 1),
                                  .token = login_token (2) };
    (void) unused;

    login_opens (s, 1, 1);
    s->now_ms += 1000;
    refreshed.expires_ms = s->now_ms + s->limits.refresh_token_s * 1000;
    login_presents (s, 1, 1, 2);
    then_event (s, 0, 1, LOGIN_REFRESHED, &refreshed);
    carry_on (s);
    login_presents (s, 1, 2, 3);
    then_event (s, 0, 1, LOGIN_REFRESHED, NULL);
}

static void
the_previous_token_works_for_thirty_seconds (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = login_claimed ();
    (void) unused;

    assert_int_equal (s->limits.refresh_grace_ms, 30000);
    login_opens (s, 1, 1);
    login_presents (s, 1, 1, 2);
    carry_on (s);
    login_presents (s, 1, 1, 2);
    then_nothing (s);
    s->now_ms += 30000;
    login_presents (s, 1, 1, 2);
    then_nothing (s);
    s->now_ms += 1;
    login_presents (s, 1, 1, 2);
    then_event (s, 0, 1, LOGIN_REVOKED, &(login_revoked_t) { scenario_oid (OID_SESSION, 1), true });
}

static void
the_previous_token_dies_when_its_successor_is_used (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = login_claimed ();
    (void) unused;

    login_opens (s, 1, 1);
    login_presents (s, 1, 1, 2);
    carry_on (s);
    login_presents (s, 1, 2, 3);
    carry_on (s);
    login_presents (s, 1, 2, 3);
    then_nothing (s);
    login_presents (s, 1, 1, 2);
    then_event (s, 0, 1, LOGIN_REVOKED, NULL);
}

//  Whoever holds the newer token loses it too: one of the two is a thief.
static void
an_old_token_ends_its_family_and_no_other (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = login_claimed ();
    (void) unused;

    login_opens (s, 1, 1);
    login_opens (s, 2, 11);
    login_presents (s, 1, 1, 2);
    carry_on (s);
    login_presents (s, 1, 2, 3);
    carry_on (s);
    login_presents (s, 1, 1, 2);
    then_event (s, 0, 1, LOGIN_REVOKED, &(login_revoked_t) { scenario_oid (OID_SESSION, 1), true });
    carry_on (s);
    login_presents (s, 1, 3, 4);
    then_refused (s, VERDICT_SESSION_EXPIRED);
    login_presents (s, 2, 11, 12);
    then_event (s, 0, 1, LOGIN_REFRESHED, NULL);
    login_presents (s, 2, 3, 4);
    then_event (s, 0, 1, LOGIN_REVOKED, NULL);
}

static void
a_session_that_is_not_refreshed_expires (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = login_claimed ();
    (void) unused;

    login_opens (s, 1, 1);
    s->now_ms += s->limits.refresh_token_s * 1000 - 1;
    login_presents (s, 1, 1, 2);
    then_event (s, 0, 1, LOGIN_REFRESHED, NULL);
    s->now_ms += 1;
    login_presents (s, 1, 1, 2);
    then_refused (s, VERDICT_SESSION_EXPIRED);
    when (s, LOGIN_REVOKE, &(login_revoke_t) { scenario_oid (OID_SESSION, 1) });
    then_nothing (s);
}

static void
who_is_not_logged_in_is_refreshed_nowhere (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (scenario_oid (OID_LOGIN, 1));
    (void) unused;

    login_presents (s, 1, 1, 2);
    then_refused (s, VERDICT_SESSION_EXPIRED);
    when (s, LOGIN_REVOKE, &(login_revoke_t) { scenario_oid (OID_SESSION, 1) });
    then_nothing (s);
}

static void
logging_out_ends_one_family_once (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = login_claimed ();
    login_revoke_t first = { scenario_oid (OID_SESSION, 1) };
    (void) unused;

    login_opens (s, 1, 1);
    login_opens (s, 2, 2);
    when (s, LOGIN_REVOKE, &first);
    then_event (s, 0, 1, LOGIN_REVOKED, &(login_revoked_t) { first.family, false });
    carry_on (s);
    assert_false (login_has (s, 1));
    assert_true (login_has (s, 2));
    when (s, LOGIN_REVOKE, &first);
    then_nothing (s);
}

static void
the_oldest_session_makes_room_for_a_new_one (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = login_claimed ();
    const login_t *login = s->state;
    (void) unused;

    for (uint8_t family = 1; family <= LOGIN_FAMILIES_MAX; family++) {
        login_opens (s, family, family);
    }
    login_opens (s, 100, 100);
    assert_int_equal (login->family_count, LOGIN_FAMILIES_MAX);
    assert_false (login_has (s, 1));
    assert_true (login_has (s, 2));
    assert_true (login_has (s, 100));
}

//  What has expired is no reason to end what has not.
static void
expired_sessions_make_room_first (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = login_claimed ();
    const login_t *login = s->state;
    (void) unused;

    for (uint8_t family = 1; family <= LOGIN_FAMILIES_MAX; family++) {
        login_opens (s, family, family);
    }
    s->now_ms += s->limits.refresh_token_s * 1000 - 1;
    login_presents (s, 1, 1, 101);
    carry_on (s);
    s->now_ms += 1;
    login_opens (s, 100, 100);
    assert_int_equal (login->family_count, 2);
    assert_true (login_has (s, 1));
    assert_true (login_has (s, 100));
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (four_wrong_passwords_cost_nothing_and_the_fifth_a_delay_that_doubles),
        cmocka_unit_test (a_delay_never_overflows),
        cmocka_unit_test (wrong_passwords_are_forgotten_after_a_day_without_one),
        cmocka_unit_test (a_locked_login_goes_on_with_its_sessions),
        cmocka_unit_test (an_address_without_an_owner_counts_guesses_like_any_other),
        cmocka_unit_test (a_password_that_was_changed_meanwhile_opens_nothing_and_is_no_guess),
        cmocka_unit_test (a_refresh_makes_the_successor_current),
        cmocka_unit_test (the_previous_token_works_for_thirty_seconds),
        cmocka_unit_test (the_previous_token_dies_when_its_successor_is_used),
        cmocka_unit_test (an_old_token_ends_its_family_and_no_other),
        cmocka_unit_test (a_session_that_is_not_refreshed_expires),
        cmocka_unit_test (who_is_not_logged_in_is_refreshed_nowhere),
        cmocka_unit_test (logging_out_ends_one_family_once),
        cmocka_unit_test (the_oldest_session_makes_room_for_a_new_one),
        cmocka_unit_test (expired_sessions_make_room_first),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
