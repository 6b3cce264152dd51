//  wallet: what may move, what may not, and what a repetition does.

#include "actors/wallet.h"
#include "actors/member.h"
#include "actors/merchant.h"
#include "tests/lib/scenario.h"

static const int64_t movement_max = 1000000;

static oid_t
s_saga (uint8_t number)
{
    return scenario_oid (OID_PAYMENT, number);
}

static oid_t
s_self (void)
{
    return scenario_oid (OID_WALLET, 1);
}

static wallet_move_t
s_move (uint8_t saga, saga_leg_t leg, int64_t amount_minor)
{
    return (wallet_move_t) { { s_saga (saga), (uint8_t) leg, 1 }, amount_minor, "KRW" };
}

static wallet_open_t
s_open (void)
{
    return (wallet_open_t) {
        .member = scenario_oid (OID_MEMBER, 1),
        .opener = scenario_oid (OID_REGISTRATION, 1),
        .currency = "KRW",
        .member_status = MEMBER_ACTIVE,
    };
}

static scenario_t *
s_wallet_with (int64_t amount_minor)
{
    scenario_t *s = scenario_new (s_self ());
    wallet_opened_t opened = { .member = s_open ().member,
                               .opener = s_open ().opener,
                               .currency = "KRW" };
    given (s, WALLET_OPENED, &opened);
    if (amount_minor > 0) {
        wallet_moved_t credited = { { s_saga (99), LEG_CREDIT, 1 }, amount_minor, amount_minor };
        given (s, WALLET_CREDITED, &credited);
    }
    return s;
}

static void
s_when_moved (scenario_t *s, wallet_command_t command, uint8_t saga, saga_leg_t leg,
              int64_t amount_minor)
{
    wallet_move_t move = s_move (saga, leg, amount_minor);
    when (s, command, &move);
}

static void
s_suspend (scenario_t *s)
{
    reason_t reason = { "told to" };
    given (s, WALLET_WAS_SUSPENDED, &reason);
}

static void
s_close (scenario_t *s)
{
    reason_t reason = { "told to" };
    given (s, WALLET_WAS_CLOSED, &reason);
}

static const wallet_t *
s_wallet (const scenario_t *s)
{
    return s->state;
}

static void
a_wallet_opens_once (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    wallet_open_t open = s_open ();
    (void) unused;

    when (s, WALLET_OPEN, &open);
    then_event (s, 0, 1, WALLET_OPENED, NULL);
    carry_on (s);
    when (s, WALLET_OPEN, &open);
    then_nothing (s);
    open.opener = (oid_t) { 0 };
    when (s, WALLET_OPEN, &open);
    then_refused (s, VERDICT_WALLET_EXISTS);
    open.opener = scenario_oid (OID_REGISTRATION, 2);
    when (s, WALLET_OPEN, &open);
    then_refused (s, VERDICT_WALLET_EXISTS);
}

static void
a_wallet_is_not_opened_for_a_stranger_or_in_another_currency (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    wallet_open_t open = s_open ();
    (void) unused;

    open.member_status = MEMBER_ABSENT;
    when (s, WALLET_OPEN, &open);
    then_refused (s, VERDICT_MEMBER_NOT_FOUND);
    open.member_status = MEMBER_SUSPENDED;
    when (s, WALLET_OPEN, &open);
    then_refused (s, VERDICT_MEMBER_SUSPENDED);
    open.member_status = MEMBER_ERASED;
    when (s, WALLET_OPEN, &open);
    then_refused (s, VERDICT_MEMBER_CLOSED);
    memcpy (open.currency, "USD", sizeof open.currency);
    when (s, WALLET_OPEN, &open);
    then_refused (s, VERDICT_CURRENCY_MISMATCH);
}

