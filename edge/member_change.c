//  member_change - PATCH members/{id}.
//
//  Without a new address it is a command to the member. With one it is a saga
//  (actors/email_change.h), which needs to know the login that is replaced and its
//  password's hash: the member is read, and then its login. All its sessions end, the
//  caller's too, as after a reset: the address is what proves who is the owner.

#include <sodium.h>
#include "actors/email_change.h"
#include "edge/edge_self.h"
#include "edge/members.h"
#include "edge/personal.h"
#include "edge/sessions.h"

typedef struct {
    char name [100 * 4 + 1];
    char address [150 * 4 + 1];
    char email [255];
    bool corporate;
} change_input_t;

enum { HAS_NAME = 1 << 0, HAS_ADDRESS = 1 << 1, HAS_EMAIL = 1 << 2, HAS_CORPORATE = 1 << 3 };

//  Facts, in the order in which they are asked for.
enum { FACT_MEMBER, FACT_LOGIN };

const input_field_t member_change_fields [4] = {
    { "name", INPUT_TEXT, INPUT_OPTIONAL, AT (change_input_t, name), 1, 100 },
    { "address", INPUT_TEXT, INPUT_OPTIONAL, AT (change_input_t, address), 0, 150 },
    { "email", INPUT_EMAIL, INPUT_OPTIONAL, AT (change_input_t, email), 3, 254 },
    { "corporate", INPUT_BOOLEAN, INPUT_OPTIONAL, AT (change_input_t, corporate) },
};

static const change_input_t *
s_input (const request_t *self)
{
    return (const change_input_t *) self->input;
}

void
member_change_prepare (request_t *self)
{
    if (self->present & HAS_CORPORATE && self->caller.role != ROLE_OPERATOR) {
        request_fail (self, PROBLEM_FORBIDDEN, "Only an operator may change `corporate`");
    }
}

//  The login that the address would replace, or false: there is none to replace.
static bool
s_replaces (const request_t *self, oid_t *ret_old, oid_t *ret_new)
{
    member_t member;
    if (!(self->present & HAS_EMAIL) || !request_fact (self, FACT_MEMBER, &member)) {
        return false;
    }
    *ret_old = member.login;
    *ret_new = scope_login (self->edge->config.keyring, s_input (self)->email);
    return !oid_equal (*ret_old, *ret_new);
}

void
member_change_examine (request_t *self)
{
    oid_t old_login, new_login;
    if (self->fact_count == FACT_LOGIN && s_replaces (self, &old_login, &new_login)) {
        request_read (self, old_login);
    }
}

bool
member_sealed (request_t *self, status_t status)
{
    return status == STATUS_NOT_FOUND || request_sealed (self, status);
}

static bool
s_seal_field (request_t *self, personal_field_t field, const char *text, sealed_t *ret_sealed)
{
    return member_sealed (self, personal_seal (self->edge->config.member_keys, self->path_oid,
                                               field, text, ret_sealed));
}

static bool
s_make_change (request_t *self, member_change_t *change)
{
    const change_input_t *input = s_input (self);
    change->if_version = self->if_version;
    change->has_name = self->present & HAS_NAME;
    change->has_address = self->present & HAS_ADDRESS;
    change->has_email = self->present & HAS_EMAIL;
    change->has_corporate = self->present & HAS_CORPORATE;
    change->corporate = input->corporate;
    if (*input->address) {
        personal_hash (self->edge->config.keyring, PERSONAL_ADDRESS, input->address,
                       change->address_hash.bytes);
        change->address_hash.size = ADDRESS_HASH_SIZE;
    }
    return s_seal_field (self, PERSONAL_NAME, input->name, &change->name)
           && s_seal_field (self, PERSONAL_ADDRESS, input->address, &change->address)
           && s_seal_field (self, PERSONAL_EMAIL, input->email, &change->email);
}

void
member_change_decide (request_t *self)
{
    _Static_assert(sizeof (email_change_start_t) <= REQUEST_PAYLOAD_SIZE, "a command must fit");
    email_change_start_t start = { .member = self->path_oid };
    member_change_t *change = &start.change;
    if (!s_make_change (self, change)) {
        return;
    }
    self->wipes = true;  //  The address, and perhaps a password's hash
    self->shown_oid = self->path_oid;
    if (s_replaces (self, &change->old_login, &change->login)) {
        login_t login;
        (void) request_fact (self, FACT_LOGIN, &login);
        memcpy (start.password_hash, login.password_hash, sizeof start.password_hash);
        start.password_version = login.password_version;
        request_command (self,
                         scope_oid (self->edge->config.keyring, &self->scope, OID_EMAIL_CHANGE),
                         EMAIL_CHANGE_START, &start, sizeof start);
        sodium_memzero (&start, sizeof start);
        return;
    }
    member_t member;
    if (self->present & HAS_EMAIL && request_fact (self, FACT_MEMBER, &member)) {
        change->old_login = change->login = member.login;  //  Another spelling of the same one
    }
    request_command (self, self->path_oid, MEMBER_CHANGE, change, sizeof *change);
}

//  A saga that is not there: the key is of a request that needed none.
static ending_t
s_ending (const email_change_t *saga)
{
    bool over = saga->step == EMAIL_CHANGE_DONE || saga->step == EMAIL_CHANGE_NONE;
    return (ending_t) { over ? OUTCOME_SUCCEEDED : OUTCOME_RUNNING, VERDICT_ACCEPTED };
}

void
member_change_render (request_t *self)
{
    email_change_t saga = { .step = EMAIL_CHANGE_NONE };
    if (self->command_to.kind == OID_EMAIL_CHANGE) {
        (void) reply_state (answer_decided (self), &saga);
    }
    if (saga.step == EMAIL_CHANGE_FAILED) {
        self->version = 0;
        request_refuse (self, (verdict_t) saga.verdict);
        return;
    }
    if (saga.step == EMAIL_CHANGE_DONE && self->fact_count > FACT_LOGIN) {
        const login_t released = { .status = LOGIN_RELEASED };
        session_note_ended (self, FACT_LOGIN, &released);
    }
    answer_write (self, 200, member_object, s_ending (&saga));
}
