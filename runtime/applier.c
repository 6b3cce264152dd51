//  applier - collecting net changes. (applier_flush.c writes them.)

#include "actors/money.h"
#include "runtime/applier_private.h"

applier_t *
applier_new (state_t *state, uint16_t partitions)
{
    applier_t *self = calloc (1, sizeof *self);
    assert (self);
    self->state = state;
    self->partitions = partitions;
    self->tables = UINT32_MAX;
    self->stamp_ms = INT64_MAX;
    self->index = map_new (CHANGE_INDEX_KEY);
    self->taken = calloc ((partitions + 1u) * partitions, sizeof *self->taken);
    self->taken_changed = calloc ((partitions + 1u) * partitions, sizeof *self->taken_changed);
    self->positions = calloc (partitions, sizeof *self->positions);
    assert (self->taken && self->taken_changed && self->positions);
    self->regions = applier_region_new (self);
    applier_load (self);
    return self;
}

void
applier_destroy (applier_t **self_p)
{
    applier_t *self = *self_p;
    if (self) {
        for (size_t pair = 0; pair < (self->partitions + 1u) * (size_t) self->partitions; pair++) {
            ranges_clear (&self->taken [pair]);
        }
        state_reader_destroy (&self->reader);
        for (uint16_t partition = 0; partition < self->partitions; partition++) {
            free (self->positions [partition].numbers);
        }
        map_destroy (&self->index);
        region_destroy (&self->regions);
        free (self->taken);
        free (self->taken_changed);
        free (self->positions);
        free (self->changes);
        free (self);
        *self_p = NULL;
    }
}

void
applier_write_only (applier_t *self, uint32_t tables)
{
    self->tables = tables | 1u << TABLE_SNAPSHOT | 1u << TABLE_META;
}

static bool
s_writes (const applier_t *self, state_table_t table)
{
    return self->tables & 1u << table;
}

size_t
applier_changes (const applier_t *self)
{
    return self->count;
}

const uint8_t *
applier_snapshot (applier_t *self, oid_t oid, size_t *ret_size)
{
    const change_t *change = applier_find (self, TABLE_SNAPSHOT, &oid, sizeof oid);
    if (change) {
        *ret_size = change->size;
        return change->value ? change->value : change->inlined;
    }
    status_t status = state_get (self->reader, TABLE_SNAPSHOT, &oid, sizeof oid, self->stored,
                                 sizeof self->stored, ret_size);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        core_state_fail_stop (status);
    }
    *ret_size = status == STATUS_OK ? *ret_size : 0;
    return self->stored;
}

//  ---------------------------------------------------------------------------
//  Changes

change_t *
applier_append (applier_t *self, state_table_t table, const void *key, size_t key_size)
{
    assert (key_size <= CHANGE_KEY_MAX);
    if (self->count == self->capacity) {
        self->capacity = self->capacity ? self->capacity * 2 : 4096;
        self->changes = realloc (self->changes, self->capacity * sizeof (change_t));
    }
    assert (self->changes);
    change_t *change = &self->changes [self->count++];
    *change = (change_t) { .table = (uint8_t) table, .key_size = (uint8_t) key_size };
    memcpy (change->key, key, key_size);
    return change;
}

const change_t *
applier_find (const applier_t *self, state_table_t table, const void *key, size_t key_size)
{
    uint8_t index_key [CHANGE_INDEX_KEY] = { (uint8_t) table };
    uint64_t index;
    assert (key_size < CHANGE_INDEX_KEY);
    memcpy (index_key + 1, key, key_size);
    return map_get (self->index, index_key, &index) ? &self->changes [index] : NULL;
}

//  The one change of this key since the last flush; made if there is none yet.
static change_t *
s_change (applier_t *self, state_table_t table, const void *key, size_t key_size, bool *ret_made)
{
    uint8_t index_key [CHANGE_INDEX_KEY] = { (uint8_t) table };
    assert (key_size < CHANGE_INDEX_KEY);
    memcpy (index_key + 1, key, key_size);
    uint64_t index;
    *ret_made = !map_get (self->index, index_key, &index);
    if (*ret_made) {
        map_put (self->index, index_key, self->count);
        return applier_append (self, table, key, key_size);
    }
    return &self->changes [index];
}

static void
s_fill (change_t *change, const void *value, size_t size)
{
    change->kind = CHANGE_PUT;
    change->size = (uint32_t) size;
    if (size <= sizeof change->inlined) {
        memcpy (change->inlined, value, size);
        change->value = NULL;
    }
    else {
        change->value = value;
    }
}

