//  journal: what was committed is there and nothing else is; what is damaged,
//  missing, full or someone else's is said, not guessed.

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "store/bytes.h"
#include "store/journal.h"
#include "tests/lib/chance.h"
#include "tests/lib/journal_fixture.h"
#include "tests/lib/scratch.h"

static uint64_t s_seed;

static void
a_new_journal_is_empty (void **state)
{
    journal_fixture_t *fixture = *state;
    uint8_t chain [RECORD_CHAIN_SIZE], zeros [RECORD_CHAIN_SIZE] = { 0 };
    uint64_t last;
    assert_int_equal (journal_partitions (fixture->journal), FIXTURE_PARTITIONS);
    for (uint16_t partition = 0; partition < FIXTURE_PARTITIONS; partition++) {
        assert_int_equal (journal_last (fixture->journal, partition, &last, chain), STATUS_OK);
        assert_int_equal (last, 0);
        assert_memory_equal (chain, zeros, sizeof chain);
        assert_int_equal (fixture_count (fixture, partition), 0);
    }
}

static void
a_committed_batch_is_read_back_in_order (void **state)
{
    journal_fixture_t *fixture = *state;
    for (int batch = 0; batch < 10; batch++) {
        fixture_commit (fixture, 37);
    }
    fixture_check (fixture);
}

static void
a_reopened_journal_goes_on_where_it_was (void **state)
{
    journal_fixture_t *fixture = *state;
    for (int run = 0; run < 4; run++) {
        fixture_commit (fixture, 50);
        fixture_reopen (fixture);
        fixture_check (fixture);
    }
}

static void
an_aborted_batch_leaves_nothing (void **state)
{
    journal_fixture_t *fixture = *state;
    fixture_commit (fixture, 20);
    fixture_append_and_abort (fixture, 20);
    fixture_check (fixture);
    fixture_commit (fixture, 20);
    fixture_check (fixture);
    fixture_append_and_abort (fixture, 20);
    fixture_reopen (fixture);
    fixture_check (fixture);
}

static void
a_batch_left_open_when_the_process_dies_leaves_nothing (void **state)
{
    journal_fixture_t *fixture = *state;
    fixture_commit (fixture, 20);
    fixture_close (fixture);
    pid_t child = fork ();
    if (child == 0) {
        fixture_open (fixture, FIXTURE_MAP_BYTES);
        _exit ((int) fixture_begin_and_append (fixture, 20));
    }
    int ended;
    assert_int_equal (waitpid (child, &ended, 0), child);
    assert_true (WIFEXITED (ended) && WEXITSTATUS (ended) == 0);
    fixture_open (fixture, FIXTURE_MAP_BYTES);
    fixture_check (fixture);
    fixture_commit (fixture, 20);
    fixture_check (fixture);
}

//  ---------------------------------------------------------------------------
//  Reading

typedef struct {
    uint64_t first, last;
    size_t count, stop_at;
} seen_t;

static bool
s_see (void *context, uint16_t partition, uint64_t sequence, const uint8_t *bytes, size_t size)
{
    (void) partition, (void) bytes, (void) size;
    seen_t *seen = context;
    if (!seen->count++) {
        seen->first = sequence;
    }
    seen->last = sequence;
    return seen->count != seen->stop_at;
}

static void
a_range_is_read_up_to_its_count_or_until_the_callback_stops (void **state)
{
    journal_fixture_t *fixture = *state;
    fixture_commit_to (fixture, 1, 100, 300);
    seen_t seen = { 0 };
    uint64_t next;
    assert_int_equal (journal_read (fixture->journal, 1, 11, 20, s_see, &seen, &next), STATUS_OK);
    assert_int_equal (seen.first, 11);
    assert_int_equal (seen.last, 30);
    assert_int_equal (next, 31);

    seen = (seen_t) { .stop_at = 5 };
    assert_int_equal (journal_read (fixture->journal, 1, next, 20, s_see, &seen, &next), STATUS_OK);
    assert_int_equal (seen.last, 35);
    assert_int_equal (next, 36);

    seen = (seen_t) { 0 };
    assert_int_equal (journal_read (fixture->journal, 1, 95, 20, s_see, &seen, &next), STATUS_OK);
    assert_int_equal (seen.count, 6);
    assert_int_equal (next, 101);
    assert_int_equal (journal_read (fixture->journal, 1, next, 20, s_see, &seen, &next), STATUS_OK);
    assert_int_equal (next, 101);
    assert_int_equal (journal_read (fixture->journal, 1, 1, 0, s_see, &seen, &next), STATUS_OK);
    assert_int_equal (next, 1);
    assert_int_equal (seen.count, 6);
}

static void
records_of_every_size_are_read_whole (void **state)
{
    journal_fixture_t *fixture = *state;
    for (size_t payload = 0; payload < 60000; payload = payload * 2 + 1) {
        fixture_commit_to (fixture, 2, 3, payload);
    }
    fixture_commit_largest (fixture, 2);
    fixture_commit_largest (fixture, 2);
    fixture_check (fixture);
}

typedef struct {
    journal_t *journal;
    size_t count;
} nested_t;

