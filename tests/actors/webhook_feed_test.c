//  webhook_feed: in order, forward, and what was found is created with the step.

#include "actors/webhook_feed.h"
#include "tests/lib/scenario.h"

static delivery_create_t
s_creation (uint8_t endpoint, int64_t sequence)
{
    return (delivery_create_t) {
        .endpoint = scenario_oid (OID_WEBHOOK_ENDPOINT, endpoint),
        .place = { 3, sequence, 1 },
        .event = "payment.captured",
        .subject = scenario_oid (OID_PAYMENT, 1),
    };
}

static webhook_feed_advance_t
s_step (int64_t step, uint32_t partition, int64_t sequence)
{
    return (webhook_feed_advance_t) {
        .step = step,
        .move_count = 1,
        .moves = { { partition, sequence } },
    };
}

static scenario_t *
s_advanced (void)
{
    scenario_t *s = scenario_new (webhook_feed_oid ());
    given (s, WEBHOOK_FEED_ADVANCED,
           &(webhook_feed_advanced_t) { .step = 1, .move_count = 1, .moves = { { 3, 17 } } });
    return s;
}

static void
a_step_moves_its_partitions_and_no_other (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_advanced ();
    webhook_feed_advance_t advance = s_step (2, 3, 18);
    (void) unused;

    advance.moves [advance.move_count++] = (webhook_feed_move_t) { 1023, INT64_MAX };
    when (s, WEBHOOK_FEED_ADVANCE, &advance);
    then_event (s, 0, 1, WEBHOOK_FEED_ADVANCED, NULL);
    then_silent (s);
    carry_on (s);
    assert_int_equal (webhook_feed_position (s->state, 3), 18);
    assert_int_equal (webhook_feed_position (s->state, 1023), INT64_MAX);
    assert_int_equal (webhook_feed_position (s->state, 0), 0);
}

static void
what_a_step_found_is_created_with_it (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_advanced ();
    webhook_feed_advance_t advance = { .step = 2 };
    (void) unused;

    for (uint8_t number = 0; number < WEBHOOK_FEED_CREATIONS; number++) {
        advance.creations [advance.creation_count++] = s_creation (number, 18);
    }
    when (s, WEBHOOK_FEED_ADVANCE, &advance);
    then_event (s, 0, 1, WEBHOOK_FEED_ADVANCED, NULL);
    assert_int_equal (s->decision.message_count, WEBHOOK_FEED_CREATIONS);
    for (size_t number = 0; number < WEBHOOK_FEED_CREATIONS; number++) {
        then_told (s, s->decision.messages [number].to, DELIVERY_CREATE,
                   &advance.creations [number]);
    }
}

//  The id of the delivery that one creation leads to.
static oid_t
s_delivery (delivery_create_t creation)
{
    scoped (scenario_destroy) scenario_t *s = s_advanced ();
    webhook_feed_advance_t advance = { .step = 2, .creation_count = 1 };
    advance.creations [0] = creation;
    when (s, WEBHOOK_FEED_ADVANCE, &advance);
    assert_int_equal (s->decision.message_count, 1);
    return s->decision.messages [0].to;
}

static void
a_deliverys_id_follows_from_endpoint_and_place_alone (void **unused)
{
    oid_t one = s_delivery (s_creation (1, 18));
    delivery_create_t other = s_creation (1, 18);
    (void) unused;

    assert_true (oid_equal (one, s_delivery (s_creation (1, 18))));
    assert_false (oid_equal (one, s_delivery (s_creation (2, 18))));
    assert_false (oid_equal (one, s_delivery (s_creation (1, 19))));
    other.place.index = 2;
    assert_false (oid_equal (one, s_delivery (other)));
    other = s_creation (1, 18);
    other.place.partition = 4;
    assert_false (oid_equal (one, s_delivery (other)));
}

static void
a_step_that_was_made_or_is_not_the_next_is_refused (void **unused)
{
    static const int64_t steps [] = { INT64_MIN, -1, 0, 1, 3, INT64_MAX };
    (void) unused;

    for (size_t index = 0; index < COUNT (steps); index++) {
        scoped (scenario_destroy) scenario_t *s = s_advanced ();
        webhook_feed_advance_t advance = s_step (steps [index], 3, 18);
        advance.creations [advance.creation_count++] = s_creation (1, 18);
        when (s, WEBHOOK_FEED_ADVANCE, &advance);
        then_refused (s, VERDICT_STATE_CONFLICT);
    }
}

static void
a_position_that_does_not_grow_is_refused (void **unused)
{
    static const webhook_feed_move_t moves [] = {
        { 3, 17 }, { 3, 16 }, { 3, -1 }, { 0, 0 }, { 0, -1 }, { WEBHOOK_FEED_PARTITIONS, 1 },
    };
    (void) unused;

    for (size_t index = 0; index < COUNT (moves); index++) {
        scoped (scenario_destroy) scenario_t *s = s_advanced ();
        webhook_feed_advance_t advance = { .step = 2, .move_count = 1, .moves = { moves [index] } };
        when (s, WEBHOOK_FEED_ADVANCE, &advance);
        then_refused (s, VERDICT_STATE_CONFLICT);
    }
}

static void
a_partition_named_twice_is_refused (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_advanced ();
    webhook_feed_advance_t advance = s_step (2, 3, 19);
    (void) unused;

    advance.moves [advance.move_count++] = (webhook_feed_move_t) { 3, 18 };
    when (s, WEBHOOK_FEED_ADVANCE, &advance);
    then_refused (s, VERDICT_STATE_CONFLICT);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_step_moves_its_partitions_and_no_other),
        cmocka_unit_test (what_a_step_found_is_created_with_it),
        cmocka_unit_test (a_deliverys_id_follows_from_endpoint_and_place_alone),
        cmocka_unit_test (a_step_that_was_made_or_is_not_the_next_is_refused),
        cmocka_unit_test (a_position_that_does_not_grow_is_refused),
        cmocka_unit_test (a_partition_named_twice_is_refused),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
