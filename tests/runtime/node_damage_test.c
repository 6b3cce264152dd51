//  node: a damaged row of the state environment stops it once, and costs nothing else.
//  Each life of the node is a process of its own.

#include <sodium.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/lib/node_life.h"
#include "tests/lib/scratch.h"

static void
s_earning_life (node_fixture_t *node, uint32_t number, int told)
{
    (void) told;
    node_fixture_start (node);
    node_open_wallet (node, number, 700);
}

//  Reads the wallet, until the node stops at its row.
static void
s_stopping_life (node_fixture_t *node, uint32_t number, int told)
{
    (void) told;
    node_fixture_start (node);
    node_wallet (node, number);
    fail_msg ("the damaged row was read");
}

static void
s_rebuilt_life (node_fixture_t *node, uint32_t number, int told)
{
    (void) told;
    node_fixture_start (node);
    assert_int_equal (node_wallet (node, number).available_minor, 700);
}

//  Every copy of the wallet's snapshot that LMDB left, where its key has the size of an
//  oid: the rows of other tables have more behind it.
static void
s_flip_snapshot (node_fixture_t *node, uint32_t number)
{
    const char *path = scratch_path (node->dir, "state/data.mdb");
    struct {
        uint8_t key_size [2];  //  As in LMDB's node
        oid_t wallet;
    } named = { { OID_PACKED_SIZE, 0 }, node_oid (OID_WALLET, number) };
    size_t copies = 0;
    int64_t at = -1;
    while ((at = scratch_find (path, at + 1, &named, sizeof named)) >= 0) {
        scratch_flip (path, at + (int64_t) sizeof named + 8, 0x20);
        copies++;
    }
    assert_true (copies > 0);
}

static void
a_damaged_row_stops_the_node_once_and_the_next_start_rebuilds_it (void **state)
{
    enum { NUMBER = 0xa7c3e1, FAIL_STOP = 70 };
    node_fixture_t *node = *state;
    audit_report_t report;
    int told, result;
    node_live (s_earning_life, node, NUMBER);
    s_flip_snapshot (node, NUMBER);
    assert_int_equal (node_audit (node, &report), STATUS_DAMAGED);
    pid_t child = node_life_begin (s_stopping_life, node, NUMBER, &told);
    assert_int_equal (waitpid (child, &result, 0), child);
    close (told);
    assert_true (WIFEXITED (result));
    assert_int_equal (WEXITSTATUS (result), FAIL_STOP);
    assert_true (scratch_exists (scratch_path (node->dir, "state/damaged.mdb")));
    node_live (s_rebuilt_life, node, NUMBER);
    assert_int_equal (node_audit (node, &report), STATUS_OK);
    assert_string_equal (report.problem, "");
    node_live (s_rebuilt_life, node, NUMBER);
}

int
main (void)
{
#define WITH_FOLDER(test)                                                                          \
    cmocka_unit_test_setup_teardown (test, node_fixture_prepare, node_fixture_teardown)
    const struct CMUnitTest tests [] = {
        WITH_FOLDER (a_damaged_row_stops_the_node_once_and_the_next_start_rebuilds_it),
    };
    return sodium_init () < 0 ? 1 : cmocka_run_group_tests (tests, NULL, NULL);
}
