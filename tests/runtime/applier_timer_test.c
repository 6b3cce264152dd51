//  applier: a timer is what its records say in their order, wherever a flush falls.

#include "tests/lib/state_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>
#include "runtime/applier_private.h"

enum { PARTITIONS = 4, PARTITION = 1, COMMAND = 3, RECORDS_MAX = 16, ROOM = 1024 };

//  Records stay where they are until the flush.
static uint8_t s_records [RECORDS_MAX][ROOM];
static size_t s_used;
static uint64_t s_sequence;

static const oid_t s_owner = { .kind = OID_PAYMENT, .bytes = { [15] = PARTITION } };

static applier_t *
s_new (state_fixture_t *fixture)
{
    s_used = 0;
    s_sequence = 0;
    return applier_new (fixture->state, PARTITIONS);
}

//  A record of the owner with this one entry. The first is the owner's first.
static void
s_apply (applier_t *applier, int64_t due_ms)
{
    record_head_t head = { .version = s_sequence };
    record_writer_t writer;
    assert_true (s_used < RECORDS_MAX);
    memcpy (head.aggregate, &s_owner, sizeof head.aggregate);
    record_writer_start (&writer, s_records [s_used++], ROOM, &head);
    record_writer_timer (&writer, &(record_timer_t) { COMMAND, due_ms });
    assert_false (writer.failed);
    applier_apply (applier, PARTITION, ++s_sequence, writer.bytes, writer.size, NULL, 0);
}

static void
s_flush (applier_t *applier)
{
    assert_int_equal (applier_flush (applier), STATUS_OK);
    s_used = 0;
}

//  What the row says; 0: there is none.
static int64_t
s_due_ms (state_fixture_t *fixture)
{
    uint8_t key [TIMER_KEY_SIZE];
    int64_t due_ms = 0;
    size_t size;
    memcpy (key, &s_owner, sizeof s_owner);
    key [sizeof s_owner] = COMMAND;
    status_t status =
        state_get (fixture->reader, TABLE_TIMER, key, sizeof key, &due_ms, sizeof due_ms, &size);
    assert_true (status == STATUS_OK || status == STATUS_NOT_FOUND);
    return due_ms;
}

//  A flush after each record, as live and idle; one for all, as a replay; and all else
//  between: each leaves the same.
static void
a_stale_timer_does_not_clear_the_one_that_was_set_since (void **state)
{
    static const struct {
        int64_t entry_ms, then_ms;
    } records [] = {
        { 500, 500 },                                //  Set
        { 600, 600 },                                //  Moved, while the message of 500 waits
        { -500, 600 },                               //  It is handled
        { 700, 700 },                                //  Moved, while the message of 600 waits
        { -600, 700 }, { -700, 0 },                  //  The one that it is set for
        { -700, 0 },   { 800, 800 }, { -900, 800 },  //  Never was
    };
    state_fixture_t *fixture = *state;
    for (unsigned flushes = 0; flushes < 1u << COUNT (records); flushes++) {
        assert_int_equal (state_discard (fixture->state), STATUS_OK);
        scoped (applier_destroy) applier_t *applier = s_new (fixture);
        for (size_t index = 0; index < COUNT (records); index++) {
            s_apply (applier, records [index].entry_ms);
            if (flushes >> index & 1) {
                s_flush (applier);
                assert_int_equal (s_due_ms (fixture), records [index].then_ms);
            }
        }
        s_flush (applier);
        assert_int_equal (s_due_ms (fixture), 800);
    }
}

static void
clearing_outright_does_not_ask_what_it_is_set_for (void **state)
{
    state_fixture_t *fixture = *state;
    for (int flush_between = 0; flush_between < 2; flush_between++) {
        assert_int_equal (state_discard (fixture->state), STATUS_OK);
        scoped (applier_destroy) applier_t *applier = s_new (fixture);
        s_apply (applier, 500);
        s_apply (applier, 600);
        if (flush_between) {
            s_flush (applier);
        }
        s_apply (applier, 0);
        s_apply (applier, -600);  //  Its message waited
        s_flush (applier);
        assert_int_equal (s_due_ms (fixture), 0);
    }
}

int
main (void)
{
#define WITH_STATE(test)                                                                           \
    cmocka_unit_test_setup_teardown (test, state_fixture_setup, state_fixture_teardown)
    const struct CMUnitTest tests [] = {
        WITH_STATE (a_stale_timer_does_not_clear_the_one_that_was_set_since),
        WITH_STATE (clearing_outright_does_not_ask_what_it_is_set_for),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