static void
an_expected_credit_arrives (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (0);
    (void) unused;

    s_when_moved (s, WALLET_EXPECT, 1, LEG_CREDIT, 700);
    then_event (s, 0, 1, WALLET_EXPECTED, NULL);
    then_not_posted (s, 0);
    carry_on (s);
    s_when_moved (s, WALLET_EXPECT, 1, LEG_CREDIT, 700);
    then_nothing (s);
    s_when_moved (s, WALLET_EXPECT, 1, LEG_CREDIT, 701);
    then_refused (s, VERDICT_REFERENCE_REUSED);
    s_when_moved (s, WALLET_CREDIT, 1, LEG_CREDIT, 701);
    then_refused (s, VERDICT_REFERENCE_REUSED);

    s_when_moved (s, WALLET_CREDIT, 1, LEG_CREDIT, 700);
    then_event (s, 0, 1, WALLET_CREDITED,
                &(wallet_moved_t) { { s_saga (1), LEG_CREDIT, 1 }, 700, 700 });
    then_posted (s, 0, account_of (ACCOUNT_TRANSIT, s_saga (1)),
                 account_of (ACCOUNT_WALLET, s_self ()), 700);
    carry_on (s);
    assert_int_equal (s_wallet (s)->expect_count, 0);

    s_when_moved (s, WALLET_CREDIT, 1, LEG_CREDIT, 700);
    then_nothing (s);
    s_when_moved (s, WALLET_CREDIT, 1, LEG_CREDIT, 701);
    then_refused (s, VERDICT_REFERENCE_REUSED);
    s_when_moved (s, WALLET_EXPECT, 1, LEG_CREDIT, 700);
    then_nothing (s);
}

static void
a_credit_that_is_not_expected_any_more_is_refused (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (0);
    (void) unused;

    s_when_moved (s, WALLET_EXPECT, 1, LEG_CREDIT, 700);
    carry_on (s);
    s_when_moved (s, WALLET_UNEXPECT, 1, LEG_CREDIT, 700);
    then_event (s, 0, 1, WALLET_UNEXPECTED, NULL);
    carry_on (s);
    s_when_moved (s, WALLET_UNEXPECT, 1, LEG_CREDIT, 700);
    then_nothing (s);
    s_when_moved (s, WALLET_CREDIT, 1, LEG_CREDIT, 700);
    then_refused (s, VERDICT_EXPECT_VOIDED);
    assert_int_equal (s_wallet (s)->expected_minor, 0);
}

static void
expects_and_balance_together_respect_the_cap (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (500000);
    (void) unused;

    s_when_moved (s, WALLET_EXPECT, 1, LEG_CREDIT, movement_max + 1);
    then_refused (s, VERDICT_AMOUNT_LIMIT_EXCEEDED);
    s_when_moved (s, WALLET_EXPECT, 1, LEG_CREDIT, movement_max);
    carry_on (s);
    s_when_moved (s, WALLET_EXPECT, 2, LEG_CREDIT, 500001);
    then_refused (s, VERDICT_BALANCE_LIMIT_EXCEEDED);
    s_when_moved (s, WALLET_EXPECT, 2, LEG_CREDIT, 500000);
    then_event (s, 0, 1, WALLET_EXPECTED, NULL);
}

static void
at_most_sixty_four_credits_are_expected (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (0);
    (void) unused;

    for (uint8_t saga = 1; saga <= WALLET_EXPECTS_MAX; saga++) {
        s_when_moved (s, WALLET_EXPECT, saga, LEG_CREDIT, 1);
        carry_on (s);
    }
    s_when_moved (s, WALLET_EXPECT, 100, LEG_CREDIT, 1);
    then_refused (s, VERDICT_EXPECT_LIMIT_EXCEEDED);
    s_when_moved (s, WALLET_UNEXPECT, 3, LEG_CREDIT, 1);
    carry_on (s);
    s_when_moved (s, WALLET_EXPECT, 100, LEG_CREDIT, 1);
    then_event (s, 0, 1, WALLET_EXPECTED, NULL);
}

