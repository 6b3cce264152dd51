//  reconciliation: the bank is asked until it answers, and what differs waits for somebody.

#include "actors/reconciliation.h"
#include "actors/reconciliation_daily.h"
#include "tests/lib/scenario.h"

static scenario_t *
s_fetching (void)
{
    scenario_t *s = scenario_new (scenario_oid (OID_RECONCILIATION, 1));
    reconciliation_start_t start = { .day = 20454 };
    when (s, RECONCILIATION_START, &start);
    carry_on (s);
    return s;
}

static bank_stated_t
s_stated (uint32_t step, bank_result_t result)
{
    bank_stated_t stated = { .step = step, .result = (uint8_t) result };
    if (result == BANK_SUCCEEDED) {
        stated.matched_count = 5;
        stated.matched_minor = -700;
        stated.difference_count = 2;
        stated.item_count = 2;
        stated.items [0] = (bank_difference_t) { "btr_1", BANK_MISSING_HERE, 100, 0 };
        stated.items [1] = (bank_difference_t) { "btr_2", BANK_DIFFERENT_AMOUNT, 100, 90 };
    }
    return stated;
}

static scenario_t *
s_done (void)
{
    scenario_t *s = s_fetching ();
    bank_stated_t stated = s_stated (1, BANK_SUCCEEDED);
    when (s, RECONCILIATION_STATED, &stated);
    carry_on (s);
    return s;
}

static void
s_when_resolved (scenario_t *s, uint32_t item)
{
    reconciliation_resolve_t resolve = { item, "opr_1", "asked the bank", false };
    when (s, RECONCILIATION_RESOLVE, &resolve);
}

static void
a_start_asks_the_bank_once (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (scenario_oid (OID_RECONCILIATION, 1));
    reconciliation_start_t start = { .day = 20454 };
    (void) unused;

    when (s, RECONCILIATION_START, &start);
    then_event (s, 0, 1, RECONCILIATION_STARTED, &start);
    then_asked (s, bank_oid (), BANK_STATEMENT, ANSWER_ALWAYS, 1, &(bank_statement_t) { 20454 });
    carry_on (s);
    assert_false (s->type->finished (s->state));
    when (s, RECONCILIATION_START, &start);
    then_refused (s, VERDICT_ALREADY_EXISTS);
}

static void
what_the_bank_states_is_kept_and_open (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_fetching ();
    bank_stated_t stated = s_stated (1, BANK_SUCCEEDED);
    (void) unused;

    when (s, RECONCILIATION_STATED, &stated);
    then_event (s, 0, 1, RECONCILIATION_WAS_DONE, &stated);
    then_not_posted (s, 0);
    carry_on (s);
    assert_int_equal (((reconciliation_t *) s->state)->open_count, 2);
    assert_true (s->type->finished (s->state));
    when (s, RECONCILIATION_STATED, &stated);
    then_nothing (s);
}

static void
no_answer_is_asked_for_again_and_then_it_fails (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_fetching ();
    (void) unused;

    for (uint32_t fetch = 1; fetch < RECONCILIATION_FETCHES_MAX; fetch++) {
        bank_stated_t unknown = s_stated (fetch, BANK_UNKNOWN);
        when (s, RECONCILIATION_STATED, &unknown);
        then_event (s, 0, 1, RECONCILIATION_NOT_FETCHED, NULL);
        then_timer (s, RECONCILIATION_FETCH, s->now_ms + bank_backoff_ms (&s->limits, fetch));
        carry_on (s);
        when (s, RECONCILIATION_STATED, &unknown);  //  Of an ask that was followed up
        then_nothing (s);
        when (s, RECONCILIATION_FETCH, NULL);
        then_asked (s, bank_oid (), BANK_STATEMENT, ANSWER_ALWAYS, fetch + 1, NULL);
    }
    bank_stated_t unknown = s_stated (RECONCILIATION_FETCHES_MAX, BANK_UNKNOWN);
    when (s, RECONCILIATION_STATED, &unknown);
    then_event (s, 0, 1, RECONCILIATION_WAS_FAILED,
                &(reconciliation_failed_t) { VERDICT_BANK_UNAVAILABLE });
    carry_on (s);
    when (s, RECONCILIATION_FETCH, NULL);
    then_nothing (s);
}

