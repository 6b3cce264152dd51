//  replay - makes the read models of a stopped node again, from the first record on.
//
//  They are built in an environment of their own, beside the live one, by the code that
//  recovery uses, and replace it when they are complete: the whole state by one rename,
//  one read model by one transaction. A crash before that leaves the old ones; what it
//  left behind is removed by the next replay.
//
//  Files: DIR/replay/state while it works.

#ifndef RUNTIME_REPLAY_H
#define RUNTIME_REPLAY_H

#include "runtime/recovery.h"

typedef struct {
    const char *data_dir;
    const char *projection;         //  One of replay_names; NULL: all that follows from
                                    //  the journal
    recovery_watch_t watch;
} replay_config_t;

//  "lists", "books", "money-by-address", NULL.
extern const char *const replay_names [];

//  IN_USE, NOT_FOUND, DAMAGED, …; ret_reason gets one line for people.
status_t replay_run (const replay_config_t *config, uint64_t *ret_records,
                     char ret_reason [256]) must_check;

#endif
