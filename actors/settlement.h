//  settlement - the saga that pays a merchant what a closed window came to.
//
//      closed --net > 0--> paying --succeeded--> settled
//         |                  | failed: the next attempt, settlement_retry_first_ms later,
//         |                  | then settlement_retry_last_ms; SETTLEMENT_ATTEMPTS_MAX
//         | net <= 0         | in a row; then
//         v                  v
//      carried             parked --retry--> paying
//                            | give up
//                            v
//                          failed
//
//  A transfer that is parked (its outcome unknown for too long) parks the settlement
//  too, but its answer still goes on: settled, or the next attempt. An operator may
//  only move on a settlement whose last transfer the bank finally failed.
//
//  Its id derives from (merchant, window), its n-th transfer's from (settlement, n),
//  and attempt n + 1 starts only after the bank finally failed attempt n: so whatever
//  runs, repeats or crashes, a window is paid once. The account is the merchant's as
//  it was when the window was closed.
//
//  Money: transit:<self> is filled by the merchant's close, in the record that tells
//  this saga to start, and emptied by the transfer out; it is zero when it has ended.
//
//  Invariant: what is paid is net, and net = gross - refunds - fee + carried.

#ifndef ACTORS_SETTLEMENT_H
#define ACTORS_SETTLEMENT_H

#include "actors/bank.h"
#include "actors/merchant.h"
#include "runtime/saga.h"

enum { SETTLEMENT_ATTEMPTS_MAX = 3 };

typedef enum {
    SETTLEMENT_NONE,
    SETTLEMENT_CLOSED,              //  Passed through; a payout follows at once
    SETTLEMENT_PAYING,
    SETTLEMENT_SETTLED,
    SETTLEMENT_CARRIED,
    SETTLEMENT_PARKED,
    SETTLEMENT_FAILED               //  Given up by an operator
} settlement_status_t;

//  By the merchant, in the record that closes the window.
typedef struct {
    oid_t merchant;
    oid_t run;                      //  That asked for the cut; NONE: nobody
    merchant_window_closed_t window;
    int64_t opened_at_ms, closed_at_ms;
    oid_t bank_account;
    bank_party_t party;
} settlement_start_t;

typedef struct {
    uint8_t status;                 //  settlement_status_t
    uint32_t verdict;               //  Why it is parked or failed
    uint32_t attempt;               //  Transfers asked for so far
    uint32_t failed_in_row;         //  Since the start or an operator's retry
    oid_t transfer;                 //  The last one
    bool transfer_failed;           //  Finally, by the bank
    char reason [BANK_TEXT_SIZE];   //  Of its failure, in the bank's words
    int64_t settled_at_ms;
    int64_t next_attempt_ms;        //  When it is paid again; 0: a transfer is under way
    settlement_start_t start;       //  Its party is forgotten when it ends
} settlement_t;

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    SETTLEMENT_START,               //  settlement_start_t; by the merchant
    SETTLEMENT_TRANSFERRED,         //  bank_transfer_outcome_t
    SETTLEMENT_ANSWERED,            //  saga_answer_t; a transfer that was refused
    SETTLEMENT_RETRY,               //  No fields; by an operator
    SETTLEMENT_RESOLVE,             //  saga_resolve_t; by operators
    SETTLEMENT_PAY_AGAIN            //  Timer
} settlement_command_t;

typedef enum {
    SETTLEMENT_WAS_CLOSED,          //  settlement_start_t; "settlement.closed"
    SETTLEMENT_PAID_OUT,            //  settlement_payout_t; "settlement.paying"
    SETTLEMENT_PAYOUT_FAILED,       //  settlement_failure_t; moves no money here
    SETTLEMENT_WAS_SETTLED,         //  No fields; "settlement.settled"
    SETTLEMENT_WAS_CARRIED,         //  No fields; "settlement.carried"
    SETTLEMENT_WAS_PARKED,          //  settlement_failure_t; "settlement.parked"
    SETTLEMENT_WAS_GIVEN_UP         //  saga_given_up_t; "settlement.given_up"
} settlement_event_t;

typedef struct {
    uint32_t attempt;
    oid_t transfer;
} settlement_payout_t;

typedef struct {
    uint32_t verdict;
    char reason [BANK_TEXT_SIZE];
    int64_t next_attempt_ms;        //  0: it is not tried again by itself
} settlement_failure_t;

extern const aggregate_type_t settlement_aggregate;

#endif
