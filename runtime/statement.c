//  statement - the postings of one account, found in the journal.

#include "runtime/applier_private.h"
#include "runtime/past.h"
#include "runtime/statement.h"

enum { PLACE_SIZE = 8 + 2 + 8 + 1 };

//  A line and where it is: at · partition · sequence · ordinal in its record, all BE.
typedef struct {
    uint8_t place [PLACE_SIZE];
    int64_t amount_minor;
    statement_line_t line;
} found_t;

typedef struct {
    const statement_query_t *query;
    const list_cursor_t *cursor;
    found_t *found;  //  Among them the first limit + 1 after the cursor
    size_t count, capacity;
    bool full;             //  The first `capacity` are sorted, and there were more
    int64_t since_minor;   //  Posted at or after `from`
    int64_t after_minor;   //  Posted at or after `to`
    int64_t before_minor;  //  Posted in between, up to the cursor
} scan_t;

static void
s_put_be (uint8_t *bytes, uint64_t value, int size)
{
    for (int index = size; index-- > 0; value >>= 8) {
        bytes [index] = (uint8_t) value;
    }
}

//  ---------------------------------------------------------------------------
//  What an event calls its movement

static const field_t *
s_field (const shape_t *shape, const char *name)
{
    for (uint32_t index = 0; index < shape->field_count; index++) {
        if (strcmp (shape->fields [index].name, name) == 0) {
            return &shape->fields [index];
        }
    }
    return NULL;
}

static void
s_reference (const shape_t *shape, const uint8_t *event, oid_t self, char *ret_text)
{
    const field_t *saga = s_field (shape, "reference.saga");
    if (saga) {
        reference_t reference;
        memcpy (&reference, event + saga->offset, sizeof reference);
        reference_format (reference, ret_text);
        return;
    }
    oid_format (self, ret_text);
}

//  The field's offset is that of the struct's first member.
_Static_assert(offsetof (reference_t, saga) == 0, "a reference begins with its saga");

//  ---------------------------------------------------------------------------
//  Collecting

static int
s_compare (const void *one, const void *other)
{
    return memcmp (((const found_t *) one)->place, ((const found_t *) other)->place, PLACE_SIZE);
}

//  Sorts what was found and keeps the first ones.
static void
s_sort (scan_t *self)
{
    qsort (self->found, self->count, sizeof *self->found, s_compare);
    if (self->count >= self->capacity) {
        self->count = self->capacity;
        self->full = true;
    }
}

//  NULL: it is beyond the page. There is room for twice a page, so that sorting is rare.
static found_t *
s_room (scan_t *self, const uint8_t place [PLACE_SIZE])
{
    if (self->count == 2 * self->capacity) {
        s_sort (self);
    }
    if (self->full && memcmp (place, self->found [self->capacity - 1].place, PLACE_SIZE) > 0) {
        return NULL;
    }
    return &self->found [self->count++];
}

static void
s_line (scan_t *self, const record_head_t *head, const uint8_t place [PLACE_SIZE],
        const event_rule_t *rule, const uint8_t *event, int64_t amount_minor)
{
    const list_cursor_t *cursor = self->cursor;
    self->since_minor += amount_minor;
    if (head->at_ms >= self->query->to_ms) {
        self->after_minor += amount_minor;
        return;
    }
    if (cursor->size > 0 && memcmp (place, cursor->bytes, PLACE_SIZE) <= 0) {
        self->before_minor += amount_minor;
        return;
    }
    found_t *found = s_room (self, place);
    if (found) {
        oid_t oid;
        memcpy (&oid, head->aggregate, sizeof oid);
        memcpy (found->place, place, PLACE_SIZE);
        found->amount_minor = amount_minor;
        found->line = (statement_line_t) { .at_ms = head->at_ms, .amount_minor = amount_minor };
        snprintf (found->line.event, sizeof found->line.event, "%s", rule->name);
        s_reference (rule->shape, event, oid, found->line.reference);
    }
}

static bool
s_concerns (const scan_t *self, record_reader_t *reader)
{
    record_posting_t posting;
    while (record_reader_posting (reader, &posting)) {
        if (posting.class == self->query->account.class
            && memcmp (posting.owner, &self->query->account.owner, RECORD_OID_SIZE) == 0) {
            return true;
        }
    }
    return false;
}

