//  member_keys: durable, put once, destroyed for ever, and a torn slot harms nobody.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "edge/key_slot.h"
#include "edge/member_keys.h"
#include "runtime/scoped.h"

enum { FIRST_TABLE_SLOTS = 1024 };

typedef struct {
    char dir [64], keys_dir [80], table [112];
    keyring_t *keyring;
    member_keys_t *keys;
} fixture_t;

static void
open_keys (fixture_t *self)
{
    char reason [256];
    assert_int_equal (member_keys_open (self->keys_dir, self->keyring, &self->keys, reason),
                      STATUS_OK);
}

static void
reopen_keys (fixture_t *self)
{
    member_keys_destroy (&self->keys);
    open_keys (self);
}

static keyring_t *
keyring_at (const fixture_t *self, const char *name)
{
    char path [128], reason [256];
    keyring_t *keyring = NULL;
    snprintf (path, sizeof path, "%s/%s", self->dir, name);
    assert_int_equal (keyring_open (path, true, &keyring, reason), STATUS_OK);
    return keyring;
}

static int
fixture_new (void **state)
{
    fixture_t *self = calloc (1, sizeof *self);
    strcpy (self->dir, "/tmp/member_keys_test.XXXXXX");
    assert_non_null (mkdtemp (self->dir));
    snprintf (self->keys_dir, sizeof self->keys_dir, "%s/keys", self->dir);
    snprintf (self->table, sizeof self->table, "%s/members.0", self->keys_dir);
    self->keyring = keyring_at (self, "keyring");
    open_keys (self);
    *state = self;
    return 0;
}

static int
fixture_done (void **state)
{
    fixture_t *self = *state;
    char command [128];
    member_keys_destroy (&self->keys);
    keyring_destroy (&self->keyring);
    snprintf (command, sizeof command, "rm -rf %s", self->dir);
    free (self);
    return system (command);
}

//  Members whose probing starts at slot `start` of the first table.
static oid_t
member_at (uint64_t start, uint32_t number)
{
    oid_t member = { .kind = OID_MEMBER };
    memcpy (member.bytes, &start, sizeof start);
    memcpy (member.bytes + 8, &number, sizeof number);
    return member;
}

static oid_t
member_numbered (uint32_t number)
{
    return member_at (number * UINT64_C (11400714819323198485), number);
}

static void
a_key_is_made_once_and_stays (void **state)
{
    fixture_t *self = *state;
    uint8_t made [MEMBER_KEY_SIZE], again [MEMBER_KEY_SIZE], found [MEMBER_KEY_SIZE];
    oid_t member = member_numbered (1);

    assert_int_equal (member_keys_find (self->keys, member, found), STATUS_NOT_FOUND);
    assert_int_equal (member_keys_put (self->keys, member, made), STATUS_OK);
    assert_int_equal (member_keys_put (self->keys, member, again), STATUS_OK);
    assert_memory_equal (made, again, MEMBER_KEY_SIZE);
    reopen_keys (self);
    assert_int_equal (member_keys_find (self->keys, member, found), STATUS_OK);
    assert_memory_equal (made, found, MEMBER_KEY_SIZE);
    assert_int_equal (member_keys_count (self->keys), 1);
}

static void
a_destroyed_key_is_gone_from_disk_and_is_not_made_again (void **state)
{
    fixture_t *self = *state;
    uint8_t key [MEMBER_KEY_SIZE], slot [KEY_SLOT_SIZE], wrapped [48];
    oid_t member = member_at (7, 1);

    assert_int_equal (member_keys_put (self->keys, member, key), STATUS_OK);
    int file = open (self->table, O_RDONLY);
    assert_int_equal (pread (file, slot, sizeof slot, 7 * KEY_SLOT_SIZE), KEY_SLOT_SIZE);
    memcpy (wrapped, slot + 56, sizeof wrapped);
    assert_int_equal (member_keys_erase (self->keys, member), STATUS_OK);
    assert_int_equal (pread (file, slot, sizeof slot, 7 * KEY_SLOT_SIZE), KEY_SLOT_SIZE);
    close (file);
    assert_null (memmem (slot, sizeof slot, wrapped, 8));
    for (int round = 0; round < 2; round++) {
        assert_int_equal (member_keys_find (self->keys, member, key), STATUS_NOT_FOUND);
        assert_int_equal (member_keys_put (self->keys, member, key), STATUS_NOT_FOUND);
        assert_int_equal (member_keys_erase (self->keys, member), STATUS_OK);
        assert_int_equal (member_keys_count (self->keys), 0);
        reopen_keys (self);
    }
}

static void
erasing_a_member_without_a_key_keeps_it_without (void **state)
{
    fixture_t *self = *state;
    oid_t member = member_numbered (5);

    assert_int_equal (member_keys_erase (self->keys, member), STATUS_OK);
    assert_int_equal (member_keys_put (self->keys, member, NULL), STATUS_NOT_FOUND);
}

