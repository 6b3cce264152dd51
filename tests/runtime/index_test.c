//  index: where an object is by its state, and rows that move when it changes.

#include "tests/lib/state_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>
#include "actors/bank_transfer.h"
#include "actors/member.h"
#include "actors/payment.h"
#include "actors/remittance.h"
#include "runtime/applier_private.h"
#include "runtime/index.h"
#include "runtime/snapshot.h"
#include "tests/lib/chance.h"

enum { PARTITIONS = 4, ROOM = 4096, CREATED_MS = 7000, KEPT_MAX = 4096 };

static uint64_t s_seed;

typedef struct {
    uint8_t bytes [ROOM];
    size_t size;
} packed_t;

static oid_t
s_oid (oid_kind_t kind, uint8_t number)
{
    return (oid_t) { .kind = (uint8_t) kind, .bytes = { [0] = number, [15] = number } };
}

static packed_t
s_pack (oid_t oid, uint64_t version, const void *state)
{
    packed_t packed;
    const aggregate_type_t *type = registry_find (oid.kind);
    snapshot_write (packed.bytes,
                    &(snapshot_head_t) { .version = version,
                                         .created_at_ms = CREATED_MS,
                                         .updated_at_ms = CREATED_MS + (int64_t) version,
                                         .finished = !type->finished || type->finished (state) });
    size_t size = shape_pack (type->state, state, packed.bytes + SNAPSHOT_HEAD_SIZE,
                              ROOM - SNAPSHOT_HEAD_SIZE);
    assert_true (size > 0);
    packed.size = SNAPSHOT_HEAD_SIZE + size;
    return packed;
}

static bool
s_has (const index_row_t *rows, size_t count, list_t list, oid_t owner, uint8_t bucket)
{
    uint8_t prefix [ROW_PREFIX_SIZE];
    projection_prefix (list, owner, bucket, prefix);
    for (size_t index = 0; index < count; index++) {
        if (memcmp (rows [index].key, prefix, sizeof prefix) == 0) {
            return true;
        }
    }
    return false;
}

static size_t
s_rows_of (oid_t oid, const void *state, index_row_t rows [INDEX_ROWS_MAX])
{
    packed_t packed = s_pack (oid, 1, state);
    return index_rows (oid, packed.bytes, packed.size, rows);
}

//  ---------------------------------------------------------------------------
//  The rules

static void
a_payment_that_runs_is_among_the_open_ones (void **unused)
{
    index_row_t rows [INDEX_ROWS_MAX];
    payment_t payment = { .status = PAYMENT_REQUESTED,
                          .member = s_oid (OID_MEMBER, 1),
                          .merchant = s_oid (OID_MERCHANT, 2) };
    (void) unused;
    size_t count = s_rows_of (s_oid (OID_PAYMENT, 3), &payment, rows);
    assert_true (s_has (rows, count, LIST_SAGAS, (oid_t) { 0 }, SAGA_OPEN));
    assert_true (s_has (rows, count, LIST_SAGAS, (oid_t) { .kind = OID_PAYMENT }, SAGA_OPEN));
    assert_true (s_has (rows, count, LIST_MEMBER_PAYMENTS, payment.member, 0));
    assert_true (s_has (rows, count, LIST_MEMBER_PAYMENTS, payment.member, PAYMENT_REQUESTED));
    assert_true (s_has (rows, count, LIST_MERCHANT_PAYMENTS, payment.merchant, PAYMENT_REQUESTED));
    assert_true (s_has (rows, count, LIST_SAGAS, (oid_t) { 0 }, 0));
    assert_true (s_has (rows, count, LIST_SAGAS, (oid_t) { .kind = OID_PAYMENT }, 0));
    assert_int_equal (count, 7);

    payment.status = PAYMENT_FAILED;
    count = s_rows_of (s_oid (OID_PAYMENT, 3), &payment, rows);
    assert_true (s_has (rows, count, LIST_MEMBER_PAYMENTS, payment.member, PAYMENT_FAILED));
    assert_int_equal (count, 3);
}

