//  journal, at the border of index and tail: what is not indexed yet is as durable,
//  as visible and as well read as what is.

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "store/journal_private.h"
#include "store/journal_tail.h"
#include "tests/lib/chance.h"
#include "tests/lib/journal_fixture.h"
#include "tests/lib/scratch.h"

enum { KILLS = 12, BATCH_RECORDS = 300, NEAR = 3 };

static uint64_t s_seed;

static uint64_t
s_all (const uint64_t last [FIXTURE_PARTITIONS])
{
    uint64_t all = 0;
    for (int partition = 0; partition < FIXTURE_PARTITIONS; partition++) {
        all += last [partition];
    }
    return all;
}

//  ---------------------------------------------------------------------------
//  The tail alone

static void
what_is_added_is_seen_when_it_is_published (void **state)
{
    (void) state;
    journal_tail_t *tail = journal_tail_new (4);
    static journal_view_t view;
    journal_tail_start (tail, 2, 10);
    for (uint64_t sequence = 11; sequence <= 110; sequence++) {
        assert_int_equal (journal_tail_add (tail, 2, sequence, sequence * 3), STATUS_OK);
    }
    journal_tail_look (tail, 2, 1, SIZE_MAX, &view);
    assert_true (view.indexed == 10 && view.last == 10 && view.count == 0);

    journal_tail_publish (tail, /* indexed= */ false);
    journal_tail_look (tail, 2, 1, SIZE_MAX, &view);
    assert_true (view.indexed == 10 && view.last == 110 && view.count == 100);
    assert_int_equal (view.positions [0], 33);
    journal_tail_look (tail, 2, 109, SIZE_MAX, &view);
    assert_true (view.count == 2 && view.positions [0] == 109 * 3);
    journal_tail_look (tail, 2, 50, 7, &view);
    assert_true (view.count == 7 && view.positions [6] == 56 * 3);
    journal_tail_look (tail, 2, 111, 7, &view);
    assert_int_equal (view.count, 0);
    journal_tail_look_last (tail, 2, &view);
    assert_true (view.last == 110 && view.count == 1 && view.positions [0] == 330);
    journal_tail_look_last (tail, 1, &view);
    assert_true (view.last == 0 && view.count == 0);
    journal_tail_destroy (&tail);
    journal_tail_destroy (&tail);
}

static void
what_is_dropped_was_never_there (void **state)
{
    (void) state;
    journal_tail_t *tail = journal_tail_new (2);
    static journal_view_t view;
    assert_int_equal (journal_tail_add (tail, 0, 1, 1), STATUS_OK);
    journal_tail_publish (tail, /* indexed= */ false);
    assert_int_equal (journal_tail_add (tail, 0, 2, 2), STATUS_OK);
    assert_int_equal (journal_tail_add (tail, 1, 1, 3), STATUS_OK);
    assert_int_equal (journal_tail_count (tail), 3);
    journal_tail_drop (tail);
    assert_int_equal (journal_tail_count (tail), 1);
    assert_int_equal (journal_tail_last (tail, 0), 1);
    assert_int_equal (journal_tail_last (tail, 1), 0);

    assert_int_equal (journal_tail_add (tail, 0, 2, 2), STATUS_OK);
    journal_tail_publish (tail, /* indexed= */ true);
    assert_int_equal (journal_tail_count (tail), 0);
    journal_tail_look (tail, 0, 1, SIZE_MAX, &view);
    assert_true (view.indexed == 2 && view.last == 2 && view.count == 0);
    journal_tail_destroy (&tail);
}

//  ---------------------------------------------------------------------------
//  The border

//  Every short range near the border of a partition, and near its end.
static void
s_read_near (journal_fixture_t *fixture, uint16_t partition, uint64_t border)
{
    uint64_t last = fixture->last [partition];
    for (uint64_t from = border > NEAR ? border - NEAR : 1; from <= border + NEAR; from++) {
        for (size_t count = 0; count <= 2 * NEAR; count++) {
            fixture_walk_t walk = { .next = from };
            uint64_t next, there = from > last ? 0 : last - from + 1;
            assert_int_equal (journal_read (fixture->journal, partition, from, count,
                                            fixture_follow, &walk, &next),
                              STATUS_OK);
            assert_int_equal (next, walk.next);
            assert_int_equal (next - from, count < there ? count : there);
        }
    }
}

