//  payments - POST payments, GET payments/{id}, and the lists of GET payments.
//
//  Who creates decides what it is: a payer (or an operator) pays at once; a merchant
//  only asks, and the payer confirms (payment_actions.c).

#include "edge/payments.h"

#include "actors/bank_account.h"
#include "actors/member.h"
#include "actors/merchant.h"
#include "actors/wallet.h"

typedef struct {
    oid_t member, merchant, bank_account;
    char order_id [ORDER_ID_SIZE];
    int64_t amount_minor;
    bool capture, auto_recharge;
} payment_input_t;

enum { HAS_CAPTURE = 1 << 5, HAS_BANK_ACCOUNT = 1 << 7 };  //  Bits by the table's lines

static const input_field_t s_fields [] = {
    { "member_id", INPUT_OID, INPUT_REQUIRED, AT (payment_input_t, member),
      .oid_kind = OID_MEMBER },
    { "merchant_id", INPUT_OID, INPUT_REQUIRED, AT (payment_input_t, merchant),
      .oid_kind = OID_MERCHANT },
    { "order_id", INPUT_TEXT, INPUT_REQUIRED, AT (payment_input_t, order_id), 1, 64 },
    { "amount", INPUT_AMOUNT, INPUT_REQUIRED, AT (payment_input_t, amount_minor) },
    { "currency", INPUT_CURRENCY, INPUT_REQUIRED },
    { "capture", INPUT_BOOLEAN, INPUT_OPTIONAL, AT (payment_input_t, capture) },
    { "auto_recharge", INPUT_BOOLEAN, INPUT_OPTIONAL, AT (payment_input_t, auto_recharge) },
    { "bank_account_id", INPUT_OID, INPUT_OPTIONAL, AT (payment_input_t, bank_account),
      .oid_kind = OID_BANK_ACCOUNT },
};

static const query_field_t s_list_queries [] = {
    { "member_id" }, { "merchant_id" },  { "status" },        { "order_id" },       { "limit" },
    { "cursor" },    { "min_sequence" }, { "created_after" }, { "created_before" },
};

const char *const payment_statuses [PAYMENT_STATUS_COUNT] = {
    [PAYMENT_ABSENT] = "requested",
    [PAYMENT_REQUESTED] = "requested",
    [PAYMENT_CAPTURED] = "captured",
    [PAYMENT_FAILED] = "failed",
    [PAYMENT_REQUIRES_CONFIRMATION] = "requires_confirmation",
    [PAYMENT_RECHARGING] = "recharging",
    [PAYMENT_AUTHORIZED] = "authorized",
    [PAYMENT_PARTIALLY_CAPTURED] = "partially_captured",
    [PAYMENT_PARTIALLY_REFUNDED] = "partially_refunded",
    [PAYMENT_REFUNDED] = "refunded",
    [PAYMENT_CANCELED] = "canceled",
    [PAYMENT_EXPIRED] = "expired",
};

//  ---------------------------------------------------------------------------
//  Creating

enum { FACT_MEMBER, FACT_MERCHANT, FACT_RECHARGE, FACT_PAYMENT = FACT_RECHARGE + 2 };

static bool
s_asks (const request_t *self)
{
    return self->caller.role == ROLE_MERCHANT;
}

static oid_t
s_payment_oid (const request_t *self)
{
    const payment_input_t *input = (const payment_input_t *) self->input;
    return scope_payment (self->edge->config.keyring, input->merchant, input->order_id);
}

//  A merchant says nothing about where its payer's money comes from.
static void
s_check_recharge (request_t *self)
{
    const payment_input_t *input = (const payment_input_t *) self->input;
    if (s_asks (self) && input->auto_recharge) {
        problem_field (&self->problem, "/", "auto_recharge", FAULT_OUT_OF_RANGE,
                       "Only the payer may recharge, when confirming");
    }
    else if (input->auto_recharge && !(self->present & HAS_BANK_ACCOUNT)) {
        problem_field (&self->problem, "/", "bank_account_id", FAULT_MISSING,
                       "auto_recharge needs an account to recharge from");
    }
}

