//  batch_read: where a batch's operations stand, and what is refused before any begins.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "edge/batch_read.h"

static const batch_limits_t limits = { .operations_max = 3, .operation_bytes_max = 128 };

#define PATCH                                                                                      \
    "{\"method\":\"PATCH\",\"path\":\"/v1/x?a=b\",\"if_match\":\"\\\"3\\\"\","                     \
    "\"idempotency_key\":\"k\",\"body\":{\"a\":[{}]}}"
#define GET "{\"method\":\"GET\",\"path\":\"/v1/x\"}"

typedef struct {
    bool read;
    batch_span_t *spans;
    size_t count;
    problem_t problem;
} found_t;

//  From memory that ends where the text does.
static found_t
s_read (const char *text)
{
    found_t found = { 0 };
    size_t size = strlen (text);
    char *bytes = malloc (size + !size);
    assert_non_null (bytes);
    memcpy (bytes, text, size);
    found.read = batch_read (bytes, size, &limits, &found.spans, &found.count, &found.problem);
    free (bytes);
    return found;
}

static void
s_expect_spans (const char *text, const char *const *operations, size_t count)
{
    found_t found = s_read (text);
    assert_true (found.read);
    assert_int_equal (found.problem.http, 0);
    assert_int_equal (found.count, count);
    for (size_t index = 0; index < count; index++) {
        assert_int_equal (found.spans [index].size, strlen (operations [index]));
        assert_memory_equal (text + found.spans [index].at, operations [index],
                             found.spans [index].size);
    }
    free (found.spans);
}

static void
s_expect_refusal (const char *text, unsigned http, const char *pointer, fault_t fault)
{
    found_t found = s_read (text);
    if (found.read || found.problem.field_count == 0
        || strcmp (found.problem.fields [0].pointer, pointer) != 0) {
        print_message ("%s: %s %s\n", text, found.read ? "read" : "refused",
                       found.problem.fields [0].pointer);
    }
    assert_false (found.read);
    assert_int_equal (found.problem.http, http);
    assert_true (found.problem.field_count > 0);
    assert_string_equal (found.problem.fields [0].pointer, pointer);
    assert_int_equal (found.problem.fields [0].fault, fault);
}

static void
operations_are_found_where_they_stand (void **state)
{
    const char *const one [] = { GET };
    const char *const three [] = { GET, "{ \"path\" : \"/]},{\\\"\", \"method\":\"POST\" }",
                                   PATCH };
    char text [512];
    (void) state;

    s_expect_spans ("{\"operations\":[]}", NULL, 0);
    s_expect_spans (" { \"operations\" : [ ] } \r\n\t", NULL, 0);
    s_expect_spans ("{\"operations\":[" GET "]}", one, 1);
    s_expect_spans ("{\"operations\":[\n  " GET "\n]\n}\n", one, 1);
    s_expect_spans ("{\"op\\u0065rations\":[" GET "]}", one, 1);
    (void) snprintf (text, sizeof text, "{\"operations\":[%s, %s,%s]}", three [0], three [1],
                     three [2]);
    s_expect_spans (text, three, 3);
}

//  They are for the operation to refuse.
static void
what_a_body_says_is_not_looked_at (void **state)
{
    static const char *const operations [] = {
        "{\"method\":\"GET\",\"path\":\"/v1/x\",\"body\":null}",
        "{\"method\":\"FOO\",\"path\":\"/\",\"body\":[1.5e3]}",
        "{\"method\":\"GET\",\"path\":\"/v1/x\",\"body\":{\"a\":99999999999999999999}}",
    };
    char text [512];
    (void) state;

    (void) snprintf (text, sizeof text, "{\"operations\":[%s,%s,%s]}", operations [0],
                     operations [1], operations [2]);
    s_expect_spans (text, operations, 3);
}

static void
a_malformed_envelope_is_400 (void **state)
{
    static const char *const texts [] = {
        "{",
        "{\"operations\"",
        "{\"operations\":",
        "{\"operations\":[",
        "{\"operations\":[" GET,
        "{\"operations\":[" GET ",",
        "{\"operations\":[" GET ",]}",
        "{\"operations\":[" GET "]",
        "{\"operations\":[" GET "]}x",
        "{\"operations\":[" GET "]}{}",
        "{\"operations\":[,]}",
        "{\"operations\":[" GET " " GET "]}",
        "{\"operations\" []}",
        "{operations:[]}",
        "{\"operations\":[],}",
        "{1:[]}",
        "{\"operations\":[{\"method\":\"GET\",}]}",
        "{\"operations\":[{\"method\":\"GET\",\"method\":\"GET\",\"path\":\"/\"}]}",
        "{\"operations\":[\xff]}",
        "{\"operations\":[{\"path\":\"\xff\"}]}",
        "{\"operations\":[tru]}",
    };
    (void) state;

    for (size_t index = 0; index < sizeof texts / sizeof *texts; index++) {
        s_expect_refusal (texts [index], 400, "", FAULT_MALFORMED);
    }
}

