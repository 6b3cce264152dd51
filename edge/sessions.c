//  sessions - POST sessions, POST sessions/refresh, DELETE sessions.
//
//  A wrong address goes the way of a wrong password, step by step: the login is read
//  (there is none), the password is verified (against a decoy), the wrong guess is
//  recorded at the login that the address would have. So body, headers and time are
//  the same, and so is the delay that guessing earns.
//
//  A suspended member may log in, to see what it has; that it moves no money is the
//  matter of each movement. A closed member's login is released, and is as unknown.
//
//  Whether a command opened or refreshed a session is seen in the login's state after
//  it: a refusal could not be recorded as an event, and a guess must be.

#include "edge/sessions.h"

#include <sodium.h>
#include <stdlib.h>
#include "actors/member.h"
#include "edge/answer.h"
#include "edge/edge_self.h"

typedef struct {
    char email [255];
    char password [PASSWORD_INPUT_SIZE];
    oid_t login;
    token_secret_t token;  //  The session's first
} login_input_t;

typedef struct {
    char text [TOKEN_SECRET_TEXT_SIZE + 32];
    token_secret_t presented, successor;
} refresh_input_t;

_Static_assert(sizeof (login_input_t) <= REQUEST_INPUT_SIZE, "a login's input must fit");

static const input_field_t s_login_fields [] = {
    { "email", INPUT_EMAIL, INPUT_REQUIRED, AT (login_input_t, email), 3, 254 },
    { "password", INPUT_SECRET, INPUT_REQUIRED, AT (login_input_t, password), 1,
      PASSWORD_CHARACTERS_MAX },
};

static const input_field_t s_refresh_fields [] = {
    { "refresh_token", INPUT_TOKEN, INPUT_REQUIRED, AT (refresh_input_t, text), 1,
      TOKEN_SECRET_TEXT_SIZE + 31 },
};

//  ---------------------------------------------------------------------------
//  Guesses

static void
s_lock (request_t *self, int64_t wait_ms)
{
    request_refuse (self, VERDICT_LOGIN_LOCKED);
    self->problem.retry_after_s = (unsigned) ((wait_ms + 999) / 1000);
}

bool
session_take_guess (request_t *self, oid_t login)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info (self->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    int64_t wait_ms = 0;
    guess_t guess = guesses_name (self->edge->guesses, info ? info->client_addr : NULL, login);
    if (!guesses_take (self->edge->guesses, guess, monotonic_ns () / 1000000, &wait_ms)) {
        s_lock (self, wait_ms);
        return false;
    }
    self->guess = guess;
    return true;
}

void
session_guess_was_right (request_t *self)
{
    guesses_was_right (self->edge->guesses, self->guess);
    self->guess = (guess_t) { 0 };
}

void
session_guess_was_wrong (request_t *self)
{
    self->guess = (guess_t) { 0 };
}

bool
session_unlocked (request_t *self, const login_t *login)
{
    int64_t now_ms = wall_ms ();
    bool locked = login_is_locked (login, now_ms);
    if (locked) {
        s_lock (self, login->locked_until_ms - now_ms);
    }
    return !locked;
}

//  ---------------------------------------------------------------------------
//  Ends

static void
s_note_ended (request_t *self, oid_t ended)
{
    int64_t now_s = wall_ms () / 1000;
    ended_add (self->edge->ended, ended, now_s + self->edge->limits.access_token_s, now_s);
}

void
session_note_ended (request_t *self, size_t fact, const login_t *after)
{
    login_t before;
    (void) request_fact (self, fact, &before);
    for (uint32_t index = 0; index < before.family_count; index++) {
        oid_t family = before.families [index].family;
        if (!login_find (after, family, /* now_ms= */ 0)) {
            s_note_ended (self, family);
        }
    }
}

void
session_note_left (request_t *self, oid_t member)
{
    s_note_ended (self, member);
}

//  ---------------------------------------------------------------------------
//  What a client gets

static void
s_show (request_t *self, unsigned http, const login_t *login, const token_secret_t *token)
{
    const limits_t *limits = &self->edge->limits;
    char refresh [TOKEN_SECRET_TEXT_SIZE];
    char *access = token_make_session (self->edge->config.keyring, login->member, token->family,
                                       wall_ms () / 1000, limits->access_token_s);
    assert (access);
    token_secret_format (SECRET_REFRESH, token, refresh);
    self->http = http;
    out_object (&self->out, NULL);
    out_text (&self->out, "object", "session");
    out_oid (&self->out, "member_id", login->member);
    out_text (&self->out, "access_token", access);
    out_text (&self->out, "refresh_token", refresh);
    out_text (&self->out, "token_type", "Bearer");
    out_i64 (&self->out, "expires_in", limits->access_token_s);
    out_i64 (&self->out, "refresh_expires_in", limits->refresh_token_s);
    out_close (&self->out, '}');
    sodium_memzero (refresh, sizeof refresh);
    sodium_memzero (access, strlen (access));
    free (access);
}

