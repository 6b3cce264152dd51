//  webhook_reader - cycles over the partitions, steps of the feed.
//
//      wait for a commit --> cycle: each partition to its end --> nothing more: wait
//                              | found, or a second is over
//                              v
//                            step sent --> wait for its record --> the cycle goes on
//
//  To be woken is asked for before a cycle. A step's record uses that up, so after a cycle
//  with a step there is always another.

#include "edge/webhook_reader.h"

#include <czmq.h>
#include <stdatomic.h>
#include "edge/webhook_owner.h"
#include "edge/webhook_step.h"
#include "edge/webhook_table.h"
#include "runtime/channel.h"

enum {
    READ_RECORDS = 256,  //  A range
    MOVE_RECORDS = 1000,
    MOVE_MS = 1000,
    SOON_MS = 50  //  What is not flushed, or found no room, is tried again
};

struct webhook_reader {
    node_t *node;
    uint16_t partitions;
    zactor_t *actor;
    status_t started;  //  Set before the actor says that it runs
    atomic_uint_fast64_t looked, found, restarts;

    //  The actor's own
    webhook_table_t table;
    webhook_step_t step;
    zsock_t *woken;
    uint64_t *positions;             //  Looked at up to here, by partition
    uint64_t *cycle, *cycle_before;  //  Where this one and the one before began
    uint16_t partition;              //  Being read
    uint32_t skip;                   //  Of the next record: creations that went into steps
    uint64_t unmoved;                //  Records since the last step, the feed's own apart
    bool stuck;                      //  In a record: a step is full, or an owner not flushed
    bool rewound;                    //  The cycle begins anew
    bool again;                      //  Another cycle is due after this one
    bool idle;                       //  Waits to be woken
    bool complained;
    uint8_t asked;  //  The kind that wakes it
};

//  ---------------------------------------------------------------------------
//  Looking

typedef struct {
    webhook_reader_t *reader;
    webhook_place_t place;
    oid_t merchant;
    bool merchant_known;
    uint32_t met;  //  Creations of this record so far
} look_t;

//  False: whether it is meant cannot be said yet.
static bool
s_is_meant (look_t *look, const webhook_row_t *row, const journal_event_t *event, bool *ret_meant)
{
    webhook_step_t *step = &look->reader->step;
    oid_t subject = journal_view_aggregate (step->view), owner = row->endpoint.owner;
    *ret_meant = journal_view_at_ms (step->view) >= row->since_ms
                 && webhook_tells_of (subject.kind, !oid_is_none (owner))
                 && webhook_endpoint_wants (&row->endpoint, event->name);
    if (!*ret_meant || oid_is_none (owner)) {
        return true;
    }
    look->merchant_known =
        look->merchant_known || webhook_owner (step->objects, subject, &look->merchant);
    *ret_meant = look->merchant_known && oid_equal (look->merchant, owner);
    return look->merchant_known;
}

//  False: the step is full.
static bool
s_create (look_t *look, const webhook_row_t *row, const journal_event_t *event)
{
    webhook_reader_t *self = look->reader;
    webhook_feed_advance_t *advance = &self->step.advance;
    if (look->met++ < self->skip) {
        return true;
    }
    if (advance->creation_count == WEBHOOK_FEED_CREATIONS) {
        return false;
    }
    delivery_create_t *creation = &advance->creations [advance->creation_count++];
    *creation = (delivery_create_t) {
        .endpoint = row->oid,
        .owner = row->endpoint.owner,
        .place = look->place,
        .subject = journal_view_aggregate (self->step.view),
    };
    snprintf (creation->event, sizeof creation->event, "%s", event->name);
    self->skip++;
    self->found++;
    return true;
}

//  False: not all of its events could be looked at.
static bool
s_look_at_events (look_t *look)
{
    webhook_reader_t *self = look->reader;
    journal_event_t event;
    for (; journal_view_event (self->step.view, &event); look->place.index++) {
        for (size_t index = 0; index < self->table.count; index++) {
            const webhook_row_t *row = self->table.rows [index];
            bool meant;
            if (!s_is_meant (look, row, &event, &meant)
                || (meant && !s_create (look, row, &event))) {
                return false;
            }
        }
    }
    return true;
}

static size_t
s_bytes (const webhook_reader_t *self)
{
    return self->partitions * sizeof *self->positions;
}