static bool
s_read_within (void *context, uint16_t partition, uint64_t sequence, const uint8_t *bytes,
               size_t size)
{
    (void) partition, (void) bytes, (void) size;
    nested_t *nested = context;
    seen_t seen = { 0 };
    uint64_t next;
    assert_int_equal (journal_read (nested->journal, 0, sequence, 1, s_see, &seen, &next),
                      STATUS_OK);
    assert_int_equal (seen.count, 1);
    nested->count++;
    return true;
}

static void
a_callback_may_read_too (void **state)
{
    journal_fixture_t *fixture = *state;
    fixture_commit_to (fixture, 0, 10, 100);
    nested_t nested = { .journal = fixture->journal };
    uint64_t next;
    assert_int_equal (journal_read (fixture->journal, 0, 1, 100, s_read_within, &nested, &next),
                      STATUS_OK);
    assert_int_equal (nested.count, 10);
}

//  ---------------------------------------------------------------------------
//  Damage

static void
a_flipped_byte_is_found_and_what_precedes_it_is_read (void **state)
{
    journal_fixture_t *fixture = *state;
    fixture_commit_to (fixture, 3, 10, 200);
    fixture_close (fixture);
    fixture_damage_record (fixture, 3, 6);
    fixture_open (fixture, FIXTURE_MAP_BYTES);
    seen_t seen = { 0 };
    uint64_t next;
    assert_int_equal (journal_read (fixture->journal, 3, 1, 100, s_see, &seen, &next),
                      STATUS_DAMAGED);
    assert_int_equal (seen.last, 5);
    assert_int_equal (next, 6);
    seen = (seen_t) { 0 };
    assert_int_equal (journal_read (fixture->journal, 3, 7, 100, s_see, &seen, &next), STATUS_OK);
    assert_int_equal (seen.count, 4);
}

static void
a_flipped_byte_in_the_last_record_keeps_the_journal_closed (void **state)
{
    journal_fixture_t *fixture = *state;
    fixture_commit_to (fixture, 3, 10, 200);
    fixture_close (fixture);
    fixture_damage_record (fixture, 3, 10);
    fixture_refused (fixture, STATUS_DAMAGED, "last record of partition 3");
}

static void
a_record_in_the_wrong_place_breaks_the_chain (void **state)
{
    journal_fixture_t *fixture = *state;
    uint8_t chain [RECORD_CHAIN_SIZE];
    fixture_commit_to (fixture, 0, 5, 100);
    fixture_commit_to (fixture, 1, 5, 100);
    assert_int_equal (fixture_check_chain (fixture, 0, chain), STATUS_OK);
    fixture_forge (fixture, 0);  //  A good CRC, not the partition's chain
    assert_int_equal (fixture_check_chain (fixture, 0, chain), STATUS_DAMAGED);
    assert_int_equal (fixture_check_chain (fixture, 1, chain), STATUS_OK);
}

static void
a_file_cut_short_anywhere_is_refused (void **state)
{
    journal_fixture_t *fixture = *state;
    const char *file = scratch_path (fixture->dir, "journal/data.mdb");
    char path [4096];
    snprintf (path, sizeof path, "%s", file);
    fixture_commit (fixture, 200);
    fixture_close (fixture);
    chance_t chance = chance_new (s_seed);
    int64_t size = scratch_size (path);
    while (size > 0) {
        size -= 1 + (int64_t) chance_below (&chance, 20000);
        scratch_truncate (path, size > 0 ? size : 0);
        fixture_refused (fixture, STATUS_DAMAGED, "journal");
    }
}

static void
garbage_in_place_of_the_file_is_refused (void **state)
{
    journal_fixture_t *fixture = *state;
    char path [4096];
    snprintf (path, sizeof path, "%s/journal/data.mdb", fixture->dir);
    fixture_commit (fixture, 200);
    fixture_close (fixture);
    chance_t chance = chance_new (s_seed);
    static uint8_t garbage [65536];
    for (int round = 0; round < 20; round++) {
        chance_fill (&chance, garbage, sizeof garbage);
        scratch_write (path, garbage, 1 + chance_below (&chance, sizeof garbage));
        fixture_refused (fixture, STATUS_DAMAGED, "data.mdb");
    }
}

static void
flipped_bytes_in_the_meta_pages_are_refused_or_harmless (void **state)
{
    journal_fixture_t *fixture = *state;
    char path [4096];
    snprintf (path, sizeof path, "%s/journal/data.mdb", fixture->dir);
    fixture_commit (fixture, 50);
    fixture_close (fixture);
    for (int64_t offset = 0; offset < 4096 + 152; offset++) {
        if (offset == 152) {
            offset = 4096;
        }
        scratch_flip (path, offset, 0x40);
        char reason [256] = "";
        journal_options_t options = fixture_options (FIXTURE_MAP_BYTES);
        options.read_only = true;
        status_t status = journal_open (fixture->dir, &options, &fixture->journal, reason);
        assert_true (status == STATUS_OK || *reason);
        if (status == STATUS_OK) {
            fixture_read_everything (fixture);
        }
        fixture_close (fixture);
        scratch_flip (path, offset, 0x40);
    }
    fixture_open (fixture, FIXTURE_MAP_BYTES);
    fixture_check (fixture);
}

