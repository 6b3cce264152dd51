//  remittances - POST remittances, GET remittances/{id}, GET remittances?member_id=.
//
//  Sender, receiver and operators see a remittance, its memo included. The receiver does
//  not see what is the sender's own business: accounts, recharge, transfer, why one did
//  not go through, and one that never set out.

#include "actors/bank_account.h"
#include "actors/member.h"
#include "actors/remittance.h"
#include "actors/wallet.h"
#include "edge/edge_self.h"
#include "edge/personal.h"
#include "edge/resources.h"
#include "runtime/index.h"

typedef struct {
    oid_t sender, bank_account;
    int64_t amount_minor;
    bool auto_recharge;
    char memo [100 * 4 + 1];
    uint32_t to_has;  //  Bits of s_to_fields
    oid_t receiver;
    char bank_code [BANK_CODE_SIZE];
    char account_number [65];
} remittance_input_t;

enum { TO_MEMBER = 1 << 0, TO_BANK = 1 << 1, TO_NUMBER = 1 << 2 };

static const input_field_t s_to_fields [] = {
    { "member_id", INPUT_OID, INPUT_OPTIONAL, AT (remittance_input_t, receiver),
      .oid_kind = OID_MEMBER },
    { "bank_code", INPUT_TOKEN, INPUT_OPTIONAL, AT (remittance_input_t, bank_code), 1, 32 },
    { "account_number", INPUT_NUMBER, INPUT_OPTIONAL, AT (remittance_input_t, account_number), 4,
      64 },
};

static const input_field_t s_fields [] = {
    { "from_member_id", INPUT_OID, INPUT_REQUIRED, AT (remittance_input_t, sender),
      .oid_kind = OID_MEMBER },
    { "to", INPUT_OBJECT, INPUT_REQUIRED, AT (remittance_input_t, to_has), .fields = s_to_fields,
      .field_count = COUNT (s_to_fields) },
    { "amount", INPUT_AMOUNT, INPUT_REQUIRED, AT (remittance_input_t, amount_minor) },
    { "currency", INPUT_CURRENCY, INPUT_REQUIRED },
    { "auto_recharge", INPUT_BOOLEAN, INPUT_OPTIONAL, AT (remittance_input_t, auto_recharge) },
    { "bank_account_id", INPUT_OID, INPUT_OPTIONAL, AT (remittance_input_t, bank_account),
      .oid_kind = OID_BANK_ACCOUNT },
    { "memo", INPUT_TEXT, INPUT_OPTIONAL, AT (remittance_input_t, memo), 0, 100 },
};

static const query_field_t s_list_queries [] = {
    { "member_id" }, { "direction" },    { "status" },        { "limit" },
    { "cursor" },    { "min_sequence" }, { "created_after" }, { "created_before" },
};

static const char *const s_statuses [] = {
    [REMITTANCE_NONE] = NULL,
    [REMITTANCE_REQUESTED] = "requested",
    [REMITTANCE_PROCESSING] = "processing",
    [REMITTANCE_SUCCEEDED] = "succeeded",
    [REMITTANCE_FAILED] = "failed",
    [REMITTANCE_COMPENSATED] = "compensated",
    [REMITTANCE_PARKED] = "parked",
};

//  ---------------------------------------------------------------------------
//  POST

//  FACT_OTHERS: the receiver if there is one, then the bank account if one is named.
enum { FACT_REMITTANCE, FACT_SENDER, FACT_WALLET, FACT_OTHERS };

static void
s_check_to (request_t *self)
{
    const remittance_input_t *input = (const remittance_input_t *) self->input;
    switch (input->to_has) {
    case TO_MEMBER:
    case TO_BANK | TO_NUMBER: return;
    case TO_BANK:
        problem_field (&self->problem, "/to/", "account_number", FAULT_MISSING,
                       "This field is required with bank_code");
        return;
    case TO_NUMBER:
        problem_field (&self->problem, "/to/", "bank_code", FAULT_MISSING,
                       "This field is required with account_number");
        return;
    default:
        problem_field (&self->problem, "/", "to", FAULT_MALFORMED,
                       "Either member_id, or bank_code and account_number are needed");
    }
}

