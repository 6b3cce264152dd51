//  journal_read - short ranges, copied out. A reader (transaction, one cursor per
//  partition, a buffer) is kept when its call is over and reset, so that it pins no
//  page and the next call allocates nothing. There are never more readers than
//  calls at the same time.

#include "store/journal_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "store/bytes.h"
#include "store/environment.h"

struct journal_reader {
    journal_reader_t *next;  //  In the list of idle ones
    MDB_txn *transaction;    //  Reset while idle
    MDB_cursor **cursors;    //  One per partition, opened when first used
    uint8_t *chunk;          //  JOURNAL_CHUNK_BYTES, made by the first read
};

//  A record in a chunk is preceded by its size; sequences follow each other.
enum { CHUNK_SIZE_FIELD = 4 };
_Static_assert(RECORD_SIZE_MAX + CHUNK_SIZE_FIELD <= JOURNAL_CHUNK_BYTES, "a record fits");

static void
s_reader_destroy (journal_reader_t **self_p, uint16_t partitions)
{
    journal_reader_t *self = *self_p;
    if (self) {
        for (uint16_t partition = 0; self->cursors && partition < partitions; partition++) {
            if (self->cursors [partition]) {
                mdb_cursor_close (self->cursors [partition]);
            }
        }
        if (self->transaction) {
            mdb_txn_abort (self->transaction);
        }
        free (self->cursors);
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
        s_reader_destroy (&reader, self->partitions);
    }
}

//  A new reader; its transaction is reset.
static status_t
s_reader_new (journal_t *journal, journal_reader_t **ret_reader)
{
    journal_reader_t *self = calloc (1, sizeof *self);
    if (self) {
        self->cursors = calloc (journal->partitions, sizeof *self->cursors);
    }
    if (!self || !self->cursors) {
        s_reader_destroy (&self, journal->partitions);
        return STATUS_LIMIT;
    }
    int code = mdb_txn_begin (journal->environment, NULL, MDB_RDONLY, &self->transaction);
    if (code) {
        self->transaction = NULL;
        s_reader_destroy (&self, journal->partitions);
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

//  Begins a short read of a partition; mdb_txn_reset ends it.
static status_t
s_reader_begin (journal_t *journal, journal_reader_t *self, uint16_t partition,
                MDB_cursor **ret_cursor)
{
    int code = mdb_txn_renew (self->transaction);
    if (code) {
        return environment_status (code);
    }
    MDB_cursor **cursor_p = &self->cursors [partition];
    code = *cursor_p ? mdb_cursor_renew (self->transaction, *cursor_p)
                     : mdb_cursor_open (self->transaction, journal->tables [partition], cursor_p);
    if (code) {
        mdb_txn_reset (self->transaction);
        return environment_status (code);
    }
    *ret_cursor = *cursor_p;
    return STATUS_OK;
}

//  DAMAGED unless key and value can be those of a record.
static status_t
s_check_row (const MDB_val *key, const MDB_val *value)
{
    bool usable = key->mv_size == JOURNAL_KEY_SIZE && value->mv_size >= RECORD_HEAD_SIZE
                  && value->mv_size <= RECORD_SIZE_MAX;
    return usable ? STATUS_OK : STATUS_DAMAGED;
}

static status_t
s_last (MDB_cursor *cursor, uint64_t *ret_sequence, uint8_t ret_chain [RECORD_CHAIN_SIZE])
{
    MDB_val key, value;
    int code = mdb_cursor_get (cursor, &key, &value, MDB_LAST);
    if (code == MDB_NOTFOUND) {
        *ret_sequence = 0;
        memset (ret_chain, 0, RECORD_CHAIN_SIZE);
        return STATUS_OK;
    }
    if (code) {
        return environment_status (code);
    }
    record_reader_t reader;
    status_t status = s_check_row (&key, &value);
    if (status == STATUS_OK) {
        status = record_check_crc (value.mv_data, value.mv_size);
    }
    if (status == STATUS_OK) {
        status = record_reader_start (&reader, value.mv_data, value.mv_size);
    }
    if (status == STATUS_OK) {
        *ret_sequence = bytes_get_key_u64 (key.mv_data);
        memcpy (ret_chain, reader.head.chain, RECORD_CHAIN_SIZE);
    }
    return status;
}

status_t
journal_last (journal_t *self, uint16_t partition, uint64_t *ret_sequence,
              uint8_t ret_chain [RECORD_CHAIN_SIZE])
{
    assert (partition < self->partitions);
    journal_reader_t *reader;
    MDB_cursor *cursor;
    status_t status = s_reader_acquire (self, &reader);
    if (status != STATUS_OK) {
        return status;
    }
    status = s_reader_begin (self, reader, partition, &cursor);
    if (status == STATUS_OK) {
        status = s_last (cursor, ret_sequence, ret_chain);
        mdb_txn_reset (reader->transaction);
    }
    s_reader_release (self, reader);
    return status;
}

//  Copies records from `from` on into the chunk until it or count_max is full.
//  Damage ends the chunk before it; it is reported when nothing precedes it.
static status_t
s_fill_chunk (MDB_cursor *cursor, uint8_t *chunk, uint64_t from, size_t count_max,
              size_t *ret_count)
{
    uint8_t name [JOURNAL_KEY_SIZE];
    bytes_put_key_u64 (name, from);
    MDB_val key = { sizeof name, name }, value;
    size_t used = 0, count = 0;
    status_t status = STATUS_OK;

    int code = mdb_cursor_get (cursor, &key, &value, MDB_SET_RANGE);
    while (!code && count < count_max) {
        status = s_check_row (&key, &value);
        if (status == STATUS_OK && bytes_get_key_u64 (key.mv_data) != from + count) {
            status = STATUS_DAMAGED;  //  A gap
        }
        if (status != STATUS_OK || value.mv_size + CHUNK_SIZE_FIELD > JOURNAL_CHUNK_BYTES - used) {
            break;
        }
        bytes_put_u32 (chunk + used, (uint32_t) value.mv_size);
        memcpy (chunk + used + CHUNK_SIZE_FIELD, value.mv_data, value.mv_size);
        used += CHUNK_SIZE_FIELD + value.mv_size;
        count++;
        code = mdb_cursor_get (cursor, &key, &value, MDB_NEXT);
    }
    if (code && code != MDB_NOTFOUND) {
        status = environment_status (code);
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
    MDB_cursor *cursor;
    size_t count = 0;
    *ret_count = 0;
    status_t status = s_reader_begin (self, reader, partition, &cursor);
    if (status == STATUS_OK) {
        status = s_fill_chunk (cursor, reader->chunk, from, count_max, &count);
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
    journal_reader_t *reader;
    status_t status = s_reader_acquire (self, &reader);
    if (status != STATUS_OK) {
        return status;
    }
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
