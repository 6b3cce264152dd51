//  webhook_gateway - one zactor around libcurl's multi handle.
//
//      exchange --PULL--> waiting (in order) --a slot of its endpoint--> on the wire --+
//                            | gone, or too many                                       |
//                            +-----------------> answers <-----------------------------+
//                                                   | node_port_command
//                                                   v
//                                         the asking delivery
//
//  One curl_multi_poll waits for the wire, the PULL socket's descriptor and the pipe's.
//  ZeroMQ's descriptors signal edges: both sockets are drained on every turn.

#include "edge/webhook_gateway.h"

#include <czmq.h>
#include <stdatomic.h>
#include "edge/webhook_wire.h"
#include "runtime/channel.h"
#include "runtime/objects.h"

enum {
    POLL_MAX_MS = 1000,
    POLL_SOON_MS = 20,  //  While an answer waits for room, or an ask for its endpoint
    SOURCE_SIZE = 64,
    FREE_PART = 8  //  Of the window's free places one endpoint may take one in so many
};

//  Calls in order.
typedef struct {
    webhook_call_t *first, **last;
    size_t count;
} queue_t;

struct webhook_gateway {
    webhook_gateway_config_t config;
    char source [SOURCE_SIZE];
    zactor_t *actor;
    bool bound;  //  Set before the actor says that it runs
#define WEBHOOK_METRIC_ATOMIC(field, name, help) atomic_uint_fast64_t field;
    WEBHOOK_METRICS (WEBHOOK_METRIC_ATOMIC)
#undef WEBHOOK_METRIC_ATOMIC
    atomic_int_fast64_t in_flight, waiting_count;

    //  The actor's own
    zsock_t *inbox;
    node_port_t *port;
    objects_t *objects;
    webhook_desk_t desk;
    webhook_wire_t *wire;
    queue_t waiting, answers;
    bool soon;  //  Something waits that no descriptor tells of
};

static void
s_join (queue_t *queue, webhook_call_t *call)
{
    call->next = NULL;
    *queue->last = call;
    queue->last = &call->next;
    queue->count++;
}

//  Takes out the call that *place points to.
static webhook_call_t *
s_leave (queue_t *queue, webhook_call_t **place)
{
    webhook_call_t *call = *place;
    *place = call->next;
    if (queue->last == &call->next) {
        queue->last = place;
    }
    queue->count--;
    return call;
}

static void
s_clear (queue_t *queue)
{
    while (queue->first) {
        webhook_call_t *call = s_leave (queue, &queue->first);
        webhook_call_destroy (&call);
    }
}

//  ---------------------------------------------------------------------------
//  Answers

static void
s_count (webhook_gateway_t *self, const webhook_answered_t *answered)
{
    switch ((webhook_outcome_t) answered->outcome) {
    case WEBHOOK_RESPONDED:
        if (answered->http_status / 100 == 2) {
            self->delivered++;
        }
        else {
            self->rejected++;
        }
        break;
    case WEBHOOK_ADDRESS_REFUSED: self->refused++; break;
    case WEBHOOK_FOUND_DELETED:
    case WEBHOOK_FOUND_DISABLED:
    case WEBHOOK_EVENT_UNREADABLE:
    case WEBHOOK_UNAVAILABLE: self->unsent++; break;
    default: self->unanswered++;
    }
}

static bool
s_tell (webhook_gateway_t *self, const webhook_call_t *call)
{
    const message_t *message = call->message;
    node_request_t request = {
        .to = message->from,
        .command = message->answer_command,
        .payload = &call->answered,
        .cause_source = message->cause_source,
        .cause_number = message->cause_number,
    };
    memcpy (request.correlation, message->correlation, sizeof message->correlation);
    return node_port_command (self->port, &request) == ADMITTED;
}

static void
s_answer (webhook_gateway_t *self, webhook_call_t *call)
{
    s_count (self, &call->answered);
    s_join (&self->answers, call);
}

//  In order; what finds no room is offered again soon.
static void
s_send_answers (webhook_gateway_t *self)
{
    while (self->answers.first && s_tell (self, self->answers.first)) {
        webhook_call_t *call = s_leave (&self->answers, &self->answers.first);
        webhook_call_destroy (&call);
    }
    self->soon = self->soon || self->answers.first;
}

static void
s_answer_unsent (webhook_gateway_t *self, webhook_call_t *call, webhook_outcome_t outcome)
{
    webhook_call_end (call, outcome, 0, 0);
    s_answer (self, call);
}

//  ---------------------------------------------------------------------------
//  Asks

static size_t
s_waiting_for (const webhook_gateway_t *self, oid_t endpoint)
{
    size_t count = 0;
    for (const webhook_call_t *call = self->waiting.first; call; call = call->next) {
        count += oid_equal (call->send.endpoint, endpoint);
    }
    return count;
}

//  Nobody takes more than a part of what is free in the window, so that some is always left
//  for an endpoint that had nothing.
static bool
s_has_room_for (const webhook_gateway_t *self, oid_t endpoint)
{
    const limits_t *limits = &self->config.limits;
    size_t taken = self->waiting.count + webhook_wire_in_flight (self->wire);
    size_t window = (size_t) limits->webhook_window;
    size_t most = 1 + (window > taken ? window - taken : 0) / FREE_PART;
    if (most > (size_t) limits->webhook_endpoint_waiting) {
        most = (size_t) limits->webhook_endpoint_waiting;
    }
    return s_waiting_for (self, endpoint) < most;
}

