//  bank_store - the stand-in bank's books: accounts, transfers, statement lines.
//
//      bank_store_open (&config, &store, reason);
//      bank_store_submit (store, &work);   ... work.done (&work) when it is durable
//      bank_store_find_transfer (store, "btr_…", &transfer);
//
//  All that changes goes through one writer thread, which takes whatever waits and
//  commits it in one fsynced LMDB transaction: a transfer's outcome, both balances
//  and both statement lines are there together or not at all. A commit costs the
//  same for one transfer or a thousand, so batches form by themselves under load.
//
//  Units: KRW, whole won, int64. Times: milliseconds since 1970, never going back.
//  Days: days since 1970 in Asia/Seoul (UTC+9, no summer time since 1988).
//
//  Invariants: no balance below zero or above BANK_MONEY_MAX; a transfer id has
//  one outcome for ever; the sum of all balances changes only when an account is
//  opened.
//
//  On disk, DIR/bank.mdb, four tables, values packed by runtime/shape.h:
//
//      meta        "bank"                                     -> counters
//      accounts    bank code, 0, number                       -> bank_account_t
//      transfers   transfer id                                -> bank_transfer_t
//      lines       serial u64, day u32, line u64, big endian  -> bank_line_t
//
//  Limit: without free disk, or with a full map, the works of a batch are answered
//  NO_SPACE and nothing of them is recorded; reading goes on, and so does writing
//  when there is space. Any other failure to write ends the process.

#ifndef DEPLOY_BANK_STORE_H
#define DEPLOY_BANK_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "store/status.h"

enum {
    BANK_CODE_SIZE = 32 + 1,        //  Bytes of UTF-8 and the final zero
    BANK_NUMBER_SIZE = 64 + 1,
    BANK_HOLDER_SIZE = 200 + 1,
    BANK_TRANSFER_ID_SIZE = 128 + 1,
    BANK_BATCH_MAX = 4096           //  Works per commit
};

#define BANK_MONEY_MAX ((int64_t) 9007199254740991)  //  2^53 - 1: exact in any JSON reader

//  Why a transfer failed. On disk for ever: append, never renumber.
#define BANK_REASONS(X)                                                                            \
    X (NONE, "")                                                                                   \
    X (INSUFFICIENT_FUNDS, "insufficient_funds")                                                   \
    X (ACCOUNT_CLOSED, "account_closed")                                                           \
    X (ACCOUNT_NOT_FOUND, "account_not_found")                                                     \
    X (LIMIT_EXCEEDED, "limit_exceeded")

#define BANK_REASON_ENUM(code, text) BANK_REASON_##code,
typedef enum { BANK_REASONS (BANK_REASON_ENUM) BANK_REASON_COUNT } bank_reason_t;
#undef BANK_REASON_ENUM

//  Where money is: an account's name in the world.
typedef struct {
    char bank_code [BANK_CODE_SIZE];
    char number [BANK_NUMBER_SIZE];
} bank_place_t;

typedef struct {
    bank_place_t place;
    char holder_name [BANK_HOLDER_SIZE];
    bool closed;
    int64_t opening_minor;          //  What it was opened with
    int64_t balance_minor;
    int64_t serial;                 //  Its number in `lines`
    int64_t line_count;             //  Statement lines written so far
} bank_account_t;

typedef struct {
    char transfer_id [BANK_TRANSFER_ID_SIZE];
    bank_place_t from, to;
    int64_t amount_minor;           //  1 .. BANK_MONEY_MAX
    uint8_t reason;                 //  bank_reason_t; NONE: it succeeded
    int64_t reference;              //  The bank's own number, rising
    int64_t at_ms;
} bank_transfer_t;

typedef struct {
    char transfer_id [BANK_TRANSFER_ID_SIZE];
    bool incoming;
    int64_t amount_minor;
    bank_place_t counterparty;
    int64_t at_ms;
    int64_t balance_after_minor;
} bank_line_t;

typedef enum {
    BANK_WORK_TRANSFER,             //  In and out: transfer; in: refuse_for
    BANK_WORK_OPEN_ACCOUNT,         //  In and out: account (place, holder, opening_minor)
    BANK_WORK_CLOSE_ACCOUNT         //  In: account.place; out: account
} bank_work_kind_t;

typedef enum {
    BANK_ANSWER_NEW,                //  Done now
    BANK_ANSWER_AGAIN,              //  Done before, with the same content: as it was
    BANK_ANSWER_CONFLICT,           //  Done before, with other content: as it was
    BANK_ANSWER_NOT_FOUND,          //  No such account to close
    BANK_ANSWER_NO_SPACE            //  Nothing was recorded
} bank_answer_t;

//  One thing to do. It belongs to the store from submit until done is called, on
//  the writer's thread: done must not block.
typedef struct bank_work bank_work_t;
struct bank_work {
    bank_work_kind_t kind;
    bank_transfer_t transfer;
    bank_account_t account;
    bank_reason_t refuse_for;       //  A new transfer fails for this; NONE: decide
    bank_answer_t answer;
    void (*done) (bank_work_t *self);
    void *context;                  //  The submitter's
    bank_work_t *next;              //  The store's
};

typedef struct bank_store bank_store_t;

typedef struct {
    const char *dir;                //  Must exist and be held by this process
    int64_t (*now_ms) (void);       //  NULL: the system's clock
    uint64_t reserve_bytes;         //  Free disk that stays free; 0: the default
} bank_store_config_t;

//  Opens the books, makes them at first start, and starts the writer. On failure
//  ret_reason gets one line for people.
status_t bank_store_open (const bank_store_config_t *config, bank_store_t **ret_store,
                          char ret_reason [256]) must_check;

//  Does what was submitted, then closes. Nothing may be submitted any more.
void bank_store_destroy (bank_store_t **self_p);

//  Any thread; never blocks on the disk. Bounded by the submitters' own limit.
void bank_store_submit (bank_store_t *self, bank_work_t *work);

//  The same for callers that have nothing better to do: returns when it is done.
void bank_store_perform (bank_store_t *self, bank_work_t *work);

//  What is committed; any thread. False if there is none.
bool bank_store_find_account (bank_store_t *self, const bank_place_t *place,
                              bank_account_t *ret_account);
bool bank_store_find_transfer (bank_store_t *self, const char *transfer_id,
                               bank_transfer_t *ret_transfer);

//  Fills at most `capacity` lines of one account's day, from line number `*line` on,
//  in the order in which they happened. Returns how many; *line is then the number
//  after the last.
size_t bank_store_read_lines (bank_store_t *self, int64_t serial, uint32_t day, int64_t *line,
                              bank_line_t *lines, size_t capacity);

//  Days since 1970 in Asia/Seoul.
uint32_t bank_store_day (int64_t at_ms);

//  "insufficient_funds"; "" for NONE.
const char *bank_reason_text (bank_reason_t reason);

bool bank_place_equal (const bank_place_t *a, const bank_place_t *b);

#endif
