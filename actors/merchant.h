//  merchant - a corporate member that is paid.
//
//      status      register    suspend     activate    capture              refund
//      absent      active      not_found   not_found   merchant_not_found   merchant_not_found
//      active      exists      suspended   conflict    captured             refunded
//      suspended   exists      conflict    active      captured             refunded
//
//  capture: transit:<payment> -> merchant. Money that left a wallet is never refused
//  here, also not by suspension: that is asked before the payment starts. Each
//  capture is stamped with the fee of its day, and its payment is told.
//
//  refund: merchant -> transit:<refund>. Never refused either: the payment has reserved
//  what it refunds, and a merchant may owe us until its next captures.
//
//  Invariant: captured and refunded are the sums of their kind (>= 0), fee_bps <= 10000.

#ifndef ACTORS_MERCHANT_H
#define ACTORS_MERCHANT_H

#include "actors/movements.h"
#include "actors/reason.h"

enum {
    MERCHANT_NAME_SIZE = 100 * 4 + 1,    //  100 characters of UTF-8
    MERCHANT_FEE_BPS_MAX = 10000
};

typedef enum {
    MERCHANT_ABSENT,
    MERCHANT_ACTIVE,
    MERCHANT_SUSPENDED
} merchant_status_t;

typedef struct {
    uint8_t status;                 //  merchant_status_t
    oid_t member;
    oid_t bank_account;             //  Where settlements go
    uint32_t fee_bps;
    char name [MERCHANT_NAME_SIZE];
    int64_t captured_minor;         //  Of all time
    int64_t capture_count;
    movements_t movements;
    int64_t refunded_minor;         //  Of all time
    int64_t refund_count;
} merchant_t;

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    MERCHANT_REGISTER,              //  merchant_register_t
    MERCHANT_SUSPEND,               //  reason_t
    MERCHANT_ACTIVATE,              //  reason_t
    MERCHANT_CAPTURE,               //  movement_t; by a wallet
    MERCHANT_REFUND                 //  merchant_refund_t; by a refund
} merchant_command_t;

typedef enum {
    MERCHANT_REGISTERED,            //  merchant_registered_t
    MERCHANT_WAS_SUSPENDED,         //  reason_t; "merchant.suspended"
    MERCHANT_ACTIVATED,             //  reason_t
    MERCHANT_CAPTURED,              //  merchant_captured_t
    MERCHANT_REFUNDED               //  merchant_refund_t
} merchant_event_t;

typedef struct {
    oid_t member;
    char name [MERCHANT_NAME_SIZE];
    oid_t bank_account;
    uint32_t fee_bps;
    //  Facts that the edge read
    uint8_t member_status;          //  member_status_t
    bool member_corporate;
    uint8_t account_status;         //  bank_account_status_t
    oid_t account_member;           //  Whose account it is
} merchant_register_t;

typedef struct {
    oid_t member;
    char name [MERCHANT_NAME_SIZE];
    oid_t bank_account;
    uint32_t fee_bps;
} merchant_registered_t;

typedef struct {
    reference_t reference;
    int64_t amount_minor;
    uint32_t fee_bps;
} merchant_captured_t;

//  What a refund takes back, and the part of the fee that goes with it: the payment
//  computes that (domain.md, Settlement), since it knows its captures and refunds.
typedef struct {
    reference_t reference;          //  (refund, LEG_REFUND, 1)
    oid_t payment;
    int64_t amount_minor;
    int64_t fee_back_minor;         //  0 ... amount_minor
} merchant_refund_t;

extern const aggregate_type_t merchant_aggregate;

#endif
