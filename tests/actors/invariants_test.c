//  invariants: a sound state, and each single thing that makes it unsound.

#include "actors/approval.h"
#include "actors/delivery.h"
#include "actors/email_change.h"
#include "actors/merchant.h"
#include "actors/payment.h"
#include "actors/settlement_run.h"
#include "actors/webhook_endpoint.h"
#include "tests/lib/scenario.h"

//  A copy of the sound state with the change is not sound.
#define BREAKS(type, sound, change)                                                                \
    do {                                                                                           \
        __typeof__ (sound) it = (sound);                                                           \
        change;                                                                                    \
        assert_false ((type).invariant (&it));                                                     \
    } while (0)

static void
a_merchant_owes_what_its_window_says (void **unused)
{
    (void) unused;
    merchant_t absent = { 0 };
    merchant_t sound = {
        .status = MERCHANT_ACTIVE,
        .fee_bps = 250,
        .captured_minor = 1000,
        .capture_count = 2,
        .refunded_minor = 100,
        .refund_count = 1,
        .carried_minor = -5,
        .window = { .item_count = 3, .gross_minor = 1000, .refunds_minor = 100, .fee_minor = 23 },
    };
    assert_true (merchant_aggregate.invariant (&absent));
    assert_true (merchant_aggregate.invariant (&sound));
    BREAKS (merchant_aggregate, absent, it.capture_count = 1);
    BREAKS (merchant_aggregate, absent, it.refund_count = 1);
    BREAKS (merchant_aggregate, sound, it.status = MERCHANT_SUSPENDED + 1);
    BREAKS (merchant_aggregate, sound, it.fee_bps = MERCHANT_FEE_BPS_MAX + 1);
    BREAKS (merchant_aggregate, sound, it.captured_minor = 1);
    BREAKS (merchant_aggregate, sound, it.refunded_minor = 0);
    BREAKS (merchant_aggregate, sound, it.movements.count = 4);
    BREAKS (merchant_aggregate, sound, it.carried_minor = 1);
    BREAKS (merchant_aggregate, sound, it.window.item_count = -1);
    BREAKS (merchant_aggregate, sound, it.window.gross_minor = -1);
    BREAKS (merchant_aggregate, sound, it.window.refunds_minor = -1);
    BREAKS (merchant_aggregate, sound, it.window.fee_minor = 1001);
    BREAKS (merchant_aggregate, sound, it.window.fee_minor = -101);
}

static void
an_empty_window_has_no_money (void **unused)
{
    (void) unused;
    merchant_t sound = { .status = MERCHANT_ACTIVE };
    assert_true (merchant_aggregate.invariant (&sound));
    BREAKS (merchant_aggregate, sound, it.window.gross_minor = 1);
    BREAKS (merchant_aggregate, sound, it.window.refunds_minor = 1);
    BREAKS (merchant_aggregate, sound, it.window.fee_minor = 1);
}

//  All of 1,000 captured; 50 given back, 20 on the way.
static payment_t
s_payment (void)
{
    return (payment_t) {
        .status = PAYMENT_PARTIALLY_REFUNDED,
        .attempt = 1,
        .version = 9,
        .amount_minor = 1000,
        .captured_minor = 1000,
        .refunded_minor = 50,
        .fee_minor = 25,
        .fee_back_minor = 2,
        .capture_count = 2,
        .refund_count = 2,
        .refunding_count = 1,
        .refunding = { { .amount_minor = 20 } },
    };
}

