//  reports - what operators ask of the books: queries and routes.
//
//  A moment is an RFC 3339 time, or a day of Asia/Seoul's: its first millisecond, or
//  its last where something ends.

#include <stdio.h>
#include <time.h>
#include "edge/edge_self.h"
#include "edge/report_input.h"
#include "edge/reporter.h"
#include "edge/route.h"

bool
report_read_day (const char *text, int64_t *ret_day)
{
    struct tm parts = { 0 };
    const char *end = strptime (text, "%Y-%m-%d", &parts);
    if (!end || *end || end - text != 10 || strspn (text, "0123456789-") != 10) {
        return false;
    }
    struct tm normal = parts;
    int64_t at_s = (int64_t) timegm (&normal);
    *ret_day = at_s / 86400;
    return normal.tm_mday == parts.tm_mday && at_s >= 0;  //  Not February 30
}

void
report_format_day (int64_t day, char ret_text [REPORT_DAY_SIZE])
{
    time_t at_s = (time_t) (day * 86400);
    struct tm parts;
    gmtime_r (&at_s, &parts);
    strftime (ret_text, REPORT_DAY_SIZE, "%Y-%m-%d", &parts);
}

bool
report_query_moment (request_t *self, const char *name, bool ends, int64_t *moment_ms)
{
    const char *text = target_value (&self->target, name);
    int64_t day;
    if (text && report_read_day (text, &day)) {
        *moment_ms = (day + (ends ? 1 : 0)) * DAY_MS - SEOUL_MS - (ends ? 1 : 0);
        return true;
    }
    return answer_query_time (self, name, moment_ms);
}

bool
report_query_day (request_t *self, const char *name, int64_t *day)
{
    const char *text = target_value (&self->target, name);
    if (text && !report_read_day (text, day)) {
        problem_field (&self->problem, "", name, FAULT_MALFORMED,
                       "The value must be a day: YYYY-MM-DD");
    }
    return text && !request_failed (self);
}

report_input_t *
report_input (request_t *self)
{
    _Static_assert(sizeof (report_input_t) <= sizeof self->input, "queries fit the input");
    return (report_input_t *) self->input;
}

bool
report_status (request_t *self, status_t status, const char *since)
{
    if (status == STATUS_BUSY && reporter_took_too_long (self->edge->reporter)) {
        problem_field (&self->problem, "", since, FAULT_OUT_OF_RANGE,
                       "It takes too long to read so much of the past: ask for a later moment");
        return false;
    }
    return answer_status (self, status);
}

uint32_t
report_label (uint32_t label, const report_input_t *input)
{
    uint64_t hash = ((uint64_t) label << 8) + input->account.class;
    for (size_t index = 0; index < COUNT (input->asked_ms); index++) {
        hash = (hash ^ (uint64_t) input->asked_ms [index]) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 32;
    }
    return (uint32_t) hash;
}

void
report_balance (request_t *self, const char *name, account_t account, int64_t net_minor)
{
    bool asset = account.class == ACCOUNT_BANK || account.class == ACCOUNT_BANK_TRANSIT;
    out_i64 (&self->out, name, asset ? net_minor : -net_minor);
}

//  ---------------------------------------------------------------------------

static const query_field_t s_trial_queries [] = {
    { "as_of" }, { "class" }, { "limit" }, { "cursor" }, { "min_sequence" },
};

static const query_field_t s_account_queries [] = {
    { "account" }, { "as_of" }, { "from" }, { "to" }, { "limit" }, { "cursor" }, { "min_sequence" },
};

static const query_field_t s_region_queries [] = {
    { "address" },
    { "from" },
    { "to" },
    { "min_sequence" },
};

static const route_t s_routes [] = {
    { "GET", "/v1/reports/trial-balance", .roles = MAY_OPERATOR, ROUTE_QUERIES (s_trial_queries),
      .syncs = true, .prepare = report_trial_prepare, .report = report_trial,
      .render = report_trial_render },
    { "GET", "/v1/reports/account", .roles = MAY_OPERATOR, ROUTE_QUERIES (s_account_queries),
      .syncs = true, .prepare = report_account_prepare, .report = report_account,
      .render = report_account_render },
    { "GET", "/v1/reports/money-by-address", .roles = MAY_OPERATOR,
      ROUTE_QUERIES (s_region_queries), .syncs = true, .prepare = report_region_prepare,
      .render = report_region_render },
};
const route_table_t report_routes = { s_routes, COUNT (s_routes) };
