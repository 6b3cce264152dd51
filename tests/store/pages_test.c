//  pages: a sound file passes, whatever was put and deleted in it; a changed byte
//  never makes a reader of a read_only journal leave the file.

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "store/environment.h"
#include "store/state.h"
#include "tests/lib/chance.h"
#include "tests/lib/journal_fixture.h"
#include "tests/lib/scratch.h"

enum { PAGE_BYTES = 4096, FLIPS = 300, MAP_BYTES = 64 * 1024 * 1024 };

static uint64_t s_seed;

static void
s_is_sound (const char *dir, const char *environment)
{
    char reason [256] = "";
    bool present = false;
    status_t status = environment_inspect (scratch_path (dir, environment), true, &present, reason);
    if (status != STATUS_OK) {
        print_error ("%s\n", reason);
    }
    assert_int_equal (status, STATUS_OK);
    assert_true (present);
}

static void
a_sound_journal_passes (void **state)
{
    journal_fixture_t *fixture = *state;
    s_is_sound (fixture->dir, "journal");
    for (int round = 0; round < 10; round++) {
        fixture_commit (fixture, 200);
        fixture_commit_largest (fixture, 1);
        s_is_sound (fixture->dir, "journal");
    }
}

static void
a_sound_state_passes_whatever_was_put_and_deleted (void **state)
{
    journal_fixture_t *fixture = *state;
    static uint8_t value [20000];
    char reason [256] = "";
    state_t *rows = NULL;
    state_options_t options = { .map_size_bytes = MAP_BYTES, .readers_max = 8, .version = 1 };
    chance_t chance = chance_new (s_seed);
    assert_int_equal (state_open (fixture->dir, &options, &rows, reason), STATUS_OK);
    for (int round = 0; round < 60; round++) {
        assert_int_equal (state_begin (rows), STATUS_OK);
        for (int turn = 0; turn < 200; turn++) {
            uint64_t key [8] = { chance_below (&chance, 300) };
            state_table_t table = (state_table_t) chance_below (&chance, TABLE_COUNT);
            size_t size = chance_below (&chance, 10) ? chance_below (&chance, 300)
                                                     : chance_below (&chance, sizeof value);
            status_t status = chance_below (&chance, 2)
                                  ? state_put (rows, table, key, sizeof key, value, size)
                                  : state_del (rows, table, key, sizeof key);
            assert_int_equal (status, STATUS_OK);
        }
        assert_int_equal (state_commit (rows), STATUS_OK);
        s_is_sound (fixture->dir, "state");
    }
    state_destroy (&rows);
}

//  In a child: 0 if all could be read (or was refused), whatever the bytes.
static int
s_read_in_a_child (journal_fixture_t *fixture)
{
    pid_t child = fork ();
    if (child == 0) {
        char reason [256];
        journal_options_t options = fixture_options (FIXTURE_MAP_BYTES);
        options.read_only = true;
        if (journal_open (fixture->dir, &options, &fixture->journal, reason) == STATUS_OK) {
            fixture_read_everything (fixture);
        }
        _exit (0);
    }
    int ended;
    assert_int_equal (waitpid (child, &ended, 0), child);
    return ended;
}

//  Half of the bytes are in the first 64 of their page, where its structure is.
static void
a_changed_byte_is_refused_or_harmless (void **state)
{
    journal_fixture_t *fixture = *state;
    char path [4096];
    snprintf (path, sizeof path, "%s/journal/data.mdb", fixture->dir);
    for (int batch = 0; batch < 10; batch++) {
        fixture_commit (fixture, 100);
    }
    fixture_close (fixture);
    chance_t chance = chance_new (s_seed);
    uint64_t pages = (uint64_t) scratch_size (path) / PAGE_BYTES;
    for (int round = 0; round < FLIPS; round++) {
        uint64_t page = chance_below (&chance, pages);
        uint64_t within = chance_below (&chance, round % 2 ? 64 : PAGE_BYTES);
        int64_t offset = (int64_t) (page * PAGE_BYTES + within);
        uint8_t mask = (uint8_t) (1 + chance_below (&chance, 255));
        scratch_flip (path, offset, mask);
        assert_int_equal (s_read_in_a_child (fixture), 0);
        scratch_flip (path, offset, mask);
    }
    fixture_open (fixture, FIXTURE_MAP_BYTES);
    fixture_check (fixture);
}

int
main (int argc, char **argv)
{
    s_seed = chance_seed (argc, argv);
    fixture_seed (s_seed);
#define TEST(name) cmocka_unit_test_setup_teardown (name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests [] = {
        TEST (a_sound_journal_passes),
        TEST (a_sound_state_passes_whatever_was_put_and_deleted),
        TEST (a_changed_byte_is_refused_or_harmless),
    };
    return cmocka_run_group_tests_name ("store/pages", tests, NULL, NULL);
}
