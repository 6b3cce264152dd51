//  audit - money by address and day: the same fold (runtime/region.h) over the records
//  up to the state's positions gives the table.

#include "runtime/audit_private.h"

static const uint8_t *
s_snapshot (void *context, oid_t oid, size_t *ret_size)
{
    audit_t *self = context;
    uint64_t value = 0;
    bool known = map_get (self->snapshots, &oid, &value);
    const held_t *held = (const held_t *) (uintptr_t) value;
    *ret_size = known ? held->size : 0;
    return known ? held->bytes : NULL;
}

region_t *
audit_region_new (audit_t *self)
{
    return region_new (s_snapshot, self);
}

void
audit_region_member (audit_t *self, const record_head_t *head, const uint8_t *snapshot, size_t size)
{
    oid_t oid;
    memcpy (&oid, head->aggregate, sizeof oid);
    if (oid.kind == OID_MEMBER) {
        region_member (self->regions_then, oid, head->at_ms, snapshot, size);
    }
}

void
audit_region_moved (audit_t *self, const record_head_t *head, int64_t moved_minor)
{
    oid_t oid;
    memcpy (&oid, head->aggregate, sizeof oid);
    if (moved_minor != 0) {
        region_moved (self->regions_then, oid, head->at_ms, moved_minor);
    }
}

static bool
s_count_row (void *context, const uint8_t *key, size_t key_size, const uint8_t *value,
             size_t value_size)
{
    (void) key, (void) key_size, (void) value, (void) value_size;
    ++*(size_t *) context;
    return true;
}

status_t
audit_regions (audit_t *self)
{
    size_t rows = 0, changes = 0, cursor = 0;
    region_change_t change;
    status_t status = state_scan (self->reader, TABLE_REGION, NULL, 0, NULL, 0,
                                  /* backward= */ false, SIZE_MAX, s_count_row, &rows);
    while (status == STATUS_OK && region_next (self->regions_then, &cursor, &change)) {
        uint8_t meant [REGION_VALUE_SIZE], stored [REGION_VALUE_SIZE];
        size_t size = 0;
        changes++;
        region_write (&change, meant);
        status = state_get (self->reader, TABLE_REGION, change.key, sizeof change.key, stored,
                            sizeof stored, &size);
        if (status == STATUS_NOT_FOUND || status == STATUS_TOO_LARGE
            || (status == STATUS_OK
                && (size != sizeof meant || memcmp (meant, stored, sizeof meant) != 0))) {
            audit_problem (self, 0, 0, "the money of an address on a day is not what moved there");
            return STATUS_OK;
        }
    }
    if (status == STATUS_OK && rows != changes) {
        audit_problem (self, 0, 0, "an address has money on a day on which nothing moved there");
    }
    return status;
}
