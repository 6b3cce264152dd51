//  map - fixed-size keys to 64-bit values: open addressing, linear probing.

#include <assert.h>
#include <czmq.h>
#include "runtime/map.h"

enum { CAPACITY_FIRST = 64 };

//  A slot: used byte, key, value, padded to 8 bytes.
struct map {
    size_t key_size;
    size_t stride;    //  Bytes per slot
    size_t capacity;  //  A power of two
    size_t count;
    uint8_t *slots;
};

static uint8_t *
s_slot (const map_t *self, size_t index)
{
    return self->slots + index * self->stride;
}

//  Keys are mostly hashes already; folding and one multiply spread the others.
static size_t
s_home (const map_t *self, const uint8_t *key)
{
    uint64_t hash = self->key_size;
    for (size_t at = 0; at < self->key_size; at += 8) {
        uint64_t part = 0;
        size_t left = self->key_size - at;
        memcpy (&part, key + at, left < 8 ? left : 8);
        hash = (hash ^ part) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 32;
    }
    return hash & (self->capacity - 1);
}

//  The slot that holds the key, or the free one where it would go.
static uint8_t *
s_find (const map_t *self, const uint8_t *key)
{
    size_t index = s_home (self, key);
    while (true) {
        uint8_t *slot = s_slot (self, index);
        if (!slot [0] || memcmp (slot + 1, key, self->key_size) == 0) {
            return slot;
        }
        index = (index + 1) & (self->capacity - 1);
    }
}

static void
s_allocate (map_t *self, size_t capacity)
{
    self->capacity = capacity;
    self->count = 0;
    self->slots = calloc (capacity, self->stride);
    assert (self->slots);
}

map_t *
map_new (size_t key_size)
{
    assert (key_size > 0 && key_size <= MAP_KEY_SIZE_MAX);
    map_t *self = calloc (1, sizeof *self);
    assert (self);
    self->key_size = key_size;
    self->stride = (1 + key_size + sizeof (uint64_t) + 7) / 8 * 8;
    s_allocate (self, CAPACITY_FIRST);
    return self;
}

void
map_destroy (map_t **self_p)
{
    if (*self_p) {
        free ((*self_p)->slots);
        free (*self_p);
        *self_p = NULL;
    }
}

size_t
map_count (const map_t *self)
{
    return self->count;
}

static uint64_t
s_value (const map_t *self, const uint8_t *slot)
{
    uint64_t value;
    memcpy (&value, slot + self->stride - sizeof value, sizeof value);
    return value;
}

bool
map_get (const map_t *self, const void *key, uint64_t *ret_value)
{
    const uint8_t *slot = s_find (self, key);
    if (slot [0] && ret_value) {
        *ret_value = s_value (self, slot);
    }
    return slot [0];
}

static void
s_grow (map_t *self)
{
    uint8_t *old_slots = self->slots;
    size_t old_capacity = self->capacity;
    s_allocate (self, old_capacity * 2);
    for (size_t index = 0; index < old_capacity; index++) {
        const uint8_t *slot = old_slots + index * self->stride;
        if (slot [0]) {
            memcpy (s_find (self, slot + 1), slot, self->stride);
            self->count++;
        }
    }
    free (old_slots);
}

void
map_put (map_t *self, const void *key, uint64_t value)
{
    uint8_t *slot = s_find (self, key);
    if (!slot [0]) {
        if ((self->count + 1) * 4 > self->capacity * 3) {
            s_grow (self);
            slot = s_find (self, key);
        }
        slot [0] = 1;
        memcpy (slot + 1, key, self->key_size);
        self->count++;
    }
    memcpy (slot + self->stride - sizeof value, &value, sizeof value);
}

//  Closes the gap: whatever probed past it moves back.
bool
map_remove (map_t *self, const void *key)
{
    uint8_t *slot = s_find (self, key);
    if (!slot [0]) {
        return false;
    }
    size_t mask = self->capacity - 1;
    size_t gap = (size_t) (slot - self->slots) / self->stride;
    size_t index = gap;
    while (true) {
        index = (index + 1) & mask;
        uint8_t *next = s_slot (self, index);
        if (!next [0]) {
            break;
        }
        size_t home = s_home (self, next + 1);
        if (((index - home) & mask) >= ((index - gap) & mask)) {
            memcpy (s_slot (self, gap), next, self->stride);
            gap = index;
        }
    }
    memset (s_slot (self, gap), 0, self->stride);
    self->count--;
    return true;
}

void
map_clear (map_t *self)
{
    memset (self->slots, 0, self->capacity * self->stride);
    self->count = 0;
}

bool
map_next (const map_t *self, size_t *cursor, const uint8_t **ret_key, uint64_t *ret_value)
{
    for (; *cursor < self->capacity; (*cursor)++) {
        const uint8_t *slot = s_slot (self, *cursor);
        if (slot [0]) {
            *ret_key = slot + 1;
            *ret_value = s_value (self, slot);
            (*cursor)++;
            return true;
        }
    }
    return false;
}
