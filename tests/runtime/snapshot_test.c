//  snapshot: the head's bytes, as they rest in the state environment.

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "runtime/snapshot.h"

static void
the_head_is_laid_out_as_documented (void **unused)
{
    static const uint8_t expected [SNAPSHOT_HEAD_SIZE] = { 8,    7,    6,    5,    4,    3,    2,
                                                           1,    0xff, 0,    0,    0,    0,    0,
                                                           0,    0,    0xfe, 0xff, 0xff, 0xff, 0xff,
                                                           0xff, 0xff, 0xff, 1 };
    uint8_t bytes [SNAPSHOT_HEAD_SIZE];
    (void) unused;
    snapshot_write (bytes, &(snapshot_head_t) { 0x0102030405060708, 255, -2, true });
    assert_memory_equal (bytes, expected, sizeof bytes);
}

static void
the_head_survives_its_bytes (void **unused)
{
    uint8_t bytes [SNAPSHOT_HEAD_SIZE];
    snapshot_head_t head = { UINT64_MAX, INT64_MAX, INT64_MIN, false }, read;
    (void) unused;
    snapshot_write (bytes, &head);
    assert_true (snapshot_read (bytes, sizeof bytes, &read));
    assert_int_equal (read.version, head.version);
    assert_int_equal (read.created_at_ms, head.created_at_ms);
    assert_int_equal (read.updated_at_ms, head.updated_at_ms);
    assert_false (read.finished);
}

static void
bytes_too_short_are_no_snapshot (void **unused)
{
    uint8_t bytes [SNAPSHOT_HEAD_SIZE] = { 1 };
    snapshot_head_t read;
    (void) unused;
    for (size_t size = 0; size < SNAPSHOT_HEAD_SIZE; size++) {
        assert_false (snapshot_read (bytes, size, &read));
    }
    assert_true (snapshot_read (bytes, SNAPSHOT_HEAD_SIZE, &read));
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (the_head_is_laid_out_as_documented),
        cmocka_unit_test (the_head_survives_its_bytes),
        cmocka_unit_test (bytes_too_short_are_no_snapshot),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
