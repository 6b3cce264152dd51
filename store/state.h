//  state - the second LMDB environment: what can be rebuilt from the journal.
//
//  Named tables of keys and values, written in large transactions off the commit
//  path, each transaction with the position per partition up to which it holds.
//  If it is ahead of the journal, damaged or of another version it is discarded
//  and rebuilt. A damaged row or page that is met while it is in use condemns it:
//  data.mdb becomes damaged.mdb, durably, before DAMAGED is returned, and the next
//  state_open removes that and makes it anew. What a key or value means is the caller's (runtime/applier.h).
//
//  Threads: one thread writes; any thread reads with a state_reader_t of its own
//  (MDB_NOTLS; renewed and reset around each call, so never a long reader). Values are
//  copied out: no LMDB pointer leaves this folder.

#ifndef STORE_STATE_H
#define STORE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "store/status.h"

typedef struct state state_t;
typedef struct state_reader state_reader_t;

//  Tables; append only, the name on disk is the word in quotes.
#define STATE_TABLES(X)                                                                            \
    X (SNAPSHOT, "snapshot")        /* oid -> packed state */                                      \
    X (SCOPE, "scope")              /* idempotency scope -> what was decided, when */               \
    X (OUTBOX, "outbox")            /* source, target, number -> place of the message */           \
    X (DEDUPE, "dedupe")            /* target, source -> watermark and window */                   \
    X (TIMER, "timer")              /* oid, command -> due */                                      \
    X (LEDGER, "ledger")            /* account -> net */                                           \
    X (ROWS, "rows")                /* rows of the lists */                                        \
    X (META, "meta")                /* positions, counters */                                      \
    X (REGION, "region")            /* address and day -> money and members that came */             \
    X (SCOPE_AGE, "scope_age")      /* time -> scopes that were decided then */

#define STATE_TABLE_ENUM(name, text) TABLE_##name,
typedef enum { STATE_TABLES (STATE_TABLE_ENUM) TABLE_COUNT } state_table_t;
#undef STATE_TABLE_ENUM

enum { STATE_KEY_SIZE_MAX = 500 };

typedef struct {
    size_t map_size_bytes;
    unsigned readers_max;
    bool read_only;
    bool no_fsync;                  //  Honoured in a build with BENCH_SWITCHES only
    uint32_t version;               //  Of the caller's table contents; another: discarded
} state_options_t;

//  Opens or makes DIR/state. If it is of another version or damaged it is removed
//  and made anew (not when read_only: UNSUPPORTED or DAMAGED, NOT_FOUND if there is
//  none). What cannot be reached is left alone: NO_ACCESS, NO_SPACE, IO_ERROR, LIMIT.
status_t state_open (const char *dir, const state_options_t *options, state_t **ret_state,
                     char ret_reason [256]) must_check;
void state_destroy (state_t **self_p);

//  Why state_open removed what was there; NULL if it did not. Constant.
const char *state_made_anew_why (const state_t *self);

//  Empties every table in one transaction (ahead of the journal; a rebuild).
status_t state_discard (state_t *self) must_check;

//  As a damaged row does, for damage that only the caller can see. Any thread; the
//  environment stays usable until it is destroyed, and nothing of it is found again.
//  What is opened read_only is left alone. If the folder cannot be written, all stays
//  as it is, for the next to find.
void state_condemn (state_t *self);

//  Writing; one transaction at a time, by one thread. put replaces; del of an
//  absent key is OK. get reads what the transaction itself sees. commit fsyncs.
//  NO_SPACE: aborted, may be tried again. IO_ERROR: fail-stop.
status_t state_begin (state_t *self) must_check;
status_t state_put (state_t *self, state_table_t table, const void *key, size_t key_size,
                    const void *value, size_t value_size) must_check;
status_t state_del (state_t *self, state_table_t table, const void *key,
                    size_t key_size) must_check;

//  For who writes a whole table anew, in key order: clear empties it, append is a put
//  after all keys that it has (asserted).
status_t state_clear (state_t *self, state_table_t table) must_check;
status_t state_append (state_t *self, state_table_t table, const void *key, size_t key_size,
                       const void *value, size_t value_size) must_check;
status_t state_get_own (state_t *self, state_table_t table, const void *key, size_t key_size,
                        void *buffer, size_t capacity, size_t *ret_size) must_check;
status_t state_commit (state_t *self) must_check;
void state_abort (state_t *self);

//  Reading. A reader belongs to one thread at a time. NULL if memory or readers_max
//  does not allow one more. Every row carries a CRC32C of table, key and value:
//  DAMAGED if it is wrong.
state_reader_t *state_reader_new (state_t *self);
void state_reader_destroy (state_reader_t **self_p);

//  Until unpin (or destroy) all that is read is of one moment. For a page or two, not
//  for long: what is pinned cannot be reused, and the file grows.
status_t state_reader_pin (state_reader_t *self) must_check;
void state_reader_unpin (state_reader_t *self);

//  Copies the value into buffer. NOT_FOUND; TOO_LARGE if it does not fit.
status_t state_get (state_reader_t *self, state_table_t table, const void *key, size_t key_size,
                    void *buffer, size_t capacity, size_t *ret_size) must_check;

//  Visits up to count_max rows whose key starts with prefix, in key order (or
//  against it), from `start` on (at or after it; at or before it if backward;
//  NULL: from that end of the prefix). Short: the transaction closes before this
//  returns; key and value are borrowed for the callback only. Returning false
//  stops. The callback must not use the same reader. INVALID: prefix or start is
//  longer than a key can be.
typedef bool (state_row_fn) (void *context, const uint8_t *key, size_t key_size,
                             const uint8_t *value, size_t value_size);
status_t state_scan (state_reader_t *self, state_table_t table, const void *prefix,
                     size_t prefix_size, const void *start, size_t start_size, bool backward,
                     size_t count_max, state_row_fn *row, void *context) must_check;

#endif