static void
a_payment_adds_up (void **unused)
{
    (void) unused;
    payment_t absent = { 0 };
    payment_t sound = s_payment ();
    assert_true (payment_aggregate.invariant (&absent));
    assert_true (payment_aggregate.invariant (&sound));
    BREAKS (payment_aggregate, absent, it.attempt = 1);
    BREAKS (payment_aggregate, sound, it.status = PAYMENT_STATUS_COUNT);
    BREAKS (payment_aggregate, sound, it.attempt = 0);
    BREAKS (payment_aggregate, sound, it.failed_count = 1);
    BREAKS (payment_aggregate, sound, it.version = 0);
    BREAKS (payment_aggregate, sound, it.amount_minor = 0);
    BREAKS (payment_aggregate, sound, it.captured_minor = -1);
    BREAKS (payment_aggregate, sound, it.captured_minor = 999);
    BREAKS (payment_aggregate, sound, it.held_minor = 1);
    BREAKS (payment_aggregate, sound, it.held_minor = -1);
    BREAKS (payment_aggregate, sound, it.canceled_minor = -1);
    BREAKS (payment_aggregate, sound, it.refunded_minor = -1);
    BREAKS (payment_aggregate, sound, it.refunded_minor = 981);
    BREAKS (payment_aggregate, sound, it.fee_back_minor = -1);
    BREAKS (payment_aggregate, sound, it.fee_back_minor = 26);
    BREAKS (payment_aggregate, sound, it.fee_minor = 1001);
    BREAKS (payment_aggregate, sound, it.capture_count = PAYMENT_OPERATIONS_MAX);
    BREAKS (payment_aggregate, sound, it.capturing_count = 3);
    BREAKS (payment_aggregate, sound, it.refund_count = 0);
    BREAKS (payment_aggregate, sound, it.ending = PAYMENT_EXPIRING + 1);
    BREAKS (payment_aggregate, sound, it.ending = PAYMENT_CANCELING);
    BREAKS (payment_aggregate, sound, it.status = PAYMENT_CAPTURED);
}

static void
two_operators_are_two (void **unused)
{
    (void) unused;
    approval_t none = { 0 };
    approval_t sound = {
        .status = APPROVAL_CONFIRMED,
        .decider = "opr_2",
        .request = { .subject = scenario_oid (OID_ADJUSTMENT, 1),
                     .amount_minor = 2000000,
                     .proposer = "opr_1" },
    };
    assert_true (approval_aggregate.invariant (&none));
    assert_true (approval_aggregate.invariant (&sound));
    BREAKS (approval_aggregate, none, it.request.subject = sound.request.subject);
    BREAKS (approval_aggregate, sound, it.status = APPROVAL_EXPIRED + 1);
    BREAKS (approval_aggregate, sound, it.status = APPROVAL_PROPOSED);
    BREAKS (approval_aggregate, sound, it.request.subject.kind = OID_NONE;
            memset (&it.request.subject, 0, sizeof it.request.subject));
    BREAKS (approval_aggregate, sound, it.request.amount_minor = 0);
    BREAKS (approval_aggregate, sound, it.request.proposer [0] = 0);
    BREAKS (approval_aggregate, sound, it.decider [0] = 0);
    BREAKS (approval_aggregate, sound, strcpy (it.decider, "opr_1"));
}

static void
a_changed_email_has_two_logins (void **unused)
{
    (void) unused;
    email_change_t none = { 0 };
    email_change_t sound = {
        .step = EMAIL_CHANGE_CLAIMING,
        .request = { .member = scenario_oid (OID_MEMBER, 1),
                     .change = { .login = scenario_oid (OID_LOGIN, 2),
                                 .old_login = scenario_oid (OID_LOGIN, 1) } },
    };
    assert_true (email_change_aggregate.invariant (&none));
    assert_true (email_change_aggregate.invariant (&sound));
    BREAKS (email_change_aggregate, none, it.parked = true);
    BREAKS (email_change_aggregate, sound, it.step = EMAIL_CHANGE_FAILED + 1);
    BREAKS (email_change_aggregate, sound, it.step = EMAIL_CHANGE_FAILED);
    BREAKS (email_change_aggregate, sound, it.parked = true);
    BREAKS (email_change_aggregate, sound, it.verdict = VERDICT_EMAIL_EXISTS);
    BREAKS (email_change_aggregate, sound, it.request.member.kind = OID_LOGIN);
    BREAKS (email_change_aggregate, sound, it.request.change.login.kind = OID_MEMBER);
    BREAKS (email_change_aggregate, sound, it.request.change.old_login.kind = OID_MEMBER);
}

static void
a_run_ends_when_what_it_closed_has_started (void **unused)
{
    (void) unused;
    settlement_run_t none = { 0 };
    settlement_run_t sound = { .status = SETTLEMENT_RUN_ENDED, .closed = 2, .started = 2 };
    assert_true (settlement_run_aggregate.invariant (&none));
    assert_true (settlement_run_aggregate.invariant (&sound));
    BREAKS (settlement_run_aggregate, none, it.visited = 1);
    BREAKS (settlement_run_aggregate, none, it.closed = 1);
    BREAKS (settlement_run_aggregate, none, it.started = 1);
    BREAKS (settlement_run_aggregate, sound, it.status = SETTLEMENT_RUN_ENDED + 1);
    BREAKS (settlement_run_aggregate, sound, it.started = 4);
    BREAKS (settlement_run_aggregate, sound, it.started = 1);
}

