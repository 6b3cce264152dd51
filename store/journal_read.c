//  journal_read - short ranges, copied out. A reader (transaction, cursors, a
//  buffer) is kept when its call is over and reset, so that it pins no page and the
//  next call allocates nothing. There are never more readers than calls at the same
//  time.
//
//  Where a record is, the index says up to the view's `indexed`, the tail after it
//  (journal_tail.h); the log's row must name the same place.

#include "store/journal_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "store/environment.h"

struct journal_reader {
    journal_reader_t *next;  //  In the list of idle ones
    MDB_txn *transaction;    //  Reset while idle
    MDB_cursor *index, *log;
    journal_view_t view;  //  Taken before the transaction begins
    uint8_t *chunk;       //  JOURNAL_CHUNK_BYTES, made by the first read
};

//  A record in a chunk is preceded by its size; sequences follow each other.
enum { CHUNK_SIZE_FIELD = 4 };
_Static_assert(RECORD_SIZE_MAX + CHUNK_SIZE_FIELD <= JOURNAL_CHUNK_BYTES, "a record fits");

static void
s_reader_destroy (journal_reader_t **self_p)
{
    journal_reader_t *self = *self_p;
    if (self) {
        mdb_cursor_close (self->index);
        mdb_cursor_close (self->log);
        if (self->transaction) {
            mdb_txn_abort (self->transaction);
        }
        free (self->chunk);
        free (self);
        *self_p = NULL;
    }
}

void
journal_readers_destroy (journal_t *self)
{
    while (self->idle) {
        journal_reader_t *reader = self->idle;
        self->idle = reader->next;
        s_reader_destroy (&reader);
    }
}

//  A new reader; its transaction is reset.
static status_t
s_reader_new (journal_t *journal, journal_reader_t **ret_reader)
{
    journal_reader_t *self = calloc (1, sizeof *self);
    if (!self) {
        return STATUS_LIMIT;
    }
    int code = mdb_txn_begin (journal->environment, NULL, MDB_RDONLY, &self->transaction);
    if (code) {
        self->transaction = NULL;
    }
    if (!code) {
        code = mdb_cursor_open (self->transaction, journal->index, &self->index);
    }
    if (!code) {
        code = mdb_cursor_open (self->transaction, journal->log, &self->log);
    }
    if (code) {
        s_reader_destroy (&self);
        return environment_status (code);
    }
    mdb_txn_reset (self->transaction);
    *ret_reader = self;
    return STATUS_OK;
}

static void
s_reader_release (journal_t *journal, journal_reader_t *reader)
{
    pthread_mutex_lock (&journal->lock);
    reader->next = journal->idle;
    journal->idle = reader;
    pthread_mutex_unlock (&journal->lock);
}

static status_t
s_reader_acquire (journal_t *journal, journal_reader_t **ret_reader)
{
    pthread_mutex_lock (&journal->lock);
    journal_reader_t *reader = journal->idle;
    if (reader) {
        journal->idle = reader->next;
    }
    pthread_mutex_unlock (&journal->lock);
    if (reader) {
        *ret_reader = reader;
        return STATUS_OK;
    }
    return s_reader_new (journal, ret_reader);
}

//  Begins a short read, after the view was taken; mdb_txn_reset ends it.
static status_t
s_reader_begin (journal_reader_t *self)
{
    int code = mdb_txn_renew (self->transaction);
    if (code) {
        return environment_status (code);
    }
    code = mdb_cursor_renew (self->transaction, self->index);
    if (!code) {
        code = mdb_cursor_renew (self->transaction, self->log);
    }
    if (code) {
        mdb_txn_reset (self->transaction);
    }
    return environment_status (code);
}

//  The record at a position; its row must be that of partition and sequence. Borrowed
//  until the transaction ends.
static status_t
s_get_row (journal_reader_t *self, uint64_t position, uint16_t partition, uint64_t sequence,
           const uint8_t **ret_bytes, size_t *ret_size)
{
    MDB_val key = { sizeof position, &position }, value;
    int code = mdb_cursor_get (self->log, &key, &value, MDB_SET);
    if (code) {
        return code == MDB_NOTFOUND ? STATUS_DAMAGED : environment_status (code);
    }
    const uint8_t *row = value.mv_data;
    if (!journal_is_row (&value) || bytes_get_u16 (row) != partition
        || bytes_get_u64 (row + 2) != sequence) {
        return STATUS_DAMAGED;
    }
    *ret_bytes = row + JOURNAL_PLACE_SIZE;
    *ret_size = value.mv_size - JOURNAL_PLACE_SIZE;
    return STATUS_OK;
}

//  The position that the index cursor, which stands somewhere before, has for a
//  sequence. `move` is MDB_SET for the first one and MDB_NEXT for those after it.
static status_t
s_get_position (journal_reader_t *self, MDB_cursor_op move, uint16_t partition, uint64_t sequence,
                uint64_t *ret_position)
{
    uint8_t name [JOURNAL_PLACE_SIZE];
    journal_put_index_key (name, partition, sequence);
    MDB_val key = { sizeof name, name }, value;
    int code = mdb_cursor_get (self->index, &key, &value, move);
    if (code) {
        return code == MDB_NOTFOUND ? STATUS_DAMAGED : environment_status (code);
    }
    if (key.mv_size != sizeof name || value.mv_size != JOURNAL_POSITION_SIZE
        || memcmp (key.mv_data, name, sizeof name) != 0) {
        return STATUS_DAMAGED;  //  A gap
    }
    *ret_position = bytes_get_u64 (value.mv_data);
    return STATUS_OK;
}