static void
s_create_prepare (request_t *self)
{
    const payment_input_t *input = (const payment_input_t *) self->input;
    s_check_recharge (self);
    if (request_failed (self)) {
        return;
    }
    if (!request_may (self, s_asks (self) ? input->merchant : input->member)) {
        request_fail (self, PROBLEM_NOT_FOUND, NULL);
        return;
    }
    request_read_status (self, input->member);
    request_read_status (self, input->merchant);
    if (input->auto_recharge) {
        payment_read_recharge (self, input->member, input->bank_account);
        request_read (self, s_payment_oid (self));
    }
}

void
payment_read_recharge (request_t *self, oid_t member, oid_t bank_account)
{
    request_read (self, oid_as (member, OID_WALLET));
    request_read (self, bank_account);
}

void
payment_recharge_facts (request_t *self, size_t fact, int64_t amount_minor, bool begun,
                        payment_recharge_t *ret_recharge)
{
    wallet_t wallet;
    bank_account_t account;
    (void) request_fact (self, fact, &wallet);
    (void) request_account (self, fact + 1, &account);
    *ret_recharge = (payment_recharge_t) {
        .wanted = true,
        .available_minor = wallet.available_minor,
        .bank_account = self->fact_oids [fact + 1],
        .account_status = account.status,
        .party = account.party,
    };
    if (!begun && account.status == BANK_ACCOUNT_LINKED && wallet.available_minor < amount_minor) {
        request_needs_bank (self, account.party.bank_code);
    }
}

static void
s_create_decide (request_t *self)
{
    const payment_input_t *input = (const payment_input_t *) self->input;
    member_t member;
    merchant_t merchant;
    (void) request_fact (self, FACT_MEMBER, &member);
    (void) request_fact (self, FACT_MERCHANT, &merchant);
    payment_create_t create = {
        .member = input->member,
        .merchant = input->merchant,
        .amount_minor = input->amount_minor,
        .currency = "KRW",
        .member_status = member.status,
        .merchant_status = merchant.status,
        .authorizes = self->present & HAS_CAPTURE && !input->capture,
        .requires_confirmation = s_asks (self),
    };
    memcpy (create.order_id, input->order_id, sizeof create.order_id);
    if (input->auto_recharge) {
        payment_recharge_facts (self, FACT_RECHARGE, input->amount_minor,
                                self->facts [FACT_PAYMENT]->version > 0, &create.recharge);
    }
    if (!request_failed (self)) {
        request_command (self, s_payment_oid (self), PAYMENT_CREATE, &create, sizeof create);
    }
}

//  ---------------------------------------------------------------------------
//  Showing

//  Held on the way to a capture at once (after a recharge) is not an authorization that
//  waits: the client sees the request as unfinished until the capture is there.
static const char *
s_status (const payment_t *payment)
{
    bool passing = payment->status == PAYMENT_AUTHORIZED && !payment->authorizes;
    return payment_statuses [passing ? PAYMENT_REQUESTED : payment->status];
}

void
payment_object (request_t *self, const char *key, const node_reply_t *reply, const void *state)
{
    const payment_t *payment = state;
    answer_head (self, key, reply, reply->aggregate, "payment", s_status (payment));
    out_oid (&self->out, "member_id", payment->member);
    out_oid (&self->out, "merchant_id", payment->merchant);
    out_text (&self->out, "order_id", payment->order_id);
    answer_amount (self, "amount", payment->amount_minor);
    out_bool (&self->out, "capture", !payment->authorizes);
    out_i64 (&self->out, "amount_captured", payment->captured_minor);
    out_i64 (&self->out, "amount_capturable", payment_capturable_minor (payment));
    out_i64 (&self->out, "amount_refunded", payment->refunded_minor);
    out_i64 (&self->out, "amount_refundable", payment_refundable_minor (payment));
    out_i64 (&self->out, "amount_canceled", payment->canceled_minor);
    out_time (&self->out, "approved_at", payment->approved_at_ms);
    out_time (&self->out, "expires_at", payment->expires_at_ms);
    answer_failure (self, payment->status == PAYMENT_FAILED ? payment->verdict : VERDICT_ACCEPTED);
    out_close (&self->out, '}');
}

