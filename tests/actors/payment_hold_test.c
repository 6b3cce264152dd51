//  payment: what is held is captured in parts or given back, and never both.

#include "tests/actors/payment_scenario.h"

static void
an_authorization_asks_for_a_hold_and_lives_for_so_long (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (order_self ());
    payment_create_t create = order_create ();
    (void) unused;

    create.authorizes = true;
    when (s, PAYMENT_CREATE, &create);
    then_event (s, 0, 1, PAYMENT_WAS_REQUESTED, NULL);
    then_asked (s, order_wallet (), WALLET_HOLD, ANSWER_ALWAYS, 1,
                &(wallet_move_t) { order_hold (1), order_minor, "KRW" });
    then_timer (s, PAYMENT_DEADLINE, s->now_ms + s->limits.step_deadline_ms);
    carry_on (s);
    assert_false (s->type->finished (s->state));

    s->now_ms += 7;
    int64_t expires_at_ms = s->now_ms + s->limits.payment_authorization_s * 1000;
    when_answered (s, WALLET_HOLD, 1, VERDICT_ACCEPTED);
    then_event (s, 0, 1, PAYMENT_WAS_AUTHORIZED, &(payment_authorized_t) { expires_at_ms });
    then_timer (s, PAYMENT_DEADLINE, 0);
    then_timer (s, PAYMENT_EXPIRE, expires_at_ms);
    carry_on (s);
    assert_int_equal (order_state (s)->status, PAYMENT_AUTHORIZED);
    assert_true (order_state (s)->approved_at_ms == s->now_ms);
    assert_int_equal (payment_capturable_minor (order_state (s)), order_minor);
    assert_true (s->type->finished (s->state));
    when_answered (s, WALLET_HOLD, 1, VERDICT_INSUFFICIENT_FUNDS);  //  Told late
    then_nothing (s);
}

static void
a_hold_that_is_refused_fails_and_the_next_attempt_has_its_own (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = order_requested (true);
    payment_create_t create = order_create ();
    (void) unused;

    when_answered (s, WALLET_HOLD, 1, VERDICT_WALLET_SUSPENDED);
    then_event (s, 0, 1, PAYMENT_WAS_FAILED, &(payment_failed_t) { VERDICT_WALLET_SUSPENDED });
    carry_on (s);
    create.authorizes = true;
    when (s, PAYMENT_CREATE, &create);
    then_asked (s, order_wallet (), WALLET_HOLD, ANSWER_ALWAYS, 2,
                &(wallet_move_t) { order_hold (2), order_minor, "KRW" });
    carry_on (s);
    when_answered (s, WALLET_HOLD, 1, VERDICT_ACCEPTED);  //  Of the first attempt
    then_nothing (s);
    when_answered (s, WALLET_HOLD, 2, VERDICT_ACCEPTED);
    carry_on (s);
    when_captured (s, 100);
    then_asked (s, order_wallet (), WALLET_CAPTURE, ANSWER_REFUSAL, 2,
                &(wallet_capture_t) { order_capture (2), order_hold (2), 100, order_merchant () });
}

static void
captures_in_parts_each_have_a_reference_of_their_own (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = order_authorized ();
    (void) unused;

    when_captured (s, 200);
    then_event (s, 0, 1, PAYMENT_CAPTURE_STARTED, &(payment_capture_started_t) { 1, 200 });
    then_asked (s, order_wallet (), WALLET_CAPTURE, ANSWER_REFUSAL, 1,
                &(wallet_capture_t) { order_capture (1), order_hold (1), 200, order_merchant () });
    then_timer (s, PAYMENT_DEADLINE, s->now_ms + s->limits.step_deadline_ms);
    carry_on (s);
    assert_false (s->type->finished (s->state));
    assert_int_equal (order_state (s)->status, PAYMENT_AUTHORIZED);

    when_captured (s, 0);  //  All that is left, while the first is in flight
    then_event (s, 0, 1, PAYMENT_CAPTURE_STARTED, &(payment_capture_started_t) { 2, 700 });
    then_timer (s, PAYMENT_EXPIRE, 0);
    carry_on (s);
    when_captured (s, 0);
    then_refused (s, VERDICT_STATE_CONFLICT);

    when_confirmed (s, 2, 700, 250);
    then_event (s, 0, 1, PAYMENT_WAS_CAPTURED, NULL);
    then_silent (s);
    carry_on (s);
    assert_int_equal (order_state (s)->status, PAYMENT_PARTIALLY_CAPTURED);
    when_confirmed (s, 1, 200, 250);
    then_timer (s, PAYMENT_DEADLINE, 0);
    carry_on (s);
    assert_int_equal (order_state (s)->status, PAYMENT_CAPTURED);
    assert_int_equal (order_state (s)->captured_minor, order_minor);
    assert_int_equal (order_state (s)->fee_minor, 700 * 250 / 10000 + 200 * 250 / 10000);
    assert_true (s->type->finished (s->state));
}

