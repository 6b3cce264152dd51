//  bank_store - one writer, many readers, one durable transaction per batch.
//
//  Inside a batch each work sees what those before it did, so the outcome is the
//  same as one by one. Readers open a short transaction of their own (MDB_NOTLS:
//  they come from pooled threads).

#include <assert.h>
#include <errno.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "deploy/bank_record.h"
#include "deploy/bank_store.h"
#include "runtime/scoped.h"

#define MAP_BYTES    ((size_t) 64 << 30)  //  Address space, not memory
#define DAY_MS       INT64_C (86400000)
#define SEOUL_MS     INT64_C (32400000)  //  UTC+9
#define COUNTERS_KEY "bank"

enum { TABLE_META, TABLE_ACCOUNTS, TABLE_TRANSFERS, TABLE_LINES, TABLE_COUNT };

static const char *const table_names [TABLE_COUNT] = { "meta", "accounts", "transfers", "lines" };

struct bank_store {
    MDB_env *env;
    MDB_dbi tables [TABLE_COUNT];
    int64_t (*now_ms) (void);
    bank_counters_t counters;  //  Committed ones; the writer's
    pthread_t writer;
    bool writer_runs;
    pthread_mutex_t lock;  //  Guards what follows
    pthread_cond_t changed;
    bank_work_t *first, **last;  //  Submitted, in order
    bool closing;
};

//  One batch being written.
typedef struct {
    bank_store_t *store;
    MDB_txn *txn;
    bank_counters_t counters;
    int error;  //  First of LMDB's, 0 if none; then nothing counts
} batch_t;

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

//  A bank that cannot trust its disk must not answer: fail-stop.
static void
s_stop_if_broken (int error, const char *what)
{
    if (error && error != MDB_MAP_FULL && error != ENOSPC) {
        fprintf (stderr, "happypay bank: %s: %s\n", what, mdb_strerror (error));
        abort ();
    }
}

//  ---------------------------------------------------------------------------
//  Records

static bool
s_get (bank_store_t *self, MDB_txn *txn, int table, const void *key, size_t key_size,
       const shape_t *shape, void *ret_value)
{
    MDB_val mdb_key = { key_size, (void *) key }, value;
    int error = mdb_get (txn, self->tables [table], &mdb_key, &value);
    if (error == MDB_NOTFOUND) {
        return false;
    }
    if (!error && !shape_unpack (shape, value.mv_data, value.mv_size, ret_value)) {
        error = MDB_CORRUPTED;
    }
    s_stop_if_broken (error, "cannot read the books");
    return !error;
}

static void
s_put (batch_t *batch, int table, const void *key, size_t key_size, const shape_t *shape,
       const void *value)
{
    if (batch->error) {
        return;
    }
    uint8_t bytes [BANK_RECORD_MAX];
    size_t size = shape_pack (shape, value, bytes, sizeof bytes);
    assert (size);
    MDB_val mdb_key = { key_size, (void *) key }, mdb_value = { size, bytes };
    batch->error = mdb_put (batch->txn, batch->store->tables [table], &mdb_key, &mdb_value, 0);
}

static bool
s_get_account (bank_store_t *self, MDB_txn *txn, const bank_place_t *place,
               bank_account_t *ret_account)
{
    uint8_t key [BANK_KEY_MAX];
    size_t size = bank_account_key (place, key);
    return s_get (self, txn, TABLE_ACCOUNTS, key, size, &bank_account_shape, ret_account);
}

static void
s_put_account (batch_t *batch, const bank_account_t *account)
{
    assert (account->balance_minor >= 0 && account->balance_minor <= BANK_MONEY_MAX);
    uint8_t key [BANK_KEY_MAX];
    size_t size = bank_account_key (&account->place, key);
    s_put (batch, TABLE_ACCOUNTS, key, size, &bank_account_shape, account);
}

//  ---------------------------------------------------------------------------
//  Deciding. Everything here happens inside one batch.

static bank_reason_t
s_refusal (const bank_transfer_t *transfer, bool from_found, const bank_account_t *from,
           bool to_found, const bank_account_t *to)
{
    if (!from_found || !to_found) {
        return BANK_REASON_ACCOUNT_NOT_FOUND;
    }
    if (from->closed || to->closed) {
        return BANK_REASON_ACCOUNT_CLOSED;
    }
    if (bank_place_equal (&transfer->from, &transfer->to)) {
        return BANK_REASON_LIMIT_EXCEEDED;  //  No account may pay itself
    }
    if (transfer->amount_minor > from->balance_minor) {
        return BANK_REASON_INSUFFICIENT_FUNDS;
    }
    if (transfer->amount_minor > BANK_MONEY_MAX - to->balance_minor) {
        return BANK_REASON_LIMIT_EXCEEDED;
    }
    return BANK_REASON_NONE;
}

