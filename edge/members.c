//  members - POST members, GET members/{id}, POST members/{id}/suspend|activate.
//
//  A registration's id is the member's under another prefix, and both follow from the
//  request's scope, so a retry meets the same saga. The client is shown the member.

#include "actors/registration.h"
#include "edge/edge_self.h"
#include "edge/personal.h"
#include "edge/resources.h"

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
    (void) request_sealed (self, member_keys_put (self->edge->config.member_keys, member, NULL));
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
    return request_sealed (self, personal_seal (keys, start->member, PERSONAL_NAME, input->name,
                                                &start->name))
           && request_sealed (self, personal_seal (keys, start->member, PERSONAL_EMAIL,
                                                   input->email, &start->email))
           && request_sealed (self, personal_seal (keys, start->member, PERSONAL_ADDRESS,
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

void
member_object (request_t *self, const char *key, const node_reply_t *reply, const void *state)
{
    static const char *const statuses [] = {
        [MEMBER_ABSENT] = "processing",   [MEMBER_ACTIVE] = "active",
        [MEMBER_SUSPENDED] = "suspended", [MEMBER_CLOSED] = "closed",
        [MEMBER_ERASED] = "erased",
    };
    const member_t *member = state;
    oid_t id = reply->aggregate;
    answer_head (self, key, reply, id, "member", statuses [member->status]);
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
s_read_prepare (request_t *self)
{
    if (!request_may (self, self->path_oid)) {
        request_fail (self, PROBLEM_NOT_FOUND, NULL);
        return;
    }
    request_read (self, self->path_oid);
}

static void
s_read_render (request_t *self)
{
    answer_read (self, member_object, NULL);
}

static void
s_nothing_to_read (request_t *self)
{
    (void) self;
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

static const route_t s_routes [] = {
    { "POST", "/v1/members", .roles = MAY_ANYONE, ROUTE_FIELDS (s_register_fields),
      .prepare = s_register_prepare, .decide = s_register_decide, .render = s_register_render },
    { "GET", "/v1/members/{id}", OID_MEMBER, MAY_OPERATOR | MAY_MEMBER, .prepare = s_read_prepare,
      .render = s_read_render },
    { "POST", "/v1/members/{id}/suspend", OID_MEMBER, MAY_OPERATOR, ROUTE_FIELDS (reason_fields),
      .prepare = s_nothing_to_read, .decide = s_suspend_decide, .render = s_action_render },
    { "POST", "/v1/members/{id}/activate", OID_MEMBER, MAY_OPERATOR, ROUTE_FIELDS (reason_fields),
      .prepare = s_nothing_to_read, .decide = s_activate_decide, .render = s_action_render },
};
const route_table_t member_routes = { s_routes, COUNT (s_routes) };
