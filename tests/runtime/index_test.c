//  index: rows that move when the state of their object changes.

#include "tests/lib/index_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>
#include "actors/member.h"
#include "actors/payment.h"
#include "runtime/applier_private.h"
#include "tests/lib/chance.h"
#include "tests/lib/state_fixture.h"

enum { PARTITIONS = 4, KEPT_MAX = 4096 };

static uint64_t s_seed;

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
    *snapshot = index_fixture_pack (oid, version, state);
    record_head_t head = { .version = version };
    record_writer_t writer;
    memcpy (head.aggregate, &oid, sizeof head.aggregate);
    record_writer_start (&writer, record->bytes, INDEX_FIXTURE_ROOM, &head);
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
                          .member = index_fixture_oid (OID_MEMBER, 1),
                          .merchant = index_fixture_oid (OID_MERCHANT, 2) };
    oid_t oid = index_fixture_oid (OID_PAYMENT, 3);
    s_becomes (&history, oid, 1, &payment);
    s_flush (&history);
    assert_int_equal (s_count (&history, LIST_MEMBER_PAYMENTS, payment.member, PAYMENT_REQUESTED),
                      1);
    assert_int_equal (s_count (&history, LIST_SAGAS, (oid_t) { .kind = OID_PAYMENT }, SAGA_OPEN),
                      1);

    payment.status = PAYMENT_CAPTURED;
    s_becomes (&history, oid, 2, &payment);
    s_flush (&history);
    assert_int_equal (s_count (&history, LIST_MEMBER_PAYMENTS, payment.member, PAYMENT_REQUESTED),
                      0);
    assert_int_equal (s_count (&history, LIST_MEMBER_PAYMENTS, payment.member, PAYMENT_CAPTURED),
                      1);
    assert_int_equal (s_count (&history, LIST_SAGAS, (oid_t) { .kind = OID_PAYMENT }, SAGA_OPEN),
                      0);

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
                          .member = index_fixture_oid (OID_MEMBER, 1),
                          .merchant = index_fixture_oid (OID_MERCHANT, 2) };
    oid_t oid = index_fixture_oid (OID_PAYMENT, 3);
    s_becomes (&history, oid, 1, &payment);
    payment.status = PAYMENT_FAILED;
    s_becomes (&history, oid, 2, &payment);
    payment.status = PAYMENT_REQUESTED;
    payment.member = index_fixture_oid (OID_MEMBER, 9);  //  The next attempt is another's
    s_becomes (&history, oid, 3, &payment);
    payment.status = PAYMENT_CAPTURED;
    s_becomes (&history, oid, 4, &payment);
    s_flush (&history);
    for (uint8_t status = 0; status < PAYMENT_STATUS_COUNT; status++) {
        assert_int_equal (s_count (&history, LIST_MEMBER_PAYMENTS,
                                   index_fixture_oid (OID_MEMBER, 1), status),
                          0);
    }
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
        s_becomes (&history, index_fixture_oid (OID_MEMBER, (uint8_t) at), ++versions [at], member);
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
        size_t count = versions [at]
                           ? index_fixture_rows (index_fixture_oid (OID_MEMBER, (uint8_t) at),
                                                 &members [at], rows)
                           : 0;
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
        cmocka_unit_test_setup_teardown (a_row_moves_when_the_status_changes_and_only_then,
                                         state_fixture_setup, state_fixture_teardown),
        cmocka_unit_test_setup_teardown (what_it_passes_through_between_two_flushes_leaves_no_row,
                                         state_fixture_setup, state_fixture_teardown),
        cmocka_unit_test_setup_teardown (any_history_of_states_leaves_the_rows_of_the_last_ones,
                                         state_fixture_setup, state_fixture_teardown),
    };
    return cmocka_run_group_tests_name ("index", tests, NULL, NULL);
}
