//  payment: an order is paid at most once, and a failed one may be tried again.

#include "actors/payment.h"
#include "actors/member.h"
#include "actors/merchant.h"
#include "actors/wallet.h"
#include "tests/lib/scenario.h"

static oid_t
s_self (void)
{
    return scenario_oid (OID_PAYMENT, 1);
}

static payment_create_t
s_create (void)
{
    return (payment_create_t) {
        .member = scenario_oid (OID_MEMBER, 1),
        .merchant = scenario_oid (OID_MERCHANT, 2),
        .order_id = "order 1",
        .amount_minor = 900,
        .currency = "KRW",
        .member_status = MEMBER_ACTIVE,
        .merchant_status = MERCHANT_ACTIVE,
    };
}

static const payment_t *
s_payment (const scenario_t *s)
{
    return s->state;
}

static scenario_t *
s_requested (void)
{
    scenario_t *s = scenario_new (s_self ());
    payment_create_t create = s_create ();
    when (s, PAYMENT_CREATE, &create);
    carry_on (s);
    return s;
}

static void
s_when_answered (scenario_t *s, uint32_t attempt, verdict_t verdict)
{
    saga_answer_t answer = { scenario_oid (OID_WALLET, 1), WALLET_PAY, attempt, verdict };
    when (s, PAYMENT_ANSWERED, &answer);
}

static void
s_when_captured (scenario_t *s, uint32_t attempt, int64_t amount_minor)
{
    payment_confirm_t capture = { { s_self (), LEG_CAPTURE, attempt }, amount_minor, 250 };
    when (s, PAYMENT_CONFIRM_CAPTURE, &capture);
}

static void
a_payment_asks_the_payers_wallet (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    payment_create_t create = s_create ();
    wallet_pay_t pay = { { s_self (), LEG_CAPTURE, 1 }, 900, "KRW", create.merchant };
    (void) unused;

    when (s, PAYMENT_CREATE, &create);
    then_event (s, 0, 1, PAYMENT_WAS_REQUESTED, NULL);
    then_asked (s, scenario_oid (OID_WALLET, 1), WALLET_PAY, ANSWER_REFUSAL, 1, &pay);
    then_timer (s, PAYMENT_DEADLINE, s->now_ms + s->limits.step_deadline_ms);
    carry_on (s);
    assert_false (s->type->finished (s->state));
}

static void
a_payment_is_captured_once (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_requested ();
    payment_create_t create = s_create ();
    (void) unused;

    s_when_captured (s, 1, 899);
    then_refused (s, VERDICT_REFERENCE_REUSED);
    s_when_captured (s, 2, 900);
    then_refused (s, VERDICT_REFERENCE_REUSED);
    s->now_ms += 5;
    s_when_captured (s, 1, 900);
    then_event (s, 0, 1, PAYMENT_WAS_CAPTURED, NULL);
    then_timer (s, PAYMENT_DEADLINE, 0);
    carry_on (s);
    assert_int_equal (s_payment (s)->captured_minor, 900);
    assert_true (s_payment (s)->approved_at_ms == s->now_ms);
    assert_true (s->type->finished (s->state));

    s_when_captured (s, 1, 900);
    then_nothing (s);
    s_when_answered (s, 1, VERDICT_INSUFFICIENT_FUNDS);
    then_nothing (s);
    when (s, PAYMENT_DEADLINE, NULL);
    then_nothing (s);
    when (s, PAYMENT_CREATE, &create);
    then_refused (s, VERDICT_ORDER_EXISTS);
}

static void
an_order_in_progress_is_not_paid_again (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_requested ();
    payment_create_t create = s_create ();
    (void) unused;

    when (s, PAYMENT_CREATE, &create);
    then_refused (s, VERDICT_ORDER_EXISTS);
}

