//  ranges: every number once, whatever the order they come in.

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/ranges.h"
#include "tests/lib/chance.h"

enum { NUMBERS = 600 };

static uint64_t s_seed;

//  Above low, sorted, disjoint, not touching.
static void
s_is_tidy (const ranges_t *ranges)
{
    uint64_t before = ranges->low;
    for (uint32_t index = 0; index < ranges->count; index++) {
        assert_true (ranges->items [index].from > before + 1);
        assert_true (ranges->items [index].to >= ranges->items [index].from);
        before = ranges->items [index].to;
    }
}

static void
it_agrees_with_a_plain_set (void **unused)
{
    chance_t chance = chance_new (s_seed);
    (void) unused;
    for (int round = 0; round < 20; round++) {
        ranges_t ranges = { 0 };
        bool there [NUMBERS + 2] = { true };
        uint64_t span = 10 + chance_below (&chance, NUMBERS - 10);
        for (int operation = 0; operation < NUMBERS; operation++) {
            uint64_t number = 1 + chance_below (&chance, span);
            assert_int_equal (ranges_has (&ranges, number), there [number]);
            ranges_add (&ranges, number);
            there [number] = true;
            s_is_tidy (&ranges);
        }
        for (uint64_t number = 0; number <= NUMBERS; number++) {
            assert_int_equal (ranges_has (&ranges, number), there [number]);
        }
        ranges_clear (&ranges);
    }
}

static void
all_numbers_in_any_order_end_as_a_watermark_alone (void **unused)
{
    chance_t chance = chance_new (s_seed);
    uint64_t numbers [NUMBERS];
    ranges_t ranges = { 0 };
    (void) unused;
    for (size_t index = 0; index < NUMBERS; index++) {
        numbers [index] = index + 1;
    }
    for (size_t left = NUMBERS; left > 0; left--) {
        size_t pick = chance_below (&chance, left);
        ranges_add (&ranges, numbers [pick]);
        numbers [pick] = numbers [left - 1];
    }
    assert_int_equal (ranges.low, NUMBERS);
    assert_int_equal (ranges.count, 0);
    ranges_clear (&ranges);
}

static void
a_gap_that_is_very_old_can_still_be_filled (void **unused)
{
    ranges_t ranges = { 0 };
    (void) unused;
    for (uint64_t number = 2; number <= 100000; number++) {
        ranges_add (&ranges, number);
    }
    assert_int_equal (ranges.count, 1);
    assert_false (ranges_has (&ranges, 1));
    ranges_add (&ranges, 1);
    assert_int_equal (ranges.low, 100000);
    assert_int_equal (ranges.count, 0);
    ranges_clear (&ranges);
}

static void
gaps_are_never_refused_and_merge_away_as_they_fill (void **unused)
{
    enum { GAPS = 3 * RANGES_WINDOW };
    ranges_t ranges = { 0 };
    (void) unused;
    for (uint64_t gap = 1; gap <= GAPS; gap++) {
        ranges_add (&ranges, 2 * gap);
    }
    assert_int_equal (ranges.count, GAPS);
    assert_int_equal (ranges.low, 0);
    assert_false (ranges_has (&ranges, 2 * GAPS - 1));
    for (uint64_t gap = GAPS; gap >= 1; gap--) {
        ranges_add (&ranges, 2 * gap - 1);
    }
    assert_int_equal (ranges.count, 0);
    assert_int_equal (ranges.low, 2 * GAPS);
    ranges_clear (&ranges);
}

static void
the_largest_numbers_are_numbers_too (void **unused)
{
    ranges_t ranges = { 0 };
    (void) unused;
    ranges_add (&ranges, UINT64_MAX);
    ranges_add (&ranges, UINT64_MAX - 1);
    assert_int_equal (ranges.count, 1);
    assert_true (ranges_has (&ranges, UINT64_MAX));
    assert_false (ranges_has (&ranges, UINT64_MAX - 2));
    assert_true (ranges_has (&ranges, 0));
    ranges_clear (&ranges);
}

static void
it_survives_its_bytes (void **unused)
{
    chance_t chance = chance_new (s_seed);
    (void) unused;
    for (int round = 0; round < 200; round++) {
        ranges_t ranges = { 0 }, read = { 0 };
        for (uint64_t left = chance_below (&chance, 60); left > 0; left--) {
            ranges_add (&ranges, 1 + chance_below (&chance, 100));
        }
        size_t room = 8 + 16 * (size_t) ranges.count;
        uint8_t *bytes = malloc (room);
        assert_int_equal (ranges_write (&ranges, bytes), room);
        ranges_add (&read, 5);  //  What it had before is forgotten
        assert_true (ranges_read (&read, bytes, room));
        assert_int_equal (read.low, ranges.low);
        assert_int_equal (read.count, ranges.count);
        if (ranges.count > 0) {
            assert_memory_equal (read.items, ranges.items, ranges.count * sizeof (range_t));
        }
        ranges_add (&read, 101);  //  It can grow from there
        free (bytes);
        ranges_clear (&ranges);
        ranges_clear (&read);
    }
}

static void
bytes_that_are_not_ranges_are_refused (void **unused)
{
    static const uint64_t unsorted [] = { 5, 20, 22, 10, 12 };
    static const uint64_t backwards [] = { 5, 12, 10 };
    static const uint64_t below_low [] = { 5, 3, 4 };
    static const uint64_t touching [] = { 5, 6, 7 };
    static const uint64_t overlapping [] = { 5, 8, 12, 12, 14 };
    ranges_t ranges = { 0 };
    static const uint8_t many [64];
    (void) unused;
    for (size_t size = 0; size < 8; size++) {
        assert_false (ranges_read (&ranges, many, size));
    }
    for (size_t size = 9; size < 24; size++) {
        assert_false (ranges_read (&ranges, many, size));
    }
    assert_false (ranges_read (&ranges, (const uint8_t *) unsorted, sizeof unsorted));
    assert_false (ranges_read (&ranges, (const uint8_t *) backwards, sizeof backwards));
    assert_false (ranges_read (&ranges, (const uint8_t *) below_low, sizeof below_low));
    assert_false (ranges_read (&ranges, (const uint8_t *) touching, sizeof touching));
    assert_false (ranges_read (&ranges, (const uint8_t *) overlapping, sizeof overlapping));
    assert_int_equal (ranges.low, 0);
    assert_int_equal (ranges.count, 0);
    ranges_clear (&ranges);
}

int
main (int argc, char **argv)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (it_agrees_with_a_plain_set),
        cmocka_unit_test (all_numbers_in_any_order_end_as_a_watermark_alone),
        cmocka_unit_test (a_gap_that_is_very_old_can_still_be_filled),
        cmocka_unit_test (gaps_are_never_refused_and_merge_away_as_they_fill),
        cmocka_unit_test (the_largest_numbers_are_numbers_too),
        cmocka_unit_test (it_survives_its_bytes),
        cmocka_unit_test (bytes_that_are_not_ranges_are_refused),
    };
    s_seed = chance_seed (argc, argv);
    return cmocka_run_group_tests (tests, NULL, NULL);
}
