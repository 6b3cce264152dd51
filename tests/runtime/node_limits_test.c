//  node: what does not fit is refused at once and leaves nothing; with room again it
//  goes on without a restart.

#include "tests/lib/node_fixture.h"

#include <sched.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>
#include "runtime/channel.h"
#include "tests/lib/scratch.h"

enum { COMMANDS = 400, CANNOT_MOUNT = 77 };

static wallet_move_t
s_debit (uint32_t saga)
{
    return (wallet_move_t) { { node_oid (OID_REMITTANCE, saga), LEG_DEBIT, 1 }, 1, "KRW" };
}

typedef struct {
    size_t accepted, overloaded, storage_full;
} outcomes_t;

static void
s_count (outcomes_t *outcomes, const node_reply_t *reply)
{
    outcomes->overloaded += reply->kind == REPLY_OVERLOADED;
    outcomes->storage_full += reply->kind == REPLY_STORAGE_FULL;
    if (reply->kind == REPLY_DECIDED) {
        assert_int_equal (reply->verdict, VERDICT_ACCEPTED);
        outcomes->accepted++;
    }
}

//  Sends every command that is not done yet, all at once, and takes their replies.
//  Each has a key, so that one that was refused for want of room may come again.
static void
s_send_debits (node_fixture_t *node, uint32_t wallets, bool done [COMMANDS], outcomes_t *outcomes)
{
    size_t sent = 0;
    uint64_t first = node->token + 1;
    for (uint32_t number = 0; number < COMMANDS; number++) {
        wallet_move_t debit = s_debit (number);
        node_request_t request = node_request (node_oid (OID_WALLET, 1 + number % wallets),
                                               WALLET_DEBIT, &debit, number + 1, 1);
        request.token = ++node->token;
        if (done [number]) {
            continue;
        }
        if (node_port_command (node->port, &request) == ADMITTED) {
            sent++;
        }
        else {
            outcomes->overloaded++;
        }
    }
    for (; sent > 0; sent--) {
        node_reply_t *reply = node_replies_receive (node->replies, NODE_PATIENCE_MS);
        assert_non_null (reply);
        assert_false (done [reply->token - first]);
        done [reply->token - first] = reply->kind == REPLY_DECIDED;
        s_count (outcomes, reply);
        node_reply_destroy (&reply);
    }
    assert_null (node_replies_receive (node->replies, 0));  //  One reply each
}

static int64_t
s_left_minor (node_fixture_t *node, uint32_t wallets)
{
    int64_t left_minor = 0;
    for (uint32_t number = 1; number <= wallets; number++) {
        left_minor += node_wallet (node, number).available_minor;
    }
    return left_minor;
}

//  ---------------------------------------------------------------------------

static void
s_overload (node_fixture_t *node, uint32_t wallets)
{
    outcomes_t outcomes = { 0 };
    bool done [COMMANDS] = { false };
    node_fixture_start (node);
    for (uint32_t number = 1; number <= wallets; number++) {
        node_open_wallet (node, number, 1000);
    }
    s_send_debits (node, wallets, done, &outcomes);
    assert_int_equal (outcomes.accepted + outcomes.overloaded, COMMANDS);
    assert_true (outcomes.accepted > 0 && outcomes.overloaded > 0);
    assert_int_equal (s_left_minor (node, wallets), 1000 * wallets - (int64_t) outcomes.accepted);
    assert_int_equal (node_in_flight (node->node), 0);
    for (int tries = 0; outcomes.accepted < COMMANDS; tries++) {
        assert_true (tries < COMMANDS);
        s_send_debits (node, wallets, done, &outcomes);
    }
    assert_int_equal (s_left_minor (node, wallets), 1000 * wallets - COMMANDS);
}

static void
a_full_mailbox_refuses_and_the_same_key_may_try_again (void **state)
{
    node_fixture_t *node = *state;
    node->limits.mailbox_messages = 8;
    s_overload (node, 1);
}

static void
without_a_free_slot_a_client_is_refused_and_may_try_again (void **state)
{
    node_fixture_t *node = *state;
    node->limits.pool_actors = 8;
    s_overload (node, 40);
}

static void
admission_refuses_before_anything_is_queued (void **state)
{
    node_fixture_t *node = *state;
    node->limits.in_flight_messages = 16;
    s_overload (node, 1);
}

//  Internal messages wait for room instead: every payment ends.
static void
sagas_end_however_small_the_pool_is (void **state)
{
    node_fixture_t *node = *state;
    enum { ORDERS = 60 };
    node->limits.pool_actors = 8;
    node->limits.mailbox_messages = 8;
    node_fixture_start (node);
    node_open_wallet (node, 1, 1000);
    node_register_merchant (node, 2);
    payment_create_t order = node_order (1, 2, 1);
    for (uint32_t number = 1; number <= ORDERS; number++) {
        node_request_t request =
            node_request (node_oid (OID_PAYMENT, number), PAYMENT_CREATE, &order, 0, 0);
        node_reply_t *reply = node_ask (node, request);
        if (reply->kind == REPLY_OVERLOADED) {
            number--;
        }
        node_reply_destroy (&reply);
    }
    for (uint32_t number = 1; number <= ORDERS; number++) {
        payment_t payment;
        node_state (node, node_oid (OID_PAYMENT, number), true, &payment);
        assert_int_equal (payment.status, PAYMENT_CAPTURED);
    }
    assert_int_equal (node_wallet (node, 1).available_minor, 1000 - ORDERS);
}

//  ---------------------------------------------------------------------------
//  A file system of a few MiB that fills up for real, in a mount namespace of a child

