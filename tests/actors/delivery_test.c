//  delivery: every command in every state; the schedule, replays, late answers.

#include "actors/delivery.h"
#include "actors/webhook_endpoint.h"
#include "tests/lib/scenario.h"

static const int64_t MINUTE_MS = 60000;

static oid_t
s_endpoint (void)
{
    return scenario_oid (OID_WEBHOOK_ENDPOINT, 1);
}

static delivery_create_t
s_create (void)
{
    return (delivery_create_t) {
        .endpoint = s_endpoint (),
        .owner = scenario_oid (OID_MERCHANT, 1),
        .place = { 3, 4711, 1 },
        .event = "payment.captured",
        .subject = scenario_oid (OID_PAYMENT, 1),
    };
}

static scenario_t *
s_new (void)
{
    return scenario_new (scenario_oid (OID_DELIVERY, 1));
}

static const delivery_t *
s_state (const scenario_t *s)
{
    return s->state;
}

static void
s_then_sent (const scenario_t *s, uint32_t attempt)
{
    webhook_send_t send = { .endpoint = s_endpoint (),
                            .place = { 3, 4711, 1 },
                            .attempt = attempt };
    then_asked (s, webhook_oid (), WEBHOOK_SEND, ANSWER_ALWAYS, attempt, &send);
}

//  The first attempt is in flight.
static scenario_t *
s_sent (void)
{
    scenario_t *s = s_new ();
    delivery_create_t create = s_create ();
    given (s, DELIVERY_WAS_CREATED, &create);
    return s;
}

static void
s_when_answered (scenario_t *s, webhook_outcome_t outcome, uint32_t http_status)
{
    webhook_answered_t answer = { s_state (s)->attempts, (uint8_t) outcome, http_status, 12 };
    s->asker = webhook_oid ();
    when (s, DELIVERY_ANSWERED, &answer);
}

static void
s_answered (scenario_t *s, webhook_outcome_t outcome, uint32_t http_status)
{
    s_when_answered (s, outcome, http_status);
    carry_on (s);
}

static void
s_when_retried (scenario_t *s)
{
    delivery_retry_t retry = { WEBHOOK_ENDPOINT_ENABLED };
    when (s, DELIVERY_RETRY, &retry);
}

//  At rest in this status.
static scenario_t *
s_in (delivery_status_t status)
{
    scenario_t *s = s_sent ();
    if (status == DELIVERY_SUCCEEDED) {
        s_answered (s, WEBHOOK_RESPONDED, 200);
    }
    else if (status == DELIVERY_FAILED) {
        s_answered (s, WEBHOOK_EVENT_UNREADABLE, 0);
    }
    else if (status == DELIVERY_DISCARDED) {
        s_answered (s, WEBHOOK_FOUND_DISABLED, 0);
    }
    else {
        s_answered (s, WEBHOOK_RESPONDED, 500);
    }
    assert_int_equal (s_state (s)->status, status);
    assert_false (s_state (s)->in_flight);
    return s;
}

static void
an_event_is_sent_at_once_and_created_once (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_new ();
    delivery_create_t create = s_create ();
    (void) unused;
    when (s, DELIVERY_CREATE, &create);
    then_event (s, 0, 1, DELIVERY_WAS_CREATED, &create);
    s_then_sent (s, 1);
    carry_on (s);
    when (s, DELIVERY_CREATE, &create);
    then_nothing (s);
    for (delivery_status_t status = DELIVERY_PENDING; status <= DELIVERY_DISCARDED; status++) {
        scoped (scenario_destroy) scenario_t *there = s_in (status);
        when (there, DELIVERY_CREATE, &create);
        then_nothing (there);
    }
}

