//  token_check - verifying access tokens, and remembering those that passed.
//
//  The memory is a table of sets of TOKEN_WAYS entries, chosen by the token's
//  hash; each shard of sets has a lock of its own, held for some dozen
//  instructions. The hash is keyed by a random key of this run, so nobody can aim
//  tokens at one set, and it stands for the token: 128 bits.
//
//  A token is refused while it is remembered only by its expiry, and looked at again
//  when the keyring has changed: its key may be gone. There is nothing else to forget
//  one for: a session that ends gets no new access token, and those
//  that it has are refused by edge/ended.h.

#include "edge/token.h"

#include <jansson.h>
#include <jwt.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include "edge/base64url.h"

enum { TOKEN_WAYS = 4, TOKEN_SHARDS = 64, TOKEN_HASH_SIZE = 16, TOKEN_HEADER_MAX = 512 };

typedef struct {
    uint8_t hash [TOKEN_HASH_SIZE];
    uint32_t generation;  //  Of the keyring
    caller_t caller;      //  Role NONE: free
} remembered_t;

typedef struct {
    pthread_mutex_t lock;
    uint32_t turn;  //  Which way of a full set goes next
    atomic_uint_fast64_t hits, misses;
} shard_t;

struct token_check {
    const keyring_t *keyring;
    uint8_t key [32];  //  Of the hash; of this run
    size_t set_count;
    remembered_t *entries;  //  set_count * TOKEN_WAYS
    shard_t shards [TOKEN_SHARDS];
};

token_check_t *
token_check_new (const keyring_t *keyring, size_t cached_max)
{
    token_check_t *self = calloc (1, sizeof *self);
    if (!self) {
        return NULL;
    }
    self->keyring = keyring;
    self->set_count = cached_max / TOKEN_WAYS ? cached_max / TOKEN_WAYS : 1;
    self->entries = calloc (self->set_count * TOKEN_WAYS, sizeof *self->entries);
    randombytes_buf (self->key, sizeof self->key);
    for (size_t index = 0; index < TOKEN_SHARDS; index++) {
        pthread_mutex_init (&self->shards [index].lock, NULL);
    }
    if (!self->entries) {
        token_check_destroy (&self);
    }
    return self;
}

void
token_check_destroy (token_check_t **self_p)
{
    token_check_t *self = *self_p;
    if (!self) {
        return;
    }
    for (size_t index = 0; index < TOKEN_SHARDS; index++) {
        pthread_mutex_destroy (&self->shards [index].lock);
    }
    free (self->entries);
    sodium_memzero (self->key, sizeof self->key);
    free (self);
    *self_p = NULL;
}

//  ---------------------------------------------------------------------------
//  The memory

static remembered_t *
s_set (const token_check_t *self, const uint8_t hash [TOKEN_HASH_SIZE], size_t *ret_shard)
{
    uint64_t number;
    memcpy (&number, hash, sizeof number);
    size_t set = number % self->set_count;
    *ret_shard = set % TOKEN_SHARDS;
    return self->entries + set * TOKEN_WAYS;
}

static bool
s_recall (token_check_t *self, const uint8_t hash [TOKEN_HASH_SIZE], uint32_t generation,
          caller_t *ret_caller)
{
    size_t number;
    const remembered_t *set = s_set (self, hash, &number);
    shard_t *shard = &self->shards [number];
    bool found = false;

    pthread_mutex_lock (&shard->lock);
    for (size_t way = 0; way < TOKEN_WAYS && !found; way++) {
        if (set [way].caller.role != ROLE_NONE && set [way].generation == generation
            && memcmp (set [way].hash, hash, TOKEN_HASH_SIZE) == 0) {
            *ret_caller = set [way].caller;
            found = true;
        }
    }
    pthread_mutex_unlock (&shard->lock);
    atomic_fetch_add_explicit (found ? &shard->hits : &shard->misses, 1, memory_order_relaxed);
    return found;
}

//  Into the place of the same token, a free or expired one, or the next in turn.
static void
s_remember (token_check_t *self, const uint8_t hash [TOKEN_HASH_SIZE], uint32_t generation,
            const caller_t *caller, int64_t now_s)
{
    size_t number;
    remembered_t *set = s_set (self, hash, &number), *place = NULL;
    shard_t *shard = &self->shards [number];

    pthread_mutex_lock (&shard->lock);
    for (size_t way = 0; way < TOKEN_WAYS; way++) {
        if (memcmp (set [way].hash, hash, TOKEN_HASH_SIZE) == 0) {
            place = &set [way];
            break;
        }
        if (!place && (set [way].caller.role == ROLE_NONE || set [way].caller.expires_s <= now_s)) {
            place = &set [way];
        }
    }
    if (!place) {
        place = &set [shard->turn++ % TOKEN_WAYS];
    }
    memcpy (place->hash, hash, TOKEN_HASH_SIZE);
    place->generation = generation;
    place->caller = *caller;
    pthread_mutex_unlock (&shard->lock);
}

