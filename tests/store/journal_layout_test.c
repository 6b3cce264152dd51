//  journal, where its tables disagree: log, index and meta are changed behind its
//  back, row by row, and it says where, when it is opened or when it is read.

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <lmdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "store/journal_private.h"
#include "tests/lib/chance.h"
#include "tests/lib/journal_fixture.h"
#include "tests/lib/scratch.h"

//  Partition 3 has sequences 1 to INDEXED in the index, and TAIL more after them;
//  partition 4 as many, each time after partition 3. So positions are known.
enum { INDEXED = JOURNAL_INDEX_RECORDS, TAIL = 20, SEQUENCE = 700 };

static void
s_fill (journal_fixture_t *fixture)
{
    fixture_commit_to (fixture, 3, INDEXED, 50);
    fixture_commit_to (fixture, 4, INDEXED, 50);
    fixture_commit_to (fixture, 3, TAIL, 50);
    fixture_commit_to (fixture, 4, TAIL, 50);
    fixture_check (fixture);
    fixture_close (fixture);
}

static uint64_t
s_position (uint16_t partition, uint64_t sequence)
{
    bool second = partition == 4;
    return sequence <= INDEXED ? sequence + (second ? INDEXED : 0)
                               : sequence + INDEXED + (second ? TAIL : 0);
}

//  Puts a row, or with no value deletes it.
static void
s_change (journal_fixture_t *fixture, const char *table, const void *name, size_t name_size,
          const void *bytes, size_t size)
{
    MDB_env *environment;
    MDB_txn *transaction;
    MDB_dbi dbi;
    MDB_val key = { name_size, (void *) name }, value = { size, (void *) bytes };
    assert_int_equal (mdb_env_create (&environment), 0);
    assert_int_equal (mdb_env_set_maxdbs (environment, 64), 0);
    assert_int_equal (mdb_env_set_mapsize (environment, FIXTURE_MAP_BYTES), 0);
    assert_int_equal (mdb_env_open (environment, scratch_path (fixture->dir, "journal"), 0, 0600),
                      0);
    assert_int_equal (mdb_txn_begin (environment, NULL, 0, &transaction), 0);
    assert_int_equal (mdb_dbi_open (transaction, table, MDB_CREATE, &dbi), 0);
    assert_int_equal (bytes ? mdb_put (transaction, dbi, &key, &value, 0)
                            : mdb_del (transaction, dbi, &key, NULL),
                      0);
    assert_int_equal (mdb_txn_commit (transaction), 0);
    mdb_env_close (environment);
}

static void
s_change_index (journal_fixture_t *fixture, uint16_t partition, uint64_t sequence,
                const uint64_t *position)
{
    uint8_t key [JOURNAL_PLACE_SIZE], value [JOURNAL_POSITION_SIZE];
    journal_put_index_key (key, partition, sequence);
    if (position) {
        bytes_put_u64 (value, *position);
    }
    s_change (fixture, "index", key, sizeof key, position ? value : NULL, sizeof value);
}

//  A row of the log that says it is of this place; its record is `from`'s.
static void
s_move_row (journal_fixture_t *fixture, uint64_t at, uint16_t partition, uint64_t sequence,
            const uint8_t *record, size_t size)
{
    uint8_t row [4096];
    bytes_put_u16 (row, partition);
    bytes_put_u64 (row + 2, sequence);
    memcpy (row + JOURNAL_PLACE_SIZE, record, size);
    s_change (fixture, "log", &at, sizeof at, row, JOURNAL_PLACE_SIZE + size);
}

typedef struct {
    size_t count, size;
    uint8_t bytes [4000];
} seen_t;

static bool
s_see (void *context, uint16_t partition, uint64_t sequence, const uint8_t *bytes, size_t size)
{
    (void) partition, (void) sequence;
    seen_t *seen = context;
    seen->count++;
    seen->size = size;
    assert_true (size <= sizeof seen->bytes);
    memcpy (seen->bytes, bytes, size);
    return true;
}

//  The record of a place, of a journal that is closed before and after.
static void
s_record (journal_fixture_t *fixture, uint16_t partition, uint64_t sequence, seen_t *ret_seen)
{
    uint64_t next;
    fixture_open (fixture, FIXTURE_MAP_BYTES);
    assert_int_equal (journal_read (fixture->journal, partition, sequence, 1, s_see, ret_seen,
                                    &next),
                      STATUS_OK);
    fixture_close (fixture);
}

