//  region - what moved is collected by wallet and day, and brought to its region when
//  that is known for sure: at a flush, or before the member's address changes.

#include <stdlib.h>
#include "actors/member.h"
#include "actors/money.h"
#include "actors/wallet.h"
#include "runtime/map.h"
#include "runtime/region.h"
#include "runtime/snapshot.h"
#include "store/bytes.h"

enum { MOVED_KEY_SIZE = OID_BYTES + 4, CHANGES_FIRST = 64 };

struct region {
    region_snapshot_fn *snapshot;
    void *context;
    map_t *moved;  //  Wallet's bits · day -> change, as int64_t
    map_t *index;  //  Region and day -> index of its change
    region_change_t *changes;
    size_t count, capacity;
};

//  Where a member lives.
typedef struct {
    bool known;
    uint8_t hash [REGION_HASH_SIZE];
} place_t;

region_t *
region_new (region_snapshot_fn *snapshot, void *context)
{
    region_t *self = calloc (1, sizeof *self);
    assert (self);
    self->snapshot = snapshot;
    self->context = context;
    self->moved = map_new (MOVED_KEY_SIZE);
    self->index = map_new (REGION_KEY_SIZE);
    return self;
}

void
region_destroy (region_t **self_p)
{
    region_t *self = *self_p;
    if (self) {
        map_destroy (&self->moved);
        map_destroy (&self->index);
        free (self->changes);
        free (self);
        *self_p = NULL;
    }
}

bool
region_has (uint8_t kind)
{
    return kind == OID_MEMBER || kind == OID_WALLET;
}

static bool
s_unpack (const aggregate_type_t *type, const uint8_t *snapshot, size_t size, void *state)
{
    return size > SNAPSHOT_HEAD_SIZE
           && shape_unpack (type->state, snapshot + SNAPSHOT_HEAD_SIZE, size - SNAPSHOT_HEAD_SIZE,
                            state);
}

static place_t
s_place (const uint8_t *snapshot, size_t size)
{
    member_t member;
    place_t place = { 0 };
    if (s_unpack (registry_find (OID_MEMBER), snapshot, size, &member)
        && (member.status == MEMBER_ACTIVE || member.status == MEMBER_SUSPENDED)
        && member.address_hash.size == REGION_HASH_SIZE) {
        place.known = true;
        memcpy (place.hash, member.address_hash.bytes, REGION_HASH_SIZE);
    }
    return place;
}

static place_t
s_place_of (region_t *self, oid_t member)
{
    size_t size = 0;
    const uint8_t *snapshot = self->snapshot (self->context, member, &size);
    return s_place (snapshot, size);
}

//  Available and held.
static int64_t
s_balance_minor (region_t *self, oid_t wallet)
{
    wallet_t state;
    size_t size = 0;
    const uint8_t *snapshot = self->snapshot (self->context, wallet, &size);
    return s_unpack (registry_find (OID_WALLET), snapshot, size, &state)
               ? state.available_minor + state.held_minor
               : 0;
}

static void
s_add (region_t *self, const place_t *place, uint32_t day, int64_t change_minor, int64_t members)
{
    if (!place->known) {
        return;
    }
    region_change_t change = { 0 };
    uint64_t index;
    memcpy (change.key, place->hash, REGION_HASH_SIZE);
    for (int at = 0; at < 4; at++) {
        change.key [REGION_HASH_SIZE + at] = (uint8_t) (day >> (24 - 8 * at));
    }
    if (!map_get (self->index, change.key, &index)) {
        if (self->count == self->capacity) {
            self->capacity = self->capacity ? self->capacity * 2 : CHANGES_FIRST;
            self->changes = realloc (self->changes, self->capacity * sizeof *self->changes);
            assert (self->changes);
        }
        index = self->count++;
        self->changes [index] = change;
        map_put (self->index, change.key, index);
    }
    self->changes [index].change_minor += change_minor;
    self->changes [index].members += members;
}

void
region_moved (region_t *self, oid_t wallet, int64_t at_ms, int64_t change_minor)
{
    uint8_t key [MOVED_KEY_SIZE];
    uint64_t sum = 0;
    uint32_t day = (uint32_t) money_seoul_day (at_ms);
    memcpy (key, wallet.bytes, OID_BYTES);
    memcpy (key + OID_BYTES, &day, sizeof day);
    map_get (self->moved, key, &sum);
    map_put (self->moved, key, sum + (uint64_t) change_minor);
}

static void
s_settle_key (region_t *self, const uint8_t *key, int64_t change_minor, const place_t *place)
{
    uint32_t day;
    memcpy (&day, key + OID_BYTES, sizeof day);
    s_add (self, place, day, change_minor, 0);
}

//  One member's, before it moves. Rare: so all are looked through.
static void
s_settle_one (region_t *self, oid_t member, const place_t *place)
{
    size_t cursor = 0;
    const uint8_t *key;
    uint64_t sum;
    while (map_next (self->moved, &cursor, &key, &sum)) {
        if (sum != 0 && memcmp (key, member.bytes, OID_BYTES) == 0) {
            uint8_t found [MOVED_KEY_SIZE];
            memcpy (found, key, sizeof found);
            s_settle_key (self, found, (int64_t) sum, place);
            map_put (self->moved, found, 0);
        }
    }
}

void
region_member (region_t *self, oid_t member, int64_t at_ms, const uint8_t *snapshot, size_t size)
{
    place_t before = s_place_of (self, member), after = s_place (snapshot, size);
    if (before.known == after.known && memcmp (before.hash, after.hash, sizeof before.hash) == 0) {
        return;
    }
    uint32_t day = (uint32_t) money_seoul_day (at_ms);
    int64_t balance_minor = s_balance_minor (self, oid_as (member, OID_WALLET));
    s_settle_one (self, member, &before);
    s_add (self, &before, day, -balance_minor, -1);
    s_add (self, &after, day, balance_minor, 1);
}

void
region_settle (region_t *self)
{
    size_t cursor = 0;
    const uint8_t *key;
    uint64_t sum;
    while (map_next (self->moved, &cursor, &key, &sum)) {
        if (sum != 0) {
            oid_t member = { .kind = OID_MEMBER };
            memcpy (member.bytes, key, OID_BYTES);
            place_t place = s_place_of (self, member);
            s_settle_key (self, key, (int64_t) sum, &place);
        }
    }
    map_clear (self->moved);
}

bool
region_next (const region_t *self, size_t *cursor, region_change_t *ret_change)
{
    while (*cursor < self->count) {
        *ret_change = self->changes [(*cursor)++];
        if (ret_change->change_minor != 0 || ret_change->members != 0) {
            return true;
        }
    }
    return false;
}

void
region_clear (region_t *self)
{
    self->count = 0;
    map_clear (self->index);
}

void
region_write (const region_change_t *change, uint8_t ret_value [REGION_VALUE_SIZE])
{
    bytes_put_u64 (ret_value, (uint64_t) change->change_minor);
    bytes_put_u64 (ret_value + 8, (uint64_t) change->members);
}

bool
region_read_value (const uint8_t *value, size_t size, region_change_t *change)
{
    if (size != REGION_VALUE_SIZE) {
        return false;
    }
    change->change_minor = (int64_t) bytes_get_u64 (value);
    change->members = (int64_t) bytes_get_u64 (value + 8);
    return true;
}
