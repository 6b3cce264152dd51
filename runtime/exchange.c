//  exchange - the loop, and what comes in from ports, readers and the clock.

#include "runtime/exchange.h"

enum {
    BURST_MAX = 512,  //  Frames taken before clock and line are looked at
    TICK_MS = 200,
    LINE_TICK_MS = 2  //  While messages wait for room
};

void
exchange_release (exchange_t *self, uint32_t message_size)
{
    atomic_fetch_sub (&self->node->counters.in_flight, 1);
    atomic_fetch_sub (&self->node->counters.in_flight_bytes, message_size);
}

static uint32_t
s_size (const message_t *message)
{
    return message_size (message);
}

//  ---------------------------------------------------------------------------
//  Commands

//  True if the idempotency claim already answers the command.
static bool
s_is_claimed (exchange_t *self, const message_t *message)
{
    claim_outcome_t outcome;
    switch (claims_look (self->claims, message->scope, message->fingerprint, &outcome)) {
    case CLAIM_FREE: return false;
    case CLAIM_IN_FLIGHT: exchange_reply (self, message->token, REPLY_IN_FLIGHT); break;
    case CLAIM_REUSED: exchange_reply (self, message->token, REPLY_KEY_REUSED); break;
    case CLAIM_DECIDED: exchange_reply_replayed (self, message, &outcome); break;
    }
    exchange_release (self, s_size (message));
    return true;
}

static void
s_client_command (exchange_t *self, const message_t *message, zmq_msg_t *frame)
{
    if ((message->flags & MESSAGE_SCOPED) && s_is_claimed (self, message)) {
        return;
    }
    reply_kind_t refusal = REPLY_OVERLOADED;
    bool storage_full = atomic_load (&self->node->storage_full);
    if (storage_full) {
        refusal = REPLY_STORAGE_FULL;
    }
    message_t head = *message;
    if (storage_full || self->stopping || !exchange_deliver (self, head.to, frame)) {
        atomic_fetch_add (&self->node->counters.overloads, 1);
        exchange_reply (self, head.token, refusal);
        exchange_release (self, s_size (&head));
        return;
    }
    if (head.flags & MESSAGE_SCOPED) {
        claims_take (self->claims, head.scope, head.fingerprint);
    }
    if ((head.flags & MESSAGE_WAITS) && head.token) {
        map_put (self->early_waits, &head.token, true);
    }
}

//  A gateway's answer to a message of the outbox: once, and never refused for want
//  of room (it waits in the line under a name of its own).
static void
s_gateway_answer (exchange_t *self, const message_t *message, zmq_msg_t *frame)
{
    message_name_t name =
        outbox_cause (message->cause_source, message->cause_number, message->to, self->partitions);
    exchange_release (self, s_size (message));
    if (name.source >= self->partitions
        || ranges_has (&self->taken [name.target * self->partitions + name.source], name.number)) {
        return;
    }
    ((message_t *) zmq_msg_data (frame))->flags &= (uint8_t) ~MESSAGE_FROM_PORT;
    if (self->stopping || !exchange_deliver (self, message->to, frame)) {
        message_name_t held = { UINT16_MAX, UINT16_MAX, ++self->held_number };
        outbox_add (self->outbox, held, frame);
    }
}

//  ---------------------------------------------------------------------------
//  Questions

static void
s_query (exchange_t *self, const message_t *message)
{
    bool waits = message->flags & MESSAGE_WAITS;
    atomic_fetch_add (&self->node->counters.queries, 1);
    exchange_release (self, s_size (message));
    uint64_t value;
    if (map_get (self->recent, &message->to, &value)) {
        draft_t *draft = (draft_t *) (uintptr_t) value;
        if (waits && !(draft->flags & DRAFT_FINISHED)) {
            waiters_add (self->waiters, message->to, message->token);
        }
        else {
            exchange_reply_snapshot (self, message->token, message->to, draft_snapshot (draft),
                                     draft->snapshot_size);
        }
        return;
    }
    if (!waits) {  //  The receiver of the reply reads it: no more hops
        exchange_reply_cold (self, message->token, message->to);
        return;
    }
    //  Before the read, so that no end is missed
    waiters_add (self->waiters, message->to, message->token);
    self->reader_next = (self->reader_next + 1) % READERS;
    channel_send_bytes (zsock_resolve (self->node->readers [self->reader_next]),
                        &(read_request_t) { message->to, message->token }, sizeof (read_request_t));
}

static void
s_take_read (exchange_t *self, const notice_read_t *notice)
{
    bool finished = notice->size > 0 && notice->snapshot [24];  //  Not there: it is waited for
    if (finished && waiters_remove (self->waiters, notice->oid, notice->token)) {
        exchange_reply_snapshot (self, notice->token, notice->oid, notice->snapshot, notice->size);
    }
}

