//  token - who is calling: access tokens (RFC 7519), HS256, keys of the keyring.
//
//      header   alg HS256, kid (id of the key), typ JWT
//      payload  iss and aud "happypay", sub, role, iat, exp, jti; of a session also
//               sid, its ses_… id (a member's alone)
//
//  sub is a mem_… id for role member, a mrc_… id for role merchant, and for an
//  operator 1 to 63 characters of [A-Za-z0-9._@-] that are neither (operators are
//  told apart by it: approvals need two). Any other algorithm, `none` included, a
//  missing claim, another issuer or audience: refused.
//
//  Checking costs an HMAC and some JSON; a token that passed is remembered by the
//  keyed BLAKE2b of its text in a bounded table until it expires, so a hit costs
//  about a microsecond. Full sets forget their oldest entry.
//
//  Threads: a token_check_t may be used by any number at once.

#ifndef EDGE_TOKEN_H
#define EDGE_TOKEN_H

#include <stddef.h>
#include "edge/keyring.h"

typedef enum { ROLE_NONE, ROLE_OPERATOR, ROLE_MEMBER, ROLE_MERCHANT, ROLE_COUNT } role_t;

enum {
    TOKEN_SUBJECT_SIZE = 64,        //  With the final zero
    TOKEN_TEXT_MAX = 2048,          //  Longer ones are refused unread
    TOKEN_CACHED = 16384            //  Tokens remembered
};

#define TOKEN_ISSUER "happypay"

typedef struct {
    role_t role;
    oid_t oid;                      //  Of the subject; an operator's name is hashed to opr_…
    oid_t session;                  //  ses_…; NONE: the token is of none
    char subject [TOKEN_SUBJECT_SIZE];
    int64_t expires_s;              //  Unix time
} caller_t;

//  "operator", "member", "merchant"; NULL for none.
const char *role_name (role_t role);

//  ROLE_NONE if there is no such role.
role_t role_find (const char *name);

//  True if `subject` may be the sub of this role; *ret_oid is its id then. The
//  keyring's derive key hashes operators' names.
bool role_subject (role_t role, const char *subject, const keyring_t *keyring, oid_t *ret_oid);

//  A signed token, owned by the caller (free). Asserts a subject that fits the
//  role. audience NULL: "happypay"; another one is for tests.
char *token_make (const keyring_t *keyring, role_t role, const char *subject, int64_t now_s,
                  int64_t ttl_s, const char *audience);

//  The same for a member's session.
char *token_make_session (const keyring_t *keyring, oid_t member, oid_t session, int64_t now_s,
                          int64_t ttl_s);

typedef struct token_check token_check_t;

//  Borrows the keyring. Remembers at most cached_max tokens (TOKEN_CACHED).
token_check_t *token_check_new (const keyring_t *keyring, size_t cached_max);
void token_check_destroy (token_check_t **self_p);

//  NULL if the token is good, and *ret_caller is set; else why it was refused: a
//  short static text for the problem's detail. `text` is a header's value after
//  "Bearer " and need not end with a zero.
const char *token_check (token_check_t *self, const char *text, size_t size, int64_t now_s,
                         caller_t *ret_caller);

//  Hits and misses of the cache so far; for metrics.
void token_check_counts (const token_check_t *self, uint64_t *ret_hits, uint64_t *ret_misses);

#endif
