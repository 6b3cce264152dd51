//  merchant: who may be one, and money that is never refused.

#include "actors/merchant.h"
#include "actors/bank_account.h"
#include "actors/member.h"
#include "actors/merchant_roll.h"
#include "actors/money.h"
#include "actors/payment.h"
#include "tests/lib/scenario.h"

static oid_t
s_self (void)
{
    return scenario_oid (OID_MERCHANT, 1);
}

static bank_party_t
s_party (uint8_t number)
{
    return (bank_party_t) {
        .member = scenario_oid (OID_MEMBER, 1),
        .bank_code = "orange",
        .account_number = { .size = 3, .bytes = { 1, 2, number } },
    };
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
        .party = s_party (1),
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
                &(merchant_registered_t) { request.member, "Seoul Books", request.bank_account, 250,
                                           request.party });
    then_told (s, merchant_roll_oid (), MERCHANT_ROLL_ENTER, NULL);
    carry_on (s);
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

//  The settlement of the n-th window.
static oid_t
s_settlement (const scenario_t *s, uint32_t window)
{
    return decision_derive (&s->decision, OID_SETTLEMENT, s_self (), "settlement", window);
}

static void
a_capture_is_stamped_with_the_fee_and_told_to_its_payment (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_registered ();
    movement_t capture = s_capture (1, 1239);
    (void) unused;

    when (s, MERCHANT_CAPTURE, &capture);
    then_event (s, 0, 1, MERCHANT_CAPTURED,
                &(merchant_captured_t) { capture.reference, 1239, 250, 30,
                                         SCENARIO_START_MS + SCENARIO_DAY_MS,
                                         s_settlement (s, 1) });
    then_posted (s, 0, account_of (ACCOUNT_TRANSIT, capture.reference.saga),
                 account_of (ACCOUNT_MERCHANT, s_self ()), 1239);
    then_told (s, capture.reference.saga, PAYMENT_CONFIRM_CAPTURE,
               &(payment_confirm_t) { capture.reference, 1239, 250 });
    carry_on (s);
    when (s, MERCHANT_CAPTURE, &capture);
    then_nothing (s);
    capture.amount_minor++;
    when (s, MERCHANT_CAPTURE, &capture);
    then_refused (s, VERDICT_REFERENCE_REUSED);
    assert_int_equal (((merchant_t *) s->state)->captured_minor, 1239);
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

static void
a_change_is_of_what_was_asked_for_and_nothing_else (void **unused)
{
    scoped (scenario_destroy) scenario_t *s = s_registered ();
    merchant_register_t was = s_register ();
    merchant_change_t change = { .has_name = true, .name = "Busan Books" };
    merchant_registered_t changed = { was.member, "Busan Books", was.bank_account, 250, was.party };
    (void) unused;

    when (s, MERCHANT_CHANGE, &change);
    then_event (s, 0, 1, MERCHANT_CHANGED, &changed);
    carry_on (s);
    when (s, MERCHANT_CHANGE, &change);
    then_nothing (s);

    change = (merchant_change_t) { .has_fee_bps = true, .fee_bps = 0 };
    changed.fee_bps = 0;
    when (s, MERCHANT_CHANGE, &change);
    then_event (s, 0, 1, MERCHANT_CHANGED, &changed);
    carry_on (s);

    change = (merchant_change_t) {
        .has_bank_account = true,
        .bank_account = scenario_oid (OID_BANK_ACCOUNT, 2),
        .account_status = BANK_ACCOUNT_LINKED,
        .account_member = was.member,
        .party = s_party (2),
    };
    changed.bank_account = change.bank_account;
    changed.party = change.party;
    when (s, MERCHANT_CHANGE, &change);
    then_event (s, 0, 1, MERCHANT_CHANGED, &changed);
    carry_on (s);
    assert_int_equal (((merchant_t *) s->state)->party.account_number.bytes [2], 2);
}

static void
not_every_change_is_accepted (void **unused)
{
    scoped (scenario_destroy) scenario_t *nobody = scenario_new (s_self ());
    scoped (scenario_destroy) scenario_t *s = s_registered ();
    merchant_change_t change = { .has_fee_bps = true, .fee_bps = MERCHANT_FEE_BPS_MAX + 1 };
    (void) unused;

    when (s, MERCHANT_CHANGE, &change);
    then_refused (s, VERDICT_AMOUNT_INVALID);
    change = (merchant_change_t) { .has_bank_account = true };
    when (s, MERCHANT_CHANGE, &change);
    then_refused (s, VERDICT_BANK_ACCOUNT_NOT_FOUND);
    change.account_status = BANK_ACCOUNT_UNLINKED;
    change.account_member = s_register ().member;
    when (s, MERCHANT_CHANGE, &change);
    then_refused (s, VERDICT_BANK_ACCOUNT_NOT_LINKED);
    change.account_status = BANK_ACCOUNT_LINKED;
    change.account_member = scenario_oid (OID_MEMBER, 2);
    when (s, MERCHANT_CHANGE, &change);
    then_refused (s, VERDICT_BANK_ACCOUNT_NOT_OWNED);
    change = (merchant_change_t) { .has_name = true, .name = "Late", .if_version = 77 };
    when (s, MERCHANT_CHANGE, &change);
    then_refused (s, VERDICT_PRECONDITION_FAILED);
    when (nobody, MERCHANT_CHANGE, &change);
    then_refused (nobody, VERDICT_NOT_FOUND);
}

static void
a_merchant_hears_once_whom_it_follows (void **unused)
{
    scoped (scenario_destroy) scenario_t *nobody = scenario_new (s_self ());
    scoped (scenario_destroy) scenario_t *s = s_registered ();
    merchant_follow_t follow = { scenario_oid (OID_MERCHANT, 7) };
    (void) unused;

    when (s, MERCHANT_FOLLOW, &follow);
    then_event (s, 0, 1, MERCHANT_LISTED, &follow);
    carry_on (s);
    when (s, MERCHANT_FOLLOW, &follow);
    then_nothing (s);
    when (nobody, MERCHANT_FOLLOW, &follow);
    then_refused (nobody, VERDICT_NOT_FOUND);
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
    then_event (s, 0, 1, MERCHANT_REFUNDED,
                &(merchant_refunded_t) { refund, SCENARIO_START_MS + SCENARIO_DAY_MS,
                                         s_settlement (s, 1) });
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
        cmocka_unit_test (a_change_is_of_what_was_asked_for_and_nothing_else),
        cmocka_unit_test (not_every_change_is_accepted),
        cmocka_unit_test (a_merchant_hears_once_whom_it_follows),
        cmocka_unit_test (a_refund_is_taken_from_the_merchant_once_even_below_nothing),
        cmocka_unit_test (what_no_refund_would_send_is_refused),
        cmocka_unit_test (many_captures_keep_only_the_last_in_mind),
        cmocka_unit_test (what_no_wallet_would_send_is_refused),
        cmocka_unit_test (the_invariant_sees_what_is_wrong),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
