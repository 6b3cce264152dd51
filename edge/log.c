#include "edge/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct log {
    int descriptor;
    pthread_t thread;
    pthread_mutex_t mutex;  //  Guards what follows
    pthread_cond_t filled;
    bool ending;
    char *filling, *writing;
    size_t size;  //  In `filling`
    _Atomic uint64_t dropped;
};

static void
s_write (int descriptor, const char *bytes, size_t size)
{
    while (size) {
        ssize_t written = write (descriptor, bytes, size);
        if (written < 0 && errno != EINTR) {
            return;  //  Nowhere left to say so
        }
        if (written > 0) {
            bytes += written;
            size -= (size_t) written;
        }
    }
}

static void *
s_writer (void *argument)
{
    log_t *self = argument;
    uint64_t told = 0;
    pthread_mutex_lock (&self->mutex);
    for (;;) {
        while (self->size == 0 && !self->ending) {
            pthread_cond_wait (&self->filled, &self->mutex);
        }
        if (self->size == 0) {
            break;
        }
        char *bytes = self->filling;
        size_t size = self->size;
        self->filling = self->writing;
        self->writing = bytes;
        self->size = 0;
        pthread_mutex_unlock (&self->mutex);
        s_write (self->descriptor, bytes, size);
        uint64_t dropped = log_dropped (self);
        if (dropped != told) {
            char line [64];
            int length = snprintf (line, sizeof line, "log_lines_dropped=%llu\n",
                                   (unsigned long long) (dropped - told));
            s_write (self->descriptor, line, (size_t) length);
            told = dropped;
        }
        pthread_mutex_lock (&self->mutex);
    }
    pthread_mutex_unlock (&self->mutex);
    return NULL;
}

log_t *
log_new (int descriptor)
{
    log_t *self = calloc (1, sizeof *self);
    if (!self) {
        return NULL;
    }
    self->descriptor = descriptor;
    self->filling = malloc (LOG_BUFFER_SIZE);
    self->writing = malloc (LOG_BUFFER_SIZE);
    pthread_mutex_init (&self->mutex, NULL);
    pthread_cond_init (&self->filled, NULL);
    if (!self->filling || !self->writing
        || pthread_create (&self->thread, NULL, s_writer, self) != 0) {
        free (self->filling);
        free (self->writing);
        free (self);
        return NULL;
    }
    return self;
}

void
log_destroy (log_t **self_p)
{
    log_t *self = *self_p;
    if (!self) {
        return;
    }
    pthread_mutex_lock (&self->mutex);
    self->ending = true;
    pthread_cond_signal (&self->filled);
    pthread_mutex_unlock (&self->mutex);
    pthread_join (self->thread, NULL);
    pthread_cond_destroy (&self->filled);
    pthread_mutex_destroy (&self->mutex);
    free (self->filling);
    free (self->writing);
    free (self);
    *self_p = NULL;
}

void
log_line (log_t *self, const char *line)
{
    size_t length = strlen (line);
    pthread_mutex_lock (&self->mutex);
    if (self->size + length + 1 > LOG_BUFFER_SIZE) {
        atomic_fetch_add_explicit (&self->dropped, 1, memory_order_relaxed);
    }
    else {
        memcpy (self->filling + self->size, line, length);
        self->filling [self->size + length] = '\n';
        if (self->size == 0) {
            pthread_cond_signal (&self->filled);
        }
        self->size += length + 1;
    }
    pthread_mutex_unlock (&self->mutex);
}

uint64_t
log_dropped (const log_t *self)
{
    return atomic_load_explicit (&self->dropped, memory_order_relaxed);
}
