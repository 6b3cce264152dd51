//  keyring_place: a keyring is changed whole, under a lock, and taken while it is used.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "edge/keyring_place.h"
#include "runtime/scoped.h"

typedef struct {
    char dir [64], path [96];
} folder_t;

static int
folder_new (void **state)
{
    folder_t *self = calloc (1, sizeof *self);
    strcpy (self->dir, "/tmp/keyring_test.XXXXXX");
    assert_non_null (mkdtemp (self->dir));
    snprintf (self->path, sizeof self->path, "%s/keyring", self->dir);
    *state = self;
    return 0;
}

static int
folder_done (void **state)
{
    char command [128];
    snprintf (command, sizeof command, "rm -rf %s", ((folder_t *) *state)->dir);
    free (*state);
    return system (command);
}

static status_t
opened (const char *path, bool create, keyring_t **ret_keyring)
{
    char reason [256] = "";
    status_t status = keyring_open (path, create, ret_keyring, reason);
    assert_true (status == STATUS_OK || *reason);
    assert_null (strchr (reason, '\n'));
    return status;
}

static void
write_file (const char *path, const char *text)
{
    FILE *file = fopen (path, "w");
    assert_non_null (file);
    fputs (text, file);
    fclose (file);
    chmod (path, 0600);
}

static char *
read_file (const char *path)
{
    char *text = calloc (1, 32768);
    FILE *file = fopen (path, "r");
    assert_non_null (file);
    assert_true (fread (text, 1, 32767, file) > 0);
    fclose (file);
    return text;
}

static void
free_text (char **text_p)
{
    free (*text_p);
}

static keyring_place_t *
place_of (const folder_t *folder)
{
    char reason [256];
    keyring_place_t *place = NULL;
    assert_int_equal (keyring_place_new (folder->path, NULL, &place, reason), STATUS_OK);
    return place;
}

static status_t
rotate (void *context, keyring_text_t *text, char reason [256])
{
    uint32_t *id = context;
    strcpy (reason, "full");
    return keyring_text_rotate (text, KEYRING_MASTER, id);
}

static status_t
retire (void *context, keyring_text_t *text, char reason [256])
{
    const uint32_t *id = context;
    strcpy (reason, "no");
    return keyring_text_retire (text, KEYRING_MASTER, *id);
}

static void
a_running_process_takes_a_new_key_and_keeps_the_old_one (void **state)
{
    folder_t *folder = *state;
    char reason [256] = "";
    bool changed = true;
    uint32_t id = 0;
    scoped (keyring_destroy) keyring_t *keyring = NULL;
    scoped (keyring_place_destroy) keyring_place_t *place = place_of (folder);

    assert_int_equal (opened (folder->path, true, &keyring), STATUS_OK);
    const keyring_key_t *old = keyring_master_key (keyring);
    uint32_t generation = keyring_generation (keyring);
    assert_int_equal (keyring_reload (keyring, place, &changed, reason), STATUS_OK);
    assert_false (changed);
    assert_int_equal (keyring_generation (keyring), generation);

    assert_int_equal (keyring_place_change (place, rotate, &id, reason), STATUS_OK);
    assert_int_equal (id, 2);
    assert_int_equal (keyring_reload (keyring, place, &changed, reason), STATUS_OK);
    assert_true (changed);
    assert_int_not_equal (keyring_generation (keyring), generation);
    assert_int_equal (keyring_master_key (keyring)->id, 2);
    assert_ptr_equal (keyring_find_master_key (keyring, 1), old);
    assert_int_equal (keyring_token_key (keyring)->id, 1);
    struct stat about;
    assert_int_equal (stat (folder->path, &about), 0);
    assert_int_equal (about.st_mode & 07777, 0600);
}

static void
a_retired_key_is_found_no_more_and_its_number_does_not_come_back (void **state)
{
    folder_t *folder = *state;
    char reason [256];
    bool changed;
    uint32_t id = 1;
    scoped (keyring_destroy) keyring_t *keyring = NULL;
    scoped (keyring_place_destroy) keyring_place_t *place = place_of (folder);

    assert_int_equal (opened (folder->path, true, &keyring), STATUS_OK);
    assert_int_equal (keyring_place_change (place, retire, &id, reason), STATUS_IN_USE);
    id = 7;
    assert_int_equal (keyring_place_change (place, retire, &id, reason), STATUS_NOT_FOUND);
    assert_int_equal (keyring_place_change (place, rotate, &id, reason), STATUS_OK);
    id = 1;
    assert_int_equal (keyring_place_change (place, retire, &id, reason), STATUS_OK);
    assert_int_equal (keyring_reload (keyring, place, &changed, reason), STATUS_OK);
    assert_null (keyring_find_master_key (keyring, 1));
    assert_int_equal (keyring_master_key (keyring)->id, 2);
    assert_int_equal (keyring_place_change (place, rotate, &id, reason), STATUS_OK);
    assert_int_equal (id, 3);
}

