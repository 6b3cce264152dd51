//  state_read - readers of the state: a transaction each, renewed and reset around
//  every call (or pin), so that nothing is allocated and no old page is kept for long.

#include "store/state_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "store/bytes.h"
#include "store/environment.h"

struct state_reader {
    state_t *state;                     //  Borrowed; must outlive the reader
    MDB_txn *transaction;               //  Reset between calls
    MDB_cursor *cursors [TABLE_COUNT];  //  Opened when first scanned
    bool reading;                       //  A call is under way: callbacks must not use it
    bool pinned;                        //  The transaction stays as it is between calls
};

status_t
state_row_check (state_table_t table, const MDB_val *key, const MDB_val *stored,
                 size_t *ret_value_size)
{
    if (stored->mv_size < STATE_CRC_SIZE) {
        return STATUS_DAMAGED;
    }
    const uint8_t *bytes = stored->mv_data;
    size_t value_size = stored->mv_size - STATE_CRC_SIZE;
    if (state_row_crc (table, key, bytes, value_size) != bytes_get_u32 (bytes + value_size)) {
        return STATUS_DAMAGED;
    }
    *ret_value_size = value_size;
    return STATUS_OK;
}

status_t
state_copy_out (MDB_txn *transaction, const state_t *state, state_table_t table, const void *key,
                size_t key_size, void *buffer, size_t capacity, size_t *ret_size)
{
    assert (table < TABLE_COUNT && key_size > 0 && key_size <= STATE_KEY_SIZE_MAX);
    MDB_val name = { key_size, (void *) key }, stored;
    int code = mdb_get (transaction, state->tables [table], &name, &stored);
    if (code) {
        return environment_status (code);
    }
    size_t value_size;
    status_t status = state_row_check (table, &name, &stored, &value_size);
    if (status != STATUS_OK) {
        return status;
    }
    if (value_size > capacity) {
        return STATUS_TOO_LARGE;
    }
    if (value_size) {
        memcpy (buffer, stored.mv_data, value_size);
    }
    *ret_size = value_size;
    return STATUS_OK;
}

state_reader_t *
state_reader_new (state_t *state)
{
    state_reader_t *self = calloc (1, sizeof *self);
    if (!self) {
        return NULL;
    }
    self->state = state;
    if (mdb_txn_begin (state->environment, NULL, MDB_RDONLY, &self->transaction) != 0) {
        free (self);
        return NULL;
    }
    mdb_txn_reset (self->transaction);
    return self;
}

void
state_reader_destroy (state_reader_t **self_p)
{
    state_reader_t *self = *self_p;
    if (self) {
        assert (!self->reading);
        for (unsigned table = 0; table < TABLE_COUNT; table++) {
            if (self->cursors [table]) {
                mdb_cursor_close (self->cursors [table]);
            }
        }
        mdb_txn_abort (self->transaction);
        free (self);
        *self_p = NULL;
    }
}

status_t
state_reader_pin (state_reader_t *self)
{
    assert (!self->reading && !self->pinned);
    int code = mdb_txn_renew (self->transaction);
    self->pinned = !code;
    return environment_status (code);
}

void
state_reader_unpin (state_reader_t *self)
{
    assert (!self->reading && self->pinned);
    mdb_txn_reset (self->transaction);
    self->pinned = false;
}

static status_t
s_begin (state_reader_t *self)
{
    assert (!self->reading);
    int code = self->pinned ? 0 : mdb_txn_renew (self->transaction);
    self->reading = !code;
    return environment_status (code);
}

static void
s_end (state_reader_t *self)
{
    if (!self->pinned) {
        mdb_txn_reset (self->transaction);
    }
    self->reading = false;
}

status_t
state_get (state_reader_t *self, state_table_t table, const void *key, size_t key_size,
           void *buffer, size_t capacity, size_t *ret_size)
{
    status_t status = s_begin (self);
    if (status == STATUS_OK) {
        status = state_copy_out (self->transaction, self->state, table, key, key_size, buffer,
                                 capacity, ret_size);
        s_end (self);
    }
    return state_told (self->state, status);
}

//  ---------------------------------------------------------------------------
//  Scanning

typedef struct {
    uint8_t bytes [STATE_KEY_SIZE_MAX];
    size_t size;  //  0: beyond every key
} key_bound_t;

//  The least key that is greater than every key with this prefix.
static key_bound_t
s_after_prefix (const uint8_t *prefix, size_t size)
{
    key_bound_t bound = { .size = 0 };
    while (size && prefix [size - 1] == UINT8_MAX) {
        size--;
    }
    if (size) {
        memcpy (bound.bytes, prefix, size);
        bound.bytes [size - 1] = (uint8_t) (bound.bytes [size - 1] + 1);
        bound.size = size;
    }
    return bound;
}

