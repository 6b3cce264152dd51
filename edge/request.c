//  request - the driver: which stage comes next, and what is sent for it. What a
//  request means before that is in request_begin.c, how it looks in respond.c.

#include "edge/request.h"

#include <stdlib.h>
#include "edge/edge_self.h"
#include "edge/password.h"
#include "edge/route.h"

enum { HOLD = 1 << 16 };  //  In `pending`: a driver is still sending

uint64_t
request_token (const request_t *request, unsigned ordinal)
{
    uint32_t generation = atomic_load_explicit (&request->generation, memory_order_relaxed);
    return (uint64_t) generation << 32 | (uint64_t) request->slot << 8 | ordinal;
}

//  ---------------------------------------------------------------------------
//  For route functions

size_t
request_read (request_t *self, oid_t oid)
{
    assert (self->fact_count < REQUEST_FACTS_MAX);
    self->fact_oids [self->fact_count] = oid;
    return self->fact_count++;
}

bool
reply_state (const node_reply_t *reply, void *ret_state)
{
    const aggregate_type_t *type = registry_find (reply->aggregate.kind);
    assert (type);
    if (reply->version == 0) {
        memset (ret_state, 0, type->state->size);
        return false;
    }
    bool read = shape_unpack (type->state, reply->state, reply->state_size, ret_state);
    assert (read);  //  The node is of this binary
    return true;
}

bool
request_fact (const request_t *self, size_t index, void *ret_state)
{
    assert (index < self->fact_count && self->facts [index]);
    return reply_state (self->facts [index], ret_state);
}

void
request_command (request_t *self, oid_t to, uint8_t command, const void *payload,
                 size_t payload_size)
{
    assert (payload_size <= sizeof self->payload);
    self->commands = true;
    self->command_to = to;
    self->command_number = command;
    memcpy (self->payload, payload, payload_size);
    if (oid_is_none (self->shown_oid)) {
        self->shown_oid = to;
    }
}

void
request_hash (request_t *self, const char *text)
{
    self->secret = text;
}

void
request_fail (request_t *self, problem_kind_t kind, const char *detail)
{
    problem_set (&self->problem, kind, detail);
}

void
request_refuse (request_t *self, verdict_t verdict)
{
    problem_refuse (&self->problem, verdict);
}

bool
request_may (const request_t *self, oid_t owner)
{
    return self->caller.role == ROLE_OPERATOR || oid_equal (self->caller.oid, owner);
}

//  ---------------------------------------------------------------------------
//  Sending

static void
s_suspend (request_t *self)
{
    if (!self->suspended) {
        self->suspended = true;
        MHD_suspend_connection (self->connection);
    }
}

//  The driver's last touch while the request is suspended.
static void
s_resume (request_t *self)
{
    self->suspended = false;
    MHD_resume_connection (self->connection);
}

static void
s_hold (request_t *self)
{
    s_suspend (self);
    atomic_store_explicit (&self->pending, HOLD, memory_order_relaxed);
}

//  True if nothing is out any more: the caller drives on.
static bool
s_let_go (request_t *self, int32_t count)
{
    return atomic_fetch_sub_explicit (&self->pending, count, memory_order_acq_rel) == count;
}

static void
s_refuse_admission (request_t *self, admission_t admission)
{
    request_fail (self,
                  admission == ADMISSION_STORAGE_FULL ? PROBLEM_STORAGE_FULL : PROBLEM_OVERLOADED,
                  NULL);
}

static void
s_wait (request_t *self, wait_kind_t kind, int64_t wait_ms, int64_t abandon_ms, oid_t oid,
        unsigned ordinal)
{
    int64_t now_ms = monotonic_ns () / 1000000;
    wait_t wait = {
        .kind = kind,
        .since_ms = now_ms,
        .deadline_ms = now_ms + wait_ms,
        .abandon_ms = now_ms + wait_ms + abandon_ms,
        .oid = oid,
        .token = request_token (self, ordinal),
    };
    waits_set (self->edge->waits, self->slot, &wait);
}