static void
what_is_parked_is_not_open (void **unused)
{
    index_row_t rows [INDEX_ROWS_MAX];
    bank_transfer_t transfer = {
        .status = BANK_TRANSFER_PARKED,
        .request = { .party.member = s_oid (OID_MEMBER, 1),
                     .bank_account = s_oid (OID_BANK_ACCOUNT, 2) },
    };
    oid_t oid = s_oid (OID_BANK_TRANSFER, 3);
    (void) unused;
    size_t count = s_rows_of (oid, &transfer, rows);
    assert_true (s_has (rows, count, LIST_SAGAS, (oid_t) { 0 }, SAGA_PARKED));
    assert_true (s_has (rows, count, LIST_SAGAS, (oid_t) { 0 }, 0));
    assert_false (s_has (rows, count, LIST_SAGAS, (oid_t) { 0 }, SAGA_OPEN));
    assert_true (s_has (rows, count, LIST_MEMBER_TRANSFERS, transfer.request.party.member,
                        BANK_TRANSFER_PARKED));
    assert_true (s_has (rows, count, LIST_ACCOUNT_TRANSFERS, transfer.request.bank_account,
                        BANK_TRANSFER_PARKED));
    assert_true (s_has (rows, count, LIST_TRANSFERS, (oid_t) { 0 }, BANK_TRANSFER_PARKED));

    transfer.request.bank_account = transfer.request.party.member = (oid_t) { 0 };
    transfer.status = BANK_TRANSFER_SUCCEEDED;
    assert_int_equal (s_rows_of (oid, &transfer, rows), 2);  //  Among all, and by status
}

static void
a_remittance_is_with_sender_and_receiver_by_direction_and_status (void **unused)
{
    index_row_t rows [INDEX_ROWS_MAX];
    remittance_t remittance = { .status = REMITTANCE_PROCESSING,
                                .departed = true,
                                .request = { .sender = s_oid (OID_MEMBER, 1),
                                             .receiver = s_oid (OID_MEMBER, 2) } };
    oid_t oid = s_oid (OID_REMITTANCE, 3);
    oid_t sender = remittance.request.sender, receiver = remittance.request.receiver;
    list_t list = LIST_MEMBER_REMITTANCES;
    (void) unused;
    size_t count = s_rows_of (oid, &remittance, rows);
    assert_int_equal (count, INDEX_ROWS_MAX);  //  It is open, too
    assert_true (s_has (rows, count, list, sender, REMITTANCES_SENT));
    assert_true (s_has (rows, count, list, sender, REMITTANCES_SENT + REMITTANCE_PROCESSING));
    assert_true (s_has (rows, count, list, sender, REMITTANCE_PROCESSING));
    assert_false (s_has (rows, count, list, sender, REMITTANCES_RECEIVED));
    assert_true (s_has (rows, count, list, receiver, REMITTANCES_RECEIVED));
    assert_true (s_has (rows, count, list, receiver, REMITTANCES_RECEIVED + REMITTANCE_PROCESSING));
    assert_true (s_has (rows, count, list, receiver, 0));
    assert_true (s_has (rows, count, list, receiver, REMITTANCE_PROCESSING));
    assert_false (s_has (rows, count, list, receiver, REMITTANCES_SENT));

    remittance.departed = false;  //  Not yet, or to a bank account
    remittance.status = REMITTANCE_SUCCEEDED;
    count = s_rows_of (oid, &remittance, rows);
    assert_int_equal (count, 3);
    assert_true (s_has (rows, count, list, sender, REMITTANCES_SENT + REMITTANCE_SUCCEEDED));
}

static void
a_member_without_an_address_is_at_none (void **unused)
{
    index_row_t rows [INDEX_ROWS_MAX];
    member_t member = { .status = MEMBER_SUSPENDED };
    oid_t oid = s_oid (OID_MEMBER, 3);
    (void) unused;
    assert_int_equal (s_rows_of (oid, &member, rows), 1);
    assert_true (s_has (rows, 1, LIST_MEMBERS, (oid_t) { 0 }, MEMBER_SUSPENDED));

    member.address_hash = (address_hash_t) { ADDRESS_HASH_SIZE, { 5, 6, 7 } };
    oid_t address = index_address (member.address_hash.bytes, member.address_hash.size);
    size_t count = s_rows_of (oid, &member, rows);
    assert_int_equal (count, 3);
    assert_true (s_has (rows, count, LIST_ADDRESS_MEMBERS, address, 0));
    assert_true (s_has (rows, count, LIST_ADDRESS_MEMBERS, address, MEMBER_SUSPENDED));
    assert_memory_equal (rows [0].key + ROW_PREFIX_SIZE + 8, &oid, sizeof oid);
}

static void
wallets_and_merchants_which_are_hot_have_no_rows_to_move (void **unused)
{
    (void) unused;
    assert_false (index_has (OID_WALLET));
    assert_false (index_has (OID_LOGIN));
    assert_false (index_has (OID_BANK));
    assert_true (index_has (OID_REGISTRATION));
    assert_true (index_has (OID_PAYMENT));
}

