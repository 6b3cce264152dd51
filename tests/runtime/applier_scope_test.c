//  applier: idempotency scopes go when they are old, a few per flush, and not before.

#include "tests/lib/state_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>
#include "runtime/applier_private.h"

enum { PARTITIONS = 4, RECORDS_MAX = 4096, ROOM = 512, SCOPES_IN_PIECE = 120 };

#define DAY_MS  INT64_C (86400000)
#define KEEP_MS (30 * DAY_MS)

//  Records stay where they are until the flush.
static uint8_t s_records [RECORDS_MAX][ROOM];
static size_t s_used;
static uint64_t s_sequences [PARTITIONS];

static applier_t *
s_new (state_fixture_t *fixture)
{
    s_used = 0;
    memset (s_sequences, 0, sizeof s_sequences);
    applier_t *applier = applier_new (fixture->state, PARTITIONS);
    applier_keep (applier, KEEP_MS);
    return applier;
}

static void
s_scope_of (uint32_t number, uint8_t ret_scope [RECORD_SCOPE_SIZE])
{
    memset (ret_scope, 0, RECORD_SCOPE_SIZE);
    memcpy (ret_scope, &number, sizeof number);
}

//  A record of this stamp; number 0: without a scope.
static void
s_decide (applier_t *applier, uint16_t partition, uint32_t number, int64_t at_ms)
{
    record_writer_t writer;
    record_head_t head = { .at_ms = at_ms, .version = 7, .verdict = (uint16_t) number };
    head.aggregate [0] = OID_WALLET;
    head.flags = number > 0 ? RECORD_SCOPED : 0;
    s_scope_of (number, head.scope);
    assert_true (s_used < RECORDS_MAX);
    record_writer_start (&writer, s_records [s_used++], ROOM, &head);
    applier_apply (applier, partition, ++s_sequences [partition], writer.bytes, writer.size, NULL,
                   0);
}

static void
s_flush (applier_t *applier)
{
    assert_int_equal (applier_flush (applier), STATUS_OK);
    s_used = 0;
}

//  When this scope was decided, as the state says; 0: it does not know it.
static int64_t
s_decided_ms (state_fixture_t *fixture, uint32_t number)
{
    uint8_t scope [RECORD_SCOPE_SIZE];
    scope_row_t row = { .at_ms = 0 };
    size_t size;
    s_scope_of (number, scope);
    status_t status =
        state_get (fixture->reader, TABLE_SCOPE, scope, sizeof scope, &row, sizeof row, &size);
    assert_true (status == STATUS_OK || status == STATUS_NOT_FOUND);
    return row.at_ms;
}

static size_t
s_rows (state_fixture_t *fixture, state_table_t table)
{
    return state_fixture_rows (fixture->reader, table, NULL, 0);
}

//  ---------------------------------------------------------------------------

static void
a_scope_of_29_days_stays_and_an_old_one_is_gone_from_disk (void **state)
{
    state_fixture_t *fixture = *state;
    scoped (applier_destroy) applier_t *applier = s_new (fixture);
    s_decide (applier, 1, 1, 100 * DAY_MS);
    s_flush (applier);
    s_decide (applier, 1, 2, 129 * DAY_MS);
    s_flush (applier);
    assert_int_equal (s_decided_ms (fixture, 1), 100 * DAY_MS);
    s_decide (applier, 1, 3, 100 * DAY_MS + KEEP_MS + SCOPE_MARGIN_MS - 1);
    s_flush (applier);
    assert_int_equal (s_decided_ms (fixture, 1), 100 * DAY_MS);
    s_decide (applier, 2, 0, 100 * DAY_MS + KEEP_MS + SCOPE_MARGIN_MS);
    s_flush (applier);
    assert_int_equal (s_decided_ms (fixture, 1), 0);
    assert_int_equal (s_decided_ms (fixture, 2), 129 * DAY_MS);
    assert_int_equal (s_rows (fixture, TABLE_SCOPE), 2);
    assert_int_equal (s_rows (fixture, TABLE_SCOPE_AGE), 2);
}

static void
expiry_goes_on_after_a_restart (void **state)
{
    state_fixture_t *fixture = *state;
    applier_t *applier = s_new (fixture);
    s_decide (applier, 0, 1, 100 * DAY_MS);
    s_flush (applier);
    applier_destroy (&applier);
    state_fixture_close (fixture);
    state_fixture_open (fixture, 1, MAP_BYTES);
    applier = applier_new (fixture->state, PARTITIONS);
    applier_keep (applier, KEEP_MS);
    s_decide (applier, 0, 2, 120 * DAY_MS);
    s_flush (applier);
    assert_int_equal (s_decided_ms (fixture, 1), 100 * DAY_MS);
    s_decide (applier, 0, 0, 140 * DAY_MS);
    s_flush (applier);
    assert_int_equal (s_decided_ms (fixture, 1), 0);
    assert_int_equal (s_decided_ms (fixture, 2), 120 * DAY_MS);
    applier_destroy (&applier);
}

