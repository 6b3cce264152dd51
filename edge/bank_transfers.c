//  bank_transfers - POST bank-transfers, GET bank-transfers/{id}, GET bank-transfers?…
//  An operator's own transfers, and every transfer as people see it. What is asked of
//  one that is under way is in bank_transfer_actions.c.

#include "actors/bank_account.h"
#include "actors/bank_transfer.h"
#include "edge/approvals.h"
#include "edge/bank_call.h"
#include "edge/edge_self.h"
#include "edge/personal.h"
#include "edge/resources.h"

typedef struct {
    uint32_t from, to;  //  Bits of their fields
    char from_code [BANK_CODE_SIZE], to_code [BANK_CODE_SIZE];
    char from_number [65], to_number [65];
    int64_t amount_minor;
    char reason [REASON_SIZE];
} transfer_input_t;

static const input_field_t s_from_fields [] = {
    { "bank_code", INPUT_TOKEN, INPUT_REQUIRED, AT (transfer_input_t, from_code), 1, 32 },
    { "account_number", INPUT_NUMBER, INPUT_REQUIRED, AT (transfer_input_t, from_number), 4, 64 },
};

static const input_field_t s_to_fields [] = {
    { "bank_code", INPUT_TOKEN, INPUT_REQUIRED, AT (transfer_input_t, to_code), 1, 32 },
    { "account_number", INPUT_NUMBER, INPUT_REQUIRED, AT (transfer_input_t, to_number), 4, 64 },
};

static const input_field_t s_fields [] = {
    { "from", INPUT_OBJECT, INPUT_REQUIRED, AT (transfer_input_t, from), .fields = s_from_fields,
      .field_count = COUNT (s_from_fields) },
    { "to", INPUT_OBJECT, INPUT_REQUIRED, AT (transfer_input_t, to), .fields = s_to_fields,
      .field_count = COUNT (s_to_fields) },
    { "amount", INPUT_AMOUNT, INPUT_REQUIRED, AT (transfer_input_t, amount_minor) },
    { "currency", INPUT_CURRENCY, INPUT_REQUIRED },
    { "reason", INPUT_TEXT, INPUT_REQUIRED, AT (transfer_input_t, reason), 1, 200 },
};

static const query_field_t s_list_queries [] = {
    { "member_id" }, { "bank_account_id" }, { "status" },        { "limit" },
    { "cursor" },    { "min_sequence" },    { "created_after" }, { "created_before" },
};

static const char *const s_statuses [] = {
    [BANK_TRANSFER_REQUESTED] = "requested",
    [BANK_TRANSFER_UNKNOWN] = "unknown",
    [BANK_TRANSFER_SUCCEEDED] = "succeeded",
    [BANK_TRANSFER_FAILED] = "failed",
    [BANK_TRANSFER_PARKED] = "parked",
    [BANK_TRANSFER_AWAITING_APPROVAL] = "awaiting_approval",
    [BANK_TRANSFER_REJECTED] = "rejected",
    [BANK_TRANSFER_FOREIGN] = "foreign",
};

static bool
s_is_ours (const char *bank_code, const char *number)
{
    return strcmp (bank_code, BANK_OWN_CODE) == 0 && strcmp (number, BANK_OWN_NUMBER) == 0;
}

static oid_t
s_transfer (const request_t *self)
{
    return scope_oid (self->edge->config.keyring, &self->scope, OID_BANK_TRANSFER);
}

//  The other side's number is sealed with a key of the operator's own: it belongs to no
//  member. Here, on a worker, since making the key waits for the disk.
static void
s_instruct_prepare (request_t *self)
{
    const transfer_input_t *input = (const transfer_input_t *) self->input;
    bool from_us = s_is_ours (input->from_code, input->from_number);
    if (from_us == s_is_ours (input->to_code, input->to_number)) {
        problem_field (&self->problem, "/", from_us ? "to" : "from", FAULT_OUT_OF_RANGE,
                       "Exactly one of from and to must be our own account");
        return;
    }
    if (request_sealed (self,
                        member_keys_put (self->edge->config.member_keys, self->caller.oid, NULL))) {
        request_read (self, s_transfer (self));
    }
}