static void
a_confirmation_counts_once_and_for_what_was_asked (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = order_authorized ();
    (void) unused;

    when_captured (s, 200);
    carry_on (s);
    when_confirmed (s, 1, 201, 250);
    then_refused (s, VERDICT_REFERENCE_REUSED);
    when_confirmed (s, 2, 200, 250);
    then_refused (s, VERDICT_REFERENCE_REUSED);
    when_confirmed (s, 1, 200, MERCHANT_FEE_BPS_MAX + 1);
    then_refused (s, VERDICT_REFERENCE_REUSED);
    payment_confirm_t other = { { order_self (), LEG_REFUND, 1 }, 200, 250 };
    when (s, PAYMENT_CONFIRM_CAPTURE, &other);
    then_refused (s, VERDICT_REFERENCE_REUSED);
    when_confirmed (s, 1, 200, 250);
    carry_on (s);
    when_confirmed (s, 1, 200, 250);
    then_nothing (s);
}

static void
more_than_is_held_is_not_captured (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = order_authorized ();
    payment_capture_t capture = { 100, MERCHANT_SUSPENDED };
    (void) unused;

    when_captured (s, order_minor + 1);
    then_refused (s, VERDICT_AMOUNT_NOT_CAPTURABLE);
    when_captured (s, -1);
    then_refused (s, VERDICT_AMOUNT_NOT_CAPTURABLE);
    when (s, PAYMENT_CAPTURE, &capture);
    then_refused (s, VERDICT_MERCHANT_SUSPENDED);
    capture.merchant_status = MERCHANT_ABSENT;
    when (s, PAYMENT_CAPTURE, &capture);
    then_refused (s, VERDICT_MERCHANT_NOT_FOUND);
    when_captured (s, 600);
    carry_on (s);
    when_captured (s, 301);
    then_refused (s, VERDICT_AMOUNT_NOT_CAPTURABLE);
}

static void
a_cancel_gives_all_of_it_back (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = order_authorized ();
    (void) unused;

    when_canceled (s, true);
    then_event (s, 0, 1, PAYMENT_CANCEL_STARTED, &(reason_t) { "out of stock" });
    then_asked (s, order_wallet (), WALLET_RELEASE, ANSWER_ALWAYS, 1,
                &(wallet_release_t) { order_hold (1) });
    then_timer (s, PAYMENT_EXPIRE, 0);
    carry_on (s);
    assert_false (s->type->finished (s->state));
    assert_int_equal (payment_capturable_minor (order_state (s)), 0);
    when_captured (s, 1);
    then_refused (s, VERDICT_STATE_CONFLICT);
    when_canceled (s, false);
    then_refused (s, VERDICT_STATE_CONFLICT);
    when_answered (s, WALLET_RELEASE, 1, VERDICT_ACCEPTED);
    then_event (s, 0, 1, PAYMENT_WAS_CANCELED, &(payment_released_t) { order_minor });
    carry_on (s);
    assert_int_equal (order_state (s)->status, PAYMENT_CANCELED);
    assert_int_equal (order_state (s)->canceled_minor, order_minor);
    assert_true (s->type->finished (s->state));
    when_answered (s, WALLET_RELEASE, 1, VERDICT_ACCEPTED);
    then_nothing (s);
}

