//  members - GET and POST members, GET members/{id}, POST members/{id}/suspend|activate|
//  close|erase (PATCH: member_change.c).
//
//  A registration's id is the member's under another prefix, and both follow from the
//  request's scope, so a retry meets the same saga; a closing's does too. The client is
//  shown the member.

#include <stdio.h>
#include "actors/closing.h"
#include "actors/registration.h"
#include "edge/edge_self.h"
#include "edge/members.h"
#include "edge/personal.h"
#include "edge/unsettled.h"
#include "edge/sessions.h"
#include "runtime/index.h"

typedef struct {
    char name [100 * 4 + 1];
    char email [255];
    char password [257];
    char address [150 * 4 + 1];
    bool corporate, wallet;
} register_input_t;

enum { HAS_PASSWORD = 1 << 2 };  //  Bit of the table's third line

static const input_field_t s_register_fields [] = {
    { "name", INPUT_TEXT, INPUT_REQUIRED, AT (register_input_t, name), 1, 100 },
    { "email", INPUT_EMAIL, INPUT_REQUIRED, AT (register_input_t, email), 3, 254 },
    { "password", INPUT_SECRET, INPUT_OPTIONAL, AT (register_input_t, password), 8, 128 },
    { "address", INPUT_TEXT, INPUT_OPTIONAL, AT (register_input_t, address), 0, 150 },
    { "corporate", INPUT_BOOLEAN, INPUT_OPTIONAL, AT (register_input_t, corporate) },
    { "wallet", INPUT_BOOLEAN, INPUT_OPTIONAL, AT (register_input_t, wallet) },
};

static void
s_register_prepare (request_t *self)
{
    const register_input_t *input = (const register_input_t *) self->input;
    if (self->present & HAS_PASSWORD) {
        request_hash (self, input->password);
    }
    else if (self->caller.role != ROLE_OPERATOR) {
        problem_field (&self->problem, "/", "password", FAULT_MISSING, "This field is required");
        return;
    }
    //  Here, on a worker, since it waits for the disk. An orphan is harmless.
    oid_t member = scope_oid (self->edge->config.keyring, &self->scope, OID_MEMBER);
    (void) member_sealed (self, member_keys_put (self->edge->config.member_keys, member, NULL));
}

static bool
s_seal (request_t *self, registration_start_t *start)
{
    const register_input_t *input = (const register_input_t *) self->input;
    member_keys_t *keys = self->edge->config.member_keys;
    const keyring_t *keyring = self->edge->config.keyring;
    if (*input->address) {
        personal_hash (keyring, PERSONAL_ADDRESS, input->address, start->address_hash.bytes);
        start->address_hash.size = ADDRESS_HASH_SIZE;
    }
    return member_sealed (self, personal_seal (keys, start->member, PERSONAL_NAME, input->name,
                                               &start->name))
           && member_sealed (self, personal_seal (keys, start->member, PERSONAL_EMAIL, input->email,
                                                  &start->email))
           && member_sealed (self, personal_seal (keys, start->member, PERSONAL_ADDRESS,
                                                  input->address, &start->address));
}

static void
s_register_decide (request_t *self)
{
    const register_input_t *input = (const register_input_t *) self->input;
    const keyring_t *keyring = self->edge->config.keyring;
    registration_start_t start = {
        .member = scope_oid (keyring, &self->scope, OID_MEMBER),
        .login = scope_login (keyring, input->email),
        .wallet = input->wallet,
        .currency = "KRW",
        .corporate = input->corporate,
    };
    _Static_assert(sizeof start.password_hash >= REQUEST_HASH_SIZE, "a hash must fit");
    memcpy (start.password_hash, self->password_hash, REQUEST_HASH_SIZE);
    if (s_seal (self, &start)) {
        self->shown_oid = start.member;
        request_command (self, oid_as (start.member, OID_REGISTRATION), REGISTRATION_START, &start,
                         sizeof start);
    }
}

//  Also the buckets of the lists by status.
static const char *const s_statuses [] = {
    [MEMBER_ABSENT] = "processing", [MEMBER_ACTIVE] = "active", [MEMBER_SUSPENDED] = "suspended",
    [MEMBER_CLOSED] = "closed",     [MEMBER_ERASED] = "erased",
};

