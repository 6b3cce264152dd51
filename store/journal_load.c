//  journal_load - what an old folder holds: the last sequences, and the tail of the
//  log that is not in the index yet. Read in one transaction when it is opened.
//
//  Log and index are written by the same transactions, so they must agree: after
//  the position in meta the log goes on without a gap, each partition where its
//  index ends, and the log has as many rows as all partitions have sequences.

#include "store/journal_private.h"

#include <assert.h>
#include <string.h>
#include "store/environment.h"
#include "store/files.h"

typedef struct {
    journal_t *journal;
    const char *path;
    char *reason;
    MDB_txn *transaction;
    MDB_cursor *cursor;  //  Of index, then of log
} loading_t;

//  What LMDB or a row says wrong, and where.
static status_t
s_say (loading_t *self, status_t status, const char *place)
{
    files_reason (self->reason, "%s: %s: %s; restore the journal from a backup", self->path, place,
                  status_text (status));
    return status;
}

//  A value of meta with just this size; NOT_FOUND if there is none.
static status_t
s_get_meta (loading_t *self, const char *name, uint8_t *ret_bytes, size_t size)
{
    MDB_val key = { strlen (name), (void *) name }, value;
    int code = mdb_get (self->transaction, self->journal->meta, &key, &value);
    if (code) {
        return environment_status (code);
    }
    if (value.mv_size != size) {
        return STATUS_DAMAGED;
    }
    memcpy (ret_bytes, value.mv_data, size);
    return STATUS_OK;
}

static status_t
s_load_meta (loading_t *self)
{
    journal_t *journal = self->journal;
    uint8_t partitions [2], position [JOURNAL_POSITION_SIZE];
    status_t status = s_get_meta (self, JOURNAL_META_PARTITIONS, partitions, sizeof partitions);
    if (status != STATUS_OK) {
        return s_say (self, status == STATUS_NOT_FOUND ? STATUS_DAMAGED : status,
                      "the partition count in data.mdb");
    }
    bool empty = false;
    status = s_get_meta (self, JOURNAL_META_INDEXED, position, sizeof position);
    if (status == STATUS_NOT_FOUND) {
        empty = true;  //  Nothing was indexed yet
        status = STATUS_OK;
    }
    if (status != STATUS_OK) {
        return s_say (self, status, "the indexed position in data.mdb");
    }
    journal->position = empty ? 0 : bytes_get_u64 (position);
    if (bytes_get_u16 (partitions) != journal->partitions) {
        files_reason (self->reason,
                      "%s: FORMAT says %u partitions, data.mdb has %u; restore FORMAT from a "
                      "backup",
                      self->path, journal->partitions, bytes_get_u16 (partitions));
        return STATUS_DAMAGED;
    }
    return STATUS_OK;
}

//  The last sequence that the index has of a partition; 0: none.
static status_t
s_last_indexed (loading_t *self, uint16_t partition, uint64_t *ret_sequence)
{
    uint8_t name [JOURNAL_PLACE_SIZE];
    journal_put_index_key (name, (uint16_t) (partition + 1), 0);
    MDB_val key = { sizeof name, name }, value;
    int code = mdb_cursor_get (self->cursor, &key, &value, MDB_SET_RANGE);
    if (code == MDB_NOTFOUND) {
        code = mdb_cursor_get (self->cursor, &key, &value, MDB_LAST);
    }
    else if (!code) {
        code = mdb_cursor_get (self->cursor, &key, &value, MDB_PREV);
    }
    *ret_sequence = 0;
    if (code) {
        return code == MDB_NOTFOUND ? STATUS_OK : environment_status (code);
    }
    if (key.mv_size != JOURNAL_PLACE_SIZE) {
        return STATUS_DAMAGED;
    }
    const uint8_t *found = key.mv_data;
    if (journal_index_partition (found) == partition) {
        *ret_sequence = bytes_get_key_u64 (found + 2);
    }
    return STATUS_OK;
}

static status_t
s_load_index (loading_t *self)
{
    journal_t *journal = self->journal;
    status_t status =
        environment_status (mdb_cursor_open (self->transaction, journal->index, &self->cursor));
    for (uint16_t partition = 0; partition < journal->partitions && status == STATUS_OK;
         partition++) {
        uint64_t last;
        status = s_last_indexed (self, partition, &last);
        if (status == STATUS_OK) {
            journal_tail_start (journal->tail, partition, last);
        }
    }
    mdb_cursor_close (self->cursor);
    self->cursor = NULL;
    return status == STATUS_OK ? STATUS_OK : s_say (self, status, "the index");
}

//  One row of the tail: the next position, the next sequence of its partition.
static status_t
s_load_row (loading_t *self, const MDB_val *key, const MDB_val *value)
{
    journal_t *journal = self->journal;
    uint64_t position;
    if (key->mv_size != sizeof position || !journal_is_row (value)) {
        return STATUS_DAMAGED;
    }
    memcpy (&position, key->mv_data, sizeof position);
    uint16_t partition = bytes_get_u16 (value->mv_data);
    uint64_t sequence = bytes_get_u64 ((const uint8_t *) value->mv_data + 2);
    if (position != journal->position + 1 || partition >= journal->partitions
        || sequence != journal_tail_last (journal->tail, partition) + 1) {
        return STATUS_DAMAGED;
    }
    status_t status = journal_tail_add (journal->tail, partition, sequence, position);
    if (status == STATUS_OK) {
        journal->position = position;
    }
    return status;
}

