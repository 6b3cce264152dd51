//  node: commands, questions, lists and keys, on a real folder with real threads.

#include "tests/lib/node_fixture.h"

#include <sodium.h>
#include "actors/approval.h"
#include "runtime/channel.h"
#include "runtime/lists.h"

static oid_t
s_wallet (uint32_t number)
{
    return node_oid (OID_WALLET, number);
}

static wallet_move_t
s_debit (uint32_t saga, int64_t amount_minor)
{
    return (
        wallet_move_t) { { node_oid (OID_REMITTANCE, saga), LEG_DEBIT, 1 }, amount_minor, "KRW" };
}

//  ---------------------------------------------------------------------------

static void
a_reply_carries_the_state_after_the_command (void **state)
{
    node_fixture_t *node = *state;
    node_open_wallet (node, 1, 1000);
    wallet_move_t debit = s_debit (1, 300);
    wallet_t wallet;
    node_reply_t *reply = node_ask (node, node_request (s_wallet (1), WALLET_DEBIT, &debit, 0, 0));
    assert_int_equal (reply->kind, REPLY_DECIDED);
    assert_int_equal (reply->version, 4);
    assert_int_equal (reply->decided_version, 0);
    assert_true (reply->finished);
    assert_true (oid_equal (reply->aggregate, s_wallet (1)));
    assert_true (oid_equal (reply->object, s_wallet (1)));
    assert_int_equal (reply->partition, oid_partition (s_wallet (1), node_partitions (node->node)));
    assert_int_equal (reply->sequence, 4);
    assert_true (shape_unpack (wallet_aggregate.state, reply->state, reply->state_size, &wallet));
    assert_int_equal (wallet.available_minor, 700);
    node_reply_destroy (&reply);
    assert_int_equal (node_wallet (node, 1).available_minor, 700);
    assert_int_equal (node_in_flight (node->node), 0);
}

static void
what_is_not_there_has_version_0 (void **state)
{
    node_fixture_t *node = *state;
    wallet_t wallet;
    assert_int_equal (node_state (node, s_wallet (9), false, &wallet), 0);
    assert_int_equal (node_state (node, node_oid (OID_OPERATOR, 9), false, &wallet), 0);
}

//  First from memory, then from disk when a flush has made the memory superfluous.
static void
a_key_is_decided_once_and_replayed_before_and_after_a_flush (void **state)
{
    node_fixture_t *node = *state;
    node_open_wallet (node, 1, 1000);
    wallet_move_t debit = s_debit (1, 300), too_much = s_debit (2, 5000);
    node_request_t request = node_request (s_wallet (1), WALLET_DEBIT, &debit, 7, 1);
    node_request_t refused = node_request (s_wallet (1), WALLET_DEBIT, &too_much, 8, 1);
    node_expect (node, request, VERDICT_ACCEPTED);
    node_expect (node, refused, VERDICT_INSUFFICIENT_FUNDS);
    wallet_move_t later = s_debit (3, 1);
    node_expect (node, node_request (s_wallet (1), WALLET_DEBIT, &later, 0, 0), VERDICT_ACCEPTED);
    for (int times = 0; times < 3; times++) {
        node_reply_t *reply = node_ask (node, request);
        assert_int_equal (reply->kind, REPLY_REPLAYED);
        assert_int_equal (reply->verdict, VERDICT_ACCEPTED);
        assert_true (oid_equal (reply->object, s_wallet (1)));
        assert_int_equal (reply->decided_version, 4);  //  The wallet is at 5 by now
        node_reply_destroy (&reply);
        reply = node_ask (node, refused);
        assert_int_equal (reply->kind, REPLY_REPLAYED);
        assert_int_equal (reply->verdict, VERDICT_INSUFFICIENT_FUNDS);
        node_reply_destroy (&reply);
        request.fingerprint [0]++;
        reply = node_ask (node, request);
        assert_int_equal (reply->kind, REPLY_KEY_REUSED);
        node_reply_destroy (&reply);
        request.fingerprint [0]--;
        node_sync (node);
        if (times == 1) {
            node_fixture_stop (node);
            node_fixture_start (node);
        }
    }
    assert_int_equal (node_wallet (node, 1).available_minor, 699);
}

