//  resident - one aggregate in an actor's hands.

#include <sys/mman.h>
#include "runtime/resident_private.h"
#include "runtime/saga.h"

//  All of a resident's memory is one mapping: of its generous limits only the
//  pages that a state really needs are ever touched, and the pool is large.
typedef struct {
    resident_t resident;
    _Alignas(max_align_t) uint8_t state [STATE_SIZE_MAX];
    _Alignas(max_align_t) uint8_t before [STATE_SIZE_MAX];
    _Alignas(max_align_t) uint8_t payload [PAYLOAD_SIZE_MAX];
    decision_t decision;
    uint8_t snapshot [SNAPSHOT_SIZE_MAX];
    uint8_t record [RECORD_SIZE_MAX];
} mapping_t;

resident_t *
resident_new (const resident_config_t *config)
{
    mapping_t *mapping = mmap (NULL, sizeof *mapping, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert (mapping != MAP_FAILED);
    resident_t *self = &mapping->resident;
    self->config = *config;
    self->state = mapping->state;
    self->before = mapping->before;
    self->payload = mapping->payload;
    self->decision = &mapping->decision;
    self->snapshot = mapping->snapshot;
    self->record = mapping->record;
    return self;
}

void
resident_destroy (resident_t **self_p)
{
    if (*self_p) {
        munmap (*self_p, sizeof (mapping_t));
        *self_p = NULL;
    }
}

bool
resident_bind (resident_t *self, oid_t oid, const uint8_t *snapshot, size_t size)
{
    self->type = registry_find (oid.kind);
    self->oid = oid;
    self->head = (snapshot_head_t) { 0 };
    if (!self->type) {
        return false;
    }
    assert (self->type->state->size <= STATE_SIZE_MAX);
    if (size == 0) {
        memset (self->state, 0, self->type->state->size);
        return true;
    }
    return snapshot_read (snapshot, size, &self->head)
           && shape_unpack (self->type->state, snapshot + SNAPSHOT_HEAD_SIZE,
                            size - SNAPSHOT_HEAD_SIZE, self->state);
}

oid_t
resident_oid (const resident_t *self)
{
    return self->oid;
}

const void *
resident_state (const resident_t *self)
{
    return self->state;
}

bool
resident_sound (const resident_t *self)
{
    return !self->type->invariant || self->type->invariant (self->state);
}

size_t
resident_snapshot (resident_t *self, uint8_t *buffer, size_t capacity)
{
    self->head.finished = !self->type->finished || self->type->finished (self->state);
    snapshot_write (buffer, &self->head);
    size_t size = shape_pack (self->type->state, self->state, buffer + SNAPSHOT_HEAD_SIZE,
                              capacity - SNAPSHOT_HEAD_SIZE);
    assert (size > 0);
    return SNAPSHOT_HEAD_SIZE + size;
}

//  ---------------------------------------------------------------------------
//  Deciding

//  Applies one event to the state; stamps the head.
static void
s_evolve (resident_t *self, const event_rule_t *rule, const void *event, int64_t at_ms)
{
    rule->evolve (self->state, event, at_ms);
    if (self->head.version++ == 0) {
        self->head.created_at_ms = at_ms;
    }
    self->head.updated_at_ms = at_ms;
}

//  Evolves all events of the decision, collecting the postings. False, and the
//  state as before, if the invariant or the books would break.
static bool
s_evolve_all (resident_t *self, postings_t postings [DECISION_EVENTS_MAX])
{
    decision_t *decision = self->decision;
    snapshot_head_t head = self->head;
    memcpy (self->before, self->state, self->type->state->size);

    bool sound = true;
    for (size_t index = 0; index < decision->event_count; index++) {
        const decided_event_t *event = &decision->events [index];
        const event_rule_t *rule = &self->type->events [event->number];
        postings [index].count = 0;
        if (rule->postings) {
            rule->postings (self->oid, event->payload, &postings [index]);
            sound = sound && postings_balance (&postings [index]);
        }
        s_evolve (self, rule, event->payload, decision->now_ms);
    }
    sound = sound && resident_sound (self);
    if (!sound) {
        memcpy (self->state, self->before, self->type->state->size);
        self->head = head;
    }
    return sound;
}

//  Decodes and decides. Anything but ACCEPTED leaves no events or messages.
static verdict_t
s_decide (resident_t *self, const message_t *message, int64_t now_ms,
          postings_t postings [DECISION_EVENTS_MAX], bool *ret_dead)
{
    decision_t *decision = self->decision;
    int64_t at_ms = now_ms > self->head.updated_at_ms ? now_ms : self->head.updated_at_ms;
    decision_start (decision, self->type, self->oid, message->from, at_ms, self->config.derive_key,
                    self->config.limits);
    decision->version = self->head.version;

    verdict_t verdict = VERDICT_UNDECODABLE;
    const command_rule_t *rule = message->command < self->type->command_count
                                     ? &self->type->commands [message->command]
                                     : NULL;
    if (rule && rule->decide && rule->shape->size <= PAYLOAD_SIZE_MAX
        && shape_unpack (rule->shape, message->payload, message->payload_size, self->payload)) {
        verdict = rule->decide (self->state, self->payload, decision);
        if (verdict == VERDICT_ACCEPTED && !s_evolve_all (self, postings)) {
            verdict = VERDICT_INVARIANT_BROKEN;
        }
    }
    *ret_dead = verdict == VERDICT_UNDECODABLE || verdict == VERDICT_INVARIANT_BROKEN;
    if (verdict != VERDICT_ACCEPTED) {
        decision_start (decision, self->type, self->oid, message->from, at_ms,
                        self->config.derive_key, self->config.limits);
    }
    return verdict;
}

//  The asker hears the verdict, through the same outbox as everything else.
static void
s_answer (resident_t *self, const message_t *message, verdict_t verdict)
{
    if (message->answer == ANSWER_ALWAYS
        || (message->answer == ANSWER_REFUSAL && verdict != VERDICT_ACCEPTED)) {
        decision_tell (self->decision, message->from, message->answer_command,
                       &(saga_answer_t) {
                           .from = self->oid,
                           .command = message->command,
                           .step = message->step,
                           .verdict = verdict,
                       });
    }
}

//  ---------------------------------------------------------------------------
//  The draft

static void
s_make_draft (const resident_t *self, const message_t *message, draft_t *draft,
              zmq_msg_t *ret_frame)
{
    draft->command = message->command;
    draft->aggregate = self->oid;
    draft->partition = oid_partition (self->oid, self->config.partitions);
    draft->cause_source = message->cause_source;
    draft->cause_number = message->cause_number;
    draft->timer_due_ms = message->timer_due_ms;
    draft->token = message->token;
    draft->version = self->head.version;
    draft->message_size = message_size (message);
    draft->flags |= (uint8_t) ((message->flags & MESSAGE_WAITS ? DRAFT_WAITS : 0)
                               | (message->flags & MESSAGE_TIMER ? DRAFT_TIMER : 0)
                               | (message->flags & MESSAGE_FROM_PORT ? DRAFT_FROM_PORT : 0)
                               | (self->head.finished ? DRAFT_FINISHED : 0));
    if (message->flags & MESSAGE_SCOPED) {
        draft->flags |= DRAFT_SCOPED;
        memcpy (draft->scope, message->scope, sizeof draft->scope);
        memcpy (draft->fingerprint, message->fingerprint, sizeof draft->fingerprint);
    }
    int rc =
        zmq_msg_init_size (ret_frame, sizeof (draft_t) + draft->record_size + draft->snapshot_size);
    assert (rc == 0);
    draft_t *made = zmq_msg_data (ret_frame);
    *made = *draft;
    memcpy (draft_record (made), self->record, draft->record_size);
    memcpy (draft_snapshot (made), self->snapshot, draft->snapshot_size);
}

//  The scope was decided before: nothing happens, the edge shows what happened.
static void
s_replay (const resident_t *self, const message_t *message, const scope_answer_t *scope,
          zmq_msg_t *ret_draft)
{
    draft_t draft = {
        .reply = scope->same ? REPLY_REPLAYED : REPLY_KEY_REUSED,
        .verdict = (uint16_t) scope->verdict,
        .object = scope->object,
        .decided_version = scope->same ? scope->version : 0,
        .version_before = self->head.version,
    };
    s_make_draft (self, message, &draft, ret_draft);
}

void
resident_execute (resident_t *self, const message_t *message, int64_t now_ms,
                  const scope_answer_t *scope, zmq_msg_t *ret_draft)
{
    if (scope && scope->known) {
        s_replay (self, message, scope, ret_draft);
        return;
    }
    postings_t postings [DECISION_EVENTS_MAX];
    uint64_t version_before = self->head.version;
    bool dead;
    verdict_t verdict = s_decide (self, message, now_ms, postings, &dead);
    s_answer (self, message, verdict);

    draft_t draft = {
        .reply = REPLY_DECIDED,
        .verdict = (uint16_t) verdict,
        .object = self->decision->object,
        .version_before = version_before,
    };
    bool durable = self->decision->event_count > 0 || message->cause_number
                   || (message->flags & (MESSAGE_SCOPED | MESSAGE_TIMER)) || dead
                   || self->decision->message_count > 0;
    if (durable) {
        draft.flags |= DRAFT_DURABLE;
        draft.record_size =
            (uint32_t) resident_write_record (self, message, verdict, dead, postings);
    }
    if (dead) {
        draft.flags |= DRAFT_DEAD_LETTER;
    }
    if (verdict == VERDICT_ACCEPTED && self->head.version > 0) {
        draft.snapshot_size =
            (uint32_t) resident_snapshot (self, self->snapshot, SNAPSHOT_SIZE_MAX);
    }
    s_make_draft (self, message, &draft, ret_draft);
}

bool
resident_replay (resident_t *self, const uint8_t *record, size_t size)
{
    record_reader_t reader;
    if (record_reader_start (&reader, record, size) != STATUS_OK) {
        return false;
    }
    record_event_t event;
    while (record_reader_event (&reader, &event)) {
        if (event.type >= self->type->event_count) {
            return false;
        }
        const event_rule_t *rule = &self->type->events [event.type];
        if (event.schema > rule->schema
            || !shape_unpack (rule->shape, event.payload, event.size, self->payload)) {
            return false;
        }
        s_evolve (self, rule, self->payload, reader.head.at_ms);
    }
    return self->head.version == reader.head.version;
}
