//  exchange - what a durable batch releases, what a refused one takes back, and
//  what a flush makes superfluous.

#include "runtime/exchange.h"

enum { RETRY_MS = 200 };  //  After a commit refused for want of space

//  ---------------------------------------------------------------------------
//  Batches that the state environment does not have yet

static void
s_keep (exchange_t *self, batch_t *batch)
{
    if (self->unflushed_count == self->unflushed_capacity) {
        size_t capacity = self->unflushed_capacity ? self->unflushed_capacity * 2 : 256;
        batch_t **ring = calloc (capacity, sizeof *ring);
        assert (ring);
        for (size_t index = 0; index < self->unflushed_count; index++) {
            ring [index] =
                self->unflushed [(self->unflushed_first + index) % self->unflushed_capacity];
        }
        free (self->unflushed);
        self->unflushed = ring;
        self->unflushed_first = 0;
        self->unflushed_capacity = capacity;
    }
    size_t last = (self->unflushed_first + self->unflushed_count++) % self->unflushed_capacity;
    self->unflushed [last] = batch;
    self->batch_last = batch->number;
    atomic_store (&self->node->counters.batch_last, batch->number);
    atomic_fetch_add (&self->node->counters.unflushed_bytes, (int64_t) batch->bytes);
}

static void
s_forget_draft (exchange_t *self, draft_t *draft)
{
    uint64_t value;
    if (map_get (self->recent, &draft->aggregate, &value) && value == (uintptr_t) draft) {
        map_remove (self->recent, &draft->aggregate);
    }
    if ((draft->flags & DRAFT_DURABLE) && (draft->flags & DRAFT_SCOPED)) {
        claims_forget (self->claims, draft->scope);
    }
}

void
exchange_take_flushed (exchange_t *self, uint64_t batch_number)
{
    while (self->unflushed_count > 0
           && self->unflushed [self->unflushed_first]->number <= batch_number) {
        batch_t *batch = self->unflushed [self->unflushed_first];
        for (size_t index = 0; index < batch->count; index++) {
            s_forget_draft (self, batch_draft (batch, index));
        }
        atomic_fetch_sub (&self->node->counters.unflushed_bytes, (int64_t) batch->bytes);
        self->unflushed_first = (self->unflushed_first + 1) % self->unflushed_capacity;
        self->unflushed_count--;
        batch_drop (&batch);
    }
    self->batch_flushed = batch_number;
    atomic_store (&self->node->counters.batch_flushed, batch_number);
    exchange_sync_flushed (self);
}

//  ---------------------------------------------------------------------------
//  A durable batch

static void
s_acknowledge (exchange_t *self, const draft_t *draft)
{
    message_name_t name =
        outbox_cause (draft->cause_source, draft->cause_number, draft->aggregate, self->partitions);
    outbox_acknowledged (self->outbox, name);
    if (name.source < self->partitions) {
        ranges_add (&self->taken [name.target * self->partitions + name.source], name.number);
    }
}

static void
s_take_record (exchange_t *self, draft_t *draft)
{
    record_reader_t reader;
    status_t status = record_reader_start (&reader, draft_record (draft), draft->record_size);
    assert (status == STATUS_OK);
    record_message_t message;
    while (record_reader_message (&reader, &message)) {
        zmq_msg_t frame;
        oid_t to;
        memcpy (&to, message.to, sizeof to);
        outbox_frame (&reader.head, &message, self->partitions, &frame);
        message_name_t name = {
            .source = draft->partition,
            .target = outbox_target (to, self->partitions),
            .number = message.number,
        };
        outbox_add (self->outbox, name, &frame);
    }
    record_timer_t timer;
    while (record_reader_timer (&reader, &timer)) {
        timers_set (self->timers, draft->aggregate, timer.command, timer.due_ms);
    }
}

static void
s_take_durable (exchange_t *self, draft_t *draft)
{
    self->sequences [draft->partition] = draft->sequence;
    if (draft->cause_number) {
        s_acknowledge (self, draft);
    }
    s_take_record (self, draft);
    //  Before anyone is told of the record: who knows of it may count on the number
    atomic_store (&self->node->counters.outbox_pending, (int64_t) outbox_pending (self->outbox));
    if (draft->flags & DRAFT_SCOPED) {
        claims_decided (self->claims, draft->scope,
                        (claim_outcome_t) { draft->verdict, draft->object, draft->version });
    }
    if (draft->snapshot_size > 0) {
        map_put (self->recent, &draft->aggregate, (uintptr_t) draft);
    }
    if (draft->flags & DRAFT_DEAD_LETTER) {
        atomic_fetch_add (&self->node->counters.dead_letters, 1);
        char oid [OID_TEXT_SIZE];
        oid_format (draft->aggregate, oid);
        zsys_error ("dead_letter aggregate=%s command=%u verdict=%s", oid, draft->command,
                    verdict_code (draft->verdict));
    }
}

//  Whether its client would wait for the saga's end; it may have given that up before
//  its command was durable.
static bool
s_take_wait (exchange_t *self, const draft_t *draft)
{
    uint64_t waits = false;
    if (draft->token && (draft->flags & DRAFT_WAITS)
        && map_get (self->early_waits, &draft->token, &waits)) {
        map_remove (self->early_waits, &draft->token);
    }
    return waits;
}