void
member_object (request_t *self, const char *key, const node_reply_t *reply, const void *state)
{
    const member_t *member = state;
    oid_t id = reply->aggregate;
    answer_head (self, key, reply, id, "member", s_statuses [member->status]);
    answer_personal (self, "name", id, PERSONAL_NAME, &member->name);
    answer_personal (self, "email", id, PERSONAL_EMAIL, &member->email);
    answer_personal (self, "address", id, PERSONAL_ADDRESS, &member->address);
    out_bool (&self->out, "corporate", member->corporate);
    out_close (&self->out, '}');
}

static void
s_register_render (request_t *self)
{
    registration_t saga;
    (void) reply_state (answer_decided (self), &saga);
    if (saga.step == REGISTRATION_FAILED) {
        self->version = 0;  //  There is no member to show
        request_refuse (self, saga.verdict);
        return;
    }
    bool done = saga.step == REGISTRATION_DONE;
    answer_write (self, 201, member_object,
                  (ending_t) { done ? OUTCOME_SUCCEEDED : OUTCOME_RUNNING, VERDICT_ACCEPTED });
}

static void
s_read_render (request_t *self)
{
    answer_read (self, member_object, NULL);
}

static void
s_suspend_decide (request_t *self)
{
    request_command (self, self->path_oid, MEMBER_SUSPEND, self->input, sizeof (reason_t));
}

static void
s_activate_decide (request_t *self)
{
    request_command (self, self->path_oid, MEMBER_ACTIVATE, self->input, sizeof (reason_t));
}

static void
s_action_render (request_t *self)
{
    answer_write (self, 200, member_object, ending_now ());
}

//  ---------------------------------------------------------------------------
//  Leaving

static void
s_close_decide (request_t *self)
{
    const reason_t *input = (const reason_t *) self->input;
    closing_start_t start = { .member = self->path_oid };
    member_t member;
    (void) request_fact (self, 0, &member);
    start.member_status = member.status;
    if (unsettled_to_close (self, self->path_oid, &start.open)
        && member_sealed (self, personal_seal (self->edge->config.member_keys, self->path_oid,
                                               PERSONAL_REASON, input->reason, &start.reason))) {
        self->shown_oid = self->path_oid;
        request_command (self, scope_oid (self->edge->config.keyring, &self->scope, OID_CLOSING),
                         CLOSING_START, &start, sizeof start);
    }
}

static void
s_close_render (request_t *self)
{
    closing_t saga;
    (void) reply_state (answer_decided (self), &saga);
    if (saga.step == CLOSING_FAILED) {
        self->version = 0;
        request_refuse (self, (verdict_t) saga.verdict);
        return;
    }
    bool done = saga.step == CLOSING_DONE;
    if (done) {
        session_note_left (self, self->path_oid);
    }
    answer_write (self, 200, member_object,
                  (ending_t) { done ? OUTCOME_SUCCEEDED : OUTCOME_RUNNING, VERDICT_ACCEPTED });
}

static void
s_erase_decide (request_t *self)
{
    member_erase_t erase = { .open = false };
    memcpy (erase.reason, ((const reason_t *) self->input)->reason, sizeof erase.reason);
    if (unsettled_to_erase (self, self->path_oid, &erase.open)) {
        request_command (self, self->path_oid, MEMBER_ERASE, &erase, sizeof erase);
    }
}

//  Erased is what nobody can read any more: the key must be gone.
static void
s_erase_render (request_t *self)
{
    member_t member;
    (void) reply_state (answer_decided (self), &member);
    bool done = member.key_destroyed;
    answer_write (self, 200, member_object,
                  (ending_t) { done ? OUTCOME_SUCCEEDED : OUTCOME_RUNNING, VERDICT_ACCEPTED });
}

//  ---------------------------------------------------------------------------
//  Finding. An email leads to its login, which knows its member; the other filters then
//  say whether it is meant. Without an email the lists are read.

enum { FACT_LOGIN, FACT_MEMBER };

static void
s_find_prepare (request_t *self)
{
    const char *email = target_value (&self->target, "email");
    char text [255];
    uint8_t bucket;
    if (!answer_query_status (self, s_statuses, COUNT (s_statuses), &bucket) || !email) {
        return;
    }
    if (strlen (email) >= sizeof text || !email_normalize (strcpy (text, email))) {
        problem_field (&self->problem, "", "email", FAULT_MALFORMED,
                       "This is not an email address");
        return;
    }
    request_read (self, scope_login (self->edge->config.keyring, text));
}

