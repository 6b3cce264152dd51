//  audit - replays a journal from its first record and checks everything that can
//  be checked without the outside: for `happypay verify`, on a stopped node.
//
//  Per record: CRC and hash chain, structure, the aggregate's version, events that
//  decode, the state's invariant, postings that balance and are those the event
//  means, message numbers without gaps, a message acknowledged once and only after
//  it was sent, an idempotency scope decided once while it counts. Then the books: debits equal
//  credits, no liability of a member below zero. Last the state environment as of
//  its own position: every snapshot, account, pending message, timer, row of a list
//  and day of an address equals the replay, and there are no others.
//
//  Holds the snapshot of every aggregate in memory.

#ifndef RUNTIME_AUDIT_H
#define RUNTIME_AUDIT_H

#include "runtime/oid.h"
#include "runtime/posting.h"
#include "store/journal.h"
#include "store/state.h"

typedef struct {
    uint64_t records, events, aggregates, messages_pending;
    uint64_t snapshots_compared, accounts_compared, rows_compared;
    uint64_t accounts;              //  With a balance
    int64_t debit_minor, credit_minor;
    bool sound;
    uint16_t partition;             //  Where it is not
    uint64_t sequence;
    char problem [256];             //  One line, empty if sound
} audit_report_t;

//  Called now and then with records done and records in all.
typedef void (audit_progress_fn) (void *context, uint64_t done, uint64_t all);

typedef struct {
    journal_t *journal;             //  Read only
    state_t *state;                 //  Read only; NULL: there is none to compare
    audit_progress_fn *progress;    //  Or NULL
    void *context;
} audit_config_t;

//  OK: the report says whether all is sound. Else it could not be read.
status_t audit_run (const audit_config_t *config, audit_report_t *ret_report) must_check;

#endif
