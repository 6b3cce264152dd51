//  password - a bounded queue in front of a few hashing threads.

#include "edge/password.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    void *context;
    bool verify;
    char text [PASSWORD_TEXT_MAX + 1];
    char hash [PASSWORD_PHC_SIZE];  //  Of a verification
} job_t;

struct password_pool {
    password_done_fn *done;
    pthread_mutex_t lock;
    pthread_cond_t more;
    bool ending;
    size_t head, waiting, capacity;  //  A ring
    job_t *jobs;
    char decoy [PASSWORD_PHC_SIZE];  //  What an empty hash is verified against
    size_t thread_count;
    pthread_t *threads;
};

static bool
s_has_memory (void)
{
    void *volatile memory = malloc (crypto_pwhash_MEMLIMIT_INTERACTIVE);
    free (memory);
    return memory != NULL;
}

//  libsodium does not tell a wrong password from one that it had no memory to try:
//  whether there is any now must do. An owner is not to be locked out for want of it.
static password_outcome_t
s_verify (const password_pool_t *self, const job_t *job)
{
    const char *stored = *job->hash ? job->hash : self->decoy;
    if (crypto_pwhash_str_verify (stored, job->text, strlen (job->text)) == 0) {
        return stored == job->hash ? PASSWORD_MATCHES : PASSWORD_DIFFERS;
    }
    return s_has_memory () ? PASSWORD_DIFFERS : PASSWORD_UNABLE;
}

static void
s_work (password_pool_t *self, job_t *job)
{
    char hash [PASSWORD_PHC_SIZE] = "";
    password_outcome_t outcome = PASSWORD_HASHED;

    if (job->verify) {
        outcome = s_verify (self, job);
    }
    else if (crypto_pwhash_str (hash, job->text, strlen (job->text),
                                crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                crypto_pwhash_MEMLIMIT_INTERACTIVE)
             != 0) {
        *hash = '\0';
        outcome = PASSWORD_UNABLE;
    }
    void *context = job->context;
    sodium_memzero (job, sizeof *job);
    self->done (context, outcome, hash);
    sodium_memzero (hash, sizeof hash);
}

static void *
s_thread (void *argument)
{
    password_pool_t *self = argument;
    job_t job;

    pthread_mutex_lock (&self->lock);
    while (true) {
        while (self->waiting == 0 && !self->ending) {
            pthread_cond_wait (&self->more, &self->lock);
        }
        if (self->waiting == 0) {
            break;
        }
        job = self->jobs [self->head];
        sodium_memzero (&self->jobs [self->head], sizeof job);
        self->head = (self->head + 1) % self->capacity;
        self->waiting--;
        pthread_mutex_unlock (&self->lock);
        s_work (self, &job);
        pthread_mutex_lock (&self->lock);
    }
    pthread_mutex_unlock (&self->lock);
    return NULL;
}

password_pool_t *
password_pool_new (size_t threads, size_t queue, password_done_fn *done)
{
    assert (threads > 0 && queue > 0 && done);
    password_pool_t *self = calloc (1, sizeof *self);
    if (!self || sodium_init () < 0) {
        free (self);
        return NULL;
    }
    self->done = done;
    self->capacity = queue;
    pthread_mutex_init (&self->lock, NULL);
    pthread_cond_init (&self->more, NULL);
    self->jobs = calloc (queue, sizeof *self->jobs);
    self->threads = calloc (threads, sizeof *self->threads);
    uint8_t nobody [32];
    randombytes_buf (nobody, sizeof nobody);
    bool ready = self->jobs && self->threads
                 && crypto_pwhash_str (self->decoy, (const char *) nobody, sizeof nobody,
                                       crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                       crypto_pwhash_MEMLIMIT_INTERACTIVE)
                        == 0;
    while (ready && self->thread_count < threads) {
        ready = pthread_create (&self->threads [self->thread_count], NULL, s_thread, self) == 0;
        self->thread_count += ready;
    }
    if (!ready) {
        password_pool_destroy (&self);
    }
    return self;
}

void
password_pool_end (password_pool_t *self)
{
    pthread_mutex_lock (&self->lock);
    self->ending = true;
    pthread_cond_broadcast (&self->more);
    pthread_mutex_unlock (&self->lock);
    for (size_t index = 0; index < self->thread_count; index++) {
        pthread_join (self->threads [index], NULL);
    }
    self->thread_count = 0;
}

void
password_pool_destroy (password_pool_t **self_p)
{
    password_pool_t *self = *self_p;
    if (!self) {
        return;
    }
    password_pool_end (self);
    pthread_cond_destroy (&self->more);
    pthread_mutex_destroy (&self->lock);
    free (self->threads);
    free (self->jobs);
    free (self);
    *self_p = NULL;
}

static bool
s_push (password_pool_t *self, const char *text, const char *hash, bool verify, void *context)
{
    if (strlen (text) > PASSWORD_TEXT_MAX || strlen (hash) >= PASSWORD_PHC_SIZE) {
        return false;
    }
    pthread_mutex_lock (&self->lock);
    bool room = self->waiting < self->capacity && !self->ending;
    if (room) {
        job_t *job = &self->jobs [(self->head + self->waiting++) % self->capacity];
        job->context = context;
        job->verify = verify;
        strcpy (job->text, text);
        strcpy (job->hash, hash);
        pthread_cond_signal (&self->more);
    }
    pthread_mutex_unlock (&self->lock);
    return room;
}

bool
password_hash (password_pool_t *self, const char *text, void *context)
{
    return s_push (self, text, "", false, context);
}

bool
password_verify (password_pool_t *self, const char *text, const char *hash, void *context)
{
    return s_push (self, text, hash, true, context);
}

size_t
password_pool_waiting (password_pool_t *self)
{
    pthread_mutex_lock (&self->lock);
    size_t waiting = self->waiting;
    pthread_mutex_unlock (&self->lock);
    return waiting;
}
