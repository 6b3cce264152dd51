//  request_body - what a request asks for: its query, idempotency key, condition and body;
//  and the scope that all of it makes.

#include <sodium.h>
#include <stdio.h>
#include <strings.h>
#include "edge/edge_self.h"
#include "edge/precondition.h"

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
    sequence = sequence ? sequence : request_header (self, "Happypay-Sequence");
    if (!sequence || !s_find_query (self->route, "min_sequence")) {
        return;
    }
    self->min_sequence = sequence;
    if (!header_sequence (sequence, node_partitions (self->edge->config.node), places, &count)) {
        problem_field (&self->problem, "", "min_sequence", FAULT_MALFORMED,
                       "The value must be a Happypay-Sequence");
    }
}

void
request_read_query (request_t *self)
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
    if (self->of_batch) {
        return 1;
    }
    MHD_get_connection_values (self->connection, MHD_HEADER_KIND, s_count_key, &count);
    return count;
}

//  A POST must have a key, PATCH and DELETE may; tokens are shown once, so a session's
//  POST is never replayed. False: the problem is set.
static bool
s_read_key (request_t *self)
{
    const char *key = request_header (self, "Idempotency-Key");
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
        && !precondition_read (request_header (self, MHD_HTTP_HEADER_IF_MATCH),
                               &self->if_version)) {
        problem_field (&self->problem, "", "If-Match", FAULT_MALFORMED,
                       "The value must be one entity tag, or *");
    }
}

//  The body's JSON (owned); NULL: it cannot be parsed.
static json_t *
s_parse_body (request_t *self)
{
    if (self->of_batch) {
        json_t *body = batch_body (self);
        return body ? json_incref (body) : json_object ();
    }
    return json_in_parse (self->body, self->body_size, &self->problem);
}

void
request_read_body (request_t *self)
{
    bool writes = strcmp (self->method, MHD_HTTP_METHOD_GET) != 0;
    bool empty = self->of_batch ? !batch_body (self) : !self->body_size;
    if (self->body_discarded) {
        request_fail (self, PROBLEM_PAYLOAD_TOO_LARGE, NULL);
        return;
    }
    if (self->body_size
        && (!header_is_json (request_header (self, MHD_HTTP_HEADER_CONTENT_TYPE))
            || !header_is_identity (request_header (self, MHD_HTTP_HEADER_CONTENT_ENCODING)))) {
        request_fail (self, PROBLEM_UNSUPPORTED_MEDIA_TYPE, NULL);
        return;
    }
    if (self->route->batch) {
        return;  //  It is read when it runs (edge/batch.c)
    }
    if (writes) {
        if (!s_read_key (self)) {
            return;
        }
        s_read_condition (self);
    }
    if (!writes && empty) {
        return;
    }
    json_t *object = s_parse_body (self);
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