//  Moves the money into or out of one account, and writes its statement line.
static void
s_move (batch_t *batch, bank_account_t *account, const bank_transfer_t *transfer, bool incoming)
{
    account->balance_minor += incoming ? transfer->amount_minor : -transfer->amount_minor;
    bank_line_t line = {
        .incoming = incoming,
        .amount_minor = transfer->amount_minor,
        .counterparty = incoming ? transfer->from : transfer->to,
        .at_ms = transfer->at_ms,
        .balance_after_minor = account->balance_minor,
    };
    strcpy (line.transfer_id, transfer->transfer_id);
    uint8_t key [BANK_KEY_MAX];
    size_t size =
        bank_line_key (account->serial, bank_store_day (line.at_ms), account->line_count++, key);
    s_put (batch, TABLE_LINES, key, size, &bank_line_shape, &line);
    s_put_account (batch, account);
}

//  The fields of a transfer are its fingerprint: the body holds nothing else.
static bool
s_same_order (const bank_transfer_t *a, const bank_transfer_t *b)
{
    return bank_place_equal (&a->from, &b->from) && bank_place_equal (&a->to, &b->to)
           && a->amount_minor == b->amount_minor;
}

static void
s_transfer (batch_t *batch, bank_work_t *work)
{
    bank_store_t *self = batch->store;
    bank_transfer_t *transfer = &work->transfer, recorded;
    size_t id_size = strlen (transfer->transfer_id);

    if (s_get (self, batch->txn, TABLE_TRANSFERS, transfer->transfer_id, id_size,
               &bank_transfer_shape, &recorded)) {
        bool same = s_same_order (transfer, &recorded);
        work->answer = same ? BANK_ANSWER_AGAIN : BANK_ANSWER_CONFLICT;
        *transfer = recorded;
        return;
    }
    bank_account_t from, to;
    bool from_found = s_get_account (self, batch->txn, &transfer->from, &from);
    bool to_found = s_get_account (self, batch->txn, &transfer->to, &to);
    bank_reason_t reason = work->refuse_for
                               ? work->refuse_for
                               : s_refusal (transfer, from_found, &from, to_found, &to);
    transfer->reason = (uint8_t) reason;
    transfer->reference = ++batch->counters.references;
    transfer->at_ms = batch->counters.at_ms;
    s_put (batch, TABLE_TRANSFERS, transfer->transfer_id, id_size, &bank_transfer_shape, transfer);
    if (reason == BANK_REASON_NONE) {
        s_move (batch, &from, transfer, /* incoming= */ false);
        s_move (batch, &to, transfer, /* incoming= */ true);
    }
    work->answer = BANK_ANSWER_NEW;
}

static void
s_open_account (batch_t *batch, bank_work_t *work)
{
    bank_account_t *account = &work->account, recorded;
    if (s_get_account (batch->store, batch->txn, &account->place, &recorded)) {
        bool same = strcmp (account->holder_name, recorded.holder_name) == 0
                    && account->opening_minor == recorded.opening_minor;
        work->answer = same ? BANK_ANSWER_AGAIN : BANK_ANSWER_CONFLICT;
        *account = recorded;
        return;
    }
    account->closed = false;
    account->balance_minor = account->opening_minor;
    account->serial = ++batch->counters.serials;
    account->line_count = 0;
    s_put_account (batch, account);
    work->answer = BANK_ANSWER_NEW;
}

static void
s_close_account (batch_t *batch, bank_work_t *work)
{
    bank_account_t *account = &work->account;
    if (!s_get_account (batch->store, batch->txn, &account->place, account)) {
        work->answer = BANK_ANSWER_NOT_FOUND;
        return;
    }
    work->answer = account->closed ? BANK_ANSWER_AGAIN : BANK_ANSWER_NEW;
    if (!account->closed) {
        account->closed = true;
        s_put_account (batch, account);
    }
}

static void (*const deciders []) (batch_t *batch, bank_work_t *work) = {
    [BANK_WORK_TRANSFER] = s_transfer,
    [BANK_WORK_OPEN_ACCOUNT] = s_open_account,
    [BANK_WORK_CLOSE_ACCOUNT] = s_close_account,
};

//  ---------------------------------------------------------------------------
//  The writer

static void
s_write_batch (bank_store_t *self, bank_work_t *works)
{
    int64_t now_ms = self->now_ms ();
    batch_t batch = { .store = self, .counters = self->counters };
    batch.counters.at_ms = now_ms > batch.counters.at_ms ? now_ms : batch.counters.at_ms;
    batch.error = mdb_txn_begin (self->env, NULL, 0, &batch.txn);
    s_stop_if_broken (batch.error, "cannot begin to write");

    for (bank_work_t *work = works; work && !batch.error; work = work->next) {
        deciders [work->kind](&batch, work);
    }
    s_put (&batch, TABLE_META, COUNTERS_KEY, strlen (COUNTERS_KEY), &bank_counters_shape,
           &batch.counters);
    if (!batch.error) {
        batch.error = mdb_txn_commit (batch.txn);
    }
    else if (batch.txn) {
        mdb_txn_abort (batch.txn);
    }
    s_stop_if_broken (batch.error, "cannot write the books");
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
