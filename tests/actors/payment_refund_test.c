//  payment: refunds go up to what was captured, each with its part of the fee.

#include "actors/refund.h"
#include "tests/actors/payment_scenario.h"

static void
a_refund_reserves_before_it_asks_anyone (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = order_captured (250);
    oid_t refund = scenario_oid (OID_REFUND, 1);
    refund_request_t request = {
        order_self (), order_merchant (), scenario_oid (OID_MEMBER, 1), 400, 9, "KRW", "why"
    };
    (void) unused;

    when_refunded (s, 1, 400);
    then_event (s, 0, 1, PAYMENT_REFUND_STARTED, &(payment_refunding_t) { refund, 400, 9 });
    then_told (s, refund, REFUND_START, &request);
    assert_true (oid_equal (s->decision.object, refund));
    carry_on (s);
    assert_int_equal (payment_refundable_minor (order_state (s)), 500);
    assert_int_equal (order_state (s)->refunded_minor, 0);
    assert_int_equal (order_state (s)->status, PAYMENT_CAPTURED);
    assert_false (s->type->finished (s->state));
    when_refunded (s, 2, 501);
    then_refused (s, VERDICT_AMOUNT_NOT_REFUNDABLE);

    when_refund_ended (s, 1, true);
    then_event (s, 0, 1, PAYMENT_WAS_REFUNDED, &(payment_refunding_t) { refund, 400, 9 });
    then_silent (s);
    carry_on (s);
    assert_int_equal (order_state (s)->refunded_minor, 400);
    assert_int_equal (order_state (s)->status, PAYMENT_PARTIALLY_REFUNDED);
    assert_true (s->type->finished (s->state));
    when_refund_ended (s, 1, true);
    then_nothing (s);
    when_refund_ended (s, 1, false);
    then_nothing (s);

    when_refunded (s, 2, 500);
    carry_on (s);
    when_refund_ended (s, 2, true);
    carry_on (s);
    assert_int_equal (order_state (s)->status, PAYMENT_REFUNDED);
    when_refunded (s, 3, 1);
    then_refused (s, VERDICT_AMOUNT_NOT_REFUNDABLE);
}

static void
a_refund_that_failed_frees_its_reserve (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = order_captured (250);
    (void) unused;

    when_refunded (s, 1, 400);
    carry_on (s);
    when_refund_ended (s, 1, false);
    then_event (s, 0, 1, PAYMENT_REFUND_FAILED, NULL);
    carry_on (s);
    assert_int_equal (payment_refundable_minor (order_state (s)), order_minor);
    assert_int_equal (order_state (s)->fee_back_minor, 0);
    assert_int_equal (order_state (s)->status, PAYMENT_CAPTURED);
    assert_true (s->type->finished (s->state));
}

static void
a_caller_that_believes_something_else_is_refused (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = order_captured (0);
    payment_refund_t refund = { scenario_oid (OID_REFUND, 1), 100, true, order_minor - 1, "" };
    (void) unused;

    when (s, PAYMENT_REFUND, &refund);
    then_refused (s, VERDICT_REFUNDABLE_STALE);
    refund.refundable_minor = order_minor;
    when (s, PAYMENT_REFUND, &refund);
    then_event (s, 0, 1, PAYMENT_REFUND_STARTED, NULL);
    carry_on (s);
    refund.refund = scenario_oid (OID_REFUND, 2);
    when (s, PAYMENT_REFUND, &refund);  //  What is reserved is not refundable any more
    then_refused (s, VERDICT_REFUNDABLE_STALE);
}

static void
only_what_was_captured_can_be_refunded (void **unused)
{
    scoped (scenario_destroy) scenario_t *absent = scenario_new (order_self ());
    scoped (scenario_destroy) scenario_t *requested = order_requested (false);
    scoped (scenario_destroy) scenario_t *failed = order_failed ();
    scoped (scenario_destroy) scenario_t *canceled = order_ended (PAYMENT_CANCELED);
    scoped (scenario_destroy) scenario_t *expired = order_ended (PAYMENT_EXPIRED);
    scoped (scenario_destroy) scenario_t *held = order_authorized ();
    (void) unused;

    when_refunded (absent, 1, 1);
    then_refused (absent, VERDICT_NOT_FOUND);
    scenario_t *const none_captured [] = { requested, failed, canceled, expired, held };
    for (size_t index = 0; index < COUNT (none_captured); index++) {
        when_refunded (none_captured [index], 1, 1);
        then_refused (none_captured [index], VERDICT_STATE_CONFLICT);
    }
    when_captured (held, 300);
    carry_on (held);
    when_refunded (held, 1, 1);  //  In flight is not captured
    then_refused (held, VERDICT_STATE_CONFLICT);
    when_confirmed (held, 1, 300, 0);
    carry_on (held);
    when_refunded (held, 1, 301);
    then_refused (held, VERDICT_AMOUNT_NOT_REFUNDABLE);
    when_refunded (held, 1, 0);
    then_refused (held, VERDICT_AMOUNT_NOT_REFUNDABLE);
    when_refunded (held, 1, 300);
    then_event (held, 0, 1, PAYMENT_REFUND_STARTED, NULL);
    carry_on (held);
    when_refund_ended (held, 1, true);
    carry_on (held);
    assert_int_equal (order_state (held)->status, PAYMENT_PARTIALLY_CAPTURED);
}

