//  index - lists by what an object is now: rows that move when its state changes.
//
//  A rule names a kind, a list and a function of the state that says in whose list
//  the object is, and in which bucket of it: a status, most often. When the answer
//  changes the old row goes and the new one comes, in the transaction that writes
//  the snapshot, so that an index never disagrees with the states. Only the state at
//  a flush counts: what an object passes through between two flushes costs nothing.
//
//  Rows are those of runtime/projection.h, without value: key = list u8 · owner oid ·
//  bucket u8 · created u64 BE · oid. An object has one row in a list, in the bucket of
//  its status. The whole list is not kept beside its parts: a read merges their ranges,
//  which costs a page of each and no write.
//
//  To add one, a line in the table of rules in index.c:
//
//      { OID_REFUND, LIST_MEMBER_REFUNDS, s_refund_of_member },
//
//  its function, five lines: true, and the place, if it is in the list at all; and if it
//  has statuses, a line in the table of lists that are whole by them.
//  What reads it: list_find (runtime/lists.h), answer_list_of (edge/answer.h).
//
//  Pure; any thread.

#ifndef RUNTIME_INDEX_H
#define RUNTIME_INDEX_H

#include "actors/payment.h"
#include "runtime/aggregate.h"
#include "runtime/projection.h"

enum {
    INDEX_ROWS_MAX = 8,             //  Of one object, in all lists
    INDEX_BUCKETS_MAX = 32,         //  Of a list
    INDEX_RANGES_MAX = 64           //  That make up a list, or a part of it
};

//  Buckets of LIST_SAGAS. Its owner is { .kind = the type's }; asked for NONE: all types.
typedef enum { SAGA_OPEN = 1, SAGA_PARKED } saga_bucket_t;

//  Buckets of remittances: a direction plus a remittance_status_t; asked for: one of the
//  two alone, too. Among all, what set out to a member is RECEIVED, the rest SENT.
typedef enum { REMITTANCES_SENT = 8, REMITTANCES_RECEIVED = 16 } remittance_bucket_t;

typedef struct {
    oid_t owner;                    //  Whose list; kind NONE: everybody's
    uint8_t bucket;                 //  Which part of it; below INDEX_BUCKETS_MAX
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

//  The ranges of rows that hold what is asked for, each by its prefix; an object may be
//  in more than one of them. bucket 0: the whole list. Returns how many.
size_t index_ranges (list_t list, oid_t owner, uint8_t bucket,
                     uint8_t ret_prefixes [INDEX_RANGES_MAX][ROW_PREFIX_SIZE]);

//  Owners that are no objects: of LIST_ADDRESS_MEMBERS, an address by its keyed hash; of
//  LIST_BOTH_PAYMENTS, a member and a merchant; of LIST_ORDER_PAYMENTS, an order id
//  whoever the merchant is.
oid_t index_address (const uint8_t *hash, size_t size);
oid_t index_both (oid_t member, oid_t merchant);
oid_t index_order (const char *order_id);

//  The status under which a payment is listed and shown: what is held on the way to a
//  capture at once (after a recharge) is no authorization that waits, but requested.
uint8_t index_payment_status (const payment_t *payment);

#endif
