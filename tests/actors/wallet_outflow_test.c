//  wallet: money that goes out: what may, what may not, what a repetition does.

#include "tests/actors/wallet_scenario.h"

static void
a_debit_takes_what_is_there_once (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (1000);
    (void) unused;

    s_when_moved (s, WALLET_DEBIT, 1, LEG_DEBIT, 1001);
    then_refused (s, VERDICT_INSUFFICIENT_FUNDS);
    s_when_moved (s, WALLET_DEBIT, 1, LEG_DEBIT, 1000);
    then_event (s, 0, 1, WALLET_DEBITED,
                &(wallet_moved_t) { { s_saga (1), LEG_DEBIT, 1 }, 1000, 0 });
    then_posted (s, 0, account_of (ACCOUNT_WALLET, s_self ()),
                 account_of (ACCOUNT_TRANSIT, s_saga (1)), 1000);
    carry_on (s);
    s_when_moved (s, WALLET_DEBIT, 1, LEG_DEBIT, 1000);
    then_nothing (s);
    s_when_moved (s, WALLET_DEBIT, 1, LEG_DEBIT, 1);
    then_refused (s, VERDICT_REFERENCE_REUSED);
}

static void
a_reference_belongs_to_one_kind_of_movement (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (1000);
    (void) unused;

    s_when_moved (s, WALLET_DEBIT, 1, LEG_HOLD, 1);
    then_refused (s, VERDICT_REFERENCE_REUSED);
    s_when_moved (s, WALLET_HOLD, 1, LEG_DEBIT, 1);
    then_refused (s, VERDICT_REFERENCE_REUSED);
    s_when_moved (s, WALLET_CREDIT, 1, LEG_DEBIT, 1);
    then_refused (s, VERDICT_REFERENCE_REUSED);
    s_when_moved (s, WALLET_EXPECT, 1, LEG_RETURN, 1);
    then_refused (s, VERDICT_REFERENCE_REUSED);
}

static void
a_hold_is_captured_in_parts_and_the_rest_released (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (1000);
    reference_t hold = { s_saga (1), LEG_HOLD, 1 };
    wallet_capture_t capture = { { s_saga (1), LEG_CAPTURE, 1 }, hold, 300, { 0 } };
    wallet_release_t release = { hold };
    (void) unused;

    s_when_moved (s, WALLET_HOLD, 1, LEG_HOLD, 800);
    then_event (s, 0, 1, WALLET_HELD, &(movement_t) { hold, 800 });
    then_posted (s, 0, account_of (ACCOUNT_WALLET, s_self ()),
                 account_of (ACCOUNT_HOLD, s_saga (1)), 800);
    carry_on (s);
    assert_int_equal (wallet_balance_minor (s_wallet (s)), 1000);

    when (s, WALLET_CAPTURE, &capture);
    then_event (s, 0, 1, WALLET_CAPTURED,
                &(wallet_captured_t) { capture.reference, 300, 700, hold });
    then_posted (s, 0, account_of (ACCOUNT_HOLD, s_saga (1)),
                 account_of (ACCOUNT_TRANSIT, s_saga (1)), 300);
    then_silent (s);
    carry_on (s);
    when (s, WALLET_CAPTURE, &capture);
    then_nothing (s);

    capture.reference.ordinal = 2;
    capture.amount_minor = 501;
    when (s, WALLET_CAPTURE, &capture);
    then_refused (s, VERDICT_AMOUNT_INVALID);
    capture.amount_minor = 0;
    when (s, WALLET_CAPTURE, &capture);
    then_refused (s, VERDICT_AMOUNT_INVALID);

    when (s, WALLET_RELEASE, &release);
    then_event (s, 0, 1, WALLET_RELEASED, &(movement_t) { hold, 500 });
    then_posted (s, 0, account_of (ACCOUNT_HOLD, s_saga (1)),
                 account_of (ACCOUNT_WALLET, s_self ()), 500);
    carry_on (s);
    assert_int_equal (s_wallet (s)->available_minor, 700);
    assert_int_equal (s_wallet (s)->outflow_minor, 300);
    when (s, WALLET_RELEASE, &release);
    then_nothing (s);
    capture.amount_minor = 1;
    when (s, WALLET_CAPTURE, &capture);
    then_refused (s, VERDICT_STATE_CONFLICT);
}

