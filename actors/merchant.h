//  merchant - a corporate member that is paid, and the windows it is settled by.
//
//      status      register    change      suspend     activate    capture     refund
//      absent      active      not_found   not_found   not_found   not_found * not_found *
//      active      exists      changed     suspended   conflict    captured    refunded
//      suspended   exists      changed     conflict    active      captured    refunded
//
//      * merchant_not_found
//
//  capture: transit:<payment> -> merchant. Money that left a wallet is never refused
//  here, also not by suspension: that is asked before the payment starts. Each
//  capture is stamped with the fee of its day, and its payment is told.
//
//  refund: merchant -> transit:<refund>. Never refused either: the payment has reserved
//  what it refunds, and a merchant may owe us until its next captures.
//
//  Windows. The first item of a window opens it and fixes its cutoff, the next end of
//  settlement_window_s in Seoul. It is closed by whoever comes first: an item stamped
//  at or past the cutoff (in the same record, before the item), the merchant's own
//  timer, or a run on demand. So this stream alone decides which window an item is in,
//  and a window without items does not exist. The n-th window's settlement has an id
//  that derives from (merchant, n): whatever repeats meets the same one.
//
//      net = gross - refunds - fee + carried
//      close, net > 0     merchant -> transit:<settlement> (net) + fees (fee)
//      close, net <= 0    merchant -> fees (fee); net is carried into the next window
//
//  fee is what captures cost less what refunds gave back, so it may be below nothing:
//  then fees -> merchant. After a close the merchant's account holds `carried`.
//
//  Invariant: captured and refunded are the sums of their kind (>= 0), fee_bps <= 10000,
//  carried <= 0; a window without items has no sums.

#ifndef ACTORS_MERCHANT_H
#define ACTORS_MERCHANT_H

#include "actors/bank.h"
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

//  What a window holds so far.
typedef struct {
    int64_t item_count;
    int64_t opened_at_ms, cutoff_ms;    //  Stamp of the first item; end of the window
    int64_t gross_minor;            //  Captures
    int64_t refunds_minor;
    int64_t fee_minor;              //  Of the captures, less what refunds gave back
} merchant_window_t;

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
    bank_party_t party;             //  The bank account, as it was linked
    uint32_t windows;               //  Closed so far
    merchant_window_t window;       //  The open one
    int64_t carried_minor;          //  <= 0: what closed windows left to be earned back
    bool listed;                    //  The roll has told what follows
    oid_t follows;                  //  The merchant before it on the roll; NONE: the first
} merchant_t;

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    MERCHANT_REGISTER,              //  merchant_register_t
    MERCHANT_SUSPEND,               //  reason_t
    MERCHANT_ACTIVATE,              //  reason_t
    MERCHANT_CAPTURE,               //  movement_t; by a wallet
    MERCHANT_REFUND,                //  merchant_refund_t; by a refund
    MERCHANT_CHANGE,                //  merchant_change_t
    MERCHANT_CLOSE_WINDOW,          //  No fields; by a settlement run
    MERCHANT_WINDOW_DUE,            //  Timer
    MERCHANT_FOLLOW                 //  merchant_follow_t; by the roll
} merchant_command_t;

typedef enum {
    MERCHANT_REGISTERED,            //  merchant_registered_t
    MERCHANT_WAS_SUSPENDED,         //  reason_t; "merchant.suspended"
    MERCHANT_ACTIVATED,             //  reason_t
    MERCHANT_CAPTURED,              //  merchant_captured_t
    MERCHANT_REFUNDED,              //  merchant_refunded_t
    MERCHANT_CHANGED,               //  merchant_registered_t: all of it, as it is now
    MERCHANT_WINDOW_CLOSED,         //  merchant_window_closed_t
    MERCHANT_LISTED                 //  merchant_follow_t
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
    bank_party_t party;             //  The account, as it is linked
} merchant_register_t;

typedef struct {
    oid_t member;
    char name [MERCHANT_NAME_SIZE];
    oid_t bank_account;
    uint32_t fee_bps;
    bank_party_t party;
} merchant_registered_t;

//  What changes; the rest stays. Windows that are closed keep the account that they
//  were cut with, captures the fee that they were stamped with.
typedef struct {
    bool has_name, has_bank_account, has_fee_bps;
    char name [MERCHANT_NAME_SIZE];
    oid_t bank_account;
    uint32_t fee_bps;
    int64_t if_version;             //  The version that the caller knows; 0: any
    //  Facts that the edge read
    uint8_t account_status;         //  bank_account_status_t
    oid_t account_member;
    bank_party_t party;
} merchant_change_t;

typedef struct {
    reference_t reference;
    int64_t amount_minor;
    uint32_t fee_bps;
    //  Appended later: none of them in the oldest events
    int64_t fee_minor;              //  trunc (amount x fee_bps / 10000)
    int64_t cutoff_ms;              //  Of the window that it is in
    oid_t settlement;               //  Of that window
} merchant_captured_t;

//  What a refund takes back, and the part of the fee that goes with it: the payment
//  computes that (domain.md, Settlement), since it knows its captures and refunds.
typedef struct {
    reference_t reference;          //  (refund, LEG_REFUND, 1)
    oid_t payment;
    int64_t amount_minor;
    int64_t fee_back_minor;         //  0 ... amount_minor
} merchant_refund_t;

typedef struct {
    merchant_refund_t refund;
    int64_t cutoff_ms;
    oid_t settlement;
} merchant_refunded_t;

typedef struct {
    uint32_t window;                //  From 1
    oid_t settlement;
    int64_t item_count;
    int64_t gross_minor, refunds_minor, fee_minor;
    int64_t carried_minor;          //  Brought in, <= 0
    int64_t net_minor;              //  <= 0: carried on
} merchant_window_closed_t;

typedef struct {
    oid_t follows;                  //  NONE: nobody
} merchant_follow_t;

//  trunc (amount x bps / 10000), for any amount without overflow.
static inline int64_t
merchant_fee_minor (int64_t amount_minor, uint32_t fee_bps)
{
    return amount_minor / MERCHANT_FEE_BPS_MAX * fee_bps
           + amount_minor % MERCHANT_FEE_BPS_MAX * fee_bps / MERCHANT_FEE_BPS_MAX;
}

//  The end of the window that at_ms is in: windows are settlement_window_s long and are
//  counted from settlement_cutoff_s past midnight in Seoul.
int64_t merchant_cutoff_ms (const limits_t *limits, int64_t at_ms);

extern const aggregate_type_t merchant_aggregate;

#endif