static bool
s_send_queries (request_t *self, node_port_t *port)
{
    s_hold (self);
    atomic_fetch_add_explicit (&self->pending, (int32_t) self->fact_count, memory_order_relaxed);
    s_wait (self, WAIT_REPLY, 0, REQUEST_ABANDON_MS, (oid_t) { 0 }, 0);
    int32_t unsent = 0;
    for (size_t index = 0; index < self->fact_count; index++) {
        admission_t admission = ADMITTED;
        if (!request_failed (self)) {
            admission = node_port_query (port, self->fact_oids [index],
                                         request_token (self, (unsigned) index), false);
        }
        if (admission != ADMITTED) {
            s_refuse_admission (self, admission);
        }
        unsent += request_failed (self);
    }
    return s_let_go (self, HOLD + unsent);
}

static bool
s_send_command (request_t *self, node_port_t *port)
{
    bool waits = self->wait_s > 0;
    node_request_t request = {
        .to = self->command_to,
        .command = self->command_number,
        .payload = self->payload,
        .token = request_token (self, ORDINAL_COMMAND),
        .waits = waits,
        .scoped = true,
    };
    memcpy (request.scope, self->scope.scope, SCOPE_SIZE);
    memcpy (request.fingerprint, self->scope.fingerprint, SCOPE_SIZE);
    memcpy (request.correlation, self->trace_id, sizeof request.correlation);
    s_hold (self);
    atomic_fetch_add_explicit (&self->pending, 1, memory_order_relaxed);
    s_wait (self, waits ? WAIT_SAGA : WAIT_REPLY, (int64_t) self->wait_s * 1000, REQUEST_ABANDON_MS,
            self->command_to, ORDINAL_COMMAND);
    admission_t admission = node_port_command (port, &request);
    if (admission != ADMITTED) {
        s_refuse_admission (self, admission);
    }
    return s_let_go (self, HOLD + (admission != ADMITTED));
}

static bool
s_send_read (request_t *self, node_port_t *port, oid_t oid, unsigned ordinal)
{
    s_hold (self);
    atomic_fetch_add_explicit (&self->pending, 1, memory_order_relaxed);
    bool sync = ordinal == ORDINAL_SYNC;
    bool waits = ordinal == ORDINAL_REREAD && self->wait_s > 0;
    s_wait (self, waits ? WAIT_SAGA : WAIT_REPLY, waits ? (int64_t) self->wait_s * 1000 : 0,
            sync ? REQUEST_SYNC_MS : REQUEST_ABANDON_MS, oid, ordinal);
    uint64_t token = request_token (self, ordinal);
    admission_t admission =
        sync ? node_port_sync (port, token) : node_port_query (port, oid, token, waits);
    if (admission != ADMITTED) {
        s_refuse_admission (self, admission);
    }
    return s_let_go (self, HOLD + (admission != ADMITTED));
}

//  ---------------------------------------------------------------------------
//  Replies that say no

static const problem_kind_t s_reply_problems [] = {
    [REPLY_IN_FLIGHT] = PROBLEM_IDEMPOTENCY_IN_FLIGHT,
    [REPLY_KEY_REUSED] = PROBLEM_IDEMPOTENCY_KEY_REUSED,
    [REPLY_OVERLOADED] = PROBLEM_OVERLOADED,
    [REPLY_STORAGE_FULL] = PROBLEM_STORAGE_FULL,
    [REPLY_UNKNOWN] = PROBLEM_OUTCOME_UNKNOWN,
};

static void
s_check_reply (request_t *self, const node_reply_t *reply)
{
    if (reply->kind < COUNT (s_reply_problems) && s_reply_problems [reply->kind]) {
        request_fail (self, s_reply_problems [reply->kind], NULL);
    }
}

