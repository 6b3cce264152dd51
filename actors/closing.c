//  closing - rules of leaving. Pure: no I/O, clock or allocation here.

#include "actors/closing.h"
#include "actors/approval.h"
#include "actors/login.h"
#include "actors/wallet.h"

static const field_t state_fields [] = {
    FIELD (U8, closing_t, step),      FIELD (BOOL, closing_t, parked),
    FIELD (U32, closing_t, verdict),  FIELD (OID, closing_t, member),
    FIELD (BYTES, closing_t, reason), FIELD (OID, closing_t, login),
    FIELD (BOOL, closing_t, refused),
};

static const shape_t state_shape = SHAPE (closing_t, state_fields);

static const field_t start_fields [] = {
    FIELD (OID, closing_start_t, member),
    FIELD (BYTES, closing_start_t, reason),
    FIELD (U8, closing_start_t, member_status),
    FIELD (BOOL, closing_start_t, open),
};

static const shape_t start_shape = SHAPE (closing_start_t, start_fields);

static const field_t left_fields [] = {
    FIELD (OID, closing_left_t, login),
};

static const shape_t left_shape = SHAPE (closing_left_t, left_fields);

static const field_t started_fields [] = {
    FIELD (OID, closing_started_t, member),
    FIELD (BYTES, closing_started_t, reason),
};

static const shape_t started_shape = SHAPE (closing_started_t, started_fields);

static const field_t advanced_fields [] = {
    FIELD (U8, closing_advanced_t, step),
    FIELD (U32, closing_advanced_t, verdict),
    FIELD (OID, closing_advanced_t, login),
};

static const shape_t advanced_shape = SHAPE (closing_advanced_t, advanced_fields);

static const field_t parked_fields [] = {
    FIELD (U32, closing_parked_t, verdict),
};

static const shape_t parked_shape = SHAPE (closing_parked_t, parked_fields);

//  ---------------------------------------------------------------------------
//  Deciding

static void
s_ask (decision_t *decision, oid_t to, uint8_t command, const void *payload, answer_t answer,
       closing_step_t step)
{
    decision_ask (decision, to, command, payload, answer, CLOSING_ANSWERED, step);
    decision_timer (decision, CLOSING_DEADLINE,
                    decision->now_ms + decision->limits->step_deadline_ms);
}

static verdict_t
s_advance (decision_t *decision, closing_step_t step, verdict_t verdict)
{
    if (step == CLOSING_DONE || step == CLOSING_FAILED) {
        decision_timer (decision, CLOSING_DEADLINE, 0);
    }
    return decision_emit (decision, CLOSING_ADVANCED,
                          &(closing_advanced_t) { .step = (uint8_t) step, .verdict = verdict });
}

static verdict_t
s_release (decision_t *decision, oid_t member, oid_t login)
{
    s_ask (decision, login, LOGIN_RELEASE, &(login_release_t) { .member = member }, ANSWER_ALWAYS,
           CLOSING_LOGIN);
    return decision_emit (decision, CLOSING_ADVANCED,
                          &(closing_advanced_t) { .step = CLOSING_LOGIN, .login = login });
}

static verdict_t
s_park (decision_t *decision, verdict_t verdict)
{
    decision_timer (decision, CLOSING_DEADLINE, 0);
    return decision_emit (decision, CLOSING_WAS_PARKED, &(closing_parked_t) { verdict });
}

static verdict_t
s_may_start (const closing_start_t *start)
{
    switch (start->member_status) {
    case MEMBER_ABSENT: return VERDICT_NOT_FOUND;
    case MEMBER_ACTIVE:
    case MEMBER_SUSPENDED: return start->open ? VERDICT_TRANSFERS_OPEN : VERDICT_ACCEPTED;
    default: return VERDICT_STATE_CONFLICT;
    }
}

