//  journal_format - the folder of the journal: made once, recognised ever after.
//
//  FORMAT is written last, when data.mdb and its tables are durable. So a FORMAT
//  without data.mdb is a journal that somebody lost, never one to be made anew;
//  and a data.mdb without FORMAT is a making that was interrupted, if it is empty.

#include "store/journal_private.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "store/environment.h"
#include "store/files.h"

#define FORMAT_FILE "FORMAT"
#define FORMAT_LINE "happypay journal %u partitions %u\n"

//  The partition count in FORMAT; NOT_FOUND if there is no such file.
static status_t
s_read_format (const char *path, uint16_t *ret_partitions, char *ret_reason)
{
    char file_path [FILES_PATH_MAX], text [FILES_TEXT_MAX], again [FILES_TEXT_MAX];
    status_t status = files_path (file_path, path, FORMAT_FILE, ret_reason);
    if (status == STATUS_OK) {
        status = files_read_text (file_path, text, ret_reason);
    }
    if (status != STATUS_OK) {
        return status;
    }
    unsigned format, partitions;
    if (sscanf (text, "happypay journal %u", &format) == 1 && format != JOURNAL_FORMAT) {
        files_reason (ret_reason, "%s: journal format %u; this program reads format %d", file_path,
                      format, JOURNAL_FORMAT);
        return STATUS_UNSUPPORTED;
    }
    if (sscanf (text, FORMAT_LINE, &format, &partitions) == 2 && partitions >= 1
        && partitions <= JOURNAL_PARTITIONS_MAX) {
        snprintf (again, sizeof again, FORMAT_LINE, format, partitions);
        if (strcmp (text, again) == 0) {
            *ret_partitions = (uint16_t) partitions;
            return STATUS_OK;
        }
    }
    files_reason (ret_reason,
                  "%s: is not the line \"happypay journal 1 partitions N\"; restore it from a "
                  "backup",
                  file_path);
    return STATUS_DAMAGED;
}

static status_t
s_write_format (const char *path, uint16_t partitions, char *ret_reason)
{
    char text [FILES_TEXT_MAX];
    snprintf (text, sizeof text, FORMAT_LINE, (unsigned) JOURNAL_FORMAT, (unsigned) partitions);
    return files_write_text (path, FORMAT_FILE, text, ret_reason);
}

//  Makes the tables (or, of an old folder, finds them) in one transaction.
static status_t
s_open_tables (journal_t *self, const char *path, bool create, char *ret_reason)
{
    MDB_txn *transaction;
    bool write = create && !self->read_only;
    int code = mdb_txn_begin (self->environment, NULL, write ? 0 : MDB_RDONLY, &transaction);
    if (code) {
        files_reason (ret_reason, "%s: cannot be read: %s", path, mdb_strerror (code));
        return environment_status (code);
    }
    for (unsigned partition = 0; partition < self->partitions && !code; partition++) {
        char name [16];
        snprintf (name, sizeof name, "%05u", partition);
        code = mdb_dbi_open (transaction, name, write ? MDB_CREATE : 0, &self->tables [partition]);
        if (code) {
            files_reason (ret_reason, "%s: partition %u cannot be found: %s", path, partition,
                          mdb_strerror (code));
        }
    }
    if (code) {
        mdb_txn_abort (transaction);
        return code == MDB_NOTFOUND ? STATUS_DAMAGED : environment_status (code);
    }
    status_t status = environment_commit (self->environment, &transaction);
    if (status != STATUS_OK) {
        files_reason (ret_reason, "%s: cannot be made: %s", path, status_text (status));
    }
    return status;
}

