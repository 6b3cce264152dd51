//  json_in: what a body may be, and what is said about one that may not.

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>
#include "edge/json_in.h"

typedef struct {
    int64_t amount_minor, bps;
    char name [20 * 4 + 1], email [255], number [65];
    bool flag;
    oid_t member, inner_member;
    char code [9];
    uint32_t inside;
    INPUT_TEXTS_OF (3, 9) tags;
} input_t;

static const input_field_t tag_field [] = { { "", INPUT_TOKEN, .size = 9, .min = 1, .max = 8 } };

static const input_field_t inner_fields [] = {
    { "member_id", INPUT_OID, INPUT_OPTIONAL, AT (input_t, inner_member), .oid_kind = OID_MEMBER },
    { "code", INPUT_TOKEN, INPUT_REQUIRED, AT (input_t, code), 1, 8 },
};

static const input_field_t fields [] = {
    { "amount", INPUT_AMOUNT, INPUT_REQUIRED, AT (input_t, amount_minor) },
    { "bps", INPUT_INTEGER, INPUT_OPTIONAL, AT (input_t, bps), 0, 10000 },
    { "name", INPUT_TEXT, INPUT_OPTIONAL, AT (input_t, name), 1, 20 },
    { "email", INPUT_EMAIL, INPUT_OPTIONAL, AT (input_t, email), 3, 254 },
    { "number", INPUT_NUMBER, INPUT_OPTIONAL, AT (input_t, number), 4, 64 },
    { "flag", INPUT_BOOLEAN, INPUT_OPTIONAL, AT (input_t, flag) },
    { "currency", INPUT_CURRENCY, INPUT_OPTIONAL },
    { "member_id", INPUT_OID, INPUT_OPTIONAL, AT (input_t, member), .oid_kind = OID_MEMBER },
    { "to", INPUT_OBJECT, INPUT_OPTIONAL, AT (input_t, inside), .fields = inner_fields,
      .field_count = COUNT (inner_fields) },
    { "tags", INPUT_TEXTS, INPUT_OPTIONAL, AT (input_t, tags), 1, 3, .fields = tag_field,
      .field_count = 1 },
};

static bool
s_read (const char *text, input_t *ret_input, problem_t *ret_problem)
{
    uint32_t present;
    *ret_input = (input_t) { 0 };
    *ret_problem = (problem_t) { 0 };
    json_t *object = json_in_parse (text, strlen (text), ret_problem);
    bool read =
        object && json_in_read (object, fields, COUNT (fields), ret_input, &present, ret_problem);
    json_decref (object);
    assert_int_equal (read, ret_problem->http == 0);
    return read;
}

static void
s_refused (const char *text, const char *pointer, fault_t fault)
{
    input_t input;
    problem_t problem;
    assert_false (s_read (text, &input, &problem));
    assert_int_equal (problem.http, 400);
    assert_string_equal (problem.fields [0].pointer, pointer);
    assert_int_equal (problem.fields [0].fault, fault);
}

static void
a_good_body_fills_the_struct (void **state)
{
    (void) state;
    input_t input;
    problem_t problem;
    assert_true (s_read ("{\"amount\":9007199254740991,\"bps\":0,\"name\":\" \xEA\xB0\x80 b \","
                         "\"email\":\" Kim@Example.COM\",\"flag\":true,\"currency\":\"KRW\","
                         "\"number\":\"123-456\"}",
                         &input, &problem));
    assert_true (input.amount_minor == INT64_C (9007199254740991));
    assert_string_equal (input.name, "\xEA\xB0\x80 b");
    assert_string_equal (input.email, "kim@example.com");
    assert_true (input.flag);
}

