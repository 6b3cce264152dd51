//  bank_transfer: what the bank says after an operator has said it.

#include "actors/recharge.h"
#include "tests/actors/bank_transfer_scenario.h"

//  A saga's, not decided by the bank in a day, and then by an operator.
static scenario_t *
s_resolved (bank_transfer_direction_t direction, saga_decision_t decision)
{
    scenario_t *s = scenario_new (s_self ());
    bank_transfer_request_t request = {
        .direction = (uint8_t) direction,
        .saga = scenario_oid (OID_RECHARGE, 1),
        .notify = RECHARGE_TRANSFERRED,
        .party = { scenario_oid (OID_MEMBER, 1), "apple", { 3, { 1, 2, 3 } } },
        .amount_minor = SMALL,
        .currency = "KRW",
    };
    saga_resolve_t resolve = {
        .decision = (uint8_t) decision,
        .operator= "kim",
        .reason = "as the statement says",
    };
    given (s, BANK_TRANSFER_WAS_REQUESTED, &request);
    given (s, BANK_TRANSFER_WAS_PARKED, &(bank_transfer_attempt_t) { 1 });
    when (s, BANK_TRANSFER_RESOLVE, &resolve);
    then_timer (s, BANK_TRANSFER_INQUIRE, s->now_ms + s->limits.bank_inquiry_first_ms);
    carry_on (s);
    assert_true (s->type->finished (s->state));
    return s;
}

static void
s_when_inquired (scenario_t *s)
{
    when (s, BANK_TRANSFER_INQUIRE, NULL);
    then_asked (s, bank_oid (), BANK_INQUIRY, ANSWER_ALWAYS, s_transfer (s)->posts + 1, NULL);
    carry_on (s);
    assert_false (s->type->finished (s->state));  //  Who inquires waits for the answer
}

static void
a_resolved_transfer_is_inquired_and_contradicted_either_way (void **unused)
{
    scoped (scenario_destroy) scenario_t *failed = s_resolved (BANK_TRANSFER_OUT, SAGA_FAILED);
    scoped (scenario_destroy) scenario_t *paid = s_resolved (BANK_TRANSFER_OUT, SAGA_SUCCEEDED);
    scoped (scenario_destroy) scenario_t *in = s_resolved (BANK_TRANSFER_IN, SAGA_FAILED);
    bank_transfer_outcome_t late = { .transfer = s_self (),
                                     .status = BANK_TRANSFER_SUCCEEDED,
                                     .late = true };
    (void) unused;

    s_when_inquired (failed);
    s_when_answered (failed, BANK_SUCCEEDED);
    then_event (failed, 0, 1, BANK_TRANSFER_CONTRADICTED, NULL);
    then_posted (failed, 0, s_suspense (), s_bank (), SMALL);
    then_silent (failed);
    then_timer (failed, BANK_TRANSFER_INQUIRE, 0);
    carry_on (failed);
    assert_true (s_transfer (failed)->contradicted && failed->type->finished (failed->state));
    assert_int_equal (s_transfer (failed)->status, BANK_TRANSFER_FAILED);
    when (failed, BANK_TRANSFER_INQUIRE, NULL);
    then_nothing (failed);

    s_when_inquired (paid);
    s_when_answered (paid, BANK_FAILED);
    then_posted (paid, 0, s_bank (), s_suspense (), SMALL);
    then_silent (paid);

    s_when_inquired (in);
    s_when_answered (in, BANK_SUCCEEDED);
    then_posted (in, 0, s_bank (), s_suspense (), SMALL);
    then_told (in, scenario_oid (OID_RECHARGE, 1), RECHARGE_TRANSFERRED, &late);
}