static void
s_put (applier_t *self, state_table_t table, const void *key, size_t key_size, const void *value,
       size_t size)
{
    bool made;
    s_fill (s_change (self, table, key, key_size, &made), value, size);
}

//  A new row that nothing before this flush can have.
static void
s_put_new (applier_t *self, state_table_t table, const void *key, size_t key_size,
           const void *value, size_t size)
{
    bool made;
    change_t *change = s_change (self, table, key, key_size, &made);
    s_fill (change, value, size);
    change->born = true;
}

static void
s_delete (applier_t *self, state_table_t table, const void *key, size_t key_size)
{
    bool made;
    change_t *change = s_change (self, table, key, key_size, &made);
    change->kind = !made && change->born ? CHANGE_NOTHING : CHANGE_DELETE;
}

//  ---------------------------------------------------------------------------
//  What a record means

static void
s_message (applier_t *self, uint16_t source, uint64_t sequence, uint8_t index,
           const record_message_t *message)
{
    oid_t to;
    memcpy (&to, message->to, sizeof to);
    uint16_t target = outbox_target (to, self->partitions);
    uint8_t key [OUTBOX_KEY_SIZE];
    outbox_key ((message_name_t) { source, target, message->number }, key);
    uint8_t value [9];
    memcpy (value, &sequence, 8);
    value [8] = index;
    //  Recovery reads partition by partition: one read earlier may have acknowledged it
    if (!ranges_has (&self->taken [target * self->partitions + source], message->number)) {
        s_put_new (self, TABLE_OUTBOX, key, sizeof key, value, sizeof value);
    }
    self->positions [source].numbers [target] = message->number;
}

static void
s_cause (applier_t *self, const record_head_t *head)
{
    oid_t aggregate;
    memcpy (&aggregate, head->aggregate, sizeof aggregate);
    message_name_t name =
        outbox_cause (head->cause_source, head->cause_number, aggregate, self->partitions);
    uint8_t key [OUTBOX_KEY_SIZE];
    outbox_key (name, key);
    s_delete (self, TABLE_OUTBOX, key, sizeof key);
    assert (name.source < self->partitions);
    size_t pair = (size_t) name.target * self->partitions + name.source;
    ranges_add (&self->taken [pair], name.number);
    self->taken_changed [pair] = true;
}

//  What the timer is set for after all that was collected: the change since the last
//  flush if there is one, else the row. 0: it is not set.
static int64_t
s_timer_due_ms (applier_t *self, const uint8_t key [TIMER_KEY_SIZE])
{
    int64_t due_ms = 0;
    const change_t *change = applier_find (self, TABLE_TIMER, key, TIMER_KEY_SIZE);
    if (change) {
        if (change->kind == CHANGE_PUT) {
            memcpy (&due_ms, change->inlined, sizeof due_ms);
        }
        return due_ms;
    }
    size_t size;
    status_t status =
        state_get (self->reader, TABLE_TIMER, key, TIMER_KEY_SIZE, &due_ms, sizeof due_ms, &size);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        core_state_fail_stop (status);
    }
    return due_ms;
}

static void
s_timer (applier_t *self, const record_head_t *head, const record_timer_t *timer)
{
    uint8_t key [TIMER_KEY_SIZE];
    memcpy (key, head->aggregate, RECORD_OID_SIZE);
    key [RECORD_OID_SIZE] = timer->command;
    if (timer->due_ms > 0) {
        bool made;
        change_t *change = s_change (self, TABLE_TIMER, key, sizeof key, &made);
        //  Set, cleared and set again within one flush is still one of before
        change->born = made ? head->version <= head->event_count : change->born;
        change->kind = CHANGE_PUT;
        change->size = 8;
        change->value = NULL;
        memcpy (change->inlined, &timer->due_ms, 8);
    }
    else if (timer->due_ms == 0 || s_timer_due_ms (self, key) == -timer->due_ms) {
        s_delete (self, TABLE_TIMER, key, sizeof key);
    }
}

//  Where a day begins, for who looks for its records.
static void
s_day (applier_t *self, uint16_t partition, uint64_t sequence, int64_t at_ms)
{
    uint32_t day = (uint32_t) money_seoul_day (at_ms);
    if (day > self->positions [partition].day) {
        uint8_t key [DAY_KEY_SIZE];
        applier_day_key (partition, day, key);
        s_put (self, TABLE_META, key, sizeof key, &sequence, sizeof sequence);
        self->positions [partition].day = day;
    }
}

static void
s_snapshot (applier_t *self, const record_head_t *head, const uint8_t *snapshot, size_t size)
{
    bool made;
    change_t *change =
        s_change (self, TABLE_SNAPSHOT, head->aggregate, sizeof head->aggregate, &made);
    s_fill (change, snapshot, size);
    change->born = made ? head->version <= head->event_count : change->born;
}