static void
a_capture_hands_the_money_on_to_its_payee (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (1000);
    oid_t payee = scenario_oid (OID_MERCHANT, 1);
    wallet_capture_t capture = {
        { s_saga (1), LEG_CAPTURE, 1 }, { s_saga (1), LEG_HOLD, 1 }, 300, payee
    };
    (void) unused;

    s_when_moved (s, WALLET_HOLD, 1, LEG_HOLD, 300);
    carry_on (s);
    s_suspend (s);
    when (s, WALLET_CAPTURE, &capture);
    then_event (s, 0, 1, WALLET_CAPTURED, NULL);
    then_told (s, payee, MERCHANT_CAPTURE, &(movement_t) { capture.reference, 300 });
    carry_on (s);
    assert_int_equal (s_wallet (s)->hold_count, 0);
}

static void
a_hold_that_is_repeated_is_one_hold (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (100000);
    (void) unused;

    s_when_moved (s, WALLET_HOLD, 1, LEG_HOLD, 10);
    carry_on (s);
    s_when_moved (s, WALLET_HOLD, 1, LEG_HOLD, 10);
    then_nothing (s);
    for (uint8_t saga = 2; saga <= 2 + MOVEMENTS_MAX; saga++) {
        s_when_moved (s, WALLET_DEBIT, saga, LEG_DEBIT, 10);
        carry_on (s);
    }
    s_when_moved (s, WALLET_HOLD, 1, LEG_HOLD, 10);
    then_nothing (s);
    s_when_moved (s, WALLET_HOLD, 1, LEG_HOLD, 11);
    then_refused (s, VERDICT_REFERENCE_REUSED);
}

static void
at_most_sixty_four_holds_are_open (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (100000);
    wallet_pay_t pay = { { s_saga (101), LEG_CAPTURE, 1 }, 1, "KRW", { 0 } };
    (void) unused;

    for (uint8_t saga = 1; saga <= WALLET_HOLDS_MAX; saga++) {
        s_when_moved (s, WALLET_HOLD, saga, LEG_HOLD, 1);
        carry_on (s);
    }
    s_when_moved (s, WALLET_HOLD, 100, LEG_HOLD, 1);
    then_refused (s, VERDICT_HOLD_LIMIT_EXCEEDED);
    when (s, WALLET_PAY, &pay);
    then_refused (s, VERDICT_HOLD_LIMIT_EXCEEDED);
}

static void
a_payment_is_held_and_captured_in_one_decision (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (1000);
    oid_t payee = scenario_oid (OID_MERCHANT, 1);
    wallet_pay_t pay = { { s_saga (1), LEG_CAPTURE, 2 }, 600, "KRW", payee };
    reference_t hold = { s_saga (1), LEG_HOLD, 2 };
    (void) unused;

    when (s, WALLET_PAY, &pay);
    then_event (s, 0, 2, WALLET_HELD, &(movement_t) { hold, 600 });
    then_event (s, 1, 2, WALLET_CAPTURED, &(wallet_captured_t) { pay.reference, 600, 400, hold });
    then_told (s, payee, MERCHANT_CAPTURE, &(movement_t) { pay.reference, 600 });
    carry_on (s);
    assert_int_equal (wallet_balance_minor (s_wallet (s)), 400);
    assert_int_equal (s_wallet (s)->hold_count, 0);

    when (s, WALLET_PAY, &pay);
    then_nothing (s);
    pay.amount_minor = 1;
    when (s, WALLET_PAY, &pay);
    then_refused (s, VERDICT_REFERENCE_REUSED);
    pay.reference.ordinal = 3;
    pay.amount_minor = 401;
    when (s, WALLET_PAY, &pay);
    then_refused (s, VERDICT_INSUFFICIENT_FUNDS);
    pay.amount_minor = 1;
    memcpy (pay.currency, "USD", sizeof pay.currency);
    when (s, WALLET_PAY, &pay);
    then_refused (s, VERDICT_CURRENCY_MISMATCH);
}

