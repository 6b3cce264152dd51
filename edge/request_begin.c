//  request_begin - what a request's header and body say, before anybody is asked:
//  the checks, in the order in which they answer. Those of 413 and after are in
//  request_body.c.
//
//      414 target too long · 400 malformed target · 431 header too large · 404, 405 no
//      route · 503 surplus connection, not ready · 401 token · 403 role (404 for
//      someone else's object) · 429, before all of these · 413 body ·
//      415 media type · 400 query, idempotency key, If-Match, body's fields

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include "edge/edge_self.h"

enum {
    HEADER_FIELDS_MAX = 100,
    HEADER_SIZE_MAX = 32 * 1024,  //  Of all fields, as they came
    FIELD_EXTRA = 4               //  ": " and the line's end
};

const char *
request_header (const request_t *self, const char *name)
{
    if (self->of_batch) {
        return batch_header (self, name);
    }
    return MHD_lookup_connection_value (self->connection, MHD_HEADER_KIND, name);
}

static void
s_name_request (request_t *self)
{
    if (!header_request_id (request_header (self, "Request-Id"), self->request_id)) {
        uint64_t number = atomic_fetch_add_explicit (&self->edge->made, 1, memory_order_relaxed);
        snprintf (self->request_id, sizeof self->request_id, "req_%016llx%010llx",
                  (unsigned long long) self->edge->run, (unsigned long long) number);
    }
    if (!header_traceparent (request_header (self, "traceparent"), self->trace_id)) {
        randombytes_buf (self->trace_id, sizeof self->trace_id);
    }
}

//  A part of its batch: "req_1.17", in one trace.
static void
s_name_operation (request_t *self)
{
    const request_t *whole = batch_request (self->of_batch);
    char number [16];
    int size = snprintf (number, sizeof number, ".%u", self->operation_index);
    bool fits = strlen (whole->request_id) + (size_t) size < sizeof self->request_id;
    snprintf (self->request_id, sizeof self->request_id, "%s", whole->request_id);
    strncat (self->request_id, fits ? number : "", sizeof number);
    memcpy (self->trace_id, whole->trace_id, sizeof self->trace_id);
}

static bool
s_is_public (const request_t *self)
{
    return strcmp (self->target.segments [0], "v1") != 0;
}

typedef struct {
    size_t fields, size;
} header_extent_t;

static enum MHD_Result
s_add_field (void *context, enum MHD_ValueKind kind, const char *name, size_t name_size,
             const char *value, size_t value_size)
{
    header_extent_t *extent = context;
    (void) kind, (void) name, (void) value;
    extent->fields++;
    extent->size += name_size + value_size + FIELD_EXTRA;
    return MHD_YES;
}

static bool
s_header_fits (const request_t *self)
{
    header_extent_t extent = { 0 };
    MHD_get_connection_values_n (self->connection, MHD_HEADER_KIND, s_add_field, &extent);
    return extent.fields <= HEADER_FIELDS_MAX && extent.size <= HEADER_SIZE_MAX;
}

static void
s_route (request_t *self)
{
    char allow [ROUTE_ALLOW_SIZE];
    if (self->target_status != TARGET_OK) {
        request_fail (self,
                      self->target_status == TARGET_TOO_LONG ? PROBLEM_URI_TOO_LONG
                                                             : PROBLEM_INVALID_REQUEST,
                      self->target_status == TARGET_TOO_LONG ? NULL : "The query is malformed");
        return;
    }
    if (!self->of_batch && !s_header_fits (self)) {
        request_fail (self, PROBLEM_HEADER_FIELDS_TOO_LARGE, NULL);
        return;
    }
    switch (route_find (self->method, &self->target, &self->route, &self->path_oid, allow)) {
    case ROUTE_FOUND: break;
    case ROUTE_NOT_FOUND: request_fail (self, PROBLEM_NOT_FOUND, NULL); return;
    case ROUTE_OTHER_METHOD:
        memcpy (self->allow, allow, sizeof allow);
        request_fail (self, PROBLEM_METHOD_NOT_ALLOWED, NULL);
        return;
    }
    if (self->of_batch) {
        if (s_is_public (self) || self->route->session || self->route->batch) {
            request_fail (self, PROBLEM_NOT_IN_BATCH, NULL);
        }
        return;  //  It was accepted with its batch
    }
    if (!s_is_public (self)) {
        if (connection_surplus (self->client) != CONNECTION_WITHIN) {
            bool one = connection_surplus (self->client) == CONNECTION_BEYOND_ADDRESS;
            request_fail (self, PROBLEM_TOO_MANY_CONNECTIONS,
                          one ? "Too many of them are from this address" : NULL);
        }
        else if (atomic_load_explicit (&self->edge->refusing, memory_order_relaxed)) {
            request_fail (self, PROBLEM_NOT_READY, NULL);
        }
    }
}