static verdict_t
decide_start (const void *state, const void *command, decision_t *decision)
{
    const closing_t *closing = state;
    const closing_start_t *start = command;

    decision->object = start->member;
    if (closing->step != CLOSING_NONE) {
        return oid_equal (closing->member, start->member) ? VERDICT_ACCEPTED
                                                          : VERDICT_ALREADY_EXISTS;
    }
    verdict_t verdict = s_may_start (start);
    if (verdict != VERDICT_ACCEPTED) {
        return verdict;
    }
    s_ask (decision, oid_as (start->member, OID_WALLET), WALLET_CLOSE,
           &(wallet_close_t) { .reason = "The member leaves" }, ANSWER_ALWAYS, CLOSING_WALLET);
    return decision_emit (decision, CLOSING_STARTED,
                          &(closing_started_t) { start->member, start->reason });
}

//  There is none, it is closed now, or it was before.
static bool
s_wallet_is_closed (uint32_t verdict)
{
    return verdict == VERDICT_ACCEPTED || verdict == VERDICT_NOT_FOUND
           || verdict == VERDICT_STATE_CONFLICT;
}

static verdict_t
decide_answered (const void *state, const void *command, decision_t *decision)
{
    const closing_t *closing = state;
    const saga_answer_t *answer = command;
    verdict_t verdict = (verdict_t) answer->verdict;

    if (answer->step != closing->step) {
        return VERDICT_ACCEPTED;
    }
    switch (closing->step) {
    case CLOSING_WALLET:
        if (!s_wallet_is_closed (verdict)) {
            return s_advance (decision, CLOSING_FAILED, verdict);
        }
        s_ask (decision, closing->member, MEMBER_CLOSE,
               &(member_close_t) { decision->self, closing->reason }, ANSWER_REFUSAL,
               CLOSING_MEMBER);
        return s_advance (decision, CLOSING_MEMBER, VERDICT_ACCEPTED);

    case CLOSING_MEMBER: return s_advance (decision, CLOSING_FAILED, verdict);
    case CLOSING_LOGIN:
        return verdict == VERDICT_ACCEPTED ? s_advance (decision, CLOSING_DONE, VERDICT_ACCEPTED)
                                           : s_park (decision, verdict);
    default: return VERDICT_ACCEPTED;
    }
}

static verdict_t
decide_member_left (const void *state, const void *command, decision_t *decision)
{
    const closing_t *closing = state;
    const closing_left_t *left = command;

    if (closing->step != CLOSING_MEMBER) {
        return VERDICT_ACCEPTED;
    }
    return s_release (decision, closing->member, left->login);
}

static bool
s_ended (const closing_t *closing)
{
    return closing->step == CLOSING_NONE || closing->step == CLOSING_DONE
           || closing->step == CLOSING_FAILED;
}

//  The outbox goes on delivering: nothing is asked again, somebody should look.
static verdict_t
decide_deadline (const void *state, const void *command, decision_t *decision)
{
    const closing_t *closing = state;
    (void) command;

    if (s_ended (closing) || closing->parked) {
        return VERDICT_ACCEPTED;
    }
    return s_park (decision, VERDICT_DEADLINE_EXCEEDED);
}

//  ---------------------------------------------------------------------------
//  Operators

static verdict_t
s_may_move_on (const closing_t *closing)
{
    if (closing->step == CLOSING_NONE) {
        return VERDICT_NOT_FOUND;
    }
    return closing->refused ? VERDICT_ACCEPTED : VERDICT_STATE_CONFLICT;
}

//  Only a login is ever refused and waited for; one that is free already says yes.
static verdict_t
decide_retry (const void *state, const void *command, decision_t *decision)
{
    const closing_t *closing = state;
    verdict_t verdict = s_may_move_on (closing);
    (void) command;

    return verdict == VERDICT_ACCEPTED ? s_release (decision, closing->member, closing->login)
                                       : verdict;
}

//  It holds no money.
static verdict_t
decide_resolve (const void *state, const void *command, decision_t *decision)
{
    verdict_t verdict = s_may_move_on (state);
    bool ended;
    return verdict == VERDICT_ACCEPTED
               ? approval_give_up (decision, command, CLOSING_RESOLVE, CLOSING_WAS_GIVEN_UP,
                                   /* held_minor= */ 0, &ended)
               : verdict;
}

