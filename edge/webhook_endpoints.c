//  webhook_endpoints - POST and GET webhook-endpoints, GET, PATCH and DELETE
//  webhook-endpoints/{id}, POST webhook-endpoints/{id}/rotate-secret.
//
//  A merchant has its own; operators have theirs, and all. The secret is in the answer
//  that made it and in no other: a replay has none. Who lost it rotates it.

#include "actors/merchant.h"
#include "actors/webhook_endpoint.h"
#include "edge/edge_self.h"
#include "edge/resources.h"
#include "edge/webhook_secret.h"

typedef INPUT_TEXTS_OF (WEBHOOK_PATTERNS, WEBHOOK_PATTERN_SIZE) events_t;

typedef struct {
    oid_t merchant;
    char url [WEBHOOK_URL_SIZE];
    events_t events;
    bool enabled;
    char secret [WEBHOOK_SECRET_TEXT_SIZE];  //  Not of the body: as it is shown
} endpoint_input_t;

static_assert (sizeof (endpoint_input_t) <= REQUEST_INPUT_SIZE, "input is too small");
static_assert (sizeof (webhook_endpoint_create_t) <= REQUEST_PAYLOAD_SIZE, "payload is too small");

static const input_field_t s_event_field [] = {
    { "", INPUT_TEXT, .size = WEBHOOK_PATTERN_SIZE, .min = 1, .max = WEBHOOK_PATTERN_SIZE - 1 },
};

static const input_field_t s_create_fields [] = {
    { "url", INPUT_TEXT, INPUT_REQUIRED, AT (endpoint_input_t, url), 1, WEBHOOK_URL_SIZE - 1 },
    { "events", INPUT_TEXTS, INPUT_REQUIRED, AT (endpoint_input_t, events), 1, WEBHOOK_PATTERNS,
      .fields = s_event_field, .field_count = COUNT (s_event_field) },
    { "merchant_id", INPUT_OID, INPUT_OPTIONAL, AT (endpoint_input_t, merchant),
      .oid_kind = OID_MERCHANT },
};

enum { FACT_ENDPOINT, FACT_MERCHANT };

enum { HAS_URL = 1 << 0, HAS_EVENTS = 1 << 1, HAS_ENABLED = 1 << 2 };

static const input_field_t s_change_fields [] = {
    { "url", INPUT_TEXT, INPUT_OPTIONAL, AT (endpoint_input_t, url), 1, WEBHOOK_URL_SIZE - 1 },
    { "events", INPUT_TEXTS, INPUT_OPTIONAL, AT (endpoint_input_t, events), 1, WEBHOOK_PATTERNS,
      .fields = s_event_field, .field_count = COUNT (s_event_field) },
    { "enabled", INPUT_BOOLEAN, INPUT_OPTIONAL, AT (endpoint_input_t, enabled) },
};

static const query_field_t s_list_queries [] = {
    { "merchant_id" },  { "status" },        { "limit" },          { "cursor" },
    { "min_sequence" }, { "created_after" }, { "created_before" },
};

static const char *const s_statuses [] = {
    [WEBHOOK_ENDPOINT_ENABLED] = "enabled",
    [WEBHOOK_ENDPOINT_DISABLED] = "disabled",
    [WEBHOOK_ENDPOINT_DELETED] = "deleted",
};

//  ---------------------------------------------------------------------------
//  What is asked for, looked at

static const endpoint_input_t *
s_input (const request_t *self)
{
    return (const endpoint_input_t *) self->input;
}

static void
s_check_url (request_t *self, const char *url)
{
    switch (webhook_url_check (&self->edge->config.webhook_allowed, url)) {
    case WEBHOOK_URL_FINE: break;
    case WEBHOOK_URL_MALFORMED:
        problem_field (&self->problem, "/", "url", FAULT_MALFORMED,
                       "The value must be an absolute http or https URL");
        break;
    case WEBHOOK_URL_HAS_USER:
        problem_field (&self->problem, "/", "url", FAULT_MALFORMED,
                       "The URL must not have a user or password");
        break;
    case WEBHOOK_URL_REFUSED: request_refuse (self, VERDICT_WEBHOOK_ADDRESS_REFUSED); break;
    }
}

static void
s_check_events (request_t *self, const events_t *events, bool merchant)
{
    for (uint32_t index = 0; index < events->count; index++) {
        if (!webhook_pattern_is_known (events->texts [index], merchant)) {
            char name [12];
            snprintf (name, sizeof name, "%u", index);
            problem_field (&self->problem, "/events/", name, FAULT_UNKNOWN,
                           "The value must be an event's type, all of a kind's (payment.*), or *");
        }
    }
}

static void
s_copy_events (const events_t *events, uint32_t *ret_count,
               webhook_pattern_t ret_patterns [WEBHOOK_PATTERNS])
{
    *ret_count = events->count;
    for (uint32_t index = 0; index < events->count; index++) {
        memcpy (ret_patterns [index].text, events->texts [index], WEBHOOK_PATTERN_SIZE);
    }
}

