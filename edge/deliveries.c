//  deliveries - GET webhook-endpoints/{id}/deliveries, GET deliveries/{id}, POST
//  deliveries/{id}/retry: what came of an event's way to an endpoint, and once more.

#include "actors/delivery.h"
#include "actors/webhook_endpoint.h"
#include "edge/edge_self.h"
#include "edge/resources.h"

enum { FACT_DELIVERY, FACT_ENDPOINT };

static const query_field_t s_list_queries [] = {
    { "status" },       { "limit" },         { "cursor" },
    { "min_sequence" }, { "created_after" }, { "created_before" },
};

static const char *const s_statuses [] = {
    [DELIVERY_PENDING] = "pending",
    [DELIVERY_SUCCEEDED] = "succeeded",
    [DELIVERY_FAILED] = "failed",
    [DELIVERY_DISCARDED] = "discarded",
};

static void
s_attempt (json_out_t *out, const delivery_attempt_t *attempt)
{
    const char *code = webhook_outcome_code (attempt->outcome);
    out_object (out, NULL);
    out_i64 (out, "number", attempt->number);
    out_time (out, "at", attempt->at_ms);
    if (attempt->outcome == WEBHOOK_RESPONDED) {
        out_i64 (out, "http_status", attempt->http_status);
    }
    else {
        out_null (out, "http_status");
    }
    out_text (out, "error", *code ? code : NULL);
    out_i64 (out, "duration_ms", attempt->duration_ms);
    out_bool (out, "requested", attempt->manual);
    out_close (out, '}');
}

static void
s_object (request_t *self, const char *key, const node_reply_t *reply, const void *state)
{
    const delivery_t *delivery = state;
    json_out_t *out = &self->out;
    char sequence [32];
    snprintf (sequence, sizeof sequence, "%u.%lld", delivery->place.partition,
              (long long) delivery->place.sequence);
    answer_head (self, key, reply, reply->aggregate, "delivery", s_statuses [delivery->status]);
    out_oid (out, "webhook_endpoint_id", delivery->endpoint);
    out_oid (out, "merchant_id", delivery->owner);
    out_text (out, "event_type", delivery->event);
    out_oid (out, "event_subject", delivery->subject);
    out_text (out, "event_sequence", sequence);
    out_bool (out, "in_flight", delivery->in_flight);
    out_i64 (out, "attempt_count", delivery->attempts);
    out_time (out, "next_attempt_at", delivery->next_at_ms);
    out_array (out, "attempts");
    for (uint32_t index = delivery->kept_count; index > 0; index--) {
        s_attempt (out, &delivery->kept [index - 1]);
    }
    out_close (out, ']');
    out_close (out, '}');
}

static bool
s_sees (const request_t *self, const void *state)
{
    return request_may (self, ((const delivery_t *) state)->owner);
}

static void
s_read_render (request_t *self)
{
    answer_read (self, s_object, s_sees);
}

static void
s_retry_examine (request_t *self)
{
    delivery_t delivery;
    if (self->fact_count > FACT_ENDPOINT) {
        return;
    }
    if (!request_fact (self, FACT_DELIVERY, &delivery) || !s_sees (self, &delivery)) {
        request_fail (self, PROBLEM_NOT_FOUND, NULL);
        return;
    }
    request_read (self, delivery.endpoint);
}

static void
s_retry_decide (request_t *self)
{
    webhook_endpoint_t endpoint;
    (void) request_fact (self, FACT_ENDPOINT, &endpoint);
    delivery_retry_t retry = { endpoint.status };
    request_command (self, self->path_oid, DELIVERY_RETRY, &retry, sizeof retry);
}

//  It is on its way as long as the receiver takes to answer.
static void
s_retry_render (request_t *self)
{
    delivery_t delivery;
    (void) reply_state (answer_decided (self), &delivery);
    ending_t running = { OUTCOME_RUNNING, VERDICT_ACCEPTED };
    answer_write (self, 200, s_object, delivery.in_flight ? running : ending_now ());
}

static void
s_list_prepare (request_t *self)
{
    uint8_t bucket;
    (void) answer_query_status (self, s_statuses, COUNT (s_statuses), &bucket);
}

static void
s_row (request_t *self, const list_row_t *row)
{
    answer_row (self, row, s_object);
}

//  Of a deleted endpoint too: what became of them may be asked later.
static void
s_list_render (request_t *self)
{
    webhook_endpoint_t endpoint;
    uint8_t bucket;
    if (!request_fact (self, 0, &endpoint) || !request_may (self, endpoint.owner)) {
        request_fail (self, PROBLEM_NOT_FOUND, NULL);
        return;
    }
    if (answer_query_status (self, s_statuses, COUNT (s_statuses), &bucket)) {
        answer_list_of (self, LIST_ENDPOINT_DELIVERIES, self->path_oid, bucket, s_row);
    }
}

static const route_t s_routes [] = {
    { "GET", "/v1/webhook-endpoints/{id}/deliveries", OID_WEBHOOK_ENDPOINT,
      MAY_OPERATOR | MAY_MERCHANT, ROUTE_QUERIES (s_list_queries), .syncs = true,
      .prepare = s_list_prepare, .render = s_list_render },
    { "GET", "/v1/deliveries/{id}", OID_DELIVERY, MAY_OPERATOR | MAY_MERCHANT,
      .render = s_read_render },
    { "POST", "/v1/deliveries/{id}/retry", OID_DELIVERY, MAY_OPERATOR | MAY_MERCHANT,
      .examine = s_retry_examine, .decide = s_retry_decide, .render = s_retry_render },
};
const route_table_t delivery_routes = { s_routes, COUNT (s_routes) };
