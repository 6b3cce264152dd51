//  webhook: which events a subscription means, and which are told of at all.

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>
#include "actors/webhook.h"

static void
a_pattern_means_one_event_all_of_a_type_or_all (void **unused)
{
    static const struct {
        const char *pattern, *event;
        bool matches;
    } cases [] = {
        { "*", "payment.captured", true },
        { "payment.*", "payment.captured", true },
        { "payment.captured", "payment.captured", true },
        { "payment.captured", "payment.canceled", false },
        { "payment.*", "payments.captured", false },
        { "payment.*", "payment", false },
        { "pay*", "payment.captured", false },
        { "payment.cap", "payment.captured", false },
        { "payment.captured", "payment.captured_more", false },
        { ".*", "payment.captured", false },
        { "", "payment.captured", false },
        { "bank.*", "bank_account.linked", false },
    };
    (void) unused;
    for (size_t index = 0; index < COUNT (cases); index++) {
        assert_int_equal (webhook_pattern_matches (cases [index].pattern, cases [index].event),
                          cases [index].matches);
    }
}

static void
a_pattern_that_means_nothing_is_not_known (void **unused)
{
    (void) unused;
    assert_true (webhook_pattern_is_known ("*", true));
    assert_true (webhook_pattern_is_known ("payment.captured", true));
    assert_true (webhook_pattern_is_known ("wallet.*", false));
    assert_false (webhook_pattern_is_known ("payment.capture", false));
    assert_false (webhook_pattern_is_known ("payments.*", false));
    assert_false (webhook_pattern_is_known ("PAYMENT.*", false));
    assert_false (webhook_pattern_is_known ("", false));
}

static void
a_merchant_hears_of_what_is_a_merchants_and_nobody_of_webhooks (void **unused)
{
    (void) unused;
    assert_true (webhook_tells_of (OID_REFUND, true));
    assert_true (webhook_tells_of (OID_SETTLEMENT, true));
    assert_true (webhook_tells_of (OID_MERCHANT, true));
    assert_false (webhook_tells_of (OID_WALLET, true));
    assert_true (webhook_tells_of (OID_WALLET, false));
    assert_false (webhook_tells_of (OID_DELIVERY, false));
    assert_false (webhook_tells_of (OID_WEBHOOK_ENDPOINT, false));
    assert_false (webhook_tells_of (OID_WEBHOOK_FEED, false));
    assert_false (webhook_pattern_is_known ("wallet.*", true));
    assert_false (webhook_pattern_is_known ("delivery.*", false));
    assert_false (webhook_pattern_is_known ("webhook_endpoint.*", false));
}

static void
outcomes_that_are_no_answer_have_a_code (void **unused)
{
    (void) unused;
    assert_string_equal (webhook_outcome_code (WEBHOOK_RESPONDED), "");
    assert_string_equal (webhook_outcome_code (WEBHOOK_TIMED_OUT), "timed_out");
    assert_string_equal (webhook_outcome_code (WEBHOOK_OUTCOME_COUNT), "");
    for (uint8_t outcome = WEBHOOK_TIMED_OUT; outcome < WEBHOOK_OUTCOME_COUNT; outcome++) {
        assert_true (webhook_outcome_code (outcome) [0] != 0);
    }
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_pattern_means_one_event_all_of_a_type_or_all),
        cmocka_unit_test (a_pattern_that_means_nothing_is_not_known),
        cmocka_unit_test (a_merchant_hears_of_what_is_a_merchants_and_nobody_of_webhooks),
        cmocka_unit_test (outcomes_that_are_no_answer_have_a_code),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
