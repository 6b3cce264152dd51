//  sagas - GET sagas?status=&type=, GET sagas/{id}, POST sagas/{id}/retry|resolve: what
//  runs, and what waits for an operator, whatever its type.
//
//  A saga's state is read by the names in its shape (status, step, verdict, an amount);
//  only the words for steps are listed here. A type without words shows null.

#include "actors/adjustment.h"
#include "actors/bank_transfer.h"
#include "actors/closing.h"
#include "actors/email_change.h"
#include "actors/recharge.h"
#include "actors/refund.h"
#include "actors/registration.h"
#include "actors/remittance.h"
#include "actors/settlement.h"
#include "actors/withdrawal.h"
#include "edge/approvals.h"
#include "edge/edge_self.h"
#include "edge/resources.h"
#include "runtime/index.h"

enum { STEPS_MAX = 16 };

//  clang-format off
static const char *const s_steps [OID_KIND_COUNT][STEPS_MAX] = {
    [OID_RECHARGE] = { [RECHARGE_EXPECTING] = "expecting",
                       [RECHARGE_CHARGING] = "charging",
                       [RECHARGE_CREDITING] = "crediting",
                       [RECHARGE_RETURNING] = "returning",
                       [RECHARGE_ENDED] = "ended" },
    [OID_WITHDRAWAL] = { [WITHDRAWAL_HOLDING] = "holding",
                         [WITHDRAWAL_TRANSFERRING] = "transferring",
                         [WITHDRAWAL_CAPTURING] = "capturing",
                         [WITHDRAWAL_RELEASING] = "releasing",
                         [WITHDRAWAL_ENDED] = "ended" },
    [OID_REMITTANCE] = { [REMITTANCE_EXPECTING] = "expecting",
                         [REMITTANCE_RECHARGING] = "recharging",
                         [REMITTANCE_DEBITING] = "debiting",
                         [REMITTANCE_HOLDING] = "holding",
                         [REMITTANCE_TRANSFERRING] = "transferring",
                         [REMITTANCE_CAPTURING] = "capturing",
                         [REMITTANCE_CREDITING] = "crediting",
                         [REMITTANCE_RETURNING] = "returning",
                         [REMITTANCE_RELEASING] = "releasing",
                         [REMITTANCE_SET_ASIDE] = "set_aside",
                         [REMITTANCE_ENDED] = "ended" },
    [OID_REFUND] = { [REFUND_TAKING] = "taking",
                     [REFUND_CREDITING] = "crediting",
                     [REFUND_SUSPENDED] = "suspended",
                     [REFUND_ENDED] = "ended" },
    [OID_REGISTRATION] = { [REGISTRATION_CLAIMING] = "claiming",
                           [REGISTRATION_REGISTERING] = "registering",
                           [REGISTRATION_OPENING] = "opening",
                           [REGISTRATION_RELEASING] = "releasing",
                           [REGISTRATION_DONE] = "ended",
                           [REGISTRATION_FAILED] = "ended" },
    [OID_CLOSING] = { [CLOSING_WALLET] = "closing_wallet",
                      [CLOSING_MEMBER] = "closing_member",
                      [CLOSING_LOGIN] = "releasing",
                      [CLOSING_DONE] = "ended",
                      [CLOSING_FAILED] = "ended" },
    [OID_EMAIL_CHANGE] = { [EMAIL_CHANGE_CLAIMING] = "claiming",
                           [EMAIL_CHANGE_CHANGING] = "changing",
                           [EMAIL_CHANGE_RELEASING] = "releasing",
                           [EMAIL_CHANGE_WITHDRAWING] = "withdrawing",
                           [EMAIL_CHANGE_DONE] = "ended",
                           [EMAIL_CHANGE_FAILED] = "ended" },
    //  By their status
    [OID_BANK_TRANSFER] = { [BANK_TRANSFER_REQUESTED] = "asking",
                            [BANK_TRANSFER_UNKNOWN] = "asking",
                            [BANK_TRANSFER_PARKED] = "asking",
                            [BANK_TRANSFER_SUCCEEDED] = "ended",
                            [BANK_TRANSFER_FAILED] = "ended",
                            [BANK_TRANSFER_REJECTED] = "ended",
                            [BANK_TRANSFER_FOREIGN] = "ended",
                            [BANK_TRANSFER_AWAITING_APPROVAL] = "awaiting_approval" },
    [OID_SETTLEMENT] = { [SETTLEMENT_CLOSED] = "closed",
                         [SETTLEMENT_PAYING] = "paying",
                         [SETTLEMENT_PARKED] = "paying",
                         [SETTLEMENT_SETTLED] = "ended",
                         [SETTLEMENT_CARRIED] = "ended",
                         [SETTLEMENT_FAILED] = "ended" },
    [OID_ADJUSTMENT] = { [ADJUSTMENT_AWAITING_APPROVAL] = "awaiting_approval",
                         [ADJUSTMENT_PROCESSING] = "adjusting",
                         [ADJUSTMENT_PARKED] = "adjusting",
                         [ADJUSTMENT_SUCCEEDED] = "ended",
                         [ADJUSTMENT_FAILED] = "ended" },
    [OID_APPROVAL] = { [APPROVAL_PROPOSED] = "awaiting_approval",
                       [APPROVAL_CONFIRMED] = "telling",
                       [APPROVAL_REJECTED] = "telling",
                       [APPROVAL_EXPIRED] = "ended" },
};
//  clang-format on

