//  index - states to rows, by the table at the end.

#include "actors/approval.h"
#include "actors/bank_transfer.h"
#include "actors/delivery.h"
#include "actors/member.h"
#include "actors/payment.h"
#include "actors/remittance.h"
#include "actors/settlement.h"
#include "actors/webhook_endpoint.h"
#include "runtime/derive.h"
#include "runtime/index.h"
#include "runtime/snapshot.h"

//  ---------------------------------------------------------------------------
//  Where an object is: one row per list, in the bucket of its status

static bool
s_member (oid_t self, const void *state, index_place_t *place)
{
    (void) self;
    place->bucket = ((const member_t *) state)->status;
    return true;
}

static bool
s_member_at_address (oid_t self, const void *state, index_place_t *place)
{
    const member_t *member = state;
    (void) self;
    place->owner = index_address (member->address_hash.bytes, member->address_hash.size);
    place->bucket = member->status;
    return member->address_hash.size > 0;
}

static bool
s_payment (oid_t self, const void *state, index_place_t *place)
{
    (void) self;
    place->bucket = index_payment_status (state);
    return true;
}

//  An order that failed may be tried again by another member.
static bool
s_payment_of_member (oid_t self, const void *state, index_place_t *place)
{
    place->owner = ((const payment_t *) state)->member;
    return s_payment (self, state, place) && !oid_is_none (place->owner);
}

static bool
s_payment_of_merchant (oid_t self, const void *state, index_place_t *place)
{
    place->owner = ((const payment_t *) state)->merchant;
    return s_payment (self, state, place);
}

static bool
s_payment_of_both (oid_t self, const void *state, index_place_t *place)
{
    const payment_t *payment = state;
    place->owner = index_both (payment->member, payment->merchant);
    return s_payment (self, state, place) && !oid_is_none (payment->member);
}

static bool
s_approval (oid_t self, const void *state, index_place_t *place)
{
    (void) self;
    place->bucket = ((const approval_t *) state)->status;
    return true;
}

//  One that an operator asked for is in the lists before it is requested.
static bool
s_transfer (oid_t self, const void *state, index_place_t *place)
{
    (void) self;
    place->bucket = ((const bank_transfer_t *) state)->status;
    return true;
}

static bool
s_transfer_of_member (oid_t self, const void *state, index_place_t *place)
{
    place->owner = ((const bank_transfer_t *) state)->request.party.member;
    return s_transfer (self, state, place) && !oid_is_none (place->owner);
}

static bool
s_transfer_of_account (oid_t self, const void *state, index_place_t *place)
{
    place->owner = ((const bank_transfer_t *) state)->request.bank_account;
    return s_transfer (self, state, place) && !oid_is_none (place->owner);
}

static bool
s_settlement (oid_t self, const void *state, index_place_t *place)
{
    (void) self;
    place->bucket = ((const settlement_t *) state)->status;
    return true;
}

static bool
s_settlement_of_merchant (oid_t self, const void *state, index_place_t *place)
{
    place->owner = ((const settlement_t *) state)->start.merchant;
    return s_settlement (self, state, place);
}

static bool
s_settlement_of_run (oid_t self, const void *state, index_place_t *place)
{
    place->owner = ((const settlement_t *) state)->start.run;
    return s_settlement (self, state, place) && !oid_is_none (place->owner);
}

//  Among all: whether it set out to a member. Until then it is its sender's own business.
static bool
s_remittance (oid_t self, const void *state, index_place_t *place)
{
    const remittance_t *remittance = state;
    (void) self;
    place->bucket = (uint8_t) ((remittance->departed ? REMITTANCES_RECEIVED : REMITTANCES_SENT)
                               + remittance->status);
    return remittance->status != REMITTANCE_NONE;
}

static bool
s_remittance_sent (oid_t self, const void *state, index_place_t *place)
{
    const remittance_t *remittance = state;
    (void) self;
    place->owner = remittance->request.sender;
    place->bucket = (uint8_t) (REMITTANCES_SENT + remittance->status);
    return remittance->status != REMITTANCE_NONE;
}

static bool
s_remittance_received (oid_t self, const void *state, index_place_t *place)
{
    const remittance_t *remittance = state;
    place->owner = remittance->request.receiver;
    return s_remittance (self, state, place) && remittance->departed;
}

