//  index - lists by what an object is now: rows that move when its state changes.
//
//  A rule names a kind, a list and a function of the state that says in whose list
//  the object is, and in which bucket of it: a status, most often. When the answer
//  changes the old row goes and the new one comes, in the transaction that writes
//  the snapshot, so that an index never disagrees with the states. Only the state at
//  a flush counts: what an object passes through between two flushes costs nothing.
//
//  Rows are those of runtime/projection.h, without value: key = list u8 · owner oid ·
//  bucket u8 · created u64 BE · oid. Bucket 0 is the whole list: that of a list whose
//  rows are made by an event (projection.c), or of a rule that says so.
//
//  To add one, a line in the table at the end of index.c:
//
//      { OID_REFUND, LIST_MEMBER_REFUNDS, s_refund_of_member },
//
//  and its function, five lines: true, and the place, if it is in the list at all.
//  What reads it: list_find (runtime/lists.h), answer_list_of (edge/answer.h).
//
//  Pure; any thread.

#ifndef RUNTIME_INDEX_H
#define RUNTIME_INDEX_H

#include "runtime/aggregate.h"
#include "runtime/projection.h"

enum { INDEX_ROWS_MAX = 11 };       //  Of one object, in all lists

//  Buckets of LIST_SAGAS; 0: either. Its owner is NONE (all of them) or { .kind = the
//  type's }.
typedef enum { SAGA_OPEN = 1, SAGA_PARKED } saga_bucket_t;

//  Buckets of LIST_MEMBER_REMITTANCES: a direction plus a remittance_status_t, or one of
//  the two alone.
typedef enum { REMITTANCES_SENT = 8, REMITTANCES_RECEIVED = 16 } remittance_bucket_t;

typedef struct {
    oid_t owner;                    //  Whose list; kind NONE: everybody's
    uint8_t bucket;                 //  Which part of it
} index_place_t;

//  state: unpacked. False: it is in none.
typedef bool (index_fn) (oid_t self, const void *state, index_place_t *ret_place);

typedef struct {
    uint8_t kind;                   //  oid_kind_t of the object
    uint8_t list;                   //  list_t
    index_fn *place;
} index_rule_t;

typedef struct {
    uint8_t key [ROW_KEY_MAX];
} index_row_t;

//  Whether objects of this kind have index rows at all.
bool index_has (uint8_t kind);

//  The rows of an object by its snapshot; returns how many. The snapshot was read by
//  its own type before (asserted).
size_t index_rows (oid_t self, const uint8_t *snapshot, size_t size,
                   index_row_t ret_rows [INDEX_ROWS_MAX]);

//  Of an address: the owner of its members in LIST_ADDRESS_MEMBERS.
oid_t index_address (const uint8_t *hash, size_t size);

#endif