static const char *const s_statuses [] = { [SAGA_OPEN] = "open", [SAGA_PARKED] = "parked" };

static const query_field_t s_list_queries [] = {
    { "status" },       { "type" },          { "limit" },          { "cursor" },
    { "min_sequence" }, { "created_after" }, { "created_before" },
};

typedef struct {
    char decision [16];
    char reason [REASON_SIZE];
} resolve_input_t;

static const input_field_t s_resolve_fields [] = {
    { "decision", INPUT_TOKEN, INPUT_REQUIRED, AT (resolve_input_t, decision), 1, 15 },
    { "reason", INPUT_TEXT, INPUT_REQUIRED, AT (resolve_input_t, reason), 1, 200 },
};

//  The type of a saga's id, or NULL.
static const aggregate_type_t *
s_type (oid_t oid)
{
    const aggregate_type_t *type = registry_find (oid.kind);
    return type && type->finished ? type : NULL;
}

//  ---------------------------------------------------------------------------
//  Its state by name

//  By its last part: "amount_minor" is "request.amount_minor" too, and "request. amount_minor",
//  as a table that gives the path apart writes it.
static const field_t *
s_field (const shape_t *shape, const char *name)
{
    size_t length = strlen (name);
    for (uint32_t index = 0; index < shape->field_count; index++) {
        const field_t *field = &shape->fields [index];
        size_t size = strlen (field->name);
        if (size >= length && strcmp (field->name + size - length, name) == 0
            && (size == length || strchr (". ", field->name [size - length - 1]))) {
            return field;
        }
    }
    return NULL;
}

static const char *
s_step (const aggregate_type_t *type, const uint8_t *state)
{
    const field_t *field = s_field (type->state, "step");
    field = field ? field : s_field (type->state, "status");
    if (!field || field->kind != FIELD_U8 || state [field->offset] >= STEPS_MAX) {
        return NULL;
    }
    return s_steps [type->kind][state [field->offset]];
}

//  A window that owes nothing to its merchant is of no amount.
static void
s_amount (request_t *self, const aggregate_type_t *type, const uint8_t *state)
{
    const field_t *field = s_field (type->state, "amount_minor");
    int64_t amount_minor = -1;
    field = field ? field : s_field (type->state, "net_minor");
    if (field && field->kind == FIELD_I64) {
        memcpy (&amount_minor, state + field->offset, sizeof amount_minor);
    }
    if (amount_minor >= 0) {
        answer_amount (self, "amount", amount_minor);
        return;
    }
    out_null (&self->out, "amount");
    out_null (&self->out, "currency");
}

static verdict_t
s_verdict (const aggregate_type_t *type, const uint8_t *state)
{
    const field_t *field = s_field (type->state, "verdict");
    uint32_t verdict = VERDICT_ACCEPTED;
    if (field && field->kind == FIELD_U32) {
        memcpy (&verdict, state + field->offset, sizeof verdict);
    }
    return (verdict_t) verdict;
}

//  ---------------------------------------------------------------------------

static bool
s_parked (const aggregate_type_t *type, const void *state)
{
    return type->parked && type->parked (state);
}

static const char *
s_status (const aggregate_type_t *type, const void *state)
{
    if (s_parked (type, state)) {
        return "parked";
    }
    return type->finished (state) ? "ended" : "open";
}

//  `approval` is NONE unless a resolve of it waits for a second operator.
static void
s_write (request_t *self, const node_reply_t *reply, const void *state, oid_t approval)
{
    const aggregate_type_t *type = s_type (reply->aggregate);
    bool awaited = !oid_is_none (approval);
    answer_head (self, NULL, reply, reply->aggregate, "saga",
                 awaited ? "awaiting_approval" : s_status (type, state));
    out_text (&self->out, "type", type->name);
    out_text (&self->out, "step", s_step (type, state));
    s_amount (self, type, state);
    answer_failure (self, s_verdict (type, state));
    out_oid (&self->out, "approval_id", approval);
    out_close (&self->out, '}');
}

static void
s_object (request_t *self, const char *key, const node_reply_t *reply, const void *state)
{
    assert (!key);  //  A saga is always the whole answer
    s_write (self, reply, state, (oid_t) { 0 });
}

static void
s_prepare (request_t *self)
{
    if (!s_type (self->path_oid)) {
        request_fail (self, PROBLEM_NOT_FOUND, NULL);
    }
}

static void
s_read_render (request_t *self)
{
    answer_read (self, s_object, NULL);
}

