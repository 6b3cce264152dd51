//  journal - opening, and the one writer. See journal.h; reading is in
//  journal_read.c, the folder's files in journal_format.c.
//
//  A partition is an LMDB table of its own, so that every record is appended at a
//  right edge (MDB_APPEND: full pages, no search); README.md has the figures.

#include "store/journal_private.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include "store/bytes.h"
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
        free (self->tables);
        free (self->committed);
        free (self->appended);
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
    memcpy (self->appended, self->committed, self->partitions * sizeof *self->appended);
    return STATUS_OK;
}

status_t
journal_append (journal_t *self, uint16_t partition, uint64_t sequence, const uint8_t *bytes,
                size_t size)
{
    assert (self->batch && partition < self->partitions);
    assert (sequence == self->appended [partition] + 1);
    assert (size >= RECORD_HEAD_SIZE && size <= RECORD_SIZE_MAX);

    if (self->batch_status != STATUS_OK) {
        return self->batch_status;
    }
    uint8_t name [JOURNAL_KEY_SIZE];
    bytes_put_key_u64 (name, sequence);
    MDB_val key = { sizeof name, name };
    MDB_val value = { size, (void *) bytes };
    int code = mdb_put (self->batch, self->tables [partition], &key, &value, MDB_APPEND);
    if (code) {
        self->batch_status = environment_status (code);
        return self->batch_status;
    }
    self->appended [partition] = sequence;
    return STATUS_OK;
}

status_t
journal_commit (journal_t *self)
{
    assert (self->batch);
    if (self->batch_status != STATUS_OK) {
        journal_abort (self);
        return self->batch_status;
    }
    status_t status = environment_commit (self->environment, &self->batch);
    if (status == STATUS_OK) {
        memcpy (self->committed, self->appended, self->partitions * sizeof *self->committed);
    }
    return status;
}

void
journal_abort (journal_t *self)
{
    if (self->batch) {
        mdb_txn_abort (self->batch);
        self->batch = NULL;
    }
}

void
journal_usage (journal_t *self, size_t *ret_used_bytes, size_t *ret_map_bytes)
{
    environment_usage (self->environment, ret_used_bytes, ret_map_bytes);
}
