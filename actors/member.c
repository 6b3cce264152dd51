//  member - rules of who takes part. Pure: no I/O, clock or allocation here.

#include "actors/member.h"
#include "actors/closing.h"
#include "actors/keys.h"

static const field_t state_fields [] = {
    FIELD (U8, member_t, status),          FIELD (BOOL, member_t, corporate),
    FIELD (OID, member_t, registration),   FIELD (OID, member_t, login),
    FIELD (BYTES, member_t, name),         FIELD (BYTES, member_t, email),
    FIELD (BYTES, member_t, address),      FIELD (BYTES, member_t, address_hash),
    FIELD (BOOL, member_t, key_destroyed),
};

static const shape_t state_shape = SHAPE (member_t, state_fields);

static const field_t register_fields [] = {
    FIELD (OID, member_register_t, registration),   FIELD (OID, member_register_t, login),
    FIELD (BOOL, member_register_t, corporate),     FIELD (BYTES, member_register_t, name),
    FIELD (BYTES, member_register_t, email),        FIELD (BYTES, member_register_t, address),
    FIELD (BYTES, member_register_t, address_hash),
};

static const shape_t register_shape = SHAPE (member_register_t, register_fields);

typedef struct {
    member_change_t change;
} changing_t;

static const field_t change_fields [] = {
    FIELDS_MEMBER_CHANGE (changing_t, change),
};

const shape_t member_change_shape = SHAPE (changing_t, change_fields);

static const field_t close_fields [] = {
    FIELD (OID, member_close_t, closing),
    FIELD (BYTES, member_close_t, reason),
};

static const shape_t close_shape = SHAPE (member_close_t, close_fields);

static const field_t erase_fields [] = {
    FIELD (TEXT, member_erase_t, reason),
    FIELD (BOOL, member_erase_t, open),
};

static const shape_t erase_shape = SHAPE (member_erase_t, erase_fields);

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

static bool
s_takes_part (const member_t *member)
{
    return member->status == MEMBER_ACTIVE || member->status == MEMBER_SUSPENDED;
}

//  A change of the email replaces the login that its saga knew: of two that run at once
//  the second finds another one here, and gives its claim back.
static verdict_t
decide_change (const void *state, const void *command, decision_t *decision)
{
    const member_t *member = state;
    const member_change_t *change = command;

    if (member->status == MEMBER_ABSENT) {
        return VERDICT_NOT_FOUND;
    }
    if (change->if_version && (uint64_t) change->if_version != decision->version) {
        return VERDICT_PRECONDITION_FAILED;
    }
    if (!s_takes_part (member)
        || (change->has_email && !oid_equal (change->old_login, member->login))) {
        return VERDICT_STATE_CONFLICT;
    }
    bool corporate = change->has_corporate && change->corporate != member->corporate;
    if (!change->has_name && !change->has_email && !change->has_address && !corporate) {
        return VERDICT_ACCEPTED;
    }
    return decision_emit (decision, MEMBER_CHANGED, change);
}

//  Which login is to be released only the member knows: its email may just have changed.
static verdict_t
decide_close (const void *state, const void *command, decision_t *decision)
{
    const member_t *member = state;
    const member_close_t *close = command;

    if (member->status == MEMBER_ABSENT) {
        return VERDICT_NOT_FOUND;
    }
    if (!s_takes_part (member)) {
        return VERDICT_STATE_CONFLICT;
    }
    decision_tell (decision, close->closing, CLOSING_MEMBER_LEFT,
                   &(closing_left_t) { member->login });
    return decision_emit (decision, MEMBER_WAS_CLOSED, close);
}

static verdict_t
decide_erase (const void *state, const void *command, decision_t *decision)
{
    const member_t *member = state;
    const member_erase_t *erase = command;

    if (member->status == MEMBER_ABSENT) {
        return VERDICT_NOT_FOUND;
    }
    if (member->status == MEMBER_ERASED) {
        return VERDICT_ACCEPTED;
    }
    if (member->status != MEMBER_CLOSED) {
        return VERDICT_STATE_CONFLICT;
    }
    if (erase->open) {
        return VERDICT_TRANSFERS_OPEN;
    }
    reason_t reason;
    memcpy (reason.reason, erase->reason, sizeof reason.reason);
    decision_ask (decision, keys_oid (), KEYS_DESTROY, NULL, ANSWER_ALWAYS, MEMBER_KEY_GONE, 0);
    return decision_emit (decision, MEMBER_WAS_ERASED, &reason);
}

