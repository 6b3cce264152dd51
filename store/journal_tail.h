//  journal_tail - where the newest records are: the positions in the log of what is
//  committed and not yet in the index, and of the open batch; inner to store/.
//
//  Per partition the sequences 1 to `indexed` are found by the index, and those
//  after it follow each other here. Bounded by JOURNAL_INDEX_RECORDS and one batch;
//  arrays are kept when they are emptied.
//
//  Threads: any thread looks; all else is the one writer's. The lock is held while
//  positions are copied or counted, never across a call to LMDB or a callback.

#ifndef STORE_JOURNAL_TAIL_H
#define STORE_JOURNAL_TAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "store/status.h"

//  Positions copied at once: as many records as a chunk of a usual journal holds.
enum { JOURNAL_VIEW_RECORDS = 1024 };

typedef struct journal_tail journal_tail_t;

//  What a reader takes with it. Get it before the transaction begins: then what it
//  says is committed is there for that transaction, wherever it has gone since.
typedef struct {
    uint64_t indexed;  //  Up to this sequence the index knows
    uint64_t last;     //  Last committed sequence
    size_t count;
    uint64_t positions [JOURNAL_VIEW_RECORDS];  //  Of max (from, indexed + 1) and on
} journal_view_t;

//  NULL: not enough memory. destroy takes NULL too.
journal_tail_t *journal_tail_new (uint16_t partitions);
void journal_tail_destroy (journal_tail_t **self_p);

void journal_tail_look (journal_tail_t *self, uint16_t partition, uint64_t from, size_t count_max,
                        journal_view_t *ret_view);

//  A view of a partition's last record alone: its position if it is here.
void journal_tail_look_last (journal_tail_t *self, uint16_t partition, journal_view_t *ret_view);

//  When the journal is opened: what the index holds of an empty tail's partition.
void journal_tail_start (journal_tail_t *self, uint16_t partition, uint64_t indexed);

//  The open batch: adds the next sequence of a partition (asserted); LIMIT if there
//  is no memory for it. Nobody sees it until it is published.
status_t journal_tail_add (journal_tail_t *self, uint16_t partition, uint64_t sequence,
                           uint64_t position) must_check;
void journal_tail_drop (journal_tail_t *self);

//  The batch is committed; with `indexed` its transaction also indexed all that
//  was here. Cannot fail.
void journal_tail_publish (journal_tail_t *self, bool indexed);

//  With the open batch: a partition's last sequence, and how many records are here.
uint64_t journal_tail_last (const journal_tail_t *self, uint16_t partition);
size_t journal_tail_count (const journal_tail_t *self);

//  With the open batch: the positions of sequence *ret_first and on; borrowed until
//  the next add or publish.
const uint64_t *journal_tail_positions (const journal_tail_t *self, uint16_t partition,
                                        uint64_t *ret_first, size_t *ret_count);

#endif
