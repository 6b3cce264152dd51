//  merchant: who may be one, and money that is never refused.

#include "actors/merchant.h"
#include "actors/bank_account.h"
#include "actors/member.h"
#include "actors/money.h"
#include "actors/payment.h"
#include "tests/lib/scenario.h"

static oid_t
s_self (void)
{
    return scenario_oid (OID_MERCHANT, 1);
}

static merchant_register_t
s_register (void)
{
    return (merchant_register_t) {
        .member = scenario_oid (OID_MEMBER, 1),
        .name = "Seoul Books",
        .bank_account = scenario_oid (OID_BANK_ACCOUNT, 1),
        .fee_bps = 250,
        .member_status = MEMBER_ACTIVE,
        .member_corporate = true,
        .account_status = BANK_ACCOUNT_LINKED,
        .account_member = scenario_oid (OID_MEMBER, 1),
    };
}

static scenario_t *
s_registered (void)
{
    scenario_t *s = scenario_new (s_self ());
    merchant_register_t request = s_register ();
    when (s, MERCHANT_REGISTER, &request);
    carry_on (s);
    return s;
}

static movement_t
s_capture (uint8_t payment, int64_t amount_minor)
{
    return (movement_t) { { scenario_oid (OID_PAYMENT, payment), LEG_CAPTURE, 1 }, amount_minor };
}

static void
a_merchant_registers_once (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_registered ();
    merchant_register_t request = s_register ();
    (void) unused;

    then_event (s, 0, 1, MERCHANT_REGISTERED,
                &(merchant_registered_t) { request.member, "Seoul Books", request.bank_account,
                                           250 });
    when (s, MERCHANT_REGISTER, &request);
    then_refused (s, VERDICT_ALREADY_EXISTS);
}

static void
s_check_refused (merchant_register_t request, verdict_t verdict)
{
    scoped (scenario_destroy) scenario_t *s = scenario_new (s_self ());
    when (s, MERCHANT_REGISTER, &request);
    then_refused (s, verdict);
}

static void
not_everybody_may_be_a_merchant (void **unused)
{
    merchant_register_t request = s_register ();
    (void) unused;

    request.account_member = scenario_oid (OID_MEMBER, 2);
    s_check_refused (request, VERDICT_BANK_ACCOUNT_NOT_OWNED);
    request.account_status = BANK_ACCOUNT_ABSENT;
    s_check_refused (request, VERDICT_BANK_ACCOUNT_NOT_FOUND);
    request = s_register ();
    request.account_status = BANK_ACCOUNT_PENDING;
    s_check_refused (request, VERDICT_BANK_ACCOUNT_NOT_LINKED);
    request.member_corporate = false;
    s_check_refused (request, VERDICT_MEMBER_NOT_CORPORATE);
    request.member_status = MEMBER_SUSPENDED;
    s_check_refused (request, VERDICT_MEMBER_SUSPENDED);
    request.member_status = MEMBER_ABSENT;
    s_check_refused (request, VERDICT_MEMBER_NOT_FOUND);
    request.fee_bps = MERCHANT_FEE_BPS_MAX + 1;
    s_check_refused (request, VERDICT_AMOUNT_INVALID);
}

static void
a_capture_is_stamped_with_the_fee_and_told_to_its_payment (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_registered ();
    movement_t capture = s_capture (1, 1200);
    (void) unused;

    when (s, MERCHANT_CAPTURE, &capture);
    then_event (s, 0, 1, MERCHANT_CAPTURED,
                &(merchant_captured_t) { capture.reference, 1200, 250 });
    then_posted (s, 0, account_of (ACCOUNT_TRANSIT, capture.reference.saga),
                 account_of (ACCOUNT_MERCHANT, s_self ()), 1200);
    then_told (s, capture.reference.saga, PAYMENT_CONFIRM_CAPTURE,
               &(payment_confirm_t) { capture.reference, 1200, 250 });
    carry_on (s);
    when (s, MERCHANT_CAPTURE, &capture);
    then_nothing (s);
    capture.amount_minor++;
    when (s, MERCHANT_CAPTURE, &capture);
    then_refused (s, VERDICT_REFERENCE_REUSED);
    assert_int_equal (((merchant_t *) s->state)->captured_minor, 1200);
}

static void
a_suspended_merchant_still_gets_what_left_a_wallet (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_registered ();
    movement_t capture = s_capture (1, 1200);
    reason_t reason = { "checks" };
    (void) unused;

    when (s, MERCHANT_ACTIVATE, &reason);
    then_refused (s, VERDICT_STATE_CONFLICT);
    when (s, MERCHANT_SUSPEND, &reason);
    then_event (s, 0, 1, MERCHANT_WAS_SUSPENDED, &reason);
    carry_on (s);
    when (s, MERCHANT_CAPTURE, &capture);
    then_event (s, 0, 1, MERCHANT_CAPTURED, NULL);
    when (s, MERCHANT_ACTIVATE, &reason);
    then_event (s, 0, 1, MERCHANT_ACTIVATED, &reason);
    carry_on (s);
    assert_int_equal (((merchant_t *) s->state)->status, MERCHANT_ACTIVE);
}

