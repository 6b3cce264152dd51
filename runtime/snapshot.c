//  snapshot - the head before the packed state.

#include "runtime/snapshot.h"

bool
snapshot_read (const uint8_t *bytes, size_t size, snapshot_head_t *ret_head)
{
    if (size < SNAPSHOT_HEAD_SIZE) {
        return false;
    }
    memcpy (&ret_head->version, bytes, 8);
    memcpy (&ret_head->created_at_ms, bytes + 8, 8);
    memcpy (&ret_head->updated_at_ms, bytes + 16, 8);
    ret_head->finished = bytes [24];
    return true;
}

void
snapshot_write (uint8_t bytes [SNAPSHOT_HEAD_SIZE], const snapshot_head_t *head)
{
    memcpy (bytes, &head->version, 8);
    memcpy (bytes + 8, &head->created_at_ms, 8);
    memcpy (bytes + 16, &head->updated_at_ms, 8);
    bytes [24] = head->finished;
}
