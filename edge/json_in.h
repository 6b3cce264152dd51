//  json_in - a request's body: strict JSON, checked against a const table of fields
//  and copied into a plain struct.
//
//      static const input_field_t fields [] = {
//          { "amount", INPUT_AMOUNT, INPUT_REQUIRED, AT (recharge_input_t, amount_minor) },
//          { "memo",   INPUT_TEXT,   INPUT_OPTIONAL, AT (recharge_input_t, memo), 1, 100 },
//      };
//
//  Strict: one JSON object (RFC 8259) and nothing behind it, valid UTF-8, no
//  duplicate names, no name that the table lacks, no null, no number with a
//  fraction or an exponent where an integer is asked. Everything that is wrong is
//  listed, not only the first.
//
//  Kind              JSON       struct member     min … max
//  INPUT_TEXT        string     char [size]       characters (and < size bytes)
//  INPUT_SECRET      string     char [size]       the same; kept as it is, not trimmed
//  INPUT_EMAIL       string     char [size]       trimmed, lower case, one sane @
//  INPUT_TOKEN       string     char [size]       characters [A-Za-z0-9._-]
//  INPUT_NUMBER      string     char [size]       digits and '-'; the account number
//  INPUT_AMOUNT      integer    int64_t           1 … 2^53 - 1, minor units
//  INPUT_INTEGER     integer    int64_t           the value
//  INPUT_BOOLEAN     boolean    bool
//  INPUT_CURRENCY    string     (none)            must be "KRW"
//  INPUT_OID         string     oid_t             an id of kind `oid_kind`
//  INPUT_OBJECT      object     uint32_t          fields of its own, `fields`
//  INPUT_TEXTS       array      INPUT_TEXTS_OF    how many; fields [0] is of each text
//
//  The fields of an object inside lie in the same struct, and its uint32_t has the
//  bits of those that are there. What is wrong in it is named as in "/to/member_id".
//
//  What is absent stays zero; *ret_present has the bit of each field that is there.
//  No threads, no state.

#ifndef EDGE_JSON_IN_H
#define EDGE_JSON_IN_H

#include <jansson.h>
#include "edge/problem.h"
#include "edge/text.h"
#include "runtime/scoped.h"

#define AMOUNT_MINOR_MAX INT64_C (9007199254740991)    //  2^53 - 1: exact in every reader

typedef enum {
    INPUT_TEXT,
    INPUT_SECRET,
    INPUT_EMAIL,
    INPUT_TOKEN,
    INPUT_NUMBER,
    INPUT_AMOUNT,
    INPUT_INTEGER,
    INPUT_BOOLEAN,
    INPUT_CURRENCY,
    INPUT_OID,
    INPUT_OBJECT,
    INPUT_TEXTS
} input_kind_t;

typedef enum { INPUT_OPTIONAL, INPUT_REQUIRED } input_need_t;

typedef struct input_field {
    const char *name;
    input_kind_t kind;
    input_need_t need;
    uint32_t offset, size;          //  Of the struct member
    int64_t min, max;
    oid_kind_t oid_kind;
    const struct input_field *fields;    //  Of an object inside; at most 32. Of an array: one
    size_t field_count;
} input_field_t;

//  The member of an array: at most count_max (its field's max) texts of text_size bytes.
#define INPUT_TEXTS_OF(count_max, text_size)                                                       \
    struct {                                                                                       \
        uint32_t count;                                                                            \
        char texts [count_max][text_size];                                                         \
    }

//  offset and size of a member, for the tables.
#define AT(type, member) offsetof (type, member), sizeof (((type *) 0)->member)

//  Parses a body. Empty (or white space only) reads as {}. NULL and a problem that
//  names the byte offset if it cannot be parsed; else returns owned (json_decref).
json_t *json_in_parse (const char *bytes, size_t size, problem_t *problem);

//  Checks the object against the table and fills *ret_struct (zeroed by the
//  caller). Each wrong field is added to the problem; true if none was.
bool json_in_read (const json_t *object, const input_field_t *fields, size_t field_count,
                   void *ret_struct, uint32_t *ret_present, problem_t *problem);

#endif
