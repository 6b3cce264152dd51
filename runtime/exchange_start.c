//  exchange - at start: the outbox, the timers and what was taken, from the state
//  environment, which recovery has brought up to the journal's end.

#include "runtime/applier_private.h"
#include "runtime/exchange.h"

//  ---------------------------------------------------------------------------
//  Outbox: a row names the record that sent the message

typedef struct {
    message_name_t name;
    uint64_t sequence;
    uint8_t index;
} place_t;

typedef struct {
    size_t count, capacity;
    place_t *items;
} places_t;

static bool
s_collect_place (void *context, const uint8_t *key, size_t key_size, const uint8_t *value,
                 size_t value_size)
{
    places_t *places = context;
    if (places->count == places->capacity) {
        places->capacity = places->capacity ? places->capacity * 2 : 256;
        places->items = realloc (places->items, places->capacity * sizeof *places->items);
        assert (places->items);
    }
    place_t *place = &places->items [places->count++];
    bool named = outbox_name (key, key_size, &place->name);
    assert (named && value_size == 9);
    memcpy (&place->sequence, value, 8);
    place->index = value [8];
    return true;
}

typedef struct {
    exchange_t *exchange;
    const place_t *place;
} rebuild_t;

static bool
s_rebuild_message (void *context, uint16_t partition, uint64_t sequence, const uint8_t *bytes,
                   size_t size)
{
    rebuild_t *rebuild = context;
    const place_t *place = rebuild->place;
    record_reader_t reader;
    assert (partition == place->name.source && sequence == place->sequence);
    if (record_reader_start (&reader, bytes, size) != STATUS_OK) {
        core_fail_stop ("a journal record is damaged", STATUS_DAMAGED);
    }
    record_message_t message;
    bool found = false;
    for (uint8_t index = 0; index <= place->index; index++) {
        found = record_reader_message (&reader, &message);
    }
    assert (found && message.number == place->name.number);
    zmq_msg_t frame;
    outbox_frame (&reader.head, &message, rebuild->exchange->partitions, &frame);
    outbox_add (rebuild->exchange->outbox, place->name, &frame);
    return false;
}

static void
s_load_outbox (exchange_t *self, state_reader_t *reader)
{
    places_t places = { 0 };
    status_t status = state_scan (reader, TABLE_OUTBOX, NULL, 0, NULL, 0, /* backward= */ false,
                                  SIZE_MAX, s_collect_place, &places);
    if (status != STATUS_OK) {
        core_state_fail_stop (status);
    }
    for (size_t index = 0; index < places.count && status == STATUS_OK; index++) {
        const place_t *place = &places.items [index];
        uint64_t next;
        status = journal_read (self->node->journal, place->name.source, place->sequence, 1,
                               s_rebuild_message, &(rebuild_t) { self, place }, &next);
    }
    free (places.items);
    if (status != STATUS_OK) {
        core_fail_stop ("the outbox cannot be read", status);
    }
    atomic_store (&self->node->counters.outbox_pending, (int64_t) outbox_pending (self->outbox));
}

//  ---------------------------------------------------------------------------

static bool
s_load_timer (void *context, const uint8_t *key, size_t key_size, const uint8_t *value,
              size_t value_size)
{
    exchange_t *self = context;
    oid_t oid;
    int64_t due_ms;
    assert (key_size == TIMER_KEY_SIZE && value_size == sizeof due_ms);
    memcpy (&oid, key, sizeof oid);
    memcpy (&due_ms, value, sizeof due_ms);
    timers_set (self->timers, oid, key [OID_PACKED_SIZE], due_ms);
    return true;
}

void
exchange_load (exchange_t *self)
{
    state_reader_t *reader = state_reader_new (self->node->state);
    assert (reader);
    for (uint16_t partition = 0; partition < self->partitions; partition++) {
        self->sequences [partition] = applier_read_position (reader, partition);
    }
    status_t status = state_scan (reader, TABLE_TIMER, NULL, 0, NULL, 0, /* backward= */ false,
                                  SIZE_MAX, s_load_timer, self);
    if (status != STATUS_OK) {
        core_state_fail_stop (status);
    }
    applier_read_taken (reader, self->partitions, self->taken);
    s_load_outbox (self, reader);
    state_reader_destroy (&reader);
}
