//  answer - lists: what their queries say, pages and cursors.

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "edge/answer.h"
#include "edge/cursor.h"
#include "edge/edge_self.h"

const query_field_t list_queries [5] = {
    { "limit" }, { "cursor" }, { "min_sequence" }, { "created_after" }, { "created_before" }
};

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

bool
answer_read_time (const char *text, int64_t *ret_ms)
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

bool
answer_query_time (request_t *self, const char *name, int64_t *time_ms)
{
    const char *text = target_value (&self->target, name);
    if (text && !answer_read_time (text, time_ms)) {
        problem_field (&self->problem, "", name, FAULT_MALFORMED,
                       "The value must be an RFC 3339 time");
        return false;
    }
    return text != NULL;
}

typedef struct {
    request_t *request;
    void (*row) (request_t *self, const list_row_t *row);
    list_wanted_fn *wanted;
} visit_t;

static void
s_visit (void *context, const list_row_t *row)
{
    visit_t *visit = context;
    visit->row (visit->request, row);
}

static bool
s_keep (void *context, const list_row_t *row)
{
    const visit_t *visit = context;
    _Alignas(max_align_t) uint8_t state [STATE_SIZE_MAX];
    const aggregate_type_t *type = registry_find (row->object.kind);
    bool read = type && shape_unpack (type->state, row->state, row->state_size, state);
    assert (read);
    return visit->wanted (visit->request, state);
}

bool
answer_query_status (request_t *self, const char *const *names, size_t count, uint8_t *ret_bucket)
{
    const char *asked = target_value (&self->target, "status");
    char detail [PROBLEM_DETAIL_SIZE] = "One of ";
    size_t used = strlen (detail);
    *ret_bucket = 0;
    for (size_t bucket = 1; asked && bucket < count; bucket++) {
        if (names [bucket] && strcmp (names [bucket], asked) == 0) {
            *ret_bucket = (uint8_t) bucket;
            return true;
        }
        if (names [bucket] && used < sizeof detail) {
            used += (size_t) snprintf (detail + used, sizeof detail - used, "%s%s",
                                       used > strlen ("One of ") ? ", " : "", names [bucket]);
        }
    }
    if (asked) {
        problem_field (&self->problem, "", "status", FAULT_OUT_OF_RANGE, detail);
    }
    return !asked;
}

static uint64_t
s_hash (uint64_t hash, const char *text)
{
    while (*text) {  //  FNV-1a; the cursor's MAC is what keeps it honest
        hash = (hash ^ (uint8_t) *text++) * 0x100000001b3;
    }
    return (hash ^ 0xff) * 0x100000001b3;
}

uint32_t
answer_label (const request_t *self, uint64_t label)
{
    static const char *const ways [] = { "limit", "cursor", "min_sequence" };
    for (size_t index = 0; index < self->target.item_count; index++) {
        const char *name = self->target.items [index].name;
        bool filters = true;
        for (size_t way = 0; way < COUNT (ways); way++) {
            filters = filters && strcmp (name, ways [way]) != 0;
        }
        if (filters) {
            label += s_hash (s_hash (0xcbf29ce484222325, name), self->target.items [index].value);
        }
    }
    return (uint32_t) (label ^ label >> 32);
}

static uint32_t
s_label (const request_t *self, const list_query_t *query)
{
    return answer_label (self, (uint64_t) query->list << 8 | query->bucket);
}

void
answer_list (request_t *self, list_t list, oid_t owner,
             void (*row) (request_t *self, const list_row_t *row))
{
    answer_list_of (self, list, owner, /* bucket= */ 0, row);
}

void
answer_list_of (request_t *self, list_t list, oid_t owner, uint8_t bucket,
                void (*row) (request_t *self, const list_row_t *row))
{
    answer_list_wanted (self, &(list_query_t) { .list = list, .owner = owner, .bucket = bucket },
                        /* wanted= */ NULL, row);
}

//  created_after and created_before.
static void
s_query_times (request_t *self, list_query_t *query)
{
    if (answer_query_time (self, "created_before", &query->before_ms) && query->before_ms <= 0) {
        query->before_ms = 1;  //  Nothing was made then
    }
    (void) answer_query_time (self, "created_after", &query->after_ms);
}

static void
s_find (request_t *self, const list_query_t *query, size_t limit_start, visit_t *visit)
{
    list_cursor_t cursor;
    size_t limit;
    uint32_t label = s_label (self, query);
    if (!answer_page (self, label, query->owner, 100, limit_start, &cursor, &limit)) {
        return;
    }
    out_object (&self->out, NULL);
    out_text (&self->out, "object", "list");
    out_array (&self->out, "data");
    bool more = false;
    status_t status =
        list_find (self->edge->config.node, query, &cursor, limit, s_visit, visit, &more);
    out_close (&self->out, ']');
    answer_page_end (self, label, query->owner, more, &cursor);
    out_close (&self->out, '}');
    if (answer_status (self, status)) {
        self->http = 200;
    }
}

void
answer_list_wanted (request_t *self, const list_query_t *query, list_wanted_fn *wanted,
                    void (*row) (request_t *self, const list_row_t *row))
{
    list_query_t timed = *query;
    timed.keep = wanted ? s_keep : NULL;
    s_query_times (self, &timed);
    s_find (self, &timed, 20, &(visit_t) { self, row, wanted });
}

void
answer_find (request_t *self, const list_query_t *query, size_t limit_start,
             void (*row) (request_t *self, const list_row_t *row))
{
    s_find (self, query, limit_start, &(visit_t) { self, row, /* wanted= */ NULL });
}

void
answer_list_one (request_t *self, list_t list, const node_reply_t *reply, const void *state,
                 object_fn *object)
{
    list_query_t query = { .list = list };
    list_cursor_t cursor;
    size_t limit;
    s_query_times (self, &query);
    if (!answer_page (self, s_label (self, &query), (oid_t) { 0 }, 100, 20, &cursor, &limit)) {
        return;
    }
    bool there = reply && (!query.before_ms || reply->created_at_ms < query.before_ms)
                 && (!query.after_ms || reply->created_at_ms > query.after_ms);
    out_object (&self->out, NULL);
    out_text (&self->out, "object", "list");
    out_array (&self->out, "data");
    if (there) {
        object (self, NULL, reply, state);
    }
    out_close (&self->out, ']');
    answer_page_end (self, 0, (oid_t) { 0 }, /* more= */ false, NULL);
    out_close (&self->out, '}');
    self->http = 200;
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