//  Somebody wants to hear from now on: events after its record may have been read before it,
//  in this cycle or the one before.
static void
s_rewind (webhook_reader_t *self)
{
    memcpy (self->positions, self->cycle_before, s_bytes (self));
    memcpy (self->cycle, self->cycle_before, s_bytes (self));
    self->partition = 0;
    self->skip = 0;
    self->rewound = true;
}

//  For node_read_journal.
static bool
s_look (void *context, uint16_t partition, uint64_t sequence, const uint8_t *record, size_t size)
{
    webhook_reader_t *self = context;
    look_t look = { .reader = self, .place = { partition, (int64_t) sequence, 0 } };
    if (journal_view_open (self->step.view, record, size)) {
        uint8_t kind = journal_view_aggregate (self->step.view).kind;
        if (kind == OID_WEBHOOK_ENDPOINT && webhook_table_take (&self->table, self->step.view)) {
            s_rewind (self);
            return false;
        }
        self->stuck = self->table.enabled > 0 && webhook_tells_of (kind, /* merchant= */ false)
                      && !s_look_at_events (&look);
        if (self->stuck) {
            return false;
        }
        self->unmoved += kind != OID_WEBHOOK_FEED;
    }
    self->positions [partition] = sequence;
    self->skip = 0;
    self->looked++;
    return true;
}

static void
s_complain (webhook_reader_t *self, status_t status)
{
    if (!self->complained) {
        fprintf (stderr, "level=error event=webhooks_unread partition=%u detail=\"%s\"\n",
                 (unsigned) self->partition, status_text (status));
        self->complained = true;
    }
}

//  One range more. False at the end of the cycle, and where it has to wait.
static bool
s_read (webhook_reader_t *self)
{
    uint16_t partition = self->partition;
    if (partition == self->partitions) {
        return false;
    }
    uint64_t from = self->positions [partition] + 1, next = from;
    self->stuck = self->rewound = false;
    status_t status =
        node_read_journal (self->node, partition, from, READ_RECORDS, s_look, self, &next);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        s_complain (self, status);
        return false;
    }
    self->complained = false;
    if (!self->stuck && !self->rewound && self->positions [partition] + 1 == from) {
        self->partition++;  //  Nothing more in this one
    }
    return !self->stuck;
}

//  ---------------------------------------------------------------------------
//  Cycles

static void
s_begin_cycle (webhook_reader_t *self)
{
    self->asked = self->table.enabled > 0 ? OID_NONE : OID_WEBHOOK_ENDPOINT;
    node_follow (self->node, self->asked);
    memcpy (self->cycle_before, self->cycle, s_bytes (self));
    memcpy (self->cycle, self->positions, s_bytes (self));
    self->partition = 0;
    self->again = self->idle = false;
}

//  From the feed's position, with everybody who wants to hear.
static status_t
s_begin (webhook_reader_t *self)
{
    webhook_step_begin (&self->step, zclock_mono ());
    memcpy (self->positions, self->step.durable, s_bytes (self));
    memcpy (self->cycle, self->positions, s_bytes (self));
    self->skip = 0;
    self->unmoved = 0;
    status_t status = webhook_table_load (&self->table, self->node);
    s_begin_cycle (self);
    return status;
}

//  Sends a step if there is reason to. False: there was no room for it.
static bool
s_step (webhook_reader_t *self, int64_t now_ms)
{
    bool due = self->unmoved >= MOVE_RECORDS
               || (self->unmoved > 0 && now_ms - self->step.made_ms >= MOVE_MS);
    if (self->step.advance.creation_count == 0 && !due) {
        return true;
    }
    node_follow (self->node, OID_WEBHOOK_FEED);
    self->again = true;
    return webhook_step_send (&self->step, self->positions, now_ms);
}

//  Until the step that is under way is made. Returns as s_turn.
static int
s_await_step (webhook_reader_t *self, int64_t now_ms)
{
    if (webhook_step_made (&self->step, now_ms)) {
        self->unmoved = 0;
        return 0;
    }
    if (webhook_step_lost (&self->step, now_ms)) {
        self->restarts++;
        status_t status = s_begin (self);
        if (status != STATUS_OK) {
            s_complain (self, status);
        }
    }
    return SOON_MS;
}

