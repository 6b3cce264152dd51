//  node: lists as they are read, and reads that wait for what is not committed yet.

#include "tests/lib/node_fixture.h"

#include <stdlib.h>
#include "actors/member.h"
#include "runtime/channel.h"
#include "runtime/index.h"

enum { ORDERS = 7, MANY = LIST_LOOKED_MAX + 50, AT_ONCE = 5 };

//  What a list showed, in its order.
typedef struct {
    size_t count;
    oid_t objects [MANY + 1];
} seen_t;

static void
s_see (void *context, const list_row_t *row)
{
    seen_t *seen = context;
    assert_true (seen->count <= MANY);
    seen->objects [seen->count++] = row->object;
}

static bool
s_keep_none (void *context, const list_row_t *row)
{
    (void) context, (void) row;
    return false;
}

static bool
s_keep_the_first (void *context, const list_row_t *row)
{
    (void) context;
    return oid_equal (row->object, node_oid (OID_PAYMENT, 1));
}

static bool
s_page (node_fixture_t *node, const list_query_t *query, size_t limit, list_cursor_t *cursor,
        seen_t *seen)
{
    bool more;
    assert_int_equal (list_find (node->node, query, cursor, limit, s_see, seen, &more), STATUS_OK);
    return more;
}

//  Orders by turns of the member, and of nobody: those fail. One after the other.
static void
s_pay (node_fixture_t *node, uint32_t number)
{
    payment_create_t order = node_order (1, 2, 10);
    order.member_status = number % 2 ? order.member_status : MEMBER_ABSENT;
    node_request_t request =
        node_request (node_oid (OID_PAYMENT, number), PAYMENT_CREATE, &order, 0, 0);
    request.waits = true;
    node_reply_t *reply = node_ask (node, request);
    assert_int_equal (reply->kind, REPLY_DECIDED);
    node_reply_destroy (&reply);
}

static void
a_whole_list_has_every_status_in_the_order_of_time (void **state)
{
    node_fixture_t *node = *state;
    static seen_t seen, one_by_one;
    list_query_t query = { .list = LIST_PAYMENTS };
    list_cursor_t cursor = { 0 };
    seen.count = one_by_one.count = 0;
    node_open_wallet (node, 1, 1000);
    node_register_merchant (node, 2);
    for (uint32_t number = 1; number <= ORDERS; number++) {
        s_pay (node, number);
        int64_t now_ms = zclock_time ();  //  Rows of one millisecond are in the order of ids
        while (zclock_time () == now_ms) {
            zclock_sleep (1);
        }
    }
    node_sync (node);
    assert_false (s_page (node, &query, ORDERS, &cursor, &seen));
    assert_int_equal (seen.count, ORDERS);
    for (uint32_t number = 1; number <= ORDERS; number++) {
        assert_true (oid_equal (seen.objects [ORDERS - number], node_oid (OID_PAYMENT, number)));
    }
    cursor = (list_cursor_t) { 0 };
    for (size_t page = 1; page <= ORDERS; page++) {
        assert_int_equal (s_page (node, &query, 1, &cursor, &one_by_one), page < ORDERS);
    }
    assert_memory_equal (&seen, &one_by_one, sizeof seen);

    const uint8_t statuses [] = { PAYMENT_CAPTURED, PAYMENT_FAILED, PAYMENT_EXPIRED };
    const size_t expected [] = { (ORDERS + 1) / 2, ORDERS / 2, 0 };
    for (size_t index = 0; index < COUNT (statuses); index++) {
        query.bucket = statuses [index];
        cursor = (list_cursor_t) { 0 };
        seen.count = 0;
        assert_false (s_page (node, &query, ORDERS, &cursor, &seen));
        assert_int_equal (seen.count, expected [index]);
    }
}

//  Orders that fail at once, many at a time.
static void
s_fail_many (node_fixture_t *node)
{
    payment_create_t order = node_order (1, 2, 10);
    order.member_status = MEMBER_ABSENT;
    for (uint32_t number = 1; number <= MANY; number += AT_ONCE) {
        for (uint32_t at = 0; at < AT_ONCE; at++) {
            (void) node_send (node, node_request (node_oid (OID_PAYMENT, number + at),
                                                  PAYMENT_CREATE, &order, 0, 0));
        }
        for (uint32_t at = 0; at < AT_ONCE; at++) {
            node_reply_t *reply = node_replies_receive (node->replies, 10000);
            assert_non_null (reply);
            assert_int_equal (reply->kind, REPLY_DECIDED);
            node_reply_destroy (&reply);
        }
    }
    node_sync (node);
}

static void
a_filter_looks_at_so_many_rows_and_goes_on_where_it_stopped (void **state)
{
    node_fixture_t *node = *state;
    static seen_t seen;
    list_query_t query = { .list = LIST_PAYMENTS, .keep = s_keep_none };
    list_cursor_t cursor = { 0 };
    seen.count = 0;
    s_fail_many (node);
    assert_true (s_page (node, &query, 100, &cursor, &seen));
    assert_false (s_page (node, &query, 100, &cursor, &seen));
    assert_int_equal (seen.count, 0);

    query.keep = s_keep_the_first;
    cursor = (list_cursor_t) { 0 };
    while (s_page (node, &query, 1, &cursor, &seen)) {
    }
    assert_int_equal (seen.count, 1);
}