//  Many at once with one key: one is decided; the others hear that, or wait.
static void
one_key_sent_many_times_at_once_takes_effect_once (void **state)
{
    node_fixture_t *node = *state;
    enum { TIMES = 30 };
    node_open_wallet (node, 1, 1000);
    wallet_move_t debit = s_debit (1, 10);
    size_t decided = 0, in_flight = 0, replayed = 0;
    for (int times = 0; times < TIMES; times++) {
        node_send (node, node_request (s_wallet (1), WALLET_DEBIT, &debit, 7, 1));
    }
    for (int times = 0; times < TIMES; times++) {
        node_reply_t *reply = node_replies_receive (node->replies, NODE_PATIENCE_MS);
        assert_non_null (reply);
        decided += reply->kind == REPLY_DECIDED;
        in_flight += reply->kind == REPLY_IN_FLIGHT;
        replayed += reply->kind == REPLY_REPLAYED;
        node_reply_destroy (&reply);
    }
    assert_int_equal (decided, 1);
    assert_int_equal (in_flight + replayed, TIMES - 1);
    assert_int_equal (node_wallet (node, 1).available_minor, 990);
}

//  ---------------------------------------------------------------------------

static void
a_payment_is_answered_when_its_money_is_there (void **state)
{
    node_fixture_t *node = *state;
    payment_t payment;
    oid_t oid = node_oid (OID_PAYMENT, 5);
    node_open_wallet (node, 1, 1000);
    node_register_merchant (node, 2);
    payment_create_t order = node_order (1, 2, 400);
    node_request_t request = node_request (oid, PAYMENT_CREATE, &order, 1, 1);
    request.waits = true;
    node_reply_t *reply = node_ask (node, request);
    assert_int_equal (reply->kind, REPLY_DECIDED);
    assert_true (reply->finished);
    assert_true (shape_unpack (payment_aggregate.state, reply->state, reply->state_size, &payment));
    assert_int_equal (payment.status, PAYMENT_CAPTURED);
    node_reply_destroy (&reply);
    assert_int_equal (node_state (node, oid, true, &payment), 2);  //  At rest: at once
    assert_int_equal (node_wallet (node, 1).available_minor, 600);
    node_expect (node, node_request (oid, PAYMENT_CREATE, &order, 0, 0), VERDICT_ORDER_EXISTS);
}

//  The merchant does not exist, so this payment never ends by itself.
static void
who_stops_waiting_is_answered_once (void **state)
{
    node_fixture_t *node = *state;
    oid_t oid = node_oid (OID_PAYMENT, 5);
    payment_create_t order = node_order (1, 2, 400);  //  There is no such merchant
    node_open_wallet (node, 1, 1000);
    node_request_t request = node_request (oid, PAYMENT_CREATE, &order, 1, 1);
    request.waits = true;
    uint64_t token = node_send (node, request);
    node_port_unwait (node->port, oid, token);
    node_port_unwait (node->port, oid, token);
    node_reply_t *reply = node_reply (node, token);
    node_reply_destroy (&reply);
    node_port_unwait (node->port, oid, token);  //  Harmless
    node_sync (node);                           //  No second reply comes before this one
    assert_int_equal (node_in_flight (node->node), 0);
}

//  As what one aggregate's record makes of another is, until the outbox has brought it.
static void
what_is_not_there_yet_is_waited_for (void **state)
{
    node_fixture_t *node = *state;
    approval_request_t proposal = {
        .subject = node_oid (OID_BANK_TRANSFER, 1),
        .amount_minor = 1,
        .proposer = "kim",
    };
    uint64_t awaited = ++node->token, given_up = ++node->token;
    assert_int_equal (node_port_query (node->port, node_oid (OID_APPROVAL, 1), awaited, true),
                      ADMITTED);
    assert_int_equal (node_port_query (node->port, node_oid (OID_APPROVAL, 2), given_up, true),
                      ADMITTED);
    node_sync (node);  //  Not answered yet
    node_port_unwait (node->port, node_oid (OID_APPROVAL, 2), given_up);
    node_reply_t *reply = node_reply (node, given_up);
    assert_int_equal (reply->version, 0);
    node_reply_destroy (&reply);
    node_expect (node, node_request (node_oid (OID_APPROVAL, 1), APPROVAL_PROPOSE, &proposal, 0, 0),
                 VERDICT_ACCEPTED);
    reply = node_reply (node, awaited);
    assert_int_equal (reply->version, 1);
    assert_true (reply->finished);
    node_reply_destroy (&reply);
}