bool
payment_sees (const request_t *self, const void *state)
{
    const payment_t *payment = state;
    return request_may (self, payment->member) || request_may (self, payment->merchant);
}

ending_t
payment_ending (const payment_t *payment)
{
    bool capturing = !payment->authorizes && payment->capturing_count > 0;
    switch (payment->status) {
    case PAYMENT_FAILED: return (ending_t) { OUTCOME_FAILED, payment->verdict };
    case PAYMENT_REQUESTED:
    case PAYMENT_RECHARGING: return (ending_t) { OUTCOME_RUNNING, VERDICT_ACCEPTED };
    default: return capturing ? (ending_t) { OUTCOME_RUNNING, VERDICT_ACCEPTED } : ending_now ();
    }
}

//  The payment as it was when this attempt had failed: it holds nothing but its failure.
static void
s_render_failed (request_t *self, unsigned http, const payment_t *now,
                 const payment_attempt_t *attempt)
{
    node_reply_t head = {
        .aggregate = self->command_to,
        .version = attempt->version,
        .created_at_ms = answer_decided (self)->created_at_ms,
        .updated_at_ms = attempt->failed_at_ms,
    };
    payment_t then = {
        .status = PAYMENT_FAILED,
        .member = attempt->member,
        .merchant = now->merchant,
        .amount_minor = attempt->amount_minor,
        .authorizes = now->authorizes,
        .verdict = attempt->verdict,
    };
    memcpy (then.order_id, now->order_id, sizeof then.order_id);
    answer_write_as (self, http, payment_object, payment_ending (&then), &head, &then);
}

void
payment_render_attempt (request_t *self, unsigned http)
{
    payment_t payment;
    (void) reply_state (answer_decided (self), &payment);
    uint64_t decided = answer_decided_version (self);
    const payment_attempt_t *attempt = decided ? payment_attempt_at (&payment, decided) : NULL;
    if (attempt) {
        s_render_failed (self, http, &payment, attempt);
    }
    else {
        answer_write (self, http, payment_object, payment_ending (&payment));
    }
}

static void
s_create_render (request_t *self)
{
    payment_render_attempt (self, 201);
}

static void
s_read_render (request_t *self)
{
    answer_read (self, payment_object, payment_sees);
}

//  ---------------------------------------------------------------------------
//  Lists. Whose list it is: the caller's own, or the one an operator names. The other
//  side, if it is named too, leaves out rows: such a page may be shorter than its limit.

typedef struct {
    oid_t member, merchant;  //  NONE: not asked for
    uint8_t status;          //  0: any
    const char *order_id;    //  NULL: any
} payment_query_t;

static void
s_query_oid (request_t *self, const char *name, oid_kind_t kind, role_t role, oid_t *ret_oid)
{
    *ret_oid = (oid_t) { 0 };
    if (target_value (&self->target, name)) {
        bool own = self->caller.role == role;
        const char *text = target_value (&self->target, name);
        if (!oid_parse (text, ret_oid) || ret_oid->kind != kind) {
            problem_field (&self->problem, "", name, FAULT_MALFORMED, "The value must be an id");
        }
        else if (own && !request_may (self, *ret_oid)) {
            request_fail (self, PROBLEM_NOT_FOUND, NULL);
        }
    }
    else if (self->caller.role == role) {
        *ret_oid = self->caller.oid;
    }
}

