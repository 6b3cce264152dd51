//  index - states to rows, by the table at the end.

#include "actors/approval.h"
#include "actors/bank_transfer.h"
#include "actors/member.h"
#include "actors/payment.h"
#include "actors/remittance.h"
#include "actors/settlement.h"
#include "runtime/index.h"
#include "runtime/snapshot.h"

//  ---------------------------------------------------------------------------
//  Where an object is

static bool
s_member_by_status (oid_t self, const void *state, index_place_t *place)
{
    (void) self;
    *place = (index_place_t) { .bucket = ((const member_t *) state)->status };
    return true;
}

static bool
s_member_at_address (oid_t self, const void *state, index_place_t *place)
{
    const member_t *member = state;
    (void) self;
    place->owner = index_address (member->address_hash.bytes, member->address_hash.size);
    place->bucket = 0;
    return member->address_hash.size > 0;
}

static bool
s_member_at_address_by_status (oid_t self, const void *state, index_place_t *place)
{
    bool has_one = s_member_at_address (self, state, place);
    place->bucket = ((const member_t *) state)->status;
    return has_one;
}

//  An order that failed may be tried again by another member.
static bool
s_payment_of_member (oid_t self, const void *state, index_place_t *place)
{
    (void) self;
    *place = (index_place_t) { .owner = ((const payment_t *) state)->member };
    return !oid_is_none (place->owner);
}

static bool
s_payment_of_member_by_status (oid_t self, const void *state, index_place_t *place)
{
    bool has_one = s_payment_of_member (self, state, place);
    place->bucket = ((const payment_t *) state)->status;
    return has_one;
}

static bool
s_payment_of_merchant_by_status (oid_t self, const void *state, index_place_t *place)
{
    const payment_t *payment = state;
    (void) self;
    *place = (index_place_t) { payment->merchant, payment->status };
    return true;
}

static bool
s_approval (oid_t self, const void *state, index_place_t *place)
{
    (void) self;
    (void) state;
    *place = (index_place_t) { 0 };
    return true;
}

static bool
s_approval_by_status (oid_t self, const void *state, index_place_t *place)
{
    (void) self;
    *place = (index_place_t) { .bucket = ((const approval_t *) state)->status };
    return true;
}

//  One that an operator asked for is in the list before it is requested.
static bool
s_transfer (oid_t self, const void *state, index_place_t *place)
{
    (void) self;
    (void) state;
    *place = (index_place_t) { 0 };
    return true;
}

static bool
s_transfer_by_status (oid_t self, const void *state, index_place_t *place)
{
    (void) self;
    *place = (index_place_t) { .bucket = ((const bank_transfer_t *) state)->status };
    return true;
}

static bool
s_transfer_of_member_by_status (oid_t self, const void *state, index_place_t *place)
{
    const bank_transfer_t *transfer = state;
    (void) self;
    *place = (index_place_t) { transfer->request.party.member, transfer->status };
    return !oid_is_none (place->owner);
}

static bool
s_transfer_of_account_by_status (oid_t self, const void *state, index_place_t *place)
{
    const bank_transfer_t *transfer = state;
    (void) self;
    *place = (index_place_t) { transfer->request.bank_account, transfer->status };
    return !oid_is_none (place->owner);
}

static bool
s_settlement_by_status (oid_t self, const void *state, index_place_t *place)
{
    (void) self;
    *place = (index_place_t) { .bucket = ((const settlement_t *) state)->status };
    return true;
}

static bool
s_settlement_of_merchant_by_status (oid_t self, const void *state, index_place_t *place)
{
    const settlement_t *settlement = state;
    (void) self;
    *place = (index_place_t) { settlement->start.merchant, settlement->status };
    return true;
}

static bool
s_settlement_of_run (oid_t self, const void *state, index_place_t *place)
{
    (void) self;
    *place = (index_place_t) { .owner = ((const settlement_t *) state)->start.run };
    return !oid_is_none (place->owner);
}

static bool
s_sent (oid_t self, const void *state, index_place_t *place)
{
    (void) self;
    *place = (index_place_t) { ((const remittance_t *) state)->request.sender, REMITTANCES_SENT };
    return true;
}

static bool
s_sent_by_status (oid_t self, const void *state, index_place_t *place)
{
    const remittance_t *remittance = state;
    (void) self;
    place->owner = remittance->request.sender;
    place->bucket = (uint8_t) (REMITTANCES_SENT + remittance->status);
    return true;
}

//  The receiver has nothing to do with one that never set out.
static bool
s_received (oid_t self, const void *state, index_place_t *place)
{
    const remittance_t *remittance = state;
    (void) self;
    *place = (index_place_t) { remittance->request.receiver, REMITTANCES_RECEIVED };
    return remittance->departed;
}

static bool
s_received_by_status (oid_t self, const void *state, index_place_t *place)
{
    bool has_one = s_received (self, state, place);
    place->bucket = (uint8_t) (REMITTANCES_RECEIVED + ((const remittance_t *) state)->status);
    return has_one;
}

//  In either direction.
static bool
s_remittance_of_sender_by_status (oid_t self, const void *state, index_place_t *place)
{
    const remittance_t *remittance = state;
    (void) self;
    *place = (index_place_t) { remittance->request.sender, remittance->status };
    return true;
}

static bool
s_remittance_of_receiver_by_status (oid_t self, const void *state, index_place_t *place)
{
    const remittance_t *remittance = state;
    (void) self;
    *place = (index_place_t) { remittance->request.receiver, remittance->status };
    return remittance->departed;
}

