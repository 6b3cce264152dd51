//  journal - opening, and the one writer. See journal.h; reading is in
//  journal_read.c, the folder's files in journal_format.c, what they hold in
//  journal_load.c.
//
//  All records go to the right edge of one table (MDB_APPEND: full pages, no
//  search), so that a commit writes few pages, one after the other. Where each is
//  stays in memory until JOURNAL_INDEX_RECORDS have come together; then the batch
//  that made them so many also writes their index. README.md has the figures.

#include "store/journal_private.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include "store/environment.h"
#include "store/files.h"

status_t
journal_open (const char *dir, const journal_options_t *options, journal_t **ret_journal,
              char ret_reason [256])
{
    if (sodium_init () < 0) {
        files_reason (ret_reason, "libsodium cannot be started");
        return STATUS_LIMIT;
    }
    journal_t *self = calloc (1, sizeof *self);
    if (!self) {
        files_reason (ret_reason, "not enough memory");
        return STATUS_LIMIT;
    }
    self->read_only = options->read_only;
    pthread_mutex_init (&self->lock, NULL);

    status_t status = journal_prepare (self, dir, options, ret_reason);
    if (status != STATUS_OK) {
        journal_destroy (&self);
        return status;
    }
    *ret_journal = self;
    return STATUS_OK;
}

void
journal_destroy (journal_t **self_p)
{
    journal_t *self = *self_p;
    if (self) {
        journal_abort (self);
        journal_readers_destroy (self);
        if (self->environment) {
            mdb_env_close (self->environment);
        }
        pthread_mutex_destroy (&self->lock);
        journal_tail_destroy (&self->tail);
        free (self);
        *self_p = NULL;
    }
}

uint16_t
journal_partitions (const journal_t *self)
{
    return self->partitions;
}

status_t
journal_begin (journal_t *self)
{
    assert (!self->batch && !self->read_only);
    int code = mdb_txn_begin (self->environment, NULL, 0, &self->batch);
    if (code) {
        self->batch = NULL;
        return environment_status (code);
    }
    self->batch_status = STATUS_OK;
    self->batch_position = self->position;
    return STATUS_OK;
}

//  Writes the log's row in place: LMDB gives the room, the bytes are copied once.
static status_t
s_put_row (journal_t *self, uint64_t position, uint16_t partition, uint64_t sequence,
           const uint8_t *bytes, size_t size)
{
    MDB_val key = { sizeof position, &position };
    MDB_val value = { JOURNAL_PLACE_SIZE + size, NULL };
    int code = mdb_put (self->batch, self->log, &key, &value, MDB_APPEND | MDB_RESERVE);
    if (code) {
        return environment_status (code);
    }
    uint8_t *row = value.mv_data;
    bytes_put_u16 (row, partition);
    bytes_put_u64 (row + 2, sequence);
    memcpy (row + JOURNAL_PLACE_SIZE, bytes, size);
    return STATUS_OK;
}

status_t
journal_append (journal_t *self, uint16_t partition, uint64_t sequence, const uint8_t *bytes,
                size_t size)
{
    assert (self->batch && partition < self->partitions);
    assert (size >= RECORD_HEAD_SIZE && size <= RECORD_SIZE_MAX);

    if (self->batch_status != STATUS_OK) {
        return self->batch_status;
    }
    assert (sequence == journal_tail_last (self->tail, partition) + 1);
    uint64_t position = self->batch_position + 1;
    self->batch_status = s_put_row (self, position, partition, sequence, bytes, size);
    if (self->batch_status == STATUS_OK) {
        self->batch_status = journal_tail_add (self->tail, partition, sequence, position);
    }
    if (self->batch_status == STATUS_OK) {
        self->batch_position = position;
    }
    return self->batch_status;
}

//  The index rows of one partition; they follow what the index has of it.
static int
s_index_partition (journal_t *self, uint16_t partition)
{
    uint64_t first;
    size_t count;
    const uint64_t *positions = journal_tail_positions (self->tail, partition, &first, &count);
    int code = 0;
    for (size_t place = 0; place < count && !code; place++) {
        uint8_t name [JOURNAL_PLACE_SIZE], position [JOURNAL_POSITION_SIZE];
        journal_put_index_key (name, partition, first + place);
        bytes_put_u64 (position, positions [place]);
        MDB_val key = { sizeof name, name };
        MDB_val value = { sizeof position, position };
        code = mdb_put (self->batch, self->index, &key, &value, MDB_NOOVERWRITE);
    }
    return code;
}

//  Indexes all of the tail with the open batch.
static status_t
s_write_index (journal_t *self)
{
    int code = 0;
    for (uint16_t partition = 0; partition < self->partitions && !code; partition++) {
        code = s_index_partition (self, partition);
    }
    if (!code) {
        uint8_t position [JOURNAL_POSITION_SIZE];
        bytes_put_u64 (position, self->batch_position);
        MDB_val key = { sizeof JOURNAL_META_INDEXED - 1, JOURNAL_META_INDEXED };
        MDB_val value = { sizeof position, position };
        code = mdb_put (self->batch, self->meta, &key, &value, 0);
    }
    return environment_status (code);
}

status_t
journal_commit (journal_t *self)
{
    assert (self->batch);
    bool index = journal_tail_count (self->tail) >= JOURNAL_INDEX_RECORDS;
    if (self->batch_status == STATUS_OK && index) {
        self->batch_status = s_write_index (self);
    }
    if (self->batch_status != STATUS_OK) {
        journal_abort (self);
        return self->batch_status;
    }
    status_t status = environment_commit (self->environment, &self->batch);
    if (status == STATUS_OK) {
        self->position = self->batch_position;
        journal_tail_publish (self->tail, index);
    }
    else {
        journal_tail_drop (self->tail);
    }
    return status;
}

void
journal_abort (journal_t *self)
{
    if (self->batch) {
        mdb_txn_abort (self->batch);
        self->batch = NULL;
        journal_tail_drop (self->tail);
    }
}

void
journal_usage (journal_t *self, size_t *ret_used_bytes, size_t *ret_map_bytes)
{
    environment_usage (self->environment, ret_used_bytes, ret_map_bytes);
}
