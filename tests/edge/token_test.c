//  token: what is accepted, and every way in which a token can be wrong.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jwt.h>
#include "edge/token.h"
#include "runtime/scoped.h"
#include "tests/lib/keys_fixture.h"

enum { NOW_S = 1700000000 };

static const char member_id [] = "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV";
static const char merchant_id [] = "mrc_01ARZ3NDEKTSV4RRFFQ69G5FAV";
static keys_fixture_t fixture;
static keyring_t *keyring;

static int
keyring_new (void **state)
{
    (void) state;
    keys_fixture_open (&fixture);
    keyring = fixture.keyring;
    return 0;
}

static int
keyring_done (void **state)
{
    (void) state;
    keys_fixture_close (&fixture);
    return 0;
}

static const char *
checked (const char *text, int64_t now_s, caller_t *ret_caller)
{
    token_check_t *check = token_check_new (keyring, 64);
    const char *refusal = token_check (check, text, strlen (text), now_s, ret_caller);
    token_check_destroy (&check);
    return refusal;
}

//  Signs any claims with any header, as an attacker or another service would.
static char *
signed_token (jwt_alg_t alg, const uint8_t *key, int key_size, const char *kid, const char *claims)
{
    jwt_t *jwt = NULL;
    assert_int_equal (jwt_new (&jwt), 0);
    assert_int_equal (jwt_set_alg (jwt, alg, key, key_size), 0);
    if (kid) {
        jwt_add_header (jwt, "kid", kid);
    }
    assert_int_equal (jwt_add_grants_json (jwt, claims), 0);
    char *text = jwt_encode_str (jwt);
    jwt_free (jwt);
    return text;
}

static const char *
claims_checked (const char *claims)
{
    caller_t caller;
    char *text = signed_token (JWT_ALG_HS256, keyring_token_key (keyring)->bytes, KEYRING_KEY_SIZE,
                               "1", claims);
    const char *refusal = checked (text, NOW_S, &caller);
    free (text);
    return refusal;
}

static void
each_role_gets_in_with_its_kind_of_subject (void **state)
{
    (void) state;
    static const struct {
        role_t role;
        const char *subject;
    } callers [] = {
        { ROLE_OPERATOR, "operator" },
        { ROLE_OPERATOR, "alice@example.com" },
        { ROLE_MEMBER, member_id },
        { ROLE_MERCHANT, merchant_id },
    };
    for (size_t index = 0; index < COUNT (callers); index++) {
        caller_t caller;
        char *text =
            token_make (keyring, callers [index].role, callers [index].subject, NOW_S, 60, NULL);
        assert_non_null (text);
        assert_null (checked (text, NOW_S, &caller));
        assert_int_equal (caller.role, callers [index].role);
        assert_string_equal (caller.subject, callers [index].subject);
        assert_int_equal (caller.expires_s, NOW_S + 60);
        free (text);
    }
}

static void
a_session_rides_in_a_members_token_alone (void **state)
{
    (void) state;
    caller_t caller;
    oid_t member, session = { OID_SESSION, { 7 } };
    char claims [256], sid [OID_TEXT_SIZE];

    assert_true (oid_parse (member_id, &member));
    char *text = token_make_session (keyring, member, session, NOW_S, 60);
    assert_non_null (text);
    assert_null (checked (text, NOW_S, &caller));
    assert_int_equal (caller.role, ROLE_MEMBER);
    assert_true (oid_equal (caller.oid, member));
    assert_true (oid_equal (caller.session, session));
    free (text);
    text = token_make (keyring, ROLE_MEMBER, member_id, NOW_S, 60, NULL);
    assert_null (checked (text, NOW_S, &caller));
    assert_true (oid_is_none (caller.session));
    free (text);
    oid_format (session, sid);
    static const char form [] = "{\"iss\":\"happypay\",\"aud\":\"happypay\",\"sub\":\"%s\","
                                "\"role\":\"%s\",\"exp\":1700000060,\"sid\":\"%s\"}";
    snprintf (claims, sizeof claims, form, member_id, "member", sid);
    assert_null (claims_checked (claims));
    snprintf (claims, sizeof claims, form, "alice", "operator", sid);
    assert_non_null (claims_checked (claims));
    snprintf (claims, sizeof claims, form, member_id, "member", member_id);
    assert_non_null (claims_checked (claims));
    snprintf (claims, sizeof claims, form, member_id, "member", "");
    assert_non_null (claims_checked (claims));
}

