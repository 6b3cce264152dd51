//  replay: a read model that says something else than the journal is made again, alone
//  or with all others, and nothing else of the state changes.

#include "tests/lib/node_fixture.h"

#include <string.h>
#include "actors/member.h"
#include "runtime/replay.h"
#include "store/state.h"

enum { ORDERS = 9, SHOP = 2, PAYER = 1 };

static const struct {
    const char *name;
    state_table_t table;
} s_models [] = {
    { "lists", TABLE_ROWS },
    { "books", TABLE_LEDGER },
    { "money-by-address", TABLE_REGION },
};

//  A folder with a history that has rows in every read model. Stopped.
static int
s_setup (void **state)
{
    node_fixture_setup (state);
    node_fixture_t *node = *state;
    member_register_t member = { .registration = node_oid (OID_REGISTRATION, PAYER),
                                 .login = node_oid (OID_LOGIN, PAYER),
                                 .name = { 1, "n" },
                                 .email = { 1, "e" },
                                 .address = { 1, "a" },
                                 .address_hash = { ADDRESS_HASH_SIZE, "somewhere" } };
    node_expect (node, node_request (node_oid (OID_MEMBER, PAYER), MEMBER_REGISTER, &member, 0, 0),
                 VERDICT_ACCEPTED);
    node_open_wallet (node, PAYER, 1000);
    node_register_merchant (node, SHOP);
    payment_create_t order = node_order (PAYER, SHOP, 30);
    for (uint32_t number = 1; number <= ORDERS; number++) {
        node_request_t request =
            node_request (node_oid (OID_PAYMENT, number), PAYMENT_CREATE, &order, number, number);
        request.waits = true;
        node_expect (node, request, VERDICT_ACCEPTED);
    }
    node_fixture_stop (node);
    return 0;
}

static bool
s_is_sound (node_fixture_t *node)
{
    audit_report_t report;
    assert_int_equal (node_audit (node, &report), STATUS_OK);
    return report.sound;
}

static status_t
s_replay (node_fixture_t *node, const char *projection, uint64_t *ret_records)
{
    char reason [256];
    return replay_run (&(replay_config_t) { .data_dir = node->dir, .projection = projection },
                       ret_records, reason);
}

//  One row of the table is lost, and one comes that nothing led to.
static void
s_spoil (node_fixture_t *node, state_table_t table, const void *key, size_t key_size,
         const void *value, size_t value_size)
{
    state_t *state = node_state_open (node, /* read_only= */ false);
    assert_int_equal (state_begin (state), STATUS_OK);
    uint8_t other [STATE_KEY_SIZE_MAX];
    memcpy (other, key, key_size);
    other [key_size - 1] ^= 1;
    assert_int_equal (state_del (state, table, key, key_size), STATUS_OK);
    assert_int_equal (state_put (state, table, other, key_size, value, value_size), STATUS_OK);
    assert_int_equal (state_commit (state), STATUS_OK);
    state_destroy (&state);
}

typedef struct {
    uint8_t key [STATE_KEY_SIZE_MAX], value [256];
    size_t key_size, value_size;
} first_t;

static bool
s_first_row (void *context, const uint8_t *key, size_t key_size, const uint8_t *value,
             size_t value_size)
{
    first_t *first = context;
    assert_true (value_size <= sizeof first->value);
    memcpy (first->key, key, key_size);
    memcpy (first->value, value, value_size);
    first->key_size = key_size;
    first->value_size = value_size;
    return false;
}

static void
s_spoil_first (node_fixture_t *node, state_table_t table)
{
    first_t first = { .key_size = 0 };
    state_t *state = node_state_open (node, /* read_only= */ true);
    state_reader_t *reader = state_reader_new (state);
    assert_int_equal (state_scan (reader, table, NULL, 0, NULL, 0, false, 1, s_first_row, &first),
                      STATUS_OK);
    state_reader_destroy (&reader);
    state_destroy (&state);
    assert_true (first.key_size > 0);
    s_spoil (node, table, first.key, first.key_size, first.value, first.value_size);
    assert_false (s_is_sound (node));
}

//  ---------------------------------------------------------------------------

static void
each_read_model_is_made_again_alone (void **state)
{
    node_fixture_t *node = *state;
    uint64_t records;
    assert_true (s_is_sound (node));
    for (size_t index = 0; index < COUNT (s_models); index++) {
        s_spoil_first (node, s_models [index].table);
        for (size_t other = 0; other < COUNT (s_models); other++) {
            if (other != index) {
                assert_int_equal (s_replay (node, s_models [other].name, &records), STATUS_OK);
                assert_false (s_is_sound (node));
            }
        }
        assert_int_equal (s_replay (node, s_models [index].name, &records), STATUS_OK);
        assert_true (records > 3 * ORDERS);
        assert_true (s_is_sound (node));
    }
}

static void
all_of_them_are_made_again_at_once (void **state)
{
    node_fixture_t *node = *state;
    uint64_t one, all;
    for (size_t index = 0; index < COUNT (s_models); index++) {
        s_spoil_first (node, s_models [index].table);
    }
    assert_int_equal (s_replay (node, "lists", &one), STATUS_OK);
    assert_false (s_is_sound (node));
    assert_int_equal (s_replay (node, NULL, &all), STATUS_OK);
    assert_true (s_is_sound (node));
    assert_int_equal (one, all);
}

static void
a_node_goes_on_with_what_was_made_again (void **state)
{
    node_fixture_t *node = *state;
    uint64_t records;
    s_spoil_first (node, TABLE_ROWS);
    assert_int_equal (s_replay (node, "lists", &records), STATUS_OK);
    node_fixture_start (node);
    payment_create_t order = node_order (PAYER, SHOP, 30);
    node_request_t request =
        node_request (node_oid (OID_PAYMENT, ORDERS + 1), PAYMENT_CREATE, &order, 0, 0);
    request.waits = true;
    node_expect (node, request, VERDICT_ACCEPTED);
    node_fixture_stop (node);
    assert_true (s_is_sound (node));
}

static void
a_folder_without_a_journal_is_refused (void **state)
{
    char reason [256] = "";
    uint64_t records;
    (void) state;
    replay_config_t config = { .data_dir = "/nowhere" };
    assert_int_not_equal (replay_run (&config, &records, reason), STATUS_OK);
    assert_true (strstr (reason, "/nowhere"));
}

int
main (void)
{
#define TEST(name) cmocka_unit_test_setup_teardown (name, s_setup, node_fixture_teardown)
    const struct CMUnitTest tests [] = {
        TEST (each_read_model_is_made_again_alone),
        TEST (all_of_them_are_made_again_at_once),
        TEST (a_node_goes_on_with_what_was_made_again),
        cmocka_unit_test (a_folder_without_a_journal_is_refused),
    };
    return cmocka_run_group_tests_name ("runtime/replay", tests, NULL, NULL);
}
