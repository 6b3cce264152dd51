//  reconciliations - POST reconciliations, GET reconciliations, one of them, and resolve.

#include "actors/money.h"
#include "actors/reconciliation.h"
#include "edge/edge_self.h"
#include "edge/resources.h"

//  ---------------------------------------------------------------------------
//  The object

static void
s_date (request_t *self, int64_t day)
{
    char date [16] = "";
    time_t at = (time_t) (day * 86400);
    struct tm parts;
    if (gmtime_r (&at, &parts)) {
        strftime (date, sizeof date, "%Y-%m-%d", &parts);
    }
    out_text (&self->out, "date", date);
}

static void
s_item (request_t *self, uint32_t number, const bank_difference_t *item,
        const reconciliation_mark_t *mark)
{
    static const char *const kinds [] = {
        [BANK_MISSING_THERE] = "missing_at_bank",
        [BANK_MISSING_HERE] = "missing_with_us",
        [BANK_DIFFERENT_AMOUNT] = "different_amount",
    };
    static const char *const statuses [] = {
        [RECONCILIATION_ITEM_OPEN] = "open",
        [RECONCILIATION_ITEM_PROPOSED] = "awaiting_approval",
        [RECONCILIATION_ITEM_POSTING] = "posting",
    };
    bool posted = mark->status == RECONCILIATION_ITEM_POSTED;
    out_object (&self->out, NULL);
    out_i64 (&self->out, "item", number);
    out_text (&self->out, "kind", kinds [item->kind]);
    out_text (&self->out, "bank_transfer_id", item->transfer);
    out_i64 (&self->out, "bank_amount", item->bank_minor);
    out_i64 (&self->out, "our_amount", item->our_minor);
    out_text (&self->out, "status", mark->resolved ? "resolved" : statuses [mark->status]);
    out_text (&self->out, "resolved_as", mark->resolved ? posted ? "post" : "accept" : NULL);
    if (mark->resolved) {
        out_time (&self->out, "resolved_at", mark->at_ms);
    }
    else {
        out_null (&self->out, "resolved_at");
    }
    out_text (&self->out, "operator", *mark->operator ? mark->operator : NULL);
    out_text (&self->out, "confirmed_by", *mark->confirmed_by ? mark->confirmed_by : NULL);
    out_oid (&self->out, "approval_id", mark->approval);
    answer_failure (self, (verdict_t) mark->verdict);
    out_close (&self->out, '}');
}

static void
s_object (request_t *self, const char *key, const node_reply_t *reply, const void *state)
{
    static const char *const statuses [] = {
        [RECONCILIATION_NONE] = "processing",
        [RECONCILIATION_FETCHING] = "processing",
        [RECONCILIATION_DONE] = "succeeded",
        [RECONCILIATION_FAILED] = "failed",
    };
    const reconciliation_t *reconciliation = state;
    const bank_stated_t *stated = &reconciliation->stated;

    answer_head (self, key, reply, reply->aggregate, "reconciliation",
                 statuses [reconciliation->status]);
    s_date (self, reconciliation->day);
    out_bool (&self->out, "daily", reconciliation->daily);
    out_i64 (&self->out, "matched", stated->matched_count);
    out_i64 (&self->out, "matched_amount", stated->matched_minor);
    out_i64 (&self->out, "pending", stated->pending_count);
    out_i64 (&self->out, "differences", stated->difference_count);
    out_i64 (&self->out, "open", reconciliation->open_count);
    out_i64 (&self->out, "bank_in", stated->bank_in_minor);
    out_i64 (&self->out, "bank_out", stated->bank_out_minor);
    out_text (&self->out, "currency", "KRW");
    out_array (&self->out, "items");
    for (uint32_t index = 0; index < stated->item_count; index++) {
        s_item (self, index + 1, &stated->items [index], &reconciliation->marks [index]);
    }
    out_close (&self->out, ']');
    answer_failure (self, reconciliation->verdict);
    out_close (&self->out, '}');
}

//  ---------------------------------------------------------------------------
//  POST

typedef struct {
    char date [11];
} start_input_t;

static const input_field_t s_start_fields [] = {
    { "date", INPUT_TEXT, INPUT_OPTIONAL, AT (start_input_t, date), 10, 10 },
};

//  The day asked for; yesterday if none is. False: it is none, or still to come.
static bool
s_day (const start_input_t *input, int64_t *ret_day)
{
    char text [32];
    int64_t at_ms, today = money_seoul_day (wall_ms ());
    *ret_day = today - 1;
    if (!*input->date) {
        return true;
    }
    snprintf (text, sizeof text, "%sT00:00:00+09:00", input->date);
    if (!answer_read_time (text, &at_ms) || at_ms < 0) {
        return false;
    }
    *ret_day = money_seoul_day (at_ms);
    return *ret_day <= today;
}