//  Someone else's object is not there, whatever the role; what is the caller's own, or
//  nobody's, may be forbidden.
static void
s_forbid (request_t *self)
{
    bool hidden = self->route->path_kind != OID_NONE
                  && !oid_equal (request_named_owner (self), self->caller.oid);
    request_fail (self, hidden ? PROBLEM_NOT_FOUND : PROBLEM_FORBIDDEN, NULL);
}

//  NULL: the token is good, and `caller` is who it is of. Else why it is not.
static const char *
s_identify (request_t *self)
{
    const char *token = header_bearer (request_header (self, MHD_HTTP_HEADER_AUTHORIZATION));
    int64_t now_s = wall_ms () / 1000;
    if (!token) {
        return problem_title (PROBLEM_UNAUTHORIZED);
    }
    const char *refused =
        token_check (self->edge->tokens, token, strlen (token), now_s, &self->caller);
    bool session = self->route && self->route->session;
    if (!refused && !oid_is_none (self->caller.session) && !session
        && (ended_has (self->edge->ended, self->caller.session, now_s)
            || ended_has (self->edge->ended, self->caller.oid, now_s))) {
        self->caller = (caller_t) { 0 };
        refused = "the token's session has ended";
    }
    return refused;
}

static void
s_authenticate (request_t *self)
{
    const char *authorization = request_header (self, MHD_HTTP_HEADER_AUTHORIZATION);
    bool anyone = self->route->roles & MAY_ANYONE;
    if (s_is_public (self) || (anyone && (!authorization || self->route->session))) {
        return;  //  Who logs in may still send the token that has expired
    }
    const char *refused = self->of_batch ? NULL : s_identify (self);
    if (refused) {
        request_fail (self, PROBLEM_UNAUTHORIZED, refused);
    }
    else if (!(self->route->roles & ((1u << self->caller.role) | MAY_ANYONE))) {
        s_forbid (self);
    }
}

//  What the header says: which route, who asks, and how often. Who asks for what is not
//  there is looked at too, to be counted.
static void
s_read_header (request_t *self)
{
    self->headed = true;
    if (self->of_batch) {
        s_name_operation (self);
    }
    else {
        s_name_request (self);
    }
    if (!request_failed (self)) {
        s_route (self);
    }
    if (!request_failed (self)) {
        s_authenticate (self);
    }
    else if (!self->of_batch) {
        (void) s_identify (self);
    }
    request_limit (self);
    if (!request_failed (self) && self->route->batch
        && !batches_claim (self->edge->batches, self)) {
        request_fail (self, PROBLEM_OVERLOADED, "As many batches are under way as may be");
    }
}

bool
request_begin_batch (request_t *self)
{
    if (strcmp (self->method, MHD_HTTP_METHOD_POST) != 0
        || strcmp (self->target.path, "/v1/batch") != 0) {
        return false;
    }
    s_read_header (self);
    return self->batch != NULL;
}

void
request_begin (request_t *self)
{
    if (!self->headed) {
        s_read_header (self);
    }
    if (!request_failed (self)) {
        request_read_query (self);
    }
    if (!request_failed (self)) {
        request_read_body (self);
    }
    self->wait_s =
        self->of_batch ? batch_wait_s (self) : header_prefer (request_header (self, "Prefer"));
    if (atomic_load_explicit (&self->edge->hurrying, memory_order_relaxed)) {
        self->wait_s = 0;
    }
    self->stage = request_failed (self) ? STAGE_ANSWERED : STAGE_PREPARING;
}
