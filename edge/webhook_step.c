#include "edge/webhook_step.h"

#include <stdlib.h>

enum { READ_RECORDS = 256 };

void
webhook_step_start (webhook_step_t *self, node_t *node)
{
    *self = (webhook_step_t) {
        .node = node,
        .port = node_port_new (node),
        .objects = objects_new (node),
        .view = journal_view_new (),
        .partitions = node_partitions (node),
    };
    self->durable = calloc (self->partitions, sizeof *self->durable);
    assert (self->durable);
}

void
webhook_step_end (webhook_step_t *self)
{
    node_port_destroy (&self->port);
    objects_destroy (&self->objects);
    journal_view_destroy (&self->view);
    free (self->durable);
    self->durable = NULL;
}

static uint16_t
s_partition (const webhook_step_t *self)
{
    return oid_partition (webhook_feed_oid (), self->partitions);
}

void
webhook_step_begin (webhook_step_t *self, int64_t now_ms)
{
    webhook_feed_t *feed = calloc (1, sizeof *feed);
    assert (feed);
    if (objects_read (self->objects, webhook_feed_oid (), feed, NULL) != STATUS_OK) {
        *feed = (webhook_feed_t) { 0 };  //  It has not made a step yet
    }
    self->steps = feed->steps;
    for (uint16_t index = 0; index < self->partitions; index++) {
        self->durable [index] = (uint64_t) webhook_feed_position (feed, index);
    }
    free (feed);
    self->ack = self->durable [s_partition (self)];
    self->under_way = false;
    self->made_ms = now_ms;
    self->advance.creation_count = 0;
}

static void
s_fill_moves (webhook_step_t *self, const uint64_t *positions)
{
    webhook_feed_advance_t *advance = &self->advance;
    advance->move_count = 0;
    for (uint16_t index = 0; index < self->partitions; index++) {
        if (positions [index] > self->durable [index] && advance->move_count < WEBHOOK_FEED_MOVES) {
            advance->moves [advance->move_count++] =
                (webhook_feed_move_t) { index, (int64_t) positions [index] };
        }
    }
}

bool
webhook_step_send (webhook_step_t *self, const uint64_t *positions, int64_t now_ms)
{
    node_request_t request = {
        .to = webhook_feed_oid (),
        .command = WEBHOOK_FEED_ADVANCE,
        .payload = &self->advance,
    };
    s_fill_moves (self, positions);
    self->advance.step = self->steps + 1;
    if (positions [s_partition (self)] > self->ack) {
        self->ack = positions [s_partition (self)];  //  Its record can only come later
    }
    self->sent_ms = now_ms;
    self->under_way = node_port_command (self->port, &request) == ADMITTED;
    return self->under_way;
}

//  For node_read_journal: goes on until it is the step's record.
static bool
s_find (void *context, uint16_t partition, uint64_t sequence, const uint8_t *record, size_t size)
{
    webhook_step_t *self = context;
    journal_event_t event;
    (void) partition;
    self->ack = sequence;
    if (journal_view_open (self->view, record, size)
        && journal_view_aggregate (self->view).kind == OID_WEBHOOK_FEED
        && journal_view_event (self->view, &event)) {
        const webhook_feed_advanced_t *advanced = event.payload;
        self->under_way = advanced->step != self->advance.step;
    }
    return self->under_way;
}

bool
webhook_step_made (webhook_step_t *self, int64_t now_ms)
{
    uint64_t from, next;
    status_t status;
    do {
        from = self->ack + 1;
        status = node_read_journal (self->node, s_partition (self), from, READ_RECORDS, s_find,
                                    self, &next);
    } while (status == STATUS_OK && self->under_way && self->ack + 1 > from);
    if (self->under_way) {
        return false;
    }
    for (uint32_t index = 0; index < self->advance.move_count; index++) {
        const webhook_feed_move_t *move = &self->advance.moves [index];
        self->durable [move->partition] = (uint64_t) move->sequence;
    }
    self->steps = self->advance.step;
    self->advance.creation_count = 0;
    self->made_ms = now_ms;
    return true;
}

bool
webhook_step_lost (const webhook_step_t *self, int64_t now_ms)
{
    return self->under_way && now_ms - self->sent_ms > WEBHOOK_STEP_PATIENCE_MS;
}
