//  journal - the append-only truth: an LMDB environment of its own.
//
//  Design: one writer appends batches; a batch is one LMDB transaction, fsynced
//  (never NOSYNC, NOMETASYNC or WRITEMAP) and the unit of fsync only. The records of
//  all partitions go into one table, the log, in the order of their commits: one
//  right edge, few pages, one after the other. A second table, the index, says where
//  a partition's sequence is; it is written every 2,048 records or so, and what it
//  lacks is in memory, read from the log's tail at opening (store/README.md).
//  Sequences of a partition start at 1 and have no gaps; positions in the log grow
//  with them. Each record has a CRC and the running BLAKE2b of its partition's chain
//  (store/record.h); LMDB itself has no page checksums.
//
//  Files: DIR/journal/data.mdb, lock.mdb; DIR/journal/FORMAT (one text line with
//  format number and partition count, fixed when the folder is made).
//
//  Threads: one thread writes (begin, append, commit, abort); any thread reads.
//  A reader never keeps a transaction open across a call (LMDB would grow).
//  An environment is opened once per process and never across fork.

#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include <stddef.h>
#include <stdint.h>
#include "store/record.h"
#include "store/status.h"

typedef struct journal journal_t;

typedef struct {
    uint16_t partitions;            //  For a new folder; an old one keeps its own
    size_t map_size_bytes;          //  Fixed large: sparse, and only address space
    unsigned readers_max;
    bool read_only;                 //  For offline audit; creates nothing, and sees
                                    //  what was committed when it was opened
    bool no_fsync;                  //  Honoured in a build with BENCH_SWITCHES only
} journal_options_t;

//  Opens or makes DIR/journal. NO_ACCESS, DAMAGED, UNSUPPORTED, NO_SPACE, IO_ERROR;
//  LIMIT if memory, descriptors or address space for the map cannot be had; INVALID
//  partition count (1 to 1024) or path; NOT_FOUND if read_only and there is none.
//  ret_reason gets one line for people on failure.
status_t journal_open (const char *dir, const journal_options_t *options, journal_t **ret_journal,
                       char ret_reason [256]) must_check;
void journal_destroy (journal_t **self_p);

uint16_t journal_partitions (const journal_t *self);

//  The partition's last sequence (0: none) and its chain value.
status_t journal_last (journal_t *self, uint16_t partition, uint64_t *ret_sequence,
                       uint8_t ret_chain [RECORD_CHAIN_SIZE]) must_check;

//  One batch. append takes the sealed bytes of the next sequence of a partition
//  (asserted). After any failure the batch is gone: call journal_abort.
//  commit: OK durable; NO_SPACE nothing of it is there and writing may be tried
//  again later; IO_ERROR the caller must stop the process (fail-stop). After commit
//  the batch is closed, whatever the outcome; abort is then harmless.
status_t journal_begin (journal_t *self) must_check;
status_t journal_append (journal_t *self, uint16_t partition, uint64_t sequence,
                         const uint8_t *bytes, size_t size) must_check;
status_t journal_commit (journal_t *self) must_check;
void journal_abort (journal_t *self);

//  Reads a short range: up to count_max records from `from` on, copied out, the
//  transaction closed before the callback runs. The callback returns false to
//  stop. ret_next is the sequence to go on from, also on failure: the records before
//  it have been handed over. CRCs and gaps are checked: DAMAGED. LIMIT if more than
//  readers_max calls run at once. DAMAGED too if index and log disagree.
typedef bool (journal_record_fn) (void *context, uint16_t partition, uint64_t sequence,
                                  const uint8_t *bytes, size_t size);
status_t journal_read (journal_t *self, uint16_t partition, uint64_t from, size_t count_max,
                       journal_record_fn *record, void *context, uint64_t *ret_next) must_check;

//  Bytes of the map in use, and its size; for metrics.
void journal_usage (journal_t *self, size_t *ret_used_bytes, size_t *ret_map_bytes);

#endif
