//  bank_wire - calls on the wire: libcurl's multi handle, a bounded number at once.

#include "edge/bank_wire.h"

#include <curl/curl.h>
#include <sodium.h>
#include <stdlib.h>

enum { TRACEPARENT_SIZE = 80 };

struct bank_wire {
    CURLM *multi;
    int64_t timeout_ms;
    size_t calls_max, in_flight;
    size_t handle_count, idle_count;
    CURL **handles, **idle;  //  All; those to use again
};

bank_wire_t *
bank_wire_new (size_t calls_max, int64_t timeout_ms)
{
    bank_wire_t *self = calloc (1, sizeof *self);
    assert (self);
    self->timeout_ms = timeout_ms;
    self->calls_max = calls_max;
    self->handles = calloc (calls_max, sizeof *self->handles);
    self->idle = calloc (calls_max, sizeof *self->idle);
    self->multi = curl_multi_init ();
    assert (self->handles && self->idle && self->multi);
    curl_multi_setopt (self->multi, CURLMOPT_MAXCONNECTS, (long) calls_max);
    return self;
}

bool
bank_wire_has_room (const bank_wire_t *self)
{
    return self->in_flight < self->calls_max;
}

size_t
bank_wire_in_flight (const bank_wire_t *self)
{
    return self->in_flight;
}

//  Off the wire; the handle may be used again. Returns its call, owned.
static bank_call_t *
s_release (bank_wire_t *self, CURL *easy)
{
    bank_call_t *call = NULL;
    curl_easy_getinfo (easy, CURLINFO_PRIVATE, &call);
    curl_multi_remove_handle (self->multi, easy);
    curl_easy_reset (easy);  //  PRIVATE is NULL from here on
    curl_slist_free_all (call->headers);
    call->headers = NULL;
    self->idle [self->idle_count++] = easy;
    self->in_flight--;
    return call;
}

void
bank_wire_destroy (bank_wire_t **self_p)
{
    bank_wire_t *self = *self_p;
    if (!self) {
        return;
    }
    for (size_t index = 0; index < self->handle_count; index++) {
        bank_call_t *call = NULL;
        curl_easy_getinfo (self->handles [index], CURLINFO_PRIVATE, &call);
        if (call) {
            s_release (self, self->handles [index]);
            bank_call_destroy (&call);
        }
        curl_easy_cleanup (self->handles [index]);
    }
    curl_multi_cleanup (self->multi);
    free (self->handles);
    free (self->idle);
    free (self);
    *self_p = NULL;
}

static CURL *
s_take_handle (bank_wire_t *self)
{
    if (self->idle_count > 0) {
        return self->idle [--self->idle_count];
    }
    CURL *easy = curl_easy_init ();
    assert (easy && self->handle_count < self->calls_max);
    self->handles [self->handle_count++] = easy;
    return easy;
}

//  W3C trace context: the correlation is the trace, each call a span of its own.
static void
s_traceparent (const message_t *message, char ret_header [TRACEPARENT_SIZE])
{
    char trace [33], span_text [17];
    uint8_t span [8];
    randombytes_buf (span, sizeof span);
    sodium_bin2hex (trace, sizeof trace, message->correlation, sizeof message->correlation);
    sodium_bin2hex (span_text, sizeof span_text, span, sizeof span);
    snprintf (ret_header, TRACEPARENT_SIZE, "traceparent: 00-%s-%s-01", trace, span_text);
}

static struct curl_slist *
s_headers (const bank_call_t *call)
{
    char traceparent [TRACEPARENT_SIZE];
    struct curl_slist *headers = curl_slist_append (NULL, "Accept: application/json");
    headers = curl_slist_append (headers, "Content-Type: application/json");
    headers = curl_slist_append (headers, "Expect:");
    if (call->message) {
        s_traceparent (call->message, traceparent);
        headers = curl_slist_append (headers, traceparent);
    }
    return headers;
}

void
bank_wire_start (bank_wire_t *self, bank_call_t **call_p)
{
    assert (bank_wire_has_room (self));
    bank_call_t *call = *call_p;
    CURL *easy = s_take_handle (self);

    *call_p = NULL;
    call->headers = s_headers (call);
    curl_easy_setopt (easy, CURLOPT_PRIVATE, call);
    curl_easy_setopt (easy, CURLOPT_URL, call->url);
    curl_easy_setopt (easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt (easy, CURLOPT_PROXY, "");
    curl_easy_setopt (easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt (easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt (easy, CURLOPT_TIMEOUT_MS, (long) self->timeout_ms);
    curl_easy_setopt (easy, CURLOPT_WRITEFUNCTION, bank_call_receive);
    curl_easy_setopt (easy, CURLOPT_WRITEDATA, call);
    curl_easy_setopt (easy, CURLOPT_HTTPHEADER, call->headers);
    if (call->body) {
        curl_easy_setopt (easy, CURLOPT_POSTFIELDS, call->body);
    }
    CURLMcode code = curl_multi_add_handle (self->multi, easy);
    assert (code == CURLM_OK);
    self->in_flight++;
}

bank_call_t *
bank_wire_ended (bank_wire_t *self, long *ret_status)
{
    int running = 0, left = 0;
    CURLMsg *done = curl_multi_info_read (self->multi, &left);
    if (!done) {
        curl_multi_perform (self->multi, &running);
        done = curl_multi_info_read (self->multi, &left);
    }
    if (!done || done->msg != CURLMSG_DONE) {
        return NULL;
    }
    CURL *easy = done->easy_handle;
    *ret_status = 0;
    if (done->data.result == CURLE_OK) {
        curl_easy_getinfo (easy, CURLINFO_RESPONSE_CODE, ret_status);
    }
    return s_release (self, easy);
}

void
bank_wire_wait (bank_wire_t *self, int one, int other, int timeout_ms)
{
    struct curl_waitfd waits [] = {
        { .fd = one, .events = CURL_WAIT_POLLIN },
        { .fd = other, .events = CURL_WAIT_POLLIN },
    };
    curl_multi_poll (self->multi, waits, COUNT (waits), timeout_ms, NULL);
}