//  ---------------------------------------------------------------------------
//  The applier

//  Bytes stay where they are until the flush.
typedef struct {
    state_fixture_t *fixture;
    applier_t *applier;
    uint64_t sequences [PARTITIONS];
    packed_t *kept [KEPT_MAX];
    size_t kept_count;
} history_t;

static history_t
s_history (void **state)
{
    history_t self = { .fixture = *state };
    self.applier = applier_new (self.fixture->state, PARTITIONS);
    return self;
}

static packed_t *
s_keep (history_t *self)
{
    assert_true (self->kept_count < KEPT_MAX);
    packed_t *packed = malloc (sizeof *packed);
    assert_non_null (packed);
    self->kept [self->kept_count++] = packed;
    return packed;
}

//  A record of one event that made this of the object.
static void
s_becomes (history_t *self, oid_t oid, uint64_t version, const void *state)
{
    packed_t *snapshot = s_keep (self), *record = s_keep (self);
    *snapshot = s_pack (oid, version, state);
    record_head_t head = { .version = version };
    record_writer_t writer;
    memcpy (head.aggregate, &oid, sizeof head.aggregate);
    record_writer_start (&writer, record->bytes, ROOM, &head);
    record_writer_event (&writer, &(record_event_t) { .type = UINT8_MAX });
    assert_false (writer.failed);
    uint16_t partition = oid_partition (oid, PARTITIONS);
    applier_apply (self->applier, partition, ++self->sequences [partition], writer.bytes,
                   writer.size, snapshot->bytes, snapshot->size);
}

static void
s_flush (history_t *self)
{
    assert_int_equal (applier_flush (self->applier), STATUS_OK);
    while (self->kept_count > 0) {
        free (self->kept [--self->kept_count]);
    }
}

static size_t
s_count (history_t *self, list_t list, oid_t owner, uint8_t bucket)
{
    uint8_t prefix [ROW_PREFIX_SIZE];
    size_t size = projection_prefix (list, owner, bucket, prefix);
    return state_fixture_rows (self->fixture->reader, TABLE_ROWS, prefix, size);
}

static void
a_row_moves_when_the_status_changes_and_only_then (void **state)
{
    history_t history = s_history (state);
    payment_t payment = { .status = PAYMENT_REQUESTED,
                          .member = s_oid (OID_MEMBER, 1),
                          .merchant = s_oid (OID_MERCHANT, 2) };
    oid_t oid = s_oid (OID_PAYMENT, 3);
    s_becomes (&history, oid, 1, &payment);
    s_flush (&history);
    assert_int_equal (s_count (&history, LIST_MEMBER_PAYMENTS, payment.member, PAYMENT_REQUESTED),
                      1);
    assert_int_equal (s_count (&history, LIST_SAGAS, (oid_t) { 0 }, SAGA_OPEN), 1);

    payment.status = PAYMENT_CAPTURED;
    s_becomes (&history, oid, 2, &payment);
    s_flush (&history);
    assert_int_equal (s_count (&history, LIST_MEMBER_PAYMENTS, payment.member, PAYMENT_REQUESTED),
                      0);
    assert_int_equal (s_count (&history, LIST_MEMBER_PAYMENTS, payment.member, PAYMENT_CAPTURED),
                      1);
    assert_int_equal (s_count (&history, LIST_MEMBER_PAYMENTS, payment.member, 0), 1);
    assert_int_equal (s_count (&history, LIST_SAGAS, (oid_t) { 0 }, SAGA_OPEN), 0);

    payment.captured_minor = 5;
    s_becomes (&history, oid, 3, &payment);
    applier_index (history.applier);
    assert_int_equal (applier_changes (history.applier), 1);  //  Its snapshot alone
    s_flush (&history);
    applier_destroy (&history.applier);
}

