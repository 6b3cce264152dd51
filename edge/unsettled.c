#include "edge/unsettled.h"

#include "actors/bank_transfer.h"
#include "actors/recharge.h"
#include "actors/settlement.h"
#include "edge/edge_self.h"

enum { PAGE = 50 };

typedef struct {
    bool open;
    size_t count;
    oid_t merchants [PAGE];
} look_t;

typedef struct {
    list_t list;
    oid_t owner;
    uint8_t bucket;
    list_row_fn *row;
} view_t;

static void
s_any (void *context, const list_row_t *row)
{
    look_t *look = context;
    (void) row;
    look->open = true;
}

//  A recharge that is not at rest, or waits for an operator.
static void
s_recharge (void *context, const list_row_t *row)
{
    _Alignas(max_align_t) uint8_t state [sizeof (recharge_t)];
    look_t *look = context;
    bool read = shape_unpack (recharge_aggregate.state, row->state, row->state_size, state);
    assert (read);
    look->open =
        look->open || !recharge_aggregate.finished (state) || recharge_aggregate.parked (state);
}

//  A merchant with money of its own; its settlements are looked for afterwards.
static void
s_merchant (void *context, const list_row_t *row)
{
    _Alignas(max_align_t) uint8_t state [sizeof (merchant_t)];
    look_t *look = context;
    bool read = shape_unpack (merchant_aggregate.state, row->state, row->state_size, state);
    assert (read);
    const merchant_t *merchant = (const merchant_t *) state;
    look->open = look->open || merchant->window.item_count > 0 || merchant->carried_minor != 0;
    look->merchants [look->count++] = row->object;
}

//  One page; *ret_more: there is another.
static bool
s_page (request_t *self, const view_t *view, list_cursor_t *cursor, look_t *look, bool *ret_more)
{
    list_query_t query = { .list = view->list, .owner = view->owner, .bucket = view->bucket };
    look->count = 0;
    return answer_status (self, list_find (self->edge->config.node, &query, cursor, PAGE, view->row,
                                           look, ret_more));
}

//  All pages, until something open is found.
static bool
s_look (request_t *self, const view_t *view, bool *open)
{
    list_cursor_t cursor = { 0 };
    bool more = true;
    while (more && !*open) {
        look_t look = { .open = false };
        if (!s_page (self, view, &cursor, &look, &more)) {
            return false;
        }
        *open = look.open;
    }
    return true;
}

static bool
s_look_at_settlements (request_t *self, oid_t merchant, bool *open)
{
    static const uint8_t buckets [] = { SETTLEMENT_CLOSED, SETTLEMENT_PAYING, SETTLEMENT_PARKED };
    bool able = true;
    for (size_t index = 0; able && index < COUNT (buckets); index++) {
        view_t view = { LIST_MERCHANT_SETTLEMENTS, merchant, buckets [index], s_any };
        able = s_look (self, &view, open);
    }
    return able;
}

bool
unsettled_to_close (request_t *self, oid_t member, bool *ret_open)
{
    view_t view = { LIST_MEMBER_MERCHANTS, member, 0, s_merchant };
    list_cursor_t cursor = { 0 };
    bool more = true;
    *ret_open = false;
    while (more && !*ret_open) {
        look_t look = { .open = false };
        if (!s_page (self, &view, &cursor, &look, &more)) {
            return false;
        }
        *ret_open = look.open;
        for (size_t index = 0; index < look.count && !*ret_open; index++) {
            if (!s_look_at_settlements (self, look.merchants [index], ret_open)) {
                return false;
            }
        }
    }
    return true;
}

bool
unsettled_to_erase (request_t *self, oid_t member, bool *ret_open)
{
    static const uint8_t buckets [] = { BANK_TRANSFER_REQUESTED, BANK_TRANSFER_UNKNOWN,
                                        BANK_TRANSFER_PARKED, BANK_TRANSFER_AWAITING_APPROVAL };
    bool able = unsettled_to_close (self, member, ret_open);
    for (size_t index = 0; able && index < COUNT (buckets); index++) {
        view_t view = { LIST_MEMBER_TRANSFERS, member, buckets [index], s_any };
        able = s_look (self, &view, ret_open);
    }
    view_t recharges = { LIST_WALLET_RECHARGES, oid_as (member, OID_WALLET), 0, s_recharge };
    return able && s_look (self, &recharges, ret_open);
}
