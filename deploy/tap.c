//  tap - `happypay tap`: follows what a running node does.
//
//  Subscribes first, then (with --from) asks for what was missed, so that nothing
//  falls between; what both bring is shown once. A jump in a topic's `count` is a
//  loss and is said on stderr. Ends at Ctrl-C, and says where to resume.

#include <czmq.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include "deploy/commands.h"
#include "deploy/options.h"
#include "runtime/scoped.h"

enum { PARTITIONS_MAX = 65536, LIVE_QUEUE = 1000000, POLL_MS = 100, REPLAY_SILENCE_MS = 10000 };

static const option_rule_t rules [] = {
    { "connect", "ENDPOINT", "tcp://127.0.0.1:5560", "the node's tap", OPTION_ENDPOINT },
    { "topic", "PREFIX", NULL, "only topics that begin so; default: all", OPTION_ANY_TEXT,
      .many = true },
    { "from", "SEQ", NULL, "first what came after PARTITION.SEQUENCE[,...]; empty: all",
      OPTION_ANY_TEXT },
    { "json", NULL, NULL, "print one JSON object a line", OPTION_FLAG },
};

typedef struct {
    options_t *options;
    bool json;
    zsock_t *live, *replay;
    bool replaying;
    int64_t heard_ms;    //  When the replay said something last
    zhash_t *counts;     //  Source and topic -> last count
    uint64_t *seen;      //  Last sequence shown, by partition
    uint64_t *replayed;  //  Up to here the replay has shown it
    uint64_t lost;
} follower_t;

static volatile sig_atomic_t interrupted;

static void
s_interrupt (int signal_number)
{
    interrupted = signal_number;
}

//  ---------------------------------------------------------------------------
//  Showing

static void
s_print (const follower_t *self, const char *topic, const char *text, json_t *root)
{
    if (self->json) {
        puts (text);
    }
    else {
        const char *time = json_string_value (json_object_get (root, "time"));
        const char *sequence = json_string_value (json_object_get (root, "sequence"));
        const char *subject = json_string_value (json_object_get (root, "subject"));
        char *data = json_dumps (json_object_get (root, "data"), JSON_COMPACT);
        printf ("%s  %-10s %-32s %s  %s\n", time ? time : "-", sequence ? sequence : "-", topic,
                subject ? subject : "-", data ? data : "{}");
        free (data);
    }
    fflush (stdout);
}

//  A loss between this and the last message of the topic in this run of the node.
static void
s_check_count (follower_t *self, const char *topic, json_t *root)
{
    const char *source = json_string_value (json_object_get (root, "source"));
    uint64_t count = (uint64_t) json_integer_value (json_object_get (root, "count"));
    char key [256];

    if (!source || count == 0) {
        return;
    }
    snprintf (key, sizeof key, "%s %s", source, topic);
    uint64_t *last = zhash_lookup (self->counts, key);
    if (!last) {
        last = calloc (1, sizeof *last);
        assert (last);
        zhash_insert (self->counts, key, last);
        zhash_freefn (self->counts, key, free);
    }
    else if (count > *last + 1) {
        fprintf (stderr, "happypay tap: gap: %" PRIu64 " of %s were lost\n", count - *last - 1,
                 topic);
        self->lost += count - *last - 1;
    }
    *last = count;
}

//  False: the event's place is not one (a line of the log).
static bool
s_place (json_t *root, unsigned *ret_partition, uint64_t *ret_sequence)
{
    const char *text = json_string_value (json_object_get (root, "sequence"));
    return text && sscanf (text, "%u.%" SCNu64, ret_partition, ret_sequence) == 2
           && *ret_partition < PARTITIONS_MAX;
}

static void
s_show (follower_t *self, const char *topic, const char *text, bool live)
{
    unsigned partition = 0;
    uint64_t sequence = 0;

    json_t *root = json_loads (text, JSON_REJECT_DUPLICATES, NULL);
    bool placed = s_place (root, &partition, &sequence);
    if (live) {
        s_check_count (self, topic, root);
    }
    bool again = live && placed && strncmp (topic, "event.", 6) == 0
                 && sequence <= self->replayed [partition];
    if (!again) {
        s_print (self, topic, text, root);
    }
    if (placed && sequence > self->seen [partition]) {
        self->seen [partition] = sequence;
    }
    if (placed && !live) {
        self->replayed [partition] = sequence;
    }
    json_decref (root);
}

//  ---------------------------------------------------------------------------
//  Connecting

static bool
s_second_endpoint (const char *endpoint, char *ret_second, size_t size)
{
    const char *colon = strrchr (endpoint, ':');
    if (strncmp (endpoint, "tcp://", 6) != 0) {
        return snprintf (ret_second, size, "%s.replay", endpoint) < (int) size;
    }
    return snprintf (ret_second, size, "%.*s:%lu", (int) (colon - endpoint), endpoint,
                     strtoul (colon + 1, NULL, 10) + 1)
           < (int) size;
}