static void
any_answer_of_2xx_and_none_else_is_success (void **unused)
{
    static const struct {
        uint32_t http_status;
        unsigned event;
    } cases [] = {
        { 199, DELIVERY_ATTEMPT_FAILED }, { 200, DELIVERY_HAS_SUCCEEDED },
        { 204, DELIVERY_HAS_SUCCEEDED },  { 299, DELIVERY_HAS_SUCCEEDED },
        { 300, DELIVERY_ATTEMPT_FAILED }, { 302, DELIVERY_ATTEMPT_FAILED },
        { 404, DELIVERY_ATTEMPT_FAILED }, { 500, DELIVERY_ATTEMPT_FAILED },
    };
    (void) unused;
    for (size_t index = 0; index < COUNT (cases); index++) {
        scoped (scenario_destroy) scenario_t *s = s_sent ();
        s_when_answered (s, WEBHOOK_RESPONDED, cases [index].http_status);
        then_event (s, 0, 1, cases [index].event, NULL);
        then_silent (s);
    }
    for (webhook_outcome_t outcome = WEBHOOK_TIMED_OUT; outcome <= WEBHOOK_CUT; outcome++) {
        scoped (scenario_destroy) scenario_t *s = s_sent ();
        s_when_answered (s, outcome, 0);
        then_event (s, 0, 1, DELIVERY_ATTEMPT_FAILED, NULL);
    }
}

static void
what_came_of_an_attempt_is_kept (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_sent ();
    int64_t sent_at_ms = s->now_ms;
    (void) unused;
    s->now_ms += 12;
    s_answered (s, WEBHOOK_RESPONDED, 503);
    const delivery_t *delivery = s_state (s);
    assert_int_equal (delivery->kept_count, 1);
    assert_int_equal (delivery->kept [0].number, 1);
    assert_int_equal (delivery->kept [0].at_ms, sent_at_ms);
    assert_int_equal (delivery->kept [0].outcome, WEBHOOK_RESPONDED);
    assert_int_equal (delivery->kept [0].http_status, 503);
    assert_int_equal (delivery->kept [0].duration_ms, 12);
    assert_false (delivery->kept [0].manual);
}

static void
failures_are_repeated_on_the_schedule_and_then_it_has_failed (void **unused)
{
    static const int64_t minutes [DELIVERY_RETRIES] = { 0, 5, 30, 120, 300, 600, 840, 1200, 1440 };
    scoped (scenario_destroy) scenario_t *s = s_sent ();
    (void) unused;
    for (uint32_t retry = 1; retry <= DELIVERY_RETRIES; retry++) {
        int64_t wait_ms = minutes [retry - 1] ? minutes [retry - 1] * MINUTE_MS : 5000;
        s_when_answered (s, WEBHOOK_TIMED_OUT, 0);
        then_event (s, 0, 1, DELIVERY_ATTEMPT_FAILED, NULL);
        int64_t next_at_ms = s->now_ms + delivery_wait_ms (s->self, retry);
        then_timer (s, DELIVERY_WAKE, next_at_ms);
        carry_on (s);
        assert_int_equal (s_state (s)->next_at_ms, next_at_ms);
        assert_in_range (next_at_ms - s->now_ms, wait_ms, wait_ms + wait_ms / 10);

        s->now_ms = next_at_ms - 1;  //  A stale timer changes nothing
        when (s, DELIVERY_WAKE, NULL);
        then_nothing (s);
        s->now_ms = next_at_ms;
        when (s, DELIVERY_WAKE, NULL);
        then_event (s, 0, 1, DELIVERY_ATTEMPTED, &(delivery_attempted_t) { retry + 1, false });
        s_then_sent (s, retry + 1);
        carry_on (s);
        when (s, DELIVERY_WAKE, NULL);
        then_nothing (s);
    }
    s_when_answered (s, WEBHOOK_RESPONDED, 500);
    then_event (s, 0, 1, DELIVERY_HAS_FAILED,
                &(delivery_outcome_t) { 10, WEBHOOK_RESPONDED, 500, 12, 0 });
    carry_on (s);
    assert_int_equal (s_state (s)->status, DELIVERY_FAILED);
    assert_int_equal (s_state (s)->kept_count, 10);
}

static void
what_failed_together_does_not_come_back_together (void **unused)
{
    int64_t least_ms = INT64_MAX, most_ms = 0;
    (void) unused;
    for (uint8_t number = 0; number < 100; number++) {
        int64_t wait_ms = delivery_wait_ms (scenario_oid (OID_DELIVERY, number), 2);
        assert_int_equal (wait_ms, delivery_wait_ms (scenario_oid (OID_DELIVERY, number), 2));
        least_ms = wait_ms < least_ms ? wait_ms : least_ms;
        most_ms = wait_ms > most_ms ? wait_ms : most_ms;
    }
    assert_in_range (least_ms, 300000, 306000);
    assert_in_range (most_ms, 324000, 330000);
}