static void
ranges_are_read_across_the_border (void **state)
{
    journal_fixture_t *fixture = *state;
    uint64_t border [FIXTURE_PARTITIONS] = { 0 };
    size_t waiting = 0;
    for (int batch = 0; batch < 3 * JOURNAL_INDEX_RECORDS / BATCH_RECORDS; batch++) {
        fixture_commit (fixture, BATCH_RECORDS);
        waiting += BATCH_RECORDS;
        if (waiting >= JOURNAL_INDEX_RECORDS) {
            memcpy (border, fixture->last, sizeof border);
            waiting = 0;
        }
        for (uint16_t partition = 0; partition < FIXTURE_PARTITIONS; partition++) {
            s_read_near (fixture, partition, border [partition]);
            s_read_near (fixture, partition, fixture->last [partition]);
        }
    }
    fixture_check (fixture);
    fixture_reopen (fixture);
    fixture_check (fixture);
}

static void
a_batch_larger_than_the_index_step_and_than_a_view_is_read_whole (void **state)
{
    journal_fixture_t *fixture = *state;
    fixture_commit_to (fixture, 1, JOURNAL_INDEX_RECORDS - 1, 10);  //  All in the tail
    assert_int_equal (fixture_count (fixture, 1), JOURNAL_INDEX_RECORDS - 1);
    fixture_reopen (fixture);
    fixture_check (fixture);
    fixture_commit_to (fixture, 2, 3 * JOURNAL_INDEX_RECORDS, 10);  //  All in the index
    fixture_check (fixture);
    fixture_commit (fixture, 1);
    fixture_reopen (fixture);
    fixture_check (fixture);
}

static void
a_tail_is_there_after_reopening_whatever_its_length (void **state)
{
    journal_fixture_t *fixture = *state;
    static const int counts [] = { 1, JOURNAL_INDEX_RECORDS - 2, 1, 1, 1, JOURNAL_INDEX_RECORDS };
    for (size_t index = 0; index < sizeof counts / sizeof *counts; index++) {
        fixture_commit (fixture, counts [index]);
        fixture_check (fixture);
        fixture_reopen (fixture);
        fixture_check (fixture);
    }
}

static void
an_aborted_batch_that_was_to_be_indexed_leaves_nothing (void **state)
{
    journal_fixture_t *fixture = *state;
    fixture_commit (fixture, JOURNAL_INDEX_RECORDS - 10);
    for (int round = 0; round < 3; round++) {
        fixture_append_and_abort (fixture, 100);
        fixture_check (fixture);
    }
    fixture_reopen (fixture);
    fixture_check (fixture);
    fixture_commit (fixture, 100);
    fixture_check (fixture);
    fixture_append_and_abort (fixture, 100);
    fixture_reopen (fixture);
    fixture_check (fixture);
}

//  Some of these maps are full just when the index is due.
static void
a_map_that_is_full_when_the_index_is_due_refuses_the_batch_only (void **state)
{
    journal_fixture_t *fixture = *state;
    for (size_t map_bytes = 1152 * 1024; map_bytes < 1472 * 1024; map_bytes += 16 * 1024) {
        fixture_close (fixture);
        scratch_destroy (&fixture->dir);
        *fixture = (journal_fixture_t) { .dir = scratch_new () };
        fixture_open (fixture, map_bytes);
        status_t status;
        while ((status = fixture_try_commit (fixture, 64)) == STATUS_OK) {
        }
        assert_int_equal (status, STATUS_NO_SPACE);
        //  The next one may fit: records have random sizes, and it may be the smaller one
        status = fixture_try_commit (fixture, 64);
        assert_true (status == STATUS_NO_SPACE || status == STATUS_OK);
        fixture_check (fixture);
        fixture_reopen (fixture);
        fixture_check (fixture);
        fixture_commit (fixture, 64);
        fixture_check (fixture);
    }
}

