//  replies - the thread that brings replies to their requests and watches the clock.
//
//  It is the only one that delivers and abandons, so that a request that waits for
//  replies has exactly one thread to hear from. It never blocks for long: rendering
//  is the workers', sending never blocks.

#include "edge/edge_self.h"

enum { VISIT_INTERVAL_MS = 20, SWEEP_INTERVAL_MS = 250 };

static void
s_deliver (edge_t *self, node_reply_t *reply)
{
    uint32_t slot = (uint32_t) (reply->token >> 8) & 0xFFFFFF;
    uint32_t generation = (uint32_t) (reply->token >> 32);
    assert (slot < self->slot_count);
    request_t *request = &self->slots [slot];
    if (atomic_load_explicit (&request->generation, memory_order_acquire) != generation) {
        node_reply_destroy (&reply);  //  Its request was given up
        return;
    }
    request_deliver (request, (unsigned) (reply->token & 0xFF), reply, self->replies_port);
}

static void
s_visit (void *context, uint32_t slot, const wait_t *wait, wait_event_t event)
{
    edge_t *self = context;
    if (event == WAIT_ENDS) {
        node_port_unwait (self->replies_port, wait->oid, wait->token);
        return;
    }
    (void) request_abandon (&self->slots [slot], wait->token);
}

static void *
s_run (void *argument)
{
    edge_t *self = argument;
    int64_t visited_ms = 0, swept_ms = 0;
    while (!atomic_load_explicit (&self->ending, memory_order_acquire)) {
        node_reply_t *reply = node_replies_receive (self->replies, VISIT_INTERVAL_MS);
        if (reply) {
            s_deliver (self, reply);
        }
        int64_t now_ms = monotonic_ns () / 1000000;
        if (now_ms - visited_ms >= VISIT_INTERVAL_MS) {
            visited_ms = now_ms;
            waits_visit (self->waits, now_ms,
                         atomic_load_explicit (&self->hurrying, memory_order_relaxed), s_visit,
                         self);
        }
        if (now_ms - swept_ms >= SWEEP_INTERVAL_MS) {
            swept_ms = now_ms;
            connections_sweep (self->connections, now_ms);
        }
    }
    return NULL;
}

bool
replies_start (edge_t *self)
{
    self->replies = node_replies_new (self->config.node);
    self->replies_port = node_port_new (self->config.node);
    self->replies_started = self->replies && self->replies_port
                            && pthread_create (&self->replies_thread, NULL, s_run, self) == 0;
    return self->replies_started;
}

//  What still waits after that gets no reply: http_stop resumes it.
void
replies_stop (edge_t *self)
{
    atomic_store_explicit (&self->ending, true, memory_order_release);
    if (self->replies_started) {
        pthread_join (self->replies_thread, NULL);
    }
    self->replies_started = false;
    node_port_destroy (&self->replies_port);
    node_replies_destroy (&self->replies);
}