static void
s_unwait (exchange_t *self, const message_t *message)
{
    if (waiters_remove (self->waiters, message->to, message->token)) {
        s_query (self, message);
        return;
    }
    if (map_get (self->early_waits, &message->token, NULL)) {  //  Its commit will answer
        map_put (self->early_waits, &message->token, false);
    }
    exchange_release (self, s_size (message));
}

//  ---------------------------------------------------------------------------
//  The loop

static void
s_take_message (exchange_t *self, const message_t *message, zmq_msg_t *frame)
{
    switch (message->kind) {
    case MESSAGE_COMMAND:
        if (message->cause_number) {
            s_gateway_answer (self, message, frame);
        }
        else {
            s_client_command (self, message, frame);
        }
        break;
    case MESSAGE_QUERY: s_query (self, message); break;
    case MESSAGE_UNWAIT: s_unwait (self, message); break;
    default:
        exchange_release (self, s_size (message));
        exchange_sync (self, message);
        break;
    }
}

static void
s_take_frame (exchange_t *self, zmq_msg_t *frame)
{
    const message_t *message = message_in (frame);
    const void *notice = zmq_msg_data (frame);
    if (message) {
        s_take_message (self, message, frame);
        return;
    }
    switch (*(const uint8_t *) notice) {
    case NOTICE_BATCH: exchange_take_batch (self, ((const notice_batch_t *) notice)->batch); break;
    case NOTICE_FLUSHED:
        exchange_take_flushed (self, ((const notice_flushed_t *) notice)->batch_number);
        break;
    case NOTICE_READ: s_take_read (self, notice); break;
    case NOTICE_STOP: self->stopping = true; break;
    case NOTICE_END: self->stopped = true; break;
    default: assert (false);
    }
}

//  Client commands are refused while the disk is (nearly) full, and taken again
//  when there is room: without a restart.
static void
s_check_space (exchange_t *self, int64_t now_ms)
{
    if (now_ms - self->space_checked_ms < TICK_MS) {
        return;
    }
    self->space_checked_ms = now_ms;
    uint64_t free_bytes, total_bytes;
    if (folder_space (self->node->folder, &free_bytes, &total_bytes) != STATUS_OK) {
        return;
    }
    uint64_t reserve = (uint64_t) self->node->config.limits.disk_reserve_bytes;
    if (reserve > total_bytes / 20) {
        reserve = total_bytes / 20;
    }
    bool full = free_bytes < reserve || now_ms < self->paused_until_ms;
    if (atomic_exchange (&self->node->storage_full, full) != full) {
        zsys_warning ("storage %s free_bytes=%" PRIu64, full ? "full" : "available", free_bytes);
    }
}

//  False if one found no room; it fires again.
static bool
s_fire_timers (exchange_t *self, int64_t now_ms)
{
    oid_t oid;
    uint8_t command;
    int64_t due_ms;
    while (timers_fire (self->timers, now_ms, &oid, &command, &due_ms)) {
        zmq_msg_t frame;
        message_make (&frame,
                      &(message_t) {
                          .kind = MESSAGE_COMMAND,
                          .flags = MESSAGE_TIMER,
                          .command = command,
                          .to = oid,
                          .timer_due_ms = due_ms,
                      },
                      /* shape= */ NULL, /* value= */ NULL);
        if (!exchange_deliver (self, oid, &frame)) {
            zmq_msg_close (&frame);
            timers_again (self->timers, oid, command, due_ms, now_ms + LINE_TICK_MS);
            return false;
        }
    }
    return true;
}

static void
s_publish_counters (exchange_t *self)
{
    counters_t *counters = &self->node->counters;
    atomic_store (&counters->resident_actors, slots_bound (self->slots));
    atomic_store (&counters->outbox_pending, (int64_t) outbox_pending (self->outbox));
    atomic_store (&counters->timers_pending, (int64_t) timers_count (self->timers));
}

//  What time and room allow. Returns how long the loop may sleep. Pauses are measured
//  by the monotonic clock; only what was promised for a time of day follows that.
static int64_t
s_look_around (exchange_t *self)
{
    int64_t mono_ms = zclock_mono ();
    int64_t now_ms = core_clock_ms ();
    s_check_space (self, mono_ms);
    s_publish_counters (self);
    if (self->stopping || mono_ms < self->paused_until_ms) {
        return TICK_MS / 4;
    }
    bool room = s_fire_timers (self, now_ms);
    exchange_pump (self);
    if (!room) {
        return LINE_TICK_MS;
    }
    bool line = outbox_waiting (self->outbox, LANE_ACTORS) > 0
                || outbox_waiting (self->outbox, LANE_PORT) > 0
                || outbox_waiting (self->outbox, LANE_WEBHOOKS) > 0;
    return timers_wait_ms (self->timers, now_ms, line ? LINE_TICK_MS : TICK_MS);
}