//  The view is of the last record alone.
static status_t
s_last (journal_reader_t *self, uint16_t partition, uint8_t ret_chain [RECORD_CHAIN_SIZE])
{
    uint64_t position = 0;
    const uint8_t *bytes = NULL;
    size_t size = 0;
    record_reader_t reader = { 0 };
    status_t status = STATUS_OK;
    if (self->view.count) {
        position = self->view.positions [0];
    }
    else {
        status = s_get_position (self, MDB_SET, partition, self->view.last, &position);
    }
    if (status == STATUS_OK) {
        status = s_get_row (self, position, partition, self->view.last, &bytes, &size);
    }
    if (status == STATUS_OK) {
        status = record_check_crc (bytes, size);
    }
    if (status == STATUS_OK) {
        status = record_reader_start (&reader, bytes, size);
    }
    if (status == STATUS_OK) {
        memcpy (ret_chain, reader.head.chain, RECORD_CHAIN_SIZE);
    }
    return status;
}

status_t
journal_last (journal_t *self, uint16_t partition, uint64_t *ret_sequence,
              uint8_t ret_chain [RECORD_CHAIN_SIZE])
{
    journal_reader_t *reader = NULL;
    status_t status = s_reader_acquire (self, &reader);
    if (status != STATUS_OK) {
        return status;
    }
    assert (reader);
    journal_tail_look_last (self->tail, partition, &reader->view);
    uint64_t last = reader->view.last;
    if (last) {
        status = s_reader_begin (reader);
        if (status == STATUS_OK) {
            status = s_last (reader, partition, ret_chain);
            mdb_txn_reset (reader->transaction);
        }
    }
    else {
        memset (ret_chain, 0, RECORD_CHAIN_SIZE);
    }
    s_reader_release (self, reader);
    if (status == STATUS_OK) {
        *ret_sequence = last;
    }
    return status;
}

//  Copies records from `from` on into the chunk until it or count_max is full or the
//  view ends. Damage ends the chunk before it; it is reported when nothing precedes it.
static status_t
s_fill_chunk (journal_reader_t *self, uint16_t partition, uint64_t from, size_t count_max,
              size_t *ret_count)
{
    const journal_view_t *view = &self->view;
    uint64_t tail_first = from > view->indexed ? from : view->indexed + 1;
    size_t used = 0, count = 0;
    status_t status = STATUS_OK;

    for (uint64_t sequence = from; sequence <= view->last && count < count_max; sequence++) {
        uint64_t position = 0;
        const uint8_t *bytes = NULL;
        size_t size = 0;
        if (sequence <= view->indexed) {
            MDB_cursor_op move = sequence == from ? MDB_SET : MDB_NEXT;
            status = s_get_position (self, move, partition, sequence, &position);
        }
        else if (sequence - tail_first < view->count) {
            position = view->positions [sequence - tail_first];
        }
        else {
            break;  //  More of the tail than a view holds: the next chunk's
        }
        if (status == STATUS_OK) {
            status = s_get_row (self, position, partition, sequence, &bytes, &size);
        }
        if (status != STATUS_OK || size + CHUNK_SIZE_FIELD > JOURNAL_CHUNK_BYTES - used) {
            break;
        }
        assert (bytes);
        bytes_put_u32 (self->chunk + used, (uint32_t) size);
        memcpy (self->chunk + used + CHUNK_SIZE_FIELD, bytes, size);
        used += CHUNK_SIZE_FIELD + size;
        count++;
    }
    *ret_count = count;
    return count ? STATUS_OK : status;
}

//  One chunk: begin, copy, end; then check and call back. ret_count is how many
//  records were handed over; ret_stop is set when the callback has had enough.
static status_t
s_read_chunk (journal_t *self, journal_reader_t *reader, uint16_t partition, uint64_t from,
              size_t count_max, journal_record_fn *record, void *context, size_t *ret_count,
              bool *ret_stop)
{
    size_t count = 0;
    *ret_count = 0;
    journal_tail_look (self->tail, partition, from, count_max, &reader->view);
    status_t status = s_reader_begin (reader);
    if (status == STATUS_OK) {
        status = s_fill_chunk (reader, partition, from, count_max, &count);
        mdb_txn_reset (reader->transaction);
    }
    const uint8_t *at = reader->chunk;
    while (status == STATUS_OK && *ret_count < count && !*ret_stop) {
        size_t size = bytes_get_u32 (at);
        at += CHUNK_SIZE_FIELD;
        status = record_check_crc (at, size);
        if (status == STATUS_OK) {
            *ret_stop = !record (context, partition, from + *ret_count, at, size);
            (*ret_count)++;
        }
        at += size;
    }
    return status;
}

status_t
journal_read (journal_t *self, uint16_t partition, uint64_t from, size_t count_max,
              journal_record_fn *record, void *context, uint64_t *ret_next)
{
    assert (partition < self->partitions && from > 0);
    journal_reader_t *reader = NULL;
    status_t status = s_reader_acquire (self, &reader);
    if (status != STATUS_OK) {
        return status;
    }
    assert (reader);
    if (!reader->chunk) {
        reader->chunk = malloc (JOURNAL_CHUNK_BYTES);
    }
    uint64_t next = from;
    size_t count = reader->chunk ? 1 : 0;
    bool stop = false;
    status = reader->chunk ? STATUS_OK : STATUS_LIMIT;
    while (status == STATUS_OK && count && !stop && next - from < count_max) {
        status = s_read_chunk (self, reader, partition, next, count_max - (size_t) (next - from),
                               record, context, &count, &stop);
        next += count;
    }
    s_reader_release (self, reader);
    *ret_next = next;
    return status;
}
