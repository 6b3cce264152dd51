//  resident - what its two files share.

#ifndef RUNTIME_RESIDENT_PRIVATE_H
#define RUNTIME_RESIDENT_PRIVATE_H

#include "runtime/resident.h"
#include "store/record.h"

enum { PAYLOAD_SIZE_MAX = 32 * 1024 };

struct resident {
    resident_config_t config;
    const aggregate_type_t *type;
    oid_t oid;
    snapshot_head_t head;
    void *state;    //  STATE_SIZE_MAX
    void *before;   //  To go back to if the new state is unsound
    void *payload;  //  A command or event, unpacked
    decision_t *decision;
    uint8_t *record;    //  RECORD_SIZE_MAX
    uint8_t *snapshot;  //  SNAPSHOT_SIZE_MAX
};

//  resident_record.c: the record of this decision into self->record; its size.
size_t resident_write_record (resident_t *self, const message_t *message, verdict_t verdict,
                              bool dead, const postings_t postings [DECISION_EVENTS_MAX]);

#endif
