#include "edge/webhook_wire.h"

#include <assert.h>
#include <czmq.h>
#include <stdlib.h>
#include <sys/socket.h>

typedef struct {
    CURL *easy;
    webhook_call_t *call;  //  NULL: free
} line_t;

struct webhook_wire {
    CURLM *multi;
    int64_t timeout_ms;
    size_t calls_max, in_flight;
    line_t *lines;
};

webhook_wire_t *
webhook_wire_new (size_t calls_max, int64_t timeout_ms)
{
    webhook_wire_t *self = calloc (1, sizeof *self);
    assert (self);
    self->timeout_ms = timeout_ms;
    self->calls_max = calls_max;
    self->lines = calloc (calls_max, sizeof *self->lines);
    self->multi = curl_multi_init ();
    assert (self->lines && self->multi);
    curl_multi_setopt (self->multi, CURLMOPT_MAXCONNECTS, (long) calls_max);
    return self;
}

//  Off the wire. Returns its call, owned.
static webhook_call_t *
s_release (webhook_wire_t *self, line_t *line)
{
    webhook_call_t *call = line->call;
    curl_multi_remove_handle (self->multi, line->easy);
    curl_easy_reset (line->easy);
    line->call = NULL;
    self->in_flight--;
    return call;
}

void
webhook_wire_destroy (webhook_wire_t **self_p)
{
    webhook_wire_t *self = *self_p;
    if (!self) {
        return;
    }
    for (size_t index = 0; index < self->calls_max; index++) {
        line_t *line = &self->lines [index];
        if (line->call) {
            webhook_call_t *call = s_release (self, line);
            webhook_call_destroy (&call);
        }
        curl_easy_cleanup (line->easy);
    }
    curl_multi_cleanup (self->multi);
    free (self->lines);
    free (self);
    *self_p = NULL;
}

bool
webhook_wire_has_room (const webhook_wire_t *self)
{
    return self->in_flight < self->calls_max;
}

size_t
webhook_wire_in_flight (const webhook_wire_t *self)
{
    return self->in_flight;
}

size_t
webhook_wire_to (const webhook_wire_t *self, oid_t endpoint)
{
    size_t count = 0;
    for (size_t index = 0; index < self->calls_max; index++) {
        const webhook_call_t *call = self->lines [index].call;
        count += call && oid_equal (call->send.endpoint, endpoint);
    }
    return count;
}

//  ---------------------------------------------------------------------------
//  libcurl asks

//  The one place where an address is connected to. No socket: the call ends.
static curl_socket_t
s_open_socket (void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    webhook_call_t *call = context;
    if (purpose != CURLSOCKTYPE_IPCXN
        || !webhook_address_may (call->allowed, &address->addr, address->addrlen)) {
        call->refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket (address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t
s_receive (char *bytes, size_t size, size_t count, void *context)
{
    webhook_call_t *call = context;
    size_t more = size * count;
    (void) bytes;
    if (more > WEBHOOK_ANSWER_MAX - call->answer_size) {
        call->overflown = true;
        return 0;  //  libcurl ends the call
    }
    call->answer_size += more;
    return more;
}

//  ---------------------------------------------------------------------------

void
webhook_wire_start (webhook_wire_t *self, webhook_call_t **call_p)
{
    webhook_call_t *call = *call_p;
    line_t *line = self->lines;
    assert (webhook_wire_has_room (self));
    while (line->call) {
        line++;
    }
    CURL *easy = line->easy ? line->easy : (line->easy = curl_easy_init ());
    assert (easy);
    line->call = call;
    *call_p = NULL;
    call->started_ms = zclock_mono ();
    curl_easy_setopt (easy, CURLOPT_PRIVATE, line);
    curl_easy_setopt (easy, CURLOPT_URL, call->url);
    curl_easy_setopt (easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt (easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    curl_easy_setopt (easy, CURLOPT_PROXY, "");
    curl_easy_setopt (easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt (easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt (easy, CURLOPT_TIMEOUT_MS, (long) self->timeout_ms);
    curl_easy_setopt (easy, CURLOPT_USERAGENT, "happypay/" HAPPYPAY_VERSION);
    curl_easy_setopt (easy, CURLOPT_OPENSOCKETFUNCTION, s_open_socket);
    curl_easy_setopt (easy, CURLOPT_OPENSOCKETDATA, call);
    curl_easy_setopt (easy, CURLOPT_WRITEFUNCTION, s_receive);
    curl_easy_setopt (easy, CURLOPT_WRITEDATA, call);
    curl_easy_setopt (easy, CURLOPT_HTTPHEADER, call->headers);
    curl_easy_setopt (easy, CURLOPT_POSTFIELDS, call->body);
    CURLMcode code = curl_multi_add_handle (self->multi, easy);
    assert (code == CURLM_OK);
    self->in_flight++;
}

static webhook_outcome_t
s_outcome (const webhook_call_t *call, CURLcode code, long http_status)
{
    if (code == CURLE_OK || (call->overflown && http_status >= 200)) {
        return WEBHOOK_RESPONDED;
    }
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT: return WEBHOOK_TIMED_OUT;
    case CURLE_COULDNT_RESOLVE_HOST: return WEBHOOK_NAME_UNRESOLVED;
    case CURLE_COULDNT_CONNECT:
        return call->refused ? WEBHOOK_ADDRESS_REFUSED : WEBHOOK_CONNECT_FAILED;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR: return WEBHOOK_TLS_FAILED;
    default: return WEBHOOK_CUT;
    }
}

webhook_call_t *
webhook_wire_ended (webhook_wire_t *self)
{
    int running = 0, left = 0;
    long http_status = 0;
    line_t *line = NULL;
    CURLMsg *done = curl_multi_info_read (self->multi, &left);
    if (!done) {
        curl_multi_perform (self->multi, &running);
        done = curl_multi_info_read (self->multi, &left);
    }
    if (!done || done->msg != CURLMSG_DONE) {
        return NULL;
    }
    CURLcode code = done->data.result;
    curl_easy_getinfo (done->easy_handle, CURLINFO_PRIVATE, &line);
    curl_easy_getinfo (done->easy_handle, CURLINFO_RESPONSE_CODE, &http_status);
    webhook_call_t *call = s_release (self, line);
    webhook_call_end (call, s_outcome (call, code, http_status), http_status,
                      zclock_mono () - call->started_ms);
    return call;
}

void
webhook_wire_wait (webhook_wire_t *self, int one, int other, int timeout_ms)
{
    struct curl_waitfd waits [] = {
        { .fd = one, .events = CURL_WAIT_POLLIN },
        { .fd = other, .events = CURL_WAIT_POLLIN },
    };
    curl_multi_poll (self->multi, waits, COUNT (waits), timeout_ms, NULL);
}