static void
a_full_keyring_is_refused_and_left_as_it_is (void **state)
{
    folder_t *folder = *state;
    char reason [256];
    uint32_t id = 0;
    scoped (keyring_destroy) keyring_t *keyring = NULL;
    scoped (keyring_place_destroy) keyring_place_t *place = place_of (folder);

    assert_int_equal (opened (folder->path, true, &keyring), STATUS_OK);
    for (uint32_t count = 1; count < KEYRING_KEYS_MAX; count++) {
        assert_int_equal (keyring_place_change (place, rotate, &id, reason), STATUS_OK);
    }
    scoped (free_text) char *before = read_file (folder->path);
    assert_int_equal (keyring_place_change (place, rotate, &id, reason), STATUS_LIMIT);
    scoped (free_text) char *after = read_file (folder->path);
    assert_string_equal (before, after);
}

static void
another_keyring_or_a_damaged_one_is_not_taken (void **state)
{
    folder_t *folder = *state;
    char reason [256], other_path [128];
    bool changed = false;
    scoped (keyring_destroy) keyring_t *keyring = NULL;
    scoped (keyring_destroy) keyring_t *other = NULL;
    scoped (keyring_place_destroy) keyring_place_t *place = place_of (folder);

    assert_int_equal (opened (folder->path, true, &keyring), STATUS_OK);
    snprintf (other_path, sizeof other_path, "%s/other", folder->dir);
    assert_int_equal (opened (other_path, true, &other), STATUS_OK);
    uint8_t before [KEYRING_KEY_SIZE];
    memcpy (before, keyring_master_key (keyring)->bytes, sizeof before);

    assert_int_equal (rename (other_path, folder->path), 0);
    assert_int_equal (keyring_reload (keyring, place, &changed, reason), STATUS_INVALID);
    write_file (folder->path, "{}");
    assert_int_equal (keyring_reload (keyring, place, &changed, reason), STATUS_DAMAGED);
    unlink (folder->path);
    assert_int_equal (keyring_reload (keyring, place, &changed, reason), STATUS_NOT_FOUND);
    assert_false (changed);
    assert_memory_equal (keyring_master_key (keyring)->bytes, before, sizeof before);
}

static void
rotations_at_once_lose_no_key (void **state)
{
    enum { PROCESSES = 4, ROTATIONS = 5 };
    folder_t *folder = *state;
    scoped (keyring_destroy) keyring_t *keyring = NULL;

    assert_int_equal (opened (folder->path, true, &keyring), STATUS_OK);
    keyring_destroy (&keyring);
    for (size_t index = 0; index < PROCESSES; index++) {
        if (fork () == 0) {
            char reason [256];
            uint32_t id;
            keyring_place_t *place = NULL;
            bool done = keyring_place_new (folder->path, NULL, &place, reason) == STATUS_OK;
            for (size_t turn = 0; turn < ROTATIONS && done; turn++) {
                done = keyring_place_change (place, rotate, &id, reason) == STATUS_OK;
            }
            _exit (done ? 0 : 1);
        }
    }
    for (size_t index = 0; index < PROCESSES; index++) {
        int status = -1;
        wait (&status);
        assert_int_equal (status, 0);
    }
    assert_int_equal (opened (folder->path, false, &keyring), STATUS_OK);
    for (uint32_t id = 1; id <= 1 + PROCESSES * ROTATIONS; id++) {
        assert_non_null (keyring_find_master_key (keyring, id));
    }
}

static void
what_is_no_place_in_vault_is_refused (void **state)
{
    (void) state;
    static const char *const wrong [] = {
        "vault:",
        "vault:ftp://host/kv-v1/a",
        "vault:http://host",
        "vault:http://host/kv-v1",
        "vault:http://host/kv-v1/",
        "vault:http:///kv-v1/a",
        "vault:http://a@host/kv-v1/a",
        "vault:http://host/kv-v1/../sys/seal",
        "vault:http://host/kv-v1/a?b",
        "vault:host/kv-v1/a",
    };
    setenv ("VAULT_TOKEN", "s.token", 1);
    for (size_t index = 0; index < COUNT (wrong); index++) {
        char reason [256] = "";
        keyring_place_t *place = NULL;
        assert_int_equal (keyring_place_new (wrong [index], NULL, &place, reason), STATUS_INVALID);
        assert_non_null (strstr (reason, "kv-v1/PATH"));
    }
    unsetenv ("VAULT_TOKEN");
    char reason [256] = "";
    keyring_place_t *place = NULL;
    assert_int_equal (keyring_place_new ("vault:http://host:1/kv-v1/a", NULL, &place, reason),
                      STATUS_INVALID);
    assert_non_null (strstr (reason, "VAULT_TOKEN"));
}

#define PLACE_TEST(name) cmocka_unit_test_setup_teardown (name, folder_new, folder_done)

int
main (void)
{
    const struct CMUnitTest tests [] = {
        PLACE_TEST (a_running_process_takes_a_new_key_and_keeps_the_old_one),
        PLACE_TEST (a_retired_key_is_found_no_more_and_its_number_does_not_come_back),
        PLACE_TEST (a_full_keyring_is_refused_and_left_as_it_is),
        PLACE_TEST (another_keyring_or_a_damaged_one_is_not_taken),
        PLACE_TEST (rotations_at_once_lose_no_key),
        cmocka_unit_test (what_is_no_place_in_vault_is_refused),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
