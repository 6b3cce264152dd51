//  payments - POST payments, GET payments/{id}. The lists of GET payments: payment_lists.c.
//
//  Who creates decides what it is: a payer (or an operator) pays at once; a merchant
//  only asks, and the payer confirms (payment_actions.c).

#include "edge/payments.h"

#include "actors/bank_account.h"
#include "actors/member.h"
#include "actors/merchant.h"
#include "actors/wallet.h"
#include "runtime/index.h"

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

void
payment_object (request_t *self, const char *key, const node_reply_t *reply, const void *state)
{
    const payment_t *payment = state;
    answer_head (self, key, reply, reply->aggregate, "payment",
                 payment_statuses [index_payment_status (payment)]);
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

static const route_t s_routes [] = {
    { "POST", "/v1/payments", .roles = MAY_OPERATOR | MAY_MEMBER | MAY_MERCHANT,
      ROUTE_FIELDS (s_fields), .prepare = s_create_prepare, .decide = s_create_decide,
      .render = s_create_render },
    { "GET", "/v1/payments", .roles = MAY_OPERATOR | MAY_MEMBER | MAY_MERCHANT,
      ROUTE_QUERIES (payment_list_queries), .syncs = true, .prepare = payment_list_prepare,
      .render = payment_list_render },
    { "GET", "/v1/payments/{id}", OID_PAYMENT, MAY_OPERATOR | MAY_MEMBER | MAY_MERCHANT,
      .render = s_read_render },
};
const route_table_t payment_routes = { s_routes, COUNT (s_routes) };
