//  registration - rules of joining. Pure: no I/O, clock or allocation here.

#include "actors/registration.h"
#include "actors/approval.h"
#include "actors/wallet.h"

static const field_t state_fields [] = {
    FIELD (U8, registration_t, step),
    FIELD (BOOL, registration_t, parked),
    FIELD (U32, registration_t, verdict),
    FIELD (OID, registration_t, request.member),
    FIELD (OID, registration_t, request.login),
    FIELD (BOOL, registration_t, request.wallet),
    FIELD (TEXT, registration_t, request.currency),
    FIELD (BOOL, registration_t, request.corporate),
    FIELD (BYTES, registration_t, request.name),
    FIELD (BYTES, registration_t, request.email),
    FIELD (BYTES, registration_t, request.address),
    FIELD (BYTES, registration_t, request.address_hash),
    FIELD (TEXT, registration_t, request.password_hash),
    FIELD (BOOL, registration_t, refused),
};

static const shape_t state_shape = SHAPE (registration_t, state_fields);

static const field_t start_fields [] = {
    FIELD (OID, registration_start_t, member),
    FIELD (OID, registration_start_t, login),
    FIELD (BOOL, registration_start_t, wallet),
    FIELD (TEXT, registration_start_t, currency),
    FIELD (BOOL, registration_start_t, corporate),
    FIELD (BYTES, registration_start_t, name),
    FIELD (BYTES, registration_start_t, email),
    FIELD (BYTES, registration_start_t, address),
    FIELD (BYTES, registration_start_t, address_hash),
    FIELD (TEXT, registration_start_t, password_hash),
};

static const shape_t start_shape = SHAPE (registration_start_t, start_fields);

static const field_t advanced_fields [] = {
    FIELD (U8, registration_advanced_t, step),
    FIELD (U32, registration_advanced_t, verdict),
};

static const shape_t advanced_shape = SHAPE (registration_advanced_t, advanced_fields);

static const field_t parked_fields [] = {
    FIELD (U32, registration_parked_t, verdict),
};

static const shape_t parked_shape = SHAPE (registration_parked_t, parked_fields);

//  ---------------------------------------------------------------------------
//  What each step asks

static void
s_ask (decision_t *decision, oid_t to, uint8_t command, const void *payload,
       registration_step_t step)
{
    decision_ask (decision, to, command, payload, ANSWER_ALWAYS, REGISTRATION_ANSWERED, step);
    decision_timer (decision, REGISTRATION_DEADLINE,
                    decision->now_ms + decision->limits->step_deadline_ms);
}

static void
s_ask_claim (decision_t *decision, const registration_start_t *request)
{
    login_claim_t claim = { .saga = decision->self, .member = request->member };
    memcpy (claim.password_hash, request->password_hash, sizeof claim.password_hash);
    s_ask (decision, request->login, LOGIN_CLAIM, &claim, REGISTRATION_CLAIMING);
}

static void
s_ask_register (decision_t *decision, const registration_start_t *request)
{
    member_register_t member = {
        .registration = decision->self,
        .login = request->login,
        .corporate = request->corporate,
        .name = request->name,
        .email = request->email,
        .address = request->address,
        .address_hash = request->address_hash,
    };
    s_ask (decision, request->member, MEMBER_REGISTER, &member, REGISTRATION_REGISTERING);
}

static void
s_ask_open (decision_t *decision, const registration_start_t *request)
{
    wallet_open_t open = {
        .member = request->member,
        .opener = decision->self,
        .member_status = MEMBER_ACTIVE,
    };
    memcpy (open.currency, request->currency, sizeof open.currency);
    s_ask (decision, oid_as (request->member, OID_WALLET), WALLET_OPEN, &open,
           REGISTRATION_OPENING);
}

static void
s_ask_release (decision_t *decision, const registration_start_t *request)
{
    login_release_t release = { .saga = decision->self };
    s_ask (decision, request->login, LOGIN_RELEASE, &release, REGISTRATION_RELEASING);
}

//  ---------------------------------------------------------------------------
//  Deciding

static verdict_t
decide_start (const void *state, const void *command, decision_t *decision)
{
    const registration_t *registration = state;
    const registration_start_t *start = command;

    decision->object = start->member;
    if (registration->step != REGISTRATION_NONE) {
        return oid_equal (registration->request.member, start->member)
                       && oid_equal (registration->request.login, start->login)
                   ? VERDICT_ACCEPTED
                   : VERDICT_ALREADY_EXISTS;
    }
    s_ask_claim (decision, start);
    return decision_emit (decision, REGISTRATION_STARTED, start);
}

