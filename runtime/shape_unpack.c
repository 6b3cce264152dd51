//  shape - MessagePack to structs. The bytes may come from anywhere: they are
//  scanned before msgpack-c sees them, since it reserves what a header declares
//  (five bytes can announce an array of 2^32; facts.md).

#include <msgpack.h>
#include <string.h>
#include "runtime/oid.h"
#include "runtime/shape.h"

enum { DEPTH_MAX = 8, ZONE_CHUNK_SIZE = 2048 };

//  ---------------------------------------------------------------------------
//  Scan: one value of only the types we write, whose counts fit the bytes left.

typedef struct {
    const uint8_t *bytes;
    size_t size, at;
} scan_t;

static bool
s_scan_skip (scan_t *self, size_t size)
{
    if (size > self->size - self->at) {
        return false;
    }
    self->at += size;
    return true;
}

//  Reads a big-endian length of `width` bytes.
static bool
s_scan_length (scan_t *self, size_t width, size_t *ret_length)
{
    if (width > self->size - self->at) {
        return false;
    }
    size_t length = 0;
    for (size_t index = 0; index < width; index++) {
        length = (length << 8) | self->bytes [self->at++];
    }
    *ret_length = length;
    return true;
}

static bool s_scan_value (scan_t *self, unsigned depth);

static bool
s_scan_array (scan_t *self, size_t count, unsigned depth)
{
    if (depth == DEPTH_MAX || count > self->size - self->at) {
        return false;
    }
    for (size_t index = 0; index < count; index++) {
        if (!s_scan_value (self, depth + 1)) {
            return false;
        }
    }
    return true;
}

static bool
s_scan_value (scan_t *self, unsigned depth)
{
    size_t tag, length;
    if (!s_scan_length (self, 1, &tag)) {
        return false;
    }
    if (tag <= 0x7f || tag >= 0xe0 || tag == 0xc0 || tag == 0xc2 || tag == 0xc3) {
        return true;  //  Small integers, nil, false, true
    }
    if ((tag & 0xf0) == 0x90) {
        return s_scan_array (self, tag & 0x0f, depth);
    }
    if ((tag & 0xe0) == 0xa0) {
        return s_scan_skip (self, tag & 0x1f);
    }
    if (tag >= 0xcc && tag <= 0xd3) {  //  Integers of 1, 2, 4, 8 bytes
        return s_scan_skip (self, (size_t) 1 << (tag & 3));
    }
    if (tag >= 0xc4 && tag <= 0xc6) {  //  Bytes
        return s_scan_length (self, (size_t) 1 << (tag - 0xc4), &length)
               && s_scan_skip (self, length);
    }
    if (tag >= 0xd9 && tag <= 0xdb) {  //  Text
        return s_scan_length (self, (size_t) 1 << (tag - 0xd9), &length)
               && s_scan_skip (self, length);
    }
    if (tag == 0xdc || tag == 0xdd) {
        return s_scan_length (self, tag == 0xdc ? 2 : 4, &length)
               && s_scan_array (self, length, depth);
    }
    return false;  //  Maps, floats, extensions: never ours
}

//  ---------------------------------------------------------------------------
//  Filling the struct

static bool s_read_struct (const shape_t *shape, const msgpack_object *object, uint8_t *value);

static bool
s_read_integer (const msgpack_object *object, int64_t from, int64_t to, int64_t *ret_value)
{
    if (object->type == MSGPACK_OBJECT_POSITIVE_INTEGER && object->via.u64 <= (uint64_t) to) {
        *ret_value = (int64_t) object->via.u64;
        return true;
    }
    if (object->type == MSGPACK_OBJECT_NEGATIVE_INTEGER && object->via.i64 >= from) {
        *ret_value = object->via.i64;
        return true;
    }
    return false;
}

static bool
s_read_number (const field_t *field, const msgpack_object *object, uint8_t *member)
{
    int64_t number;
    uint32_t u32;
    switch (field->kind) {
    case FIELD_I64:
        if (!s_read_integer (object, INT64_MIN, INT64_MAX, &number)) {
            return false;
        }
        memcpy (member, &number, sizeof number);
        return true;
    case FIELD_U32:
        if (!s_read_integer (object, 0, UINT32_MAX, &number)) {
            return false;
        }
        u32 = (uint32_t) number;
        memcpy (member, &u32, sizeof u32);
        return true;
    default:
        if (!s_read_integer (object, 0, UINT8_MAX, &number)) {
            return false;
        }
        *member = (uint8_t) number;
        return true;
    }
}

