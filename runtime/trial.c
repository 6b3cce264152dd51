//  trial - present nets, less what was posted since.

#include "runtime/applier_private.h"
#include "runtime/past.h"
#include "runtime/trial.h"

typedef struct {
    uint8_t key [LEDGER_KEY_SIZE];
    int64_t net_minor;
} net_t;

typedef struct {
    map_t *since;  //  Account -> posted since, as int64_t
    uint8_t (*touched) [LEDGER_KEY_SIZE];
    size_t touched_count, touched_at;
    state_reader_t *reader;
    net_t *page;  //  At most limit + 1 that are not zero
    size_t count, capacity;
    uint8_t class_or_0;
    status_t status;
} trial_t;

static void
s_record (void *context, uint16_t partition, uint64_t sequence, const uint8_t *bytes, size_t size)
{
    trial_t *self = context;
    record_reader_t reader;
    record_posting_t posting;
    (void) partition, (void) sequence;
    status_t status = record_reader_start (&reader, bytes, size);
    assert (status == STATUS_OK);
    while (record_reader_posting (&reader, &posting)) {
        uint8_t key [LEDGER_KEY_SIZE];
        uint64_t sum = 0;
        key [0] = posting.class;
        memcpy (key + 1, posting.owner, RECORD_OID_SIZE);
        map_get (self->since, key, &sum);
        map_put (self->since, key, sum + (uint64_t) posting.amount_minor);
    }
}

static int
s_compare (const void *one, const void *other)
{
    return memcmp (one, other, LEDGER_KEY_SIZE);
}

//  The accounts that were posted to, in the order of the books.
static void
s_sort_touched (trial_t *self)
{
    size_t cursor = 0;
    const uint8_t *key;
    uint64_t sum;
    self->touched = malloc ((map_count (self->since) + 1) * sizeof *self->touched);
    assert (self->touched);
    while (map_next (self->since, &cursor, &key, &sum)) {
        memcpy (self->touched [self->touched_count++], key, LEDGER_KEY_SIZE);
    }
    qsort (self->touched, self->touched_count, sizeof *self->touched, s_compare);
}

