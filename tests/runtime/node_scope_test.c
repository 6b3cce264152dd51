//  node: an idempotency key tells what was decided under it for 30 days, and then it is
//  free; on a clock that the test moves (the linker puts it before the real one).

#include "tests/lib/node_fixture.h"

#include <sodium.h>
#include <stdatomic.h>
#include "runtime/channel.h"
#include "runtime/core.h"
#include "tests/lib/state_fixture.h"

#define DAY_MS INT64_C (86400000)

int64_t __real_core_clock_ms (void);
int64_t __wrap_core_clock_ms (void);

static _Atomic int64_t s_ahead_ms;

int64_t
__wrap_core_clock_ms (void)
{
    return __real_core_clock_ms () + atomic_load (&s_ahead_ms);
}

static wallet_move_t
s_debit (uint32_t saga)
{
    return (wallet_move_t) { { node_oid (OID_REMITTANCE, saga), LEG_DEBIT, 1 }, 10, "KRW" };
}

//  All tests use one key.
static node_request_t
s_under_key (const wallet_move_t *move, uint32_t body)
{
    return node_request (node_oid (OID_WALLET, 1), WALLET_DEBIT, move, 7, body);
}

static void
s_decide_and_wait (node_fixture_t *node, int64_t wait_ms)
{
    wallet_move_t debit = s_debit (1);
    node_open_wallet (node, 1, 1000);
    node_expect (node, s_under_key (&debit, 1), VERDICT_ACCEPTED);
    node_sync (node);
    atomic_fetch_add (&s_ahead_ms, wait_ms);
}

static void
s_is_replayed (node_fixture_t *node, node_request_t request)
{
    node_reply_t *reply = node_ask (node, request);
    assert_int_equal (reply->kind, REPLY_REPLAYED);
    assert_int_equal (reply->verdict, VERDICT_ACCEPTED);
    node_reply_destroy (&reply);
}

static void
s_restart (node_fixture_t *node)
{
    node_fixture_stop (node);
    node_fixture_start (node);
}

static void
s_is_sound (node_fixture_t *node)
{
    audit_report_t report;
    assert_int_equal (node_audit (node, &report), STATUS_OK);
    assert_string_equal (report.problem, "");
}

//  Of a stopped node: scopes that its state knows.
static size_t
s_scopes (node_fixture_t *node)
{
    char reason [256];
    state_t *state;
    state_options_t options = {
        .map_size_bytes = 1 << 30, .readers_max = 8, .read_only = true, .version = STATE_VERSION
    };
    assert_int_equal (state_open (node->dir, &options, &state, reason), STATUS_OK);
    state_reader_t *reader = state_reader_new (state);
    size_t rows = state_fixture_rows (reader, TABLE_SCOPE, NULL, 0);
    state_reader_destroy (&reader);
    state_destroy (&state);
    return rows;
}

//  ---------------------------------------------------------------------------

static void
a_key_of_29_days_is_replayed_in_memory_from_disk_and_after_a_restart (void **state)
{
    node_fixture_t *node = *state;
    wallet_move_t debit = s_debit (1);
    node_request_t request = s_under_key (&debit, 1);
    node_open_wallet (node, 1, 1000);
    node_expect (node, request, VERDICT_ACCEPTED);
    s_is_replayed (node, request);
    node_sync (node);
    atomic_fetch_add (&s_ahead_ms, 29 * DAY_MS);
    s_is_replayed (node, request);
    s_restart (node);
    s_is_replayed (node, request);
    node_open_wallet (node, 2, 1000);  //  What is stamped now makes nothing of it go
    node_sync (node);
    s_is_replayed (node, request);
    assert_int_equal (node_wallet (node, 1).available_minor, 990);
    node_fixture_stop (node);
    assert_int_equal (s_scopes (node), 1);
    s_is_sound (node);
}

//  The first is not deleted yet, and does not count all the same.
static void
a_key_of_30_days_is_free_again (void **state)
{
    node_fixture_t *node = *state;
    wallet_move_t other = s_debit (2);
    s_decide_and_wait (node, 30 * DAY_MS);
    node_expect (node, s_under_key (&other, 2), VERDICT_ACCEPTED);
    s_is_replayed (node, s_under_key (&other, 2));
    node_sync (node);
    s_is_replayed (node, s_under_key (&other, 2));
    assert_int_equal (node_wallet (node, 1).available_minor, 980);
    node_fixture_stop (node);
    assert_int_equal (s_scopes (node), 1);
    s_is_sound (node);
}

static void
an_expired_key_is_gone_from_disk_and_a_rebuilt_state_says_the_same (void **state)
{
    node_fixture_t *node = *state;
    wallet_move_t other = s_debit (2);
    s_decide_and_wait (node, 31 * DAY_MS + 1000);
    node_open_wallet (node, 2, 1000);
    node_fixture_stop (node);
    assert_int_equal (s_scopes (node), 0);
    s_is_sound (node);

    char path [4096];
    snprintf (path, sizeof path, "%s/state/data.mdb", node->dir);
    assert_int_equal (unlink (path), 0);
    node_fixture_start (node);  //  From the journal, which has the key still
    node_expect (node, s_under_key (&other, 2), VERDICT_ACCEPTED);
    node_fixture_stop (node);
    assert_int_equal (s_scopes (node), 1);
    s_is_sound (node);
}

int
main (void)
{
#define WITH_NODE(test)                                                                            \
    cmocka_unit_test_setup_teardown (test, node_fixture_setup, node_fixture_teardown)
    const struct CMUnitTest tests [] = {
        WITH_NODE (a_key_of_29_days_is_replayed_in_memory_from_disk_and_after_a_restart),
        WITH_NODE (a_key_of_30_days_is_free_again),
        WITH_NODE (an_expired_key_is_gone_from_disk_and_a_rebuilt_state_says_the_same),
    };
    channel_setup ();
    return sodium_init () < 0 ? 1 : cmocka_run_group_tests (tests, NULL, NULL);
}
