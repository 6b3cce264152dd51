#include "runtime/objects.h"

#include <stdlib.h>
#include "runtime/core.h"
#include "runtime/snapshot.h"

struct objects {
    state_reader_t *reader;
    uint8_t snapshot [SNAPSHOT_SIZE_MAX];
};

objects_t *
objects_new (node_t *node)
{
    objects_t *self = calloc (1, sizeof *self);
    assert (self);
    self->reader = state_reader_new (node->state);
    assert (self->reader);
    return self;
}

void
objects_destroy (objects_t **self_p)
{
    objects_t *self = *self_p;
    if (self) {
        state_reader_destroy (&self->reader);
        free (self);
        *self_p = NULL;
    }
}

status_t
objects_read (objects_t *self, oid_t oid, void *ret_state, uint64_t *ret_version)
{
    const aggregate_type_t *type = registry_find (oid.kind);
    snapshot_head_t head;
    size_t size = 0;
    assert (type);
    status_t status = state_get (self->reader, TABLE_SNAPSHOT, &oid, sizeof oid, self->snapshot,
                                 sizeof self->snapshot, &size);
    if (status == STATUS_OK
        && (!snapshot_read (self->snapshot, size, &head)
            || !shape_unpack (type->state, self->snapshot + SNAPSHOT_HEAD_SIZE,
                              size - SNAPSHOT_HEAD_SIZE, ret_state))) {
        status = STATUS_DAMAGED;
    }
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        core_state_fail_stop (status);
    }
    if (status == STATUS_OK && ret_version) {
        *ret_version = head.version;
    }
    return status;
}
