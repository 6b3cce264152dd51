//  key_cache - members' opened keys in memory: bounded, oldest of a set goes first.
//
//  Sets of KEY_CACHE_WAYS entries chosen by the member's id (which is a keyed hash
//  already), a lock per shard of sets. What is forgotten is wiped.
//
//  A key may be read from disk just before it is destroyed, and offered here just
//  after. So a reader takes the epoch first, and its offer is refused if a key was
//  destroyed since.
//
//  Any thread.

#ifndef EDGE_KEY_CACHE_H
#define EDGE_KEY_CACHE_H

#include "runtime/oid.h"

enum { KEY_CACHE_KEY_SIZE = 32 };

typedef struct key_cache key_cache_t;

key_cache_t *key_cache_new (size_t keys_max);
void key_cache_destroy (key_cache_t **self_p);

bool key_cache_get (key_cache_t *self, oid_t member, uint8_t ret_key [KEY_CACHE_KEY_SIZE]);

uint64_t key_cache_epoch (const key_cache_t *self);
void key_cache_offer (key_cache_t *self, oid_t member, const uint8_t key [KEY_CACHE_KEY_SIZE],
                      uint64_t epoch);

//  Call it when the key is destroyed on disk.
void key_cache_forget (key_cache_t *self, oid_t member);

#endif