static void
s_instruct_decide (request_t *self)
{
    const transfer_input_t *input = (const transfer_input_t *) self->input;
    bool out = s_is_ours (input->from_code, input->from_number);
    bank_transfer_instruction_t instruction = {
        .request = {
            .direction = out ? BANK_TRANSFER_OUT : BANK_TRANSFER_IN,
            .party.member = self->caller.oid,
            .amount_minor = input->amount_minor,
            .currency = "KRW",
        },
    };
    bank_party_t *party = &instruction.request.party;
    memcpy (party->bank_code, out ? input->to_code : input->from_code, sizeof party->bank_code);
    memcpy (instruction.operator, self->caller.subject, sizeof instruction.operator);
    memcpy (instruction.reason, input->reason, sizeof instruction.reason);
    if (self->facts [0]->version == 0) {
        request_needs_bank (self, party->bank_code);
    }
    if (request_failed (self)
        || !request_sealed (self, personal_seal (self->edge->config.member_keys, self->caller.oid,
                                                 PERSONAL_ACCOUNT_NUMBER,
                                                 out ? input->to_number : input->from_number,
                                                 &party->account_number))) {
        return;
    }
    request_command (self, self->fact_oids [0], BANK_TRANSFER_INSTRUCT, &instruction,
                     sizeof instruction);
}

static ending_t
s_ending (const bank_transfer_t *transfer)
{
    switch (transfer->status) {
    case BANK_TRANSFER_SUCCEEDED: return ending_now ();
    case BANK_TRANSFER_FAILED: return (ending_t) { OUTCOME_FAILED, VERDICT_BANK_DECLINED };
    case BANK_TRANSFER_REJECTED: return (ending_t) { OUTCOME_FAILED, VERDICT_APPROVAL_REJECTED };
    default: return (ending_t) { OUTCOME_RUNNING, VERDICT_ACCEPTED };
    }
}

//  NULL: the bank's statement does not say who.
static void
s_party (request_t *self, const char *name, const bank_party_t *party)
{
    out_object (&self->out, name);
    if (!party) {
        out_null (&self->out, "bank_code");
        out_null (&self->out, "account_number");
    }
    else if (oid_is_none (party->member)) {  //  Our account at the bank
        char masked [MASKED_NUMBER_SIZE];
        personal_mask_number (BANK_OWN_NUMBER, masked);
        out_text (&self->out, "bank_code", BANK_OWN_CODE);
        out_text (&self->out, "account_number", masked);
    }
    else {
        out_text (&self->out, "bank_code", party->bank_code);
        answer_account_number (self, party->member, &party->account_number);
    }
    out_close (&self->out, '}');
}

static void
s_text_or_null (request_t *self, const char *name, const char *text)
{
    out_text (&self->out, name, *text ? text : NULL);
}

//  In the bank's own words, where it had some.
static void
s_failure (request_t *self, const bank_transfer_t *transfer)
{
    ending_t ending = s_ending (transfer);
    if (ending.verdict != VERDICT_BANK_DECLINED || !*transfer->reason) {
        answer_failure (self, ending.verdict);
        return;
    }
    out_object (&self->out, "failure");
    out_text (&self->out, "code", verdict_code (ending.verdict));
    out_text (&self->out, "detail", transfer->reason);
    out_close (&self->out, '}');
}

//  Who of the operators did what and why is for operators.
static void
s_operators (request_t *self, const bank_transfer_t *transfer)
{
    static const char *const outcomes [] = {
        [SAGA_SUCCEEDED] = "succeeded", [SAGA_FAILED] = "failed"
    };
    out_oid (&self->out, "approval_id", transfer->approval);
    out_text (&self->out, "resolved_as", transfer->resolved ? outcomes [transfer->resolved] : NULL);
    if (transfer->resolved && transfer->heard) {
        out_bool (&self->out, "bank_agrees", !transfer->contradicted);
    }
    else {
        out_null (&self->out, "bank_agrees");
    }
    if (self->caller.role == ROLE_OPERATOR) {
        s_text_or_null (self, "operator", transfer->operator);
        s_text_or_null (self, "confirmed_by", transfer->confirmed_by);
        s_text_or_null (self, "reason", transfer->instruct_reason);
        s_text_or_null (self, "resolve_reason", transfer->resolve_reason);
    }
}