static void
a_refused_payment_may_be_tried_again_as_the_next_attempt (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_requested ();
    payment_create_t create = s_create ();
    (void) unused;

    s_when_answered (s, 1, VERDICT_ACCEPTED);
    then_nothing (s);
    s_when_answered (s, 1, VERDICT_INSUFFICIENT_FUNDS);
    then_event (s, 0, 1, PAYMENT_WAS_FAILED, &(payment_failed_t) { VERDICT_INSUFFICIENT_FUNDS });
    then_timer (s, PAYMENT_DEADLINE, 0);
    carry_on (s);
    assert_true (s->type->finished (s->state));
    s_when_captured (s, 1, 900);
    then_refused (s, VERDICT_STATE_CONFLICT);

    create.amount_minor = 800;
    when (s, PAYMENT_CREATE, &create);
    then_event (s, 0, 1, PAYMENT_WAS_REQUESTED, NULL);
    then_asked (s, scenario_oid (OID_WALLET, 1), WALLET_PAY, ANSWER_REFUSAL, 2,
                &(wallet_pay_t) { { s_self (), LEG_CAPTURE, 2 }, 800, "KRW", create.merchant });
    carry_on (s);
    assert_int_equal (s_payment (s)->verdict, VERDICT_ACCEPTED);
    s_when_answered (s, 1, VERDICT_INSUFFICIENT_FUNDS);  //  Late, of the first attempt
    then_nothing (s);
    s_when_captured (s, 2, 800);
    then_event (s, 0, 1, PAYMENT_WAS_CAPTURED, NULL);
}

//  The version a key was decided at tells its attempt: at1 is at 1, failed at 3 (after
//  a delay); at2 is refused by its facts at 5; at3 is captured at 7.
static void
a_version_belongs_to_the_attempt_it_was_decided_in (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_requested ();
    payment_create_t create = s_create ();
    (void) unused;

    assert_null (payment_attempt_at (s_payment (s), 1));
    when (s, PAYMENT_DEADLINE, NULL);
    carry_on (s);
    int64_t failed_at_ms = s->now_ms += 5;
    s_when_answered (s, 1, VERDICT_INSUFFICIENT_FUNDS);
    carry_on (s);
    assert_int_equal (s_payment (s)->failed_count, 1);

    create.member = scenario_oid (OID_MEMBER, 9);
    create.amount_minor = 800;
    create.member_status = MEMBER_SUSPENDED;
    s->now_ms += 5;
    when (s, PAYMENT_CREATE, &create);
    carry_on (s);
    create = s_create ();
    when (s, PAYMENT_CREATE, &create);
    carry_on (s);
    s_when_captured (s, 3, 900);
    carry_on (s);

    assert_int_equal (s_payment (s)->version, 7);
    for (uint64_t version = 1; version <= 3; version++) {
        const payment_attempt_t *first = payment_attempt_at (s_payment (s), version);
        assert_non_null (first);
        assert_true (oid_equal (first->member, create.member));
        assert_int_equal (first->amount_minor, 900);
        assert_int_equal (first->verdict, VERDICT_INSUFFICIENT_FUNDS);
        assert_int_equal (first->version, 3);
        assert_true (first->failed_at_ms == failed_at_ms);
    }
    const payment_attempt_t *second = payment_attempt_at (s_payment (s), 5);
    assert_non_null (second);
    assert_true (oid_equal (second->member, scenario_oid (OID_MEMBER, 9)));
    assert_int_equal (second->amount_minor, 800);
    assert_int_equal (second->verdict, VERDICT_MEMBER_SUSPENDED);
    assert_int_equal (second->version, 5);
    assert_null (payment_attempt_at (s_payment (s), 6));
    assert_null (payment_attempt_at (s_payment (s), 7));
}

static void
an_order_is_tried_so_often_and_no_more (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    payment_create_t create = s_create ();
    payment_requested_t requested = {
        PAYMENT_ATTEMPTS_MAX + 1, create.member, create.merchant, "order 1", 900, "KRW"
    };
    (void) unused;

    for (uint32_t attempt = 1; attempt <= PAYMENT_ATTEMPTS_MAX; attempt++) {
        when (s, PAYMENT_CREATE, &create);
        carry_on (s);
        s_when_answered (s, attempt, VERDICT_INSUFFICIENT_FUNDS);
        carry_on (s);
    }
    when (s, PAYMENT_CREATE, &create);
    then_refused (s, VERDICT_ATTEMPT_LIMIT_EXCEEDED);

    //  A journal from before the limit is read all the same.
    given (s, PAYMENT_WAS_REQUESTED, &requested);
    given (s, PAYMENT_WAS_FAILED, &(payment_failed_t) { VERDICT_WALLET_CLOSED });
    assert_int_equal (s_payment (s)->failed_count, PAYMENT_ATTEMPTS_MAX);
    assert_true (s->type->invariant (s->state));
    when (s, PAYMENT_CREATE, &create);
    then_refused (s, VERDICT_ATTEMPT_LIMIT_EXCEEDED);
}