static void
money_that_returns_is_never_refused_by_cap_or_suspension (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (2000000);
    (void) unused;

    s_suspend (s);
    s_when_moved (s, WALLET_CREDIT, 1, LEG_RETURN, movement_max + 1);
    then_event (s, 0, 1, WALLET_CREDITED, NULL);
    carry_on (s);
    s_when_moved (s, WALLET_CREDIT, 2, LEG_REFUND, 5);
    then_event (s, 0, 1, WALLET_CREDITED, NULL);
    s_when_moved (s, WALLET_CREDIT, 2, LEG_REFUND, MONEY_MAX_MINOR);
    then_refused (s, VERDICT_AMOUNT_INVALID);
    s_when_moved (s, WALLET_CREDIT, 2, LEG_REFUND, 0);
    then_refused (s, VERDICT_AMOUNT_INVALID);
    wallet_move_t foreign = { { s_saga (2), LEG_REFUND, 1 }, 5, "USD" };
    when (s, WALLET_CREDIT, &foreign);
    then_refused (s, VERDICT_CURRENCY_MISMATCH);
}

static void
an_expected_credit_reaches_a_suspended_wallet (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (0);
    (void) unused;

    s_when_moved (s, WALLET_EXPECT, 1, LEG_CREDIT, 700);
    carry_on (s);
    s_suspend (s);
    s_when_moved (s, WALLET_EXPECT, 2, LEG_CREDIT, 700);
    then_refused (s, VERDICT_WALLET_SUSPENDED);
    s_when_moved (s, WALLET_CREDIT, 1, LEG_CREDIT, 700);
    then_event (s, 0, 1, WALLET_CREDITED, NULL);
}

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

static void
suspending_and_activating_take_turns (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (1000);
    reason_t reason = { "lost phone" };
    (void) unused;

    when (s, WALLET_ACTIVATE, &reason);
    then_refused (s, VERDICT_STATE_CONFLICT);
    when (s, WALLET_SUSPEND, &reason);
    then_event (s, 0, 1, WALLET_WAS_SUSPENDED, &reason);
    carry_on (s);
    when (s, WALLET_SUSPEND, &reason);
    then_refused (s, VERDICT_STATE_CONFLICT);
    s_when_moved (s, WALLET_DEBIT, 1, LEG_DEBIT, 1);
    then_refused (s, VERDICT_WALLET_SUSPENDED);
    when (s, WALLET_ACTIVATE, &reason);
    then_event (s, 0, 1, WALLET_ACTIVATED, &reason);
    carry_on (s);
    s_when_moved (s, WALLET_DEBIT, 1, LEG_DEBIT, 1);
    then_event (s, 0, 1, WALLET_DEBITED, NULL);
}

static void
only_an_empty_wallet_closes (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (10);
    wallet_close_t close = { "moved away", false };
    (void) unused;

    when (s, WALLET_CLOSE, &close);
    then_refused (s, VERDICT_STATE_CONFLICT);
    s_when_moved (s, WALLET_HOLD, 1, LEG_HOLD, 10);
    carry_on (s);
    when (s, WALLET_CLOSE, &close);
    then_refused (s, VERDICT_STATE_CONFLICT);
    wallet_capture_t capture = {
        { s_saga (1), LEG_CAPTURE, 1 }, { s_saga (1), LEG_HOLD, 1 }, 10, { 0 }
    };
    when (s, WALLET_CAPTURE, &capture);
    carry_on (s);
    s_when_moved (s, WALLET_EXPECT, 2, LEG_CREDIT, 5);
    carry_on (s);
    when (s, WALLET_CLOSE, &close);
    then_refused (s, VERDICT_STATE_CONFLICT);
    close.void_expects = true;
    when (s, WALLET_CLOSE, &close);
    then_event (s, 0, 1, WALLET_WAS_CLOSED, NULL);
    carry_on (s);
    when (s, WALLET_CLOSE, &close);
    then_refused (s, VERDICT_STATE_CONFLICT);
    s_when_moved (s, WALLET_CREDIT, 2, LEG_CREDIT, 5);
    then_refused (s, VERDICT_WALLET_CLOSED);
}