static void
s_prepare (request_t *self)
{
    const remittance_input_t *input = (const remittance_input_t *) self->input;
    s_check_to (self);
    if (input->auto_recharge && oid_is_none (input->bank_account)) {
        problem_field (&self->problem, "/", "bank_account_id", FAULT_MISSING,
                       "This field is required with auto_recharge");
    }
    if (request_failed (self)) {
        return;
    }
    if (!request_may (self, input->sender)) {
        request_fail (self, PROBLEM_NOT_FOUND, NULL);
        return;
    }
    request_read (self, scope_oid (self->edge->config.keyring, &self->scope, OID_REMITTANCE));
    request_read_status (self, input->sender);
    request_read (self, oid_as (input->sender, OID_WALLET));
    if (input->to_has & TO_MEMBER) {
        request_read_status (self, input->receiver);
    }
    if (!oid_is_none (input->bank_account)) {
        request_read (self, input->bank_account);
    }
}

//  Seals what is personal with the sender's key. False: the problem is set.
static bool
s_seal (request_t *self, remittance_request_t *request)
{
    const remittance_input_t *input = (const remittance_input_t *) self->input;
    member_keys_t *keys = self->edge->config.member_keys;
    if (!request_sealed (self, personal_seal (keys, input->sender, PERSONAL_MEMO, input->memo,
                                              &request->memo))) {
        return false;
    }
    if (input->to_has & TO_MEMBER) {
        return true;
    }
    request->to.member = input->sender;
    memcpy (request->to.bank_code, input->bank_code, sizeof request->to.bank_code);
    return request_sealed (self,
                           personal_seal (keys, input->sender, PERSONAL_ACCOUNT_NUMBER,
                                          input->account_number, &request->to.account_number));
}

//  While a bank that is needed is away nothing new is begun; what was begun is still
//  answered.
static void
s_check_banks (request_t *self, const bank_account_t *account, const wallet_t *wallet)
{
    const remittance_input_t *input = (const remittance_input_t *) self->input;
    if (self->facts [FACT_REMITTANCE]->version > 0) {
        return;
    }
    if (!(input->to_has & TO_MEMBER)) {
        request_needs_bank (self, input->bank_code);
    }
    bool recharges = input->auto_recharge && input->amount_minor > wallet->available_minor;
    if (!request_failed (self) && recharges && account->status == BANK_ACCOUNT_LINKED) {
        request_needs_bank (self, account->party.bank_code);
    }
}

static void
s_decide (request_t *self)
{
    const remittance_input_t *input = (const remittance_input_t *) self->input;
    bool to_member = input->to_has & TO_MEMBER;
    member_t sender, receiver = { 0 };
    bank_account_t account = { 0 };
    wallet_t wallet;
    if (!request_fact (self, FACT_SENDER, &sender)) {
        request_refuse (self, VERDICT_MEMBER_NOT_FOUND);
        return;
    }
    (void) request_fact (self, FACT_WALLET, &wallet);
    if (to_member) {
        (void) request_fact (self, FACT_OTHERS, &receiver);
    }
    if (!oid_is_none (input->bank_account)) {
        (void) request_account (self, FACT_OTHERS + to_member, &account);
    }
    s_check_banks (self, &account, &wallet);
    remittance_start_t start = {
        .request = {
            .sender = input->sender,
            .receiver = input->receiver,
            .amount_minor = input->amount_minor,
            .currency = "KRW",
            .bank_account = input->bank_account,
            .source = account.party,
        },
        .auto_recharge = input->auto_recharge,
        .available_minor = wallet.available_minor,
        .sender_status = sender.status,
        .receiver_status = receiver.status,
        .account_status = account.status,
        .account_member = account.party.member,
    };
    if (!request_failed (self) && s_seal (self, &start.request)) {
        request_command (self, self->fact_oids [FACT_REMITTANCE], REMITTANCE_START, &start,
                         sizeof start);
    }
}

//  ---------------------------------------------------------------------------
//  Rendering

static void
s_to (request_t *self, const remittance_request_t *request)
{
    out_object (&self->out, "to");
    if (remittance_to_bank (request)) {
        out_text (&self->out, "bank_code", request->to.bank_code);
        answer_account_number (self, request->to.member, &request->to.account_number);
    }
    else {
        out_oid (&self->out, "member_id", request->receiver);
    }
    out_close (&self->out, '}');
}

