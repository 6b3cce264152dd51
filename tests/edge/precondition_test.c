//  precondition: what an If-Match asks for.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "edge/precondition.h"

static int64_t
s_version (const char *value)
{
    int64_t version = -1;
    assert_true (precondition_read (value, &version));
    return version;
}

static void
without_a_condition_any_version_is_meant (void **unused)
{
    (void) unused;
    assert_int_equal (s_version (NULL), 0);
    assert_int_equal (s_version ("*"), 0);
}

static void
an_etag_names_its_version (void **unused)
{
    (void) unused;
    assert_int_equal (s_version ("\"1\""), 1);
    assert_int_equal (s_version ("\"999999999999999999\""), 999999999999999999);
}

static void
a_tag_that_is_not_ours_matches_nothing (void **unused)
{
    static const char *const tags [] = {
        "W/\"7\"", "\"\"",   "\"seven\"",
        "\"07\"",  "\"0\"",  "\"-1\"",
        "\"+7\"",  "\"7x\"", "\"99999999999999999999999\"",
    };
    (void) unused;
    for (size_t index = 0; index < sizeof tags / sizeof tags [0]; index++) {
        assert_true (s_version (tags [index]) == PRECONDITION_NEVER);
    }
}

static void
what_is_not_one_tag_is_malformed (void **unused)
{
    static const char *const values [] = {
        "", "7", "\"7", "7\"", "\"", "W/", "w/\"7\"", "\"7\", \"8\"", "\"7\" ", "**", "\"a b\"",
    };
    (void) unused;
    for (size_t index = 0; index < sizeof values / sizeof values [0]; index++) {
        int64_t version = -1;
        assert_false (precondition_read (values [index], &version));
    }
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (without_a_condition_any_version_is_meant),
        cmocka_unit_test (an_etag_names_its_version),
        cmocka_unit_test (a_tag_that_is_not_ours_matches_nothing),
        cmocka_unit_test (what_is_not_one_tag_is_malformed),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
