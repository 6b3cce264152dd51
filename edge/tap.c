//  tap - everything that happens, for whoever subscribes: one zactor.
//
//      exchange --PULL feed--+
//      tap_log_line --PULL---+--> encode what somebody wants --> XPUB
//      readers  --ROUTER-----+--> replays (tap_replay.c)
//
//  Behind by more than TAP_BEHIND_MS it only counts events and does not encode
//  them until it has caught up: the readers see a jump in `count`.

#include "edge/tap.h"

#include <czmq.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include "edge/tap_event.h"
#include "edge/tap_replay.h"
#include "edge/tap_wanted.h"
#include "runtime/channel.h"
#include "runtime/scoped.h"

#define TAP_LOG_ENDPOINT "inproc://tap-log"
#define TAP_LOG_TOPIC    "happypay.logging.out.stdout"

enum {
    TAP_BEHIND_MS = 5000,
    TAP_LOG_QUEUE = 4096,      //  Lines not yet published
    TAP_READER_QUEUE = 10000,  //  Messages a slow reader may lag
    TAP_ASK_MAX = 64 * 1024,   //  Bytes of a frame from a reader; more, and it is cut off
    TAP_TURN = 1024,           //  Frames taken before other sockets are looked at
    FEED_HEAD_SIZE = 10
};

struct tap {
    tap_config_t config;
    char source [TAP_SOURCE_SIZE];
    zactor_t *actor;
    pthread_mutex_t log_lock;
    zsock_t *log_push;  //  Under log_lock
    atomic_bool log_wanted;
    atomic_uint_fast64_t published, dropped;

    //  Made by tap_new, then the actor's own
    zsock_t *publisher, *router, *feed, *log_pull;
    tap_wanted_t *wanted;
    zhash_t *counts;  //  Topic -> uint64_t
    journal_view_t *view;
    tap_replay_t *replay;
};

//  ---------------------------------------------------------------------------
//  Subscriptions

static bool
s_is_prefix (const char *prefix, const char *text)
{
    return strncmp (prefix, text, strlen (prefix)) == 0;
}

//  Anybody who wants more than the log makes the node hand over its records.
static void
s_tell_wanted (tap_t *self)
{
    self->log_wanted = tap_wanted_has (self->wanted, TAP_LOG_TOPIC);
    node_tap_wanted (self->config.node, tap_wanted_others (self->wanted, "happypay.l"));
}

static void
s_take_subscriptions (tap_t *self)
{
    while (zsock_events (self->publisher) & ZMQ_POLLIN) {
        zframe_t *frame = zframe_recv (self->publisher);
        if (!frame) {
            return;
        }
        tap_wanted_take (self->wanted, zframe_data (frame), zframe_size (frame));
        zframe_destroy (&frame);
    }
    s_tell_wanted (self);
}

//  ---------------------------------------------------------------------------
//  Publishing

static uint64_t
s_count (tap_t *self, const char *topic)
{
    uint64_t *count = zhash_lookup (self->counts, topic);
    if (!count) {
        count = calloc (1, sizeof *count);
        assert (count);
        zhash_insert (self->counts, topic, count);
        zhash_freefn (self->counts, topic, free);
    }
    return ++*count;
}

//  XPUB never blocks: a reader whose queue is full loses this one.
static void
s_publish (tap_t *self, const char *topic, char **json_p)
{
    void *socket = zsock_resolve (self->publisher);
    zmq_send (socket, topic, strlen (topic), ZMQ_SNDMORE | ZMQ_DONTWAIT);
    zmq_send (socket, *json_p, strlen (*json_p), ZMQ_DONTWAIT);
    zstr_free (json_p);
    self->published++;
}

static void
s_publish_event (tap_t *self, const journal_event_t *event, tap_place_t *place, bool as_task,
                 bool behind)
{
    if (!tap_wanted_has (self->wanted, place->topic)) {
        return;
    }
    place->count = s_count (self, place->topic);
    if (behind) {
        self->dropped++;
        return;
    }
    char *json = tap_event_json (self->view, event, place, as_task);
    s_publish (self, place->topic, &json);
}

