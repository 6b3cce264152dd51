#include "tests/lib/index_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "runtime/snapshot.h"

enum { CREATED_MS = 7000 };

oid_t
index_fixture_oid (oid_kind_t kind, uint8_t number)
{
    return (oid_t) { .kind = (uint8_t) kind, .bytes = { [0] = number, [15] = number } };
}

packed_t
index_fixture_pack (oid_t oid, uint64_t version, const void *state)
{
    packed_t packed;
    const aggregate_type_t *type = registry_find (oid.kind);
    snapshot_write (packed.bytes,
                    &(snapshot_head_t) { .version = version,
                                         .created_at_ms = CREATED_MS,
                                         .updated_at_ms = CREATED_MS + (int64_t) version,
                                         .finished = !type->finished || type->finished (state) });
    size_t size = shape_pack (type->state, state, packed.bytes + SNAPSHOT_HEAD_SIZE,
                              INDEX_FIXTURE_ROOM - SNAPSHOT_HEAD_SIZE);
    assert_true (size > 0);
    packed.size = SNAPSHOT_HEAD_SIZE + size;
    return packed;
}

bool
index_fixture_has (const index_row_t *rows, size_t count, list_t list, oid_t owner, uint8_t bucket)
{
    uint8_t prefix [ROW_PREFIX_SIZE];
    projection_prefix (list, owner, bucket, prefix);
    for (size_t index = 0; index < count; index++) {
        if (memcmp (rows [index].key, prefix, sizeof prefix) == 0) {
            return true;
        }
    }
    return false;
}

size_t
index_fixture_rows (oid_t oid, const void *state, index_row_t rows [INDEX_ROWS_MAX])
{
    packed_t packed = index_fixture_pack (oid, 1, state);
    return index_rows (oid, packed.bytes, packed.size, rows);
}
