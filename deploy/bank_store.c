//  bank_store - one writer, many readers, one durable transaction per batch.
//
//  What a work does to the tables is bank_ledger's. Readers open a short transaction of their own (MDB_NOTLS:
//  they come from pooled threads).

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include "deploy/bank_ledger.h"
#include "deploy/bank_store.h"

#define MAP_BYTES      ((size_t) 64 << 30)  //  Address space, not memory
#define WORK_BYTES_MAX 49152                //  Pages that one work may touch
#define RESERVE_BYTES  4194304              //  And what a commit touches anyway
#define DAY_MS         INT64_C (86400000)
#define SEOUL_MS       INT64_C (32400000)  //  UTC+9

static const char *const table_names [BANK_TABLE_COUNT] = { "meta", "accounts", "transfers",
                                                            "lines" };

struct bank_store {
    MDB_env *env;
    MDB_dbi tables [BANK_TABLE_COUNT];
    char *dir;
    int64_t (*now_ms) (void);
    uint64_t reserve_bytes;
    bank_counters_t counters;  //  Committed ones; the writer's
    pthread_t writer;
    bool writer_runs;
    pthread_mutex_t lock;  //  Guards what follows
    pthread_cond_t changed;
    bank_work_t *first, **last;  //  Submitted, in order
    bool closing;
};

#define TEXT_OF(code, text) [BANK_REASON_##code] = text,
static const char *const reason_texts [BANK_REASON_COUNT] = { BANK_REASONS (TEXT_OF) };
#undef TEXT_OF

const char *
bank_reason_text (bank_reason_t reason)
{
    assert ((unsigned) reason < BANK_REASON_COUNT);
    return reason_texts [reason];
}

bool
bank_place_equal (const bank_place_t *a, const bank_place_t *b)
{
    return strcmp (a->bank_code, b->bank_code) == 0 && strcmp (a->number, b->number) == 0;
}

uint32_t
bank_store_day (int64_t at_ms)
{
    return (uint32_t) ((at_ms + SEOUL_MS) / DAY_MS);
}

static int64_t
s_system_now_ms (void)
{
    struct timespec now;
    clock_gettime (CLOCK_REALTIME, &now);
    return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

//  ---------------------------------------------------------------------------
//  The writer

//  Asked before, since LMDB takes a write that a full disk cut short for EIO.
static bool
s_has_space (const bank_store_t *self, const bank_work_t *works)
{
    struct statvfs disk;
    uint64_t needed = self->reserve_bytes;
    for (const bank_work_t *work = works; work; work = work->next) {
        needed += WORK_BYTES_MAX;
    }
    return statvfs (self->dir, &disk) != 0 || disk.f_bavail * disk.f_frsize >= needed;
}

static void
s_write_batch (bank_store_t *self, bank_work_t *works)
{
    int64_t now_ms = self->now_ms ();
    bank_batch_t batch = { .tables = self->tables, .counters = self->counters };
    batch.counters.at_ms = now_ms > batch.counters.at_ms ? now_ms : batch.counters.at_ms;
    batch.error =
        s_has_space (self, works) ? mdb_txn_begin (self->env, NULL, 0, &batch.txn) : ENOSPC;
    bank_ledger_stop_if_broken (batch.error, "cannot begin to write");

    for (bank_work_t *work = works; work && !batch.error; work = work->next) {
        bank_ledger_decide (&batch, work);
    }
    bank_ledger_write_counters (&batch);
    if (!batch.error) {
        batch.error = mdb_txn_commit (batch.txn);
    }
    else if (batch.txn) {
        mdb_txn_abort (batch.txn);
    }
    bank_ledger_stop_if_broken (batch.error, "cannot write the books");
    if (!batch.error) {
        self->counters = batch.counters;
    }
    for (bank_work_t *work = works, *next; work; work = next) {
        next = work->next;  //  done may free the work
        if (batch.error) {
            work->answer = BANK_ANSWER_NO_SPACE;
        }
        work->done (work);
    }
}

//  Waits for work; takes at most a batch. NULL: closing, and all is done.
static bank_work_t *
s_take_batch (bank_store_t *self)
{
    pthread_mutex_lock (&self->lock);
    while (!self->first && !self->closing) {
        pthread_cond_wait (&self->changed, &self->lock);
    }
    bank_work_t *works = self->first, **end = &self->first;
    for (int count = 0; *end && count < BANK_BATCH_MAX; count++) {
        end = &(*end)->next;
    }
    bank_work_t *rest = *end;
    *end = NULL;  //  If nothing waits, this is self->first itself
    self->first = rest;
    if (!rest) {
        self->last = &self->first;
    }
    pthread_mutex_unlock (&self->lock);
    return works;
}

static void *
s_writer (void *argument)
{
    bank_store_t *self = argument;
    bank_work_t *works;
    while ((works = s_take_batch (self))) {
        s_write_batch (self, works);
    }
    return NULL;
}

void
bank_store_submit (bank_store_t *self, bank_work_t *work)
{
    work->next = NULL;
    pthread_mutex_lock (&self->lock);
    assert (!self->closing);
    *self->last = work;
    self->last = &work->next;
    pthread_cond_signal (&self->changed);
    pthread_mutex_unlock (&self->lock);
}

typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool done;
} waiter_t;

