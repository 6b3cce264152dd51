#include "edge/waits.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

struct waits {
    pthread_mutex_t mutex;  //  Guards what follows
    uint32_t slots, long_max;
    uint32_t used;  //  One more than the highest slot ever set
    wait_t *entries;
};

waits_t *
waits_new (uint32_t slots, uint32_t long_max)
{
    waits_t *self = calloc (1, sizeof *self);
    assert (self);
    self->entries = calloc (slots, sizeof *self->entries);
    assert (self->entries);
    self->slots = slots;
    self->long_max = long_max;
    pthread_mutex_init (&self->mutex, NULL);
    return self;
}

void
waits_destroy (waits_t **self_p)
{
    waits_t *self = *self_p;
    if (self) {
        pthread_mutex_destroy (&self->mutex);
        free (self->entries);
        free (self);
        *self_p = NULL;
    }
}

void
waits_set (waits_t *self, uint32_t slot, const wait_t *wait)
{
    assert (slot < self->slots);
    pthread_mutex_lock (&self->mutex);
    self->entries [slot] = *wait;
    if (self->used <= slot) {
        self->used = slot + 1;
    }
    pthread_mutex_unlock (&self->mutex);
}

void
waits_clear (waits_t *self, uint32_t slot)
{
    pthread_mutex_lock (&self->mutex);
    self->entries [slot].kind = WAIT_NONE;
    pthread_mutex_unlock (&self->mutex);
}

//  Whether this entry has something to be told now; *long_count counts the waiters
//  that may go on waiting.
static bool
s_due (wait_t *wait, int64_t now_ms, bool all, uint32_t *long_count, uint32_t long_max,
       wait_event_t *ret_event)
{
    if (wait->kind == WAIT_NONE) {
        return false;
    }
    if (now_ms >= wait->abandon_ms) {
        *ret_event = WAIT_ABANDONED;
        wait->abandon_ms = now_ms + WAITS_REPEAT_MS;  //  If it cannot be done now
        return true;
    }
    if (wait->kind != WAIT_SAGA) {
        return false;
    }
    bool ends = all || wait->asked_ms || now_ms >= wait->deadline_ms;
    if (!ends && now_ms - wait->since_ms >= WAITS_LONG_MS) {
        ends = *long_count >= long_max;
        *long_count += !ends;
    }
    if (!ends || (wait->asked_ms && now_ms - wait->asked_ms < WAITS_REPEAT_MS)) {
        return false;
    }
    *ret_event = WAIT_ENDS;
    wait->asked_ms = now_ms;
    return true;
}

void
waits_visit (waits_t *self, int64_t now_ms, bool all, wait_fn *visit, void *context)
{
    uint32_t long_count = 0;
    for (uint32_t slot = 0;; slot++) {
        pthread_mutex_lock (&self->mutex);
        bool due = false;
        wait_event_t event;
        wait_t wait;
        while (slot < self->used && !due) {
            due = s_due (&self->entries [slot], now_ms, all, &long_count, self->long_max, &event);
            wait = self->entries [slot];
            slot += !due;
        }
        bool ended = slot >= self->used;
        pthread_mutex_unlock (&self->mutex);
        if (ended) {
            return;
        }
        visit (context, slot, &wait, event);
    }
}
