//  state: rows come back as they were put, in order, from either end, in whole
//  transactions. What is done about damage is in state_recovery_test.c.

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include "store/bytes.h"
#include "tests/lib/chance.h"
#include "tests/lib/state_fixture.h"

enum { THREADS = 16 };

static uint64_t s_seed;

static void
a_row_is_put_replaced_and_deleted (void **state)
{
    state_fixture_t *self = *state;
    state_fixture_is_absent (self, TABLE_SNAPSHOT, "wal_1");
    state_fixture_put (self, TABLE_SNAPSHOT, "wal_1", "1000");
    state_fixture_put (self, TABLE_LEDGER, "wal_1", "other table");
    state_fixture_is (self, TABLE_SNAPSHOT, "wal_1", "1000");
    state_fixture_put (self, TABLE_SNAPSHOT, "wal_1", "");
    state_fixture_is (self, TABLE_SNAPSHOT, "wal_1", "");
    state_fixture_is (self, TABLE_LEDGER, "wal_1", "other table");
    assert_int_equal (state_begin (self->state), STATUS_OK);
    assert_int_equal (state_del (self->state, TABLE_SNAPSHOT, "wal_1", 5), STATUS_OK);
    assert_int_equal (state_del (self->state, TABLE_SNAPSHOT, "absent", 6), STATUS_OK);
    assert_int_equal (state_commit (self->state), STATUS_OK);
    state_fixture_is_absent (self, TABLE_SNAPSHOT, "wal_1");
    state_fixture_close (self);
    state_fixture_open (self, 1, MAP_BYTES);
    state_fixture_is_absent (self, TABLE_SNAPSHOT, "wal_1");
    state_fixture_is (self, TABLE_LEDGER, "wal_1", "other table");
}

static void
a_transaction_sees_its_own_rows_and_nobody_else_does (void **state)
{
    state_fixture_t *self = *state;
    char buffer [64];
    size_t size;
    assert_int_equal (state_begin (self->state), STATUS_OK);
    assert_int_equal (state_put (self->state, TABLE_META, "k", 1, "own", 3), STATUS_OK);
    assert_int_equal (state_get_own (self->state, TABLE_META, "k", 1, buffer, 64, &size),
                      STATUS_OK);
    assert_int_equal (size, 3);
    assert_int_equal (state_get_own (self->state, TABLE_META, "x", 1, buffer, 64, &size),
                      STATUS_NOT_FOUND);
    state_fixture_is_absent (self, TABLE_META, "k");
    state_abort (self->state);
    state_fixture_is_absent (self, TABLE_META, "k");
    state_abort (self->state);
}

static void
a_table_is_written_anew_in_order_and_the_others_stay (void **state)
{
    state_fixture_t *self = *state;
    state_fixture_put (self, TABLE_ROWS, "a", "old");
    state_fixture_put (self, TABLE_ROWS, "z", "old");
    state_fixture_put (self, TABLE_META, "a", "stays");
    assert_int_equal (state_begin (self->state), STATUS_OK);
    assert_int_equal (state_clear (self->state, TABLE_ROWS), STATUS_OK);
    state_abort (self->state);
    state_fixture_is (self, TABLE_ROWS, "z", "old");
    assert_int_equal (state_begin (self->state), STATUS_OK);
    assert_int_equal (state_clear (self->state, TABLE_ROWS), STATUS_OK);
    assert_int_equal (state_append (self->state, TABLE_ROWS, "a", 1, "new", 3), STATUS_OK);
    assert_int_equal (state_append (self->state, TABLE_ROWS, "b", 1, "new", 3), STATUS_OK);
    assert_int_equal (state_commit (self->state), STATUS_OK);
    state_fixture_is (self, TABLE_ROWS, "a", "new");
    state_fixture_is (self, TABLE_ROWS, "b", "new");
    state_fixture_is_absent (self, TABLE_ROWS, "z");
    state_fixture_is (self, TABLE_META, "a", "stays");
}

static void
a_value_that_does_not_fit_is_too_large_and_touches_nothing (void **state)
{
    state_fixture_t *self = *state;
    char buffer [4] = "abc";
    size_t size = 77;
    state_fixture_put (self, TABLE_ROWS, "k", "12345");
    assert_int_equal (state_get (self->reader, TABLE_ROWS, "k", 1, buffer, 4, &size),
                      STATUS_TOO_LARGE);
    assert_string_equal (buffer, "abc");
    assert_int_equal (size, 77);
}

