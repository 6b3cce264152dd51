//  member_keys_private - what the files of member_keys share; nobody else.

#ifndef EDGE_MEMBER_KEYS_PRIVATE_H
#define EDGE_MEMBER_KEYS_PRIVATE_H

#include <pthread.h>
#include "edge/key_cache.h"
#include "edge/key_redo.h"
#include "edge/key_table.h"
#include "edge/member_keys.h"

enum {
    TABLES_MAX = 20                 //  Eight hundred million members
};

struct member_keys {
    const keyring_t *keyring;
    char *dir;
    pthread_mutex_t lock;           //  Writers
    key_table_t tables [TABLES_MAX];
    atomic_size_t table_count;
    key_redo_t redo;
    key_redo_entry_t batch [KEY_REDO_BATCH];    //  Under the lock
    key_cache_t *cache;

    pthread_mutex_t flush_lock;
    pthread_cond_t flushed_more;
    uint64_t written, flushed;      //  Tickets
    bool flushing, failed;
};

//  A ticket for what was just written; returns when what has this ticket is durable
//  (ticket 0: all that was written).
uint64_t member_keys_ticket (member_keys_t *self);
status_t member_keys_flush (member_keys_t *self, uint64_t ticket) must_check;

//  Finishes the batch that a crash left (member_rewrap.c); before anything else.
status_t member_keys_recover (member_keys_t *self) must_check;

#endif
