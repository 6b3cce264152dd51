//  reconciliation_daily: one of each day, by itself, whatever the clock and the node do.

#include "actors/money.h"
#include "actors/reconciliation.h"
#include "actors/reconciliation_daily.h"
#include "tests/lib/chance.h"
#include "tests/lib/scenario.h"

enum { TODAY = 20454, WALKS = 2000, STEPS = 60 };  //  2026-01-01, SCENARIO_START_MS

static const int64_t HOUR_MS = 3600 * (int64_t) 1000;

static scenario_t *
s_new (void)
{
    scenario_t *s = scenario_new (reconciliation_daily_oid ());
    assert_int_equal (money_seoul_day (s->now_ms), TODAY);
    assert_int_equal (money_seoul_midnight_ms (TODAY), s->now_ms);
    return s;
}

//  Planned at noon: today is due tomorrow.
static scenario_t *
s_planned (void)
{
    scenario_t *s = s_new ();
    given (s, RECONCILIATION_DAILY_PLANNED, &(reconciliation_daily_planned_t) { TODAY });
    s->now_ms += 12 * HOUR_MS;
    return s;
}

static oid_t
s_reconciliation (const scenario_t *s, int64_t day)
{
    return decision_derive (&s->decision, OID_RECONCILIATION, s->self, "daily", (uint32_t) day);
}

static void
s_then_started (const scenario_t *s, int64_t first_day, int64_t last_day)
{
    then_event (s, 0, 1, RECONCILIATION_DAILY_DUE,
                &(reconciliation_daily_due_t) { first_day, last_day });
    assert_int_equal (s->decision.message_count, last_day - first_day + 1);
    for (int64_t day = first_day; day <= last_day; day++) {
        then_told (s, s_reconciliation (s, day), RECONCILIATION_START,
                   &(reconciliation_start_t) { .day = day });
    }
}

static void
the_first_wake_plans_the_day_whose_time_comes_next (void **unused)
{
    scoped (scenario_destroy) scenario_t *early = s_new ();
    scoped (scenario_destroy) scenario_t *late = s_new ();
    (void) unused;

    early->now_ms += HOUR_MS - 1;
    when (early, RECONCILIATION_DAILY_WAKE, NULL);
    then_event (early, 0, 1, RECONCILIATION_DAILY_PLANNED,
                &(reconciliation_daily_planned_t) { TODAY - 1 });
    then_timer (early, RECONCILIATION_DAILY_WAKE, SCENARIO_START_MS + HOUR_MS);
    then_silent (early);

    late->now_ms += HOUR_MS;
    when (late, RECONCILIATION_DAILY_WAKE, NULL);
    then_event (late, 0, 1, RECONCILIATION_DAILY_PLANNED,
                &(reconciliation_daily_planned_t) { TODAY });
    then_timer (late, RECONCILIATION_DAILY_WAKE, SCENARIO_START_MS + SCENARIO_DAY_MS + HOUR_MS);
    then_silent (late);
}

static void
a_day_is_started_once_its_time_has_come (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_planned ();
    (void) unused;

    s->now_ms = SCENARIO_START_MS + SCENARIO_DAY_MS + HOUR_MS;
    when (s, RECONCILIATION_DAILY_WAKE, NULL);
    s_then_started (s, TODAY, TODAY);
    then_timer (s, RECONCILIATION_DAILY_WAKE, SCENARIO_START_MS + 2 * SCENARIO_DAY_MS + HOUR_MS);
    carry_on (s);
    when (s, RECONCILIATION_DAILY_WAKE, NULL);  //  Another timer, or a start of the node
    then_nothing (s);
}

