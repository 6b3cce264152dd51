//  member_rewrap: every key survives being wrapped anew, whenever the process or the
//  machine stops; nothing is left of a key that is destroyed.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "edge/key_redo.h"
#include "edge/keyring_place.h"
#include "edge/member_keys.h"
#include "runtime/scoped.h"
#include "tests/lib/keys_fixture.h"
#include "tests/lib/scratch.h"

enum { MEMBERS = 1500, KILLS = 12 };

static oid_t
member_numbered (uint32_t number)
{
    oid_t member = { .kind = OID_MEMBER };
    uint64_t start = number * UINT64_C (11400714819323198485);
    memcpy (member.bytes, &start, sizeof start);
    memcpy (member.bytes + 8, &number, sizeof number);
    return member;
}

static keys_fixture_t *
fixture (void **state)
{
    return *state;
}

static int
fixture_new (void **state)
{
    keys_fixture_t *self = calloc (1, sizeof *self);
    keys_fixture_open (self);
    *state = self;
    return 0;
}

static int
fixture_done (void **state)
{
    keys_fixture_close (*state);
    free (*state);
    return 0;
}

static void
reopen (keys_fixture_t *self)
{
    char reason [256];
    member_keys_destroy (&self->keys);
    assert_int_equal (member_keys_open (scratch_path (self->dir, "keys"), self->keyring,
                                        &self->keys, reason),
                      STATUS_OK);
}

static status_t
rotate (void *context, keyring_text_t *text, char reason [256])
{
    strcpy (reason, "full");
    return keyring_text_rotate (text, KEYRING_MASTER, context);
}

static void
rotate_master (keys_fixture_t *self)
{
    char reason [256];
    bool changed;
    uint32_t id;
    scoped (keyring_place_destroy) keyring_place_t *place = NULL;
    assert_int_equal (keyring_place_new (scratch_path (self->dir, "keyring"), NULL, &place, reason),
                      STATUS_OK);
    assert_int_equal (keyring_place_change (place, rotate, &id, reason), STATUS_OK);
    assert_int_equal (keyring_reload (self->keyring, place, &changed, reason), STATUS_OK);
    assert_int_equal (member_keys_announce (self->keys, reason), STATUS_OK);
}

static member_keys_pass_t
whole_pass (keys_fixture_t *self)
{
    member_keys_pass_t pass = { 0 };
    while (!pass.done) {
        assert_int_equal (member_keys_rewrap (self->keys, &pass), STATUS_OK);
    }
    return pass;
}

static member_keys_census_t
census_of (const keys_fixture_t *self)
{
    char reason [256];
    member_keys_census_t census;
    assert_int_equal (member_keys_census (scratch_path (self->dir, "keys"), &census, reason),
                      STATUS_OK);
    return census;
}

static uint64_t
wrapped_by (const keys_fixture_t *self, uint32_t master)
{
    member_keys_census_t census = census_of (self);
    for (size_t index = 0; index < census.count; index++) {
        if (census.masters [index] == master) {
            return census.keys [index];
        }
    }
    return 0;
}

static uint8_t made [MEMBERS][MEMBER_KEY_SIZE];

static void
make_members (keys_fixture_t *self, uint32_t count)
{
    for (uint32_t number = 0; number < count; number++) {
        assert_int_equal (member_keys_put (self->keys, member_numbered (number), made [number]),
                          STATUS_OK);
    }
}

static void
check_members (keys_fixture_t *self, uint32_t count)
{
    for (uint32_t number = 0; number < count; number++) {
        uint8_t key [MEMBER_KEY_SIZE];
        assert_int_equal (member_keys_find (self->keys, member_numbered (number), key), STATUS_OK);
        assert_memory_equal (key, made [number], MEMBER_KEY_SIZE);
    }
}

static void
every_key_is_wrapped_by_the_new_master_key_and_stays_the_same (void **state)
{
    keys_fixture_t *self = fixture (state);
    make_members (self, MEMBERS);  //  More than one table
    rotate_master (self);
    assert_int_equal (wrapped_by (self, 1), MEMBERS);
    member_keys_pass_t pass = whole_pass (self);
    assert_int_equal (pass.rewrapped, MEMBERS);
    assert_int_equal (pass.lost, 0);
    assert_int_equal (wrapped_by (self, 1), 0);
    assert_int_equal (wrapped_by (self, 2), MEMBERS);
    assert_int_equal (census_of (self).taken [KEYRING_MASTER], 2);
    assert_int_equal (member_keys_count (self->keys), MEMBERS);
    reopen (self);
    check_members (self, MEMBERS);
    assert_int_equal (member_keys_count (self->keys), MEMBERS);
    assert_int_equal (whole_pass (self).rewrapped, 0);
}

static void
a_destroyed_key_stays_destroyed (void **state)
{
    keys_fixture_t *self = fixture (state);
    uint8_t key [MEMBER_KEY_SIZE];
    make_members (self, 10);
    rotate_master (self);
    assert_int_equal (member_keys_erase (self->keys, member_numbered (3)), STATUS_OK);
    assert_int_equal (whole_pass (self).rewrapped, 9);
    reopen (self);
    assert_int_equal (member_keys_find (self->keys, member_numbered (3), key), STATUS_NOT_FOUND);
}

