//  recharges - POST wallets/{id}/recharges, GET recharges/{id}, GET wallets/{id}/recharges.

#include "actors/recharge.h"
#include "edge/bank_moves.h"

static void
s_prepare (request_t *self)
{
    bank_move_prepare (self, OID_RECHARGE);
}

static void
s_decide (request_t *self)
{
    const bank_move_input_t *input = (const bank_move_input_t *) self->input;
    member_t member;
    bank_account_t account;
    if (!bank_move_facts (self, &member, &account)) {
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
    request_command (self, self->fact_oids [BANK_MOVE_SAGA], RECHARGE_START, &start, sizeof start);
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
s_row (request_t *self, const list_row_t *row)
{
    answer_row (self, row, recharge_object);
}

static void
s_list_render (request_t *self)
{
    answer_list (self, LIST_WALLET_RECHARGES, self->path_oid, s_row);
}

static const route_t s_routes [] = {
    { "POST", "/v1/wallets/{id}/recharges", OID_WALLET, MAY_OPERATOR | MAY_MEMBER,
      ROUTE_FIELDS (bank_move_fields), .prepare = s_prepare, .decide = s_decide,
      .render = s_render },
    { "GET", "/v1/wallets/{id}/recharges", OID_WALLET, MAY_OPERATOR | MAY_MEMBER,
      ROUTE_QUERIES (list_queries), .syncs = true, .render = s_list_render },
    { "GET", "/v1/recharges/{id}", OID_RECHARGE, MAY_OPERATOR | MAY_MEMBER,
      .render = s_read_render },
};
const route_table_t recharge_routes = { s_routes, COUNT (s_routes) };
