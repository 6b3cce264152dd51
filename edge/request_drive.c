//  request_drive - sends what a stage needs and says which stage comes next.

#include "edge/edge_self.h"
#include "edge/password.h"
#include "edge/request_send.h"
#include "edge/route.h"

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
    if (self->route->batch) {
        return STAGE_BATCHING;
    }
    return self->secret ? s_hash (self, ret_wait) : STAGE_SENDING;
}

//  Before anything is read, so that what the client knows of is there by then.
static request_stage_t
s_await (request_t *self, node_port_t *port, bool *ret_wait)
{
    self->stage = STAGE_AWAITING;
    *ret_wait = !request_send_sync (self, port);
    return STAGE_AWAITING;
}

//  True if all facts are there.
static bool
s_gather (request_t *self, node_port_t *port)
{
    size_t missing = request_facts_missing (self);
    return missing == 0 || request_send_queries (self, port, missing);
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
    if (self->synced) {  //  Since then nothing was acknowledged that must be shown
        return self->reports ? STAGE_REPORTING : STAGE_ANSWERED;
    }
    self->stage = STAGE_SYNCING;
    *ret_wait = !request_send_sync (self, port);
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
        *ret_wait = !request_send_command (self, port);
        return STAGE_COMMANDING;
    }
    return s_catch_up (self, port, self->route->syncs, ret_wait);
}

static request_stage_t
s_show (request_t *self, node_port_t *port, bool *ret_wait)
{
    if (!request_failed (self) && self->route->follow) {
        self->route->follow (self);
    }
    if (request_failed (self) || oid_equal (self->shown_oid, self->command_to)) {
        return s_catch_up (self, port, self->route->syncs, ret_wait);
    }
    self->stage = STAGE_SHOWING;
    *ret_wait = !request_send_read (self, port, self->shown_oid, ORDINAL_SHOWN);
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
    *ret_wait = !request_send_read (self, port, self->command_to, ORDINAL_REREAD);
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
    case STAGE_AWAITING: return s_read_came (self, self->synced, STAGE_SENDING);
    case STAGE_SENDING:
        if (self->min_sequence && !self->synced) {
            return s_await (self, port, ret_wait);
        }
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
    case STAGE_BATCHING: return request_batch (self, ret_wait);
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