//  Last sequence of every partition, into committed.
static status_t
s_load_last (journal_t *self, const char *path, char *ret_reason)
{
    for (uint16_t partition = 0; partition < self->partitions; partition++) {
        uint8_t chain [RECORD_CHAIN_SIZE];
        status_t status = journal_last (self, partition, &self->committed [partition], chain);
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

static status_t
s_allocate (journal_t *self, char *ret_reason)
{
    self->tables = calloc (self->partitions, sizeof *self->tables);
    self->committed = calloc (self->partitions, sizeof *self->committed);
    self->appended = calloc (self->partitions, sizeof *self->appended);
    if (!self->tables || !self->committed || !self->appended) {
        files_reason (ret_reason, "not enough memory for %u partitions", self->partitions);
        return STATUS_LIMIT;
    }
    return STATUS_OK;
}

//  Whether the folder is an old one (it has FORMAT), a new one, or neither.
static status_t
s_recognise (journal_t *self, const char *path, const journal_options_t *options, bool *ret_old,
             char *ret_reason)
{
    bool present = false;
    status_t status = environment_inspect (path, options->read_only, &present, ret_reason);
    status_t format =
        s_read_format (path, &self->partitions, status == STATUS_OK ? ret_reason : NULL);
    if (format != STATUS_OK && format != STATUS_NOT_FOUND) {
        return status == STATUS_OK ? format : status;
    }
    if (status != STATUS_OK) {
        return status;
    }
    bool old = format == STATUS_OK;
    if (old && !present) {
        files_reason (ret_reason,
                      "%s: FORMAT is there, but data.mdb is gone; restore the journal "
                      "from a backup",
                      path);
        return STATUS_DAMAGED;
    }
    if (!old && options->read_only) {
        files_reason (ret_reason, "%s: there is no journal", path);
        return STATUS_NOT_FOUND;
    }
    if (!old) {
        self->partitions = options->partitions;
        if (!self->partitions || self->partitions > JOURNAL_PARTITIONS_MAX) {
            files_reason (ret_reason, "%s: a journal has 1 to %d partitions, not %u", path,
                          JOURNAL_PARTITIONS_MAX, self->partitions);
            return STATUS_INVALID;
        }
    }
    *ret_old = old;
    return STATUS_OK;
}

//  A new folder becomes an old one. Tables with records in them are an old one
//  that lost its FORMAT; how many partitions it had we must not guess.
static status_t
s_finish_making (journal_t *self, const char *path, char *ret_reason)
{
    for (uint16_t partition = 0; partition < self->partitions; partition++) {
        if (self->committed [partition]) {
            files_reason (ret_reason,
                          "%s: there are records, but FORMAT is gone; restore it from a backup",
                          path);
            return STATUS_DAMAGED;
        }
    }
    status_t status = files_sync_folder (path, ret_reason);
    return status == STATUS_OK ? s_write_format (path, self->partitions, ret_reason) : status;
}

status_t
journal_prepare (journal_t *self, const char *dir, const journal_options_t *options,
                 char *ret_reason)
{
    char path [FILES_PATH_MAX];
    bool old = false;
    status_t status = files_path (path, dir, "journal", ret_reason);
    if (status == STATUS_OK && !options->read_only) {
        status = files_make_folder (path, ret_reason);
    }
    if (status == STATUS_OK) {
        status = s_recognise (self, path, options, &old, ret_reason);
    }
    if (status == STATUS_OK) {
        status = s_allocate (self, ret_reason);
    }
    if (status == STATUS_OK) {
        environment_options_t environment = {
            .map_size_bytes = options->map_size_bytes,
            .readers_max = options->readers_max,
            .tables_max = self->partitions,
            .read_only = options->read_only,
            .no_fsync = options->no_fsync,
            .read_ahead = true,  //  Recovery and projections read in order
        };
        status = environment_open (path, &environment, &self->environment, ret_reason);
    }
    if (status == STATUS_OK) {
        status = s_open_tables (self, path, !old, ret_reason);
    }
    if (status == STATUS_OK) {
        status = s_load_last (self, path, ret_reason);
    }
    if (status == STATUS_OK && !old) {
        status = s_finish_making (self, path, ret_reason);
    }
    return status;
}
