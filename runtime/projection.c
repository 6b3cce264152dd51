//  projection - events to rows, by the table at the end.

#include "actors/bank_account.h"
#include "actors/merchant.h"
#include "actors/payment.h"
#include "actors/recharge.h"
#include "actors/reconciliation.h"
#include "actors/refund.h"
#include "actors/wallet.h"
#include "actors/withdrawal.h"
#include "runtime/index.h"
#include "runtime/projection.h"

enum { EVENT_STRUCT_MAX = 16 * 1024 };

//  What a rule says of an event: whose list, and the entry if it is one.
typedef struct {
    oid_t owner;
    entry_t entry;
} projected_t;

typedef void (project_fn) (oid_t self, const void *event, projected_t *projected);

typedef struct {
    uint8_t kind;  //  Of the aggregate
    uint8_t event;
    uint8_t list;
    bool is_entry;  //  Else the object itself, at its first event
    project_fn *project;
} projection_rule_t;

//  ---------------------------------------------------------------------------
//  Entries of a wallet: what changed its balance

static void
s_entry (oid_t self, bool incoming, reference_t reference, int64_t amount_minor,
         int64_t balance_after_minor, projected_t *projected)
{
    projected->owner = self;
    projected->entry = (entry_t) {
        .incoming = incoming,
        .amount_minor = amount_minor,
        .balance_after_minor = balance_after_minor,
    };
    reference_format (reference, projected->entry.reference);
}

static void
s_credited (oid_t self, const void *event, projected_t *projected)
{
    const wallet_moved_t *moved = event;
    s_entry (self, true, moved->reference, moved->amount_minor, moved->balance_after_minor,
             projected);
}

static void
s_debited (oid_t self, const void *event, projected_t *projected)
{
    const wallet_moved_t *moved = event;
    s_entry (self, false, moved->reference, moved->amount_minor, moved->balance_after_minor,
             projected);
}

static void
s_captured (oid_t self, const void *event, projected_t *projected)
{
    const wallet_captured_t *captured = event;
    s_entry (self, false, captured->reference, captured->amount_minor,
             captured->balance_after_minor, projected);
}

//  The hold that is placed with it changes nothing of the balance.
static void
s_funded (oid_t self, const void *event, projected_t *projected)
{
    const wallet_funded_t *funded = event;
    s_entry (self, true, funded->reference, funded->amount_minor, funded->balance_after_minor,
             projected);
}

static void
s_adjusted (oid_t self, const void *event, projected_t *projected)
{
    const wallet_adjusted_t *adjusted = event;
    s_entry (self, adjusted->increase, adjusted->reference, adjusted->amount_minor,
             adjusted->balance_after_minor, projected);
}

//  ---------------------------------------------------------------------------
//  Items of a settlement: what its window holds. They are there before it is closed.

static void
s_item_captured (oid_t self, const void *event, projected_t *projected)
{
    const merchant_captured_t *captured = event;
    s_entry (captured->settlement, true, captured->reference, captured->amount_minor, 0, projected);
    projected->entry.fee_minor = captured->fee_minor;
    (void) self;
}

static void
s_item_refunded (oid_t self, const void *event, projected_t *projected)
{
    const merchant_refunded_t *refunded = event;
    const merchant_refund_t *refund = &refunded->refund;
    s_entry (refunded->settlement, false, refund->reference, refund->amount_minor, 0, projected);
    projected->entry.fee_minor = -refund->fee_back_minor;
    (void) self;
}

//  ---------------------------------------------------------------------------
//  Objects by their owner

static void
s_recharge_of_wallet (oid_t self, const void *event, projected_t *projected)
{
    (void) self;
    projected->owner = ((const recharge_requested_t *) event)->request.wallet;
}

static void
s_withdrawal_of_wallet (oid_t self, const void *event, projected_t *projected)
{
    (void) self;
    projected->owner = ((const withdrawal_requested_t *) event)->request.wallet;
}

static void
s_account_of_member (oid_t self, const void *event, projected_t *projected)
{
    (void) self;
    projected->owner = ((const bank_account_link_requested_t *) event)->party.member;
}

static void
s_of_everybody (oid_t self, const void *event, projected_t *projected)
{
    (void) self;
    (void) event;
    projected->owner = (oid_t) { .kind = OID_NONE };
}

static void
s_merchant_of_member (oid_t self, const void *event, projected_t *projected)
{
    (void) self;
    projected->owner = ((const merchant_registered_t *) event)->member;
}

//  Whoever the merchant is.
static void
s_payment_of_order (oid_t self, const void *event, projected_t *projected)
{
    (void) self;
    projected->owner = index_order (((const payment_requested_t *) event)->order_id);
}

static void
s_refund_of_payment (oid_t self, const void *event, projected_t *projected)
{
    (void) self;
    projected->owner = ((const refund_request_t *) event)->payment;
}