static void
s_posting (applier_t *self, const record_posting_t *posting)
{
    uint8_t key [LEDGER_KEY_SIZE];
    key [0] = posting->class;
    memcpy (key + 1, posting->owner, RECORD_OID_SIZE);
    bool made;
    change_t *change = s_change (self, TABLE_LEDGER, key, sizeof key, &made);
    change->kind = CHANGE_ADD;
    bool overflow = __builtin_add_overflow (change->delta, posting->amount_minor, &change->delta);
    assert (!overflow);
}

static void
s_scope (applier_t *self, const record_head_t *head)
{
    scope_row_t row = applier_scope_row (head), before = { .at_ms = INT64_MIN };
    const change_t *change = applier_find (self, TABLE_SCOPE, head->scope, sizeof head->scope);
    if (change) {
        memcpy (&before, change->inlined, sizeof before);
    }
    if (row.at_ms > before.at_ms) {
        s_put (self, TABLE_SCOPE, head->scope, sizeof head->scope, &row, sizeof row);
    }
}

static void
s_event (applier_t *self, const record_head_t *head, const record_event_t *event, uint64_t version)
{
    row_t rows [ROWS_PER_EVENT_MAX];
    size_t count = projection_rows (head, event, version, rows);
    for (size_t index = 0; index < count; index++) {
        change_t *change =
            applier_append (self, TABLE_ROWS, rows [index].key, rows [index].key_size);
        change->kind = CHANGE_PUT;
        change->size = rows [index].value_size;
        memcpy (change->inlined, rows [index].value, rows [index].value_size);
    }
}

static void
s_postings (applier_t *self, record_reader_t *reader)
{
    record_posting_t posting;
    int64_t moved_minor = 0;
    while (record_reader_posting (reader, &posting)) {
        if (s_writes (self, TABLE_LEDGER)) {
            s_posting (self, &posting);
        }
        //  A member's money: its wallet and what is held in it
        bool is_money = posting.class == ACCOUNT_WALLET || posting.class == ACCOUNT_HOLD;
        moved_minor -= is_money ? posting.amount_minor : 0;
    }
    if (moved_minor != 0 && s_writes (self, TABLE_REGION)) {
        oid_t wallet;  //  Only a wallet's own records move what it has
        memcpy (&wallet, reader->head.aggregate, sizeof wallet);
        region_moved (self->regions, wallet, reader->head.at_ms, moved_minor);
    }
}

//  The sections of a record are read in their order.
static void
s_sections (applier_t *self, uint16_t partition, uint64_t sequence, record_reader_t *reader)
{
    const record_head_t *head = &reader->head;
    uint64_t version = head->version - head->event_count;
    record_event_t event;
    while (s_writes (self, TABLE_ROWS) && record_reader_event (reader, &event)) {
        s_event (self, head, &event, ++version);
    }
    record_message_t message;
    uint8_t index = 0;
    while (s_writes (self, TABLE_OUTBOX) && record_reader_message (reader, &message)) {
        s_message (self, partition, sequence, index++, &message);
    }
    record_timer_t timer;
    while (s_writes (self, TABLE_TIMER) && record_reader_timer (reader, &timer)) {
        s_timer (self, head, &timer);
    }
    s_postings (self, reader);
}

void
applier_apply (applier_t *self, uint16_t partition, uint64_t sequence, const uint8_t *record,
               size_t record_size, const uint8_t *snapshot, size_t snapshot_size)
{
    record_reader_t reader;
    status_t status = record_reader_start (&reader, record, record_size);
    assert (status == STATUS_OK);
    const record_head_t *head = &reader.head;
    assert (sequence == self->positions [partition].sequence + 1);
    self->positions [partition].sequence = sequence;
    self->positions [partition].changed = true;
    self->stamp_ms = head->at_ms < self->stamp_ms ? head->at_ms : self->stamp_ms;

    s_day (self, partition, sequence, head->at_ms);
    if (s_writes (self, TABLE_REGION)) {
        applier_region_record (self, head, snapshot, snapshot_size);
    }
    if (snapshot_size > 0) {
        s_snapshot (self, head, snapshot, snapshot_size);
    }
    if ((head->flags & RECORD_SCOPED) && s_writes (self, TABLE_SCOPE)) {
        s_scope (self, head);
    }
    if (head->cause_number && s_writes (self, TABLE_OUTBOX)) {
        s_cause (self, head);
    }
    s_sections (self, partition, sequence, &reader);
}
