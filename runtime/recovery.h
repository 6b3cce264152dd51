//  recovery - brings the state environment up to the journal's end at start.
//
//  Replays each partition's records after the state's position through the same
//  pure code that made them, and the same applier. A state ahead of the journal
//  (another folder's, an older backup of the journal) is discarded first. The time
//  it takes depends on the flush interval, not on history.

#ifndef RUNTIME_RECOVERY_H
#define RUNTIME_RECOVERY_H

#include "runtime/core.h"

//  Called now and then with records done and records in all; NULL: nobody looks.
typedef void (recovery_progress_fn) (void *context, uint64_t done, uint64_t all);

typedef struct {
    recovery_progress_fn *progress;
    void *context;
    uint32_t tables;                //  Bits 1 << state_table_t of those to write, for who
                                    //  throws the state away; 0: all
    bool (*follows_from) (uint8_t kind);  //  Of whose states `tables` are made beside the
                                    //  events; NULL: of nobody's. All states if `tables` is 0
} recovery_watch_t;

//  Before any thread of the node runs. watch may be NULL. *ret_records says how many were replayed.
status_t recovery_run (node_t *node, const recovery_watch_t *watch, uint64_t *ret_records,
                       char ret_reason [256]) must_check;

#endif
