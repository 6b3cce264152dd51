//  wallets - POST wallets, GET wallets/{id}, GET wallets?member_id=…, a wallet's entries
//  and limits, and POST wallets/{id}/suspend|activate|close.
//
//  A wallet's id is its member's under another prefix, so whose it is needs no reading.

#include "actors/member.h"
#include "actors/wallet.h"
#include "edge/edge_self.h"
#include "edge/resources.h"

typedef struct {
    oid_t member;
} open_input_t;

static const input_field_t s_open_fields [] = {
    { "member_id", INPUT_OID, INPUT_REQUIRED, AT (open_input_t, member), .oid_kind = OID_MEMBER },
    { "currency", INPUT_CURRENCY, INPUT_REQUIRED },
};

static const query_field_t s_many_queries [] = { { "member_id", QUERY_REPEATS },
                                                 { "min_sequence" } };

static void
s_open_prepare (request_t *self)
{
    const open_input_t *input = (const open_input_t *) self->input;
    if (!request_may (self, input->member)) {
        request_fail (self, PROBLEM_NOT_FOUND, NULL);
        return;
    }
    request_read (self, input->member);
}

static void
s_open_decide (request_t *self)
{
    const open_input_t *input = (const open_input_t *) self->input;
    member_t member;
    (void) request_fact (self, 0, &member);
    wallet_open_t open = {
        .member = input->member,
        .currency = "KRW",
        .member_status = member.status,
    };
    request_command (self, oid_as (input->member, OID_WALLET), WALLET_OPEN, &open, sizeof open);
}

void
wallet_object (request_t *self, const char *key, const node_reply_t *reply, const void *state)
{
    static const char *const statuses [] = {
        [WALLET_ABSENT] = "processing",
        [WALLET_ACTIVE] = "active",
        [WALLET_SUSPENDED] = "suspended",
        [WALLET_CLOSED] = "closed",
    };
    const wallet_t *wallet = state;
    answer_head (self, key, reply, reply->aggregate, "wallet", statuses [wallet->status]);
    out_oid (&self->out, "member_id", wallet->member);
    out_i64 (&self->out, "balance", wallet_balance_minor (wallet));
    out_i64 (&self->out, "available", wallet->available_minor);
    out_i64 (&self->out, "held", wallet->held_minor);
    out_text (&self->out, "currency", wallet->currency);
    out_close (&self->out, '}');
}

static void
s_open_render (request_t *self)
{
    answer_write (self, 201, wallet_object, ending_now ());
}

static void
s_read_render (request_t *self)
{
    answer_read (self, wallet_object, NULL);
}

//  Asks for the member's wallet, once however often the id comes.
static void
s_many_read (request_t *self, const char *text)
{
    oid_t member;
    if (!oid_parse (text, &member) || member.kind != OID_MEMBER) {
        problem_field (&self->problem, "", "member_id", FAULT_MALFORMED,
                       "The value must be a member's id");
        return;
    }
    if (!request_may (self, member)) {
        request_fail (self, PROBLEM_NOT_FOUND, NULL);
        return;
    }
    oid_t wallet = oid_as (member, OID_WALLET);
    size_t index = 0;
    while (index < self->fact_count && !oid_equal (self->fact_oids [index], wallet)) {
        index++;
    }
    if (index == self->fact_count) {
        request_read (self, wallet);
    }
}

//  Objects by id are always current; a member that names nobody sees its own.
static void
s_many_prepare (request_t *self)
{
    const target_t *target = &self->target;
    size_t asked = 0;
    for (size_t index = 0; index < target->item_count; index++) {
        asked += strcmp (target->items [index].name, "member_id") == 0;
    }
    if (asked == 0 && self->caller.role == ROLE_MEMBER) {
        request_read (self, oid_as (self->caller.oid, OID_WALLET));
        return;
    }
    if (asked == 0 || asked > REQUEST_FACTS_MAX) {
        problem_field (&self->problem, "", "member_id", asked ? FAULT_OUT_OF_RANGE : FAULT_MISSING,
                       "Between 1 and 100 member ids are needed");
    }
    for (size_t index = 0; index < target->item_count && !request_failed (self); index++) {
        if (strcmp (target->items [index].name, "member_id") == 0) {
            s_many_read (self, target->items [index].value);
        }
    }
}

//  In the order asked for; members without a wallet are left out.
static void
s_many_render (request_t *self)
{
    out_object (&self->out, NULL);
    out_text (&self->out, "object", "list");
    out_array (&self->out, "data");
    for (size_t index = 0; index < self->fact_count; index++) {
        wallet_t wallet;
        if (request_fact (self, index, &wallet)) {
            wallet_object (self, NULL, self->facts [index], &wallet);
        }
    }
    out_close (&self->out, ']');
    out_bool (&self->out, "has_more", false);
    out_null (&self->out, "next_cursor");
    out_close (&self->out, '}');
}

static void
s_entry (request_t *self, const list_row_t *row)
{
    const entry_t *entry = &row->entry;
    out_object (&self->out, NULL);
    out_text (&self->out, "object", "entry");
    out_text (&self->out, "direction", entry->incoming ? "in" : "out");
    answer_amount (self, "amount", entry->amount_minor);
    out_i64 (&self->out, "balance_after", entry->balance_after_minor);
    out_text (&self->out, "reference", entry->reference);
    out_time (&self->out, "created_at", entry->at_ms);
    out_close (&self->out, '}');
}