static void
s_check_decided (request_t *self)
{
    const node_reply_t *reply = self->decided;
    s_check_reply (self, reply);
    if (request_failed (self)) {
        return;
    }
    self->replayed = reply->kind == REPLY_REPLAYED;
    if (reply->verdict != VERDICT_ACCEPTED) {
        request_refuse (self, reply->verdict);
    }
}

//  ---------------------------------------------------------------------------
//  Driving. Each step returns the next stage, or sets *ret_wait: replies are out.

static request_stage_t
s_prepare (request_t *self, bool *ret_wait)
{
    if (self->route->prepare) {
        self->route->prepare (self);
    }
    else {
        request_read (self, self->path_oid);
    }
    if (request_failed (self)) {
        return STAGE_ANSWERED;
    }
    if (!self->secret) {
        return STAGE_SENDING;
    }
    s_suspend (self);
    self->stage = STAGE_HASHING;
    *ret_wait = password_hash (self->edge->passwords, self->secret, self);
    if (*ret_wait) {
        return STAGE_HASHING;
    }
    request_fail (self, PROBLEM_OVERLOADED, "Too many passwords wait to be hashed");
    return STAGE_ANSWERED;
}

static request_stage_t
s_gathered (request_t *self)
{
    for (size_t index = 0; index < self->fact_count && !request_failed (self); index++) {
        s_check_reply (self, self->facts [index]);
    }
    return request_failed (self) ? STAGE_ANSWERED : STAGE_DECIDING;
}

static request_stage_t
s_decide (request_t *self, node_port_t *port, bool *ret_wait)
{
    if (self->route->decide) {
        self->route->decide (self);
    }
    if (request_failed (self)) {
        return STAGE_ANSWERED;
    }
    if (self->commands) {
        self->stage = STAGE_COMMANDING;
        *ret_wait = !s_send_command (self, port);
        return STAGE_COMMANDING;
    }
    if (self->route->syncs) {
        self->stage = STAGE_SYNCING;
        *ret_wait = !s_send_read (self, port, (oid_t) { 0 }, ORDINAL_SYNC);
        return STAGE_SYNCING;
    }
    return STAGE_ANSWERED;
}

static request_stage_t
s_show (request_t *self, node_port_t *port, bool *ret_wait)
{
    if (request_failed (self) || oid_equal (self->shown_oid, self->command_to)) {
        return STAGE_ANSWERED;
    }
    self->stage = STAGE_SHOWING;
    *ret_wait = !s_send_read (self, port, self->shown_oid, ORDINAL_SHOWN);
    return STAGE_SHOWING;
}

//  A replay tells the verdict only: what became of the object since is read.
static request_stage_t
s_commanded (request_t *self, node_port_t *port, bool *ret_wait)
{
    if (!request_failed (self)) {
        s_check_decided (self);
    }
    if (request_failed (self) || !self->replayed) {
        return s_show (self, port, ret_wait);
    }
    self->stage = STAGE_REREADING;
    *ret_wait = !s_send_read (self, port, self->command_to, ORDINAL_REREAD);
    return STAGE_REREADING;
}

static request_stage_t
s_reread (request_t *self, node_port_t *port, bool *ret_wait)
{
    if (!request_failed (self)) {
        s_check_reply (self, self->reread);
    }
    return s_show (self, port, ret_wait);
}

static request_stage_t
s_read_came (request_t *self, const node_reply_t *reply)
{
    if (!request_failed (self)) {
        s_check_reply (self, reply);
    }
    return STAGE_ANSWERED;
}

