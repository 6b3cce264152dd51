//  bank_accounts - POST bank-accounts, GET and DELETE bank-accounts/{id}, GET
//  bank-accounts?member_id=.

#include <sodium.h>
#include "actors/bank_account.h"
#include "actors/member.h"
#include "edge/edge_self.h"
#include "edge/personal.h"
#include "edge/resources.h"

typedef struct {
    oid_t member;
    char bank_code [BANK_CODE_SIZE];
    char account_number [65];
} link_input_t;

static const input_field_t s_link_fields [] = {
    { "member_id", INPUT_OID, INPUT_REQUIRED, AT (link_input_t, member), .oid_kind = OID_MEMBER },
    { "bank_code", INPUT_TOKEN, INPUT_REQUIRED, AT (link_input_t, bank_code), 1, 32 },
    { "account_number", INPUT_NUMBER, INPUT_REQUIRED, AT (link_input_t, account_number), 4, 64 },
};

static const query_field_t s_list_queries [] = {
    { "member_id" },    { "limit" },         { "cursor" },
    { "min_sequence" }, { "created_after" }, { "created_before" },
};

enum { FACT_MEMBER, FACT_ACCOUNT };

static oid_t
s_account (const request_t *self)
{
    const link_input_t *input = (const link_input_t *) self->input;
    return scope_bank_account (self->edge->config.keyring, input->member, input->bank_code,
                               input->account_number);
}

static void
s_link_prepare (request_t *self)
{
    const link_input_t *input = (const link_input_t *) self->input;
    if (!request_may (self, input->member)) {
        request_fail (self, PROBLEM_NOT_FOUND, NULL);
        return;
    }
    request_read (self, input->member);
    request_read (self, s_account (self));
}

//  An account that the bank need not be asked about may be decided while it is away.
static void
s_link_decide (request_t *self)
{
    const link_input_t *input = (const link_input_t *) self->input;
    member_t member;
    bank_account_t account;
    if (!request_fact (self, FACT_MEMBER, &member)) {
        request_refuse (self, VERDICT_MEMBER_NOT_FOUND);
        return;
    }
    (void) request_fact (self, FACT_ACCOUNT, &account);
    if (account.status != BANK_ACCOUNT_LINKED && account.status != BANK_ACCOUNT_PENDING) {
        request_needs_bank (self, input->bank_code);
    }
    bank_account_link_t link = {
        .party.member = input->member,
        .holder_name = member.name,
        .member_status = member.status,
    };
    memcpy (link.party.bank_code, input->bank_code, sizeof link.party.bank_code);
    if (request_failed (self)
        || !request_sealed (self, personal_seal (self->edge->config.member_keys, input->member,
                                                 PERSONAL_ACCOUNT_NUMBER, input->account_number,
                                                 &link.party.account_number))) {
        return;
    }
    request_command (self, s_account (self), BANK_ACCOUNT_LINK, &link, sizeof link);
}

//  Of a member whose key is gone nothing can be read, nor used, any more.
static bool
s_is_erased (const request_t *self, const bank_account_t *account)
{
    uint8_t key [MEMBER_KEY_SIZE];
    status_t found = member_keys_find (self->edge->config.member_keys, account->party.member, key);
    sodium_memzero (key, sizeof key);
    return account->status != BANK_ACCOUNT_ABSENT && found == STATUS_NOT_FOUND;
}

void
bank_account_object (request_t *self, const char *key, const node_reply_t *reply, const void *state)
{
    static const char *const statuses [] = {
        [BANK_ACCOUNT_ABSENT] = "processing", [BANK_ACCOUNT_PENDING] = "processing",
        [BANK_ACCOUNT_LINKED] = "linked",     [BANK_ACCOUNT_REFUSED] = "failed",
        [BANK_ACCOUNT_UNLINKED] = "unlinked",
    };
    const bank_account_t *account = state;
    answer_head (self, key, reply, reply->aggregate, "bank_account",
                 s_is_erased (self, account) ? "erased" : statuses [account->status]);
    out_oid (&self->out, "member_id", account->party.member);
    out_text (&self->out, "bank_code", account->party.bank_code);
    answer_account_number (self, account->party.member, &account->party.account_number);
    answer_failure (self,
                    account->status == BANK_ACCOUNT_REFUSED ? account->verdict : VERDICT_ACCEPTED);
    out_close (&self->out, '}');
}

