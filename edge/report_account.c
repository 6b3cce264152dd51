//  report_account - GET reports/account: the statement of one account, JSON or CSV.

#include <stdio.h>
#include "edge/edge_self.h"
#include "edge/report_input.h"
#include "edge/reporter.h"
#include "runtime/statement.h"

enum { PAGE_START = 100, DAYS_START = 31, LINE_SIZE = 256 };

//  There is one of each of these; the others are somebody's.
static bool
s_is_single (uint8_t class)
{
    return class == ACCOUNT_BANK || class == ACCOUNT_FEES || class == ACCOUNT_SUSPENSE
           || class == ACCOUNT_ADJUSTMENTS;
}

//  "wallet:wal_…", "bank:happy/1234-1234-111", "fees": as account_format writes them.
static bool
s_read_account (const char *text, account_t *ret_account)
{
    for (uint8_t class = 1; class < ACCOUNT_CLASS_COUNT; class ++) {
        char written [ACCOUNT_TEXT_SIZE];
        size_t size = strlen (account_class_name (class));
        account_t account = account_single (class);
        if (strncmp (text, account_class_name (class), size) == 0 && text [size] == ':') {
            (void) oid_parse (text + size + 1, &account.owner);
        }
        account_format (account, written);
        if (strcmp (written, text) == 0 && s_is_single (class) == oid_is_none (account.owner)) {
            *ret_account = account;
            return true;
        }
    }
    return false;
}

static bool
s_wants_csv (const request_t *self)
{
    const char *accept = request_header (self, MHD_HTTP_HEADER_ACCEPT);
    return accept && strstr (accept, "text/csv");
}

void
report_account_prepare (request_t *self)
{
    report_input_t *input = report_input (self);
    const char *account = target_value (&self->target, "account");
    int64_t now_ms = wall_ms ();
    if (!account) {
        problem_field (&self->problem, "", "account", FAULT_MISSING,
                       "The query parameter is required");
    }
    else if (!s_read_account (account, &input->account)) {
        problem_field (&self->problem, "", "account", FAULT_MALFORMED,
                       "The value must be an account as the trial balance names it");
    }
    input->as_of_ms = input->to_ms = now_ms;
    bool past = report_query_moment (self, "as_of", /* ends= */ true, &input->as_of_ms);
    bool ends = report_query_moment (self, "to", /* ends= */ true, &input->to_ms);
    if (input->as_of_ms < input->to_ms) {
        input->to_ms = input->as_of_ms;
    }
    input->from_ms = input->to_ms - DAYS_START * DAY_MS;
    bool begins = report_query_moment (self, "from", /* ends= */ false, &input->from_ms);
    input->asked_ms [0] = past ? input->as_of_ms : 0;
    input->asked_ms [1] = ends ? input->to_ms : 0;
    input->asked_ms [2] = begins ? input->from_ms : 0;
    if (!request_failed (self) && input->from_ms > input->to_ms) {
        problem_field (&self->problem, "", "from", FAULT_OUT_OF_RANGE,
                       "The statement must begin before it ends");
    }
    input->csv = s_wants_csv (self);
    self->reports = true;
}

//  ---------------------------------------------------------------------------

static int64_t
s_sign (const report_input_t *input)
{
    uint8_t class = input->account.class;
    return class == ACCOUNT_BANK || class == ACCOUNT_BANK_TRANSIT ? 1 : -1;
}

static void
s_csv_line (request_t *self, const char *at, const char *event, const char *reference,
            int64_t amount_minor, int64_t balance_minor)
{
    char line [LINE_SIZE];
    char debit [24] = "", credit [24] = "";
    if (amount_minor > 0) {
        snprintf (debit, sizeof debit, "%lld", (long long) amount_minor);
    }
    if (amount_minor < 0) {
        snprintf (credit, sizeof credit, "%lld", (long long) -amount_minor);
    }
    int size = snprintf (line, sizeof line, "%s,%s,%s,%s,%s,%lld\r\n", at, event, reference, debit,
                         credit, (long long) balance_minor);
    out_raw (&self->out, line, (size_t) size);
}

//  RFC 4180; nothing in it needs quotes.
static void
s_csv (request_t *self, const report_input_t *input, const statement_t *statement)
{
    static const char head [] = "at,event,reference,debit,credit,balance\r\n";
    char at [TIME_TEXT_SIZE];
    int64_t sign = s_sign (input);
    out_raw (&self->out, head, sizeof head - 1);
    time_format (input->from_ms, at);
    s_csv_line (self, at, "opening", "", 0, sign * statement->opening_minor);
    for (size_t index = 0; index < statement->line_count; index++) {
        const statement_line_t *line = &statement->lines [index];
        time_format (line->at_ms, at);
        s_csv_line (self, at, line->event, line->reference, line->amount_minor,
                    sign * line->balance_minor);
    }
    time_format (input->to_ms, at);
    s_csv_line (self, at, "closing", "", 0, sign * statement->closing_minor);
}

static void
s_json (request_t *self, const report_input_t *input, const statement_t *statement)
{
    json_out_t *out = &self->out;
    char text [ACCOUNT_TEXT_SIZE];
    account_format (input->account, text);
    out_object (out, NULL);
    out_text (out, "object", "account_statement");
    out_text (out, "account", text);
    out_text (out, "side", s_sign (input) > 0 ? "debit" : "credit");
    out_time (out, "from", input->from_ms);
    out_time (out, "to", input->to_ms);
    out_text (out, "currency", "KRW");
    report_balance (self, "opening", input->account, statement->opening_minor);
    out_array (out, "lines");
    for (size_t index = 0; index < statement->line_count; index++) {
        const statement_line_t *line = &statement->lines [index];
        out_object (out, NULL);
        out_time (out, "at", line->at_ms);
        out_text (out, "event", line->event);
        out_text (out, "reference", line->reference);
        out_i64 (out, "debit", line->amount_minor > 0 ? line->amount_minor : 0);
        out_i64 (out, "credit", line->amount_minor < 0 ? -line->amount_minor : 0);
        report_balance (self, "balance", input->account, line->balance_minor);
        out_close (out, '}');
    }
    out_close (out, ']');
    report_balance (self, "closing", input->account, statement->closing_minor);
}

void
report_account (request_t *self)
{
    const report_input_t *input = report_input (self);
    list_cursor_t cursor;
    size_t limit, limit_max = input->csv ? STATEMENT_LINES_MAX : 1000;
    uint32_t label = report_label (REPORT_LABEL_ACCOUNT, input);
    statement_t statement = { 0 };
    if (!answer_page (self, label, input->account.owner, limit_max,
                      input->csv ? limit_max : PAGE_START, &cursor, &limit)) {
        return;
    }
    statement_query_t query = { input->account, input->from_ms, input->to_ms + 1, limit,
                                reporter_patience (self->edge->reporter) };
    status_t status = statement_read (self->edge->config.node, &query, &cursor, &statement);
    if (report_status (self, status, "from")) {
        if (input->csv && statement.more) {
            problem_field (&self->problem, "", "from", FAULT_OUT_OF_RANGE,
                           "The statement has too many lines: ask for a shorter time");
        }
        else if (input->csv) {
            s_csv (self, input, &statement);
        }
        else {
            s_json (self, input, &statement);
            answer_page_end (self, label, input->account.owner, statement.more, &cursor);
            out_close (&self->out, '}');
        }
    }
    statement_destroy (&statement);
}

void
report_account_render (request_t *self)
{
    if (report_input (self)->csv) {
        self->content_type = "text/csv; charset=utf-8; header=present";
    }
}