static void
s_wake (bank_work_t *work)
{
    waiter_t *waiter = work->context;
    pthread_mutex_lock (&waiter->lock);
    waiter->done = true;
    pthread_cond_signal (&waiter->changed);
    pthread_mutex_unlock (&waiter->lock);
}

void
bank_store_perform (bank_store_t *self, bank_work_t *work)
{
    waiter_t waiter = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false };
    work->done = s_wake;
    work->context = &waiter;
    bank_store_submit (self, work);
    pthread_mutex_lock (&waiter.lock);
    while (!waiter.done) {
        pthread_cond_wait (&waiter.changed, &waiter.lock);
    }
    pthread_mutex_unlock (&waiter.lock);
}

//  ---------------------------------------------------------------------------
//  Reading

static MDB_txn *
s_begin_read (bank_store_t *self)
{
    MDB_txn *txn = NULL;
    int error = mdb_txn_begin (self->env, NULL, MDB_RDONLY, &txn);
    bank_ledger_stop_if_broken (error, "cannot begin to read");
    assert (txn);  //  Reading needs no space
    return txn;
}

bool
bank_store_find_account (bank_store_t *self, const bank_place_t *place, bank_account_t *ret_account)
{
    MDB_txn *txn = s_begin_read (self);
    bool found = bank_ledger_find_account (self->tables, txn, place, ret_account);
    mdb_txn_abort (txn);
    return found;
}

bool
bank_store_find_transfer (bank_store_t *self, const char *transfer_id,
                          bank_transfer_t *ret_transfer)
{
    MDB_txn *txn = s_begin_read (self);
    bool found = bank_ledger_find_transfer (self->tables, txn, transfer_id, ret_transfer);
    mdb_txn_abort (txn);
    return found;
}

size_t
bank_store_read_lines (bank_store_t *self, int64_t serial, uint32_t day, int64_t *line,
                       bank_line_t *lines, size_t capacity)
{
    uint8_t first [BANK_KEY_MAX];
    size_t size = bank_line_key (serial, day, *line, first), day_size = size - sizeof (int64_t);
    MDB_txn *txn = s_begin_read (self);
    MDB_cursor *cursor;
    MDB_val key = { size, first }, value;
    size_t count = 0;

    int error = mdb_cursor_open (txn, self->tables [BANK_TABLE_LINES], &cursor);
    bank_ledger_stop_if_broken (error, "cannot read lines");
    error = mdb_cursor_get (cursor, &key, &value, MDB_SET_RANGE);
    while (!error && count < capacity && memcmp (key.mv_data, first, day_size) == 0) {
        if (!shape_unpack (&bank_line_shape, value.mv_data, value.mv_size, &lines [count])) {
            error = MDB_CORRUPTED;
            break;
        }
        count++;
        *line = bank_line_of_key (key.mv_data, key.mv_size) + 1;
        error = mdb_cursor_get (cursor, &key, &value, MDB_NEXT);
    }
    bank_ledger_stop_if_broken (error == MDB_NOTFOUND ? 0 : error, "cannot read lines");
    mdb_cursor_close (cursor);
    mdb_txn_abort (txn);
    return count;
}

