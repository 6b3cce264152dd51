//  refund: the merchant's money goes back to the payer, once, wherever the payer is.

#include "actors/refund.h"
#include "actors/approval.h"
#include "actors/merchant.h"
#include "actors/payment.h"
#include "actors/wallet.h"
#include "tests/lib/scenario.h"

static oid_t
s_self (void)
{
    return scenario_oid (OID_REFUND, 1);
}

static refund_request_t
s_request (void)
{
    return (refund_request_t) {
        .payment = scenario_oid (OID_PAYMENT, 1),
        .merchant = scenario_oid (OID_MERCHANT, 2),
        .member = scenario_oid (OID_MEMBER, 3),
        .amount_minor = 400,
        .fee_back_minor = 10,
        .currency = "KRW",
        .reason = "one was broken",
    };
}

static const refund_t *
s_refund (const scenario_t *s)
{
    return s->state;
}

static void
s_when_answered (scenario_t *s, refund_step_t step, verdict_t verdict)
{
    bool taking = step == REFUND_TAKING;
    saga_answer_t answer = {
        .from = taking ? scenario_oid (OID_MERCHANT, 2) : scenario_oid (OID_WALLET, 3),
        .command = taking ? MERCHANT_REFUND : WALLET_CREDIT,
        .step = step,
        .verdict = verdict,
    };
    when (s, REFUND_ANSWERED, &answer);
}

static scenario_t *
s_started (void)
{
    scenario_t *s = scenario_new (s_self ());
    refund_request_t request = s_request ();
    when (s, REFUND_START, &request);
    carry_on (s);
    return s;
}

static scenario_t *
s_crediting (void)
{
    scenario_t *s = s_started ();
    s_when_answered (s, REFUND_TAKING, VERDICT_ACCEPTED);
    carry_on (s);
    return s;
}

static scenario_t *
s_suspended (void)
{
    scenario_t *s = s_crediting ();
    s_when_answered (s, REFUND_CREDITING, VERDICT_WALLET_CLOSED);
    carry_on (s);
    return s;
}

static wallet_move_t
s_credit (uint32_t attempt)
{
    return (wallet_move_t) { { s_self (), LEG_REFUND, attempt }, 400, "KRW" };
}

static void
a_refund_goes_from_the_merchant_to_the_payer (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    refund_request_t request = s_request ();
    payment_refund_end_t told = { s_self (), true };
    (void) unused;

    when (s, REFUND_START, &request);
    then_event (s, 0, 1, REFUND_WAS_REQUESTED, &request);
    then_asked (s, request.merchant, MERCHANT_REFUND, ANSWER_ALWAYS, REFUND_TAKING,
                &(merchant_refund_t) { { s_self (), LEG_REFUND, 1 }, request.payment, 400, 10 });
    then_timer (s, REFUND_DEADLINE, s->now_ms + s->limits.step_deadline_ms);
    carry_on (s);
    assert_false (s->type->finished (s->state));
    when (s, REFUND_START, &request);
    then_refused (s, VERDICT_ALREADY_EXISTS);

    s_when_answered (s, REFUND_TAKING, VERDICT_ACCEPTED);
    wallet_move_t credit = s_credit (1);
    then_event (s, 0, 1, REFUND_WAS_TAKEN, NULL);
    then_asked (s, scenario_oid (OID_WALLET, 3), WALLET_CREDIT, ANSWER_ALWAYS, REFUND_CREDITING,
                &credit);
    carry_on (s);
    s_when_answered (s, REFUND_TAKING, VERDICT_ACCEPTED);  //  Told twice
    then_nothing (s);

    s_when_answered (s, REFUND_CREDITING, VERDICT_ACCEPTED);
    then_event (s, 0, 1, REFUND_WAS_SUCCEEDED, NULL);
    then_told (s, request.payment, PAYMENT_REFUND_ENDED, &told);
    then_timer (s, REFUND_DEADLINE, 0);
    carry_on (s);
    assert_true (s->type->finished (s->state));
    s_when_answered (s, REFUND_CREDITING, VERDICT_WALLET_CLOSED);  //  Told late
    then_nothing (s);
    when (s, REFUND_DEADLINE, NULL);
    then_nothing (s);
}