//  Opens, and reading partition 3 is DAMAGED at just this sequence; behind it and in
//  partition 4 all is well.
static void
s_damaged_at (journal_fixture_t *fixture, uint64_t sequence)
{
    uint64_t next;
    seen_t seen = { 0 };
    fixture_open (fixture, FIXTURE_MAP_BYTES);
    assert_int_equal (journal_read (fixture->journal, 3, 1, SIZE_MAX, s_see, &seen, &next),
                      STATUS_DAMAGED);
    assert_int_equal (next, sequence);
    assert_int_equal (seen.count, sequence - 1);
    assert_int_equal (journal_read (fixture->journal, 3, sequence + 1, SIZE_MAX, s_see, &seen,
                                    &next),
                      STATUS_OK);
    assert_int_equal (next, INDEXED + TAIL + 1);
    assert_int_equal (fixture_count (fixture, 4), INDEXED + TAIL);
}

static void
an_index_row_that_names_another_record_is_found (void **state)
{
    journal_fixture_t *fixture = *state;
    s_fill (fixture);
    uint64_t wrong = s_position (4, SEQUENCE);
    s_change_index (fixture, 3, SEQUENCE, &wrong);
    s_damaged_at (fixture, SEQUENCE);
}

static void
an_index_row_that_names_no_record_is_found (void **state)
{
    journal_fixture_t *fixture = *state;
    s_fill (fixture);
    uint64_t wrong = UINT64_MAX - 1;
    s_change_index (fixture, 3, SEQUENCE, &wrong);
    s_damaged_at (fixture, SEQUENCE);
}

static void
an_index_row_that_is_gone_is_found (void **state)
{
    journal_fixture_t *fixture = *state;
    s_fill (fixture);
    s_change_index (fixture, 3, SEQUENCE, NULL);
    s_damaged_at (fixture, SEQUENCE);
}

static void
a_last_index_row_that_is_gone_keeps_the_journal_closed (void **state)
{
    journal_fixture_t *fixture = *state;
    s_fill (fixture);
    s_change_index (fixture, 3, INDEXED, NULL);
    fixture_refused (fixture, STATUS_DAMAGED, "position 4097 of the log");
}

static void
a_log_row_that_says_another_place_is_found (void **state)
{
    journal_fixture_t *fixture = *state;
    static seen_t seen;
    s_fill (fixture);
    s_record (fixture, 3, SEQUENCE, &seen);
    s_move_row (fixture, s_position (3, SEQUENCE), 3, SEQUENCE + 1, seen.bytes, seen.size);
    s_damaged_at (fixture, SEQUENCE);
    fixture_close (fixture);
    s_move_row (fixture, s_position (3, SEQUENCE), 5, SEQUENCE, seen.bytes, seen.size);
    s_damaged_at (fixture, SEQUENCE);
    fixture_close (fixture);
    s_move_row (fixture, s_position (3, SEQUENCE), 3, SEQUENCE, seen.bytes, 20);
    s_damaged_at (fixture, SEQUENCE);
}

static void
a_log_row_that_is_gone_keeps_the_journal_closed (void **state)
{
    journal_fixture_t *fixture = *state;
    s_fill (fixture);
    uint64_t position = s_position (3, SEQUENCE);
    s_change (fixture, "log", &position, sizeof position, NULL, 0);
    fixture_refused (fixture, STATUS_DAMAGED, "the log has 4135 records");
}

static void
a_row_of_the_tail_that_is_gone_or_elsewhere_keeps_the_journal_closed (void **state)
{
    journal_fixture_t *fixture = *state;
    static seen_t seen;
    s_fill (fixture);
    s_record (fixture, 3, INDEXED + 5, &seen);
    uint64_t position = s_position (3, INDEXED + 5);
    assert_int_equal (position, 4101);
    s_move_row (fixture, position, 3, INDEXED + 6, seen.bytes, seen.size);
    fixture_refused (fixture, STATUS_DAMAGED, "position 4101 of the log");
    s_move_row (fixture, position, FIXTURE_PARTITIONS, 1, seen.bytes, seen.size);
    fixture_refused (fixture, STATUS_DAMAGED, "position 4101 of the log");
    s_change (fixture, "log", &position, sizeof position, NULL, 0);
    fixture_refused (fixture, STATUS_DAMAGED, "position 4101 of the log");
    s_move_row (fixture, position, 3, INDEXED + 5, seen.bytes, seen.size);
    fixture_open (fixture, FIXTURE_MAP_BYTES);
    fixture_check (fixture);
}

