//  reporter - a bounded queue in front of one thread.

#include "edge/reporter.h"

#include <pthread.h>
#include <stdlib.h>
#include "edge/edge_self.h"
#include "edge/route.h"

struct reporter {
    pthread_mutex_t lock;
    pthread_cond_t more;
    _Atomic bool ending;
    bool joined;
    size_t head, waiting;  //  A ring
    request_t *requests [REPORTER_WAITING_MAX];
    pthread_t thread;
};

static void
s_work (reporter_t *self, request_t *request)
{
    if (atomic_load (&self->ending)) {
        request_fail (request, PROBLEM_NOT_READY, NULL);
    }
    else {
        request->route->report (request);
    }
    request_resume (request);
}

static void *
s_thread (void *argument)
{
    reporter_t *self = argument;
    pthread_mutex_lock (&self->lock);
    while (true) {
        while (self->waiting == 0 && !atomic_load (&self->ending)) {
            pthread_cond_wait (&self->more, &self->lock);
        }
        if (self->waiting == 0) {
            break;
        }
        request_t *request = self->requests [self->head];
        self->head = (self->head + 1) % REPORTER_WAITING_MAX;
        self->waiting--;
        pthread_mutex_unlock (&self->lock);
        s_work (self, request);
        pthread_mutex_lock (&self->lock);
    }
    pthread_mutex_unlock (&self->lock);
    return NULL;
}

reporter_t *
reporter_new (void)
{
    reporter_t *self = calloc (1, sizeof *self);
    assert (self);
    pthread_mutex_init (&self->lock, NULL);
    pthread_cond_init (&self->more, NULL);
    if (pthread_create (&self->thread, NULL, s_thread, self) != 0) {
        self->joined = true;  //  There is nothing to join
        reporter_destroy (&self);
    }
    return self;
}

void
reporter_end (reporter_t *self)
{
    pthread_mutex_lock (&self->lock);
    atomic_store (&self->ending, true);
    pthread_cond_signal (&self->more);
    pthread_mutex_unlock (&self->lock);
    if (!self->joined) {
        pthread_join (self->thread, NULL);
        self->joined = true;
    }
}

void
reporter_destroy (reporter_t **self_p)
{
    reporter_t *self = *self_p;
    if (self) {
        reporter_end (self);
        pthread_cond_destroy (&self->more);
        pthread_mutex_destroy (&self->lock);
        free (self);
        *self_p = NULL;
    }
}

bool
reporter_take (reporter_t *self, request_t *request)
{
    pthread_mutex_lock (&self->lock);
    bool taken = self->waiting < REPORTER_WAITING_MAX && !atomic_load (&self->ending);
    if (taken) {
        self->requests [(self->head + self->waiting++) % REPORTER_WAITING_MAX] = request;
        pthread_cond_signal (&self->more);
    }
    pthread_mutex_unlock (&self->lock);
    return taken;
}

const _Atomic bool *
reporter_cancelled (const reporter_t *self)
{
    return &self->ending;
}

//  Comes here twice: the second time, a worker when the report is written.
request_stage_t
request_report (request_t *self, bool *ret_wait)
{
    if (self->reports) {
        self->reports = false;
        request_suspend (self);
        *ret_wait = reporter_take (self->edge->reporter, self);
        if (!*ret_wait) {
            request_fail (self, PROBLEM_OVERLOADED, "Too many reports wait to be made");
        }
    }
    return *ret_wait ? STAGE_REPORTING : STAGE_ANSWERED;
}
