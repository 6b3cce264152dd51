//  applier: the net effect of committed records, whatever the order of partitions,
//  and all of it or nothing.

#include "tests/lib/state_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>
#include "runtime/applier_private.h"
#include "tests/lib/chance.h"
#include "tests/lib/scratch.h"

enum { PARTITIONS = 4, RECORDS_MAX = 64, ROOM = 1024 };

static uint64_t s_seed;

//  Records stay where they are until the flush.
static uint8_t s_records [RECORDS_MAX][ROOM];
static size_t s_used;
static uint64_t s_sequences [PARTITIONS];

static oid_t
s_oid (oid_kind_t kind, uint8_t partition)
{
    return (oid_t) { .kind = (uint8_t) kind, .bytes = { [0] = 9, [15] = partition } };
}

static record_head_t
s_head (uint8_t partition)
{
    record_head_t head = { .version = 7 };
    oid_t wallet = s_oid (OID_WALLET, partition);
    memcpy (head.aggregate, &wallet, sizeof head.aggregate);
    return head;
}

typedef struct {
    record_writer_t writer;
    uint8_t partition;
} draft_record_t;

static draft_record_t
s_start (uint8_t partition, const record_head_t *head)
{
    draft_record_t self = { .partition = partition };
    assert_true (s_used < RECORDS_MAX);
    record_writer_start (&self.writer, s_records [s_used++], ROOM, head);
    return self;
}

static void
s_apply (applier_t *applier, draft_record_t *record)
{
    assert_false (record->writer.failed);
    applier_apply (applier, record->partition, ++s_sequences [record->partition],
                   record->writer.bytes, record->writer.size, NULL, 0);
}

static void
s_move (applier_t *applier, account_class_t debit, account_class_t credit, int64_t amount_minor)
{
    record_head_t head = s_head (0);
    draft_record_t record = s_start (0, &head);
    record_writer_posting (&record.writer, &(record_posting_t) { (uint8_t) debit,
                                                                 { (uint8_t) debit },
                                                                 amount_minor });
    record_writer_posting (&record.writer, &(record_posting_t) { (uint8_t) credit,
                                                                 { (uint8_t) credit },
                                                                 -amount_minor });
    s_apply (applier, &record);
}

//  From partition `source`, to an object of `target` (PARTITIONS: the bank).
static void
s_send (applier_t *applier, uint8_t source, uint8_t target, uint64_t number)
{
    record_head_t head = s_head (source);
    draft_record_t record = s_start (source, &head);
    oid_t to = target == PARTITIONS ? (oid_t) { .kind = OID_BANK } : s_oid (OID_WALLET, target);
    record_message_t message = { .number = number };
    memcpy (message.to, &to, sizeof to);
    record_writer_message (&record.writer, &message);
    s_apply (applier, &record);
}

static void
s_acknowledge (applier_t *applier, uint8_t source, uint8_t target, uint64_t number)
{
    record_head_t head = s_head (target);
    head.cause_source = source;
    head.cause_number = number;
    draft_record_t record = s_start (target, &head);
    s_apply (applier, &record);
}

static void
s_timer (applier_t *applier, uint64_t version, int64_t due_ms)
{
    record_head_t head = s_head (1);
    head.version = version;
    draft_record_t record = s_start (1, &head);
    record_writer_timer (&record.writer, &(record_timer_t) { 3, due_ms });
    s_apply (applier, &record);
}

static void
s_flush (applier_t *applier)
{
    assert_int_equal (applier_flush (applier), STATUS_OK);
    assert_int_equal (applier_changes (applier), 0);
    s_used = 0;
}

static size_t
s_rows (state_fixture_t *fixture, state_table_t table)
{
    return state_fixture_rows (fixture->reader, table, NULL, 0);
}

static applier_t *
s_new (state_fixture_t *fixture)
{
    s_used = 0;
    memset (s_sequences, 0, sizeof s_sequences);
    return applier_new (fixture->state, PARTITIONS);
}

//  ---------------------------------------------------------------------------