//  The stage that comes after the present one, whose replies are all there. A stage
//  is set before anything is sent for it: after that another thread may drive.
static request_stage_t
s_step (request_t *self, node_port_t *port, bool *ret_wait)
{
    switch (self->stage) {
    case STAGE_PREPARING: return s_prepare (self, ret_wait);
    case STAGE_HASHING: return STAGE_SENDING;
    case STAGE_SENDING:
        self->stage = STAGE_GATHERING;
        *ret_wait = self->fact_count && !s_send_queries (self, port);
        return STAGE_GATHERING;
    case STAGE_GATHERING: return s_gathered (self);
    case STAGE_DECIDING: return s_decide (self, port, ret_wait);
    case STAGE_COMMANDING: return s_commanded (self, port, ret_wait);
    case STAGE_REREADING: return s_reread (self, port, ret_wait);
    case STAGE_SHOWING: return s_read_came (self, self->shown);
    case STAGE_SYNCING: return s_read_came (self, self->synced);
    case STAGE_RECEIVING:
    case STAGE_ANSWERED: break;
    }
    assert (false);
    return STAGE_ANSWERED;
}

bool
request_drive (request_t *self, node_port_t *port)
{
    while (self->stage != STAGE_ANSWERED) {
        if (atomic_load_explicit (&self->edge->ending, memory_order_acquire)) {
            request_fail (self, PROBLEM_NOT_READY, NULL);
            self->stage = STAGE_ANSWERED;
            break;
        }
        bool wait = false;
        request_stage_t next = s_step (self, port, &wait);
        if (wait) {
            return false;  //  Not ours any more
        }
        self->stage = next;  //  If it was sent already, all its replies are here
    }
    waits_clear (self->edge->waits, self->slot);
    if (!self->suspended) {
        return true;
    }
    s_resume (self);
    return false;
}

void
request_deliver (request_t *self, unsigned ordinal, node_reply_t *reply, node_port_t *port)
{
    node_reply_t **place = ordinal == ORDINAL_COMMAND  ? &self->decided
                           : ordinal == ORDINAL_REREAD ? &self->reread
                           : ordinal == ORDINAL_SHOWN  ? &self->shown
                           : ordinal == ORDINAL_SYNC   ? &self->synced
                                                       : &self->facts [ordinal];
    assert (*place == NULL);
    *place = reply;
    if (s_let_go (self, 1)) {
        (void) request_drive (self, port);
    }
}

//  `pending` is read before the generation: if that is still the token's, then only
//  this thread can have gone on with the request, and nobody has.
bool
request_abandon (request_t *self, uint64_t token)
{
    int32_t pending = atomic_load_explicit (&self->pending, memory_order_acquire);
    uint32_t generation = atomic_load_explicit (&self->generation, memory_order_acquire);
    if (pending <= 0 || pending >= HOLD || generation != (uint32_t) (token >> 32)) {
        return false;
    }
    atomic_fetch_add_explicit (&self->generation, 1, memory_order_release);
    atomic_store_explicit (&self->pending, 0, memory_order_relaxed);
    request_fail (self,
                  self->commands                 ? PROBLEM_OUTCOME_UNKNOWN
                  : self->stage == STAGE_SYNCING ? PROBLEM_PROJECTION_TIMEOUT
                                                 : PROBLEM_OVERLOADED,
                  NULL);
    self->stage = STAGE_ANSWERED;
    waits_clear (self->edge->waits, self->slot);
    s_resume (self);
    return true;
}

void
request_end (request_t *self)
{
    atomic_fetch_add_explicit (&self->generation, 1, memory_order_relaxed);
    for (size_t index = 0; index < self->fact_count; index++) {
        node_reply_destroy (&self->facts [index]);
    }
    node_reply_destroy (&self->decided);
    node_reply_destroy (&self->reread);
    node_reply_destroy (&self->shown);
    node_reply_destroy (&self->synced);
    target_destroy (&self->target);
    json_out_destroy (&self->out);
    if (self->body) {  //  It may hold a password
        sodium_memzero (self->body, self->body_size);
        free (self->body);
        self->body = NULL;
    }
    if (self->secret) {
        sodium_memzero (self->input, sizeof self->input);
        sodium_memzero (self->payload, sizeof self->payload);
    }
}
