//  trial - the trial balance as of a past moment: the books less what was posted since.
//
//  Exact for every moment whose records are all committed: a record that was stamped
//  before it and commits after the report was made is missing, so ask for moments
//  before now by more than a commit takes.
//
//  One thread, not a worker's (runtime/past.h).

#ifndef RUNTIME_TRIAL_H
#define RUNTIME_TRIAL_H

#include "runtime/lists.h"
#include "runtime/past.h"

typedef struct {
    int64_t as_of_ms;               //  Records stamped at or before it count
    uint8_t class_or_0;             //  Accounts of one class only
    size_t limit;
    patience_t patience;
} trial_query_t;

//  As ledger_read and ledger_totals, in one state of the books. BUSY: patience is over.
status_t trial_read (node_t *node, const trial_query_t *query, list_cursor_t *cursor,
                     ledger_row_fn *row, void *context, bool *ret_more,
                     ledger_class_t ret_classes [ACCOUNT_CLASS_COUNT + 1]) must_check;

#endif
