//  state, when it is of no use: what is damaged or of another version is made anew,
//  what cannot be reached is left alone, what is full says so.

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tests/lib/chance.h"
#include "tests/lib/scratch.h"
#include "tests/lib/state_fixture.h"

static uint64_t s_seed;

static bool
s_count (void *context, const uint8_t *key, size_t key_size, const uint8_t *value,
         size_t value_size)
{
    (void) key, (void) key_size, (void) value, (void) value_size;
    ++*(int *) context;
    return true;
}

static void
discard_empties_every_table (void **state)
{
    state_fixture_t *self = *state;
    for (unsigned table = 0; table < TABLE_COUNT; table++) {
        state_fixture_put (self, table, "k", "v");
    }
    assert_int_equal (state_discard (self->state), STATUS_OK);
    for (unsigned table = 0; table < TABLE_COUNT; table++) {
        state_fixture_is_absent (self, table, "k");
    }
    state_fixture_put (self, TABLE_META, "k", "again");
    state_fixture_close (self);
    state_fixture_open (self, 1, MAP_BYTES);
    state_fixture_is (self, TABLE_META, "k", "again");
}

static void
another_version_is_discarded_and_made_anew (void **state)
{
    state_fixture_t *self = *state;
    char reason [256] = "";
    state_fixture_put (self, TABLE_META, "k", "v");
    state_fixture_close (self);
    state_options_t options = state_fixture_options (2, MAP_BYTES);
    options.read_only = true;
    assert_int_equal (state_open (self->dir, &options, &self->state, reason), STATUS_UNSUPPORTED);
    assert_non_null (strstr (reason, "/state"));
    state_fixture_open (self, 1, MAP_BYTES);  //  Looking has changed nothing
    state_fixture_is (self, TABLE_META, "k", "v");
    state_fixture_close (self);
    state_fixture_open (self, 2, MAP_BYTES);
    assert_non_null (strstr (state_made_anew_why (self->state), "version"));
    state_fixture_is_absent (self, TABLE_META, "k");
}

static void
a_damaged_state_is_discarded_and_made_anew (void **state)
{
    state_fixture_t *self = *state;
    char path [4096], reason [256];
    snprintf (path, sizeof path, "%s/state/data.mdb", self->dir);
    chance_t chance = chance_new (s_seed);
    for (int round = 0; round < 12; round++) {
        state_fixture_put (self, TABLE_META, "k", "v");
        state_fixture_close (self);
        if (round % 2) {
            uint8_t garbage [9000];
            chance_fill (&chance, garbage, sizeof garbage);
            scratch_write (path, garbage, 1 + chance_below (&chance, sizeof garbage));
        }
        else {
            int64_t size = scratch_size (path);
            scratch_truncate (path, 1 + (int64_t) chance_below (&chance, (uint64_t) size - 1));
        }
        state_options_t options = state_fixture_options (1, MAP_BYTES);
        options.read_only = true;
        assert_int_equal (state_open (self->dir, &options, &self->state, reason), STATUS_DAMAGED);
        state_fixture_open (self, 1, MAP_BYTES);
        assert_non_null (state_made_anew_why (self->state));
        state_fixture_is_absent (self, TABLE_META, "k");
    }
}

//  Pages taken at the end and given back are not written by LMDB; the file must
//  not look as if it had been cut.
static void
a_state_that_shrank_is_not_taken_for_damaged (void **state)
{
    state_fixture_t *self = *state;
    static uint8_t value [20000];
    chance_t chance = chance_new (s_seed);
    state_fixture_put (self, TABLE_META, "mark", "v");
    for (int round = 0; round < 60; round++) {
        assert_int_equal (state_begin (self->state), STATUS_OK);
        for (int turn = 0; turn < 40; turn++) {
            uint8_t key = (uint8_t) chance_below (&chance, 20);
            if (chance_below (&chance, 2)) {
                assert_int_equal (state_put (self->state, TABLE_ROWS, &key, 1, value,
                                             chance_below (&chance, sizeof value)),
                                  STATUS_OK);
            }
            else {
                assert_int_equal (state_del (self->state, TABLE_ROWS, &key, 1), STATUS_OK);
            }
        }
        assert_int_equal (state_commit (self->state), STATUS_OK);
        state_fixture_close (self);
        state_fixture_open (self, 1, MAP_BYTES);
        state_fixture_is (self, TABLE_META, "mark", "v");
    }
}

