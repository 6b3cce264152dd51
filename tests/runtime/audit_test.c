//  audit: a sound folder is sound; a damaged one is told where.

#include "tests/lib/node_fixture.h"

#include <sodium.h>
#include "actors/bank_account.h"
#include "actors/member.h"
#include "runtime/applier_private.h"
#include "runtime/channel.h"
#include "runtime/snapshot.h"
#include "tests/lib/scratch.h"

enum { ORDERS = 10, MAP_BYTES = 1 << 30 };

//  Keys that are found in a file and mistaken for nothing else.
static uint32_t
s_key (uint32_t number)
{
    return 0xa5c3e100 + number;
}

//  A folder with a history: payments done, one that waits, refusals, keys. Stopped.
static int
s_setup (void **state)
{
    node_fixture_setup (state);
    node_fixture_t *node = *state;
    node_open_wallet (node, 1, 1000);
    node_register_merchant (node, 2);
    payment_create_t order = node_order (1, 2, 30), too_much = node_order (1, 2, 5000);
    for (uint32_t number = 1; number <= ORDERS; number++) {
        node_request_t request =
            node_request (node_oid (OID_PAYMENT, number), PAYMENT_CREATE,
                          number == 3 ? &too_much : &order, s_key (number), number);
        request.waits = true;
        node_expect (node, request, VERDICT_ACCEPTED);
        node_expect (node,
                     node_request (request.to, PAYMENT_CREATE, &order, s_key (100 + number),
                                   number),
                     number == 3 ? VERDICT_ACCEPTED : VERDICT_ORDER_EXISTS);
    }
    payment_t payment;
    node_state (node, node_oid (OID_PAYMENT, 3), true, &payment);
    node_fixture_stop (node);
    return 0;
}

static audit_report_t
s_audit (node_fixture_t *node)
{
    audit_report_t report;
    assert_int_equal (node_audit (node, &report), STATUS_OK);
    assert_int_equal (report.sound, report.problem [0] == 0);
    return report;
}

static void
s_is_unsound (node_fixture_t *node, const char *in_problem)
{
    audit_report_t report = s_audit (node);
    assert_false (report.sound);
    if (!strstr (report.problem, in_problem)) {
        fail_msg ("\"%s\" is not \"%s\"", report.problem, in_problem);
    }
}

//  Changes one row of the state, with a checksum that is right.
static void
s_change_row (node_fixture_t *node, state_table_t table, const void *key, size_t key_size,
              const void *value, size_t value_size)
{
    state_t *state = node_state_open (node, /* read_only= */ false);
    assert_int_equal (state_begin (state), STATUS_OK);
    if (value) {
        assert_int_equal (state_put (state, table, key, key_size, value, value_size), STATUS_OK);
    }
    else {
        assert_int_equal (state_del (state, table, key, key_size), STATUS_OK);
    }
    assert_int_equal (state_commit (state), STATUS_OK);
    state_destroy (&state);
}

static size_t
s_read_row (node_fixture_t *node, state_table_t table, const void *key, size_t key_size,
            void *buffer, size_t capacity)
{
    size_t size;
    state_t *state = node_state_open (node, /* read_only= */ true);
    state_reader_t *reader = state_reader_new (state);
    assert_int_equal (state_get (reader, table, key, key_size, buffer, capacity, &size), STATUS_OK);
    state_reader_destroy (&reader);
    state_destroy (&state);
    return size;
}

//  ---------------------------------------------------------------------------

static void
a_sound_folder_is_sound (void **state)
{
    audit_report_t report = s_audit (*state);
    assert_true (report.sound);
    assert_true (report.records > 3 * ORDERS && report.events > 3 * ORDERS);
    assert_int_equal (report.aggregates, 3 + ORDERS);  //  With the roll of merchants
    assert_int_equal (report.snapshots_compared, report.aggregates);
    assert_int_equal (report.accounts_compared, report.accounts);
    assert_int_equal (report.accounts, 3);  //  Wallet, merchant, and where its money came from
    assert_int_equal (report.debit_minor, 1000);
    assert_int_equal (report.credit_minor, 1000);
    assert_int_equal (report.messages_pending, 0);
}

