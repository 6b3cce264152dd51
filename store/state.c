//  state - opening, and the one writer. See state.h; reading is in state_read.c.
//
//  What cannot be used is removed and made anew: everything here follows from the
//  journal. What cannot be reached (rights, space, a limit) is not damage, and is
//  left alone and reported.
//
//  Damage met while others read cannot be removed under them: data.mdb is renamed,
//  which needs no space and is whole or not at all, and the next opening begins anew.

#include "store/state_private.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "store/bytes.h"
#include "store/crc32c.h"
#include "store/environment.h"
#include "store/files.h"

static const char *const s_table_names [TABLE_COUNT] = {
#define TABLE_NAME(name, text) [TABLE_##name] = text,
    STATE_TABLES (TABLE_NAME)
#undef TABLE_NAME
};

//  A table of our own: "version" -> format u32, the caller's version u32.
#define FORMAT_TABLE "format"
#define VERSION_KEY  "version"
enum { VERSION_SIZE = 8 };

static status_t
s_check_version (MDB_txn *transaction, MDB_dbi format_table, const state_options_t *options)
{
    MDB_val key = { strlen (VERSION_KEY), VERSION_KEY }, value;
    int code = mdb_get (transaction, format_table, &key, &value);
    if (code) {
        return code == MDB_NOTFOUND ? STATUS_DAMAGED : environment_status (code);
    }
    if (value.mv_size != VERSION_SIZE) {
        return STATUS_DAMAGED;
    }
    const uint8_t *bytes = value.mv_data;
    bool same =
        bytes_get_u32 (bytes) == STATE_FORMAT && bytes_get_u32 (bytes + 4) == options->version;
    return same ? STATUS_OK : STATUS_UNSUPPORTED;
}

static status_t
s_put_version (MDB_txn *transaction, MDB_dbi format_table, const state_options_t *options)
{
    uint8_t bytes [VERSION_SIZE];
    bytes_put_u32 (bytes, STATE_FORMAT);
    bytes_put_u32 (bytes + 4, options->version);
    MDB_val key = { strlen (VERSION_KEY), VERSION_KEY }, value = { sizeof bytes, bytes };
    return environment_status (mdb_put (transaction, format_table, &key, &value, 0));
}

//  Finds the tables, or makes them, in one transaction.
static status_t
s_open_tables (state_t *self, const state_options_t *options, bool create)
{
    MDB_txn *transaction;
    MDB_dbi format_table;
    unsigned flags = create ? MDB_CREATE : 0;
    int code = mdb_txn_begin (self->environment, NULL, create ? 0 : MDB_RDONLY, &transaction);
    if (code) {
        return environment_status (code);
    }
    code = mdb_dbi_open (transaction, FORMAT_TABLE, flags, &format_table);
    for (unsigned table = 0; table < TABLE_COUNT && !code; table++) {
        code = mdb_dbi_open (transaction, s_table_names [table], flags, &self->tables [table]);
    }
    status_t status = code == MDB_NOTFOUND ? STATUS_DAMAGED : environment_status (code);
    if (status == STATUS_OK) {
        status = create ? s_put_version (transaction, format_table, options)
                        : s_check_version (transaction, format_table, options);
    }
    if (status != STATUS_OK) {
        mdb_txn_abort (transaction);
        return status;
    }
    return environment_commit (self->environment, &transaction);
}

//  Opens what is there, or makes it if nothing is.
static status_t
s_open (state_t *self, const char *path, const state_options_t *options, char *ret_reason)
{
    bool present = false;
    status_t status = environment_inspect (path, options->read_only, &present, ret_reason);
    if (status != STATUS_OK) {
        return status;
    }
    if (!present && options->read_only) {
        files_reason (ret_reason, "%s: there is no state", path);
        return STATUS_NOT_FOUND;
    }
    environment_options_t environment = {
        .map_size_bytes = options->map_size_bytes,
        .readers_max = options->readers_max,
        .tables_max = TABLE_COUNT + 1,
        .read_only = options->read_only,
        .no_fsync = options->no_fsync,
        .read_ahead = false,  //  Keys are as good as random
    };
    status = environment_open (path, &environment, &self->environment, ret_reason);
    if (status != STATUS_OK) {
        return status;
    }
    status = s_open_tables (self, options, !present);
    if (status != STATUS_OK) {
        files_reason (ret_reason, "%s: cannot be used: %s", path, status_text (status));
        mdb_env_close (self->environment);
        self->environment = NULL;
    }
    return status;
}