//  A deleted one is as one that is not there; only its deliveries are (deliveries.c).
static bool
s_sees (const request_t *self, const void *state)
{
    const webhook_endpoint_t *endpoint = state;
    return endpoint->status != WEBHOOK_ENDPOINT_DELETED && request_may (self, endpoint->owner);
}

//  The endpoint of {id}, or NOT_FOUND and false.
static bool
s_endpoint (request_t *self, webhook_endpoint_t *ret_endpoint)
{
    if (request_fact (self, FACT_ENDPOINT, ret_endpoint) && s_sees (self, ret_endpoint)) {
        return true;
    }
    request_fail (self, PROBLEM_NOT_FOUND, NULL);
    return false;
}

//  ---------------------------------------------------------------------------
//  What is shown

static void
s_show (request_t *self, const char *key, const node_reply_t *reply,
        const webhook_endpoint_t *endpoint, const char *secret)
{
    static const char *const reasons [] = {
        [WEBHOOK_NOT_DISABLED] = NULL,
        [WEBHOOK_DISABLED_ON_REQUEST] = "requested",
        [WEBHOOK_DISABLED_AS_GONE] = "gone",
    };
    json_out_t *out = &self->out;
    answer_head (self, key, reply, reply->aggregate, "webhook_endpoint",
                 s_statuses [endpoint->status]);
    out_oid (out, "merchant_id", endpoint->owner);
    out_text (out, "url", *endpoint->url ? endpoint->url : NULL);
    out_array (out, "events");
    for (uint32_t index = 0; index < endpoint->pattern_count; index++) {
        out_text (out, NULL, endpoint->patterns [index].text);
    }
    out_close (out, ']');
    out_text (out, "disabled_reason", reasons [endpoint->disabled]);
    out_time (out, "old_secret_until", endpoint->old_until_ms);
    if (secret) {
        out_text (out, "secret", secret);
    }
    out_close (out, '}');
}

static void
s_object (request_t *self, const char *key, const node_reply_t *reply, const void *state)
{
    s_show (self, key, reply, state, NULL);
}

static void
s_object_with_secret (request_t *self, const char *key, const node_reply_t *reply,
                      const void *state)
{
    s_show (self, key, reply, state, self->replayed ? NULL : s_input (self)->secret);
}

static void
s_row (request_t *self, const list_row_t *row)
{
    answer_row (self, row, s_object);
}

//  ---------------------------------------------------------------------------
//  POST webhook-endpoints

static oid_t
s_owner (const request_t *self)
{
    bool merchant = self->caller.role == ROLE_MERCHANT;
    return merchant ? self->caller.oid : s_input (self)->merchant;
}

static oid_t
s_new (const request_t *self)
{
    return scope_oid (self->edge->config.keyring, &self->scope, OID_WEBHOOK_ENDPOINT);
}

static void
s_create_prepare (request_t *self)
{
    oid_t named = s_input (self)->merchant, owner = s_owner (self);
    if (!oid_is_none (named) && !request_may (self, named)) {
        request_fail (self, PROBLEM_NOT_FOUND, NULL);
        return;
    }
    s_check_events (self, &s_input (self)->events, !oid_is_none (owner));
    s_check_url (self, s_input (self)->url);
    if (!request_failed (self)) {
        request_read (self, s_new (self));
        if (!oid_is_none (owner)) {
            request_read (self, owner);
        }
    }
}

static void
s_count_row (void *context, const list_row_t *row)
{
    (void) row;
    ++*(size_t *) context;
}

//  An owner's are few. Two that are made at once may both pass: the limit bounds the work
//  per event, and need not be exact. False: the problem is set.
static bool
s_has_room (request_t *self, oid_t owner)
{
    list_t list = oid_is_none (owner) ? LIST_OPERATOR_WEBHOOKS : LIST_MERCHANT_WEBHOOKS;
    size_t limit = (size_t) self->edge->config.limits->webhook_endpoints_per_owner;
    size_t count = 0;
    bool more;
    list_cursor_t cursor = { 0 };
    if (!answer_status (self, list_read (self->edge->config.node, list, owner, &cursor, limit,
                                         s_count_row, &count, &more))) {
        return false;
    }
    if (count >= limit) {
        request_refuse (self, VERDICT_WEBHOOK_ENDPOINT_LIMIT_EXCEEDED);
    }
    return count < limit;
}

static void
s_create_decide (request_t *self)
{
    endpoint_input_t *input = (endpoint_input_t *) self->input;
    webhook_endpoint_create_t create = { .owner = s_owner (self) };
    webhook_endpoint_t made;
    bool repeats = request_fact (self, FACT_ENDPOINT, &made);
    if (!repeats && !s_has_room (self, create.owner)) {
        return;
    }
    if (!oid_is_none (create.owner)) {
        merchant_t merchant;
        (void) request_fact (self, FACT_MERCHANT, &merchant);
        create.owner_status = merchant.status;
    }
    memcpy (create.url, input->url, sizeof create.url);
    s_copy_events (&input->events, &create.pattern_count, create.patterns);
    webhook_secret_make (self->edge->config.keyring, s_new (self), &create.secret, input->secret);
    self->wipes = true;
    request_command (self, s_new (self), WEBHOOK_ENDPOINT_CREATE, &create, sizeof create);
}

