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
    login->status = 77;
    assert_false (s->type->invariant (login));
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (an_address_is_claimed_by_one_saga),
        cmocka_unit_test (only_its_saga_or_member_releases_it),
        cmocka_unit_test (a_claim_that_comes_after_its_release_does_not_bring_it_back),
        cmocka_unit_test (the_invariant_sees_what_is_wrong),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