static void
thousands_of_members_are_found_across_tables (void **state)
{
    enum { MEMBERS = 5000 };
    fixture_t *self = *state;
    uint8_t (*made) [MEMBER_KEY_SIZE] = calloc (MEMBERS, MEMBER_KEY_SIZE);
    uint8_t found [MEMBER_KEY_SIZE];
    char path [112];

    for (uint32_t number = 0; number < MEMBERS; number++) {
        assert_int_equal (member_keys_put (self->keys, member_numbered (number), made [number]),
                          STATUS_OK);
    }
    assert_int_equal (member_keys_erase (self->keys, member_numbered (3)), STATUS_OK);
    snprintf (path, sizeof path, "%s/members.2", self->keys_dir);
    assert_int_equal (access (path, F_OK), 0);
    reopen_keys (self);
    assert_int_equal (member_keys_count (self->keys), MEMBERS - 1);
    for (uint32_t number = 0; number < MEMBERS; number++) {
        status_t status = member_keys_find (self->keys, member_numbered (number), found);
        assert_int_equal (status, number == 3 ? STATUS_NOT_FOUND : STATUS_OK);
        if (status == STATUS_OK) {
            assert_memory_equal (found, made [number], MEMBER_KEY_SIZE);
        }
    }
    free (made);
}

static void
a_torn_slot_is_passed_over_and_not_used_again (void **state)
{
    fixture_t *self = *state;
    uint8_t keys [3][MEMBER_KEY_SIZE], found [MEMBER_KEY_SIZE], byte = 0;

    //  All three start at the last slot, so the probing wraps
    for (uint32_t number = 0; number < 3; number++) {
        oid_t member = member_at (FIRST_TABLE_SLOTS - 1, number);
        assert_int_equal (member_keys_put (self->keys, member, keys [number]), STATUS_OK);
    }
    member_keys_destroy (&self->keys);
    int file = open (self->table, O_RDWR);
    assert_int_equal (pread (file, &byte, 1, 60), 1);
    byte ^= 1;
    assert_int_equal (pwrite (file, &byte, 1, 60), 1);  //  Slot 0: the second member's
    close (file);
    open_keys (self);
    assert_int_equal (member_keys_find (self->keys, member_at (FIRST_TABLE_SLOTS - 1, 1), found),
                      STATUS_NOT_FOUND);
    assert_int_equal (member_keys_find (self->keys, member_at (FIRST_TABLE_SLOTS - 1, 2), found),
                      STATUS_OK);
    assert_memory_equal (found, keys [2], MEMBER_KEY_SIZE);
    assert_int_equal (member_keys_put (self->keys, member_at (FIRST_TABLE_SLOTS - 1, 1), found),
                      STATUS_OK);
    reopen_keys (self);
    assert_int_equal (member_keys_find (self->keys, member_at (FIRST_TABLE_SLOTS - 1, 1), keys [1]),
                      STATUS_OK);
    assert_memory_equal (found, keys [1], MEMBER_KEY_SIZE);
}

static void
another_keyring_opens_no_key (void **state)
{
    fixture_t *self = *state;
    uint8_t key [MEMBER_KEY_SIZE];

    assert_int_equal (member_keys_put (self->keys, member_numbered (1), key), STATUS_OK);
    member_keys_destroy (&self->keys);
    keyring_destroy (&self->keyring);
    self->keyring = keyring_at (self, "other");
    open_keys (self);
    assert_int_equal (member_keys_find (self->keys, member_numbered (1), key), STATUS_DAMAGED);
    assert_int_equal (member_keys_put (self->keys, member_numbered (1), key), STATUS_DAMAGED);
}

static void
a_table_of_the_wrong_size_is_refused (void **state)
{
    fixture_t *self = *state;
    char reason [256] = "";

    member_keys_destroy (&self->keys);
    assert_int_equal (truncate (self->table, 1000), 0);
    assert_int_equal (member_keys_open (self->keys_dir, self->keyring, &self->keys, reason),
                      STATUS_DAMAGED);
    assert_non_null (strstr (reason, "members.0"));
    assert_null (self->keys);
}

enum { THREADS = 8, PER_THREAD = 400 };

typedef struct {
    member_keys_t *keys;
    uint8_t made [PER_THREAD][MEMBER_KEY_SIZE];
} putter_t;

static void *
put_all (void *argument)
{
    putter_t *self = argument;
    for (uint32_t number = 0; number < PER_THREAD; number++) {
        if (member_keys_put (self->keys, member_numbered (number), self->made [number])
            != STATUS_OK) {
            return argument;
        }
    }
    return NULL;
}

static void
threads_that_race_for_a_member_get_one_key (void **state)
{
    fixture_t *self = *state;
    putter_t *putters = calloc (THREADS, sizeof *putters);
    pthread_t threads [THREADS];
    void *failed;

    for (size_t index = 0; index < THREADS; index++) {
        putters [index].keys = self->keys;
        assert_int_equal (pthread_create (&threads [index], NULL, put_all, &putters [index]), 0);
    }
    for (size_t index = 0; index < THREADS; index++) {
        pthread_join (threads [index], &failed);
        assert_null (failed);
        assert_memory_equal (putters [index].made, putters [0].made, sizeof putters [0].made);
    }
    assert_int_equal (member_keys_count (self->keys), PER_THREAD);
    free (putters);
}

#define KEYS_TEST(name) cmocka_unit_test_setup_teardown (name, fixture_new, fixture_done)

int
main (void)
{
    const struct CMUnitTest tests [] = {
        KEYS_TEST (a_key_is_made_once_and_stays),
        KEYS_TEST (a_destroyed_key_is_gone_from_disk_and_is_not_made_again),
        KEYS_TEST (erasing_a_member_without_a_key_keeps_it_without),
        KEYS_TEST (thousands_of_members_are_found_across_tables),
        KEYS_TEST (a_torn_slot_is_passed_over_and_not_used_again),
        KEYS_TEST (another_keyring_opens_no_key),
        KEYS_TEST (a_table_of_the_wrong_size_is_refused),
        KEYS_TEST (threads_that_race_for_a_member_get_one_key),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
