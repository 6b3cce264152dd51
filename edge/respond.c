//  respond - the last stage: renders the answer, says its headers, and queues both. An
//  operation of a batch is rendered only; the batch queues all of them (edge/batch.h).

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include "edge/edge_self.h"

enum { SEQUENCE_SIZE_MAX = 4096 };

//  Where headers are written to.
typedef struct {
    header_fn *add;
    void *context;
} headers_t;

static void
s_header (headers_t *headers, const char *name, const char *value)
{
    headers->add (headers->context, name, value);
}

static void
s_number_header (headers_t *headers, const char *name, uint64_t value)
{
    char text [24];
    snprintf (text, sizeof text, "%llu", (unsigned long long) value);
    s_header (headers, name, text);
}

//  The latest place of each partition that the answer was made from.
typedef struct {
    node_place_t places [NODE_PLACES_MAX];
    size_t count;
} places_t;

static void
s_add_place (places_t *self, uint16_t partition, uint64_t sequence)
{
    size_t index = 0;
    while (index < self->count && self->places [index].partition != partition) {
        index++;
    }
    if (sequence == 0) {
        return;  //  Nothing is there yet
    }
    if (index == self->count) {
        assert (self->count < NODE_PLACES_MAX);
        self->places [self->count++] = (node_place_t) { partition, 0 };
    }
    if (self->places [index].sequence < sequence) {
        self->places [index].sequence = sequence;
    }
}

static void
s_add_reply (places_t *self, const node_reply_t *reply)
{
    if (reply) {
        s_add_place (self, reply->partition, reply->sequence);
    }
}

//  Of an object: where its record is. Of a list: how far the node was when the lists had
//  caught up.
static void
s_find_places (const request_t *self, places_t *places)
{
    const node_reply_t *replies [] = { self->decided, self->reread, self->shown };
    for (size_t index = 0; index < COUNT (replies); index++) {
        s_add_reply (places, replies [index]);
    }
    for (size_t index = 0; index < self->fact_count && !self->commands; index++) {
        s_add_reply (places, self->facts [index]);
    }
    uint64_t sequence;
    bool list = self->synced && !self->commands;
    size_t partitions = list ? self->synced->state_size / sizeof sequence : 0;
    for (size_t index = 0; index < partitions; index++) {
        memcpy (&sequence, self->synced->state + index * sizeof sequence, sizeof sequence);
        s_add_place (places, (uint16_t) index, sequence);
    }
}

//  With so many partitions that a client could not send it back there is none.
static void
s_sequence_header (const request_t *self, headers_t *headers)
{
    places_t places;
    char text [SEQUENCE_SIZE_MAX];
    size_t used = 0;
    if (self->route && self->route->session) {
        return;  //  It would tell whether there is such a login
    }
    places.count = 0;
    s_find_places (self, &places);
    for (size_t index = 0; index < places.count && used < sizeof text; index++) {
        const node_place_t *place = &places.places [index];
        used += (size_t) snprintf (text + used, sizeof text - used, "%s%u.%llu", used ? "," : "",
                                   place->partition, (unsigned long long) place->sequence);
    }
    if (used > 0 && used < sizeof text) {
        s_header (headers, "Happypay-Sequence", text);
    }
}

