//  target: path and query as they were sent, or not at all.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "edge/target.h"
#include "runtime/scoped.h"

static target_status_t
status_of (const char *uri)
{
    target_t target;
    target_status_t status = target_read (&target, uri);
    target_destroy (&target);
    return status;
}

static void
segments_and_parameters_are_told_apart_and_decoded (void **state)
{
    scoped (target_destroy) target_t target;
    (void) state;

    assert_int_equal (target_read (&target, "/v1/wallets?a=1&b=%ED%95%9C+x&a=2&c"), TARGET_OK);
    assert_string_equal (target.path, "/v1/wallets");
    assert_int_equal (target.segment_count, 2);
    assert_string_equal (target.segments [1], "wallets");
    assert_int_equal (target.item_count, 4);
    assert_string_equal (target_value (&target, "a"), "1");
    assert_string_equal (target_value (&target, "b"), "\xed\x95\x9c x");
    assert_string_equal (target_value (&target, "c"), "");
    assert_null (target_value (&target, "d"));
}

static void
what_is_no_text_is_malformed (void **state)
{
    static const char *const queries [] = { "/?a=%",    "/?a=%4",     "/?a=%zz",    "/?a=%00",
                                            "/?%00=a",  "/?a=%ff",    "/?%ff=a",    "/?l\xa4=5",
                                            "/?a=\xc3", "/?a=%C0%80", "/?a=%ED%A0", "/?a=%ED%A0%80",
                                            "/?%C3",    "/?x&%80=1&y" };
    (void) state;

    for (size_t index = 0; index < COUNT (queries); index++) {
        assert_int_equal (status_of (queries [index]), TARGET_MALFORMED);
    }
}

static void
too_much_of_it_is_refused (void **state)
{
    char uri [TARGET_SIZE_MAX + 2] = "/?";
    (void) state;

    for (size_t index = 0; index <= TARGET_ITEMS_MAX; index++) {
        strcat (uri, "a&");
    }
    assert_int_equal (status_of (uri), TARGET_MALFORMED);
    memset (uri, 'a', sizeof uri - 1);
    uri [0] = '/';
    uri [sizeof uri - 1] = 0;
    assert_int_equal (status_of (uri), TARGET_TOO_LONG);
    uri [sizeof uri - 2] = 0;
    assert_int_equal (status_of (uri), TARGET_OK);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (segments_and_parameters_are_told_apart_and_decoded),
        cmocka_unit_test (what_is_no_text_is_malformed),
        cmocka_unit_test (too_much_of_it_is_refused),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