static void
a_subject_of_another_kind_does_not_fit (void **state)
{
    (void) state;
    oid_t oid, other;
    assert_false (role_subject (ROLE_OPERATOR, member_id, keyring, &oid));
    assert_false (role_subject (ROLE_MEMBER, merchant_id, keyring, &oid));
    assert_false (role_subject (ROLE_MEMBER, "alice", keyring, &oid));
    assert_false (role_subject (ROLE_OPERATOR, "", keyring, &oid));
    assert_false (role_subject (ROLE_OPERATOR, "two words", keyring, &oid));
    assert_false (role_subject (ROLE_NONE, "alice", keyring, &oid));
    assert_true (role_subject (ROLE_OPERATOR, "alice", keyring, &oid));
    assert_true (role_subject (ROLE_OPERATOR, "bob", keyring, &other));
    assert_int_equal (oid.kind, OID_OPERATOR);
    assert_false (oid_equal (oid, other));
}

static void
an_expired_token_is_refused_also_if_it_is_remembered (void **state)
{
    (void) state;
    caller_t caller;
    uint64_t hits, misses;
    token_check_t *check = token_check_new (keyring, 64);
    char *text = token_make (keyring, ROLE_OPERATOR, "operator", NOW_S, 60, NULL);

    assert_null (token_check (check, text, strlen (text), NOW_S, &caller));
    assert_null (token_check (check, text, strlen (text), NOW_S + 59, &caller));
    assert_non_null (token_check (check, text, strlen (text), NOW_S + 60, &caller));
    token_check_counts (check, &hits, &misses);
    assert_int_equal (hits, 2);
    assert_int_equal (misses, 1);
    assert_non_null (checked (text, NOW_S + 60, &caller));
    token_check_destroy (&check);
    free (text);
}

static void
any_changed_character_is_refused (void **state)
{
    (void) state;
    caller_t caller;
    char *text = token_make (keyring, ROLE_MEMBER, member_id, NOW_S, 60, NULL);
    size_t size = strlen (text);
    //  The last character of a part has bits that base64 does not use
    for (size_t index = 0; index + 1 < size; index++) {
        if (text [index + 1] == '.') {
            continue;
        }
        char was = text [index];
        text [index] = was == 'A' ? 'B' : 'A';
        assert_non_null (checked (text, NOW_S, &caller));
        text [index] = was;
    }
    assert_null (checked (text, NOW_S, &caller));
    free (text);
}

static void
no_other_algorithm_is_accepted (void **state)
{
    (void) state;
    caller_t caller;
    const char *claims = "{\"iss\":\"happypay\",\"aud\":\"happypay\",\"sub\":\"operator\","
                         "\"role\":\"operator\",\"exp\":1800000000}";
    const uint8_t *key = keyring_token_key (keyring)->bytes;
    char *none = signed_token (JWT_ALG_NONE, NULL, 0, "1", claims);
    char *hs512 = signed_token (JWT_ALG_HS512, key, KEYRING_KEY_SIZE, "1", claims);
    char *unnamed = signed_token (JWT_ALG_HS256, key, KEYRING_KEY_SIZE, NULL, claims);
    char *unknown = signed_token (JWT_ALG_HS256, key, KEYRING_KEY_SIZE, "2", claims);
    char *stranger =
        signed_token (JWT_ALG_HS256, keyring_index_key (keyring), KEYRING_KEY_SIZE, "1", claims);
    char *right = signed_token (JWT_ALG_HS256, key, KEYRING_KEY_SIZE, "1", claims);

    assert_non_null (checked (none, NOW_S, &caller));
    assert_non_null (checked (hs512, NOW_S, &caller));
    assert_non_null (checked (unnamed, NOW_S, &caller));
    assert_non_null (checked (unknown, NOW_S, &caller));
    assert_non_null (checked (stranger, NOW_S, &caller));
    assert_null (checked (right, NOW_S, &caller));
    free (none);
    free (hs512);
    free (unnamed);
    free (unknown);
    free (stranger);
    free (right);
}

