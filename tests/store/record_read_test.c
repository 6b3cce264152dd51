//  record_read: no bytes at all lead a reader out of them.

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "tests/lib/chance.h"
#include "tests/lib/record_fixture.h"

enum { ROUNDS = 20000, BUFFER_SIZE = 2048 };

static uint64_t s_seed;

//  Hostile bytes. Each is copied to a block of exactly its size, so that a read
//  beyond it is a sanitizer's finding.

static status_t
s_read_all (const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc (size ? size : 1);
    if (size) {
        memcpy (copy, bytes, size);
    }
    uint8_t chain [RECORD_CHAIN_SIZE] = { 0 };
    status_t ignored = record_check (copy, size, chain);
    (void) ignored;

    record_reader_t reader;
    status_t status = record_reader_start (&reader, copy, size);
    if (status == STATUS_OK) {
        record_event_t event;
        record_message_t message;
        record_timer_t timer;
        record_posting_t posting;
        uint32_t sum = 0;
        while (record_reader_event (&reader, &event)) {
            for (uint16_t at = 0; at < event.size; at++) {
                sum += event.payload [at];
            }
        }
        while (record_reader_message (&reader, &message)) {
            for (uint16_t at = 0; at < message.size; at++) {
                sum += message.payload [at];
            }
        }
        while (record_reader_timer (&reader, &timer)) {
            sum += timer.command;
        }
        while (record_reader_posting (&reader, &posting)) {
            sum += posting.class;
        }
        assert_int_equal (reader.at + reader.operator_size, size);
        for (uint8_t at = 0; at < reader.operator_size; at++) {
            sum += (uint8_t) reader.operator[at];
        }
        assert_true (sum || !sum);
    }
    free (copy);
    return status;
}

static void
a_record_cut_at_any_length_is_damaged (void **state)
{
    (void) state;
    uint8_t bytes [BUFFER_SIZE] = { 0 };
    size_t size = fixture_record (bytes, sizeof bytes);
    for (size_t cut = 0; cut < size; cut++) {
        assert_int_equal (s_read_all (bytes, cut), STATUS_DAMAGED);
    }
    assert_int_equal (s_read_all (bytes, size), STATUS_OK);
    for (size_t longer = size + 1; longer < size + 100; longer++) {
        assert_int_equal (s_read_all (bytes, longer), STATUS_DAMAGED);
    }
}

static void
changed_bytes_never_lead_outside (void **state)
{
    (void) state;
    chance_t chance = chance_new (s_seed);
    uint8_t whole [BUFFER_SIZE], bytes [BUFFER_SIZE];
    size_t size = fixture_record (whole, sizeof whole);
    for (int round = 0; round < ROUNDS; round++) {
        memcpy (bytes, whole, size);
        for (uint64_t changes = 1 + chance_below (&chance, 4); changes; changes--) {
            bytes [chance_below (&chance, size)] = (uint8_t) chance_below (&chance, 256);
        }
        //  Half of the time in the counts and sizes, where it hurts
        if (round % 2) {
            bytes [6 + chance_below (&chance, 4)] = (uint8_t) chance_below (&chance, 256);
        }
        status_t status = s_read_all (bytes, size);
        assert_true (status == STATUS_OK || status == STATUS_DAMAGED
                     || status == STATUS_UNSUPPORTED);
    }
}

static void
random_bytes_of_every_length_never_lead_outside (void **state)
{
    (void) state;
    chance_t chance = chance_new (s_seed);
    uint8_t bytes [1024];
    for (size_t size = 0; size <= sizeof bytes; size++) {
        for (int round = 0; round < 8; round++) {
            chance_fill (&chance, bytes, size);
            if (size >= RECORD_HEAD_SIZE) {
                bytes [4] = RECORD_FORMAT;
                bytes [5] = 0;
                memset (bytes + 10, 0, 2);
                memset (bytes + 161, 0, 7);
                bytes [161] = (uint8_t) (round % 3);
                for (int count = 6; count < 10; count++) {
                    bytes [count] &= 3;
                }
            }
            status_t status = s_read_all (bytes, size);
            assert_true (status == STATUS_OK || status == STATUS_DAMAGED);
        }
    }
}

static void
what_this_version_does_not_know_is_refused (void **state)
{
    (void) state;
    uint8_t bytes [BUFFER_SIZE];
    size_t size = fixture_record (bytes, sizeof bytes);
    bytes [4] = RECORD_FORMAT + 1;
    assert_int_equal (s_read_all (bytes, size), STATUS_UNSUPPORTED);
    bytes [4] = RECORD_FORMAT, bytes [5] = 0x80;
    assert_int_equal (s_read_all (bytes, size), STATUS_DAMAGED);
    bytes [5] = 0, bytes [4] = 1;  //  Format 1 has no operator
    assert_int_equal (s_read_all (bytes, size), STATUS_DAMAGED);
    bytes [4] = RECORD_FORMAT, bytes [167] = 1;
    assert_int_equal (s_read_all (bytes, size), STATUS_DAMAGED);
    bytes [167] = 0;
    bytes [10] = 1;  //  A refusal that has events
    assert_int_equal (s_read_all (bytes, size), STATUS_DAMAGED);
}

int
main (int argc, char **argv)
{
    s_seed = chance_seed (argc, argv);
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_record_cut_at_any_length_is_damaged),
        cmocka_unit_test (changed_bytes_never_lead_outside),
        cmocka_unit_test (random_bytes_of_every_length_never_lead_outside),
        cmocka_unit_test (what_this_version_does_not_know_is_refused),
    };
    return cmocka_run_group_tests_name ("store/record_read", tests, NULL, NULL);
}
