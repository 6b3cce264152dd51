//  scope, cursor: what makes two requests the same, and a cursor one's own.

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>
#include "edge/cursor.h"
#include "edge/scope.h"
#include "tests/lib/keys_fixture.h"

static const oid_t kim = { OID_MEMBER, "kim" }, lee = { OID_MEMBER, "lee" }, nobody = { 0 };

static keys_fixture_t fixture;

static int
s_keyring (void **state)
{
    keys_fixture_open (&fixture);
    *state = fixture.keyring;
    return 0;
}

static int
s_no_keyring (void **state)
{
    (void) state;
    keys_fixture_close (&fixture);
    return 0;
}

typedef struct {
    int64_t amount_minor;
    bool flag;
    char memo [16], inner_memo [16];
    uint32_t inside;
    oid_t member;
} body_t;

static const input_field_t inner_fields [] = {
    { "memo", INPUT_TEXT, INPUT_OPTIONAL, AT (body_t, inner_memo), 1, 15 },
};

static const input_field_t fields [] = {
    { "amount", INPUT_AMOUNT, INPUT_OPTIONAL, AT (body_t, amount_minor) },
    { "flag", INPUT_BOOLEAN, INPUT_OPTIONAL, AT (body_t, flag) },
    { "currency", INPUT_CURRENCY, INPUT_OPTIONAL },
    { "to", INPUT_OBJECT, INPUT_OPTIONAL, AT (body_t, inside), .fields = inner_fields,
      .field_count = COUNT (inner_fields) },
    { "memo", INPUT_TEXT, INPUT_OPTIONAL, AT (body_t, memo), 1, 15 },
    { "member_id", INPUT_OID, INPUT_OPTIONAL, AT (body_t, member), .oid_kind = OID_MEMBER },
};

static scope_t
s_scope (const keyring_t *keyring, oid_t caller, const char *path, const char *key,
         const char *text)
{
    scope_t scope;
    body_t body = { 0 };
    problem_t problem = { 0 };
    uint32_t present;
    json_t *object = json_in_parse (text, strlen (text), &problem);
    assert_true (json_in_read (object, fields, COUNT (fields), &body, &present, &problem));
    json_decref (object);
    scope_fingerprint (keyring, fields, COUNT (fields), &body, present, scope.fingerprint);
    scope_make (keyring, caller, "POST", path, key, scope.fingerprint, scope.scope);
    return scope;
}

static bool
s_same (scope_t one, scope_t other)
{
    return memcmp (one.scope, other.scope, SCOPE_SIZE) == 0;
}

static void
caller_path_and_key_make_a_scope_and_the_body_its_fingerprint (void **state)
{
    scope_t scope = s_scope (*state, kim, "/v1/a", "k", "{}");
    assert_true (s_same (scope, s_scope (*state, kim, "/v1/a", "k", "{\"amount\":1}")));
    assert_false (s_same (scope, s_scope (*state, lee, "/v1/a", "k", "{}")));
    assert_false (s_same (scope, s_scope (*state, kim, "/v1/b", "k", "{}")));
    assert_false (s_same (scope, s_scope (*state, kim, "/v1/a", "l", "{}")));
    scope_t other = s_scope (*state, kim, "/v1/a", "k", "{\"amount\":1}");
    assert_memory_not_equal (scope.fingerprint, other.fingerprint, SCOPE_SIZE);
}

static bool
s_asks_the_same (const keyring_t *keyring, const char *one, const char *other)
{
    scope_t scopes [] = { s_scope (keyring, kim, "/", "k", one),
                          s_scope (keyring, kim, "/", "k", other) };
    return memcmp (scopes [0].fingerprint, scopes [1].fingerprint, SCOPE_SIZE) == 0;
}

static void
order_space_and_escapes_ask_nothing_else (void **state)
{
    assert_true (s_asks_the_same (*state, "{\"amount\":12,\"memo\":\"ab\",\"currency\":\"KRW\"}",
                                  " { \"currency\":\"KRW\", \"memo\" : \"\\u0061b\","
                                  " \"amount\" : 12 }\n"));
    assert_true (s_asks_the_same (*state, "", "{}"));
}

