//  payment - a member pays a merchant's order; saga and record of it in one.
//
//      requires_confirmation --confirm--> .
//                                         |  (short, auto_recharge)
//      create --------------------------> + ----------------> recharging
//                                         |                       | the child succeeded
//        capture: true                    | capture: false        | (failed: failed)
//        wallet.pay                       | wallet.hold           | wallet.hold
//           v                             v                       v
//      requested ----> captured       requested ----> authorized [, capture of all at once]
//           | refused                     | refused        |
//           v                             v                | capture, once or several times
//         failed                        failed             v
//                                                partially_captured --> captured
//                                                                         | refunds
//      cancel, expiry: what is left of the hold is released. Nothing      v
//      captured: canceled, expired; else captured          partially_refunded, refunded
//
//      status                  create        confirm     capture     cancel      refund
//      absent                  . *           not_found   not_found   not_found   not_found
//      requires_confirmation   order_exists  .           conflict    canceled    conflict
//      requested, recharging   order_exists  conflict    conflict    conflict    conflict
//      authorized              order_exists  conflict    .           .           conflict
//      partially_captured      order_exists  conflict    .           . **        .
//      captured, *_refunded    order_exists  conflict    conflict    conflict    .
//      canceled                order_exists  conflict    conflict    conflict    conflict
//      expired                 order_exists  expired     expired     expired     conflict
//      failed                  . *           conflict    conflict    conflict    conflict
//
//      *  the next attempt, PAYMENT_ATTEMPTS_MAX at most; or failed in the same decision
//         if the facts refuse it
//      ** not by the payer: once a part is captured, or about to be, only the merchant
//         gives the rest back
//
//  The fast road (capture: true, enough in the wallet) is three durable hops after the
//  first: payment -> wallet (pay: hold and capture) -> merchant (capture) -> payment.
//  The wallet answers refusals only; success is told by the merchant, when the money is
//  there. `failed` means that nothing of the attempt is open, so the order may be tried
//  again. Its id derives from merchant and order, so an order is paid at most once.
//
//  What is in flight, and in which order:
//
//    * The attempt's hold has the reference (payment, hold, attempt); its n-th capture
//      (payment, capture, attempt - 1 + n). Only an attempt that never fails captures,
//      so no reference is used twice.
//    * Captures take their amount off held_minor when they are accepted, so several may
//      be in flight together: the hold always suffices for all of them.
//    * A release is asked once, and only when no capture is in flight: cancel and expiry
//      set `ending`, after which no capture is accepted; the release leaves with the
//      confirmation of the last one. What comes first in the mailbox is what counts:
//      a capture before the expiry is captured, one after it is refused, and nothing is
//      both.
//    * A refund reserves its amount, and its part of the fee, before it asks anyone.
//
//  The state is packed with each record: it keeps what is needed and no more, and lists
//  only what is in flight. The wallet is the member's, oid_as (member, OID_WALLET).
//  What became of each failed attempt is kept, so that an old idempotency key shows
//  its own attempt and not the latest (payment_attempt_at).
//
//  Invariant: once authorized or captured, amount = captured + being captured + held +
//  canceled; refunded + being refunded <= captured; fee_back <= fee.

#ifndef ACTORS_PAYMENT_H
#define ACTORS_PAYMENT_H

#include "actors/bank.h"
#include "actors/reason.h"
#include "runtime/saga.h"

enum {
    ORDER_ID_SIZE = 65,             //  64 bytes
    PAYMENT_ATTEMPTS_MAX = 16,
    PAYMENT_OPERATIONS_MAX = 100    //  Captures and refunds
};

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    PAYMENT_ABSENT,
    PAYMENT_REQUESTED,
    PAYMENT_CAPTURED,
    PAYMENT_FAILED,
    PAYMENT_REQUIRES_CONFIRMATION,
    PAYMENT_RECHARGING,
    PAYMENT_AUTHORIZED,
    PAYMENT_PARTIALLY_CAPTURED,
    PAYMENT_PARTIALLY_REFUNDED,
    PAYMENT_REFUNDED,
    PAYMENT_CANCELED,
    PAYMENT_EXPIRED,
    PAYMENT_STATUS_COUNT
} payment_status_t;

