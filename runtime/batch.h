//  batch - the drafts of one commit, shared by those who need them after it.
//
//  Made by the journal's writer, passed by pointer through the exchange to the
//  flusher and dropped by the last of them. Until it is flushed it is also the
//  memory in which the latest snapshots of its aggregates rest.

#ifndef RUNTIME_BATCH_H
#define RUNTIME_BATCH_H

#include <stdatomic.h>
#include "runtime/draft.h"

typedef struct {
    _Atomic uint32_t references;
    uint64_t number;                //  1, 2, 3 … of this run of the node; 0 if refused
    bool committed;                 //  false: nothing of it is in the journal
    uint32_t generation;            //  The journal's after it
    size_t bytes;
    size_t count;
    zmq_msg_t drafts [];            //  draft_t frames
} batch_t;

//  Returns owned, with one reference and room for count_max frames.
batch_t *batch_new (size_t count_max);
batch_t *batch_share (batch_t *self);

//  Drops one reference and the frames with the last.
void batch_drop (batch_t **self_p);

static inline draft_t *
batch_draft (batch_t *self, size_t index)
{
    return zmq_msg_data (&self->drafts [index]);
}

#endif
