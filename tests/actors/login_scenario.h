//  login_scenario - a login with an owner, and what is asked of it.

#ifndef TESTS_ACTORS_LOGIN_SCENARIO_H
#define TESTS_ACTORS_LOGIN_SCENARIO_H

#include "actors/login.h"
#include "tests/lib/scenario.h"

#define OLD_HASH "$argon2id$v=19$m=65536,t=2,p=1$c2FsdA$b2xk"
#define NEW_HASH "$argon2id$v=19$m=65536,t=2,p=1$c2FsdA$bmV3"

//  Claimed by member 1 with OLD_HASH; its password has version 1.
static inline scenario_t *
login_claimed (void)
{
    scenario_t *s = scenario_new (scenario_oid (OID_LOGIN, 1));
    given (s, LOGIN_WAS_CLAIMED,
           &(login_claim_t) {
               .saga = scenario_oid (OID_REGISTRATION, 1),
               .member = scenario_oid (OID_MEMBER, 1),
               .password_hash = OLD_HASH,
           });
    return s;
}

//  The hash of the n-th token.
static inline token_hash_t
login_token (uint8_t number)
{
    token_hash_t hash = { .size = TOKEN_HASH_SIZE };
    memset (hash.bytes, number, sizeof hash.bytes);
    return hash;
}

static inline login_authenticate_t
login_proof (bool verified, uint8_t family, uint8_t token)
{
    return (login_authenticate_t) {
        .verified = verified,
        .password_version = 1,
        .family = scenario_oid (OID_SESSION, family),
        .token = login_token (token),
    };
}

//  Opens the n-th family with that token.
static inline void
login_opens (scenario_t *s, uint8_t family, uint8_t token)
{
    login_authenticate_t proof = login_proof (true, family, token);
    proof.password_version = ((const login_t *) s->state)->password_version;
    when (s, LOGIN_AUTHENTICATE, &proof);
    then_event (s, 0, 1, LOGIN_AUTHENTICATED,
                &(login_session_t) { proof.family, proof.token,
                                     s->now_ms + s->limits.refresh_token_s * 1000 });
    carry_on (s);
}

//  Presents a token; `successor` is what would follow it.
static inline void
login_presents (scenario_t *s, uint8_t family, uint8_t token, uint8_t successor)
{
    when (s, LOGIN_REFRESH,
          &(login_refresh_t) { scenario_oid (OID_SESSION, family), login_token (token),
                               login_token (successor) });
}

static inline bool
login_has (const scenario_t *s, uint8_t family)
{
    return login_find (s->state, scenario_oid (OID_SESSION, family), s->now_ms) != NULL;
}

#endif
