#include "edge/guesses.h"

#include <assert.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include "runtime/scoped.h"

enum { WAYS = 4, SETS = GUESSES_PLACES / WAYS, ADDRESS_MAX = 16, IPV6_NETWORK = 8 };

typedef struct {
    uint64_t name;  //  0: free
    int64_t left;
    int64_t filled_ms;  //  As of when `left` is right
} bucket_t;

struct guesses {
    int64_t per_address, per_login, refill_ms;
    uint8_t key [crypto_shorthash_KEYBYTES];
    pthread_mutex_t lock;  //  Held for some dozen instructions, beside 70 ms of hashing
    bucket_t buckets [SETS][WAYS];
};

guesses_t *
guesses_new (int64_t per_address, int64_t per_login, int64_t refill_ms)
{
    assert (per_address > 0 && per_login > 0 && refill_ms > 0);
    guesses_t *self = calloc (1, sizeof *self);
    assert (self);
    self->per_address = per_address;
    self->per_login = per_login;
    self->refill_ms = refill_ms;
    randombytes_buf (self->key, sizeof self->key);
    pthread_mutex_init (&self->lock, NULL);
    return self;
}

void
guesses_destroy (guesses_t **self_p)
{
    if (*self_p) {
        pthread_mutex_destroy (&(*self_p)->lock);
        free (*self_p);
        *self_p = NULL;
    }
}

//  ---------------------------------------------------------------------------
//  Names

//  Never 0.
static uint64_t
s_hash (const guesses_t *self, uint8_t kind, const void *bytes, size_t size)
{
    uint8_t input [1 + ADDRESS_MAX] = { kind }, hash [crypto_shorthash_BYTES];
    uint64_t name;

    assert (size <= ADDRESS_MAX);
    memcpy (input + 1, bytes, size);
    crypto_shorthash (hash, input, 1 + size, self->key);
    memcpy (&name, hash, sizeof name);
    return name ? name : 1;
}

static uint64_t
s_name_address (const guesses_t *self, const struct sockaddr *address)
{
    if (address && address->sa_family == AF_INET) {
        const struct sockaddr_in *ip4 = (const struct sockaddr_in *) (const void *) address;
        return s_hash (self, 4, &ip4->sin_addr, sizeof ip4->sin_addr);
    }
    if (address && address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *ip6 = (const struct sockaddr_in6 *) (const void *) address;
        return s_hash (self, 6, &ip6->sin6_addr, IPV6_NETWORK);
    }
    return 0;
}

guess_t
guesses_name (const guesses_t *self, const struct sockaddr *address, oid_t login)
{
    return (guess_t) {
        .address = s_name_address (self, address),
        .login = oid_is_none (login) ? 0 : s_hash (self, 0, login.bytes, OID_BYTES),
    };
}

//  ---------------------------------------------------------------------------
//  Buckets

static void
s_fill (const guesses_t *self, bucket_t *bucket, int64_t capacity, int64_t now_ms)
{
    int64_t more = (now_ms - bucket->filled_ms) / self->refill_ms;
    if (more <= 0) {
        return;
    }
    bool full = more >= capacity - bucket->left;
    bucket->left = full ? capacity : bucket->left + more;
    bucket->filled_ms = full ? now_ms : bucket->filled_ms + more * self->refill_ms;
}

//  NULL: it has no place. Under the lock.
static bucket_t *
s_find (guesses_t *self, uint64_t name)
{
    bucket_t *set = self->buckets [name % SETS];
    for (size_t way = 0; way < WAYS; way++) {
        if (set [way].name == name) {
            return &set [way];
        }
    }
    return NULL;
}

//  Its bucket, filled as of now; a new one is full.
static bucket_t *
s_bucket (guesses_t *self, uint64_t name, int64_t capacity, int64_t now_ms)
{
    bucket_t *bucket = s_find (self, name);
    if (!bucket) {
        bucket_t *set = self->buckets [name % SETS];
        bucket = set;
        for (size_t way = 0; way < WAYS && bucket->name; way++) {
            if (!set [way].name || set [way].left > bucket->left) {
                bucket = &set [way];
            }
        }
        *bucket = (bucket_t) { name, capacity, now_ms };
    }
    s_fill (self, bucket, capacity, now_ms);
    return bucket;
}

bool
guesses_take (guesses_t *self, guess_t guess, int64_t now_ms, int64_t *ret_wait_ms)
{
    const struct {
        uint64_t name;
        int64_t capacity;
    } asked [] = { { guess.address, self->per_address }, { guess.login, self->per_login } };
    bucket_t *buckets [COUNT (asked)] = { NULL };
    int64_t wait_ms = 0;

    pthread_mutex_lock (&self->lock);
    for (size_t index = 0; index < COUNT (asked); index++) {
        if (!asked [index].name) {
            continue;
        }
        bucket_t *bucket = s_bucket (self, asked [index].name, asked [index].capacity, now_ms);
        int64_t due_ms = bucket->left > 0 ? 0 : bucket->filled_ms + self->refill_ms - now_ms;
        wait_ms = due_ms > wait_ms ? due_ms : wait_ms;
        buckets [index] = bucket;
    }
    for (size_t index = 0; index < COUNT (asked) && wait_ms == 0; index++) {
        if (buckets [index]) {
            buckets [index]->left--;
        }
    }
    pthread_mutex_unlock (&self->lock);
    if (wait_ms > 0) {
        *ret_wait_ms = wait_ms;
    }
    return wait_ms == 0;
}

static void
s_give_back (guesses_t *self, uint64_t name, int64_t count, int64_t capacity)
{
    bucket_t *bucket = name ? s_find (self, name) : NULL;
    if (bucket) {
        bucket->left = capacity - bucket->left > count ? bucket->left + count : capacity;
    }
}

void
guesses_give_back (guesses_t *self, guess_t guess)
{
    pthread_mutex_lock (&self->lock);
    s_give_back (self, guess.address, 1, self->per_address);
    s_give_back (self, guess.login, 1, self->per_login);
    pthread_mutex_unlock (&self->lock);
}

void
guesses_was_right (guesses_t *self, guess_t guess)
{
    pthread_mutex_lock (&self->lock);
    s_give_back (self, guess.address, 1, self->per_address);
    s_give_back (self, guess.login, self->per_login, self->per_login);
    pthread_mutex_unlock (&self->lock);
}
