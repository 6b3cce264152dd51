//  registration: login, member, wallet; and the way back.

#include "actors/registration.h"
#include "actors/wallet.h"
#include "tests/lib/saga_scenario.h"

static const saga_commands_t saga = { REGISTRATION_START, REGISTRATION_ANSWERED,
                                      REGISTRATION_DEADLINE, REGISTRATION_RETRY,
                                      REGISTRATION_RESOLVE };

static oid_t
s_self (void)
{
    return scenario_oid (OID_REGISTRATION, 1);
}

static registration_start_t
s_start (bool wallet)
{
    return (registration_start_t) {
        .member = scenario_oid (OID_MEMBER, 2),
        .login = scenario_oid (OID_LOGIN, 3),
        .wallet = wallet,
        .currency = "KRW",
        .corporate = true,
        .name = { 2, { 1, 2 } },
        .email = { 2, { 3, 4 } },
        .address = { 2, { 5, 6 } },
        .address_hash = { ADDRESS_HASH_SIZE, { 7 } },
        .password_hash = "$argon2id$",
    };
}

static const registration_t *
s_registration (const scenario_t *s)
{
    return s->state;
}

static scenario_t *
s_started (bool wallet)
{
    registration_start_t start = s_start (wallet);
    return saga_started (&saga, s_self (), &start);
}

//  The step that is open is answered.
static void
s_answer (scenario_t *s, verdict_t verdict)
{
    when_answered (s, &saga, s_registration (s)->step, verdict);
}

static void
a_member_with_a_wallet_is_made_in_three_steps (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_started (true);
    registration_start_t start = s_start (true);
    login_claim_t claim = { s_self (), start.member, "$argon2id$" };
    wallet_open_t open = { start.member, s_self (), "KRW", MEMBER_ACTIVE };
    member_register_t member = { s_self (),     start.login,       true, start.name, start.email,
                                 start.address, start.address_hash };
    (void) unused;

    assert_true (oid_equal (s->decision.object, start.member));
    then_asked (s, start.login, LOGIN_CLAIM, ANSWER_ALWAYS, REGISTRATION_CLAIMING, &claim);
    then_timer (s, REGISTRATION_DEADLINE, s->now_ms + s->limits.step_deadline_ms);
    s_answer (s, VERDICT_ACCEPTED);
    then_asked (s, start.member, MEMBER_REGISTER, ANSWER_ALWAYS, REGISTRATION_REGISTERING, &member);
    s_answer (s, VERDICT_ACCEPTED);
    then_asked (s, scenario_oid (OID_WALLET, 2), WALLET_OPEN, ANSWER_ALWAYS, REGISTRATION_OPENING,
                &open);
    assert_false (s->type->finished (s->state));
    s_answer (s, VERDICT_ACCEPTED);
    then_timer (s, REGISTRATION_DEADLINE, 0);
    assert_int_equal (s_registration (s)->step, REGISTRATION_DONE);
    assert_true (s->type->finished (s->state));
}

static void
at_the_end_personal_fields_are_forgotten (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_started (false);
    (void) unused;

    s_answer (s, VERDICT_ACCEPTED);
    s_answer (s, VERDICT_ACCEPTED);
    const registration_start_t *kept = &s_registration (s)->request;
    assert_int_equal (s_registration (s)->step, REGISTRATION_DONE);
    assert_int_equal (kept->name.size + kept->email.size + kept->address.size, 0);
    assert_int_equal (kept->password_hash [0], 0);
    assert_true (oid_equal (kept->member, scenario_oid (OID_MEMBER, 2)));
}

static void
a_start_repeated_is_one_registration (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_started (false);
    registration_start_t start = s_start (false);
    (void) unused;

    when (s, REGISTRATION_START, &start);
    then_nothing (s);
    assert_true (oid_equal (s->decision.object, start.member));
    start.login.bytes [0]++;
    when (s, REGISTRATION_START, &start);
    then_refused (s, VERDICT_ALREADY_EXISTS);
    start = s_start (false);
    start.member.bytes [0]++;
    when (s, REGISTRATION_START, &start);
    then_refused (s, VERDICT_ALREADY_EXISTS);
}