void
bank_transfer_object (request_t *self, const char *key, const node_reply_t *reply,
                      const void *state)
{
    static const bank_party_t ours = { 0 };
    const bank_transfer_t *transfer = state;
    const bank_transfer_request_t *request = &transfer->request;
    bool in = request->direction == BANK_TRANSFER_IN;
    uint8_t status = transfer->status ? transfer->status : BANK_TRANSFER_REQUESTED;
    const bank_party_t *theirs = status == BANK_TRANSFER_FOREIGN ? NULL : &request->party;
    bool members = request->party.member.kind == OID_MEMBER;
    answer_head (self, key, reply, reply->aggregate, "bank_transfer", s_statuses [status]);
    s_party (self, "from", in ? theirs : &ours);
    s_party (self, "to", in ? &ours : theirs);
    answer_amount (self, "amount", request->amount_minor);
    out_oid (&self->out, "member_id", members ? request->party.member : (oid_t) { 0 });
    out_oid (&self->out, "bank_account_id", request->bank_account);
    out_oid (&self->out, "saga_id", request->saga);
    out_i64 (&self->out, "attempt", request->attempt);
    out_i64 (&self->out, "posts", transfer->posts);
    s_failure (self, transfer);
    s_text_or_null (self, "bank_reference", transfer->bank_reference);
    out_bool (&self->out, "contradicted", transfer->contradicted);
    out_i64 (&self->out, "corrected", transfer->corrected_minor);
    s_operators (self, transfer);
    out_close (&self->out, '}');
}

static void
s_instruct_follow (request_t *self)
{
    bank_transfer_t transfer;
    (void) reply_state (answer_decided (self), &transfer);
    if (transfer.status == BANK_TRANSFER_AWAITING_APPROVAL) {
        approval_await (self, transfer.approval);
    }
}

static void
s_instruct_render (request_t *self)
{
    bank_transfer_t transfer;
    const node_reply_t *reply = answer_decided (self);
    (void) reply_state (reply, &transfer);
    answer_write_as (self, 201, bank_transfer_object, s_ending (&transfer), reply, &transfer);
}

static bool
s_sees (const request_t *self, const void *state)
{
    const bank_transfer_t *transfer = state;
    return request_may (self, transfer->request.party.member);
}

static void
s_read_render (request_t *self)
{
    answer_read (self, bank_transfer_object, s_sees);
}

//  Whose transfers the query asks for: an account's, a member's, or (operators) all. Both
//  NONE: all; both given: an account's, if it is the member's.
typedef struct {
    oid_t member, account;
    uint8_t bucket;
} transfer_query_t;

static bool
s_query (request_t *self, transfer_query_t *ret_query)
{
    ret_query->account = (oid_t) { 0 };
    bool read = answer_query_status (self, s_statuses, COUNT (s_statuses), &ret_query->bucket);
    if (target_value (&self->target, "bank_account_id")) {
        read = request_query_id (self, "bank_account_id", OID_BANK_ACCOUNT, &ret_query->account)
               && read;
    }
    return request_query_owner (self, "member_id", OID_MEMBER, &ret_query->member) && read;
}

static void
s_list_prepare (request_t *self)
{
    transfer_query_t query;
    if (s_query (self, &query) && !oid_is_none (query.account)) {
        request_read (self, query.account);
    }
}

static void
s_row (request_t *self, const list_row_t *row)
{
    answer_row (self, row, bank_transfer_object);
}

static void
s_list_render (request_t *self)
{
    transfer_query_t query;
    bank_account_t account;
    if (!s_query (self, &query)) {
        return;
    }
    if (oid_is_none (query.account)) {
        answer_list_of (self, oid_is_none (query.member) ? LIST_TRANSFERS : LIST_MEMBER_TRANSFERS,
                        query.member, query.bucket, s_row);
    }
    else if (!request_fact (self, 0, &account) || !request_may (self, account.party.member)) {
        request_fail (self, PROBLEM_NOT_FOUND, NULL);
    }
    else if (!oid_is_none (query.member) && !oid_equal (query.member, account.party.member)) {
        answer_list_one (self, LIST_ACCOUNT_TRANSFERS, /* reply= */ NULL, NULL,
                         bank_transfer_object);
    }
    else {
        answer_list_of (self, LIST_ACCOUNT_TRANSFERS, query.account, query.bucket, s_row);
    }
}

static const route_t s_routes [] = {
    { "POST", "/v1/bank-transfers", .roles = MAY_OPERATOR, ROUTE_FIELDS (s_fields),
      .prepare = s_instruct_prepare, .decide = s_instruct_decide, .follow = s_instruct_follow,
      .render = s_instruct_render },
    { "GET", "/v1/bank-transfers", .roles = MAY_OPERATOR | MAY_MEMBER,
      ROUTE_QUERIES (s_list_queries), .syncs = true, .prepare = s_list_prepare,
      .render = s_list_render },
    { "GET", "/v1/bank-transfers/{id}", OID_BANK_TRANSFER, MAY_OPERATOR | MAY_MEMBER,
      .render = s_read_render },
};
const route_table_t bank_transfer_routes = { s_routes, COUNT (s_routes) };
