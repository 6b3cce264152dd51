//  payments - POST payments, GET payments/{id}, GET payments?member_id=|merchant_id=.
//
//  A payment is captured in one decision of the wallet; authorizing without capture
//  and recharging on the way are not built, so `capture` and `auto_recharge` take the
//  one value that is true of what happens, and say so otherwise.

#include "actors/member.h"
#include "actors/merchant.h"
#include "actors/payment.h"
#include "edge/edge_self.h"
#include "edge/resources.h"

typedef struct {
    oid_t member, merchant, bank_account;
    char order_id [ORDER_ID_SIZE];
    int64_t amount_minor;
    bool capture, auto_recharge;
} payment_input_t;

enum { HAS_CAPTURE = 1 << 5 };  //  Bit of the table's sixth line

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
    { "member_id" },    { "merchant_id" },   { "limit" },          { "cursor" },
    { "min_sequence" }, { "created_after" }, { "created_before" },
};

enum { FACT_MEMBER, FACT_MERCHANT };

static void
s_create_prepare (request_t *self)
{
    const payment_input_t *input = (const payment_input_t *) self->input;
    if (self->present & HAS_CAPTURE && !input->capture) {
        problem_field (&self->problem, "/", "capture", FAULT_OUT_OF_RANGE,
                       "Only true is possible: payments are captured at once");
    }
    if (input->auto_recharge) {
        problem_field (&self->problem, "/", "auto_recharge", FAULT_OUT_OF_RANGE,
                       "Only false is possible: recharge the wallet first");
    }
    if (request_failed (self)) {
        return;
    }
    if (!request_may (self, input->member)) {
        request_fail (self, PROBLEM_NOT_FOUND, NULL);
        return;
    }
    request_read_status (self, input->member);
    request_read_status (self, input->merchant);
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
    };
    memcpy (create.order_id, input->order_id, sizeof create.order_id);
    request_command (self,
                     scope_payment (self->edge->config.keyring, input->merchant, input->order_id),
                     PAYMENT_CREATE, &create, sizeof create);
}

void
payment_object (request_t *self, const char *key, const node_reply_t *reply, const void *state)
{
    static const char *const statuses [] = {
        [PAYMENT_ABSENT] = "requested",
        [PAYMENT_REQUESTED] = "requested",
        [PAYMENT_CAPTURED] = "captured",
        [PAYMENT_FAILED] = "failed",
    };
    const payment_t *payment = state;
    answer_head (self, key, reply, reply->aggregate, "payment", statuses [payment->status]);
    out_oid (&self->out, "member_id", payment->member);
    out_oid (&self->out, "merchant_id", payment->merchant);
    out_text (&self->out, "order_id", payment->order_id);
    answer_amount (self, "amount", payment->amount_minor);
    out_i64 (&self->out, "amount_captured", payment->captured_minor);
    out_i64 (&self->out, "amount_capturable", 0);
    out_i64 (&self->out, "amount_refunded", 0);
    out_i64 (&self->out, "amount_refundable", payment->captured_minor);
    out_time (&self->out, "approved_at", payment->approved_at_ms);
    answer_failure (self, payment->status == PAYMENT_FAILED ? payment->verdict : VERDICT_ACCEPTED);
    out_close (&self->out, '}');
}

//  The payment as it was when this attempt had failed.
static void
s_render_attempt (request_t *self, payment_t *payment, const payment_attempt_t *attempt)
{
    node_reply_t head = {
        .aggregate = self->command_to,
        .version = attempt->version,
        .created_at_ms = answer_decided (self)->created_at_ms,
        .updated_at_ms = attempt->failed_at_ms,
    };
    ending_t ending = { OUTCOME_FAILED, attempt->verdict };
    payment->status = PAYMENT_FAILED;
    payment->member = attempt->member;
    payment->amount_minor = attempt->amount_minor;
    payment->captured_minor = 0;
    payment->approved_at_ms = 0;
    payment->verdict = attempt->verdict;
    answer_write_as (self, 201, payment_object, ending, &head, payment);
}

//  An old key shows its own attempt, whatever became of the order since.
static void
s_create_render (request_t *self)
{
    payment_t payment;
    (void) reply_state (answer_decided (self), &payment);
    uint64_t decided = answer_decided_version (self);
    const payment_attempt_t *attempt = decided ? payment_attempt_at (&payment, decided) : NULL;
    if (attempt) {
        s_render_attempt (self, &payment, attempt);
        return;
    }
    ending_t ending = { OUTCOME_RUNNING, VERDICT_ACCEPTED };
    if (payment.status == PAYMENT_CAPTURED) {
        ending = ending_now ();
    }
    else if (payment.status == PAYMENT_FAILED) {
        ending = (ending_t) { OUTCOME_FAILED, payment.verdict };
    }
    answer_write (self, 201, payment_object, ending);
}

static bool
s_sees (const request_t *self, const void *state)
{
    const payment_t *payment = state;
    return request_may (self, payment->member) || request_may (self, payment->merchant);
}

static void
s_read_render (request_t *self)
{
    answer_read (self, payment_object, s_sees);
}

//  The list and its owner that the query asks for: one of payer and merchant.
static bool
s_list_of (request_t *self, list_t *ret_list, oid_t *ret_owner)
{
    bool by_member = target_value (&self->target, "member_id") != NULL;
    if (by_member && target_value (&self->target, "merchant_id")) {
        problem_field (&self->problem, "", "merchant_id", FAULT_UNKNOWN,
                       "Either member_id or merchant_id is possible");
        return false;
    }
    *ret_list = by_member ? LIST_MEMBER_PAYMENTS : LIST_MERCHANT_PAYMENTS;
    return request_query_oid (self, by_member ? "member_id" : "merchant_id",
                              by_member ? OID_MEMBER : OID_MERCHANT, ret_owner);
}

static void
s_list_prepare (request_t *self)
{
    list_t list;
    oid_t owner;
    (void) s_list_of (self, &list, &owner);
}

static void
s_row (request_t *self, const list_row_t *row)
{
    answer_row (self, row, payment_object);
}

static void
s_list_render (request_t *self)
{
    list_t list;
    oid_t owner;
    if (s_list_of (self, &list, &owner)) {
        answer_list (self, list, owner, s_row);
    }
}

static const route_t s_routes [] = {
    { "POST", "/v1/payments", .roles = MAY_OPERATOR | MAY_MEMBER, ROUTE_FIELDS (s_fields),
      .prepare = s_create_prepare, .decide = s_create_decide, .render = s_create_render },
    { "GET", "/v1/payments", .roles = MAY_OPERATOR | MAY_MEMBER | MAY_MERCHANT,
      ROUTE_QUERIES (s_list_queries), .syncs = true, .prepare = s_list_prepare,
      .render = s_list_render },
    { "GET", "/v1/payments/{id}", OID_PAYMENT, MAY_OPERATOR | MAY_MEMBER | MAY_MERCHANT,
      .render = s_read_render },
};
const route_table_t payment_routes = { s_routes, COUNT (s_routes) };
