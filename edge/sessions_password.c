//  sessions_password - setting a password: POST members/{id}/password, and the reset.
//
//  Reset. There is no mail here; an operator's mailer does it, in four steps:
//
//      1  anybody    POST sessions/password-reset {email}      always 202
//      2  the tap    event.login.reset_requested, subject lgn_…: neither the address nor
//                    a secret; nothing was made yet that could leak
//      3  mailer     POST sessions/password-reset/lgn_… (operator): now the token is made,
//                    its hash stored, and it is shown with the address, this once
//      4  owner      POST sessions/password-reset/confirm {token,new}
//
//  A mailer that missed the tap's frame asks for a REPLAY. One that lost the answer of
//  step 3 has lost the token: the owner asks again.
//
//  A member's own change needs its current password, also if it has none: then an
//  operator sets the first one. The session that changed it goes on, all others end;
//  after an operator's change and after a reset none goes on.
//
//  Which of the two a change was, made or a wrong guess, is recorded as its object (the
//  member or the login), since a replay under the same key finds the current password
//  changed by itself.

#include <sodium.h>
#include "actors/member.h"
#include "edge/edge_self.h"
#include "edge/personal.h"
#include "edge/resources.h"
#include "edge/sessions.h"

typedef struct {
    char current [PASSWORD_INPUT_SIZE];
    char next [PASSWORD_INPUT_SIZE];
} change_input_t;

typedef struct {
    char email [255];
} request_input_t;

typedef struct {
    token_secret_t token;
} issue_input_t;

typedef struct {
    char text [TOKEN_SECRET_TEXT_SIZE + 32];
    char next [PASSWORD_INPUT_SIZE];
    token_secret_t token;
    token_hash_t hash;
} confirm_input_t;

_Static_assert(sizeof (change_input_t) <= REQUEST_INPUT_SIZE, "a change's input must fit");
_Static_assert((int) PASSWORD_HASH_SIZE >= (int) REQUEST_HASH_SIZE, "a hash must fit");

enum { HAS_CURRENT = 1 << 0, FACT_MEMBER = 0, FACT_LOGIN = 1 };

static const input_field_t s_change_fields [] = {
    { "current", INPUT_SECRET, INPUT_OPTIONAL, AT (change_input_t, current), 1,
      PASSWORD_CHARACTERS_MAX },
    { "new", INPUT_SECRET, INPUT_REQUIRED, AT (change_input_t, next), PASSWORD_CHARACTERS_MIN,
      PASSWORD_CHARACTERS_MAX },
};

static const input_field_t s_request_fields [] = {
    { "email", INPUT_EMAIL, INPUT_REQUIRED, AT (request_input_t, email), 3, 254 },
};

static const input_field_t s_confirm_fields [] = {
    { "token", INPUT_TOKEN, INPUT_REQUIRED, AT (confirm_input_t, text), 1,
      TOKEN_SECRET_TEXT_SIZE + 31 },
    { "new", INPUT_SECRET, INPUT_REQUIRED, AT (confirm_input_t, next), PASSWORD_CHARACTERS_MIN,
      PASSWORD_CHARACTERS_MAX },
};

//  ---------------------------------------------------------------------------
//  Changing

static void
s_change_prepare (request_t *self)
{
    if (!(self->present & HAS_CURRENT) && self->caller.role != ROLE_OPERATOR) {
        problem_field (&self->problem, "/", "current", FAULT_MISSING, "This field is required");
    }
}

//  The member says which login is its; the login what the current password is; then the
//  new one is hashed, unless the current one was wrong.
static void
s_change_examine (request_t *self)
{
    change_input_t *input = (change_input_t *) self->input;
    bool proves = self->present & HAS_CURRENT;
    if (self->fact_count == FACT_LOGIN) {
        member_t member;
        (void) request_fact (self, FACT_MEMBER, &member);
        request_read (self, member.login);
        return;
    }
    if (proves && self->passwords == 0) {
        login_t login;
        (void) request_fact (self, FACT_LOGIN, &login);
        if (session_unlocked (self, &login)
            && session_take_guess (self, self->fact_oids [FACT_LOGIN])) {
            request_verify (self, input->current, login.password_hash);
        }
        return;
    }
    if (self->passwords == (proves ? 1 : 0) && (!proves || self->password_matches)) {
        request_hash (self, input->next);
    }
}

static void
s_change_decide (request_t *self)
{
    login_t login;
    (void) request_fact (self, FACT_LOGIN, &login);
    bool proves = self->present & HAS_CURRENT;
    login_change_password_t change = {
        .by_operator = !proves,
        .verified = proves && *self->password_hash,
        .password_version = login.password_version,
        .family = self->caller.session,
    };
    if (change.verified) {
        session_guess_was_right (self);
    }
    else {
        session_guess_was_wrong (self);
    }
    memcpy (change.password_hash, self->password_hash, REQUEST_HASH_SIZE);
    self->shown_oid = self->path_oid;
    request_command (self, self->fact_oids [FACT_LOGIN], LOGIN_CHANGE_PASSWORD, &change,
                     sizeof change);
}

static void
s_change_render (request_t *self)
{
    login_t login;
    (void) reply_state (answer_decided (self), &login);
    session_note_ended (self, FACT_LOGIN, &login);
    if (self->decided->object.kind == OID_MEMBER) {
        answer_write (self, 200, member_object, ending_now ());
    }
    else {
        request_refuse (self, VERDICT_CREDENTIALS_INVALID);
    }
}

