//  adjustment - an operator puts a wallet right, with a reason and a name.
//
//      propose --small--> applying --accepted--> succeeded
//         |                  ^    `--refused---> failed
//         | above approval_  | confirmed
//         | amount_minor     |
//         `--> awaiting approval --rejected, expired--> failed
//
//      deadline in applying: parked; an answer that comes later still goes on.
//
//  What the wallet refuses (too little to take, closed, full) fails the adjustment for
//  good: another one is proposed anew. It is asked at the end, so that the wallet
//  decides as it is when the second operator has confirmed.
//
//  Money moves in the wallet's own event, between adjustments and the wallet; nothing
//  is ever in between, so there is nothing to compensate. Or between suspense and the
//  wallet: whose the money there is has been decided. So a wallet gets what was set aside,
//  or gives what its bank account got although the bank had said no (bank_transfer.h,
//  contradicted).

#ifndef ACTORS_ADJUSTMENT_H
#define ACTORS_ADJUSTMENT_H

#include "actors/approval.h"

//  As clients see it.
typedef enum {
    ADJUSTMENT_NONE,
    ADJUSTMENT_AWAITING_APPROVAL,
    ADJUSTMENT_PROCESSING,
    ADJUSTMENT_SUCCEEDED,
    ADJUSTMENT_FAILED,
    ADJUSTMENT_PARKED
} adjustment_status_t;

typedef struct {
    oid_t wallet;
    int64_t amount_minor;           //  > 0
    bool increase;                  //  Else it is taken out of the wallet
    char currency [CURRENCY_SIZE];
    char operator [OPERATOR_ID_SIZE];
    char reason [REASON_SIZE];
    bool suspense;                  //  Against suspense, not adjustments
} adjustment_request_t;

typedef struct {
    uint8_t status;                 //  adjustment_status_t
    oid_t approval;                 //  NONE: one operator was enough
    char decider [OPERATOR_ID_SIZE];    //  The second operator, once there is one
    uint32_t verdict;               //  Why it failed or is parked
    adjustment_request_t request;
} adjustment_t;

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    ADJUSTMENT_PROPOSE,             //  adjustment_request_t
    ADJUSTMENT_APPROVE,             //  approval_decided_t; by the approval
    ADJUSTMENT_REJECT,              //  approval_decided_t; by the approval
    ADJUSTMENT_ANSWERED,            //  saga_answer_t; by the wallet
    ADJUSTMENT_DEADLINE             //  Timer
} adjustment_command_t;

typedef enum {
    ADJUSTMENT_WAS_PROPOSED,        //  adjustment_proposed_t; "adjustment.proposed"
    ADJUSTMENT_WAS_APPROVED,        //  approval_decided_t; "adjustment.approved"
    ADJUSTMENT_WAS_REJECTED,        //  approval_decided_t; "adjustment.rejected"
    ADJUSTMENT_WAS_SUCCEEDED,       //  No fields; "adjustment.succeeded"
    ADJUSTMENT_WAS_FAILED,          //  adjustment_verdict_t; "adjustment.failed"
    ADJUSTMENT_WAS_PARKED           //  adjustment_verdict_t; "adjustment.parked"
} adjustment_event_t;

typedef struct {
    adjustment_request_t request;
    oid_t approval;                 //  Proposed as; NONE: it is applied at once
} adjustment_proposed_t;

typedef struct {
    uint32_t verdict;
} adjustment_verdict_t;

extern const aggregate_type_t adjustment_aggregate;

#endif
