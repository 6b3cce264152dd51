//  settlements - POST settlements (a run), GET settlements, GET settlements/{id} and its
//  items.
//
//  A run is an aggregate of its own: the client gets the list of what it cut, as far as
//  it came within the wait, and the rest by GET settlements?run_id=.

#include "actors/merchant.h"
#include "actors/settlement.h"
#include "actors/settlement_run.h"
#include "edge/edge_self.h"
#include "edge/resources.h"

static const char *const s_statuses [] = {
    [SETTLEMENT_NONE] = NULL,         [SETTLEMENT_CLOSED] = "closed",
    [SETTLEMENT_PAYING] = "paying",   [SETTLEMENT_SETTLED] = "settled",
    [SETTLEMENT_CARRIED] = "carried", [SETTLEMENT_PARKED] = "parked",
    [SETTLEMENT_FAILED] = "failed",
};

static void
s_time_or_null (request_t *self, const char *name, int64_t at_ms)
{
    if (at_ms) {
        out_time (&self->out, name, at_ms);
    }
    else {
        out_null (&self->out, name);
    }
}

static void
s_oid_or_null (request_t *self, const char *name, oid_t oid)
{
    if (oid_is_none (oid)) {
        out_null (&self->out, name);
    }
    else {
        out_oid (&self->out, name, oid);
    }
}

void
settlement_object (request_t *self, const char *key, const node_reply_t *reply, const void *state)
{
    const settlement_t *settlement = state;
    const settlement_start_t *start = &settlement->start;
    const merchant_window_closed_t *window = &start->window;

    answer_head (self, key, reply, reply->aggregate, "settlement", s_statuses [settlement->status]);
    out_oid (&self->out, "merchant_id", start->merchant);
    out_i64 (&self->out, "window", window->window);
    out_i64 (&self->out, "item_count", window->item_count);
    out_i64 (&self->out, "gross", window->gross_minor);
    out_i64 (&self->out, "refunds", window->refunds_minor);
    out_i64 (&self->out, "fee", window->fee_minor);
    out_i64 (&self->out, "carried", window->carried_minor);
    answer_amount (self, "net", window->net_minor);
    out_time (&self->out, "opened_at", start->opened_at_ms);
    out_time (&self->out, "closed_at", start->closed_at_ms);
    s_time_or_null (self, "settled_at", settlement->settled_at_ms);
    out_oid (&self->out, "bank_account_id", start->bank_account);
    s_oid_or_null (self, "bank_transfer_id", settlement->transfer);
    out_i64 (&self->out, "attempts", settlement->attempt);
    s_time_or_null (self, "next_attempt_at", settlement->next_attempt_ms);
    s_oid_or_null (self, "run_id", start->run);
    answer_failure (self, settlement->verdict);
    out_close (&self->out, '}');
}

static void
s_row (request_t *self, const list_row_t *row)
{
    answer_row (self, row, settlement_object);
}

//  ---------------------------------------------------------------------------
//  POST: a run

enum { BEGINS_WITHIN_MS = 60 * 60 * 1000 };

typedef struct {
    oid_t merchant;
    char until [40];
} run_input_t;

static const input_field_t s_run_fields [] = {
    { "merchant_id", INPUT_OID, INPUT_OPTIONAL, AT (run_input_t, merchant),
      .oid_kind = OID_MERCHANT },
    { "until", INPUT_TEXT, INPUT_OPTIONAL, AT (run_input_t, until), 1, 39 },
};

static void
s_run_prepare (request_t *self)
{
    const run_input_t *input = (const run_input_t *) self->input;
    int64_t until_ms;
    if (*input->until && !answer_read_time (input->until, &until_ms)) {
        problem_field (&self->problem, "/", "until", FAULT_MALFORMED,
                       "The value must be an RFC 3339 time");
        return;
    }
    if (!oid_is_none (input->merchant)) {
        request_read (self, input->merchant);
    }
}