void
remittance_object (request_t *self, const char *key, const node_reply_t *reply, const void *state)
{
    const remittance_t *remittance = state;
    const remittance_request_t *request = &remittance->request;
    bool own = request_may (self, request->sender);
    const oid_t none = { 0 };
    answer_head (self, key, reply, reply->aggregate, "remittance",
                 remittance->status ? s_statuses [remittance->status] : "requested");
    out_oid (&self->out, "from_member_id", request->sender);
    s_to (self, request);
    answer_amount (self, "amount", request->amount_minor);
    answer_personal (self, "memo", request->sender, PERSONAL_MEMO, &request->memo);
    out_i64 (&self->out, "amount_recharged",
             own && remittance->recharged ? request->recharge_minor : 0);
    out_oid (&self->out, "bank_account_id", own ? request->bank_account : none);
    out_oid (&self->out, "recharge_id", own ? remittance->recharge : none);
    out_oid (&self->out, "bank_transfer_id", own ? remittance->transfer : none);
    answer_failure (self, own ? (verdict_t) remittance->verdict : VERDICT_ACCEPTED);
    out_text (&self->out, "bank_reason", own && *remittance->reason ? remittance->reason : NULL);
    out_close (&self->out, '}');
}

static void
s_render (request_t *self)
{
    remittance_t remittance;
    (void) reply_state (answer_decided (self), &remittance);
    ending_t ending = { OUTCOME_RUNNING, VERDICT_ACCEPTED };
    if (remittance.status == REMITTANCE_SUCCEEDED) {
        ending = ending_now ();
    }
    else if (remittance.status == REMITTANCE_FAILED
             || remittance.status == REMITTANCE_COMPENSATED) {
        ending = (ending_t) { OUTCOME_FAILED, (verdict_t) remittance.verdict };
    }
    answer_write (self, 201, remittance_object, ending);
}

static bool
s_sees (const request_t *self, const void *state)
{
    const remittance_t *remittance = state;
    return request_may (self, remittance->request.sender)
           || (remittance->departed && request_may (self, remittance->request.receiver));
}

static void
s_read_render (request_t *self)
{
    answer_read (self, remittance_object, s_sees);
}

//  ---------------------------------------------------------------------------
//  The list

//  False: the problem is set.
static bool
s_list_of (request_t *self, oid_t *ret_member, uint8_t *ret_bucket)
{
    const char *direction = target_value (&self->target, "direction");
    uint8_t bucket = 0;
    if (direction && strcmp (direction, "sent") == 0) {
        bucket = REMITTANCES_SENT;
    }
    else if (direction && strcmp (direction, "received") == 0) {
        bucket = REMITTANCES_RECEIVED;
    }
    else if (direction) {
        problem_field (&self->problem, "", "direction", FAULT_OUT_OF_RANGE,
                       "One of sent, received");
    }
    bool read = answer_query_status (self, s_statuses, COUNT (s_statuses), ret_bucket);
    *ret_bucket = (uint8_t) (*ret_bucket + bucket);
    return request_query_owner (self, "member_id", OID_MEMBER, ret_member) && read
           && !request_failed (self);
}

static void
s_list_prepare (request_t *self)
{
    oid_t member;
    uint8_t bucket;
    (void) s_list_of (self, &member, &bucket);
}

static void
s_row (request_t *self, const list_row_t *row)
{
    answer_row (self, row, remittance_object);
}

static void
s_list_render (request_t *self)
{
    oid_t member;
    uint8_t bucket;
    if (s_list_of (self, &member, &bucket)) {
        answer_list_of (self, oid_is_none (member) ? LIST_REMITTANCES : LIST_MEMBER_REMITTANCES,
                        member, bucket, s_row);
    }
}

static const route_t s_routes [] = {
    { "POST", "/v1/remittances", .roles = MAY_OPERATOR | MAY_MEMBER, ROUTE_FIELDS (s_fields),
      .prepare = s_prepare, .decide = s_decide, .render = s_render },
    { "GET", "/v1/remittances", .roles = MAY_OPERATOR | MAY_MEMBER, ROUTE_QUERIES (s_list_queries),
      .syncs = true, .prepare = s_list_prepare, .render = s_list_render },
    { "GET", "/v1/remittances/{id}", OID_REMITTANCE, MAY_OPERATOR | MAY_MEMBER,
      .render = s_read_render },
};
const route_table_t remittance_routes = { s_routes, COUNT (s_routes) };