//  Every copy that LMDB left of payment 7's first record: the only one in partition 7
//  that has its scope.
static void
a_flipped_byte_of_a_record_is_told_with_its_place (void **state)
{
    node_fixture_t *node = *state;
    const char *path = scratch_path (node->dir, "journal/data.mdb");
    node_request_t request = node_request (node_oid (OID_PAYMENT, 7), 0, NULL, s_key (7), 7);
    int64_t at = -1;
    size_t copies = 0;
    while ((at = scratch_find (path, at + 1, request.scope, sizeof request.scope)) >= 0) {
        scratch_flip (path, at + 9, 0x10);
        copies++;
    }
    assert_true (copies > 0);
    audit_report_t report = s_audit (node);
    assert_false (report.sound);
    assert_int_equal (report.partition, 7);
    assert_int_equal (report.sequence, 1);
}

static void
a_changed_snapshot_is_told_with_its_owner (void **state)
{
    node_fixture_t *node = *state;
    static uint8_t snapshot [SNAPSHOT_SIZE_MAX];
    oid_t wallet = node_oid (OID_WALLET, 1);
    char text [OID_TEXT_SIZE];
    size_t size =
        s_read_row (node, TABLE_SNAPSHOT, &wallet, sizeof wallet, snapshot, sizeof snapshot);
    snapshot [16] ^= 1;  //  When it was updated
    s_change_row (node, TABLE_SNAPSHOT, &wallet, sizeof wallet, snapshot, size);
    oid_format (wallet, text);
    s_is_unsound (node, text);
    s_change_row (node, TABLE_SNAPSHOT, &wallet, sizeof wallet, NULL, 0);
    s_is_unsound (node, text);
    snapshot [16] ^= 1;
    s_change_row (node, TABLE_SNAPSHOT, &wallet, sizeof wallet, snapshot, size);
    assert_true (s_audit (node).sound);
}

static void
a_changed_account_is_told_with_both_amounts (void **state)
{
    node_fixture_t *node = *state;
    uint8_t key [LEDGER_KEY_SIZE] = { ACCOUNT_WALLET };
    uint8_t strange_key [LEDGER_KEY_SIZE] = { ACCOUNT_FEES };
    oid_t wallet = node_oid (OID_WALLET, 1);
    int64_t net_minor, one_more;
    memcpy (key + 1, &wallet, sizeof wallet);
    s_read_row (node, TABLE_LEDGER, key, sizeof key, &net_minor, sizeof net_minor);
    assert_true (net_minor < 0);
    one_more = net_minor - 1;
    s_change_row (node, TABLE_LEDGER, key, sizeof key, &one_more, sizeof one_more);
    s_is_unsound (node, "the books say");
    s_change_row (node, TABLE_LEDGER, key, sizeof key, NULL, 0);
    s_is_unsound (node, "the books lack an account");
    s_change_row (node, TABLE_LEDGER, key, sizeof key, &net_minor, sizeof net_minor);
    s_change_row (node, TABLE_LEDGER, strange_key, sizeof strange_key, &net_minor,
                  sizeof net_minor);
    s_is_unsound (node, "fees: the books say");
}

static void
an_invented_or_forgotten_message_is_told (void **state)
{
    node_fixture_t *node = *state;
    static const uint8_t place [9] = { 1 };
    uint8_t key [OUTBOX_KEY_SIZE];
    outbox_key ((message_name_t) { 1, 2, 1 }, key);
    s_change_row (node, TABLE_OUTBOX, key, sizeof key, place, sizeof place);
    s_is_unsound (node, "the outbox holds a message that is not pending");
}

