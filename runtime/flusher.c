//  flusher - the thread that brings committed batches into the state environment.
//
//  Off the commit path: it collects what the exchange passes on and writes it in
//  one large transaction, after an interval, at a number of changes, or when a list
//  read asks for it. Then the exchange may forget those batches. A full disk only
//  delays it: everything is kept and tried again.

#include "runtime/applier.h"
#include "runtime/channel.h"
#include "runtime/core.h"

enum { CHANGES_MAX = 16384, RETRY_MS = 200, BATCHES_FIRST = 1024 };

typedef struct {
    node_t *node;
    zsock_t *exchange;  //  PUSH
    applier_t *applier;
    batch_t **batches;  //  Applied and not yet flushed
    size_t count, capacity;
    int64_t first_at_ms;  //  When the oldest of them came; monotonic
    bool asked;           //  A list read waits
    int64_t retry_at_ms;
} flusher_t;

static void
s_take (flusher_t *self, batch_t *batch)
{
    if (self->count == self->capacity) {
        self->capacity = self->capacity ? self->capacity * 2 : BATCHES_FIRST;
        self->batches = realloc (self->batches, self->capacity * sizeof *self->batches);
        assert (self->batches);
    }
    counters_t *counters = &self->node->counters;
    if (self->count == 0) {
        self->first_at_ms = zclock_mono ();
        atomic_store (&counters->unprojected_since_ms, self->first_at_ms);
    }
    self->batches [self->count++] = batch;
    for (size_t index = 0; index < batch->count; index++) {
        draft_t *draft = batch_draft (batch, index);
        if (draft->flags & DRAFT_DURABLE) {
            atomic_fetch_add (&counters->unprojected_events,
                              (int64_t) (draft->version - draft->version_before));
            applier_apply (self->applier, draft->partition, draft->sequence, draft_record (draft),
                           draft->record_size, draft_snapshot (draft), draft->snapshot_size);
        }
    }
}

static void
s_flush (flusher_t *self)
{
    status_t status = applier_flush (self->applier);
    if (status == STATUS_NO_SPACE) {
        self->retry_at_ms = zclock_mono () + RETRY_MS;
        return;
    }
    if (status != STATUS_OK) {
        core_state_fail_stop (status);
    }
    channel_offer_bytes (zsock_resolve (self->exchange),
                         &(notice_flushed_t) {
                             .kind = NOTICE_FLUSHED,
                             .batch_number = self->batches [self->count - 1]->number,
                         },
                         sizeof (notice_flushed_t));
    for (size_t index = 0; index < self->count; index++) {
        batch_drop (&self->batches [index]);
    }
    self->count = 0;
    self->asked = false;
    atomic_store (&self->node->counters.unprojected_since_ms, 0);
    atomic_store (&self->node->counters.unprojected_events, 0);
    atomic_fetch_add (&self->node->counters.flushes, 1);
}

//  Milliseconds until a flush is due: 0 now, -1 never.
static int64_t
s_due_ms (const flusher_t *self)
{
    if (self->count == 0) {
        return -1;
    }
    int64_t now_ms = zclock_mono ();
    if (now_ms < self->retry_at_ms) {
        return self->retry_at_ms - now_ms;
    }
    if (self->asked || applier_changes (self->applier) >= CHANGES_MAX) {
        return 0;
    }
    int64_t due_ms = self->first_at_ms + self->node->config.limits.flush_interval_ms;
    return due_ms > now_ms ? due_ms - now_ms : 0;
}

//  False at the end: the exchange is gone and nothing more will come.
static bool
s_take_request (flusher_t *self, zmq_msg_t *frame)
{
    if (zmq_msg_size (frame) != sizeof (flush_request_t)) {
        return false;  //  $TERM
    }
    flush_request_t request;
    memcpy (&request, zmq_msg_data (frame), sizeof request);
    if (request.batch) {
        s_take (self, request.batch);
    }
    else {
        self->asked = true;
    }
    return true;
}

static void
s_run (flusher_t *self, zsock_t *pipe)
{
    zmq_msg_t frame;
    zmq_msg_init (&frame);
    bool running = true;
    while (running) {
        int64_t due_ms = s_due_ms (self);
        if (due_ms != 0 && channel_receive_within (zsock_resolve (pipe), &frame, (int) due_ms)) {
            running = s_take_request (self, &frame);
        }
        while (running && applier_changes (self->applier) < CHANGES_MAX
               && channel_receive (zsock_resolve (pipe), &frame, ZMQ_DONTWAIT)) {
            running = s_take_request (self, &frame);
        }
        if (running && s_due_ms (self) == 0) {
            s_flush (self);
        }
    }
    zmq_msg_close (&frame);
}

void
flusher_run (zsock_t *pipe, void *args)
{
    core_name_thread ("flusher");
    flusher_t self = { .node = args };
    self.exchange = zsock_new_push (">" EXCHANGE_ENDPOINT);
    self.applier = applier_new (self.node->state, self.node->partitions);
    applier_keep (self.applier, self.node->config.limits.idempotency_keep_s * 1000);
    assert (self.exchange);
    channel_zactor_ready (pipe);
    s_run (&self, pipe);

    if (self.count > 0) {  //  A graceful end leaves no tail to replay
        status_t status = applier_flush (self.applier);
        if (status != STATUS_OK) {
            zsys_warning ("flush status=\"%s\" what=\"the next start replays more\"",
                          status_text (status));
        }
    }
    for (size_t index = 0; index < self.count; index++) {
        batch_drop (&self.batches [index]);
    }
    free (self.batches);
    applier_destroy (&self.applier);
    zsock_destroy (&self.exchange);
    channel_zactor_ended ();
}