static void
an_amount_is_a_whole_number_from_1_to_2_to_the_53_minus_1 (void **state)
{
    (void) state;
    s_refused ("{\"amount\":0}", "/amount", FAULT_OUT_OF_RANGE);
    s_refused ("{\"amount\":-1}", "/amount", FAULT_OUT_OF_RANGE);
    s_refused ("{\"amount\":9007199254740992}", "/amount", FAULT_OUT_OF_RANGE);
    s_refused ("{\"amount\":1.0}", "/amount", FAULT_WRONG_TYPE);
    s_refused ("{\"amount\":1e3}", "/amount", FAULT_WRONG_TYPE);
    s_refused ("{\"amount\":\"1\"}", "/amount", FAULT_WRONG_TYPE);
    s_refused ("{\"amount\":true}", "/amount", FAULT_WRONG_TYPE);
    s_refused ("{\"amount\":null}", "/amount", FAULT_NULL_VALUE);
    s_refused ("{}", "/amount", FAULT_MISSING);
    s_refused ("", "/amount", FAULT_MISSING);
    s_refused ("{\"amount\":99999999999999999999}", "/amount", FAULT_OUT_OF_RANGE);
    s_refused ("{\"amount\":-9223372036854775809}", "/amount", FAULT_OUT_OF_RANGE);
    s_refused ("{\"amount\":[99999999999999999999]}", "", FAULT_MALFORMED);
}

static void
what_cannot_be_parsed_is_told_by_its_byte (void **state)
{
    (void) state;
    input_t input;
    problem_t problem;
    static const struct {
        const char *text, *where;
    } cases [] = {
        { "{\"amount\":1}x", "at byte 12" },  //  What comes after
        { "{\"amount\":1} \n xyz", "at byte 15" },
        { "{\"amount\":1}{}", "at byte 12" },
        { "{\"amount\":}", "at byte 10" },  //  What is not expected there
        { "{\"amount\":1,}", "at byte 12" },
        { "x", "at byte 0" },
        { "{\"name\":\"\xFF\"}", "at byte 9" },  //  What no text may have
        { "{\"name\":\"a\nb\"}", "at byte 10" },
        { "{\"amount\":1", "at byte 11" },  //  The end
        { "{", "at byte 1" },
    };
    for (size_t index = 0; index < COUNT (cases); index++) {
        assert_false (s_read (cases [index].text, &input, &problem));
        assert_string_equal (strstr (problem.detail, "at byte"), cases [index].where);
    }
    s_refused ("{\"amount\":1,\"amount\":1}", "", FAULT_DUPLICATE);
    s_refused ("{\"amount\":1,\"name\":\"\xFF\"}", "", FAULT_MALFORMED);
    s_refused ("{\"amount\":1,\"name\":\"a\\u0000b\"}", "", FAULT_MALFORMED);
    s_refused ("{\"amount\":01}", "", FAULT_MALFORMED);
    s_refused ("{'amount':1}", "", FAULT_MALFORMED);
    s_refused ("{\"amount\":1,}", "", FAULT_MALFORMED);
    s_refused ("[1]", "", FAULT_WRONG_TYPE);
    s_refused ("1", "", FAULT_MALFORMED);
}

static void
a_parser_error_never_quotes_the_input (void **state)
{
    (void) state;
    input_t input;
    problem_t problem;
    assert_false (s_read ("{\"name\":\"secret\" secret}", &input, &problem));
    assert_null (strstr (problem.detail, "secret"));
}

static void
every_wrong_field_is_listed (void **state)
{
    (void) state;
    input_t input;
    problem_t problem;
    assert_false (s_read ("{\"amount\":0,\"name\":\"\",\"flag\":1,\"currency\":\"USD\",\"a/b~\":1}",
                          &input, &problem));
    assert_int_equal (problem.field_count, 5);
    assert_string_equal (problem.fields [4].pointer, "/a~1b~0");
    assert_int_equal (problem.fields [4].fault, FAULT_UNKNOWN);
}

