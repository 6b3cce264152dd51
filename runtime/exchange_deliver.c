//  exchange - to the mailboxes: binding actors, handing calls to the gateway, and
//  the outbox's line.

#include "runtime/exchange.h"

enum { PUMP_REFUSALS_MAX = 64 };  //  In a row, before the line waits for room

//  The bind frame before the first message for another aggregate.
static void
s_bind (exchange_t *self, uint32_t slot, oid_t oid)
{
    uint64_t value = 0;
    bool recent = map_get (self->recent, &oid, &value);
    draft_t *draft = (draft_t *) (uintptr_t) value;
    size_t size = recent ? draft->snapshot_size : 0;

    zmq_msg_t frame;
    int rc = zmq_msg_init_size (&frame, sizeof (bind_t) + size);
    assert (rc == 0);
    bind_t *bind = zmq_msg_data (&frame);
    *bind = (bind_t) {
        .tag = BIND_TAG,
        .cold = !recent,
        .oid = oid,
        .generation = self->generation,
        .size = (uint32_t) size,
    };
    if (recent) {
        memcpy (bind->snapshot, draft_snapshot (draft), size);
    }
    channel_send (self->mailboxes [slot], &frame);
    atomic_fetch_add (&self->node->counters.activations, 1);
}

static zsock_t *
s_gateway (const exchange_t *self, uint8_t kind)
{
    return kind == OID_BANK ? self->bank : kind == OID_WEBHOOK ? self->webhooks : self->keys;
}

bool
exchange_deliver (exchange_t *self, oid_t to, zmq_msg_t *frame)
{
    if (oid_is_port (to)) {  //  A gateway that has ended is asked after the restart
        channel_offer (zsock_resolve (s_gateway (self, to.kind)), frame);
        return true;
    }
    bool bind = false;
    uint32_t slot = slots_take (self->slots, to, &bind);
    if (slot == SLOT_NONE) {
        return false;
    }
    if (bind) {
        s_bind (self, slot, to);
    }
    channel_send (self->mailboxes [slot], frame);
    return true;
}

//  A message that this partition took already only wants its acknowledgement.
static bool
s_is_taken (const exchange_t *self, message_name_t name)
{
    return name.source < self->partitions && name.target <= self->partitions
           && ranges_has (&self->taken [name.target * self->partitions + name.source], name.number);
}

//  A number far ahead of its source's watermark waits, so that what `taken` has to
//  remember stays small; the lowest one that is open may always go.
static bool
s_is_far_ahead (const exchange_t *self, message_name_t name)
{
    return name.source < self->partitions
           && name.number
                  > self->taken [name.target * self->partitions + name.source].low + RANGES_WINDOW;
}

static bool
s_is_full (const exchange_t *self, outbox_lane_t lane)
{
    const limits_t *limits = &self->node->config.limits;
    int64_t window = lane == LANE_PORT       ? limits->bank_window
                     : lane == LANE_WEBHOOKS ? limits->webhook_window
                                             : limits->outbox_window;
    return outbox_dispatched_count (self->outbox, lane) >= (size_t) window;
}

static bool
s_try (exchange_t *self, const message_t *message, message_name_t name)
{
    zmq_msg_t frame;
    oid_t to = message->to;
    if (s_is_far_ahead (self, name)) {
        outbox_deferred (self->outbox, name);
        return false;
    }
    outbox_dispatched (self->outbox, name, &frame);
    if (!exchange_deliver (self, to, &frame)) {
        zmq_msg_close (&frame);
        outbox_returned (self->outbox, name);
        return false;
    }
    if (name.source == UINT16_MAX) {  //  Held here only; nothing acknowledges it
        outbox_acknowledged (self->outbox, name);
    }
    return true;
}

//  Tries a line once; what finds no room goes to its end.
static void
s_pump (exchange_t *self, outbox_lane_t lane)
{
    size_t tries = outbox_waiting (self->outbox, lane);
    size_t refusals = 0;
    message_name_t name;
    const message_t *message;
    while (tries-- > 0 && refusals < PUMP_REFUSALS_MAX
           && (message = outbox_next (self->outbox, lane, &name))) {
        if (s_is_taken (self, name)) {
            outbox_acknowledged (self->outbox, name);
        }
        else if (s_is_full (self, lane)) {
            return;
        }
        else if (s_try (self, message, name)) {
            refusals = 0;
        }
        else {
            refusals++;
        }
    }
}

void
exchange_pump (exchange_t *self)
{
    s_pump (self, LANE_ACTORS);
    s_pump (self, LANE_PORT);
    s_pump (self, LANE_WEBHOOKS);
}
