//  problem and json_out: answers that any JSON reader accepts.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include "edge/problem.h"

static json_t *
s_parsed (json_out_t *out)
{
    json_t *root = json_loadb (out->bytes, out->size, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null (root);
    out_destroy (out);
    return root;
}

static const char *
s_text (const json_t *object, const char *name)
{
    return json_string_value (json_object_get (object, name));
}

static void
every_code_renders_with_its_status_and_name (void **state)
{
    (void) state;
    for (int kind = PROBLEM_INVALID_REQUEST; kind < PROBLEM_COUNT; kind++) {
        problem_t problem = { 0 };
        json_out_t out = { 0 };
        problem_set (&problem, (problem_kind_t) kind, NULL);
        assert_in_range (problem.http, 400, 503);
        assert_int_equal (problem.retryable, problem.retry_after_s > 0);
        problem_render (&problem, "/v1/x", "req_1", &out);
        out_close (&out, '}');
        json_t *root = s_parsed (&out);
        assert_string_equal (s_text (root, "code"), problem_code ((problem_kind_t) kind));
        assert_string_equal (s_text (root, "request_id"), "req_1");
        assert_string_equal (s_text (root, "instance"), "/v1/x");
        json_decref (root);
    }
    assert_string_equal (problem_code (PROBLEM_IDEMPOTENCY_KEY_MISSING), "idempotency_key_missing");
}

static void
a_refusal_carries_the_verdict (void **state)
{
    (void) state;
    problem_t problem = { 0 };
    problem_refuse (&problem, VERDICT_INSUFFICIENT_FUNDS);
    assert_int_equal (problem.http, 422);
    assert_string_equal (problem.code, "insufficient_funds");
    assert_false (problem.retryable);
    assert_int_equal (problem.retry_after_s, 0);
    problem_refuse (&problem, VERDICT_BANK_UNAVAILABLE);
    assert_int_equal (problem.http, 422);
    assert_true (problem.retryable);  //  Under a new key, whenever the client likes
    assert_int_equal (problem.retry_after_s, 0);
    problem_refuse (&problem, VERDICT_LOGIN_LOCKED);
    assert_int_equal (problem.http, 429);
    assert_true (problem.retryable);
    assert_int_equal (problem.retry_after_s, PROBLEM_RETRY_AFTER_S);
}

static void
fields_are_listed_with_pointers (void **state)
{
    (void) state;
    problem_t problem = { 0 };
    json_out_t out = { 0 };
    problem_field (&problem, "/", "amount", FAULT_MISSING, "This field is required");
    problem_field (&problem, "", "li\xFFmit", FAULT_UNKNOWN, "There is no such query parameter");
    problem_render (&problem, "/", "r", &out);
    out_close (&out, '}');
    json_t *root = s_parsed (&out);
    const json_t *errors = json_object_get (root, "errors");
    assert_int_equal (json_array_size (errors), 2);
    assert_string_equal (s_text (json_array_get (errors, 0), "pointer"), "/amount");
    assert_string_equal (s_text (json_array_get (errors, 0), "code"), "missing");
    assert_string_equal (s_text (json_array_get (errors, 1), "pointer"), "li?mit");
    json_decref (root);
}

static void
a_long_name_is_cut_between_characters (void **state)
{
    (void) state;
    char name [400] = "";
    for (int index = 0; index < 100; index++) {
        strcat (name, "\xEA\xB0\x80");
    }
    problem_t problem = { 0 };
    problem_field (&problem, "/", name, FAULT_UNKNOWN, "There is no such field");
    size_t length = strlen (problem.fields [0].pointer);
    assert_true (length < PROBLEM_POINTER_SIZE && length % 3 == 1);
}

static void
texts_are_escaped (void **state)
{
    (void) state;
    json_out_t out = { 0 };
    const char *text = "a\"b\\c\n\t\x01\x7F \xEA\xB0\x80";
    out_object (&out, NULL);
    out_text (&out, "text", text);
    out_text (&out, "none", NULL);
    out_i64 (&out, "least", INT64_MIN);
    out_bool (&out, "yes", true);
    out_array (&out, "list");
    out_i64 (&out, NULL, 1);
    out_i64 (&out, NULL, 2);
    out_close (&out, ']');
    out_time (&out, "at", 1700000000123);
    out_close (&out, '}');
    json_t *root = s_parsed (&out);
    assert_string_equal (s_text (root, "text"), text);
    assert_true (json_is_null (json_object_get (root, "none")));
    assert_true (json_integer_value (json_object_get (root, "least")) == INT64_MIN);
    assert_int_equal (json_array_size (json_object_get (root, "list")), 2);
    assert_string_equal (s_text (root, "at"), "2023-11-14T22:13:20.123Z");
    json_decref (root);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (every_code_renders_with_its_status_and_name),
        cmocka_unit_test (a_refusal_carries_the_verdict),
        cmocka_unit_test (fields_are_listed_with_pointers),
        cmocka_unit_test (a_long_name_is_cut_between_characters),
        cmocka_unit_test (texts_are_escaped),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
