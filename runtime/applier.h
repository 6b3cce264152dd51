//  applier - committed records to rows of the state environment.
//
//  Net effect first: changes collect in memory (a hold placed and captured within
//  one flush leaves no trace), then go to LMDB in key order in one transaction,
//  with the position per partition up to which they hold. The flusher and the
//  recovery at start use the same code, so they cannot differ.
//
//  Rows (integers little endian unless said otherwise):
//
//      SNAPSHOT  oid                                   -> snapshot (runtime/snapshot.h)
//      SCOPE     scope                                 -> scope_row_t
//      SCOPE_AGE latest stamp u64 BE · first scope     -> the scopes (applier_scope.c)
//      OUTBOX    source, target u16 BE · number u64 BE -> sequence u64 · index u8
//      DEDUPE    target, source u16 BE                 -> ranges (runtime/ranges.h)
//      TIMER     oid · command                         -> due i64
//      LEDGER    class · owner                         -> net i64; never 0
//      ROWS      list u8 · owner · bucket u8 · …       -> runtime/projection.h, index.h
//      REGION    address hash · day u32 BE             -> runtime/region.h
//      META      "position" partition u16 BE           -> sequence u64 · numbers u64 …
//                "day" partition u16 BE · day u32 BE   -> sequence u64: the partition's
//                                                         first of that day or a later one
//                "classes"                             -> class_row_t per class
//
//  One thread.

#ifndef RUNTIME_APPLIER_H
#define RUNTIME_APPLIER_H

#include "runtime/posting.h"
#include "runtime/ranges.h"
#include "store/record.h"
#include "store/state.h"

typedef struct applier applier_t;

//  Loads what it keeps in memory (deduplication, class totals) from the state, and
//  holds a reader of it as long as it lives.
applier_t *applier_new (state_t *state, uint16_t partitions);
void applier_destroy (applier_t **self_p);

//  Collects and writes nothing but these tables (bits 1 << state_table_t) and what it
//  needs itself; of OUTBOX and DEDUPE both or none.
void applier_write_only (applier_t *self, uint32_t tables);

//  Forgets idempotency scopes some time after keep_ms; else, or with 0, none.
void applier_keep (applier_t *self, int64_t keep_ms);

//  Collects one committed record; snapshot may be empty (no new state) and is borrowed
//  until the next applier_flush.
void applier_apply (applier_t *self, uint16_t partition, uint64_t sequence,
                    const uint8_t *record, size_t record_size, const uint8_t *snapshot,
                    size_t snapshot_size);

//  Rows collected so far; a flush is due when they are many.
size_t applier_changes (const applier_t *self);

//  The snapshot of an aggregate as of all that was collected; *ret_size 0: there is none.
//  Borrowed until the next call. A damaged row is fail-stop.
const uint8_t *applier_snapshot (applier_t *self, oid_t oid, size_t *ret_size);

//  Writes all in one transaction. NO_SPACE: nothing is written, all is kept, and
//  it may be tried again. Other failures are fail-stop.
status_t applier_flush (applier_t *self) must_check;

//  ---------------------------------------------------------------------------
//  Reading back; any thread with a reader.

//  Position of a partition: 0 if none.
uint64_t applier_read_position (state_reader_t *reader, uint16_t partition);

//  The first sequence of a partition that is stamped on this day (Seoul's) or a later
//  one; 0: there is none. All before it are of days before.
uint64_t applier_read_day (state_reader_t *reader, uint16_t partition, uint32_t day);

//  Last message number per target (partitions + 1 of them).
void applier_read_numbers (state_reader_t *reader, uint16_t partition, uint16_t partitions,
                           uint64_t *ret_numbers);

//  What was taken, all at once: [target × partitions + source], targets 0 … partitions, of
//  which ret_taken has none so far.
void applier_read_taken (state_reader_t *reader, uint16_t partitions, ranges_t *ret_taken);

typedef struct {
    uint64_t accounts;
    int64_t debit_minor, credit_minor;
} class_row_t;

//  In a transaction that is open; for who replaces the books as a whole.
status_t applier_write_classes (state_t *state,
                                const class_row_t rows [ACCOUNT_CLASS_COUNT]) must_check;

//  All in one state of the books.
void applier_read_classes (state_reader_t *reader, class_row_t ret_rows [ACCOUNT_CLASS_COUNT]);

#endif