static bool
s_remittance_of_receiver (oid_t self, const void *state, index_place_t *place)
{
    const remittance_t *remittance = state;
    (void) self;
    place->owner = remittance->request.receiver;
    return remittance->departed;
}

static const index_rule_t rules [] = {
    { OID_MEMBER, LIST_MEMBERS, s_member_by_status },
    { OID_MEMBER, LIST_ADDRESS_MEMBERS, s_member_at_address },
    { OID_MEMBER, LIST_ADDRESS_MEMBERS, s_member_at_address_by_status },
    { OID_PAYMENT, LIST_MEMBER_PAYMENTS, s_payment_of_member },
    { OID_PAYMENT, LIST_MEMBER_PAYMENTS, s_payment_of_member_by_status },
    { OID_PAYMENT, LIST_MERCHANT_PAYMENTS, s_payment_of_merchant_by_status },
    { OID_APPROVAL, LIST_APPROVALS, s_approval },
    { OID_APPROVAL, LIST_APPROVALS, s_approval_by_status },
    { OID_BANK_TRANSFER, LIST_TRANSFERS, s_transfer },
    { OID_BANK_TRANSFER, LIST_TRANSFERS, s_transfer_by_status },
    { OID_BANK_TRANSFER, LIST_MEMBER_TRANSFERS, s_transfer_of_member_by_status },
    { OID_BANK_TRANSFER, LIST_ACCOUNT_TRANSFERS, s_transfer_of_account_by_status },
    { OID_SETTLEMENT, LIST_SETTLEMENTS, s_settlement_by_status },
    { OID_SETTLEMENT, LIST_MERCHANT_SETTLEMENTS, s_settlement_of_merchant_by_status },
    { OID_SETTLEMENT, LIST_RUN_SETTLEMENTS, s_settlement_of_run },
    { OID_REMITTANCE, LIST_MEMBER_REMITTANCES, s_sent },
    { OID_REMITTANCE, LIST_MEMBER_REMITTANCES, s_sent_by_status },
    { OID_REMITTANCE, LIST_MEMBER_REMITTANCES, s_received },
    { OID_REMITTANCE, LIST_MEMBER_REMITTANCES, s_received_by_status },
    { OID_REMITTANCE, LIST_MEMBER_REMITTANCES, s_remittance_of_sender_by_status },
    { OID_REMITTANCE, LIST_MEMBER_REMITTANCES, s_remittance_of_receiver },
    { OID_REMITTANCE, LIST_MEMBER_REMITTANCES, s_remittance_of_receiver_by_status },
};

//  ---------------------------------------------------------------------------

oid_t
index_address (const uint8_t *hash, size_t size)
{
    oid_t owner = { .kind = OID_MEMBER };
    memcpy (owner.bytes, hash, size < OID_BYTES ? size : OID_BYTES);
    return owner;
}

static bool
s_has_rule (uint8_t kind)
{
    for (size_t index = 0; index < COUNT (rules); index++) {
        if (rules [index].kind == kind) {
            return true;
        }
    }
    return false;
}

bool
index_has (uint8_t kind)
{
    const aggregate_type_t *type = registry_find (kind);
    return type && (type->finished || s_has_rule (kind));
}

static void
s_put_row (index_row_t *row, uint8_t list, index_place_t place, int64_t created_at_ms, oid_t self)
{
    size_t size = projection_prefix (list, place.owner, place.bucket, row->key);
    projection_time (created_at_ms, row->key + size);
    memcpy (row->key + size + 8, &self, sizeof self);
}

//  A process that runs, or waits for an operator; its type may have no rule of its own.
static size_t
s_saga_rows (const aggregate_type_t *type, oid_t self, const snapshot_head_t *head,
             const void *state, index_row_t *rows)
{
    bool parked = type->parked && type->parked (state);
    if (!type->finished || (head->finished && !parked)) {
        return 0;
    }
    const uint8_t buckets [] = { 0, parked ? SAGA_PARKED : SAGA_OPEN };
    const oid_t owners [] = { { 0 }, { .kind = self.kind } };
    size_t count = 0;
    for (size_t bucket = 0; bucket < COUNT (buckets); bucket++) {
        for (size_t owner = 0; owner < COUNT (owners); owner++) {
            index_place_t place = { owners [owner], buckets [bucket] };
            s_put_row (&rows [count++], LIST_SAGAS, place, head->created_at_ms, self);
        }
    }
    return count;
}

size_t
index_rows (oid_t self, const uint8_t *snapshot, size_t size, index_row_t ret_rows [INDEX_ROWS_MAX])
{
    _Alignas(max_align_t) uint8_t state [STATE_SIZE_MAX];
    const aggregate_type_t *type = registry_find (self.kind);
    snapshot_head_t head;
    bool read = type && snapshot_read (snapshot, size, &head)
                && shape_unpack (type->state, snapshot + SNAPSHOT_HEAD_SIZE,
                                 size - SNAPSHOT_HEAD_SIZE, state);
    assert (read);
    size_t count = s_saga_rows (type, self, &head, state, ret_rows);
    for (size_t index = 0; index < COUNT (rules); index++) {
        index_place_t place = { 0 };
        if (rules [index].kind == self.kind && rules [index].place (self, state, &place)) {
            assert (count < INDEX_ROWS_MAX);
            s_put_row (&ret_rows [count++], rules [index].list, place, head.created_at_ms, self);
        }
    }
    return count;
}