static void
what_is_born_and_gone_within_one_flush_leaves_nothing (void **state)
{
    state_fixture_t *fixture = *state;
    scoped (applier_destroy) applier_t *applier = s_new (fixture);
    s_move (applier, ACCOUNT_WALLET, ACCOUNT_HOLD, 100);
    s_move (applier, ACCOUNT_HOLD, ACCOUNT_WALLET, 100);
    s_send (applier, 1, 2, 1);
    s_acknowledge (applier, 1, 2, 1);
    s_timer (applier, 0, 500);
    s_timer (applier, 0, 0);
    s_flush (applier);
    assert_int_equal (s_rows (fixture, TABLE_LEDGER), 0);
    assert_int_equal (s_rows (fixture, TABLE_OUTBOX), 0);
    assert_int_equal (s_rows (fixture, TABLE_TIMER), 0);
    assert_int_equal (applier_read_position (fixture->reader, 0), 2);
    assert_int_equal (applier_read_position (fixture->reader, 2), 1);
    assert_int_equal (applier_read_position (fixture->reader, 3), 0);
}

static void
a_row_of_before_is_deleted_even_if_it_was_set_again_meanwhile (void **state)
{
    state_fixture_t *fixture = *state;
    scoped (applier_destroy) applier_t *applier = s_new (fixture);
    s_timer (applier, 1, 500);
    s_send (applier, 1, 2, 1);
    s_flush (applier);
    assert_int_equal (s_rows (fixture, TABLE_TIMER), 1);
    assert_int_equal (s_rows (fixture, TABLE_OUTBOX), 1);
    s_timer (applier, 2, 0);
    s_timer (applier, 3, 600);
    s_timer (applier, 4, 0);
    s_acknowledge (applier, 1, 2, 1);
    s_flush (applier);
    assert_int_equal (s_rows (fixture, TABLE_TIMER), 0);
    assert_int_equal (s_rows (fixture, TABLE_OUTBOX), 0);
}

//  A replay goes partition by partition: what partition 0 acknowledged may have
//  been sent by partition 3.
static void
an_acknowledgement_may_come_before_its_message (void **state)
{
    state_fixture_t *fixture = *state;
    for (int flush_between = 0; flush_between < 2; flush_between++) {
        scoped (applier_destroy) applier_t *applier = s_new (fixture);
        assert_int_equal (state_discard (fixture->state), STATUS_OK);
        applier_destroy (&applier);
        applier = s_new (fixture);
        s_acknowledge (applier, 3, 0, 1);
        s_acknowledge (applier, 3, 0, 2);
        if (flush_between) {
            s_flush (applier);
        }
        s_send (applier, 3, 0, 1);
        s_send (applier, 3, 0, 2);
        s_send (applier, 3, 0, 3);
        s_flush (applier);
        assert_int_equal (s_rows (fixture, TABLE_OUTBOX), 1);  //  The third alone
        uint64_t numbers [PARTITIONS + 1];
        applier_read_numbers (fixture->reader, 3, PARTITIONS, numbers);
        assert_int_equal (numbers [0], 3);
        assert_int_equal (numbers [1], 0);
    }
}

static void
the_bank_is_a_target_of_its_own (void **state)
{
    state_fixture_t *fixture = *state;
    scoped (applier_destroy) applier_t *applier = s_new (fixture);
    uint64_t numbers [PARTITIONS + 1];
    s_send (applier, 2, PARTITIONS, 1);
    s_send (applier, 2, PARTITIONS, 2);
    record_head_t head = s_head (2);
    head.cause_source = 2 | CAUSE_PORT;
    head.cause_number = 1;
    draft_record_t record = s_start (2, &head);
    s_apply (applier, &record);
    s_flush (applier);
    assert_int_equal (s_rows (fixture, TABLE_OUTBOX), 1);
    applier_read_numbers (fixture->reader, 2, PARTITIONS, numbers);
    assert_int_equal (numbers [PARTITIONS], 2);
}

