#include "edge/rate.h"

#include <assert.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { SETS = RATE_PLACES / RATE_WAYS, BYTES_MAX = 16, IPV6_NETWORK = 8, IPV4_SIZE = 4 };

#define SECOND_NS INT64_C (1000000000)

typedef struct {
    uint64_t name;    //  0: free
    int64_t full_ns;  //  When it is full; in the past: it is
} bucket_t;

struct rates {
    int64_t window_ns;
    uint8_t key [crypto_shorthash_KEYBYTES];
    pthread_mutex_t lock;
    bucket_t buckets [SETS][RATE_WAYS];
};

rates_t *
rates_new (int64_t window_s)
{
    assert (window_s > 0);
    rates_t *self = calloc (1, sizeof *self);
    assert (self);
    self->window_ns = window_s * SECOND_NS;
    randombytes_buf (self->key, sizeof self->key);
    pthread_mutex_init (&self->lock, NULL);
    return self;
}

void
rates_destroy (rates_t **self_p)
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
s_hash (const rates_t *self, uint8_t kind, const void *bytes, size_t size)
{
    uint8_t input [1 + BYTES_MAX] = { kind }, hash [crypto_shorthash_BYTES];
    uint64_t name;

    assert (size <= BYTES_MAX);
    memcpy (input + 1, bytes, size);
    crypto_shorthash (hash, input, 1 + size, self->key);
    memcpy (&name, hash, sizeof name);
    return name ? name : 1;
}

uint64_t
rates_name_address (const rates_t *self, const struct sockaddr *address)
{
    if (address && address->sa_family == AF_INET) {
        const struct sockaddr_in *ip4 = (const struct sockaddr_in *) (const void *) address;
        return s_hash (self, 4, &ip4->sin_addr, IPV4_SIZE);
    }
    if (address && address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *ip6 = (const struct sockaddr_in6 *) (const void *) address;
        const uint8_t *bytes = ip6->sin6_addr.s6_addr;
        return IN6_IS_ADDR_V4MAPPED (&ip6->sin6_addr) ? s_hash (self, 4, bytes + 12, IPV4_SIZE)
                                                      : s_hash (self, 6, bytes, IPV6_NETWORK);
    }
    return s_hash (self, 0, "", 0);
}

uint64_t
rates_name_caller (const rates_t *self, oid_t caller)
{
    return s_hash (self, (uint8_t) (0x80 | caller.kind), caller.bytes, OID_BYTES);
}

//  ---------------------------------------------------------------------------
//  Buckets

static bucket_t *
s_bucket (rates_t *self, uint64_t name)
{
    bucket_t *set = self->buckets [name % SETS];
    bucket_t *soonest = set;
    for (size_t way = 0; way < RATE_WAYS; way++) {
        if (set [way].name == name) {
            return &set [way];
        }
        if (set [way].full_ns < soonest->full_ns) {  //  A free one has been full for ever
            soonest = &set [way];
        }
    }
    soonest->name = name;
    return soonest;
}

static int64_t
s_seconds (int64_t ns)
{
    return (ns + SECOND_NS - 1) / SECOND_NS;
}

rate_t
rates_take (rates_t *self, uint64_t name, int64_t quota, int64_t now_ns)
{
    rate_t rate = { .quota = quota, .window_s = self->window_ns / SECOND_NS };
    if (quota == 0) {
        return (rate_t) { 0 };
    }
    int64_t each_ns = self->window_ns / quota;
    int64_t window_ns = each_ns * quota;  //  What was cut off would be a token more
    assert (each_ns > 0);
    pthread_mutex_lock (&self->lock);
    bucket_t *bucket = s_bucket (self, name);
    int64_t debt_ns = bucket->full_ns > now_ns ? bucket->full_ns - now_ns : 0;
    int64_t over_ns = debt_ns + each_ns - window_ns;
    if (over_ns <= 0) {
        debt_ns += each_ns;
        bucket->full_ns = now_ns + debt_ns;
    }
    pthread_mutex_unlock (&self->lock);
    rate.left = debt_ns < window_ns ? (window_ns - debt_ns) / each_ns : 0;
    rate.full_s = s_seconds (debt_ns);
    rate.retry_s = over_ns > 0 ? s_seconds (over_ns) : 0;
    return rate;
}
