//  withdrawal - the saga that pays a wallet's money out to its member's bank account.
//
//      start --> holding --accepted--> transferring --succeeded--> capturing --> succeeded
//                   |                       | failed
//        (facts     | refused               v
//         refuse)   v                   releasing --> failed
//           `---> failed
//
//      deadline in holding, capturing or releasing, or a transfer that is parked:
//      parked; an answer that comes later still goes on. While the bank's outcome is
//      not known the money stays held: neither spendable nor given up.
//
//  Waiting for the bank has no deadline here: the transfer has its own. There is one
//  transfer, its id derives from the withdrawal: what the bank finally failed is not
//  tried again, the member is.
//
//  Parked because the wallet refused what it must not refuse (a capture or a release:
//  a defect), an operator retries it once the cause is gone; the capture under its next
//  ordinal, since the refused one is decided for ever. Parked otherwise, something is
//  still asked of somebody: resolve the transfer instead.
//
//  Money: hold:<self> from the hold to its capture or release; transit:<self> is owed
//  by the transfer out and repaid by the capture. Both are zero when it has ended.

#ifndef ACTORS_WITHDRAWAL_H
#define ACTORS_WITHDRAWAL_H

#include "actors/bank_transfer.h"
#include "runtime/saga.h"

//  As clients see it.
typedef enum {
    WITHDRAWAL_NONE,
    WITHDRAWAL_REQUESTED,
    WITHDRAWAL_PROCESSING,
    WITHDRAWAL_SUCCEEDED,
    WITHDRAWAL_FAILED,
    WITHDRAWAL_PARKED
} withdrawal_status_t;

typedef enum {
    WITHDRAWAL_BEFORE,
    WITHDRAWAL_HOLDING,             //  Asked wallet.hold
    WITHDRAWAL_TRANSFERRING,        //  Asked for the transfer out
    WITHDRAWAL_CAPTURING,           //  Asked wallet.capture
    WITHDRAWAL_RELEASING,           //  Asked wallet.release
    WITHDRAWAL_ENDED
} withdrawal_step_t;

typedef struct {
    oid_t wallet, member, bank_account;
    int64_t amount_minor;
    char currency [CURRENCY_SIZE];
    bank_party_t party;             //  The bank account, as linked; forgotten at the end
} withdrawal_request_t;

typedef struct {
    withdrawal_request_t request;
    //  Facts that the edge read
    uint8_t member_status;          //  member_status_t
    uint8_t account_status;         //  bank_account_status_t
    oid_t account_member;           //  Whose account it is
} withdrawal_start_t;

typedef struct {
    uint8_t status;                 //  withdrawal_status_t
    uint8_t step;                   //  withdrawal_step_t
    uint32_t capture;               //  Ordinal of the capture that is waited for
    oid_t transfer;
    uint32_t verdict;               //  Why it failed or is parked
    char reason [BANK_TEXT_SIZE];   //  In the bank's words
    withdrawal_request_t request;
} withdrawal_t;

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    WITHDRAWAL_START,               //  withdrawal_start_t
    WITHDRAWAL_ANSWERED,            //  saga_answer_t
    WITHDRAWAL_TRANSFERRED,         //  bank_transfer_outcome_t
    WITHDRAWAL_DEADLINE,            //  Timer
    WITHDRAWAL_RETRY                //  No fields; an operator
} withdrawal_command_t;

typedef enum {
    WITHDRAWAL_WAS_REQUESTED,       //  withdrawal_requested_t; "withdrawal.requested"
    WITHDRAWAL_WAS_HELD,            //  withdrawal_held_t; the transfer out is asked for
    WITHDRAWAL_TRANSFER_SUCCEEDED,  //  withdrawal_capture_t; the capture is asked for
    WITHDRAWAL_TRANSFER_FAILED,     //  withdrawal_decline_t; the release is asked for
    WITHDRAWAL_WAS_SUCCEEDED,       //  No fields; "withdrawal.succeeded"
    WITHDRAWAL_WAS_FAILED,          //  withdrawal_failure_t; "withdrawal.failed"
    WITHDRAWAL_WAS_PARKED,          //  withdrawal_verdict_t; "withdrawal.parked"
    WITHDRAWAL_RELEASE_RETRIED      //  No fields; asked for again
} withdrawal_event_t;

typedef struct {
    withdrawal_request_t request;
} withdrawal_requested_t;

typedef struct {
    oid_t transfer;
} withdrawal_held_t;

typedef struct {
    uint32_t ordinal;
} withdrawal_capture_t;

typedef struct {
    char reason [BANK_TEXT_SIZE];   //  The bank's
} withdrawal_decline_t;

typedef struct {
    uint32_t verdict;
    char reason [BANK_TEXT_SIZE];
} withdrawal_failure_t;

typedef struct {
    uint32_t verdict;
} withdrawal_verdict_t;

extern const aggregate_type_t withdrawal_aggregate;

#endif
