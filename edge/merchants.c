//  merchants - POST and GET merchants, GET and PATCH merchants/{id}, suspend, activate.

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
        .party = account.party,
    };
    memcpy (command.name, input->name, sizeof command.name);
    request_command (self, scope_oid (self->edge->config.keyring, &self->scope, OID_MERCHANT),
                     MERCHANT_REGISTER, &command, sizeof command);
}

//  The open window, as it would be settled now; null if nothing is in it.
static void
s_window (request_t *self, const merchant_t *merchant)
{
    const merchant_window_t *window = &merchant->window;
    if (window->item_count == 0) {
        out_null (&self->out, "open_window");
        return;
    }
    out_object (&self->out, "open_window");
    out_i64 (&self->out, "window", merchant->windows + 1);
    out_i64 (&self->out, "item_count", window->item_count);
    out_i64 (&self->out, "gross", window->gross_minor);
    out_i64 (&self->out, "refunds", window->refunds_minor);
    out_i64 (&self->out, "fee", window->fee_minor);
    out_i64 (&self->out, "carried", merchant->carried_minor);
    out_time (&self->out, "opened_at", window->opened_at_ms);
    out_time (&self->out, "closes_at", window->cutoff_ms);
    out_close (&self->out, '}');
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
    out_i64 (&self->out, "refunded", merchant->refunded_minor);
    out_i64 (&self->out, "refund_count", merchant->refund_count);
    s_window (self, merchant);
    out_text (&self->out, "currency", "KRW");
    out_close (&self->out, '}');
}

static void
s_register_render (request_t *self)
{
    answer_write (self, 201, merchant_object, ending_now ());
}

//  ---------------------------------------------------------------------------
//  PATCH: what is absent stays

typedef struct {
    oid_t bank_account;
    char name [MERCHANT_NAME_SIZE];
    int64_t fee_bps;
} change_input_t;

enum { HAS_NAME = 1 << 0, HAS_BANK_ACCOUNT = 1 << 1, HAS_FEE_BPS = 1 << 2 };

static const input_field_t s_change_fields [] = {
    { "name", INPUT_TEXT, INPUT_OPTIONAL, AT (change_input_t, name), 1, 100 },
    { "bank_account_id", INPUT_OID, INPUT_OPTIONAL, AT (change_input_t, bank_account),
      .oid_kind = OID_BANK_ACCOUNT },
    { "fee_bps", INPUT_INTEGER, INPUT_OPTIONAL, AT (change_input_t, fee_bps), 0,
      MERCHANT_FEE_BPS_MAX },
};

static void
s_change_prepare (request_t *self)
{
    if (self->present & HAS_BANK_ACCOUNT) {
        request_read (self, ((const change_input_t *) self->input)->bank_account);
    }
}

static void
s_change_decide (request_t *self)
{
    const change_input_t *input = (const change_input_t *) self->input;
    merchant_change_t command = {
        .has_name = self->present & HAS_NAME,
        .has_bank_account = self->present & HAS_BANK_ACCOUNT,
        .has_fee_bps = self->present & HAS_FEE_BPS,
        .bank_account = input->bank_account,
        .fee_bps = (uint32_t) input->fee_bps,
        .if_version = self->if_version,
    };
    memcpy (command.name, input->name, sizeof command.name);
    if (command.has_bank_account) {
        bank_account_t account;
        (void) request_fact (self, 0, &account);
        command.account_status = account.status;
        command.account_member = account.party.member;
        command.party = account.party;
    }
    request_command (self, self->path_oid, MERCHANT_CHANGE, &command, sizeof command);
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
      .render = s_list_render },
    { "GET", "/v1/merchants/{id}", OID_MERCHANT, MAY_OPERATOR | MAY_MERCHANT | MAY_MEMBER,
      .render = s_read_render },
    { "PATCH", "/v1/merchants/{id}", OID_MERCHANT, MAY_OPERATOR, ROUTE_FIELDS (s_change_fields),
      .prepare = s_change_prepare, .decide = s_change_decide, .render = s_action_render },
    { "POST", "/v1/merchants/{id}/suspend", OID_MERCHANT, MAY_OPERATOR,
      ROUTE_FIELDS (reason_fields), .decide = s_suspend_decide, .render = s_action_render },
    { "POST", "/v1/merchants/{id}/activate", OID_MERCHANT, MAY_OPERATOR,
      ROUTE_FIELDS (reason_fields), .decide = s_activate_decide, .render = s_action_render },
};
const route_table_t merchant_routes = { s_routes, COUNT (s_routes) };
