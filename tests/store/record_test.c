//  record: what is written is read, and what is damaged is found.

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "store/bytes.h"
#include "store/record.h"
#include "tests/lib/record_fixture.h"

enum { BUFFER_SIZE = 2048 };

static void
what_is_written_is_read (void **state)
{
    (void) state;
    uint8_t bytes [BUFFER_SIZE];
    size_t size = fixture_record (bytes, sizeof bytes);
    assert_int_equal (size, 168 + (4 + 5) + 4 + 2 * (34 + 3) + 9 + 2 * 26 + 4);

    record_reader_t reader;
    record_event_t event;
    record_message_t message;
    record_timer_t timer;
    record_posting_t posting;
    record_head_t head = fixture_record_head ();
    assert_int_equal (record_reader_start (&reader, bytes, size), STATUS_OK);
    assert_int_equal (reader.operator_size, 4);
    assert_memory_equal (reader.operator, "op-7", 4);
    head.event_count = 2, head.message_count = 2, head.timer_count = 1, head.posting_count = 2;
    assert_memory_equal (&reader.head, &head, sizeof head);

    assert_true (record_reader_event (&reader, &event));
    assert_int_equal (event.type, 1);
    assert_int_equal (event.size, 5);
    assert_memory_equal (event.payload, "hello", 5);
    assert_true (record_reader_event (&reader, &event));
    assert_int_equal (event.size, 0);
    assert_false (record_reader_event (&reader, &event));
    assert_true (record_reader_message (&reader, &message));
    assert_int_equal (message.command, 9);
    assert_int_equal (message.answer_command, 8);
    assert_int_equal (message.step, 77);
    assert_int_equal (message.to [16], 0x70);
    assert_memory_equal (message.payload, "abc", 3);
    assert_true (record_reader_message (&reader, &message));
    assert_false (record_reader_message (&reader, &message));
    assert_true (record_reader_timer (&reader, &timer));
    assert_int_equal (timer.due_ms, 1790000099999);
    assert_false (record_reader_timer (&reader, &timer));
    assert_true (record_reader_posting (&reader, &posting));
    assert_int_equal (posting.amount_minor, 5000);
    assert_true (record_reader_posting (&reader, &posting));
    assert_int_equal (posting.amount_minor, -5000);
    assert_false (record_reader_posting (&reader, &posting));
}

//  The bytes of a format are on disk for ever: this is what they are. CRC and chain
//  were computed by another program (Python's hashlib) from the drawing alone.
static void
fields_stand_where_the_drawing_says (void **state)
{
    (void) state;
    uint8_t bytes [BUFFER_SIZE], chain [RECORD_CHAIN_SIZE] = { 0 };
    size_t size = fixture_record (bytes, sizeof bytes);
    record_seal (bytes, size, chain);
    assert_int_equal (bytes [4], 2);
    assert_int_equal (bytes [5], RECORD_SCOPED);
    assert_memory_equal (bytes + 6, "\2\2\1\2\0\0", 6);
    assert_int_equal (bytes [12], 0xA1);
    assert_int_equal (bytes [28], 0xA1);
    assert_int_equal (bytes [29], 3);
    assert_memory_equal (bytes + 30, "\x34\x12\x08\x07\x06\x05\x04\x03\x02\x01", 10);
    assert_int_equal (bytes_get_u64 (bytes + 40), 5);
    assert_int_equal (bytes_get_u64 (bytes + 48), 42);
    assert_int_equal (bytes_get_u64 (bytes + 56), 1790000000123);
    assert_int_equal (bytes [64], 0xC2);
    assert_memory_equal (bytes + 80, chain, RECORD_CHAIN_SIZE);
    assert_int_equal (bytes [112], 0x53);
    assert_int_equal (bytes [128], 0xF4);
    assert_int_equal (bytes [144], 0x05);
    assert_memory_equal (bytes + 161, "\4\0\0\0\0\0\0", 7);
    assert_memory_equal (bytes + 168, "\1\1\5\0hello", 9);
    assert_memory_equal (bytes + size - 4, "op-7", 4);
    assert_int_equal (bytes_get_u32 (bytes), 0xDEBB717D);
    assert_memory_equal (chain, "\x3A\x4E\x1B\xFE", 4);
}

//  Format 1 is the same without the operator.
static void
a_record_of_the_first_format_is_read (void **state)
{
    (void) state;
    uint8_t bytes [BUFFER_SIZE], chain [RECORD_CHAIN_SIZE] = { 0 };
    size_t size = fixture_record (bytes, sizeof bytes) - 4;
    bytes [4] = 1, bytes [161] = 0;
    record_seal (bytes, size, chain);
    assert_int_equal (bytes_get_u32 (bytes), 0xD788AEF1);
    assert_memory_equal (chain, "\x14\xF0\x3D\xE9", 4);
    record_reader_t reader;
    assert_int_equal (record_reader_start (&reader, bytes, size), STATUS_OK);
    assert_int_equal (reader.operator_size, 0);
}