//  A deleted one is in no list, as if it were not there.
static bool
s_webhook (oid_t self, const void *state, index_place_t *place)
{
    (void) self;
    place->bucket = ((const webhook_endpoint_t *) state)->status;
    return place->bucket != WEBHOOK_ENDPOINT_DELETED;
}

static bool
s_webhook_of_merchant (oid_t self, const void *state, index_place_t *place)
{
    place->owner = ((const webhook_endpoint_t *) state)->owner;
    return s_webhook (self, state, place) && !oid_is_none (place->owner);
}

static bool
s_webhook_of_operators (oid_t self, const void *state, index_place_t *place)
{
    const webhook_endpoint_t *endpoint = state;
    return s_webhook (self, state, place) && oid_is_none (endpoint->owner);
}

static bool
s_delivery_of_endpoint (oid_t self, const void *state, index_place_t *place)
{
    const delivery_t *delivery = state;
    (void) self;
    place->owner = delivery->endpoint;
    place->bucket = delivery->status;
    return true;
}

static const index_rule_t rules [] = {
    { OID_MEMBER, LIST_MEMBERS, s_member },
    { OID_MEMBER, LIST_ADDRESS_MEMBERS, s_member_at_address },
    { OID_PAYMENT, LIST_PAYMENTS, s_payment },
    { OID_PAYMENT, LIST_MEMBER_PAYMENTS, s_payment_of_member },
    { OID_PAYMENT, LIST_MERCHANT_PAYMENTS, s_payment_of_merchant },
    { OID_PAYMENT, LIST_BOTH_PAYMENTS, s_payment_of_both },
    { OID_APPROVAL, LIST_APPROVALS, s_approval },
    { OID_BANK_TRANSFER, LIST_TRANSFERS, s_transfer },
    { OID_BANK_TRANSFER, LIST_MEMBER_TRANSFERS, s_transfer_of_member },
    { OID_BANK_TRANSFER, LIST_ACCOUNT_TRANSFERS, s_transfer_of_account },
    { OID_SETTLEMENT, LIST_SETTLEMENTS, s_settlement },
    { OID_SETTLEMENT, LIST_MERCHANT_SETTLEMENTS, s_settlement_of_merchant },
    { OID_SETTLEMENT, LIST_RUN_SETTLEMENTS, s_settlement_of_run },
    { OID_REMITTANCE, LIST_REMITTANCES, s_remittance },
    { OID_REMITTANCE, LIST_MEMBER_REMITTANCES, s_remittance_sent },
    { OID_REMITTANCE, LIST_MEMBER_REMITTANCES, s_remittance_received },
    { OID_WEBHOOK_ENDPOINT, LIST_WEBHOOK_ENDPOINTS, s_webhook },
    { OID_WEBHOOK_ENDPOINT, LIST_MERCHANT_WEBHOOKS, s_webhook_of_merchant },
    { OID_WEBHOOK_ENDPOINT, LIST_OPERATOR_WEBHOOKS, s_webhook_of_operators },
    { OID_DELIVERY, LIST_ENDPOINT_DELIVERIES, s_delivery_of_endpoint },
};

//  ---------------------------------------------------------------------------
//  What is asked for, as buckets

//  Lists whose whole is all of their statuses.
static const struct {
    uint8_t list, status_last;
} whole [] = {
    { LIST_MEMBERS, MEMBER_ERASED },
    { LIST_ADDRESS_MEMBERS, MEMBER_ERASED },
    { LIST_PAYMENTS, PAYMENT_STATUS_COUNT - 1 },
    { LIST_MEMBER_PAYMENTS, PAYMENT_STATUS_COUNT - 1 },
    { LIST_MERCHANT_PAYMENTS, PAYMENT_STATUS_COUNT - 1 },
    { LIST_BOTH_PAYMENTS, PAYMENT_STATUS_COUNT - 1 },
    { LIST_APPROVALS, APPROVAL_EXPIRED },
    { LIST_TRANSFERS, BANK_TRANSFER_REJECTED },
    { LIST_MEMBER_TRANSFERS, BANK_TRANSFER_REJECTED },
    { LIST_ACCOUNT_TRANSFERS, BANK_TRANSFER_REJECTED },
    { LIST_SETTLEMENTS, SETTLEMENT_FAILED },
    { LIST_MERCHANT_SETTLEMENTS, SETTLEMENT_FAILED },
    { LIST_RUN_SETTLEMENTS, SETTLEMENT_FAILED },
    { LIST_SAGAS, SAGA_PARKED },
    { LIST_WEBHOOK_ENDPOINTS, WEBHOOK_ENDPOINT_DISABLED },
    { LIST_MERCHANT_WEBHOOKS, WEBHOOK_ENDPOINT_DISABLED },
    { LIST_OPERATOR_WEBHOOKS, WEBHOOK_ENDPOINT_DISABLED },
    { LIST_ENDPOINT_DELIVERIES, DELIVERY_DISCARDED },
};