//  The release may not overtake a capture: the wallet would have nothing to capture.
static void
a_cancel_waits_for_the_captures_before_it (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = order_authorized ();
    (void) unused;

    when_captured (s, 300);
    carry_on (s);
    when_captured (s, 200);
    carry_on (s);
    when_canceled (s, false);
    then_event (s, 0, 1, PAYMENT_CANCEL_STARTED, NULL);
    then_silent (s);
    carry_on (s);
    when_answered (s, WALLET_RELEASE, 1, VERDICT_ACCEPTED);  //  Nobody asked yet
    then_nothing (s);
    when_confirmed (s, 2, 200, 0);
    then_silent (s);
    carry_on (s);
    when_confirmed (s, 1, 300, 0);
    then_asked (s, order_wallet (), WALLET_RELEASE, ANSWER_ALWAYS, 1,
                &(wallet_release_t) { order_hold (1) });
    carry_on (s);
    when_answered (s, WALLET_RELEASE, 1, VERDICT_ACCEPTED);
    then_event (s, 0, 1, PAYMENT_WAS_CANCELED, &(payment_released_t) { 400 });
    carry_on (s);
    assert_int_equal (order_state (s)->status, PAYMENT_CAPTURED);
    assert_int_equal (order_state (s)->captured_minor, 500);
    assert_int_equal (order_state (s)->canceled_minor, 400);
}

static void
the_payer_cancels_only_what_nobody_captures (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = order_authorized ();
    (void) unused;

    when_captured (s, 1);
    carry_on (s);
    when_canceled (s, true);
    then_refused (s, VERDICT_STATE_CONFLICT);
    when_confirmed (s, 1, 1, 0);
    carry_on (s);
    when_canceled (s, true);
    then_refused (s, VERDICT_STATE_CONFLICT);
    when_canceled (s, false);
    then_event (s, 0, 1, PAYMENT_CANCEL_STARTED, NULL);
}

static void
what_is_left_expires (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = order_authorized ();
    (void) unused;

    order_capture_part (s, 100, 0);
    s->now_ms = order_state (s)->expires_at_ms - 1;
    when (s, PAYMENT_EXPIRE, NULL);
    then_nothing (s);
    assert_int_equal (s->decision.timer_count, 0);
    s->now_ms++;
    when (s, PAYMENT_EXPIRE, NULL);
    then_event (s, 0, 1, PAYMENT_EXPIRY_STARTED, NULL);
    then_asked (s, order_wallet (), WALLET_RELEASE, ANSWER_ALWAYS, 1, NULL);
    carry_on (s);
    when_captured (s, 1);
    then_refused (s, VERDICT_PAYMENT_EXPIRED);
    when_canceled (s, false);
    then_refused (s, VERDICT_PAYMENT_EXPIRED);
    when (s, PAYMENT_EXPIRE, NULL);
    then_nothing (s);
    when_answered (s, WALLET_RELEASE, 1, VERDICT_ACCEPTED);
    then_event (s, 0, 1, PAYMENT_WAS_EXPIRED, &(payment_released_t) { 800 });
    carry_on (s);
    assert_int_equal (order_state (s)->status, PAYMENT_CAPTURED);
    assert_true (order_state (s)->expires_at_ms == 0);
}

//  What comes first in the mailbox counts.
static void
a_capture_before_the_expiry_is_captured_and_one_after_it_is_not (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = order_authorized ();
    (void) unused;

    s->now_ms = order_state (s)->expires_at_ms;
    when_captured (s, 0);
    carry_on (s);
    when (s, PAYMENT_EXPIRE, NULL);
    then_nothing (s);

    scoped (scenario_destroy) scenario_t *late = order_ended (PAYMENT_EXPIRED);
    when_captured (late, 0);
    then_refused (late, VERDICT_PAYMENT_EXPIRED);
}

