//  settlement_run and merchant_roll: every merchant is asked, one after the other.

#include "actors/merchant.h"
#include "actors/merchant_roll.h"
#include "actors/settlement_run.h"
#include "tests/lib/scenario.h"

static oid_t
s_self (void)
{
    return scenario_oid (OID_SETTLEMENT_RUN, 1);
}

static oid_t
s_merchant (uint8_t number)
{
    return scenario_oid (OID_MERCHANT, number);
}

static scenario_t *
s_started (oid_t merchant)
{
    scenario_t *s = scenario_new (s_self ());
    settlement_run_start_t start = { .merchant = merchant };
    when (s, SETTLEMENT_RUN_START, &start);
    carry_on (s);
    return s;
}

static void
s_when_closed (scenario_t *s, uint8_t merchant, uint8_t settlement, bool listed, uint8_t follows)
{
    settlement_run_closed_t closed = { .merchant = s_merchant (merchant), .listed = listed };
    if (settlement) {
        closed.settlement = scenario_oid (OID_SETTLEMENT, settlement);
    }
    if (follows) {
        closed.follows = s_merchant (follows);
    }
    when (s, SETTLEMENT_RUN_CLOSED, &closed);
}

static void
a_run_of_one_ends_when_its_settlement_has_started (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    settlement_run_start_t start = { .merchant = s_merchant (1) };
    (void) unused;

    when (s, SETTLEMENT_RUN_START, &start);
    then_event (s, 0, 2, SETTLEMENT_RUN_STARTED, &start);
    then_event (s, 1, 2, SETTLEMENT_RUN_VISITED, &(settlement_run_visit_t) { s_merchant (1) });
    then_told (s, s_merchant (1), MERCHANT_CLOSE_WINDOW, NULL);
    then_timer (s, SETTLEMENT_RUN_DEADLINE, s->now_ms + s->limits.step_deadline_ms);
    carry_on (s);
    when (s, SETTLEMENT_RUN_START, &start);
    then_refused (s, VERDICT_ALREADY_EXISTS);

    s_when_closed (s, 1, 1, true, 2);  //  Whom it follows is no matter
    then_event (s, 0, 1, SETTLEMENT_RUN_ANSWERED, NULL);
    then_silent (s);
    carry_on (s);
    assert_false (s->type->finished (s->state));
    s_when_closed (s, 1, 1, true, 2);
    then_nothing (s);
    when (s, SETTLEMENT_RUN_SETTLING, NULL);
    then_event (s, 1, 2, SETTLEMENT_RUN_WAS_ENDED, NULL);
    then_timer (s, SETTLEMENT_RUN_DEADLINE, 0);
    carry_on (s);
    assert_true (s->type->finished (s->state));
    when (s, SETTLEMENT_RUN_SETTLING, NULL);
    then_nothing (s);
}

static void
a_settlement_may_be_heard_of_before_its_merchant (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_started (s_merchant (1));
    (void) unused;

    when (s, SETTLEMENT_RUN_SETTLING, NULL);
    then_event (s, 0, 1, SETTLEMENT_RUN_COUNTED, NULL);
    carry_on (s);
    s_when_closed (s, 1, 1, true, 0);
    then_event (s, 1, 2, SETTLEMENT_RUN_WAS_ENDED, NULL);
}

static void
an_empty_window_ends_a_run_of_one (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_started (s_merchant (1));
    (void) unused;

    s_when_closed (s, 1, 0, false, 0);
    then_event (s, 1, 2, SETTLEMENT_RUN_WAS_ENDED, NULL);
    then_silent (s);
}

static void
a_past_until_cuts_nothing (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    settlement_run_start_t start = { .merchant = s_merchant (1), .until_ms = s->now_ms - 1 };
    (void) unused;

    when (s, SETTLEMENT_RUN_START, &start);
    then_event (s, 1, 2, SETTLEMENT_RUN_WAS_ENDED, NULL);
    then_silent (s);
    start.until_ms = s->now_ms;
    when (s, SETTLEMENT_RUN_START, &start);
    then_told (s, s_merchant (1), MERCHANT_CLOSE_WINDOW, NULL);
}

static void
a_run_of_all_goes_down_the_chain (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    settlement_run_start_t start = { .until_ms = 0 };
    (void) unused;

    when (s, SETTLEMENT_RUN_START, &start);
    then_event (s, 0, 1, SETTLEMENT_RUN_STARTED, &start);
    then_told (s, merchant_roll_oid (), MERCHANT_ROLL_FIRST, NULL);
    carry_on (s);
    settlement_run_visit_t visit = { s_merchant (2) };
    when (s, SETTLEMENT_RUN_VISIT, &visit);
    then_event (s, 0, 1, SETTLEMENT_RUN_VISITED, &visit);
    then_told (s, s_merchant (2), MERCHANT_CLOSE_WINDOW, NULL);
    carry_on (s);
    when (s, SETTLEMENT_RUN_VISIT, &visit);
    then_nothing (s);
    s_when_closed (s, 1, 0, true, 0);  //  It was not asked
    then_nothing (s);
    s_when_closed (s, 2, 2, true, 1);
    then_told (s, s_merchant (1), MERCHANT_CLOSE_WINDOW, NULL);
    carry_on (s);
    s_when_closed (s, 1, 1, true, 0);
    then_event (s, 0, 1, SETTLEMENT_RUN_ANSWERED, NULL);
    carry_on (s);
    when (s, SETTLEMENT_RUN_SETTLING, NULL);
    then_event (s, 0, 1, SETTLEMENT_RUN_COUNTED, NULL);
    carry_on (s);
    when (s, SETTLEMENT_RUN_SETTLING, NULL);
    then_event (s, 1, 2, SETTLEMENT_RUN_WAS_ENDED, NULL);
    carry_on (s);
    const settlement_run_t *run = s->state;
    assert_int_equal (run->visited, 2);
    assert_int_equal (run->closed, 2);
}

