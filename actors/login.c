//  login - rules of a claimed email address. Pure: no I/O, clock or allocation here.

#include "actors/login.h"
#include "actors/login_evolve.h"
#include "actors/login_sessions.h"
#include "actors/login_shapes.h"

static verdict_t
decide_claim (const void *state, const void *command, decision_t *decision)
{
    const login_t *login = state;
    const login_claim_t *claim = command;
    bool again = login->status != LOGIN_FREE && oid_equal (login->saga, claim->saga);

    if (login->status == LOGIN_CLAIMED) {
        return again ? VERDICT_ACCEPTED : VERDICT_EMAIL_EXISTS;
    }
    if (again) {
        return VERDICT_STATE_CONFLICT;
    }
    return decision_emit (decision, LOGIN_WAS_CLAIMED, claim);
}

static verdict_t
decide_release (const void *state, const void *command, decision_t *decision)
{
    const login_t *login = state;
    const login_release_t *release = command;

    if (login->status != LOGIN_CLAIMED) {
        return VERDICT_ACCEPTED;
    }
    bool by_saga = !oid_is_none (release->saga) && oid_equal (login->saga, release->saga);
    bool by_member = !oid_is_none (release->member) && oid_equal (login->member, release->member);
    if (!by_saga && !by_member) {
        return VERDICT_STATE_CONFLICT;
    }
    if (!oid_is_none (release->successor) && release->password_version != login->password_version) {
        login_change_password_t change = { .by_operator = true };
        memcpy (change.password_hash, login->password_hash, sizeof change.password_hash);
        decision_tell (decision, release->successor, LOGIN_CHANGE_PASSWORD, &change);
    }
    return decision_emit (decision, LOGIN_WAS_RELEASED, release);
}

//  clang-format off
static const command_rule_t commands [] = {
    [LOGIN_CLAIM] = { "login.claim", &login_claim_shape, decide_claim },
    [LOGIN_RELEASE] = { "login.release", &login_release_shape, decide_release },
    [LOGIN_AUTHENTICATE] = { "login.authenticate", &login_authenticate_shape,
                             login_decide_authenticate },
    [LOGIN_REFRESH] = { "login.refresh", &login_refresh_shape, login_decide_refresh },
    [LOGIN_REVOKE] = { "login.revoke", &login_revoke_shape, login_decide_revoke },
    [LOGIN_CHANGE_PASSWORD] = { "login.change_password", &login_change_password_shape,
                                login_decide_change_password },
    [LOGIN_REQUEST_RESET] = { "login.request_reset", &shape_empty, login_decide_request_reset },
    [LOGIN_ISSUE_RESET] = { "login.issue_reset", &login_issue_reset_shape,
                            login_decide_issue_reset },
    [LOGIN_RESET] = { "login.reset", &login_reset_shape, login_decide_reset },
};

static const event_rule_t events [] = {
    [LOGIN_WAS_CLAIMED] = { "login.claimed", 1, &login_claim_shape, login_evolve_claimed, NULL },
    [LOGIN_WAS_RELEASED] = { "login.released", 1, &login_release_shape, login_evolve_released,
                             NULL },
    [LOGIN_GUESSED] = { "login.guessed", 1, &login_guessed_shape, login_evolve_guessed, NULL },
    [LOGIN_AUTHENTICATED] = { "login.authenticated", 1, &login_session_shape,
                              login_evolve_authenticated, NULL },
    [LOGIN_REFRESHED] = { "login.refreshed", 1, &login_session_shape, login_evolve_refreshed,
                          NULL },
    [LOGIN_REVOKED] = { "login.revoked", 1, &login_revoked_shape, login_evolve_revoked, NULL },
    [LOGIN_PASSWORD_CHANGED] = { "login.password_changed", 1, &login_changed_shape,
                                 login_evolve_password_changed, NULL },
    [LOGIN_RESET_REQUESTED] = { "login.reset_requested", 1, &login_reset_requested_shape,
                                login_evolve_reset_requested, NULL },
    [LOGIN_RESET_MISSED] = { "login.reset_missed", 1, &shape_empty, login_evolve_reset_missed,
                             NULL },
    [LOGIN_RESET_ISSUED] = { "login.reset_issued", 1, &login_reset_issued_shape,
                             login_evolve_reset_issued, NULL },
};
//  clang-format on

const aggregate_type_t login_aggregate = {
    .name = "login",
    .kind = OID_LOGIN,
    .state = &login_state_shape,
    .commands = commands,
    .command_count = COUNT (commands),
    .events = events,
    .event_count = COUNT (events),
    .invariant = login_invariant,
};