static void
a_webhook_endpoint_that_is_there_can_be_posted_to (void **unused)
{
    (void) unused;
    webhook_endpoint_t absent = { 0 };
    webhook_endpoint_t sound = {
        .status = WEBHOOK_ENDPOINT_ENABLED,
        .owner = scenario_oid (OID_MERCHANT, 1),
        .url = "https://shop.example/",
        .pattern_count = 1,
        .secret = { .size = WEBHOOK_SEALED_BYTES },
        .old_secret = { .size = WEBHOOK_SEALED_BYTES },
        .old_until_ms = 1,
    };
    webhook_endpoint_t deleted = { .status = WEBHOOK_ENDPOINT_DELETED, .owner = sound.owner };
    const aggregate_type_t type = webhook_endpoint_aggregate;
    assert_true (type.invariant (&absent));
    assert_true (type.invariant (&sound));
    assert_true (type.invariant (&deleted));
    BREAKS (type, sound, it.owner = scenario_oid (OID_MEMBER, 1));
    BREAKS (type, sound, it.status = WEBHOOK_ENDPOINT_DELETED + 1);
    BREAKS (type, sound, it.status = WEBHOOK_ENDPOINT_DISABLED);
    BREAKS (type, sound, it.disabled = WEBHOOK_DISABLED_AS_GONE);
    BREAKS (type, sound, it.disabled = WEBHOOK_DISABLED_AS_GONE + 1);
    BREAKS (type, sound, it.url [0] = 0);
    BREAKS (type, sound, it.secret.size = 0);
    BREAKS (type, sound, it.old_secret.size = 0);
    BREAKS (type, sound, it.old_until_ms = 0);
    BREAKS (type, sound, it.pattern_count = 0);
    BREAKS (type, sound, it.pattern_count = WEBHOOK_PATTERNS + 1);
    BREAKS (type, deleted, it.secret.size = 1);
    BREAKS (type, deleted, it.url [0] = 'h');
    BREAKS (type, deleted, it.pattern_count = 1);
    BREAKS (type, deleted, (it.old_secret.size = 1, it.old_until_ms = 1));
}

static void
a_pending_delivery_is_on_its_way_or_will_be (void **unused)
{
    (void) unused;
    delivery_t absent = { 0 };
    delivery_t sound = {
        .status = DELIVERY_PENDING,
        .in_flight = true,
        .manual = true,
        .endpoint = scenario_oid (OID_WEBHOOK_ENDPOINT, 1),
        .event = "payment.captured",
        .attempts = 2,
        .retries = 1,
        .kept_count = 1,
    };
    delivery_t failed = sound;
    failed.status = DELIVERY_FAILED;
    const aggregate_type_t type = delivery_aggregate;
    assert_true (type.invariant (&absent));
    assert_true (type.invariant (&sound));
    assert_true (type.invariant (&failed));
    BREAKS (type, absent, it.attempts = 1);
    BREAKS (type, absent, it.in_flight = true);
    BREAKS (type, absent, it.next_at_ms = 1);
    BREAKS (type, sound, it.status = DELIVERY_DISCARDED + 1);
    BREAKS (type, sound, it.attempts = 0);
    BREAKS (type, sound, it.endpoint = scenario_oid (OID_PAYMENT, 1));
    BREAKS (type, sound, it.event [0] = 0);
    BREAKS (type, sound, (it.retries = DELIVERY_RETRIES + 1, it.attempts = 99));
    BREAKS (type, sound, it.retries = 2);
    BREAKS (type, sound, it.kept_count = 0);
    BREAKS (type, sound, it.next_at_ms = 1);
    BREAKS (type, sound, (it.in_flight = false, it.manual = false, it.kept_count = 2));
    BREAKS (type, failed, it.next_at_ms = 1);
    BREAKS (type, failed, (it.in_flight = false, it.kept_count = 2));
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_merchant_owes_what_its_window_says),
        cmocka_unit_test (an_empty_window_has_no_money),
        cmocka_unit_test (a_payment_adds_up),
        cmocka_unit_test (two_operators_are_two),
        cmocka_unit_test (a_changed_email_has_two_logins),
        cmocka_unit_test (a_run_ends_when_what_it_closed_has_started),
        cmocka_unit_test (a_webhook_endpoint_that_is_there_can_be_posted_to),
        cmocka_unit_test (a_pending_delivery_is_on_its_way_or_will_be),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
