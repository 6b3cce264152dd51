#include "edge/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "edge/cursor.h"
#include "edge/edge_self.h"

_Static_assert(STATE_SIZE_MAX <= 64 * 1024, "states are unpacked on a worker's stack");

const query_field_t list_queries [5] = {
    { "limit" }, { "cursor" }, { "min_sequence" }, { "created_after" }, { "created_before" }
};

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
        self->location = http == 201 ? self->shown_oid : (oid_t) { 0 };
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

//  ---------------------------------------------------------------------------
//  Lists

bool
answer_status (request_t *self, status_t status)
{
    if (status != STATUS_OK) {
        request_fail (self, status == STATUS_BUSY ? PROBLEM_OVERLOADED : PROBLEM_STORAGE_FAILED,
                      NULL);
    }
    return status == STATUS_OK;
}

bool
answer_page (request_t *self, uint32_t label, oid_t owner, size_t limit_max, size_t limit_start,
             list_cursor_t *ret_cursor, size_t *ret_limit)
{
    const char *limit = target_value (&self->target, "limit");
    const char *cursor = target_value (&self->target, "cursor");
    *ret_limit = limit_start;
    *ret_cursor = (list_cursor_t) { 0 };
    if (limit) {
        size_t digits = strspn (limit, "0123456789");
        unsigned long asked =
            digits && digits < 8 && !limit [digits] ? strtoul (limit, NULL, 10) : 0;
        if (asked == 0 || asked > limit_max) {
            char detail [PROBLEM_DETAIL_SIZE];
            snprintf (detail, sizeof detail, "The limit must be between 1 and %zu", limit_max);
            problem_field (&self->problem, "", "limit", FAULT_OUT_OF_RANGE, detail);
        }
        *ret_limit = asked;
    }
    if (cursor && !cursor_parse (self->edge->config.keyring, label, owner, cursor, ret_cursor)) {
        problem_field (&self->problem, "", "cursor", FAULT_MALFORMED,
                       "This is not a cursor of this list");
    }
    return !request_failed (self);
}

void
answer_page_end (request_t *self, uint32_t label, oid_t owner, bool more,
                 const list_cursor_t *cursor)
{
    char text [CURSOR_TEXT_SIZE];
    out_bool (&self->out, "has_more", more);
    if (more) {
        cursor_format (self->edge->config.keyring, label, owner, cursor, text);
    }
    out_text (&self->out, "next_cursor", more ? text : NULL);
}

//  Milliseconds of an RFC 3339 time; smaller fractions are cut.
static bool
s_read_time (const char *text, int64_t *ret_ms)
{
    struct tm parts = { 0 };
    const char *at = strptime (text, "%Y-%m-%dT%H:%M:%S", &parts);
    if (!at || at - text != 19 || strspn (text, "0123456789-T:") < 19) {
        return false;
    }
    struct tm normal = parts;
    int64_t ms = (int64_t) timegm (&normal) * 1000;
    if (normal.tm_mday != parts.tm_mday) {  //  February 30
        return false;
    }
    if (*at == '.') {
        size_t digits = strspn (++at, "0123456789");
        for (size_t index = 0, unit = 100; index < digits; index++, unit /= 10) {
            ms += (at [index] - '0') * (int64_t) unit;
        }
        if (digits == 0) {
            return false;
        }
        at += digits;
    }
    if (strcmp (at, "Z") != 0) {
        struct tm zone = { 0 };
        const char *end = strptime (at + 1, "%H:%M", &zone);
        if ((*at != '+' && *at != '-') || !end || *end || end - at != 6) {
            return false;
        }
        int64_t offset_ms = (zone.tm_hour * 60 + zone.tm_min) * INT64_C (60000);
        ms -= *at == '+' ? offset_ms : -offset_ms;
    }
    *ret_ms = ms;
    return true;
}

//  The value of a query parameter that is a time; untouched if it is not there.
static void
s_query_time (request_t *self, const char *name, int64_t *time_ms)
{
    const char *text = target_value (&self->target, name);
    if (text && !s_read_time (text, time_ms)) {
        problem_field (&self->problem, "", name, FAULT_MALFORMED,
                       "The value must be an RFC 3339 time");
    }
}

typedef struct {
    request_t *request;
    void (*row) (request_t *self, const list_row_t *row);
} visit_t;

static void
s_visit (void *context, const list_row_t *row)
{
    visit_t *visit = context;
    visit->row (visit->request, row);
}

void
answer_list (request_t *self, list_t list, oid_t owner,
             void (*row) (request_t *self, const list_row_t *row))
{
    list_cursor_t cursor;
    size_t limit;
    int64_t after_ms = -1, before_ms = INT64_MAX;
    s_query_time (self, "created_after", &after_ms);
    s_query_time (self, "created_before", &before_ms);
    if (!answer_page (self, list, owner, 100, 20, &cursor, &limit)) {
        return;
    }
    out_object (&self->out, NULL);
    out_text (&self->out, "object", "list");
    out_array (&self->out, "data");
    visit_t visit = { self, row };
    bool more = false;
    status_t status = list_read_between (self->edge->config.node, list, owner, after_ms, before_ms,
                                         &cursor, limit, s_visit, &visit, &more);
    out_close (&self->out, ']');
    answer_page_end (self, list, owner, more, &cursor);
    out_close (&self->out, '}');
    if (answer_status (self, status)) {
        self->http = 200;
    }
}

void
answer_row (request_t *self, const list_row_t *row, object_fn *object)
{
    _Alignas(max_align_t) uint8_t state [STATE_SIZE_MAX];
    const aggregate_type_t *type = registry_find (row->object.kind);
    bool read = type && shape_unpack (type->state, row->state, row->state_size, state);
    assert (read);
    node_reply_t reply = {
        .aggregate = row->object,
        .object = row->object,
        .version = row->version,
        .created_at_ms = row->created_at_ms,
        .updated_at_ms = row->updated_at_ms,
    };
    object (self, NULL, &reply, state);
}