static void
each_other_body_asks_something_else (void **state)
{
    static const char *const bodies [] = {
        "{}",
        "{\"amount\":1}",
        "{\"amount\":2}",
        "{\"flag\":false}",
        "{\"flag\":true}",
        "{\"currency\":\"KRW\"}",
        "{\"to\":{}}",
        "{\"to\":{\"memo\":\"a\"}}",
        "{\"to\":{},\"memo\":\"a\"}",
        "{\"memo\":\"a\"}",
        "{\"memo\":\"A\"}",
        "{\"member_id\":\"mem_00000000000000000000000000\"}",
        "{\"member_id\":\"mem_00000000000000000000000004\"}",
    };
    for (size_t one = 0; one < COUNT (bodies); one++) {
        for (size_t other = one + 1; other < COUNT (bodies); other++) {
            assert_false (s_asks_the_same (*state, bodies [one], bodies [other]));
        }
    }
}

static void
without_a_token_the_body_is_the_caller (void **state)
{
    scope_t scope = s_scope (*state, nobody, "/v1/members", "k", "{\"memo\":\"a\"}");
    assert_false (s_same (scope, s_scope (*state, nobody, "/v1/members", "k", "{\"memo\":\"b\"}")));
    assert_true (s_same (scope, s_scope (*state, nobody, "/v1/members", "k", "{\"memo\":\"a\"}")));
}

static void
natural_keys_give_the_same_id_for_ever (void **state)
{
    oid_t account = scope_bank_account (*state, kim, "apple", "1-2");
    assert_int_equal (account.kind, OID_BANK_ACCOUNT);
    assert_true (oid_equal (account, scope_bank_account (*state, kim, "apple", "1-2")));
    assert_false (oid_equal (account, scope_bank_account (*state, kim, "appl", "e1-2")));
    assert_false (oid_equal (account, scope_bank_account (*state, lee, "apple", "1-2")));
    oid_t payment = scope_payment (*state, kim, "order");
    assert_false (oid_equal (payment, scope_payment (*state, lee, "order")));
    assert_false (oid_equal (scope_login (*state, "a@b.c"), scope_login (*state, "a@b.d")));
}

static void
an_event_has_one_way_to_each_endpoint (void **state)
{
    oid_t one = { .kind = OID_WEBHOOK_ENDPOINT, .bytes = { 1 } };
    oid_t other = { .kind = OID_WEBHOOK_ENDPOINT, .bytes = { 2 } };
    webhook_place_t place = { 3, 4711, 1 };
    oid_t delivery = scope_delivery (*state, one, place);
    assert_int_equal (delivery.kind, OID_DELIVERY);
    assert_true (oid_equal (delivery, scope_delivery (*state, one, place)));
    assert_false (oid_equal (delivery, scope_delivery (*state, other, place)));
    assert_false (
        oid_equal (delivery, scope_delivery (*state, one, (webhook_place_t) { 4, 4711, 1 })));
    assert_false (
        oid_equal (delivery, scope_delivery (*state, one, (webhook_place_t) { 3, 4712, 1 })));
    assert_false (
        oid_equal (delivery, scope_delivery (*state, one, (webhook_place_t) { 3, 4711, 2 })));
}

static void
s_texts_fingerprint (const keyring_t *keyring, uint32_t count, const char *first,
                     const char *second, uint8_t ret_fingerprint [SCOPE_SIZE])
{
    typedef struct {
        INPUT_TEXTS_OF (2, 9) tags;
    } tags_t;
    static const input_field_t tag [] = { { "", INPUT_TEXT, .size = 9, .min = 1, .max = 8 } };
    static const input_field_t tags [] = { { "tags", INPUT_TEXTS, INPUT_REQUIRED, AT (tags_t, tags),
                                             1, 2, .fields = tag, .field_count = 1 } };
    tags_t input = { .tags.count = count };
    strcpy (input.tags.texts [0], first);
    strcpy (input.tags.texts [1], second);
    scope_fingerprint (keyring, tags, COUNT (tags), &input, 1, ret_fingerprint);
}

