//  request - what route functions ask with, and how replies, ends and time-outs reach
//  a request. What it means is read in request_begin.c, what comes next is decided in
//  request_drive.c, how it looks is made in respond.c.

#include "edge/request.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include "edge/edge_self.h"
#include "edge/route.h"

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

size_t
request_read_status (request_t *self, oid_t oid)
{
    size_t index = request_read (self, oid);
    self->facts [index] = facts_recall (self->edge->facts, oid, monotonic_ns () / 1000000,
                                        &self->fact_epochs [index]);
    if (self->facts [index]) {
        self->fact_epochs [index] = 0;  //  Its time goes on running
    }
    return index;
}

//  The place of what the path names among the facts; fact_count: it is not there.
static size_t
s_named (const request_t *self)
{
    size_t index = 0;
    while (index < self->fact_count && !oid_equal (self->fact_oids [index], self->path_oid)) {
        index++;
    }
    return index;
}

oid_t
request_named_owner (const request_t *self)
{
    oid_t named = self->path_oid;
    return named.kind == OID_WALLET ? oid_as (named, OID_MEMBER) : named;
}

void
request_own_named (request_t *self)
{
    oid_t owner = request_named_owner (self);
    if (owner.kind == OID_MEMBER && !request_may (self, owner)) {
        request_fail (self, PROBLEM_NOT_FOUND, NULL);
    }
}

void
request_read_named (request_t *self)
{
    if (!oid_is_none (self->path_oid) && s_named (self) == self->fact_count) {
        request_read (self, self->path_oid);
    }
}

void
request_find_named (request_t *self)
{
    size_t index = s_named (self);
    if (!request_failed (self) && index < self->fact_count && self->facts [index]->version == 0) {
        request_fail (self, PROBLEM_NOT_FOUND, NULL);
    }
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
    self->verifies = false;
    self->wipes = true;
}

void
request_verify (request_t *self, const char *text, const char *hash)
{
    self->secret = text;
    self->verifies = true;
    self->wipes = true;
    snprintf (self->password_hash, sizeof self->password_hash, "%s", hash);
}

void
request_password_done (request_t *self, bool able, bool matches, const char *hash)
{
    self->secret = NULL;
    self->passwords++;
    self->password_matches = matches;
    snprintf (self->password_hash, sizeof self->password_hash, "%s", hash);
    if (!able) {
        request_fail (self, PROBLEM_OVERLOADED, "There is no memory to hash the password");
    }
    request_resume (self);
}

void
request_look_up (request_t *self, const char *bank_code, const char *account_number)
{
    self->looked_code = bank_code;
    self->looked_number = account_number;
}

bool
request_ask_holder (request_t *self)
{
    const char *number = self->looked_number;
    self->looked_number = NULL;
    request_suspend (self);
    if (holders_ask (self->edge->holders, self->looked_code, number, self)) {
        return true;
    }
    request_fail (self, PROBLEM_OVERLOADED, "Too many accounts wait to be looked up");
    return false;
}

void
request_looked_up (request_t *self, holder_result_t result, const char *name)
{
    self->holder = result;
    personal_mask_name (name, self->holder_masked);
    request_resume (self);
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

int64_t
request_wait_left_ms (const request_t *self)
{
    int64_t left_ms =
        (int64_t) self->wait_s * 1000 - (monotonic_ns () - self->started_ns) / 1000000;
    return left_ms > 0 ? left_ms : 0;
}

bool
request_may (const request_t *self, oid_t owner)
{
    return self->caller.role == ROLE_OPERATOR || oid_equal (self->caller.oid, owner);
}

//  ---------------------------------------------------------------------------
//  What happens to a request from outside of its driver

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
    if (request_let_go (self, 1)) {
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
    if (pending <= 0 || pending >= REQUEST_HOLD || generation != (uint32_t) (token >> 32)) {
        return false;
    }
    atomic_fetch_add_explicit (&self->generation, 1, memory_order_release);
    atomic_store_explicit (&self->pending, 0, memory_order_relaxed);
    request_fail (self,
                  self->commands                  ? PROBLEM_OUTCOME_UNKNOWN
                  : self->stage == STAGE_SYNCING  ? PROBLEM_PROJECTION_TIMEOUT
                  : self->stage == STAGE_AWAITING ? PROBLEM_PROJECTION_TIMEOUT
                                                  : PROBLEM_OVERLOADED,
                  NULL);
    self->stage = STAGE_ANSWERED;
    waits_clear (self->edge->waits, self->slot);
    request_resume (self);
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
    json_decref (self->operation);
    batches_release (self->edge->batches, self);
    out_destroy (&self->out);
    guesses_give_back (self->edge->guesses, self->guess);
    if (self->body) {  //  It may hold a password
        sodium_memzero (self->body, self->body_size);
        free (self->body);
        self->body = NULL;
    }
    if (self->wipes) {
        sodium_memzero (self->password_hash, sizeof self->password_hash);
        sodium_memzero (self->input, sizeof self->input);
        sodium_memzero (self->payload, sizeof self->payload);
    }
}