static void
s_run_decide (request_t *self)
{
    const run_input_t *input = (const run_input_t *) self->input;
    settlement_run_start_t start = { .merchant = input->merchant };
    merchant_t merchant;

    if (!oid_is_none (input->merchant) && !request_fact (self, 0, &merchant)) {
        request_refuse (self, VERDICT_MERCHANT_NOT_FOUND);
        return;
    }
    if (*input->until) {
        (void) answer_read_time (input->until, &start.until_ms);
        start.until_ms = start.until_ms > 0 ? start.until_ms : 1;
    }
    request_command (self, scope_oid (self->edge->config.keyring, &self->scope, OID_SETTLEMENT_RUN),
                     SETTLEMENT_RUN_START, &start, sizeof start);
}

static int64_t
s_until_ms (const request_t *self)
{
    int64_t until_ms = 0;
    (void) answer_read_time (((const run_input_t *) self->input)->until, &until_ms);
    return until_ms;
}

static int64_t
s_cut_ms (const list_row_t *row)
{
    settlement_t settlement;
    bool read = shape_unpack (settlement_aggregate.state, row->state, row->state_size, &settlement);
    assert (read);
    return settlement.start.closed_at_ms;
}

typedef struct {
    int64_t until_ms;
    int64_t before_ms;  //  0: none was found yet
} newest_t;

static void
s_newest_row (void *context, const list_row_t *row)
{
    newest_t *newest = context;
    if (!newest->before_ms && s_cut_ms (row) <= newest->until_ms) {
        newest->before_ms = row->created_at_ms + 1;
    }
}

//  Lists are in the order in which settlements began: moments after their windows were
//  cut, later if the node was down in between. Looks behind `until` for the last that was
//  cut by then. False: the problem is set.
static bool
s_begin_at (request_t *self, list_query_t *query, int64_t until_ms)
{
    newest_t newest = { .until_ms = until_ms };
    list_query_t later = *query;
    list_cursor_t cursor = { 0 };
    bool more = true;
    later.after_ms = until_ms - 1;
    later.before_ms = until_ms + BEGINS_WITHIN_MS;
    while (more && !newest.before_ms) {
        if (!answer_status (self, list_find (self->edge->config.node, &later, &cursor, 100,
                                             s_newest_row, &newest, &more))) {
            return false;
        }
    }
    query->before_ms = newest.before_ms ? newest.before_ms : until_ms;
    return true;
}

static void
s_past_row (request_t *self, const list_row_t *row)
{
    if (s_cut_ms (row) <= s_until_ms (self)) {
        s_row (self, row);
    }
}

//  What the run cut; or, with a past `until`, what was cut up to then by whomever, paid
//  or not.
static void
s_run_render (request_t *self)
{
    const node_reply_t *reply = answer_decided (self);
    settlement_run_t run;
    (void) reply_state (reply, &run);
    list_query_t query = { .list = LIST_RUN_SETTLEMENTS, .owner = reply->aggregate };
    bool past = run.status == SETTLEMENT_RUN_ENDED && run.visited == 0 && run.start.until_ms > 0
                && run.start.until_ms < reply->created_at_ms;
    if (past) {
        query.list =
            oid_is_none (run.start.merchant) ? LIST_SETTLEMENTS : LIST_MERCHANT_SETTLEMENTS;
        query.owner = run.start.merchant;
        if (!s_begin_at (self, &query, run.start.until_ms)) {
            return;
        }
    }
    answer_find (self, &query, 100, past ? s_past_row : s_row);
    self->http = request_failed (self) ? self->http : MHD_HTTP_ACCEPTED;
}

//  ---------------------------------------------------------------------------
//  GET

//  A merchant sees its own; its id is its token's subject.
static bool
s_sees (const request_t *self, const void *state)
{
    return request_may (self, ((const settlement_t *) state)->start.merchant);
}

static void
s_read_render (request_t *self)
{
    answer_read (self, settlement_object, s_sees);
}

static const query_field_t s_queries [] = {
    { "limit", 0 },          { "cursor", 0 },      { "min_sequence", 0 }, { "created_after", 0 },
    { "created_before", 0 }, { "merchant_id", 0 }, { "status", 0 },       { "run_id", 0 },
};

