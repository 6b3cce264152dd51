//  request_begin - what a request's header and body say, before anybody is asked:
//  the checks, in the order in which they answer.
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
#include "edge/precondition.h"

enum {
    HEADER_FIELDS_MAX = 100,
    HEADER_SIZE_MAX = 32 * 1024,  //  Of all fields, as they came
    FIELD_EXTRA = 4               //  ": " and the line's end
};

static const char *
s_header (const request_t *self, const char *name)
{
    return MHD_lookup_connection_value (self->connection, MHD_HEADER_KIND, name);
}

static void
s_name_request (request_t *self)
{
    if (!header_request_id (s_header (self, "Request-Id"), self->request_id)) {
        uint64_t number = atomic_fetch_add_explicit (&self->edge->made, 1, memory_order_relaxed);
        snprintf (self->request_id, sizeof self->request_id, "req_%016llx%010llx",
                  (unsigned long long) self->edge->run, (unsigned long long) number);
    }
    if (!header_traceparent (s_header (self, "traceparent"), self->trace_id)) {
        randombytes_buf (self->trace_id, sizeof self->trace_id);
    }
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
    if (!s_header_fits (self)) {
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
    const char *token = header_bearer (s_header (self, MHD_HTTP_HEADER_AUTHORIZATION));
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
    const char *authorization = s_header (self, MHD_HTTP_HEADER_AUTHORIZATION);
    bool anyone = self->route->roles & MAY_ANYONE;
    if (s_is_public (self) || (anyone && (!authorization || self->route->session))) {
        return;  //  Who logs in may still send the token that has expired
    }
    const char *refused = s_identify (self);
    if (refused) {
        request_fail (self, PROBLEM_UNAUTHORIZED, refused);
    }
    else if (!(self->route->roles & ((1u << self->caller.role) | MAY_ANYONE))) {
        s_forbid (self);
    }
}

static const query_field_t *
s_find_query (const route_t *route, const char *name)
{
    for (size_t index = 0; index < route->query_count; index++) {
        if (strcmp (route->queries [index].name, name) == 0) {
            return &route->queries [index];
        }
    }
    return NULL;
}

//  What a read of a list is to wait for.
static void
s_check_sequence (request_t *self)
{
    node_place_t places [NODE_PLACES_MAX];
    size_t count;
    const char *sequence = target_value (&self->target, "min_sequence");
    sequence = sequence ? sequence : s_header (self, "Happypay-Sequence");
    if (!sequence || !s_find_query (self->route, "min_sequence")) {
        return;
    }
    self->min_sequence = sequence;
    if (!header_sequence (sequence, node_partitions (self->edge->config.node), places, &count)) {
        problem_field (&self->problem, "", "min_sequence", FAULT_MALFORMED,
                       "The value must be a Happypay-Sequence");
    }
}

static void
s_check_query (request_t *self)
{
    const target_t *target = &self->target;
    for (size_t index = 0; index < target->item_count; index++) {
        const char *name = target->items [index].name;
        const query_field_t *field = s_find_query (self->route, name);
        if (!field) {
            problem_field (&self->problem, "", name, FAULT_UNKNOWN,
                           "There is no such query parameter");
        }
        else if (!(field->flags & QUERY_REPEATS)
                 && target_value (target, name) != target->items [index].value) {
            problem_field (&self->problem, "", name, FAULT_DUPLICATE,
                           "The query parameter may come once");
        }
    }
    s_check_sequence (self);
}

static enum MHD_Result
s_count_key (void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
    size_t *count = context;
    (void) kind;
    (void) value;
    *count += strcasecmp (name, "Idempotency-Key") == 0;
    return MHD_YES;
}

static size_t
s_key_count (const request_t *self)
{
    size_t count = 0;
    MHD_get_connection_values (self->connection, MHD_HEADER_KIND, s_count_key, &count);
    return count;
}

//  A POST must have a key, PATCH and DELETE may; tokens are shown once, so a session's
//  POST is never replayed. False: the problem is set.
static bool
s_read_key (request_t *self)
{
    const char *key = s_header (self, "Idempotency-Key");
    bool must = strcmp (self->method, MHD_HTTP_METHOD_POST) == 0;
    if (must ? self->route->session : !key) {
        return true;
    }
    self->scoped = header_idempotency_key (key, self->key) && s_key_count (self) == 1;
    if (!self->scoped) {
        request_fail (self, key ? PROBLEM_IDEMPOTENCY_KEY_INVALID : PROBLEM_IDEMPOTENCY_KEY_MISSING,
                      NULL);
    }
    return self->scoped;
}

//  What is asked under a condition is another request than without it, or under another:
//  who was refused for a stale version may ask again by the same key. Without a key
//  each request is one of its own.
static void
s_make_scope (request_t *self)
{
    char key [IDEMPOTENCY_KEY_SIZE + 24];
    if (!self->scoped) {
        randombytes_buf (&self->scope, sizeof self->scope);
        return;
    }
    int length = snprintf (key, sizeof key, "%s", self->key);
    if (self->if_version) {
        snprintf (key + length, sizeof key - (size_t) length, "\n%lld",
                  (long long) self->if_version);
    }
    const keyring_t *keyring = self->edge->config.keyring;
    scope_fingerprint (keyring, self->route->fields, self->route->field_count, self->input,
                       self->present, self->scope.fingerprint);
    scope_make (keyring, self->caller.oid, self->method, self->target.path, key,
                self->scope.fingerprint, self->scope.scope);
}

static void
s_read_condition (request_t *self)
{
    if (strcmp (self->method, MHD_HTTP_METHOD_PATCH) == 0
        && !precondition_read (s_header (self, MHD_HTTP_HEADER_IF_MATCH), &self->if_version)) {
        problem_field (&self->problem, "", "If-Match", FAULT_MALFORMED,
                       "The value must be one entity tag, or *");
    }
}

static void
s_read_body (request_t *self)
{
    bool writes = strcmp (self->method, MHD_HTTP_METHOD_GET) != 0;
    if (self->body_discarded) {
        request_fail (self, PROBLEM_PAYLOAD_TOO_LARGE, NULL);
        return;
    }
    if (self->body_size
        && (!header_is_json (s_header (self, MHD_HTTP_HEADER_CONTENT_TYPE))
            || !header_is_identity (s_header (self, MHD_HTTP_HEADER_CONTENT_ENCODING)))) {
        request_fail (self, PROBLEM_UNSUPPORTED_MEDIA_TYPE, NULL);
        return;
    }
    if (writes) {
        if (!s_read_key (self)) {
            return;
        }
        s_read_condition (self);
    }
    if (!writes && !self->body_size) {
        return;
    }
    json_t *object = json_in_parse (self->body, self->body_size, &self->problem);
    if (!object) {
        return;
    }
    if (json_in_read (object, self->route->fields, self->route->field_count, self->input,
                      &self->present, &self->problem)
        && writes) {
        s_make_scope (self);
    }
    json_decref (object);
}

//  What the header says: which route, who asks, and how often. Who asks for what is not
//  there is looked at too, to be counted.
static void
s_read_header (request_t *self)
{
    s_name_request (self);
    s_route (self);
    if (request_failed (self)) {
        (void) s_identify (self);
    }
    else {
        s_authenticate (self);
    }
    request_limit (self);
}

void
request_begin (request_t *self)
{
    static void (*const checks []) (request_t *) = { s_check_query, s_read_body };
    s_read_header (self);
    for (size_t index = 0; index < COUNT (checks) && !request_failed (self); index++) {
        checks [index](self);
    }
    self->wait_s = header_prefer (s_header (self, "Prefer"));
    if (atomic_load_explicit (&self->edge->hurrying, memory_order_relaxed)) {
        self->wait_s = 0;
    }
    self->stage = request_failed (self) ? STAGE_ANSWERED : STAGE_PREPARING;
}