static void
s_flip_balance (const char *path)
{
    int64_t at = -1;
    while ((at = scratch_find (path, at + 1, "balance-of-a-wallet", 19)) >= 0) {
        scratch_flip (path, at, 1);
    }
}

static void
a_flipped_byte_in_a_row_is_found (void **state)
{
    state_fixture_t *self = *state;
    char path [4096], found [64];
    int rows = 0;
    snprintf (path, sizeof path, "%s/state/data.mdb", self->dir);
    state_fixture_put (self, TABLE_LEDGER, "account", "balance-of-a-wallet");
    state_fixture_close (self);
    s_flip_balance (path);
    state_fixture_open (self, 1, MAP_BYTES);
    assert_int_equal (state_fixture_get (self, TABLE_LEDGER, "account", found), STATUS_DAMAGED);
    assert_int_equal (state_scan (self->reader, TABLE_LEDGER, NULL, 0, NULL, 0, false, 9, s_count,
                                  &rows),
                      STATUS_DAMAGED);
    assert_int_equal (rows, 0);
    assert_int_equal (state_discard (self->state), STATUS_OK);
    state_fixture_is_absent (self, TABLE_LEDGER, "account");
}

//  The ways to meet a damaged row; each returns what it is told.
typedef status_t (meet_fn) (state_fixture_t *self);

static status_t
s_meet_by_get (state_fixture_t *self)
{
    char found [64];
    return state_fixture_get (self, TABLE_LEDGER, "account", found);
}

static status_t
s_meet_by_scan (state_fixture_t *self)
{
    int rows = 0;
    return state_scan (self->reader, TABLE_LEDGER, NULL, 0, NULL, 0, false, 9, s_count, &rows);
}

static status_t
s_meet_in_a_transaction (state_fixture_t *self)
{
    char found [64];
    size_t size;
    assert_int_equal (state_begin (self->state), STATUS_OK);
    status_t status =
        state_get_own (self->state, TABLE_LEDGER, "account", 7, found, sizeof found, &size);
    state_abort (self->state);
    return status;
}

static void
a_damaged_row_condemns_the_state_to_be_made_anew_at_the_next_opening (void **state)
{
    static meet_fn *const ways [] = { s_meet_by_get, s_meet_by_scan, s_meet_in_a_transaction };
    state_fixture_t *self = *state;
    state_options_t looking = state_fixture_options (1, MAP_BYTES);
    char path [4096], condemned [4096], reason [256];
    looking.read_only = true;
    snprintf (path, sizeof path, "%s/state/data.mdb", self->dir);
    snprintf (condemned, sizeof condemned, "%s/state/damaged.mdb", self->dir);
    for (size_t way = 0; way < sizeof ways / sizeof ways [0]; way++) {
        state_fixture_put (self, TABLE_LEDGER, "account", "balance-of-a-wallet");
        state_fixture_close (self);
        s_flip_balance (path);
        assert_int_equal (state_open (self->dir, &looking, &self->state, reason), STATUS_OK);
        self->reader = state_reader_new (self->state);
        assert_int_equal (s_meet_by_get (self), STATUS_DAMAGED);
        state_fixture_close (self);
        assert_true (scratch_exists (path));  //  Looking has changed nothing

        state_fixture_open (self, 1, MAP_BYTES);
        assert_null (state_made_anew_why (self->state));
        for (int times = 0; times < 2; times++) {  //  Two threads may meet it
            assert_int_equal (ways [way](self), STATUS_DAMAGED);
            assert_true (scratch_exists (condemned));
            assert_false (scratch_exists (path));
        }
        state_fixture_close (self);
        assert_int_equal (state_open (self->dir, &looking, &self->state, reason), STATUS_NOT_FOUND);

        state_fixture_open (self, 1, MAP_BYTES);
        assert_non_null (strstr (state_made_anew_why (self->state), "damaged"));
        assert_false (scratch_exists (condemned));
        state_fixture_is_absent (self, TABLE_LEDGER, "account");
    }
    state_fixture_put (self, TABLE_META, "k", "v");
    state_fixture_close (self);
    state_fixture_open (self, 1, MAP_BYTES);
    assert_null (state_made_anew_why (self->state));  //  Once
    state_fixture_is (self, TABLE_META, "k", "v");
}