//  ---------------------------------------------------------------------------

typedef struct {
    size_t rows;
    int64_t sum_minor, last_minor, net_minor;
    oid_t last;
} seen_t;

static void
s_see_row (void *context, const list_row_t *row)
{
    seen_t *seen = context;
    seen->rows++;
    seen->last = row->object;
    seen->last_minor = row->entry.balance_after_minor;
    seen->sum_minor += row->entry.incoming ? row->entry.amount_minor : -row->entry.amount_minor;
}

static void
s_see_account (void *context, account_t account, int64_t net_minor)
{
    seen_t *seen = context;
    assert_non_null (account_class_name (account.class));
    assert_int_not_equal (net_minor, 0);
    seen->rows++;
    seen->net_minor += net_minor;
}

static void
lists_show_every_row_once_newest_first (void **state)
{
    node_fixture_t *node = *state;
    enum { ORDERS = 13, PAGE = 4 };
    seen_t entries = { 0 }, payments = { 0 };
    list_cursor_t cursor = { 0 };
    bool more = true;
    size_t pages = 0;
    node_open_wallet (node, 1, 1000);
    node_register_merchant (node, 2);
    payment_create_t order = node_order (1, 2, 10);
    for (uint32_t number = 1; number <= ORDERS; number++) {
        node_request_t request =
            node_request (node_oid (OID_PAYMENT, number), PAYMENT_CREATE, &order, 0, 0);
        request.waits = true;
        node_expect (node, request, VERDICT_ACCEPTED);
    }
    node_sync (node);
    for (; more; pages++) {
        assert_int_equal (list_read (node->node, LIST_WALLET_ENTRIES, s_wallet (1), &cursor, PAGE,
                                     s_see_row, &entries, &more),
                          STATUS_OK);
        if (pages == 0) {
            assert_int_equal (entries.last_minor, 1000 - 10 * (ORDERS - PAGE + 1));
        }
    }
    assert_int_equal (entries.rows, ORDERS + 1);
    assert_int_equal (entries.sum_minor, 1000 - 10 * ORDERS);
    assert_int_equal (pages, 4);
    cursor = (list_cursor_t) { 0 };
    assert_int_equal (list_read (node->node, LIST_MERCHANT_PAYMENTS, node_oid (OID_MERCHANT, 2),
                                 &cursor, 100, s_see_row, &payments, &more),
                      STATUS_OK);
    assert_int_equal (payments.rows, ORDERS);
    assert_true (oid_equal (payments.last, node_oid (OID_PAYMENT, 1)));
    assert_false (more);
}

static void
the_books_balance_and_transit_is_empty_at_rest (void **state)
{
    node_fixture_t *node = *state;
    ledger_class_t classes [ACCOUNT_CLASS_COUNT + 1];
    list_cursor_t cursor = { 0 };
    seen_t seen = { 0 };
    bool more = true;
    node_open_wallet (node, 1, 1000);
    node_register_merchant (node, 2);
    payment_create_t order = node_order (1, 2, 400);
    node_request_t request = node_request (node_oid (OID_PAYMENT, 5), PAYMENT_CREATE, &order, 0, 0);
    request.waits = true;
    node_expect (node, request, VERDICT_ACCEPTED);
    node_sync (node);
    assert_int_equal (ledger_read (node->node, 0, &cursor, 1, s_see_account, &seen, &more, classes),
                      STATUS_OK);
    assert_int_equal (classes [ACCOUNT_WALLET].credit_minor, 600);
    assert_int_equal (classes [ACCOUNT_MERCHANT].credit_minor, 400);
    assert_int_equal (classes [ACCOUNT_HOLD].accounts, 0);
    assert_int_equal (classes [ACCOUNT_TRANSIT].accounts, 1);  //  The recharge that never was
    assert_int_equal (classes [ACCOUNT_TRANSIT].debit_minor, 1000);
    while (more) {
        assert_int_equal (ledger_read (node->node, 0, &cursor, 1, s_see_account, &seen, &more,
                                       NULL),
                          STATUS_OK);
    }
    assert_int_equal (seen.rows, 3);
    assert_int_equal (seen.net_minor, 0);
}

