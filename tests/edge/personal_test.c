//  personal: what is sealed opens for its member and field alone, until destroyed.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "edge/personal.h"
#include "runtime/scoped.h"
#include "tests/lib/keys_fixture.h"

static const oid_t alice = { OID_MEMBER, { 1 } };
static const oid_t bob = { OID_MEMBER, { 2 } };
static keys_fixture_t fixture;
static keyring_t *keyring;
static member_keys_t *keys;

static int
keys_new (void **state)
{
    (void) state;
    keys_fixture_open (&fixture);
    keyring = fixture.keyring;
    keys = fixture.keys;
    assert_int_equal (member_keys_put (keys, alice, NULL), STATUS_OK);
    return member_keys_put (keys, bob, NULL) == STATUS_OK ? 0 : -1;
}

static int
keys_done (void **state)
{
    (void) state;
    keys_fixture_close (&fixture);
    return 0;
}

static void
a_sealed_text_opens_as_it_was (void **state)
{
    (void) state;
    char long_text [SEALED_TEXT_MAX + 1], text [PERSONAL_TEXT_SIZE];
    sealed_t sealed;

    memset (long_text, 'x', SEALED_TEXT_MAX);
    long_text [SEALED_TEXT_MAX] = '\0';
    const char *const texts [] = { "", "a", "홍길동", long_text };
    for (size_t index = 0; index < COUNT (texts); index++) {
        assert_int_equal (personal_seal (keys, alice, PERSONAL_NAME, texts [index], &sealed),
                          STATUS_OK);
        assert_int_equal (sealed.size,
                          *texts [index] ? SEALED_OVERHEAD + strlen (texts [index]) : 0);
        assert_true (personal_open (keys, alice, PERSONAL_NAME, &sealed, text));
        assert_string_equal (text, texts [index]);
    }
}

static void
the_same_text_is_never_sealed_alike (void **state)
{
    (void) state;
    sealed_t one, two;
    assert_int_equal (personal_seal (keys, alice, PERSONAL_NAME, "Alice", &one), STATUS_OK);
    assert_int_equal (personal_seal (keys, alice, PERSONAL_NAME, "Alice", &two), STATUS_OK);
    assert_memory_not_equal (one.bytes, two.bytes, one.size);
    assert_null (memmem (one.bytes, one.size, "Alice", 5));
}

static void
it_opens_for_no_other_member_field_or_bytes (void **state)
{
    (void) state;
    char text [PERSONAL_TEXT_SIZE];
    sealed_t sealed;

    assert_int_equal (personal_seal (keys, alice, PERSONAL_NAME, "Alice", &sealed), STATUS_OK);
    assert_false (personal_open (keys, bob, PERSONAL_NAME, &sealed, text));
    assert_string_equal (text, "");
    assert_false (personal_open (keys, alice, PERSONAL_ADDRESS, &sealed, text));
    for (size_t index = 0; index < sealed.size; index++) {
        sealed.bytes [index] ^= 0x80;
        assert_false (personal_open (keys, alice, PERSONAL_NAME, &sealed, text));
        assert_string_equal (text, "");
        sealed.bytes [index] ^= 0x80;
    }
    for (uint16_t size = 1; size < sealed.size; size++) {
        sealed_t cut = sealed;
        cut.size = size;
        assert_false (personal_open (keys, alice, PERSONAL_NAME, &cut, text));
    }
    assert_true (personal_open (keys, alice, PERSONAL_NAME, &sealed, text));
}

static void
a_text_too_long_or_without_a_key_is_not_sealed (void **state)
{
    (void) state;
    static const oid_t nobody = { OID_MEMBER, { 3 } };
    char text [SEALED_TEXT_MAX + 2];
    sealed_t sealed;

    memset (text, 'x', sizeof text - 1);
    text [sizeof text - 1] = '\0';
    assert_int_equal (personal_seal (keys, alice, PERSONAL_NAME, text, &sealed), STATUS_TOO_LARGE);
    assert_int_equal (personal_seal (keys, nobody, PERSONAL_NAME, "x", &sealed), STATUS_NOT_FOUND);
}

static void
equal_values_hash_alike_whatever_their_spaces_and_case (void **state)
{
    (void) state;
    uint8_t one [PERSONAL_HASH_SIZE], two [PERSONAL_HASH_SIZE];

    personal_hash (keyring, PERSONAL_EMAIL, "Alice@Example.com", one);
    personal_hash (keyring, PERSONAL_EMAIL, " alice@example.COM\t", two);
    assert_memory_equal (one, two, sizeof one);
    personal_hash (keyring, PERSONAL_ADDRESS, "Seoul  Mapo-gu", one);
    personal_hash (keyring, PERSONAL_ADDRESS, "seoul mapo-gu ", two);
    assert_memory_equal (one, two, sizeof one);
    personal_hash (keyring, PERSONAL_ADDRESS, "seoulmapo-gu", two);
    assert_memory_not_equal (one, two, sizeof one);
    personal_hash (keyring, PERSONAL_EMAIL, "seoul mapo-gu", two);
    assert_memory_not_equal (one, two, sizeof one);
}

static void
normalizing_says_when_it_does_not_fit (void **state)
{
    (void) state;
    char text [6];
    assert_true (personal_normalize ("  A  B ", text, sizeof text));
    assert_string_equal (text, "a b");
    assert_true (personal_normalize ("ABCDE", text, sizeof text));
    assert_false (personal_normalize ("ABCDEF", text, sizeof text));
    assert_string_equal (text, "abcde");
}

static void
destroying_the_key_makes_every_copy_unreadable (void **state)
{
    (void) state;
    char text [PERSONAL_TEXT_SIZE];
    sealed_t sealed;

    assert_int_equal (personal_seal (keys, bob, PERSONAL_EMAIL, "bob@b.b", &sealed), STATUS_OK);
    assert_int_equal (member_keys_erase (keys, bob), STATUS_OK);
    assert_false (personal_open (keys, bob, PERSONAL_EMAIL, &sealed, text));
    assert_string_equal (text, "");
    assert_int_equal (personal_seal (keys, bob, PERSONAL_EMAIL, "x", &sealed), STATUS_NOT_FOUND);
}

static void
s_masks (const char *name, const char *masked)
{
    char text [PERSONAL_TEXT_SIZE];
    personal_mask_name (name, text);
    assert_string_equal (text, masked);
}

static void
a_masked_name_keeps_its_first_letters_and_a_korean_one_its_last (void **state)
{
    (void) state;
    s_masks ("홍길동", "홍*동");
    s_masks ("남궁민수", "남**수");
    s_masks ("김하", "김*");
    s_masks ("김", "*");
    s_masks ("John Doe", "J*** D**");
    s_masks ("J", "*");
    s_masks ("Ana  María", "A**  M****");
    s_masks ("홍길동 Shop", "홍*동 S***");
    s_masks ("", "");
    s_masks (" ", " ");
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_sealed_text_opens_as_it_was),
        cmocka_unit_test (the_same_text_is_never_sealed_alike),
        cmocka_unit_test (it_opens_for_no_other_member_field_or_bytes),
        cmocka_unit_test (a_text_too_long_or_without_a_key_is_not_sealed),
        cmocka_unit_test (equal_values_hash_alike_whatever_their_spaces_and_case),
        cmocka_unit_test (normalizing_says_when_it_does_not_fit),
        cmocka_unit_test (destroying_the_key_makes_every_copy_unreadable),
        cmocka_unit_test (a_masked_name_keeps_its_first_letters_and_a_korean_one_its_last),
    };
    return cmocka_run_group_tests (tests, keys_new, keys_done);
}
