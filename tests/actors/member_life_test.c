//  member: what each command does in each state, changed, closed and erased.

#include "actors/closing.h"
#include "actors/keys.h"
#include "tests/lib/scenario.h"

static oid_t
s_self (void)
{
    return scenario_oid (OID_MEMBER, 1);
}

//  A member that came to be in this status by events.
static scenario_t *
s_member (member_status_t status)
{
    scenario_t *s = scenario_new (s_self ());
    member_register_t registered = {
        .registration = scenario_oid (OID_REGISTRATION, 1),
        .login = scenario_oid (OID_LOGIN, 1),
        .name = { 2, { 1, 2 } },
        .email = { 2, { 3, 4 } },
        .address = { 2, { 5, 6 } },
        .address_hash = { ADDRESS_HASH_SIZE, { 7 } },
    };
    reason_t reason = { "a reason" };
    member_close_t closed = { scenario_oid (OID_CLOSING, 1), { 1, { 9 } } };
    if (status != MEMBER_ABSENT) {
        given (s, MEMBER_REGISTERED, &registered);
    }
    if (status == MEMBER_SUSPENDED) {
        given (s, MEMBER_WAS_SUSPENDED, &reason);
    }
    if (status == MEMBER_CLOSED || status == MEMBER_ERASED) {
        given (s, MEMBER_WAS_CLOSED, &closed);
    }
    if (status == MEMBER_ERASED) {
        given (s, MEMBER_WAS_ERASED, &reason);
    }
    return s;
}

static const member_t *
s_state (const scenario_t *s)
{
    return s->state;
}

#define CONFLICT VERDICT_STATE_CONFLICT
#define NONE     VERDICT_NOT_FOUND

static void
every_command_is_allowed_or_refused_by_the_state (void **unused)
{
    static const struct {
        unsigned command;
        verdict_t verdicts [MEMBER_ERASED + 1];
    } rows [] = {
        { MEMBER_CHANGE, { NONE, VERDICT_ACCEPTED, VERDICT_ACCEPTED, CONFLICT, CONFLICT } },
        { MEMBER_SUSPEND, { NONE, VERDICT_ACCEPTED, CONFLICT, CONFLICT, CONFLICT } },
        { MEMBER_ACTIVATE, { NONE, CONFLICT, VERDICT_ACCEPTED, CONFLICT, CONFLICT } },
        { MEMBER_CLOSE, { NONE, VERDICT_ACCEPTED, VERDICT_ACCEPTED, CONFLICT, CONFLICT } },
        { MEMBER_ERASE, { NONE, CONFLICT, CONFLICT, VERDICT_ACCEPTED, VERDICT_ACCEPTED } },
    };
    member_change_t change = { .has_name = true, .name = { 1, { 8 } } };
    reason_t reason = { "why" };
    member_close_t close = { .closing = scenario_oid (OID_CLOSING, 2) };
    member_erase_t erase = { "why", false };
    const void *const payloads [] = {
        [MEMBER_CHANGE] = &change, [MEMBER_SUSPEND] = &reason, [MEMBER_ACTIVATE] = &reason,
        [MEMBER_CLOSE] = &close,   [MEMBER_ERASE] = &erase,
    };
    (void) unused;
    for (size_t row = 0; row < COUNT (rows); row++) {
        for (unsigned status = MEMBER_ABSENT; status <= MEMBER_ERASED; status++) {
            scoped (scenario_destroy) scenario_t *s = s_member ((member_status_t) status);
            when (s, rows [row].command, payloads [rows [row].command]);
            assert_int_equal (s->verdict, rows [row].verdicts [status]);
        }
    }
}

static void
a_change_touches_only_what_it_names (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_member (MEMBER_ACTIVE);
    member_change_t change = { .has_name = true, .name = { 1, { 8 } }, .corporate = true };
    (void) unused;

    when (s, MEMBER_CHANGE, &change);
    then_event (s, 0, 1, MEMBER_CHANGED, &change);
    carry_on (s);
    assert_int_equal (s_state (s)->name.bytes [0], 8);
    assert_int_equal (s_state (s)->email.bytes [0], 3);
    assert_int_equal (s_state (s)->address_hash.bytes [0], 7);
    assert_false (s_state (s)->corporate);

    change = (member_change_t) { .has_address = true, .has_corporate = true, .corporate = true };
    when (s, MEMBER_CHANGE, &change);
    carry_on (s);
    assert_int_equal (s_state (s)->address.size, 0);
    assert_int_equal (s_state (s)->address_hash.size, 0);
    assert_true (s_state (s)->corporate);
    assert_int_equal (s_state (s)->name.bytes [0], 8);
}

static void
a_change_of_nothing_is_no_event (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_member (MEMBER_ACTIVE);
    member_change_t change = { .if_version = 1 };
    (void) unused;

    when (s, MEMBER_CHANGE, &change);
    then_nothing (s);
    change.has_corporate = true;
    when (s, MEMBER_CHANGE, &change);
    then_nothing (s);
}

