#include "edge/answer.h"

#include "edge/edge_self.h"

_Static_assert(STATE_SIZE_MAX <= 64 * 1024, "states are unpacked on a worker's stack");

const node_reply_t *
answer_decided (const request_t *self)
{
    return self->reread ? self->reread : self->decided;
}

const node_reply_t *
answer_shown (const request_t *self)
{
    return self->shown ? self->shown : answer_decided (self);
}

uint64_t
answer_decided_version (const request_t *self)
{
    return self->decided->decided_version;
}

void
answer_read (request_t *self, object_fn *object,
             bool (*sees) (const request_t *self, const void *state))
{
    _Alignas(max_align_t) uint8_t state [STATE_SIZE_MAX];
    if (!request_fact (self, 0, state) || (sees && !sees (self, state))) {
        request_fail (self, PROBLEM_NOT_FOUND, NULL);
        return;
    }
    self->http = 200;
    self->version = self->facts [0]->version;
    object (self, NULL, self->facts [0], state);
}

void
answer_write (request_t *self, unsigned http, object_fn *object, ending_t ending)
{
    _Alignas(max_align_t) uint8_t state [STATE_SIZE_MAX];
    const node_reply_t *reply = answer_shown (self);
    reply_state (reply, state);
    answer_write_as (self, http, object, ending, reply, state);
}

void
answer_write_as (request_t *self, unsigned http, object_fn *object, ending_t ending,
                 const node_reply_t *head, const void *state)
{
    self->version = head->version;
    self->http = ending.outcome == OUTCOME_SUCCEEDED ? http : 202;
    if (ending.outcome != OUTCOME_FAILED) {
        self->location = http == 201 ? head->aggregate : (oid_t) { 0 };
        object (self, NULL, head, state);
        return;
    }
    request_refuse (self, ending.verdict);
    problem_render (&self->problem, self->target.path, self->request_id, &self->out);
    object (self, "object", head, state);
    out_close (&self->out, '}');
    self->problem_rendered = true;
}

void
answer_nothing (request_t *self)
{
    self->http = MHD_HTTP_NO_CONTENT;
}

void
answer_head (request_t *self, const char *key, const node_reply_t *reply, oid_t id,
             const char *object, const char *status)
{
    json_out_t *out = &self->out;
    out_object (out, key);
    out_oid (out, "id", id);
    out_text (out, "object", object);
    out_text (out, "status", status);
    out_time (out, "created_at", reply->created_at_ms);
    out_time (out, "updated_at", reply->updated_at_ms);
    out_i64 (out, "version", (int64_t) reply->version);
}

void
answer_amount (request_t *self, const char *name, int64_t amount_minor)
{
    out_i64 (&self->out, name, amount_minor);
    out_text (&self->out, "currency", "KRW");
}

void
answer_failure (request_t *self, verdict_t verdict)
{
    if (verdict == VERDICT_ACCEPTED) {
        out_null (&self->out, "failure");
        return;
    }
    out_object (&self->out, "failure");
    out_text (&self->out, "code", verdict_code (verdict));
    out_text (&self->out, "detail", verdict_title (verdict));
    out_close (&self->out, '}');
}