void
token_check_counts (const token_check_t *self, uint64_t *ret_hits, uint64_t *ret_misses)
{
    *ret_hits = *ret_misses = 0;
    for (size_t index = 0; index < TOKEN_SHARDS; index++) {
        *ret_hits += self->shards [index].hits;
        *ret_misses += self->shards [index].misses;
    }
}

//  ---------------------------------------------------------------------------
//  Verifying

//  The key that the header names, if it asks for nothing but HS256. Looked at
//  before the library sees the token, so that no other algorithm is ever tried.
static const keyring_key_t *
s_key_of_header (const keyring_t *keyring, const char *text, const char **ret_refusal)
{
    uint8_t header [TOKEN_HEADER_MAX];
    size_t size = 0;
    const char *end = strchr (text, '.'), *alg = NULL, *kid = NULL;
    const keyring_key_t *key = NULL;

    *ret_refusal = "the token is malformed";
    if (!end || !base64url_read (text, (size_t) (end - text), header, sizeof header, &size)) {
        return NULL;
    }
    json_t *root = json_loadb ((const char *) header, size, JSON_REJECT_DUPLICATES, NULL);
    if (root && json_unpack (root, "{s:s,s:s}", "alg", &alg, "kid", &kid) == 0
        && !json_object_get (root, "crit")) {
        char *rest = NULL;
        unsigned long id = strtoul (kid, &rest, 10);
        if (strcmp (alg, "HS256") != 0) {
            *ret_refusal = "the token's algorithm is not accepted";
        }
        else if (*kid < '1' || *kid > '9' || *rest != '\0' || id > UINT32_MAX
                 || !(key = keyring_find_token_key (keyring, (uint32_t) id))) {
            *ret_refusal = "the token's key is not known";
        }
    }
    json_decref (root);
    return key;
}

//  The claims of a token whose signature is right.
static const char *
s_check_claims (const token_check_t *self, jwt_t *jwt, int64_t now_s, caller_t *ret_caller)
{
    const char *issuer = jwt_get_grant (jwt, "iss");
    const char *audience = jwt_get_grant (jwt, "aud");
    const char *subject = jwt_get_grant (jwt, "sub");
    const char *session = jwt_get_grant (jwt, "sid");
    int64_t expires_s = jwt_get_grant_int (jwt, "exp");  //  0 if there is none

    if (!issuer || strcmp (issuer, TOKEN_ISSUER) != 0) {
        return "the token's issuer is not accepted";
    }
    if (!audience || strcmp (audience, TOKEN_ISSUER) != 0) {
        return "the token is for another audience";
    }
    if (expires_s <= now_s) {
        return "the token has expired";
    }
    if (jwt_get_grant_int (jwt, "nbf") > now_s) {
        return "the token is not valid yet";
    }
    ret_caller->role = role_find (jwt_get_grant (jwt, "role"));
    if (ret_caller->role == ROLE_NONE) {
        return "the token's role is not known";
    }
    if (!subject || strlen (subject) >= TOKEN_SUBJECT_SIZE
        || !role_subject (ret_caller->role, subject, self->keyring, &ret_caller->oid)) {
        return "the token's subject does not fit its role";
    }
    if (session
        && (ret_caller->role != ROLE_MEMBER || !oid_parse (session, &ret_caller->session)
            || ret_caller->session.kind != OID_SESSION)) {
        return "the token's session is not one";
    }
    strcpy (ret_caller->subject, subject);
    ret_caller->expires_s = expires_s;
    return NULL;
}

static const char *
s_verify (const token_check_t *self, const char *text, int64_t now_s, caller_t *ret_caller)
{
    const char *refusal = NULL;
    jwt_t *jwt = NULL;

    const keyring_key_t *key = s_key_of_header (self->keyring, text, &refusal);
    if (!key) {
        return refusal;
    }
    if (jwt_decode (&jwt, text, key->bytes, sizeof key->bytes) != 0
        || jwt_get_alg (jwt) != JWT_ALG_HS256) {
        refusal = "the token's signature is not valid";
    }
    else {
        refusal = s_check_claims (self, jwt, now_s, ret_caller);
    }
    jwt_free (jwt);
    return refusal;
}

const char *
token_check (token_check_t *self, const char *text, size_t size, int64_t now_s,
             caller_t *ret_caller)
{
    uint8_t hash [TOKEN_HASH_SIZE];
    char copy [TOKEN_TEXT_MAX + 1];
    caller_t caller = { .role = ROLE_NONE };
    uint32_t generation = keyring_generation (self->keyring);  //  Before a key is looked for

    if (size == 0 || size > TOKEN_TEXT_MAX) {
        return "the token is malformed";
    }
    crypto_generichash (hash, sizeof hash, (const uint8_t *) text, size, self->key,
                        sizeof self->key);
    if (!s_recall (self, hash, generation, &caller)) {
        memcpy (copy, text, size);
        copy [size] = '\0';
        const char *refusal = strlen (copy) == size ? s_verify (self, copy, now_s, &caller)
                                                    : "the token is malformed";
        if (refusal) {
            return refusal;
        }
        s_remember (self, hash, generation, &caller, now_s);
    }
    if (caller.expires_s <= now_s) {
        return "the token has expired";
    }
    *ret_caller = caller;
    return NULL;
}
