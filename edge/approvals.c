//  approvals - GET approvals, GET approvals/{id}, POST approvals/{id}/confirm|reject.

#include "edge/approvals.h"
#include "edge/edge_self.h"
#include "edge/resources.h"

static const query_field_t s_list_queries [] = {
    { "status" },       { "limit" },         { "cursor" },
    { "min_sequence" }, { "created_after" }, { "created_before" },
};

static const char *const s_statuses [] = {
    [APPROVAL_PROPOSED] = "awaiting_approval",
    [APPROVAL_CONFIRMED] = "confirmed",
    [APPROVAL_REJECTED] = "rejected",
    [APPROVAL_EXPIRED] = "expired",
};

void
approval_command_resolve (request_t *self, uint8_t command, saga_resolve_t *resolve)
{
    memcpy (resolve->operator, self->caller.subject, sizeof resolve->operator);
    resolve->approval = scope_oid (self->edge->config.keyring, &self->scope, OID_APPROVAL);
    self->shown_oid = resolve->approval;
    request_command (self, self->path_oid, command, resolve, sizeof *resolve);
}

void
approval_await (request_t *self, oid_t approval)
{
    self->shown_oid = approval;
    self->shown_wait_ms = REQUEST_SYNC_MS;
}

void
approval_follow_resolve (request_t *self)
{
    if (self->decided->object.kind == OID_APPROVAL) {
        approval_await (self, self->decided->object);
    }
}

//  Not there in time: it is on its way all the same.
bool
approval_is_awaited (const request_t *self)
{
    approval_t approval;
    bool made = self->shown && reply_state (self->shown, &approval);
    return made ? approval.status == APPROVAL_PROPOSED
                : oid_equal (self->decided->object, self->shown_oid);
}

static void
s_decide (request_t *self, approval_command_t command)
{
    const reason_t *input = (const reason_t *) self->input;
    approval_decide_t by = { 0 };
    memcpy (by.operator, self->caller.subject, sizeof by.operator);
    memcpy (by.reason, input->reason, sizeof by.reason);
    request_command (self, self->path_oid, (uint8_t) command, &by, sizeof by);
}

static void
s_confirm_decide (request_t *self)
{
    s_decide (self, APPROVAL_CONFIRM);
}

static void
s_reject_decide (request_t *self)
{
    s_decide (self, APPROVAL_REJECT);
}

void
approval_object (request_t *self, const char *key, const node_reply_t *reply, const void *state)
{
    static const char *const decisions [] = {
        [0] = NULL,
        [SAGA_GIVE_UP] = "give_up",
        [SAGA_SUCCEEDED] = "succeeded",
        [SAGA_FAILED] = "failed",
    };
    const approval_t *approval = state;
    const approval_request_t *request = &approval->request;
    answer_head (self, key, reply, reply->aggregate, "approval", s_statuses [approval->status]);
    out_oid (&self->out, "subject_id", request->subject);
    answer_amount (self, "amount", request->amount_minor);
    out_text (&self->out, "resolves_as", decisions [request->decision]);
    out_text (&self->out, "proposed_by", request->proposer);
    out_text (&self->out, "reason", *request->reason ? request->reason : NULL);
    out_text (&self->out, "decided_by", *approval->decider ? approval->decider : NULL);
    out_text (&self->out, "decision_reason",
              *approval->decided_reason ? approval->decided_reason : NULL);
    answer_failure (self, approval->verdict);
    out_close (&self->out, '}');
}

//  Once the subject has taken the decision, the answer waits for what comes of it.
static void
s_follow (request_t *self)
{
    approval_t approval;
    (void) reply_state (answer_decided (self), &approval);
    if (approval.effect == APPROVAL_EFFECT_TAKEN && approval.verdict == VERDICT_ACCEPTED) {
        self->shown_oid = approval.request.subject;
        self->shown_wait_ms = request_wait_left_ms (self);
    }
}

static void
s_decided_render (request_t *self)
{
    approval_t approval;
    const node_reply_t *reply = answer_decided (self);
    (void) reply_state (reply, &approval);
    bool runs = approval.effect == APPROVAL_EFFECT_ASKED || (self->shown && !self->shown->finished);
    ending_t ending = ending_now ();
    if (approval.verdict != VERDICT_ACCEPTED) {
        ending = (ending_t) { OUTCOME_FAILED, approval.verdict };
    }
    else if (runs) {
        ending = (ending_t) { OUTCOME_RUNNING, VERDICT_ACCEPTED };
    }
    answer_write_as (self, 200, approval_object, ending, reply, &approval);
}

static void
s_read_render (request_t *self)
{
    answer_read (self, approval_object, NULL);
}

static void
s_list_prepare (request_t *self)
{
    uint8_t bucket;
    (void) answer_query_status (self, s_statuses, COUNT (s_statuses), &bucket);
}

static void
s_row (request_t *self, const list_row_t *row)
{
    answer_row (self, row, approval_object);
}

static void
s_list_render (request_t *self)
{
    uint8_t bucket;
    if (answer_query_status (self, s_statuses, COUNT (s_statuses), &bucket)) {
        answer_list_of (self, LIST_APPROVALS, (oid_t) { 0 }, bucket, s_row);
    }
}

static const route_t s_routes [] = {
    { "GET", "/v1/approvals", .roles = MAY_OPERATOR, ROUTE_QUERIES (s_list_queries), .syncs = true,
      .prepare = s_list_prepare, .render = s_list_render },
    { "GET", "/v1/approvals/{id}", OID_APPROVAL, MAY_OPERATOR, .render = s_read_render },
    { "POST", "/v1/approvals/{id}/confirm", OID_APPROVAL, MAY_OPERATOR,
      ROUTE_FIELDS (reason_fields), .decide = s_confirm_decide, .follow = s_follow,
      .render = s_decided_render },
    { "POST", "/v1/approvals/{id}/reject", OID_APPROVAL, MAY_OPERATOR, ROUTE_FIELDS (reason_fields),
      .decide = s_reject_decide, .follow = s_follow, .render = s_decided_render },
};
const route_table_t approval_routes = { s_routes, COUNT (s_routes) };
