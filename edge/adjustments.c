//  adjustments - POST wallets/{id}/adjustments, GET adjustments/{id}: operators only.
//
//  `against` says where it comes from or goes to: adjustments (as long as nothing is said),
//  or suspense, when it has been decided whose the money there is.
//
//  Above approval_amount_minor the answer is 202 with status awaiting_approval and the
//  approval_id that another operator confirms.

#include "actors/adjustment.h"
#include "edge/approvals.h"
#include "edge/edge_self.h"
#include "edge/resources.h"

typedef struct {
    int64_t amount_minor;
    char direction [16];
    char against [16];
    char reason [REASON_SIZE];
} adjustment_input_t;

static const input_field_t s_fields [] = {
    { "amount", INPUT_AMOUNT, INPUT_REQUIRED, AT (adjustment_input_t, amount_minor) },
    { "currency", INPUT_CURRENCY, INPUT_REQUIRED },
    { "direction", INPUT_TOKEN, INPUT_REQUIRED, AT (adjustment_input_t, direction), 1, 15 },
    { "reason", INPUT_TEXT, INPUT_REQUIRED, AT (adjustment_input_t, reason), 1, 200 },
    { "against", INPUT_TOKEN, INPUT_OPTIONAL, AT (adjustment_input_t, against), 1, 15 },
};

_Static_assert((int) TOKEN_SUBJECT_SIZE <= (int) OPERATOR_ID_SIZE, "an operator's id fits");

static void
s_prepare (request_t *self)
{
    const adjustment_input_t *input = (const adjustment_input_t *) self->input;
    if (strcmp (input->direction, "increase") != 0 && strcmp (input->direction, "decrease") != 0) {
        problem_field (&self->problem, "/", "direction", FAULT_OUT_OF_RANGE,
                       "The value must be increase or decrease");
    }
    else if (*input->against && strcmp (input->against, "adjustments") != 0
             && strcmp (input->against, "suspense") != 0) {
        problem_field (&self->problem, "/", "against", FAULT_OUT_OF_RANGE,
                       "The value must be adjustments or suspense");
    }
}

static void
s_decide (request_t *self)
{
    const adjustment_input_t *input = (const adjustment_input_t *) self->input;
    adjustment_request_t request = {
        .wallet = self->path_oid,
        .amount_minor = input->amount_minor,
        .increase = strcmp (input->direction, "increase") == 0,
        .currency = "KRW",
        .suspense = strcmp (input->against, "suspense") == 0,
    };
    memcpy (request.operator, self->caller.subject, sizeof self->caller.subject);
    memcpy (request.reason, input->reason, sizeof request.reason);
    oid_t adjustment = scope_oid (self->edge->config.keyring, &self->scope, OID_ADJUSTMENT);
    request_command (self, adjustment, ADJUSTMENT_PROPOSE, &request, sizeof request);
}

void
adjustment_object (request_t *self, const char *key, const node_reply_t *reply, const void *state)
{
    static const char *const statuses [] = {
        [ADJUSTMENT_NONE] = "processing",
        [ADJUSTMENT_AWAITING_APPROVAL] = "awaiting_approval",
        [ADJUSTMENT_PROCESSING] = "processing",
        [ADJUSTMENT_SUCCEEDED] = "succeeded",
        [ADJUSTMENT_FAILED] = "failed",
        [ADJUSTMENT_PARKED] = "parked",
    };
    const adjustment_t *adjustment = state;
    const adjustment_request_t *request = &adjustment->request;
    answer_head (self, key, reply, reply->aggregate, "adjustment", statuses [adjustment->status]);
    out_oid (&self->out, "wallet_id", request->wallet);
    out_text (&self->out, "direction", request->increase ? "increase" : "decrease");
    out_text (&self->out, "against", request->suspense ? "suspense" : "adjustments");
    answer_amount (self, "amount", request->amount_minor);
    out_text (&self->out, "reason", request->reason);
    out_text (&self->out, "operator_id", request->operator);
    out_oid (&self->out, "approval_id", adjustment->approval);
    out_text (&self->out, "decided_by", adjustment->decider [0] ? adjustment->decider : NULL);
    answer_failure (self, adjustment->verdict);
    out_close (&self->out, '}');
}

static void
s_follow (request_t *self)
{
    adjustment_t adjustment;
    (void) reply_state (answer_decided (self), &adjustment);
    if (adjustment.status == ADJUSTMENT_AWAITING_APPROVAL) {
        approval_await (self, adjustment.approval);
    }
}

static void
s_render (request_t *self)
{
    adjustment_t adjustment;
    const node_reply_t *reply = answer_decided (self);
    (void) reply_state (reply, &adjustment);
    ending_t ending = { OUTCOME_RUNNING, VERDICT_ACCEPTED };
    if (adjustment.status == ADJUSTMENT_SUCCEEDED) {
        ending = ending_now ();
    }
    else if (adjustment.status == ADJUSTMENT_FAILED) {
        ending = (ending_t) { OUTCOME_FAILED, adjustment.verdict };
    }
    answer_write_as (self, 201, adjustment_object, ending, reply, &adjustment);
}

static void
s_read_render (request_t *self)
{
    answer_read (self, adjustment_object, NULL);
}

static const route_t s_routes [] = {
    { "POST", "/v1/wallets/{id}/adjustments", OID_WALLET, MAY_OPERATOR, ROUTE_FIELDS (s_fields),
      .prepare = s_prepare, .decide = s_decide, .follow = s_follow, .render = s_render },
    { "GET", "/v1/adjustments/{id}", OID_ADJUSTMENT, MAY_OPERATOR, .render = s_read_render },
};
const route_table_t adjustment_routes = { s_routes, COUNT (s_routes) };