static void
a_state_that_cannot_be_reached_is_left_alone (void **state)
{
    state_fixture_t *self = *state;
    char path [4096], reason [256] = "";
    state_options_t options = state_fixture_options (1, MAP_BYTES);
    state_fixture_close (self);
    snprintf (path, sizeof path, "%s/state/data.mdb", self->dir);
    assert_int_equal (unlink (path), 0);
    assert_int_equal (mkdir (path, 0700), 0);
    assert_int_equal (state_open (self->dir, &options, &self->state, reason), STATUS_NO_ACCESS);
    assert_true (scratch_exists (path));
    assert_non_null (strstr (reason, path));

    char *empty = scratch_new ();
    options.read_only = true;
    assert_int_equal (state_open (empty, &options, &self->state, reason), STATUS_NOT_FOUND);
    assert_false (scratch_exists (scratch_path (empty, "state")));
    scratch_destroy (&empty);
}

static void
a_full_map_refuses_and_a_bigger_one_takes_it (void **state)
{
    state_fixture_t *self = *state;
    static uint8_t value [2000];
    state_fixture_close (self);
    state_fixture_open (self, 1, SMALL_MAP_BYTES);
    state_fixture_put (self, TABLE_META, "k", "v");
    for (int round = 0; round < 3; round++) {
        status_t status = state_begin (self->state);
        for (uint32_t key = 0; status == STATUS_OK; key++) {
            assert_true (key < 10000);
            status = state_put (self->state, TABLE_ROWS, &key, sizeof key, value, sizeof value);
        }
        assert_int_equal (status, STATUS_NO_SPACE);
        assert_int_equal (state_del (self->state, TABLE_META, "k", 1), STATUS_NO_SPACE);
        assert_int_equal (state_commit (self->state), STATUS_NO_SPACE);
        state_fixture_is (self, TABLE_META, "k", "v");
        state_fixture_put (self, TABLE_META, "k", "v");
    }
    state_fixture_close (self);
    state_fixture_open (self, 1, MAP_BYTES);
    state_fixture_is (self, TABLE_META, "k", "v");
    assert_int_equal (state_begin (self->state), STATUS_OK);
    for (uint32_t key = 0; key < 1000; key++) {
        assert_int_equal (state_put (self->state, TABLE_ROWS, &key, sizeof key, value,
                                     sizeof value),
                          STATUS_OK);
    }
    assert_int_equal (state_commit (self->state), STATUS_OK);
}

int
main (int argc, char **argv)
{
    s_seed = chance_seed (argc, argv);
#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown (name, state_fixture_setup, state_fixture_teardown)
    const struct CMUnitTest tests [] = {
        TEST (discard_empties_every_table),
        TEST (another_version_is_discarded_and_made_anew),
        TEST (a_damaged_state_is_discarded_and_made_anew),
        TEST (a_state_that_shrank_is_not_taken_for_damaged),
        TEST (a_flipped_byte_in_a_row_is_found),
        TEST (a_damaged_row_condemns_the_state_to_be_made_anew_at_the_next_opening),
        TEST (a_state_that_cannot_be_reached_is_left_alone),
        TEST (a_full_map_refuses_and_a_bigger_one_takes_it),
    };
    return cmocka_run_group_tests_name ("store/state_recovery", tests, NULL, NULL);
}
