//  report_trial - GET reports/trial-balance: the books as they stand, or stood.

#include <stdio.h>
#include "edge/edge_self.h"
#include "edge/report_input.h"
#include "edge/reporter.h"
#include "runtime/trial.h"

enum { PAGE_MAX = 1000 };

static void
s_class (request_t *self, account_t *account)
{
    const char *name = target_value (&self->target, "class");
    for (uint8_t class = 1; name && class < ACCOUNT_CLASS_COUNT; class ++) {
        if (strcmp (account_class_name (class), name) == 0) {
            account->class = class;
        }
    }
    if (name && account->class == 0) {
        problem_field (&self->problem, "", "class", FAULT_OUT_OF_RANGE,
                       "There is no such class of accounts");
    }
}

//  Today is not over yet: it means until now. A later day is a mistake.
static void
s_moment (request_t *self, report_input_t *input)
{
    int64_t now_ms = wall_ms ();
    int64_t tomorrow_ms = ((now_ms + SEOUL_MS) / DAY_MS + 1) * DAY_MS - SEOUL_MS;
    input->past = report_query_moment (self, "as_of", /* ends= */ true, &input->as_of_ms);
    input->asked_ms [0] = input->as_of_ms;
    if (input->past && input->as_of_ms >= tomorrow_ms) {
        problem_field (&self->problem, "", "as_of", FAULT_OUT_OF_RANGE,
                       "The moment must not be after today in Seoul");
    }
    else if (input->past && input->as_of_ms > now_ms) {
        input->as_of_ms = now_ms;
    }
}

void
report_trial_prepare (request_t *self)
{
    report_input_t *input = report_input (self);
    s_class (self, &input->account);
    s_moment (self, input);
    self->reports = input->past;
}

static void
s_sides (request_t *self, int64_t debit_minor, int64_t credit_minor)
{
    out_i64 (&self->out, "debit", debit_minor);
    out_i64 (&self->out, "credit", credit_minor);
}

static void
s_account (void *context, account_t account, int64_t net_minor)
{
    request_t *self = context;
    char text [ACCOUNT_TEXT_SIZE];
    account_format (account, text);
    out_object (&self->out, NULL);
    out_text (&self->out, "account", text);
    s_sides (self, net_minor > 0 ? net_minor : 0, net_minor < 0 ? -net_minor : 0);
    out_close (&self->out, '}');
}

static void
s_classes (request_t *self, const ledger_class_t *classes, uint8_t only)
{
    int64_t debit_minor = 0, credit_minor = 0;
    out_array (&self->out, "classes");
    for (uint8_t class = 1; class < ACCOUNT_CLASS_COUNT; class ++) {
        const ledger_class_t *totals = &classes [class];
        debit_minor += totals->debit_minor;
        credit_minor += totals->credit_minor;
        if (totals->accounts == 0 || (only && class != only)) {
            continue;
        }
        out_object (&self->out, NULL);
        out_text (&self->out, "class", account_class_name (class));
        out_i64 (&self->out, "accounts", (int64_t) totals->accounts);
        s_sides (self, totals->debit_minor, totals->credit_minor);
        out_close (&self->out, '}');
    }
    out_close (&self->out, ']');
    out_i64 (&self->out, "total_debit", debit_minor);
    out_i64 (&self->out, "total_credit", credit_minor);
    out_text (&self->out, "currency", "KRW");
}

static void
s_balance (request_t *self)
{
    list_cursor_t cursor;
    size_t limit;
    bool more = false;
    ledger_class_t classes [ACCOUNT_CLASS_COUNT + 1];
    node_t *node = self->edge->config.node;
    const report_input_t *input = report_input (self);
    uint32_t label = report_label (REPORT_LABEL_TRIAL, input);
    uint8_t class = input->account.class;
    if (!answer_page (self, label, (oid_t) { 0 }, PAGE_MAX, PAGE_MAX, &cursor, &limit)) {
        return;
    }
    out_object (&self->out, NULL);
    out_text (&self->out, "object", "trial_balance");
    if (input->past) {
        out_time (&self->out, "as_of", input->as_of_ms);
    }
    out_array (&self->out, "accounts");
    trial_query_t query = { .as_of_ms = input->as_of_ms,
                            .class_or_0 = class,
                            .limit = limit,
                            .patience = reporter_patience (self->edge->reporter) };
    status_t status =
        input->past ? trial_read (node, &query, &cursor, s_account, self, &more, classes)
                    : ledger_read (node, class, &cursor, limit, s_account, self, &more, classes);
    if (!report_status (self, status, "as_of")) {
        return;
    }
    out_close (&self->out, ']');
    s_classes (self, classes, class);
    answer_page_end (self, label, (oid_t) { 0 }, more, &cursor);
    out_close (&self->out, '}');
}

void
report_trial (request_t *self)
{
    s_balance (self);
}

//  The past was written by the reporter.
void
report_trial_render (request_t *self)
{
    if (!report_input (self)->past) {
        s_balance (self);
    }
}
