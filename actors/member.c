//  member - rules of who takes part. Pure: no I/O, clock or allocation here.

#include "actors/member.h"

static const field_t state_fields [] = {
    FIELD (U8, member_t, status),        FIELD (BOOL, member_t, corporate),
    FIELD (OID, member_t, registration), FIELD (OID, member_t, login),
    FIELD (BYTES, member_t, name),       FIELD (BYTES, member_t, email),
    FIELD (BYTES, member_t, address),    FIELD (BYTES, member_t, address_hash),
};

static const shape_t state_shape = SHAPE (member_t, state_fields);

static const field_t register_fields [] = {
    FIELD (OID, member_register_t, registration),   FIELD (OID, member_register_t, login),
    FIELD (BOOL, member_register_t, corporate),     FIELD (BYTES, member_register_t, name),
    FIELD (BYTES, member_register_t, email),        FIELD (BYTES, member_register_t, address),
    FIELD (BYTES, member_register_t, address_hash),
};

static const shape_t register_shape = SHAPE (member_register_t, register_fields);

verdict_t
member_may_move_money (uint8_t status)
{
    switch (status) {
    case MEMBER_ACTIVE: return VERDICT_ACCEPTED;
    case MEMBER_SUSPENDED: return VERDICT_MEMBER_SUSPENDED;
    case MEMBER_CLOSED:
    case MEMBER_ERASED: return VERDICT_MEMBER_CLOSED;
    default: return VERDICT_MEMBER_NOT_FOUND;
    }
}

static verdict_t
decide_register (const void *state, const void *command, decision_t *decision)
{
    const member_t *member = state;
    const member_register_t *request = command;

    if (member->status != MEMBER_ABSENT) {
        return oid_equal (member->registration, request->registration) ? VERDICT_ACCEPTED
                                                                       : VERDICT_ALREADY_EXISTS;
    }
    return decision_emit (decision, MEMBER_REGISTERED, request);
}

//  Between active and suspended, and from nowhere else.
static verdict_t
s_move (const member_t *member, member_status_t from, member_event_t event, const void *reason,
        decision_t *decision)
{
    if (member->status == MEMBER_ABSENT) {
        return VERDICT_NOT_FOUND;
    }
    if (member->status != from) {
        return VERDICT_STATE_CONFLICT;
    }
    return decision_emit (decision, (uint8_t) event, reason);
}

static verdict_t
decide_suspend (const void *state, const void *command, decision_t *decision)
{
    return s_move (state, MEMBER_ACTIVE, MEMBER_WAS_SUSPENDED, command, decision);
}

static verdict_t
decide_activate (const void *state, const void *command, decision_t *decision)
{
    return s_move (state, MEMBER_SUSPENDED, MEMBER_ACTIVATED, command, decision);
}

static void
evolve_registered (void *state, const void *event, int64_t at_ms)
{
    member_t *member = state;
    const member_register_t *registered = event;
    (void) at_ms;

    member->status = MEMBER_ACTIVE;
    member->corporate = registered->corporate;
    member->registration = registered->registration;
    member->login = registered->login;
    member->name = registered->name;
    member->email = registered->email;
    member->address = registered->address;
    member->address_hash = registered->address_hash;
}

static void
evolve_suspended (void *state, const void *event, int64_t at_ms)
{
    member_t *member = state;
    (void) event, (void) at_ms;
    member->status = MEMBER_SUSPENDED;
}

static void
evolve_activated (void *state, const void *event, int64_t at_ms)
{
    member_t *member = state;
    (void) event, (void) at_ms;
    member->status = MEMBER_ACTIVE;
}

static bool
member_invariant (const void *state)
{
    const member_t *member = state;
    if (member->status == MEMBER_ABSENT) {
        return true;
    }
    return member->status <= MEMBER_ERASED && member->login.kind == OID_LOGIN
           && member->name.size > 0 && member->email.size > 0;
}

static const command_rule_t commands [] = {
    [MEMBER_REGISTER] = { "member.register", &register_shape, decide_register },
    [MEMBER_SUSPEND] = { "member.suspend", &reason_shape, decide_suspend },
    [MEMBER_ACTIVATE] = { "member.activate", &reason_shape, decide_activate },
};

static const event_rule_t events [] = {
    [MEMBER_REGISTERED] = { "member.registered", 1, &register_shape, evolve_registered, NULL },
    [MEMBER_WAS_SUSPENDED] = { "member.suspended", 1, &reason_shape, evolve_suspended, NULL },
    [MEMBER_ACTIVATED] = { "member.activated", 1, &reason_shape, evolve_activated, NULL },
};

const aggregate_type_t member_aggregate = {
    .name = "member",
    .kind = OID_MEMBER,
    .state = &state_shape,
    .commands = commands,
    .command_count = COUNT (commands),
    .events = events,
    .event_count = COUNT (events),
    .invariant = member_invariant,
};