static void
s_entries_render (request_t *self)
{
    answer_list (self, LIST_WALLET_ENTRIES, self->path_oid, s_entry);
}

static void
s_limit (request_t *self, const char *name, int64_t limit_minor, int64_t left_minor)
{
    out_object (&self->out, name);
    out_i64 (&self->out, "limit", limit_minor);
    out_i64 (&self->out, "remaining", left_minor > 0 ? left_minor : 0);
    out_close (&self->out, '}');
}

static void
s_limits_render (request_t *self)
{
    wallet_t wallet;
    (void) request_fact (self, 0, &wallet);
    const limits_t *limits = &self->edge->limits;
    bool today = wallet.outflow_day == money_seoul_day (wall_ms ());
    int64_t outflow_minor = today ? wallet.outflow_minor : 0;
    int64_t room_minor =
        limits->wallet_balance_minor - wallet_balance_minor (&wallet) - wallet.expected_minor;
    out_object (&self->out, NULL);
    out_oid (&self->out, "wallet_id", self->path_oid);
    out_text (&self->out, "object", "wallet_limits");
    out_text (&self->out, "currency", wallet.currency);
    s_limit (self, "balance", limits->wallet_balance_minor, room_minor);
    s_limit (self, "movement", limits->wallet_movement_minor, limits->wallet_movement_minor);
    s_limit (self, "daily_outflow", limits->wallet_daily_outflow_minor,
             limits->wallet_daily_outflow_minor - outflow_minor);
    out_close (&self->out, '}');
}

//  ---------------------------------------------------------------------------
//  Suspend, activate, close

enum { HAS_VOID_EXPECTS = 1 << 1 };

static const input_field_t s_close_fields [] = {
    { "reason", INPUT_TEXT, INPUT_OPTIONAL, AT (wallet_close_t, reason), 0, 200 },
    { "void_expects", INPUT_BOOLEAN, INPUT_OPTIONAL, AT (wallet_close_t, void_expects) },
};

static void
s_suspend_decide (request_t *self)
{
    request_command (self, self->path_oid, WALLET_SUSPEND, self->input, sizeof (reason_t));
}

static void
s_activate_decide (request_t *self)
{
    request_command (self, self->path_oid, WALLET_ACTIVATE, self->input, sizeof (reason_t));
}

//  A member may close its own empty wallet. To turn away money that is on its way to it
//  is an operator's business, and what its close does unless it says otherwise: each such
//  recharge or remittance is then sent back.
static void
s_close_prepare (request_t *self)
{
    wallet_close_t *close = (wallet_close_t *) self->input;
    bool by_operator = self->caller.role == ROLE_OPERATOR;
    if (close->void_expects && !by_operator) {
        request_fail (self, PROBLEM_FORBIDDEN, "Only an operator may set void_expects");
    }
    else if (!(self->present & HAS_VOID_EXPECTS)) {
        close->void_expects = by_operator;
    }
}

static void
s_close_decide (request_t *self)
{
    request_command (self, self->path_oid, WALLET_CLOSE, self->input, sizeof (wallet_close_t));
}

static void
s_action_render (request_t *self)
{
    answer_write (self, 200, wallet_object, ending_now ());
}

static const route_t s_routes [] = {
    { "POST", "/v1/wallets", .roles = MAY_OPERATOR | MAY_MEMBER, ROUTE_FIELDS (s_open_fields),
      .prepare = s_open_prepare, .decide = s_open_decide, .render = s_open_render },
    { "GET", "/v1/wallets", .roles = MAY_OPERATOR | MAY_MEMBER, ROUTE_QUERIES (s_many_queries),
      .prepare = s_many_prepare, .render = s_many_render },
    { "GET", "/v1/wallets/{id}", OID_WALLET, MAY_OPERATOR | MAY_MEMBER, .render = s_read_render },
    { "GET", "/v1/wallets/{id}/entries", OID_WALLET, MAY_OPERATOR | MAY_MEMBER,
      ROUTE_QUERIES (list_queries), .syncs = true, .render = s_entries_render },
    { "GET", "/v1/wallets/{id}/limits", OID_WALLET, MAY_OPERATOR | MAY_MEMBER,
      .render = s_limits_render },
    { "POST", "/v1/wallets/{id}/suspend", OID_WALLET, MAY_OPERATOR, ROUTE_FIELDS (reason_fields),
      .decide = s_suspend_decide, .render = s_action_render },
    { "POST", "/v1/wallets/{id}/activate", OID_WALLET, MAY_OPERATOR, ROUTE_FIELDS (reason_fields),
      .decide = s_activate_decide, .render = s_action_render },
    { "POST", "/v1/wallets/{id}/close", OID_WALLET, MAY_OPERATOR | MAY_MEMBER,
      ROUTE_FIELDS (s_close_fields), .prepare = s_close_prepare, .decide = s_close_decide,
      .render = s_action_render },
};
const route_table_t wallet_routes = { s_routes, COUNT (s_routes) };