static void
keys_and_values_of_every_size_come_back (void **state)
{
    state_fixture_t *self = *state;
    static uint8_t value [100000], found [100000];
    uint8_t key [STATE_KEY_SIZE_MAX];
    chance_t chance = chance_new (s_seed);
    chance_fill (&chance, value, sizeof value);
    chance_fill (&chance, key, sizeof key);
    assert_int_equal (state_begin (self->state), STATUS_OK);
    for (size_t size = 1; size <= STATE_KEY_SIZE_MAX; size++) {
        assert_int_equal (state_put (self->state, TABLE_ROWS, key, size, value, size * 200),
                          STATUS_OK);
    }
    assert_int_equal (state_commit (self->state), STATUS_OK);
    for (size_t size = 1; size <= STATE_KEY_SIZE_MAX; size++) {
        size_t found_size;
        assert_int_equal (state_get (self->reader, TABLE_ROWS, key, size, found, sizeof found,
                                     &found_size),
                          STATUS_OK);
        assert_int_equal (found_size, size * 200);
        assert_memory_equal (found, value, found_size);
    }
}

//  ---------------------------------------------------------------------------
//  Scans

typedef struct {
    char keys [512];  //  Those seen, joined by spaces
    size_t count, stop_at;
} seen_t;

static bool
s_see (void *context, const uint8_t *key, size_t key_size, const uint8_t *value, size_t value_size)
{
    seen_t *seen = context;
    assert_int_equal (key_size, value_size);
    assert_memory_equal (key, value, key_size);
    size_t used = strlen (seen->keys);
    snprintf (seen->keys + used, sizeof seen->keys - used, "%s%.*s", used ? " " : "",
              (int) key_size, (const char *) key);
    return ++seen->count != seen->stop_at;
}

static void
scans_go_both_ways_within_prefix_start_and_count (void **state)
{
    state_fixture_t *self = *state;
    static const char *const keys [] = { "a", "b", "b1", "b2", "b3", "b\xFF", "b\xFF\xFF", "c" };
    static const struct {
        const char *prefix, *start;
        bool backward;
        size_t count_max;
        const char *keys;
    } cases [] = {
        { "", NULL, false, 99, "a b b1 b2 b3 b\xFF b\xFF\xFF c" },
        { "", NULL, true, 99, "c b\xFF\xFF b\xFF b3 b2 b1 b a" },
        { "b", NULL, false, 99, "b b1 b2 b3 b\xFF b\xFF\xFF" },
        { "b", NULL, true, 99, "b\xFF\xFF b\xFF b3 b2 b1 b" },
        { "b", NULL, true, 2, "b\xFF\xFF b\xFF" },
        { "b", NULL, false, 0, "" },
        { "b", "b2", false, 99, "b2 b3 b\xFF b\xFF\xFF" },
        { "b", "b2", true, 99, "b2 b1 b" },
        { "b", "b22", false, 2, "b3 b\xFF" },
        { "b", "b22", true, 2, "b2 b1" },
        { "b", "a", false, 99, "b b1 b2 b3 b\xFF b\xFF\xFF" },  //  Before the prefix
        { "b", "a", true, 99, "" },
        { "b", "zz", false, 99, "" },  //  Behind it
        { "b", "zz", true, 99, "b\xFF\xFF b\xFF b3 b2 b1 b" },
        { "b\xFF", NULL, true, 99, "b\xFF\xFF b\xFF" },
        { "b\xFF", NULL, false, 99, "b\xFF b\xFF\xFF" },
        { "c", NULL, true, 99, "c" },
        { "a", NULL, true, 99, "a" },
        { "0", NULL, true, 99, "" },
        { "d", NULL, true, 99, "" },
        { "d", NULL, false, 99, "" },
        { "\xFF", NULL, true, 99, "" },
        { "", "b", true, 99, "b a" },
        { "", "zz", true, 1, "c" },
        { "", "0", true, 1, "" },
    };
    for (size_t index = 0; index < sizeof keys / sizeof *keys; index++) {
        state_fixture_put (self, TABLE_ROWS, keys [index], keys [index]);
    }
    for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
        seen_t seen = { .count = 0 };
        const char *start = cases [index].start;
        assert_int_equal (state_scan (self->reader, TABLE_ROWS, cases [index].prefix,
                                      strlen (cases [index].prefix), start,
                                      start ? strlen (start) : 0, cases [index].backward,
                                      cases [index].count_max, s_see, &seen),
                          STATUS_OK);
        assert_string_equal (seen.keys, cases [index].keys);
    }
    seen_t seen = { .stop_at = 3 };
    assert_int_equal (state_scan (self->reader, TABLE_ROWS, NULL, 0, NULL, 0, false, 99, s_see,
                                  &seen),
                      STATUS_OK);
    assert_string_equal (seen.keys, "a b b1");
}

static void
a_scan_of_an_empty_table_or_an_endless_start_finds_nothing (void **state)
{
    state_fixture_t *self = *state;
    uint8_t endless [STATE_KEY_SIZE_MAX + 1] = { 1 };
    seen_t seen = { .count = 0 };
    assert_int_equal (state_scan (self->reader, TABLE_TIMER, NULL, 0, NULL, 0, true, 9, s_see,
                                  &seen),
                      STATUS_OK);
    assert_int_equal (state_scan (self->reader, TABLE_TIMER, NULL, 0, NULL, 0, false, 9, s_see,
                                  &seen),
                      STATUS_OK);
    assert_int_equal (state_scan (self->reader, TABLE_TIMER, NULL, 0, endless, sizeof endless,
                                  false, 9, s_see, &seen),
                      STATUS_INVALID);
    assert_int_equal (seen.count, 0);
}

