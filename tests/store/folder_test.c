//  folder: one process has it, and whoever cannot have it is told why.

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "store/folder.h"
#include "tests/lib/scratch.h"

static int
s_setup (void **state)
{
    *state = scratch_new ();
    return 0;
}

static int
s_teardown (void **state)
{
    char *dir = *state;
    scratch_destroy (&dir);
    return 0;
}

static void
a_folder_is_made_for_its_owner_only (void **state)
{
    char dir [4096], reason [256] = "";
    folder_t *folder = NULL;
    struct stat entry;
    snprintf (dir, sizeof dir, "%s/node", (char *) *state);
    assert_int_equal (folder_open (dir, true, &folder, reason), STATUS_OK);
    assert_int_equal (stat (dir, &entry), 0);
    assert_int_equal (entry.st_mode & 0777, 0700);
    assert_true (scratch_exists (scratch_path (dir, "LOCK")));
    folder_destroy (&folder);
    assert_null (folder);
    folder_destroy (&folder);
}

static void
a_folder_that_is_there_is_opened_again (void **state)
{
    char reason [256] = "";
    folder_t *folder = NULL;
    for (int round = 0; round < 3; round++) {
        assert_int_equal (folder_open (*state, round % 2, &folder, reason), STATUS_OK);
        folder_destroy (&folder);
    }
}

static void
s_refused (const char *dir, bool create, status_t status, const char *in_reason)
{
    char reason [256] = "";
    folder_t *folder = NULL;
    assert_int_equal (folder_open (dir, create, &folder, reason), status);
    assert_null (folder);
    if (!strstr (reason, in_reason)) {
        print_error ("reason: %s\n", reason);
    }
    assert_non_null (strstr (reason, in_reason));
}

static void
what_cannot_be_a_data_folder_is_refused_with_a_reason (void **state)
{
    char *dir = *state;
    static char endless [5000];
    s_refused (scratch_path (dir, "absent"), false, STATUS_NOT_FOUND, "there is no such folder");
    s_refused (scratch_path (dir, "absent/node"), true, STATUS_NOT_FOUND, "absent/node");
    scratch_write (scratch_path (dir, "file"), "x", 1);
    s_refused (scratch_path (dir, "file"), true, STATUS_NO_ACCESS, "there is a file");
    s_refused (scratch_path (dir, "file"), false, STATUS_NO_ACCESS, "there is a file");
    s_refused (scratch_path (dir, "file/node"), true, STATUS_NO_ACCESS, "file/node");
    assert_int_equal (mkdir (scratch_path (dir, "LOCK"), 0700), 0);
    s_refused (dir, false, STATUS_NO_ACCESS, "LOCK");
    memset (endless, 'x', sizeof endless - 1);
    s_refused (endless, true, STATUS_INVALID, "xxx");
}

//  A child that holds the folder until it is killed; its pipe says when it does.
static pid_t
s_hold_in_a_child (const char *dir)
{
    int ready [2];
    assert_int_equal (pipe (ready), 0);
    pid_t child = fork ();
    if (child == 0) {
        char reason [256];
        folder_t *folder;
        char said = folder_open (dir, true, &folder, reason) == STATUS_OK ? 'y' : 'n';
        if (write (ready [1], &said, 1) == 1) {
            for (;;) {
                pause ();
            }
        }
        _exit (1);
    }
    char said = 0;
    assert_int_equal (read (ready [0], &said, 1), 1);
    assert_int_equal (said, 'y');
    close (ready [0]);
    close (ready [1]);
    return child;
}

static void
a_second_process_is_locked_out_until_the_first_is_killed (void **state)
{
    char expected [64], reason [256] = "";
    folder_t *folder = NULL;
    pid_t child = s_hold_in_a_child (*state);
    snprintf (expected, sizeof expected, "in use by process %d", (int) child);
    s_refused (*state, true, STATUS_IN_USE, expected);
    s_refused (*state, false, STATUS_IN_USE, expected);

    assert_int_equal (kill (child, SIGKILL), 0);
    assert_int_equal (waitpid (child, NULL, 0), child);
    assert_int_equal (folder_open (*state, false, &folder, reason), STATUS_OK);
    folder_destroy (&folder);
}

static void
a_second_opening_in_the_same_process_is_locked_out (void **state)
{
    char reason [256] = "";
    folder_t *folder = NULL;
    assert_int_equal (folder_open (*state, true, &folder, reason), STATUS_OK);
    s_refused (*state, true, STATUS_IN_USE, "in use by process");
    folder_destroy (&folder);
}

static void
space_is_told_in_bytes (void **state)
{
    char reason [256] = "";
    folder_t *folder = NULL;
    uint64_t free_bytes = 0, total_bytes = 0;
    assert_int_equal (folder_open (*state, true, &folder, reason), STATUS_OK);
    assert_int_equal (folder_space (folder, &free_bytes, &total_bytes), STATUS_OK);
    assert_true (total_bytes > 0 && free_bytes <= total_bytes);
    folder_destroy (&folder);
}

int
main (void)
{
#define TEST(name) cmocka_unit_test_setup_teardown (name, s_setup, s_teardown)
    const struct CMUnitTest tests [] = {
        TEST (a_folder_is_made_for_its_owner_only),
        TEST (a_folder_that_is_there_is_opened_again),
        TEST (what_cannot_be_a_data_folder_is_refused_with_a_reason),
        TEST (a_second_process_is_locked_out_until_the_first_is_killed),
        TEST (a_second_opening_in_the_same_process_is_locked_out),
        TEST (space_is_told_in_bytes),
    };
    return cmocka_run_group_tests_name ("store/folder", tests, NULL, NULL);
}
