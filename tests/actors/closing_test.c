//  closing: wallet, member, login; what stops it, and what it forgets.

#include "actors/closing.h"
#include "actors/login.h"
#include "actors/wallet.h"
#include "tests/lib/saga_scenario.h"

static const saga_commands_t saga = { CLOSING_START, CLOSING_ANSWERED, CLOSING_DEADLINE,
                                      CLOSING_RETRY, CLOSING_RESOLVE };

static oid_t
s_self (void)
{
    return scenario_oid (OID_CLOSING, 1);
}

static closing_start_t
s_start (void)
{
    return (closing_start_t) {
        .member = scenario_oid (OID_MEMBER, 2),
        .reason = { 2, { 1, 2 } },
        .member_status = MEMBER_ACTIVE,
    };
}

static const closing_t *
s_closing (const scenario_t *s)
{
    return s->state;
}

static scenario_t *
s_started (void)
{
    closing_start_t start = s_start ();
    return saga_started (&saga, s_self (), &start);
}

//  The step that is open is answered.
static void
s_answer (scenario_t *s, verdict_t verdict)
{
    when_answered (s, &saga, s_closing (s)->step, verdict);
}

static void
s_leave (scenario_t *s)
{
    closing_left_t left = { scenario_oid (OID_LOGIN, 3) };
    when (s, CLOSING_MEMBER_LEFT, &left);
    carry_on (s);
}

static void
a_member_leaves_in_three_steps (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    closing_start_t start = s_start ();
    member_close_t close = { s_self (), start.reason };
    login_release_t release = { .member = start.member };
    (void) unused;

    when (s, CLOSING_START, &start);
    then_asked (s, oid_as (start.member, OID_WALLET), WALLET_CLOSE, ANSWER_ALWAYS, CLOSING_WALLET,
                NULL);
    then_timer (s, CLOSING_DEADLINE, s->now_ms + s->limits.step_deadline_ms);
    assert_true (oid_equal (s->decision.object, start.member));
    carry_on (s);
    assert_false (s->type->finished (s->state));
    s_answer (s, VERDICT_ACCEPTED);
    then_asked (s, start.member, MEMBER_CLOSE, ANSWER_REFUSAL, CLOSING_MEMBER, &close);
    s_leave (s);
    then_asked (s, scenario_oid (OID_LOGIN, 3), LOGIN_RELEASE, ANSWER_ALWAYS, CLOSING_LOGIN,
                &release);
    assert_int_equal (s_closing (s)->reason.size, 2);
    s_answer (s, VERDICT_ACCEPTED);
    then_timer (s, CLOSING_DEADLINE, 0);
    assert_int_equal (s_closing (s)->step, CLOSING_DONE);
    assert_int_equal (s_closing (s)->reason.size, 0);
    assert_true (s->type->finished (s->state));
    assert_false (s->type->parked (s->state));
}

static void
without_an_open_wallet_it_just_goes_on (void **unused)
{
    static const verdict_t verdicts [] = { VERDICT_NOT_FOUND, VERDICT_STATE_CONFLICT };
    (void) unused;
    for (size_t index = 0; index < COUNT (verdicts); index++) {
        scoped (scenario_destroy) scenario_t *s = s_started ();
        s_answer (s, verdicts [index]);
        assert_int_equal (s_closing (s)->step, CLOSING_MEMBER);
    }
}

static void
a_wallet_with_money_keeps_the_member (void **unused)
{
    static const verdict_t refusals [] = { VERDICT_WALLET_NOT_EMPTY,
                                           VERDICT_WALLET_EXPECTS_CREDIT };
    (void) unused;

    for (size_t index = 0; index < COUNT (refusals); index++) {
        scoped (scenario_destroy) scenario_t *s = s_started ();
        s_answer (s, refusals [index]);
        then_silent (s);
        assert_int_equal (s_closing (s)->step, CLOSING_FAILED);
        assert_int_equal (s_closing (s)->verdict, refusals [index]);
        assert_int_equal (s_closing (s)->reason.size, 0);
    }
}

static void
a_member_that_left_meanwhile_is_not_closed_twice (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_started ();
    (void) unused;

    s_answer (s, VERDICT_ACCEPTED);
    s_answer (s, VERDICT_STATE_CONFLICT);
    assert_int_equal (s_closing (s)->step, CLOSING_FAILED);
    assert_int_equal (s_closing (s)->verdict, VERDICT_STATE_CONFLICT);
    s_leave (s);
    then_nothing (s);
}

static void
what_the_facts_forbid_does_not_start (void **unused)
{
    static const struct {
        uint8_t status;
        bool open;
        verdict_t verdict;
    } rows [] = {
        { MEMBER_ABSENT, false, VERDICT_NOT_FOUND },
        { MEMBER_ACTIVE, false, VERDICT_ACCEPTED },
        { MEMBER_SUSPENDED, false, VERDICT_ACCEPTED },
        { MEMBER_ACTIVE, true, VERDICT_TRANSFERS_OPEN },
        { MEMBER_SUSPENDED, true, VERDICT_TRANSFERS_OPEN },
        { MEMBER_CLOSED, false, VERDICT_STATE_CONFLICT },
        { MEMBER_ERASED, false, VERDICT_STATE_CONFLICT },
    };
    (void) unused;
    for (size_t index = 0; index < COUNT (rows); index++) {
        scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
        closing_start_t start = s_start ();
        start.member_status = rows [index].status;
        start.open = rows [index].open;
        when (s, CLOSING_START, &start);
        assert_int_equal (s->verdict, rows [index].verdict);
    }
}