static void
s_publish_record (tap_t *self, const uint8_t *frame, size_t size)
{
    char topic [TAP_TOPIC_SIZE], sequence_text [TAP_SEQUENCE_SIZE];
    uint16_t partition;
    uint64_t sequence;
    journal_event_t event;

    if (size < FEED_HEAD_SIZE
        || !journal_view_open (self->view, frame + FEED_HEAD_SIZE, size - FEED_HEAD_SIZE)) {
        return;
    }
    memcpy (&partition, frame, sizeof partition);
    memcpy (&sequence, frame + sizeof partition, sizeof sequence);
    snprintf (sequence_text, sizeof sequence_text, "%u.%" PRIu64, partition, sequence);
    bool behind = zclock_time () - journal_view_at_ms (self->view) > TAP_BEHIND_MS;
    tap_place_t place = {
        .source = self->source,
        .sequence = sequence_text,
        .keys = self->config.member_keys,
    };
    for (; journal_view_event (self->view, &event); place.index++) {
        tap_event_topic (&event, topic);
        place.topic = topic;
        s_publish_event (self, &event, &place, false, behind);
        place.topic = tap_event_task (&event);
        if (place.topic) {
            s_publish_event (self, &event, &place, true, behind);
        }
    }
}

static void
s_take_feed (tap_t *self)
{
    zmq_msg_t frame;
    zmq_msg_init (&frame);
    for (size_t taken = 0; taken < TAP_TURN; taken++) {
        if (!channel_receive (zsock_resolve (self->feed), &frame, ZMQ_DONTWAIT)) {
            break;
        }
        s_publish_record (self, zmq_msg_data (&frame), zmq_msg_size (&frame));
    }
    zmq_msg_close (&frame);
}

