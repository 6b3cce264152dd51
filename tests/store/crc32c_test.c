//  crc32c: the published values, and two ways that must agree.

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "store/crc32c.h"
#include "tests/lib/chance.h"

static uint64_t s_seed;

//  RFC 3720, appendix B.4, and the check value of the Castagnoli polynomial.
static void
published_values_come_out (void **state)
{
    (void) state;
    uint8_t zeros [32] = { 0 }, ones [32], up [32], down [32];
    for (unsigned index = 0; index < 32; index++) {
        ones [index] = 0xFF;
        up [index] = (uint8_t) index;
        down [index] = (uint8_t) (31 - index);
    }
    const struct {
        const void *bytes;
        size_t size;
        uint32_t crc;
    } cases [] = {
        { "", 0, 0 },
        { "123456789", 9, 0xE3069283 },
        { zeros, 32, 0x8A9136AA },
        { ones, 32, 0x62A8AB43 },
        { up, 32, 0x46DD794E },
        { down, 32, 0x113FDB5C },
    };
    for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
        assert_int_equal (crc32c (0, cases [index].bytes, cases [index].size), cases [index].crc);
        assert_int_equal (crc32c_by_table (0, cases [index].bytes, cases [index].size),
                          cases [index].crc);
    }
}

static void
instruction_and_table_agree_at_every_size_and_alignment (void **state)
{
    (void) state;
    chance_t chance = chance_new (s_seed);
    uint8_t bytes [300];
    chance_fill (&chance, bytes, sizeof bytes);
    for (size_t at = 0; at < 9; at++) {
        for (size_t size = 0; size <= sizeof bytes - at; size++) {
            assert_int_equal (crc32c (7, bytes + at, size), crc32c_by_table (7, bytes + at, size));
        }
    }
}

static void
a_checksum_can_be_continued (void **state)
{
    (void) state;
    chance_t chance = chance_new (s_seed);
    uint8_t bytes [100];
    chance_fill (&chance, bytes, sizeof bytes);
    uint32_t whole = crc32c (0, bytes, sizeof bytes);
    for (size_t cut = 0; cut <= sizeof bytes; cut++) {
        uint32_t first = crc32c (0, bytes, cut);
        assert_int_equal (crc32c (first, bytes + cut, sizeof bytes - cut), whole);
    }
}

static void
any_flipped_bit_changes_it (void **state)
{
    (void) state;
    uint8_t bytes [64] = "no won is ever created, lost or paid twice";
    uint32_t whole = crc32c (0, bytes, sizeof bytes);
    for (size_t bit = 0; bit < sizeof bytes * 8; bit++) {
        bytes [bit / 8] ^= (uint8_t) (1u << bit % 8);
        assert_int_not_equal (crc32c (0, bytes, sizeof bytes), whole);
        bytes [bit / 8] ^= (uint8_t) (1u << bit % 8);
    }
}

int
main (int argc, char **argv)
{
    s_seed = chance_seed (argc, argv);
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (published_values_come_out),
        cmocka_unit_test (instruction_and_table_agree_at_every_size_and_alignment),
        cmocka_unit_test (a_checksum_can_be_continued),
        cmocka_unit_test (any_flipped_bit_changes_it),
    };
    return cmocka_run_group_tests_name ("store/crc32c", tests, NULL, NULL);
}