static bool
s_query (request_t *self, payment_query_t *ret_query)
{
    s_query_oid (self, "member_id", OID_MEMBER, ROLE_MEMBER, &ret_query->member);
    s_query_oid (self, "merchant_id", OID_MERCHANT, ROLE_MERCHANT, &ret_query->merchant);
    ret_query->order_id = target_value (&self->target, "order_id");
    ret_query->status = 0;
    if (request_failed (self)
        || !answer_query_status (self, payment_statuses, PAYMENT_STATUS_COUNT,
                                 &ret_query->status)) {
        return false;
    }
    if (oid_is_none (ret_query->merchant)
        && (ret_query->order_id || oid_is_none (ret_query->member))) {
        problem_field (&self->problem, "", "merchant_id", FAULT_MISSING,
                       ret_query->order_id ? "order_id needs the merchant_id it belongs to"
                                           : "member_id or merchant_id is required");
    }
    return !request_failed (self);
}

//  An order's id is derived: no list is needed to find it.
static void
s_list_prepare (request_t *self)
{
    payment_query_t query;
    if (s_query (self, &query) && query.order_id) {
        request_read (self,
                      scope_payment (self->edge->config.keyring, query.merchant, query.order_id));
    }
}

static bool
s_matches (const payment_query_t *query, const payment_t *payment)
{
    return (oid_is_none (query->member) || oid_equal (query->member, payment->member))
           && (oid_is_none (query->merchant) || oid_equal (query->merchant, payment->merchant))
           && (query->status == 0 || query->status == payment->status);
}

static void
s_row (request_t *self, const list_row_t *row)
{
    payment_query_t query;
    payment_t payment;
    bool read = s_query (self, &query)
                && shape_unpack (payment_aggregate.state, row->state, row->state_size, &payment);
    assert (read);
    if (s_matches (&query, &payment)) {
        answer_row (self, row, payment_object);
    }
}

static void
s_order_render (request_t *self, const payment_query_t *query)
{
    payment_t payment;
    bool found = request_fact (self, 0, &payment) && s_matches (query, &payment);
    out_object (&self->out, NULL);
    out_text (&self->out, "object", "list");
    out_array (&self->out, "data");
    if (found) {
        payment_object (self, NULL, self->facts [0], &payment);
    }
    out_close (&self->out, ']');
    answer_page_end (self, LIST_MERCHANT_PAYMENTS, query->merchant, /* more= */ false, NULL);
    out_close (&self->out, '}');
    self->http = 200;
}

static void
s_list_render (request_t *self)
{
    payment_query_t query;
    if (!s_query (self, &query)) {
        return;
    }
    if (query.order_id) {
        s_order_render (self, &query);
    }
    else if (self->caller.role == ROLE_MERCHANT || oid_is_none (query.member)) {
        answer_list_of (self, LIST_MERCHANT_PAYMENTS, query.merchant, query.status, s_row);
    }
    else {
        answer_list_of (self, LIST_MEMBER_PAYMENTS, query.member, query.status, s_row);
    }
}

static const route_t s_routes [] = {
    { "POST", "/v1/payments", .roles = MAY_OPERATOR | MAY_MEMBER | MAY_MERCHANT,
      ROUTE_FIELDS (s_fields), .prepare = s_create_prepare, .decide = s_create_decide,
      .render = s_create_render },
    { "GET", "/v1/payments", .roles = MAY_OPERATOR | MAY_MEMBER | MAY_MERCHANT,
      ROUTE_QUERIES (s_list_queries), .syncs = true, .prepare = s_list_prepare,
      .render = s_list_render },
    { "GET", "/v1/payments/{id}", OID_PAYMENT, MAY_OPERATOR | MAY_MEMBER | MAY_MERCHANT,
      .render = s_read_render },
};
const route_table_t payment_routes = { s_routes, COUNT (s_routes) };
