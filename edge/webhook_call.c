#include "edge/webhook_call.h"

#include <assert.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include "edge/tap_event.h"
#include "edge/webhook_secret.h"
#include "edge/webhook_signature.h"

enum { HEADER_SIZE = 160, SECRETS_MAX = 2 };

webhook_call_t *
webhook_call_new (zmq_msg_t *frame, const webhook_allowed_t *allowed)
{
    webhook_call_t *self = calloc (1, sizeof *self);
    assert (self);
    zmq_msg_init (&self->frame);
    zmq_msg_move (&self->frame, frame);
    self->allowed = allowed;
    const message_t *message = self->message = message_in (&self->frame);
    if (!message || message->kind != MESSAGE_COMMAND || message->to.kind != OID_WEBHOOK
        || message->command != WEBHOOK_SEND
        || !shape_unpack (webhook_port.commands [WEBHOOK_SEND].shape, message->payload,
                          message->payload_size, &self->send)) {
        webhook_call_destroy (&self);
    }
    return self;
}

void
webhook_call_destroy (webhook_call_t **self_p)
{
    webhook_call_t *self = *self_p;
    if (self) {
        curl_slist_free_all (self->headers);
        zmq_msg_close (&self->frame);
        free (self->body);
        free (self);
        *self_p = NULL;
    }
}

//  ---------------------------------------------------------------------------
//  The letter

typedef struct {
    webhook_call_t *call;
    const webhook_desk_t *desk;
    uint8_t trace [16];
} letter_t;

//  For node_read_journal: the event's JSON, if it is there.
static bool
s_write_body (void *context, uint16_t partition, uint64_t sequence, const uint8_t *record,
              size_t size)
{
    letter_t *letter = context;
    journal_view_t *view = letter->desk->view;
    const webhook_place_t *asked = &letter->call->send.place;
    char sequence_text [TAP_SEQUENCE_SIZE];
    journal_event_t event;

    if (sequence != (uint64_t) asked->sequence || !journal_view_open (view, record, size)) {
        return false;
    }
    snprintf (sequence_text, sizeof sequence_text, "%u.%" PRIu64, partition, sequence);
    tap_place_t place = { .source = letter->desk->source, .sequence = sequence_text };
    while (journal_view_event (view, &event)) {
        if (place.index == asked->index) {
            place.topic = event.name;
            memcpy (letter->trace, journal_view_correlation (view), sizeof letter->trace);
            letter->call->body = tap_event_json (view, &event, &place, /* as_task= */ false);
            return false;
        }
        place.index++;
    }
    return false;
}

static void
s_add_header (webhook_call_t *self, const char *header)
{
    struct curl_slist *headers = curl_slist_append (self->headers, header);
    assert (headers);
    self->headers = headers;
}

//  W3C trace context: the event's trace, each attempt a span of its own.
static void
s_add_traceparent (webhook_call_t *self, const uint8_t trace [16])
{
    char header [HEADER_SIZE], trace_text [33], span_text [17];
    uint8_t span [8];
    randombytes_buf (span, sizeof span);
    sodium_bin2hex (trace_text, sizeof trace_text, trace, 16);
    sodium_bin2hex (span_text, sizeof span_text, span, sizeof span);
    snprintf (header, sizeof header, "traceparent: 00-%s-%s-01", trace_text, span_text);
    s_add_header (self, header);
}

//  False: a secret does not open.
static bool
s_add_signatures (webhook_call_t *self, const webhook_desk_t *desk,
                  const webhook_endpoint_t *endpoint, int64_t now_ms)
{
    char header [HEADER_SIZE], id [WEBHOOK_ID_SIZE], line [HEADER_SIZE] = "webhook-signature:";
    const webhook_secret_t *secrets [SECRETS_MAX];
    size_t count = webhook_endpoint_secrets (endpoint, now_ms, secrets);
    int64_t now_s = now_ms / 1000;
    bool opened = count > 0;

    webhook_id_format (self->send.place.partition, self->send.place.sequence,
                       self->send.place.index, id);
    for (size_t index = 0; opened && index < count; index++) {
        uint8_t secret [WEBHOOK_SECRET_BYTES];
        char signature [WEBHOOK_SIGNATURE_SIZE];
        size_t size = strlen (line);
        opened = webhook_secret_open (desk->keyring, self->send.endpoint, secrets [index], secret);
        webhook_sign (secret, sizeof secret, id, now_s, self->body, strlen (self->body), signature);
        snprintf (line + size, sizeof line - size, " %s", signature);
        sodium_memzero (secret, sizeof secret);
    }
    snprintf (header, sizeof header, "webhook-id: %s", id);
    s_add_header (self, header);
    snprintf (header, sizeof header, "webhook-timestamp: %" PRId64, now_s);
    s_add_header (self, header);
    s_add_header (self, line);
    return opened;
}

webhook_outcome_t
webhook_call_write (webhook_call_t *self, const webhook_desk_t *desk,
                    const webhook_endpoint_t *endpoint, int64_t now_ms)
{
    const webhook_place_t *place = &self->send.place;
    letter_t letter = { .call = self, .desk = desk };
    uint64_t next;

    if (endpoint->status != WEBHOOK_ENDPOINT_ENABLED) {
        return endpoint->status == WEBHOOK_ENDPOINT_DISABLED ? WEBHOOK_FOUND_DISABLED
                                                             : WEBHOOK_FOUND_DELETED;
    }
    if (place->partition >= node_partitions (desk->node) || place->sequence <= 0) {
        return WEBHOOK_EVENT_UNREADABLE;
    }
    status_t status =
        node_read_journal (desk->node, (uint16_t) place->partition, (uint64_t) place->sequence, 1,
                           s_write_body, &letter, &next);
    if (!self->body) {
        return status == STATUS_OK || status == STATUS_NOT_FOUND ? WEBHOOK_EVENT_UNREADABLE
                                                                 : WEBHOOK_UNAVAILABLE;
    }
    memcpy (self->url, endpoint->url, sizeof self->url);
    s_add_header (self, "Content-Type: application/cloudevents+json");
    s_add_header (self, "Expect:");
    s_add_traceparent (self, letter.trace);
    return s_add_signatures (self, desk, endpoint, now_ms) ? WEBHOOK_NONE : WEBHOOK_UNAVAILABLE;
}

void
webhook_call_end (webhook_call_t *self, webhook_outcome_t outcome, long http_status,
                  int64_t duration_ms)
{
    self->answered = (webhook_answered_t) {
        .step = self->message->step,
        .outcome = (uint8_t) outcome,
        .http_status = outcome == WEBHOOK_RESPONDED ? (uint32_t) http_status : 0,
        .duration_ms = (uint32_t) duration_ms,
    };
}