static void
s_answer (exchange_t *self, draft_t *draft)
{
    bool running = draft->reply == REPLY_DECIDED && draft->verdict == VERDICT_ACCEPTED
                   && !(draft->flags & DRAFT_FINISHED);
    if (s_take_wait (self, draft) && running) {
        waiters_add (self->waiters, draft->aggregate, draft->token);
    }
    else {
        exchange_reply_draft (self, draft->token, draft->reply, draft);
    }
    uint64_t token;
    while (draft->snapshot_size > 0 && (draft->flags & DRAFT_FINISHED)
           && waiters_pop (self->waiters, draft->aggregate, &token)) {
        exchange_reply_draft (self, token, REPLY_DECIDED, draft);
    }
}

static void
s_feed_tap (exchange_t *self, draft_t *draft)
{
    zmq_msg_t frame;
    int rc = zmq_msg_init_size (&frame, 10 + draft->record_size);
    assert (rc == 0);
    uint8_t *bytes = zmq_msg_data (&frame);
    memcpy (bytes, &draft->partition, 2);
    memcpy (bytes + 2, &draft->sequence, 8);
    memcpy (bytes + 10, draft_record (draft), draft->record_size);
    channel_offer (zsock_resolve (self->tap), &frame);  //  It may have ended before us
}

static bool
s_has_kind (batch_t *batch, int kind)
{
    for (size_t index = 0; index < batch->count; index++) {
        const draft_t *draft = batch_draft (batch, index);
        if ((draft->flags & DRAFT_DURABLE) && (kind == OID_NONE || kind == draft->aggregate.kind)) {
            return true;
        }
    }
    return false;
}

//  Who follows the journal is woken once, with the place of each partition before this
//  batch.
static void
s_wake_follower (exchange_t *self, batch_t *batch)
{
    int kind = atomic_load (&self->node->followed);
    if (kind != NODE_FOLLOWS_NOTHING && s_has_kind (batch, kind)
        && atomic_compare_exchange_strong (&self->node->followed, &kind, NODE_FOLLOWS_NOTHING)) {
        channel_offer_bytes (zsock_resolve (self->follower), self->sequences,
                             self->partitions * sizeof *self->sequences);
    }
}

static void
s_take_committed (exchange_t *self, batch_t *batch)
{
    s_wake_follower (self, batch);
    bool tap = atomic_load (&self->node->tap_wanted);
    counters_t *counters = &self->node->counters;
    for (size_t index = 0; index < batch->count; index++) {
        draft_t *draft = batch_draft (batch, index);
        atomic_fetch_add (draft->verdict == VERDICT_ACCEPTED ? &counters->commands
                                                             : &counters->refusals,
                          1);
        if (draft->flags & DRAFT_DURABLE) {
            s_take_durable (self, draft);
            if (tap) {
                s_feed_tap (self, draft);
            }
        }
        else if (draft->flags & DRAFT_SCOPED) {
            claims_forget (self->claims, draft->scope);
        }
        s_answer (self, draft);
    }
    channel_send_bytes (zsock_resolve (self->node->flusher),
                        &(flush_request_t) { batch_share (batch) }, sizeof (flush_request_t));
    s_keep (self, batch);
    exchange_sync_committed (self);
}

//  ---------------------------------------------------------------------------
//  A refused batch: nothing of it happened. Its messages return to their line,
//  its timers fire again, its clients hear so.

static void
s_take_refused (exchange_t *self, batch_t *batch)
{
    int64_t now_ms = core_clock_ms ();
    if (batch->generation != self->generation) {
        self->generation = batch->generation;
        slots_spoil (self->slots);
        atomic_store (&self->node->storage_full, true);
        self->paused_until_ms = zclock_mono () + RETRY_MS;
        zsys_warning ("storage_full what=\"a commit was refused; it is tried again\"");
    }
    for (size_t index = 0; index < batch->count; index++) {
        draft_t *draft = batch_draft (batch, index);
        if (draft->cause_number) {
            message_name_t name = outbox_cause (draft->cause_source, draft->cause_number,
                                                draft->aggregate, self->partitions);
            outbox_returned (self->outbox, name);
        }
        if (draft->flags & DRAFT_TIMER) {
            timers_again (self->timers, draft->aggregate, draft->command, draft->timer_due_ms,
                          now_ms + RETRY_MS);
        }
        if (draft->flags & DRAFT_SCOPED) {
            claims_forget (self->claims, draft->scope);
        }
        s_take_wait (self, draft);
        exchange_reply (self, draft->token, REPLY_STORAGE_FULL);
    }
    batch_drop (&batch);
}

void
exchange_take_batch (exchange_t *self, batch_t *batch)
{
    for (size_t index = 0; index < batch->count; index++) {
        draft_t *draft = batch_draft (batch, index);
        slots_finished (self->slots, draft->slot);
        if (draft->flags & DRAFT_FROM_PORT) {
            exchange_release (self, draft->message_size);
        }
    }
    if (batch->committed) {
        s_take_committed (self, batch);
    }
    else {
        s_take_refused (self, batch);
    }
}