static void
each_text_of_an_array_counts_at_its_place (void **state)
{
    uint8_t of [4][SCOPE_SIZE], again [SCOPE_SIZE];
    s_texts_fingerprint (*state, 2, "a", "b", of [0]);
    s_texts_fingerprint (*state, 2, "b", "a", of [1]);
    s_texts_fingerprint (*state, 2, "ab", "", of [2]);
    s_texts_fingerprint (*state, 1, "a", "b", of [3]);
    s_texts_fingerprint (*state, 2, "a", "b", again);
    assert_memory_equal (of [0], again, SCOPE_SIZE);
    for (size_t index = 1; index < 4; index++) {
        assert_memory_not_equal (of [0], of [index], SCOPE_SIZE);
    }
}

static void
kinds_of_one_scope_do_not_share_bits (void **state)
{
    scope_t scope = s_scope (*state, kim, "/v1/a", "k", "{}");
    oid_t recharge = scope_oid (*state, &scope, OID_RECHARGE);
    oid_t merchant = scope_oid (*state, &scope, OID_MERCHANT);
    assert_memory_not_equal (recharge.bytes, merchant.bytes, OID_BYTES);
}

static void
a_cursor_opens_its_own_list_only (void **state)
{
    list_cursor_t cursor = { .size = 12, .bytes = "abcdefghijk" }, back;
    char text [CURSOR_TEXT_SIZE];
    cursor_format (*state, LIST_WALLET_ENTRIES, kim, &cursor, text);
    assert_true (cursor_parse (*state, LIST_WALLET_ENTRIES, kim, text, &back));
    assert_int_equal (back.size, cursor.size);
    assert_memory_equal (back.bytes, cursor.bytes, cursor.size);
    assert_false (cursor_parse (*state, LIST_WALLET_ENTRIES, lee, text, &back));
    assert_false (cursor_parse (*state, LIST_WALLET_RECHARGES, kim, text, &back));
    text [2] = text [2] == 'A' ? 'B' : 'A';
    assert_false (cursor_parse (*state, LIST_WALLET_ENTRIES, kim, text, &back));
    assert_false (cursor_parse (*state, LIST_WALLET_ENTRIES, kim, "", &back));
    assert_false (cursor_parse (*state, LIST_WALLET_ENTRIES, kim, "!!!", &back));
    char longest [200];
    memset (longest, 'A', sizeof longest);
    longest [199] = 0;
    assert_false (cursor_parse (*state, LIST_WALLET_ENTRIES, kim, longest, &back));
}

static void
the_longest_cursor_fits (void **state)
{
    list_cursor_t cursor = { .size = LIST_CURSOR_SIZE }, back;
    char text [CURSOR_TEXT_SIZE];
    cursor_format (*state, 1, kim, &cursor, text);
    assert_true (cursor_parse (*state, 1, kim, text, &back));
    assert_int_equal (back.size, LIST_CURSOR_SIZE);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (caller_path_and_key_make_a_scope_and_the_body_its_fingerprint),
        cmocka_unit_test (order_space_and_escapes_ask_nothing_else),
        cmocka_unit_test (each_other_body_asks_something_else),
        cmocka_unit_test (without_a_token_the_body_is_the_caller),
        cmocka_unit_test (natural_keys_give_the_same_id_for_ever),
        cmocka_unit_test (an_event_has_one_way_to_each_endpoint),
        cmocka_unit_test (each_text_of_an_array_counts_at_its_place),
        cmocka_unit_test (kinds_of_one_scope_do_not_share_bits),
        cmocka_unit_test (a_cursor_opens_its_own_list_only),
        cmocka_unit_test (the_longest_cursor_fits),
    };
    return cmocka_run_group_tests (tests, s_keyring, s_no_keyring);
}
