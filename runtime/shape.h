//  shape - what a struct looks like, so that it can be packed without code.
//
//  A shape is a const table of fields. Commands, events and states are plain C
//  structs with a shape each; one codec packs them all to MessagePack and back.
//
//  On disk a struct is a MessagePack array of its fields in table order. Fields
//  are only ever appended: a shorter array (an older writer) reads as zeros at
//  the end, a longer one (a newer writer) is refused. Nothing else is promised.
//
//  Values: I64, U32, U8 integers; BOOL; OID 17 bytes (nil if none); TEXT a
//  zero-terminated char array; BYTES a bytes_t-like { uint16_t size; uint8_t
//  bytes [capacity]; }; LIST an array of structs with a uint32_t counter.

#ifndef RUNTIME_SHAPE_H
#define RUNTIME_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "runtime/scoped.h"

typedef enum {
    FIELD_I64,
    FIELD_U32,
    FIELD_U8,
    FIELD_BOOL,
    FIELD_OID,
    FIELD_TEXT,
    FIELD_BYTES,
    FIELD_LIST
} field_kind_t;

typedef struct shape shape_t;

typedef struct {
    const char *name;
    field_kind_t kind;
    uint32_t offset;            //  In the struct
    uint32_t size;              //  Of the member; of a whole array for a list
    const shape_t *element;     //  Of a list, else NULL
    uint32_t count_offset;      //  Of a list's uint32_t counter
} field_t;

struct shape {
    const char *name;
    uint32_t size;              //  sizeof the struct
    uint32_t field_count;
    const field_t *fields;
};

#define FIELD(kind, type, member)                                                                  \
    {                                                                                              \
        #member, FIELD_##kind, offsetof (type, member), sizeof (((type *) 0)->member), NULL, 0     \
    }
#define FIELD_OF(type, member, counter, shape)                                                     \
    {                                                                                              \
        #member, FIELD_LIST, offsetof (type, member), sizeof (((type *) 0)->member), &(shape),     \
            offsetof (type, counter)                                                               \
    }
#define SHAPE(type, table)                                                                         \
    {                                                                                              \
        #type, sizeof (type), COUNT (table), table                                                 \
    }

//  A struct without fields, for commands that carry nothing.
extern const shape_t shape_empty;

//  Packs *value into buffer. Returns the bytes written, 0 if it does not fit.
size_t shape_pack (const shape_t *shape, const void *value, uint8_t *buffer, size_t capacity);

//  Fills *ret_value (shape->size bytes, zeroed first) from packed bytes. False
//  if they are malformed, hostile or of a newer shape; *ret_value is zeroed then.
bool shape_unpack (const shape_t *shape, const uint8_t *bytes, size_t size, void *ret_value);

#endif
