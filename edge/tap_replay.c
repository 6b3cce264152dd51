//  tap_replay - serves what a reader of the tap missed, from the journal.

#include "edge/tap_replay.h"

#include <ctype.h>
#include <inttypes.h>
#include "edge/tap_event.h"

typedef struct {
    zframe_t *reader;  //  Routing id; NULL: free
    char prefix [TAP_TOPIC_SIZE];
    uint16_t partition;   //  Being read
    uint64_t *positions;  //  Last sequence sent, by partition
    int64_t moved_ms;     //  When something was sent last
    bool stalled, gone;   //  The reader takes nothing now; has left
} replay_t;

struct tap_replay {
    node_t *node;
    zsock_t *router;
    const char *source;
    uint16_t partitions;
    journal_view_t *view;
    replay_t replays [REPLAYS_MAX];
};

tap_replay_t *
tap_replay_new (node_t *node, zsock_t *router, const char *source)
{
    tap_replay_t *self = calloc (1, sizeof *self);
    assert (self);
    self->node = node;
    self->router = router;
    self->source = source;
    self->partitions = node_partitions (node);
    self->view = journal_view_new ();
    return self;
}

static void
s_end (replay_t *replay)
{
    zframe_destroy (&replay->reader);
    free (replay->positions);
    memset (replay, 0, sizeof *replay);
}

void
tap_replay_destroy (tap_replay_t **self_p)
{
    tap_replay_t *self = *self_p;
    if (!self) {
        return;
    }
    for (size_t index = 0; index < REPLAYS_MAX; index++) {
        s_end (&self->replays [index]);
    }
    journal_view_destroy (&self->view);
    free (self);
    *self_p = NULL;
}

bool
tap_positions_parse (const char *text, uint64_t *ret_positions, size_t partitions)
{
    memset (ret_positions, 0, partitions * sizeof *ret_positions);
    while (*text) {
        char *end;
        if (!isdigit ((unsigned char) *text)) {
            return false;
        }
        errno = 0;
        uint64_t partition = strtoull (text, &end, 10);
        if (*end != '.' || !isdigit ((unsigned char) end [1]) || partition >= partitions) {
            return false;
        }
        ret_positions [partition] = strtoull (end + 1, &end, 10);
        if (errno || (*end && *end != ',') || (*end == ',' && !end [1])) {
            return false;
        }
        text = *end ? end + 1 : end;
    }
    return true;
}

//  ---------------------------------------------------------------------------
//  Sending; the router refuses rather than drops

//  False: there is no room now, or the reader has gone (errno tells which).
static bool
s_send (const tap_replay_t *self, const zframe_t *reader, const char *one, const char *two)
{
    void *socket = zsock_resolve (self->router);
    zframe_t *copy = zframe_dup ((zframe_t *) reader);
    size_t size = zframe_size (copy);
    int rc = zmq_send (socket, zframe_data (copy), size, ZMQ_DONTWAIT | ZMQ_SNDMORE);
    zframe_destroy (&copy);
    if (rc < 0) {
        return false;
    }
    zmq_send (socket, one, strlen (one), ZMQ_DONTWAIT | ZMQ_SNDMORE);
    zmq_send (socket, two, strlen (two), ZMQ_DONTWAIT);
    return true;
}

static bool
s_send_to (const tap_replay_t *self, replay_t *replay, const char *one, const char *two)
{
    bool sent = s_send (self, replay->reader, one, two);
    replay->stalled = !sent;
    replay->gone = !sent && errno != EAGAIN;
    if (sent) {
        replay->moved_ms = zclock_mono ();
    }
    return sent;
}

//  A record's events. False at the first that cannot be sent: the record is sent
//  again from its start, so a reader may see an event twice and never misses one.
typedef struct {
    tap_replay_t *self;
    replay_t *replay;
} replay_context_t;

