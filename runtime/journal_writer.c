//  journal writer - the one thread that makes things durable.
//
//  Takes every draft that waits, appends those with a record in one transaction,
//  commits with fsync, and only then passes the whole batch to the exchange, which
//  releases replies, messages and reads. Batches form by themselves under load; an
//  idle node commits at once.
//
//  A commit refused for want of space raises the generation: what was computed on
//  the lost state is dropped as it arrives, the exchange binds every actor anew,
//  and writing goes on when there is space. EIO or a failed fsync ends the process.

#include "runtime/applier.h"
#include "runtime/channel.h"
#include "runtime/core.h"
#include "runtime/outbox.h"

enum { VERSIONS_SEEN = 16384 };  //  A direct-mapped memory; a power of two

typedef struct {
    oid_t oid;
    uint64_t version;
} seen_t;

typedef struct {
    uint64_t sequence;
    uint8_t chain [RECORD_CHAIN_SIZE];
    uint64_t *numbers;  //  Last message number per target partition, and port
} tail_t;

typedef struct {
    node_t *node;
    zsock_t *drafts;    //  PULL
    zsock_t *exchange;  //  PUSH
    uint32_t generation;
    uint64_t batch_number;
    tail_t *tails;  //  Per partition
    tail_t *saved;  //  As they were before the batch
    seen_t *seen;
    size_t collected_count;
    zmq_msg_t *collected;  //  limits.journal_batch_records
} writer_t;

//  ---------------------------------------------------------------------------
//  Tails: sequence, chain and message numbers of each partition

static tail_t *
s_tails_new (uint16_t partitions)
{
    tail_t *tails = calloc (partitions, sizeof *tails);
    assert (tails);
    for (uint16_t partition = 0; partition < partitions; partition++) {
        tails [partition].numbers = calloc (partitions + 1u, sizeof (uint64_t));
        assert (tails [partition].numbers);
    }
    return tails;
}

static void
s_tails_destroy (tail_t **tails_p, uint16_t partitions)
{
    for (uint16_t partition = 0; partition < partitions; partition++) {
        free ((*tails_p) [partition].numbers);
    }
    free (*tails_p);
    *tails_p = NULL;
}

static void
s_tail_copy (tail_t *to, const tail_t *from, uint16_t partitions)
{
    assert (to->numbers && from->numbers);
    to->sequence = from->sequence;
    memcpy (to->chain, from->chain, sizeof to->chain);
    memcpy (to->numbers, from->numbers, (partitions + 1u) * sizeof (uint64_t));
}

static void
s_tails_load (writer_t *self)
{
    state_reader_t *reader = state_reader_new (self->node->state);
    for (uint16_t partition = 0; partition < self->node->partitions; partition++) {
        tail_t *tail = &self->tails [partition];
        status_t status =
            journal_last (self->node->journal, partition, &tail->sequence, tail->chain);
        if (status != STATUS_OK) {
            core_fail_stop ("the journal cannot be read", status);
        }
        applier_read_numbers (reader, partition, self->node->partitions, tail->numbers);
        s_tail_copy (&self->saved [partition], tail, self->node->partitions);
    }
    state_reader_destroy (&reader);
}

typedef struct {
    tail_t *tail;
    uint16_t partitions;
} number_context_t;

static uint64_t
s_next_number (void *context, const uint8_t to [RECORD_OID_SIZE])
{
    number_context_t *numbering = context;
    oid_t oid;
    memcpy (&oid, to, sizeof oid);
    uint16_t target = outbox_target (oid, numbering->partitions);
    return ++numbering->tail->numbers [target];
}

//  ---------------------------------------------------------------------------
//  One batch

//  Two sockets keep no order between them, so every record must follow the one
//  before it of its aggregate; whoever breaks that is a defect of the runtime.
static void
s_check_version (writer_t *self, const draft_t *draft)
{
    uint64_t bits;
    memcpy (&bits, draft->aggregate.bytes, sizeof bits);
    seen_t *seen = &self->seen [(bits ^ draft->aggregate.kind) & (VERSIONS_SEEN - 1)];
    assert (!oid_equal (seen->oid, draft->aggregate) || seen->version == draft->version_before);
    seen->oid = draft->aggregate;
    seen->version = draft->version;
}

static status_t
s_append (writer_t *self, draft_t *draft)
{
    s_check_version (self, draft);
    tail_t *tail = &self->tails [draft->partition];
    uint8_t *record = draft_record (draft);
    record_number (record, draft->record_size, s_next_number,
                   &(number_context_t) { tail, self->node->partitions });
    record_seal (record, draft->record_size, tail->chain);
    draft->sequence = ++tail->sequence;
    return journal_append (self->node->journal, draft->partition, draft->sequence, record,
                           draft->record_size);
}

//  Takes what waits, up to the limits of one commit. Blocks for the first.
static void
s_collect (writer_t *self, bool *ret_ended)
{
    const limits_t *limits = &self->node->config.limits;
    size_t bytes = 0;
    self->collected_count = 0;
    while (self->collected_count < (size_t) limits->journal_batch_records
           && bytes < (size_t) limits->journal_batch_bytes) {
        zmq_msg_t *frame = &self->collected [self->collected_count];
        zmq_msg_init (frame);
        if (!channel_receive (zsock_resolve (self->drafts), frame,
                              self->collected_count ? ZMQ_DONTWAIT : 0)) {
            zmq_msg_close (frame);
            break;
        }
        if (zmq_msg_size (frame) < sizeof (draft_t)) {
            *ret_ended = true;  //  node_destroy's last word
            zmq_msg_close (frame);
            break;
        }
        bytes += zmq_msg_size (frame);
        self->collected_count++;
    }
}

