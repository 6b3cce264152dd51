//  applier - what its files share.

#ifndef RUNTIME_APPLIER_PRIVATE_H
#define RUNTIME_APPLIER_PRIVATE_H

#include <czmq.h>
#include "runtime/applier.h"
#include "runtime/core.h"
#include "runtime/map.h"
#include "runtime/outbox.h"
#include "runtime/projection.h"
#include "runtime/ranges.h"
#include "runtime/region.h"
#include "runtime/snapshot.h"

enum {
    OUTBOX_KEY_SIZE = 12,
    TIMER_KEY_SIZE = RECORD_OID_SIZE + 1,
    LEDGER_KEY_SIZE = RECORD_OID_SIZE + 1,
    CHANGE_KEY_MAX = ROW_KEY_MAX,
    DAY_KEY_SIZE = 9,
    POSITION_KEY_SIZE = 10,
    CHANGE_INDEX_KEY = 24           //  Table and the longest key that is changed twice
};

typedef enum {
    CHANGE_NOTHING,                 //  Born and gone within one flush
    CHANGE_PUT,
    CHANGE_DELETE,
    CHANGE_ADD,                     //  delta onto a ledger account
    CHANGE_REGION                   //  delta and, inlined, members onto a region's day
} change_kind_t;

typedef struct {
    uint8_t table, kind, key_size;
    bool born;                      //  The row cannot be there before this flush
    uint32_t size;
    uint8_t key [CHANGE_KEY_MAX];
    int64_t delta;
    const uint8_t *value;           //  Borrowed; NULL: inlined
    uint8_t inlined [ROW_VALUE_MAX];
} change_t;

typedef struct {
    uint64_t sequence;
    uint64_t *numbers;              //  Last message number per target
    uint32_t day;                   //  The latest that was stamped
    bool changed;
} position_t;

struct applier {
    state_t *state;
    state_reader_t *reader;         //  Of what was flushed
    uint16_t partitions;
    uint32_t tables;                //  Bits of those that are written
    size_t count, capacity;
    change_t *changes;
    map_t *index;                   //  Table and key -> index of its change
    ranges_t *taken;                //  [target × partitions + source]
    bool *taken_changed;            //  The same
    position_t *positions;          //  Per partition
    class_row_t classes [ACCOUNT_CLASS_COUNT];
    region_t *regions;
    int64_t keep_ms;                //  Idempotency scopes; 0: for ever
    int64_t stamp_ms;               //  Lowest of the records collected
    uint8_t stored [SNAPSHOT_SIZE_MAX];    //  The snapshot that was read last
};

//  source, target u16 BE · number u64 BE
void outbox_key (message_name_t name, uint8_t ret_key [OUTBOX_KEY_SIZE]);
bool outbox_name (const uint8_t *key, size_t size, message_name_t *ret_name);

void applier_load (applier_t *self);

//  "position" · partition u16 BE; "day" · partition u16 BE · day u32 BE
void applier_position_key (uint16_t partition, uint8_t ret_key [POSITION_KEY_SIZE]);
void applier_day_key (uint16_t partition, uint32_t day, uint8_t ret_key [DAY_KEY_SIZE]);

//  The change of this key since the last flush, or NULL.
const change_t *applier_find (const applier_t *self, state_table_t table, const void *key,
                              size_t key_size);

//  A change of a key that is changed once only; borrowed until the next one.
change_t *applier_append (applier_t *self, state_table_t table, const void *key,
                          size_t key_size);

//  applier_index.c: appends the index rows that the collected states move.
void applier_index (applier_t *self);

//  applier_scope.c: what a record says of its scope; its row, unless a later one is there.
//  Before the transaction: the oldest pieces that may go (owned, or NULL); in it: the
//  pieces of what was collected, and those going.
typedef struct aged aged_t;

scope_row_t applier_scope_row (const record_head_t *head);
status_t applier_scope_write (applier_t *self, const change_t *change) must_check;
aged_t *applier_aged (applier_t *self);
status_t applier_scopes (applier_t *self, const aged_t *aged) must_check;

//  applier_region.c: the fold of runtime/region.h over the records that were collected.
region_t *applier_region_new (applier_t *self);
void applier_region_record (applier_t *self, const record_head_t *head,
                            const uint8_t *snapshot, size_t snapshot_size);
void applier_region (applier_t *self);
status_t applier_region_write (applier_t *self, const change_t *change) must_check;

#endif