static void
more_wrong_fields_than_there_is_room_for_are_cut (void **state)
{
    (void) state;
    char text [2048] = "{\"amount\":1";
    for (int index = 0; index < 60; index++) {
        size_t used = strlen (text);
        snprintf (text + used, sizeof text - used, ",\"unknown%d\":1", index);
    }
    strcat (text, "}");
    input_t input;
    problem_t problem;
    assert_false (s_read (text, &input, &problem));
    assert_int_equal (problem.field_count, PROBLEM_FIELDS_MAX);
}

static void
texts_are_counted_in_characters_and_free_of_control_characters (void **state)
{
    (void) state;
    s_refused ("{\"amount\":1,\"name\":\"123456789012345678901\"}", "/name", FAULT_TOO_LONG);
    s_refused ("{\"amount\":1,\"name\":\"   \"}", "/name", FAULT_TOO_SHORT);
    s_refused ("{\"amount\":1,\"name\":\"a\\nb\"}", "/name", FAULT_MALFORMED);
    static const char *const unseen [] = { "\\u0085", "\\u00ad", "\\u061c", "\\u200b",
                                           "\\u200d", "\\u2028", "\\u202e", "\\u2066",
                                           "\\u206f", "\\ufeff", "\\ufffb", "\\udb40\\udc41" };
    for (size_t index = 0; index < COUNT (unseen); index++) {
        char text [64];
        snprintf (text, sizeof text, "{\"amount\":1,\"name\":\"a%sb\"}", unseen [index]);
        s_refused (text, "/name", FAULT_MALFORMED);
    }
    size_t characters;
    assert_true (text_is_clean ("\xea\xb9\x80 \xe2\x80\xa6", &characters));
    assert_int_equal (characters, 3);
    //  A family: three emoji and the joiners between them
    assert_true (text_is_clean ("\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d"
                                "\xf0\x9f\x91\xa7",
                                &characters));
    assert_int_equal (characters, 5);
    assert_false (text_is_clean ("\xe2\x80\x8d", &characters));
    s_refused ("{\"amount\":1,\"number\":\"12a4\"}", "/number", FAULT_MALFORMED);
    s_refused ("{\"amount\":1,\"number\":\"----\"}", "/number", FAULT_MALFORMED);
}

static void
an_id_must_be_of_the_right_kind (void **state)
{
    (void) state;
    s_refused ("{\"amount\":1,\"member_id\":\"wal_01ARZ3NDEKTSV4RRFFQ69G5FAV\"}", "/member_id",
               FAULT_MALFORMED);
    s_refused ("{\"amount\":1,\"member_id\":\"mem_1\"}", "/member_id", FAULT_MALFORMED);
    input_t input;
    problem_t problem;
    assert_true (s_read ("{\"amount\":1,\"member_id\":\"mem_01ARZ3NDEKTSV4RRFFQ69G5FAV\"}", &input,
                         &problem));
    assert_int_equal (input.member.kind, OID_MEMBER);
}

static void
an_email_is_normalized_or_refused (void **state)
{
    (void) state;
    static const char *const bad [] = { "",       "a",       "@b.c",   "a@",      "a@b",
                                        "a@b..c", "a@.b",    "a@b.",   "a b@c.d", "a@b@c.d",
                                        "a@-b.c", "a,b@c.d", "a@b_c.d" };
    for (size_t index = 0; index < COUNT (bad); index++) {
        char text [64];
        snprintf (text, sizeof text, "%s", bad [index]);
        assert_false (email_normalize (text));
    }
    char good [] = "  A.B+c@Sub.Example.com ";
    assert_true (email_normalize (good));
    assert_string_equal (good, "a.b+c@sub.example.com");
}