//  Whether what is left of the hold is on its way back.
typedef enum {
    PAYMENT_STAYS,
    PAYMENT_CANCELING,
    PAYMENT_EXPIRING
} payment_ending_t;

//  An attempt that failed.
typedef struct {
    oid_t member;
    int64_t amount_minor;
    uint32_t verdict;
    uint32_t version;               //  Of the payment when it failed
    int64_t failed_at_ms;
} payment_attempt_t;

//  In flight: asked and not confirmed.
typedef struct {
    uint32_t ordinal;
    int64_t amount_minor;
    uint32_t version;               //  Of the payment when it was asked
} payment_capturing_t;

typedef struct {
    oid_t refund;
    int64_t amount_minor;
    int64_t fee_back_minor;
} payment_refunding_t;

typedef struct {
    uint8_t status;                 //  payment_status_t
    bool delayed;                   //  Passed its deadline: an operator should look
    uint32_t attempt;               //  From 1
    oid_t member, merchant;
    int64_t amount_minor;
    int64_t captured_minor;
    int64_t approved_at_ms;         //  Authorized, or captured at once
    uint32_t verdict;               //  Why it failed
    char currency [CURRENCY_SIZE];
    char order_id [ORDER_ID_SIZE];
    uint32_t version;               //  Events so far: the aggregate's version
    uint32_t failed_count;
    payment_attempt_t failed [PAYMENT_ATTEMPTS_MAX];    //  Oldest first
    bool authorizes;                //  Waits for captures; false: all is captured at once
    uint8_t ending;                 //  payment_ending_t
    uint32_t ending_version;        //  Of the payment when that began
    int64_t expires_at_ms;          //  Of the confirmation or the hold; 0: it does not
    int64_t held_minor;             //  Neither captured nor asked to be
    int64_t canceled_minor;         //  Given back to the payer uncaptured
    int64_t refunded_minor;
    int64_t fee_minor;              //  Of the captures so far
    int64_t fee_back_minor;         //  What the refunds so far give back of it
    uint32_t capture_count, refund_count;    //  Accepted so far
    uint32_t capturing_count, refunding_count;
    payment_capturing_t capturing [PAYMENT_OPERATIONS_MAX];
    payment_refunding_t refunding [PAYMENT_OPERATIONS_MAX];
} payment_t;

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    PAYMENT_CREATE,                 //  payment_create_t
    PAYMENT_ANSWERED,               //  saga_answer_t
    PAYMENT_CONFIRM_CAPTURE,        //  payment_confirm_t; by the merchant
    PAYMENT_DEADLINE,               //  Timer
    PAYMENT_CONFIRM,                //  payment_confirmation_t; by the payer
    PAYMENT_RECHARGED,              //  recharge_outcome_t; by the child
    PAYMENT_CAPTURE,                //  payment_capture_t
    PAYMENT_CANCEL,                 //  payment_cancel_t
    PAYMENT_EXPIRE,                 //  Timer
    PAYMENT_REFUND,                 //  payment_refund_t
    PAYMENT_REFUND_ENDED            //  payment_refund_end_t; by the refund
} payment_command_t;

