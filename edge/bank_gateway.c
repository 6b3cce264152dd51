//  bank_gateway - the way out to the bank: one zactor around libcurl's multi handle.
//
//      exchange --PULL--> waiting (in order) --slot free--> on the wire --+
//                            | breaker open                               |
//                            +------------> answers <---------------------+
//                                              | node_port_command
//                                              v
//                                    the asking aggregate
//
//  One curl_multi_poll waits for the wire, the PULL socket's descriptor and the
//  pipe's. ZeroMQ's descriptors signal edges: both sockets are drained on every turn.

#include "edge/bank_gateway.h"

#include <czmq.h>
#include <curl/curl.h>
#include <stdatomic.h>
#include "edge/bank_answers.h"
#include "edge/bank_call.h"
#include "edge/bank_statement.h"
#include "edge/bank_wire.h"
#include "edge/breakers.h"
#include "runtime/channel.h"

enum {
    POLL_MAX_MS = 1000,
    POLL_SOON_MS = 20  //  While a breaker is open or an answer waits
};

struct bank_gateway {
    bank_gateway_config_t config;
    char *url;  //  Without '/' at its end
    breakers_t *breakers;
    zactor_t *actor;
    atomic_uint_fast64_t succeeded, failed, unknown, shortcut, conflicts;
    atomic_int_fast64_t in_flight, waiting;
    bool bound;  //  Set before the actor says that it runs

    //  The actor's own
    zsock_t *inbox;
    node_port_t *port;
    bank_wire_t *wire;
    bank_answers_t *answers;
    bank_call_t *first, **last;  //  Waiting for their turn
};

//  One line where an operator must look; never with personal data.
static void
s_incident (const char *event, const message_t *message, const char *detail)
{
    char asker [OID_TEXT_SIZE] = "-";
    if (message) {
        oid_format (message->from, asker);
    }
    fprintf (stderr, "level=error event=%s subject=%s detail=\"%s\"\n", event, asker, detail);
}

static void
s_answer_unknown (bank_gateway_t *self, const message_t *message)
{
    bank_outcome_t outcome;
    bank_call_unknown (message, &outcome);
    bank_answers_tell (self->answers, self->port, message, &outcome);
}

//  ---------------------------------------------------------------------------
//  Ends of calls

static void
s_count (bank_gateway_t *self, const message_t *message, bank_call_end_t end)
{
    switch (end) {
    case BANK_CALL_SUCCEEDED: self->succeeded++; break;
    case BANK_CALL_FAILED: self->failed++; break;
    case BANK_CALL_CONFLICT:
        self->conflicts++;
        s_incident ("bank_transfer_conflict", message, "the bank knows the id with another body");
        break;
    case BANK_CALL_UNANSWERED:
    case BANK_CALL_UNDECIDED: self->unknown++; break;
    }
}

static void
s_tell_breaker (bank_gateway_t *self, const bank_call_t *call, bool answered, int64_t now_ms)
{
    const char *code = call->bank_code;
    bool changed;

    if (!call->message) {
        changed = breakers_sounding (self->breakers, code, answered, now_ms);
    }
    else if (answered) {
        changed = breakers_success (self->breakers, code);
    }
    else {
        changed = breakers_failure (self->breakers, code, now_ms);
    }
    if (changed) {
        fprintf (stderr, "level=warn event=bank_breaker_%s bank_code=%s\n",
                 answered ? "closed" : "open", code);
    }
}

//  A statement against our books; one that is too long is refused for good.
static void
s_compare (bank_gateway_t *self, const bank_call_t *call, bank_outcome_t *outcome)
{
    if (!call->message || call->message->command != BANK_STATEMENT) {
        return;
    }
    if (call->overflown) {
        outcome->end = BANK_CALL_FAILED;
        outcome->stated.result = BANK_FAILED;
    }
    else if (outcome->end == BANK_CALL_SUCCEEDED) {
        bank_statement_match (self->config.node, call->answer, call->answer_size, call->day,
                              call->asked_ms, &outcome->stated);
    }
}

