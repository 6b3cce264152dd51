//  port - how edge threads and gateways reach the exchange: admission, then a push.
//
//  Half of the room is for clients; the other half is for what their work causes
//  inside (and for gateways, whose answers must always get in).

#include "runtime/channel.h"
#include "runtime/core.h"
#include "runtime/snapshot.h"

struct node_port {
    node_t *node;
    zsock_t *exchange;  //  PUSH
};

node_port_t *
node_port_new (node_t *node)
{
    node_port_t *self = calloc (1, sizeof *self);
    assert (self);
    self->node = node;
    self->exchange = zsock_new_push (">" EXCHANGE_ENDPOINT);
    assert (self->exchange);
    return self;
}

void
node_port_destroy (node_port_t **self_p)
{
    if (*self_p) {
        zsock_destroy (&(*self_p)->exchange);
        free (*self_p);
        *self_p = NULL;
    }
}

static admission_t
s_admit (node_t *node, int64_t size, bool client)
{
    const limits_t *limits = &node->config.limits;
    counters_t *counters = &node->counters;
    int64_t share = client ? 2 : 1;
    if (atomic_load (&counters->in_flight) >= limits->in_flight_messages / share
        || atomic_load (&counters->in_flight_bytes) >= limits->in_flight_bytes / share
        || (client && atomic_load (&counters->unflushed_bytes) >= limits->unflushed_bytes)
        || (client && atomic_load (&counters->outbox_pending) >= limits->outbox_messages)) {
        atomic_fetch_add (&counters->overloads, 1);
        return ADMISSION_OVERLOADED;
    }
    atomic_fetch_add (&counters->in_flight, 1);
    atomic_fetch_add (&counters->in_flight_bytes, size);
    return ADMITTED;
}

//  Takes the frame in any case.
static admission_t
s_push (node_port_t *self, zmq_msg_t *frame, bool client)
{
    admission_t admission = s_admit (self->node, (int64_t) zmq_msg_size (frame), client);
    if (admission == ADMITTED) {
        channel_send (zsock_resolve (self->exchange), frame);
    }
    else {
        zmq_msg_close (frame);
    }
    return admission;
}

admission_t
node_port_command (node_port_t *self, const node_request_t *request)
{
    bool client = request->cause_number == 0;
    if (client && atomic_load (&self->node->storage_full)) {
        return ADMISSION_STORAGE_FULL;
    }
    const aggregate_type_t *type = registry_find (request->to.kind);
    assert (type && request->command < type->command_count);
    message_t head = {
        .kind = MESSAGE_COMMAND,
        .flags = (uint8_t) (MESSAGE_FROM_PORT | (request->scoped ? MESSAGE_SCOPED : 0)
                            | (request->waits ? MESSAGE_WAITS : 0)),
        .command = request->command,
        .to = request->to,
        .cause_source = request->cause_source,
        .cause_number = request->cause_number,
        .token = request->token,
    };
    memcpy (head.correlation, request->correlation, sizeof head.correlation);
    memcpy (head.scope, request->scope, sizeof head.scope);
    memcpy (head.fingerprint, request->fingerprint, sizeof head.fingerprint);
    zmq_msg_t frame;
    message_make_by (&frame, &head, type->commands [request->command].shape, request->payload,
                     request->operator);
    return s_push (self, &frame, client);
}

static admission_t
s_ask (node_port_t *self, message_kind_t kind, oid_t oid, uint64_t token, bool waits)
{
    zmq_msg_t frame;
    message_make (&frame,
                  &(message_t) {
                      .kind = (uint8_t) kind,
                      .flags = waits ? MESSAGE_WAITS : 0,
                      .to = oid,
                      .token = token,
                  },
                  /* shape= */ NULL, /* value= */ NULL);
    return s_push (self, &frame, /* client= */ kind != MESSAGE_UNWAIT);
}

admission_t
node_port_query (node_port_t *self, oid_t oid, uint64_t token, bool waits)
{
    return s_ask (self, MESSAGE_QUERY, oid, token, waits);
}

admission_t
node_port_sync (node_port_t *self, uint64_t token)
{
    return node_port_sync_to (self, /* places= */ NULL, 0, token);
}

admission_t
node_port_sync_to (node_port_t *self, const node_place_t *places, size_t count, uint64_t token)
{
    zmq_msg_t frame;
    size_t size = count * sizeof *places;
    assert (count <= NODE_PLACES_MAX);
    int rc = zmq_msg_init_size (&frame, sizeof (message_t) + size);
    assert (rc == 0);
    message_t *message = zmq_msg_data (&frame);
    *message =
        (message_t) { .kind = MESSAGE_SYNC, .token = token, .payload_size = (uint32_t) size };
    if (count > 0) {
        memcpy (message->payload, places, size);
    }
    return s_push (self, &frame, /* client= */ true);
}

void
node_port_unwait (node_port_t *self, oid_t oid, uint64_t token)
{
    //  Refused only at the very limit; then the saga's own end answers
    (void) s_ask (self, MESSAGE_UNWAIT, oid, token, false);
}

//  ---------------------------------------------------------------------------
//  Replies

struct node_replies {
    node_t *node;
    zsock_t *socket;         //  PULL
    state_reader_t *reader;  //  For what the exchange has not in memory
    uint8_t *snapshot;       //  SNAPSHOT_SIZE_MAX
};

node_replies_t *
node_replies_new (node_t *node)
{
    node_replies_t *self = calloc (1, sizeof *self);
    assert (self);
    self->node = node;
    self->socket = zsock_new_pull ("@" REPLIES_ENDPOINT);
    self->reader = state_reader_new (node->state);
    self->snapshot = malloc (SNAPSHOT_SIZE_MAX);
    assert (self->socket && self->reader && self->snapshot);
    return self;
}

void
node_replies_destroy (node_replies_t **self_p)
{
    node_replies_t *self = *self_p;
    if (self) {
        node_reply_t *reply;
        while ((reply = node_replies_receive (self, 0))) {
            node_reply_destroy (&reply);
        }
        channel_destroy_bound (&self->socket, REPLIES_ENDPOINT);
        state_reader_destroy (&self->reader);
        free (self->snapshot);
        free (self);
        *self_p = NULL;
    }
}

static node_reply_t *
s_read_cold (node_replies_t *self, const reply_frame_t *frame)
{
    size_t size = 0;
    status_t status = state_get (self->reader, TABLE_SNAPSHOT, &frame->cold, sizeof frame->cold,
                                 self->snapshot, SNAPSHOT_SIZE_MAX, &size);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        core_state_fail_stop (status);
    }
    node_reply_t *reply =
        core_reply_from (frame->token, frame->cold, self->snapshot, status == STATUS_OK ? size : 0);
    reply->partition = frame->partition;
    reply->sequence = frame->sequence;
    return reply;
}

node_reply_t *
node_replies_receive (node_replies_t *self, int timeout_ms)
{
    node_reply_t *reply = NULL;
    zmq_msg_t frame;
    zmq_msg_init (&frame);
    if (channel_receive_within (zsock_resolve (self->socket), &frame, timeout_ms)) {
        reply_frame_t received;
        assert (zmq_msg_size (&frame) == sizeof received);
        memcpy (&received, zmq_msg_data (&frame), sizeof received);
        reply = received.reply ? received.reply : s_read_cold (self, &received);
    }
    zmq_msg_close (&frame);
    return reply;
}

void
node_reply_destroy (node_reply_t **self_p)
{
    free (*self_p);
    *self_p = NULL;
}
