//  token - making access tokens, and what a caller is.
//
//  The signature is libjwt's business; which header and which claims are asked is
//  ours (token_check.c).

#include "edge/token.h"

#include <ctype.h>
#include <jwt.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include "runtime/derive.h"

static const char *const role_names [ROLE_COUNT] = {
    [ROLE_OPERATOR] = "operator",
    [ROLE_MEMBER] = "member",
    [ROLE_MERCHANT] = "merchant",
};

const char *
role_name (role_t role)
{
    return (unsigned) role < ROLE_COUNT ? role_names [role] : NULL;
}

role_t
role_find (const char *name)
{
    for (role_t role = ROLE_OPERATOR; role < ROLE_COUNT; role++) {
        if (name && strcmp (name, role_names [role]) == 0) {
            return role;
        }
    }
    return ROLE_NONE;
}

static bool
s_is_operator_name (const char *name)
{
    size_t size = strlen (name);

    if (size == 0 || size >= TOKEN_SUBJECT_SIZE) {
        return false;
    }
    for (size_t index = 0; index < size; index++) {
        if (!isalnum ((unsigned char) name [index]) && !strchr ("._@-", name [index])) {
            return false;
        }
    }
    return true;
}

bool
role_subject (role_t role, const char *subject, const keyring_t *keyring, oid_t *ret_oid)
{
    oid_t oid;
    bool is_id = oid_parse (subject, &oid);

    if (role == ROLE_OPERATOR && !is_id && s_is_operator_name (subject)) {
        derive_t derive;
        derive_start (&derive, keyring_derive_key (keyring), "operator");
        derive_text (&derive, subject);
        *ret_oid = derive_oid (&derive, OID_OPERATOR);
        return true;
    }
    static const uint8_t kinds [ROLE_COUNT] = {
        [ROLE_OPERATOR] = OID_OPERATOR,
        [ROLE_MEMBER] = OID_MEMBER,
        [ROLE_MERCHANT] = OID_MERCHANT,
    };
    if (!is_id || (unsigned) role >= ROLE_COUNT || oid.kind != kinds [role]) {
        return false;
    }
    *ret_oid = oid;
    return true;
}

static char *
s_make (const keyring_t *keyring, role_t role, const char *subject, int64_t now_s, int64_t ttl_s,
        const char *audience, const char *session)
{
    const keyring_key_t *key = keyring_token_key (keyring);
    char kid [16], jti [33];
    uint8_t random [16];
    jwt_t *jwt = NULL;
    oid_t oid;

    bool subject_fits = role_subject (role, subject, keyring, &oid);
    assert (subject_fits);
    randombytes_buf (random, sizeof random);
    sodium_bin2hex (jti, sizeof jti, random, sizeof random);
    snprintf (kid, sizeof kid, "%u", key->id);
    if (jwt_new (&jwt) != 0) {
        return NULL;
    }
    char *text = NULL;
    if (jwt_set_alg (jwt, JWT_ALG_HS256, key->bytes, sizeof key->bytes) == 0
        && jwt_add_header (jwt, "kid", kid) == 0 && jwt_add_grant (jwt, "iss", TOKEN_ISSUER) == 0
        && jwt_add_grant (jwt, "aud", audience ? audience : TOKEN_ISSUER) == 0
        && jwt_add_grant (jwt, "sub", subject) == 0
        && jwt_add_grant (jwt, "role", role_name (role)) == 0
        && jwt_add_grant (jwt, "jti", jti) == 0 && jwt_add_grant_int (jwt, "iat", now_s) == 0
        && jwt_add_grant_int (jwt, "exp", now_s + ttl_s) == 0
        && (!session || jwt_add_grant (jwt, "sid", session) == 0)) {
        text = jwt_encode_str (jwt);
    }
    jwt_free (jwt);
    return text;
}

char *
token_make (const keyring_t *keyring, role_t role, const char *subject, int64_t now_s,
            int64_t ttl_s, const char *audience)
{
    return s_make (keyring, role, subject, now_s, ttl_s, audience, /* session= */ NULL);
}

char *
token_make_session (const keyring_t *keyring, oid_t member, oid_t session, int64_t now_s,
                    int64_t ttl_s)
{
    char subject [OID_TEXT_SIZE], sid [OID_TEXT_SIZE];
    assert (member.kind == OID_MEMBER && session.kind == OID_SESSION);
    oid_format (member, subject);
    oid_format (session, sid);
    return s_make (keyring, ROLE_MEMBER, subject, now_s, ttl_s, /* audience= */ NULL, sid);
}