static void
s_finish (bank_gateway_t *self, bank_call_t **call_p, long http_status, int64_t now_ms)
{
    bank_call_t *call = *call_p;
    bank_outcome_t outcome;

    bank_call_judge (call, http_status, &outcome);
    s_compare (self, call, &outcome);
    s_tell_breaker (self, call, outcome.end != BANK_CALL_UNANSWERED, now_ms);
    if (call->message) {
        s_count (self, call->message, outcome.end);
        bank_answers_tell (self->answers, self->port, call->message, &outcome);
    }
    bank_call_destroy (call_p);
}

//  ---------------------------------------------------------------------------
//  Messages

static void
s_accept (bank_gateway_t *self, zmq_msg_t *frame)
{
    const char *reason = "";
    zmq_msg_t copy;

    zmq_msg_init (&copy);
    zmq_msg_copy (&copy, frame);  //  Shares the bytes; to answer if the call cannot be made
    const message_t *message = message_in (&copy);
    bank_call_t *call = bank_call_new (frame, self->url, self->config.keys, &reason);
    if (call) {
        call->asked_ms = zclock_time ();
        *self->last = call;
        self->last = &call->next;
        self->waiting++;
    }
    else {
        s_incident ("bank_call_impossible", message, reason);
        if (message && message->kind == MESSAGE_COMMAND) {
            self->unknown++;
            s_answer_unknown (self, message);
        }
    }
    zmq_msg_close (&copy);
}

static void
s_receive (bank_gateway_t *self)
{
    zmq_msg_t frame;
    zmq_msg_init (&frame);
    while (channel_receive (zsock_resolve (self->inbox), &frame, ZMQ_DONTWAIT)) {
        s_accept (self, &frame);
        zmq_msg_init (&frame);
    }
    zmq_msg_close (&frame);
}

//  Starts what there is a free slot for; what an open breaker stops is answered.
static void
s_start_waiting (bank_gateway_t *self, int64_t now_ms)
{
    while (self->first && bank_wire_has_room (self->wire)) {
        bank_call_t *call = self->first;
        self->first = call->next;
        self->waiting--;
        if (breakers_allow (self->breakers, call->bank_code, now_ms)) {
            bank_wire_start (self->wire, &call);
        }
        else {
            self->shortcut++;
            s_answer_unknown (self, call->message);
            bank_call_destroy (&call);
        }
    }
    if (!self->first) {
        self->last = &self->first;
    }
}