static void
s_create_render (request_t *self)
{
    answer_write (self, 201, s_object_with_secret, ending_now ());
}

//  ---------------------------------------------------------------------------
//  One endpoint

static void
s_read_render (request_t *self)
{
    answer_read (self, s_object, s_sees);
}

static void
s_change_decide (request_t *self)
{
    const endpoint_input_t *input = s_input (self);
    webhook_endpoint_t endpoint;
    if (!s_endpoint (self, &endpoint)) {
        return;
    }
    webhook_endpoint_change_t change = {
        .has_url = self->present & HAS_URL,
        .has_patterns = self->present & HAS_EVENTS,
        .has_enabled = self->present & HAS_ENABLED,
        .enabled = input->enabled,
        .if_version = self->if_version,
    };
    memcpy (change.url, input->url, sizeof change.url);
    s_copy_events (&input->events, &change.pattern_count, change.patterns);
    s_check_events (self, &input->events, !oid_is_none (endpoint.owner));
    if (change.has_url) {
        s_check_url (self, input->url);
    }
    if (!request_failed (self)) {
        request_command (self, self->path_oid, WEBHOOK_ENDPOINT_CHANGE, &change, sizeof change);
    }
}

static void
s_change_render (request_t *self)
{
    answer_write (self, 200, s_object, ending_now ());
}

static void
s_rotate_decide (request_t *self)
{
    endpoint_input_t *input = (endpoint_input_t *) self->input;
    webhook_endpoint_t endpoint;
    webhook_endpoint_rotate_t rotate;
    if (s_endpoint (self, &endpoint)) {
        webhook_secret_make (self->edge->config.keyring, self->path_oid, &rotate.secret,
                             input->secret);
        self->wipes = true;
        request_command (self, self->path_oid, WEBHOOK_ENDPOINT_ROTATE, &rotate, sizeof rotate);
    }
}

static void
s_rotate_render (request_t *self)
{
    answer_write (self, 200, s_object_with_secret, ending_now ());
}

static void
s_delete_decide (request_t *self)
{
    webhook_endpoint_t endpoint;
    if (s_endpoint (self, &endpoint)) {
        request_command (self, self->path_oid, WEBHOOK_ENDPOINT_DELETE, "", 0);
    }
}

//  ---------------------------------------------------------------------------
//  Lists

static bool
s_query (request_t *self, oid_t *ret_owner, uint8_t *ret_bucket)
{
    return request_query_owner (self, "merchant_id", OID_MERCHANT, ret_owner)
           && answer_query_status (self, s_statuses, WEBHOOK_ENDPOINT_DELETED, ret_bucket);
}

static void
s_list_prepare (request_t *self)
{
    oid_t owner;
    uint8_t bucket;
    (void) s_query (self, &owner, &bucket);
}

static void
s_list_render (request_t *self)
{
    oid_t owner;
    uint8_t bucket;
    if (s_query (self, &owner, &bucket)) {
        answer_list_of (self, oid_is_none (owner) ? LIST_WEBHOOK_ENDPOINTS : LIST_MERCHANT_WEBHOOKS,
                        owner, bucket, s_row);
    }
}

#define OWNERS (MAY_OPERATOR | MAY_MERCHANT)

static const route_t s_routes [] = {
    { "POST", "/v1/webhook-endpoints", .roles = OWNERS, ROUTE_FIELDS (s_create_fields),
      .looks = true, .prepare = s_create_prepare, .decide = s_create_decide,
      .render = s_create_render },
    { "GET", "/v1/webhook-endpoints", .roles = OWNERS, ROUTE_QUERIES (s_list_queries),
      .syncs = true, .prepare = s_list_prepare, .render = s_list_render },
    { "GET", "/v1/webhook-endpoints/{id}", OID_WEBHOOK_ENDPOINT, OWNERS, .render = s_read_render },
    { "PATCH", "/v1/webhook-endpoints/{id}", OID_WEBHOOK_ENDPOINT, OWNERS,
      ROUTE_FIELDS (s_change_fields), .decide = s_change_decide, .render = s_change_render },
    { "DELETE", "/v1/webhook-endpoints/{id}", OID_WEBHOOK_ENDPOINT, OWNERS,
      .decide = s_delete_decide, .render = answer_nothing },
    { "POST", "/v1/webhook-endpoints/{id}/rotate-secret", OID_WEBHOOK_ENDPOINT, OWNERS,
      .decide = s_rotate_decide, .render = s_rotate_render },
};
const route_table_t webhook_endpoint_routes = { s_routes, COUNT (s_routes) };
