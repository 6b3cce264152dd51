#include "edge/ended.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

enum { WAYS = 4, SETS = ENDED_PLACES / WAYS };

typedef struct {
    uint8_t ended [OID_BYTES];
    int64_t until_s;  //  0: free
} place_t;

struct ended {
    pthread_mutex_t lock;
    place_t places [SETS][WAYS];
};

ended_t *
ended_new (void)
{
    ended_t *self = calloc (1, sizeof *self);
    assert (self);
    pthread_mutex_init (&self->lock, NULL);
    return self;
}

void
ended_destroy (ended_t **self_p)
{
    if (*self_p) {
        pthread_mutex_destroy (&(*self_p)->lock);
        free (*self_p);
        *self_p = NULL;
    }
}

//  Their ids are random: some of their bits are as good as any.
static place_t *
s_set (ended_t *self, oid_t ended)
{
    uint16_t bits;
    memcpy (&bits, ended.bytes, sizeof bits);
    return self->places [bits % SETS];
}

void
ended_add (ended_t *self, oid_t ended, int64_t until_s, int64_t now_s)
{
    place_t *set = s_set (self, ended), *place = set;

    pthread_mutex_lock (&self->lock);
    for (size_t way = 0; way < WAYS; way++) {
        if (memcmp (set [way].ended, ended.bytes, OID_BYTES) == 0) {
            place = &set [way];
            break;
        }
        if (set [way].until_s < place->until_s) {
            place = &set [way];
        }
    }
    if (until_s > now_s) {
        memcpy (place->ended, ended.bytes, OID_BYTES);
        place->until_s = until_s;
    }
    pthread_mutex_unlock (&self->lock);
}

bool
ended_has (ended_t *self, oid_t ended, int64_t now_s)
{
    const place_t *set = s_set (self, ended);
    bool has = false;

    pthread_mutex_lock (&self->lock);
    for (size_t way = 0; way < WAYS && !has; way++) {
        has = now_s < set [way].until_s && memcmp (set [way].ended, ended.bytes, OID_BYTES) == 0;
    }
    pthread_mutex_unlock (&self->lock);
    return has;
}