//  Its CRC is right and its sequence is the next: only the chain can tell.
static void
a_last_record_that_went_to_another_partition_keeps_the_journal_closed (void **state)
{
    journal_fixture_t *fixture = *state;
    static seen_t seen;
    s_fill (fixture);
    s_record (fixture, 4, INDEXED + TAIL, &seen);
    s_move_row (fixture, s_position (4, INDEXED + TAIL), 3, INDEXED + TAIL + 1, seen.bytes,
                seen.size);
    fixture_refused (fixture, STATUS_DAMAGED, "last record of partition 3");
}

static void
a_meta_row_that_is_wrong_or_gone_keeps_the_journal_closed (void **state)
{
    journal_fixture_t *fixture = *state;
    uint8_t count [2], position [8];
    s_fill (fixture);
    bytes_put_u16 (count, FIXTURE_PARTITIONS - 1);
    s_change (fixture, "meta", "partitions", 10, count, sizeof count);
    fixture_refused (fixture, STATUS_DAMAGED, "FORMAT says 8 partitions, data.mdb has 7");
    s_change (fixture, "meta", "partitions", 10, count, 1);
    fixture_refused (fixture, STATUS_DAMAGED, "partition count");
    s_change (fixture, "meta", "partitions", 10, NULL, 0);
    fixture_refused (fixture, STATUS_DAMAGED, "partition count");
    bytes_put_u16 (count, FIXTURE_PARTITIONS);
    s_change (fixture, "meta", "partitions", 10, count, sizeof count);

    s_change (fixture, "meta", "indexed", 7, position, 3);
    fixture_refused (fixture, STATUS_DAMAGED, "indexed position");
    s_change (fixture, "meta", "indexed", 7, NULL, 0);
    fixture_refused (fixture, STATUS_DAMAGED, "position 1 of the log");
    bytes_put_u64 (position, 2 * INDEXED - 1);
    s_change (fixture, "meta", "indexed", 7, position, sizeof position);
    fixture_refused (fixture, STATUS_DAMAGED, "position 4096 of the log");
    bytes_put_u64 (position, 2 * INDEXED + 1);
    s_change (fixture, "meta", "indexed", 7, position, sizeof position);
    fixture_refused (fixture, STATUS_DAMAGED, "position 4098 of the log");
    bytes_put_u64 (position, UINT64_MAX);
    s_change (fixture, "meta", "indexed", 7, position, sizeof position);
    fixture_refused (fixture, STATUS_DAMAGED, "of the log");
    bytes_put_u64 (position, 2 * INDEXED);
    s_change (fixture, "meta", "indexed", 7, position, sizeof position);
    fixture_open (fixture, FIXTURE_MAP_BYTES);
    fixture_check (fixture);
}

//  As format 1 had: a table per partition. Without FORMAT it looks like a making that
//  was interrupted, and must not become an empty journal.
static void
tables_of_another_format_are_never_made_anew (void **state)
{
    journal_fixture_t *fixture = *state;
    fixture_close (fixture);
    s_change (fixture, "00000", "sequence", 8, "record", 6);
    fixture_refused (fixture, STATUS_DAMAGED, "has 4 tables");
    assert_int_equal (unlink (scratch_path (fixture->dir, "journal/FORMAT")), 0);
    fixture_refused (fixture, STATUS_DAMAGED, "has 4 tables");
}

int
main (int argc, char **argv)
{
    fixture_seed (chance_seed (argc, argv));
#define TEST(name) cmocka_unit_test_setup_teardown (name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests [] = {
        TEST (an_index_row_that_names_another_record_is_found),
        TEST (an_index_row_that_names_no_record_is_found),
        TEST (an_index_row_that_is_gone_is_found),
        TEST (a_last_index_row_that_is_gone_keeps_the_journal_closed),
        TEST (a_log_row_that_says_another_place_is_found),
        TEST (a_log_row_that_is_gone_keeps_the_journal_closed),
        TEST (a_row_of_the_tail_that_is_gone_or_elsewhere_keeps_the_journal_closed),
        TEST (a_last_record_that_went_to_another_partition_keeps_the_journal_closed),
        TEST (a_meta_row_that_is_wrong_or_gone_keeps_the_journal_closed),
        TEST (tables_of_another_format_are_never_made_anew),
    };
    return cmocka_run_group_tests_name ("store/journal_layout", tests, NULL, NULL);
}