static bool
s_read_oid (const msgpack_object *object, uint8_t *member)
{
    if (object->type == MSGPACK_OBJECT_NIL) {
        return true;
    }
    if (object->type != MSGPACK_OBJECT_BIN || object->via.bin.size != OID_PACKED_SIZE
        || (uint8_t) object->via.bin.ptr [0] == OID_NONE
        || (uint8_t) object->via.bin.ptr [0] >= OID_KIND_COUNT) {
        return false;
    }
    memcpy (member, object->via.bin.ptr, OID_PACKED_SIZE);
    return true;
}

static bool
s_read_list (const field_t *field, const msgpack_object *object, uint8_t *value)
{
    if (object->type != MSGPACK_OBJECT_ARRAY
        || object->via.array.size > field->size / field->element->size) {
        return false;
    }
    uint32_t count = object->via.array.size;
    memcpy (value + field->count_offset, &count, sizeof count);
    for (uint32_t index = 0; index < count; index++) {
        uint8_t *element = value + field->offset + index * field->element->size;
        if (!s_read_struct (field->element, &object->via.array.ptr [index], element)) {
            return false;
        }
    }
    return true;
}

//  msgpack-c has no pointer for an empty text. A zero inside would cut it.
static bool
s_read_text (const char *text, size_t size, uint8_t *member)
{
    if (size > 0 && memchr (text, 0, size)) {
        return false;
    }
    if (size > 0) {
        memcpy (member, text, size);
    }
    return true;
}

static bool
s_read_field (const field_t *field, const msgpack_object *object, uint8_t *value)
{
    uint8_t *member = value + field->offset;
    uint16_t size;
    switch (field->kind) {
    case FIELD_I64:
    case FIELD_U32:
    case FIELD_U8: return s_read_number (field, object, member);
    case FIELD_BOOL:
        *member = object->type == MSGPACK_OBJECT_BOOLEAN && object->via.boolean;
        return object->type == MSGPACK_OBJECT_BOOLEAN;
    case FIELD_OID: return s_read_oid (object, member);
    case FIELD_TEXT:
        if (object->type != MSGPACK_OBJECT_STR || object->via.str.size >= field->size) {
            return false;
        }
        return s_read_text (object->via.str.ptr, object->via.str.size, member);
    case FIELD_BYTES:
        if (object->type != MSGPACK_OBJECT_BIN
            || object->via.bin.size > field->size - sizeof size) {
            return false;
        }
        size = (uint16_t) object->via.bin.size;
        memcpy (member, &size, sizeof size);
        if (size > 0) {
            memcpy (member + sizeof size, object->via.bin.ptr, size);
        }
        return true;
    case FIELD_LIST: return s_read_list (field, object, value);
    }
    return false;
}

static bool
s_read_struct (const shape_t *shape, const msgpack_object *object, uint8_t *value)
{
    if (object->type != MSGPACK_OBJECT_ARRAY || object->via.array.size > shape->field_count) {
        return false;
    }
    for (uint32_t index = 0; index < object->via.array.size; index++) {
        if (!s_read_field (&shape->fields [index], &object->via.array.ptr [index], value)) {
            return false;
        }
    }
    return true;
}

bool
shape_unpack (const shape_t *shape, const uint8_t *bytes, size_t size, void *ret_value)
{
    memset (ret_value, 0, shape->size);
    if (size == 0) {
        return shape->field_count == 0;
    }
    scan_t scan = { .bytes = bytes, .size = size };
    if (!s_scan_value (&scan, 0) || scan.at != size) {
        return false;
    }
    msgpack_zone zone;
    if (!msgpack_zone_init (&zone, ZONE_CHUNK_SIZE)) {
        return false;
    }
    msgpack_object object;
    size_t offset = 0;
    bool done = msgpack_unpack ((const char *) bytes, size, &offset, &zone, &object)
                    == MSGPACK_UNPACK_SUCCESS
                && s_read_struct (shape, &object, ret_value);
    msgpack_zone_destroy (&zone);
    if (!done) {
        memset (ret_value, 0, shape->size);
    }
    return done;
}
