//  bank_ledger - deciding and writing, inside one batch.

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "deploy/bank_ledger.h"

static const char counters_key [] = "bank";

void
bank_ledger_stop_if_broken (int error, const char *what)
{
    if (error && error != MDB_MAP_FULL && error != ENOSPC) {
        fprintf (stderr, "happypay bank: %s: %s\n", what, mdb_strerror (error));
        abort ();
    }
}

//  ---------------------------------------------------------------------------
//  Records

static bool
s_get (const MDB_dbi *tables, MDB_txn *txn, bank_table_t table, const void *key, size_t key_size,
       const shape_t *shape, void *ret_value)
{
    MDB_val mdb_key = { key_size, (void *) key }, value;
    int error = mdb_get (txn, tables [table], &mdb_key, &value);
    if (error == MDB_NOTFOUND) {
        return false;
    }
    if (!error && !shape_unpack (shape, value.mv_data, value.mv_size, ret_value)) {
        error = MDB_CORRUPTED;
    }
    bank_ledger_stop_if_broken (error, "cannot read the books");
    return !error;
}

static void
s_put (bank_batch_t *batch, bank_table_t table, const void *key, size_t key_size,
       const shape_t *shape, const void *value)
{
    if (batch->error) {
        return;
    }
    uint8_t bytes [BANK_RECORD_MAX];
    size_t size = shape_pack (shape, value, bytes, sizeof bytes);
    assert (size);
    MDB_val mdb_key = { key_size, (void *) key }, mdb_value = { size, bytes };
    batch->error = mdb_put (batch->txn, batch->tables [table], &mdb_key, &mdb_value, 0);
}

bool
bank_ledger_find_account (const MDB_dbi *tables, MDB_txn *txn, const bank_place_t *place,
                          bank_account_t *ret_account)
{
    uint8_t key [BANK_KEY_MAX];
    size_t size = bank_account_key (place, key);
    return s_get (tables, txn, BANK_TABLE_ACCOUNTS, key, size, &bank_account_shape, ret_account);
}

bool
bank_ledger_find_transfer (const MDB_dbi *tables, MDB_txn *txn, const char *transfer_id,
                           bank_transfer_t *ret_transfer)
{
    return s_get (tables, txn, BANK_TABLE_TRANSFERS, transfer_id, strlen (transfer_id),
                  &bank_transfer_shape, ret_transfer);
}

bool
bank_ledger_read_counters (const MDB_dbi *tables, MDB_txn *txn, bank_counters_t *ret_counters)
{
    return s_get (tables, txn, BANK_TABLE_META, counters_key, strlen (counters_key),
                  &bank_counters_shape, ret_counters);
}

void
bank_ledger_write_counters (bank_batch_t *batch)
{
    s_put (batch, BANK_TABLE_META, counters_key, strlen (counters_key), &bank_counters_shape,
           &batch->counters);
}

static void
s_put_account (bank_batch_t *batch, const bank_account_t *account)
{
    assert (account->balance_minor >= 0 && account->balance_minor <= BANK_MONEY_MAX);
    uint8_t key [BANK_KEY_MAX];
    size_t size = bank_account_key (&account->place, key);
    s_put (batch, BANK_TABLE_ACCOUNTS, key, size, &bank_account_shape, account);
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
s_move (bank_batch_t *batch, bank_account_t *account, const bank_transfer_t *transfer,
        bool incoming)
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
    s_put (batch, BANK_TABLE_LINES, key, size, &bank_line_shape, &line);
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
s_transfer (bank_batch_t *batch, bank_work_t *work)
{
    bank_transfer_t *transfer = &work->transfer, recorded;
    size_t id_size = strlen (transfer->transfer_id);

    if (bank_ledger_find_transfer (batch->tables, batch->txn, transfer->transfer_id, &recorded)) {
        bool same = s_same_order (transfer, &recorded);
        work->answer = same ? BANK_ANSWER_AGAIN : BANK_ANSWER_CONFLICT;
        *transfer = recorded;
        return;
    }
    bank_account_t from, to;
    bool from_found = bank_ledger_find_account (batch->tables, batch->txn, &transfer->from, &from);
    bool to_found = bank_ledger_find_account (batch->tables, batch->txn, &transfer->to, &to);
    bank_reason_t reason = work->refuse_for
                               ? work->refuse_for
                               : s_refusal (transfer, from_found, &from, to_found, &to);
    transfer->reason = (uint8_t) reason;
    transfer->reference = ++batch->counters.references;
    transfer->at_ms = batch->counters.at_ms;
    s_put (batch, BANK_TABLE_TRANSFERS, transfer->transfer_id, id_size, &bank_transfer_shape,
           transfer);
    if (reason == BANK_REASON_NONE) {
        s_move (batch, &from, transfer, /* incoming= */ false);
        s_move (batch, &to, transfer, /* incoming= */ true);
    }
    work->answer = BANK_ANSWER_NEW;
}

static void
s_open_account (bank_batch_t *batch, bank_work_t *work)
{
    bank_account_t *account = &work->account, recorded;
    if (bank_ledger_find_account (batch->tables, batch->txn, &account->place, &recorded)) {
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
s_close_account (bank_batch_t *batch, bank_work_t *work)
{
    bank_account_t *account = &work->account;
    if (!bank_ledger_find_account (batch->tables, batch->txn, &account->place, account)) {
        work->answer = BANK_ANSWER_NOT_FOUND;
        return;
    }
    work->answer = account->closed ? BANK_ANSWER_AGAIN : BANK_ANSWER_NEW;
    if (!account->closed) {
        account->closed = true;
        s_put_account (batch, account);
    }
}

static void (*const deciders []) (bank_batch_t *batch, bank_work_t *work) = {
    [BANK_WORK_TRANSFER] = s_transfer,
    [BANK_WORK_OPEN_ACCOUNT] = s_open_account,
    [BANK_WORK_CLOSE_ACCOUNT] = s_close_account,
};

void
bank_ledger_decide (bank_batch_t *batch, bank_work_t *work)
{
    deciders [work->kind](batch, work);
}