//  ---------------------------------------------------------------------------
//  Readers

static void
one_reader_too_many_is_refused_and_a_freed_one_makes_room (void **state)
{
    state_fixture_t *self = *state;
    state_reader_t *readers [STATE_READERS] = { NULL };
    int count = 0;
    while (count < STATE_READERS && (readers [count] = state_reader_new (self->state)) != NULL) {
        count++;
    }
    assert_int_equal (count, STATE_READERS - 1);  //  The fixture has one
    state_reader_destroy (&readers [0]);
    readers [0] = state_reader_new (self->state);
    assert_non_null (readers [0]);
    while (count--) {
        state_reader_destroy (&readers [count]);
    }
}

typedef struct {
    state_t *state;
    atomic_bool stop;
    atomic_int reads;
} reading_t;

static bool
s_sum (void *context, const uint8_t *key, size_t key_size, const uint8_t *value, size_t value_size)
{
    (void) key, (void) key_size;
    assert_int_equal (value_size, 8);
    *(uint64_t *) context += bytes_get_u64 (value);
    return true;
}

//  The writer moves amounts between ten rows: every scan must see the same sum.
static void *
s_read_until_stopped (void *context)
{
    reading_t *reading = context;
    state_reader_t *reader = state_reader_new (reading->state);
    assert_non_null (reader);
    while (!atomic_load (&reading->stop)) {
        uint64_t sum = 0;
        uint8_t key = 3, value [8];
        size_t size;
        assert_int_equal (state_scan (reader, TABLE_LEDGER, NULL, 0, NULL, 0, false, 99, s_sum,
                                      &sum),
                          STATUS_OK);
        assert_int_equal (sum, 10000);
        assert_int_equal (state_get (reader, TABLE_LEDGER, &key, 1, value, sizeof value, &size),
                          STATUS_OK);
        assert_int_equal (size, 8);
        atomic_fetch_add (&reading->reads, 1);
    }
    state_reader_destroy (&reader);
    return NULL;
}

static void
s_write_ten (state_fixture_t *self, const uint64_t amounts [10])
{
    assert_int_equal (state_begin (self->state), STATUS_OK);
    for (uint8_t key = 0; key < 10; key++) {
        uint8_t value [8];
        bytes_put_u64 (value, amounts [key]);
        assert_int_equal (state_put (self->state, TABLE_LEDGER, &key, 1, value, sizeof value),
                          STATUS_OK);
    }
    assert_int_equal (state_commit (self->state), STATUS_OK);
}

static void
many_threads_read_whole_transactions_while_one_writes (void **state)
{
    state_fixture_t *self = *state;
    reading_t reading = { .state = self->state };
    pthread_t threads [THREADS];
    uint64_t amounts [10] = { 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000 };
    chance_t chance = chance_new (s_seed);
    s_write_ten (self, amounts);
    for (int index = 0; index < THREADS; index++) {
        assert_int_equal (pthread_create (&threads [index], NULL, s_read_until_stopped, &reading),
                          0);
    }
    for (int round = 0; round < 100 || atomic_load (&reading.reads) < 10 * THREADS; round++) {
        uint64_t from = chance_below (&chance, 10);
        uint64_t amount = chance_below (&chance, amounts [from] + 1);
        amounts [from] -= amount;
        amounts [chance_below (&chance, 10)] += amount;
        s_write_ten (self, amounts);
    }
    atomic_store (&reading.stop, true);
    for (int index = 0; index < THREADS; index++) {
        assert_int_equal (pthread_join (threads [index], NULL), 0);
    }
}

int
main (int argc, char **argv)
{
    s_seed = chance_seed (argc, argv);
#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown (name, state_fixture_setup, state_fixture_teardown)
    const struct CMUnitTest tests [] = {
        TEST (a_row_is_put_replaced_and_deleted),
        TEST (a_transaction_sees_its_own_rows_and_nobody_else_does),
        TEST (a_table_is_written_anew_in_order_and_the_others_stay),
        TEST (a_value_that_does_not_fit_is_too_large_and_touches_nothing),
        TEST (keys_and_values_of_every_size_come_back),
        TEST (scans_go_both_ways_within_prefix_start_and_count),
        TEST (a_scan_of_an_empty_table_or_an_endless_start_finds_nothing),
        TEST (one_reader_too_many_is_refused_and_a_freed_one_makes_room),
        TEST (many_threads_read_whole_transactions_while_one_writes),
    };
    return cmocka_run_group_tests_name ("store/state", tests, NULL, NULL);
}