static void
s_take_log (tap_t *self)
{
    while (zsock_events (self->log_pull) & ZMQ_POLLIN) {
        char *line = zstr_recv (self->log_pull);
        if (line && self->log_wanted) {
            char sequence [TAP_SEQUENCE_SIZE];
            tap_place_t place = { .topic = TAP_LOG_TOPIC, .source = self->source };
            place.count = s_count (self, TAP_LOG_TOPIC);
            snprintf (sequence, sizeof sequence, "log.%" PRIu64, place.count);
            place.sequence = sequence;
            char *json = tap_log_json (line, &place, zclock_time ());
            s_publish (self, TAP_LOG_TOPIC, &json);
        }
        zstr_free (&line);
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
s_actor (zsock_t *pipe, void *argument)
{
    tap_t *self = argument;
    zmq_pollitem_t items [] = {
        { zsock_resolve (pipe), 0, ZMQ_POLLIN, 0 },
        { zsock_resolve (self->publisher), 0, ZMQ_POLLIN, 0 },
        { zsock_resolve (self->router), 0, ZMQ_POLLIN, 0 },
        { zsock_resolve (self->feed), 0, ZMQ_POLLIN, 0 },
        { zsock_resolve (self->log_pull), 0, ZMQ_POLLIN, 0 },
    };
    bool more = false;

    zsock_signal (pipe, 0);
    while (!s_told_to_end (pipe)) {
        zmq_poll (items, COUNT (items), more ? 0 : 100);
        s_take_subscriptions (self);
        s_take_feed (self);
        s_take_log (self);
        tap_replay_receive (self->replay);
        more = tap_replay_turn (self->replay);
    }
    node_tap_wanted (self->config.node, false);
}

//  ---------------------------------------------------------------------------
//  Starting

//  "tcp://HOST:PORT" -> port + 1; "ipc://PATH" -> PATH.replay.
static bool
s_second_endpoint (const char *endpoint, char *ret_second, size_t size)
{
    const char *colon = strrchr (endpoint, ':');
    if (s_is_prefix ("ipc://", endpoint) || s_is_prefix ("inproc://", endpoint)) {
        snprintf (ret_second, size, "%s.replay", endpoint);
        return true;
    }
    char *end = NULL;
    unsigned long port = colon ? strtoul (colon + 1, &end, 10) : 0;
    if (!s_is_prefix ("tcp://", endpoint) || !end || *end || port == 0 || port >= 65535) {
        return false;
    }
    snprintf (ret_second, size, "%.*s:%lu", (int) (colon - endpoint), endpoint, port + 1);
    return true;
}

static status_t
s_bind (zsock_t *socket, const char *endpoint, char reason [256])
{
    if (zmq_bind (zsock_resolve (socket), endpoint) == 0) {
        return STATUS_OK;
    }
    bool taken = errno == EADDRINUSE;
    snprintf (reason, 256, "--tap: %.120s cannot be bound: %s", endpoint, zmq_strerror (errno));
    return taken ? STATUS_IN_USE : STATUS_INVALID;
}

static status_t
s_open (tap_t *self, char reason [256])
{
    char first [256], second [300];

    self->publisher = zsock_new (ZMQ_XPUB);
    self->router = zsock_new (ZMQ_ROUTER);
    self->feed = zsock_new (ZMQ_PULL);
    self->log_pull = zsock_new (ZMQ_PULL);
    self->log_push = zsock_new (ZMQ_PUSH);
    if (!self->publisher || !self->router || !self->feed || !self->log_pull || !self->log_push) {
        snprintf (reason, 256, "the tap cannot be started: %s", zmq_strerror (errno));
        return STATUS_LIMIT;
    }
    zsock_set_sndhwm (self->publisher, TAP_READER_QUEUE);
    zsock_set_sndhwm (self->router, TAP_READER_QUEUE);
    zsock_set_router_mandatory (self->router, 1);
    zsock_set_maxmsgsize (self->publisher, TAP_ASK_MAX);
    zsock_set_maxmsgsize (self->router, TAP_ASK_MAX);
    zsock_set_rcvhwm (self->log_pull, TAP_LOG_QUEUE);
    zsock_set_sndhwm (self->log_push, 1);
    status_t status = s_bind (self->publisher, self->config.endpoint, reason);
    if (status == STATUS_OK) {
        char *bound = zsock_last_endpoint (self->publisher);
        snprintf (first, sizeof first, "%s", bound ? bound : self->config.endpoint);
        zstr_free (&bound);
        if (!s_second_endpoint (first, second, sizeof second)) {
            snprintf (reason, 256, "--tap: %.120s has no port after it", first);
            return STATUS_INVALID;
        }
        status = s_bind (self->router, second, reason);
    }
    if (status == STATUS_OK) {
        status = s_bind (self->feed, NODE_TAP_ENDPOINT, reason);
    }
    if (status == STATUS_OK) {
        status = s_bind (self->log_pull, TAP_LOG_ENDPOINT, reason);
    }
    if (status == STATUS_OK && zsock_connect (self->log_push, TAP_LOG_ENDPOINT) < 0) {
        status = STATUS_LIMIT;
    }
    return status;
}

status_t
tap_new (const tap_config_t *config, tap_t **ret_tap, char ret_reason [256])
{
    tap_t *self = calloc (1, sizeof *self);
    assert (self);
    self->config = *config;
    pthread_mutex_init (&self->log_lock, NULL);
    snprintf (self->source, sizeof self->source, "happypay/%.40s/%" PRIx64, config->node_name,
              (uint64_t) zclock_time ());
    self->wanted = tap_wanted_new ();
    self->counts = zhash_new ();
    self->view = journal_view_new ();
    status_t status = s_open (self, ret_reason);
    if (status == STATUS_OK) {
        self->replay = tap_replay_new (config->node, self->router, self->source);
        self->actor = zactor_new (s_actor, self);
        status = self->actor ? STATUS_OK : STATUS_LIMIT;
    }
    if (status != STATUS_OK) {
        tap_destroy (&self);
        return status;
    }
    *ret_tap = self;
    return STATUS_OK;
}

void
tap_destroy (tap_t **self_p)
{
    tap_t *self = *self_p;
    if (!self) {
        return;
    }
    zactor_destroy (&self->actor);
    tap_replay_destroy (&self->replay);
    zsock_destroy (&self->publisher);
    zsock_destroy (&self->router);
    zsock_destroy (&self->feed);
    zsock_destroy (&self->log_pull);
    zsock_destroy (&self->log_push);
    tap_wanted_destroy (&self->wanted);
    zhash_destroy (&self->counts);
    journal_view_destroy (&self->view);
    pthread_mutex_destroy (&self->log_lock);
    free (self);
    *self_p = NULL;
}

void
tap_log_line (tap_t *self, const char *line)
{
    if (!atomic_load_explicit (&self->log_wanted, memory_order_relaxed)) {
        return;
    }
    pthread_mutex_lock (&self->log_lock);
    int rc = zmq_send (zsock_resolve (self->log_push), line, strlen (line), ZMQ_DONTWAIT);
    pthread_mutex_unlock (&self->log_lock);
    if (rc < 0) {
        self->dropped++;
    }
}

void
tap_counts (const tap_t *self, uint64_t *ret_published, uint64_t *ret_dropped)
{
    *ret_published = atomic_load (&self->published);
    *ret_dropped = atomic_load (&self->dropped);
}
