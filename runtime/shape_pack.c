//  shape - structs to MessagePack, by their tables.

#include <assert.h>
#include <msgpack.h>
#include <string.h>
#include "runtime/oid.h"
#include "runtime/shape.h"

const shape_t shape_empty = { "empty", 0, 0, NULL };

typedef struct {
    uint8_t *bytes;
    size_t size, capacity;
} sink_t;

static int
s_sink_write (void *context, const char *bytes, size_t size)
{
    sink_t *sink = context;
    if (size > sink->capacity - sink->size) {
        return -1;
    }
    memcpy (sink->bytes + sink->size, bytes, size);
    sink->size += size;
    return 0;
}

static int s_pack_struct (msgpack_packer *packer, const shape_t *shape, const uint8_t *value);

static int
s_pack_bytes (msgpack_packer *packer, const uint8_t *bytes, size_t size)
{
    return msgpack_pack_bin (packer, size) || msgpack_pack_bin_body (packer, bytes, size) ? -1 : 0;
}

static int
s_pack_text (msgpack_packer *packer, const field_t *field, const uint8_t *member)
{
    size_t size = strnlen ((const char *) member, field->size);
    assert (size < field->size);  //  A text always has its final zero
    return msgpack_pack_str (packer, size) || msgpack_pack_str_body (packer, member, size) ? -1 : 0;
}

static int
s_pack_list (msgpack_packer *packer, const field_t *field, const uint8_t *value)
{
    uint32_t count;
    memcpy (&count, value + field->count_offset, sizeof count);
    assert (count <= field->size / field->element->size);
    int failed = msgpack_pack_array (packer, count);
    for (uint32_t index = 0; index < count && !failed; index++) {
        const uint8_t *element = value + field->offset + index * field->element->size;
        failed = s_pack_struct (packer, field->element, element);
    }
    return failed;
}

static int
s_pack_field (msgpack_packer *packer, const field_t *field, const uint8_t *value)
{
    const uint8_t *member = value + field->offset;
    int64_t i64;
    uint32_t u32;
    uint16_t size;

    switch (field->kind) {
    case FIELD_I64: memcpy (&i64, member, sizeof i64); return msgpack_pack_int64 (packer, i64);
    case FIELD_U32: memcpy (&u32, member, sizeof u32); return msgpack_pack_uint32 (packer, u32);
    case FIELD_U8: return msgpack_pack_uint8 (packer, *member);
    case FIELD_BOOL: return *member ? msgpack_pack_true (packer) : msgpack_pack_false (packer);
    case FIELD_OID:
        return *member == OID_NONE ? msgpack_pack_nil (packer)
                                   : s_pack_bytes (packer, member, OID_PACKED_SIZE);
    case FIELD_TEXT: return s_pack_text (packer, field, member);
    case FIELD_BYTES:
        memcpy (&size, member, sizeof size);
        assert (size <= field->size - sizeof size);
        return s_pack_bytes (packer, member + sizeof size, size);
    case FIELD_LIST: return s_pack_list (packer, field, value);
    }
    assert (false);
    return -1;
}

static int
s_pack_struct (msgpack_packer *packer, const shape_t *shape, const uint8_t *value)
{
    int failed = msgpack_pack_array (packer, shape->field_count);
    for (uint32_t index = 0; index < shape->field_count && !failed; index++) {
        failed = s_pack_field (packer, &shape->fields [index], value);
    }
    return failed;
}

size_t
shape_pack (const shape_t *shape, const void *value, uint8_t *buffer, size_t capacity)
{
    sink_t sink = { .bytes = buffer, .capacity = capacity };
    msgpack_packer packer;
    msgpack_packer_init (&packer, &sink, s_sink_write);
    return s_pack_struct (&packer, shape, value) ? 0 : sink.size;
}