static void
only_what_is_held_can_be_captured_or_canceled (void **unused)
{
    static const struct {
        payment_status_t status;
        verdict_t verdict;
    } cases [] = {
        { PAYMENT_ABSENT, VERDICT_NOT_FOUND },        { PAYMENT_REQUESTED, VERDICT_STATE_CONFLICT },
        { PAYMENT_CAPTURED, VERDICT_STATE_CONFLICT }, { PAYMENT_FAILED, VERDICT_STATE_CONFLICT },
        { PAYMENT_CANCELED, VERDICT_STATE_CONFLICT }, { PAYMENT_EXPIRED, VERDICT_PAYMENT_EXPIRED },
    };
    (void) unused;

    for (size_t index = 0; index < COUNT (cases); index++) {
        scoped (scenario_destroy) scenario_t *s =
            cases [index].status == PAYMENT_ABSENT      ? scenario_new (order_self ())
            : cases [index].status == PAYMENT_REQUESTED ? order_requested (true)
            : cases [index].status == PAYMENT_CAPTURED  ? order_captured (0)
            : cases [index].status == PAYMENT_FAILED    ? order_failed ()
                                                        : order_ended (cases [index].status);
        assert_int_equal (order_state (s)->status, cases [index].status);
        when_captured (s, 0);
        then_refused (s, cases [index].verdict);
        when_canceled (s, false);
        then_refused (s, cases [index].verdict);
        when (s, PAYMENT_EXPIRE, NULL);
        then_nothing (s);
    }
}

static void
a_deadline_is_set_for_what_is_in_flight_and_seen_by_operators (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = order_authorized ();
    (void) unused;

    when (s, PAYMENT_DEADLINE, NULL);
    then_nothing (s);
    when_captured (s, 100);
    carry_on (s);
    when_captured (s, 100);
    carry_on (s);
    when (s, PAYMENT_DEADLINE, NULL);
    then_event (s, 0, 1, PAYMENT_WAS_DELAYED, NULL);
    carry_on (s);
    assert_true (s->type->parked (s->state));
    s->now_ms += 5;
    when_confirmed (s, 1, 100, 0);  //  The other is still in flight
    then_timer (s, PAYMENT_DEADLINE, s->now_ms + s->limits.step_deadline_ms);
    carry_on (s);
    assert_false (s->type->parked (s->state));
    when_answered (s, WALLET_CAPTURE, 2, VERDICT_STATE_CONFLICT);  //  Cannot be
    then_event (s, 0, 1, PAYMENT_WAS_DELAYED, NULL);
    carry_on (s);
    when_answered (s, WALLET_CAPTURE, 2, VERDICT_STATE_CONFLICT);
    then_nothing (s);
    when_canceled (s, false);
    carry_on (s);
    when_confirmed (s, 2, 100, 0);
    carry_on (s);
    when_answered (s, WALLET_RELEASE, 1, VERDICT_WALLET_NOT_FOUND);  //  Cannot be
    then_event (s, 0, 1, PAYMENT_WAS_DELAYED, NULL);
    carry_on (s);
    assert_false (s->type->finished (s->state));
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (an_authorization_asks_for_a_hold_and_lives_for_so_long),
        cmocka_unit_test (a_hold_that_is_refused_fails_and_the_next_attempt_has_its_own),
        cmocka_unit_test (captures_in_parts_each_have_a_reference_of_their_own),
        cmocka_unit_test (a_confirmation_counts_once_and_for_what_was_asked),
        cmocka_unit_test (more_than_is_held_is_not_captured),
        cmocka_unit_test (a_cancel_gives_all_of_it_back),
        cmocka_unit_test (a_cancel_waits_for_the_captures_before_it),
        cmocka_unit_test (the_payer_cancels_only_what_nobody_captures),
        cmocka_unit_test (what_is_left_expires),
        cmocka_unit_test (a_capture_before_the_expiry_is_captured_and_one_after_it_is_not),
        cmocka_unit_test (only_what_is_held_can_be_captured_or_canceled),
        cmocka_unit_test (a_deadline_is_set_for_what_is_in_flight_and_seen_by_operators),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
