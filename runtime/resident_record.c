//  resident - one decision as a record: events, messages, timers, postings.

#include "runtime/resident_private.h"

static void
s_write_events (resident_t *self, record_writer_t *writer)
{
    const decision_t *decision = self->decision;
    for (size_t index = 0; index < decision->event_count; index++) {
        const decided_event_t *event = &decision->events [index];
        const event_rule_t *rule = &self->type->events [event->number];
        uint8_t packed [PAYLOAD_SIZE_MAX];
        size_t size = shape_pack (rule->shape, event->payload, packed, sizeof packed);
        assert (size > 0);
        record_writer_event (writer, &(record_event_t) {
                                         .type = event->number,
                                         .schema = rule->schema,
                                         .size = (uint16_t) size,
                                         .payload = packed,
                                     });
    }
}

static void
s_write_messages (resident_t *self, record_writer_t *writer)
{
    const decision_t *decision = self->decision;
    for (size_t index = 0; index < decision->message_count; index++) {
        const decided_message_t *message = &decision->messages [index];
        const shape_t *shape = registry_find (message->to.kind)->commands [message->command].shape;
        uint8_t packed [PAYLOAD_SIZE_MAX];
        size_t size = 0;
        if (message->payload) {
            size = shape_pack (shape, message->payload, packed, sizeof packed);
            assert (size > 0);
        }
        record_message_t written = {
            .command = message->command,
            .answer_command = message->answer_command,
            .flags = message->answer,
            .step = message->step,
            .size = (uint16_t) size,
            .payload = packed,
        };
        memcpy (written.to, &message->to, sizeof written.to);
        record_writer_message (writer, &written);
    }
}

//  A timer that fell due is cleared by the record of what it led to, unless the
//  decision set it anew, or a record between its firing and this one did: so it is
//  cleared under the time that it was set for.
static void
s_write_timers (resident_t *self, record_writer_t *writer, const message_t *message)
{
    const decision_t *decision = self->decision;
    bool set_again = false;
    for (size_t index = 0; index < decision->timer_count; index++) {
        const decided_timer_t *timer = &decision->timers [index];
        set_again = set_again || timer->command == message->command;
        record_writer_timer (writer, &(record_timer_t) { timer->command, timer->due_ms });
    }
    if ((message->flags & MESSAGE_TIMER) && !set_again) {
        assert (message->timer_due_ms > 0);
        record_writer_timer (writer,
                             &(record_timer_t) { message->command, -message->timer_due_ms });
    }
}

static void
s_write_postings (const resident_t *self, record_writer_t *writer,
                  const postings_t postings [DECISION_EVENTS_MAX])
{
    for (size_t event = 0; event < self->decision->event_count; event++) {
        for (size_t index = 0; index < postings [event].count; index++) {
            const posting_t *posting = &postings [event].items [index];
            record_posting_t written = {
                .class = posting->account.class,
                .amount_minor = posting->amount_minor,
            };
            memcpy (written.owner, &posting->account.owner, sizeof written.owner);
            record_writer_posting (writer, &written);
        }
    }
}

size_t
resident_write_record (resident_t *self, const message_t *message, verdict_t verdict, bool dead,
                       const postings_t postings [DECISION_EVENTS_MAX])
{
    record_head_t head = {
        .flags = (uint8_t) ((message->flags & MESSAGE_SCOPED ? RECORD_SCOPED : 0)
                            | (dead ? RECORD_DEAD_LETTER : 0)),
        .verdict = (uint16_t) verdict,
        .command = message->command,
        .cause_source = message->cause_source,
        .cause_number = message->cause_number,
        .epoch = 1,
        .version = self->head.version,
        .at_ms = self->decision->now_ms,
    };
    memcpy (head.aggregate, &self->oid, sizeof head.aggregate);
    memcpy (head.object, &self->decision->object, sizeof head.object);
    memcpy (head.correlation, message->correlation, sizeof head.correlation);
    if (message->flags & MESSAGE_SCOPED) {
        memcpy (head.scope, message->scope, sizeof head.scope);
        memcpy (head.fingerprint, message->fingerprint, sizeof head.fingerprint);
    }
    record_writer_t writer;
    record_writer_start (&writer, self->record, RECORD_SIZE_MAX, &head);
    s_write_events (self, &writer);
    s_write_messages (self, &writer);
    s_write_timers (self, &writer, message);
    s_write_postings (self, &writer, postings);
    if (message->operator_size) {
        record_writer_operator (&writer, message_operator (message), message->operator_size);
    }
    assert (!writer.failed);
    return writer.size;
}
