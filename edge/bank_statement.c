//  bank_statement - two sorted sides, one pass.

#include "edge/bank_statement.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "edge/bank_call.h"
#include "runtime/lists.h"

static const int64_t DAY_MS = 86400 * (int64_t) 1000;

enum { DAY_MAX = 2932896 };  //  9999-12-31

char *
bank_statement_url (const char *base_url, int64_t day)
{
    if (day < 0 || day > DAY_MAX) {
        return NULL;
    }
    time_t at = (time_t) (day * 86400);  //  The date is a calendar's, in no zone
    struct tm parts;
    char date [16], *url = NULL;
    bool made = gmtime_r (&at, &parts) && strftime (date, sizeof date, "%Y-%m-%d", &parts) > 0
                && asprintf (&url, "%s/v1/statements/" BANK_OWN_CODE "/" BANK_OWN_NUMBER "?date=%s",
                             base_url, date)
                       > 0;
    return made ? url : NULL;
}

static int
s_by_id (const void *one, const void *other)
{
    return memcmp (&((const statement_transfer_t *) one)->transfer,
                   &((const statement_transfer_t *) other)->transfer, sizeof (oid_t));
}

static void
s_differ (bank_stated_t *stated, const char *transfer, bank_difference_kind_t kind,
          int64_t bank_minor, int64_t our_minor)
{
    stated->difference_count++;
    if (stated->item_count == RECONCILIATION_ITEMS) {
        return;
    }
    bank_difference_t *item = &stated->items [stated->item_count++];
    *item = (bank_difference_t) {
        .kind = (uint8_t) kind,
        .bank_minor = bank_minor,
        .our_minor = our_minor,
    };
    size_t size = strnlen (transfer, sizeof item->transfer - 1);
    while (transfer [size] && size > 0 && ((unsigned char) transfer [size] & 0xc0) == 0x80) {
        size--;  //  Not within a character
    }
    memcpy (item->transfer, transfer, size);
}

static statement_transfer_t *
s_find (statement_transfer_t *ours, size_t count, const char *id)
{
    statement_transfer_t key = { 0 };
    if (count && oid_parse (id, &key.transfer)) {
        return bsearch (&key, ours, count, sizeof *ours, s_by_id);
    }
    for (size_t index = 0; index < count; index++) {  //  Hardly ever: what is not ours at all
        if (ours [index].line [0] && strncmp (ours [index].line, id, BANK_TEXT_SIZE - 1) == 0) {
            return &ours [index];
        }
    }
    return NULL;
}

//  False: not a line as the bank writes them.
static bool
s_compare_line (const json_t *line, statement_transfer_t *ours, size_t count, bank_stated_t *stated)
{
    const char *id = json_string_value (json_object_get (line, "transfer_id"));
    const char *direction = json_string_value (json_object_get (line, "direction"));
    json_int_t amount = json_integer_value (json_object_get (line, "amount"));
    bool in = direction && strcmp (direction, "in") == 0;

    if (!id || !direction || (!in && strcmp (direction, "out") != 0) || !money_valid (amount)
        || __builtin_add_overflow (in ? stated->bank_in_minor : stated->bank_out_minor, amount,
                                   in ? &stated->bank_in_minor : &stated->bank_out_minor)) {
        return false;
    }
    int64_t bank_minor = in ? amount : -amount;
    statement_transfer_t *our = s_find (ours, count, id);
    if (!our || our->seen || (!our->booked && !our->pending)) {
        s_differ (stated, id, BANK_MISSING_HERE, bank_minor, 0);
        return true;
    }
    our->seen = true;
    if (our->amount_minor != bank_minor) {
        s_differ (stated, id, BANK_DIFFERENT_AMOUNT, bank_minor, our->amount_minor);
    }
    else if (our->pending) {
        stated->pending_count++;
    }
    else {
        stated->matched_count++;
        stated->matched_minor += bank_minor;
    }
    return true;
}

void
bank_statement_compare (const json_t *lines, statement_transfer_t *ours, size_t count,
                        bank_stated_t *stated)
{
    size_t index;
    const json_t *line;

    if (!json_is_array (lines)) {
        return;
    }
    if (count) {
        qsort (ours, count, sizeof *ours, s_by_id);
    }
    json_array_foreach (lines, index, line)
    {
        if (!s_compare_line (line, ours, count, stated)) {
            *stated = (bank_stated_t) { .step = stated->step, .result = BANK_UNKNOWN };
            return;
        }
    }
    for (size_t at = 0; at < count; at++) {
        const statement_transfer_t *our = &ours [at];
        if (our->seen || !our->expected) {
            continue;
        }
        if (our->pending || (our->booked && our->late)) {
            stated->pending_count++;
        }
        else if (our->booked) {
            char id [OID_TEXT_SIZE];
            oid_format (our->transfer, id);
            s_differ (stated, our->line [0] ? our->line : id, BANK_MISSING_THERE, 0,
                      our->amount_minor);
        }
    }
    stated->result = BANK_SUCCEEDED;
}

