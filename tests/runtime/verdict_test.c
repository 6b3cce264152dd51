//  verdict: one table, whose numbers are on disk for ever.

#include <stdarg.h>
#include <stdbool.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <ctype.h>
#include <string.h>
#include "runtime/verdict.h"

static void
every_verdict_has_a_code_a_title_and_a_status (void **unused)
{
    (void) unused;
    for (unsigned verdict = 0; verdict < VERDICT_COUNT; verdict++) {
        const char *code = verdict_code (verdict);
        assert_true (strlen (code) > 0 && strlen (verdict_title (verdict)) > 0);
        for (const char *at = code; *at; at++) {
            assert_true (islower (*at) || *at == '_');
        }
        for (unsigned other = 0; other < verdict; other++) {
            assert_string_not_equal (code, verdict_code (other));
        }
        unsigned http = verdict_http (verdict);
        bool refusal =
            http == 401 || http == 404 || http == 409 || http == 412 || http == 422 || http == 429;
        assert_true (verdict == VERDICT_ACCEPTED ? http == 200 : refusal);
    }
}

static void
the_numbers_and_codes_are_those_on_disk (void **unused)
{
    (void) unused;
    assert_int_equal (VERDICT_ACCEPTED, 0);
    assert_int_equal (VERDICT_INSUFFICIENT_FUNDS, 16);
    assert_int_equal (VERDICT_INVARIANT_BROKEN, 32);
    assert_int_equal (VERDICT_DEADLINE_EXCEEDED, 37);
    assert_int_equal (VERDICT_ATTEMPT_LIMIT_EXCEEDED, 38);
    assert_int_equal (VERDICT_AMOUNT_NOT_CAPTURABLE, 39);
    assert_int_equal (VERDICT_WALLET_NOT_EMPTY, 46);
    assert_int_equal (VERDICT_WITHDRAWN, 55);
    assert_string_equal (verdict_code (VERDICT_INSUFFICIENT_FUNDS), "insufficient_funds");
    assert_string_equal (verdict_code (VERDICT_BANK_ACCOUNT_HOLDER_MISMATCH),
                         "bank_account_holder_mismatch");
}

static void
a_number_of_another_version_is_a_refusal_without_a_name (void **unused)
{
    static const int strange [] = { VERDICT_COUNT, VERDICT_COUNT + 1, 0xffff, -1 };
    (void) unused;
    for (size_t index = 0; index < sizeof strange / sizeof strange [0]; index++) {
        assert_string_equal (verdict_code ((verdict_t) strange [index]), "unknown");
        assert_non_null (verdict_title ((verdict_t) strange [index]));
        assert_int_equal (verdict_http ((verdict_t) strange [index]), 422);
    }
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (every_verdict_has_a_code_a_title_and_a_status),
        cmocka_unit_test (the_numbers_and_codes_are_those_on_disk),
        cmocka_unit_test (a_number_of_another_version_is_a_refusal_without_a_name),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