//  The account as it was when this linking had ended.
static void
s_render_linking (request_t *self, bank_account_t *account, const bank_account_linking_t *linking)
{
    node_reply_t head = {
        .aggregate = self->command_to,
        .version = linking->version,
        .created_at_ms = answer_decided (self)->created_at_ms,
        .updated_at_ms = linking->ended_at_ms,
    };
    bool unlinked = linking->verdict == VERDICT_ACCEPTED;
    ending_t ending = unlinked ? ending_now () : (ending_t) { OUTCOME_FAILED, linking->verdict };
    account->status = unlinked ? BANK_ACCOUNT_UNLINKED : BANK_ACCOUNT_REFUSED;
    account->verdict = linking->verdict;
    answer_write_as (self, 201, bank_account_object, ending, &head, account);
}

//  An old key shows its own linking, whatever became of the account since.
static void
s_link_render (request_t *self)
{
    bank_account_t account;
    (void) reply_state (answer_decided (self), &account);
    uint64_t decided = answer_decided_version (self);
    const bank_account_linking_t *linking =
        decided ? bank_account_linking_at (&account, decided) : NULL;
    if (linking) {
        s_render_linking (self, &account, linking);
        return;
    }
    ending_t ending = { OUTCOME_RUNNING, VERDICT_ACCEPTED };
    if (account.status == BANK_ACCOUNT_LINKED || account.status == BANK_ACCOUNT_UNLINKED) {
        ending = ending_now ();
    }
    else if (account.status == BANK_ACCOUNT_REFUSED) {
        ending = (ending_t) { OUTCOME_FAILED, account.verdict };
    }
    answer_write (self, 201, bank_account_object, ending);
}

static bool
s_sees (const request_t *self, const void *state)
{
    const bank_account_t *account = state;
    return request_may (self, account->party.member);
}

static void
s_read_render (request_t *self)
{
    answer_read (self, bank_account_object, s_sees);
}

static void
s_unlink_decide (request_t *self)
{
    bank_account_t account;
    if (!request_fact (self, 0, &account) || !s_sees (self, &account)) {
        request_fail (self, PROBLEM_NOT_FOUND, NULL);
        return;
    }
    request_command (self, self->path_oid, BANK_ACCOUNT_UNLINK, "", 0);
}

static void
s_list_prepare (request_t *self)
{
    oid_t member;
    (void) request_query_owner (self, "member_id", OID_MEMBER, &member);
}

static void
s_row (request_t *self, const list_row_t *row)
{
    answer_row (self, row, bank_account_object);
}

static void
s_list_render (request_t *self)
{
    oid_t member;
    if (request_query_owner (self, "member_id", OID_MEMBER, &member)) {
        answer_list (self, oid_is_none (member) ? LIST_BANK_ACCOUNTS : LIST_MEMBER_BANK_ACCOUNTS,
                     member, s_row);
    }
}

static const route_t s_routes [] = {
    { "POST", "/v1/bank-accounts", .roles = MAY_OPERATOR | MAY_MEMBER, ROUTE_FIELDS (s_link_fields),
      .prepare = s_link_prepare, .decide = s_link_decide, .render = s_link_render },
    { "GET", "/v1/bank-accounts", .roles = MAY_OPERATOR | MAY_MEMBER,
      ROUTE_QUERIES (s_list_queries), .syncs = true, .prepare = s_list_prepare,
      .render = s_list_render },
    { "GET", "/v1/bank-accounts/{id}", OID_BANK_ACCOUNT, MAY_OPERATOR | MAY_MEMBER,
      .render = s_read_render },
    { "DELETE", "/v1/bank-accounts/{id}", OID_BANK_ACCOUNT, MAY_OPERATOR | MAY_MEMBER,
      .decide = s_unlink_decide, .render = answer_nothing },
};
const route_table_t bank_account_routes = { s_routes, COUNT (s_routes) };