static int
s_compare (const void *left, size_t left_size, const void *right, size_t right_size)
{
    size_t size = left_size < right_size ? left_size : right_size;
    int order = size ? memcmp (left, right, size) : 0;
    return order ? order : (left_size > right_size) - (left_size < right_size);
}

static int
s_seek_forward (MDB_cursor *cursor, const uint8_t *prefix, size_t prefix_size, const uint8_t *start,
                size_t start_size, MDB_val *key, MDB_val *stored)
{
    bool from_start = s_compare (start, start_size, prefix, prefix_size) > 0;
    *key = from_start ? (MDB_val) { start_size, (void *) start }
                      : (MDB_val) { prefix_size, (void *) prefix };
    return mdb_cursor_get (cursor, key, stored, key->mv_size ? MDB_SET_RANGE : MDB_FIRST);
}

//  To the last row before `end`, or to the one at it if `at_end`.
static int
s_seek_back_from (MDB_cursor *cursor, const uint8_t *end, size_t end_size, bool at_end,
                  MDB_val *key, MDB_val *stored)
{
    *key = (MDB_val) { end_size, (void *) end };
    int code = end_size ? mdb_cursor_get (cursor, key, stored, MDB_SET_RANGE) : MDB_NOTFOUND;
    if (code == MDB_NOTFOUND) {
        return mdb_cursor_get (cursor, key, stored, MDB_LAST);
    }
    if (code || (at_end && s_compare (key->mv_data, key->mv_size, end, end_size) == 0)) {
        return code;
    }
    return mdb_cursor_get (cursor, key, stored, MDB_PREV);
}

static int
s_seek_backward (MDB_cursor *cursor, const uint8_t *prefix, size_t prefix_size,
                 const uint8_t *start, size_t start_size, MDB_val *key, MDB_val *stored)
{
    key_bound_t after = s_after_prefix (prefix, prefix_size);
    bool from_start =
        start_size && (!after.size || s_compare (start, start_size, after.bytes, after.size) < 0);
    return from_start ? s_seek_back_from (cursor, start, start_size, true, key, stored)
                      : s_seek_back_from (cursor, after.bytes, after.size, false, key, stored);
}

static status_t
s_cursor (state_reader_t *self, state_table_t table, MDB_cursor **ret_cursor)
{
    MDB_cursor **cursor_p = &self->cursors [table];
    int code = *cursor_p
                   ? mdb_cursor_renew (self->transaction, *cursor_p)
                   : mdb_cursor_open (self->transaction, self->state->tables [table], cursor_p);
    if (!code) {
        *ret_cursor = *cursor_p;
    }
    return environment_status (code);
}

status_t
state_scan (state_reader_t *self, state_table_t table, const void *prefix, size_t prefix_size,
            const void *start, size_t start_size, bool backward, size_t count_max,
            state_row_fn *row, void *context)
{
    assert (table < TABLE_COUNT);
    if (!start) {
        start_size = 0;
    }
    if (prefix_size > STATE_KEY_SIZE_MAX || start_size > STATE_KEY_SIZE_MAX) {
        return STATUS_INVALID;
    }
    status_t status = s_begin (self);
    if (status != STATUS_OK) {
        return state_told (self->state, status);
    }
    MDB_cursor *cursor = NULL;
    MDB_val key, stored;
    int code = MDB_NOTFOUND;
    status = s_cursor (self, table, &cursor);
    if (status == STATUS_OK) {
        code = (backward ? s_seek_backward : s_seek_forward) (cursor, prefix, prefix_size, start,
                                                              start_size, &key, &stored);
    }
    while (status == STATUS_OK && !code && count_max--) {
        size_t value_size;
        if (key.mv_size < prefix_size
            || (prefix_size && memcmp (key.mv_data, prefix, prefix_size) != 0)) {
            break;
        }
        status = state_row_check (table, &key, &stored, &value_size);
        if (status != STATUS_OK
            || !row (context, key.mv_data, key.mv_size, stored.mv_data, value_size)) {
            break;
        }
        code = mdb_cursor_get (cursor, &key, &stored, backward ? MDB_PREV : MDB_NEXT);
    }
    s_end (self);
    if (status == STATUS_OK && code && code != MDB_NOTFOUND) {
        status = environment_status (code);
    }
    return state_told (self->state, status);
}
