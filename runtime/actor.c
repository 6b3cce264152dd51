//  actor - the zactor body: one thread of the pool, bound to one aggregate after
//  the other.
//
//  The pipe is the mailbox and the exchange its only writer, so the actor blocks
//  on one receive. A BIND frame comes before the first message for another
//  aggregate, with its snapshot or the order to read it from the state
//  environment. Each command becomes exactly one draft for the journal; the actor
//  never waits for the disk and goes on with the state it just made.

#include <sys/mman.h>
#include "runtime/channel.h"
#include "runtime/core.h"
#include "runtime/resident.h"

typedef struct {
    node_t *node;
    uint32_t slot;
    uint32_t generation;
    resident_t *resident;
    state_reader_t *reader;
    zsock_t *journal;                  //  PUSH
    uint8_t cold [SNAPSHOT_SIZE_MAX];  //  Pages beyond a snapshot stay untouched
} actor_t;

static void
s_bind (actor_t *self, const bind_t *bind)
{
    const uint8_t *snapshot = bind->snapshot;
    size_t size = bind->size;
    if (bind->cold) {
        status_t status = state_get (self->reader, TABLE_SNAPSHOT, &bind->oid, sizeof bind->oid,
                                     self->cold, sizeof self->cold, &size);
        if (status == STATUS_NOT_FOUND) {
            size = 0;
        }
        else if (status != STATUS_OK) {
            core_state_fail_stop (status);
        }
        snapshot = self->cold;
    }
    self->generation = bind->generation;
    if (!resident_bind (self->resident, bind->oid, snapshot, size)) {
        state_condemn (self->node->state);  //  Its checksum is right, what it says is not
        core_state_fail_stop (STATUS_DAMAGED);
    }
}

//  The exchange knows what is claimed and not yet flushed; the rest is on disk. What is
//  too old to count is as if it were not there, whether it was deleted already or not.
static scope_answer_t
s_look_up_scope (actor_t *self, const message_t *message, int64_t now_ms)
{
    scope_answer_t answer = { 0 };
    scope_row_t row;
    size_t size;
    int64_t keep_ms = self->node->config.limits.idempotency_keep_s * 1000;
    status_t status = state_get (self->reader, TABLE_SCOPE, message->scope, sizeof message->scope,
                                 &row, sizeof row, &size);
    if (status == STATUS_OK && size == sizeof row) {
        answer.known = scope_row_counts (&row, now_ms, keep_ms);
        answer.same = memcmp (row.fingerprint, message->fingerprint, sizeof row.fingerprint) == 0;
        answer.verdict = row.verdict;
        answer.object = row.object;
        answer.version = row.version;
    }
    else if (status != STATUS_NOT_FOUND) {
        core_state_fail_stop (status);
    }
    return answer;
}

static void
s_command (actor_t *self, const message_t *message)
{
    scope_answer_t scope = { 0 };
    int64_t now_ms = core_clock_ms ();
    if (message->flags & MESSAGE_SCOPED) {
        scope = s_look_up_scope (self, message, now_ms);
    }
    zmq_msg_t frame;
    resident_execute (self->resident, message, now_ms, &scope, &frame);
    draft_t *draft = zmq_msg_data (&frame);
    draft->slot = self->slot;
    draft->generation = self->generation;
    channel_send (zsock_resolve (self->journal), &frame);
}

static actor_t *
s_new (actor_args_t *args)
{
    actor_t *self = mmap (NULL, sizeof *self, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert (self != MAP_FAILED);
    self->node = args->node;
    self->slot = args->slot;
    self->resident = resident_new (&(resident_config_t) {
        .partitions = self->node->partitions,
        .derive_key = self->node->config.derive_key,
        .limits = &self->node->config.limits,
    });
    self->reader = state_reader_new (self->node->state);
    self->journal = zsock_new_push (">" JOURNAL_ENDPOINT);
    assert (self->reader && self->journal);
    return self;
}

static void
s_destroy (actor_t **self_p)
{
    actor_t *self = *self_p;
    resident_destroy (&self->resident);
    state_reader_destroy (&self->reader);
    zsock_destroy (&self->journal);
    munmap (self, sizeof *self);
    *self_p = NULL;
}

void
actor_run (zsock_t *pipe, void *args)
{
    core_name_thread ("actor");
    actor_t *self = s_new (args);
    channel_zactor_ready (pipe);

    zmq_msg_t frame;
    zmq_msg_init (&frame);
    void *mailbox = zsock_resolve (pipe);
    while (channel_receive (mailbox, &frame, 0)) {
        const uint8_t *bytes = zmq_msg_data (&frame);
        const message_t *message = message_in (&frame);
        if (zmq_msg_size (&frame) >= sizeof (bind_t) && bytes [0] == BIND_TAG) {
            s_bind (self, (const bind_t *) (const void *) bytes);
        }
        else if (message && message->kind == MESSAGE_COMMAND) {
            s_command (self, message);
        }
        else {
            break;  //  $TERM
        }
    }
    zmq_msg_close (&frame);
    s_destroy (&self);
    channel_zactor_ended ();
}
