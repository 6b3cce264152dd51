//  applier - index rows of the states that this flush writes (runtime/index.h).
//
//  What counts is the state that was flushed last and the one that is flushed now,
//  both of one aggregate: two unpacked states per flush however often it changed, one
//  if it is new.

#include "runtime/applier_private.h"
#include "runtime/index.h"

static size_t
s_rows_before (applier_t *self, const change_t *change, oid_t oid,
               index_row_t rows [INDEX_ROWS_MAX])
{
    size_t size = 0;
    if (change->born) {
        return 0;
    }
    status_t status = state_get (self->reader, TABLE_SNAPSHOT, change->key, change->key_size,
                                 self->stored, sizeof self->stored, &size);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        core_state_fail_stop (status);
    }
    return status == STATUS_OK ? index_rows (oid, self->stored, size, rows) : 0;
}

static bool
s_is_among (const index_row_t *row, const index_row_t *rows, size_t count)
{
    for (size_t index = 0; index < count; index++) {
        if (memcmp (row, &rows [index], sizeof *row) == 0) {
            return true;
        }
    }
    return false;
}

//  One change for each row of `rows` that is not among `others`.
static void
s_append_rows (applier_t *self, change_kind_t kind, const index_row_t *rows, size_t count,
               const index_row_t *others, size_t other_count)
{
    for (size_t index = 0; index < count; index++) {
        if (!s_is_among (&rows [index], others, other_count)) {
            change_t *change =
                applier_append (self, TABLE_ROWS, rows [index].key, sizeof rows [index].key);
            change->kind = (uint8_t) kind;
        }
    }
}

void
applier_index (applier_t *self)
{
    size_t count = self->count;
    for (size_t index = 0; index < count; index++) {
        //  By value: the table of changes moves when it grows
        change_t change = self->changes [index];
        oid_t oid;
        memcpy (&oid, change.key, sizeof oid);
        if (change.table != TABLE_SNAPSHOT || !index_has (oid.kind)) {
            continue;
        }
        index_row_t before [INDEX_ROWS_MAX], after [INDEX_ROWS_MAX];
        size_t before_count = s_rows_before (self, &change, oid, before);
        size_t after_count =
            index_rows (oid, change.value ? change.value : change.inlined, change.size, after);
        s_append_rows (self, CHANGE_DELETE, before, before_count, after, after_count);
        s_append_rows (self, CHANGE_PUT, after, after_count, before, before_count);
    }
}
