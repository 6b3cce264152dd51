//  breakers - a circuit breaker per bank code, for many threads.

#include "edge/breakers.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    char bank_code [BANK_CODE_SIZE];
    breaker_t breaker;
} guard_t;

struct breakers {
    pthread_mutex_t lock;
    atomic_int_fast64_t open_count;  //  Not closed
    int64_t failures_max, open_ms;
    size_t count;
    guard_t guards [BREAKERS_MAX];
};

breakers_t *
breakers_new (int64_t failures_max, int64_t open_ms)
{
    breakers_t *self = calloc (1, sizeof *self);
    assert (self);
    pthread_mutex_init (&self->lock, NULL);
    self->failures_max = failures_max;
    self->open_ms = open_ms;
    return self;
}

void
breakers_destroy (breakers_t **self_p)
{
    if (*self_p) {
        pthread_mutex_destroy (&(*self_p)->lock);
        free (*self_p);
        *self_p = NULL;
    }
}

//  Under the lock.
static breaker_t *
s_breaker (breakers_t *self, const char *bank_code)
{
    for (size_t index = 0; index < self->count; index++) {
        if (strcmp (self->guards [index].bank_code, bank_code) == 0) {
            return &self->guards [index].breaker;
        }
    }
    if (self->count == BREAKERS_MAX) {
        return &self->guards [BREAKERS_MAX - 1].breaker;
    }
    guard_t *guard = &self->guards [self->count++];
    snprintf (guard->bank_code, sizeof guard->bank_code, "%s", bank_code);
    breaker_init (&guard->breaker, self->failures_max, self->open_ms);
    return &guard->breaker;
}

static breaker_t *
s_lock (breakers_t *self, const char *bank_code, breaker_state_t *ret_before)
{
    pthread_mutex_lock (&self->lock);
    breaker_t *breaker = s_breaker (self, bank_code);
    *ret_before = breaker->state;
    return breaker;
}

//  True if it was closed and is not, or the other way round.
static bool
s_unlock (breakers_t *self, const breaker_t *breaker, breaker_state_t before)
{
    int change = (breaker->state != BREAKER_CLOSED) - (before != BREAKER_CLOSED);
    self->open_count += change;
    pthread_mutex_unlock (&self->lock);
    return change != 0;
}

bool
breakers_allow (breakers_t *self, const char *bank_code, int64_t now_ms)
{
    breaker_state_t before;
    breaker_t *breaker = s_lock (self, bank_code, &before);
    bool allowed = breaker_allow (breaker, now_ms);
    s_unlock (self, breaker, before);
    return allowed;
}

bool
breakers_success (breakers_t *self, const char *bank_code)
{
    breaker_state_t before;
    breaker_t *breaker = s_lock (self, bank_code, &before);
    breaker_success (breaker);
    return s_unlock (self, breaker, before);
}

bool
breakers_failure (breakers_t *self, const char *bank_code, int64_t now_ms)
{
    breaker_state_t before;
    breaker_t *breaker = s_lock (self, bank_code, &before);
    breaker_failure (breaker, now_ms);
    return s_unlock (self, breaker, before);
}

bool
breakers_sounding (breakers_t *self, const char *bank_code, bool answered, int64_t now_ms)
{
    breaker_state_t before;
    breaker_t *breaker = s_lock (self, bank_code, &before);
    breaker_sounding (breaker, answered, now_ms);
    return s_unlock (self, breaker, before);
}

bool
breakers_closed (breakers_t *self, const char *bank_code)
{
    if (self->open_count == 0) {
        return true;
    }
    breaker_state_t state;
    const breaker_t *breaker = s_lock (self, bank_code, &state);
    s_unlock (self, breaker, state);
    return state == BREAKER_CLOSED;
}

int64_t
breakers_wait_ms (breakers_t *self, const char *bank_code, int64_t now_ms)
{
    breaker_state_t before;
    breaker_t *breaker = s_lock (self, bank_code, &before);
    int64_t wait_ms = breaker_wait_ms (breaker, now_ms);
    s_unlock (self, breaker, before);
    return wait_ms;
}

int64_t
breakers_open_count (const breakers_t *self)
{
    return self->open_count;
}

bool
breakers_due (breakers_t *self, int64_t now_ms, char ret_code [BANK_CODE_SIZE])
{
    bool due = false;

    if (self->open_count == 0) {
        return false;
    }
    pthread_mutex_lock (&self->lock);
    for (size_t index = 0; index < self->count && !due; index++) {
        guard_t *guard = &self->guards [index];
        due = guard->breaker.state == BREAKER_OPEN && breaker_allow (&guard->breaker, now_ms);
        if (due) {
            strcpy (ret_code, guard->bank_code);
        }
    }
    pthread_mutex_unlock (&self->lock);
    return due;
}