static void
sections_before_the_one_asked_for_are_skipped (void **state)
{
    (void) state;
    uint8_t bytes [BUFFER_SIZE];
    size_t size = fixture_record (bytes, sizeof bytes);
    record_reader_t reader;
    record_posting_t posting;
    record_event_t event;
    assert_int_equal (record_reader_start (&reader, bytes, size), STATUS_OK);
    assert_true (record_reader_posting (&reader, &posting));
    assert_int_equal (posting.amount_minor, 5000);
    assert_false (record_reader_event (&reader, &event));
    assert_true (record_reader_posting (&reader, &posting));
    assert_false (record_reader_posting (&reader, &posting));
}

static void
a_record_that_does_not_fit_fails_and_stays_within_its_buffer (void **state)
{
    (void) state;
    uint8_t whole [BUFFER_SIZE];
    size_t size = fixture_record (whole, sizeof whole);
    for (size_t capacity = 0; capacity < size; capacity++) {
        uint8_t *bytes = malloc (capacity ? capacity : 1);  //  Sanitizers watch its end
        assert_int_equal (fixture_record (bytes, capacity), 0);
        free (bytes);
    }
}

static void
more_entries_than_a_count_can_hold_fail (void **state)
{
    (void) state;
    static uint8_t bytes [RECORD_SIZE_MAX];
    record_writer_t writer;
    record_head_t head = fixture_record_head ();
    record_writer_start (&writer, bytes, sizeof bytes, &head);
    for (int count = 0; count < 255; count++) {
        record_writer_timer (&writer, &(record_timer_t) { 1, 1 });
    }
    assert_false (writer.failed);
    record_writer_timer (&writer, &(record_timer_t) { 1, 1 });
    assert_true (writer.failed);
}

static uint64_t
s_next_number (void *context, const uint8_t to [RECORD_OID_SIZE])
{
    uint64_t *last = context;
    assert_int_equal (to [0], 0x70);
    return ++*last;
}

static void
numbers_reach_every_message (void **state)
{
    (void) state;
    uint8_t bytes [BUFFER_SIZE];
    size_t size = fixture_record (bytes, sizeof bytes);
    uint64_t last = 1000;
    record_number (bytes, size, s_next_number, &last);
    assert_int_equal (last, 1002);

    record_reader_t reader;
    record_message_t message;
    assert_int_equal (record_reader_start (&reader, bytes, size), STATUS_OK);
    assert_true (record_reader_message (&reader, &message));
    assert_int_equal (message.number, 1001);
    assert_true (record_reader_message (&reader, &message));
    assert_int_equal (message.number, 1002);
}

static void
a_chain_of_sealed_records_checks (void **state)
{
    (void) state;
    uint8_t bytes [3][BUFFER_SIZE], sealing [RECORD_CHAIN_SIZE] = { 0 };
    uint8_t checking [RECORD_CHAIN_SIZE] = { 0 };
    size_t size = 0;
    for (int index = 0; index < 3; index++) {
        size = fixture_record (bytes [index], BUFFER_SIZE);
        record_seal (bytes [index], size, sealing);
    }
    for (int index = 0; index < 3; index++) {
        assert_int_equal (record_check_crc (bytes [index], size), STATUS_OK);
        assert_int_equal (record_check (bytes [index], size, checking), STATUS_OK);
        assert_memory_equal (checking, bytes [index] + 80, RECORD_CHAIN_SIZE);
    }
    assert_memory_equal (checking, sealing, RECORD_CHAIN_SIZE);

    //  One left out, or doubled: each CRC is right, the chain is not.
    memset (checking, 0, sizeof checking);
    assert_int_equal (record_check (bytes [0], size, checking), STATUS_OK);
    assert_int_equal (record_check (bytes [2], size, checking), STATUS_DAMAGED);
    assert_memory_equal (checking, bytes [0] + 80, RECORD_CHAIN_SIZE);
    assert_int_equal (record_check (bytes [0], size, checking), STATUS_DAMAGED);
}

static void
every_flipped_bit_of_a_sealed_record_is_found (void **state)
{
    (void) state;
    uint8_t bytes [BUFFER_SIZE], chain [RECORD_CHAIN_SIZE] = { 0 };
    size_t size = fixture_record (bytes, sizeof bytes);
    record_seal (bytes, size, chain);
    for (size_t bit = 0; bit < size * 8; bit++) {
        uint8_t start [RECORD_CHAIN_SIZE] = { 0 };
        bytes [bit / 8] ^= (uint8_t) (1u << bit % 8);
        assert_int_equal (record_check_crc (bytes, size), STATUS_DAMAGED);
        assert_int_equal (record_check (bytes, size, start), STATUS_DAMAGED);
        bytes [bit / 8] ^= (uint8_t) (1u << bit % 8);
    }
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (what_is_written_is_read),
        cmocka_unit_test (fields_stand_where_the_drawing_says),
        cmocka_unit_test (a_record_of_the_first_format_is_read),
        cmocka_unit_test (sections_before_the_one_asked_for_are_skipped),
        cmocka_unit_test (a_record_that_does_not_fit_fails_and_stays_within_its_buffer),
        cmocka_unit_test (more_entries_than_a_count_can_hold_fail),
        cmocka_unit_test (numbers_reach_every_message),
        cmocka_unit_test (a_chain_of_sealed_records_checks),
        cmocka_unit_test (every_flipped_bit_of_a_sealed_record_is_found),
    };
    return cmocka_run_group_tests_name ("store/record", tests, NULL, NULL);
}
