//  wallet - a member's money. Its id is the member's 26 characters as wal_.
//
//      expect    room for a credit to come: under the cap, and keeps it from closing
//      credit    transit -> wallet                  in
//      debit     wallet  -> transit                 out
//      hold      wallet  -> hold                    reserved, still part of the balance
//      capture   hold    -> transit                 out
//      release   hold    -> wallet                  reserved no more
//      pay       hold and capture in one decision   out, handed on to the payee
//      fund      credit, and its parent's hold if that can be placed   in
//      adjust    adjustments, suspense <-> wallet   in or out, by an operator
//      return    a credit of what was debited or captured, with its share of the day   in
//
//      status      suspend     activate    close       movements
//      absent      not_found   not_found   not_found   wallet_not_found
//      active      suspended   conflict    closed *    as the caps allow
//      suspended   conflict    active      closed *    no expect, debit, hold, pay
//      closed      conflict    conflict    conflict    wallet_closed
//
//      * empty, without holds; expects keep it open unless the close voids them, and
//        then the event names what will be refused
//
//  balance = available + held. A credit is never refused by cap or suspension if it
//  was expected (leg credit) or returns money (legs return, refund); one that is not
//  expected any more is refused, and its saga sends the money back. Money that is
//  held can always be captured or released.
//
//  Repetitions: a reference among the holds, the expects or the last MOVEMENTS_MAX
//  movements is accepted without events; with other content it is refused.
//
//  Invariant: available >= 0; every hold and expect > 0; held and expected are the
//  sums of theirs; a closed wallet holds nothing.

#ifndef ACTORS_WALLET_H
#define ACTORS_WALLET_H

#include "actors/money.h"
#include "actors/movements.h"
#include "actors/reason.h"

enum {
    WALLET_HOLDS_MAX = 64,
    WALLET_EXPECTS_MAX = 64
};

typedef enum {
    WALLET_ABSENT,
    WALLET_ACTIVE,
    WALLET_SUSPENDED,
    WALLET_CLOSED
} wallet_status_t;

typedef struct {
    reference_t reference;
    int64_t amount_minor;           //  What is left of it
    int64_t day;                    //  Whose outflow it counts for
} wallet_hold_t;

typedef struct {
    uint8_t status;                 //  wallet_status_t
    oid_t member;
    oid_t opener;                   //  Saga that opened it, or NONE
    char currency [CURRENCY_SIZE];
    int64_t available_minor;
    int64_t held_minor;             //  Sum of the holds
    int64_t expected_minor;         //  Sum of the expects
    int64_t outflow_day;            //  Seoul's, money_seoul_day
    int64_t outflow_minor;          //  Left on that day, holds included
    uint32_t hold_count;
    wallet_hold_t holds [WALLET_HOLDS_MAX];
    uint32_t expect_count;
    movement_t expects [WALLET_EXPECTS_MAX];
    movements_t movements;
} wallet_t;

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    WALLET_OPEN,                    //  wallet_open_t
    WALLET_EXPECT,                  //  wallet_move_t
    WALLET_UNEXPECT,                //  wallet_move_t
    WALLET_CREDIT,                  //  wallet_move_t
    WALLET_DEBIT,                   //  wallet_move_t
    WALLET_HOLD,                    //  wallet_move_t
    WALLET_CAPTURE,                 //  wallet_capture_t
    WALLET_RELEASE,                 //  wallet_release_t
    WALLET_PAY,                     //  wallet_pay_t
    WALLET_SUSPEND,                 //  reason_t
    WALLET_ACTIVATE,                //  reason_t
    WALLET_CLOSE,                   //  wallet_close_t
    WALLET_FUND,                    //  wallet_fund_t
    WALLET_ADJUST,                  //  wallet_adjust_t
    WALLET_RETURN                   //  wallet_return_t
} wallet_command_t;

typedef enum {
    WALLET_OPENED,                  //  wallet_opened_t
    WALLET_EXPECTED,                //  movement_t
    WALLET_UNEXPECTED,              //  movement_t
    WALLET_CREDITED,                //  wallet_moved_t
    WALLET_DEBITED,                 //  wallet_moved_t
    WALLET_HELD,                    //  movement_t
    WALLET_CAPTURED,                //  wallet_captured_t
    WALLET_RELEASED,                //  movement_t; what was left of the hold
    WALLET_WAS_SUSPENDED,           //  reason_t; "wallet.suspended"
    WALLET_ACTIVATED,               //  reason_t
    WALLET_WAS_CLOSED,              //  wallet_closed_t; "wallet.closed"
    WALLET_FUNDED,                  //  wallet_funded_t
    WALLET_WAS_ADJUSTED,            //  wallet_adjusted_t; "wallet.adjusted"
    WALLET_OUTFLOW_GIVEN_BACK       //  wallet_given_back_t; after the credit of a return
} wallet_event_t;

