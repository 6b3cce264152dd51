//  recharges - POST wallets/{id}/recharges, GET recharges/{id}, GET wallets/{id}/recharges.

#include "actors/bank_account.h"
#include "actors/member.h"
#include "actors/recharge.h"
#include "edge/edge_self.h"
#include "edge/resources.h"

typedef struct {
    int64_t amount_minor;
    oid_t bank_account;
} recharge_input_t;

static const input_field_t s_fields [] = {
    { "amount", INPUT_AMOUNT, INPUT_REQUIRED, AT (recharge_input_t, amount_minor) },
    { "currency", INPUT_CURRENCY, INPUT_REQUIRED },
    { "bank_account_id", INPUT_OID, INPUT_REQUIRED, AT (recharge_input_t, bank_account),
      .oid_kind = OID_BANK_ACCOUNT },
};

enum { FACT_MEMBER, FACT_ACCOUNT, FACT_RECHARGE };

static void
s_prepare (request_t *self)
{
    const recharge_input_t *input = (const recharge_input_t *) self->input;
    oid_t member = oid_as (self->path_oid, OID_MEMBER);
    if (!request_may (self, member)) {
        request_fail (self, PROBLEM_NOT_FOUND, NULL);
        return;
    }
    request_read (self, member);
    request_read (self, input->bank_account);
    request_read (self, scope_oid (self->edge->config.keyring, &self->scope, OID_RECHARGE));
}

//  While the bank is away nothing new is begun; what was begun is still answered.
static void
s_decide (request_t *self)
{
    const recharge_input_t *input = (const recharge_input_t *) self->input;
    member_t member;
    bank_account_t account;
    (void) request_fact (self, FACT_MEMBER, &member);
    (void) request_fact (self, FACT_ACCOUNT, &account);
    if (self->facts [FACT_RECHARGE]->version == 0 && account.status == BANK_ACCOUNT_LINKED) {
        request_needs_bank (self, account.party.bank_code);
    }
    if (request_failed (self)) {
        return;
    }
    recharge_start_t start = {
        .request = {
            .wallet = self->path_oid,
            .member = oid_as (self->path_oid, OID_MEMBER),
            .bank_account = input->bank_account,
            .amount_minor = input->amount_minor,
            .currency = "KRW",
            .party = account.party,
        },
        .member_status = member.status,
        .account_status = account.status,
        .account_member = account.party.member,
    };
    request_command (self, self->fact_oids [FACT_RECHARGE], RECHARGE_START, &start, sizeof start);
}

void
recharge_object (request_t *self, const char *key, const node_reply_t *reply, const void *state)
{
    static const char *const statuses [] = {
        [RECHARGE_NONE] = "requested",        [RECHARGE_REQUESTED] = "requested",
        [RECHARGE_PROCESSING] = "processing", [RECHARGE_SUCCEEDED] = "succeeded",
        [RECHARGE_FAILED] = "failed",         [RECHARGE_COMPENSATED] = "compensated",
        [RECHARGE_PARKED] = "parked",
    };
    const recharge_t *recharge = state;
    const recharge_request_t *request = &recharge->request;
    answer_head (self, key, reply, reply->aggregate, "recharge", statuses [recharge->status]);
    out_oid (&self->out, "wallet_id", request->wallet);
    out_oid (&self->out, "member_id", request->member);
    out_oid (&self->out, "bank_account_id", request->bank_account);
    out_oid (&self->out, "bank_transfer_id", recharge->transfer);
    out_oid (&self->out, "parent_id", recharge->parent.saga);
    answer_amount (self, "amount", request->amount_minor);
    answer_failure (self, recharge->verdict);
    out_close (&self->out, '}');
}

static void
s_render (request_t *self)
{
    recharge_t recharge;
    (void) reply_state (answer_decided (self), &recharge);
    ending_t ending = { OUTCOME_RUNNING, VERDICT_ACCEPTED };
    if (recharge.status == RECHARGE_SUCCEEDED) {
        ending = ending_now ();
    }
    else if (recharge.status == RECHARGE_FAILED || recharge.status == RECHARGE_COMPENSATED) {
        ending = (ending_t) { OUTCOME_FAILED, recharge.verdict };
    }
    answer_write (self, 201, recharge_object, ending);
}

static bool
s_sees (const request_t *self, const void *state)
{
    const recharge_t *recharge = state;
    return request_may (self, recharge->request.member);
}

static void
s_read_render (request_t *self)
{
    answer_read (self, recharge_object, s_sees);
}

static void
s_list_prepare (request_t *self)
{
    if (!request_may (self, oid_as (self->path_oid, OID_MEMBER))) {
        request_fail (self, PROBLEM_NOT_FOUND, NULL);
        return;
    }
    request_read (self, self->path_oid);
}

static void
s_row (request_t *self, const list_row_t *row)
{
    answer_row (self, row, recharge_object);
}

static void
s_list_render (request_t *self)
{
    if (self->facts [0]->version == 0) {
        request_fail (self, PROBLEM_NOT_FOUND, NULL);
        return;
    }
    answer_list (self, LIST_WALLET_RECHARGES, self->path_oid, s_row);
}

static const route_t s_routes [] = {
    { "POST", "/v1/wallets/{id}/recharges", OID_WALLET, MAY_OPERATOR | MAY_MEMBER,
      ROUTE_FIELDS (s_fields), .prepare = s_prepare, .decide = s_decide, .render = s_render },
    { "GET", "/v1/wallets/{id}/recharges", OID_WALLET, MAY_OPERATOR | MAY_MEMBER,
      ROUTE_QUERIES (list_queries), .syncs = true, .prepare = s_list_prepare,
      .render = s_list_render },
    { "GET", "/v1/recharges/{id}", OID_RECHARGE, MAY_OPERATOR | MAY_MEMBER,
      .render = s_read_render },
};
const route_table_t recharge_routes = { s_routes, COUNT (s_routes) };