static void
s_problem_headers (const request_t *self, headers_t *headers)
{
    const problem_t *problem = &self->problem;
    if (problem->retry_after_s) {
        s_number_header (headers, MHD_HTTP_HEADER_RETRY_AFTER, problem->retry_after_s);
    }
    if (problem->http == 405) {
        s_header (headers, MHD_HTTP_HEADER_ALLOW, self->allow);
    }
    if (problem->http == 401) {
        s_header (headers, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
    }
}

//  draft-ietf-httpapi-ratelimit-headers: the quota and its window, what is left of it, and
//  when that is whole again.
static void
s_rate_headers (const request_t *self, headers_t *headers)
{
    const rate_t *rate = &self->rate;
    char text [96];
    if (rate->quota == 0) {
        return;
    }
    snprintf (text, sizeof text, "\"default\";q=%lld;w=%lld", (long long) rate->quota,
              (long long) rate->window_s);
    s_header (headers, "RateLimit-Policy", text);
    snprintf (text, sizeof text, "\"default\";r=%lld;t=%lld", (long long) rate->left,
              (long long) rate->full_s);
    s_header (headers, "RateLimit", text);
}

//  A page may run and fetch what this server gives and nothing else, and be framed by nobody.
static void
s_page_headers (const request_t *self, headers_t *headers)
{
    if (strncmp (self->content_type, "text/", 5) != 0) {
        return;
    }
    s_header (headers, "X-Content-Type-Options", "nosniff");
    if (strcmp (self->content_type, CONTENT_TYPE_PAGE) == 0) {
        s_header (headers, "Content-Security-Policy",
                  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
                  "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
        s_header (headers, "Referrer-Policy", "no-referrer");
    }
}

void
request_headers (const request_t *self, header_fn *add, void *context)
{
    headers_t *headers = &(headers_t) { .add = add, .context = context };
    if (self->http != MHD_HTTP_NO_CONTENT) {
        s_header (headers, MHD_HTTP_HEADER_CONTENT_TYPE, self->content_type);
    }
    s_header (headers, "Request-Id", self->request_id);
    s_header (headers, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    s_sequence_header (self, headers);
    if (self->replayed) {
        s_header (headers, "Idempotent-Replayed", "true");
    }
    if (self->version && !request_failed (self)) {
        char etag [32];
        snprintf (etag, sizeof etag, "\"%llu\"", (unsigned long long) self->version);
        s_header (headers, MHD_HTTP_HEADER_ETAG, etag);
    }
    if (self->http == 201 && !oid_is_none (self->location)) {
        char location [64], id [OID_TEXT_SIZE];
        oid_format (self->location, id);
        snprintf (location, sizeof location, "/v1/%s/%s", route_collection (self->location.kind),
                  id);
        s_header (headers, MHD_HTTP_HEADER_LOCATION, location);
    }
    s_problem_headers (self, headers);
    s_rate_headers (self, headers);
    s_page_headers (self, headers);
    if (connection_surplus (self->client) != CONNECTION_WITHIN || self->body_discarded
        || atomic_load_explicit (&self->edge->refusing, memory_order_relaxed)) {
        s_header (headers, MHD_HTTP_HEADER_CONNECTION, "close");
    }
}

static void
s_render (request_t *self)
{
    self->content_type = "application/json";
    self->http = 200;
    if (!request_failed (self)) {
        self->route->render (self);
    }
    if (!request_failed (self)) {
        return;
    }
    self->content_type = "application/problem+json";
    self->http = self->problem.http;
    if (!self->problem_rendered) {
        out_destroy (&self->out);  //  Half an answer, perhaps
        problem_render (&self->problem, self->target.path, self->request_id, &self->out);
        out_close (&self->out, '}');
    }
}

static void
s_account (request_t *self)
{
    edge_t *edge = self->edge;
    int64_t elapsed_ns = monotonic_ns () - self->started_ns;
    metrics_request (edge->metrics, self->route, self->http, elapsed_ns);
    if (!edge->log && !edge->config.tap) {
        return;
    }
    char line [832], at [TIME_TEXT_SIZE], trace [2 * sizeof self->trace_id + 1];
    const char *role = role_name (self->caller.role);
    time_format (wall_ms (), at);
    sodium_bin2hex (trace, sizeof trace, self->trace_id, sizeof self->trace_id);
    snprintf (line, sizeof line,
              "at=%s level=info event=request method=%s path=%s status=%u ms=%.3f role=%s "
              "request_id=%s trace_id=%s%s%s",
              at, self->method, self->route ? self->target.path : "-", self->http,
              (double) elapsed_ns / 1e6, role ? role : "none", self->request_id, trace,
              request_failed (self) ? " code=" : "",
              request_failed (self) ? self->problem.code : "");
    if (edge->log) {
        log_line (edge->log, line);
    }
    if (edge->config.tap) {
        tap_log_line (edge->config.tap, line);
    }
}

void
request_render (request_t *self)
{
    s_render (self);
    s_account (self);
}

static void
s_add_header (void *context, const char *name, const char *value)
{
    enum MHD_Result added = MHD_add_response_header (context, name, value);
    assert (added == MHD_YES);
}

enum MHD_Result
request_respond (request_t *self)
{
    request_render (self);
    size_t size;
    char *bytes = out_take (&self->out, &size);
    struct MHD_Response *response =
        MHD_create_response_from_buffer (size, bytes, MHD_RESPMEM_MUST_FREE);
    if (!response) {
        free (bytes);
        return MHD_NO;
    }
    request_headers (self, s_add_header, response);
    if (self->edge->config.tls) {
        s_add_header (response, MHD_HTTP_HEADER_STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    enum MHD_Result queued = MHD_queue_response (self->connection, self->http, response);
    MHD_destroy_response (response);
    return queued;
}
