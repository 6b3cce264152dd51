//  merchants - POST merchants, GET merchants, GET merchants/{id}, suspend, activate.

#include "actors/bank_account.h"
#include "actors/member.h"
#include "actors/merchant.h"
#include "edge/edge_self.h"
#include "edge/resources.h"

typedef struct {
    oid_t member, bank_account;
    char name [MERCHANT_NAME_SIZE];
    int64_t fee_bps;
} merchant_input_t;

static const input_field_t s_fields [] = {
    { "member_id", INPUT_OID, INPUT_REQUIRED, AT (merchant_input_t, member),
      .oid_kind = OID_MEMBER },
    { "name", INPUT_TEXT, INPUT_REQUIRED, AT (merchant_input_t, name), 1, 100 },
    { "bank_account_id", INPUT_OID, INPUT_REQUIRED, AT (merchant_input_t, bank_account),
      .oid_kind = OID_BANK_ACCOUNT },
    { "fee_bps", INPUT_INTEGER, INPUT_REQUIRED, AT (merchant_input_t, fee_bps), 0,
      MERCHANT_FEE_BPS_MAX },
};

enum { FACT_MEMBER, FACT_ACCOUNT };

static void
s_register_prepare (request_t *self)
{
    const merchant_input_t *input = (const merchant_input_t *) self->input;
    request_read (self, input->member);
    request_read (self, input->bank_account);
}

static void
s_register_decide (request_t *self)
{
    const merchant_input_t *input = (const merchant_input_t *) self->input;
    member_t member;
    bank_account_t account;
    (void) request_fact (self, FACT_MEMBER, &member);
    (void) request_fact (self, FACT_ACCOUNT, &account);
    merchant_register_t command = {
        .member = input->member,
        .bank_account = input->bank_account,
        .fee_bps = (uint32_t) input->fee_bps,
        .member_status = member.status,
        .member_corporate = member.corporate,
        .account_status = account.status,
        .account_member = account.party.member,
    };
    memcpy (command.name, input->name, sizeof command.name);
    request_command (self, scope_oid (self->edge->config.keyring, &self->scope, OID_MERCHANT),
                     MERCHANT_REGISTER, &command, sizeof command);
}

void
merchant_object (request_t *self, const char *key, const node_reply_t *reply, const void *state)
{
    static const char *const statuses [] = {
        [MERCHANT_ABSENT] = "processing",
        [MERCHANT_ACTIVE] = "active",
        [MERCHANT_SUSPENDED] = "suspended",
    };
    const merchant_t *merchant = state;
    answer_head (self, key, reply, reply->aggregate, "merchant", statuses [merchant->status]);
    out_oid (&self->out, "member_id", merchant->member);
    out_text (&self->out, "name", merchant->name);
    out_oid (&self->out, "bank_account_id", merchant->bank_account);
    out_i64 (&self->out, "fee_bps", merchant->fee_bps);
    out_i64 (&self->out, "captured", merchant->captured_minor);
    out_i64 (&self->out, "capture_count", merchant->capture_count);
    out_text (&self->out, "currency", "KRW");
    out_close (&self->out, '}');
}

static void
s_register_render (request_t *self)
{
    answer_write (self, 201, merchant_object, ending_now ());
}

static bool
s_sees (const request_t *self, const void *state)
{
    const merchant_t *merchant = state;
    return request_may (self, self->path_oid) || request_may (self, merchant->member);
}

static void
s_read_render (request_t *self)
{
    answer_read (self, merchant_object, s_sees);
}

static void
s_nothing_to_read (request_t *self)
{
    (void) self;
}

static void
s_row (request_t *self, const list_row_t *row)
{
    answer_row (self, row, merchant_object);
}

static void
s_list_render (request_t *self)
{
    answer_list (self, LIST_MERCHANTS, (oid_t) { 0 }, s_row);
}

static void
s_suspend_decide (request_t *self)
{
    request_command (self, self->path_oid, MERCHANT_SUSPEND, self->input, sizeof (reason_t));
}

static void
s_activate_decide (request_t *self)
{
    request_command (self, self->path_oid, MERCHANT_ACTIVATE, self->input, sizeof (reason_t));
}

static void
s_action_render (request_t *self)
{
    answer_write (self, 200, merchant_object, ending_now ());
}

static const route_t s_routes [] = {
    { "POST", "/v1/merchants", .roles = MAY_OPERATOR, ROUTE_FIELDS (s_fields),
      .prepare = s_register_prepare, .decide = s_register_decide, .render = s_register_render },
    { "GET", "/v1/merchants", .roles = MAY_OPERATOR, ROUTE_QUERIES (list_queries), .syncs = true,
      .prepare = s_nothing_to_read, .render = s_list_render },
    { "GET", "/v1/merchants/{id}", OID_MERCHANT, MAY_OPERATOR | MAY_MERCHANT | MAY_MEMBER,
      .render = s_read_render },
    { "POST", "/v1/merchants/{id}/suspend", OID_MERCHANT, MAY_OPERATOR,
      ROUTE_FIELDS (reason_fields), .prepare = s_nothing_to_read, .decide = s_suspend_decide,
      .render = s_action_render },
    { "POST", "/v1/merchants/{id}/activate", OID_MERCHANT, MAY_OPERATOR,
      ROUTE_FIELDS (reason_fields), .prepare = s_nothing_to_read, .decide = s_activate_decide,
      .render = s_action_render },
};
const route_table_t merchant_routes = { s_routes, COUNT (s_routes) };