static void
a_bank_that_agrees_with_a_resolve_is_asked_no_more (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_resolved (BANK_TRANSFER_OUT, SAGA_FAILED);
    (void) unused;

    s_when_inquired (s);
    s_when_answered (s, BANK_FAILED);
    then_event (s, 0, 1, BANK_TRANSFER_WAS_CONFIRMED, NULL);
    then_not_posted (s, 0);
    then_silent (s);
    then_timer (s, BANK_TRANSFER_INQUIRE, 0);
    carry_on (s);
    assert_true (s_transfer (s)->heard && s->type->finished (s->state));
    when (s, BANK_TRANSFER_INQUIRE, NULL);
    then_nothing (s);
    s_when_answered (s, BANK_FAILED);
    then_nothing (s);
    s_when_answered (s, BANK_SUCCEEDED);  //  It may still think better of it
    then_event (s, 0, 1, BANK_TRANSFER_CONTRADICTED, NULL);
}

//  After as long again as has passed since, at most a day; to the end of what the bank knows.
static void
a_resolved_transfer_is_asked_about_until_the_bank_has_forgotten_it (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_resolved (BANK_TRANSFER_OUT, SAGA_FAILED);
    int64_t resolved_ms = s->now_ms, last_ms = s->now_ms, asked = 0;
    (void) unused;

    s->now_ms += s->limits.bank_inquiry_first_ms;
    while (s->now_ms > last_ms) {
        last_ms = s->now_ms;
        s_when_inquired (s);
        asked++;
        s_when_answered (s, BANK_UNKNOWN);
        then_event (s, 0, 1, BANK_TRANSFER_WAS_UNKNOWN, NULL);
        then_silent (s);
        int64_t due_ms = s->decision.timers [0].due_ms, wait_ms = s->now_ms - resolved_ms;
        then_timer (s, BANK_TRANSFER_INQUIRE, due_ms);
        carry_on (s);
        assert_int_equal (s_transfer (s)->status, BANK_TRANSFER_FAILED);
        if (due_ms) {
            wait_ms = wait_ms < SCENARIO_DAY_MS ? wait_ms : SCENARIO_DAY_MS;
            assert_int_equal (due_ms, s->now_ms + wait_ms);
            s->now_ms = due_ms;
        }
    }
    int64_t known_ms = s->now_ms - s_transfer (s)->requested_at_ms;
    assert_in_range (known_ms, s->limits.bank_horizon_s * 1000,
                     s->limits.bank_horizon_s * 1000 + SCENARIO_DAY_MS);
    assert_in_range (asked, 40, 60);
    s_when_inquired (s);  //  Whoever wants to know may ask all the same
    s_when_answered (s, BANK_SUCCEEDED);
    then_event (s, 0, 1, BANK_TRANSFER_CONTRADICTED, NULL);
}

static void
an_answer_of_before_the_resolve_that_knows_nothing_changes_nothing (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_resolved (BANK_TRANSFER_IN, SAGA_SUCCEEDED);
    bank_answered_t stale = { .step = s_transfer (s)->posts };
    (void) unused;

    when (s, BANK_TRANSFER_ANSWERED, &stale);
    then_nothing (s);
    s_when_inquired (s);
    when (s, BANK_TRANSFER_ANSWERED, &stale);
    then_nothing (s);
    bank_answered_t callback = { .result = BANK_SUCCEEDED, .bank_reference = "B-8" };
    when (s, BANK_TRANSFER_ANSWERED, &callback);
    then_event (s, 0, 1, BANK_TRANSFER_WAS_CONFIRMED, &(bank_transfer_confirmed_t) { "B-8" });
    carry_on (s);
    assert_string_equal (s_transfer (s)->bank_reference, "B-8");
}

static void
s_when_corrected (scenario_t *s, int64_t bank_minor, int64_t our_minor)
{
    bank_transfer_correct_t correct = { "a gift", 20454, bank_minor, our_minor, "kim", "" };
    when (s, BANK_TRANSFER_CORRECT, &correct);
}

