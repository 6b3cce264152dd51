//  base64url: one spelling of each, and nothing else is one.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "edge/base64url.h"

static bool
is_read (const char *text, size_t size)
{
    uint8_t bytes [8];
    size_t read = 0;
    return base64url_read (text, size, bytes, sizeof bytes, &read);
}

static void
bytes_are_read (void **state)
{
    uint8_t bytes [4];
    size_t size = 0;
    (void) state;

    assert_true (base64url_read ("-_9A", 4, bytes, sizeof bytes, &size));
    assert_int_equal (size, 3);
    assert_memory_equal (bytes, "\xfb\xff\x40", 3);
    assert_true (base64url_read ("-_8", 3, bytes, sizeof bytes, &size));
    assert_int_equal (size, 2);
}

static void
no_other_byte_stands_for_a_letter (void **state)
{
    static const char letters [] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    (void) state;

    for (int byte = 0; byte < 256; byte++) {
        const char text [] = { 'A', (char) byte, 'A', 'A' };
        bool letter = byte != 0 && strchr (letters, byte) != NULL;
        assert_int_equal (is_read (text, sizeof text), letter);
    }
}

static void
what_has_bits_left_over_padding_or_too_many_bytes_is_refused (void **state)
{
    (void) state;

    assert_false (is_read ("-_9", 3));
    assert_false (is_read ("A", 1));
    assert_false (is_read ("AAA=", 4));
    assert_true (is_read ("AAAAAAAAAAA", 11));
    assert_false (is_read ("AAAAAAAAAAAA", 12));
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (bytes_are_read),
        cmocka_unit_test (no_other_byte_stands_for_a_letter),
        cmocka_unit_test (what_has_bits_left_over_padding_or_too_many_bytes_is_refused),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