//  A bank account that asks the bank again later: its timer is all that waits.
static void
s_leave_a_timer (node_fixture_t *node, uint32_t number)
{
    bank_account_link_t link = { .party = { .member = node_oid (OID_MEMBER, number),
                                            .bank_code = "happy",
                                            .account_number = { .size = 1, .bytes = { 1 } } },
                                 .holder_name = { .size = 1, .bytes = { 1 } },
                                 .member_status = MEMBER_ACTIVE };
    bank_looked_up_t unknown = { .step = 1, .result = BANK_LOOKUP_UNKNOWN };
    oid_t account = node_oid (OID_BANK_ACCOUNT, number);
    node->limits.bank_inquiry_first_ms = 60000;
    node_fixture_start (node);
    node_expect (node, node_request (account, BANK_ACCOUNT_LINK, &link, number, 1),
                 VERDICT_ACCEPTED);
    node_expect (node, node_request (account, BANK_ACCOUNT_LOOKED_UP, &unknown, 0, 0),
                 VERDICT_ACCEPTED);
    node_fixture_stop (node);
}

static void
a_changed_or_forgotten_timer_is_told (void **state)
{
    node_fixture_t *node = *state;
    uint8_t key [TIMER_KEY_SIZE];
    oid_t account = node_oid (OID_BANK_ACCOUNT, 50);
    int64_t due_ms, later_ms;
    s_leave_a_timer (node, 50);
    assert_true (s_audit (node).sound);
    memcpy (key, &account, sizeof account);
    key [OID_PACKED_SIZE] = BANK_ACCOUNT_LOOK_UP_AGAIN;
    s_read_row (node, TABLE_TIMER, key, sizeof key, &due_ms, sizeof due_ms);
    later_ms = due_ms + 1;
    s_change_row (node, TABLE_TIMER, key, sizeof key, &later_ms, sizeof later_ms);
    s_is_unsound (node, "a timer is not set as the journal says");
    s_change_row (node, TABLE_TIMER, key, sizeof key, NULL, 0);
    s_is_unsound (node, "a timer that the journal has set is missing");
    s_change_row (node, TABLE_TIMER, key, sizeof key, &due_ms, sizeof due_ms);
    assert_true (s_audit (node).sound);
    key [0] = OID_WALLET;
    s_change_row (node, TABLE_TIMER, key, sizeof key, &due_ms, sizeof due_ms);
    s_is_unsound (node, "a timer is not set as the journal says");
}

//  The state was brought back from another backup than the journal.
//  Of payments that were captured: rows by their state.
static void
a_moved_or_invented_row_of_a_list_is_told (void **state)
{
    node_fixture_t *node = *state;
    uint8_t key [ROW_KEY_MAX];
    snapshot_head_t head;
    static uint8_t snapshot [SNAPSHOT_SIZE_MAX];
    oid_t payment = node_oid (OID_PAYMENT, 1);
    size_t snapshot_size =
        s_read_row (node, TABLE_SNAPSHOT, &payment, sizeof payment, snapshot, sizeof snapshot);
    assert_true (snapshot_read (snapshot, snapshot_size, &head));
    size_t size =
        projection_prefix (LIST_MEMBER_PAYMENTS, node_oid (OID_MEMBER, 1), PAYMENT_CAPTURED, key);
    projection_time (head.created_at_ms, key + size);
    memcpy (key + size + 8, &payment, sizeof payment);
    assert_true (s_audit (node).sound);

    s_change_row (node, TABLE_ROWS, key, sizeof key, NULL, 0);
    s_is_unsound (node, "its row in list");
    key [ROW_PREFIX_SIZE - 1] = PAYMENT_FAILED;  //  As if it had stayed there
    s_change_row (node, TABLE_ROWS, key, sizeof key, "", 0);
    s_is_unsound (node, "its row in list");
    key [ROW_PREFIX_SIZE - 1] = PAYMENT_CAPTURED;
    s_change_row (node, TABLE_ROWS, key, sizeof key, "", 0);
    s_is_unsound (node, "the lists hold");
    key [ROW_PREFIX_SIZE - 1] = PAYMENT_FAILED;
    s_change_row (node, TABLE_ROWS, key, sizeof key, NULL, 0);
    audit_report_t report = s_audit (node);
    assert_true (report.sound);
    assert_true (report.rows_compared > 3 * ORDERS);
}

