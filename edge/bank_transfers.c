//  bank_transfers - GET bank-transfers/{id}, GET bank-transfers?member_id= (operators).

#include "actors/bank_transfer.h"
#include "edge/edge_self.h"
#include "edge/resources.h"

static const query_field_t s_list_queries [] = {
    { "member_id" },    { "limit" },         { "cursor" },
    { "min_sequence" }, { "created_after" }, { "created_before" },
};

static void
s_party (request_t *self, const char *name, const bank_party_t *party)
{
    out_object (&self->out, name);
    if (oid_is_none (party->member)) {  //  Our account at the bank
        out_text (&self->out, "bank_code", "happy");
        out_text (&self->out, "account_number", "***-***-4111");
    }
    else {
        out_text (&self->out, "bank_code", party->bank_code);
        answer_account_number (self, party->member, &party->account_number);
    }
    out_close (&self->out, '}');
}

void
bank_transfer_object (request_t *self, const char *key, const node_reply_t *reply,
                      const void *state)
{
    static const char *const statuses [] = {
        [BANK_TRANSFER_ABSENT] = "requested", [BANK_TRANSFER_REQUESTED] = "requested",
        [BANK_TRANSFER_UNKNOWN] = "unknown",  [BANK_TRANSFER_SUCCEEDED] = "succeeded",
        [BANK_TRANSFER_FAILED] = "failed",    [BANK_TRANSFER_PARKED] = "parked",
    };
    static const bank_party_t ours = { 0 };
    const bank_transfer_t *transfer = state;
    const bank_transfer_request_t *request = &transfer->request;
    bool in = request->direction == BANK_TRANSFER_IN;
    answer_head (self, key, reply, reply->aggregate, "bank_transfer", statuses [transfer->status]);
    s_party (self, "from", in ? &request->party : &ours);
    s_party (self, "to", in ? &ours : &request->party);
    answer_amount (self, "amount", request->amount_minor);
    out_oid (&self->out, "member_id", request->party.member);
    out_oid (&self->out, "bank_account_id", request->bank_account);
    out_oid (&self->out, "saga_id", request->saga);
    out_i64 (&self->out, "attempt", transfer->attempt);
    out_text (&self->out, "reason", *transfer->reason ? transfer->reason : NULL);
    out_text (&self->out, "bank_reference",
              *transfer->bank_reference ? transfer->bank_reference : NULL);
    out_bool (&self->out, "contradicted", transfer->contradicted);
    out_close (&self->out, '}');
}

static void
s_read_render (request_t *self)
{
    answer_read (self, bank_transfer_object, NULL);
}

static void
s_list_prepare (request_t *self)
{
    oid_t member;
    (void) request_query_oid (self, "member_id", OID_MEMBER, &member);
}

static void
s_row (request_t *self, const list_row_t *row)
{
    answer_row (self, row, bank_transfer_object);
}

static void
s_list_render (request_t *self)
{
    oid_t member;
    if (request_query_oid (self, "member_id", OID_MEMBER, &member)) {
        answer_list (self, LIST_MEMBER_TRANSFERS, member, s_row);
    }
}

static const route_t s_routes [] = {
    { "GET", "/v1/bank-transfers", .roles = MAY_OPERATOR, ROUTE_QUERIES (s_list_queries),
      .syncs = true, .prepare = s_list_prepare, .render = s_list_render },
    { "GET", "/v1/bank-transfers/{id}", OID_BANK_TRANSFER, MAY_OPERATOR, .render = s_read_render },
};
const route_table_t bank_transfer_routes = { s_routes, COUNT (s_routes) };
