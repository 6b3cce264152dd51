//  key_cache - members' opened keys in memory.

#include "edge/key_cache.h"

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { KEY_CACHE_WAYS = 8, KEY_CACHE_SHARDS = 32 };

typedef struct {
    oid_t member;      //  None: free
    uint32_t used_at;  //  Shard's clock; smallest is oldest
    uint8_t key [KEY_CACHE_KEY_SIZE];
} entry_t;

typedef struct {
    pthread_mutex_t lock;
    uint32_t clock;
} shard_t;

struct key_cache {
    size_t set_count;
    entry_t *entries;            //  set_count * KEY_CACHE_WAYS
    atomic_uint_fast64_t epoch;  //  Keys destroyed
    shard_t shards [KEY_CACHE_SHARDS];
};

key_cache_t *
key_cache_new (size_t keys_max)
{
    key_cache_t *self = calloc (1, sizeof *self);
    if (!self) {
        return NULL;
    }
    self->set_count = keys_max / KEY_CACHE_WAYS ? keys_max / KEY_CACHE_WAYS : 1;
    self->entries = calloc (self->set_count * KEY_CACHE_WAYS, sizeof *self->entries);
    for (size_t index = 0; index < KEY_CACHE_SHARDS; index++) {
        pthread_mutex_init (&self->shards [index].lock, NULL);
    }
    if (!self->entries) {
        key_cache_destroy (&self);
    }
    return self;
}

void
key_cache_destroy (key_cache_t **self_p)
{
    key_cache_t *self = *self_p;
    if (!self) {
        return;
    }
    for (size_t index = 0; index < KEY_CACHE_SHARDS; index++) {
        pthread_mutex_destroy (&self->shards [index].lock);
    }
    if (self->entries) {
        sodium_memzero (self->entries, self->set_count * KEY_CACHE_WAYS * sizeof *self->entries);
        free (self->entries);
    }
    free (self);
    *self_p = NULL;
}

//  The member's set, with its shard locked.
static entry_t *
s_lock_set (key_cache_t *self, oid_t member, shard_t **ret_shard)
{
    uint64_t number;
    memcpy (&number, member.bytes, sizeof number);
    size_t set = number % self->set_count;
    *ret_shard = &self->shards [set % KEY_CACHE_SHARDS];
    pthread_mutex_lock (&(*ret_shard)->lock);
    return self->entries + set * KEY_CACHE_WAYS;
}

static entry_t *
s_find (entry_t *set, oid_t member)
{
    for (size_t way = 0; way < KEY_CACHE_WAYS; way++) {
        if (oid_equal (set [way].member, member)) {
            return &set [way];
        }
    }
    return NULL;
}

bool
key_cache_get (key_cache_t *self, oid_t member, uint8_t ret_key [KEY_CACHE_KEY_SIZE])
{
    shard_t *shard;
    entry_t *entry = s_find (s_lock_set (self, member, &shard), member);
    if (entry) {
        entry->used_at = ++shard->clock;
        memcpy (ret_key, entry->key, KEY_CACHE_KEY_SIZE);
    }
    pthread_mutex_unlock (&shard->lock);
    return entry != NULL;
}

uint64_t
key_cache_epoch (const key_cache_t *self)
{
    return self->epoch;
}

void
key_cache_offer (key_cache_t *self, oid_t member, const uint8_t key [KEY_CACHE_KEY_SIZE],
                 uint64_t epoch)
{
    shard_t *shard;
    entry_t *set = s_lock_set (self, member, &shard);
    entry_t *place = s_find (set, member);
    if (!place) {
        place = set;
        for (size_t way = 1; way < KEY_CACHE_WAYS; way++) {
            if (set [way].used_at < place->used_at) {
                place = &set [way];
            }
        }
    }
    if (self->epoch == epoch) {
        place->member = member;
        place->used_at = ++shard->clock;
        memcpy (place->key, key, KEY_CACHE_KEY_SIZE);
    }
    pthread_mutex_unlock (&shard->lock);
}

void
key_cache_forget (key_cache_t *self, oid_t member)
{
    shard_t *shard;
    entry_t *entry = s_find (s_lock_set (self, member, &shard), member);
    self->epoch++;
    if (entry) {
        sodium_memzero (entry, sizeof *entry);
    }
    pthread_mutex_unlock (&shard->lock);
}