static void
an_answer_that_is_not_of_the_attempt_in_flight_changes_nothing (void **unused)
{
    webhook_answered_t early = { 2, WEBHOOK_RESPONDED, 200, 1 };
    (void) unused;
    scoped (scenario_destroy) scenario_t *s = s_sent ();
    when (s, DELIVERY_ANSWERED, &early);
    then_nothing (s);
    scoped (scenario_destroy) scenario_t *absent = s_new ();
    when (absent, DELIVERY_ANSWERED, &early);
    then_nothing (absent);
    for (delivery_status_t status = DELIVERY_PENDING; status <= DELIVERY_DISCARDED; status++) {
        scoped (scenario_destroy) scenario_t *resting = s_in (status);
        s_when_answered (resting, WEBHOOK_RESPONDED, 200);  //  The same once more
        then_nothing (resting);
    }
}

static void
gone_disables_the_endpoint_and_discards (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_sent ();
    (void) unused;
    s_when_answered (s, WEBHOOK_RESPONDED, 410);
    then_event (s, 0, 1, DELIVERY_WAS_DISCARDED, NULL);
    then_told (s, s_endpoint (), WEBHOOK_ENDPOINT_GONE, NULL);
    carry_on (s);
    assert_int_equal (s_state (s)->status, DELIVERY_DISCARDED);

    scoped (scenario_destroy) scenario_t *replayed = s_in (DELIVERY_SUCCEEDED);
    s_when_retried (replayed);
    carry_on (replayed);
    s_when_answered (replayed, WEBHOOK_RESPONDED, 410);
    then_event (replayed, 0, 1, DELIVERY_ATTEMPT_FAILED, NULL);
    then_told (replayed, s_endpoint (), WEBHOOK_ENDPOINT_GONE, NULL);
}

static void
nothing_is_planned_for_an_endpoint_that_is_off_or_an_event_that_is_lost (void **unused)
{
    static const struct {
        webhook_outcome_t outcome;
        unsigned event;
    } cases [] = {
        { WEBHOOK_FOUND_DISABLED, DELIVERY_WAS_DISCARDED },
        { WEBHOOK_FOUND_DELETED, DELIVERY_WAS_DISCARDED },
        { WEBHOOK_EVENT_UNREADABLE, DELIVERY_HAS_FAILED },
    };
    (void) unused;
    for (size_t index = 0; index < COUNT (cases); index++) {
        scoped (scenario_destroy) scenario_t *s = s_sent ();
        s_when_answered (s, cases [index].outcome, 0);
        then_event (s, 0, 1, cases [index].event, NULL);
        then_silent (s);
        assert_int_equal (s->decision.timer_count, 0);
    }
}

static void
a_retry_sends_whatever_became_of_it (void **unused)
{
    (void) unused;
    for (delivery_status_t status = DELIVERY_PENDING; status <= DELIVERY_DISCARDED; status++) {
        scoped (scenario_destroy) scenario_t *s = s_in (status);
        s_when_retried (s);
        then_event (s, 0, 1, DELIVERY_ATTEMPTED, &(delivery_attempted_t) { 2, true });
        s_then_sent (s, 2);
        assert_int_equal (s->decision.timer_count, status == DELIVERY_PENDING);
        carry_on (s);
        assert_int_equal (s_state (s)->status, status);
        s_when_retried (s);
        then_refused (s, VERDICT_ANSWER_PENDING);
        s_answered (s, WEBHOOK_RESPONDED, 200);
        assert_int_equal (s_state (s)->status, DELIVERY_SUCCEEDED);
        assert_true (s_state (s)->kept [1].manual);
    }
}