static void
s_find_examine (request_t *self)
{
    login_t login;
    if (self->fact_count == FACT_MEMBER && request_fact (self, FACT_LOGIN, &login)
        && login.status == LOGIN_CLAIMED) {
        request_read (self, login.member);
    }
}

//  The keyed hash of ?address=; false: it is not asked for.
static bool
s_query_address (const request_t *self, address_hash_t *ret_hash)
{
    const char *address = target_value (&self->target, "address");
    if (address) {
        ret_hash->size = ADDRESS_HASH_SIZE;
        personal_hash (self->edge->config.keyring, PERSONAL_ADDRESS, address, ret_hash->bytes);
    }
    return address != NULL;
}

static bool
s_is_meant (const request_t *self, const member_t *member, uint8_t bucket)
{
    address_hash_t hash = { 0 };
    return (!bucket || member->status == bucket)
           && (!s_query_address (self, &hash)
               || memcmp (&member->address_hash, &hash, sizeof hash) == 0);
}

static void
s_row (request_t *self, const list_row_t *row)
{
    answer_row (self, row, member_object);
}

//  A login may be claimed for a member that is being made, or was refused: there is none.
static void
s_render_one (request_t *self, uint8_t bucket)
{
    member_t member;
    bool found = self->fact_count > FACT_MEMBER && request_fact (self, FACT_MEMBER, &member)
                 && s_is_meant (self, &member, bucket);
    answer_list_one (self, LIST_MEMBERS, found ? self->facts [FACT_MEMBER] : NULL, &member,
                     member_object);
}

static void
s_find_render (request_t *self)
{
    address_hash_t hash = { 0 };
    uint8_t bucket;
    if (!answer_query_status (self, s_statuses, COUNT (s_statuses), &bucket)) {
        return;
    }
    if (self->fact_count) {
        s_render_one (self, bucket);
    }
    else if (s_query_address (self, &hash)) {
        answer_list_of (self, LIST_ADDRESS_MEMBERS, index_address (hash.bytes, hash.size), bucket,
                        s_row);
    }
    else {
        answer_list_of (self, LIST_MEMBERS, (oid_t) { 0 }, bucket, s_row);
    }
}

static const query_field_t s_find_queries [] = {
    { "address" }, { "status" },       { "email" },         { "limit" },
    { "cursor" },  { "min_sequence" }, { "created_after" }, { "created_before" },
};

static const route_t s_routes [] = {
    { "POST", "/v1/members", .roles = MAY_ANYONE, ROUTE_FIELDS (s_register_fields),
      .prepare = s_register_prepare, .decide = s_register_decide, .render = s_register_render },
    { "GET", "/v1/members", .roles = MAY_OPERATOR, ROUTE_QUERIES (s_find_queries), .syncs = true,
      .prepare = s_find_prepare, .examine = s_find_examine, .render = s_find_render },
    { "GET", "/v1/members/{id}", OID_MEMBER, MAY_OPERATOR | MAY_MEMBER, .render = s_read_render },
    { "PATCH", "/v1/members/{id}", OID_MEMBER, MAY_OPERATOR | MAY_MEMBER,
      ROUTE_FIELDS (member_change_fields), .prepare = member_change_prepare,
      .examine = member_change_examine, .decide = member_change_decide,
      .render = member_change_render },
    { "POST", "/v1/members/{id}/close", OID_MEMBER, MAY_OPERATOR | MAY_MEMBER,
      ROUTE_FIELDS (reason_fields), .looks = true, .decide = s_close_decide,
      .render = s_close_render },
    { "POST", "/v1/members/{id}/erase", OID_MEMBER, MAY_OPERATOR, ROUTE_FIELDS (reason_fields),
      .looks = true, .decide = s_erase_decide, .render = s_erase_render },
    { "POST", "/v1/members/{id}/suspend", OID_MEMBER, MAY_OPERATOR, ROUTE_FIELDS (reason_fields),
      .decide = s_suspend_decide, .render = s_action_render },
    { "POST", "/v1/members/{id}/activate", OID_MEMBER, MAY_OPERATOR, ROUTE_FIELDS (reason_fields),
      .decide = s_activate_decide, .render = s_action_render },
};
const route_table_t member_routes = { s_routes, COUNT (s_routes) };
