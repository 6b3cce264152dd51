//  lists - short reads of the projections and the books.

#include "runtime/applier.h"
#include "runtime/core.h"
#include "runtime/index.h"
#include "runtime/lists.h"
#include "runtime/projection.h"
#include "runtime/region.h"
#include "runtime/snapshot.h"

enum { LIMIT_MAX = 1000, LEDGER_KEY = 18 };

typedef struct {
    uint8_t key [ROW_KEY_MAX];
    size_t key_size;
    uint8_t value [ROW_VALUE_MAX];
    size_t value_size;
} found_t;

typedef struct {
    found_t *rows;
    size_t count, capacity;
    bool timed;         //  Rows are keyed by time; those before `floor` are not shown
    uint8_t floor [8];  //  Milliseconds, BE
} page_t;

static bool
s_collect (void *context, const uint8_t *key, size_t key_size, const uint8_t *value,
           size_t value_size)
{
    page_t *page = context;
    assert (key_size <= ROW_KEY_MAX && value_size <= ROW_VALUE_MAX);
    if (page->timed && memcmp (key + ROW_PREFIX_SIZE, page->floor, sizeof page->floor) < 0) {
        return false;
    }
    found_t *found = &page->rows [page->count++];
    memcpy (found->key, key, key_size);
    found->key_size = key_size;
    memcpy (found->value, value, value_size);
    found->value_size = value_size;
    return page->count < page->capacity;
}

//  A damaged row would be refused for ever; the node restarts and has it again.
static status_t
s_told (node_t *node, status_t status)
{
    if (status == STATUS_DAMAGED) {
        state_condemn (node->state);  //  Or its checksum was right and what it says is not
        core_state_fail_stop (status);
    }
    return status;
}

//  One page after the cursor, and one row more to know whether there are others.
static status_t
s_read_page (state_reader_t *reader, state_table_t table, const uint8_t *prefix, size_t prefix_size,
             bool backward, const list_cursor_t *cursor, page_t *page)
{
    uint8_t start [ROW_KEY_MAX];
    memcpy (start, prefix, prefix_size);
    memcpy (start + prefix_size, cursor->bytes, cursor->size);
    bool resumes = cursor->size > 0;
    size_t start_size = prefix_size + cursor->size;
    status_t status =
        state_scan (reader, table, prefix, prefix_size, resumes ? start : NULL,
                    resumes ? start_size : 0, backward, page->capacity, s_collect, page);
    //  The cursor is the last row that was seen; it is there unless rows can vanish
    if (status == STATUS_OK && resumes && page->count > 0 && page->rows [0].key_size == start_size
        && memcmp (page->rows [0].key, start, start_size) == 0) {
        page->count--;
        memmove (page->rows, page->rows + 1, page->count * sizeof *page->rows);
    }
    return status;
}

static void
s_move_cursor (list_cursor_t *cursor, const found_t *last, size_t prefix_size)
{
    cursor->size = (uint8_t) (last->key_size - prefix_size);
    memcpy (cursor->bytes, last->key + prefix_size, cursor->size);
}

//  ---------------------------------------------------------------------------

static status_t
s_show_object (state_reader_t *reader, const found_t *found, uint8_t *buffer, list_row_t *row)
{
    size_t size;
    memcpy (&row->object, found->key + ROW_PREFIX_SIZE + 8, sizeof row->object);
    status_t status = state_get (reader, TABLE_SNAPSHOT, &row->object, sizeof row->object, buffer,
                                 SNAPSHOT_SIZE_MAX, &size);
    snapshot_head_t head;
    if (status == STATUS_OK && snapshot_read (buffer, size, &head)) {
        row->version = head.version;
        row->created_at_ms = head.created_at_ms;
        row->updated_at_ms = head.updated_at_ms;
        row->state = buffer + SNAPSHOT_HEAD_SIZE;
        row->state_size = size - SNAPSHOT_HEAD_SIZE;
    }
    return status;
}

static status_t
s_show (state_reader_t *reader, const found_t *found, uint8_t *buffer, list_row_t *row)
{
    *row = (list_row_t) { .object = { .kind = OID_NONE } };
    if (found->value_size == 0) {
        return s_show_object (reader, found, buffer, row);
    }
    bool read = shape_unpack (&entry_shape, found->value, found->value_size, &row->entry);
    return read ? STATUS_OK : STATUS_DAMAGED;
}

status_t
list_read (node_t *node, list_t list, oid_t owner, list_cursor_t *cursor, size_t limit,
           list_row_fn *row, void *context, bool *ret_more)
{
    return list_find (node, &(list_query_t) { .list = list, .owner = owner }, cursor, limit, row,
                      context, ret_more);
}

