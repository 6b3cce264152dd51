//  refund - the saga that gives captured money of a payment back, all or part.
//
//      start --> taking --accepted--> crediting --accepted--> succeeded
//             (merchant.refund)    (wallet.credit)  |
//                |                         ^        | refused: the wallet is closed
//                | refused                 |        v
//                v                   retry `---- suspended, parked --resolve--> given up
//              failed                            (suspense)
//
//      deadline in taking or crediting: parked; an answer that comes later still goes on.
//
//  The payment has reserved the amount and computed the fee's part before this starts, so
//  the merchant never refuses (it may go negative), nor does a wallet that exists and is
//  open: money that returns is not held up by cap or suspension. Money for a closed
//  wallet goes to suspense, and the refund waits for an operator: retried, it asks the
//  wallet again under the next ordinal; given up, it ends as compensated and not as failed:
//  the merchant has paid, the payment is refunded, and the money stays in suspense, from
//  where an operator's transfer or adjustment takes it.
//
//  The payment is told once: refunded as soon as the money has reached the wallet or
//  suspense (the merchant has paid it either way), failed if the merchant refused.
//
//  Money: transit:<self> is filled by the merchant, emptied by the credit or into
//  suspense; it is zero whenever nothing is asked of merchant or wallet.

#ifndef ACTORS_REFUND_H
#define ACTORS_REFUND_H

#include "actors/money.h"
#include "actors/reason.h"
#include "runtime/saga.h"

//  As clients see it. On disk for ever: append, never renumber, never reuse.
typedef enum {
    REFUND_NONE,
    REFUND_REQUESTED,
    REFUND_PROCESSING,
    REFUND_SUCCEEDED,
    REFUND_FAILED,                  //  The merchant refused: nothing moved
    REFUND_PARKED,
    REFUND_COMPENSATED              //  Given up: the merchant has paid it to suspense
} refund_status_t;

//  On disk for ever.
typedef enum {
    REFUND_BEFORE,
    REFUND_TAKING,                  //  Asked merchant.refund
    REFUND_CREDITING,               //  Asked wallet.credit
    REFUND_SUSPENDED,               //  The money is in suspense
    REFUND_ENDED
} refund_step_t;

typedef struct {
    oid_t payment, merchant;
    oid_t member;                   //  The payer
    int64_t amount_minor;
    int64_t fee_back_minor;         //  0 ... amount
    char currency [CURRENCY_SIZE];
    char reason [REASON_SIZE];      //  The merchant's words; may be empty
} refund_request_t;

typedef struct {
    uint8_t status;                 //  refund_status_t
    uint8_t step;                   //  refund_step_t
    uint32_t attempt;               //  Of the credit, from 1
    uint32_t verdict;               //  Why it failed or is parked
    refund_request_t request;
} refund_t;

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    REFUND_START,                   //  refund_request_t; by the payment
    REFUND_ANSWERED,                //  saga_answer_t
    REFUND_DEADLINE,                //  Timer
    REFUND_RETRY,                   //  No fields; by an operator
    REFUND_RESOLVE                  //  saga_resolve_t; by an operator
} refund_command_t;

typedef enum {
    REFUND_WAS_REQUESTED,           //  refund_request_t; "refund.requested"
    REFUND_WAS_TAKEN,               //  No fields; "refund.taken" from the merchant
    REFUND_WAS_SUCCEEDED,           //  No fields; "refund.succeeded"
    REFUND_WAS_FAILED,              //  refund_failure_t; "refund.failed"
    REFUND_WAS_SUSPENDED,           //  refund_failure_t; "refund.suspended": to suspense
    REFUND_WAS_PARKED,              //  refund_failure_t; "refund.parked"
    REFUND_WAS_RETRIED,             //  refund_retried_t; "refund.retried": out of suspense
    REFUND_WAS_GIVEN_UP             //  saga_given_up_t; "refund.given_up"
} refund_event_t;

typedef struct {
    uint32_t verdict;
    int64_t amount_minor;           //  That goes to suspense; 0: none
} refund_failure_t;

typedef struct {
    uint32_t attempt;
    int64_t amount_minor;
} refund_retried_t;

extern const aggregate_type_t refund_aggregate;

#endif
