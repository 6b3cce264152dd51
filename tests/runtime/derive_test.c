//  derive: the same parts always give the same id, other parts or keys another.

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "runtime/derive.h"

static const uint8_t one_key [DERIVE_KEY_SIZE] = "one key";
static const uint8_t other_key [DERIVE_KEY_SIZE] = "other key";

static oid_t
s_derive (const uint8_t *key, const char *label, const char *first, const char *second)
{
    derive_t derive;
    derive_start (&derive, key, label);
    derive_text (&derive, first);
    if (second) {
        derive_text (&derive, second);
    }
    return derive_oid (&derive, OID_WALLET);
}

static void
the_same_parts_give_the_same_id (void **unused)
{
    oid_t oid = s_derive (one_key, "login", "a", "b");
    (void) unused;
    assert_int_equal (oid.kind, OID_WALLET);
    assert_true (oid_equal (oid, s_derive (one_key, "login", "a", "b")));
}

static void
key_label_and_every_part_count (void **unused)
{
    oid_t oid = s_derive (one_key, "login", "a", "b");
    (void) unused;
    assert_false (oid_equal (oid, s_derive (other_key, "login", "a", "b")));
    assert_false (oid_equal (oid, s_derive (one_key, "logi", "a", "b")));
    assert_false (oid_equal (oid, s_derive (one_key, "login", "a", "c")));
    assert_false (oid_equal (oid, s_derive (one_key, "login", "b", "a")));
    assert_false (oid_equal (oid, s_derive (one_key, "login", "a", NULL)));
    assert_false (oid_equal (oid, s_derive (one_key, "login", "a", "")));
}

static void
a_part_does_not_run_into_the_next (void **unused)
{
    (void) unused;
    assert_false (
        oid_equal (s_derive (one_key, "x", "ab", "c"), s_derive (one_key, "x", "a", "bc")));
    assert_false (
        oid_equal (s_derive (one_key, "xa", "b", "c"), s_derive (one_key, "x", "ab", "c")));
    assert_false (oid_equal (s_derive (one_key, "x", "", "ab"), s_derive (one_key, "x", "ab", "")));
}

//  An id that changes loses the money behind it: these bytes are for ever. They
//  follow from BLAKE2b-128 of "\x03\0\0\0ids\x05\0\0\0happy\x04\0\0\0\x07\0\0\0".
static void
the_bytes_are_plain_keyed_blake2b (void **unused)
{
    static const uint8_t message [] = "\x03\0\0\0ids\x05\0\0\0happy\x04\0\0\0\x07\0\0\0";
    uint8_t expected [16], hash [16];
    derive_t derive;
    (void) unused;
    crypto_generichash (expected, sizeof expected, message, sizeof message - 1, one_key,
                        sizeof one_key);
    derive_start (&derive, one_key, "ids");
    derive_text (&derive, "happy");
    derive_u32 (&derive, 7);
    derive_end (&derive, hash);
    assert_memory_equal (hash, expected, sizeof hash);
}

static void
a_decision_derives_by_origin_purpose_and_ordinal (void **unused)
{
    static decision_t decision;
    oid_t saga = { .kind = OID_RECHARGE, .bytes = { 1, 2, 3 } };
    (void) unused;
    decision_start (&decision, registry_find (OID_RECHARGE), saga, saga, 1, one_key,
                    &limits_default);
    oid_t first = decision_derive (&decision, OID_BANK_TRANSFER, saga, "return", 1);
    assert_int_equal (first.kind, OID_BANK_TRANSFER);
    assert_true (
        oid_equal (first, decision_derive (&decision, OID_BANK_TRANSFER, saga, "return", 1)));
    assert_false (
        oid_equal (first, decision_derive (&decision, OID_BANK_TRANSFER, saga, "return", 2)));
    assert_false (
        oid_equal (first, decision_derive (&decision, OID_BANK_TRANSFER, saga, "charge", 1)));
    assert_false (oid_equal (first, decision_derive (&decision, OID_BANK_TRANSFER,
                                                     oid_as (saga, OID_PAYMENT), "return", 1)));
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (the_same_parts_give_the_same_id),
        cmocka_unit_test (key_label_and_every_part_count),
        cmocka_unit_test (a_part_does_not_run_into_the_next),
        cmocka_unit_test (the_bytes_are_plain_keyed_blake2b),
        cmocka_unit_test (a_decision_derives_by_origin_purpose_and_ordinal),
    };
    return sodium_init () < 0 ? 1 : cmocka_run_group_tests (tests, NULL, NULL);
}
