//  journal, where the machine ends: map, disk, address space, readers, rights; and
//  with many threads that read while one writes.

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "store/journal.h"
#include "tests/lib/chance.h"
#include "tests/lib/journal_fixture.h"
#include "tests/lib/scratch.h"

//  Sanitizers take terabytes of address space for themselves.
#if defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define SANITIZED 1
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

enum { SMALL_MAP_BYTES = 512 * 1024, THREADS = 8, BATCHES = 60 };

static void
a_full_map_refuses_the_batch_and_a_bigger_one_takes_it (void **state)
{
    journal_fixture_t *fixture = *state;
    fixture_close (fixture);
    fixture_open (fixture, SMALL_MAP_BYTES);
    int batches = 0;
    while (fixture_try_commit (fixture, 50) == STATUS_OK) {
        assert_true (++batches < 1000);
    }
    assert_true (batches > 2);
    fixture_check (fixture);

    //  Still full, still refused, still readable; a sticky failure is the first one. A
    //  batch of as many records may be smaller, and fit; one of ten times as many cannot.
    assert_int_equal (fixture_try_commit (fixture, 500), STATUS_NO_SPACE);
    assert_int_equal (fixture_begin_and_append (fixture, 2000), STATUS_NO_SPACE);
    assert_int_equal (journal_commit (fixture->journal), STATUS_NO_SPACE);
    fixture_check (fixture);

    fixture_reopen (fixture);
    fixture_check (fixture);
    fixture_commit (fixture, 500);
    fixture_check (fixture);
}

static void
s_fill_disk (const char *path)
{
    FILE *file = fopen (path, "w");
    static char block [4096];
    assert_non_null (file);
    while (fwrite (block, 1, sizeof block, file) == sizeof block && fflush (file) == 0) {
    }
    fclose (file);
}

//  In a mount namespace of a child: a file system of 2 MiB that fills up for real.
static int
s_write_to_a_full_disk (journal_fixture_t *fixture)
{
    enum { CANNOT_MOUNT = 77 };
    if (unshare (CLONE_NEWNS) != 0 || mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0
        || mount ("none", fixture->dir, "tmpfs", 0, "size=2m") != 0) {
        return CANNOT_MOUNT;
    }
    char stuffing [4096];
    snprintf (stuffing, sizeof stuffing, "%s/stuffing", fixture->dir);
    fixture_open (fixture, FIXTURE_MAP_BYTES);
    fixture_commit (fixture, 100);
    s_fill_disk (stuffing);
    status_t status;
    int tries = 0;
    while ((status = fixture_try_commit (fixture, 100)) == STATUS_OK) {
        assert_true (++tries < 1000);
    }
    assert_int_equal (status, STATUS_NO_SPACE);
    assert_int_equal (fixture_try_commit (fixture, 100), STATUS_NO_SPACE);
    fixture_check (fixture);

    //  Space again: the same open journal goes on.
    assert_int_equal (unlink (stuffing), 0);
    fixture_commit (fixture, 100);
    fixture_check (fixture);
    fixture_reopen (fixture);
    fixture_check (fixture);
    return 0;
}

static int
s_in_a_child (int (*run) (journal_fixture_t *), journal_fixture_t *fixture)
{
    fixture_close (fixture);
    pid_t child = fork ();
    if (child == 0) {
        _exit (run (fixture));
    }
    int ended;
    assert_int_equal (waitpid (child, &ended, 0), child);
    assert_true (WIFEXITED (ended));
    return WEXITSTATUS (ended);
}

static void
a_full_disk_refuses_the_batch_and_goes_on_when_there_is_space (void **state)
{
    journal_fixture_t *fixture = *state;
    int ended = s_in_a_child (s_write_to_a_full_disk, fixture);
    if (ended == 77) {
        print_message ("skipped: this user may not mount\n");
        skip ();
    }
    assert_int_equal (ended, 0);
}

