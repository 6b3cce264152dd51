#include "edge/batch.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include "edge/batch_read.h"
#include "edge/edge_self.h"
#include "edge/route.h"

enum { SHARE = 4 };  //  Of the places: one in so many may be one caller's

struct batch {
    request_t *request;   //  Whose it is; NULL: the place is free
    batch_span_t *spans;  //  Owned
    json_out_t *results;  //  Owned: of each operation that has ended
    size_t count, begun, ended;
    size_t result_bytes;
    int64_t began_ns;
};

struct batches {
    edge_t *edge;
    node_port_t *port;
    pthread_t thread;
    bool started;

    pthread_mutex_t lock;  //  Guards what follows
    pthread_cond_t more;
    bool ending;
    request_t *first, *last;  //  Ready, linked by next_ready: as many as there are slots
    size_t place_count;
    batch_t places [];
};

//  ---------------------------------------------------------------------------
//  Places

uint32_t
batches_slots (const limits_t *limits)
{
    return (uint32_t) (limits->batches * limits->batch_window);
}

bool
batches_claim (batches_t *self, request_t *request)
{
    bool trusted = request->caller.role == ROLE_OPERATOR;
    size_t share = trusted ? self->place_count : (self->place_count + SHARE - 1) / SHARE;
    batch_t *free_place = NULL;
    size_t taken = 0;
    pthread_mutex_lock (&self->lock);
    for (size_t index = 0; index < self->place_count; index++) {
        const request_t *other = self->places [index].request;
        taken += other && oid_equal (other->caller.oid, request->caller.oid);
        free_place = other ? free_place : &self->places [index];
    }
    if (free_place && taken < share) {
        *free_place = (batch_t) { .request = request };
        request->batch = free_place;
    }
    pthread_mutex_unlock (&self->lock);
    return request->batch != NULL;
}

void
batches_release (batches_t *self, request_t *request)
{
    if (request->batch) {
        pthread_mutex_lock (&self->lock);
        request->batch->request = NULL;
        pthread_mutex_unlock (&self->lock);
        request->batch = NULL;
    }
}

//  ---------------------------------------------------------------------------
//  What an operation has instead of header and body

const request_t *
batch_request (const batch_t *self)
{
    return self->request;
}

const char *
batch_header (const request_t *operation, const char *name)
{
    static const struct {
        const char *name, *member;
    } fields [] = { { "Idempotency-Key", "idempotency_key" }, { "If-Match", "if_match" } };
    for (size_t index = 0; index < COUNT (fields); index++) {
        if (strcasecmp (fields [index].name, name) == 0) {
            return json_string_value (
                json_object_get (operation->operation, fields [index].member));
        }
    }
    return NULL;
}

json_t *
batch_body (const request_t *operation)
{
    return json_object_get (operation->operation, "body");
}

unsigned
batch_wait_s (const request_t *operation)
{
    const batch_t *batch = operation->of_batch;
    int64_t left_ms =
        (int64_t) batch->request->wait_s * 1000 - (monotonic_ns () - batch->began_ns) / 1000000;
    return left_ms > 0 ? (unsigned) ((left_ms + 999) / 1000) : 0;
}

//  ---------------------------------------------------------------------------
//  Results

//  What one round trip has once, and what is for whoever keeps the answer.
static bool
s_is_of_all (const char *name)
{
    static const char *const names [] = { "Content-Type", "Cache-Control", "Connection",
                                          "RateLimit", "RateLimit-Policy" };
    size_t index = 0;
    while (index < COUNT (names) && strcasecmp (names [index], name) != 0) {
        index++;
    }
    return index < COUNT (names);
}

static void
s_add_header (void *context, const char *name, const char *value)
{
    if (!s_is_of_all (name)) {
        out_text (context, name, value);
    }
}

static void
s_collect (batch_t *self, request_t *operation)
{
    json_out_t *result = &self->results [operation->operation_index];
    size_t size;
    request_render (operation);
    char *body = out_take (&operation->out, &size);
    out_object (result, NULL);
    out_i64 (result, "status", operation->http);
    out_object (result, "headers");
    request_headers (operation, s_add_header, result);
    out_close (result, '}');
    out_raw (result, ",\"body\":", 8);
    out_raw (result, size ? body : "null", size ? size : 4);
    out_close (result, '}');
    free (body);
    self->result_bytes += result->size;
    self->ended++;
    if (operation->rate.quota) {
        self->request->rate = operation->rate;
    }
    edge_slot_give (self->request->edge, operation);
}

static void
s_finish (batch_t *self)
{
    json_out_t *out = &self->request->out;
    out_raw (out, "{\"results\":[", 12);
    for (size_t index = 0; index < self->count; index++) {
        out_raw (out, ",", index > 0);
        out_raw (out, self->results [index].bytes, self->results [index].size);
        out_destroy (&self->results [index]);
    }
    out_raw (out, "]}", 2);
}

//  ---------------------------------------------------------------------------
//  Operations

static void
s_refuse_late (batch_t *self, request_t *operation)
{
    edge_t *edge = operation->edge;
    if (atomic_load_explicit (&edge->hurrying, memory_order_relaxed)) {
        request_fail (operation, PROBLEM_NOT_READY, NULL);
    }
    else if (self->result_bytes > (size_t) edge->limits.batch_answer_bytes) {
        request_fail (operation, PROBLEM_OVERLOADED, "The batch's answer is as long as it may be");
    }
}

