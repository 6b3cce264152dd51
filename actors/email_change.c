//  email_change - rules of another address. Pure: no I/O, clock or allocation here.

#include "actors/email_change.h"
#include "actors/approval.h"

static const field_t state_fields [] = {
    FIELD (U8, email_change_t, step),
    FIELD (BOOL, email_change_t, parked),
    FIELD (U32, email_change_t, verdict),
    FIELD (OID, email_change_t, request.member),
    FIELDS_MEMBER_CHANGE (email_change_t, request.change),
    FIELD (TEXT, email_change_t, request.password_hash),
    FIELD (U32, email_change_t, request.password_version),
    FIELD (BOOL, email_change_t, refused),
};

static const shape_t state_shape = SHAPE (email_change_t, state_fields);

static const field_t start_fields [] = {
    FIELD (OID, email_change_start_t, member),
    FIELDS_MEMBER_CHANGE (email_change_start_t, change),
    FIELD (TEXT, email_change_start_t, password_hash),
    FIELD (U32, email_change_start_t, password_version),
};

static const shape_t start_shape = SHAPE (email_change_start_t, start_fields);

static const field_t advanced_fields [] = {
    FIELD (U8, email_change_advanced_t, step),
    FIELD (U32, email_change_advanced_t, verdict),
};

static const shape_t advanced_shape = SHAPE (email_change_advanced_t, advanced_fields);

static const field_t parked_fields [] = {
    FIELD (U32, email_change_parked_t, verdict),
};

static const shape_t parked_shape = SHAPE (email_change_parked_t, parked_fields);

//  ---------------------------------------------------------------------------
//  Deciding

static void
s_ask (decision_t *decision, oid_t to, uint8_t command, const void *payload,
       email_change_step_t step)
{
    decision_ask (decision, to, command, payload, ANSWER_ALWAYS, EMAIL_CHANGE_ANSWERED, step);
    decision_timer (decision, EMAIL_CHANGE_DEADLINE,
                    decision->now_ms + decision->limits->step_deadline_ms);
}

static verdict_t
s_advance (decision_t *decision, email_change_step_t step, verdict_t verdict)
{
    if (step == EMAIL_CHANGE_DONE || step == EMAIL_CHANGE_FAILED) {
        decision_timer (decision, EMAIL_CHANGE_DEADLINE, 0);
    }
    return decision_emit (decision, EMAIL_CHANGE_ADVANCED,
                          &(email_change_advanced_t) { (uint8_t) step, verdict });
}

static verdict_t
s_park (decision_t *decision, verdict_t verdict)
{
    decision_timer (decision, EMAIL_CHANGE_DEADLINE, 0);
    return decision_emit (decision, EMAIL_CHANGE_WAS_PARKED, &(email_change_parked_t) { verdict });
}

static verdict_t
decide_start (const void *state, const void *command, decision_t *decision)
{
    const email_change_t *change = state;
    const email_change_start_t *start = command;

    decision->object = start->member;
    if (change->step != EMAIL_CHANGE_NONE) {
        return oid_equal (change->request.member, start->member)
                       && oid_equal (change->request.change.login, start->change.login)
                   ? VERDICT_ACCEPTED
                   : VERDICT_ALREADY_EXISTS;
    }
    login_claim_t claim = { .saga = decision->self, .member = start->member };
    memcpy (claim.password_hash, start->password_hash, sizeof claim.password_hash);
    s_ask (decision, start->change.login, LOGIN_CLAIM, &claim, EMAIL_CHANGE_CLAIMING);
    return decision_emit (decision, EMAIL_CHANGE_STARTED, start);
}

static void
s_ask_release (decision_t *decision, const email_change_start_t *request)
{
    login_release_t release = {
        .member = request->member,
        .successor = request->change.login,
        .password_version = request->password_version,
    };
    s_ask (decision, request->change.old_login, LOGIN_RELEASE, &release, EMAIL_CHANGE_RELEASING);
}

static void
s_ask_withdraw (decision_t *decision, const email_change_start_t *request)
{
    s_ask (decision, request->change.login, LOGIN_RELEASE,
           &(login_release_t) { .saga = decision->self }, EMAIL_CHANGE_WITHDRAWING);
}