//  ---------------------------------------------------------------------------
//  Our side

typedef struct {
    statement_transfer_t *ours;
    size_t count;
    int64_t day;
    int64_t start_ms, end_ms, asked_ms;
} gathering_t;

static void
s_gather (void *context, const list_row_t *row)
{
    gathering_t *self = context;
    bank_transfer_t transfer;
    bool read =
        shape_unpack (bank_transfer_aggregate.state, row->state, row->state_size, &transfer);
    assert (read && self->count < STATEMENT_TRANSFERS_MAX);

    if (transfer.status == BANK_TRANSFER_FOREIGN) {
        return;  //  Of its own day's statement, whenever it was found
    }
    bool over = transfer.status == BANK_TRANSFER_SUCCEEDED
                || transfer.status == BANK_TRANSFER_FAILED
                || transfer.status == BANK_TRANSFER_REJECTED;
    bool never = transfer.status == BANK_TRANSFER_AWAITING_APPROVAL;
    bool in = transfer.request.direction == BANK_TRANSFER_IN;
    int64_t amount_minor = in ? transfer.request.amount_minor : -transfer.request.amount_minor;
    int64_t held_minor = bank_transfer_held_minor (&transfer);
    self->ours [self->count++] = (statement_transfer_t) {
        .transfer = row->object,
        .amount_minor = over ? held_minor : amount_minor,
        .booked = over && held_minor != 0,
        .pending = !over && !never,
        .expected = row->created_at_ms >= self->start_ms && row->created_at_ms < self->end_ms,
        .late = row->updated_at_ms >= self->end_ms || row->updated_at_ms >= self->asked_ms,
    };
}

//  A line of this day's statement that an earlier reconciliation posted.
static void
s_gather_foreign (void *context, const list_row_t *row)
{
    gathering_t *self = context;
    bank_transfer_t transfer;
    oid_t named;
    bool read =
        shape_unpack (bank_transfer_aggregate.state, row->state, row->state_size, &transfer);
    assert (read && self->count < STATEMENT_TRANSFERS_MAX);

    if (transfer.foreign_day != self->day) {
        return;
    }
    statement_transfer_t *our = &self->ours [self->count++];
    *our = (statement_transfer_t) {
        .transfer = row->object,
        .amount_minor = bank_transfer_held_minor (&transfer),
        .booked = bank_transfer_held_minor (&transfer) != 0,
        .expected = true,
    };
    if (!oid_parse (transfer.bank_reference, &named)) {
        memcpy (our->line, transfer.bank_reference, sizeof our->line);
    }
}

static status_t
s_read (node_t *node, const list_query_t *query, list_row_fn *gather, gathering_t *gathering,
        bool *ret_more)
{
    list_cursor_t cursor = { 0 };
    status_t status = STATUS_OK;
    *ret_more = true;
    while (status == STATUS_OK && *ret_more && gathering->count < STATEMENT_TRANSFERS_MAX) {
        size_t room = STATEMENT_TRANSFERS_MAX - gathering->count;
        status =
            list_find (node, query, &cursor, room < 100 ? room : 100, gather, gathering, ret_more);
    }
    return status;
}

//  Those of the day, and of the two before it that may have been answered on it; and what
//  was found since in its statement.
static status_t
s_read_ours (node_t *node, gathering_t *gathering, bool *ret_more)
{
    const list_query_t ours = {
        .list = LIST_TRANSFERS,
        .after_ms = gathering->start_ms - 2 * DAY_MS - 1,
        .before_ms = gathering->end_ms,
    };
    const list_query_t foreign = {
        .list = LIST_TRANSFERS,
        .bucket = BANK_TRANSFER_FOREIGN,
        .after_ms = gathering->start_ms - 1,
    };
    status_t status = s_read (node, &ours, s_gather, gathering, ret_more);
    return status == STATUS_OK && !*ret_more
               ? s_read (node, &foreign, s_gather_foreign, gathering, ret_more)
               : status;
}

void
bank_statement_match (node_t *node, const char *answer, size_t size, int64_t day, int64_t asked_ms,
                      bank_stated_t *stated)
{
    const int64_t seoul_ms = 9 * 3600 * (int64_t) 1000;
    gathering_t gathering = {
        .ours = calloc (STATEMENT_TRANSFERS_MAX, sizeof *gathering.ours),
        .day = day,
        .start_ms = day * DAY_MS - seoul_ms,
        .end_ms = (day + 1) * DAY_MS - seoul_ms,
        .asked_ms = asked_ms,
    };
    bool more = false;
    assert (gathering.ours);
    json_t *root = answer ? json_loadb (answer, size, JSON_REJECT_DUPLICATES, NULL) : NULL;
    status_t status = s_read_ours (node, &gathering, &more);
    if (status == STATUS_OK && more) {
        stated->result = BANK_FAILED;
    }
    else if (status == STATUS_OK) {
        bank_statement_compare (json_object_get (root, "lines"), gathering.ours, gathering.count,
                                stated);
    }
    json_decref (root);
    free (gathering.ours);
}