static void
s_record (void *context, uint16_t partition, uint64_t sequence, const uint8_t *bytes, size_t size)
{
    _Alignas(max_align_t) uint8_t value [DECISION_ARENA_SIZE];
    scan_t *self = context;
    record_reader_t reader;
    record_event_t event;
    status_t status = record_reader_start (&reader, bytes, size);
    if (status != STATUS_OK || !s_concerns (self, &reader)) {
        return;
    }
    status = record_reader_start (&reader, bytes, size);
    assert (status == STATUS_OK);
    oid_t oid;
    memcpy (&oid, reader.head.aggregate, sizeof oid);
    const aggregate_type_t *type = registry_find (oid.kind);
    uint8_t place [PLACE_SIZE], ordinal = 0;
    s_put_be (place, (uint64_t) reader.head.at_ms, 8);
    s_put_be (place + 8, partition, 2);
    s_put_be (place + 10, sequence, 8);
    while (record_reader_event (&reader, &event)) {
        const event_rule_t *rule = &type->events [event.type];
        postings_t postings = { 0 };
        if (!rule->postings || !shape_unpack (rule->shape, event.payload, event.size, value)) {
            continue;
        }
        rule->postings (oid, value, &postings);
        for (size_t index = 0; index < postings.count; index++) {
            const posting_t *posting = &postings.items [index];
            place [PLACE_SIZE - 1] = ordinal++;
            if (memcmp (&posting->account, &self->query->account, sizeof posting->account) == 0) {
                s_line (self, &reader.head, place, rule, value, posting->amount_minor);
            }
        }
    }
}

//  ---------------------------------------------------------------------------

static status_t
s_net_now (state_reader_t *reader, account_t account, int64_t *ret_net_minor)
{
    uint8_t key [LEDGER_KEY_SIZE];
    size_t size;
    key [0] = account.class;
    memcpy (key + 1, &account.owner, sizeof account.owner);
    *ret_net_minor = 0;
    status_t status = state_get (reader, TABLE_LEDGER, key, sizeof key, ret_net_minor,
                                 sizeof *ret_net_minor, &size);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static void
s_show (const scan_t *self, int64_t now_minor, list_cursor_t *cursor, statement_t *statement)
{
    statement->opening_minor = now_minor - self->since_minor;
    statement->closing_minor = now_minor - self->after_minor;
    statement->more = self->count > self->query->limit;
    statement->line_count = statement->more ? self->query->limit : self->count;
    int64_t balance_minor = statement->opening_minor + self->before_minor;
    for (size_t index = 0; index < statement->line_count; index++) {
        const found_t *found = &self->found [index];
        balance_minor += found->amount_minor;
        statement->lines [index] = found->line;
        statement->lines [index].balance_minor = balance_minor;
    }
    if (statement->line_count > 0) {
        cursor->size = PLACE_SIZE;
        memcpy (cursor->bytes, self->found [statement->line_count - 1].place, PLACE_SIZE);
    }
}

status_t
statement_read (node_t *node, const statement_query_t *query, list_cursor_t *cursor,
                statement_t *ret_statement)
{
    *ret_statement = (statement_t) { 0 };
    assert (query->limit > 0 && query->limit <= STATEMENT_LINES_MAX);
    if (cursor->size != 0 && cursor->size != PLACE_SIZE) {
        return STATUS_INVALID;
    }
    //  A wallet's or merchant's account is posted to by its own records alone
    uint8_t class = query->account.class;
    uint16_t partition = class == ACCOUNT_WALLET || class == ACCOUNT_MERCHANT
                             ? oid_partition (query->account.owner, node_partitions (node))
                             : PAST_EVERYWHERE;
    past_t *past = past_new (node, query->from_ms, partition, query->patience);
    scan_t scan = { .query = query, .cursor = cursor, .capacity = query->limit + 1 };
    scan.found = calloc (2 * scan.capacity, sizeof *scan.found);
    ret_statement->lines = calloc (query->limit, sizeof *ret_statement->lines);
    assert (scan.found && ret_statement->lines);

    int64_t now_minor;
    status_t status = past_scan (past, s_record, &scan);
    if (status == STATUS_OK) {
        status = past_pin (past, s_record, &scan);
    }
    if (status == STATUS_OK) {
        status = s_net_now (past_reader (past), query->account, &now_minor);
    }
    if (status == STATUS_OK) {
        s_sort (&scan);
        s_show (&scan, now_minor, cursor, ret_statement);
    }
    past_destroy (&past);
    free (scan.found);
    return status;
}

void
statement_destroy (statement_t *self)
{
    free (self->lines);
    self->lines = NULL;
}