//  All of a month at once would hold up what waits for the flush.
static void
a_flush_takes_away_little_more_than_it_brings (void **state)
{
    state_fixture_t *fixture = *state;
    enum { OLD = 25 * SCOPES_IN_PIECE };
    scoped (applier_destroy) applier_t *applier = s_new (fixture);
    for (uint32_t number = 1; number <= OLD; number++) {
        s_decide (applier, 0, number, 100 * DAY_MS);
    }
    s_flush (applier);
    assert_int_equal (s_rows (fixture, TABLE_SCOPE_AGE), 25);
    s_decide (applier, 0, 0, 200 * DAY_MS);  //  Brings none: one piece goes
    s_flush (applier);
    assert_int_equal (s_rows (fixture, TABLE_SCOPE), OLD - SCOPES_IN_PIECE);
    s_decide (applier, 0, OLD + 1, 200 * DAY_MS);  //  Brings one: three pieces go
    s_flush (applier);
    assert_int_equal (s_rows (fixture, TABLE_SCOPE), OLD - 4 * SCOPES_IN_PIECE + 1);
    for (int flushes = 0; flushes < 21; flushes++) {
        assert_true (s_rows (fixture, TABLE_SCOPE) > 1);
        s_decide (applier, 0, 0, 200 * DAY_MS);
        s_flush (applier);
    }
    assert_int_equal (s_rows (fixture, TABLE_SCOPE), 1);
    assert_int_equal (s_rows (fixture, TABLE_SCOPE_AGE), 1);
    assert_int_equal (s_decided_ms (fixture, OLD + 1), 200 * DAY_MS);
}

static void
a_scope_that_was_decided_again_outlives_its_first_decision (void **state)
{
    state_fixture_t *fixture = *state;
    scoped (applier_destroy) applier_t *applier = s_new (fixture);
    s_decide (applier, 0, 1, 100 * DAY_MS);
    s_decide (applier, 0, 2, 100 * DAY_MS);
    s_flush (applier);
    s_decide (applier, 0, 1, 130 * DAY_MS);  //  No longer counts, is not yet deleted
    s_flush (applier);
    s_decide (applier, 0, 0, 150 * DAY_MS);
    s_flush (applier);
    assert_int_equal (s_decided_ms (fixture, 1), 130 * DAY_MS);
    assert_int_equal (s_decided_ms (fixture, 2), 0);
    s_decide (applier, 0, 0, 170 * DAY_MS);
    s_flush (applier);
    assert_int_equal (s_decided_ms (fixture, 1), 0);
    assert_int_equal (s_rows (fixture, TABLE_SCOPE_AGE), 0);
}

//  The same key with another body may have gone to another partition.
static void
the_later_decision_stands_whatever_the_order_of_partitions (void **state)
{
    state_fixture_t *fixture = *state;
    scoped (applier_destroy) applier_t *applier = s_new (fixture);
    s_decide (applier, 0, 1, 140 * DAY_MS);
    s_decide (applier, 0, 2, 140 * DAY_MS);
    s_decide (applier, 1, 1, 100 * DAY_MS);
    s_flush (applier);
    s_decide (applier, 1, 2, 101 * DAY_MS);
    s_flush (applier);
    assert_int_equal (s_decided_ms (fixture, 1), 140 * DAY_MS);
    assert_int_equal (s_decided_ms (fixture, 2), 140 * DAY_MS);
}

static void
a_rebuild_forgets_nothing (void **state)
{
    state_fixture_t *fixture = *state;
    scoped (applier_destroy) applier_t *applier = s_new (fixture);
    applier_keep (applier, 0);
    s_decide (applier, 0, 1, 100 * DAY_MS);
    s_flush (applier);
    s_decide (applier, 0, 2, 500 * DAY_MS);
    s_flush (applier);
    assert_int_equal (s_decided_ms (fixture, 1), 100 * DAY_MS);
}

//  A clock that was wrong for a moment leaves an aggregate with stamps of the future.
static void
a_stamp_ahead_of_the_clock_forgets_nothing (void **state)
{
    state_fixture_t *fixture = *state;
    int64_t now_ms = core_clock_ms ();
    scoped (applier_destroy) applier_t *applier = s_new (fixture);
    s_decide (applier, 0, 1, now_ms);
    s_flush (applier);
    s_decide (applier, 0, 2, now_ms + 4000 * DAY_MS);
    s_flush (applier);
    assert_int_equal (s_decided_ms (fixture, 1), now_ms);
}

int
main (void)
{
#define WITH_STATE(test)                                                                           \
    cmocka_unit_test_setup_teardown (test, state_fixture_setup, state_fixture_teardown)
    const struct CMUnitTest tests [] = {
        WITH_STATE (a_scope_of_29_days_stays_and_an_old_one_is_gone_from_disk),
        WITH_STATE (expiry_goes_on_after_a_restart),
        WITH_STATE (a_flush_takes_away_little_more_than_it_brings),
        WITH_STATE (a_scope_that_was_decided_again_outlives_its_first_decision),
        WITH_STATE (the_later_decision_stands_whatever_the_order_of_partitions),
        WITH_STATE (a_rebuild_forgets_nothing),
        WITH_STATE (a_stamp_ahead_of_the_clock_forgets_nothing),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