static void
an_address_that_is_taken_fails_it (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_started (true);
    (void) unused;

    s_answer (s, VERDICT_EMAIL_EXISTS);
    then_silent (s);
    assert_int_equal (s_registration (s)->step, REGISTRATION_FAILED);
    assert_int_equal (s_registration (s)->verdict, VERDICT_EMAIL_EXISTS);
    assert_true (s->type->finished (s->state));
    when (s, REGISTRATION_DEADLINE, NULL);
    then_nothing (s);
    s_answer (s, VERDICT_ACCEPTED);
    then_nothing (s);
}

static void
a_member_that_is_refused_gives_the_address_back (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_started (true);
    login_release_t release = { .saga = s_self () };
    (void) unused;

    s_answer (s, VERDICT_ACCEPTED);
    s_answer (s, VERDICT_ALREADY_EXISTS);
    then_asked (s, scenario_oid (OID_LOGIN, 3), LOGIN_RELEASE, ANSWER_ALWAYS,
                REGISTRATION_RELEASING, &release);
    when (s, REGISTRATION_DEADLINE, NULL);
    carry_on (s);
    assert_true (s->type->finished (s->state));
    s_answer (s, VERDICT_ACCEPTED);
    assert_int_equal (s_registration (s)->step, REGISTRATION_FAILED);
    assert_int_equal (s_registration (s)->verdict, VERDICT_ALREADY_EXISTS);
}

static void
a_wallet_that_is_refused_parks_it (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_started (true);
    (void) unused;

    s_answer (s, VERDICT_ACCEPTED);
    s_answer (s, VERDICT_ACCEPTED);
    s_answer (s, VERDICT_WALLET_EXISTS);
    then_timer (s, REGISTRATION_DEADLINE, 0);
    assert_true (s_registration (s)->parked);
    assert_int_equal (s_registration (s)->verdict, VERDICT_WALLET_EXISTS);
    assert_true (s->type->finished (s->state));
}

static void
a_deadline_parks_it_and_a_late_answer_goes_on (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_started (false);
    saga_answer_t stale = { .step = REGISTRATION_OPENING, .verdict = VERDICT_ACCEPTED };
    (void) unused;

    when (s, REGISTRATION_DEADLINE, NULL);
    then_event (s, 0, 1, REGISTRATION_WAS_PARKED,
                &(registration_parked_t) { VERDICT_DEADLINE_EXCEEDED });
    carry_on (s);
    when (s, REGISTRATION_DEADLINE, NULL);
    then_nothing (s);
    when (s, REGISTRATION_ANSWERED, &stale);
    then_nothing (s);
    s_answer (s, VERDICT_ACCEPTED);
    assert_int_equal (s_registration (s)->step, REGISTRATION_REGISTERING);
    assert_false (s->type->finished (s->state));
    assert_int_equal (s_registration (s)->verdict, VERDICT_ACCEPTED);
}

static void
a_refused_wallet_is_asked_for_again_by_an_operator (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_started (true);
    (void) unused;

    s_answer (s, VERDICT_ACCEPTED);
    s_answer (s, VERDICT_ACCEPTED);
    s_answer (s, VERDICT_MEMBER_SUSPENDED);
    assert_true (s->type->parked (s->state));
    when (s, REGISTRATION_RETRY, NULL);
    then_asked (s, scenario_oid (OID_WALLET, 2), WALLET_OPEN, ANSWER_ALWAYS, REGISTRATION_OPENING,
                NULL);
    carry_on (s);
    assert_false (s->type->parked (s->state) || s->type->finished (s->state));
    s_answer (s, VERDICT_ACCEPTED);
    assert_int_equal (s_registration (s)->step, REGISTRATION_DONE);
}

static void
a_refused_release_is_asked_for_again_and_still_fails (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_started (true);
    (void) unused;

    s_answer (s, VERDICT_ACCEPTED);
    s_answer (s, VERDICT_ALREADY_EXISTS);
    s_answer (s, VERDICT_STATE_CONFLICT);
    when (s, REGISTRATION_RETRY, NULL);
    then_asked (s, scenario_oid (OID_LOGIN, 3), LOGIN_RELEASE, ANSWER_ALWAYS,
                REGISTRATION_RELEASING, NULL);
    carry_on (s);
    s_answer (s, VERDICT_ACCEPTED);
    assert_int_equal (s_registration (s)->step, REGISTRATION_FAILED);
    assert_int_equal (s_registration (s)->verdict, VERDICT_ALREADY_EXISTS);
}

