//  record_fixture - see record_fixture.h.

#include "tests/lib/record_fixture.h"

#include <string.h>

record_head_t
fixture_record_head (void)
{
    record_head_t head = {
        .flags = RECORD_SCOPED,
        .command = 3,
        .cause_source = 0x1234,
        .cause_number = 0x0102030405060708,
        .epoch = 5,
        .version = 42,
        .at_ms = 1790000000123,
    };
    memset (head.aggregate, 0xA1, sizeof head.aggregate);
    memset (head.correlation, 0xC2, sizeof head.correlation);
    memset (head.scope, 0x53, sizeof head.scope);
    memset (head.fingerprint, 0xF4, sizeof head.fingerprint);
    memset (head.object, 0x05, sizeof head.object);
    return head;
}

size_t
fixture_record (uint8_t *buffer, size_t capacity)
{
    record_writer_t writer;
    record_head_t head = fixture_record_head ();
    record_message_t message = {
        .command = 9,
        .answer_command = 8,
        .flags = 1,
        .step = 77,
        .size = 3,
        .payload = (const uint8_t *) "abc",
    };
    memset (message.to, 0x70, sizeof message.to);
    record_posting_t debit = { .class = 1, .amount_minor = 5000 };
    record_posting_t credit = { .class = 2, .amount_minor = -5000 };

    record_writer_start (&writer, buffer, capacity, &head);
    record_writer_event (&writer, &(record_event_t) { 1, 1, 5, (const uint8_t *) "hello" });
    record_writer_event (&writer, &(record_event_t) { 2, 1, 0, NULL });
    record_writer_message (&writer, &message);
    record_writer_message (&writer, &message);
    record_writer_timer (&writer, &(record_timer_t) { 4, 1790000099999 });
    record_writer_posting (&writer, &debit);
    record_writer_posting (&writer, &credit);
    record_writer_operator (&writer, "op-7", 4);
    return writer.failed ? 0 : writer.size;
}
