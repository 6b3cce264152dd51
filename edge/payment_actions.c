//  payment_actions - POST payments/{id}/confirm, capture, cancel.
//
//  The payer confirms what a merchant asked for, and may cancel as long as nothing is
//  captured: until then it is the payer's money. The merchant captures and cancels its
//  own payments. What a caller may see but not do is 403, what it may not see 404.

#include "actors/member.h"
#include "actors/merchant.h"
#include "edge/payments.h"

typedef struct {
    int64_t amount_minor;
    bool auto_recharge;
    oid_t bank_account;
} confirm_input_t;

enum { HAS_BANK_ACCOUNT = 1 << 2 };

static const input_field_t s_confirm_fields [] = {
    { "amount", INPUT_AMOUNT, INPUT_REQUIRED, AT (confirm_input_t, amount_minor) },
    { "auto_recharge", INPUT_BOOLEAN, INPUT_OPTIONAL, AT (confirm_input_t, auto_recharge) },
    { "bank_account_id", INPUT_OID, INPUT_OPTIONAL, AT (confirm_input_t, bank_account),
      .oid_kind = OID_BANK_ACCOUNT },
};

typedef struct {
    int64_t amount_minor;  //  0: all that is left
} capture_input_t;

static const input_field_t s_capture_fields [] = {
    { "amount", INPUT_AMOUNT, INPUT_OPTIONAL, AT (capture_input_t, amount_minor) },
};

enum { FACT_PAYMENT, FACT_MERCHANT, FACT_MEMBER, FACT_RECHARGE };

//  The payment, if the caller may do this to it; else the problem is set.
static bool
s_payment (request_t *self, bool payer_may, bool merchant_may, payment_t *ret_payment)
{
    if (!request_fact (self, FACT_PAYMENT, ret_payment) || !payment_sees (self, ret_payment)) {
        request_fail (self, PROBLEM_NOT_FOUND, NULL);
        return false;
    }
    bool may = self->caller.role == ROLE_OPERATOR || (self->caller.role == ROLE_MEMBER && payer_may)
               || (self->caller.role == ROLE_MERCHANT && merchant_may);
    if (!may) {
        request_fail (self, PROBLEM_FORBIDDEN, NULL);
    }
    return may;
}

//  ---------------------------------------------------------------------------
//  Confirm

static void
s_confirm_prepare (request_t *self)
{
    const confirm_input_t *input = (const confirm_input_t *) self->input;
    if (input->auto_recharge && !(self->present & HAS_BANK_ACCOUNT)) {
        problem_field (&self->problem, "/", "bank_account_id", FAULT_MISSING,
                       "auto_recharge needs an account to recharge from");
        return;
    }
    request_read (self, self->path_oid);
}

//  Whose status and wallet are asked for is known once the payment is here.
static void
s_confirm_examine (request_t *self)
{
    const confirm_input_t *input = (const confirm_input_t *) self->input;
    payment_t payment;
    if (self->fact_count > FACT_MERCHANT
        || !s_payment (self, /* payer_may= */ true, /* merchant_may= */ false, &payment)) {
        return;
    }
    request_read_status (self, payment.merchant);
    request_read_status (self, payment.member);
    if (input->auto_recharge) {
        payment_read_recharge (self, payment.member, input->bank_account);
    }
}

static void
s_confirm_decide (request_t *self)
{
    const confirm_input_t *input = (const confirm_input_t *) self->input;
    payment_t payment;
    member_t member;
    merchant_t merchant;
    (void) request_fact (self, FACT_PAYMENT, &payment);
    (void) request_fact (self, FACT_MERCHANT, &merchant);
    (void) request_fact (self, FACT_MEMBER, &member);
    payment_confirmation_t confirmation = {
        .amount_minor = input->amount_minor,
        .member_status = member.status,
        .merchant_status = merchant.status,
    };
    if (input->auto_recharge) {
        payment_recharge_facts (self, FACT_RECHARGE, payment.amount_minor,
                                payment.status != PAYMENT_REQUIRES_CONFIRMATION,
                                &confirmation.recharge);
    }
    if (!request_failed (self)) {
        request_command (self, self->path_oid, PAYMENT_CONFIRM, &confirmation, sizeof confirmation);
    }
}

static void
s_confirm_render (request_t *self)
{
    payment_render_attempt (self, 200);
}

//  ---------------------------------------------------------------------------
//  Capture

static void
s_capture_examine (request_t *self)
{
    payment_t payment;
    if (self->fact_count <= FACT_MERCHANT
        && s_payment (self, /* payer_may= */ false, /* merchant_may= */ true, &payment)) {
        request_read_status (self, payment.merchant);
    }
}

static void
s_capture_decide (request_t *self)
{
    const capture_input_t *input = (const capture_input_t *) self->input;
    merchant_t merchant;
    (void) request_fact (self, FACT_MERCHANT, &merchant);
    payment_capture_t capture = { input->amount_minor, merchant.status };
    request_command (self, self->path_oid, PAYMENT_CAPTURE, &capture, sizeof capture);
}

//  Of a replay: this very capture; else whatever is in flight.
static void
s_capture_render (request_t *self)
{
    payment_t payment;
    (void) reply_state (answer_decided (self), &payment);
    uint64_t decided = answer_decided_version (self);
    ending_t ending = ending_now ();
    for (uint32_t index = 0; index < payment.capturing_count; index++) {
        if (decided == 0 || payment.capturing [index].version == decided) {
            ending.outcome = OUTCOME_RUNNING;
        }
    }
    answer_write (self, 200, payment_object, ending);
}

//  ---------------------------------------------------------------------------
//  Cancel

static void
s_cancel_examine (request_t *self)
{
    payment_t payment;
    (void) s_payment (self, /* payer_may= */ true, /* merchant_may= */ true, &payment);
}

static void
s_cancel_decide (request_t *self)
{
    const reason_t *input = (const reason_t *) self->input;
    payment_cancel_t cancel = { .by_payer = self->caller.role == ROLE_MEMBER };
    memcpy (cancel.reason, input->reason, sizeof cancel.reason);
    request_command (self, self->path_oid, PAYMENT_CANCEL, &cancel, sizeof cancel);
}

static void
s_cancel_render (request_t *self)
{
    payment_t payment;
    (void) reply_state (answer_decided (self), &payment);
    uint64_t decided = answer_decided_version (self);
    ending_t ending = ending_now ();
    if (payment.ending != PAYMENT_STAYS && (decided == 0 || payment.ending_version == decided)) {
        ending.outcome = OUTCOME_RUNNING;
    }
    answer_write (self, 200, payment_object, ending);
}

enum { MAY_ALL = MAY_OPERATOR | MAY_MEMBER | MAY_MERCHANT };

static const route_t s_routes [] = {
    { "POST", "/v1/payments/{id}/confirm", OID_PAYMENT, MAY_ALL, ROUTE_FIELDS (s_confirm_fields),
      .prepare = s_confirm_prepare, .examine = s_confirm_examine, .decide = s_confirm_decide,
      .render = s_confirm_render },
    { "POST", "/v1/payments/{id}/capture", OID_PAYMENT, MAY_ALL, ROUTE_FIELDS (s_capture_fields),
      .examine = s_capture_examine, .decide = s_capture_decide, .render = s_capture_render },
    { "POST", "/v1/payments/{id}/cancel", OID_PAYMENT, MAY_ALL, ROUTE_FIELDS (reason_fields),
      .examine = s_cancel_examine, .decide = s_cancel_decide, .render = s_cancel_render },
};
const route_table_t payment_action_routes = { s_routes, COUNT (s_routes) };