//  What there is to do now. Returns how long there is nothing; -1: until it is woken.
static int
s_turn (webhook_reader_t *self)
{
    int64_t now_ms = zclock_mono ();
    if (self->step.under_way) {
        return s_await_step (self, now_ms);
    }
    if (!self->idle) {
        bool more = true;
        while (more) {
            more = s_read (self);
        }
        if (!s_step (self, now_ms)) {
            return SOON_MS;
        }
        if (self->step.under_way) {
            return 0;
        }
        if (self->partition < self->partitions) {
            return SOON_MS;
        }
        if (self->again || (self->table.enabled > 0) != (self->asked == OID_NONE)) {
            s_begin_cycle (self);
            return 0;
        }
        self->idle = true;
    }
    return self->table.enabled > 0 && self->unmoved > 0 ? MOVE_MS : -1;
}

//  ---------------------------------------------------------------------------
//  The actor

//  Nobody wanted to hear of what was before this.
static void
s_jump (webhook_reader_t *self, const uint64_t *places)
{
    for (uint16_t index = 0; index < self->partitions; index++) {
        if (places [index] > self->positions [index]) {
            self->positions [index] = places [index];
        }
    }
    memcpy (self->cycle, self->positions, s_bytes (self));
}

//  The place of each partition before the commit that woke it.
static void
s_take_wake (webhook_reader_t *self)
{
    zmq_msg_t frame;
    zmq_msg_init (&frame);
    while (channel_receive (zsock_resolve (self->woken), &frame, ZMQ_DONTWAIT)) {
        self->again = true;
        if (self->idle && self->asked == OID_WEBHOOK_ENDPOINT) {
            assert (zmq_msg_size (&frame) == s_bytes (self));
            s_jump (self, zmq_msg_data (&frame));
        }
        if (self->idle) {
            s_begin_cycle (self);
        }
    }
    zmq_msg_close (&frame);
}

static void
s_actor (zsock_t *pipe, void *argument)
{
    webhook_reader_t *self = argument;
    webhook_step_start (&self->step, self->node);
    self->woken = zsock_new (ZMQ_PULL);
    bool bound = self->woken && zsock_bind (self->woken, NODE_FOLLOW_ENDPOINT) >= 0;
    self->started = bound ? s_begin (self) : STATUS_LIMIT;
    //  Whoever was there before the start is loaded: without anybody there is nothing to read
    self->idle = self->table.enabled == 0;
    zsock_signal (pipe, 0);
    zpoller_t *poller = zpoller_new (pipe, self->woken, NULL);
    assert (poller);
    int wait_ms = 0;
    while (zpoller_wait (poller, wait_ms) != pipe && !zpoller_terminated (poller)) {
        if (self->idle && zpoller_expired (poller) && wait_ms == MOVE_MS) {
            s_begin_cycle (self);
        }
        s_take_wake (self);
        wait_ms = s_turn (self);
    }
    zpoller_destroy (&poller);
    webhook_table_clear (&self->table);
    webhook_step_end (&self->step);
    channel_destroy_bound (&self->woken, NODE_FOLLOW_ENDPOINT);
}

status_t
webhook_reader_new (node_t *node, webhook_reader_t **ret_reader, char ret_reason [256])
{
    webhook_reader_t *self = calloc (1, sizeof *self);
    assert (self);
    self->node = node;
    self->partitions = node_partitions (node);
    self->positions = calloc (self->partitions, sizeof *self->positions);
    self->cycle = calloc (self->partitions, sizeof *self->cycle);
    self->cycle_before = calloc (self->partitions, sizeof *self->cycle_before);
    assert (self->positions && self->cycle && self->cycle_before);
    self->started = STATUS_LIMIT;
    self->actor = zactor_new (s_actor, self);
    status_t status = self->started;
    if (status != STATUS_OK) {
        snprintf (ret_reason, 256, "the reader of webhooks cannot be started: %s",
                  status_text (status));
        webhook_reader_destroy (&self);
        return status;
    }
    *ret_reader = self;
    return STATUS_OK;
}

void
webhook_reader_destroy (webhook_reader_t **self_p)
{
    webhook_reader_t *self = *self_p;
    if (!self) {
        return;
    }
    zactor_destroy (&self->actor);
    free (self->positions);
    free (self->cycle);
    free (self->cycle_before);
    free (self);
    *self_p = NULL;
}

void
webhook_reader_metrics (const webhook_reader_t *self, webhook_reader_metrics_t *ret_metrics)
{
    *ret_metrics = (webhook_reader_metrics_t) {
        .looked = atomic_load (&self->looked),
        .found = atomic_load (&self->found),
        .restarts = atomic_load (&self->restarts),
    };
}