static void
an_amount_that_cannot_be_is_refused (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    refund_request_t request = s_request ();
    (void) unused;

    request.amount_minor = 0;
    when (s, REFUND_START, &request);
    then_refused (s, VERDICT_AMOUNT_INVALID);
}

static void
a_merchant_that_refuses_frees_the_payments_reserve (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_started ();
    payment_refund_end_t told = { s_self (), false };
    (void) unused;

    s_when_answered (s, REFUND_TAKING, VERDICT_MERCHANT_NOT_FOUND);
    then_event (s, 0, 1, REFUND_WAS_FAILED, &(refund_failure_t) { VERDICT_MERCHANT_NOT_FOUND, 0 });
    then_told (s, scenario_oid (OID_PAYMENT, 1), PAYMENT_REFUND_ENDED, &told);
    then_not_posted (s, 0);
    carry_on (s);
    assert_int_equal (s_refund (s)->status, REFUND_FAILED);
    assert_true (s->type->finished (s->state));
    assert_false (s->type->parked (s->state));
}

static void
money_for_a_closed_wallet_goes_to_suspense (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_crediting ();
    payment_refund_end_t told = { s_self (), true };
    (void) unused;

    s_when_answered (s, REFUND_CREDITING, VERDICT_WALLET_CLOSED);
    then_event (s, 0, 1, REFUND_WAS_SUSPENDED, &(refund_failure_t) { VERDICT_WALLET_CLOSED, 400 });
    then_posted (s, 0, account_of (ACCOUNT_TRANSIT, s_self ()), account_single (ACCOUNT_SUSPENSE),
                 400);
    then_told (s, scenario_oid (OID_PAYMENT, 1), PAYMENT_REFUND_ENDED, &told);
    carry_on (s);
    assert_int_equal (s_refund (s)->verdict, VERDICT_WALLET_CLOSED);
    assert_true (s->type->parked (s->state));
    assert_true (s->type->finished (s->state));
}

static void
a_retry_asks_the_wallet_under_the_next_ordinal (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_suspended ();
    wallet_move_t credit = s_credit (2);
    (void) unused;

    when (s, REFUND_RETRY, NULL);
    then_event (s, 0, 1, REFUND_WAS_RETRIED, &(refund_retried_t) { 2, 400 });
    then_posted (s, 0, account_single (ACCOUNT_SUSPENSE), account_of (ACCOUNT_TRANSIT, s_self ()),
                 400);
    then_asked (s, scenario_oid (OID_WALLET, 3), WALLET_CREDIT, ANSWER_ALWAYS, REFUND_CREDITING,
                &credit);
    carry_on (s);
    assert_false (s->type->parked (s->state));
    when (s, REFUND_RETRY, NULL);
    then_refused (s, VERDICT_STATE_CONFLICT);
    s_when_answered (s, REFUND_CREDITING, VERDICT_WALLET_CLOSED);
    then_event (s, 0, 1, REFUND_WAS_SUSPENDED, NULL);
    then_silent (s);  //  The payment knows
    carry_on (s);
    when (s, REFUND_RETRY, NULL);
    carry_on (s);
    s_when_answered (s, REFUND_CREDITING, VERDICT_ACCEPTED);
    then_event (s, 0, 1, REFUND_WAS_SUCCEEDED, NULL);
    then_silent (s);
}

static void
an_operator_gives_it_up_and_the_money_stays_in_suspense (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_suspended ();
    saga_resolve_t resolve = {
        .decision = SAGA_GIVE_UP,
        .approval = scenario_oid (OID_APPROVAL, 1),
        .operator= "ann",
        .reason = "paid out by hand",
    };
    (void) unused;

    s->limits.approval_amount_minor = 399;  //  It takes two
    when (s, REFUND_RESOLVE, &resolve);
    then_told (s, resolve.approval, APPROVAL_PROPOSE, NULL);
    assert_int_equal (s->decision.event_count, 0);
    s->limits.approval_amount_minor = 400;
    resolve.decision = SAGA_SUCCEEDED;
    when (s, REFUND_RESOLVE, &resolve);
    then_refused (s, VERDICT_STATE_CONFLICT);
    resolve.decision = SAGA_GIVE_UP;
    when (s, REFUND_RESOLVE, &resolve);
    then_event (s, 0, 1, REFUND_WAS_GIVEN_UP, NULL);
    then_not_posted (s, 0);
    then_silent (s);
    carry_on (s);
    assert_int_equal (s_refund (s)->status, REFUND_COMPENSATED);
    assert_int_equal (s_refund (s)->verdict, VERDICT_KEPT_IN_SUSPENSE);
    assert_true (s->type->finished (s->state) && !s->type->parked (s->state));
    when (s, REFUND_RETRY, NULL);
    then_refused (s, VERDICT_STATE_CONFLICT);
}

