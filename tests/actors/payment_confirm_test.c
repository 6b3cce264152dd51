//  payment: what a merchant asks for waits for its payer; a shortfall is recharged first.

#include "actors/bank_account.h"
#include "actors/recharge.h"
#include "tests/actors/payment_scenario.h"

static payment_recharge_t
s_recharge (int64_t available_minor)
{
    return (payment_recharge_t) {
        .wanted = true,
        .available_minor = available_minor,
        .bank_account = scenario_oid (OID_BANK_ACCOUNT, 1),
        .account_status = BANK_ACCOUNT_LINKED,
        .party = { scenario_oid (OID_MEMBER, 1), "apple", { 3, { 1, 2, 3 } } },
    };
}

static payment_confirmation_t
s_confirmation (void)
{
    return (payment_confirmation_t) {
        .amount_minor = order_minor,
        .member_status = MEMBER_ACTIVE,
        .merchant_status = MERCHANT_ACTIVE,
    };
}

static oid_t
s_child (scenario_t *s, uint32_t attempt)
{
    return decision_derive (&s->decision, OID_RECHARGE, order_self (), "recharge", attempt);
}

//  Short by 100 of 900.
static scenario_t *
s_recharging (bool authorizes)
{
    scenario_t *s = scenario_new (order_self ());
    payment_create_t create = order_create ();
    create.authorizes = authorizes;
    create.recharge = s_recharge (order_minor - 100);
    when (s, PAYMENT_CREATE, &create);
    carry_on (s);
    return s;
}

static void
s_when_recharged (scenario_t *s, recharge_status_t status, verdict_t verdict)
{
    recharge_outcome_t outcome = { s_child (s, order_state (s)->attempt), (uint8_t) status,
                                   verdict };
    when (s, PAYMENT_RECHARGED, &outcome);
}

//  ---------------------------------------------------------------------------

static void
what_a_merchant_asks_for_moves_nothing_until_it_is_confirmed (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (order_self ());
    payment_create_t create = order_create ();
    payment_confirmation_t confirmation = s_confirmation ();
    (void) unused;

    create.requires_confirmation = true;
    when (s, PAYMENT_CREATE, &create);
    then_event (s, 0, 1, PAYMENT_WAS_REQUESTED, NULL);
    then_silent (s);
    then_timer (s, PAYMENT_EXPIRE, s->now_ms + s->limits.payment_confirmation_s * 1000);
    carry_on (s);
    assert_int_equal (order_state (s)->status, PAYMENT_REQUIRES_CONFIRMATION);
    assert_true (s->type->finished (s->state));
    when (s, PAYMENT_CREATE, &create);
    then_refused (s, VERDICT_ORDER_EXISTS);
    when_captured (s, 0);
    then_refused (s, VERDICT_STATE_CONFLICT);
    when_refunded (s, 1, 1);
    then_refused (s, VERDICT_STATE_CONFLICT);

    when (s, PAYMENT_CONFIRM, &confirmation);
    then_event (s, 0, 1, PAYMENT_WAS_CONFIRMED, NULL);
    then_asked (s, order_wallet (), WALLET_PAY, ANSWER_REFUSAL, 1,
                &(wallet_pay_t) { order_capture (1), order_minor, "KRW", order_merchant () });
    then_timer (s, PAYMENT_EXPIRE, 0);
    carry_on (s);
    assert_false (s->type->finished (s->state));
    when (s, PAYMENT_EXPIRE, NULL);  //  It had fired before
    then_nothing (s);
    when_confirmed (s, 1, order_minor, 250);
    carry_on (s);
    assert_int_equal (order_state (s)->status, PAYMENT_CAPTURED);
}

static void
an_authorization_that_is_confirmed_is_held (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = order_asked_for (true);
    payment_confirmation_t confirmation = s_confirmation ();
    (void) unused;

    when (s, PAYMENT_CONFIRM, &confirmation);
    then_asked (s, order_wallet (), WALLET_HOLD, ANSWER_ALWAYS, 1, NULL);
    carry_on (s);
    when_answered (s, WALLET_HOLD, 1, VERDICT_ACCEPTED);
    carry_on (s);
    assert_int_equal (order_state (s)->status, PAYMENT_AUTHORIZED);
    assert_true (order_state (s)->expires_at_ms > 0);
}