static void
s_start_prepare (request_t *self)
{
    int64_t day;
    if (!s_day ((const start_input_t *) self->input, &day)) {
        problem_field (&self->problem, "/", "date", FAULT_MALFORMED,
                       "The value must be a date, YYYY-MM-DD, not after today in Seoul");
    }
}

static void
s_start_decide (request_t *self)
{
    reconciliation_start_t start = { 0 };
    (void) s_day ((const start_input_t *) self->input, &start.day);
    request_command (self, scope_oid (self->edge->config.keyring, &self->scope, OID_RECONCILIATION),
                     RECONCILIATION_START, &start, sizeof start);
}

static void
s_start_render (request_t *self)
{
    reconciliation_t reconciliation;
    (void) reply_state (answer_decided (self), &reconciliation);
    ending_t ending = { OUTCOME_RUNNING, VERDICT_ACCEPTED };
    if (reconciliation.status == RECONCILIATION_DONE) {
        ending = ending_now ();
    }
    else if (reconciliation.status == RECONCILIATION_FAILED) {
        ending = (ending_t) { OUTCOME_FAILED, reconciliation.verdict };
    }
    answer_write (self, 201, s_object, ending);
}

//  ---------------------------------------------------------------------------
//  GET, and resolving an item

static void
s_read_render (request_t *self)
{
    answer_read (self, s_object, NULL);
}

static void
s_row (request_t *self, const list_row_t *row)
{
    answer_row (self, row, s_object);
}

static void
s_list_render (request_t *self)
{
    answer_list (self, LIST_RECONCILIATIONS, (oid_t) { 0 }, s_row);
}

typedef struct {
    int64_t item;
    char reason [REASON_SIZE];
    char decision [16];
} resolve_input_t;

static const input_field_t s_resolve_fields [] = {
    { "item", INPUT_INTEGER, INPUT_REQUIRED, AT (resolve_input_t, item), 1, RECONCILIATION_ITEMS },
    { "reason", INPUT_TEXT, INPUT_REQUIRED, AT (resolve_input_t, reason), 1, 200 },
    { "decision", INPUT_TOKEN, INPUT_OPTIONAL, AT (resolve_input_t, decision), 1, 15 },
};

static void
s_resolve_prepare (request_t *self)
{
    const resolve_input_t *input = (const resolve_input_t *) self->input;
    if (*input->decision && strcmp (input->decision, "accept") != 0
        && strcmp (input->decision, "post") != 0) {
        problem_field (&self->problem, "/", "decision", FAULT_OUT_OF_RANGE, "One of accept, post");
    }
}

static void
s_resolve_decide (request_t *self)
{
    const resolve_input_t *input = (const resolve_input_t *) self->input;
    reconciliation_resolve_t resolve = {
        .item = (uint32_t) input->item,
        .post = strcmp (input->decision, "post") == 0,
    };
    memcpy (resolve.reason, input->reason, sizeof resolve.reason);
    memcpy (resolve.operator, self->caller.subject, sizeof self->caller.subject);
    request_command (self, self->path_oid, RECONCILIATION_RESOLVE, &resolve, sizeof resolve);
}

static void
s_resolve_render (request_t *self)
{
    const resolve_input_t *input = (const resolve_input_t *) self->input;
    reconciliation_t reconciliation;
    (void) reply_state (answer_decided (self), &reconciliation);
    const reconciliation_mark_t *mark = &reconciliation.marks [input->item - 1];
    ending_t ending = { OUTCOME_RUNNING, VERDICT_ACCEPTED };
    if (mark->resolved) {
        ending = ending_now ();
    }
    else if (mark->status == RECONCILIATION_ITEM_OPEN) {
        ending = (ending_t) { OUTCOME_FAILED, mark->verdict };
    }
    answer_write (self, 200, s_object, ending);
}

static const route_t s_routes [] = {
    { "POST", "/v1/reconciliations", .roles = MAY_OPERATOR, ROUTE_FIELDS (s_start_fields),
      .looks = true, .prepare = s_start_prepare, .decide = s_start_decide,
      .render = s_start_render },
    { "GET", "/v1/reconciliations", .roles = MAY_OPERATOR, ROUTE_QUERIES (list_queries),
      .syncs = true, .render = s_list_render },
    { "GET", "/v1/reconciliations/{id}", OID_RECONCILIATION, MAY_OPERATOR,
      .render = s_read_render },
    { "POST", "/v1/reconciliations/{id}/resolve", OID_RECONCILIATION, MAY_OPERATOR,
      ROUTE_FIELDS (s_resolve_fields), .prepare = s_resolve_prepare, .decide = s_resolve_decide,
      .render = s_resolve_render },
};
const route_table_t reconciliation_routes = { s_routes, COUNT (s_routes) };