static merchant_refund_t
s_refund (uint8_t refund, int64_t amount_minor, int64_t fee_back_minor)
{
    return (merchant_refund_t) {
        .reference = { scenario_oid (OID_REFUND, refund), LEG_REFUND, 1 },
        .payment = scenario_oid (OID_PAYMENT, 1),
        .amount_minor = amount_minor,
        .fee_back_minor = fee_back_minor,
    };
}

static void
a_refund_is_taken_from_the_merchant_once_even_below_nothing (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_registered ();
    merchant_refund_t refund = s_refund (1, 700, 17);
    (void) unused;

    when (s, MERCHANT_REFUND, &refund);
    then_event (s, 0, 1, MERCHANT_REFUNDED, &refund);
    then_posted (s, 0, account_of (ACCOUNT_MERCHANT, s_self ()),
                 account_of (ACCOUNT_TRANSIT, refund.reference.saga), 700);
    then_silent (s);
    carry_on (s);
    when (s, MERCHANT_REFUND, &refund);
    then_nothing (s);
    refund.amount_minor++;
    when (s, MERCHANT_REFUND, &refund);
    then_refused (s, VERDICT_REFERENCE_REUSED);
    assert_int_equal (((merchant_t *) s->state)->refunded_minor, 700);
}

static void
what_no_refund_would_send_is_refused (void **unused)
{
    scoped (scenario_destroy) scenario_t *nobody = scenario_new (s_self ());
    scoped (scenario_destroy) scenario_t *s = s_registered ();
    merchant_refund_t refund = s_refund (1, 0, 0);
    (void) unused;

    when (s, MERCHANT_REFUND, &refund);
    then_refused (s, VERDICT_AMOUNT_INVALID);
    refund = s_refund (1, 700, 701);
    when (s, MERCHANT_REFUND, &refund);
    then_refused (s, VERDICT_AMOUNT_INVALID);
    refund = s_refund (1, 700, -1);
    when (s, MERCHANT_REFUND, &refund);
    then_refused (s, VERDICT_AMOUNT_INVALID);
    refund = s_refund (1, 700, 0);
    when (nobody, MERCHANT_REFUND, &refund);
    then_refused (nobody, VERDICT_MERCHANT_NOT_FOUND);
}

static void
many_captures_keep_only_the_last_in_mind (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_registered ();
    (void) unused;

    for (uint8_t payment = 1; payment <= 3 * MOVEMENTS_MAX; payment++) {
        movement_t capture = s_capture (payment, payment);
        when (s, MERCHANT_CAPTURE, &capture);
        carry_on (s);
    }
    const merchant_t *merchant = s->state;
    assert_int_equal (merchant->capture_count, 3 * MOVEMENTS_MAX);
    assert_int_equal (merchant->captured_minor, 3 * MOVEMENTS_MAX * (3 * MOVEMENTS_MAX + 1) / 2);
    assert_int_equal (merchant->movements.count, MOVEMENTS_MAX);
    assert_int_equal (merchant->movements.items [0].amount_minor, 2 * MOVEMENTS_MAX + 1);
}

static void
what_no_wallet_would_send_is_refused (void **unused)
{
    scoped (scenario_destroy) scenario_t *nobody = scenario_new (s_self ());
    scoped (scenario_destroy) scenario_t *s = s_registered ();
    movement_t capture = s_capture (1, 0);
    reason_t reason = { "?" };
    (void) unused;

    when (s, MERCHANT_CAPTURE, &capture);
    then_refused (s, VERDICT_AMOUNT_INVALID);
    ((merchant_t *) s->state)->captured_minor = INT64_MAX;
    capture.amount_minor = 1;
    when (s, MERCHANT_CAPTURE, &capture);
    then_refused (s, VERDICT_AMOUNT_INVALID);
    when (nobody, MERCHANT_CAPTURE, &capture);
    then_refused (nobody, VERDICT_MERCHANT_NOT_FOUND);
    when (nobody, MERCHANT_SUSPEND, &reason);
    then_refused (nobody, VERDICT_NOT_FOUND);
}

static void
the_invariant_sees_what_is_wrong (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_registered ();
    merchant_t *merchant = s->state;
    merchant_t sound = *merchant;
    (void) unused;

    merchant->status = 77;
    assert_false (s->type->invariant (merchant));
    *merchant = sound;
    merchant->fee_bps = MERCHANT_FEE_BPS_MAX + 1;
    assert_false (s->type->invariant (merchant));
    *merchant = sound;
    merchant->captured_minor = -1;
    assert_false (s->type->invariant (merchant));
    *merchant = sound;
    merchant->movements.count = 1;
    assert_false (s->type->invariant (merchant));
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_merchant_registers_once),
        cmocka_unit_test (not_everybody_may_be_a_merchant),
        cmocka_unit_test (a_capture_is_stamped_with_the_fee_and_told_to_its_payment),
        cmocka_unit_test (a_suspended_merchant_still_gets_what_left_a_wallet),
        cmocka_unit_test (a_refund_is_taken_from_the_merchant_once_even_below_nothing),
        cmocka_unit_test (what_no_refund_would_send_is_refused),
        cmocka_unit_test (many_captures_keep_only_the_last_in_mind),
        cmocka_unit_test (what_no_wallet_would_send_is_refused),
        cmocka_unit_test (the_invariant_sees_what_is_wrong),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
