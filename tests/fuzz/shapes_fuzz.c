//  shapes_fuzz - MessagePack of every command, event and state, records of the journal,
//  message frames: bytes from anywhere do no harm, and what is understood is understood
//  the same when it is written and read again.
//
//      byte 0    how     0 bytes as they are · 1 a filled struct, packed, then spoilt ·
//                        2 a journal record · 3 a message's frame
//      byte 1    which aggregate
//      byte 2    which of its shapes

#include <stdlib.h>
#include "edge/tap_event.h"
#include "runtime/journal_view.h"
#include "runtime/message.h"
#include "store/record.h"
#include "tests/fuzz/fuzz.h"

enum { PACKED_MAX = 256 * 1024, STRUCT_MAX = STATE_SIZE_MAX, SPOILT_MAX = 8 };

static _Alignas(max_align_t) uint8_t s_one [STRUCT_MAX], s_other [STRUCT_MAX];
static uint8_t s_packed [PACKED_MAX], s_again [PACKED_MAX];

//  ---------------------------------------------------------------------------
//  The shapes

static const aggregate_type_t *
s_type (fuzz_input_t *input)
{
    size_t count;
    const aggregate_type_t *const *types = registry_all (&count);
    return types [fuzz_byte (input) % count];
}

//  The state, a command or an event.
static const shape_t *
s_shape (fuzz_input_t *input, const aggregate_type_t *type)
{
    size_t number = fuzz_byte (input) % (size_t) (1 + type->command_count + type->event_count);
    const shape_t *shape = number == 0 ? type->state
                           : number <= type->command_count
                               ? type->commands [number - 1].shape
                               : type->events [number - 1 - type->command_count].shape;
    return shape ? shape : &shape_empty;
}

//  ---------------------------------------------------------------------------
//  A struct of the input's choice, within what its shape allows

static void s_fill (fuzz_input_t *input, const shape_t *shape, uint8_t *value);

static void
s_fill_field (fuzz_input_t *input, const field_t *field, uint8_t *value)
{
    uint8_t *member = value + field->offset;
    uint32_t count;
    uint16_t size;
    oid_t oid = { .kind = 0 };
    switch (field->kind) {
    case FIELD_BOOL: *member = fuzz_byte (input) & 1; break;
    case FIELD_OID:
        oid.kind = (uint8_t) (fuzz_byte (input) % OID_KIND_COUNT);
        if (oid.kind != OID_NONE) {
            fuzz_fill (input, oid.bytes, 2);
        }
        memcpy (member, &oid, sizeof oid);
        break;
    case FIELD_TEXT: fuzz_fill (input, member, fuzz_byte (input) % field->size); break;
    case FIELD_BYTES:
        size = (uint16_t) (fuzz_byte (input) % (field->size - sizeof size + 1));
        memcpy (member, &size, sizeof size);
        fuzz_fill (input, member + sizeof size, size);
        break;
    case FIELD_LIST:
        count = fuzz_byte (input) % (field->size / field->element->size + 1);
        memcpy (value + field->count_offset, &count, sizeof count);
        for (uint32_t index = 0; index < count; index++) {
            s_fill (input, field->element, member + index * field->element->size);
        }
        break;
    default: fuzz_fill (input, member, field->size);
    }
}

static void
s_fill (fuzz_input_t *input, const shape_t *shape, uint8_t *value)
{
    for (uint32_t index = 0; index < shape->field_count; index++) {
        s_fill_field (input, &shape->fields [index], value);
    }
}

//  ---------------------------------------------------------------------------