#if !SANITIZED
static int
s_open_without_address_space (journal_fixture_t *fixture)
{
    struct rlimit little = { 1u << 30, 1u << 30 };
    char reason [256] = "";
    journal_options_t options = fixture_options ((size_t) 1 << 40);
    if (setrlimit (RLIMIT_AS, &little) != 0) {
        return 1;
    }
    status_t status = journal_open (fixture->dir, &options, &fixture->journal, reason);
    return status == STATUS_LIMIT && strstr (reason, "address space") ? 0 : 2;
}

static void
a_map_that_cannot_be_reserved_is_said (void **state)
{
    assert_int_equal (s_in_a_child (s_open_without_address_space, *state), 0);
}
#endif

static void
a_file_where_the_folder_should_be_is_refused (void **state)
{
    journal_fixture_t *fixture = *state;
    fixture_close (fixture);
    scratch_destroy (&fixture->dir);
    fixture->dir = scratch_new ();
    scratch_write (scratch_path (fixture->dir, "journal"), "", 0);
    fixture_refused (fixture, STATUS_NO_ACCESS, "/journal: there is a file");
}

static void
a_folder_where_the_file_should_be_is_refused (void **state)
{
    journal_fixture_t *fixture = *state;
    fixture_close (fixture);
    assert_int_equal (unlink (scratch_path (fixture->dir, "journal/data.mdb")), 0);
    assert_int_equal (mkdir (scratch_path (fixture->dir, "journal/data.mdb"), 0700), 0);
    fixture_refused (fixture, STATUS_NO_ACCESS, "data.mdb: not a file");
    assert_int_equal (rmdir (scratch_path (fixture->dir, "journal/data.mdb")), 0);
}

static void
a_missing_data_folder_is_refused (void **state)
{
    journal_fixture_t *fixture = *state;
    fixture_close (fixture);
    scratch_destroy (&fixture->dir);
    fixture->dir = strdup ("/nonexistent/happypay");
    fixture_refused (fixture, STATUS_NOT_FOUND, "/nonexistent/happypay/journal");
}

static int
s_entries (const char *path)
{
    int count = 0;
    DIR *folder = opendir (path);
    assert_non_null (folder);
    while (readdir (folder)) {
        count++;
    }
    closedir (folder);
    return count;
}

static void
a_read_only_opening_reads_all_and_makes_nothing (void **state)
{
    journal_fixture_t *fixture = *state;
    char reason [256] = "", folder [4096];
    journal_options_t options = fixture_options (FIXTURE_MAP_BYTES);
    options.read_only = true;
    snprintf (folder, sizeof folder, "%s/journal", fixture->dir);
    fixture_commit (fixture, 100);
    fixture_close (fixture);
    assert_int_equal (unlink (scratch_path (folder, "lock.mdb")), 0);
    int64_t size = scratch_size (scratch_path (folder, "data.mdb"));
    int entries = s_entries (folder);
    assert_int_equal (journal_open (fixture->dir, &options, &fixture->journal, reason), STATUS_OK);
    fixture_check (fixture);
    fixture_close (fixture);
    assert_int_equal (s_entries (folder), entries);
    assert_int_equal (scratch_size (scratch_path (folder, "data.mdb")), size);

    char *empty = scratch_new ();
    assert_int_equal (journal_open (empty, &options, &fixture->journal, reason), STATUS_NOT_FOUND);
    assert_int_equal (s_entries (empty), 2);
    scratch_destroy (&empty);
}

static void
a_partition_count_beyond_the_limits_is_refused (void **state)
{
    journal_fixture_t *fixture = *state;
    static const uint16_t counts [] = { 0, 1025, UINT16_MAX };
    char reason [256];
    for (size_t index = 0; index < sizeof counts / sizeof *counts; index++) {
        char *dir = scratch_new ();
        journal_t *journal = NULL;
        journal_options_t options = fixture_options (FIXTURE_MAP_BYTES);
        options.partitions = counts [index];
        assert_int_equal (journal_open (dir, &options, &journal, reason), STATUS_INVALID);
        scratch_destroy (&dir);
    }
    (void) fixture;
}

