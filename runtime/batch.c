//  batch - the drafts of one commit.

#include <assert.h>
#include <stdlib.h>
#include "runtime/batch.h"

batch_t *
batch_new (size_t count_max)
{
    batch_t *self = calloc (1, sizeof (batch_t) + count_max * sizeof (zmq_msg_t));
    assert (self);
    atomic_init (&self->references, 1);
    return self;
}

batch_t *
batch_share (batch_t *self)
{
    atomic_fetch_add (&self->references, 1);
    return self;
}

void
batch_drop (batch_t **self_p)
{
    batch_t *self = *self_p;
    *self_p = NULL;
    if (self && atomic_fetch_sub (&self->references, 1) == 1) {
        for (size_t index = 0; index < self->count; index++) {
            zmq_msg_close (&self->drafts [index]);
        }
        free (self);
    }
}
