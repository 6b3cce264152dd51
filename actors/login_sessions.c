//  login_sessions - rules of guesses, sessions and resets. Pure.

#include "actors/login_sessions.h"

//  ---------------------------------------------------------------------------
//  Guesses

int64_t
login_delay_ms (uint32_t guesses, const limits_t *limits)
{
    if (guesses <= LOGIN_GUESSES_FREE) {
        return 0;
    }
    int64_t delay_ms = limits->login_delay_first_ms;
    for (uint32_t more = guesses - LOGIN_GUESSES_FREE - 1;
         more > 0 && delay_ms < limits->login_delay_last_ms; more--) {
        delay_ms *= 2;
    }
    return delay_ms < limits->login_delay_last_ms ? delay_ms : limits->login_delay_last_ms;
}

bool
login_is_locked (const login_t *self, int64_t now_ms)
{
    return now_ms < self->locked_until_ms;
}

static verdict_t
s_guess (const login_t *login, decision_t *decision)
{
    bool forgotten = decision->now_ms - login->guessed_ms > LOGIN_GUESSES_FORGOTTEN_MS;
    uint32_t guesses = forgotten ? 1 : login->guesses + 1;
    int64_t delay_ms = login_delay_ms (guesses, decision->limits);
    return decision_emit (decision, LOGIN_GUESSED,
                          &(login_guessed_t) {
                              .guesses = guesses,
                              .locked_until_ms = delay_ms ? decision->now_ms + delay_ms : 0,
                          });
}

//  ---------------------------------------------------------------------------
//  Sessions

static verdict_t
s_session (decision_t *decision, login_event_t event, oid_t family, const token_hash_t *token)
{
    return decision_emit (decision, (uint8_t) event,
                          &(login_session_t) {
                              .family = family,
                              .token = *token,
                              .expires_ms =
                                  decision->now_ms + decision->limits->refresh_token_s * 1000,
                          });
}

//  A password that was right at another version is neither a proof nor a guess.
verdict_t
login_decide_authenticate (const void *state, const void *command, decision_t *decision)
{
    const login_t *login = state;
    const login_authenticate_t *proof = command;

    if (login_is_locked (login, decision->now_ms)) {
        return VERDICT_LOGIN_LOCKED;
    }
    if (!proof->verified) {
        return s_guess (login, decision);
    }
    if (login->status != LOGIN_CLAIMED || proof->password_version != login->password_version) {
        return VERDICT_CREDENTIALS_INVALID;
    }
    return s_session (decision, LOGIN_AUTHENTICATED, proof->family, &proof->token);
}

verdict_t
login_decide_refresh (const void *state, const void *command, decision_t *decision)
{
    const login_t *login = state;
    const login_refresh_t *refresh = command;
    const login_family_t *family = login_find (login, refresh->family, decision->now_ms);

    if (!family) {
        return VERDICT_SESSION_EXPIRED;
    }
    if (token_hash_equal (&refresh->presented, &family->current)) {
        return s_session (decision, LOGIN_REFRESHED, refresh->family, &refresh->successor);
    }
    if (token_hash_equal (&refresh->presented, &family->previous)
        && decision->now_ms <= family->refreshed_ms + decision->limits->refresh_grace_ms) {
        return VERDICT_ACCEPTED;
    }
    return decision_emit (decision, LOGIN_REVOKED,
                          &(login_revoked_t) { .family = refresh->family, .reused = true });
}

//  A session that ended already is ended.
verdict_t
login_decide_revoke (const void *state, const void *command, decision_t *decision)
{
    const login_t *login = state;
    const login_revoke_t *revoke = command;

    if (!login_find (login, revoke->family, decision->now_ms)) {
        return VERDICT_ACCEPTED;
    }
    return decision_emit (decision, LOGIN_REVOKED, &(login_revoked_t) { .family = revoke->family });
}

//  ---------------------------------------------------------------------------
//  Passwords

static verdict_t
s_change (decision_t *decision, const char password_hash [PASSWORD_HASH_SIZE], oid_t family)
{
    login_changed_t changed = { .family = family };
    memcpy (changed.password_hash, password_hash, sizeof changed.password_hash);
    return decision_emit (decision, LOGIN_PASSWORD_CHANGED, &changed);
}

//  Of two changes that were proved by the same password the first one holds. A wrong one
//  counts also while the login is locked: the edge lets none through then but those that
//  were being verified already.
verdict_t
login_decide_change_password (const void *state, const void *command, decision_t *decision)
{
    const login_t *login = state;
    const login_change_password_t *change = command;

    if (login->status != LOGIN_CLAIMED) {
        return VERDICT_STATE_CONFLICT;
    }
    if (!change->by_operator && !change->verified) {
        return s_guess (login, decision);
    }
    if (!change->by_operator && change->password_version != login->password_version) {
        return VERDICT_STATE_CONFLICT;
    }
    decision->object = login->member;
    return s_change (decision, change->password_hash, change->family);
}

//  Nobody learns from it whether there is an owner, and repeating it fills nothing: a
//  request of a moment ago stands for this one.
verdict_t
login_decide_request_reset (const void *state, const void *command, decision_t *decision)
{
    const login_t *login = state;
    (void) command;

    if (login->reset_requested_ms
        && decision->now_ms < login->reset_requested_ms + LOGIN_RESET_INTERVAL_MS) {
        return VERDICT_ACCEPTED;
    }
    if (login->status != LOGIN_CLAIMED) {
        return decision_emit (decision, LOGIN_RESET_MISSED, NULL);
    }
    return decision_emit (decision, LOGIN_RESET_REQUESTED,
                          &(login_reset_requested_t) { login->member });
}

//  Once for each request, while it is as fresh as a token would be.
verdict_t
login_decide_issue_reset (const void *state, const void *command, decision_t *decision)
{
    const login_t *login = state;
    const login_issue_reset_t *issue = command;
    int64_t lifetime_ms = decision->limits->reset_token_s * 1000;

    if (login->status != LOGIN_CLAIMED) {
        return VERDICT_NOT_FOUND;
    }
    if (!login->reset_pending || decision->now_ms >= login->reset_requested_ms + lifetime_ms) {
        return VERDICT_STATE_CONFLICT;
    }
    return decision_emit (decision, LOGIN_RESET_ISSUED,
                          &(login_reset_issued_t) {
                              .token = issue->token,
                              .expires_ms = decision->now_ms + lifetime_ms,
                          });
}

verdict_t
login_decide_reset (const void *state, const void *command, decision_t *decision)
{
    const login_t *login = state;
    const login_reset_t *reset = command;

    if (!token_hash_equal (&reset->token, &login->reset)
        || decision->now_ms >= login->reset_expires_ms) {
        return VERDICT_RESET_TOKEN_INVALID;
    }
    return s_change (decision, reset->password_hash, (oid_t) { 0 });
}