typedef struct {
    oid_t merchant, run;  //  NONE: not asked for
    uint8_t bucket;
} settlement_query_t;

static bool
s_query (request_t *self, settlement_query_t *ret_query)
{
    bool read = answer_query_status (self, s_statuses, COUNT (s_statuses), &ret_query->bucket)
                && request_query_owner (self, "merchant_id", OID_MERCHANT, &ret_query->merchant);
    ret_query->run = (oid_t) { 0 };
    if (read && target_value (&self->target, "run_id")) {
        read = request_query_id (self, "run_id", OID_SETTLEMENT_RUN, &ret_query->run);
    }
    return read;
}

static void
s_list_prepare (request_t *self)
{
    settlement_query_t query;
    (void) s_query (self, &query);
}

static bool
s_is_of_run (request_t *self, const void *state)
{
    settlement_query_t query;
    return s_query (self, &query)
           && oid_equal (((const settlement_t *) state)->start.run, query.run);
}

//  A run cut a window or two of a merchant: of both they are looked for among the merchant's.
static void
s_list_render (request_t *self)
{
    settlement_query_t query;
    if (!s_query (self, &query)) {
        return;
    }
    bool of_run = !oid_is_none (query.run), of_merchant = !oid_is_none (query.merchant);
    list_query_t list = {
        .list = of_merchant ? LIST_MERCHANT_SETTLEMENTS
                : of_run    ? LIST_RUN_SETTLEMENTS
                            : LIST_SETTLEMENTS,
        .owner = of_merchant ? query.merchant : query.run,
        .bucket = query.bucket,
    };
    answer_list_wanted (self, &list, of_run && of_merchant ? s_is_of_run : NULL, s_row);
}

//  The reference begins with the payment's or refund's id.
static void
s_item (request_t *self, const list_row_t *row)
{
    const entry_t *entry = &row->entry;
    char source [OID_TEXT_SIZE] = "";
    memcpy (source, entry->reference, OID_TEXT_SIZE - 1);
    int64_t signed_minor = entry->incoming ? entry->amount_minor : -entry->amount_minor;

    out_object (&self->out, NULL);
    out_text (&self->out, "object", "settlement_item");
    out_text (&self->out, "type", entry->incoming ? "capture" : "refund");
    out_text (&self->out, entry->incoming ? "payment_id" : "refund_id", source);
    out_text (&self->out, "reference", entry->reference);
    answer_amount (self, "amount", entry->amount_minor);
    out_i64 (&self->out, "fee", entry->fee_minor);
    out_i64 (&self->out, "net", signed_minor - entry->fee_minor);
    out_time (&self->out, "created_at", entry->at_ms);
    out_close (&self->out, '}');
}

static void
s_items_prepare (request_t *self)
{
    request_read (self, self->path_oid);
}

static void
s_items_render (request_t *self)
{
    settlement_t settlement;
    if (!request_fact (self, 0, &settlement) || !s_sees (self, &settlement)) {
        request_fail (self, PROBLEM_NOT_FOUND, NULL);
        return;
    }
    answer_list (self, LIST_SETTLEMENT_ITEMS, self->path_oid, s_item);
}

static const route_t s_routes [] = {
    { "POST", "/v1/settlements", .roles = MAY_OPERATOR, ROUTE_FIELDS (s_run_fields), .syncs = true,
      .prepare = s_run_prepare, .decide = s_run_decide, .render = s_run_render },
    { "GET", "/v1/settlements", .roles = MAY_OPERATOR | MAY_MERCHANT, ROUTE_QUERIES (s_queries),
      .syncs = true, .prepare = s_list_prepare, .render = s_list_render },
    { "GET", "/v1/settlements/{id}", OID_SETTLEMENT, MAY_OPERATOR | MAY_MERCHANT,
      .render = s_read_render },
    { "GET", "/v1/settlements/{id}/items", OID_SETTLEMENT, MAY_OPERATOR | MAY_MERCHANT,
      ROUTE_QUERIES (list_queries), .syncs = true, .prepare = s_items_prepare,
      .render = s_items_render },
};
const route_table_t settlement_routes = { s_routes, COUNT (s_routes) };