//  As s_open, once more after removing what was damaged or of another version.
static status_t
s_open_or_replace (state_t *self, const char *path, const state_options_t *options,
                   char *ret_reason)
{
    status_t status = s_open (self, path, options, ret_reason);
    if (options->read_only || (status != STATUS_DAMAGED && status != STATUS_UNSUPPORTED)) {
        return status;
    }
    self->made_anew_why =
        status == STATUS_DAMAGED ? "it cannot be used" : "it is of another version";
    status = files_remove (path, STATE_FILE, ret_reason);
    if (status == STATUS_OK) {
        status = files_remove (path, "lock.mdb", ret_reason);
    }
    return status == STATUS_OK ? s_open (self, path, options, ret_reason) : status;
}

//  Removes what was condemned while it was in use.
static status_t
s_remove_condemned (state_t *self, char *ret_reason)
{
    char condemned [FILES_PATH_MAX];
    status_t status = files_path (condemned, self->path, STATE_CONDEMNED, ret_reason);
    if (status != STATUS_OK || access (condemned, F_OK) != 0) {
        return status;
    }
    self->made_anew_why = "a row or page of it was damaged";
    status = files_remove (self->path, STATE_CONDEMNED, ret_reason);
    return status == STATUS_OK ? files_remove (self->path, "lock.mdb", ret_reason) : status;
}

status_t
state_open (const char *dir, const state_options_t *options, state_t **ret_state,
            char ret_reason [256])
{
    state_t *self = calloc (1, sizeof *self);
    if (!self) {
        files_reason (ret_reason, "not enough memory");
        return STATUS_LIMIT;
    }
    self->read_only = options->read_only;
    status_t status = files_path (self->path, dir, "state", ret_reason);
    if (status == STATUS_OK && !options->read_only) {
        status = files_make_folder (self->path, ret_reason);
        if (status == STATUS_OK) {
            status = s_remove_condemned (self, ret_reason);
        }
    }
    if (status == STATUS_OK) {
        status = s_open_or_replace (self, self->path, options, ret_reason);
    }
    if (status == STATUS_OK && !options->read_only) {
        status = files_sync_folder (self->path, ret_reason);
    }
    if (status != STATUS_OK) {
        state_destroy (&self);
        return status;
    }
    *ret_state = self;
    return STATUS_OK;
}

void
state_destroy (state_t **self_p)
{
    state_t *self = *self_p;
    if (self) {
        state_abort (self);
        if (self->environment) {
            mdb_env_close (self->environment);
        }
        free (self);
        *self_p = NULL;
    }
}

const char *
state_made_anew_why (const state_t *self)
{
    return self->made_anew_why;
}

//  ---------------------------------------------------------------------------
//  Damage

//  The second of two threads finds nothing to rename, and syncs all the same: when
//  either returns, the name is durable.
void
state_condemn (state_t *self)
{
    char path [FILES_PATH_MAX], condemned [FILES_PATH_MAX];
    if (self->read_only || files_path (path, self->path, STATE_FILE, NULL) != STATUS_OK
        || files_path (condemned, self->path, STATE_CONDEMNED, NULL) != STATUS_OK) {
        return;
    }
    if (rename (path, condemned) == 0 || errno == ENOENT) {
        status_t status = files_sync_folder (self->path, NULL);
        (void) status;  //  The caller ends the process in any case
    }
}

status_t
state_told (state_t *self, status_t status)
{
    if (status == STATUS_DAMAGED) {
        state_condemn (self);
    }
    return status;
}

//  ---------------------------------------------------------------------------
//  Writing