static void
s_sound (bank_gateway_t *self, int64_t now_ms)
{
    char bank_code [BANK_CODE_SIZE];
    while (bank_wire_has_room (self->wire) && breakers_due (self->breakers, now_ms, bank_code)) {
        bank_call_t *call = bank_call_sounding (self->url, bank_code);
        assert (call);
        bank_wire_start (self->wire, &call);
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
s_turn (bank_gateway_t *self)
{
    int64_t now_ms = zclock_mono ();
    long http_status = 0;
    bank_call_t *call;

    s_receive (self);
    bank_answers_retry (self->answers, self->port, now_ms);
    s_sound (self, now_ms);
    s_start_waiting (self, now_ms);
    while ((call = bank_wire_ended (self->wire, &http_status))) {
        s_finish (self, &call, http_status, zclock_mono ());
        s_start_waiting (self, zclock_mono ());
    }
    self->in_flight = (int64_t) bank_wire_in_flight (self->wire);
}

static void
s_actor (zsock_t *pipe, void *argument)
{
    bank_gateway_t *self = argument;

    self->port = node_port_new (self->config.node);
    self->inbox = zsock_new (ZMQ_PULL);
    self->bound = self->inbox && zsock_bind (self->inbox, NODE_BANK_ENDPOINT) >= 0;
    zsock_signal (pipe, 0);
    while (!s_told_to_end (pipe)) {
        s_turn (self);
        bool soon =
            bank_answers_waiting (self->answers) || breakers_open_count (self->breakers) > 0;
        bank_wire_wait (self->wire, zsock_fd (self->inbox), zsock_fd (pipe),
                        soon ? POLL_SOON_MS : POLL_MAX_MS);
    }
    node_port_destroy (&self->port);
    zsock_destroy (&self->inbox);
}

//  ---------------------------------------------------------------------------

//  Checked here, so that a wrong URL is one line at the start.
static bool
s_take_url (bank_gateway_t *self, const char *url)
{
    CURLU *parsed = curl_url ();
    char *scheme = NULL;
    bool usable = parsed && strlen (url) < BANK_URL_MAX
                  && curl_url_set (parsed, CURLUPART_URL, url, 0) == CURLUE_OK
                  && curl_url_get (parsed, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK
                  && (streq (scheme, "http") || streq (scheme, "https"));
    curl_free (scheme);
    curl_url_cleanup (parsed);
    self->url = strdup (url);
    assert (self->url);
    for (size_t size = strlen (self->url); size > 0 && self->url [size - 1] == '/'; size--) {
        self->url [size - 1] = '\0';
    }
    return usable;
}

status_t
bank_gateway_new (const bank_gateway_config_t *config, bank_gateway_t **ret_gateway,
                  char ret_reason [256])
{
    bank_gateway_t *self = calloc (1, sizeof *self);
    assert (self);
    self->config = *config;
    self->last = &self->first;
    if (!s_take_url (self, config->url) || curl_global_init (CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        snprintf (ret_reason, 256, "--bank: \"%.150s\" is not a URL of http or https", config->url);
        bank_gateway_destroy (&self);
        return STATUS_INVALID;
    }
    self->wire = bank_wire_new ((size_t) config->limits.bank_calls, config->limits.bank_timeout_ms);
    self->answers = bank_answers_new ();
    self->breakers =
        breakers_new (config->limits.bank_breaker_failures, config->limits.bank_breaker_open_ms);
    self->actor = zactor_new (s_actor, self);
    if (!self->actor || !self->bound) {
        snprintf (ret_reason, 256, "the bank gateway cannot be started");
        bank_gateway_destroy (&self);
        return STATUS_LIMIT;
    }
    *ret_gateway = self;
    return STATUS_OK;
}

//  What is left undone comes again from the outbox.
void
bank_gateway_destroy (bank_gateway_t **self_p)
{
    bank_gateway_t *self = *self_p;
    if (!self) {
        return;
    }
    zactor_destroy (&self->actor);
    while (self->first) {
        bank_call_t *call = self->first;
        self->first = call->next;
        bank_call_destroy (&call);
    }
    bank_wire_destroy (&self->wire);
    bank_answers_destroy (&self->answers);
    breakers_destroy (&self->breakers);
    free (self->url);
    free (self);
    *self_p = NULL;
}

bool
bank_gateway_available (const bank_gateway_t *self, const char *bank_code)
{
    return breakers_closed (self->breakers, bank_code);
}

int64_t
bank_gateway_wait_ms (const bank_gateway_t *self, const char *bank_code)
{
    return breakers_wait_ms (self->breakers, bank_code, zclock_mono ());
}

void
bank_gateway_metrics (const bank_gateway_t *self, bank_metrics_t *ret_metrics)
{
    *ret_metrics = (bank_metrics_t) {
        .succeeded = atomic_load (&self->succeeded),
        .failed = atomic_load (&self->failed),
        .unknown = atomic_load (&self->unknown),
        .shortcut = atomic_load (&self->shortcut),
        .conflicts = atomic_load (&self->conflicts),
        .in_flight = self->in_flight,
        .waiting = self->waiting,
        .breakers_open = breakers_open_count (self->breakers),
    };
}