//  ---------------------------------------------------------------------------
//  Evolving

static void
evolve_started (void *state, const void *event, int64_t at_ms)
{
    closing_t *closing = state;
    const closing_started_t *started = event;
    (void) at_ms;

    closing->step = CLOSING_WALLET;
    closing->member = started->member;
    closing->reason = started->reason;
}

static void
evolve_advanced (void *state, const void *event, int64_t at_ms)
{
    closing_t *closing = state;
    const closing_advanced_t *advanced = event;
    (void) at_ms;

    closing->step = advanced->step;
    closing->parked = false;
    closing->refused = false;
    closing->verdict = advanced->verdict;
    closing->login = advanced->login;
    if (s_ended (closing)) {
        memset (&closing->reason, 0, sizeof closing->reason);
    }
}

//  The member has left; its login is somebody else's by now.
static void
evolve_given_up (void *state, const void *event, int64_t at_ms)
{
    static const closing_advanced_t done = { .step = CLOSING_DONE };
    (void) event;
    evolve_advanced (state, &done, at_ms);
}

static void
evolve_parked (void *state, const void *event, int64_t at_ms)
{
    closing_t *closing = state;
    const closing_parked_t *parked = event;
    (void) at_ms;
    closing->parked = true;
    closing->refused = parked->verdict != VERDICT_DEADLINE_EXCEEDED;
    closing->verdict = parked->verdict;
}

static bool
closing_invariant (const void *state)
{
    const closing_t *closing = state;
    if (closing->step == CLOSING_NONE) {
        return !closing->parked;
    }
    return closing->step <= CLOSING_FAILED
           && (!closing->refused || (closing->parked && closing->step == CLOSING_LOGIN))
           && closing->member.kind == OID_MEMBER
           && (closing->step == CLOSING_FAILED || closing->parked)
                  == (closing->verdict != VERDICT_ACCEPTED);
}

static bool
closing_finished (const void *state)
{
    const closing_t *closing = state;
    return closing->parked || closing->step == CLOSING_DONE || closing->step == CLOSING_FAILED;
}

static bool
closing_parked (const void *state)
{
    return ((const closing_t *) state)->parked;
}

static const command_rule_t commands [] = {
    [CLOSING_START] = { "closing.start", &start_shape, decide_start },
    [CLOSING_ANSWERED] = { "closing.answered", &saga_answer_shape, decide_answered },
    [CLOSING_MEMBER_LEFT] = { "closing.member_left", &left_shape, decide_member_left },
    [CLOSING_DEADLINE] = { "closing.deadline", &shape_empty, decide_deadline },
    [CLOSING_RETRY] = { "closing.retry", &shape_empty, decide_retry },
    [CLOSING_RESOLVE] = { "closing.resolve", &saga_resolve_shape, decide_resolve },
};

static const event_rule_t events [] = {
    [CLOSING_STARTED] = { "closing.started", 1, &started_shape, evolve_started, NULL },
    [CLOSING_ADVANCED] = { "closing.advanced", 1, &advanced_shape, evolve_advanced, NULL },
    [CLOSING_WAS_PARKED] = { "closing.parked", 1, &parked_shape, evolve_parked, NULL },
    [CLOSING_WAS_GIVEN_UP] = { "closing.given_up", 1, &saga_given_up_shape, evolve_given_up, NULL },
};

const aggregate_type_t closing_aggregate = {
    .name = "closing",
    .kind = OID_CLOSING,
    .state = &state_shape,
    .commands = commands,
    .command_count = COUNT (commands),
    .events = events,
    .event_count = COUNT (events),
    .invariant = closing_invariant,
    .finished = closing_finished,
    .parked = closing_parked,
    .retry_command = CLOSING_RETRY,
    .resolve_command = CLOSING_RESOLVE,
};
