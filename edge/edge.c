#include "edge/edge.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include "edge/edge_self.h"
#include "edge/password.h"
#include "edge/reporter.h"

//  Before the grace ends: time to answer those who still wait for sagas with what is.
enum { HURRY_MS = 1000 };

int64_t
monotonic_ns (void)
{
    struct timespec now;
    clock_gettime (CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t
wall_ms (void)
{
    struct timespec now;
    clock_gettime (CLOCK_REALTIME, &now);
    return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

//  On the pool's thread: the worker goes on, as soon as it sees the connection.
static void
s_password_done (void *context, password_outcome_t outcome, const char *hash)
{
    request_password_done (context, outcome != PASSWORD_UNABLE, outcome == PASSWORD_MATCHES, hash);
}

static void
s_holder_told (void *context, holder_result_t result, const char *name)
{
    request_looked_up (context, result, name);
}

static void
s_make_slots (edge_t *self)
{
    //  One request at a time on each connection, and the operations of batches
    self->slot_count =
        (uint32_t) self->limits.http_connections + 64 + batches_slots (&self->limits);
    self->slots = calloc (self->slot_count, sizeof *self->slots);
    assert (self->slots);
    for (uint32_t slot = self->slot_count; slot-- > 0;) {
        request_t *request = &self->slots [slot];
        request->slot = slot;
        atomic_store (&request->generation, 1);
        request->next_free = self->free_slots;
        self->free_slots = request;
    }
}

static void
s_make_connections (edge_t *self)
{
    connections_config_t config = {
        .total = self->limits.http_connections,
        .per_address = self->limits.http_connections_per_address,
        .idle_ms = self->limits.http_timeout_s * 1000,
        .transfer_ms = self->limits.http_transfer_s * 1000,
    };
    self->connections = connections_new (&config);
}

static bool
s_make_parts (edge_t *self)
{
    const limits_t *limits = &self->limits;
    s_make_slots (self);
    s_make_connections (self);
    self->tokens = token_check_new (self->config.keyring, TOKEN_CACHED);
    self->passwords = password_pool_new ((size_t) limits->hash_threads, (size_t) limits->hash_queue,
                                         s_password_done);
    self->guesses = guesses_new (limits->login_guesses_per_address, limits->login_guesses_per_login,
                                 limits->login_guess_refill_ms);
    self->rates = rates_new (limits->rate_window_s);
    self->reporter = reporter_new (limits->report_timeout_ms);
    self->ended = ended_new ();
    self->holders = holders_new (self->config.bank_url, limits->bank_timeout_ms, s_holder_told);
    self->metrics = metrics_new ();
    self->facts = facts_new ();
    self->waits = waits_new (self->slot_count, (uint32_t) limits->http_connections / 2);
    if (self->config.access_log) {
        self->log = log_new (STDERR_FILENO);
    }
    return self->tokens && self->passwords && self->reporter && self->holders
           && (self->log || !self->config.access_log) && replies_start (self)
           && (self->batches = batches_new (self));
}

status_t
edge_start (const edge_config_t *config, edge_t **ret_edge, char ret_reason [256])
{
    edge_t *self = calloc (1, sizeof *self);
    assert (self);
    self->config = *config;
    self->limits = *config->limits;
    randombytes_buf (&self->run, sizeof self->run);
    pthread_mutex_init (&self->mutex, NULL);
    status_t status = STATUS_LIMIT;
    snprintf (ret_reason, 256, "the edge's threads cannot be made");
    if (s_make_parts (self)) {
        status = http_start (self, ret_reason);
    }
    if (status != STATUS_OK) {
        edge_destroy (&self);
        return status;
    }
    *ret_edge = self;
    return STATUS_OK;
}

uint16_t
edge_port (const edge_t *self)
{
    return http_port (self);
}

void
edge_announce_stop (edge_t *self)
{
    atomic_store_explicit (&self->leaving, true, memory_order_release);
}

void
edge_stop_accepting (edge_t *self)
{
    edge_announce_stop (self);
    atomic_store_explicit (&self->refusing, true, memory_order_release);
}

static void
s_hurry (edge_t *self)
{
    atomic_store_explicit (&self->hurrying, true, memory_order_release);
}

bool
edge_drain (edge_t *self, int64_t grace_ms)
{
    int64_t until_ms = monotonic_ns () / 1000000 + grace_ms;
    while (atomic_load_explicit (&self->busy, memory_order_acquire) > 0) {
        int64_t now_ms = monotonic_ns () / 1000000;
        if (now_ms >= until_ms - HURRY_MS) {
            s_hurry (self);
        }
        if (now_ms >= until_ms) {
            return false;
        }
        poll (NULL, 0, 5);
    }
    return true;
}

void
edge_destroy (edge_t **self_p)
{
    edge_t *self = *self_p;
    if (!self) {
        return;
    }
    edge_stop_accepting (self);
    s_hurry (self);
    if (self->passwords) {
        password_pool_end (self->passwords);
    }
    if (self->reporter) {
        reporter_end (self->reporter);
    }
    if (self->holders) {
        holders_end (self->holders);
    }
    replies_stop (self);
    http_stop (self);
    batches_destroy (&self->batches);
    password_pool_destroy (&self->passwords);
    reporter_destroy (&self->reporter);
    holders_destroy (&self->holders);
    guesses_destroy (&self->guesses);
    rates_destroy (&self->rates);
    ended_destroy (&self->ended);
    for (uint32_t index = 0; index < self->port_count; index++) {
        node_port_destroy (&self->ports [index]);
    }
    waits_destroy (&self->waits);
    metrics_destroy (&self->metrics);
    connections_destroy (&self->connections);
    facts_destroy (&self->facts);
    token_check_destroy (&self->tokens);
    log_destroy (&self->log);
    pthread_mutex_destroy (&self->mutex);
    free (self->slots);
    free (self);
    *self_p = NULL;
}
