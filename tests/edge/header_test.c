//  header, target: what a client may write around a body.

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "edge/header.h"
#include "edge/target.h"

static void
a_raw_and_a_quoted_key_are_the_same (void **state)
{
    (void) state;
    char raw [IDEMPOTENCY_KEY_SIZE], quoted [IDEMPOTENCY_KEY_SIZE];
    assert_true (header_idempotency_key ("a b-1", raw));
    assert_true (header_idempotency_key ("\"a b-1\"", quoted));
    assert_string_equal (raw, quoted);
    assert_true (header_idempotency_key ("\"a\\\"b\\\\\"", quoted));
    assert_string_equal (quoted, "a\"b\\");
}

static void
a_key_has_1_to_255_printable_characters (void **state)
{
    (void) state;
    char key [IDEMPOTENCY_KEY_SIZE], text [300];
    memset (text, 'k', sizeof text);
    text [255] = 0;
    assert_true (header_idempotency_key (text, key));
    text [255] = 'k';
    text [256] = 0;
    assert_false (header_idempotency_key (text, key));
    static const char *const bad [] = { "",     "\"\"",         "\"a",    "\"a\"b",
                                        "a\tb", "\xEA\xB0\x80", "\"\\a\"" };
    for (size_t index = 0; index < sizeof bad / sizeof *bad; index++) {
        assert_false (header_idempotency_key (bad [index], key));
    }
    assert_false (header_idempotency_key (NULL, key));
}

static void
prefer_says_how_long (void **state)
{
    (void) state;
    assert_int_equal (header_prefer (NULL), 5);
    assert_int_equal (header_prefer ("wait=10"), 10);
    assert_int_equal (header_prefer ("wait=0"), 0);
    assert_int_equal (header_prefer ("WAIT=31"), 30);
    assert_int_equal (header_prefer ("wait=99999999999999999999"), 30);
    assert_int_equal (header_prefer ("respond-async, wait=10"), 0);
    assert_int_equal (header_prefer ("return=minimal, wait=2"), 2);
    assert_int_equal (header_prefer ("wait=x"), 5);
    assert_int_equal (header_prefer ("respond-asynchronously"), 5);
}