static status_t
s_net_now (trial_t *self, const uint8_t key [LEDGER_KEY_SIZE], int64_t *ret_net_minor)
{
    size_t size;
    *ret_net_minor = 0;
    status_t status = state_get (self->reader, TABLE_LEDGER, key, LEDGER_KEY_SIZE, ret_net_minor,
                                 sizeof *ret_net_minor, &size);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

//  ---------------------------------------------------------------------------
//  Totals: each account that was posted to leaves its class as it is and enters it as
//  it was

static void
s_class_move (ledger_class_t *class, int64_t net_minor, int sign)
{
    if (net_minor != 0) {
        class->accounts = (uint64_t) ((int64_t) class->accounts + sign);
        *(net_minor > 0 ? &class->debit_minor : &class->credit_minor) +=
            sign * (net_minor > 0 ? net_minor : -net_minor);
    }
}

static status_t
s_totals (trial_t *self, ledger_class_t classes [ACCOUNT_CLASS_COUNT + 1])
{
    class_row_t rows [ACCOUNT_CLASS_COUNT];
    status_t status = STATUS_OK;
    applier_read_classes (self->reader, rows);
    for (size_t class = 1; class < ACCOUNT_CLASS_COUNT; class ++) {
        classes [class] = (ledger_class_t) { rows [class].accounts, rows [class].debit_minor,
                                             rows [class].credit_minor };
    }
    for (size_t index = 0; index < self->touched_count && status == STATUS_OK; index++) {
        const uint8_t *key = self->touched [index];
        int64_t net_minor;
        uint64_t sum = 0;
        status = s_net_now (self, key, &net_minor);
        map_get (self->since, key, &sum);
        assert (key [0] < ACCOUNT_CLASS_COUNT);
        s_class_move (&classes [key [0]], net_minor, -1);
        s_class_move (&classes [key [0]], net_minor - (int64_t) sum, +1);
    }
    return status;
}

//  ---------------------------------------------------------------------------
//  A page: the rows of the books, and between them accounts that are zero now

static bool
s_put (trial_t *self, const uint8_t key [LEDGER_KEY_SIZE], int64_t net_now_minor)
{
    uint64_t sum = 0;
    map_get (self->since, key, &sum);
    int64_t net_minor = net_now_minor - (int64_t) sum;
    if (net_minor != 0 && (!self->class_or_0 || key [0] == self->class_or_0)) {
        net_t *net = &self->page [self->count++];
        memcpy (net->key, key, LEDGER_KEY_SIZE);
        net->net_minor = net_minor;
    }
    return self->count < self->capacity;
}

//  Those that come before `key` (NULL: all that are left).
static bool
s_put_zero_now (trial_t *self, const uint8_t *key)
{
    while (self->touched_at < self->touched_count
           && (!key || memcmp (self->touched [self->touched_at], key, LEDGER_KEY_SIZE) < 0)) {
        if (!s_put (self, self->touched [self->touched_at++], 0)) {
            return false;
        }
    }
    return true;
}

static bool
s_row (void *context, const uint8_t *key, size_t key_size, const uint8_t *value, size_t value_size)
{
    trial_t *self = context;
    int64_t net_minor;
    assert (key_size == LEDGER_KEY_SIZE && value_size == sizeof net_minor);
    memcpy (&net_minor, value, sizeof net_minor);
    if (!s_put_zero_now (self, key)) {
        return false;
    }
    if (self->touched_at < self->touched_count
        && memcmp (self->touched [self->touched_at], key, LEDGER_KEY_SIZE) == 0) {
        self->touched_at++;
    }
    return s_put (self, key, net_minor);
}

static status_t
s_page (trial_t *self, const list_cursor_t *cursor)
{
    //  From the key after the cursor's on: no key is one byte longer
    uint8_t start [LEDGER_KEY_SIZE + 1] = { 0 };
    size_t start_size = 0;
    size_t prefix_size = self->class_or_0 ? 1 : 0;
    if (cursor->size > 0) {
        memcpy (start, cursor->bytes, LEDGER_KEY_SIZE);
        start_size = sizeof start;
        while (self->touched_at < self->touched_count
               && memcmp (self->touched [self->touched_at], start, LEDGER_KEY_SIZE) <= 0) {
            self->touched_at++;
        }
    }
    status_t status = state_scan (self->reader, TABLE_LEDGER, &self->class_or_0, prefix_size,
                                  start_size ? start : NULL, start_size, /* backward= */ false,
                                  SIZE_MAX, s_row, self);
    if (status == STATUS_OK && self->count < self->capacity) {
        (void) s_put_zero_now (self, NULL);
    }
    return status;
}

static void
s_show (const trial_t *self, size_t limit, list_cursor_t *cursor, ledger_row_fn *row, void *context)
{
    size_t shown = self->count < limit ? self->count : limit;
    for (size_t index = 0; index < shown; index++) {
        account_t account = { .class = self->page [index].key [0] };
        memcpy (&account.owner, self->page [index].key + 1, sizeof account.owner);
        row (context, account, self->page [index].net_minor);
    }
    if (shown > 0) {
        cursor->size = LEDGER_KEY_SIZE;
        memcpy (cursor->bytes, self->page [shown - 1].key, LEDGER_KEY_SIZE);
    }
}

status_t
trial_read (node_t *node, const trial_query_t *query, list_cursor_t *cursor, ledger_row_fn *row,
            void *context, bool *ret_more, ledger_class_t ret_classes [ACCOUNT_CLASS_COUNT + 1])
{
    if (cursor->size != 0 && cursor->size != LEDGER_KEY_SIZE) {
        return STATUS_INVALID;
    }
    int64_t since_ms = query->as_of_ms < INT64_MAX ? query->as_of_ms + 1 : INT64_MAX;
    past_t *past = past_new (node, since_ms, PAST_EVERYWHERE, query->patience);
    trial_t self = {
        .since = map_new (LEDGER_KEY_SIZE),
        .reader = past_reader (past),
        .capacity = query->limit + 1,
        .class_or_0 = query->class_or_0,
    };
    self.page = calloc (self.capacity, sizeof *self.page);
    assert (self.page);
    status_t status = past_scan (past, s_record, &self);
    if (status == STATUS_OK) {
        status = past_pin (past, s_record, &self);
    }
    if (status == STATUS_OK) {
        s_sort_touched (&self);
        status = s_totals (&self, ret_classes);
    }
    if (status == STATUS_OK) {
        status = s_page (&self, cursor);
    }
    *ret_more = self.count > query->limit;
    if (status == STATUS_OK) {
        s_show (&self, query->limit, cursor, row, context);
    }
    past_destroy (&past);
    map_destroy (&self.since);
    free (self.touched);
    free (self.page);
    return status;
}
