//  applier - money by address and day: the rows of runtime/region.h.

#include "runtime/applier_private.h"

static const uint8_t *
s_snapshot (void *context, oid_t oid, size_t *ret_size)
{
    return applier_snapshot (context, oid, ret_size);
}

region_t *
applier_region_new (applier_t *self)
{
    return region_new (s_snapshot, self);
}

void
applier_region_record (applier_t *self, const record_head_t *head, const uint8_t *snapshot,
                       size_t snapshot_size)
{
    oid_t oid;
    memcpy (&oid, head->aggregate, sizeof oid);
    if (oid.kind == OID_MEMBER && snapshot_size > 0) {
        region_member (self->regions, oid, head->at_ms, snapshot, snapshot_size);
    }
}

void
applier_region (applier_t *self)
{
    size_t cursor = 0;
    region_change_t region;
    region_settle (self->regions);
    while (region_next (self->regions, &cursor, &region)) {
        change_t *change = applier_append (self, TABLE_REGION, region.key, sizeof region.key);
        change->kind = CHANGE_REGION;
        change->delta = region.change_minor;
        memcpy (change->inlined, &region.members, sizeof region.members);
    }
}

status_t
applier_region_write (applier_t *self, const change_t *change)
{
    uint8_t value [REGION_VALUE_SIZE];
    region_change_t row = { 0 };
    size_t size;
    status_t status = state_get_own (self->state, TABLE_REGION, change->key, change->key_size,
                                     value, sizeof value, &size);
    if (status == STATUS_OK && !region_read_value (value, size, &row)) {
        return STATUS_DAMAGED;
    }
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        return status;
    }
    int64_t members;
    memcpy (&members, change->inlined, sizeof members);
    row.change_minor += change->delta;
    row.members += members;
    if (row.change_minor == 0 && row.members == 0) {
        return state_del (self->state, TABLE_REGION, change->key, change->key_size);
    }
    region_write (&row, value);
    return state_put (self->state, TABLE_REGION, change->key, change->key_size, value,
                      sizeof value);
}