static void
a_wake_too_early_sets_the_timer_as_the_limit_says_now (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_planned ();
    (void) unused;

    when (s, RECONCILIATION_DAILY_WAKE, NULL);
    then_nothing (s);
    then_timer (s, RECONCILIATION_DAILY_WAKE, SCENARIO_START_MS + SCENARIO_DAY_MS + HOUR_MS);
    s->limits.reconciliation_after_s = 7200;
    when (s, RECONCILIATION_DAILY_WAKE, NULL);
    then_nothing (s);
    then_timer (s, RECONCILIATION_DAILY_WAKE, SCENARIO_START_MS + SCENARIO_DAY_MS + 2 * HOUR_MS);
}

static void
a_node_that_was_down_catches_up (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_planned ();
    (void) unused;

    s->now_ms += 3 * SCENARIO_DAY_MS;
    when (s, RECONCILIATION_DAILY_WAKE, NULL);
    s_then_started (s, TODAY, TODAY + 2);
    carry_on (s);

    int64_t last_day = TODAY + 99;
    s->now_ms += 97 * SCENARIO_DAY_MS;
    when (s, RECONCILIATION_DAILY_WAKE, NULL);
    s_then_started (s, last_day - RECONCILIATION_DAILY_CATCH_UP + 1, last_day);
    carry_on (s);
    when (s, RECONCILIATION_DAILY_WAKE, NULL);
    then_nothing (s);
}

static void
turned_off_it_clears_its_timer_and_keeps_its_plan (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_planned ();
    scoped (scenario_destroy) scenario_t *never = s_new ();
    (void) unused;

    never->limits.reconciliation_after_s = 0;
    when (never, RECONCILIATION_DAILY_WAKE, NULL);
    then_nothing (never);
    assert_int_equal (never->decision.timer_count, 0);

    s->limits.reconciliation_after_s = 0;
    s->now_ms += SCENARIO_DAY_MS;
    when (s, RECONCILIATION_DAILY_WAKE, NULL);
    then_nothing (s);
    then_timer (s, RECONCILIATION_DAILY_WAKE, 0);
    s->limits.reconciliation_after_s = 1;
    when (s, RECONCILIATION_DAILY_WAKE, NULL);
    s_then_started (s, TODAY, TODAY);
}

//  Hours pass, the limit changes, it is turned off and on: days only go forward, none
//  twice, none before its time, and none left out but by a long sleep.
static void
no_day_is_ever_started_twice (void **unused)
{
    (void) unused;
    for (uint64_t walk = 0; walk < WALKS; walk++) {
        scoped (scenario_destroy) scenario_t *s = s_new ();
        chance_t chance = chance_new (walk);
        int64_t done = 0;
        for (int step = 0; step < STEPS; step++) {
            s->now_ms += (int64_t) chance_below (&chance, 60) * HOUR_MS;
            s->limits.reconciliation_after_s =
                chance_below (&chance, 5) ? 1 + (int64_t) chance_below (&chance, 86399) : 0;
            when (s, RECONCILIATION_DAILY_WAKE, NULL);
            if (s->decision.message_count > 0) {
                const reconciliation_daily_due_t *due = s->decision.events [0].payload;
                int64_t due_ms = money_seoul_midnight_ms (due->last_day + 1)
                                 + s->limits.reconciliation_after_s * 1000;
                assert_true (due->first_day > done && due->last_day >= due->first_day);
                assert_true (due_ms <= s->now_ms && due_ms + SCENARIO_DAY_MS > s->now_ms);
                assert_true (done == 0 || due->first_day == done + 1
                             || s->decision.message_count == RECONCILIATION_DAILY_CATCH_UP);
                done = due->last_day;
            }
            carry_on (s);
        }
        assert_true (done > 0);
    }
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (the_first_wake_plans_the_day_whose_time_comes_next),
        cmocka_unit_test (a_day_is_started_once_its_time_has_come),
        cmocka_unit_test (a_wake_too_early_sets_the_timer_as_the_limit_says_now),
        cmocka_unit_test (a_node_that_was_down_catches_up),
        cmocka_unit_test (turned_off_it_clears_its_timer_and_keeps_its_plan),
        cmocka_unit_test (no_day_is_ever_started_twice),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
