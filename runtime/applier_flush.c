//  applier - writing the net changes in one transaction, and reading rows back.

#include <sched.h>
#include "runtime/applier_private.h"

enum { CHANGES_PER_SLICE = 32 };

static void
s_put_u16 (uint8_t *bytes, uint16_t value)
{
    bytes [0] = (uint8_t) (value >> 8);
    bytes [1] = (uint8_t) value;
}

void
outbox_key (message_name_t name, uint8_t ret_key [OUTBOX_KEY_SIZE])
{
    s_put_u16 (ret_key, name.source);
    s_put_u16 (ret_key + 2, name.target);
    for (int index = 0; index < 8; index++) {
        ret_key [4 + index] = (uint8_t) (name.number >> (56 - 8 * index));
    }
}

bool
outbox_name (const uint8_t *key, size_t size, message_name_t *ret_name)
{
    if (size != OUTBOX_KEY_SIZE) {
        return false;
    }
    *ret_name = (message_name_t) {
        .source = (uint16_t) (key [0] << 8 | key [1]),
        .target = (uint16_t) (key [2] << 8 | key [3]),
    };
    for (int index = 0; index < 8; index++) {
        ret_name->number = ret_name->number << 8 | key [4 + index];
    }
    return true;
}

static const uint8_t classes_key [] = { 'c', 'l', 'a', 's', 's', 'e', 's' };

//  ---------------------------------------------------------------------------
//  Writing

static int
s_compare (const void *one_p, const void *other_p)
{
    const change_t *one = *(const change_t *const *) one_p;
    const change_t *other = *(const change_t *const *) other_p;
    if (one->table != other->table) {
        return one->table - other->table;
    }
    size_t size = one->key_size < other->key_size ? one->key_size : other->key_size;
    int order = memcmp (one->key, other->key, size);
    return order ? order : one->key_size - other->key_size;
}

//  An account's old net leaves its class total and the new one enters.
static void
s_class_move (class_row_t *row, int64_t net_minor, int sign)
{
    if (net_minor != 0) {
        row->accounts = (uint64_t) ((int64_t) row->accounts + sign);
        *(net_minor > 0 ? &row->debit_minor : &row->credit_minor) +=
            sign * (net_minor > 0 ? net_minor : -net_minor);
    }
}

static status_t
s_write_account (applier_t *self, const change_t *change)
{
    int64_t net_minor = 0;
    size_t size;
    if (change->delta == 0) {
        return STATUS_OK;
    }
    status_t status = state_get_own (self->state, TABLE_LEDGER, change->key, change->key_size,
                                     &net_minor, sizeof net_minor, &size);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        return status;
    }
    class_row_t *row = &self->classes [change->key [0]];
    s_class_move (row, net_minor, -1);
    bool overflow = __builtin_add_overflow (net_minor, change->delta, &net_minor);
    assert (!overflow);
    s_class_move (row, net_minor, +1);
    if (net_minor == 0) {
        return state_del (self->state, TABLE_LEDGER, change->key, change->key_size);
    }
    return state_put (self->state, TABLE_LEDGER, change->key, change->key_size, &net_minor,
                      sizeof net_minor);
}

static status_t
s_write_change (applier_t *self, const change_t *change)
{
    switch (change->kind) {
    case CHANGE_PUT:
        if (change->table == TABLE_SCOPE) {
            return applier_scope_write (self, change);
        }
        return state_put (self->state, change->table, change->key, change->key_size,
                          change->value ? change->value : change->inlined, change->size);
    case CHANGE_DELETE:
        return state_del (self->state, change->table, change->key, change->key_size);
    case CHANGE_ADD: return s_write_account (self, change);
    case CHANGE_REGION: return applier_region_write (self, change);
    default: return STATUS_OK;
    }
}

