//  report_region - GET reports/money-by-address: what the members at an address have.

#include "actors/money.h"
#include "edge/edge_self.h"
#include "edge/personal.h"
#include "edge/report_input.h"

enum { DAYS_MAX = 366 };

//  from and to as days; false if neither is there, or the problem is set.
static bool
s_days (request_t *self, int64_t *ret_from, int64_t *ret_to)
{
    bool begins = report_query_day (self, "from", ret_from);
    bool ends = report_query_day (self, "to", ret_to);
    if (request_failed (self) || (!begins && !ends)) {
        return false;
    }
    if (!begins || !ends) {
        problem_field (&self->problem, "", begins ? "to" : "from", FAULT_MISSING,
                       "from and to belong together");
    }
    else if (*ret_from > *ret_to || *ret_to - *ret_from >= DAYS_MAX) {
        problem_field (&self->problem, "", "to", FAULT_OUT_OF_RANGE,
                       "The last day must be one of the 366 from the first on");
    }
    return !request_failed (self);
}

void
report_region_prepare (request_t *self)
{
    int64_t from, to;
    const char *address = target_value (&self->target, "address");
    char normal [SEALED_TEXT_MAX + 1];
    if (!address) {
        problem_field (&self->problem, "", "address", FAULT_MISSING,
                       "The query parameter is required");
    }
    else if (!*address || !personal_normalize (address, normal, sizeof normal)) {
        problem_field (&self->problem, "", "address", FAULT_OUT_OF_RANGE,
                       "The value must be an address");
    }
    (void) s_days (self, &from, &to);
}

//  Days without a change are shown too.
typedef struct {
    request_t *request;
    int64_t next;  //  Day that is not shown yet
    int64_t total_minor, members;
} days_t;

static void
s_show_until (days_t *self, int64_t end)
{
    json_out_t *out = &self->request->out;
    for (; self->next < end; self->next++) {
        char text [REPORT_DAY_SIZE];
        report_format_day (self->next, text);
        out_object (out, NULL);
        out_text (out, "date", text);
        out_i64 (out, "change", 0);
        out_i64 (out, "total", self->total_minor);
        out_i64 (out, "members", self->members);
        out_close (out, '}');
    }
}

static void
s_day (void *context, const region_day_t *day)
{
    days_t *self = context;
    json_out_t *out = &self->request->out;
    char text [REPORT_DAY_SIZE];
    s_show_until (self, day->day);
    report_format_day (day->day, text);
    out_object (out, NULL);
    out_text (out, "date", text);
    out_i64 (out, "change", day->change_minor);
    out_i64 (out, "total", day->total_minor);
    out_i64 (out, "members", day->members);
    out_close (out, '}');
    self->total_minor = day->total_minor;
    self->members = day->members;
    self->next = (int64_t) day->day + 1;
}

//  Days to come are not known.
static bool
s_write_days (request_t *self, const uint8_t *hash, int64_t from, int64_t to)
{
    region_day_t before, now;
    node_t *node = self->edge->config.node;
    int64_t today = money_seoul_day (wall_ms ());
    to = to < today ? to : today;
    out_array (&self->out, "days");
    //  Twice: what was before the first day is known when all is read
    status_t status = region_read (node, hash, (uint32_t) from, 0, NULL, NULL, &before, &now);
    days_t days = { self, from, before.total_minor, before.members };
    if (status == STATUS_OK && from <= to) {
        status =
            region_read (node, hash, (uint32_t) from, (uint32_t) to, s_day, &days, &before, &now);
        s_show_until (&days, to + 1);
    }
    out_close (&self->out, ']');
    return answer_status (self, status);
}

void
report_region_render (request_t *self)
{
    int64_t from = 0, to = 0;
    uint8_t hash [PERSONAL_HASH_SIZE];
    region_day_t before, now;
    const char *address = target_value (&self->target, "address");
    personal_hash (self->edge->config.keyring, PERSONAL_ADDRESS, address, hash);
    if (!answer_status (self, region_read (self->edge->config.node, hash, 0, 0, NULL, NULL, &before,
                                           &now))) {
        return;
    }
    out_object (&self->out, NULL);
    out_text (&self->out, "object", "money_by_address");
    out_text (&self->out, "address", address);
    out_i64 (&self->out, "members", now.members);
    out_i64 (&self->out, "total", now.total_minor);
    out_text (&self->out, "currency", "KRW");
    if (s_days (self, &from, &to) && !s_write_days (self, hash, from, to)) {
        return;
    }
    out_close (&self->out, '}');
}