static verdict_t
s_advance (decision_t *decision, registration_step_t step, verdict_t verdict)
{
    if (step == REGISTRATION_DONE || step == REGISTRATION_FAILED) {
        decision_timer (decision, REGISTRATION_DEADLINE, 0);
    }
    return decision_emit (decision, REGISTRATION_ADVANCED,
                          &(registration_advanced_t) { (uint8_t) step, verdict });
}

static verdict_t
s_park (decision_t *decision, verdict_t verdict)
{
    decision_timer (decision, REGISTRATION_DEADLINE, 0);
    return decision_emit (decision, REGISTRATION_WAS_PARKED, &(registration_parked_t) { verdict });
}

//  What follows when the step's ask was accepted.
static verdict_t
s_accepted (const registration_t *registration, decision_t *decision)
{
    const registration_start_t *request = &registration->request;

    switch (registration->step) {
    case REGISTRATION_CLAIMING:
        s_ask_register (decision, request);
        return s_advance (decision, REGISTRATION_REGISTERING, VERDICT_ACCEPTED);

    case REGISTRATION_REGISTERING:
        if (request->wallet) {
            s_ask_open (decision, request);
            return s_advance (decision, REGISTRATION_OPENING, VERDICT_ACCEPTED);
        }
        return s_advance (decision, REGISTRATION_DONE, VERDICT_ACCEPTED);

    case REGISTRATION_OPENING: return s_advance (decision, REGISTRATION_DONE, VERDICT_ACCEPTED);
    default: return s_advance (decision, REGISTRATION_FAILED, registration->verdict);
    }
}

//  What follows when it was refused.
static verdict_t
s_refused (const registration_t *registration, verdict_t verdict, decision_t *decision)
{
    switch (registration->step) {
    case REGISTRATION_CLAIMING: return s_advance (decision, REGISTRATION_FAILED, verdict);
    case REGISTRATION_REGISTERING:
        s_ask_release (decision, &registration->request);
        return s_advance (decision, REGISTRATION_RELEASING, verdict);

    default: return s_park (decision, verdict);
    }
}

static bool
s_ended (const registration_t *registration)
{
    return registration->step == REGISTRATION_NONE || registration->step == REGISTRATION_DONE
           || registration->step == REGISTRATION_FAILED;
}

static verdict_t
decide_answered (const void *state, const void *command, decision_t *decision)
{
    const registration_t *registration = state;
    const saga_answer_t *answer = command;

    if (s_ended (registration) || answer->step != registration->step) {
        return VERDICT_ACCEPTED;
    }
    return answer->verdict == VERDICT_ACCEPTED
               ? s_accepted (registration, decision)
               : s_refused (registration, (verdict_t) answer->verdict, decision);
}

//  The outbox goes on delivering: nothing is asked again, somebody should look.
static verdict_t
decide_deadline (const void *state, const void *command, decision_t *decision)
{
    const registration_t *registration = state;
    (void) command;

    if (s_ended (registration) || registration->parked) {
        return VERDICT_ACCEPTED;
    }
    return s_park (decision, VERDICT_DEADLINE_EXCEEDED);
}

//  ---------------------------------------------------------------------------
//  Operators

static verdict_t
s_may_move_on (const registration_t *registration)
{
    if (registration->step == REGISTRATION_NONE) {
        return VERDICT_NOT_FOUND;
    }
    return registration->refused ? VERDICT_ACCEPTED : VERDICT_STATE_CONFLICT;
}

static verdict_t
decide_retry (const void *state, const void *command, decision_t *decision)
{
    const registration_t *registration = state;
    verdict_t verdict = s_may_move_on (registration);
    (void) command;

    if (verdict != VERDICT_ACCEPTED) {
        return verdict;
    }
    if (registration->step == REGISTRATION_RELEASING) {
        s_ask_release (decision, &registration->request);
        return s_advance (decision, REGISTRATION_RELEASING, registration->verdict);
    }
    s_ask_open (decision, &registration->request);
    return s_advance (decision, REGISTRATION_OPENING, VERDICT_ACCEPTED);
}

//  It holds no money.
static verdict_t
decide_resolve (const void *state, const void *command, decision_t *decision)
{
    verdict_t verdict = s_may_move_on (state);
    bool ended;
    return verdict == VERDICT_ACCEPTED
               ? approval_give_up (decision, command, REGISTRATION_RESOLVE,
                                   REGISTRATION_WAS_GIVEN_UP, /* held_minor= */ 0, &ended)
               : verdict;
}

