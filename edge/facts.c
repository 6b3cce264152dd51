#include "edge/facts.h"

#include <pthread.h>
#include <stdlib.h>

enum { MUTEXES = 64 };

typedef struct {
    uint64_t epoch;       //  From 1; rises when something here is forgotten
    int64_t expires_ms;   //  Monotonic
    node_reply_t *reply;  //  Owned, or NULL
} place_t;

struct facts {
    pthread_mutex_t mutexes [MUTEXES];
    place_t places [FACTS_PLACES];
};

//  Ids are hashes already: some of their bits are as good as any.
static size_t
s_index (oid_t oid)
{
    uint16_t bits;
    memcpy (&bits, oid.bytes, sizeof bits);
    return (bits ^ oid.kind) % FACTS_PLACES;
}

facts_t *
facts_new (void)
{
    facts_t *self = calloc (1, sizeof *self);
    assert (self);
    for (size_t index = 0; index < MUTEXES; index++) {
        pthread_mutex_init (&self->mutexes [index], NULL);
    }
    for (size_t index = 0; index < FACTS_PLACES; index++) {
        self->places [index].epoch = 1;
    }
    return self;
}

void
facts_destroy (facts_t **self_p)
{
    facts_t *self = *self_p;
    if (!self) {
        return;
    }
    for (size_t index = 0; index < FACTS_PLACES; index++) {
        free (self->places [index].reply);
    }
    for (size_t index = 0; index < MUTEXES; index++) {
        pthread_mutex_destroy (&self->mutexes [index]);
    }
    free (self);
    *self_p = NULL;
}

//  As node_reply_destroy expects it: one block of malloc.
static node_reply_t *
s_copy (const node_reply_t *reply)
{
    size_t size = sizeof *reply + reply->state_size;
    node_reply_t *copy = malloc (size);
    assert (copy);
    memcpy (copy, reply, size);
    return copy;
}

node_reply_t *
facts_recall (facts_t *self, oid_t oid, int64_t now_ms, uint64_t *ret_epoch)
{
    size_t index = s_index (oid);
    place_t *place = &self->places [index];
    node_reply_t *copy = NULL;
    pthread_mutex_lock (&self->mutexes [index % MUTEXES]);
    *ret_epoch = place->epoch;
    if (place->reply && now_ms < place->expires_ms && oid_equal (place->reply->aggregate, oid)) {
        copy = s_copy (place->reply);
    }
    pthread_mutex_unlock (&self->mutexes [index % MUTEXES]);
    return copy;
}

void
facts_keep (facts_t *self, const node_reply_t *reply, int64_t now_ms, uint64_t epoch)
{
    if (reply->kind != REPLY_STATE || reply->version == 0) {
        return;
    }
    size_t index = s_index (reply->aggregate);
    place_t *place = &self->places [index];
    node_reply_t *copy = s_copy (reply);
    pthread_mutex_lock (&self->mutexes [index % MUTEXES]);
    if (place->epoch == epoch) {
        node_reply_t *before = place->reply;
        place->reply = copy;
        place->expires_ms = now_ms + FACTS_TTL_MS;
        copy = before;
    }
    pthread_mutex_unlock (&self->mutexes [index % MUTEXES]);
    free (copy);
}

void
facts_forget (facts_t *self, oid_t oid)
{
    size_t index = s_index (oid);
    place_t *place = &self->places [index];
    pthread_mutex_lock (&self->mutexes [index % MUTEXES]);
    place->epoch++;
    node_reply_t *before = place->reply;
    place->reply = NULL;
    pthread_mutex_unlock (&self->mutexes [index % MUTEXES]);
    free (before);
}
