//  journal_private - what journal.c (opening, writing), journal_format.c (the files
//  of the folder), journal_load.c (what an old folder holds) and journal_read.c
//  share; nobody else includes it but the tests of the layout. The tables:
//
//      log    key   position u64, the machine's own (MDB_INTEGERKEY): 1, 2, 3 …
//             value partition u16 · sequence u64 · record      little endian
//      index  key   partition u16 · sequence u64               big endian
//             value position u64                               little endian
//      meta   key   "partitions", value u16: as in FORMAT      little endian
//             key   "indexed", value u64: up to this position the index is complete

#ifndef STORE_JOURNAL_PRIVATE_H
#define STORE_JOURNAL_PRIVATE_H

#include <lmdb.h>
#include <pthread.h>
#include "store/bytes.h"
#include "store/journal.h"
#include "store/journal_tail.h"

#define JOURNAL_META_PARTITIONS "partitions"
#define JOURNAL_META_INDEXED    "indexed"

enum {
    JOURNAL_FORMAT = 2,
    JOURNAL_PARTITIONS_MAX = 1024,
    JOURNAL_TABLES = 3,
    JOURNAL_POSITION_SIZE = 8,
    JOURNAL_PLACE_SIZE = 10,          //  Partition and sequence: index key, log head
    JOURNAL_INDEX_RECORDS = 2048,     //  As many wait for the index (README.md)
    JOURNAL_CHUNK_BYTES = 512 * 1024  //  Copied out in one transaction, at most
};

typedef struct journal_reader journal_reader_t;

struct journal {
    MDB_env *environment;
    uint16_t partitions;
    bool read_only;
    MDB_dbi log, index, meta;
    journal_tail_t *tail;     //  Where the newest records are, and the last sequences
    uint64_t position;        //  Last durable position; the writer's
    uint64_t batch_position;  //  The same, with the open batch
    MDB_txn *batch;           //  NULL: none open
    status_t batch_status;    //  First failure of the open batch
    pthread_mutex_t lock;     //  Guards idle
    journal_reader_t *idle;   //  Readers that nobody uses now
};

static inline void
journal_put_index_key (uint8_t key [JOURNAL_PLACE_SIZE], uint16_t partition, uint64_t sequence)
{
    key [0] = (uint8_t) (partition >> 8);
    key [1] = (uint8_t) partition;
    bytes_put_key_u64 (key + 2, sequence);
}

static inline uint16_t
journal_index_partition (const uint8_t key [JOURNAL_PLACE_SIZE])
{
    return (uint16_t) (key [0] << 8 | key [1]);
}

//  Whether a row of the log can be one, by its size.
static inline bool
journal_is_row (const MDB_val *value)
{
    return value->mv_size >= JOURNAL_PLACE_SIZE + RECORD_HEAD_SIZE
           && value->mv_size <= JOURNAL_PLACE_SIZE + RECORD_SIZE_MAX;
}

//  Reads or makes the folder's files up to the partition count and the open
//  environment with its tables. On failure the caller destroys what self has.
status_t journal_prepare (journal_t *self, const char *dir, const journal_options_t *options,
                          char *ret_reason) must_check;

//  Fills tail and position from the open environment, and checks that log and index
//  agree on how much there is. DAMAGED.
status_t journal_load (journal_t *self, const char *path, char *ret_reason) must_check;

//  Frees the idle readers.
void journal_readers_destroy (journal_t *self);

#endif