//  ---------------------------------------------------------------------------

static void
a_restart_changes_nothing (void **state)
{
    node_fixture_t *node = *state;
    wallet_t before, after;
    node_open_wallet (node, 1, 1000);
    node_register_merchant (node, 2);
    payment_create_t order = node_order (1, 2, 400);
    node_request_t request = node_request (node_oid (OID_PAYMENT, 5), PAYMENT_CREATE, &order, 0, 0);
    request.waits = true;
    node_expect (node, request, VERDICT_ACCEPTED);
    memset (&before, 0, sizeof before);
    memset (&after, 0, sizeof after);
    uint64_t version = node_state (node, s_wallet (1), false, &before);
    node_fixture_stop (node);
    node_fixture_start (node);
    assert_int_equal (node_state (node, s_wallet (1), false, &after), version);
    assert_memory_equal (&before, &after, sizeof before);
    wallet_move_t debit = s_debit (1, 1);
    node_reply_t *reply = node_ask (node, node_request (s_wallet (1), WALLET_DEBIT, &debit, 0, 0));
    assert_int_equal (reply->version, version + 1);  //  And it goes on from there
    node_reply_destroy (&reply);
}

//  Whoever asked may be gone when the node finishes what it accepted.
static void
a_stop_in_the_middle_of_work_finishes_what_was_accepted (void **state)
{
    node_fixture_t *node = *state;
    enum { COMMANDS = 200 };
    node_open_wallet (node, 1, 1000);
    for (uint32_t number = 0; number < COMMANDS; number++) {
        wallet_move_t debit = s_debit (number, 1);
        node_send (node, node_request (s_wallet (1), WALLET_DEBIT, &debit, number + 1, 1));
    }
    node_fixture_stop (node);
    node_fixture_start (node);
    audit_report_t report;
    int64_t left_minor = node_wallet (node, 1).available_minor;
    assert_in_range (left_minor, 1000 - COMMANDS, 1000);
    node_fixture_stop (node);
    assert_int_equal (node_audit (node, &report), STATUS_OK);
    assert_true (report.sound);
}

static void
a_folder_in_use_is_refused (void **state)
{
    node_fixture_t *node = *state;
    node_t *other = NULL;
    char reason [256] = "";
    node_config_t config = { .data_dir = node->dir, .partitions = 8, .limits = node->limits };
    assert_int_equal (node_start (&config, &other, reason), STATUS_IN_USE);
    assert_null (other);
    assert_true (strlen (reason) > 0);
}

static void
a_pool_too_large_for_the_machine_is_refused (void **state)
{
    node_fixture_t *node = *state;
    node_t *other = NULL;
    char reason [256] = "";
    node_config_t config = { .data_dir = node->dir, .partitions = 8, .limits = node->limits };
    config.limits.pool_actors = 100000000;
    assert_int_equal (node_start (&config, &other, reason), STATUS_LIMIT);
    assert_null (other);
    assert_true (strlen (reason) > 0);
}

int
main (void)
{
#define WITH_NODE(test)                                                                            \
    cmocka_unit_test_setup_teardown (test, node_fixture_setup, node_fixture_teardown)
    const struct CMUnitTest tests [] = {
        WITH_NODE (a_reply_carries_the_state_after_the_command),
        WITH_NODE (what_is_not_there_has_version_0),
        WITH_NODE (a_key_is_decided_once_and_replayed_before_and_after_a_flush),
        WITH_NODE (one_key_sent_many_times_at_once_takes_effect_once),
        WITH_NODE (a_payment_is_answered_when_its_money_is_there),
        WITH_NODE (who_stops_waiting_is_answered_once),
        WITH_NODE (what_is_not_there_yet_is_waited_for),
        WITH_NODE (lists_show_every_row_once_newest_first),
        WITH_NODE (the_books_balance_and_transit_is_empty_at_rest),
        WITH_NODE (a_restart_changes_nothing),
        WITH_NODE (a_stop_in_the_middle_of_work_finishes_what_was_accepted),
        WITH_NODE (a_folder_in_use_is_refused),
        WITH_NODE (a_pool_too_large_for_the_machine_is_refused),
    };
    channel_setup ();
    return sodium_init () < 0 ? 1 : cmocka_run_group_tests (tests, NULL, NULL);
}