//  Takes what waits, looks around, and sleeps until more comes or time is up.
static void
s_run (exchange_t *self, zsock_t *pipe)
{
    void *inbox = zsock_resolve (self->inbox);
    bool told_idle = false;
    zmq_msg_t frame;
    zmq_msg_init (&frame);
    while (!self->stopped) {
        int burst = 0;
        while (burst < BURST_MAX && channel_receive (inbox, &frame, ZMQ_DONTWAIT)) {
            s_take_frame (self, &frame);
            burst++;
        }
        int64_t sleep_ms = s_look_around (self);
        if (self->stopping && !told_idle && slots_busy (self->slots) == 0) {
            zstr_send (pipe, "IDLE");  //  No signal: that one says that a zactor has ended
            told_idle = true;
        }
        if (burst < BURST_MAX && channel_receive_within (inbox, &frame, (int) sleep_ms)) {
            s_take_frame (self, &frame);
        }
    }
    zmq_msg_close (&frame);
}

static void
s_open (exchange_t *self, node_t *node)
{
    self->node = node;
    self->partitions = node->partitions;
    self->inbox = zsock_new_pull ("@" EXCHANGE_ENDPOINT);
    self->replies = zsock_new_push (">" REPLIES_ENDPOINT);
    self->bank = zsock_new_push (">" NODE_BANK_ENDPOINT);
    self->keys = zsock_new_push (">" NODE_KEYS_ENDPOINT);
    self->webhooks = zsock_new_push (">" NODE_WEBHOOK_ENDPOINT);
    self->tap = zsock_new_push (">" NODE_TAP_ENDPOINT);
    self->follower = zsock_new_push (">" NODE_FOLLOW_ENDPOINT);
    assert (self->inbox && self->replies && self->bank && self->keys && self->webhooks);
    assert (self->tap && self->follower);
    const limits_t *limits = &node->config.limits;
    self->mailboxes = calloc ((size_t) limits->pool_actors, sizeof *self->mailboxes);
    assert (self->mailboxes);
    for (size_t slot = 0; slot < (size_t) limits->pool_actors; slot++) {
        self->mailboxes [slot] = zsock_resolve (node->actors [slot]);
    }
    self->slots = slots_new ((uint32_t) limits->pool_actors, (uint32_t) limits->mailbox_messages);
    self->outbox = outbox_new ();
    self->timers = timers_new ();
    self->claims = claims_new ();
    self->early_waits = map_new (sizeof (uint64_t));
    self->waiters = waiters_new ();
    self->recent = map_new (OID_PACKED_SIZE);
    self->taken = calloc ((self->partitions + 1u) * self->partitions, sizeof (ranges_t));
    self->sequences = calloc (self->partitions, sizeof (uint64_t));
    assert (self->taken && self->sequences);
    exchange_load (self);
}

static void
s_close (exchange_t *self)
{
    while (self->unflushed_count > 0) {
        batch_drop (&self->unflushed [self->unflushed_first]);
        self->unflushed_first = (self->unflushed_first + 1) % self->unflushed_capacity;
        self->unflushed_count--;
    }
    for (size_t index = 0; index < (self->partitions + 1u) * (size_t) self->partitions; index++) {
        ranges_clear (&self->taken [index]);
    }
    free (self->mailboxes);
    free (self->unflushed);
    exchange_sync_end (self);
    free (self->taken);
    free (self->sequences);
    map_destroy (&self->recent);
    waiters_destroy (&self->waiters);
    claims_destroy (&self->claims);
    map_destroy (&self->early_waits);
    timers_destroy (&self->timers);
    outbox_destroy (&self->outbox);
    slots_destroy (&self->slots);
    channel_destroy_bound (&self->inbox, EXCHANGE_ENDPOINT);
    zsock_destroy (&self->replies);
    zsock_destroy (&self->bank);
    zsock_destroy (&self->keys);
    zsock_destroy (&self->webhooks);
    zsock_destroy (&self->tap);
    zsock_destroy (&self->follower);
}

void
exchange_run (zsock_t *pipe, void *args)
{
    core_name_thread ("exchange");
    exchange_t self = { 0 };
    s_open (&self, args);
    channel_zactor_ready (pipe);
    s_run (&self, pipe);
    s_close (&self);
    channel_zactor_ended ();
}
