//  journal_private - what journal.c (opening, writing), journal_format.c (the files
//  of the folder) and journal_read.c share; nobody else includes it.

#ifndef STORE_JOURNAL_PRIVATE_H
#define STORE_JOURNAL_PRIVATE_H

#include <lmdb.h>
#include <pthread.h>
#include "store/journal.h"

enum {
    JOURNAL_FORMAT = 1,
    JOURNAL_PARTITIONS_MAX = 1024,
    JOURNAL_KEY_SIZE = 8,
    JOURNAL_CHUNK_BYTES = 512 * 1024  //  Copied out in one transaction, at most
};

typedef struct journal_reader journal_reader_t;

struct journal {
    MDB_env *environment;
    uint16_t partitions;
    bool read_only;
    MDB_dbi *tables;         //  One per partition
    uint64_t *committed;     //  Last durable sequence per partition; the writer's
    uint64_t *appended;      //  The same, with the open batch
    MDB_txn *batch;          //  NULL: none open
    status_t batch_status;   //  First failure of the open batch
    pthread_mutex_t lock;    //  Guards idle
    journal_reader_t *idle;  //  Readers that nobody uses now
};

//  Reads or makes the folder's files up to the partition count and the open
//  environment with its tables. On failure the caller destroys what self has.
status_t journal_prepare (journal_t *self, const char *dir, const journal_options_t *options,
                          char *ret_reason) must_check;

//  Frees the idle readers.
void journal_readers_destroy (journal_t *self);

#endif