static void
starting_again_changes_nothing (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_started ();
    closing_start_t start = s_start ();
    (void) unused;

    start.member_status = MEMBER_CLOSED;  //  As it is read by then
    when (s, CLOSING_START, &start);
    then_nothing (s);
    start.member = scenario_oid (OID_MEMBER, 9);
    when (s, CLOSING_START, &start);
    then_refused (s, VERDICT_ALREADY_EXISTS);
}

static void
an_answer_to_another_step_changes_nothing (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_started ();
    saga_answer_t late = { .step = CLOSING_LOGIN, .verdict = VERDICT_ACCEPTED };
    (void) unused;

    when (s, CLOSING_ANSWERED, &late);
    then_nothing (s);
    s_leave (s);
    then_nothing (s);
}

static void
a_deadline_parks_each_step_and_a_late_answer_goes_on (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_started ();
    (void) unused;

    for (unsigned step = CLOSING_WALLET; step <= CLOSING_LOGIN; step++) {
        assert_int_equal (s_closing (s)->step, step);
        when_late (s, &saga);
        if (step == CLOSING_MEMBER) {
            s_leave (s);
        }
        else {
            s_answer (s, VERDICT_ACCEPTED);
        }
        assert_false (s->type->parked (s->state));
    }
    assert_int_equal (s_closing (s)->step, CLOSING_DONE);
    when (s, CLOSING_DEADLINE, "");
    then_nothing (s);
}

static void
a_login_that_does_not_let_go_parks_it (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_started ();
    (void) unused;

    s_answer (s, VERDICT_ACCEPTED);
    s_leave (s);
    s_answer (s, VERDICT_STATE_CONFLICT);
    assert_true (s->type->parked (s->state));
    assert_int_equal (s_closing (s)->verdict, VERDICT_STATE_CONFLICT);
}

//  Another member's by now, say.
static scenario_t *
s_refused (void)
{
    scenario_t *s = s_started ();
    s_answer (s, VERDICT_ACCEPTED);
    s_leave (s);
    s_answer (s, VERDICT_STATE_CONFLICT);
    return s;
}

static void
a_retry_asks_the_login_again (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_refused ();
    login_release_t release = { .member = s_start ().member };
    (void) unused;

    when (s, CLOSING_RETRY, NULL);
    then_event (s, 0, 1, CLOSING_ADVANCED, NULL);
    then_asked (s, scenario_oid (OID_LOGIN, 3), LOGIN_RELEASE, ANSWER_ALWAYS, CLOSING_LOGIN,
                &release);
    then_timer (s, CLOSING_DEADLINE, s->now_ms + s->limits.step_deadline_ms);
    carry_on (s);
    assert_false (s->type->parked (s->state));
    then_no_operator (s, &saga, VERDICT_STATE_CONFLICT);
    s_answer (s, VERDICT_STATE_CONFLICT);
    assert_true (s->type->parked (s->state));
    when (s, CLOSING_RETRY, NULL);
    carry_on (s);
    s_answer (s, VERDICT_ACCEPTED);
    assert_int_equal (s_closing (s)->step, CLOSING_DONE);
    assert_int_equal (s_closing (s)->verdict, VERDICT_ACCEPTED);
}

static void
given_up_the_member_has_left_all_the_same (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_refused ();
    (void) unused;

    then_given_up (s, &saga, CLOSING_WAS_GIVEN_UP);
    assert_int_equal (s_closing (s)->step, CLOSING_DONE);
    assert_int_equal (s_closing (s)->reason.size, 0);
}

static void
operators_wait_while_somebody_is_asked (void **unused)
{
    scoped (scenario_destroy) scenario_t *absent = scenario_new (s_self ());
    scoped (scenario_destroy) scenario_t *s = s_started ();
    (void) unused;

    then_no_operator (absent, &saga, VERDICT_NOT_FOUND);
    for (unsigned step = CLOSING_WALLET; step <= CLOSING_LOGIN; step++) {
        then_no_operator (s, &saga, VERDICT_STATE_CONFLICT);
        when (s, CLOSING_DEADLINE, "");
        carry_on (s);
        then_no_operator (s, &saga, VERDICT_STATE_CONFLICT);
        if (step == CLOSING_MEMBER) {
            s_leave (s);
        }
        else if (step == CLOSING_WALLET) {
            s_answer (s, VERDICT_ACCEPTED);
        }
    }
    s_answer (s, VERDICT_STATE_CONFLICT);  //  After its deadline
    when (s, CLOSING_RETRY, NULL);
    then_event (s, 0, 1, CLOSING_ADVANCED, NULL);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_member_leaves_in_three_steps),
        cmocka_unit_test (without_an_open_wallet_it_just_goes_on),
        cmocka_unit_test (a_wallet_with_money_keeps_the_member),
        cmocka_unit_test (a_member_that_left_meanwhile_is_not_closed_twice),
        cmocka_unit_test (what_the_facts_forbid_does_not_start),
        cmocka_unit_test (starting_again_changes_nothing),
        cmocka_unit_test (an_answer_to_another_step_changes_nothing),
        cmocka_unit_test (a_deadline_parks_each_step_and_a_late_answer_goes_on),
        cmocka_unit_test (a_login_that_does_not_let_go_parks_it),
        cmocka_unit_test (a_retry_asks_the_login_again),
        cmocka_unit_test (given_up_the_member_has_left_all_the_same),
        cmocka_unit_test (operators_wait_while_somebody_is_asked),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
