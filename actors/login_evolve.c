//  login_evolve - events into state.

#include "actors/login_evolve.h"

//  ---------------------------------------------------------------------------
//  What there is of a session

//  Index of the family, or family_count.
static uint32_t
s_find (const login_t *login, oid_t family)
{
    uint32_t index = 0;
    while (index < login->family_count && !oid_equal (login->families [index].family, family)) {
        index++;
    }
    return index;
}

const login_family_t *
login_find (const login_t *self, oid_t family, int64_t now_ms)
{
    uint32_t index = s_find (self, family);
    bool there = index < self->family_count && now_ms < self->families [index].expires_ms;
    return there ? &self->families [index] : NULL;
}

bool
token_hash_equal (const token_hash_t *one, const token_hash_t *other)
{
    return one->size == TOKEN_HASH_SIZE && other->size == TOKEN_HASH_SIZE
           && memcmp (one->bytes, other->bytes, TOKEN_HASH_SIZE) == 0;
}

static void
s_drop (login_t *login, uint32_t index)
{
    login->family_count--;
    memmove (&login->families [index], &login->families [index + 1],
             (login->family_count - index) * sizeof login->families [0]);
    memset (&login->families [login->family_count], 0, sizeof login->families [0]);
}

//  Those that have expired go first, then the oldest.
static void
s_make_room (login_t *login, int64_t at_ms)
{
    for (uint32_t index = login->family_count; index-- > 0;) {
        if (login->families [index].expires_ms <= at_ms) {
            s_drop (login, index);
        }
    }
    if (login->family_count == LOGIN_FAMILIES_MAX) {
        s_drop (login, 0);
    }
}

//  ---------------------------------------------------------------------------
//  What is forgotten

static void
s_forget_guesses (login_t *login)
{
    login->guesses = 0;
    login->guessed_ms = 0;
    login->locked_until_ms = 0;
}

static void
s_forget_reset (login_t *login)
{
    login->reset_pending = false;
    login->reset = (token_hash_t) { 0 };
    login->reset_expires_ms = 0;
}

//  All sessions but `kept`.
static void
s_end_sessions (login_t *login, oid_t kept)
{
    for (uint32_t index = login->family_count; index-- > 0;) {
        if (!oid_equal (login->families [index].family, kept)) {
            s_drop (login, index);
        }
    }
}

static void
s_set_password (login_t *login, const char password_hash [PASSWORD_HASH_SIZE])
{
    memcpy (login->password_hash, password_hash, PASSWORD_HASH_SIZE);
    login->password_version++;
    s_forget_guesses (login);
    s_forget_reset (login);
}

//  ---------------------------------------------------------------------------
//  Events

void
login_evolve_claimed (void *state, const void *event, int64_t at_ms)
{
    login_t *login = state;
    const login_claim_t *claimed = event;
    (void) at_ms;

    login->status = LOGIN_CLAIMED;
    login->saga = claimed->saga;
    login->member = claimed->member;
    s_set_password (login, claimed->password_hash);
}

//  The saga stays known, the secrets do not.
void
login_evolve_released (void *state, const void *event, int64_t at_ms)
{
    static const char nothing [PASSWORD_HASH_SIZE] = "";
    login_t *login = state;
    (void) event, (void) at_ms;

    login->status = LOGIN_RELEASED;
    login->member = (oid_t) { 0 };
    s_set_password (login, nothing);
    s_end_sessions (login, (oid_t) { 0 });
}

void
login_evolve_guessed (void *state, const void *event, int64_t at_ms)
{
    login_t *login = state;
    const login_guessed_t *guessed = event;

    login->guesses = guessed->guesses;
    login->guessed_ms = at_ms;
    login->locked_until_ms = guessed->locked_until_ms;
}

void
login_evolve_authenticated (void *state, const void *event, int64_t at_ms)
{
    login_t *login = state;
    const login_session_t *session = event;

    s_forget_guesses (login);
    s_make_room (login, at_ms);
    login->families [login->family_count++] = (login_family_t) {
        .family = session->family,
        .current = session->token,
        .refreshed_ms = at_ms,
        .expires_ms = session->expires_ms,
    };
}

void
login_evolve_refreshed (void *state, const void *event, int64_t at_ms)
{
    login_t *login = state;
    const login_session_t *session = event;
    uint32_t index = s_find (login, session->family);

    if (index < login->family_count) {
        login_family_t *family = &login->families [index];
        family->previous = family->current;
        family->current = session->token;
        family->refreshed_ms = at_ms;
        family->expires_ms = session->expires_ms;
    }
}

void
login_evolve_revoked (void *state, const void *event, int64_t at_ms)
{
    login_t *login = state;
    const login_revoked_t *revoked = event;
    uint32_t index = s_find (login, revoked->family);
    (void) at_ms;

    if (index < login->family_count) {
        s_drop (login, index);
    }
}

void
login_evolve_password_changed (void *state, const void *event, int64_t at_ms)
{
    login_t *login = state;
    const login_changed_t *changed = event;
    (void) at_ms;

    s_set_password (login, changed->password_hash);
    s_end_sessions (login, changed->family);
}

void
login_evolve_reset_requested (void *state, const void *event, int64_t at_ms)
{
    login_t *login = state;
    (void) event;

    login->reset_pending = true;
    login->reset_requested_ms = at_ms;
}

void
login_evolve_reset_missed (void *state, const void *event, int64_t at_ms)
{
    login_t *login = state;
    (void) event;

    login->reset_requested_ms = at_ms;
}

void
login_evolve_reset_issued (void *state, const void *event, int64_t at_ms)
{
    login_t *login = state;
    const login_reset_issued_t *issued = event;
    (void) at_ms;

    login->reset_pending = false;
    login->reset = issued->token;
    login->reset_expires_ms = issued->expires_ms;
}

bool
login_invariant (const void *state)
{
    const login_t *login = state;
    if (login->status > LOGIN_RELEASED || login->family_count > LOGIN_FAMILIES_MAX) {
        return false;
    }
    for (uint32_t index = 0; index < login->family_count; index++) {
        const login_family_t *family = &login->families [index];
        if (family->family.kind != OID_SESSION || family->current.size != TOKEN_HASH_SIZE
            || s_find (login, family->family) != index) {
            return false;
        }
    }
    if (login->status == LOGIN_CLAIMED) {
        return login->member.kind == OID_MEMBER && !oid_is_none (login->saga);
    }
    return oid_is_none (login->member) && login->password_hash [0] == 0 && login->family_count == 0
           && login->reset.size == 0 && !login->reset_pending;
}