static void
a_read_only_opening_reads_the_tail_and_writes_nothing (void **state)
{
    journal_fixture_t *fixture = *state;
    char reason [256];
    journal_options_t options = fixture_options (FIXTURE_MAP_BYTES);
    options.read_only = true;
    for (int round = 0; round < 2; round++) {
        fixture_commit (fixture, round ? JOURNAL_INDEX_RECORDS : 100);
        fixture_commit (fixture, 700);
        fixture_close (fixture);
        int64_t size = scratch_size (scratch_path (fixture->dir, "journal/data.mdb"));
        assert_int_equal (journal_open (fixture->dir, &options, &fixture->journal, reason),
                          STATUS_OK);
        fixture_check (fixture);
        fixture_close (fixture);
        assert_int_equal (scratch_size (scratch_path (fixture->dir, "journal/data.mdb")), size);
        fixture_open (fixture, FIXTURE_MAP_BYTES);
        fixture_check (fixture);
    }
}

//  ---------------------------------------------------------------------------
//  Killed

//  Commits for ever, and after each commit says how far it is.
static void
s_commit_until_killed (journal_fixture_t *fixture, int said)
{
    fixture_open (fixture, FIXTURE_MAP_BYTES);
    for (;;) {
        fixture_commit (fixture, BATCH_RECORDS);
        if (write (said, fixture->last, sizeof fixture->last) != sizeof fixture->last) {
            _exit (1);
        }
    }
}

//  How far the child had come when it was killed after some commits.
static void
s_kill_after (journal_fixture_t *fixture, uint64_t commits, uint64_t ret_last [FIXTURE_PARTITIONS])
{
    int pipes [2], ended;
    assert_int_equal (pipe (pipes), 0);
    pid_t child = fork ();
    if (child == 0) {
        close (pipes [0]);
        s_commit_until_killed (fixture, pipes [1]);
    }
    close (pipes [1]);
    size_t size = FIXTURE_PARTITIONS * sizeof *ret_last;
    uint64_t last [FIXTURE_PARTITIONS];
    for (uint64_t said = 0; read (pipes [0], last, size) == (ssize_t) size;) {
        memcpy (ret_last, last, size);
        if (++said == commits) {
            assert_int_equal (kill (child, SIGKILL), 0);
        }
    }
    close (pipes [0]);
    assert_int_equal (waitpid (child, &ended, 0), child);
    assert_true (WIFSIGNALED (ended) && WTERMSIG (ended) == SIGKILL);
}

static void
what_was_committed_before_a_kill_is_there_indexed_or_not (void **state)
{
    journal_fixture_t *fixture = *state;
    chance_t chance = chance_new (s_seed);
    fixture_close (fixture);
    for (int round = 0; round < KILLS; round++) {
        uint64_t said [FIXTURE_PARTITIONS] = { 0 };
        s_kill_after (fixture, 1 + chance_below (&chance, 10), said);
        fixture_open (fixture, FIXTURE_MAP_BYTES);
        for (uint16_t partition = 0; partition < FIXTURE_PARTITIONS; partition++) {
            assert_int_equal (journal_last (fixture->journal, partition, &fixture->last [partition],
                                            fixture->chains [partition]),
                              STATUS_OK);
            assert_true (fixture->last [partition] >= said [partition]);
        }
        //  A whole batch more may be there: it was committed, and nobody was told.
        uint64_t more = s_all (fixture->last) - s_all (said);
        assert_true (more % BATCH_RECORDS == 0);
        fixture_check (fixture);
        fixture_close (fixture);
    }
}

int
main (int argc, char **argv)
{
    s_seed = chance_seed (argc, argv);
    fixture_seed (s_seed);
#define TEST(name) cmocka_unit_test_setup_teardown (name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (what_is_added_is_seen_when_it_is_published),
        cmocka_unit_test (what_is_dropped_was_never_there),
        TEST (ranges_are_read_across_the_border),
        TEST (a_batch_larger_than_the_index_step_and_than_a_view_is_read_whole),
        TEST (a_tail_is_there_after_reopening_whatever_its_length),
        TEST (an_aborted_batch_that_was_to_be_indexed_leaves_nothing),
        TEST (a_map_that_is_full_when_the_index_is_due_refuses_the_batch_only),
        TEST (a_read_only_opening_reads_the_tail_and_writes_nothing),
        TEST (what_was_committed_before_a_kill_is_there_indexed_or_not),
    };
    return cmocka_run_group_tests_name ("store/journal_tail", tests, NULL, NULL);
}