static bool
s_is_current (const writer_t *self, const draft_t *draft)
{
    return draft->generation == self->generation;
}

//  Appends all current records in one transaction; OK without any.
static status_t
s_write (writer_t *self, batch_t *batch)
{
    bool begun = false;
    status_t status = STATUS_OK;
    for (size_t index = 0; index < batch->count && status == STATUS_OK; index++) {
        draft_t *draft = batch_draft (batch, index);
        if (!s_is_current (self, draft) || !(draft->flags & DRAFT_DURABLE)) {
            continue;
        }
        if (!begun) {
            status = journal_begin (self->node->journal);
            begun = status == STATUS_OK;
        }
        if (status == STATUS_OK) {
            status = s_append (self, draft);
        }
    }
    if (begun && status == STATUS_OK) {
        status = journal_commit (self->node->journal);
    }
    if (begun && status != STATUS_OK) {
        journal_abort (self->node->journal);
    }
    return status;
}

//  The tails that a committed batch moved become the ones to go back to; a
//  refused batch goes back to them.
static void
s_settle_tails (writer_t *self, const batch_t *batch, bool committed)
{
    for (size_t index = 0; index < batch->count; index++) {
        const draft_t *draft = zmq_msg_data ((zmq_msg_t *) &batch->drafts [index]);
        if (draft->flags & DRAFT_DURABLE) {
            tail_t *tail = &self->tails [draft->partition];
            tail_t *saved = &self->saved [draft->partition];
            s_tail_copy (committed ? saved : tail, committed ? tail : saved,
                         self->node->partitions);
        }
    }
}

static void
s_refuse (writer_t *self, batch_t *batch)
{
    s_settle_tails (self, batch, false);
    memset (self->seen, 0, VERSIONS_SEEN * sizeof *self->seen);
    self->generation++;
    atomic_fetch_add (&self->node->counters.journal_failures, 1);
}

static void
s_count (writer_t *self, const batch_t *batch, int64_t commit_ns)
{
    counters_t *counters = &self->node->counters;
    atomic_fetch_add (&counters->journal_batches, 1);
    atomic_fetch_add (&counters->journal_records, batch->count);
    atomic_fetch_add (&counters->journal_bytes, batch->bytes);
    atomic_fetch_add (&counters->commit_ns_sum, commit_ns);
}

//  A batch of those collected drafts that are current, or of those that are not:
//  the latter were computed on a state that was lost, and are refused.
static batch_t *
s_pick (writer_t *self, bool current)
{
    batch_t *batch = batch_new (self->collected_count);
    for (size_t index = 0; index < self->collected_count; index++) {
        zmq_msg_t *frame = &self->collected [index];
        if (zmq_msg_size (frame) > 0 && s_is_current (self, zmq_msg_data (frame)) == current) {
            batch->bytes += zmq_msg_size (frame);
            zmq_msg_init (&batch->drafts [batch->count]);
            zmq_msg_move (&batch->drafts [batch->count++], frame);
        }
    }
    return batch;
}

static void
s_release (writer_t *self, batch_t *batch)
{
    batch->generation = self->generation;
    if (!channel_offer_bytes (zsock_resolve (self->exchange),
                              &(notice_batch_t) { .kind = NOTICE_BATCH, .batch = batch },
                              sizeof (notice_batch_t))) {
        batch_drop (&batch);  //  Stopped at the end of the grace period
    }
}

static void
s_commit (writer_t *self, batch_t *batch)
{
    int64_t start_ns = zclock_usecs () * 1000;
    status_t status = s_write (self, batch);
    if (status != STATUS_OK && status != STATUS_NO_SPACE) {
        core_fail_stop ("the journal cannot be written", status);
    }
    batch->committed = status == STATUS_OK;
    if (batch->committed) {
        s_settle_tails (self, batch, true);
        batch->number = ++self->batch_number;
        s_count (self, batch, zclock_usecs () * 1000 - start_ns);
    }
    else {
        s_refuse (self, batch);
    }
    s_release (self, batch);
}

void
journal_writer_run (zsock_t *pipe, void *args)
{
    core_name_thread ("journal");
    writer_t self = { .node = args };
    uint16_t partitions = self.node->partitions;
    self.drafts = zsock_new_pull ("@" JOURNAL_ENDPOINT);
    self.exchange = zsock_new_push (">" EXCHANGE_ENDPOINT);
    self.tails = s_tails_new (partitions);
    self.saved = s_tails_new (partitions);
    self.seen = calloc (VERSIONS_SEEN, sizeof *self.seen);
    self.collected =
        calloc ((size_t) self.node->config.limits.journal_batch_records, sizeof (zmq_msg_t));
    assert (self.drafts && self.exchange && self.seen && self.collected);
    s_tails_load (&self);
    channel_zactor_ready (pipe);

    bool ended = false;
    while (!ended) {
        s_collect (&self, &ended);
        batch_t *stale = s_pick (&self, false);
        batch_t *batch = s_pick (&self, true);
        if (stale->count > 0) {
            s_release (&self, stale);
        }
        else {
            batch_drop (&stale);
        }
        if (batch->count > 0) {
            s_commit (&self, batch);
        }
        else {
            batch_drop (&batch);
        }
    }
    channel_destroy_bound (&self.drafts, JOURNAL_ENDPOINT);
    zsock_destroy (&self.exchange);
    s_tails_destroy (&self.tails, partitions);
    s_tails_destroy (&self.saved, partitions);
    free (self.seen);
    free (self.collected);
    channel_zactor_ended ();
}