static void
an_object_inside_has_fields_and_pointers_of_its_own (void **state)
{
    (void) state;
    input_t input;
    problem_t problem;
    assert_true (s_read ("{\"amount\":1,\"to\":{\"code\":\"apple\"}}", &input, &problem));
    assert_string_equal (input.code, "apple");
    assert_int_equal (input.inside, 1 << 1);
    assert_true (s_read ("{\"amount\":1}", &input, &problem));
    assert_int_equal (input.inside, 0);
    s_refused ("{\"amount\":1,\"to\":\"apple\"}", "/to", FAULT_WRONG_TYPE);
    s_refused ("{\"amount\":1,\"to\":null}", "/to", FAULT_NULL_VALUE);
    s_refused ("{\"amount\":1,\"to\":{}}", "/to/code", FAULT_MISSING);
    s_refused ("{\"amount\":1,\"to\":{\"code\":\"much too long\"}}", "/to/code", FAULT_TOO_LONG);
    s_refused ("{\"amount\":1,\"to\":{\"code\":\"a\",\"a/b\":1}}", "/to/a~1b", FAULT_UNKNOWN);
    s_refused ("{\"amount\":1,\"to\":{\"code\":\"a\",\"code\":\"b\"}}", "", FAULT_DUPLICATE);
    s_refused ("{\"amount\":1,\"to\":{\"code\":\"a\",\"member_id\":\"wal_1\"}}", "/to/member_id",
               FAULT_MALFORMED);
    assert_false (s_read ("{\"to\":{\"code\":1,\"amount\":2}}", &input, &problem));
    assert_int_equal (problem.field_count, 3);  //  amount, /to/code, /to/amount
}

static void
an_array_has_as_many_texts_as_it_may_each_with_a_pointer (void **state)
{
    (void) state;
    input_t input;
    problem_t problem;
    assert_true (
        s_read ("{\"amount\":1,\"tags\":[\"one\",\" two \",\"three\"]}", &input, &problem));
    assert_int_equal (input.tags.count, 3);
    assert_string_equal (input.tags.texts [0], "one");
    assert_string_equal (input.tags.texts [1], "two");
    assert_string_equal (input.tags.texts [2], "three");
    s_refused ("{\"amount\":1,\"tags\":[]}", "/tags", FAULT_OUT_OF_RANGE);
    s_refused ("{\"amount\":1,\"tags\":[\"1\",\"2\",\"3\",\"4\"]}", "/tags", FAULT_OUT_OF_RANGE);
    s_refused ("{\"amount\":1,\"tags\":\"one\"}", "/tags", FAULT_WRONG_TYPE);
    s_refused ("{\"amount\":1,\"tags\":null}", "/tags", FAULT_NULL_VALUE);
    s_refused ("{\"amount\":1,\"tags\":[\"one\",null]}", "/tags/1", FAULT_NULL_VALUE);
    s_refused ("{\"amount\":1,\"tags\":[\"one\",2]}", "/tags/1", FAULT_WRONG_TYPE);
    s_refused ("{\"amount\":1,\"tags\":[[\"one\"]]}", "/tags/0", FAULT_WRONG_TYPE);
    s_refused ("{\"amount\":1,\"tags\":[\"\"]}", "/tags/0", FAULT_TOO_SHORT);
    s_refused ("{\"amount\":1,\"tags\":[\"one\",\"a b\"]}", "/tags/1", FAULT_MALFORMED);
    s_refused ("{\"amount\":1,\"tags\":[\"123456789\"]}", "/tags/0", FAULT_TOO_LONG);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_good_body_fills_the_struct),
        cmocka_unit_test (an_amount_is_a_whole_number_from_1_to_2_to_the_53_minus_1),
        cmocka_unit_test (what_cannot_be_parsed_is_told_by_its_byte),
        cmocka_unit_test (a_parser_error_never_quotes_the_input),
        cmocka_unit_test (every_wrong_field_is_listed),
        cmocka_unit_test (more_wrong_fields_than_there_is_room_for_are_cut),
        cmocka_unit_test (texts_are_counted_in_characters_and_free_of_control_characters),
        cmocka_unit_test (an_id_must_be_of_the_right_kind),
        cmocka_unit_test (an_email_is_normalized_or_refused),
        cmocka_unit_test (an_object_inside_has_fields_and_pointers_of_its_own),
        cmocka_unit_test (an_array_has_as_many_texts_as_it_may_each_with_a_pointer),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