//  The state is packed with each record: what a payment on the fast road has no use for
//  costs a byte each.
static void
what_never_happened_keeps_a_byte_for_it (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_requested ();
    uint8_t packed [512];
    (void) unused;

    size_t size = shape_pack (s->type->state, s->state, packed, sizeof packed);
    assert_true (size > 15);
    assert_int_equal (packed [size - 15], 1);     //  The version
    assert_int_equal (packed [size - 14], 0x90);  //  No failed attempts
    assert_int_equal (packed [size - 2], 0x90);   //  Nothing in flight
    assert_int_equal (packed [size - 1], 0x90);
}

static void
s_check_facts (payment_create_t create, verdict_t verdict)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());

    when (s, PAYMENT_CREATE, &create);
    then_event (s, 0, 2, PAYMENT_WAS_REQUESTED, NULL);
    then_event (s, 1, 2, PAYMENT_WAS_FAILED, &(payment_failed_t) { verdict });
    then_silent (s);
}

static void
facts_that_refuse_fail_it_at_once (void **unused)
{
    payment_create_t create = s_create ();
    (void) unused;

    create.merchant_status = MERCHANT_SUSPENDED;
    s_check_facts (create, VERDICT_MERCHANT_SUSPENDED);
    create.merchant_status = MERCHANT_ABSENT;
    s_check_facts (create, VERDICT_MERCHANT_NOT_FOUND);
    create.member_status = MEMBER_CLOSED;
    s_check_facts (create, VERDICT_MEMBER_CLOSED);
}

static void
a_deadline_makes_it_visible_and_nothing_else (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_requested ();
    (void) unused;

    when (s, PAYMENT_DEADLINE, NULL);
    then_event (s, 0, 1, PAYMENT_WAS_DELAYED, NULL);
    then_silent (s);
    carry_on (s);
    assert_true (s_payment (s)->delayed);
    assert_false (s->type->finished (s->state));
    when (s, PAYMENT_DEADLINE, NULL);
    then_nothing (s);
    s_when_captured (s, 1, 900);
    carry_on (s);
    assert_false (s_payment (s)->delayed);
}

static void
what_cannot_be_is_refused (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    payment_create_t create = s_create ();
    (void) unused;

    s_when_captured (s, 1, 900);
    then_refused (s, VERDICT_NOT_FOUND);
    create.amount_minor = -1;
    when (s, PAYMENT_CREATE, &create);
    then_refused (s, VERDICT_AMOUNT_INVALID);
}

static void
the_invariant_sees_what_is_wrong (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_requested ();
    payment_t *payment = s->state;
    payment_t sound = *payment;
    (void) unused;

    payment->captured_minor = 1;
    assert_false (s->type->invariant (payment));
    *payment = sound;
    payment->amount_minor = 0;
    assert_false (s->type->invariant (payment));
    *payment = sound;
    payment->attempt = 0;
    assert_false (s->type->invariant (payment));
    *payment = sound;
    payment->status = 77;
    assert_false (s->type->invariant (payment));
    *payment = sound;
    payment->failed_count = 1;
    assert_false (s->type->invariant (payment));
    *payment = sound;
    payment->version = 0;
    assert_false (s->type->invariant (payment));
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_payment_asks_the_payers_wallet),
        cmocka_unit_test (a_payment_is_captured_once),
        cmocka_unit_test (an_order_in_progress_is_not_paid_again),
        cmocka_unit_test (a_refused_payment_may_be_tried_again_as_the_next_attempt),
        cmocka_unit_test (a_version_belongs_to_the_attempt_it_was_decided_in),
        cmocka_unit_test (an_order_is_tried_so_often_and_no_more),
        cmocka_unit_test (what_never_happened_keeps_a_byte_for_it),
        cmocka_unit_test (facts_that_refuse_fail_it_at_once),
        cmocka_unit_test (a_deadline_makes_it_visible_and_nothing_else),
        cmocka_unit_test (what_cannot_be_is_refused),
        cmocka_unit_test (the_invariant_sees_what_is_wrong),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