//  The session whose current token this is, as the command left it.
static bool
s_is_current (request_t *self, const token_secret_t *token, login_t *ret_login)
{
    token_hash_t hash;
    (void) reply_state (answer_decided (self), ret_login);
    session_note_ended (self, 0, ret_login);
    token_secret_hash (token, &hash);
    const login_family_t *family = login_find (ret_login, token->family, /* now_ms= */ 0);
    return family && token_hash_equal (&family->current, &hash);
}

//  ---------------------------------------------------------------------------
//  Logging in

static void
s_login_prepare (request_t *self)
{
    login_input_t *input = (login_input_t *) self->input;
    input->login = scope_login (self->edge->config.keyring, input->email);
    if (session_take_guess (self, input->login)) {
        request_read (self, input->login);
    }
}

//  A locked login costs no hash, and who waits for it is not guessing.
static void
s_login_examine (request_t *self)
{
    const login_input_t *input = (const login_input_t *) self->input;
    login_t login;
    if (self->passwords > 0) {
        return;
    }
    (void) request_fact (self, 0, &login);
    if (session_unlocked (self, &login)) {
        request_verify (self, input->password, login.password_hash);
    }
}

static void
s_login_decide (request_t *self)
{
    login_input_t *input = (login_input_t *) self->input;
    login_t login;
    (void) request_fact (self, 0, &login);
    if (self->password_matches) {
        session_guess_was_right (self);
    }
    else {
        session_guess_was_wrong (self);
    }
    token_secret_make (SECRET_REFRESH, input->login, &input->token);
    login_authenticate_t proof = {
        .verified = self->password_matches,
        .password_version = login.password_version,
        .family = input->token.family,
    };
    token_secret_hash (&input->token, &proof.token);
    request_command (self, input->login, LOGIN_AUTHENTICATE, &proof, sizeof proof);
}

static void
s_login_render (request_t *self)
{
    const login_input_t *input = (const login_input_t *) self->input;
    login_t login;
    if (s_is_current (self, &input->token, &login)) {
        s_show (self, 201, &login, &input->token);
    }
    else {
        request_refuse (self, VERDICT_CREDENTIALS_INVALID);
    }
}

//  ---------------------------------------------------------------------------
//  Going on

static void
s_refresh_prepare (request_t *self)
{
    refresh_input_t *input = (refresh_input_t *) self->input;
    self->wipes = true;
    if (!token_secret_parse (SECRET_REFRESH, input->text, &input->presented)) {
        request_refuse (self, VERDICT_SESSION_EXPIRED);
        return;
    }
    request_read (self, input->presented.login);
}

//  A token of no session is refused here: it wakes no actor and leaves no record.
static void
s_refresh_decide (request_t *self)
{
    refresh_input_t *input = (refresh_input_t *) self->input;
    login_t login;
    if (!request_fact (self, 0, &login)
        || !login_find (&login, input->presented.family, wall_ms ())) {
        request_refuse (self, VERDICT_SESSION_EXPIRED);
        return;
    }
    login_refresh_t refresh = { .family = input->presented.family };
    token_secret_successor (self->edge->config.keyring, &input->presented, &input->successor);
    token_secret_hash (&input->presented, &refresh.presented);
    token_secret_hash (&input->successor, &refresh.successor);
    request_command (self, input->presented.login, LOGIN_REFRESH, &refresh, sizeof refresh);
}

static void
s_refresh_render (request_t *self)
{
    const refresh_input_t *input = (const refresh_input_t *) self->input;
    login_t login;
    if (s_is_current (self, &input->successor, &login)) {
        s_show (self, 200, &login, &input->successor);
    }
    else {
        request_refuse (self, VERDICT_SESSION_EXPIRED);
    }
}

//  ---------------------------------------------------------------------------
//  Logging out

//  A token that an operator made is of no session; it ends by itself.
static void
s_logout_prepare (request_t *self)
{
    if (oid_is_none (self->caller.session)) {
        request_refuse (self, VERDICT_STATE_CONFLICT);
        return;
    }
    request_read (self, self->caller.oid);
}

static void
s_logout_decide (request_t *self)
{
    login_revoke_t revoke = { .family = self->caller.session };
    member_t member;
    if (!request_fact (self, 0, &member)) {
        request_refuse (self, VERDICT_SESSION_EXPIRED);
        return;
    }
    request_command (self, member.login, LOGIN_REVOKE, &revoke, sizeof revoke);
}

static void
s_logout_render (request_t *self)
{
    s_note_ended (self, self->caller.session);
    self->http = 204;
}

static const route_t s_routes [] = {
    { "POST", "/v1/sessions", .roles = MAY_ANYONE, ROUTE_FIELDS (s_login_fields), .session = true,
      .prepare = s_login_prepare, .examine = s_login_examine, .decide = s_login_decide,
      .render = s_login_render },
    { "POST", "/v1/sessions/refresh", .roles = MAY_ANYONE, ROUTE_FIELDS (s_refresh_fields),
      .session = true, .prepare = s_refresh_prepare, .decide = s_refresh_decide,
      .render = s_refresh_render },
    { "DELETE", "/v1/sessions", .roles = MAY_MEMBER, .session = true, .prepare = s_logout_prepare,
      .decide = s_logout_decide, .render = s_logout_render },
};
const route_table_t session_routes = { s_routes, COUNT (s_routes) };