static void
s_check_refusal (payment_confirmation_t confirmation, verdict_t verdict)
{
    scoped (scenario_destroy) scenario_t *s = order_asked_for (false);
    when (s, PAYMENT_CONFIRM, &confirmation);
    then_refused (s, verdict);
}

static void
a_confirmation_that_is_refused_may_be_mended (void **unused)
{
    payment_confirmation_t confirmation = s_confirmation ();
    (void) unused;

    confirmation.amount_minor = order_minor - 1;
    s_check_refusal (confirmation, VERDICT_AMOUNT_MISMATCH);
    confirmation = s_confirmation ();
    confirmation.member_status = MEMBER_SUSPENDED;
    s_check_refusal (confirmation, VERDICT_MEMBER_SUSPENDED);
    confirmation = s_confirmation ();
    confirmation.merchant_status = MERCHANT_SUSPENDED;
    s_check_refusal (confirmation, VERDICT_MERCHANT_SUSPENDED);
    confirmation = s_confirmation ();
    confirmation.recharge = s_recharge (0);
    confirmation.recharge.party.member = scenario_oid (OID_MEMBER, 5);
    s_check_refusal (confirmation, VERDICT_BANK_ACCOUNT_NOT_OWNED);
}

static void
only_what_waits_for_it_can_be_confirmed (void **unused)
{
    payment_confirmation_t confirmation = s_confirmation ();
    scoped (scenario_destroy) scenario_t *absent = scenario_new (order_self ());
    scoped (scenario_destroy) scenario_t *requested = order_requested (false);
    scoped (scenario_destroy) scenario_t *captured = order_captured (0);
    scoped (scenario_destroy) scenario_t *failed = order_failed ();
    scoped (scenario_destroy) scenario_t *expired = order_ended (PAYMENT_EXPIRED);
    (void) unused;

    when (absent, PAYMENT_CONFIRM, &confirmation);
    then_refused (absent, VERDICT_NOT_FOUND);
    when (requested, PAYMENT_CONFIRM, &confirmation);
    then_refused (requested, VERDICT_STATE_CONFLICT);
    when (captured, PAYMENT_CONFIRM, &confirmation);
    then_refused (captured, VERDICT_STATE_CONFLICT);
    when (failed, PAYMENT_CONFIRM, &confirmation);
    then_refused (failed, VERDICT_STATE_CONFLICT);
    when (expired, PAYMENT_CONFIRM, &confirmation);
    then_refused (expired, VERDICT_PAYMENT_EXPIRED);
}

static void
what_nobody_confirms_expires_and_what_is_declined_is_canceled (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = order_asked_for (false);
    scoped (scenario_destroy) scenario_t *declined = order_asked_for (false);
    (void) unused;

    when (s, PAYMENT_EXPIRE, NULL);  //  Too early
    then_nothing (s);
    s->now_ms = order_state (s)->expires_at_ms;
    when (s, PAYMENT_EXPIRE, NULL);
    then_event (s, 0, 1, PAYMENT_WAS_EXPIRED, &(payment_released_t) { order_minor });
    then_silent (s);
    carry_on (s);
    assert_int_equal (order_state (s)->status, PAYMENT_EXPIRED);
    assert_true (s->type->finished (s->state));

    when_canceled (declined, true);
    then_event (declined, 0, 1, PAYMENT_WAS_CANCELED, &(payment_released_t) { order_minor });
    then_silent (declined);
    carry_on (declined);
    assert_int_equal (order_state (declined)->status, PAYMENT_CANCELED);
}

//  ---------------------------------------------------------------------------

