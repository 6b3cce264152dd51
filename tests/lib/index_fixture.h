//  index_fixture - states as their snapshots, and the rows that they mean.

#ifndef TESTS_LIB_INDEX_FIXTURE_H
#define TESTS_LIB_INDEX_FIXTURE_H

#include "runtime/index.h"

enum { INDEX_FIXTURE_ROOM = 4096 };

typedef struct {
    uint8_t bytes [INDEX_FIXTURE_ROOM];
    size_t size;
} packed_t;

oid_t index_fixture_oid (oid_kind_t kind, uint8_t number);

//  state: of the object's type.
packed_t index_fixture_pack (oid_t oid, uint64_t version, const void *state);

//  Its index rows; returns how many.
size_t index_fixture_rows (oid_t oid, const void *state, index_row_t rows [INDEX_ROWS_MAX]);

//  Whether one of them is in this bucket.
bool index_fixture_has (const index_row_t *rows, size_t count, list_t list, oid_t owner,
                        uint8_t bucket);

#endif