//  Newest first, whatever range it is of.
static int
s_compare (const void *left, const void *right)
{
    const found_t *one = left, *other = right;
    return memcmp (other->key + ROW_PREFIX_SIZE, one->key + ROW_PREFIX_SIZE,
                   ROW_KEY_MAX - ROW_PREFIX_SIZE);
}

//  What is in several ranges is there once.
static void
s_merge (page_t *page)
{
    size_t kept = 0;
    qsort (page->rows, page->count, sizeof *page->rows, s_compare);
    for (size_t index = 0; index < page->count; index++) {
        if (kept == 0 || s_compare (&page->rows [kept - 1], &page->rows [index]) != 0) {
            page->rows [kept++] = page->rows [index];
        }
    }
    page->count = kept;
}

//  A list on its way: what is asked for, where it stands, what was shown.
typedef struct {
    const list_query_t *query;
    state_reader_t *reader;
    size_t range_count;
    uint8_t prefixes [INDEX_RANGES_MAX][ROW_PREFIX_SIZE];
    list_cursor_t cursor;
    page_t page;  //  Capacity: of one range
    size_t limit, shown, looked;
    list_row_fn *row;
    void *context;
    uint8_t *buffer;  //  SNAPSHOT_SIZE_MAX
} walk_t;

//  The next rows of all ranges, at most limit + 1.
static status_t
s_read_rows (walk_t *self)
{
    page_t *page = &self->page;
    status_t status = STATUS_OK;
    page->count = 0;
    for (size_t index = 0; index < self->range_count && status == STATUS_OK; index++) {
        page_t range = *page;
        range.rows += page->count;
        range.count = 0;
        status = s_read_page (self->reader, TABLE_ROWS, self->prefixes [index], ROW_PREFIX_SIZE,
                              /* backward= */ true, &self->cursor, &range);
        page->count += range.count;
    }
    if (self->range_count > 1) {
        s_merge (page);
    }
    page->count = page->count > self->limit + 1 ? self->limit + 1 : page->count;
    return status;
}

//  Shows those that are kept, until the page is full and one more is there. True: ended.
static bool
s_visit_rows (walk_t *self, status_t *status, bool *ret_more)
{
    const list_query_t *query = self->query;
    for (size_t index = 0; index < self->page.count; index++) {
        const found_t *found = &self->page.rows [index];
        bool full = self->shown == self->limit;
        list_row_t row;
        *ret_more = full && !query->keep;
        if (*ret_more) {
            return true;
        }
        *status = s_show (self->reader, found, self->buffer, &row);
        if (*status != STATUS_OK) {
            return true;
        }
        bool kept = !query->keep || query->keep (self->context, &row);
        *ret_more = (full && kept) || ++self->looked == LIST_LOOKED_MAX;
        if (kept && !full) {
            self->row (self->context, &row);
            self->shown++;
        }
        if (!kept || !full) {
            s_move_cursor (&self->cursor, found, ROW_PREFIX_SIZE);
        }
        if (*ret_more) {
            return true;
        }
    }
    return self->page.count <= self->limit;  //  Those were the last
}

//  Where to begin: at the cursor, or at the latest moment asked for. A key of that
//  moment alone is less than that of any row made then.
static list_cursor_t
s_start (const list_query_t *query, const list_cursor_t *cursor)
{
    list_cursor_t start = { .size = 8 };
    projection_time (query->before_ms ? query->before_ms : INT64_MAX, start.bytes);
    bool resumes = cursor->size > 0 && memcmp (cursor->bytes, start.bytes, start.size) < 0;
    return resumes ? *cursor : start;
}

status_t
list_find (node_t *node, const list_query_t *query, list_cursor_t *cursor, size_t limit,
           list_row_fn *row, void *context, bool *ret_more)
{
    assert (limit > 0 && limit <= LIMIT_MAX && cursor->size <= LIST_CURSOR_SIZE);
    if (cursor->size > ROW_KEY_MAX - ROW_PREFIX_SIZE) {
        return STATUS_INVALID;
    }
    walk_t walk = {
        .query = query,
        .reader = state_reader_new (node->state),
        .cursor = s_start (query, cursor),
        .page = { .capacity = limit + 2, .timed = true },  //  And the cursor's own row
        .limit = limit,
        .row = row,
        .context = context,
        .buffer = malloc (SNAPSHOT_SIZE_MAX),
    };
    projection_time (query->after_ms ? query->after_ms + 1 : 0, walk.page.floor);
    walk.range_count = index_ranges (query->list, query->owner, query->bucket, walk.prefixes);
    walk.page.rows = malloc (walk.range_count * walk.page.capacity * sizeof *walk.page.rows);
    assert (walk.page.rows && walk.buffer && walk.reader);

    status_t status = state_reader_pin (walk.reader);
    bool ended = false;
    *ret_more = false;
    while (status == STATUS_OK && !ended) {
        status = s_read_rows (&walk);
        ended = status != STATUS_OK || s_visit_rows (&walk, &status, ret_more);
    }
    *cursor = walk.looked > 0 ? walk.cursor : *cursor;
    state_reader_destroy (&walk.reader);
    free (walk.buffer);
    free (walk.page.rows);
    return s_told (node, status);
}

