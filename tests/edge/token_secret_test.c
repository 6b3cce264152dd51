//  token_secret: opaque tokens, their one spelling, and what follows from them.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "edge/token_secret.h"
#include "tests/lib/keys_fixture.h"

static keys_fixture_t fixture;
static keyring_t *keyring;
static const oid_t login = { OID_LOGIN, { 1, 2, 3 } };

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

static void
a_token_is_read_as_it_was_written (void **state)
{
    (void) state;
    for (secret_kind_t kind = SECRET_REFRESH; kind <= SECRET_RESET; kind++) {
        token_secret_t made, read;
        char text [TOKEN_SECRET_TEXT_SIZE];
        token_secret_make (kind, login, &made);
        token_secret_format (kind, &made, text);
        assert_true (token_secret_parse (kind, text, &read));
        assert_true (oid_equal (read.login, login));
        assert_true (oid_equal (read.family, made.family));
        assert_memory_equal (read.secret, made.secret, SECRET_SIZE);
        assert_int_equal (made.family.kind, kind == SECRET_REFRESH ? OID_SESSION : OID_NONE);
        assert_false (token_secret_parse (kind == SECRET_REFRESH ? SECRET_RESET : SECRET_REFRESH,
                                          text, &read));
    }
}

static void
no_two_tokens_are_the_same (void **state)
{
    token_secret_t one, other;
    token_hash_t one_hash, other_hash;
    (void) state;

    token_secret_make (SECRET_REFRESH, login, &one);
    token_secret_make (SECRET_REFRESH, login, &other);
    assert_false (oid_equal (one.family, other.family));
    assert_memory_not_equal (one.secret, other.secret, SECRET_SIZE);
    token_secret_hash (&one, &one_hash);
    token_secret_hash (&other, &other_hash);
    assert_false (token_hash_equal (&one_hash, &other_hash));
    other = one;
    token_secret_hash (&other, &other_hash);
    assert_true (token_hash_equal (&one_hash, &other_hash));
}

//  The hash is of all three parts: a secret of one login opens no other.
static void
a_hash_is_of_login_family_and_secret (void **state)
{
    token_secret_t made;
    token_hash_t hash, other;
    (void) state;

    token_secret_make (SECRET_REFRESH, login, &made);
    token_secret_hash (&made, &hash);
    uint8_t *const parts [] = { made.login.bytes, made.family.bytes, made.secret };
    for (size_t index = 0; index < COUNT (parts); index++) {
        parts [index][5] ^= 1;
        token_secret_hash (&made, &other);
        assert_false (token_hash_equal (&hash, &other));
        parts [index][5] ^= 1;
    }
}

static void
a_successor_is_always_the_same_and_of_the_same_family (void **state)
{
    token_secret_t first, second, again, third;
    (void) state;

    token_secret_make (SECRET_REFRESH, login, &first);
    token_secret_successor (keyring, &first, &second);
    token_secret_successor (keyring, &first, &again);
    token_secret_successor (keyring, &second, &third);
    assert_true (oid_equal (second.login, first.login));
    assert_true (oid_equal (second.family, first.family));
    assert_memory_equal (second.secret, again.secret, SECRET_SIZE);
    assert_memory_not_equal (second.secret, first.secret, SECRET_SIZE);
    assert_memory_not_equal (third.secret, second.secret, SECRET_SIZE);
    again.family.bytes [0] ^= 1;
    token_secret_successor (keyring, &again, &again);
    assert_memory_not_equal (again.secret, third.secret, SECRET_SIZE);
}

static void
whoever_has_another_keyring_cannot_go_on (void **state)
{
    token_secret_t first, ours, theirs;
    char path [80], reason [256];
    keyring_t *other;
    (void) state;

    snprintf (path, sizeof path, "%s/other", fixture.dir);
    assert_int_equal (keyring_open (path, true, &other, reason), STATUS_OK);
    token_secret_make (SECRET_REFRESH, login, &first);
    token_secret_successor (keyring, &first, &ours);
    token_secret_successor (other, &first, &theirs);
    assert_memory_not_equal (ours.secret, theirs.secret, SECRET_SIZE);
    keyring_destroy (&other);
    unlink (path);
}

static void
anything_else_is_no_token (void **state)
{
    token_secret_t made, read;
    char text [TOKEN_SECRET_TEXT_SIZE], longer [TOKEN_SECRET_TEXT_SIZE + 8];
    (void) state;

    token_secret_make (SECRET_REFRESH, login, &made);
    token_secret_format (SECRET_REFRESH, &made, text);
    snprintf (longer, sizeof longer, "%sA", text);
    assert_false (token_secret_parse (SECRET_REFRESH, longer, &read));
    snprintf (longer, sizeof longer, "%s=", text);
    assert_false (token_secret_parse (SECRET_REFRESH, longer, &read));
    assert_false (token_secret_parse (SECRET_REFRESH, "", &read));
    assert_false (token_secret_parse (SECRET_REFRESH, "hpr_", &read));
    size_t size = strlen (text);
    for (size_t at = 0; at < size; at++) {
        char kept = text [at];
        text [at] = '.';
        assert_false (token_secret_parse (SECRET_REFRESH, text, &read));
        text [at] = '\0';
        assert_false (token_secret_parse (SECRET_REFRESH, text, &read));
        text [at] = kept;
    }
    assert_true (token_secret_parse (SECRET_REFRESH, text, &read));
}

//  A reset's token has no family, and a refresh token must have one.
static void
a_family_of_zeros_is_no_family (void **state)
{
    token_secret_t made, read;
    char text [TOKEN_SECRET_TEXT_SIZE];
    (void) state;

    token_secret_make (SECRET_RESET, login, &made);
    token_secret_format (SECRET_REFRESH, &made, text);
    assert_false (token_secret_parse (SECRET_REFRESH, text, &read));
    made.family.bytes [3] = 1;
    token_secret_format (SECRET_RESET, &made, text);
    assert_false (token_secret_parse (SECRET_RESET, text, &read));
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_token_is_read_as_it_was_written),
        cmocka_unit_test (no_two_tokens_are_the_same),
        cmocka_unit_test (a_hash_is_of_login_family_and_secret),
        cmocka_unit_test (a_successor_is_always_the_same_and_of_the_same_family),
        cmocka_unit_test (whoever_has_another_keyring_cannot_go_on),
        cmocka_unit_test (anything_else_is_no_token),
        cmocka_unit_test (a_family_of_zeros_is_no_family),
    };
    return cmocka_run_group_tests (tests, keyring_new, keyring_done);
}
