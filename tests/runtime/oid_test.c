//  oid: one spelling per id, and nothing else is one.

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <ctype.h>
#include "runtime/oid.h"
#include "tests/lib/chance.h"

enum { ROUNDS = 20000 };

static uint64_t s_seed;

static void
every_id_survives_its_text (void **unused)
{
    chance_t chance = chance_new (s_seed);
    (void) unused;
    for (int round = 0; round < ROUNDS; round++) {
        char text [OID_TEXT_SIZE];
        oid_t oid, parsed;
        oid.kind = (uint8_t) (1 + chance_below (&chance, OID_KIND_COUNT - 1));
        chance_fill (&chance, oid.bytes, sizeof oid.bytes);
        oid_format (oid, text);
        assert_int_equal (strlen (text), OID_TEXT_SIZE - 1);
        assert_true (oid_parse (text, &parsed));
        assert_true (oid_equal (oid, parsed));
    }
}

static void
the_text_is_the_one_of_a_ulid (void **unused)
{
    //  ULID's own example: 01ARZ3NDEKTSV4RRFFQ69G5FAV
    static const uint8_t bytes [] = { 0x01, 0x56, 0x3e, 0x3a, 0xb5, 0xd3, 0xd6, 0x76,
                                      0x4c, 0x61, 0xef, 0xb9, 0x93, 0x02, 0xbd, 0x5b };
    char text [OID_TEXT_SIZE];
    oid_t oid = { .kind = OID_WALLET };
    (void) unused;
    memcpy (oid.bytes, bytes, sizeof bytes);
    oid_format (oid, text);
    assert_string_equal (text, "wal_01ARZ3NDEKTSV4RRFFQ69G5FAV");
}

static void
the_first_and_the_last_id_are_ids (void **unused)
{
    oid_t oid;
    (void) unused;
    assert_true (oid_parse ("pay_00000000000000000000000000", &oid));
    assert_int_equal (oid.kind, OID_PAYMENT);
    for (size_t index = 0; index < OID_BYTES; index++) {
        assert_int_equal (oid.bytes [index], 0);
    }
    assert_true (oid_parse ("pay_7ZZZZZZZZZZZZZZZZZZZZZZZZZ", &oid));
    for (size_t index = 0; index < OID_BYTES; index++) {
        assert_int_equal (oid.bytes [index], 0xff);
    }
}

static void
what_is_no_id_is_refused_and_touches_nothing (void **unused)
{
    static const char *const texts [] = {
        "",
        "wal",
        "wal_",
        "wal_01ARZ3NDEKTSV4RRFFQ69G5FA",    //  Too short
        "wal_01ARZ3NDEKTSV4RRFFQ69G5FAVV",  //  Too long
        "wal_01ARZ3NDEKTSV4RRFFQ69G5FAV ",  //  A trailing blank
        " wal_01ARZ3NDEKTSV4RRFFQ69G5FA",   //  A leading one
        "wal-01ARZ3NDEKTSV4RRFFQ69G5FAV",   //  No underscore
        "WAL_01ARZ3NDEKTSV4RRFFQ69G5FAV",   //  Prefix in upper case
        "wal_01arz3ndektsv4rrffq69g5fav",   //  Bits in lower case
        "wal_O1ARZ3NDEKTSV4RRFFQ69G5FAV",   //  O for 0
        "wal_0IARZ3NDEKTSV4RRFFQ69G5FAV",   //  I for 1
        "wal_0LARZ3NDEKTSV4RRFFQ69G5FAV",   //  L for 1
        "wal_0UARZ3NDEKTSV4RRFFQ69G5FAV",   //  U is no digit
        "wal_81ARZ3NDEKTSV4RRFFQ69G5FAV",   //  More than 128 bits
        "wal_Z1ARZ3NDEKTSV4RRFFQ69G5FAV",
        "nil_01ARZ3NDEKTSV4RRFFQ69G5FAV",  //  Not a kind that anything has
        "xyz_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "wal_01ARZ3NDEKTSV4RRFFQ69G5F\xc3\xa9",
    };
    (void) unused;
    for (size_t index = 0; index < sizeof texts / sizeof texts [0]; index++) {
        oid_t oid = { .kind = 77 };
        assert_false (oid_parse (texts [index], &oid));
        assert_int_equal (oid.kind, 77);
    }
}

static void
one_changed_character_gives_another_id_or_none (void **unused)
{
    chance_t chance = chance_new (s_seed);
    (void) unused;
    for (int round = 0; round < ROUNDS; round++) {
        char text [OID_TEXT_SIZE], again [OID_TEXT_SIZE];
        oid_t oid = { .kind = OID_MEMBER }, parsed;
        chance_fill (&chance, oid.bytes, sizeof oid.bytes);
        oid_format (oid, text);
        size_t place = chance_below (&chance, OID_TEXT_SIZE - 1);
        char other = (char) (1 + chance_below (&chance, 255));
        if (text [place] == other) {
            continue;
        }
        text [place] = other;
        if (oid_parse (text, &parsed)) {
            assert_false (oid_equal (oid, parsed));
            oid_format (parsed, again);
            assert_string_equal (text, again);
        }
    }
}

static void
every_kind_has_a_prefix_of_its_own (void **unused)
{
    (void) unused;
    for (uint8_t kind = 0; kind < OID_KIND_COUNT; kind++) {
        const char *prefix = oid_prefix (kind);
        assert_int_equal (strlen (prefix), 3);
        for (uint8_t other = 0; other < kind; other++) {
            assert_string_not_equal (prefix, oid_prefix (other));
        }
        assert_true (islower (prefix [0]) && islower (prefix [1]) && islower (prefix [2]));
    }
    assert_string_equal (oid_prefix (OID_KIND_COUNT), "nil");
    assert_string_equal (oid_prefix (255), "nil");
}

static void
a_member_and_its_wallet_share_a_partition (void **unused)
{
    chance_t chance = chance_new (s_seed);
    uint32_t used [32] = { 0 };
    (void) unused;
    for (int round = 0; round < ROUNDS; round++) {
        oid_t member = { .kind = OID_MEMBER };
        chance_fill (&chance, member.bytes, sizeof member.bytes);
        uint16_t partition = oid_partition (member, 32);
        assert_true (partition < 32);
        assert_int_equal (partition, oid_partition (oid_as (member, OID_WALLET), 32));
        assert_int_equal (oid_partition (member, 1), 0);
        used [partition]++;
    }
    for (size_t partition = 0; partition < 32; partition++) {  //  625 each if even
        assert_in_range (used [partition], 400, 900);
    }
}

int
main (int argc, char **argv)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (every_id_survives_its_text),
        cmocka_unit_test (the_text_is_the_one_of_a_ulid),
        cmocka_unit_test (the_first_and_the_last_id_are_ids),
        cmocka_unit_test (what_is_no_id_is_refused_and_touches_nothing),
        cmocka_unit_test (one_changed_character_gives_another_id_or_none),
        cmocka_unit_test (every_kind_has_a_prefix_of_its_own),
        cmocka_unit_test (a_member_and_its_wallet_share_a_partition),
    };
    s_seed = chance_seed (argc, argv);
    return cmocka_run_group_tests (tests, NULL, NULL);
}
