//  login - rules of a claimed email address. Pure: no I/O, clock or allocation here.

#include "actors/login.h"

static const field_t state_fields [] = {
    FIELD (U8, login_t, status),
    FIELD (OID, login_t, saga),
    FIELD (OID, login_t, member),
    FIELD (TEXT, login_t, password_hash),
};

static const shape_t state_shape = SHAPE (login_t, state_fields);

static const field_t claim_fields [] = {
    FIELD (OID, login_claim_t, saga),
    FIELD (OID, login_claim_t, member),
    FIELD (TEXT, login_claim_t, password_hash),
};

static const shape_t claim_shape = SHAPE (login_claim_t, claim_fields);

static const field_t release_fields [] = {
    FIELD (OID, login_release_t, saga),
    FIELD (OID, login_release_t, member),
};

static const shape_t release_shape = SHAPE (login_release_t, release_fields);

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
    return decision_emit (decision, LOGIN_WAS_RELEASED, release);
}

static void
evolve_claimed (void *state, const void *event, int64_t at_ms)
{
    login_t *login = state;
    const login_claim_t *claimed = event;
    (void) at_ms;

    login->status = LOGIN_CLAIMED;
    login->saga = claimed->saga;
    login->member = claimed->member;
    memcpy (login->password_hash, claimed->password_hash, sizeof login->password_hash);
}

//  The saga stays known, the secret does not.
static void
evolve_released (void *state, const void *event, int64_t at_ms)
{
    login_t *login = state;
    (void) event, (void) at_ms;

    login->status = LOGIN_RELEASED;
    login->member = (oid_t) { 0 };
    memset (login->password_hash, 0, sizeof login->password_hash);
}

static bool
login_invariant (const void *state)
{
    const login_t *login = state;
    if (login->status == LOGIN_CLAIMED) {
        return login->member.kind == OID_MEMBER && !oid_is_none (login->saga);
    }
    return login->status <= LOGIN_RELEASED && oid_is_none (login->member)
           && login->password_hash [0] == 0;
}

static const command_rule_t commands [] = {
    [LOGIN_CLAIM] = { "login.claim", &claim_shape, decide_claim },
    [LOGIN_RELEASE] = { "login.release", &release_shape, decide_release },
};

static const event_rule_t events [] = {
    [LOGIN_WAS_CLAIMED] = { "login.claimed", 1, &claim_shape, evolve_claimed, NULL },
    [LOGIN_WAS_RELEASED] = { "login.released", 1, &release_shape, evolve_released, NULL },
};

const aggregate_type_t login_aggregate = {
    .name = "login",
    .kind = OID_LOGIN,
    .state = &state_shape,
    .commands = commands,
    .command_count = COUNT (commands),
    .events = events,
    .event_count = COUNT (events),
    .invariant = login_invariant,
};