static void
s_receive (webhook_gateway_t *self)
{
    zmq_msg_t frame;
    zmq_msg_init (&frame);
    while (channel_receive (zsock_resolve (self->inbox), &frame, ZMQ_DONTWAIT)) {
        webhook_call_t *call = webhook_call_new (&frame, &self->config.allowed);
        if (call && s_has_room_for (self, call->send.endpoint)) {
            call->committed = node_committed (self->config.node);
            s_join (&self->waiting, call);
        }
        else if (call) {
            s_answer_unsent (self, call, WEBHOOK_UNAVAILABLE);
        }
        zmq_msg_close (&frame);
        zmq_msg_init (&frame);
    }
    zmq_msg_close (&frame);
}

//  False: its endpoint is not flushed yet, or may have been enabled since it was. That it
//  takes none is the delivery's end, so nothing older than the ask may say so.
static bool
s_start (webhook_gateway_t *self, webhook_call_t **place)
{
    webhook_endpoint_t endpoint;
    bool current = node_flushed (self->config.node) >= (*place)->committed;
    if (objects_read (self->objects, (*place)->send.endpoint, &endpoint, NULL) != STATUS_OK
        || (endpoint.status != WEBHOOK_ENDPOINT_ENABLED && !current)) {
        self->soon = true;
        return false;
    }
    webhook_call_t *call = s_leave (&self->waiting, place);
    webhook_outcome_t outcome = webhook_call_write (call, &self->desk, &endpoint, zclock_time ());
    if (outcome == WEBHOOK_NONE) {
        webhook_wire_start (self->wire, &call);
    }
    else {
        s_answer_unsent (self, call, outcome);
    }
    return true;
}

//  In order, but past those whose endpoint is busy.
static void
s_start_waiting (webhook_gateway_t *self)
{
    size_t most = (size_t) self->config.limits.webhook_endpoint_calls;
    webhook_call_t **place = &self->waiting.first;
    while (*place && webhook_wire_has_room (self->wire)) {
        bool busy = webhook_wire_to (self->wire, (*place)->send.endpoint) >= most;
        if (busy || !s_start (self, place)) {
            place = &(*place)->next;
        }
    }
}

//  ---------------------------------------------------------------------------
//  The actor

static bool
s_told_to_end (zsock_t *pipe)
{
    while (zsock_events (pipe) & ZMQ_POLLIN) {
        char *word = zstr_recv (pipe);
        bool end = !word || streq (word, "$TERM");
        zstr_free (&word);
        if (end) {
            return true;
        }
    }
    return false;
}

static void
s_turn (webhook_gateway_t *self)
{
    webhook_call_t *call;
    self->soon = false;
    s_receive (self);
    s_start_waiting (self);
    while ((call = webhook_wire_ended (self->wire))) {
        s_answer (self, call);
        s_start_waiting (self);
    }
    s_send_answers (self);
    self->in_flight = (int64_t) webhook_wire_in_flight (self->wire);
    self->waiting_count = (int64_t) self->waiting.count;
}

static void
s_actor (zsock_t *pipe, void *argument)
{
    webhook_gateway_t *self = argument;
    self->port = node_port_new (self->config.node);
    self->objects = objects_new (self->config.node);
    self->inbox = zsock_new (ZMQ_PULL);
    self->bound = self->inbox && zsock_bind (self->inbox, NODE_WEBHOOK_ENDPOINT) >= 0;
    zsock_signal (pipe, 0);
    while (!s_told_to_end (pipe)) {
        s_turn (self);
        webhook_wire_wait (self->wire, zsock_fd (self->inbox), zsock_fd (pipe),
                           self->soon ? POLL_SOON_MS : POLL_MAX_MS);
    }
    node_port_destroy (&self->port);
    objects_destroy (&self->objects);
    channel_destroy_bound (&self->inbox, NODE_WEBHOOK_ENDPOINT);
}

//  ---------------------------------------------------------------------------

status_t
webhook_gateway_new (const webhook_gateway_config_t *config, webhook_gateway_t **ret_gateway,
                     char ret_reason [256])
{
    webhook_gateway_t *self = calloc (1, sizeof *self);
    assert (self);
    self->config = *config;
    self->waiting.last = &self->waiting.first;
    self->answers.last = &self->answers.first;
    snprintf (self->source, sizeof self->source, "happypay/%.40s", config->node_name);
    CURLcode code = curl_global_init (CURL_GLOBAL_DEFAULT);
    assert (code == CURLE_OK);
    self->desk = (webhook_desk_t) {
        .node = config->node,
        .keyring = config->keyring,
        .view = journal_view_new (),
        .source = self->source,
    };
    self->wire =
        webhook_wire_new ((size_t) config->limits.webhook_calls, config->limits.webhook_timeout_ms);
    self->actor = zactor_new (s_actor, self);
    if (!self->actor || !self->bound) {
        snprintf (ret_reason, 256, "the gateway of webhooks cannot be started");
        webhook_gateway_destroy (&self);
        return STATUS_LIMIT;
    }
    *ret_gateway = self;
    return STATUS_OK;
}

void
webhook_gateway_destroy (webhook_gateway_t **self_p)
{
    webhook_gateway_t *self = *self_p;
    if (!self) {
        return;
    }
    zactor_destroy (&self->actor);
    s_clear (&self->waiting);
    s_clear (&self->answers);
    webhook_wire_destroy (&self->wire);
    journal_view_destroy (&self->desk.view);
    free (self);
    *self_p = NULL;
}

void
webhook_gateway_metrics (const webhook_gateway_t *self, webhook_metrics_t *ret_metrics)
{
    *ret_metrics = (webhook_metrics_t) {
#define WEBHOOK_METRIC_LOAD(field, name, help) .field = atomic_load (&self->field),
        WEBHOOK_METRICS (WEBHOOK_METRIC_LOAD)
#undef WEBHOOK_METRIC_LOAD
            .in_flight = self->in_flight,
        .waiting = self->waiting_count,
    };
}
