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
//  has resolved it with a reason:
//
//      item        accept     post                       transfer: corrected, refused
//      open        resolved   posting | proposed *       -
//      proposed    conflict   conflict                   -
//      posting     conflict   conflict                   posted, open (with the reason)
//      posted      conflict   conflict                   -
//
//      *  above approval_amount_minor: posting when another operator confirms it, open
//         again when it is rejected or expires
//
//  Accepted, it moves no money, and a later reconciliation of the day shows it again as
//  long as it is so. Posted, our books hold what the bank's statement says: the transfer of
//  the bank's line, ours or foreign (bank_transfer.h), posts the difference between bank
//  and suspense, once whoever else posts it; a later reconciliation finds them equal. From
//  suspense an adjustment or an operator's transfer takes it to where it belongs.
//
//  RECONCILIATION_ITEMS (bank.h) are kept at most, `differences` counts them all.
//
//  Invariant: no more items than differences; resolved ones are among the items.

#ifndef ACTORS_RECONCILIATION_H
#define ACTORS_RECONCILIATION_H

#include "actors/approval.h"
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

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    RECONCILIATION_ITEM_OPEN,       //  Or accepted, if it is resolved
    RECONCILIATION_ITEM_PROPOSED,   //  Waits for another operator
    RECONCILIATION_ITEM_POSTING,    //  Asked of the transfer
    RECONCILIATION_ITEM_POSTED
} reconciliation_item_status_t;

typedef struct {
    bool resolved;
    int64_t at_ms;
    uint8_t status;                 //  reconciliation_item_status_t
    oid_t approval;                 //  The last; NONE: one operator was enough
    char operator [OPERATOR_ID_SIZE];
    char confirmed_by [OPERATOR_ID_SIZE];
    uint32_t verdict;               //  Why the last posting came to nothing
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
    uint32_t proposals;             //  So far
} reconciliation_t;

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    RECONCILIATION_START,           //  reconciliation_start_t
    RECONCILIATION_STATED,          //  bank_stated_t; by the bank's gateway
    RECONCILIATION_FETCH,           //  Timer
    RECONCILIATION_RESOLVE,         //  reconciliation_resolve_t
    RECONCILIATION_APPROVE,         //  approval_decided_t; by the approval
    RECONCILIATION_REJECT,          //  approval_decided_t; by the approval
    RECONCILIATION_CORRECTED        //  saga_answer_t; by the transfer
} reconciliation_command_t;

typedef enum {
    RECONCILIATION_STARTED,         //  reconciliation_start_t
    RECONCILIATION_NOT_FETCHED,     //  No fields: the bank gave no usable answer
    RECONCILIATION_WAS_DONE,        //  bank_stated_t; "reconciliation.done"
    RECONCILIATION_WAS_FAILED,      //  reconciliation_failed_t; "reconciliation.failed"
    RECONCILIATION_RESOLVED,        //  reconciliation_resolve_t; accepted
    RECONCILIATION_WAS_PROPOSED,    //  reconciliation_post_t
    RECONCILIATION_POSTING,         //  reconciliation_post_t
    RECONCILIATION_WAS_POSTED,      //  reconciliation_end_t; "reconciliation.posted"
    RECONCILIATION_REOPENED         //  reconciliation_end_t
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
    bool post;                      //  Else it is accepted as it is
} reconciliation_resolve_t;

typedef struct {
    uint32_t item;
    oid_t approval;                 //  NONE: one operator was enough
    char operator [OPERATOR_ID_SIZE];
    char confirmed_by [OPERATOR_ID_SIZE];
    char reason [REASON_SIZE];
} reconciliation_post_t;

typedef struct {
    uint32_t item;
    uint32_t verdict;               //  Why it is open again
} reconciliation_end_t;

extern const aggregate_type_t reconciliation_aggregate;

#endif