static node_fixture_t *s_node;
static int64_t s_room_bytes;

//  Fills the disk but for s_room_bytes.
static void
s_stuff (const char *path)
{
    FILE *file = fopen (path, "w");
    static char block [4096];
    assert_non_null (file);
    while (fwrite (block, 1, sizeof block, file) == sizeof block && fflush (file) == 0) {
    }
    fclose (file);
    scratch_truncate (path, scratch_size (path) - s_room_bytes);
}

//  One debit; what became of it. Admission may refuse it first.
static bool
s_try_debit (node_fixture_t *node, uint32_t number, outcomes_t *outcomes)
{
    wallet_move_t debit = s_debit (number);
    node_request_t request =
        node_request (node_oid (OID_WALLET, 1), WALLET_DEBIT, &debit, number, 1);
    size_t before = outcomes->accepted;
    request.token = ++node->token;
    switch (node_port_command (node->port, &request)) {
    case ADMISSION_STORAGE_FULL:
        outcomes->storage_full++;
        assert_null (node_replies_receive (node->replies, 20));
        return false;
    case ADMISSION_OVERLOADED: fail ();
    default: break;
    }
    node_reply_t *reply = node_reply (node, request.token);
    s_count (outcomes, reply);
    node_reply_destroy (&reply);
    return outcomes->accepted > before;
}

static void
a_full_disk_refuses_and_with_space_it_goes_on (void **unused)
{
    node_fixture_t *node = s_node;
    outcomes_t outcomes = { 0 };
    uint32_t number = 1;
    (void) unused;
    node_fixture_start (node);
    node_open_wallet (node, 1, 100000);
    for (int rounds = 0; rounds < 2; rounds++) {
        const char *stuffing = scratch_path (node->dir, "stuffing");
        s_stuff (stuffing);
        for (outcomes.storage_full = 0; outcomes.storage_full < 3;) {
            number += s_try_debit (node, number, &outcomes);
            if (s_room_bytes > 0) {  //  Slower than the looks at the disk
                assert_null (node_replies_receive (node->replies, 5));
            }
            assert_true (number < 50000);
        }
        node_metrics_t metrics;
        node_metrics (node->node, &metrics);
        assert_int_equal (metrics.journal_failures > 0, s_room_bytes == 0);
        //  What was refused has not happened, and reads go on
        assert_int_equal (node_wallet (node, 1).available_minor,
                          100000 - (int64_t) outcomes.accepted);
        assert_int_equal (unlink (stuffing), 0);
        for (int tries = 0; !s_try_debit (node, number, &outcomes); tries++) {
            assert_true (tries < 1000);
        }
        number++;
    }
    assert_int_equal (node_wallet (node, 1).available_minor, 100000 - (int64_t) outcomes.accepted);
    node_fixture_stop (node);
    audit_report_t report;
    assert_int_equal (node_audit (node, &report), STATUS_OK);
    assert_true (report.sound);
    node_fixture_start (node);
    assert_int_equal (node_wallet (node, 1).available_minor, 100000 - (int64_t) outcomes.accepted);
    node_fixture_stop (node);
}

static void
s_live_on_a_small_disk (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_full_disk_refuses_and_with_space_it_goes_on),
    };
    if (unshare (CLONE_NEWNS) != 0 || mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0
        || mount ("none", s_node->dir, "tmpfs", 0, "size=32m") != 0) {
        _exit (CANNOT_MOUNT);
    }
    channel_setup ();
    int failed = cmocka_run_group_tests (tests, NULL, NULL);
    fflush (NULL);
    _exit (failed);
}

static void
s_in_a_child (void **state)
{
    int result;
    s_node = *state;
    fflush (NULL);
    pid_t child = fork ();
    assert_true (child >= 0);
    if (child == 0) {
        s_live_on_a_small_disk ();
    }
    assert_int_equal (waitpid (child, &result, 0), child);
    assert_true (WIFEXITED (result));
    if (WEXITSTATUS (result) == CANNOT_MOUNT) {
        print_message ("skipped: a full disk needs the right to mount one\n");
        skip ();
    }
    assert_int_equal (WEXITSTATUS (result), 0);
}

static void
storage_full_is_refused_and_with_space_it_goes_on (void **state)
{
    s_in_a_child (state);
}

//  The watermark refuses before any commit fails.
static void
a_reserve_of_free_space_is_kept (void **state)
{
    ((node_fixture_t *) *state)->limits.disk_reserve_bytes = 1 << 30;  //  At most 5 % of it
    s_room_bytes = 1 << 20;
    s_in_a_child (state);
}

int
main (void)
{
#define WITH_FOLDER(test)                                                                          \
    cmocka_unit_test_setup_teardown (test, node_fixture_prepare, node_fixture_teardown)
    const struct CMUnitTest forking [] = {
        //  Before this process has a socket
        WITH_FOLDER (storage_full_is_refused_and_with_space_it_goes_on),
        WITH_FOLDER (a_reserve_of_free_space_is_kept),
    };
    const struct CMUnitTest tests [] = {
        WITH_FOLDER (a_full_mailbox_refuses_and_the_same_key_may_try_again),
        WITH_FOLDER (without_a_free_slot_a_client_is_refused_and_may_try_again),
        WITH_FOLDER (admission_refuses_before_anything_is_queued),
        WITH_FOLDER (sagas_end_however_small_the_pool_is),
    };
    if (sodium_init () < 0 || cmocka_run_group_tests (forking, NULL, NULL) != 0) {
        return 1;
    }
    channel_setup ();
    return cmocka_run_group_tests (tests, NULL, NULL);
}