static void
a_closed_wallet_takes_nothing (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (0);
    wallet_open_t open = s_open ();
    reason_t reason = { "again" };
    (void) unused;

    s_close (s);
    s_when_moved (s, WALLET_EXPECT, 1, LEG_CREDIT, 5);
    then_refused (s, VERDICT_WALLET_CLOSED);
    s_when_moved (s, WALLET_DEBIT, 1, LEG_DEBIT, 5);
    then_refused (s, VERDICT_WALLET_CLOSED);
    s_when_moved (s, WALLET_CREDIT, 1, LEG_RETURN, 5);
    then_refused (s, VERDICT_WALLET_CLOSED);
    when (s, WALLET_ACTIVATE, &reason);
    then_refused (s, VERDICT_STATE_CONFLICT);
    open.opener = (oid_t) { 0 };
    when (s, WALLET_OPEN, &open);
    then_refused (s, VERDICT_WALLET_EXISTS);
}

static void
a_wallet_that_does_not_exist_says_so (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    wallet_capture_t capture = {
        { s_saga (1), LEG_CAPTURE, 1 }, { s_saga (1), LEG_HOLD, 1 }, 10, { 0 }
    };
    wallet_close_t close = { "?", true };
    reason_t reason = { "?" };
    (void) unused;

    s_when_moved (s, WALLET_EXPECT, 1, LEG_CREDIT, 5);
    then_refused (s, VERDICT_WALLET_NOT_FOUND);
    s_when_moved (s, WALLET_CREDIT, 1, LEG_RETURN, 5);
    then_refused (s, VERDICT_WALLET_NOT_FOUND);
    s_when_moved (s, WALLET_HOLD, 1, LEG_HOLD, 5);
    then_refused (s, VERDICT_WALLET_NOT_FOUND);
    when (s, WALLET_CAPTURE, &capture);
    then_refused (s, VERDICT_WALLET_NOT_FOUND);
    when (s, WALLET_SUSPEND, &reason);
    then_refused (s, VERDICT_NOT_FOUND);
    when (s, WALLET_CLOSE, &close);
    then_refused (s, VERDICT_NOT_FOUND);
}

static void
the_invariant_sees_what_is_wrong (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_wallet_with (1000);
    wallet_t *wallet = s->state;
    wallet_t sound;
    bool (*holds) (const void *) = wallet_aggregate.invariant;
    (void) unused;

    s_when_moved (s, WALLET_HOLD, 1, LEG_HOLD, 10);
    carry_on (s);
    s_when_moved (s, WALLET_EXPECT, 2, LEG_CREDIT, 10);
    carry_on (s);
    sound = *wallet;
    wallet->available_minor = -1;
    assert_false (holds (wallet));
    *wallet = sound;
    wallet->holds [0].amount_minor = 0;
    assert_false (holds (wallet));
    *wallet = sound;
    wallet->expects [0].amount_minor = -1;
    assert_false (holds (wallet));
    *wallet = sound;
    wallet->held_minor++;
    assert_false (holds (wallet));
    *wallet = sound;
    wallet->expected_minor++;
    assert_false (holds (wallet));
    *wallet = sound;
    wallet->outflow_minor = -1;
    assert_false (holds (wallet));
    *wallet = sound;
    wallet->member = (oid_t) { 0 };
    assert_false (holds (wallet));
    *wallet = sound;
    wallet->status = WALLET_CLOSED;
    assert_false (holds (wallet));
    wallet->status = 77;
    assert_false (holds (wallet));
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_wallet_opens_once),
        cmocka_unit_test (a_wallet_is_not_opened_for_a_stranger_or_in_another_currency),
        cmocka_unit_test (an_expected_credit_arrives),
        cmocka_unit_test (a_credit_that_is_not_expected_any_more_is_refused),
        cmocka_unit_test (expects_and_balance_together_respect_the_cap),
        cmocka_unit_test (at_most_sixty_four_credits_are_expected),
        cmocka_unit_test (money_that_returns_is_never_refused_by_cap_or_suspension),
        cmocka_unit_test (an_expected_credit_reaches_a_suspended_wallet),
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
        cmocka_unit_test (amounts_out_of_range_do_not_move),
        cmocka_unit_test (suspending_and_activating_take_turns),
        cmocka_unit_test (only_an_empty_wallet_closes),
        cmocka_unit_test (a_closed_wallet_takes_nothing),
        cmocka_unit_test (a_wallet_that_does_not_exist_says_so),
        cmocka_unit_test (the_invariant_sees_what_is_wrong),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