static void
a_shortfall_is_recharged_with_the_hold_in_mind (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (order_self ());
    payment_create_t create = order_create ();
    (void) unused;

    create.recharge = s_recharge (order_minor - 100);
    when (s, PAYMENT_CREATE, &create);
    oid_t child = s_child (s, 1);
    recharge_start_t start = {
        .request = { order_wallet (), create.member, create.recharge.bank_account, 10000, "KRW",
                     create.recharge.party },
        .member_status = MEMBER_ACTIVE,
        .account_status = BANK_ACCOUNT_LINKED,
        .account_member = create.member,
        .parent = { order_self (), PAYMENT_RECHARGED, order_hold (1), order_minor },
    };
    then_event (s, 1, 2, PAYMENT_RECHARGE_STARTED, &(payment_recharging_t) { child });
    then_asked (s, child, RECHARGE_START, ANSWER_REFUSAL, 1, &start);
    carry_on (s);
    assert_int_equal (order_state (s)->status, PAYMENT_RECHARGING);
    assert_false (s->type->finished (s->state));
    when_canceled (s, true);
    then_refused (s, VERDICT_STATE_CONFLICT);

    s_when_recharged (s, RECHARGE_SUCCEEDED, VERDICT_ACCEPTED);
    then_event (s, 0, 1, PAYMENT_WAS_RECHARGED, NULL);
    then_asked (s, order_wallet (), WALLET_HOLD, ANSWER_ALWAYS, 1,
                &(wallet_move_t) { order_hold (1), order_minor, "KRW" });
    carry_on (s);
    s_when_recharged (s, RECHARGE_SUCCEEDED, VERDICT_ACCEPTED);
    then_nothing (s);
}

//  capture: true after a recharge: held, then all of it captured in the same decision.
static void
what_was_recharged_for_a_capture_is_captured_at_once (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_recharging (false);
    (void) unused;

    s_when_recharged (s, RECHARGE_SUCCEEDED, VERDICT_ACCEPTED);
    carry_on (s);
    when_answered (s, WALLET_HOLD, 1, VERDICT_ACCEPTED);
    then_event (s, 0, 2, PAYMENT_WAS_AUTHORIZED, &(payment_authorized_t) { 0 });
    then_event (s, 1, 2, PAYMENT_CAPTURE_STARTED, &(payment_capture_started_t) { 1, order_minor });
    then_asked (s, order_wallet (), WALLET_CAPTURE, ANSWER_REFUSAL, 1, NULL);
    then_timer (s, PAYMENT_DEADLINE, s->now_ms + s->limits.step_deadline_ms);
    carry_on (s);
    assert_false (s->type->finished (s->state));
    when_confirmed (s, 1, order_minor, 0);
    carry_on (s);
    assert_int_equal (order_state (s)->status, PAYMENT_CAPTURED);
}

static void
enough_in_the_wallet_needs_no_recharge (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (order_self ());
    payment_create_t create = order_create ();
    (void) unused;

    create.recharge = s_recharge (order_minor);
    when (s, PAYMENT_CREATE, &create);
    then_event (s, 0, 1, PAYMENT_WAS_REQUESTED, NULL);
    then_asked (s, order_wallet (), WALLET_PAY, ANSWER_REFUSAL, 1, NULL);
}

static void
a_recharge_that_fails_fails_the_payment (void **unused)
{
    scoped (scenario_destroy) scenario_t *failed = s_recharging (true);
    scoped (scenario_destroy) scenario_t *returned = s_recharging (false);
    scoped (scenario_destroy) scenario_t *refused = s_recharging (false);
    saga_answer_t answer = { s_child (refused, 1), RECHARGE_START, 1, VERDICT_AMOUNT_INVALID };
    payment_create_t create = order_create ();
    (void) unused;

    s_when_recharged (failed, RECHARGE_FAILED, VERDICT_BANK_DECLINED);
    then_event (failed, 0, 1, PAYMENT_WAS_FAILED, &(payment_failed_t) { VERDICT_BANK_DECLINED });
    then_silent (failed);
    s_when_recharged (returned, RECHARGE_COMPENSATED, VERDICT_WALLET_CLOSED);
    then_event (returned, 0, 1, PAYMENT_WAS_FAILED, &(payment_failed_t) { VERDICT_WALLET_CLOSED });
    carry_on (returned);
    s_when_recharged (returned, RECHARGE_SUCCEEDED, VERDICT_ACCEPTED);  //  A terminal one told late
    then_nothing (returned);
    create.recharge = s_recharge (0);
    when (returned, PAYMENT_CREATE, &create);  //  The next attempt's child is another
    then_asked (returned, s_child (returned, 2), RECHARGE_START, ANSWER_REFUSAL, 2, NULL);
    when (refused, PAYMENT_ANSWERED, &answer);
    then_event (refused, 0, 1, PAYMENT_WAS_FAILED, &(payment_failed_t) { VERDICT_AMOUNT_INVALID });
}