static void
a_deadline_parks_and_an_answer_that_comes_later_goes_on (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_started ();
    saga_resolve_t resolve = { .decision = SAGA_GIVE_UP, .operator= "ann" };
    (void) unused;

    when (s, REFUND_DEADLINE, NULL);
    then_event (s, 0, 1, REFUND_WAS_PARKED, &(refund_failure_t) { VERDICT_DEADLINE_EXCEEDED, 0 });
    then_silent (s);
    then_not_posted (s, 0);
    carry_on (s);
    when (s, REFUND_DEADLINE, NULL);
    then_nothing (s);
    when (s, REFUND_RETRY, NULL);  //  The merchant is still asked
    then_refused (s, VERDICT_TRANSFERS_OPEN);
    when (s, REFUND_RESOLVE, &resolve);
    then_refused (s, VERDICT_TRANSFERS_OPEN);
    s_when_answered (s, REFUND_TAKING, VERDICT_ACCEPTED);
    then_event (s, 0, 1, REFUND_WAS_TAKEN, NULL);
    carry_on (s);
    assert_false (s->type->parked (s->state));
    when (s, REFUND_DEADLINE, NULL);
    carry_on (s);
    s_when_answered (s, REFUND_CREDITING, VERDICT_ACCEPTED);
    then_event (s, 0, 1, REFUND_WAS_SUCCEEDED, NULL);
}

static void
an_operator_moves_nothing_that_is_not_parked (void **unused)
{
    scoped (scenario_destroy) scenario_t *absent = scenario_new (s_self ());
    scoped (scenario_destroy) scenario_t *started = s_started ();
    saga_resolve_t resolve = { .decision = SAGA_GIVE_UP, .operator= "ann" };
    (void) unused;

    when (absent, REFUND_RETRY, NULL);
    then_refused (absent, VERDICT_NOT_FOUND);
    when (absent, REFUND_RESOLVE, &resolve);
    then_refused (absent, VERDICT_NOT_FOUND);
    when (started, REFUND_RETRY, NULL);
    then_refused (started, VERDICT_STATE_CONFLICT);
    when (started, REFUND_RESOLVE, &resolve);
    then_refused (started, VERDICT_STATE_CONFLICT);
}

static void
the_invariant_sees_what_is_wrong (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_suspended ();
    refund_t *refund = s->state;
    refund_t sound = *refund;
    (void) unused;

    refund->request.amount_minor = 0;
    assert_false (s->type->invariant (refund));
    *refund = sound;
    refund->request.fee_back_minor = 401;
    assert_false (s->type->invariant (refund));
    *refund = sound;
    refund->step = REFUND_ENDED;
    assert_false (s->type->invariant (refund));
    *refund = sound;
    refund->verdict = VERDICT_ACCEPTED;
    assert_false (s->type->invariant (refund));
    *refund = sound;
    refund->attempt = 0;
    assert_false (s->type->invariant (refund));
    *refund = sound;
    refund->status = 77;
    assert_false (s->type->invariant (refund));
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_refund_goes_from_the_merchant_to_the_payer),
        cmocka_unit_test (an_amount_that_cannot_be_is_refused),
        cmocka_unit_test (a_merchant_that_refuses_frees_the_payments_reserve),
        cmocka_unit_test (money_for_a_closed_wallet_goes_to_suspense),
        cmocka_unit_test (a_retry_asks_the_wallet_under_the_next_ordinal),
        cmocka_unit_test (an_operator_gives_it_up_and_the_money_stays_in_suspense),
        cmocka_unit_test (a_deadline_parks_and_an_answer_that_comes_later_goes_on),
        cmocka_unit_test (an_operator_moves_nothing_that_is_not_parked),
        cmocka_unit_test (the_invariant_sees_what_is_wrong),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
