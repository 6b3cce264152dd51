//  past - the postings of records stamped at or after a moment, for reports as of then.
//
//  The books hold what is now. What they held at a moment is that less what was posted
//  since: the journal is read back to the day of the moment and no further. For each
//  partition the state has the first sequence of each day (META "day"): a stamp before
//  it is of an earlier day, always, even if a clock went back. So it is exact, costs no
//  row per posting, and is as expensive as the moment is long ago.
//
//      past_t *past = past_new (node, since_ms, partition, patience);
//      past_scan (past, fn, context)     reads up to where the state stands; long
//      past_pin (past, fn, context)      the rest, and holds the state where it stands
//      … state_get (past_reader (past), …)
//      past_destroy (&past)
//
//  One thread, not a worker's: it may take seconds. Who asks says for how long.

#ifndef RUNTIME_PAST_H
#define RUNTIME_PAST_H

#include "runtime/node.h"
#include "store/record.h"
#include "store/state.h"

typedef struct past past_t;

//  Asked every few hundred records, by the thread that reads: true ends it with BUSY.
typedef struct {
    bool (*over) (void *context);
    void *context;
} patience_t;

enum { PAST_EVERYWHERE = UINT16_MAX };

//  partition: that one only, or PAST_EVERYWHERE.
past_t *past_new (node_t *node, int64_t since_ms, uint16_t partition, patience_t patience);
void past_destroy (past_t **self_p);

//  A record stamped at or after the moment; the reader stands at its events.
typedef void (past_record_fn) (void *context, uint16_t partition, uint64_t sequence,
                               const uint8_t *record, size_t size);

//  BUSY: patience is over. Else as the store.
status_t past_scan (past_t *self, past_record_fn *record, void *context) must_check;
status_t past_pin (past_t *self, past_record_fn *record, void *context) must_check;

state_reader_t *past_reader (past_t *self);

#endif
