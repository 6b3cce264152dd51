//  request_send - what a request sends to the node, and the holding of its connection.

#include "edge/request_send.h"

#include "edge/edge_self.h"
#include "edge/route.h"

void
request_suspend (request_t *self)
{
    if (!self->suspended) {
        self->suspended = true;
        if (!self->of_batch) {
            MHD_suspend_connection (self->connection);
        }
    }
}

//  The driver's last touch while the request is suspended.
void
request_resume (request_t *self)
{
    self->suspended = false;
    if (self->of_batch) {
        batches_ready (self->edge->batches, self);
    }
    else {
        MHD_resume_connection (self->connection);
    }
}

static void
s_hold (request_t *self)
{
    request_suspend (self);
    atomic_store_explicit (&self->pending, REQUEST_HOLD, memory_order_relaxed);
}

//  True if nothing is out any more: the caller drives on.
bool
request_let_go (request_t *self, int32_t count)
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

size_t
request_facts_missing (const request_t *self)
{
    size_t missing = 0;
    for (size_t index = 0; index < self->fact_count; index++) {
        missing += self->facts [index] == NULL;
    }
    return missing;
}

//  Replies come while this still sends, and fill `facts`: which ones are missing is
//  known before.
bool
request_send_queries (request_t *self, node_port_t *port, size_t missing)
{
    bool remembered [REQUEST_FACTS_MAX] = { false };
    for (size_t index = 0; index < self->fact_count; index++) {
        remembered [index] = self->facts [index] != NULL;
    }
    s_hold (self);
    atomic_fetch_add_explicit (&self->pending, (int32_t) missing, memory_order_relaxed);
    s_wait (self, WAIT_REPLY, 0, REQUEST_ABANDON_MS, (oid_t) { 0 }, 0);
    int32_t unsent = 0;
    for (size_t index = 0; index < self->fact_count; index++) {
        if (remembered [index]) {
            continue;
        }
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
    return request_let_go (self, REQUEST_HOLD + unsent);
}

bool
request_send_command (request_t *self, node_port_t *port)
{
    bool waits = self->wait_s > 0;
    node_request_t request = {
        .to = self->command_to,
        .command = self->command_number,
        .payload = self->payload,
        .token = request_token (self, ORDINAL_COMMAND),
        .waits = waits,
        .scoped = self->scoped,
    };
    if (self->caller.role == ROLE_OPERATOR) {
        request.operator= self->caller.subject;
    }
    memcpy (request.scope, self->scope.scope, SCOPE_SIZE);
    memcpy (request.fingerprint, self->scope.fingerprint, SCOPE_SIZE);
    memcpy (request.correlation, self->trace_id, sizeof request.correlation);
    s_hold (self);
    atomic_fetch_add_explicit (&self->pending, 1, memory_order_relaxed);
    s_wait (self, waits ? WAIT_SAGA : WAIT_REPLY, (int64_t) self->wait_s * 1000, REQUEST_ABANDON_MS,
            self->command_to, ORDINAL_COMMAND);
    facts_forget (self->edge->facts, self->command_to);
    admission_t admission = node_port_command (port, &request);
    if (admission != ADMITTED) {
        s_refuse_admission (self, admission);
    }
    return request_let_go (self, REQUEST_HOLD + (admission != ADMITTED));
}

bool
request_send_read (request_t *self, node_port_t *port, oid_t oid, unsigned ordinal)
{
    s_hold (self);
    atomic_fetch_add_explicit (&self->pending, 1, memory_order_relaxed);
    int64_t wait_ms = ordinal == ORDINAL_REREAD  ? (int64_t) self->wait_s * 1000
                      : ordinal == ORDINAL_SHOWN ? self->shown_wait_ms
                                                 : 0;
    bool waits = wait_ms > 0;
    s_wait (self, waits ? WAIT_SAGA : WAIT_REPLY, wait_ms, REQUEST_ABANDON_MS, oid, ordinal);
    admission_t admission = node_port_query (port, oid, request_token (self, ordinal), waits);
    if (admission != ADMITTED) {
        s_refuse_admission (self, admission);
    }
    return request_let_go (self, REQUEST_HOLD + (admission != ADMITTED));
}

bool
request_send_sync (request_t *self, node_port_t *port)
{
    node_place_t places [NODE_PLACES_MAX];
    size_t count = 0;
    if (self->min_sequence) {  //  It was read before
        (void) header_sequence (self->min_sequence, node_partitions (self->edge->config.node),
                                places, &count);
    }
    s_hold (self);
    atomic_fetch_add_explicit (&self->pending, 1, memory_order_relaxed);
    s_wait (self, WAIT_REPLY, 0, REQUEST_SYNC_MS, (oid_t) { 0 }, ORDINAL_SYNC);
    admission_t admission =
        node_port_sync_to (port, places, count, request_token (self, ORDINAL_SYNC));
    if (admission != ADMITTED) {
        s_refuse_admission (self, admission);
    }
    return request_let_go (self, REQUEST_HOLD + (admission != ADMITTED));
}
