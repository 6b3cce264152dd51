//  login: one address, one member.

#include "actors/login.h"
#include "tests/lib/scenario.h"

static login_claim_t
s_claim (uint8_t number)
{
    return (login_claim_t) {
        .saga = scenario_oid (OID_REGISTRATION, number),
        .member = scenario_oid (OID_MEMBER, number),
        .password_hash = "$argon2id$v=19$m=65536,t=2,p=1$c2FsdA$aGFzaA",
    };
}

static scenario_t *
s_claimed (void)
{
    scenario_t *s = scenario_new (scenario_oid (OID_LOGIN, 1));
    login_claim_t claim = s_claim (1);
    given (s, LOGIN_WAS_CLAIMED, &claim);
    return s;
}

static void
an_address_is_claimed_by_one_saga (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (scenario_oid (OID_LOGIN, 1));
    login_claim_t mine = s_claim (1);
    login_claim_t theirs = s_claim (2);
    (void) unused;

    when (s, LOGIN_CLAIM, &mine);
    then_event (s, 0, 1, LOGIN_WAS_CLAIMED, &mine);
    carry_on (s);
    when (s, LOGIN_CLAIM, &mine);
    then_nothing (s);
    when (s, LOGIN_CLAIM, &theirs);
    then_refused (s, VERDICT_EMAIL_EXISTS);
}

static void
only_its_saga_or_member_releases_it (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_claimed ();
    login_release_t nobody = { { 0 }, { 0 } };
    login_release_t other = { scenario_oid (OID_REGISTRATION, 2), scenario_oid (OID_MEMBER, 2) };
    login_release_t saga = { scenario_oid (OID_REGISTRATION, 1), { 0 } };
    login_release_t member = { { 0 }, scenario_oid (OID_MEMBER, 1) };
    (void) unused;

    when (s, LOGIN_RELEASE, &nobody);
    then_refused (s, VERDICT_STATE_CONFLICT);
    when (s, LOGIN_RELEASE, &other);
    then_refused (s, VERDICT_STATE_CONFLICT);
    when (s, LOGIN_RELEASE, &member);
    then_event (s, 0, 1, LOGIN_WAS_RELEASED, &member);
    when (s, LOGIN_RELEASE, &saga);
    then_event (s, 0, 1, LOGIN_WAS_RELEASED, &saga);
    carry_on (s);
    assert_int_equal (((login_t *) s->state)->password_hash [0], 0);
    when (s, LOGIN_RELEASE, &saga);
    then_nothing (s);
}

//  Its successor was claimed with the password that it had then.
static void
a_password_that_changed_since_is_told_to_the_successor (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_claimed ();
    uint32_t version = ((const login_t *) s->state)->password_version;
    oid_t successor = scenario_oid (OID_LOGIN, 9);
    login_release_t release = { { 0 }, scenario_oid (OID_MEMBER, 1), successor, version };
    login_changed_t changed = { .password_hash = "$argon2id$another" };
    login_change_password_t told = { .by_operator = true, .password_hash = "$argon2id$another" };
    (void) unused;

    when (s, LOGIN_RELEASE, &release);
    then_event (s, 0, 1, LOGIN_WAS_RELEASED, &release);
    then_silent (s);
    given (s, LOGIN_PASSWORD_CHANGED, &changed);
    when (s, LOGIN_RELEASE, &release);
    then_event (s, 0, 1, LOGIN_WAS_RELEASED, &release);
    then_told (s, successor, LOGIN_CHANGE_PASSWORD, &told);
    release.successor = (oid_t) { 0 };
    when (s, LOGIN_RELEASE, &release);
    then_silent (s);
}

static void
a_claim_that_comes_after_its_release_does_not_bring_it_back (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_claimed ();
    login_release_t release = { scenario_oid (OID_REGISTRATION, 1), { 0 } };
    login_claim_t late = s_claim (1);
    login_claim_t next = s_claim (2);
    (void) unused;

    given (s, LOGIN_WAS_RELEASED, &release);
    when (s, LOGIN_CLAIM, &late);
    then_refused (s, VERDICT_STATE_CONFLICT);
    when (s, LOGIN_CLAIM, &next);
    then_event (s, 0, 1, LOGIN_WAS_CLAIMED, &next);
}

