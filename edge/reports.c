//  reports - GET reports/trial-balance (operators): the books as they stand.

#include <stdio.h>
#include "edge/edge_self.h"
#include "edge/resources.h"

enum {
    PAGE_MAX = 1000,
    LABEL = 1000  //  Of its cursors: beyond every list_t
};

static const query_field_t s_queries [] = {
    { "class" },
    { "limit" },
    { "cursor" },
    { "min_sequence" },
};

static void
s_nothing_to_read (request_t *self)
{
    (void) self;
}

//  0: all; false: 400.
static bool
s_class (request_t *self, uint8_t *ret_class)
{
    const char *name = target_value (&self->target, "class");
    *ret_class = 0;
    for (uint8_t class = 1; name && class < ACCOUNT_CLASS_COUNT; class ++) {
        if (strcmp (account_class_name (class), name) == 0) {
            *ret_class = class;
        }
    }
    if (name && *ret_class == 0) {
        problem_field (&self->problem, "", "class", FAULT_OUT_OF_RANGE,
                       "There is no such class of accounts");
        return false;
    }
    return true;
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
s_trial_balance_render (request_t *self)
{
    uint8_t class;
    list_cursor_t cursor;
    size_t limit;
    bool more = false;
    ledger_class_t classes [ACCOUNT_CLASS_COUNT + 1];
    node_t *node = self->edge->config.node;
    if (!s_class (self, &class)) {
        return;
    }
    uint32_t label = LABEL + (uint32_t) class;
    if (!answer_page (self, label, (oid_t) { 0 }, PAGE_MAX, PAGE_MAX, &cursor, &limit)) {
        return;
    }
    out_object (&self->out, NULL);
    out_text (&self->out, "object", "trial_balance");
    out_array (&self->out, "accounts");
    if (!answer_status (self, ledger_read (node, class, &cursor, limit, s_account, self, &more))
        || !answer_status (self, ledger_totals (node, classes))) {
        return;
    }
    out_close (&self->out, ']');
    s_classes (self, classes, class);
    answer_page_end (self, label, (oid_t) { 0 }, more, &cursor);
    out_close (&self->out, '}');
}

static const route_t s_routes [] = {
    { "GET", "/v1/reports/trial-balance", .roles = MAY_OPERATOR, ROUTE_QUERIES (s_queries),
      .syncs = true, .prepare = s_nothing_to_read, .render = s_trial_balance_render },
};
const route_table_t report_routes = { s_routes, COUNT (s_routes) };
