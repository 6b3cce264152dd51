//  replay - a second state beside the live one, and the swap.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "runtime/applier.h"
#include "runtime/index.h"
#include "runtime/region.h"
#include "runtime/replay.h"
#include "runtime/scoped.h"

enum { PATH_SIZE = 4096, FILE_SIZE = PATH_SIZE + 32, READERS_MAX = 16 };

static const struct {
    const char *name;
    state_table_t table;
    bool (*follows_from) (uint8_t kind);  //  As in recovery_watch_t
} projections [] = {
    { "lists", TABLE_ROWS, index_has },
    { "books", TABLE_LEDGER, NULL },
    { "money-by-address", TABLE_REGION, region_has },
};

const char *const replay_names [] = { "lists", "books", "money-by-address", NULL };

static status_t
s_fail (char *reason, const char *what, const char *path)
{
    snprintf (reason, 256, "%.150s: %s: %s", path, what, strerror (errno));
    return errno == ENOSPC ? STATUS_NO_SPACE : STATUS_IO_ERROR;
}

static status_t
s_open_state (const node_t *node, const char *dir, state_t **ret_state, char *reason)
{
    return state_open (dir,
                       &(state_options_t) {
                           .map_size_bytes = (size_t) node->config.limits.map_gigabytes << 30,
                           .readers_max = READERS_MAX,
                           .version = STATE_VERSION,
                       },
                       ret_state, reason);
}

//  ---------------------------------------------------------------------------
//  Files

static void
s_remove_side (const char *dir)
{
    static const char *const files [] = { "state/data.mdb", "state/lock.mdb", "state/damaged.mdb" };
    char path [FILE_SIZE];
    for (size_t index = 0; index < COUNT (files); index++) {
        snprintf (path, sizeof path, "%s/%s", dir, files [index]);
        (void) unlink (path);
    }
    snprintf (path, sizeof path, "%s/state", dir);
    (void) rmdir (path);
    (void) rmdir (dir);
}

static status_t
s_sync_folder (const char *path, char *reason)
{
    int folder = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 || fsync (folder) != 0) {
        status_t status = s_fail (reason, "cannot be made durable", path);
        if (folder >= 0) {
            close (folder);
        }
        return status;
    }
    close (folder);
    return STATUS_OK;
}

//  The new data file takes the old one's name. Nobody has either open.
static status_t
s_swap (const char *side, const char *data, char *reason)
{
    char from [FILE_SIZE], to [FILE_SIZE], lock [FILE_SIZE], folder [FILE_SIZE];
    snprintf (from, sizeof from, "%s/state/data.mdb", side);
    snprintf (to, sizeof to, "%s/state/data.mdb", data);
    snprintf (lock, sizeof lock, "%s/state/lock.mdb", data);
    snprintf (folder, sizeof folder, "%s/state", data);
    if (mkdir (folder, 0700) != 0 && errno != EEXIST) {
        return s_fail (reason, "cannot be made", folder);
    }
    if (rename (from, to) != 0) {
        return s_fail (reason, "cannot be replaced", to);
    }
    (void) unlink (lock);
    return s_sync_folder (folder, reason);
}

//  ---------------------------------------------------------------------------
//  One read model

typedef struct {
    state_t *to;
    state_table_t table;
    status_t status;
} copy_t;

static bool
s_row (void *context, const uint8_t *key, size_t key_size, const uint8_t *value, size_t value_size)
{
    copy_t *self = context;
    self->status = state_append (self->to, self->table, key, key_size, value, value_size);
    return self->status == STATUS_OK;
}

static status_t
s_copy_rows (state_t *from, state_t *to, state_table_t table)
{
    copy_t copy = { .to = to, .table = table };
    state_reader_t *reader = state_reader_new (from);
    assert (reader);
    status_t status =
        state_scan (reader, table, NULL, 0, NULL, 0, /* backward= */ false, SIZE_MAX, s_row, &copy);
    state_reader_destroy (&reader);
    return status == STATUS_OK ? copy.status : status;
}