static void
nothing_of_a_batch_is_left_in_the_redo_file (void **state)
{
    keys_fixture_t *self = fixture (state);
    char bytes [4096];
    make_members (self, 10);
    rotate_master (self);
    whole_pass (self);
    int file = open (scratch_path (self->dir, "keys/rewrap"), O_RDONLY);
    ssize_t got;
    while ((got = read (file, bytes, sizeof bytes)) > 0) {
        for (ssize_t index = 0; index < got; index++) {
            assert_int_equal (bytes [index], 0);
        }
    }
    assert_int_equal (got, 0);
    close (file);
}

//  As a power cut leaves it: the batch is on disk, one slot of it half written.
static void
a_slot_torn_while_it_was_wrapped_anew_is_mended (void **state)
{
    keys_fixture_t *self = fixture (state);
    char reason [256];
    key_redo_entry_t entry = { .table = 0 };
    oid_t member = member_numbered (0);  //  Its probing starts at slot 0
    make_members (self, 1);
    rotate_master (self);
    key_slot_seal (entry.slot, self->keyring, member, made [0]);

    key_redo_t redo;
    assert_int_equal (key_redo_open (&redo, scratch_path (self->dir, "keys"), reason), STATUS_OK);
    assert_int_equal (key_redo_write (&redo, &entry, 1), STATUS_OK);
    assert_true (census_of (self).unfinished);
    int file = open (scratch_path (self->dir, "keys/members.0"), O_RDWR);
    assert_int_equal (pwrite (file, entry.slot, KEY_SLOT_SIZE / 2, 0), KEY_SLOT_SIZE / 2);
    close (file);
    reopen (self);
    check_members (self, 1);
    assert_int_equal (member_keys_count (self->keys), 1);
    assert_false (census_of (self).unfinished);
    key_redo_close (&redo);
}

//  A batch whose every slot was written, or none: what is whole stays, also destroyed.
static void
a_redo_file_brings_no_destroyed_key_back (void **state)
{
    keys_fixture_t *self = fixture (state);
    char reason [256];
    uint8_t key [MEMBER_KEY_SIZE];
    key_redo_entry_t entry = { .table = 0 };
    make_members (self, 1);
    rotate_master (self);
    key_slot_seal (entry.slot, self->keyring, member_numbered (0), made [0]);
    assert_int_equal (member_keys_erase (self->keys, member_numbered (0)), STATUS_OK);
    key_redo_t redo;
    assert_int_equal (key_redo_open (&redo, scratch_path (self->dir, "keys"), reason), STATUS_OK);
    assert_int_equal (key_redo_write (&redo, &entry, 1), STATUS_OK);
    key_redo_close (&redo);
    reopen (self);
    assert_int_equal (member_keys_find (self->keys, member_numbered (0), key), STATUS_NOT_FOUND);
}

//  Rotates and wraps without an end, until it is killed.
static void
rotate_for_ever (keys_fixture_t *self, int started)
{
    reopen (self);
    ssize_t told = write (started, "x", 1);
    while (told == 1) {
        member_keys_pass_t pass = { 0 };
        while (!pass.done && member_keys_rewrap (self->keys, &pass) == STATUS_OK) {
        }
        rotate_master (self);
    }
}

static void
killed_in_the_middle_it_goes_on_and_no_key_is_lost (void **state)
{
    keys_fixture_t *self = fixture (state);
    make_members (self, MEMBERS);
    for (int kill_number = 0; kill_number < KILLS; kill_number++) {
        int pipes [2];
        char started;
        assert_int_equal (pipe (pipes), 0);
        pid_t child = fork ();
        if (child == 0) {
            rotate_for_ever (self, pipes [1]);
            _exit (0);
        }
        assert_int_equal (read (pipes [0], &started, 1), 1);
        poll (NULL, 0, kill_number * 3);  //  Somewhere else each time
        assert_int_equal (kill (child, SIGKILL), 0);
        int status;
        assert_int_equal (waitpid (child, &status, 0), child);
        assert_true (WIFSIGNALED (status));
        close (pipes [0]);
        close (pipes [1]);

        char reason [256];
        keyring_destroy (&self->keyring);
        assert_int_equal (keyring_open (scratch_path (self->dir, "keyring"), false, &self->keyring,
                                        reason),
                          STATUS_OK);
        reopen (self);
        check_members (self, MEMBERS);
    }
    assert_int_equal (whole_pass (self).lost, 0);
    uint32_t active = keyring_master_key (self->keyring)->id;
    assert_int_equal (wrapped_by (self, active), MEMBERS);
}

#define REWRAP_TEST(name) cmocka_unit_test_setup_teardown (name, fixture_new, fixture_done)

int
main (void)
{
    const struct CMUnitTest tests [] = {
        REWRAP_TEST (every_key_is_wrapped_by_the_new_master_key_and_stays_the_same),
        REWRAP_TEST (a_destroyed_key_stays_destroyed),
        REWRAP_TEST (nothing_of_a_batch_is_left_in_the_redo_file),
        REWRAP_TEST (a_slot_torn_while_it_was_wrapped_anew_is_mended),
        REWRAP_TEST (a_redo_file_brings_no_destroyed_key_back),
        REWRAP_TEST (killed_in_the_middle_it_goes_on_and_no_key_is_lost),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
