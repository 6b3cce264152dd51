//  map - fixed-size keys to 64-bit values: open addressing, linear probing.
//
//  Grows by doubling and never past its limit, deletes by shifting back (no
//  tombstones), so it stays as fast after a billion changes as on the first day.
//  One thread at a time. Keys are copied in; a value is a number or a pointer.

#ifndef RUNTIME_MAP_H
#define RUNTIME_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAP_KEY_SIZE_MAX = 32 };

typedef struct map map_t;

map_t *map_new (size_t key_size);
void map_destroy (map_t **self_p);

size_t map_count (const map_t *self);

//  True and *ret_value if the key is there; ret_value may be NULL.
bool map_get (const map_t *self, const void *key, uint64_t *ret_value);

//  Sets or replaces.
void map_put (map_t *self, const void *key, uint64_t value);

//  True if it was there.
bool map_remove (map_t *self, const void *key);

//  Forgets all, keeps the room.
void map_clear (map_t *self);

//  Visits every entry, in no order; the map must not change meanwhile. Start
//  with *cursor 0; false at the end. *ret_key is borrowed.
bool map_next (const map_t *self, size_t *cursor, const uint8_t **ret_key, uint64_t *ret_value);

#endif