static void
without_merchants_a_run_has_nothing_to_do (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_started ((oid_t) { 0 });
    (void) unused;
    when (s, SETTLEMENT_RUN_VISIT, &(settlement_run_visit_t) { { 0 } });
    then_event (s, 0, 1, SETTLEMENT_RUN_WAS_ENDED, NULL);
}

static void
a_merchant_that_knows_nobody_yet_is_asked_again (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_started ((oid_t) { 0 });
    (void) unused;

    when (s, SETTLEMENT_RUN_VISIT, &(settlement_run_visit_t) { s_merchant (2) });
    carry_on (s);
    s_when_closed (s, 2, 2, false, 0);
    then_event (s, 0, 1, SETTLEMENT_RUN_ANSWERED, NULL);
    then_timer (s, SETTLEMENT_RUN_AGAIN, s->now_ms + 100);
    carry_on (s);
    when (s, SETTLEMENT_RUN_AGAIN, NULL);
    then_told (s, s_merchant (2), MERCHANT_CLOSE_WINDOW, NULL);
    s_when_closed (s, 2, 0, true, 1);
    then_told (s, s_merchant (1), MERCHANT_CLOSE_WINDOW, NULL);
    carry_on (s);
    assert_int_equal (((settlement_run_t *) s->state)->visited, 1);
    assert_int_equal (((settlement_run_t *) s->state)->closed, 1);
}

static void
a_run_past_its_deadline_is_marked_and_goes_on (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_started (s_merchant (1));
    (void) unused;

    when (s, SETTLEMENT_RUN_DEADLINE, NULL);
    then_event (s, 0, 1, SETTLEMENT_RUN_WAS_DELAYED, NULL);
    carry_on (s);
    when (s, SETTLEMENT_RUN_DEADLINE, NULL);
    then_nothing (s);
    s_when_closed (s, 1, 0, true, 0);
    then_event (s, 1, 2, SETTLEMENT_RUN_WAS_ENDED, NULL);
    carry_on (s);
    assert_false (((settlement_run_t *) s->state)->delayed);
    when (s, SETTLEMENT_RUN_DEADLINE, NULL);
    then_nothing (s);
    when (s, SETTLEMENT_RUN_AGAIN, NULL);
    then_nothing (s);
}

static void
the_roll_chains_those_who_enter (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (merchant_roll_oid ());
    (void) unused;

    when (s, MERCHANT_ROLL_ENTER, NULL);
    then_refused (s, VERDICT_STATE_CONFLICT);
    s->asker = s_self ();
    when (s, MERCHANT_ROLL_FIRST, NULL);
    then_told (s, s_self (), SETTLEMENT_RUN_VISIT, &(settlement_run_visit_t) { { 0 } });
    for (uint8_t number = 1; number <= 3; number++) {
        merchant_follow_t follow = { number > 1 ? s_merchant (number - 1) : (oid_t) { 0 } };
        s->asker = s_merchant (number);
        when (s, MERCHANT_ROLL_ENTER, NULL);
        then_event (s, 0, 1, MERCHANT_ROLL_ENTERED,
                    &(merchant_roll_entered_t) { s_merchant (number) });
        then_told (s, s_merchant (number), MERCHANT_FOLLOW, &follow);
        carry_on (s);
    }
    when (s, MERCHANT_ROLL_FIRST, NULL);
    then_refused (s, VERDICT_STATE_CONFLICT);
    s->asker = s_self ();
    when (s, MERCHANT_ROLL_FIRST, NULL);
    then_told (s, s_self (), SETTLEMENT_RUN_VISIT, &(settlement_run_visit_t) { s_merchant (3) });
    assert_int_equal (((merchant_roll_t *) s->state)->count, 3);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_run_of_one_ends_when_its_settlement_has_started),
        cmocka_unit_test (a_settlement_may_be_heard_of_before_its_merchant),
        cmocka_unit_test (an_empty_window_ends_a_run_of_one),
        cmocka_unit_test (a_past_until_cuts_nothing),
        cmocka_unit_test (a_run_of_all_goes_down_the_chain),
        cmocka_unit_test (without_merchants_a_run_has_nothing_to_do),
        cmocka_unit_test (a_merchant_that_knows_nobody_yet_is_asked_again),
        cmocka_unit_test (a_run_past_its_deadline_is_marked_and_goes_on),
        cmocka_unit_test (the_roll_chains_those_who_enter),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