static void
class_totals_are_the_sums_of_their_accounts (void **state)
{
    state_fixture_t *fixture = *state;
    scoped (applier_destroy) applier_t *applier = s_new (fixture);
    chance_t chance = chance_new (s_seed);
    int64_t nets [ACCOUNT_CLASS_COUNT] = { 0 };
    for (int round = 0; round < 60; round++) {
        account_class_t debit = (account_class_t) (1 + chance_below (&chance, 9));
        account_class_t credit = (account_class_t) (1 + chance_below (&chance, 9));
        int64_t amount_minor = (int64_t) (1 + chance_below (&chance, 3));
        s_move (applier, debit, credit, amount_minor);
        nets [debit] += amount_minor;
        nets [credit] -= amount_minor;
        if (chance_below (&chance, 4) == 0) {
            s_flush (applier);
        }
    }
    s_flush (applier);
    class_row_t rows [ACCOUNT_CLASS_COUNT];
    applier_read_classes (fixture->reader, rows);
    size_t accounts = 0;
    for (size_t class = 1; class < ACCOUNT_CLASS_COUNT; class ++) {
        assert_int_equal (rows [class].accounts, nets [class] != 0);
        assert_int_equal (rows [class].debit_minor, nets [class] > 0 ? nets [class] : 0);
        assert_int_equal (rows [class].credit_minor, nets [class] < 0 ? -nets [class] : 0);
        accounts += nets [class] != 0;
    }
    assert_int_equal (s_rows (fixture, TABLE_LEDGER), accounts);
}

static void
a_scope_keeps_what_was_decided (void **state)
{
    state_fixture_t *fixture = *state;
    scoped (applier_destroy) applier_t *applier = s_new (fixture);
    record_head_t head = s_head (1);
    head.flags = RECORD_SCOPED;
    head.verdict = VERDICT_ORDER_EXISTS;
    head.at_ms = 99;
    head.version = 6;
    memcpy (head.scope, "a scope of sixte", 16);
    memcpy (head.fingerprint, "its fingerprint!", 16);
    memcpy (head.object, head.aggregate, sizeof head.object);
    draft_record_t record = s_start (1, &head);
    s_apply (applier, &record);
    s_flush (applier);
    scope_row_t row;
    size_t size;
    assert_int_equal (state_get (fixture->reader, TABLE_SCOPE, head.scope, sizeof head.scope, &row,
                                 sizeof row, &size),
                      STATUS_OK);
    assert_int_equal (size, sizeof row);
    assert_memory_equal (row.fingerprint, head.fingerprint, 16);
    assert_memory_equal (&row.object, head.object, sizeof row.object);
    assert_int_equal (row.verdict, VERDICT_ORDER_EXISTS);
    assert_int_equal (row.at_ms, 99);
    assert_int_equal (row.version, 6);
}

static void
it_goes_on_from_what_it_wrote (void **state)
{
    state_fixture_t *fixture = *state;
    applier_t *applier = s_new (fixture);
    s_move (applier, ACCOUNT_BANK, ACCOUNT_TRANSIT, 10);
    s_send (applier, 1, 2, 1);
    s_acknowledge (applier, 1, 2, 5);
    s_flush (applier);
    applier_destroy (&applier);
    applier = applier_new (fixture->state, PARTITIONS);
    assert_int_equal (applier->positions [0].sequence, 1);
    assert_int_equal (applier->positions [1].numbers [2], 1);
    assert_true (ranges_has (&applier->taken [2 * PARTITIONS + 1], 5));
    assert_false (ranges_has (&applier->taken [2 * PARTITIONS + 1], 4));
    assert_int_equal (applier->classes [ACCOUNT_BANK].debit_minor, 10);
    s_move (applier, ACCOUNT_TRANSIT, ACCOUNT_BANK, 10);
    s_flush (applier);
    assert_int_equal (s_rows (fixture, TABLE_LEDGER), 0);
    assert_int_equal (applier->classes [ACCOUNT_BANK].accounts, 0);
    applier_destroy (&applier);
}

