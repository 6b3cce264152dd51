//  timers - a binary heap by the time to fire over maps by (aggregate, command).
//
//  A moved or cleared timer leaves its old heap entry behind, which is recognized
//  by its serial and skipped; the heap is rebuilt when such leftovers outweigh the
//  living, so its size follows theirs. A timer that fired has no heap entry.

#include <assert.h>
#include <stdlib.h>
#include "runtime/map.h"
#include "runtime/timers.h"

enum { KEY_SIZE = OID_PACKED_SIZE + 1, LEFTOVERS_MIN = 1024, FIRED = 0 };

typedef struct {
    int64_t fire_ms;
    uint64_t serial;
    uint8_t key [KEY_SIZE];
} alarm_t;

struct timers {
    map_t *dues;     //  Key -> what it is set for, in Unix ms
    map_t *serials;  //  Key -> serial of its living alarm, or FIRED
    alarm_t *heap;
    size_t count, capacity;
    uint64_t serial;
};

static void
s_key (oid_t oid, uint8_t command, uint8_t ret_key [KEY_SIZE])
{
    memcpy (ret_key, &oid, OID_PACKED_SIZE);
    ret_key [OID_PACKED_SIZE] = command;
}

timers_t *
timers_new (void)
{
    timers_t *self = calloc (1, sizeof *self);
    assert (self);
    self->dues = map_new (KEY_SIZE);
    self->serials = map_new (KEY_SIZE);
    return self;
}

void
timers_destroy (timers_t **self_p)
{
    if (*self_p) {
        map_destroy (&(*self_p)->dues);
        map_destroy (&(*self_p)->serials);
        free ((*self_p)->heap);
        free (*self_p);
        *self_p = NULL;
    }
}

static void
s_swap (timers_t *self, size_t one, size_t other)
{
    alarm_t held = self->heap [one];
    self->heap [one] = self->heap [other];
    self->heap [other] = held;
}

static void
s_sift_up (timers_t *self, size_t index)
{
    while (index > 0 && self->heap [index].fire_ms < self->heap [(index - 1) / 2].fire_ms) {
        s_swap (self, index, (index - 1) / 2);
        index = (index - 1) / 2;
    }
}

static void
s_sift_down (timers_t *self, size_t index)
{
    while (true) {
        size_t least = index;
        for (size_t child = 2 * index + 1; child <= 2 * index + 2; child++) {
            if (child < self->count && self->heap [child].fire_ms < self->heap [least].fire_ms) {
                least = child;
            }
        }
        if (least == index) {
            return;
        }
        s_swap (self, index, least);
        index = least;
    }
}

static bool
s_is_living (const timers_t *self, const alarm_t *alarm)
{
    uint64_t serial;
    return map_get (self->serials, alarm->key, &serial) && serial == alarm->serial;
}

static bool
s_is_set_for (const timers_t *self, const uint8_t key [KEY_SIZE], int64_t due_ms)
{
    uint64_t set_ms;
    return map_get (self->dues, key, &set_ms) && (int64_t) set_ms == due_ms;
}

static void
s_drop_leftovers (timers_t *self)
{
    size_t kept = 0;
    for (size_t index = 0; index < self->count; index++) {
        if (s_is_living (self, &self->heap [index])) {
            self->heap [kept++] = self->heap [index];
        }
    }
    self->count = kept;
    for (size_t index = kept / 2 + 1; index-- > 0;) {
        s_sift_down (self, index);
    }
}

//  Makes an alarm the living one of its key.
static void
s_push (timers_t *self, const uint8_t key [KEY_SIZE], int64_t fire_ms)
{
    map_put (self->serials, key, ++self->serial);
    if (self->count > LEFTOVERS_MIN && self->count > 2 * map_count (self->serials)) {
        s_drop_leftovers (self);
    }
    if (self->count == self->capacity) {
        self->capacity = self->capacity ? self->capacity * 2 : 64;
        self->heap = realloc (self->heap, self->capacity * sizeof (alarm_t));
        assert (self->heap);
    }
    alarm_t *alarm = &self->heap [self->count];
    alarm->fire_ms = fire_ms;
    alarm->serial = self->serial;
    memcpy (alarm->key, key, KEY_SIZE);
    s_sift_up (self, self->count++);
}

static void
s_pop (timers_t *self)
{
    self->heap [0] = self->heap [--self->count];
    if (self->count > 0) {
        s_sift_down (self, 0);
    }
}

void
timers_set (timers_t *self, oid_t oid, uint8_t command, int64_t due_ms)
{
    uint8_t key [KEY_SIZE];
    s_key (oid, command, key);
    if (due_ms > 0) {
        map_put (self->dues, key, (uint64_t) due_ms);
        s_push (self, key, due_ms);
    }
    else if (due_ms == 0 || s_is_set_for (self, key, -due_ms)) {
        map_remove (self->dues, key);
        map_remove (self->serials, key);
    }
}

bool
timers_fire (timers_t *self, int64_t now_ms, oid_t *ret_oid, uint8_t *ret_command,
             int64_t *ret_due_ms)
{
    while (self->count > 0 && self->heap [0].fire_ms <= now_ms) {
        alarm_t alarm = self->heap [0];
        s_pop (self);
        if (s_is_living (self, &alarm)) {
            uint64_t due_ms = 0;
            map_get (self->dues, alarm.key, &due_ms);
            map_put (self->serials, alarm.key, FIRED);
            *ret_due_ms = (int64_t) due_ms;
            memcpy (ret_oid, alarm.key, OID_PACKED_SIZE);
            *ret_command = alarm.key [OID_PACKED_SIZE];
            return true;
        }
    }
    return false;
}

void
timers_again (timers_t *self, oid_t oid, uint8_t command, int64_t due_ms, int64_t fire_ms)
{
    uint8_t key [KEY_SIZE];
    uint64_t serial;
    s_key (oid, command, key);
    if (map_get (self->serials, key, &serial) && serial == FIRED
        && s_is_set_for (self, key, due_ms)) {
        s_push (self, key, fire_ms);
    }
}

int64_t
timers_wait_ms (const timers_t *self, int64_t now_ms, int64_t limit_ms)
{
    if (self->count == 0) {
        return limit_ms;
    }
    int64_t wait_ms = self->heap [0].fire_ms - now_ms;
    return wait_ms < 0 ? 0 : wait_ms < limit_ms ? wait_ms : limit_ms;
}

size_t
timers_count (const timers_t *self)
{
    return map_count (self->serials);
}
