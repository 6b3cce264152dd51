//  journal_view - a journal record's bytes as what happened: names and structs.

#include "runtime/journal_view.h"

#include <stdlib.h>
#include "store/record.h"

struct journal_view {
    record_reader_t reader;
    const aggregate_type_t *type;
    oid_t aggregate;
    char operator[UINT8_MAX + 1];
    _Alignas(max_align_t) uint8_t payload [DECISION_ARENA_SIZE];
};

journal_view_t *
journal_view_new (void)
{
    journal_view_t *self = calloc (1, sizeof *self);
    assert (self);
    return self;
}

void
journal_view_destroy (journal_view_t **self_p)
{
    free (*self_p);
    *self_p = NULL;
}

bool
journal_view_open (journal_view_t *self, const uint8_t *record, size_t size)
{
    self->type = NULL;
    if (record_reader_start (&self->reader, record, size) != STATUS_OK) {
        return false;
    }
    const uint8_t *packed = self->reader.head.aggregate;
    self->aggregate.kind = packed [0];
    memcpy (self->aggregate.bytes, packed + 1, OID_BYTES);
    self->type = registry_find (self->aggregate.kind);
    return self->type != NULL;
}

oid_t
journal_view_aggregate (const journal_view_t *self)
{
    return self->aggregate;
}

int64_t
journal_view_at_ms (const journal_view_t *self)
{
    return self->reader.head.at_ms;
}

uint64_t
journal_view_version (const journal_view_t *self)
{
    return self->reader.head.version;
}

const uint8_t *
journal_view_correlation (const journal_view_t *self)
{
    return self->reader.head.correlation;
}

const char *
journal_view_operator (journal_view_t *self)
{
    memcpy (self->operator, self->reader.operator, self->reader.operator_size);
    self->operator[self->reader.operator_size] = 0;
    return self->operator;
}

bool
journal_view_event (journal_view_t *self, journal_event_t *ret_event)
{
    record_event_t event;

    if (!self->type || !record_reader_event (&self->reader, &event)
        || event.type >= self->type->event_count) {
        return false;
    }
    const event_rule_t *rule = &self->type->events [event.type];
    if (rule->shape->size > sizeof self->payload) {
        return false;
    }
    bool unpacked = event.size == 0 && rule->shape->field_count == 0;
    if (!unpacked && !shape_unpack (rule->shape, event.payload, event.size, self->payload)) {
        return false;
    }
    *ret_event = (journal_event_t) {
        .name = rule->name,
        .shape = rule->shape,
        .payload = self->payload,
    };
    return true;
}