//  The totals of the classes belong to the books.
static status_t
s_copy_classes (state_t *from, state_t *to)
{
    class_row_t rows [ACCOUNT_CLASS_COUNT];
    state_reader_t *reader = state_reader_new (from);
    assert (reader);
    applier_read_classes (reader, rows);
    state_reader_destroy (&reader);
    return applier_write_classes (to, rows);
}

//  Both states are at the journal's end.
static status_t
s_copy (state_t *from, state_t *to, state_table_t table)
{
    status_t status = state_begin (to);
    if (status != STATUS_OK) {
        return status;
    }
    status = state_clear (to, table);
    if (status == STATUS_OK) {
        status = s_copy_rows (from, to, table);
    }
    if (status == STATUS_OK && table == TABLE_LEDGER) {
        status = s_copy_classes (from, to);
    }
    if (status == STATUS_OK) {
        status = state_commit (to);
    }
    if (status != STATUS_OK) {
        state_abort (to);
    }
    return status;
}

static status_t
s_replace_one (node_t *node, const char *name, char *reason)
{
    state_t *side = node->state;
    uint64_t records;
    status_t status = s_open_state (node, node->config.data_dir, &node->state, reason);
    if (status != STATUS_OK) {
        node->state = side;
        return status;
    }
    status = recovery_run (node, /* watch= */ NULL, &records, reason);
    for (size_t index = 0; index < COUNT (projections) && status == STATUS_OK; index++) {
        if (strcmp (projections [index].name, name) == 0) {
            status = s_copy (side, node->state, projections [index].table);
            if (status != STATUS_OK) {
                snprintf (reason, 256, "%.150s: the read model cannot be written",
                          node->config.data_dir);
            }
        }
    }
    state_destroy (&node->state);
    node->state = side;
    return status;
}

//  ---------------------------------------------------------------------------

static status_t
s_build (node_t *node, const replay_config_t *config, const char *side, uint64_t *ret_records,
         char *reason)
{
    recovery_watch_t watch = config->watch;
    for (size_t index = 0; index < COUNT (projections) && config->projection; index++) {
        if (strcmp (projections [index].name, config->projection) == 0) {
            watch.tables = 1u << projections [index].table;
            watch.follows_from = projections [index].follows_from;
        }
    }
    s_remove_side (side);
    if (mkdir (side, 0700) != 0) {
        return s_fail (reason, "cannot be made", side);
    }
    status_t status = s_open_state (node, side, &node->state, reason);
    if (status == STATUS_OK) {
        status = recovery_run (node, &watch, ret_records, reason);
    }
    if (status == STATUS_OK && config->projection) {
        status = s_replace_one (node, config->projection, reason);
    }
    state_destroy (&node->state);
    if (status == STATUS_OK && !config->projection) {
        status = s_swap (side, config->data_dir, reason);
    }
    s_remove_side (side);
    return status;
}

status_t
replay_run (const replay_config_t *config, uint64_t *ret_records, char ret_reason [256])
{
    char side [PATH_SIZE];
    node_t *node = calloc (1, sizeof *node);
    assert (node);
    node->config = (node_config_t) { .data_dir = config->data_dir, .limits = limits_default };
    snprintf (side, sizeof side, "%s/replay", config->data_dir);
    *ret_records = 0;
    status_t status =
        folder_open (config->data_dir, /* create= */ false, &node->folder, ret_reason);
    if (status == STATUS_OK) {
        status = journal_open (config->data_dir,
                               &(journal_options_t) {
                                   .map_size_bytes = (size_t) limits_default.map_gigabytes << 30,
                                   .readers_max = READERS_MAX,
                                   .read_only = true,
                               },
                               &node->journal, ret_reason);
    }
    if (status == STATUS_OK) {
        node->partitions = journal_partitions (node->journal);
        status = s_build (node, config, side, ret_records, ret_reason);
    }
    journal_destroy (&node->journal);
    folder_destroy (&node->folder);
    free (node);
    return status;
}