//  What follows when the step's ask was accepted.
static verdict_t
s_accepted (const email_change_t *change, decision_t *decision)
{
    const email_change_start_t *request = &change->request;

    switch (change->step) {
    case EMAIL_CHANGE_CLAIMING:
        s_ask (decision, request->member, MEMBER_CHANGE, &request->change, EMAIL_CHANGE_CHANGING);
        return s_advance (decision, EMAIL_CHANGE_CHANGING, VERDICT_ACCEPTED);

    case EMAIL_CHANGE_CHANGING:
        s_ask_release (decision, request);
        return s_advance (decision, EMAIL_CHANGE_RELEASING, VERDICT_ACCEPTED);

    case EMAIL_CHANGE_RELEASING: return s_advance (decision, EMAIL_CHANGE_DONE, VERDICT_ACCEPTED);
    default: return s_advance (decision, EMAIL_CHANGE_FAILED, (verdict_t) change->verdict);
    }
}

//  What follows when it was refused.
static verdict_t
s_refused (const email_change_t *change, verdict_t verdict, decision_t *decision)
{
    switch (change->step) {
    case EMAIL_CHANGE_CLAIMING: return s_advance (decision, EMAIL_CHANGE_FAILED, verdict);
    case EMAIL_CHANGE_CHANGING:
        s_ask_withdraw (decision, &change->request);
        return s_advance (decision, EMAIL_CHANGE_WITHDRAWING, verdict);

    default: return s_park (decision, verdict);
    }
}

static bool
s_ended (const email_change_t *change)
{
    return change->step == EMAIL_CHANGE_NONE || change->step == EMAIL_CHANGE_DONE
           || change->step == EMAIL_CHANGE_FAILED;
}

static verdict_t
decide_answered (const void *state, const void *command, decision_t *decision)
{
    const email_change_t *change = state;
    const saga_answer_t *answer = command;

    if (s_ended (change) || answer->step != change->step) {
        return VERDICT_ACCEPTED;
    }
    return answer->verdict == VERDICT_ACCEPTED
               ? s_accepted (change, decision)
               : s_refused (change, (verdict_t) answer->verdict, decision);
}

//  The outbox goes on delivering: nothing is asked again, somebody should look.
static verdict_t
decide_deadline (const void *state, const void *command, decision_t *decision)
{
    const email_change_t *change = state;
    (void) command;

    if (s_ended (change) || change->parked) {
        return VERDICT_ACCEPTED;
    }
    return s_park (decision, VERDICT_DEADLINE_EXCEEDED);
}

//  ---------------------------------------------------------------------------
//  Operators

static verdict_t
s_may_move_on (const email_change_t *change)
{
    if (change->step == EMAIL_CHANGE_NONE) {
        return VERDICT_NOT_FOUND;
    }
    return change->refused ? VERDICT_ACCEPTED : VERDICT_STATE_CONFLICT;
}

//  A login that is free already says yes.
static verdict_t
decide_retry (const void *state, const void *command, decision_t *decision)
{
    const email_change_t *change = state;
    verdict_t verdict = s_may_move_on (change);
    (void) command;

    if (verdict != VERDICT_ACCEPTED) {
        return verdict;
    }
    if (change->step == EMAIL_CHANGE_WITHDRAWING) {
        s_ask_withdraw (decision, &change->request);
        return s_advance (decision, EMAIL_CHANGE_WITHDRAWING, (verdict_t) change->verdict);
    }
    s_ask_release (decision, &change->request);
    return s_advance (decision, EMAIL_CHANGE_RELEASING, VERDICT_ACCEPTED);
}

//  It holds no money.
static verdict_t
decide_resolve (const void *state, const void *command, decision_t *decision)
{
    verdict_t verdict = s_may_move_on (state);
    bool ended;
    return verdict == VERDICT_ACCEPTED
               ? approval_give_up (decision, command, EMAIL_CHANGE_RESOLVE,
                                   EMAIL_CHANGE_WAS_GIVEN_UP, /* held_minor= */ 0, &ended)
               : verdict;
}

//  ---------------------------------------------------------------------------
//  Evolving

static void
evolve_started (void *state, const void *event, int64_t at_ms)
{
    email_change_t *change = state;
    (void) at_ms;

    change->step = EMAIL_CHANGE_CLAIMING;
    change->request = *(const email_change_start_t *) event;
}