static void
a_payment_does_not_touch_a_hold_of_its_name (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (1000);
    wallet_pay_t pay = { { s_saga (1), LEG_CAPTURE, 1 }, 600, "KRW", { 0 } };
    (void) unused;

    s_when_moved (s, WALLET_HOLD, 1, LEG_HOLD, 10);
    carry_on (s);
    when (s, WALLET_PAY, &pay);
    then_refused (s, VERDICT_REFERENCE_REUSED);
}

static void
the_daily_outflow_is_counted_in_seoul (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (2000000);
    (void) unused;

    s->limits.wallet_daily_outflow_minor = 1000000;
    s->now_ms = SCENARIO_START_MS + SCENARIO_DAY_MS - 1;
    s_when_moved (s, WALLET_DEBIT, 1, LEG_DEBIT, 600000);
    carry_on (s);
    s_when_moved (s, WALLET_HOLD, 2, LEG_HOLD, 400001);
    then_refused (s, VERDICT_DAILY_LIMIT_EXCEEDED);
    s_when_moved (s, WALLET_HOLD, 2, LEG_HOLD, 400000);
    carry_on (s);
    s_when_moved (s, WALLET_DEBIT, 3, LEG_DEBIT, 1);
    then_refused (s, VERDICT_DAILY_LIMIT_EXCEEDED);
    s->now_ms++;
    s_when_moved (s, WALLET_DEBIT, 3, LEG_DEBIT, 1);
    then_event (s, 0, 1, WALLET_DEBITED, NULL);
}

static void
a_failed_outflow_gives_its_share_back_on_the_same_day_only (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (2000000);
    wallet_release_t first = { { s_saga (1), LEG_HOLD, 1 } };
    wallet_release_t second = { { s_saga (2), LEG_HOLD, 1 } };
    (void) unused;

    s_when_moved (s, WALLET_HOLD, 1, LEG_HOLD, 500);
    carry_on (s);
    s_when_moved (s, WALLET_HOLD, 2, LEG_HOLD, 300);
    carry_on (s);
    when (s, WALLET_RELEASE, &first);
    carry_on (s);
    assert_int_equal (s_wallet (s)->outflow_minor, 300);

    s->now_ms += SCENARIO_DAY_MS;
    s_when_moved (s, WALLET_DEBIT, 3, LEG_DEBIT, 100);
    carry_on (s);
    when (s, WALLET_RELEASE, &second);
    carry_on (s);
    assert_int_equal (s_wallet (s)->outflow_minor, 100);
}

static wallet_return_t
s_back (int64_t amount_minor, int64_t day)
{
    return (wallet_return_t) { { s_saga (1), LEG_RETURN, 1 }, amount_minor, "KRW", day };
}

static void
a_debit_that_returns_gives_its_share_back (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (1000);
    wallet_return_t back = s_back (600, money_seoul_day (SCENARIO_START_MS));
    (void) unused;

    s_when_moved (s, WALLET_DEBIT, 1, LEG_DEBIT, 600);
    carry_on (s);
    s_when_moved (s, WALLET_DEBIT, 2, LEG_DEBIT, 300);
    carry_on (s);
    s_suspend (s);
    when (s, WALLET_RETURN, &back);
    then_event (s, 0, 2, WALLET_CREDITED, &(wallet_moved_t) { back.reference, 600, 700 });
    then_posted (s, 0, account_of (ACCOUNT_TRANSIT, s_saga (1)),
                 account_of (ACCOUNT_WALLET, s_self ()), 600);
    then_event (s, 1, 2, WALLET_OUTFLOW_GIVEN_BACK, &(wallet_given_back_t) { 600 });
    carry_on (s);
    assert_int_equal (s_wallet (s)->outflow_minor, 300);
    when (s, WALLET_RETURN, &back);
    then_nothing (s);
    back.amount_minor = 599;
    when (s, WALLET_RETURN, &back);
    then_refused (s, VERDICT_REFERENCE_REUSED);
}

