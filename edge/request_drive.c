//  request_drive - sends what a stage needs and says which stage comes next.

#include "edge/edge_self.h"
#include "edge/password.h"
#include "edge/route.h"

//  ---------------------------------------------------------------------------
//  Sending

void
request_suspend (request_t *self)
{
    if (!self->suspended) {
        self->suspended = true;
        MHD_suspend_connection (self->connection);
    }
}

//  The driver's last touch while the request is suspended.
void
request_resume (request_t *self)
{
    self->suspended = false;
    MHD_resume_connection (self->connection);
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

static size_t
s_facts_missing (const request_t *self)
{
    size_t missing = 0;
    for (size_t index = 0; index < self->fact_count; index++) {
        missing += self->facts [index] == NULL;
    }
    return missing;
}

//  Replies come while this still sends, and fill `facts`: which ones are missing is
//  known before.
static bool
s_send_queries (request_t *self, node_port_t *port, size_t missing)
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
        .scoped = self->scoped,
    };
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
    return request_let_go (self, REQUEST_HOLD + (admission != ADMITTED));
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

//  There may be no reply if the request has failed already.
static void
s_check_reply (request_t *self, const node_reply_t *reply)
{
    if (!request_failed (self) && reply->kind < COUNT (s_reply_problems)
        && s_reply_problems [reply->kind]) {
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

//  Hands a password to the pool, which resumes the request when it is done.
static request_stage_t
s_hash (request_t *self, bool *ret_wait)
{
    password_pool_t *pool = self->edge->passwords;
    request_suspend (self);
    self->stage = STAGE_HASHING;
    *ret_wait = self->verifies ? password_verify (pool, self->secret, self->password_hash, self)
                               : password_hash (pool, self->secret, self);
    if (*ret_wait) {
        return STAGE_HASHING;
    }
    request_fail (self, PROBLEM_OVERLOADED, "Too many passwords wait to be hashed");
    return STAGE_ANSWERED;
}

static request_stage_t
s_prepare (request_t *self, bool *ret_wait)
{
    request_own_named (self);
    if (self->route->prepare && !request_failed (self)) {
        self->route->prepare (self);
    }
    request_read_named (self);
    if (request_failed (self)) {
        return STAGE_ANSWERED;
    }
    return self->secret ? s_hash (self, ret_wait) : STAGE_SENDING;
}

//  True if all facts are there.
static bool
s_gather (request_t *self, node_port_t *port)
{
    size_t missing = s_facts_missing (self);
    return missing == 0 || s_send_queries (self, port, missing);
}

static void
s_remember (request_t *self)
{
    int64_t now_ms = monotonic_ns () / 1000000;
    for (size_t index = 0; index < self->fact_count; index++) {
        if (self->fact_epochs [index]) {
            facts_keep (self->edge->facts, self->facts [index], now_ms, self->fact_epochs [index]);
            self->fact_epochs [index] = 0;
        }
    }
}

static request_stage_t
s_gathered (request_t *self)
{
    for (size_t index = 0; index < self->fact_count; index++) {
        s_check_reply (self, self->facts [index]);
    }
    request_find_named (self);
    if (request_failed (self)) {
        return STAGE_ANSWERED;
    }
    s_remember (self);
    return STAGE_EXAMINING;
}

//  In turns, until the route asks for nothing more.
static request_stage_t
s_examine (request_t *self, bool *ret_wait)
{
    size_t facts_before = self->fact_count;
    if (!self->route->examine) {
        return STAGE_DECIDING;
    }
    self->route->examine (self);
    if (request_failed (self)) {
        return STAGE_ANSWERED;
    }
    if (self->secret) {
        return s_hash (self, ret_wait);
    }
    return self->fact_count > facts_before ? STAGE_SENDING : STAGE_DECIDING;
}

//  The lists, if the decision (or the answer) is made from them.
static request_stage_t
s_catch_up (request_t *self, node_port_t *port, bool wanted, bool *ret_wait)
{
    if (request_failed (self) || !wanted) {
        return STAGE_ANSWERED;
    }
    self->stage = STAGE_SYNCING;
    *ret_wait = !s_send_read (self, port, (oid_t) { 0 }, ORDINAL_SYNC);
    return STAGE_SYNCING;
}

static request_stage_t
s_decide (request_t *self, node_port_t *port, bool *ret_wait)
{
    if (self->route->looks && !self->synced) {
        return s_catch_up (self, port, true, ret_wait);
    }
    if (self->route->decide) {
        self->route->decide (self);
    }
    if (self->commands && !request_failed (self)) {
        self->stage = STAGE_COMMANDING;
        *ret_wait = !s_send_command (self, port);
        return STAGE_COMMANDING;
    }
    return s_catch_up (self, port, self->route->syncs, ret_wait);
}

static request_stage_t
s_show (request_t *self, node_port_t *port, bool *ret_wait)
{
    if (request_failed (self) || oid_equal (self->shown_oid, self->command_to)) {
        return s_catch_up (self, port, self->route->syncs, ret_wait);
    }
    self->stage = STAGE_SHOWING;
    *ret_wait = !s_send_read (self, port, self->shown_oid, ORDINAL_SHOWN);
    return STAGE_SHOWING;
}

//  A replay tells the verdict only: what became of the object since is read.
static request_stage_t
s_commanded (request_t *self, node_port_t *port, bool *ret_wait)
{
    facts_forget (self->edge->facts, self->command_to);
    facts_forget (self->edge->facts, self->shown_oid);  //  A saga may have changed it
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
    s_check_reply (self, self->reread);
    return s_show (self, port, ret_wait);
}

static request_stage_t
s_read_came (request_t *self, const node_reply_t *reply, request_stage_t next)
{
    s_check_reply (self, reply);
    return request_failed (self) ? STAGE_ANSWERED : next;
}

//  The stage that comes after the present one, whose replies are all there. A stage
//  is set before anything is sent for it: after that another thread may drive.
static request_stage_t
s_step (request_t *self, node_port_t *port, bool *ret_wait)
{
    switch (self->stage) {
    case STAGE_PREPARING: return s_prepare (self, ret_wait);
    case STAGE_HASHING: return request_failed (self) ? STAGE_ANSWERED : STAGE_SENDING;
    case STAGE_LOOKING: return STAGE_SENDING;
    case STAGE_SENDING:
        if (self->looked_number) {
            self->stage = STAGE_LOOKING;
            *ret_wait = request_ask_holder (self);
            return *ret_wait ? STAGE_LOOKING : STAGE_ANSWERED;
        }
        self->stage = STAGE_GATHERING;
        *ret_wait = !s_gather (self, port);
        return STAGE_GATHERING;
    case STAGE_GATHERING: return s_gathered (self);
    case STAGE_EXAMINING: return s_examine (self, ret_wait);
    case STAGE_DECIDING: return s_decide (self, port, ret_wait);
    case STAGE_COMMANDING: return s_commanded (self, port, ret_wait);
    case STAGE_REREADING: return s_reread (self, port, ret_wait);
    case STAGE_SHOWING: return s_read_came (self, self->shown, STAGE_ANSWERED);
    case STAGE_SYNCING:
        return s_read_came (self, self->synced,
                            self->route->looks ? STAGE_DECIDING
                            : self->reports    ? STAGE_REPORTING
                                               : STAGE_ANSWERED);
    case STAGE_REPORTING: return request_report (self, ret_wait);
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
    request_resume (self);
    return false;
}