static void
every_claim_is_needed_and_checked (void **state)
{
    (void) state;
    static const char *const wrong [] = {
        "{\"aud\":\"happypay\",\"sub\":\"op\",\"role\":\"operator\",\"exp\":1800000000}",
        "{\"iss\":\"other\",\"aud\":\"happypay\",\"sub\":\"op\",\"role\":\"operator\",\"exp\":"
        "1800000000}",
        "{\"iss\":\"happypay\",\"sub\":\"op\",\"role\":\"operator\",\"exp\":1800000000}",
        "{\"iss\":\"happypay\",\"aud\":\"other\",\"sub\":\"op\",\"role\":\"operator\",\"exp\":"
        "1800000000}",
        "{\"iss\":\"happypay\",\"aud\":\"happypay\",\"role\":\"operator\",\"exp\":1800000000}",
        "{\"iss\":\"happypay\",\"aud\":\"happypay\",\"sub\":\"op\",\"exp\":1800000000}",
        "{\"iss\":\"happypay\",\"aud\":\"happypay\",\"sub\":\"op\",\"role\":\"god\",\"exp\":"
        "1800000000}",
        "{\"iss\":\"happypay\",\"aud\":\"happypay\",\"sub\":\"op\",\"role\":\"member\",\"exp\":"
        "1800000000}",
        "{\"iss\":\"happypay\",\"aud\":\"happypay\",\"sub\":\"op\",\"role\":\"operator\"}",
        "{\"iss\":\"happypay\",\"aud\":\"happypay\",\"sub\":\"op\",\"role\":\"operator\",\"exp\":"
        "\"1800000000\"}",
        "{\"iss\":\"happypay\",\"aud\":\"happypay\",\"sub\":\"op\",\"role\":\"operator\",\"exp\":"
        "1600000000}",
        "{\"iss\":\"happypay\",\"aud\":\"happypay\",\"sub\":\"op\",\"role\":\"operator\",\"exp\":"
        "1800000000,"
        "\"nbf\":1750000000}",
    };
    for (size_t index = 0; index < COUNT (wrong); index++) {
        assert_non_null (claims_checked (wrong [index]));
    }
    assert_null (claims_checked ("{\"iss\":\"happypay\",\"aud\":\"happypay\",\"sub\":\"op\","
                                 "\"role\":\"operator\",\"exp\":1800000000}"));
}

static void
another_audience_is_refused (void **state)
{
    (void) state;
    caller_t caller;
    char *text = token_make (keyring, ROLE_OPERATOR, "operator", NOW_S, 60, "elsewhere");
    assert_non_null (checked (text, NOW_S, &caller));
    free (text);
}

static void
what_is_no_token_is_refused (void **state)
{
    (void) state;
    caller_t caller;
    char huge [TOKEN_TEXT_MAX + 2];
    static const char *const texts [] = { "", ".", "..", "a.b.c", "e30.e30.", "%%%.e30.AA" };
    for (size_t index = 0; index < COUNT (texts); index++) {
        assert_non_null (checked (texts [index], NOW_S, &caller));
    }
    memset (huge, 'a', sizeof huge - 1);
    huge [sizeof huge - 1] = '\0';
    assert_non_null (checked (huge, NOW_S, &caller));
}

static void
more_tokens_than_are_remembered_still_pass (void **state)
{
    (void) state;
    caller_t caller;
    token_check_t *check = token_check_new (keyring, 8);
    for (size_t index = 0; index < 100; index++) {
        char *text = token_make (keyring, ROLE_OPERATOR, "operator", NOW_S, 60, NULL);
        assert_null (token_check (check, text, strlen (text), NOW_S, &caller));
        assert_null (token_check (check, text, strlen (text), NOW_S, &caller));
        free (text);
    }
    token_check_destroy (&check);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (each_role_gets_in_with_its_kind_of_subject),
        cmocka_unit_test (a_session_rides_in_a_members_token_alone),
        cmocka_unit_test (a_subject_of_another_kind_does_not_fit),
        cmocka_unit_test (an_expired_token_is_refused_also_if_it_is_remembered),
        cmocka_unit_test (any_changed_character_is_refused),
        cmocka_unit_test (no_other_algorithm_is_accepted),
        cmocka_unit_test (every_claim_is_needed_and_checked),
        cmocka_unit_test (another_audience_is_refused),
        cmocka_unit_test (what_is_no_token_is_refused),
        cmocka_unit_test (more_tokens_than_are_remembered_still_pass),
    };
    return cmocka_run_group_tests (tests, keyring_new, keyring_done);
}
