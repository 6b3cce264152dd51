//  member: registered once, suspended and activated in turns.

#include "actors/member.h"
#include "tests/lib/scenario.h"

static oid_t
s_self (void)
{
    return scenario_oid (OID_MEMBER, 1);
}

static member_register_t
s_register (void)
{
    return (member_register_t) {
        .registration = scenario_oid (OID_REGISTRATION, 1),
        .login = scenario_oid (OID_LOGIN, 1),
        .corporate = true,
        .name = { 2, { 1, 2 } },
        .email = { 2, { 3, 4 } },
        .address = { 2, { 5, 6 } },
        .address_hash = { ADDRESS_HASH_SIZE, { 7 } },
    };
}

static scenario_t *
s_registered (void)
{
    scenario_t *s = scenario_new (s_self ());
    member_register_t registered = s_register ();
    given (s, MEMBER_REGISTERED, &registered);
    return s;
}

static void
a_member_registers_once (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    member_register_t request = s_register ();
    (void) unused;

    when (s, MEMBER_REGISTER, &request);
    then_event (s, 0, 1, MEMBER_REGISTERED, &request);
    carry_on (s);
    const member_t *member = s->state;
    assert_int_equal (member->status, MEMBER_ACTIVE);
    assert_true (member->corporate);
    assert_int_equal (member->address_hash.bytes [0], 7);
    when (s, MEMBER_REGISTER, &request);
    then_nothing (s);
    request.registration = scenario_oid (OID_REGISTRATION, 2);
    when (s, MEMBER_REGISTER, &request);
    then_refused (s, VERDICT_ALREADY_EXISTS);
}

static void
suspending_and_activating_take_turns (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_registered ();
    reason_t reason = { "asked by the court" };
    (void) unused;

    when (s, MEMBER_ACTIVATE, &reason);
    then_refused (s, VERDICT_STATE_CONFLICT);
    when (s, MEMBER_SUSPEND, &reason);
    then_event (s, 0, 1, MEMBER_WAS_SUSPENDED, &reason);
    carry_on (s);
    when (s, MEMBER_SUSPEND, &reason);
    then_refused (s, VERDICT_STATE_CONFLICT);
    when (s, MEMBER_ACTIVATE, &reason);
    then_event (s, 0, 1, MEMBER_ACTIVATED, &reason);
    carry_on (s);
    when (s, MEMBER_SUSPEND, &reason);
    then_event (s, 0, 1, MEMBER_WAS_SUSPENDED, &reason);
}

static void
nobody_is_not_suspended (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    reason_t reason = { "?" };
    (void) unused;

    when (s, MEMBER_SUSPEND, &reason);
    then_refused (s, VERDICT_NOT_FOUND);
    when (s, MEMBER_ACTIVATE, &reason);
    then_refused (s, VERDICT_NOT_FOUND);
}

static void
only_an_active_member_moves_money (void **unused)
{
    (void) unused;
    assert_int_equal (member_may_move_money (MEMBER_ACTIVE), VERDICT_ACCEPTED);
    assert_int_equal (member_may_move_money (MEMBER_ABSENT), VERDICT_MEMBER_NOT_FOUND);
    assert_int_equal (member_may_move_money (MEMBER_SUSPENDED), VERDICT_MEMBER_SUSPENDED);
    assert_int_equal (member_may_move_money (MEMBER_CLOSED), VERDICT_MEMBER_CLOSED);
    assert_int_equal (member_may_move_money (MEMBER_ERASED), VERDICT_MEMBER_CLOSED);
    assert_int_equal (member_may_move_money (77), VERDICT_MEMBER_NOT_FOUND);
}

static void
the_invariant_sees_what_is_wrong (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_registered ();
    member_t *member = s->state;
    member_t sound = *member;
    (void) unused;

    member->status = 77;
    assert_false (s->type->invariant (member));
    *member = sound;
    member->login = (oid_t) { 0 };
    assert_false (s->type->invariant (member));
    *member = sound;
    member->name.size = 0;
    assert_false (s->type->invariant (member));
    *member = sound;
    member->email.size = 0;
    assert_false (s->type->invariant (member));
    member->status = MEMBER_ABSENT;
    assert_true (s->type->invariant (member));
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_member_registers_once),
        cmocka_unit_test (suspending_and_activating_take_turns),
        cmocka_unit_test (nobody_is_not_suspended),
        cmocka_unit_test (only_an_active_member_moves_money),
        cmocka_unit_test (the_invariant_sees_what_is_wrong),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
