//  withdrawals - POST wallets/{id}/withdrawals, GET withdrawals/{id}, GET
//  wallets/{id}/withdrawals.

#include "actors/withdrawal.h"
#include "edge/bank_moves.h"

static void
s_prepare (request_t *self)
{
    bank_move_prepare (self, OID_WITHDRAWAL);
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
    withdrawal_start_t start = {
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
    request_command (self, self->fact_oids [BANK_MOVE_SAGA], WITHDRAWAL_START, &start,
                     sizeof start);
}

void
withdrawal_object (request_t *self, const char *key, const node_reply_t *reply, const void *state)
{
    static const char *const statuses [] = {
        [WITHDRAWAL_NONE] = "requested",        [WITHDRAWAL_REQUESTED] = "requested",
        [WITHDRAWAL_PROCESSING] = "processing", [WITHDRAWAL_SUCCEEDED] = "succeeded",
        [WITHDRAWAL_FAILED] = "failed",         [WITHDRAWAL_PARKED] = "parked",
    };
    const withdrawal_t *withdrawal = state;
    const withdrawal_request_t *request = &withdrawal->request;
    answer_head (self, key, reply, reply->aggregate, "withdrawal", statuses [withdrawal->status]);
    out_oid (&self->out, "wallet_id", request->wallet);
    out_oid (&self->out, "member_id", request->member);
    out_oid (&self->out, "bank_account_id", request->bank_account);
    out_oid (&self->out, "bank_transfer_id", withdrawal->transfer);
    answer_amount (self, "amount", request->amount_minor);
    answer_failure (self, withdrawal->verdict);
    out_close (&self->out, '}');
}

static void
s_render (request_t *self)
{
    withdrawal_t withdrawal;
    (void) reply_state (answer_decided (self), &withdrawal);
    ending_t ending = { OUTCOME_RUNNING, VERDICT_ACCEPTED };
    if (withdrawal.status == WITHDRAWAL_SUCCEEDED) {
        ending = ending_now ();
    }
    else if (withdrawal.status == WITHDRAWAL_FAILED) {
        ending = (ending_t) { OUTCOME_FAILED, withdrawal.verdict };
    }
    answer_write (self, 201, withdrawal_object, ending);
}

static bool
s_sees (const request_t *self, const void *state)
{
    const withdrawal_t *withdrawal = state;
    return request_may (self, withdrawal->request.member);
}

static void
s_read_render (request_t *self)
{
    answer_read (self, withdrawal_object, s_sees);
}

static void
s_row (request_t *self, const list_row_t *row)
{
    answer_row (self, row, withdrawal_object);
}

static void
s_list_render (request_t *self)
{
    answer_list (self, LIST_WALLET_WITHDRAWALS, self->path_oid, s_row);
}

static const route_t s_routes [] = {
    { "POST", "/v1/wallets/{id}/withdrawals", OID_WALLET, MAY_OPERATOR | MAY_MEMBER,
      ROUTE_FIELDS (bank_move_fields), .prepare = s_prepare, .decide = s_decide,
      .render = s_render },
    { "GET", "/v1/wallets/{id}/withdrawals", OID_WALLET, MAY_OPERATOR | MAY_MEMBER,
      ROUTE_QUERIES (list_queries), .syncs = true, .render = s_list_render },
    { "GET", "/v1/withdrawals/{id}", OID_WITHDRAWAL, MAY_OPERATOR | MAY_MEMBER,
      .render = s_read_render },
};
const route_table_t withdrawal_routes = { s_routes, COUNT (s_routes) };