//  ---------------------------------------------------------------------------
//  Asking for a reset

static void
s_request_prepare (request_t *self)
{
    if (session_take_guess (self, (oid_t) { 0 })) {
        session_guess_was_wrong (self);  //  Each may cost a mail: none is given back
    }
}

static void
s_request_decide (request_t *self)
{
    const request_input_t *input = (const request_input_t *) self->input;
    request_command (self, scope_login (self->edge->config.keyring, input->email),
                     LOGIN_REQUEST_RESET, "", 0);
}

static void
s_reset_object (request_t *self, unsigned http, const char *status)
{
    self->http = http;
    out_object (&self->out, NULL);
    out_text (&self->out, "object", "password_reset");
    out_text (&self->out, "status", status);
}

static void
s_request_render (request_t *self)
{
    s_reset_object (self, 202, "accepted");
    out_close (&self->out, '}');
}

//  ---------------------------------------------------------------------------
//  Issuing its token

static void
s_issue_prepare (request_t *self)
{
    self->wipes = true;
    request_read (self, self->path_oid);
}

static void
s_issue_examine (request_t *self)
{
    login_t login;
    if (self->fact_count > 1) {
        return;
    }
    (void) request_fact (self, 0, &login);
    if (login.status != LOGIN_CLAIMED) {
        request_fail (self, PROBLEM_NOT_FOUND, NULL);
        return;
    }
    request_read (self, login.member);
}

static void
s_issue_decide (request_t *self)
{
    issue_input_t *input = (issue_input_t *) self->input;
    login_issue_reset_t issue;
    token_secret_make (SECRET_RESET, self->path_oid, &input->token);
    token_secret_hash (&input->token, &issue.token);
    request_command (self, self->path_oid, LOGIN_ISSUE_RESET, &issue, sizeof issue);
}

static void
s_issue_render (request_t *self)
{
    const issue_input_t *input = (const issue_input_t *) self->input;
    char token [TOKEN_SECRET_TEXT_SIZE];
    member_t member;
    (void) request_fact (self, 1, &member);
    token_secret_format (SECRET_RESET, &input->token, token);
    s_reset_object (self, 200, "issued");
    out_oid (&self->out, "member_id", self->fact_oids [1]);
    answer_personal (self, "email", self->fact_oids [1], PERSONAL_EMAIL, &member.email);
    out_text (&self->out, "token", token);
    out_i64 (&self->out, "expires_in", self->edge->limits.reset_token_s);
    out_close (&self->out, '}');
    sodium_memzero (token, sizeof token);
}

//  ---------------------------------------------------------------------------
//  Using it

static void
s_confirm_prepare (request_t *self)
{
    confirm_input_t *input = (confirm_input_t *) self->input;
    if (!session_take_guess (self, (oid_t) { 0 })) {
        return;
    }
    if (!token_secret_parse (SECRET_RESET, input->text, &input->token)) {
        session_guess_was_wrong (self);
        request_refuse (self, VERDICT_RESET_TOKEN_INVALID);
        return;
    }
    token_secret_hash (&input->token, &input->hash);
    request_read (self, input->token.login);
}

//  A wrong token costs no hash.
static void
s_confirm_examine (request_t *self)
{
    const confirm_input_t *input = (const confirm_input_t *) self->input;
    login_t login;
    if (self->passwords > 0) {
        return;
    }
    (void) request_fact (self, 0, &login);
    if (!token_hash_equal (&login.reset, &input->hash) || wall_ms () >= login.reset_expires_ms) {
        session_guess_was_wrong (self);
        request_refuse (self, VERDICT_RESET_TOKEN_INVALID);
        return;
    }
    request_hash (self, input->next);
}

static void
s_confirm_decide (request_t *self)
{
    const confirm_input_t *input = (const confirm_input_t *) self->input;
    login_reset_t reset = { .token = input->hash };
    memcpy (reset.password_hash, self->password_hash, REQUEST_HASH_SIZE);
    request_command (self, input->token.login, LOGIN_RESET, &reset, sizeof reset);
}

static void
s_confirm_render (request_t *self)
{
    login_t login;
    (void) reply_state (answer_decided (self), &login);
    session_note_ended (self, 0, &login);
    s_reset_object (self, 200, "confirmed");
    out_close (&self->out, '}');
}

static const route_t s_routes [] = {
    { "POST", "/v1/sessions/password-reset", .roles = MAY_ANYONE, ROUTE_FIELDS (s_request_fields),
      .session = true, .prepare = s_request_prepare, .decide = s_request_decide,
      .render = s_request_render },
    { "POST", "/v1/sessions/password-reset/confirm", .roles = MAY_ANYONE,
      ROUTE_FIELDS (s_confirm_fields), .session = true, .prepare = s_confirm_prepare,
      .examine = s_confirm_examine, .decide = s_confirm_decide, .render = s_confirm_render },
    { "POST", "/v1/sessions/password-reset/{id}", OID_LOGIN, MAY_OPERATOR, .session = true,
      .prepare = s_issue_prepare, .examine = s_issue_examine, .decide = s_issue_decide,
      .render = s_issue_render },
    { "POST", "/v1/members/{id}/password", OID_MEMBER, MAY_OPERATOR | MAY_MEMBER,
      ROUTE_FIELDS (s_change_fields), .prepare = s_change_prepare, .examine = s_change_examine,
      .decide = s_change_decide, .render = s_change_render },
};
const route_table_t password_routes = { s_routes, COUNT (s_routes) };