//  Without a wallet the member has joined all the same.
static void
what_is_given_up_ends_and_forgets (void **unused)
{
    scoped (scenario_destroy) scenario_t *joined = s_started (true);
    scoped (scenario_destroy) scenario_t *failed = s_started (true);
    saga_resolve_t resolve = { .decision = SAGA_GIVE_UP, .operator= "kim", .reason = "enough" };
    saga_given_up_t given_up = { .operator= "kim", .reason = "enough" };
    (void) unused;

    s_answer (joined, VERDICT_ACCEPTED);
    s_answer (joined, VERDICT_ACCEPTED);
    s_answer (joined, VERDICT_WALLET_EXISTS);
    when (joined, REGISTRATION_RESOLVE, &resolve);
    then_event (joined, 0, 1, REGISTRATION_WAS_GIVEN_UP, &given_up);
    then_not_posted (joined, 0);
    then_silent (joined);
    carry_on (joined);
    assert_int_equal (s_registration (joined)->step, REGISTRATION_DONE);
    assert_int_equal (s_registration (joined)->request.name.size, 0);

    s_answer (failed, VERDICT_ACCEPTED);
    s_answer (failed, VERDICT_ALREADY_EXISTS);
    s_answer (failed, VERDICT_STATE_CONFLICT);
    when (failed, REGISTRATION_RESOLVE, &resolve);
    carry_on (failed);
    assert_int_equal (s_registration (failed)->step, REGISTRATION_FAILED);
    assert_int_equal (s_registration (failed)->verdict, VERDICT_ALREADY_EXISTS);
    assert_true (failed->type->finished (failed->state));
    when (failed, REGISTRATION_RESOLVE, &resolve);
    then_refused (failed, VERDICT_STATE_CONFLICT);
}

//  Its answer is still to come.
static void
what_only_waits_is_neither_retried_nor_given_up (void **unused)
{
    scoped (scenario_destroy) scenario_t *absent = scenario_new (s_self ());
    scoped (scenario_destroy) scenario_t *s = s_started (true);
    (void) unused;

    then_no_operator (absent, &saga, VERDICT_NOT_FOUND);
    then_no_operator (s, &saga, VERDICT_STATE_CONFLICT);
    when_late (s, &saga);
    then_no_operator (s, &saga, VERDICT_STATE_CONFLICT);
}

static void
the_invariant_sees_what_is_wrong (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_started (false);
    registration_t *registration = s->state;
    registration_t sound = *registration;
    (void) unused;

    registration->step = 77;
    assert_false (s->type->invariant (registration));
    *registration = sound;
    registration->request.member = (oid_t) { 0 };
    assert_false (s->type->invariant (registration));
    *registration = sound;
    registration->request.login = (oid_t) { 0 };
    assert_false (s->type->invariant (registration));
    *registration = sound;
    registration->verdict = VERDICT_EMAIL_EXISTS;
    assert_false (s->type->invariant (registration));
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_member_with_a_wallet_is_made_in_three_steps),
        cmocka_unit_test (at_the_end_personal_fields_are_forgotten),
        cmocka_unit_test (a_start_repeated_is_one_registration),
        cmocka_unit_test (an_address_that_is_taken_fails_it),
        cmocka_unit_test (a_member_that_is_refused_gives_the_address_back),
        cmocka_unit_test (a_wallet_that_is_refused_parks_it),
        cmocka_unit_test (a_deadline_parks_it_and_a_late_answer_goes_on),
        cmocka_unit_test (a_refused_wallet_is_asked_for_again_by_an_operator),
        cmocka_unit_test (a_refused_release_is_asked_for_again_and_still_fails),
        cmocka_unit_test (what_is_given_up_ends_and_forgets),
        cmocka_unit_test (what_only_waits_is_neither_retried_nor_given_up),
        cmocka_unit_test (the_invariant_sees_what_is_wrong),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