static void
a_wrong_format_line_is_refused (void **state)
{
    journal_fixture_t *fixture = *state;
    char path [4096];
    static const struct {
        const char *line;
        status_t status;
        const char *reason;
    } cases [] = {
        { "", STATUS_DAMAGED, "FORMAT" },
        { "happypay journal 1 partitions 8\n", STATUS_UNSUPPORTED, "format 1" },
        { "happypay journal 2 partitions 0\n", STATUS_DAMAGED, "FORMAT" },
        { "happypay journal 2 partitions 99999\n", STATUS_DAMAGED, "FORMAT" },
        { "happypay journal 2 partitions 8", STATUS_DAMAGED, "FORMAT" },
        { "happypay journal 2 partitions 8\nmore", STATUS_DAMAGED, "FORMAT" },
        { "happypay journal 2 partitions 9\n", STATUS_DAMAGED, "says 9 partitions" },
        { "happypay journal 2 partitions 7\n", STATUS_DAMAGED, "data.mdb has 8" },
        { "\xFF\xFE", STATUS_DAMAGED, "FORMAT" },
    };
    snprintf (path, sizeof path, "%s/journal/FORMAT", fixture->dir);
    fixture_commit (fixture, 10);
    fixture_close (fixture);
    for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
        scratch_write (path, cases [index].line, strlen (cases [index].line));
        fixture_refused (fixture, cases [index].status, cases [index].reason);
    }
    static char long_text [5000];
    memset (long_text, 'x', sizeof long_text);
    scratch_write (path, long_text, sizeof long_text);
    fixture_refused (fixture, STATUS_DAMAGED, "FORMAT");
}

//  A journal that was lost must never be made anew in silence.
static void
a_journal_that_lost_a_file_is_refused (void **state)
{
    journal_fixture_t *fixture = *state;
    char format [4096], data [4096];
    snprintf (format, sizeof format, "%s/journal/FORMAT", fixture->dir);
    snprintf (data, sizeof data, "%s/journal/data.mdb", fixture->dir);
    fixture_commit (fixture, 10);
    fixture_close (fixture);
    assert_int_equal (unlink (format), 0);
    fixture_refused (fixture, STATUS_DAMAGED, "FORMAT is gone");
    scratch_write (format, "happypay journal 2 partitions 8\n", 32);
    fixture_open (fixture, FIXTURE_MAP_BYTES);
    fixture_check (fixture);
    fixture_close (fixture);
    assert_int_equal (unlink (data), 0);
    fixture_refused (fixture, STATUS_DAMAGED, "data.mdb is gone");
}

static void
a_making_that_was_interrupted_is_finished (void **state)
{
    journal_fixture_t *fixture = *state;
    char format [4096];
    snprintf (format, sizeof format, "%s/journal/FORMAT", fixture->dir);
    fixture_close (fixture);
    assert_int_equal (unlink (format), 0);
    fixture_open (fixture, FIXTURE_MAP_BYTES);
    assert_true (scratch_exists (format));
    fixture_commit (fixture, 10);
    fixture_check (fixture);
}

static void
an_old_journal_keeps_its_partitions (void **state)
{
    journal_fixture_t *fixture = *state;
    fixture_commit (fixture, 10);
    fixture_close (fixture);
    journal_options_t options = fixture_options (FIXTURE_MAP_BYTES);
    options.partitions = 64;
    char reason [256];
    assert_int_equal (journal_open (fixture->dir, &options, &fixture->journal, reason), STATUS_OK);
    fixture_check (fixture);
}

int
main (int argc, char **argv)
{
    s_seed = chance_seed (argc, argv);
    fixture_seed (s_seed);
#define TEST(name) cmocka_unit_test_setup_teardown (name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests [] = {
        TEST (a_new_journal_is_empty),
        TEST (a_committed_batch_is_read_back_in_order),
        TEST (a_reopened_journal_goes_on_where_it_was),
        TEST (an_aborted_batch_leaves_nothing),
        TEST (a_batch_left_open_when_the_process_dies_leaves_nothing),
        TEST (a_range_is_read_up_to_its_count_or_until_the_callback_stops),
        TEST (records_of_every_size_are_read_whole),
        TEST (a_callback_may_read_too),
        TEST (a_flipped_byte_is_found_and_what_precedes_it_is_read),
        TEST (a_flipped_byte_in_the_last_record_keeps_the_journal_closed),
        TEST (a_record_in_the_wrong_place_breaks_the_chain),
        TEST (a_file_cut_short_anywhere_is_refused),
        TEST (garbage_in_place_of_the_file_is_refused),
        TEST (flipped_bytes_in_the_meta_pages_are_refused_or_harmless),
        TEST (a_wrong_format_line_is_refused),
        TEST (a_journal_that_lost_a_file_is_refused),
        TEST (a_making_that_was_interrupted_is_finished),
        TEST (an_old_journal_keeps_its_partitions),
    };
    return cmocka_run_group_tests_name ("store/journal", tests, NULL, NULL);
}
