//  node: a damaged row of the state environment stops it once, and costs nothing else.
//  Each life of the node is a process of its own.

#include <sodium.h>
#include <sys/wait.h>
#include <unistd.h>
#include "runtime/lists.h"
#include "tests/lib/node_life.h"
#include "tests/lib/scratch.h"

static void
s_earning_life (node_fixture_t *node, uint32_t number, int told)
{
    (void) told;
    node_fixture_start (node);
    node_open_wallet (node, number, 700);
}

static void
s_reading_life (node_fixture_t *node, uint32_t number, int told)
{
    (void) told;
    node_fixture_start (node);
    node_wallet (node, number);
    fail_msg ("the damaged row was read");
}

//  The wallet is read by the actor that is to decide.
static void
s_deciding_life (node_fixture_t *node, uint32_t number, int told)
{
    wallet_move_t move = { { node_oid (OID_RECHARGE, 1), LEG_CREDIT, 1 }, 10, "KRW" };
    (void) told;
    node_fixture_start (node);
    node_expect (node, node_request (node_oid (OID_WALLET, number), WALLET_EXPECT, &move, 0, 0),
                 VERDICT_ACCEPTED);
    fail_msg ("the damaged row was read");
}

static void
s_show_account (void *context, account_t account, int64_t net_minor)
{
    (void) context, (void) account, (void) net_minor;
}

static void
s_listing_life (node_fixture_t *node, uint32_t number, int told)
{
    list_cursor_t cursor = { 0 };
    bool more;
    (void) number, (void) told;
    node_fixture_start (node);
    status_t status = ledger_read (node->node, 0, &cursor, 10, s_show_account, NULL, &more, NULL);
    fail_msg ("the damaged row was read: %s", status_text (status));
}

static void
s_starting_life (node_fixture_t *node, uint32_t number, int told)
{
    (void) number, (void) told;
    node_fixture_start (node);
    fail_msg ("the damaged row was read");
}

static void
s_rebuilt_life (node_fixture_t *node, uint32_t number, int told)
{
    (void) told;
    node_fixture_start (node);
    assert_int_equal (node_wallet (node, number).available_minor, 700);
}

//  Every copy of the row that LMDB left, where its key has this size and beginning.
static void
s_flip_row (node_fixture_t *node, const void *key, size_t begins, size_t key_size)
{
    const char *path = scratch_path (node->dir, "state/data.mdb");
    uint8_t named [2 + 32] = { (uint8_t) key_size, 0 };  //  As in LMDB's node
    size_t copies = 0;
    int64_t at = -1;
    memcpy (named + 2, key, begins);
    while ((at = scratch_find (path, at + 1, named, 2 + begins)) >= 0) {
        scratch_flip (path, at + 2 + (int64_t) key_size, 0x20);
        copies++;
    }
    assert_true (copies > 0);
}

static void
s_stops_once (node_fixture_t *node, node_life_fn *life, uint32_t number)
{
    enum { FAIL_STOP = 70 };
    audit_report_t report;
    int told, result;
    pid_t child = node_life_begin (life, node, number, &told);
    assert_int_equal (waitpid (child, &result, 0), child);
    close (told);
    assert_true (WIFEXITED (result));
    assert_int_equal (WEXITSTATUS (result), FAIL_STOP);
    assert_true (scratch_exists (scratch_path (node->dir, "state/damaged.mdb")));
    node_live (s_rebuilt_life, node, number);
    assert_int_equal (node_audit (node, &report), STATUS_OK);
    assert_string_equal (report.problem, "");
    node_live (s_rebuilt_life, node, number);
}

static void
a_damaged_row_stops_the_node_once_and_the_next_start_rebuilds_it (void **state)
{
    enum { NUMBER = 0xa7c3e1 };
    node_fixture_t *node = *state;
    oid_t wallet = node_oid (OID_WALLET, NUMBER);
    uint8_t account [1 + OID_PACKED_SIZE] = { ACCOUNT_WALLET };
    memcpy (account + 1, &wallet, sizeof wallet);
    const struct {
        node_life_fn *life;
        const void *key;
        size_t begins, key_size;
    } rows [] = {
        { s_reading_life, &wallet, sizeof wallet, sizeof wallet },
        { s_deciding_life, &wallet, sizeof wallet, sizeof wallet },
        { s_listing_life, account, sizeof account, sizeof account },
        { s_starting_life, "position", 8, 10 },
    };
    node_live (s_earning_life, node, NUMBER);
    for (size_t index = 0; index < COUNT (rows); index++) {
        audit_report_t report;
        s_flip_row (node, rows [index].key, rows [index].begins, rows [index].key_size);
        if (rows [index].life != s_starting_life) {
            assert_int_equal (node_audit (node, &report), STATUS_DAMAGED);
        }
        s_stops_once (node, rows [index].life, NUMBER);
    }
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