//  Its text was read before; what may fail now is a number that fits nowhere.
static void
s_read_operation (batch_t *self, request_t *operation)
{
    const batch_span_t *span = &self->spans [operation->operation_index];
    operation->operation =
        json_in_parse (self->request->body + span->at, span->size, &operation->problem);
    if (operation->operation) {
        json_t *json = operation->operation;
        snprintf (operation->method, sizeof operation->method, "%s",
                  json_string_value (json_object_get (json, "method")));
        operation->target_status =
            target_read (&operation->target, json_string_value (json_object_get (json, "path")));
        s_refuse_late (self, operation);
    }
}

static void
s_drive (batches_t *self, request_t *operation)
{
    if (operation->stage == STAGE_ANSWERED || request_drive (operation, self->port)) {
        s_collect (operation->of_batch, operation);
    }
}

static void
s_begin_operation (batches_t *self, batch_t *batch)
{
    const request_t *request = batch->request;
    request_t *operation = edge_slot_take (self->edge);
    assert (operation);  //  The place stands for a window of slots
    operation->of_batch = batch;
    operation->operation_index = (uint32_t) batch->begun++;
    operation->connection = request->connection;
    operation->client = request->client;
    operation->caller = request->caller;
    s_read_operation (batch, operation);
    atomic_fetch_add_explicit (&self->edge->busy, 1, memory_order_relaxed);
    request_begin (operation);
    s_drive (self, operation);
}

//  Begins what there is room for; the end, if nothing is left.
static void
s_go_on (batches_t *self, batch_t *batch)
{
    size_t window = (size_t) self->edge->limits.batch_window;
    while (batch->begun < batch->count && batch->begun - batch->ended < window) {
        s_begin_operation (self, batch);
    }
    if (batch->ended < batch->count) {
        return;
    }
    s_finish (batch);
    free (batch->spans);
    free (batch->results);
    batch->spans = NULL;
    batch->results = NULL;
    request_resume (batch->request);
}

static void
s_begin (batches_t *self, batch_t *batch)
{
    request_t *request = batch->request;
    const batch_limits_t limits = {
        .operations_max = (size_t) self->edge->limits.batch_operations,
        .operation_bytes_max = (size_t) self->edge->limits.http_body_bytes,
    };
    batch->began_ns = monotonic_ns ();
    if (!batch_read (request->body, request->body_size, &limits, &batch->spans, &batch->count,
                     &request->problem)) {
        request_resume (request);
        return;
    }
    batch->results = calloc (batch->count + 1, sizeof *batch->results);
    assert (batch->results);
    s_go_on (self, batch);
}

//  ---------------------------------------------------------------------------
//  The thread

void
batches_ready (batches_t *self, request_t *request)
{
    pthread_mutex_lock (&self->lock);
    request->next_ready = NULL;
    if (self->first) {
        self->last->next_ready = request;
    }
    else {
        self->first = request;
    }
    self->last = request;
    pthread_cond_signal (&self->more);
    pthread_mutex_unlock (&self->lock);
}

//  NULL: the end.
static request_t *
s_next (batches_t *self)
{
    pthread_mutex_lock (&self->lock);
    while (!self->first && !self->ending) {
        pthread_cond_wait (&self->more, &self->lock);
    }
    request_t *request = self->first;
    if (request) {
        self->first = request->next_ready;
    }
    pthread_mutex_unlock (&self->lock);
    return request;
}

static void *
s_run (void *argument)
{
    batches_t *self = argument;
    request_t *request;
    while ((request = s_next (self))) {
        batch_t *batch = request->of_batch;
        if (batch) {
            s_drive (self, request);
            s_go_on (self, batch);
        }
        else {
            s_begin (self, request->batch);
        }
    }
    return NULL;
}

batches_t *
batches_new (edge_t *edge)
{
    size_t place_count = (size_t) edge->limits.batches;
    batches_t *self = calloc (1, sizeof *self + place_count * sizeof self->places [0]);
    assert (self);
    self->edge = edge;
    self->place_count = place_count;
    pthread_mutex_init (&self->lock, NULL);
    pthread_cond_init (&self->more, NULL);
    self->port = node_port_new (edge->config.node);
    self->started = self->port && pthread_create (&self->thread, NULL, s_run, self) == 0;
    if (!self->started) {
        batches_destroy (&self);
    }
    return self;
}

void
batches_destroy (batches_t **self_p)
{
    batches_t *self = *self_p;
    if (!self) {
        return;
    }
    if (self->started) {
        pthread_mutex_lock (&self->lock);
        self->ending = true;
        pthread_cond_signal (&self->more);
        pthread_mutex_unlock (&self->lock);
        pthread_join (self->thread, NULL);
    }
    node_port_destroy (&self->port);
    pthread_cond_destroy (&self->more);
    pthread_mutex_destroy (&self->lock);
    free (self);
    *self_p = NULL;
}

//  ---------------------------------------------------------------------------
//  The route

//  Comes here twice: the second time, a worker when all results are there.
request_stage_t
request_batch (request_t *self, bool *ret_wait)
{
    if (self->batched) {
        return STAGE_ANSWERED;
    }
    self->batched = true;
    request_suspend (self);
    self->stage = STAGE_BATCHING;
    *ret_wait = true;
    batches_ready (self->edge->batches, self);
    return STAGE_BATCHING;
}

//  The answer is written by then.
static void
s_render (request_t *self)
{
    (void) self;
}

static const route_t s_routes [] = {
    { "POST", "/v1/batch", .roles = MAY_OPERATOR | MAY_MEMBER | MAY_MERCHANT, .batch = true,
      .render = s_render },
};
const route_table_t batch_routes = { s_routes, COUNT (s_routes) };
