//  reconciliation - a day of our account at the bank against our books.
//
//      status      stated            stated unknown                   resolve
//      fetching    done              again *, then failed             state_conflict
//      done        -                 -                                resolved **
//      failed      -                 -                                state_conflict
//
//      *  backing off, RECONCILIATION_FETCHES_MAX times in all; a daily one
//         RECONCILIATION_DAILY_FETCHES_MAX times: almost a day, bank_inquiry_last_ms apart
//      ** an item that is open; not_found if there is none of this number
//
//  What matches is counted and summed; what does not is an item, open until an operator
//  has resolved it with a reason. It moves no money: whoever finds out why does.
//  RECONCILIATION_ITEMS (bank.h) are kept at most, `differences` counts them all.
//
//  Invariant: no more items than differences; resolved ones are among the items.

#ifndef ACTORS_RECONCILIATION_H
#define ACTORS_RECONCILIATION_H

#include "actors/bank.h"
#include "actors/reason.h"
#include "runtime/saga.h"

enum { RECONCILIATION_FETCHES_MAX = 5, RECONCILIATION_DAILY_FETCHES_MAX = 288 };

typedef enum {
    RECONCILIATION_NONE,
    RECONCILIATION_FETCHING,
    RECONCILIATION_DONE,
    RECONCILIATION_FAILED
} reconciliation_status_t;

typedef struct {
    bool resolved;
    int64_t at_ms;
} reconciliation_mark_t;

typedef struct {
    uint8_t status;                 //  reconciliation_status_t
    uint32_t verdict;               //  Why it failed
    uint32_t fetch;                 //  Times that the bank was asked
    int64_t day;                    //  Since 1970, in Seoul
    uint32_t open_count;            //  Items that are not resolved
    bank_stated_t stated;
    uint32_t mark_count;            //  As many as items
    reconciliation_mark_t marks [RECONCILIATION_ITEMS];
    bool daily;                     //  Nobody asked for it: reconciliation_daily.h
} reconciliation_t;

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    RECONCILIATION_START,           //  reconciliation_start_t
    RECONCILIATION_STATED,          //  bank_stated_t; by the bank's gateway
    RECONCILIATION_FETCH,           //  Timer
    RECONCILIATION_RESOLVE          //  reconciliation_resolve_t
} reconciliation_command_t;

typedef enum {
    RECONCILIATION_STARTED,         //  reconciliation_start_t
    RECONCILIATION_NOT_FETCHED,     //  No fields: the bank gave no usable answer
    RECONCILIATION_WAS_DONE,        //  bank_stated_t; "reconciliation.done"
    RECONCILIATION_WAS_FAILED,      //  reconciliation_failed_t; "reconciliation.failed"
    RECONCILIATION_RESOLVED         //  reconciliation_resolve_t
} reconciliation_event_t;

typedef struct {
    int64_t day;
    bool daily;                     //  In the event: by whom it was sent
} reconciliation_start_t;

typedef struct {
    uint32_t verdict;
} reconciliation_failed_t;

typedef struct {
    uint32_t item;                  //  From 1
    char operator [OPERATOR_ID_SIZE];
    char reason [REASON_SIZE];
} reconciliation_resolve_t;

extern const aggregate_type_t reconciliation_aggregate;

#endif