static void
a_trace_parent_is_taken_whole_or_not_at_all (void **state)
{
    (void) state;
    uint8_t id [16];
    assert_true (
        header_traceparent ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", id));
    assert_int_equal (id [0], 0x0a);
    assert_int_equal (id [15], 0x9c);
    assert_false (
        header_traceparent ("00-00000000000000000000000000000000-b7ad6b7169203331-01", id));
    assert_false (
        header_traceparent ("00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", id));
    assert_false (header_traceparent ("00-0af7651916cd43dd8448eb211c80319c", id));
    assert_false (header_traceparent (NULL, id));
}

static void
request_ids_are_echoed_only_if_they_can_be_logged (void **state)
{
    (void) state;
    char id [REQUEST_ID_SIZE];
    assert_true (header_request_id ("abc-123_X.y", id));
    assert_string_equal (id, "abc-123_X.y");
    assert_false (header_request_id ("a b", id));
    assert_false (header_request_id ("a=\"b\"", id));
    assert_false (header_request_id ("", id));
}

static void
a_sequence_is_a_place_in_each_partition_it_names (void **state)
{
    static node_place_t places [NODE_PLACES_MAX];
    size_t count;
    (void) state;
    assert_true (header_sequence ("3.17,31.18446744073709551615", 32, places, &count));
    assert_int_equal (count, 2);
    assert_int_equal (places [0].partition, 3);
    assert_int_equal (places [0].sequence, 17);
    assert_int_equal (places [1].partition, 31);
    assert_true (places [1].sequence == UINT64_MAX);
    const char *const none [] = {
        "",  "x",     "3",     "3.",   ".3",        "3.17,", "32.17",
        ",", "3 .17", "3.17 ", "3.-1", "3.17,,4.1", "+3.17", "3.18446744073709551616"
    };
    for (size_t index = 0; index < COUNT (none); index++) {
        assert_false (header_sequence (none [index], 32, places, &count));
    }
}

//  One place more than there can be partitions is refused, not written.
static void
a_sequence_of_too_many_places_is_none (void **state)
{
    static node_place_t places [NODE_PLACES_MAX];
    static char text [4 * (NODE_PLACES_MAX + 1)];
    size_t count;
    (void) state;
    for (size_t index = 0; index < NODE_PLACES_MAX; index++) {
        memcpy (text + 4 * index, "1.1,", 4);
    }
    memcpy (text + 4 * NODE_PLACES_MAX, "1.1", 4);
    assert_false (header_sequence (text, 32, places, &count));
    text [4 * NODE_PLACES_MAX - 1] = 0;
    assert_true (header_sequence (text, 32, places, &count));
    assert_int_equal (count, NODE_PLACES_MAX);
}

static void
media_types_are_recognized (void **state)
{
    (void) state;
    assert_true (header_is_json ("application/json"));
    assert_true (header_is_json ("Application/JSON; charset=utf-8"));
    assert_true (header_is_json ("application/json;profile=x ; Charset=\"UTF-8\""));
    assert_false (header_is_json ("application/json;charset=latin1"));
    assert_false (header_is_json ("application/json; charset=utf-8; charset=utf-16"));
    assert_false (header_is_json ("application/json charset=utf-8"));
    assert_true (header_is_identity (NULL));
    assert_true (header_is_identity ("Identity"));
    assert_false (header_is_identity ("gzip"));
    assert_false (header_is_json ("application/jsonx"));
    assert_false (header_is_json ("text/plain"));
    assert_false (header_is_json (NULL));
    assert_string_equal (header_bearer ("bearer abc"), "abc");
    assert_null (header_bearer ("Basic abc"));
}

static void
a_target_is_split_and_decoded (void **state)
{
    (void) state;
    target_t target = { 0 };
    assert_int_equal (target_read (&target, "/v1/wallets?member_id=a%20b+c&member_id=d&x"),
                      TARGET_OK);
    assert_int_equal (target.segment_count, 2);
    assert_string_equal (target.segments [1], "wallets");
    assert_int_equal (target.item_count, 3);
    assert_string_equal (target.items [0].value, "a b c");
    assert_string_equal (target_value (&target, "x"), "");
    assert_null (target_value (&target, "y"));
    assert_string_equal (target.path, "/v1/wallets");
    target_destroy (&target);
}

static void
a_target_that_is_too_long_or_malformed_says_so (void **state)
{
    (void) state;
    static char uri [TARGET_SIZE_MAX + 2];
    target_t target = { 0 };
    memset (uri, 'a', sizeof uri - 1);
    uri [0] = '/';
    assert_int_equal (target_read (&target, uri), TARGET_TOO_LONG);
    target_destroy (&target);
    static const char *const bad [] = { "/x?a=%", "/x?a=%4", "/x?a=%zz", "/x?a=%00" };
    for (size_t index = 0; index < sizeof bad / sizeof *bad; index++) {
        assert_int_equal (target_read (&target, bad [index]), TARGET_MALFORMED);
        target_destroy (&target);
    }
}

static void
odd_paths_have_no_segments_and_are_shown_plain (void **state)
{
    (void) state;
    target_t target = { 0 };
    assert_int_equal (target_read (&target, "/1/2/3/4/5/6/7/8/9"), TARGET_OK);
    assert_int_equal (target.segment_count, 0);
    target_destroy (&target);
    assert_int_equal (target_read (&target, "*"), TARGET_OK);
    assert_int_equal (target.segment_count, 0);
    target_destroy (&target);
    assert_int_equal (target_read (&target, "/a\xFF\"b"), TARGET_OK);
    assert_string_equal (target.path, "/a??b");
    target_destroy (&target);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_raw_and_a_quoted_key_are_the_same),
        cmocka_unit_test (a_key_has_1_to_255_printable_characters),
        cmocka_unit_test (prefer_says_how_long),
        cmocka_unit_test (a_trace_parent_is_taken_whole_or_not_at_all),
        cmocka_unit_test (request_ids_are_echoed_only_if_they_can_be_logged),
        cmocka_unit_test (a_sequence_is_a_place_in_each_partition_it_names),
        cmocka_unit_test (a_sequence_of_too_many_places_is_none),
        cmocka_unit_test (media_types_are_recognized),
        cmocka_unit_test (a_target_is_split_and_decoded),
        cmocka_unit_test (a_target_that_is_too_long_or_malformed_says_so),
        cmocka_unit_test (odd_paths_have_no_segments_and_are_shown_plain),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