static bool
s_send_record (void *context, uint16_t partition, uint64_t sequence, const uint8_t *record,
               size_t size)
{
    tap_replay_t *self = ((replay_context_t *) context)->self;
    replay_t *replay = ((replay_context_t *) context)->replay;
    char topic [TAP_TOPIC_SIZE], place_text [TAP_SEQUENCE_SIZE];
    tap_place_t place = { .topic = topic, .source = self->source, .sequence = place_text };
    journal_event_t event;
    bool sent = true;

    snprintf (place_text, sizeof place_text, "%u.%" PRIu64, partition, sequence);
    if (journal_view_open (self->view, record, size)) {
        for (; sent && journal_view_event (self->view, &event); place.index++) {
            tap_event_topic (&event, topic);
            if (strncmp (topic, replay->prefix, strlen (replay->prefix)) == 0) {
                char *json = tap_event_json (self->view, &event, &place, false);
                sent = s_send_to (self, replay, topic, json);
                free (json);
            }
        }
    }
    if (sent) {
        replay->positions [partition] = sequence;
    }
    return sent;
}

static void
s_send_live (tap_replay_t *self, replay_t *replay)
{
    char *next = calloc (self->partitions, TAP_SEQUENCE_SIZE), *at = next;
    assert (next);
    for (uint16_t partition = 0; partition < self->partitions; partition++) {
        if (replay->positions [partition] > 0) {
            at += sprintf (at, "%s%u.%" PRIu64, at == next ? "" : ",", partition,
                           replay->positions [partition]);
        }
    }
    if (s_send_to (self, replay, "LIVE", next)) {
        s_end (replay);
    }
    free (next);
}

static void
s_advance (tap_replay_t *self, replay_t *replay)
{
    replay->stalled = false;
    if (replay->partition == self->partitions) {
        s_send_live (self, replay);
        return;
    }
    uint64_t from = replay->positions [replay->partition] + 1, next = from;
    replay_context_t context = { self, replay };
    status_t status = node_read_journal (self->node, replay->partition, from, REPLAY_RECORDS,
                                         s_send_record, &context, &next);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        if (s_send_to (self, replay, "ERROR", status_text (status))) {
            s_end (replay);
        }
    }
    else if (!replay->stalled && replay->positions [replay->partition] + 1 == from) {
        replay->partition++;  //  Nothing more in this one
    }
}

bool
tap_replay_turn (tap_replay_t *self)
{
    bool more = false;

    for (size_t index = 0; index < REPLAYS_MAX; index++) {
        replay_t *replay = &self->replays [index];
        if (!replay->reader) {
            continue;
        }
        s_advance (self, replay);
        if (replay->reader
            && (replay->gone || zclock_mono () - replay->moved_ms > REPLAY_STALL_MS)) {
            s_end (replay);
        }
        more = more || (replay->reader && !replay->stalled);
    }
    return more;
}

//  ---------------------------------------------------------------------------
//  Requests

static void
s_start (tap_replay_t *self, zframe_t **reader_p, const char *from, const char *prefix)
{
    replay_t *replay = NULL;
    for (size_t index = 0; index < REPLAYS_MAX && !replay; index++) {
        replay = self->replays [index].reader ? NULL : &self->replays [index];
    }
    if (!replay) {
        s_send (self, *reader_p, "ERROR", "busy");
        return;
    }
    uint64_t *positions = calloc (self->partitions, sizeof *positions);
    assert (positions);
    if (strlen (prefix) >= TAP_TOPIC_SIZE
        || !tap_positions_parse (from, positions, self->partitions)) {
        s_send (self, *reader_p, "ERROR", "not a position or topic");
        free (positions);
        return;
    }
    *replay = (replay_t) { .reader = *reader_p, .positions = positions };
    strcpy (replay->prefix, prefix);
    replay->moved_ms = zclock_mono ();
    *reader_p = NULL;
}

void
tap_replay_receive (tap_replay_t *self)
{
    while (zsock_events (self->router) & ZMQ_POLLIN) {
        zmsg_t *request = zmsg_recv (self->router);
        if (!request) {
            return;
        }
        zframe_t *reader = zmsg_pop (request);
        char *word = zmsg_popstr (request), *from = zmsg_popstr (request);
        char *prefix = zmsg_popstr (request);
        if (reader && word && streq (word, "REPLAY") && from) {
            s_start (self, &reader, from, prefix ? prefix : "");
        }
        else if (reader) {
            s_send (self, reader, "ERROR", "not a request");
        }
        zframe_destroy (&reader);
        zstr_free (&word);
        zstr_free (&from);
        zstr_free (&prefix);
        zmsg_destroy (&request);
    }
}