//  ---------------------------------------------------------------------------
//  Evolving

static void
evolve_started (void *state, const void *event, int64_t at_ms)
{
    registration_t *registration = state;
    const registration_start_t *started = event;
    (void) at_ms;

    registration->step = REGISTRATION_CLAIMING;
    registration->request = *started;
}

//  At the end the personal fields are forgotten; ids and flags stay.
static void
s_forget (registration_start_t *request)
{
    registration_start_t kept = {
        .member = request->member,
        .login = request->login,
        .wallet = request->wallet,
        .corporate = request->corporate,
    };
    memcpy (kept.currency, request->currency, sizeof kept.currency);
    *request = kept;
}

static void
evolve_advanced (void *state, const void *event, int64_t at_ms)
{
    registration_t *registration = state;
    const registration_advanced_t *advanced = event;
    (void) at_ms;

    registration->step = advanced->step;
    registration->parked = false;
    registration->refused = false;
    registration->verdict = advanced->verdict;
    if (s_ended (registration)) {
        s_forget (&registration->request);
    }
}

//  The member is there if only the wallet was refused.
static void
evolve_given_up (void *state, const void *event, int64_t at_ms)
{
    registration_t *registration = state;
    bool joined = registration->step == REGISTRATION_OPENING;
    (void) event, (void) at_ms;

    registration->step = joined ? REGISTRATION_DONE : REGISTRATION_FAILED;
    registration->parked = false;
    registration->refused = false;
    if (joined) {
        registration->verdict = VERDICT_ACCEPTED;
    }
    s_forget (&registration->request);
}

//  What made it give up first stays known.
static void
evolve_parked (void *state, const void *event, int64_t at_ms)
{
    registration_t *registration = state;
    const registration_parked_t *parked = event;
    (void) at_ms;
    registration->parked = true;
    registration->refused = parked->verdict != VERDICT_DEADLINE_EXCEEDED;
    if (registration->verdict == VERDICT_ACCEPTED) {
        registration->verdict = parked->verdict;
    }
}

static bool
registration_invariant (const void *state)
{
    const registration_t *registration = state;
    if (registration->step == REGISTRATION_NONE) {
        return !registration->parked;
    }
    return registration->step <= REGISTRATION_FAILED
           && registration->request.member.kind == OID_MEMBER
           && registration->request.login.kind == OID_LOGIN
           && (registration->step == REGISTRATION_FAILED || registration->parked
               || registration->step == REGISTRATION_RELEASING)
                  == (registration->verdict != VERDICT_ACCEPTED);
}

static bool
registration_parked (const void *state)
{
    return ((const registration_t *) state)->parked;
}

static bool
registration_finished (const void *state)
{
    const registration_t *registration = state;
    return registration->parked || registration->step == REGISTRATION_DONE
           || registration->step == REGISTRATION_FAILED;
}

static const command_rule_t commands [] = {
    [REGISTRATION_START] = { "registration.start", &start_shape, decide_start },
    [REGISTRATION_ANSWERED] = { "registration.answered", &saga_answer_shape, decide_answered },
    [REGISTRATION_DEADLINE] = { "registration.deadline", &shape_empty, decide_deadline },
    [REGISTRATION_RETRY] = { "registration.retry", &shape_empty, decide_retry },
    [REGISTRATION_RESOLVE] = { "registration.resolve", &saga_resolve_shape, decide_resolve },
};

static const event_rule_t events [] = {
    [REGISTRATION_STARTED] = { "registration.started", 1, &start_shape, evolve_started, NULL },
    [REGISTRATION_ADVANCED] = { "registration.advanced", 1, &advanced_shape, evolve_advanced,
                                NULL },
    [REGISTRATION_WAS_PARKED] = { "registration.parked", 1, &parked_shape, evolve_parked, NULL },
    [REGISTRATION_WAS_GIVEN_UP] = { "registration.given_up", 1, &saga_given_up_shape,
                                    evolve_given_up, saga_given_up_postings },
};

const aggregate_type_t registration_aggregate = {
    .name = "registration",
    .kind = OID_REGISTRATION,
    .state = &state_shape,
    .commands = commands,
    .command_count = COUNT (commands),
    .events = events,
    .event_count = COUNT (events),
    .invariant = registration_invariant,
    .finished = registration_finished,
    .parked = registration_parked,
    .retry_command = REGISTRATION_RETRY,
    .resolve_command = REGISTRATION_RESOLVE,
};