typedef struct {
    oid_t member;
    oid_t opener;                   //  The saga that asks, or NONE
    char currency [CURRENCY_SIZE];
    uint8_t member_status;          //  A fact: member_status_t
} wallet_open_t;

typedef struct {
    oid_t member, opener;
    char currency [CURRENCY_SIZE];
} wallet_opened_t;

typedef struct {
    reference_t reference;
    int64_t amount_minor;
    char currency [CURRENCY_SIZE];
} wallet_move_t;

//  All or part of a hold. The rest stays held until it is captured or released.
typedef struct {
    reference_t reference;          //  Of this capture
    reference_t hold;
    int64_t amount_minor;
    oid_t payee;                    //  Merchant that is told merchant.capture, or NONE
} wallet_capture_t;

typedef struct {
    reference_t hold;
} wallet_release_t;

//  The reference is the capture's; the hold's is the same with the leg hold. Once
//  paid, the merchant is told merchant.capture with it, and tells its saga.
typedef struct {
    reference_t reference;
    int64_t amount_minor;
    char currency [CURRENCY_SIZE];
    oid_t payee;                    //  Merchant
} wallet_pay_t;

typedef struct {
    char reason [REASON_SIZE];
    bool void_expects;              //  An operator's: credits to come will be refused
} wallet_close_t;

//  What was on its way to it is not expected any more: each will be sent back, or put
//  aside.
typedef struct {
    char reason [REASON_SIZE];
    uint32_t voided_count;
    movement_t voided [WALLET_EXPECTS_MAX];
} wallet_closed_t;

//  The credit of a child recharge and the hold of its parent, in one event: nobody
//  can spend in between what was charged for the parent. The credit's rules are
//  those of wallet.credit (leg credit, expected). If the hold cannot be placed
//  (suspended, caps, too little), the credit alone is made and the command is still
//  accepted. The parent asks wallet.hold with the same reference afterwards, always:
//  accepted without events if the hold is there, refused with its reason if not.
typedef struct {
    reference_t reference;          //  Of the credit
    int64_t amount_minor;
    char currency [CURRENCY_SIZE];
    reference_t hold;               //  Leg hold
    int64_t hold_minor;
} wallet_fund_t;

//  An operator's correction. The caps per movement and per day are for what members
//  do; the cap of the balance is for an increase too. A decrease takes what is
//  available, never what is held.
typedef struct {
    reference_t reference;          //  Leg adjust
    int64_t amount_minor;
    bool increase;
    char currency [CURRENCY_SIZE];
    bool suspense;                  //  Against suspense, not adjustments
} wallet_adjust_t;

//  Money that has left and comes back whole: a credit (leg return) like any other that
//  returns money, and its share of the day's outflow, if that day is still counted.
typedef struct {
    reference_t reference;          //  Leg return
    int64_t amount_minor;
    char currency [CURRENCY_SIZE];
    int64_t outflow_day;            //  That it counted for, Seoul's; 0: nobody knows
} wallet_return_t;

//  What changed the balance: the entries of a wallet are these events alone.
typedef struct {
    reference_t reference;
    int64_t amount_minor;
    int64_t balance_after_minor;
} wallet_moved_t;

typedef struct {
    reference_t reference;
    int64_t amount_minor;
    int64_t balance_after_minor;
    reference_t hold;
} wallet_captured_t;

typedef struct {
    reference_t reference;
    int64_t amount_minor;
    int64_t balance_after_minor;    //  What is held included
    reference_t hold;
    int64_t hold_minor;
} wallet_funded_t;

typedef struct {
    reference_t reference;
    int64_t amount_minor;
    int64_t balance_after_minor;
    bool increase;
    bool suspense;
} wallet_adjusted_t;

typedef struct {
    int64_t amount_minor;           //  Of outflow_minor
} wallet_given_back_t;

static inline int64_t
wallet_balance_minor (const wallet_t *self)
{
    return self->available_minor + self->held_minor;
}

extern const aggregate_type_t wallet_aggregate;

#endif
