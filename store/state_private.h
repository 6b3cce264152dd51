//  state_private - what state.c (opening, writing) and state_read.c share; nobody
//  else includes it.

#ifndef STORE_STATE_PRIVATE_H
#define STORE_STATE_PRIVATE_H

#include <lmdb.h>
#include "store/files.h"
#include "store/state.h"

enum {
    STATE_FORMAT = 1,
    STATE_CRC_SIZE = 4  //  Behind every value
};

#define STATE_FILE      "data.mdb"
#define STATE_CONDEMNED "damaged.mdb"

struct state {
    MDB_env *environment;
    MDB_dbi tables [TABLE_COUNT];
    char path [FILES_PATH_MAX];
    bool read_only;
    const char *made_anew_why;  //  NULL: it was not
    MDB_txn *transaction;       //  The writer's; NULL: none open
    status_t write_status;      //  Its first failure
};

//  Checksum of a row: its table and key are covered, so that a value which turns
//  up in another place is found as well.
uint32_t state_row_crc (state_table_t table, const MDB_val *key, const void *value,
                        size_t value_size);

//  The value without its checksum. DAMAGED.
status_t state_row_check (state_table_t table, const MDB_val *key, const MDB_val *stored,
                          size_t *ret_value_size) must_check;

//  On the way out to the caller: DAMAGED condemns the environment. Returns status.
status_t state_told (state_t *self, status_t status) must_check;

//  Copies a value out of a transaction; as state_get.
status_t state_copy_out (MDB_txn *transaction, const state_t *state, state_table_t table,
                         const void *key, size_t key_size, void *buffer, size_t capacity,
                         size_t *ret_size) must_check;

#endif