static void
a_changed_forgotten_or_invented_key_is_told (void **state)
{
    node_fixture_t *node = *state;
    uint8_t key [16] = { 0 }, strange_key [16] = { 1 };
    uint32_t number = s_key (7);
    scope_row_t row;
    memcpy (key, &number, sizeof number);
    s_read_row (node, TABLE_SCOPE, key, sizeof key, &row, sizeof row);
    row.verdict++;
    s_change_row (node, TABLE_SCOPE, key, sizeof key, &row, sizeof row);
    s_is_unsound (node, "does not tell what was decided under it");
    s_change_row (node, TABLE_SCOPE, key, sizeof key, NULL, 0);
    s_is_unsound (node, "forgotten that still counts");
    row.verdict--;
    s_change_row (node, TABLE_SCOPE, key, sizeof key, &row, sizeof row);
    assert_true (s_audit (node).sound);

    s_change_row (node, TABLE_SCOPE, strange_key, sizeof strange_key, &row, sizeof row);
    s_is_unsound (node, "would never expire");
    s_change_row (node, TABLE_SCOPE_AGE, "a time and a first scope", 24, strange_key,
                  sizeof strange_key);
    s_is_unsound (node, "that the journal does not have");
}

//  As after a state that was brought back from a backup, and lost.
static void
a_key_that_was_decided_twice_is_told (void **state)
{
    node_fixture_t *node = *state;
    uint8_t key [16] = { 0 };
    uint32_t number = s_key (7);
    memcpy (key, &number, sizeof number);
    s_change_row (node, TABLE_SCOPE, key, sizeof key, NULL, 0);
    node_fixture_start (node);
    payment_create_t order = node_order (1, 2, 30);
    node_expect (node, node_request (node_oid (OID_PAYMENT, 7), PAYMENT_CREATE, &order, number, 7),
                 VERDICT_ORDER_EXISTS);
    node_fixture_stop (node);
    s_is_unsound (node, "an idempotency key was decided twice");
}

static void
a_state_ahead_of_its_journal_is_told (void **state)
{
    node_fixture_t *node = *state;
    uint64_t value [1 + 9];
    uint8_t key [10] = "position";
    oid_t wallet = node_oid (OID_WALLET, 1);
    key [9] = (uint8_t) oid_partition (wallet, 8);
    size_t size = s_read_row (node, TABLE_META, key, sizeof key, value, sizeof value);
    assert_int_equal (size, sizeof value);
    value [0] += 1000;
    s_change_row (node, TABLE_META, key, sizeof key, value, size);
    s_is_unsound (node, "ahead of the journal");

    node_fixture_start (node);  //  A start discards it and replays
    assert_int_equal (node_wallet (node, 1).held_minor, 0);
    node_fixture_stop (node);
    assert_true (s_audit (node).sound);
}

int
main (void)
{
#define WITH_HISTORY(test) cmocka_unit_test_setup_teardown (test, s_setup, node_fixture_teardown)
    const struct CMUnitTest tests [] = {
        WITH_HISTORY (a_sound_folder_is_sound),
        WITH_HISTORY (a_flipped_byte_of_a_record_is_told_with_its_place),
        WITH_HISTORY (a_changed_snapshot_is_told_with_its_owner),
        WITH_HISTORY (a_changed_account_is_told_with_both_amounts),
        WITH_HISTORY (an_invented_or_forgotten_message_is_told),
        WITH_HISTORY (a_changed_or_forgotten_timer_is_told),
        WITH_HISTORY (a_moved_or_invented_row_of_a_list_is_told),
        WITH_HISTORY (a_changed_forgotten_or_invented_key_is_told),
        WITH_HISTORY (a_key_that_was_decided_twice_is_told),
        WITH_HISTORY (a_state_ahead_of_its_journal_is_told),
    };
    channel_setup ();
    return sodium_init () < 0 ? 1 : cmocka_run_group_tests (tests, NULL, NULL);
}
