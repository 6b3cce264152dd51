//  refunds - POST and GET payments/{id}/refunds, GET refunds/{id}.
//
//  The payment decides and reserves, so the command is the payment's; what the client is
//  shown is the refund that it starts.

#include "actors/refund.h"
#include "edge/payments.h"

typedef struct {
    int64_t amount_minor;
    char reason [REASON_SIZE];
    int64_t refundable_minor;
} refund_input_t;

enum { HAS_REFUNDABLE = 1 << 2 };

static const input_field_t s_fields [] = {
    { "amount", INPUT_AMOUNT, INPUT_REQUIRED, AT (refund_input_t, amount_minor) },
    { "reason", INPUT_TEXT, INPUT_OPTIONAL, AT (refund_input_t, reason), 0, 200 },
    { "refundable_before", INPUT_INTEGER, INPUT_OPTIONAL, AT (refund_input_t, refundable_minor), 0,
      AMOUNT_MINOR_MAX },
};

enum { FACT_PAYMENT };

static void
s_examine (request_t *self)
{
    payment_t payment;
    if (!request_fact (self, FACT_PAYMENT, &payment) || !payment_sees (self, &payment)) {
        request_fail (self, PROBLEM_NOT_FOUND, NULL);
    }
    else if (self->caller.role == ROLE_MEMBER) {
        request_fail (self, PROBLEM_FORBIDDEN, NULL);
    }
}

static void
s_decide (request_t *self)
{
    const refund_input_t *input = (const refund_input_t *) self->input;
    payment_refund_t refund = {
        .refund = scope_oid (self->edge->config.keyring, &self->scope, OID_REFUND),
        .amount_minor = input->amount_minor,
        .stated = self->present & HAS_REFUNDABLE,
        .refundable_minor = input->refundable_minor,
    };
    memcpy (refund.reason, input->reason, sizeof refund.reason);
    //  The refund begins a hop after the payment's decision: also who does not want to
    //  wait is given an id that can be read.
    self->wait_s = self->wait_s ? self->wait_s : 1;
    self->shown_oid = refund.refund;
    request_command (self, self->path_oid, PAYMENT_REFUND, &refund, sizeof refund);
}

static void
refund_object (request_t *self, const char *key, const node_reply_t *reply, const void *state)
{
    static const char *const statuses [] = {
        [REFUND_NONE] = "requested",          [REFUND_REQUESTED] = "requested",
        [REFUND_PROCESSING] = "processing",   [REFUND_SUCCEEDED] = "succeeded",
        [REFUND_FAILED] = "failed",           [REFUND_PARKED] = "parked",
        [REFUND_COMPENSATED] = "compensated",
    };
    const refund_t *refund = state;
    const refund_request_t *request = &refund->request;
    answer_head (self, key, reply, reply->aggregate, "refund", statuses [refund->status]);
    out_oid (&self->out, "payment_id", request->payment);
    out_oid (&self->out, "member_id", request->member);
    out_oid (&self->out, "merchant_id", request->merchant);
    answer_amount (self, "amount", request->amount_minor);
    out_text (&self->out, "reason", *request->reason ? request->reason : NULL);
    answer_failure (self, refund->verdict);
    out_close (&self->out, '}');
}

//  The payment has reserved it and its refund has not begun yet.
static void
s_render_reserved (request_t *self)
{
    const refund_input_t *input = (const refund_input_t *) self->input;
    const node_reply_t *decided = answer_decided (self);
    payment_t payment;
    (void) reply_state (decided, &payment);
    node_reply_t head = {
        .aggregate = self->shown_oid,
        .created_at_ms = decided->updated_at_ms,
        .updated_at_ms = decided->updated_at_ms,
    };
    refund_t refund = {
        .status = REFUND_REQUESTED,
        .request = {
            .payment = self->path_oid,
            .merchant = payment.merchant,
            .member = payment.member,
            .amount_minor = input->amount_minor,
        },
    };
    memcpy (refund.request.reason, input->reason, sizeof refund.request.reason);
    answer_write_as (self, 201, refund_object, (ending_t) { OUTCOME_RUNNING, VERDICT_ACCEPTED },
                     &head, &refund);
}

static void
s_render (request_t *self)
{
    refund_t refund;
    if (!reply_state (answer_shown (self), &refund)) {
        s_render_reserved (self);
        return;
    }
    ending_t ending = { OUTCOME_RUNNING, VERDICT_ACCEPTED };
    if (refund.status == REFUND_SUCCEEDED) {
        ending = ending_now ();
    }
    else if (refund.status == REFUND_FAILED || refund.status == REFUND_COMPENSATED) {
        ending = (ending_t) { OUTCOME_FAILED, refund.verdict };
    }
    answer_write (self, 201, refund_object, ending);
}

//  ---------------------------------------------------------------------------
//  Reading

static bool
s_sees (const request_t *self, const void *state)
{
    const refund_t *refund = state;
    return request_may (self, refund->request.member)
           || request_may (self, refund->request.merchant);
}

static void
s_read_render (request_t *self)
{
    answer_read (self, refund_object, s_sees);
}

static void
s_row (request_t *self, const list_row_t *row)
{
    answer_row (self, row, refund_object);
}

static void
s_list_render (request_t *self)
{
    payment_t payment;
    if (!request_fact (self, FACT_PAYMENT, &payment) || !payment_sees (self, &payment)) {
        request_fail (self, PROBLEM_NOT_FOUND, NULL);
        return;
    }
    answer_list (self, LIST_PAYMENT_REFUNDS, self->path_oid, s_row);
}

enum { MAY_ALL = MAY_OPERATOR | MAY_MEMBER | MAY_MERCHANT };

static const route_t s_routes [] = {
    { "POST", "/v1/payments/{id}/refunds", OID_PAYMENT, MAY_ALL, ROUTE_FIELDS (s_fields),
      .examine = s_examine, .decide = s_decide, .render = s_render },
    { "GET", "/v1/payments/{id}/refunds", OID_PAYMENT, MAY_ALL, ROUTE_QUERIES (list_queries),
      .syncs = true, .render = s_list_render },
    { "GET", "/v1/refunds/{id}", OID_REFUND, MAY_ALL, .render = s_read_render },
};
const route_table_t refund_routes = { s_routes, COUNT (s_routes) };