static void
an_envelope_of_another_shape_is_400_and_says_where (void **state)
{
    (void) state;

    s_expect_refusal ("", 400, "/operations", FAULT_MISSING);
    s_expect_refusal (" \n", 400, "/operations", FAULT_MISSING);
    s_expect_refusal ("{}", 400, "/operations", FAULT_MISSING);
    s_expect_refusal ("[]", 400, "", FAULT_WRONG_TYPE);
    s_expect_refusal ("7", 400, "", FAULT_WRONG_TYPE);
    s_expect_refusal ("{\"operations\":{}}", 400, "/operations", FAULT_WRONG_TYPE);
    s_expect_refusal ("{\"operations\":null}", 400, "/operations", FAULT_WRONG_TYPE);
    s_expect_refusal ("{\"operations\":[],\"operations\":[]}", 400, "/operations", FAULT_DUPLICATE);
    s_expect_refusal ("{\"surplus\":1,\"operations\":[]}", 400, "/surplus", FAULT_UNKNOWN);
    s_expect_refusal ("{\"operations\":[],\"a/b\":1}", 400, "/a~1b", FAULT_UNKNOWN);
}

static void
an_operation_of_another_shape_is_400_and_says_which (void **state)
{
    (void) state;

    s_expect_refusal ("{\"operations\":[" GET ",7]}", 400, "/operations/1", FAULT_WRONG_TYPE);
    s_expect_refusal ("{\"operations\":[[]]}", 400, "/operations/0", FAULT_WRONG_TYPE);
    s_expect_refusal ("{\"operations\":[{\"path\":\"/\"}]}", 400, "/operations/0/method",
                      FAULT_MISSING);
    s_expect_refusal ("{\"operations\":[" GET "," GET ",{\"method\":\"GET\"}]}", 400,
                      "/operations/2/path", FAULT_MISSING);
    s_expect_refusal ("{\"operations\":[{\"method\":1,\"path\":\"/\"}]}", 400,
                      "/operations/0/method", FAULT_WRONG_TYPE);
    s_expect_refusal ("{\"operations\":[{\"method\":\"get\",\"path\":\"/\"}]}", 400,
                      "/operations/0/method", FAULT_MALFORMED);
    s_expect_refusal ("{\"operations\":[{\"method\":\"ABCDEFGHIJKLMNOP\",\"path\":\"/\"}]}", 400,
                      "/operations/0/method", FAULT_MALFORMED);
    static const char *const paths [] = { "", "v1/x", "http://x/v1", "/v1/a b", "/v1/\\u00e9" };
    for (size_t index = 0; index < sizeof paths / sizeof *paths; index++) {
        char text [128];
        (void) snprintf (text, sizeof text,
                         "{\"operations\":[{\"method\":\"GET\",\"path\":\"%s\"}]}", paths [index]);
        s_expect_refusal (text, 400, "/operations/0/path", FAULT_MALFORMED);
    }
    s_expect_refusal ("{\"operations\":[{\"method\":\"GET\",\"path\":\"/\",\"if_match\":3}]}", 400,
                      "/operations/0/if_match", FAULT_WRONG_TYPE);
    s_expect_refusal (
        "{\"operations\":[{\"method\":\"GET\",\"path\":\"/\",\"idempotency_key\":null}]}", 400,
        "/operations/0/idempotency_key", FAULT_WRONG_TYPE);
    s_expect_refusal ("{\"operations\":[{\"method\":\"GET\",\"path\":\"/\",\"headers\":{}}]}", 400,
                      "/operations/0/headers", FAULT_UNKNOWN);
}

static void
all_that_is_wrong_is_listed (void **state)
{
    (void) state;

    found_t found = s_read ("{\"operations\":[{\"method\":1},7,{\"path\":\"x\",\"a\":1}]}");
    assert_false (found.read);
    assert_int_equal (found.problem.field_count, 6);
    assert_string_equal (found.problem.fields [1].pointer, "/operations/0/path");
    assert_string_equal (found.problem.fields [2].pointer, "/operations/1");
    assert_string_equal (found.problem.fields [5].pointer, "/operations/2/a");
}

static void
too_many_operations_are_400 (void **state)
{
    (void) state;

    s_expect_refusal ("{\"operations\":[" GET "," GET "," GET "," GET "]}", 400, "/operations",
                      FAULT_TOO_LONG);
}

//  With whatever stands where the limit cuts it: text, a name, the middle of a character.
static void
an_operation_that_is_too_large_is_413_and_says_which (void **state)
{
    (void) state;

    for (int size = 60; size < 200; size++) {
        char text [512], body [200 + 1] = { 0 };
        for (int at = 0; at + 2 <= size; at += 2) {
            memcpy (body + at, "\xC3\xA9", 2);
        }
        int operation = snprintf (text, sizeof text,
                                  "{\"method\":\"GET\",\"path\":\"/v1/x\",\"body\":\"%s\"}", body);
        (void) snprintf (text, sizeof text,
                         "{\"operations\":[" GET ",{\"method\":\"GET\",\"path\":\"/v1/x\","
                         "\"body\":\"%s\"}]}",
                         body);
        if (operation > (int) limits.operation_bytes_max) {
            s_expect_refusal (text, 413, "/operations/1", FAULT_TOO_LONG);
        }
        else {
            found_t found = s_read (text);
            assert_true (found.read);
            free (found.spans);
        }
    }
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (operations_are_found_where_they_stand),
        cmocka_unit_test (what_a_body_says_is_not_looked_at),
        cmocka_unit_test (a_malformed_envelope_is_400),
        cmocka_unit_test (an_envelope_of_another_shape_is_400_and_says_where),
        cmocka_unit_test (an_operation_of_another_shape_is_400_and_says_which),
        cmocka_unit_test (all_that_is_wrong_is_listed),
        cmocka_unit_test (too_many_operations_are_400),
        cmocka_unit_test (an_operation_that_is_too_large_is_413_and_says_which),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
