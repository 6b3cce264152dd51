//  projection - which events become rows of which list: one const table.
//
//  A row of table ROWS: key = list u8 · owner oid · bucket u8 · time u64 BE · tie, so
//  that a bucket of an owner's rows is one range in time. What an event makes is in
//  bucket 0 and stays; what moves with an object's state is runtime/index.h's. An
//  entry's tie is the event's version (u64 BE) and its value the packed entry_t; an
//  object's tie is its oid, without value (a list read joins its snapshot).
//
//  To add a list: a line in list_t (runtime/lists.h), a rule here, a test.

#ifndef RUNTIME_PROJECTION_H
#define RUNTIME_PROJECTION_H

#include "runtime/lists.h"
#include "store/record.h"

enum {
    ROW_PREFIX_SIZE = 1 + OID_PACKED_SIZE + 1,
    ROW_KEY_MAX = ROW_PREFIX_SIZE + 8 + OID_PACKED_SIZE,
    ROW_VALUE_MAX = 160,
    ROWS_PER_EVENT_MAX = 4
};

typedef struct {
    uint8_t key [ROW_KEY_MAX];
    uint8_t key_size;
    uint8_t value [ROW_VALUE_MAX];
    uint8_t value_size;
} row_t;

//  Rows of one event of this record. version is the event's own. Returns how many.
size_t projection_rows (const record_head_t *head, const record_event_t *event, uint64_t version,
                        row_t ret_rows [ROWS_PER_EVENT_MAX]);

//  The range of a bucket of an owner's rows.
size_t projection_prefix (list_t list, oid_t owner, uint8_t bucket,
                          uint8_t ret_prefix [ROW_PREFIX_SIZE]);

//  A time as it is in keys; what is before 1970 is 1970.
void projection_time (int64_t at_ms, uint8_t ret_bytes [8]);

#endif