static status_t
s_load_tail (loading_t *self)
{
    journal_t *journal = self->journal;
    uint64_t position = journal->position + 1;
    MDB_val key = { sizeof position, &position }, value;
    int code = mdb_cursor_open (self->transaction, journal->log, &self->cursor);
    if (!code) {
        code = mdb_cursor_get (self->cursor, &key, &value, MDB_SET_RANGE);
    }
    status_t status = STATUS_OK;
    while (!code && status == STATUS_OK) {
        status = s_load_row (self, &key, &value);
        code = mdb_cursor_get (self->cursor, &key, &value, MDB_NEXT);
    }
    if (status == STATUS_OK && code != MDB_NOTFOUND) {
        status = environment_status (code);
    }
    mdb_cursor_close (self->cursor);
    self->cursor = NULL;
    if (status != STATUS_OK) {
        files_reason (self->reason,
                      "%s: position %ju of the log: %s; restore the journal from a backup",
                      self->path, (uintmax_t) journal->position + 1, status_text (status));
    }
    return status;
}

static status_t
s_check_count (loading_t *self)
{
    journal_t *journal = self->journal;
    MDB_stat log;
    uint64_t sequences = 0;
    for (uint16_t partition = 0; partition < journal->partitions; partition++) {
        sequences += journal_tail_last (journal->tail, partition);
    }
    int code = mdb_stat (self->transaction, journal->log, &log);
    if (code) {
        return s_say (self, environment_status (code), "the log");
    }
    if (sequences != log.ms_entries) {
        files_reason (self->reason,
                      "%s: the log has %zu records, the index and what follows it %ju; restore "
                      "the journal from a backup",
                      self->path, log.ms_entries, (uintmax_t) sequences);
        return STATUS_DAMAGED;
    }
    return STATUS_OK;
}

typedef struct {
    uint64_t last;
    uint8_t chain [RECORD_CHAIN_SIZE];
    status_t status;
} link_t;

//  Takes the chain of the record before the last, and checks the last by it.
static bool
s_check_link (void *context, uint16_t partition, uint64_t sequence, const uint8_t *bytes,
              size_t size)
{
    (void) partition;
    link_t *self = context;
    if (sequence == self->last) {
        self->status = record_check (bytes, size, self->chain);
        return false;
    }
    record_reader_t reader;
    self->status = record_reader_start (&reader, bytes, size);
    if (self->status == STATUS_OK) {
        memcpy (self->chain, reader.head.chain, RECORD_CHAIN_SIZE);
    }
    return self->status == STATUS_OK;
}

//  The last records must be readable: the writer goes on from them. Of one that only
//  the log knows, nothing but the chain proves that it is this partition's. Damage
//  before it is for those who read there.
static status_t
s_check_last (journal_t *self, uint16_t partition)
{
    uint64_t last, next;
    uint8_t chain [RECORD_CHAIN_SIZE];
    status_t status = journal_last (self, partition, &last, chain);
    uint64_t first;
    size_t count;
    (void) journal_tail_positions (self->tail, partition, &first, &count);
    if (status != STATUS_OK || count == 0) {
        return status;
    }
    link_t link = { .last = last };
    status = journal_read (self, partition, last > 1 ? last - 1 : 1, 2, s_check_link, &link, &next);
    if (status == STATUS_DAMAGED) {
        return STATUS_OK;
    }
    return status == STATUS_OK ? link.status : status;
}

status_t
journal_load (journal_t *self, const char *path, char *ret_reason)
{
    loading_t loading = { .journal = self, .path = path, .reason = ret_reason };
    int code = mdb_txn_begin (self->environment, NULL, MDB_RDONLY, &loading.transaction);
    if (code) {
        return s_say (&loading, environment_status (code), "the journal");
    }
    status_t status = s_load_meta (&loading);
    if (status == STATUS_OK) {
        status = s_load_index (&loading);
    }
    if (status == STATUS_OK) {
        status = s_load_tail (&loading);
    }
    if (status == STATUS_OK) {
        status = s_check_count (&loading);
    }
    mdb_txn_abort (loading.transaction);
    if (status != STATUS_OK) {
        return status;
    }
    journal_tail_publish (self->tail, /* indexed= */ false);
    for (uint16_t partition = 0; partition < self->partitions; partition++) {
        status = s_check_last (self, partition);
        if (status != STATUS_OK) {
            files_reason (ret_reason,
                          "%s: the last record of partition %u cannot be read: %s; restore the "
                          "journal from a backup",
                          path, partition, status_text (status));
            return status;
        }
    }
    return STATUS_OK;
}
