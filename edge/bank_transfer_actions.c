//  bank_transfer_actions - POST bank-transfers/{id}/inquire|resolve: what operators ask
//  about a transfer whose outcome is not known.

#include "actors/bank_transfer.h"
#include "edge/approvals.h"
#include "edge/edge_self.h"
#include "edge/resources.h"

typedef struct {
    char decision [16];
    char outcome [16];
    char reason [REASON_SIZE];
    char bank_reference [SAGA_EVIDENCE_SIZE];
} resolve_input_t;

enum { HAS_DECISION = 1 << 0, HAS_OUTCOME = 1 << 1 };

static const input_field_t s_resolve_fields [] = {
    { "decision", INPUT_TOKEN, INPUT_OPTIONAL, AT (resolve_input_t, decision), 1, 15 },
    { "outcome", INPUT_TOKEN, INPUT_OPTIONAL, AT (resolve_input_t, outcome), 1, 15 },
    { "reason", INPUT_TEXT, INPUT_REQUIRED, AT (resolve_input_t, reason), 1, 200 },
    { "bank_reference", INPUT_TOKEN, INPUT_OPTIONAL, AT (resolve_input_t, bank_reference), 1, 64 },
};

static void
s_inquire_decide (request_t *self)
{
    request_command (self, self->path_oid, BANK_TRANSFER_INQUIRE, "", 0);
}

//  The question is answered when the bank has answered, whatever it said.
static void
s_inquire_render (request_t *self)
{
    bank_transfer_t transfer;
    (void) reply_state (answer_decided (self), &transfer);
    ending_t running = { OUTCOME_RUNNING, VERDICT_ACCEPTED };
    bool answered = bank_transfer_aggregate.finished (&transfer);
    answer_write (self, 200, bank_transfer_object, answered ? ending_now () : running);
}

//  `decision` as for every process; `outcome` is an older name of it.
static void
s_resolve_prepare (request_t *self)
{
    resolve_input_t *input = (resolve_input_t *) self->input;
    uint32_t named = self->present & (HAS_DECISION | HAS_OUTCOME);
    const char *name = named == HAS_OUTCOME ? "outcome" : "decision";
    if (named == HAS_OUTCOME) {
        memcpy (input->decision, input->outcome, sizeof input->decision);
    }
    if (named == 0) {
        problem_field (&self->problem, "/", name, FAULT_MISSING, "This field is required");
    }
    else if (named == (HAS_DECISION | HAS_OUTCOME)) {
        problem_field (&self->problem, "/", "outcome", FAULT_DUPLICATE,
                       "An older name of decision");
    }
    else if (strcmp (input->decision, "succeeded") != 0
             && strcmp (input->decision, "failed") != 0) {
        problem_field (&self->problem, "/", name, FAULT_OUT_OF_RANGE, "One of succeeded, failed");
    }
}

static void
s_resolve_decide (request_t *self)
{
    const resolve_input_t *input = (const resolve_input_t *) self->input;
    bool succeeded = strcmp (input->decision, "succeeded") == 0;
    saga_resolve_t resolve = { .decision = succeeded ? SAGA_SUCCEEDED : SAGA_FAILED };
    memcpy (resolve.reason, input->reason, sizeof resolve.reason);
    memcpy (resolve.bank_reference, input->bank_reference, sizeof resolve.bank_reference);
    approval_command_resolve (self, BANK_TRANSFER_RESOLVE, &resolve);
}

static void
s_resolve_render (request_t *self)
{
    bank_transfer_t transfer;
    const node_reply_t *reply = answer_decided (self);
    (void) reply_state (reply, &transfer);
    ending_t ending = ending_now ();
    if (transfer.status == BANK_TRANSFER_PARKED && approval_is_awaited (self)) {
        transfer.status = BANK_TRANSFER_AWAITING_APPROVAL;
        transfer.approval = self->shown_oid;
        ending = (ending_t) { OUTCOME_RUNNING, VERDICT_ACCEPTED };
    }
    answer_write_as (self, 200, bank_transfer_object, ending, reply, &transfer);
}

static const route_t s_routes [] = {
    { "POST", "/v1/bank-transfers/{id}/inquire", OID_BANK_TRANSFER, MAY_OPERATOR,
      .decide = s_inquire_decide, .render = s_inquire_render },
    { "POST", "/v1/bank-transfers/{id}/resolve", OID_BANK_TRANSFER, MAY_OPERATOR,
      ROUTE_FIELDS (s_resolve_fields), .prepare = s_resolve_prepare, .decide = s_resolve_decide,
      .follow = approval_follow_resolve, .render = s_resolve_render },
};
const route_table_t bank_transfer_action_routes = { s_routes, COUNT (s_routes) };