static void
what_it_passes_through_between_two_flushes_leaves_no_row (void **state)
{
    history_t history = s_history (state);
    payment_t payment = { .status = PAYMENT_REQUESTED,
                          .member = s_oid (OID_MEMBER, 1),
                          .merchant = s_oid (OID_MERCHANT, 2) };
    oid_t oid = s_oid (OID_PAYMENT, 3);
    s_becomes (&history, oid, 1, &payment);
    payment.status = PAYMENT_FAILED;
    s_becomes (&history, oid, 2, &payment);
    payment.status = PAYMENT_REQUESTED;
    payment.member = s_oid (OID_MEMBER, 9);  //  The next attempt is another's
    s_becomes (&history, oid, 3, &payment);
    payment.status = PAYMENT_CAPTURED;
    s_becomes (&history, oid, 4, &payment);
    s_flush (&history);
    assert_int_equal (s_count (&history, LIST_MEMBER_PAYMENTS, s_oid (OID_MEMBER, 1), 0), 0);
    assert_int_equal (s_count (&history, LIST_MEMBER_PAYMENTS, payment.member, 0), 1);
    assert_int_equal (s_count (&history, LIST_MEMBER_PAYMENTS, payment.member, PAYMENT_CAPTURED),
                      1);
    applier_destroy (&history.applier);
}

//  ---------------------------------------------------------------------------

enum { OBJECTS = 12, STEPS = 400 };

typedef struct {
    uint8_t digest [16];
    size_t rows;
} table_t;

//  A sum of the keys, so that the order of the scan does not matter.
static bool
s_sum_row (void *context, const uint8_t *key, size_t key_size, const uint8_t *value,
           size_t value_size)
{
    table_t *table = context;
    (void) value, (void) value_size;
    uint32_t hash = 2166136261u;
    for (size_t index = 0; index < key_size; index++) {
        hash = (hash ^ key [index]) * 16777619u;
        table->digest [index % 16] = (uint8_t) (table->digest [index % 16] + (hash >> 13));
    }
    table->rows++;
    return true;
}

static void
any_history_of_states_leaves_the_rows_of_the_last_ones (void **state)
{
    chance_t chance = chance_new (s_seed);
    history_t history = s_history (state);
    member_t members [OBJECTS] = { 0 };
    uint64_t versions [OBJECTS] = { 0 };
    for (int step = 0; step < STEPS; step++) {
        size_t at = chance_below (&chance, OBJECTS);
        member_t *member = &members [at];
        member->status = (uint8_t) (MEMBER_ACTIVE + chance_below (&chance, 4));
        member->address_hash.size = chance_below (&chance, 3) ? ADDRESS_HASH_SIZE : 0;
        memset (member->address_hash.bytes, 0, ADDRESS_HASH_SIZE);
        member->address_hash.bytes [0] = (uint8_t) chance_below (&chance, 3);
        s_becomes (&history, s_oid (OID_MEMBER, (uint8_t) at), ++versions [at], member);
        if (chance_below (&chance, 10) == 0) {
            s_flush (&history);
        }
    }
    s_flush (&history);
    applier_destroy (&history.applier);

    table_t stored = { 0 }, expected = { 0 };
    assert_int_equal (state_scan (history.fixture->reader, TABLE_ROWS, NULL, 0, NULL, 0, false,
                                  SIZE_MAX, s_sum_row, &stored),
                      STATUS_OK);
    for (size_t at = 0; at < OBJECTS; at++) {
        index_row_t rows [INDEX_ROWS_MAX];
        size_t count =
            versions [at] ? s_rows_of (s_oid (OID_MEMBER, (uint8_t) at), &members [at], rows) : 0;
        for (size_t index = 0; index < count; index++) {
            s_sum_row (&expected, rows [index].key, sizeof rows [index].key, NULL, 0);
        }
    }
    assert_int_equal (stored.rows, expected.rows);
    assert_memory_equal (stored.digest, expected.digest, sizeof stored.digest);
}

int
main (int argc, char **argv)
{
    s_seed = chance_seed (argc, argv);
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_payment_that_runs_is_among_the_open_ones),
        cmocka_unit_test (what_is_parked_is_not_open),
        cmocka_unit_test (a_remittance_is_with_sender_and_receiver_by_direction_and_status),
        cmocka_unit_test (a_member_without_an_address_is_at_none),
        cmocka_unit_test (wallets_and_merchants_which_are_hot_have_no_rows_to_move),
        cmocka_unit_test_setup_teardown (a_row_moves_when_the_status_changes_and_only_then,
                                         state_fixture_setup, state_fixture_teardown),
        cmocka_unit_test_setup_teardown (what_it_passes_through_between_two_flushes_leaves_no_row,
                                         state_fixture_setup, state_fixture_teardown),
        cmocka_unit_test_setup_teardown (any_history_of_states_leaves_the_rows_of_the_last_ones,
                                         state_fixture_setup, state_fixture_teardown),
    };
    return cmocka_run_group_tests_name ("index", tests, NULL, NULL);
}