static void
a_change_for_another_version_is_refused (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_member (MEMBER_SUSPENDED);
    member_change_t change = { .if_version = 1, .has_name = true, .name = { 1, { 8 } } };
    (void) unused;

    when (s, MEMBER_CHANGE, &change);
    then_refused (s, VERDICT_PRECONDITION_FAILED);
    change.if_version = INT64_MAX;
    when (s, MEMBER_CHANGE, &change);
    then_refused (s, VERDICT_PRECONDITION_FAILED);
    change.if_version = 2;
    when (s, MEMBER_CHANGE, &change);
    then_event (s, 0, 1, MEMBER_CHANGED, &change);
    carry_on (s);
    when (s, MEMBER_CHANGE, &change);
    then_refused (s, VERDICT_PRECONDITION_FAILED);
}

static void
an_email_replaces_only_the_login_that_its_saga_knew (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_member (MEMBER_ACTIVE);
    member_change_t change = {
        .has_email = true,
        .email = { 1, { 8 } },
        .old_login = scenario_oid (OID_LOGIN, 2),
        .login = scenario_oid (OID_LOGIN, 3),
    };
    (void) unused;

    when (s, MEMBER_CHANGE, &change);
    then_refused (s, VERDICT_STATE_CONFLICT);
    change.old_login = scenario_oid (OID_LOGIN, 1);
    when (s, MEMBER_CHANGE, &change);
    then_event (s, 0, 1, MEMBER_CHANGED, &change);
    carry_on (s);
    assert_true (oid_equal (s_state (s)->login, change.login));
    assert_int_equal (s_state (s)->email.bytes [0], 8);
}

static void
who_leaves_tells_its_closing_which_login_it_had (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_member (MEMBER_ACTIVE);
    member_close_t close = { scenario_oid (OID_CLOSING, 3), { 1, { 9 } } };
    closing_left_t left = { scenario_oid (OID_LOGIN, 1) };
    (void) unused;

    when (s, MEMBER_CLOSE, &close);
    then_event (s, 0, 1, MEMBER_WAS_CLOSED, &close);
    then_told (s, close.closing, CLOSING_MEMBER_LEFT, &left);
    carry_on (s);
    assert_int_equal (s_state (s)->status, MEMBER_CLOSED);
}

static void
erasing_waits_for_what_is_open (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_member (MEMBER_CLOSED);
    member_erase_t erase = { "asked for", true };
    (void) unused;

    when (s, MEMBER_ERASE, &erase);
    then_refused (s, VERDICT_TRANSFERS_OPEN);
}

static void
erasing_empties_the_state_and_then_destroys_the_key_once (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_member (MEMBER_CLOSED);
    member_erase_t erase = { "asked for", false };
    reason_t reason = { "asked for" };
    (void) unused;

    assert_true (s->type->finished (s->state));
    when (s, MEMBER_ERASE, &erase);
    then_event (s, 0, 1, MEMBER_WAS_ERASED, &reason);
    then_asked (s, keys_oid (), KEYS_DESTROY, ANSWER_ALWAYS, 0, NULL);
    carry_on (s);
    assert_int_equal (s_state (s)->name.size + s_state (s)->email.size + s_state (s)->address.size,
                      0);
    assert_int_equal (s_state (s)->address_hash.size, 0);
    for (size_t index = 0; index < sizeof s_state (s)->name.bytes; index++) {
        assert_int_equal (s_state (s)->name.bytes [index], 0);
    }
    assert_false (s->type->finished (s->state));

    when (s, MEMBER_ERASE, &erase);
    then_nothing (s);
    when (s, MEMBER_KEY_GONE, "");
    then_event (s, 0, 1, MEMBER_KEY_DESTROYED, NULL);
    carry_on (s);
    assert_true (s->type->finished (s->state));
    when (s, MEMBER_KEY_GONE, "");
    then_nothing (s);
}

static void
a_key_that_nobody_gave_up_is_not_missed (void **unused)
{
    (void) unused;
    for (unsigned status = MEMBER_ABSENT; status < MEMBER_ERASED; status++) {
        scoped (scenario_destroy) scenario_t *s = s_member ((member_status_t) status);
        when (s, MEMBER_KEY_GONE, "");
        then_nothing (s);
    }
}

static void
an_erased_member_with_a_field_left_is_unsound (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_member (MEMBER_ERASED);
    member_t *member = s->state;
    (void) unused;

    assert_true (s->type->invariant (member));
    member->address.size = 1;
    assert_false (s->type->invariant (member));
    member->address.size = 0;
    member->address_hash.size = ADDRESS_HASH_SIZE;
    assert_false (s->type->invariant (member));
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (every_command_is_allowed_or_refused_by_the_state),
        cmocka_unit_test (a_change_touches_only_what_it_names),
        cmocka_unit_test (a_change_of_nothing_is_no_event),
        cmocka_unit_test (a_change_for_another_version_is_refused),
        cmocka_unit_test (an_email_replaces_only_the_login_that_its_saga_knew),
        cmocka_unit_test (who_leaves_tells_its_closing_which_login_it_had),
        cmocka_unit_test (erasing_waits_for_what_is_open),
        cmocka_unit_test (erasing_empties_the_state_and_then_destroys_the_key_once),
        cmocka_unit_test (a_key_that_nobody_gave_up_is_not_missed),
        cmocka_unit_test (an_erased_member_with_a_field_left_is_unsound),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
