//  bank_ledger - what one work of the stand-in bank does to its tables.
//
//  Each function works inside a transaction that its caller began and ends. Within
//  one batch a work sees what those before it did, so that the outcome is the same
//  as one by one.

#ifndef DEPLOY_BANK_LEDGER_H
#define DEPLOY_BANK_LEDGER_H

#include <lmdb.h>
#include "deploy/bank_record.h"

typedef enum {
    BANK_TABLE_META,
    BANK_TABLE_ACCOUNTS,
    BANK_TABLE_TRANSFERS,
    BANK_TABLE_LINES,
    BANK_TABLE_COUNT
} bank_table_t;

typedef struct {
    const MDB_dbi *tables;          //  By bank_table_t
    MDB_txn *txn;
    bank_counters_t counters;       //  at_ms is the time of all that is decided
    int error;                      //  First of LMDB's, 0 if none; else abort all
} bank_batch_t;

//  Decides the work, writes what follows, sets its answer and outputs, which hold
//  only if the batch is committed.
void bank_ledger_decide (bank_batch_t *batch, bank_work_t *work);

//  Writes the counters; the last step of a batch.
void bank_ledger_write_counters (bank_batch_t *batch);
bool bank_ledger_read_counters (const MDB_dbi *tables, MDB_txn *txn, bank_counters_t *ret_counters);

bool bank_ledger_find_account (const MDB_dbi *tables, MDB_txn *txn, const bank_place_t *place,
                               bank_account_t *ret_account);
bool bank_ledger_find_transfer (const MDB_dbi *tables, MDB_txn *txn, const char *transfer_id,
                                bank_transfer_t *ret_transfer);

//  A bank that cannot trust its disk must not answer: ends the process with one
//  line, unless error is 0 or a lack of space.
void bank_ledger_stop_if_broken (int error, const char *what);

#endif