static verdict_t
decide_key_gone (const void *state, const void *command, decision_t *decision)
{
    const member_t *member = state;
    (void) command;

    if (member->status != MEMBER_ERASED || member->key_destroyed) {
        return VERDICT_ACCEPTED;
    }
    return decision_emit (decision, MEMBER_KEY_DESTROYED, NULL);
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

static void
evolve_changed (void *state, const void *event, int64_t at_ms)
{
    member_t *member = state;
    const member_change_t *changed = event;
    (void) at_ms;

    if (changed->has_name) {
        member->name = changed->name;
    }
    if (changed->has_email) {
        member->email = changed->email;
        member->login = changed->login;
    }
    if (changed->has_address) {
        member->address = changed->address;
        member->address_hash = changed->address_hash;
    }
    if (changed->has_corporate) {
        member->corporate = changed->corporate;
    }
}

static void
evolve_closed (void *state, const void *event, int64_t at_ms)
{
    member_t *member = state;
    (void) event, (void) at_ms;
    member->status = MEMBER_CLOSED;
}

//  The login was released when it closed; its id tells nothing without the index key.
static void
evolve_erased (void *state, const void *event, int64_t at_ms)
{
    member_t *member = state;
    (void) event, (void) at_ms;

    member->status = MEMBER_ERASED;
    memset (&member->name, 0, sizeof member->name);
    memset (&member->email, 0, sizeof member->email);
    memset (&member->address, 0, sizeof member->address);
    memset (&member->address_hash, 0, sizeof member->address_hash);
}

static void
evolve_key_destroyed (void *state, const void *event, int64_t at_ms)
{
    member_t *member = state;
    (void) event, (void) at_ms;
    member->key_destroyed = true;
}

static bool
member_invariant (const void *state)
{
    const member_t *member = state;
    switch (member->status) {
    case MEMBER_ABSENT: return true;
    case MEMBER_ERASED:
        return member->name.size == 0 && member->email.size == 0 && member->address.size == 0
               && member->address_hash.size == 0;
    default:
        return member->status < MEMBER_ERASED && member->login.kind == OID_LOGIN
               && member->name.size > 0 && member->email.size > 0 && !member->key_destroyed;
    }
}

//  An erasure is a process of two steps.
static bool
member_finished (const void *state)
{
    const member_t *member = state;
    return member->status != MEMBER_ERASED || member->key_destroyed;
}

static const command_rule_t commands [] = {
    [MEMBER_REGISTER] = { "member.register", &register_shape, decide_register },
    [MEMBER_SUSPEND] = { "member.suspend", &reason_shape, decide_suspend },
    [MEMBER_ACTIVATE] = { "member.activate", &reason_shape, decide_activate },
    [MEMBER_CHANGE] = { "member.change", &member_change_shape, decide_change },
    [MEMBER_CLOSE] = { "member.close", &close_shape, decide_close },
    [MEMBER_ERASE] = { "member.erase", &erase_shape, decide_erase },
    [MEMBER_KEY_GONE] = { "member.key_gone", &shape_empty, decide_key_gone },
};

static const event_rule_t events [] = {
    [MEMBER_REGISTERED] = { "member.registered", 1, &register_shape, evolve_registered, NULL },
    [MEMBER_WAS_SUSPENDED] = { "member.suspended", 1, &reason_shape, evolve_suspended, NULL },
    [MEMBER_ACTIVATED] = { "member.activated", 1, &reason_shape, evolve_activated, NULL },
    [MEMBER_CHANGED] = { "member.changed", 1, &member_change_shape, evolve_changed, NULL },
    [MEMBER_WAS_CLOSED] = { "member.closed", 1, &close_shape, evolve_closed, NULL },
    [MEMBER_WAS_ERASED] = { "member.erased", 1, &reason_shape, evolve_erased, NULL },
    [MEMBER_KEY_DESTROYED] = { "member.key_destroyed", 1, &shape_empty, evolve_key_destroyed,
                               NULL },
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
    .finished = member_finished,
};
