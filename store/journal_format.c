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
                  "%s: is not the line \"happypay journal 2 partitions N\"; restore it from a "
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

//  The partition count stands beside the records too. It is written while there is
//  nothing in the log, and never after: a lost FORMAT must not change it.
static int
s_put_partitions (journal_t *self, MDB_txn *transaction)
{
    MDB_stat log;
    int code = mdb_stat (transaction, self->log, &log);
    if (code || log.ms_entries) {
        return code;
    }
    uint8_t partitions [2];
    bytes_put_u16 (partitions, self->partitions);
    MDB_val key = { sizeof JOURNAL_META_PARTITIONS - 1, JOURNAL_META_PARTITIONS };
    MDB_val value = { sizeof partitions, partitions };
    return mdb_put (transaction, self->meta, &key, &value, 0);
}

//  Finds or makes the tables. What has others too is not ours, or of a format that
//  lost its FORMAT: DAMAGED.
static int
s_find_tables (journal_t *self, MDB_txn *transaction, const char *path, bool create,
               char *ret_reason)
{
    const struct {
        const char *name;
        unsigned flags;
        MDB_dbi *table;
    } tables [JOURNAL_TABLES] = {
        { "log", MDB_INTEGERKEY, &self->log },
        { "index", 0, &self->index },
        { "meta", 0, &self->meta },
    };
    for (unsigned index = 0; index < JOURNAL_TABLES; index++) {
        unsigned flags = tables [index].flags | (create ? MDB_CREATE : 0), found;
        int code = mdb_dbi_open (transaction, tables [index].name, flags, tables [index].table);
        if (!code) {
            code = mdb_dbi_flags (transaction, *tables [index].table, &found);
        }
        if (!code && found != tables [index].flags) {
            code = MDB_INCOMPATIBLE;
        }
        if (code) {
            files_reason (ret_reason, "%s: table \"%s\" cannot be found: %s", path,
                          tables [index].name, mdb_strerror (code));
            return code == MDB_NOTFOUND ? MDB_CORRUPTED : code;
        }
    }
    MDB_dbi names;
    MDB_stat stat;
    int code = mdb_dbi_open (transaction, NULL, 0, &names);
    if (!code) {
        code = mdb_stat (transaction, names, &stat);
    }
    if (!code && stat.ms_entries != JOURNAL_TABLES) {
        files_reason (ret_reason,
                      "%s: data.mdb has %zu tables, not %d, and FORMAT is gone or not its own; "
                      "restore the journal from a backup",
                      path, stat.ms_entries, JOURNAL_TABLES);
        return MDB_CORRUPTED;
    }
    return code;
}

static status_t
s_open_tables (journal_t *self, const char *path, bool create, char *ret_reason)
{
    MDB_txn *transaction;
    int code = mdb_txn_begin (self->environment, NULL, create ? 0 : MDB_RDONLY, &transaction);
    if (code) {
        files_reason (ret_reason, "%s: cannot be read: %s", path, mdb_strerror (code));
        return environment_status (code);
    }
    code = s_find_tables (self, transaction, path, create, ret_reason);
    if (!code && create) {
        code = s_put_partitions (self, transaction);
        if (code) {
            files_reason (ret_reason, "%s: cannot be made: %s", path, mdb_strerror (code));
        }
    }
    if (code) {
        mdb_txn_abort (transaction);
        return environment_status (code);
    }
    status_t status = environment_commit (self->environment, &transaction);
    if (status != STATUS_OK) {
        files_reason (ret_reason, "%s: cannot be made: %s", path, status_text (status));
    }
    return status;
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

//  A new folder becomes an old one. A log with records in it is an old one that
//  lost its FORMAT; how many partitions it had we must not guess.
static status_t
s_finish_making (journal_t *self, const char *path, char *ret_reason)
{
    if (self->position) {
        files_reason (ret_reason,
                      "%s: there are records, but FORMAT is gone; restore it from a backup", path);
        return STATUS_DAMAGED;
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
        self->tail = journal_tail_new (self->partitions);
        if (!self->tail) {
            files_reason (ret_reason, "not enough memory for %u partitions", self->partitions);
            status = STATUS_LIMIT;
        }
    }
    if (status == STATUS_OK) {
        environment_options_t environment = {
            .map_size_bytes = options->map_size_bytes,
            .readers_max = options->readers_max,
            .tables_max = JOURNAL_TABLES,
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
        status = journal_load (self, path, ret_reason);
    }
    if (status == STATUS_OK && !old) {
        status = s_finish_making (self, path, ret_reason);
    }
    return status;
}