//  ---------------------------------------------------------------------------
//  Opening and closing

static int
s_open_tables (bank_store_t *self)
{
    MDB_txn *txn;
    int error = mdb_txn_begin (self->env, NULL, 0, &txn);
    if (error) {
        return error;
    }
    for (int table = 0; table < BANK_TABLE_COUNT && !error; table++) {
        error = mdb_dbi_open (txn, table_names [table], MDB_CREATE, &self->tables [table]);
    }
    if (!error) {
        bank_ledger_read_counters (self->tables, txn, &self->counters);
        return mdb_txn_commit (txn);
    }
    mdb_txn_abort (txn);
    return error;
}

static int
s_open_environment (bank_store_t *self, const char *path)
{
    int error = mdb_env_create (&self->env);
    if (!error) {
        error = mdb_env_set_mapsize (self->env, MAP_BYTES);
    }
    if (!error) {
        error = mdb_env_set_maxdbs (self->env, BANK_TABLE_COUNT);
    }
    if (!error) {
        error = mdb_env_open (self->env, path, MDB_NOSUBDIR | MDB_NOTLS, 0600);
    }
    return error ? error : s_open_tables (self);
}

static status_t
s_status_of (int error)
{
    switch (error) {
    case 0: return STATUS_OK;
    case EACCES:
    case EROFS: return STATUS_NO_ACCESS;
    case ENOENT: return STATUS_NOT_FOUND;
    case ENOSPC:
    case MDB_MAP_FULL: return STATUS_NO_SPACE;
    case ENOMEM: return STATUS_LIMIT;
    case MDB_VERSION_MISMATCH: return STATUS_UNSUPPORTED;
    case MDB_INVALID:
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND: return STATUS_DAMAGED;
    default: return STATUS_IO_ERROR;
    }
}

status_t
bank_store_open (const bank_store_config_t *config, bank_store_t **ret_store, char ret_reason [256])
{
    char path [4096];
    int length = snprintf (path, sizeof path, "%s/bank.mdb", config->dir);
    if (length < 0 || (size_t) length >= sizeof path) {
        snprintf (ret_reason, 256, "the data folder's name is too long");
        return STATUS_TOO_LARGE;
    }
    bank_store_t *self = calloc (1, sizeof *self);
    assert (self);
    self->now_ms = config->now_ms ? config->now_ms : s_system_now_ms;
    self->reserve_bytes = config->reserve_bytes ? config->reserve_bytes : RESERVE_BYTES;
    self->dir = strdup (config->dir);
    assert (self->dir);
    self->last = &self->first;
    pthread_mutex_init (&self->lock, NULL);
    pthread_cond_init (&self->changed, NULL);

    int error = s_open_environment (self, path);
    if (!error) {
        error = pthread_create (&self->writer, NULL, s_writer, self);
        self->writer_runs = !error;
    }
    if (error) {
        snprintf (ret_reason, 256, "cannot open %.160s: %s", path, mdb_strerror (error));
        bank_store_destroy (&self);
        return s_status_of (error);
    }
    *ret_store = self;
    return STATUS_OK;
}

void
bank_store_destroy (bank_store_t **self_p)
{
    bank_store_t *self = *self_p;
    if (!self) {
        return;
    }
    if (self->writer_runs) {
        pthread_mutex_lock (&self->lock);
        self->closing = true;
        pthread_cond_signal (&self->changed);
        pthread_mutex_unlock (&self->lock);
        pthread_join (self->writer, NULL);
    }
    if (self->env) {
        mdb_env_close (self->env);
    }
    pthread_cond_destroy (&self->changed);
    pthread_mutex_destroy (&self->lock);
    free (self->dir);
    free (self);
    *self_p = NULL;
}
