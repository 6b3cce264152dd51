//  keyring: made once, complete, for its owner alone; damage is refused.

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
#include "edge/keyring.h"
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
    char *text = calloc (1, 8192);
    FILE *file = fopen (path, "r");
    assert_non_null (file);
    assert_true (fread (text, 1, 8191, file) > 0);
    fclose (file);
    return text;
}

static void
a_missing_keyring_is_made_for_its_owner_alone (void **state)
{
    folder_t *folder = *state;
    scoped (keyring_destroy) keyring_t *keyring = NULL;
    struct stat about;

    assert_int_equal (opened (folder->path, false, &keyring), STATUS_NOT_FOUND);
    assert_int_equal (opened (folder->path, true, &keyring), STATUS_OK);
    assert_int_equal (stat (folder->path, &about), 0);
    assert_int_equal (about.st_mode & 07777, 0600);
    assert_int_equal (about.st_nlink, 1);
}

static void
opened_again_it_has_the_same_keys (void **state)
{
    folder_t *folder = *state;
    scoped (keyring_destroy) keyring_t *one = NULL;
    scoped (keyring_destroy) keyring_t *two = NULL;

    assert_int_equal (opened (folder->path, true, &one), STATUS_OK);
    assert_int_equal (opened (folder->path, true, &two), STATUS_OK);
    assert_memory_equal (keyring_derive_key (one), keyring_derive_key (two), KEYRING_KEY_SIZE);
    assert_memory_equal (keyring_index_key (one), keyring_index_key (two), KEYRING_KEY_SIZE);
    assert_memory_equal (keyring_master_key (one)->bytes, keyring_master_key (two)->bytes,
                         KEYRING_KEY_SIZE);
    assert_ptr_equal (keyring_find_token_key (two, keyring_token_key (one)->id),
                      keyring_token_key (two));
    assert_null (keyring_find_token_key (two, 99));
    assert_memory_not_equal (keyring_derive_key (one), keyring_index_key (one), KEYRING_KEY_SIZE);
}

static void
many_processes_at_once_make_one_keyring (void **state)
{
    enum { PROCESSES = 8 };
    folder_t *folder = *state;
    scoped (keyring_destroy) keyring_t *keyring = NULL;
    int pipes [2];
    uint8_t keys [PROCESSES][KEYRING_KEY_SIZE];

    assert_int_equal (pipe (pipes), 0);
    for (size_t index = 0; index < PROCESSES; index++) {
        if (fork () == 0) {
            char reason [256];
            bool done = keyring_open (folder->path, true, &keyring, reason) == STATUS_OK
                        && write (pipes [1], keyring_derive_key (keyring), KEYRING_KEY_SIZE) > 0;
            _exit (done ? 0 : 1);
        }
    }
    for (size_t index = 0; index < PROCESSES; index++) {
        int status = -1;
        wait (&status);
        assert_int_equal (status, 0);
        assert_int_equal (read (pipes [0], keys [index], KEYRING_KEY_SIZE), KEYRING_KEY_SIZE);
        assert_memory_equal (keys [index], keys [0], KEYRING_KEY_SIZE);
    }
    close (pipes [0]);
    close (pipes [1]);
}

static void
permissions_of_others_are_refused (void **state)
{
    folder_t *folder = *state;
    keyring_t *keyring = NULL;
    static const mode_t modes [] = { 0640, 0604, 0660, 0601 };

    assert_int_equal (opened (folder->path, true, &keyring), STATUS_OK);
    keyring_destroy (&keyring);
    for (size_t index = 0; index < COUNT (modes); index++) {
        chmod (folder->path, modes [index]);
        assert_int_equal (opened (folder->path, true, &keyring), STATUS_INVALID);
    }
    chmod (folder->path, 0400);
    assert_int_equal (opened (folder->path, true, &keyring), STATUS_OK);
    keyring_destroy (&keyring);
}

static void
damage_is_refused_and_never_replaced (void **state)
{
    folder_t *folder = *state;
    keyring_t *keyring = NULL;
    static const char *const damaged [] = {
        "", "{", "[]", "{\"format\":1}", "{\"format\":1,\"derive\":\"00\"}",
    };

    for (size_t index = 0; index < COUNT (damaged); index++) {
        write_file (folder->path, damaged [index]);
        assert_int_equal (opened (folder->path, true, &keyring), STATUS_DAMAGED);
        struct stat about;
        assert_int_equal (stat (folder->path, &about), 0);
        assert_int_equal (about.st_size, strlen (damaged [index]));
    }
    write_file (folder->path, "{\"format\":2}");
    assert_int_equal (opened (folder->path, true, &keyring), STATUS_UNSUPPORTED);
}

static void
any_cut_or_extended_keyring_is_refused (void **state)
{
    folder_t *folder = *state;
    keyring_t *keyring = NULL;

    assert_int_equal (opened (folder->path, true, &keyring), STATUS_OK);
    keyring_destroy (&keyring);
    char *text = read_file (folder->path);
    size_t size = strlen (text);
    for (size_t cut = 1; cut < size; cut += 7) {
        char *shorter = strndup (text, cut);
        write_file (folder->path, shorter);
        assert_int_equal (opened (folder->path, true, &keyring), STATUS_DAMAGED);
        free (shorter);
    }
    char *digit = strstr (text, "\"derive\": \"") + strlen ("\"derive\": \"");
    *digit = 'g';
    write_file (folder->path, text);
    assert_int_equal (opened (folder->path, true, &keyring), STATUS_DAMAGED);
    *digit = '0';
    char *active = strstr (text, "\"active\": true");
    memcpy (active, "\"active\":false", strlen ("\"active\": true"));
    write_file (folder->path, text);
    assert_int_equal (opened (folder->path, true, &keyring), STATUS_DAMAGED);
    free (text);
}

static void
a_folder_with_a_journal_gets_no_new_keys (void **state)
{
    folder_t *folder = *state;
    keyring_t *keyring = NULL;
    char journal [128];

    snprintf (journal, sizeof journal, "%s/journal", folder->dir);
    assert_int_equal (mkdir (journal, 0700), 0);
    assert_int_equal (opened (folder->path, true, &keyring), STATUS_NOT_FOUND);
    assert_int_equal (access (folder->path, F_OK), -1);
}

#define KEYRING_TEST(name) cmocka_unit_test_setup_teardown (name, folder_new, folder_done)

int
main (void)
{
    const struct CMUnitTest tests [] = {
        KEYRING_TEST (a_missing_keyring_is_made_for_its_owner_alone),
        KEYRING_TEST (opened_again_it_has_the_same_keys),
        KEYRING_TEST (many_processes_at_once_make_one_keyring),
        KEYRING_TEST (permissions_of_others_are_refused),
        KEYRING_TEST (damage_is_refused_and_never_replaced),
        KEYRING_TEST (any_cut_or_extended_keyring_is_refused),
        KEYRING_TEST (a_folder_with_a_journal_gets_no_new_keys),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
