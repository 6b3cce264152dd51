//  bank_timer - a ring of alarms in order of their time, and a thread that waits
//  for the first of them.

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include "deploy/bank_timer.h"

struct bank_timer {
    pthread_t thread;
    pthread_mutex_t lock;  //  Guards all below
    pthread_cond_t changed;
    bank_alarm_t ring;  //  Its after is the first to ring
    bool hurry;
    bool closing;
};

static int64_t
s_now_ms (void)
{
    struct timespec now;
    clock_gettime (CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

//  Under the lock. Waits until the first alarm is due or something changes.
static void
s_wait (bank_timer_t *self, int64_t due_ms)
{
    if (due_ms == INT64_MAX) {
        pthread_cond_wait (&self->changed, &self->lock);
        return;
    }
    struct timespec due = { .tv_sec = due_ms / 1000, .tv_nsec = (due_ms % 1000) * 1000000 };
    pthread_cond_timedwait (&self->changed, &self->lock, &due);
}

static void *
s_run (void *argument)
{
    bank_timer_t *self = argument;
    pthread_mutex_lock (&self->lock);
    for (;;) {
        bank_alarm_t *alarm = self->ring.after;
        bool empty = alarm == &self->ring;
        if (empty && self->closing) {
            break;
        }
        if (empty || (!self->hurry && alarm->due_ms > s_now_ms ())) {
            s_wait (self, empty ? INT64_MAX : alarm->due_ms);
            continue;
        }
        alarm->before->after = alarm->after;
        alarm->after->before = alarm->before;
        pthread_mutex_unlock (&self->lock);
        alarm->ring (alarm);  //  May free it, may set it again
        pthread_mutex_lock (&self->lock);
    }
    pthread_mutex_unlock (&self->lock);
    return NULL;
}

bank_timer_t *
bank_timer_new (void)
{
    bank_timer_t *self = calloc (1, sizeof *self);
    assert (self);
    self->ring.before = self->ring.after = &self->ring;
    pthread_condattr_t monotonic;
    pthread_condattr_init (&monotonic);
    pthread_condattr_setclock (&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init (&self->lock, NULL);
    pthread_cond_init (&self->changed, &monotonic);
    pthread_condattr_destroy (&monotonic);
    if (pthread_create (&self->thread, NULL, s_run, self) != 0) {
        pthread_cond_destroy (&self->changed);
        pthread_mutex_destroy (&self->lock);
        free (self);
        return NULL;
    }
    return self;
}

void
bank_timer_destroy (bank_timer_t **self_p)
{
    bank_timer_t *self = *self_p;
    if (!self) {
        return;
    }
    pthread_mutex_lock (&self->lock);
    self->hurry = self->closing = true;
    pthread_cond_signal (&self->changed);
    pthread_mutex_unlock (&self->lock);
    pthread_join (self->thread, NULL);
    pthread_cond_destroy (&self->changed);
    pthread_mutex_destroy (&self->lock);
    free (self);
    *self_p = NULL;
}

void
bank_timer_set (bank_timer_t *self, bank_alarm_t *alarm, int64_t delay_ms)
{
    alarm->due_ms = s_now_ms () + delay_ms + 1;  //  This millisecond has begun
    pthread_mutex_lock (&self->lock);
    bank_alarm_t *before = self->ring.before;
    while (before != &self->ring && before->due_ms > alarm->due_ms) {
        before = before->before;
    }
    alarm->before = before;
    alarm->after = before->after;
    alarm->before->after = alarm->after->before = alarm;
    pthread_cond_signal (&self->changed);
    pthread_mutex_unlock (&self->lock);
}

void
bank_timer_hurry (bank_timer_t *self)
{
    pthread_mutex_lock (&self->lock);
    self->hurry = true;
    pthread_cond_signal (&self->changed);
    pthread_mutex_unlock (&self->lock);
}