//  Nobody waits for it, and the bank may be closed all night.
static void
a_daily_one_goes_on_asking_for_almost_a_day (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (scenario_oid (OID_RECONCILIATION, 1));
    (void) unused;

    s->asker = reconciliation_daily_oid ();
    when (s, RECONCILIATION_START, &(reconciliation_start_t) { .day = 20454 });
    then_event (s, 0, 1, RECONCILIATION_STARTED,
                &(reconciliation_start_t) { .day = 20454, .daily = true });
    carry_on (s);
    int64_t start_ms = s->now_ms;
    for (uint32_t fetch = 1; fetch < RECONCILIATION_DAILY_FETCHES_MAX; fetch++) {
        bank_stated_t unknown = s_stated (fetch, BANK_UNKNOWN);
        when (s, RECONCILIATION_STATED, &unknown);
        then_event (s, 0, 1, RECONCILIATION_NOT_FETCHED, NULL);
        carry_on (s);
        s->now_ms += bank_backoff_ms (&s->limits, fetch);
    }
    assert_in_range (s->now_ms - start_ms, SCENARIO_DAY_MS * 9 / 10, SCENARIO_DAY_MS);
    bank_stated_t unknown = s_stated (RECONCILIATION_DAILY_FETCHES_MAX, BANK_UNKNOWN);
    when (s, RECONCILIATION_STATED, &unknown);
    then_event (s, 0, 1, RECONCILIATION_WAS_FAILED,
                &(reconciliation_failed_t) { VERDICT_BANK_UNAVAILABLE });
}

//  Only by whom it is sent, never by what it says.
static void
nobody_else_makes_a_daily_one (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (scenario_oid (OID_RECONCILIATION, 1));
    (void) unused;

    when (s, RECONCILIATION_START, &(reconciliation_start_t) { .day = 20454, .daily = true });
    then_event (s, 0, 1, RECONCILIATION_STARTED, &(reconciliation_start_t) { .day = 20454 });
}

static void
more_than_can_be_compared_fails_at_once (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_fetching ();
    bank_stated_t failed = s_stated (1, BANK_FAILED);
    (void) unused;

    when (s, RECONCILIATION_STATED, &failed);
    then_event (s, 0, 1, RECONCILIATION_WAS_FAILED,
                &(reconciliation_failed_t) { VERDICT_OPERATION_LIMIT_EXCEEDED });
}

static void
each_item_is_resolved_once (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_done ();
    scoped (scenario_destroy) scenario_t *fetching = s_fetching ();
    scoped (scenario_destroy) scenario_t *none =
        scenario_new (scenario_oid (OID_RECONCILIATION, 2));
    (void) unused;

    s_when_resolved (s, 2);
    then_event (s, 0, 1, RECONCILIATION_RESOLVED,
                &(reconciliation_resolve_t) { 2, "opr_1", "asked the bank", false });
    carry_on (s);
    assert_int_equal (((reconciliation_t *) s->state)->open_count, 1);
    s_when_resolved (s, 2);
    then_refused (s, VERDICT_STATE_CONFLICT);
    s_when_resolved (s, 3);
    then_refused (s, VERDICT_NOT_FOUND);
    s_when_resolved (s, 0);
    then_refused (s, VERDICT_NOT_FOUND);
    s_when_resolved (fetching, 1);
    then_refused (fetching, VERDICT_STATE_CONFLICT);
    s_when_resolved (none, 1);
    then_refused (none, VERDICT_NOT_FOUND);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_start_asks_the_bank_once),
        cmocka_unit_test (what_the_bank_states_is_kept_and_open),
        cmocka_unit_test (no_answer_is_asked_for_again_and_then_it_fails),
        cmocka_unit_test (a_daily_one_goes_on_asking_for_almost_a_day),
        cmocka_unit_test (nobody_else_makes_a_daily_one),
        cmocka_unit_test (more_than_can_be_compared_fails_at_once),
        cmocka_unit_test (each_item_is_resolved_once),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
