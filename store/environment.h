//  environment - what the journal and the state share of LMDB; inner to store/.
//
//  An environment is a folder with data.mdb and lock.mdb. It is opened once per
//  process, never across fork, with MDB_NOTLS (a reader belongs to an object, not
//  to a thread) and always with fsync. Before LMDB maps data.mdb its two meta
//  pages are read and its size is compared with what they promise: a file that
//  was cut short would be a SIGBUS later.

#ifndef STORE_ENVIRONMENT_H
#define STORE_ENVIRONMENT_H

#include <lmdb.h>
#include <stdbool.h>
#include <stddef.h>
#include "store/status.h"

typedef struct {
    size_t map_size_bytes;
    unsigned readers_max;
    unsigned tables_max;
    bool read_only;  //  Makes no file, also no lock.mdb
    bool no_fsync;   //  Honoured in a build with BENCH_SWITCHES only
    bool read_ahead;
} environment_options_t;

//  What a return code of LMDB means to the caller.
status_t environment_status (int code) must_check;

//  Looks at PATH/data.mdb without LMDB: at its meta pages, or at every page, which
//  reads the whole file. OK with ret_present = false if there is none or it is
//  empty. DAMAGED, UNSUPPORTED, NO_ACCESS.
status_t environment_inspect (const char *path, bool every_page, bool *ret_present,
                              char *ret_reason) must_check;

//  Opens PATH/data.mdb; makes it unless read_only. LIMIT if the map's address space
//  cannot be had. The caller closes it with mdb_env_close.
status_t environment_open (const char *path, const environment_options_t *options,
                           MDB_env **ret_environment, char *ret_reason) must_check;

//  Commits and frees the transaction, whatever the outcome. NO_SPACE: nothing of
//  it is there, and the environment can be used as before.
status_t environment_commit (MDB_env *environment, MDB_txn **transaction_p) must_check;

//  Bytes of the map in use, and its size.
void environment_usage (MDB_env *environment, size_t *ret_used_bytes, size_t *ret_map_bytes);

#endif