static void
a_released_login_keeps_neither_secrets_nor_sessions (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_claimed ();
    login_release_t release = { scenario_oid (OID_REGISTRATION, 1), { 0 } };
    login_session_t session = { .family = scenario_oid (OID_SESSION, 1),
                                .token.size = TOKEN_HASH_SIZE,
                                .expires_ms = INT64_MAX };
    login_t *login = s->state;
    (void) unused;

    given (s, LOGIN_AUTHENTICATED, &session);
    given (s, LOGIN_RESET_ISSUED,
           &(login_reset_issued_t) { { .size = TOKEN_HASH_SIZE }, INT64_MAX });
    uint32_t version = login->password_version;
    given (s, LOGIN_WAS_RELEASED, &release);
    assert_int_equal (login->family_count, 0);
    assert_int_equal (login->reset.size, 0);
    assert_true (login->password_version > version);
    when (s, LOGIN_REQUEST_RESET, NULL);
    then_event (s, 0, 1, LOGIN_RESET_MISSED, NULL);
}

//  What strangers guessed before does not delay the owner.
static void
a_claim_begins_without_guesses (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (scenario_oid (OID_LOGIN, 1));
    login_claim_t claim = s_claim (1);
    login_t *login = s->state;
    (void) unused;

    given (s, LOGIN_GUESSED, &(login_guessed_t) { 5, s->now_ms + 5000 });
    when (s, LOGIN_CLAIM, &claim);
    carry_on (s);
    assert_false (login_is_locked (login, s->now_ms));
    assert_int_equal (login->guesses, 0);
}

static void
the_invariant_sees_what_is_wrong (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_claimed ();
    login_t *login = s->state;
    login_t sound = *login;
    (void) unused;

    login->member = (oid_t) { 0 };
    assert_false (s->type->invariant (login));
    *login = sound;
    login->saga = (oid_t) { 0 };
    assert_false (s->type->invariant (login));
    *login = sound;
    login->status = LOGIN_RELEASED;
    assert_false (s->type->invariant (login));
    login->member = (oid_t) { 0 };
    assert_false (s->type->invariant (login));
    login->password_hash [0] = 0;
    assert_true (s->type->invariant (login));
    login->reset_pending = true;
    assert_false (s->type->invariant (login));
    login->reset_pending = false;
    login->reset.size = TOKEN_HASH_SIZE;
    assert_false (s->type->invariant (login));
    login->reset.size = 0;
    login->status = 77;
    assert_false (s->type->invariant (login));
}

static void
the_invariant_sees_what_is_wrong_with_sessions (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_claimed ();
    login_t *login = s->state;
    (void) unused;

    login->families [0].family = scenario_oid (OID_SESSION, 1);
    login->families [0].current.size = TOKEN_HASH_SIZE;
    login->families [1] = login->families [0];
    login->family_count = 1;
    assert_true (s->type->invariant (login));
    login->family_count = 2;
    assert_false (s->type->invariant (login));
    login->families [1].family = scenario_oid (OID_SESSION, 2);
    assert_true (s->type->invariant (login));
    login->families [1].current.size = 0;
    assert_false (s->type->invariant (login));
    login->family_count = 1;
    login->families [0].family = scenario_oid (OID_MEMBER, 1);
    assert_false (s->type->invariant (login));
    login->family_count = LOGIN_FAMILIES_MAX + 1;
    assert_false (s->type->invariant (login));
    login->family_count = 1;
    login->families [0].family = scenario_oid (OID_SESSION, 1);
    login->status = LOGIN_RELEASED;
    login->member = (oid_t) { 0 };
    login->password_hash [0] = 0;
    assert_false (s->type->invariant (login));
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (an_address_is_claimed_by_one_saga),
        cmocka_unit_test (only_its_saga_or_member_releases_it),
        cmocka_unit_test (a_password_that_changed_since_is_told_to_the_successor),
        cmocka_unit_test (a_claim_that_comes_after_its_release_does_not_bring_it_back),
        cmocka_unit_test (a_released_login_keeps_neither_secrets_nor_sessions),
        cmocka_unit_test (a_claim_begins_without_guesses),
        cmocka_unit_test (the_invariant_sees_what_is_wrong),
        cmocka_unit_test (the_invariant_sees_what_is_wrong_with_sessions),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
