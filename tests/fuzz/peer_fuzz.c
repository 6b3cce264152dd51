//  peer_fuzz - what a foreign socket can send to the tap: subscriptions to its XPUB, frames
//  to its ROUTER, and what a replay does with the journal's records.
//
//      byte 0    what the journal answers
//      then      messages: a byte that says to whom and of how many frames, and for each
//                frame a byte of length and its bytes; behind 0xff, a record of the journal
//
//  A real tap, its thread and its sockets (inproc); the node is played (CMakeLists.txt,
//  --wrap). Promised: every message to the ROUTER is answered, by LIVE or ERROR in the end.

#include <czmq.h>
#include "edge/tap.h"
#include "tests/fuzz/fuzz.h"

enum { PARTITIONS = 4, RECORDS = 3, MESSAGES_MAX = 8, FRAMES_MAX = 5, ANSWER_MS = 20000 };
enum { SUBSCRIBER_INPUTS = 4096 };

#define ENDPOINT "inproc://fuzz-tap"

//  Written while the tap waits for a message, read while it answers.
static struct {
    uint8_t answer;
    const uint8_t *record;
    size_t record_size;
} s_journal;

uint16_t __wrap_node_partitions (const node_t *node);
void __wrap_node_tap_wanted (node_t *node, bool wanted);
status_t __wrap_node_read_journal (node_t *node, uint16_t partition, uint64_t from,
                                   size_t count_max, node_record_fn *record, void *context,
                                   uint64_t *ret_next);

uint16_t
__wrap_node_partitions (const node_t *node)
{
    (void) node;
    return PARTITIONS;
}

void
__wrap_node_tap_wanted (node_t *node, bool wanted)
{
    (void) node, (void) wanted;
}

status_t
__wrap_node_read_journal (node_t *node, uint16_t partition, uint64_t from, size_t count_max,
                          node_record_fn *record, void *context, uint64_t *ret_next)
{
    (void) node, (void) count_max;
    assert (partition < PARTITIONS);
    *ret_next = from;
    if (s_journal.answer % 8 == 7) {
        return STATUS_DAMAGED;
    }
    for (uint64_t sequence = from; sequence <= RECORDS; sequence++) {
        if (!record (context, partition, sequence, s_journal.record, s_journal.record_size)) {
            return STATUS_OK;
        }
        *ret_next = sequence + 1;
    }
    return from > RECORDS ? STATUS_NOT_FOUND : STATUS_OK;
}

//  ---------------------------------------------------------------------------

static zsock_t *
s_connected (int type, const char *endpoint)
{
    zsock_t *socket = zsock_new (type);
    assert (socket);
    zsock_set_rcvtimeo (socket, ANSWER_MS);
    zsock_set_linger (socket, 0);
    int rc = zsock_connect (socket, "%s", endpoint);
    assert (rc == 0);
    return socket;
}

static tap_t *s_tap;
static zsock_t *s_reader;      //  One for all inputs: its requests have been answered
static zsock_t *s_subscriber;  //  Of some inputs; what it subscribed to goes with it

static void
s_stop (void)
{
    zsock_destroy (&s_subscriber);
    zsock_destroy (&s_reader);
    tap_destroy (&s_tap);
}

//  Made here and ended at exit, before CZMQ's own.
static void
s_start (void)
{
    char reason [256];
    tap_config_t config = { NULL, "fuzz", ENDPOINT, NULL };
    zsys_init ();
    zsys_handler_set (NULL);
    status_t status = tap_new (&config, &s_tap, reason);
    assert (status == STATUS_OK);
    s_reader = s_connected (ZMQ_DEALER, ENDPOINT ".replay");
    atexit (s_stop);
}

//  Closing takes the tap's thread too, and there are not so many sockets to a process.
static void
s_renew_subscriber (void)
{
    static unsigned inputs;
    if (inputs++ % SUBSCRIBER_INPUTS == 0) {
        zsock_destroy (&s_subscriber);
        s_subscriber = s_connected (ZMQ_XSUB, ENDPOINT);
    }
}

static zmsg_t *
s_message (fuzz_input_t *input, uint8_t frames)
{
    zmsg_t *message = zmsg_new ();
    assert (message);
    for (uint8_t index = 0; index < frames; index++) {
        uint8_t bytes [UINT8_MAX];
        size_t size = fuzz_byte (input);
        fuzz_fill (input, bytes, size);
        zmsg_addmem (message, bytes, size);
    }
    return message;
}

//  Until each of so many requests has had its last frame.
static void
s_take_answers (zsock_t *reader, unsigned requests)
{
    while (requests > 0) {
        char *word = NULL, *text = NULL;
        errno = 0;
        int parts = zstr_recvx (reader, &word, &text, NULL);
        if (parts < 0 && errno == EINTR) {
            continue;  //  libFuzzer's clock
        }
        if (parts != 2) {
            fprintf (stderr, "%d parts instead of an answer: %s\n", parts, zmq_strerror (errno));
            abort ();
        }
        bool event = strncmp (word, "event.", 6) == 0;
        assert (event ? *text == '{' : streq (word, "LIVE") || streq (word, "ERROR"));
        requests -= !event;
        zstr_free (&word);
        zstr_free (&text);
    }
}

//  The record is what stands behind the last 0xff.
static void
s_find_record (fuzz_input_t *input)
{
    const uint8_t *found = input->size ? memrchr (input->bytes, 0xff, input->size) : NULL;
    s_journal.record = found ? found + 1 : input->bytes;
    s_journal.record_size = found ? (size_t) (input->bytes + input->size - s_journal.record) : 0;
    input->size -= found ? s_journal.record_size + 1 : 0;
}

int
LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size)
{
    if (!s_tap) {
        s_start ();
    }
    fuzz_input_t input = { bytes, size, 0 };
    s_renew_subscriber ();
    s_find_record (&input);
    s_journal.answer = fuzz_byte (&input);
    unsigned requests = 0;
    for (unsigned count = 0; count < MESSAGES_MAX && fuzz_left (&input) > 0; count++) {
        uint8_t what = fuzz_byte (&input);
        zmsg_t *message = s_message (&input, (uint8_t) (1 + (what >> 1) % FRAMES_MAX));
        bool asks = what & 1;
        int rc = zmsg_send (&message, asks ? s_reader : s_subscriber);
        zmsg_destroy (&message);
        requests += asks && rc == 0;
    }
    s_take_answers (s_reader, requests);
    return 0;
}
