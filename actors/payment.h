//  payment - a member pays a merchant's order; saga and record of it in one.
//
//      status      create          captured        answered: refused    deadline
//      absent      requested *     -               -                    -
//      requested   order_exists    captured        failed               delayed
//      failed      requested *     -               -                    -
//      captured    order_exists    -               -                    -
//
//      * the next attempt, PAYMENT_ATTEMPTS_MAX at most; or failed in the same decision
//        if the facts refuse it
//
//  Three durable hops after the first: payment -> wallet (pay: hold and capture) ->
//  merchant (capture) -> payment. The wallet answers refusals only; success is told
//  by the merchant, when the money is there. `failed` means that nothing of the
//  attempt is open, so the order may be tried again. Its id derives from merchant
//  and order, so an order is paid at most once.
//
//  The state is packed with each record: it keeps what is needed and no more. The
//  wallet is the member's, oid_as (member, OID_WALLET).
//
//  What became of each failed attempt is kept, so that an old idempotency key shows
//  its own attempt and not the latest (payment_attempt_at).
//
//  Invariant: captured is nothing or, once captured, the amount.

#ifndef ACTORS_PAYMENT_H
#define ACTORS_PAYMENT_H

#include "actors/money.h"
#include "runtime/saga.h"

enum {
    ORDER_ID_SIZE = 65,             //  64 bytes
    PAYMENT_ATTEMPTS_MAX = 16
};

typedef enum {
    PAYMENT_ABSENT,
    PAYMENT_REQUESTED,
    PAYMENT_CAPTURED,
    PAYMENT_FAILED
} payment_status_t;

//  An attempt that failed.
typedef struct {
    oid_t member;
    int64_t amount_minor;
    uint32_t verdict;
    uint32_t version;               //  Of the payment when it failed
    int64_t failed_at_ms;
} payment_attempt_t;

typedef struct {
    uint8_t status;                 //  payment_status_t
    bool delayed;                   //  Passed its deadline: an operator should look
    uint32_t attempt;               //  From 1
    oid_t member, merchant;
    int64_t amount_minor;
    int64_t captured_minor;
    int64_t approved_at_ms;
    uint32_t verdict;               //  Why it failed
    char currency [CURRENCY_SIZE];
    char order_id [ORDER_ID_SIZE];
    uint32_t version;               //  Events so far: the aggregate's version
    uint32_t failed_count;
    payment_attempt_t failed [PAYMENT_ATTEMPTS_MAX];    //  Oldest first
} payment_t;

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    PAYMENT_CREATE,                 //  payment_create_t
    PAYMENT_ANSWERED,               //  saga_answer_t; a refusal of the wallet
    PAYMENT_CONFIRM_CAPTURE,        //  payment_confirm_t; by the merchant
    PAYMENT_DEADLINE                //  Timer
} payment_command_t;

typedef enum {
    PAYMENT_WAS_REQUESTED,          //  payment_requested_t; "payment.requested"
    PAYMENT_WAS_CAPTURED,           //  payment_captured_t; "payment.captured"
    PAYMENT_WAS_FAILED,             //  payment_failed_t; "payment.failed"
    PAYMENT_WAS_DELAYED             //  No fields; "payment.delayed"
} payment_event_t;

typedef struct {
    oid_t member, merchant;
    char order_id [ORDER_ID_SIZE];
    int64_t amount_minor;
    char currency [CURRENCY_SIZE];
    //  Facts that the edge read
    uint8_t member_status;          //  member_status_t
    uint8_t merchant_status;        //  merchant_status_t
} payment_create_t;

//  A movement_t, and the fee that the merchant stamped the capture with.
typedef struct {
    reference_t reference;
    int64_t amount_minor;
    uint32_t fee_bps;
} payment_confirm_t;

typedef struct {
    uint32_t attempt;
    oid_t member, merchant;
    char order_id [ORDER_ID_SIZE];
    int64_t amount_minor;
    char currency [CURRENCY_SIZE];
} payment_requested_t;

typedef struct {
    reference_t reference;
    int64_t amount_minor;
} payment_captured_t;

typedef struct {
    uint32_t verdict;
} payment_failed_t;

//  The failed attempt to which the payment's `version` belongs, or NULL: the present
//  one, whatever became of it. Borrowed from the payment.
const payment_attempt_t *payment_attempt_at (const payment_t *self, uint64_t version);

extern const aggregate_type_t payment_aggregate;

#endif
