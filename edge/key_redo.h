//  key_redo - what a batch of rewrapped slots is to be, before any of them is written.
//
//  A slot that is wrapped anew is written over the only copy of a member's key. If
//  the machine stops in the middle of that write the slot may be torn; so the batch
//  is on disk first, in DIR/keys/rewrap:
//
//      offset   size  one entry
//           0      8  table, little endian
//           8      8  slot, little endian
//          16    128  the slot (edge/member_keys.h), with a hash of its own
//
//  An entry whose slot does not verify is none. After the batch the file is written
//  over with zeros, in place: it holds keys that may be destroyed next.
//
//  One thread at a time.

#ifndef EDGE_KEY_REDO_H
#define EDGE_KEY_REDO_H

#include "edge/key_table.h"

enum { KEY_REDO_BATCH = 256 };

typedef struct {
    uint64_t table, number;
    uint8_t slot [KEY_SLOT_SIZE];
} key_redo_entry_t;

typedef struct {
    int file;
} key_redo_t;

//  Opens or makes DIR/rewrap. NO_ACCESS, NO_SPACE, IO_ERROR.
status_t key_redo_open (key_redo_t *self, const char *dir, char ret_reason [256]) must_check;
void key_redo_close (key_redo_t *self);

//  What an unfinished batch left; at most KEY_REDO_BATCH.
status_t key_redo_read (key_redo_t *self, key_redo_entry_t *ret_entries,
                        size_t *ret_count) must_check;

//  Durable when it returns.
status_t key_redo_write (key_redo_t *self, const key_redo_entry_t *entries,
                         size_t count) must_check;
status_t key_redo_clear (key_redo_t *self) must_check;

#endif