//  ---------------------------------------------------------------------------
//  What is not committed yet

static node_place_t
s_place_of (node_fixture_t *node, oid_t oid)
{
    uint64_t token = ++node->token;
    assert_int_equal (node_port_query (node->port, oid, token, false), ADMITTED);
    node_reply_t *reply = node_reply (node, token);
    node_place_t place = { reply->partition, reply->sequence };
    node_reply_destroy (&reply);
    return place;
}

static void
a_read_of_the_future_waits_until_it_is_in_the_lists (void **state)
{
    node_fixture_t *node = *state;
    static seen_t seen;
    list_query_t query = { .list = LIST_WALLET_ENTRIES, .owner = node_oid (OID_WALLET, 1) };
    list_cursor_t cursor = { 0 };
    node_open_wallet (node, 1, 1000);
    node_place_t place = s_place_of (node, query.owner);
    place.sequence++;
    uint64_t waiting = ++node->token;
    assert_int_equal (node_port_sync_to (node->port, &place, 1, waiting), ADMITTED);
    node_sync (node);  //  Answered before: it goes by what is committed

    wallet_move_t debit = { { node_oid (OID_REMITTANCE, 1), LEG_DEBIT, 1 }, 1, "KRW" };
    uint64_t token = node_send (node, node_request (query.owner, WALLET_DEBIT, &debit, 0, 0));
    node_reply_t *reply = node_reply (node, token);
    node_reply_destroy (&reply);
    reply = node_reply (node, waiting);
    assert_int_equal (reply->kind, REPLY_SYNCED);
    uint64_t sequence;
    assert_int_equal (reply->state_size, node_partitions (node->node) * sizeof sequence);
    memcpy (&sequence, reply->state + place.partition * sizeof sequence, sizeof sequence);
    assert_int_equal (sequence, place.sequence);
    node_reply_destroy (&reply);
    seen.count = 0;
    assert_false (s_page (node, &query, 10, &cursor, &seen));
    assert_int_equal (seen.count, 2);
}

static void
a_read_waits_for_each_place_it_names (void **state)
{
    node_fixture_t *node = *state;
    node_open_wallet (node, 1, 1000);
    node_open_wallet (node, 2, 1000);
    oid_t wallets [] = { node_oid (OID_WALLET, 1), node_oid (OID_WALLET, 2) };
    node_place_t places [] = { s_place_of (node, wallets [0]), s_place_of (node, wallets [1]) };
    assert_int_not_equal (places [0].partition, places [1].partition);
    places [0].sequence++;
    places [1].sequence++;
    uint64_t waiting = ++node->token;
    assert_int_equal (node_port_sync_to (node->port, places, 2, waiting), ADMITTED);
    wallet_move_t debit = { { node_oid (OID_REMITTANCE, 1), LEG_DEBIT, 1 }, 1, "KRW" };
    node_expect (node, node_request (wallets [1], WALLET_DEBIT, &debit, 0, 0), VERDICT_ACCEPTED);
    node_sync (node);  //  Not the other's: one of its places is still to come
    node_expect (node, node_request (wallets [0], WALLET_DEBIT, &debit, 0, 0), VERDICT_ACCEPTED);
    node_reply_t *reply = node_reply (node, waiting);
    assert_int_equal (reply->kind, REPLY_SYNCED);
    node_reply_destroy (&reply);
}

static void
reads_of_what_never_comes_have_a_limit (void **state)
{
    node_fixture_t *node = *state;
    enum { FUTURES = 1024 };
    node_place_t never = { 0, UINT64_MAX };
    for (size_t index = 0; index < FUTURES; index++) {
        assert_int_equal (node_port_sync_to (node->port, &never, 1, ++node->token), ADMITTED);
    }
    uint64_t token = ++node->token;
    assert_int_equal (node_port_sync_to (node->port, &never, 1, token), ADMITTED);
    node_reply_t *reply = node_reply (node, token);
    assert_int_equal (reply->kind, REPLY_OVERLOADED);
    node_reply_destroy (&reply);
    node_sync (node);  //  What is there is read as before
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test_setup_teardown (a_whole_list_has_every_status_in_the_order_of_time,
                                         node_fixture_setup, node_fixture_teardown),
        cmocka_unit_test_setup_teardown (
            a_filter_looks_at_so_many_rows_and_goes_on_where_it_stopped, node_fixture_setup,
            node_fixture_teardown),
        cmocka_unit_test_setup_teardown (a_read_of_the_future_waits_until_it_is_in_the_lists,
                                         node_fixture_setup, node_fixture_teardown),
        cmocka_unit_test_setup_teardown (a_read_waits_for_each_place_it_names, node_fixture_setup,
                                         node_fixture_teardown),
        cmocka_unit_test_setup_teardown (reads_of_what_never_comes_have_a_limit, node_fixture_setup,
                                         node_fixture_teardown),
    };
    return cmocka_run_group_tests_name ("node_lists", tests, NULL, NULL);
}