//  What is read once is written and read again as the same; what is refused leaves zeros.
static bool
s_read (const shape_t *shape, const uint8_t *bytes, size_t size)
{
    assert (shape->size <= STRUCT_MAX);
    uint8_t *copy = malloc (size);  //  Of its very size: a read behind it is seen
    assert (copy || size == 0);
    if (size > 0) {
        memcpy (copy, bytes, size);
    }
    bool read = shape_unpack (shape, copy, size, s_one);
    free (copy);
    if (!read) {
        for (size_t index = 0; index < shape->size; index++) {
            assert (s_one [index] == 0);
        }
        return false;
    }
    if (shape->field_count > 0) {
        size_t again = shape_pack (shape, s_one, s_again, sizeof s_again);
        assert (again > 0);
        bool back = shape_unpack (shape, s_again, again, s_other);
        assert (back && memcmp (s_one, s_other, shape->size) == 0);
    }
    return true;
}

static void
s_fuzz_bytes (fuzz_input_t *input)
{
    const shape_t *shape = s_shape (input, s_type (input));
    s_read (shape, input->bytes + input->at, fuzz_left (input));
}

static void
s_fuzz_struct (fuzz_input_t *input)
{
    const shape_t *shape = s_shape (input, s_type (input));
    uint8_t spoilt = fuzz_byte (input) % SPOILT_MAX, changes [SPOILT_MAX][3];
    fuzz_fill (input, changes, sizeof changes);
    assert (shape->size <= STRUCT_MAX);
    memset (s_one, 0, shape->size);
    s_fill (input, shape, s_one);
    size_t size = shape_pack (shape, s_one, s_packed, sizeof s_packed);
    if (size == 0) {
        assert (shape->field_count == 0);
        return;
    }
    bool read = s_read (shape, s_packed, size);
    assert (read);
    for (uint8_t index = 0; index < spoilt; index++) {
        size_t at = (size_t) (changes [index][0] << 8 | changes [index][1]) % size;
        s_packed [at] = changes [index][2];
    }
    if (spoilt > 0) {
        s_read (shape, s_packed, size);
    }
}

static void
s_fuzz_record (fuzz_input_t *input)
{
    static journal_view_t *view;
    char topic [TAP_TOPIC_SIZE];
    tap_place_t place = { .topic = topic, .source = "happypay/fuzz/1", .sequence = "0.1" };
    journal_event_t event;
    size_t size = fuzz_left (input);
    uint8_t *record = malloc (size);
    assert (record || size == 0);
    fuzz_fill (input, record, size);
    view = view ? view : journal_view_new ();
    if (journal_view_open (view, record, size)) {
        for (; journal_view_event (view, &event); place.index++) {
            tap_event_topic (&event, topic);
            char *json = tap_event_json (view, &event, &place, false);
            assert (json && *json == '{');
            free (json);
        }
    }
    uint8_t chain [RECORD_CHAIN_SIZE] = { 0 };
    record_reader_t reader;
    record_message_t message;
    record_timer_t timer;
    record_posting_t posting;
    (void) !record_check (record, size, chain);
    if (record_reader_start (&reader, record, size) == STATUS_OK) {
        size_t count = 0;
        while (record_reader_message (&reader, &message)) {
            count += message.size;
        }
        while (record_reader_timer (&reader, &timer)) {
            count++;
        }
        while (record_reader_posting (&reader, &posting)) {
            count++;
        }
        assert (count <= size);
    }
    free (record);
}

static void
s_fuzz_frame (fuzz_input_t *input)
{
    zmq_msg_t frame;
    size_t size = fuzz_left (input);
    int rc = zmq_msg_init_size (&frame, size);
    assert (rc == 0);
    fuzz_fill (input, zmq_msg_data (&frame), size);
    const message_t *message = message_in (&frame);
    const aggregate_type_t *type = message ? registry_find (message->to.kind) : NULL;
    if (type && message->command < type->command_count) {
        s_read (type->commands [message->command].shape, message->payload, message->payload_size);
    }
    zmq_msg_close (&frame);
}

int
LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size)
{
    static void (*const ways []) (fuzz_input_t *) = { s_fuzz_bytes, s_fuzz_struct, s_fuzz_record,
                                                      s_fuzz_frame };
    fuzz_input_t input = { bytes, size, 0 };
    ways [fuzz_byte (&input) % 4](&input);
    return 0;
}