static void
usage_grows_with_what_is_written (void **state)
{
    journal_fixture_t *fixture = *state;
    size_t before, after, map;
    journal_usage (fixture->journal, &before, &map);
    assert_int_equal (map, FIXTURE_MAP_BYTES);
    fixture_commit (fixture, 1000);
    journal_usage (fixture->journal, &after, &map);
    assert_true (after > before + 100000 && after < map);
}

//  ---------------------------------------------------------------------------
//  Threads

typedef struct {
    journal_t *journal;
    atomic_bool stop;
    atomic_int reads;
} reading_t;

static void *
s_read_until_stopped (void *context)
{
    reading_t *reading = context;
    uint64_t seen [FIXTURE_PARTITIONS] = { 0 };
    while (!atomic_load (&reading->stop)) {
        for (uint16_t partition = 0; partition < FIXTURE_PARTITIONS; partition++) {
            uint64_t last, next;
            uint8_t chain [RECORD_CHAIN_SIZE];
            assert_int_equal (journal_last (reading->journal, partition, &last, chain), STATUS_OK);
            assert_true (last >= seen [partition]);
            fixture_walk_t walk = { .next = seen [partition] + 1 };
            assert_int_equal (journal_read (reading->journal, partition, walk.next, SIZE_MAX,
                                            fixture_follow, &walk, &next),
                              STATUS_OK);
            assert_true (next > last);
            seen [partition] = next - 1;
        }
        atomic_fetch_add (&reading->reads, 1);
    }
    return NULL;
}

static void
many_threads_read_while_one_writes (void **state)
{
    journal_fixture_t *fixture = *state;
    reading_t reading = { .journal = fixture->journal };
    pthread_t threads [THREADS];
    for (int index = 0; index < THREADS; index++) {
        assert_int_equal (pthread_create (&threads [index], NULL, s_read_until_stopped, &reading),
                          0);
    }
    for (int batch = 0; batch < BATCHES || atomic_load (&reading.reads) < THREADS; batch++) {
        fixture_commit (fixture, 100);  //  The index is written again and again
    }
    atomic_store (&reading.stop, true);
    for (int index = 0; index < THREADS; index++) {
        assert_int_equal (pthread_join (threads [index], NULL), 0);
    }
    fixture_check (fixture);
}

//  A reader that kept its transaction would pin every page that is freed since.
static void
readers_that_are_idle_do_not_make_the_file_grow (void **state)
{
    journal_fixture_t *fixture = *state;
    fixture_commit (fixture, 10);
    fixture_check (fixture);  //  Leaves idle readers behind
    size_t before, after, map;
    journal_usage (fixture->journal, &before, &map);
    uint64_t written = 0;
    for (int batch = 0; batch < 500; batch++) {
        fixture_commit (fixture, 1);
        written++;
    }
    journal_usage (fixture->journal, &after, &map);
    assert_true (after - before < written * 1500 + 64 * 4096);
}

int
main (int argc, char **argv)
{
    fixture_seed (chance_seed (argc, argv));
#define TEST(name) cmocka_unit_test_setup_teardown (name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests [] = {
        TEST (a_full_map_refuses_the_batch_and_a_bigger_one_takes_it),
        TEST (a_full_disk_refuses_the_batch_and_goes_on_when_there_is_space),
#if !SANITIZED
        TEST (a_map_that_cannot_be_reserved_is_said),
#endif
        TEST (a_file_where_the_folder_should_be_is_refused),
        TEST (a_folder_where_the_file_should_be_is_refused),
        TEST (a_missing_data_folder_is_refused),
        TEST (a_read_only_opening_reads_all_and_makes_nothing),
        TEST (a_partition_count_beyond_the_limits_is_refused),
        TEST (usage_grows_with_what_is_written),
        TEST (many_threads_read_while_one_writes),
        TEST (readers_that_are_idle_do_not_make_the_file_grow),
    };
    return cmocka_run_group_tests_name ("store/journal_limits", tests, NULL, NULL);
}