static void
a_retry_that_fails_leaves_what_was_at_rest_as_it_was (void **unused)
{
    (void) unused;
    for (delivery_status_t status = DELIVERY_SUCCEEDED; status <= DELIVERY_DISCARDED; status++) {
        scoped (scenario_destroy) scenario_t *s = s_in (status);
        s_when_retried (s);
        carry_on (s);
        s_answered (s, WEBHOOK_RESPONDED, 500);
        assert_int_equal (s_state (s)->status, status);
        assert_int_equal (s_state (s)->next_at_ms, 0);
        assert_int_equal (s_state (s)->attempts, 2);
    }
}

static void
a_retry_of_a_pending_one_is_the_attempt_that_was_due (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_in (DELIVERY_PENDING);
    (void) unused;
    s_when_retried (s);
    then_timer (s, DELIVERY_WAKE, 0);
    carry_on (s);
    when (s, DELIVERY_WAKE, NULL);  //  It had fired already
    then_nothing (s);
    s_when_answered (s, WEBHOOK_RESPONDED, 500);
    then_timer (s, DELIVERY_WAKE, s->now_ms + delivery_wait_ms (s->self, 2));
}

static void
a_retry_needs_a_delivery_and_an_endpoint_that_takes_it (void **unused)
{
    static const webhook_endpoint_status_t off [] = { WEBHOOK_ENDPOINT_ABSENT,
                                                      WEBHOOK_ENDPOINT_DISABLED,
                                                      WEBHOOK_ENDPOINT_DELETED };
    (void) unused;
    scoped (scenario_destroy) scenario_t *absent = s_new ();
    s_when_retried (absent);
    then_refused (absent, VERDICT_NOT_FOUND);
    when (absent, DELIVERY_WAKE, NULL);
    then_nothing (absent);
    for (size_t index = 0; index < COUNT (off); index++) {
        scoped (scenario_destroy) scenario_t *s = s_in (DELIVERY_PENDING);
        when (s, DELIVERY_RETRY, &(delivery_retry_t) { (uint8_t) off [index] });
        then_refused (s, VERDICT_WEBHOOK_ENDPOINT_DISABLED);
    }
}

static void
only_the_latest_attempts_are_kept (void **unused)
{
    enum { REPLAYS = DELIVERY_ATTEMPTS_KEPT + 5 };
    scoped (scenario_destroy) scenario_t *s = s_in (DELIVERY_SUCCEEDED);
    (void) unused;
    for (uint32_t replay = 1; replay <= REPLAYS; replay++) {
        s_when_retried (s);
        carry_on (s);
        s_answered (s, WEBHOOK_RESPONDED, 200 + replay);
    }
    const delivery_t *delivery = s_state (s);
    assert_int_equal (delivery->attempts, REPLAYS + 1);
    assert_int_equal (delivery->kept_count, DELIVERY_ATTEMPTS_KEPT);
    assert_int_equal (delivery->kept [0].number, REPLAYS + 2 - DELIVERY_ATTEMPTS_KEPT);
    assert_int_equal (delivery->kept [DELIVERY_ATTEMPTS_KEPT - 1].http_status, 200 + REPLAYS);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (an_event_is_sent_at_once_and_created_once),
        cmocka_unit_test (any_answer_of_2xx_and_none_else_is_success),
        cmocka_unit_test (what_came_of_an_attempt_is_kept),
        cmocka_unit_test (failures_are_repeated_on_the_schedule_and_then_it_has_failed),
        cmocka_unit_test (what_failed_together_does_not_come_back_together),
        cmocka_unit_test (an_answer_that_is_not_of_the_attempt_in_flight_changes_nothing),
        cmocka_unit_test (gone_disables_the_endpoint_and_discards),
        cmocka_unit_test (nothing_is_planned_for_an_endpoint_that_is_off_or_an_event_that_is_lost),
        cmocka_unit_test (a_retry_sends_whatever_became_of_it),
        cmocka_unit_test (a_retry_that_fails_leaves_what_was_at_rest_as_it_was),
        cmocka_unit_test (a_retry_of_a_pending_one_is_the_attempt_that_was_due),
        cmocka_unit_test (a_retry_needs_a_delivery_and_an_endpoint_that_takes_it),
        cmocka_unit_test (only_the_latest_attempts_are_kept),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