static status_t
s_write_positions (applier_t *self)
{
    status_t status = STATUS_OK;
    for (uint16_t partition = 0; partition < self->partitions && status == STATUS_OK; partition++) {
        position_t *position = &self->positions [partition];
        if (position->changed) {
            uint8_t key [POSITION_KEY_SIZE];
            uint64_t value [self->partitions + 2u];
            applier_position_key (partition, key);
            value [0] = position->sequence;
            memcpy (value + 1, position->numbers, (self->partitions + 1u) * sizeof *value);
            status = state_put (self->state, TABLE_META, key, sizeof key, value, sizeof value);
        }
    }
    return status;
}

static status_t
s_write_taken (applier_t *self)
{
    status_t status = STATUS_OK;
    for (uint32_t pair = 0; pair < (self->partitions + 1u) * self->partitions; pair++) {
        const ranges_t *taken = &self->taken [pair];
        if (!self->taken_changed [pair] || status != STATUS_OK) {
            continue;
        }
        uint8_t key [4];
        s_put_u16 (key, (uint16_t) (pair / self->partitions));
        s_put_u16 (key + 2, (uint16_t) (pair % self->partitions));
        uint8_t *value = malloc (8 + taken->count * sizeof (range_t));
        assert (value);
        size_t size = ranges_write (taken, value);
        status = state_put (self->state, TABLE_DEDUPE, key, sizeof key, value, size);
        free (value);
    }
    return status;
}

status_t
applier_write_classes (state_t *state, const class_row_t rows [ACCOUNT_CLASS_COUNT])
{
    return state_put (state, TABLE_META, classes_key, sizeof classes_key, rows,
                      ACCOUNT_CLASS_COUNT * sizeof *rows);
}

//  A flush is the only long work off the commit path: it steps back as it goes, or
//  whatever is woken meanwhile waits for its whole slice.
static status_t
s_write_all (applier_t *self, const change_t *const *sorted, size_t count, const aged_t *aged)
{
    status_t status = STATUS_OK;
    for (size_t index = 0; index < count && status == STATUS_OK; index++) {
        status = s_write_change (self, sorted [index]);
        if (index % CHANGES_PER_SLICE == CHANGES_PER_SLICE - 1) {
            sched_yield ();
        }
    }
    if (status == STATUS_OK) {
        status = applier_scopes (self, aged);
    }
    if (status == STATUS_OK) {
        status = s_write_positions (self);
    }
    if (status == STATUS_OK) {
        status = s_write_taken (self);
    }
    if (status == STATUS_OK) {
        status = applier_write_classes (self->state, self->classes);
    }
    return status;
}

static void
s_forget (applier_t *self)
{
    for (uint32_t pair = 0; pair < (self->partitions + 1u) * self->partitions; pair++) {
        self->taken_changed [pair] = false;
    }
    for (uint16_t partition = 0; partition < self->partitions; partition++) {
        self->positions [partition].changed = false;
    }
    self->count = 0;
    self->stamp_ms = INT64_MAX;
    map_clear (self->index);
    region_clear (self->regions);
}

status_t
applier_flush (applier_t *self)
{
    size_t collected = self->count;
    if (self->tables & 1u << TABLE_ROWS) {
        applier_index (self);
    }
    applier_region (self);
    const change_t **sorted = malloc ((self->count + 1) * sizeof *sorted);
    assert (sorted);
    size_t count = 0;
    for (size_t index = 0; index < self->count; index++) {
        if (self->tables & 1u << self->changes [index].table) {
            sorted [count++] = &self->changes [index];
        }
    }
    qsort (sorted, count, sizeof *sorted, s_compare);
    class_row_t before [ACCOUNT_CLASS_COUNT];
    memcpy (before, self->classes, sizeof before);
    aged_t *aged = applier_aged (self);

    status_t status = state_begin (self->state);
    if (status == STATUS_OK) {
        status = s_write_all (self, sorted, count, aged);
        if (status == STATUS_OK) {
            status = state_commit (self->state);
        }
        if (status != STATUS_OK) {
            state_abort (self->state);
        }
    }
    free (aged);
    free (sorted);
    if (status == STATUS_OK) {
        s_forget (self);
    }
    else {
        memcpy (self->classes, before, sizeof before);
        self->count = collected;
    }
    return status;
}
