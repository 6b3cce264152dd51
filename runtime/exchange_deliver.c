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

static bool
s_deliver_to_bank (exchange_t *self, zmq_msg_t *frame)
{
    if (self->bank_dispatched >= (size_t) self->node->config.limits.bank_window) {
        return false;
    }
    self->bank_dispatched++;
    channel_offer (zsock_resolve (self->bank), frame);  //  A gateway that ended is asked at restart
    return true;
}

bool
exchange_deliver (exchange_t *self, oid_t to, zmq_msg_t *frame)
{
    if (to.kind == OID_BANK) {
        return s_deliver_to_bank (self, frame);
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

static bool
s_try (exchange_t *self, const message_t *message, message_name_t name)
{
    zmq_msg_t frame;
    oid_t to = message->to;
    if (outbox_dispatched_count (self->outbox)
        >= (size_t) self->node->config.limits.outbox_window) {
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

//  Tries the whole line once; what finds no room goes to its end.
void
exchange_pump (exchange_t *self)
{
    size_t tries = outbox_waiting (self->outbox);
    size_t refusals = 0;
    message_name_t name;
    const message_t *message;
    while (tries-- > 0 && refusals < PUMP_REFUSALS_MAX
           && (message = outbox_next (self->outbox, &name))) {
        if (s_is_taken (self, name)) {
            outbox_acknowledged (self->outbox, name);
        }
        else if (s_try (self, message, name)) {
            refusals = 0;
        }
        else {
            refusals++;
        }
    }
}
