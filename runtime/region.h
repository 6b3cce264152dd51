//  region - wallet money and members by address and day, folded from the records.
//
//  A region is the keyed hash of a normalized address; days are Asia/Seoul's. A
//  wallet's money is what it has, holds included, and is at the address that its
//  member has: when that changes, the balance moves with it, on that day. A member
//  counts from its registration until it is closed, and not without an address.
//
//  A member and its wallet share the bits of their ids, so their records are in one
//  partition, in one order: the fold needs nothing else, and gives the same rows live,
//  in a replay and in an audit.
//
//  Row in table REGION: address hash [16] · day u32 BE -> change i64 · members i64
//  (little endian): what that day added; both 0: there is no row.
//
//  One thread.

#ifndef RUNTIME_REGION_H
#define RUNTIME_REGION_H

#include "runtime/aggregate.h"
#include "store/record.h"

enum {
    REGION_HASH_SIZE = 16,
    REGION_KEY_SIZE = REGION_HASH_SIZE + 4,
    REGION_VALUE_SIZE = 16
};

typedef struct region region_t;

//  Whether regions follow from the states of objects of this kind, beside what moved.
bool region_has (uint8_t kind);

//  The snapshot of an object as of all records before the one that is told; *ret_size
//  0: there is none. Borrowed until the next call.
typedef const uint8_t *(region_snapshot_fn) (void *context, oid_t oid, size_t *ret_size);

region_t *region_new (region_snapshot_fn *snapshot, void *context);
void region_destroy (region_t **self_p);

//  One record of a wallet that changed its money by this much.
void region_moved (region_t *self, oid_t wallet, int64_t at_ms, int64_t change_minor);

//  One record of a member, with its new snapshot.
void region_member (region_t *self, oid_t member, int64_t at_ms, const uint8_t *snapshot,
                    size_t size);

//  Brings what moved to the regions of its members as they are now.
void region_settle (region_t *self);

//  What the records since region_clear changed, in no order. Start with *cursor 0;
//  false at the end. After region_settle; changes of nothing are left out.
typedef struct {
    uint8_t key [REGION_KEY_SIZE];
    int64_t change_minor, members;
} region_change_t;
bool region_next (const region_t *self, size_t *cursor, region_change_t *ret_change);

void region_clear (region_t *self);

//  A row's value.
void region_write (const region_change_t *change, uint8_t ret_value [REGION_VALUE_SIZE]);
bool region_read_value (const uint8_t *value, size_t size, region_change_t *change);

#endif