static void
s_totals (state_reader_t *reader, ledger_class_t ret_classes [ACCOUNT_CLASS_COUNT + 1])
{
    class_row_t rows [ACCOUNT_CLASS_COUNT];
    applier_read_classes (reader, rows);
    for (size_t class = 1; class < ACCOUNT_CLASS_COUNT; class ++) {
        ret_classes [class] = (ledger_class_t) { rows [class].accounts, rows [class].debit_minor,
                                                 rows [class].credit_minor };
    }
}

status_t
ledger_read (node_t *node, uint8_t class_or_0, list_cursor_t *cursor, size_t limit,
             ledger_row_fn *row, void *context, bool *ret_more,
             ledger_class_t ret_classes [ACCOUNT_CLASS_COUNT + 1])
{
    assert (limit > 0 && limit <= LIMIT_MAX && cursor->size <= LIST_CURSOR_SIZE);
    size_t prefix_size = class_or_0 ? 1 : 0;
    if (cursor->size > LEDGER_KEY - prefix_size) {
        return STATUS_INVALID;
    }
    page_t page = { .capacity = limit + 2 };
    page.rows = calloc (page.capacity, sizeof *page.rows);
    state_reader_t *reader = state_reader_new (node->state);
    assert (page.rows && reader);

    status_t status = state_reader_pin (reader);
    if (status == STATUS_OK) {
        status = s_read_page (reader, TABLE_LEDGER, &class_or_0, prefix_size,
                              /* backward= */ false, cursor, &page);
    }
    if (status == STATUS_OK && ret_classes) {
        s_totals (reader, ret_classes);
    }
    *ret_more = page.count > limit;
    size_t shown = page.count < limit ? page.count : limit;
    for (size_t index = 0; index < shown && status == STATUS_OK; index++) {
        const found_t *found = &page.rows [index];
        int64_t net_minor;
        assert (found->key_size == LEDGER_KEY && found->value_size == sizeof net_minor);
        account_t account = { .class = found->key [0] };
        memcpy (&account.owner, found->key + 1, sizeof account.owner);
        memcpy (&net_minor, found->value, sizeof net_minor);
        row (context, account, net_minor);
    }
    if (shown > 0) {
        s_move_cursor (cursor, &page.rows [shown - 1], prefix_size);
    }
    state_reader_destroy (&reader);
    free (page.rows);
    return s_told (node, status);
}

//  ---------------------------------------------------------------------------

typedef struct {
    uint32_t from_day, to_day;
    region_day_fn *day;
    void *context;
    region_day_t before, now;
} region_scan_t;

static bool
s_region_row (void *context, const uint8_t *key, size_t key_size, const uint8_t *value,
              size_t value_size)
{
    region_scan_t *self = context;
    region_change_t change;
    if (key_size != REGION_KEY_SIZE || !region_read_value (value, value_size, &change)) {
        assert (false);
    }
    const uint8_t *day = key + REGION_HASH_SIZE;
    self->now.day =
        (uint32_t) day [0] << 24 | (uint32_t) day [1] << 16 | (uint32_t) day [2] << 8 | day [3];
    self->now.change_minor = change.change_minor;
    self->now.total_minor += change.change_minor;
    self->now.members += change.members;
    if (self->now.day < self->from_day) {
        self->before = self->now;
    }
    else if (self->now.day <= self->to_day && self->day) {
        self->day (self->context, &self->now);
    }
    return true;
}

status_t
region_read (node_t *node, const uint8_t address [16], uint32_t from_day, uint32_t to_day,
             region_day_fn *day, void *context, region_day_t *ret_before, region_day_t *ret_now)
{
    state_reader_t *reader = state_reader_new (node->state);
    assert (reader);
    region_scan_t scan = { from_day, to_day, day, context, { 0 }, { 0 } };
    status_t status = state_scan (reader, TABLE_REGION, address, REGION_HASH_SIZE, NULL, 0,
                                  /* backward= */ false, SIZE_MAX, s_region_row, &scan);
    *ret_before = scan.before;
    *ret_now = scan.now;
    state_reader_destroy (&reader);
    return s_told (node, status);
}
