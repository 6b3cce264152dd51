//  reporter - a bounded queue in front of one thread.

#include "edge/reporter.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
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
    int64_t timeout_ms;
    //  Of the thread alone: the report at hand
    request_t *working;
    int64_t began_ms;
    bool late;
};

//  libmicrohttpd does not look at a suspended connection, but leaves it open.
static bool
s_client_gone (const request_t *request)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info (request->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    char byte;
    return info && recv (info->connect_fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

static bool
s_over (void *context)
{
    reporter_t *self = context;
    self->late = monotonic_ns () / 1000000 - self->began_ms >= self->timeout_ms;
    return self->late || atomic_load (&self->ending) || s_client_gone (self->working);
}

static void
s_work (reporter_t *self, request_t *request)
{
    self->working = request;
    self->began_ms = monotonic_ns () / 1000000;
    self->late = false;
    if (atomic_load (&self->ending) || s_client_gone (request)) {
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
reporter_new (int64_t timeout_ms)
{
    reporter_t *self = calloc (1, sizeof *self);
    assert (self);
    self->timeout_ms = timeout_ms;
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

patience_t
reporter_patience (reporter_t *self)
{
    return (patience_t) { s_over, self };
}

bool
reporter_took_too_long (const reporter_t *self)
{
    return self->late;
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