//  Everything is sent by somebody.
static uint32_t
s_remittance_buckets (list_t list, uint8_t asked)
{
    uint32_t buckets = 0;
    for (uint8_t direction = REMITTANCES_SENT; direction <= REMITTANCES_RECEIVED;
         direction = (uint8_t) (direction + REMITTANCES_SENT)) {
        uint8_t wanted = asked & (REMITTANCES_SENT | REMITTANCES_RECEIVED);
        bool meant = wanted == 0 || wanted == direction
                     || (list == LIST_REMITTANCES && wanted == REMITTANCES_SENT);
        for (uint8_t status = 1; meant && status < REMITTANCES_SENT; status++) {
            uint8_t only = asked & (REMITTANCES_SENT - 1);
            buckets |= only == 0 || only == status ? 1u << (direction + status) : 0;
        }
    }
    return buckets;
}

static uint32_t
s_buckets (list_t list, uint8_t asked)
{
    if (list == LIST_REMITTANCES || list == LIST_MEMBER_REMITTANCES) {
        return s_remittance_buckets (list, asked);
    }
    for (size_t index = 0; asked == 0 && index < COUNT (whole); index++) {
        if (whole [index].list == list) {
            return (2u << whole [index].status_last) - 2;
        }
    }
    return 1u << asked;
}

static size_t
s_ranges (list_t list, oid_t owner, uint8_t asked, uint8_t (*ret_prefixes) [ROW_PREFIX_SIZE])
{
    size_t count = 0;
    uint32_t buckets = s_buckets (list, asked);
    for (uint8_t at = 0; at < INDEX_BUCKETS_MAX; at++) {
        if (buckets & 1u << at) {
            (void) projection_prefix (list, owner, at, ret_prefixes [count++]);
        }
    }
    return count;
}

size_t
index_ranges (list_t list, oid_t owner, uint8_t bucket,
              uint8_t ret_prefixes [INDEX_RANGES_MAX][ROW_PREFIX_SIZE])
{
    size_t type_count, count = 0;
    const aggregate_type_t *const *types = registry_all (&type_count);
    if (list != LIST_SAGAS || !oid_is_none (owner)) {
        return s_ranges (list, owner, bucket, ret_prefixes);
    }
    for (size_t index = 0; index < type_count; index++) {
        if (types [index]->finished) {
            owner.kind = types [index]->kind;
            count += s_ranges (list, owner, bucket, ret_prefixes + count);
            assert (count <= INDEX_RANGES_MAX);
        }
    }
    return count;
}

//  ---------------------------------------------------------------------------

oid_t
index_address (const uint8_t *hash, size_t size)
{
    oid_t owner = { .kind = OID_MEMBER };
    memcpy (owner.bytes, hash, size < OID_BYTES ? size : OID_BYTES);
    return owner;
}

oid_t
index_both (oid_t member, oid_t merchant)
{
    for (size_t index = 0; index < OID_BYTES; index++) {
        member.bytes [index] ^= merchant.bytes [index];
    }
    return member;
}

oid_t
index_order (const char *order_id)
{
    static const uint8_t no_key [DERIVE_KEY_SIZE];
    derive_t derive;
    derive_start (&derive, no_key, "order");
    derive_text (&derive, order_id);
    return derive_oid (&derive, OID_PAYMENT);
}

uint8_t
index_payment_status (const payment_t *payment)
{
    bool passing = payment->status == PAYMENT_AUTHORIZED && !payment->authorizes;
    return passing ? PAYMENT_REQUESTED : payment->status;
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
    index_place_t place = { { .kind = self.kind }, parked ? SAGA_PARKED : SAGA_OPEN };
    s_put_row (&rows [0], LIST_SAGAS, place, head->created_at_ms, self);
    return 1;
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