static void
a_return_of_another_day_or_of_none_is_a_credit_alone (void **unused)
{
    const int64_t days [] = { 0, money_seoul_day (SCENARIO_START_MS) - 1,
                              money_seoul_day (SCENARIO_START_MS) + 1 };
    (void) unused;

    for (size_t index = 0; index < COUNT (days); index++) {
        scoped (scenario_destroy) scenario_t *s = s_wallet_with (1000);
        wallet_return_t back = s_back (600, days [index]);
        s_when_moved (s, WALLET_DEBIT, 1, LEG_DEBIT, 600);
        carry_on (s);
        when (s, WALLET_RETURN, &back);
        then_event (s, 0, 1, WALLET_CREDITED, NULL);
        carry_on (s);
        assert_int_equal (s_wallet (s)->outflow_minor, 600);
    }
}

static void
a_return_gives_back_no_more_than_was_counted (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (1000);
    wallet_return_t back = s_back (600, money_seoul_day (SCENARIO_START_MS));
    (void) unused;

    s_when_moved (s, WALLET_DEBIT, 1, LEG_DEBIT, 200);
    carry_on (s);
    when (s, WALLET_RETURN, &back);
    then_event (s, 1, 2, WALLET_OUTFLOW_GIVEN_BACK, &(wallet_given_back_t) { 200 });
    back.reference.leg = LEG_CREDIT;
    when (s, WALLET_RETURN, &back);
    then_refused (s, VERDICT_REFERENCE_REUSED);
    scoped (scenario_destroy) scenario_t *closed = s_wallet_with (0);
    back.reference.leg = LEG_RETURN;
    s_close (closed);
    when (closed, WALLET_RETURN, &back);
    then_refused (closed, VERDICT_WALLET_CLOSED);
}

static void
amounts_out_of_range_do_not_move (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (1000);
    const int64_t wrong [] = { 0, -1, INT64_MIN, MONEY_MAX_MINOR + 1, INT64_MAX };
    (void) unused;

    for (size_t index = 0; index < COUNT (wrong); index++) {
        s_when_moved (s, WALLET_DEBIT, 1, LEG_DEBIT, wrong [index]);
        then_refused (s, VERDICT_AMOUNT_INVALID);
        s_when_moved (s, WALLET_EXPECT, 1, LEG_CREDIT, wrong [index]);
        then_refused (s, VERDICT_AMOUNT_INVALID);
    }
    s_when_moved (s, WALLET_DEBIT, 1, LEG_DEBIT, movement_max + 1);
    then_refused (s, VERDICT_AMOUNT_LIMIT_EXCEEDED);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_debit_takes_what_is_there_once),
        cmocka_unit_test (a_reference_belongs_to_one_kind_of_movement),
        cmocka_unit_test (a_hold_is_captured_in_parts_and_the_rest_released),
        cmocka_unit_test (a_capture_hands_the_money_on_to_its_payee),
        cmocka_unit_test (a_hold_that_is_repeated_is_one_hold),
        cmocka_unit_test (at_most_sixty_four_holds_are_open),
        cmocka_unit_test (a_payment_is_held_and_captured_in_one_decision),
        cmocka_unit_test (a_payment_does_not_touch_a_hold_of_its_name),
        cmocka_unit_test (the_daily_outflow_is_counted_in_seoul),
        cmocka_unit_test (a_failed_outflow_gives_its_share_back_on_the_same_day_only),
        cmocka_unit_test (a_debit_that_returns_gives_its_share_back),
        cmocka_unit_test (a_return_of_another_day_or_of_none_is_a_credit_alone),
        cmocka_unit_test (a_return_gives_back_no_more_than_was_counted),
        cmocka_unit_test (amounts_out_of_range_do_not_move),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
