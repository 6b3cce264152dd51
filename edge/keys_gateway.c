#include "edge/keys_gateway.h"

#include <czmq.h>
#include "actors/keys.h"
#include "runtime/channel.h"
#include "runtime/message.h"

enum { RETRY_MS = 1000 };

//  An erasure whose key, or whose answer, the machine had no room for yet.
typedef struct waiting {
    struct waiting *next;
    zmq_msg_t frame;
} waiting_t;

struct keys_gateway {
    node_t *node;
    member_keys_t *keys;
    zactor_t *actor;
    bool bound;  //  Set before the actor says that it runs

    //  The actor's own
    zsock_t *inbox;
    node_port_t *port;
    waiting_t *first, **last;  //  In order; the exchange's window bounds them
    bool complained;
};

//  One line where an operator must look; again only after it went well once.
static void
s_complain (keys_gateway_t *self, oid_t member, status_t status)
{
    char id [OID_TEXT_SIZE];
    if (!self->complained) {
        oid_format (member, id);
        fprintf (stderr, "level=error event=key_not_destroyed subject=%s detail=\"%s\"\n", id,
                 status_text (status));
        self->complained = true;
    }
}

static bool
s_answer (keys_gateway_t *self, const message_t *message)
{
    node_request_t request = {
        .to = message->from,
        .command = message->answer_command,
        .cause_source = message->cause_source,
        .cause_number = message->cause_number,
    };
    memcpy (request.correlation, message->correlation, sizeof message->correlation);
    return node_port_command (self->port, &request) == ADMITTED;
}

//  False: again later.
static bool
s_serve (keys_gateway_t *self, const message_t *message)
{
    status_t status = member_keys_erase (self->keys, message->from);
    if (status != STATUS_OK) {
        s_complain (self, message->from, status);
        return false;
    }
    self->complained = false;
    return s_answer (self, message);
}

//  True for what this port was made for; anything else is not answered.
static bool
s_is_mine (const message_t *message)
{
    return message && message->kind == MESSAGE_COMMAND && message->to.kind == OID_KEYS
           && message->command == KEYS_DESTROY && message->from.kind == OID_MEMBER;
}

static void
s_receive (keys_gateway_t *self)
{
    zmq_msg_t frame;
    zmq_msg_init (&frame);
    while (channel_receive (zsock_resolve (self->inbox), &frame, ZMQ_DONTWAIT)) {
        if (s_is_mine (message_in (&frame))) {
            waiting_t *waiting = calloc (1, sizeof *waiting);
            assert (waiting);
            zmq_msg_init (&waiting->frame);
            zmq_msg_move (&waiting->frame, &frame);
            *self->last = waiting;
            self->last = &waiting->next;
        }
        zmq_msg_close (&frame);
        zmq_msg_init (&frame);
    }
    zmq_msg_close (&frame);
}

static void
s_drop_first (keys_gateway_t *self)
{
    waiting_t *first = self->first;
    self->first = first->next;
    if (!self->first) {
        self->last = &self->first;
    }
    zmq_msg_close (&first->frame);
    free (first);
}

static void
s_actor (zsock_t *pipe, void *argument)
{
    keys_gateway_t *self = argument;
    self->port = node_port_new (self->node);
    self->inbox = zsock_new (ZMQ_PULL);
    self->bound = self->inbox && zsock_bind (self->inbox, NODE_KEYS_ENDPOINT) >= 0;
    zsock_signal (pipe, 0);
    zpoller_t *poller = zpoller_new (pipe, self->inbox, NULL);
    assert (poller);
    while (zpoller_wait (poller, self->first ? RETRY_MS : -1) != pipe) {
        if (zpoller_terminated (poller)) {
            break;
        }
        s_receive (self);
        while (self->first && s_serve (self, message_in (&self->first->frame))) {
            s_drop_first (self);
        }
    }
    zpoller_destroy (&poller);
    node_port_destroy (&self->port);
    zsock_destroy (&self->inbox);
}

status_t
keys_gateway_new (node_t *node, member_keys_t *keys, keys_gateway_t **ret_gateway,
                  char ret_reason [256])
{
    keys_gateway_t *self = calloc (1, sizeof *self);
    assert (self);
    self->node = node;
    self->keys = keys;
    self->last = &self->first;
    self->actor = zactor_new (s_actor, self);
    if (!self->actor || !self->bound) {
        snprintf (ret_reason, 256, "the gateway of the members' keys cannot be started");
        keys_gateway_destroy (&self);
        return STATUS_LIMIT;
    }
    *ret_gateway = self;
    return STATUS_OK;
}

void
keys_gateway_destroy (keys_gateway_t **self_p)
{
    keys_gateway_t *self = *self_p;
    if (self) {
        zactor_destroy (&self->actor);
        while (self->first) {
            s_drop_first (self);
        }
        free (self);
        *self_p = NULL;
    }
}