static const projection_rule_t rules [] = {
    { OID_WALLET, WALLET_CREDITED, LIST_WALLET_ENTRIES, true, s_credited },
    { OID_WALLET, WALLET_DEBITED, LIST_WALLET_ENTRIES, true, s_debited },
    { OID_WALLET, WALLET_CAPTURED, LIST_WALLET_ENTRIES, true, s_captured },
    { OID_WALLET, WALLET_FUNDED, LIST_WALLET_ENTRIES, true, s_funded },
    { OID_WALLET, WALLET_WAS_ADJUSTED, LIST_WALLET_ENTRIES, true, s_adjusted },
    { OID_RECHARGE, RECHARGE_WAS_REQUESTED, LIST_WALLET_RECHARGES, false, s_recharge_of_wallet },
    { OID_WITHDRAWAL, WITHDRAWAL_WAS_REQUESTED, LIST_WALLET_WITHDRAWALS, false,
      s_withdrawal_of_wallet },
    { OID_BANK_ACCOUNT, BANK_ACCOUNT_LINK_REQUESTED, LIST_MEMBER_BANK_ACCOUNTS, false,
      s_account_of_member },
    { OID_BANK_ACCOUNT, BANK_ACCOUNT_LINK_REQUESTED, LIST_BANK_ACCOUNTS, false, s_of_everybody },
    { OID_MERCHANT, MERCHANT_REGISTERED, LIST_MERCHANTS, false, s_of_everybody },
    { OID_MERCHANT, MERCHANT_REGISTERED, LIST_MEMBER_MERCHANTS, false, s_merchant_of_member },
    { OID_PAYMENT, PAYMENT_WAS_REQUESTED, LIST_ORDER_PAYMENTS, false, s_payment_of_order },
    { OID_REFUND, REFUND_WAS_REQUESTED, LIST_PAYMENT_REFUNDS, false, s_refund_of_payment },
    { OID_MERCHANT, MERCHANT_CAPTURED, LIST_SETTLEMENT_ITEMS, true, s_item_captured },
    { OID_MERCHANT, MERCHANT_REFUNDED, LIST_SETTLEMENT_ITEMS, true, s_item_refunded },
    { OID_RECONCILIATION, RECONCILIATION_STARTED, LIST_RECONCILIATIONS, false, s_of_everybody },
};

//  ---------------------------------------------------------------------------

static const field_t entry_fields [] = {
    FIELD (U32, entry_t, incoming),
    FIELD (I64, entry_t, amount_minor),
    FIELD (I64, entry_t, balance_after_minor),
    FIELD (I64, entry_t, at_ms),
    FIELD (TEXT, entry_t, reference),
    FIELD (I64, entry_t, fee_minor),
};

const shape_t entry_shape = SHAPE (entry_t, entry_fields);

static void
s_put_u64 (uint8_t *bytes, uint64_t value)
{
    for (int index = 7; index >= 0; index--) {
        bytes [index] = (uint8_t) value;
        value >>= 8;
    }
}

size_t
projection_prefix (list_t list, oid_t owner, uint8_t bucket, uint8_t ret_prefix [ROW_PREFIX_SIZE])
{
    ret_prefix [0] = (uint8_t) list;
    memcpy (ret_prefix + 1, &owner, sizeof owner);
    ret_prefix [1 + sizeof owner] = bucket;
    return ROW_PREFIX_SIZE;
}

void
projection_time (int64_t at_ms, uint8_t ret_bytes [8])
{
    s_put_u64 (ret_bytes, at_ms < 0 ? 0 : (uint64_t) at_ms);
}

static void
s_write_row (const projection_rule_t *rule, oid_t self, uint64_t version, int64_t at_ms,
             projected_t *projected, row_t *row)
{
    size_t size = projection_prefix (rule->list, projected->owner, /* bucket= */ 0, row->key);
    projection_time (at_ms, row->key + size);
    size += 8;
    if (rule->is_entry) {
        s_put_u64 (row->key + size, version);
        size += 8;
        projected->entry.at_ms = at_ms;
        row->value_size =
            (uint8_t) shape_pack (&entry_shape, &projected->entry, row->value, sizeof row->value);
        assert (row->value_size > 0);
    }
    else {
        memcpy (row->key + size, &self, sizeof self);
        size += sizeof self;
        row->value_size = 0;
    }
    row->key_size = (uint8_t) size;
}

size_t
projection_rows (const record_head_t *head, const record_event_t *event, uint64_t version,
                 row_t ret_rows [ROWS_PER_EVENT_MAX])
{
    _Alignas(max_align_t) uint8_t value [EVENT_STRUCT_MAX];
    bool unpacked = false;
    size_t count = 0;
    oid_t self;
    memcpy (&self, head->aggregate, sizeof self);
    for (size_t index = 0; index < COUNT (rules); index++) {
        const projection_rule_t *rule = &rules [index];
        if (rule->kind != self.kind || rule->event != event->type
            || (!rule->is_entry && version != 1)) {
            continue;
        }
        const shape_t *shape = registry_find (self.kind)->events [event->type].shape;
        assert (shape->size <= sizeof value);
        unpacked = unpacked || shape_unpack (shape, event->payload, event->size, value);
        assert (unpacked && count < ROWS_PER_EVENT_MAX);
        projected_t projected = { 0 };
        rule->project (self, value, &projected);
        s_write_row (rule, self, version, head->at_ms, &projected, &ret_rows [count++]);
    }
    return count;
}