//  Refunds all that was captured in steps of `step_minor`; the fee must go back whole.
static void
s_refund_in_steps (int64_t step_minor, uint32_t fee_bps)
{
    scoped (scenario_destroy) scenario_t *s = order_captured (fee_bps);
    int64_t fee_minor = order_state (s)->fee_minor;
    int64_t given_minor = 0;
    uint8_t number = 1;

    assert_true (fee_minor == order_minor * fee_bps / 10000);
    while (given_minor < order_minor) {
        int64_t left_minor = order_minor - given_minor;
        int64_t amount_minor = step_minor < left_minor ? step_minor : left_minor;
        when_refunded (s, number, amount_minor);
        carry_on (s);
        given_minor += amount_minor;
        assert_true (order_state (s)->fee_back_minor == fee_minor * given_minor / order_minor);
        when_refund_ended (s, number++, true);
        carry_on (s);
    }
    assert_true (order_state (s)->fee_back_minor == fee_minor);
    assert_int_equal (order_state (s)->status, PAYMENT_REFUNDED);
}

static void
a_full_refund_gives_the_whole_fee_back_whatever_the_steps (void **unused)
{
    (void) unused;
    for (int64_t step_minor = 10; step_minor <= order_minor; step_minor += 37) {
        s_refund_in_steps (step_minor, 0);
        s_refund_in_steps (step_minor, 1);
        s_refund_in_steps (step_minor, 250);
        s_refund_in_steps (step_minor, MERCHANT_FEE_BPS_MAX);
    }
}

//  300 at 10 %, refunded; then 600 without a fee: F / captured falls, nothing is taken
//  back, and the whole is still the whole.
static void
the_fee_returned_never_falls_when_captures_come_between (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = order_authorized ();
    (void) unused;

    order_capture_part (s, 300, 1000);
    when_refunded (s, 1, 200);
    carry_on (s);
    assert_int_equal (order_state (s)->fee_back_minor, 20);
    order_capture_part (s, 600, 0);
    when_refunded (s, 2, 100);
    then_event (s, 0, 1, PAYMENT_REFUND_STARTED,
                &(payment_refunding_t) { scenario_oid (OID_REFUND, 2), 100, 0 });
    carry_on (s);
    when_refunded (s, 3, 600);
    carry_on (s);
    assert_int_equal (order_state (s)->fee_back_minor, 30);
}

//  300 without a fee, all but 10 refunded; then 600 at 10 %: what is due of the new fee
//  is more than a refund of 1. It waits for the refunds that have room for it.
static void
a_refund_never_gives_back_more_fee_than_it_is (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = order_authorized ();
    (void) unused;

    order_capture_part (s, 300, 0);
    when_refunded (s, 1, 290);
    carry_on (s);
    order_capture_part (s, 600, 1000);
    when_refunded (s, 2, 1);
    then_event (s, 0, 1, PAYMENT_REFUND_STARTED,
                &(payment_refunding_t) { scenario_oid (OID_REFUND, 2), 1, 1 });
    carry_on (s);
    when_refunded (s, 3, 609);
    then_event (s, 0, 1, PAYMENT_REFUND_STARTED,
                &(payment_refunding_t) { scenario_oid (OID_REFUND, 3), 609, 59 });
    carry_on (s);
    assert_int_equal (order_state (s)->fee_back_minor, order_state (s)->fee_minor);
}

static void
a_payment_takes_a_hundred_captures_and_refunds (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = order_authorized ();
    (void) unused;

    for (uint32_t count = 0; count < PAYMENT_OPERATIONS_MAX / 2; count++) {
        when_captured (s, 2);
        carry_on (s);  //  All in flight at once
    }
    for (uint32_t count = PAYMENT_OPERATIONS_MAX / 2; count > 0; count--) {
        when_confirmed (s, count, 2, 0);
        carry_on (s);
    }
    for (uint32_t count = 0; count < PAYMENT_OPERATIONS_MAX / 2; count++) {
        when_refunded (s, (uint8_t) (count + 1), 1);
        carry_on (s);
    }
    when_captured (s, 1);
    then_refused (s, VERDICT_OPERATION_LIMIT_EXCEEDED);
    when_refunded (s, 200, 1);
    then_refused (s, VERDICT_OPERATION_LIMIT_EXCEEDED);
    when_canceled (s, false);  //  What is left can always be given back
    then_event (s, 0, 1, PAYMENT_CANCEL_STARTED, NULL);
    for (uint32_t count = 0; count < PAYMENT_OPERATIONS_MAX / 2; count++) {
        when_refund_ended (s, (uint8_t) (count + 1), true);
        carry_on (s);
    }
    assert_int_equal (order_state (s)->refunded_minor, PAYMENT_OPERATIONS_MAX / 2);
}

static void
the_largest_amounts_do_not_overflow (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (order_self ());
    payment_create_t create = order_create ();
    (void) unused;

    create.amount_minor = MONEY_MAX_MINOR;
    when (s, PAYMENT_CREATE, &create);
    carry_on (s);
    when_confirmed (s, 1, MONEY_MAX_MINOR, MERCHANT_FEE_BPS_MAX);
    carry_on (s);
    assert_true (order_state (s)->fee_minor == MONEY_MAX_MINOR);
    when_refunded (s, 1, MONEY_MAX_MINOR - 1);
    carry_on (s);
    assert_true (order_state (s)->fee_back_minor == MONEY_MAX_MINOR - 1);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_refund_reserves_before_it_asks_anyone),
        cmocka_unit_test (a_refund_that_failed_frees_its_reserve),
        cmocka_unit_test (a_caller_that_believes_something_else_is_refused),
        cmocka_unit_test (only_what_was_captured_can_be_refunded),
        cmocka_unit_test (a_full_refund_gives_the_whole_fee_back_whatever_the_steps),
        cmocka_unit_test (the_fee_returned_never_falls_when_captures_come_between),
        cmocka_unit_test (a_refund_never_gives_back_more_fee_than_it_is),
        cmocka_unit_test (a_payment_takes_a_hundred_captures_and_refunds),
        cmocka_unit_test (the_largest_amounts_do_not_overflow),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