//  At the end the personal fields and the hash are forgotten; the ids stay.
static void
evolve_advanced (void *state, const void *event, int64_t at_ms)
{
    email_change_t *change = state;
    const email_change_advanced_t *advanced = event;
    (void) at_ms;

    change->step = advanced->step;
    change->parked = false;
    change->refused = false;
    change->verdict = advanced->verdict;
    if (s_ended (change)) {
        email_change_start_t kept = {
            .member = change->request.member,
            .change = { .old_login = change->request.change.old_login,
                        .login = change->request.change.login },
        };
        change->request = kept;
    }
}

//  The member has its new address if only the old login did not let go.
static void
evolve_given_up (void *state, const void *event, int64_t at_ms)
{
    const email_change_t *change = state;
    bool changed = change->step == EMAIL_CHANGE_RELEASING;
    email_change_advanced_t end = {
        .step = changed ? EMAIL_CHANGE_DONE : EMAIL_CHANGE_FAILED,
        .verdict = changed ? VERDICT_ACCEPTED : change->verdict,
    };
    (void) event;
    evolve_advanced (state, &end, at_ms);
}

//  What made it give up first stays known.
static void
evolve_parked (void *state, const void *event, int64_t at_ms)
{
    email_change_t *change = state;
    const email_change_parked_t *parked = event;
    (void) at_ms;
    change->parked = true;
    change->refused = parked->verdict != VERDICT_DEADLINE_EXCEEDED;
    if (change->verdict == VERDICT_ACCEPTED) {
        change->verdict = parked->verdict;
    }
}

static bool
email_change_invariant (const void *state)
{
    const email_change_t *change = state;
    if (change->step == EMAIL_CHANGE_NONE) {
        return !change->parked;
    }
    return change->step <= EMAIL_CHANGE_FAILED && (!change->refused || change->parked)
           && change->request.member.kind == OID_MEMBER
           && change->request.change.login.kind == OID_LOGIN
           && change->request.change.old_login.kind == OID_LOGIN
           && (change->step == EMAIL_CHANGE_FAILED || change->parked
               || change->step == EMAIL_CHANGE_WITHDRAWING)
                  == (change->verdict != VERDICT_ACCEPTED);
}

static bool
email_change_finished (const void *state)
{
    const email_change_t *change = state;
    return change->parked || change->step == EMAIL_CHANGE_DONE
           || change->step == EMAIL_CHANGE_FAILED;
}

static bool
email_change_parked (const void *state)
{
    return ((const email_change_t *) state)->parked;
}

static const command_rule_t commands [] = {
    [EMAIL_CHANGE_START] = { "email_change.start", &start_shape, decide_start },
    [EMAIL_CHANGE_ANSWERED] = { "email_change.answered", &saga_answer_shape, decide_answered },
    [EMAIL_CHANGE_DEADLINE] = { "email_change.deadline", &shape_empty, decide_deadline },
    [EMAIL_CHANGE_RETRY] = { "email_change.retry", &shape_empty, decide_retry },
    [EMAIL_CHANGE_RESOLVE] = { "email_change.resolve", &saga_resolve_shape, decide_resolve },
};

static const event_rule_t events [] = {
    [EMAIL_CHANGE_STARTED] = { "email_change.started", 1, &start_shape, evolve_started, NULL },
    [EMAIL_CHANGE_ADVANCED] = { "email_change.advanced", 1, &advanced_shape, evolve_advanced,
                                NULL },
    [EMAIL_CHANGE_WAS_PARKED] = { "email_change.parked", 1, &parked_shape, evolve_parked, NULL },
    [EMAIL_CHANGE_WAS_GIVEN_UP] = { "email_change.given_up", 1, &saga_given_up_shape,
                                    evolve_given_up, NULL },
};

const aggregate_type_t email_change_aggregate = {
    .name = "email_change",
    .kind = OID_EMAIL_CHANGE,
    .state = &state_shape,
    .commands = commands,
    .command_count = COUNT (commands),
    .events = events,
    .event_count = COUNT (events),
    .invariant = email_change_invariant,
    .finished = email_change_finished,
    .parked = email_change_parked,
    .retry_command = EMAIL_CHANGE_RETRY,
    .resolve_command = EMAIL_CHANGE_RESOLVE,
};