static bool
s_connect (follower_t *self)
{
    const char *endpoint = options_text (self->options, "connect");
    const char *from = options_text (self->options, "from");
    size_t topics = options_count (self->options, "topic");
    char second [512];

    self->live = zsock_new (ZMQ_SUB);
    if (!self->live) {
        return false;
    }
    zsock_set_rcvhwm (self->live, LIVE_QUEUE);
    if (zsock_connect (self->live, "%s", endpoint) < 0) {
        return false;
    }
    for (size_t index = 0; index < topics; index++) {
        zsock_set_subscribe (self->live, options_text_at (self->options, "topic", index));
    }
    if (topics == 0) {
        zsock_set_subscribe (self->live, "");
    }
    if (!from) {
        return true;
    }
    self->replay = zsock_new (ZMQ_DEALER);
    if (!self->replay || !s_second_endpoint (endpoint, second, sizeof second)
        || zsock_connect (self->replay, "%s", second) < 0) {
        return false;
    }
    //  One prefix at most; several are chosen from all events here
    const char *prefix = topics == 1 ? options_text_at (self->options, "topic", 0) : "";
    self->replaying = true;
    self->heard_ms = zclock_mono ();
    return zstr_sendx (self->replay, "REPLAY", from, prefix, NULL) == 0;
}

static bool
s_is_chosen (const follower_t *self, const char *topic)
{
    size_t topics = options_count (self->options, "topic");
    bool chosen = topics == 0;
    for (size_t index = 0; index < topics && !chosen; index++) {
        const char *prefix = options_text_at (self->options, "topic", index);
        chosen = strncmp (topic, prefix, strlen (prefix)) == 0;
    }
    return chosen;
}

//  ---------------------------------------------------------------------------
//  Following

//  False: the node refused.
static bool
s_take_replay (follower_t *self)
{
    char *one = NULL, *two = NULL;
    bool going = true;

    self->heard_ms = zclock_mono ();
    if (zstr_recvx (self->replay, &one, &two, NULL) < 2) {
        going = false;
    }
    else if (streq (one, "LIVE")) {
        self->replaying = false;
    }
    else if (streq (one, "ERROR")) {
        fprintf (stderr, "happypay tap: --from: the node says: %s\n", two);
        going = false;
    }
    else if (s_is_chosen (self, one)) {
        s_show (self, one, two, false);
    }
    zstr_free (&one);
    zstr_free (&two);
    return going;
}

static void
s_take_live (follower_t *self)
{
    char *topic = NULL, *text = NULL;
    if (zstr_recvx (self->live, &topic, &text, NULL) == 2) {
        s_show (self, topic, text, true);
    }
    zstr_free (&topic);
    zstr_free (&text);
}

static int
s_follow (follower_t *self)
{
    while (!interrupted && !ferror (stdout)) {
        zsock_t *socket = self->replaying ? self->replay : self->live;
        zmq_pollitem_t item = { zsock_resolve (socket), 0, ZMQ_POLLIN, 0 };
        bool ready = zmq_poll (&item, 1, POLL_MS) > 0;
        if (ready && !self->replaying) {
            s_take_live (self);
        }
        else if (ready && !s_take_replay (self)) {
            return EXIT_UNUSABLE;
        }
        else if (self->replaying && zclock_mono () - self->heard_ms > REPLAY_SILENCE_MS) {
            fputs ("happypay tap: --connect: nobody answers there\n", stderr);
            return EXIT_UNUSABLE;
        }
    }
    return EXIT_DONE;
}

static void
s_say_where (const follower_t *self)
{
    bool first = true;
    for (unsigned partition = 0; partition < PARTITIONS_MAX; partition++) {
        if (self->seen [partition] > 0) {
            fprintf (stderr, "%s%u.%" PRIu64, first ? "resume with --from " : ",", partition,
                     self->seen [partition]);
            first = false;
        }
    }
    fputs (first ? "" : "\n", stderr);
}

int
tap_main (int argc, char **argv)
{
    scoped (options_destroy) options_t *options =
        options_new ("tap", "follows what a running node does", rules, COUNT (rules));
    int status = options_read (options, argc, argv);
    if (status != OPTIONS_READ) {
        return status;
    }
    zsys_handler_set (NULL);
    struct sigaction action = { .sa_handler = s_interrupt };
    sigaction (SIGINT, &action, NULL);
    sigaction (SIGTERM, &action, NULL);
    signal (SIGPIPE, SIG_IGN);
    follower_t self = { .options = options, .json = options_flag (options, "json") };
    self.counts = zhash_new ();
    self.seen = calloc (PARTITIONS_MAX, sizeof *self.seen);
    self.replayed = calloc (PARTITIONS_MAX, sizeof *self.replayed);
    assert (self.counts && self.seen && self.replayed);
    if (s_connect (&self)) {
        status = s_follow (&self);
    }
    else {
        status = options_refuse (options, "connect", "cannot be used", "tcp://HOST:PORT");
    }
    s_say_where (&self);
    zsock_destroy (&self.live);
    zsock_destroy (&self.replay);
    zhash_destroy (&self.counts);
    free (self.seen);
    free (self.replayed);
    return status;
}
