//  outbox - pending messages, by name and in the order of the line.

#include <assert.h>
#include <stdlib.h>
#include "runtime/map.h"
#include "runtime/outbox.h"

typedef struct entry entry_t;

struct entry {
    message_name_t name;
    zmq_msg_t frame;
    outbox_lane_t lane;
    bool waiting;  //  In the line; else dispatched
    entry_t *previous, *next;
};

struct outbox {
    map_t *entries;              //  Name -> entry_t *
    entry_t lines [LANE_COUNT];  //  Sentinels of the rings of waiting ones
    size_t waiting [LANE_COUNT];
    size_t dispatched [LANE_COUNT];
};

enum { NAME_SIZE = 12 };

static void
s_key (message_name_t name, uint8_t ret_key [NAME_SIZE])
{
    memcpy (ret_key, &name.number, 8);
    memcpy (ret_key + 8, &name.source, 2);
    memcpy (ret_key + 10, &name.target, 2);
}

static outbox_lane_t
s_lane (oid_t to)
{
    return to.kind == OID_WEBHOOK ? LANE_WEBHOOKS : oid_is_port (to) ? LANE_PORT : LANE_ACTORS;
}

uint16_t
outbox_target (oid_t to, uint16_t partitions)
{
    return oid_is_port (to) ? partitions : oid_partition (to, partitions);
}

message_name_t
outbox_cause (uint16_t cause_source, uint64_t cause_number, oid_t receiver, uint16_t partitions)
{
    bool port = cause_source & CAUSE_PORT;
    return (message_name_t) {
        .source = (uint16_t) (cause_source & ~CAUSE_PORT),
        .target = port ? partitions : oid_partition (receiver, partitions),
        .number = cause_number,
    };
}

void
outbox_frame (const record_head_t *head, const record_message_t *message, uint16_t partitions,
              zmq_msg_t *ret_frame)
{
    message_t made = {
        .kind = MESSAGE_COMMAND,
        .command = message->command,
        .answer = message->flags,
        .answer_command = message->answer_command,
        .cause_number = message->number,
        .step = message->step,
        .payload_size = message->size,
    };
    memcpy (&made.to, message->to, sizeof made.to);
    memcpy (&made.from, head->aggregate, sizeof made.from);
    memcpy (made.correlation, head->correlation, sizeof made.correlation);
    made.cause_source = (uint16_t) (oid_partition (made.from, partitions)
                                    | (oid_is_port (made.to) ? CAUSE_PORT : 0));

    int rc = zmq_msg_init_size (ret_frame, sizeof made + message->size);
    assert (rc == 0);
    message_t *written = zmq_msg_data (ret_frame);
    *written = made;
    memcpy (written->payload, message->payload, message->size);
}

outbox_t *
outbox_new (void)
{
    outbox_t *self = calloc (1, sizeof *self);
    assert (self);
    self->entries = map_new (NAME_SIZE);
    for (size_t lane = 0; lane < LANE_COUNT; lane++) {
        self->lines [lane].next = self->lines [lane].previous = &self->lines [lane];
    }
    return self;
}

static void
s_entry_destroy (entry_t *entry)
{
    zmq_msg_close (&entry->frame);
    free (entry);
}

void
outbox_destroy (outbox_t **self_p)
{
    outbox_t *self = *self_p;
    if (self) {
        size_t cursor = 0;
        const uint8_t *key;
        uint64_t value;
        while (map_next (self->entries, &cursor, &key, &value)) {
            s_entry_destroy ((entry_t *) (uintptr_t) value);
        }
        map_destroy (&self->entries);
        free (self);
        *self_p = NULL;
    }
}

static entry_t *
s_find (const outbox_t *self, message_name_t name)
{
    uint8_t key [NAME_SIZE];
    uint64_t value = 0;
    s_key (name, key);
    return map_get (self->entries, key, &value) ? (entry_t *) (uintptr_t) value : NULL;
}

static void
s_join_line (outbox_t *self, entry_t *entry)
{
    entry_t *line = &self->lines [entry->lane];
    entry->waiting = true;
    entry->next = line;
    entry->previous = line->previous;
    entry->previous->next = entry;
    line->previous = entry;
    self->waiting [entry->lane]++;
}

static void
s_leave_line (outbox_t *self, entry_t *entry)
{
    entry->waiting = false;
    entry->previous->next = entry->next;
    entry->next->previous = entry->previous;
    self->waiting [entry->lane]--;
}

void
outbox_add (outbox_t *self, message_name_t name, zmq_msg_t *frame)
{
    if (s_find (self, name)) {
        zmq_msg_close (frame);
        return;
    }
    entry_t *entry = calloc (1, sizeof *entry);
    assert (entry);
    entry->name = name;
    zmq_msg_init (&entry->frame);
    zmq_msg_move (&entry->frame, frame);
    const message_t *message = zmq_msg_data (&entry->frame);
    entry->lane = s_lane (message->to);
    uint8_t key [NAME_SIZE];
    s_key (name, key);
    map_put (self->entries, key, (uintptr_t) entry);
    s_join_line (self, entry);
}

const message_t *
outbox_next (outbox_t *self, outbox_lane_t lane, message_name_t *ret_name)
{
    entry_t *entry = self->lines [lane].next;
    if (entry == &self->lines [lane]) {
        return NULL;
    }
    *ret_name = entry->name;
    return zmq_msg_data (&entry->frame);
}

void
outbox_dispatched (outbox_t *self, message_name_t name, zmq_msg_t *ret_frame)
{
    entry_t *entry = s_find (self, name);
    assert (entry && entry->waiting);
    s_leave_line (self, entry);
    self->dispatched [entry->lane]++;
    zmq_msg_init (ret_frame);
    zmq_msg_copy (ret_frame, &entry->frame);
}

void
outbox_deferred (outbox_t *self, message_name_t name)
{
    entry_t *entry = s_find (self, name);
    assert (entry && entry->waiting);
    s_leave_line (self, entry);
    s_join_line (self, entry);
}

bool
outbox_acknowledged (outbox_t *self, message_name_t name)
{
    entry_t *entry = s_find (self, name);
    if (!entry) {
        return false;
    }
    if (entry->waiting) {
        s_leave_line (self, entry);
    }
    else {
        self->dispatched [entry->lane]--;
    }
    uint8_t key [NAME_SIZE];
    s_key (name, key);
    map_remove (self->entries, key);
    s_entry_destroy (entry);
    return true;
}

bool
outbox_returned (outbox_t *self, message_name_t name)
{
    entry_t *entry = s_find (self, name);
    bool dispatched = entry && !entry->waiting;
    if (dispatched) {
        self->dispatched [entry->lane]--;
        s_join_line (self, entry);
    }
    return dispatched;
}

size_t
outbox_waiting (const outbox_t *self, outbox_lane_t lane)
{
    return self->waiting [lane];
}

size_t
outbox_dispatched_count (const outbox_t *self, outbox_lane_t lane)
{
    return self->dispatched [lane];
}

size_t
outbox_pending (const outbox_t *self)
{
    return map_count (self->entries);
}