typedef enum {
    PAYMENT_WAS_REQUESTED,          //  payment_requested_t; "payment.requested"
    PAYMENT_WAS_CAPTURED,           //  payment_captured_t; "payment.captured"
    PAYMENT_WAS_FAILED,             //  payment_failed_t; "payment.failed"
    PAYMENT_WAS_DELAYED,            //  No fields; "payment.delayed"
    PAYMENT_WAS_CONFIRMED,          //  No fields; "payment.confirmed"
    PAYMENT_RECHARGE_STARTED,       //  payment_recharging_t
    PAYMENT_WAS_RECHARGED,          //  No fields; the hold is asked for
    PAYMENT_WAS_AUTHORIZED,         //  payment_authorized_t; "payment.authorized"
    PAYMENT_CAPTURE_STARTED,        //  payment_capture_started_t
    PAYMENT_CANCEL_STARTED,         //  reason_t
    PAYMENT_EXPIRY_STARTED,         //  No fields
    PAYMENT_WAS_CANCELED,           //  payment_released_t; "payment.canceled"
    PAYMENT_WAS_EXPIRED,            //  payment_released_t; "payment.expired"
    PAYMENT_REFUND_STARTED,         //  payment_refunding_t
    PAYMENT_WAS_REFUNDED,           //  payment_refunding_t; "payment.refunded"
    PAYMENT_REFUND_FAILED           //  payment_refunding_t; the reserve is free again
} payment_event_t;

//  What auto_recharge needs to know: facts that the edge read.
typedef struct {
    bool wanted;
    int64_t available_minor;        //  In the payer's wallet
    oid_t bank_account;
    uint8_t account_status;         //  bank_account_status_t
    bank_party_t party;             //  The account as linked; its member is the owner
} payment_recharge_t;

typedef struct {
    oid_t member, merchant;
    char order_id [ORDER_ID_SIZE];
    int64_t amount_minor;
    char currency [CURRENCY_SIZE];
    //  Facts that the edge read
    uint8_t member_status;          //  member_status_t
    uint8_t merchant_status;        //  merchant_status_t
    bool authorizes;                //  capture: false
    bool requires_confirmation;     //  A merchant asks: its payer confirms first
    payment_recharge_t recharge;
} payment_create_t;

typedef struct {
    int64_t amount_minor;           //  Must be the requested one
    uint8_t member_status;          //  Facts, as above
    uint8_t merchant_status;
    payment_recharge_t recharge;
} payment_confirmation_t;

typedef struct {
    int64_t amount_minor;           //  0: all that is left
    uint8_t merchant_status;        //  A fact: who is suspended takes no more money
} payment_capture_t;

typedef struct {
    bool by_payer;
    char reason [REASON_SIZE];
} payment_cancel_t;

typedef struct {
    oid_t refund;                   //  The saga to start
    int64_t amount_minor;
    bool stated;                    //  The caller says what it believes to be refundable
    int64_t refundable_minor;
    char reason [REASON_SIZE];
} payment_refund_t;

typedef struct {
    oid_t refund;
    bool refunded;                  //  The merchant's money was taken
} payment_refund_end_t;

typedef struct {
    uint32_t attempt;
    oid_t member, merchant;
    char order_id [ORDER_ID_SIZE];
    int64_t amount_minor;
    char currency [CURRENCY_SIZE];
    bool authorizes;
    int64_t expires_at_ms;          //  It requires confirmation until then; 0: it does not
} payment_requested_t;

//  The merchant has it; told by a movement of its own.
typedef struct {
    reference_t reference;
    int64_t amount_minor;
    uint32_t fee_bps;               //  That the merchant stamped the capture with
} payment_confirm_t;

typedef struct {
    reference_t reference;
    int64_t amount_minor;
    uint32_t fee_bps;
} payment_captured_t;

typedef struct {
    uint32_t verdict;
} payment_failed_t;

typedef struct {
    oid_t recharge;
} payment_recharging_t;

typedef struct {
    int64_t expires_at_ms;          //  0: it is captured at once
} payment_authorized_t;

typedef struct {
    uint32_t ordinal;
    int64_t amount_minor;
} payment_capture_started_t;

typedef struct {
    int64_t amount_minor;
} payment_released_t;

//  The failed attempt to which the payment's `version` belongs, or NULL: the present
//  one, whatever became of it. Borrowed from the payment.
const payment_attempt_t *payment_attempt_at (const payment_t *self, uint64_t version);

//  What a capture or a refund may still take.
int64_t payment_capturable_minor (const payment_t *self);
int64_t payment_refundable_minor (const payment_t *self);

extern const aggregate_type_t payment_aggregate;

#endif
