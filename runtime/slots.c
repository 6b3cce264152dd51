//  slots - a map from aggregate to slot and a ring of the idle ones.

#include <assert.h>
#include <stdlib.h>
#include "runtime/map.h"
#include "runtime/slots.h"

typedef struct {
    oid_t oid;     //  NONE: never bound
    bool spoiled;  //  Bind it again before its next message
    uint32_t unfinished;
    uint32_t previous, next;  //  In the ring of idle ones, if unfinished is 0
} slot_t;

enum { ACTIVE_MIN = 64 };  //  Slots in use from the start

struct slots {
    uint32_t count, mailbox_max, busy;
    uint32_t active;   //  In use so far; the others' threads were never woken
    map_t *residents;  //  Oid -> slot
    slot_t *items;     //  count, and the ring's sentinel behind them
};

static void
s_join (slots_t *self, uint32_t slot)
{
    slot_t *ring = &self->items [self->count];
    self->items [slot].next = self->count;
    self->items [slot].previous = ring->previous;
    self->items [ring->previous].next = slot;
    ring->previous = slot;
}

static void
s_leave (slots_t *self, uint32_t slot)
{
    slot_t *item = &self->items [slot];
    self->items [item->previous].next = item->next;
    self->items [item->next].previous = item->previous;
}

slots_t *
slots_new (uint32_t count, uint32_t mailbox_max)
{
    slots_t *self = calloc (1, sizeof *self);
    assert (self);
    self->count = count;
    self->mailbox_max = mailbox_max;
    self->residents = map_new (OID_PACKED_SIZE);
    self->items = calloc (count + 1u, sizeof (slot_t));
    assert (self->items);
    self->items [count].next = self->items [count].previous = count;
    for (; self->active < count && self->active < ACTIVE_MIN; self->active++) {
        s_join (self, self->active);
    }
    return self;
}

void
slots_destroy (slots_t **self_p)
{
    if (*self_p) {
        map_destroy (&(*self_p)->residents);
        free ((*self_p)->items);
        free (*self_p);
        *self_p = NULL;
    }
}

//  The least recently used idle slot, now the aggregate's; or SLOT_NONE.
static uint32_t
s_rebind (slots_t *self, oid_t oid)
{
    if (self->items [self->count].next == self->count && self->active < self->count) {
        s_join (self, self->active++);
    }
    uint32_t slot = self->items [self->count].next;
    if (slot == self->count) {
        return SLOT_NONE;
    }
    slot_t *item = &self->items [slot];
    if (!oid_is_none (item->oid)) {
        map_remove (self->residents, &item->oid);
    }
    item->oid = oid;
    map_put (self->residents, &oid, slot);
    return slot;
}

uint32_t
slots_take (slots_t *self, oid_t oid, bool *ret_bind)
{
    uint64_t found;
    uint32_t slot;
    if (map_get (self->residents, &oid, &found)) {
        slot = (uint32_t) found;
        if (self->items [slot].unfinished >= self->mailbox_max) {
            return SLOT_NONE;
        }
        *ret_bind = self->items [slot].spoiled;
    }
    else {
        slot = s_rebind (self, oid);
        if (slot == SLOT_NONE) {
            return SLOT_NONE;
        }
        *ret_bind = true;
    }
    slot_t *item = &self->items [slot];
    item->spoiled = false;
    if (item->unfinished++ == 0) {
        s_leave (self, slot);
        self->busy++;
    }
    return slot;
}

void
slots_finished (slots_t *self, uint32_t slot)
{
    assert (slot < self->count && self->items [slot].unfinished > 0);
    if (--self->items [slot].unfinished == 0) {
        s_join (self, slot);
        self->busy--;
    }
}

void
slots_spoil (slots_t *self)
{
    for (uint32_t slot = 0; slot < self->count; slot++) {
        self->items [slot].spoiled = true;
    }
}

uint32_t
slots_busy (const slots_t *self)
{
    return self->busy;
}

uint32_t
slots_bound (const slots_t *self)
{
    return (uint32_t) map_count (self->residents);
}