status_t
state_begin (state_t *self)
{
    assert (!self->transaction && !self->read_only);
    int code = mdb_txn_begin (self->environment, NULL, 0, &self->transaction);
    if (code) {
        self->transaction = NULL;
    }
    self->write_status = environment_status (code);
    return state_told (self, self->write_status);
}

uint32_t
state_row_crc (state_table_t table, const MDB_val *key, const void *value, size_t value_size)
{
    uint8_t place = (uint8_t) table;
    uint32_t crc = crc32c (0, &place, sizeof place);
    crc = crc32c (crc, key->mv_data, key->mv_size);
    return crc32c (crc, value, value_size);
}

static status_t
s_put (state_t *self, state_table_t table, const void *key, size_t key_size, const void *value,
       size_t value_size, unsigned flags)
{
    assert (self->transaction && table < TABLE_COUNT);
    assert (key_size > 0 && key_size <= STATE_KEY_SIZE_MAX);
    if (self->write_status != STATUS_OK) {
        return self->write_status;
    }
    MDB_val name = { key_size, (void *) key }, room = { value_size + STATE_CRC_SIZE, NULL };
    int code = mdb_put (self->transaction, self->tables [table], &name, &room, MDB_RESERVE | flags);
    assert (code != MDB_KEYEXIST);  //  An append out of order
    if (code) {
        self->write_status = environment_status (code);
        return state_told (self, self->write_status);
    }
    uint8_t *bytes = room.mv_data;
    if (value_size) {
        memcpy (bytes, value, value_size);
    }
    bytes_put_u32 (bytes + value_size, state_row_crc (table, &name, bytes, value_size));
    return STATUS_OK;
}

status_t
state_put (state_t *self, state_table_t table, const void *key, size_t key_size, const void *value,
           size_t value_size)
{
    return s_put (self, table, key, key_size, value, value_size, 0);
}

status_t
state_append (state_t *self, state_table_t table, const void *key, size_t key_size,
              const void *value, size_t value_size)
{
    return s_put (self, table, key, key_size, value, value_size, MDB_APPEND);
}

status_t
state_clear (state_t *self, state_table_t table)
{
    assert (self->transaction && table < TABLE_COUNT);
    if (self->write_status == STATUS_OK) {
        self->write_status =
            environment_status (mdb_drop (self->transaction, self->tables [table], 0));
    }
    return state_told (self, self->write_status);
}

status_t
state_del (state_t *self, state_table_t table, const void *key, size_t key_size)
{
    assert (self->transaction && table < TABLE_COUNT);
    assert (key_size > 0 && key_size <= STATE_KEY_SIZE_MAX);
    if (self->write_status != STATUS_OK) {
        return self->write_status;
    }
    MDB_val name = { key_size, (void *) key };
    int code = mdb_del (self->transaction, self->tables [table], &name, NULL);
    if (code && code != MDB_NOTFOUND) {
        self->write_status = environment_status (code);
    }
    return state_told (self, self->write_status);
}

status_t
state_get_own (state_t *self, state_table_t table, const void *key, size_t key_size, void *buffer,
               size_t capacity, size_t *ret_size)
{
    assert (self->transaction);
    if (self->write_status != STATUS_OK) {
        return self->write_status;
    }
    return state_told (self, state_copy_out (self->transaction, self, table, key, key_size, buffer,
                                             capacity, ret_size));
}

status_t
state_commit (state_t *self)
{
    assert (self->transaction);
    if (self->write_status != STATUS_OK) {
        state_abort (self);
        return self->write_status;
    }
    return state_told (self, environment_commit (self->environment, &self->transaction));
}

void
state_abort (state_t *self)
{
    if (self->transaction) {
        mdb_txn_abort (self->transaction);
        self->transaction = NULL;
    }
}

status_t
state_discard (state_t *self)
{
    status_t status = state_begin (self);
    for (unsigned table = 0; table < TABLE_COUNT && status == STATUS_OK; table++) {
        status = environment_status (mdb_drop (self->transaction, self->tables [table], 0));
    }
    if (status != STATUS_OK) {
        state_abort (self);
        return state_told (self, status);
    }
    return state_commit (self);
}