static void
without_space_nothing_is_written_and_nothing_is_lost (void **state)
{
    state_fixture_t *fixture = *state;
    static uint8_t filler [64 * 1024];
    uint32_t fillers = 0;
    state_fixture_close (fixture);
    scratch_destroy (&fixture->dir);
    fixture->dir = scratch_new ();
    state_fixture_open (fixture, 1, SMALL_MAP_BYTES);
    scoped (applier_destroy) applier_t *applier = s_new (fixture);
    s_move (applier, ACCOUNT_BANK, ACCOUNT_TRANSIT, 10);
    s_flush (applier);
    status_t status = STATUS_OK;
    for (size_t size = sizeof filler; size >= 64; size /= 2) {
        for (status = STATUS_OK; status == STATUS_OK; fillers++) {
            assert_int_equal (state_begin (fixture->state), STATUS_OK);
            status = state_put (fixture->state, TABLE_ROWS, &fillers, sizeof fillers, filler, size);
            status = status == STATUS_OK ? state_commit (fixture->state) : status;
            state_abort (fixture->state);
        }
        assert_int_equal (status, STATUS_NO_SPACE);
    }
    s_move (applier, ACCOUNT_BANK, ACCOUNT_TRANSIT, 5);
    s_send (applier, 1, 2, 1);
    for (int tries = 0; tries < 3; tries++) {
        assert_int_equal (applier_flush (applier), STATUS_NO_SPACE);
        assert_int_equal (applier_read_position (fixture->reader, 0), 1);
        assert_int_equal (applier->classes [ACCOUNT_BANK].debit_minor, 10);
    }
    for (uint32_t number = 0; number < fillers; number++) {  //  In small steps: deleting writes
        if (state_begin (fixture->state) == STATUS_OK) {
            status = state_del (fixture->state, TABLE_ROWS, &number, sizeof number);
            status = status == STATUS_OK ? state_commit (fixture->state) : status;
            state_abort (fixture->state);
        }
    }
    s_flush (applier);
    class_row_t rows [ACCOUNT_CLASS_COUNT];
    applier_read_classes (fixture->reader, rows);
    assert_int_equal (rows [ACCOUNT_BANK].debit_minor, 15);
    assert_int_equal (rows [ACCOUNT_BANK].accounts, 1);
    assert_int_equal (s_rows (fixture, TABLE_OUTBOX), 1);
}

static void
as_many_partitions_as_a_journal_may_have_are_read_back (void **state)
{
    state_fixture_t *fixture = *state;
    enum { PARTITIONS_MAX = 1024 };
    s_used = 0;
    memset (s_sequences, 0, sizeof s_sequences);
    scoped (applier_destroy) applier_t *applier = applier_new (fixture->state, PARTITIONS_MAX);
    record_head_t head = s_head (0);
    draft_record_t record = s_start (0, &head);
    s_apply (applier, &record);
    s_flush (applier);
    assert_int_equal (applier_read_position (fixture->reader, 0), 1);
}

int
main (int argc, char **argv)
{
#define WITH_STATE(test)                                                                           \
    cmocka_unit_test_setup_teardown (test, state_fixture_setup, state_fixture_teardown)
    const struct CMUnitTest tests [] = {
        WITH_STATE (what_is_born_and_gone_within_one_flush_leaves_nothing),
        WITH_STATE (a_row_of_before_is_deleted_even_if_it_was_set_again_meanwhile),
        WITH_STATE (an_acknowledgement_may_come_before_its_message),
        WITH_STATE (the_bank_is_a_target_of_its_own),
        WITH_STATE (class_totals_are_the_sums_of_their_accounts),
        WITH_STATE (a_scope_keeps_what_was_decided),
        WITH_STATE (it_goes_on_from_what_it_wrote),
        WITH_STATE (without_space_nothing_is_written_and_nothing_is_lost),
        WITH_STATE (as_many_partitions_as_a_journal_may_have_are_read_back),
    };
    s_seed = chance_seed (argc, argv);
    return cmocka_run_group_tests (tests, NULL, NULL);
}