//  Nobody need move it: it runs, or it is delayed and of a type that always goes on by
//  itself once what it asked is answered. A transfer may be asked about at any time.
static bool
s_goes_on (request_t *self)
{
    _Alignas(max_align_t) uint8_t state [STATE_SIZE_MAX];
    const aggregate_type_t *type = s_type (self->path_oid);
    (void) request_fact (self, 0, state);
    bool parked = s_parked (type, state);
    bool operable = type->retry_command || type->resolve_command;
    return type->kind != OID_BANK_TRANSFER && (parked ? !operable : !type->finished (state));
}

//  False: nothing is to be done about it now, or its type offers no such command (the
//  problem is set).
static bool
s_offers (request_t *self, uint8_t command)
{
    if (s_goes_on (self)) {
        request_refuse (self, VERDICT_ANSWER_PENDING);
    }
    else if (command == 0) {
        request_refuse (self, VERDICT_STATE_CONFLICT);
    }
    return !request_failed (self);
}

static void
s_retry_decide (request_t *self)
{
    uint8_t command = s_type (self->path_oid)->retry_command;
    if (s_offers (self, command)) {
        request_command (self, self->path_oid, command, "", 0);
    }
}

static void
s_resolve_decide (request_t *self)
{
    static const char *const decisions [] = {
        [SAGA_GIVE_UP] = "give_up", [SAGA_SUCCEEDED] = "succeeded", [SAGA_FAILED] = "failed"
    };
    const resolve_input_t *input = (const resolve_input_t *) self->input;
    uint8_t command = s_type (self->path_oid)->resolve_command;
    saga_resolve_t resolve = { 0 };
    for (uint8_t index = SAGA_GIVE_UP; index < COUNT (decisions); index++) {
        if (strcmp (decisions [index], input->decision) == 0) {
            resolve.decision = index;
        }
    }
    if (!resolve.decision) {
        problem_field (&self->problem, "/", "decision", FAULT_OUT_OF_RANGE,
                       "One of give_up, succeeded, failed");
        return;
    }
    memcpy (resolve.reason, input->reason, sizeof resolve.reason);
    if (s_offers (self, command)) {
        approval_command_resolve (self, command, &resolve);
    }
}

static void
s_moved_render (request_t *self)
{
    _Alignas(max_align_t) uint8_t state [STATE_SIZE_MAX];
    const node_reply_t *reply = answer_decided (self);
    const aggregate_type_t *type = s_type (reply->aggregate);
    (void) reply_state (reply, state);
    bool awaited = self->shown_oid.kind == OID_APPROVAL && s_parked (type, state)
                   && approval_is_awaited (self);
    self->version = reply->version;
    self->http = awaited || !type->finished (state) ? 202 : 200;
    s_write (self, reply, state, awaited ? self->shown_oid : (oid_t) { 0 });
}

//  ---------------------------------------------------------------------------
//  Lists

//  All that are open or parked, unless the query says which.
static bool
s_list_of (request_t *self, oid_t *ret_owner, uint8_t *ret_bucket)
{
    const char *name = target_value (&self->target, "type");
    size_t count;
    const aggregate_type_t *const *types = registry_all (&count);
    *ret_owner = (oid_t) { 0 };
    if (!answer_query_status (self, s_statuses, COUNT (s_statuses), ret_bucket)) {
        return false;
    }
    for (size_t index = 0; name && index < count; index++) {
        if (types [index]->finished && strcmp (types [index]->name, name) == 0) {
            ret_owner->kind = types [index]->kind;
        }
    }
    if (name && oid_is_none (*ret_owner)) {
        problem_field (&self->problem, "", "type", FAULT_OUT_OF_RANGE, "There is no such process");
        return false;
    }
    return true;
}

static void
s_list_prepare (request_t *self)
{
    oid_t owner;
    uint8_t bucket;
    (void) s_list_of (self, &owner, &bucket);
}

static void
s_row (request_t *self, const list_row_t *row)
{
    answer_row (self, row, s_object);
}

static void
s_list_render (request_t *self)
{
    oid_t owner;
    uint8_t bucket;
    if (s_list_of (self, &owner, &bucket)) {
        answer_list_of (self, LIST_SAGAS, owner, bucket, s_row);
    }
}

static const route_t s_routes [] = {
    { "GET", "/v1/sagas", .roles = MAY_OPERATOR, ROUTE_QUERIES (s_list_queries), .syncs = true,
      .prepare = s_list_prepare, .render = s_list_render },
    { "GET", "/v1/sagas/{id}", .roles = MAY_OPERATOR, .prepare = s_prepare,
      .render = s_read_render },
    { "POST", "/v1/sagas/{id}/retry", .roles = MAY_OPERATOR, .prepare = s_prepare,
      .decide = s_retry_decide, .render = s_moved_render },
    { "POST", "/v1/sagas/{id}/resolve", .roles = MAY_OPERATOR, ROUTE_FIELDS (s_resolve_fields),
      .prepare = s_prepare, .decide = s_resolve_decide, .follow = approval_follow_resolve,
      .render = s_moved_render },
};
const route_table_t saga_routes = { s_routes, COUNT (s_routes) };
