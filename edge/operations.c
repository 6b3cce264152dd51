//  operations - GET /healthz, /readyz (and HEAD of both), /metrics: without a token, and
//  also when the node takes no other request.

#include "edge/edge_self.h"
#include "edge/password.h"
#include "edge/resources.h"

static void
s_status (request_t *self, const char *status)
{
    out_object (&self->out, NULL);
    out_text (&self->out, "status", status);
    out_close (&self->out, '}');
}

static void
s_health_render (request_t *self)
{
    s_status (self, "ok");
}

static void
s_ready_render (request_t *self)
{
    if (atomic_load_explicit (&self->edge->leaving, memory_order_relaxed)) {
        request_fail (self, PROBLEM_NOT_READY, NULL);
        return;
    }
    s_status (self, "ready");
}

#define COUNTER(field, name, help)                                                                 \
    metrics_value (out, name, "counter", help, (double) values.field);

static void
s_node_metrics (const node_t *node, json_out_t *out)
{
    node_metrics_t values;
    node_metrics (node, &values);
    NODE_METRICS (COUNTER)
    metrics_value (out, "happypay_in_flight", "gauge", "Messages admitted and not answered",
                   (double) values.in_flight);
    metrics_value (out, "happypay_unflushed_bytes", "gauge",
                   "Committed and not yet in the state environment",
                   (double) values.unflushed_bytes);
    metrics_value (out, "happypay_projection_lag_events", "gauge",
                   "Events committed and not yet in lists and books",
                   (double) values.projection_lag_events);
    metrics_value (out, "happypay_projection_lag_seconds", "gauge",
                   "How long the oldest of them has waited",
                   (double) values.projection_lag_ms / 1e3);
    metrics_value (out, "happypay_resident_actors", "gauge", "Aggregates bound to an actor",
                   (double) values.resident_actors);
    metrics_value (out, "happypay_outbox_pending", "gauge", "Messages not acknowledged",
                   (double) values.outbox_pending);
    metrics_value (out, "happypay_timers_pending", "gauge", "Durable timers set",
                   (double) values.timers_pending);
    metrics_value (out, "happypay_commit_seconds_total", "counter", "Time in durable commits",
                   (double) values.commit_ns_sum / 1e9);
}

static void
s_bank_metrics (const bank_gateway_t *bank, json_out_t *out)
{
    bank_metrics_t values;
    bank_gateway_metrics (bank, &values);
    BANK_METRICS (COUNTER)
    metrics_value (out, "happypay_bank_calls_in_flight", "gauge", "Bank calls in flight",
                   (double) values.in_flight);
    metrics_value (out, "happypay_bank_calls_waiting", "gauge", "Bank calls waiting for room",
                   (double) values.waiting);
    metrics_value (out, "happypay_bank_breakers_open", "gauge", "Banks that are not called",
                   (double) values.breakers_open);
}

static void
s_edge_metrics (const edge_t *edge, json_out_t *out)
{
    uint64_t hits, misses, published = 0, dropped = 0;
    token_check_counts (edge->tokens, &hits, &misses);
    metrics_value (out, "happypay_token_cache_hits_total", "counter", "Tokens remembered",
                   (double) hits);
    metrics_value (out, "happypay_token_cache_misses_total", "counter", "Tokens checked",
                   (double) misses);
    metrics_value (out, "happypay_http_connections", "gauge", "Open connections",
                   (double) connections_count (edge->connections));
    metrics_value (out, "happypay_http_connections_late_total", "counter",
                   "Connections ended because their client was too slow",
                   (double) connections_late (edge->connections));
    if (edge->config.tls) {
        metrics_value (out, "happypay_tls_certificate_expiry_timestamp_seconds", "gauge",
                       "When the certificate ends, since 1970",
                       (double) tls_expires_s (edge->config.tls));
    }
    metrics_value (out, "happypay_http_requests_in_flight", "gauge", "Requests without answer",
                   (double) atomic_load (&edge->busy));
    metrics_value (out, "happypay_passwords_waiting", "gauge", "Passwords to be hashed",
                   (double) password_pool_waiting (edge->passwords));
    metrics_value (out, "happypay_log_lines_dropped_total", "counter", "Lines nobody read in time",
                   edge->log ? (double) log_dropped (edge->log) : 0);
    if (edge->config.tap) {
        tap_counts (edge->config.tap, &published, &dropped);
        metrics_value (out, "happypay_tap_published_total", "counter", "Tap messages published",
                       (double) published);
        metrics_value (out, "happypay_tap_dropped_total", "counter", "Tap records not encoded",
                       (double) dropped);
    }
}

static void
s_webhook_metrics (const edge_config_t *config, json_out_t *out)
{
    webhook_metrics_t values;
    webhook_reader_metrics_t reader;
    webhook_gateway_metrics (config->webhooks, &values);
    webhook_reader_metrics (config->webhook_reader, &reader);
    WEBHOOK_METRICS (COUNTER)
    metrics_value (out, "happypay_webhooks_in_flight", "gauge", "Webhooks on the wire",
                   (double) values.in_flight);
    metrics_value (out, "happypay_webhooks_waiting", "gauge", "Webhooks waiting for the wire",
                   (double) values.waiting);
    metrics_value (out, "happypay_webhook_records_total", "counter",
                   "Records looked through for webhooks", (double) reader.looked);
    metrics_value (out, "happypay_webhook_deliveries_total", "counter",
                   "Deliveries asked for, some again after a crash", (double) reader.found);
    metrics_value (out, "happypay_webhook_restarts_total", "counter",
                   "Steps through the journal that were lost", (double) reader.restarts);
}

static void
s_metrics_render (request_t *self)
{
    const edge_config_t *config = &self->edge->config;
    self->content_type = "text/plain; version=0.0.4; charset=utf-8";
    metrics_render (self->edge->metrics, &self->out);
    s_node_metrics (config->node, &self->out);
    if (config->bank) {
        s_bank_metrics (config->bank, &self->out);
    }
    if (config->webhooks && config->webhook_reader) {
        s_webhook_metrics (config, &self->out);
    }
    s_edge_metrics (self->edge, &self->out);
}

static const route_t s_routes [] = {
    { "GET", "/healthz", .roles = MAY_ANYONE, .unlimited = true, .render = s_health_render },
    { "HEAD", "/healthz", .roles = MAY_ANYONE, .unlimited = true, .render = s_health_render },
    { "GET", "/readyz", .roles = MAY_ANYONE, .unlimited = true, .render = s_ready_render },
    { "HEAD", "/readyz", .roles = MAY_ANYONE, .unlimited = true, .render = s_ready_render },
    { "GET", "/metrics", .roles = MAY_ANYONE, .unlimited = true, .render = s_metrics_render },
};
const route_table_t operation_routes = { s_routes, COUNT (s_routes) };
