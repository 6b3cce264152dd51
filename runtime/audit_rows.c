//  audit - the lists: every row that events and states mean is there, and no other.

#include "runtime/audit_private.h"
#include "runtime/index.h"

static status_t
s_check_row (audit_t *self, uint16_t partition, uint64_t sequence, oid_t oid, const uint8_t *key,
             size_t key_size, const uint8_t *value, size_t value_size)
{
    uint8_t stored [ROW_VALUE_MAX];
    size_t size = 0;
    status_t status =
        state_get (self->reader, TABLE_ROWS, key, key_size, stored, sizeof stored, &size);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND && status != STATUS_TOO_LARGE) {
        return status;
    }
    if (status != STATUS_OK || size != value_size
        || (size > 0 && memcmp (stored, value, size) != 0)) {
        char text [OID_TEXT_SIZE];
        oid_format (oid, text);
        audit_problem (self, partition, sequence, "%s: its row in list %u is missing or wrong",
                       text, (unsigned) key [0]);
    }
    self->rows_then++;
    return STATUS_OK;
}

status_t
audit_event_rows (audit_t *self, uint16_t partition, uint64_t sequence, const uint8_t *bytes,
                  size_t size)
{
    record_reader_t reader;
    record_event_t event;
    status_t status = record_reader_start (&reader, bytes, size);
    uint64_t version = reader.head.version - reader.head.event_count;
    oid_t oid;
    memcpy (&oid, reader.head.aggregate, sizeof oid);
    while (status == STATUS_OK && self->report->sound && record_reader_event (&reader, &event)) {
        row_t rows [ROWS_PER_EVENT_MAX];
        size_t count = projection_rows (&reader.head, &event, ++version, rows);
        for (size_t index = 0; index < count && status == STATUS_OK; index++) {
            const row_t *row = &rows [index];
            status = s_check_row (self, partition, sequence, oid, row->key, row->key_size,
                                  row->value, row->value_size);
        }
    }
    return status;
}

status_t
audit_index_rows (audit_t *self, uint16_t partition, oid_t oid, const held_t *held)
{
    index_row_t rows [INDEX_ROWS_MAX];
    status_t status = STATUS_OK;
    size_t count = index_has (oid.kind) ? index_rows (oid, held->bytes, held->size, rows) : 0;
    for (size_t index = 0; index < count && status == STATUS_OK; index++) {
        status = s_check_row (self, partition, self->position, oid, rows [index].key,
                              sizeof rows [index].key, NULL, 0);
    }
    return status;
}

static bool
s_count_row (void *context, const uint8_t *key, size_t key_size, const uint8_t *value,
             size_t value_size)
{
    (void) key, (void) key_size, (void) value, (void) value_size;
    ++*(uint64_t *) context;
    return true;
}

//  All that must be there are; so there is one too many if there are more.
status_t
audit_rows (audit_t *self)
{
    status_t status = state_scan (self->reader, TABLE_ROWS, NULL, 0, NULL, 0, /* backward= */ false,
                                  SIZE_MAX, s_count_row, &self->report->rows_compared);
    if (status == STATUS_OK && self->report->rows_compared != self->rows_then) {
        audit_problem (self, 0, 0, "the lists hold %" PRIu64 " rows, and should hold %" PRIu64,
                       self->report->rows_compared, self->rows_then);
    }
    return status;
}