static void
a_parked_recharge_is_waited_for (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_recharging (true);
    recharge_outcome_t other = { scenario_oid (OID_RECHARGE, 3), RECHARGE_FAILED,
                                 VERDICT_BANK_DECLINED };
    (void) unused;

    when (s, PAYMENT_RECHARGED, &other);  //  Not its child
    then_nothing (s);
    when (s, PAYMENT_DEADLINE, NULL);  //  The recharge has deadlines of its own
    then_nothing (s);
    s_when_recharged (s, RECHARGE_PARKED, VERDICT_BANK_UNAVAILABLE);
    then_event (s, 0, 1, PAYMENT_WAS_DELAYED, NULL);
    carry_on (s);
    s_when_recharged (s, RECHARGE_PARKED, VERDICT_BANK_UNAVAILABLE);
    then_nothing (s);
    assert_true (s->type->parked (s->state));
    s_when_recharged (s, RECHARGE_SUCCEEDED, VERDICT_ACCEPTED);
    then_event (s, 0, 1, PAYMENT_WAS_RECHARGED, NULL);
    carry_on (s);
    assert_false (s->type->parked (s->state));
}

static void
a_hold_that_is_refused_after_the_recharge_fails_and_leaves_the_money (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_recharging (true);
    (void) unused;

    s_when_recharged (s, RECHARGE_SUCCEEDED, VERDICT_ACCEPTED);
    carry_on (s);
    when_answered (s, WALLET_HOLD, 1, VERDICT_DAILY_LIMIT_EXCEEDED);
    then_event (s, 0, 1, PAYMENT_WAS_FAILED, &(payment_failed_t) { VERDICT_DAILY_LIMIT_EXCEEDED });
    then_silent (s);
}

static void
the_bank_account_must_be_the_payers (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (order_self ());
    payment_create_t create = order_create ();
    (void) unused;

    create.recharge = s_recharge (order_minor);  //  Also if nothing is missing
    create.recharge.party.member = scenario_oid (OID_MEMBER, 5);
    when (s, PAYMENT_CREATE, &create);
    then_event (s, 1, 2, PAYMENT_WAS_FAILED,
                &(payment_failed_t) { VERDICT_BANK_ACCOUNT_NOT_OWNED });
    then_silent (s);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (what_a_merchant_asks_for_moves_nothing_until_it_is_confirmed),
        cmocka_unit_test (an_authorization_that_is_confirmed_is_held),
        cmocka_unit_test (a_confirmation_that_is_refused_may_be_mended),
        cmocka_unit_test (only_what_waits_for_it_can_be_confirmed),
        cmocka_unit_test (what_nobody_confirms_expires_and_what_is_declined_is_canceled),
        cmocka_unit_test (a_shortfall_is_recharged_with_the_hold_in_mind),
        cmocka_unit_test (what_was_recharged_for_a_capture_is_captured_at_once),
        cmocka_unit_test (enough_in_the_wallet_needs_no_recharge),
        cmocka_unit_test (a_recharge_that_fails_fails_the_payment),
        cmocka_unit_test (a_parked_recharge_is_waited_for),
        cmocka_unit_test (a_hold_that_is_refused_after_the_recharge_fails_and_leaves_the_money),
        cmocka_unit_test (the_bank_account_must_be_the_payers),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