//  It stands for money, and does nothing.
static void
a_line_that_we_know_nothing_of_is_posted_as_foreign_once (void **unused)
{
    scoped (scenario_destroy) scenario_t *in = scenario_new (s_self ());
    scoped (scenario_destroy) scenario_t *out = scenario_new (s_self ());
    (void) unused;

    s_when_corrected (in, 700, 1);
    then_refused (in, VERDICT_STATE_CONFLICT);
    s_when_corrected (in, 700, 0);
    then_event (in, 0, 1, BANK_TRANSFER_WAS_FOUND, NULL);
    then_posted (in, 0, s_bank (), s_suspense (), 700);
    then_silent (in);
    carry_on (in);
    assert_int_equal (s_transfer (in)->status, BANK_TRANSFER_FOREIGN);
    assert_int_equal (bank_transfer_held_minor (s_transfer (in)), 700);
    assert_string_equal (s_transfer (in)->bank_reference, "a gift");
    assert_true (in->type->finished (in->state));
    s_when_corrected (in, 700, 0);  //  By another reconciliation of the day
    then_refused (in, VERDICT_STATE_CONFLICT);
    when (in, BANK_TRANSFER_INQUIRE, NULL);
    then_refused (in, VERDICT_STATE_CONFLICT);
    s_when_answered (in, BANK_FAILED);
    then_refused (in, VERDICT_NOT_FOUND);
    s_when_corrected (in, 0, 700);  //  The bank has taken the line back
    then_event (in, 0, 1, BANK_TRANSFER_WAS_CORRECTED, NULL);
    then_posted (in, 0, s_suspense (), s_bank (), 700);

    s_when_corrected (out, -700, 0);
    then_posted (out, 0, s_suspense (), s_bank (), 700);
    carry_on (out);
    assert_int_equal (bank_transfer_held_minor (s_transfer (out)), -700);
}

static void
what_the_statement_says_otherwise_is_posted_and_never_contradicted_again (void **unused)
{
    scoped (scenario_destroy) scenario_t *paid = s_resolved (BANK_TRANSFER_OUT, SAGA_SUCCEEDED);
    scoped (scenario_destroy) scenario_t *failed = s_resolved (BANK_TRANSFER_IN, SAGA_FAILED);
    scoped (scenario_destroy) scenario_t *unknown = scenario_new (s_self ());
    bank_transfer_request_t request = { .direction = BANK_TRANSFER_IN, .amount_minor = 5 };
    (void) unused;

    s_when_corrected (paid, 0, -SMALL);
    then_event (paid, 0, 1, BANK_TRANSFER_WAS_CORRECTED, NULL);
    then_posted (paid, 0, s_bank (), s_suspense (), SMALL);
    carry_on (paid);
    assert_int_equal (bank_transfer_held_minor (s_transfer (paid)), 0);
    s_when_inquired (paid);
    s_when_answered (paid, BANK_FAILED);
    then_event (paid, 0, 1, BANK_TRANSFER_WAS_CONFIRMED, NULL);
    then_not_posted (paid, 0);

    s_when_corrected (failed, SMALL - 1, 0);
    then_posted (failed, 0, s_bank (), s_suspense (), SMALL - 1);
    carry_on (failed);
    s_when_answered (failed, BANK_SUCCEEDED);
    then_not_posted (failed, 0);
    then_silent (failed);
    carry_on (failed);
    s_when_answered (failed, BANK_SUCCEEDED);
    then_nothing (failed);

    request.party.member = scenario_oid (OID_MEMBER, 1);
    request.saga = scenario_oid (OID_RECHARGE, 1);
    given (unknown, BANK_TRANSFER_WAS_REQUESTED, &request);
    s_when_corrected (unknown, 5, 0);
    then_refused (unknown, VERDICT_STATE_CONFLICT);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_resolved_transfer_is_inquired_and_contradicted_either_way),
        cmocka_unit_test (a_bank_that_agrees_with_a_resolve_is_asked_no_more),
        cmocka_unit_test (a_resolved_transfer_is_asked_about_until_the_bank_has_forgotten_it),
        cmocka_unit_test (a_line_that_we_know_nothing_of_is_posted_as_foreign_once),
        cmocka_unit_test (what_the_statement_says_otherwise_is_posted_and_never_contradicted_again),
        cmocka_unit_test (an_answer_of_before_the_resolve_that_knows_nothing_changes_nothing),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
