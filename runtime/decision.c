//  decision - what one decide asks for; the payloads live in its arena.

#include "runtime/aggregate.h"
#include "runtime/derive.h"

void
decision_start (decision_t *self, const aggregate_type_t *type, oid_t oid, oid_t asker,
                int64_t now_ms, const uint8_t *derive_key, const limits_t *limits)
{
    self->type = type;
    self->self = oid;
    self->asker = asker;
    self->now_ms = now_ms;
    self->version = 0;
    self->derive_key = derive_key;
    self->limits = limits;
    self->object = oid;
    self->event_count = 0;
    self->message_count = 0;
    self->timer_count = 0;
    self->arena_used = 0;
}

//  A copy in the arena, so that a caller's payload may be on its stack.
static const void *
s_keep (decision_t *self, const void *payload, size_t size)
{
    size_t room = (size + sizeof (max_align_t) - 1) / sizeof (max_align_t) * sizeof (max_align_t);
    assert (self->arena_used + room <= DECISION_ARENA_SIZE);
    void *copy = self->arena + self->arena_used;
    if (size > 0) {
        memcpy (copy, payload, size);
    }
    self->arena_used += room;
    return copy;
}

verdict_t
decision_emit (decision_t *self, uint8_t event, const void *payload)
{
    assert (event < self->type->event_count);
    assert (self->event_count < DECISION_EVENTS_MAX);
    const shape_t *shape = self->type->events [event].shape;
    self->events [self->event_count++] = (decided_event_t) {
        .number = event,
        .payload = s_keep (self, payload, shape->size),
    };
    return VERDICT_ACCEPTED;
}

void
decision_ask (decision_t *self, oid_t to, uint8_t command, const void *payload, answer_t answer,
              uint8_t answer_command, uint32_t step)
{
    const aggregate_type_t *type = registry_find (to.kind);
    assert (type && command < type->command_count);
    assert (self->message_count < DECISION_MESSAGES_MAX);
    self->messages [self->message_count++] = (decided_message_t) {
        .to = to,
        .command = command,
        .answer_command = answer_command,
        .answer = (uint8_t) answer,
        .step = step,
        .payload = payload ? s_keep (self, payload, type->commands [command].shape->size) : NULL,
    };
}

void
decision_tell (decision_t *self, oid_t to, uint8_t command, const void *payload)
{
    decision_ask (self, to, command, payload, ANSWER_NEVER, /* answer_command */ 0, /* step */ 0);
}

void
decision_timer (decision_t *self, uint8_t command, int64_t due_ms)
{
    assert (command < self->type->command_count);
    assert (self->timer_count < DECISION_TIMERS_MAX);
    assert (due_ms >= 0);  //  In a record, below 0 has a meaning of its own
    self->timers [self->timer_count++] = (decided_timer_t) { command, due_ms };
}

oid_t
decision_derive (const decision_t *self, oid_kind_t kind, oid_t from, const char *purpose,
                 uint32_t ordinal)
{
    derive_t derive;
    derive_start (&derive, self->derive_key, purpose);
    derive_part (&derive, &from, sizeof from);
    derive_u32 (&derive, ordinal);
    return derive_oid (&derive, kind);
}
