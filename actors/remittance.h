//  remittance - the saga that sends money from a wallet to a member or a bank account.
//
//      step            asks                            accepted or done    refused or failed
//      expecting  m    receiver: wallet.expect         debiting |          failed
//                                                      recharging *
//      recharging      a recharge of its own           holding             failed
//      debiting   m    sender: wallet.debit            crediting           failed
//      holding         sender: wallet.hold             capturing m |       failed
//                                                      transferring b
//      transferring b  a bank transfer out             capturing           releasing
//      capturing       sender: wallet.capture          crediting m |       parked
//                                                      succeeded b
//      crediting  m    receiver: wallet.credit         succeeded           returning
//      returning  m    sender: wallet.return           compensated         set aside
//      releasing  b    sender: wallet.release          failed              failed
//      set aside  m    nobody, parked                  retry: returning    give up: failed
//
//      m  only to a member    b  only to a bank account
//      *  it begins with expecting (m), else with recharging if the sender is short and
//         wants that, else with holding (b) or debiting (m)
//
//  What the sender is short of is charged by a recharge whose credit and the hold for
//  this remittance are one event of the wallet (wallet.fund), so that nobody can spend
//  it in between. The hold is asked for afterwards in any case: the wallet says whether
//  it is there.
//
//  Before the money has left the wallet a refusal ends it as `failed`, with the
//  refusal's code. Once it has left: a credit is refused only if the receiver's wallet
//  was closed meanwhile, and then the money returns to the sender (`compensated`). If
//  the sender's wallet was closed too, nobody is left to own it: it goes to suspense,
//  and the remittance waits for an operator. Retried, it asks the sender's wallet again
//  under the next ordinal: what has turned back does not go forward again. Given up, it
//  fails (withdrawn) and the money stays in suspense, from where an operator's transfer
//  takes it.
//
//  A capture that was refused may be retried too; it is not given up, for its money may
//  be at the bank already. Whatever else is parked still waits for somebody's answer.
//
//  Nothing else is asked twice. A wallet that does not answer within step_deadline_ms, a
//  recharge or a transfer that is parked: parked, visibly; an answer that comes later
//  still goes on. An unknown outcome at the bank leaves the hold as it is. Answers to
//  a step that is over change nothing.
//
//  Money: transit:<self> is filled by debit or capture and emptied by credit, return or
//  transfer; hold:<self> is filled by hold or fund and emptied by capture or release.
//  Both are zero when it has ended or is set aside.

#ifndef ACTORS_REMITTANCE_H
#define ACTORS_REMITTANCE_H

#include "actors/bank.h"
#include "actors/recharge.h"
#include "runtime/saga.h"

//  As clients see it.
typedef enum {
    REMITTANCE_NONE,
    REMITTANCE_REQUESTED,
    REMITTANCE_PROCESSING,
    REMITTANCE_SUCCEEDED,
    REMITTANCE_FAILED,
    REMITTANCE_COMPENSATED,
    REMITTANCE_PARKED
} remittance_status_t;

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    REMITTANCE_BEFORE,
    REMITTANCE_EXPECTING,
    REMITTANCE_RECHARGING,
    REMITTANCE_DEBITING,
    REMITTANCE_HOLDING,
    REMITTANCE_TRANSFERRING,
    REMITTANCE_CAPTURING,
    REMITTANCE_CREDITING,
    REMITTANCE_RETURNING,
    REMITTANCE_RELEASING,
    REMITTANCE_SET_ASIDE,
    REMITTANCE_ENDED
} remittance_step_t;

typedef struct {
    oid_t sender;
    oid_t receiver;                 //  NONE: to a bank account
    bank_party_t to;                //  That account, by the sender's key; else empty
    int64_t amount_minor;
    char currency [CURRENCY_SIZE];
    sealed_t memo;                  //  By the sender's key
    int64_t recharge_minor;         //  What is charged first; 0: the wallet had enough
    oid_t bank_account;             //  It is charged from there; else NONE
    bank_party_t source;            //  That account; forgotten once it is asked for
} remittance_request_t;

typedef struct {
    remittance_request_t request;   //  recharge_minor is decided, not asked
    bool auto_recharge;
    //  Facts that the edge read
    int64_t available_minor;        //  In the sender's wallet
    uint8_t sender_status;          //  member_status_t
    uint8_t receiver_status;        //  member_status_t; not of a bank account
    uint8_t account_status;         //  bank_account_status_t, of bank_account
    oid_t account_member;           //  Whose account it is
} remittance_start_t;

typedef struct {
    uint8_t status;                 //  remittance_status_t
    uint8_t step;                   //  remittance_step_t
    oid_t recharge, transfer;       //  Once they are asked for
    uint32_t verdict;               //  Why it failed, was compensated or is parked
    uint32_t cause;                 //  Why it turned back: returning, releasing
    char reason [BANK_TEXT_SIZE];   //  In the bank's words
    remittance_request_t request;
    uint32_t retries;               //  By operators
    int64_t outflow_day;            //  That the sender's wallet counts it for, Seoul's; 0: it
                                    //  was asked before midnight and answered after
    bool recharged;                 //  The recharge has succeeded
    bool departed;                  //  It has left the sender for its receiver
} remittance_t;

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    REMITTANCE_START,               //  remittance_start_t
    REMITTANCE_ANSWERED,            //  saga_answer_t
    REMITTANCE_RECHARGED,           //  recharge_outcome_t
    REMITTANCE_TRANSFERRED,         //  bank_transfer_outcome_t
    REMITTANCE_DEADLINE,            //  Timer
    REMITTANCE_RETRY,               //  No fields; by an operator
    REMITTANCE_RESOLVE              //  saga_resolve_t; by an operator
} remittance_command_t;

typedef enum {
    REMITTANCE_WAS_REQUESTED,       //  remittance_requested_t; "remittance.requested"
    REMITTANCE_WENT_ON,             //  remittance_step_asked_t; the next step is asked for
    REMITTANCE_TURNED_BACK,         //  remittance_turn_t; so is the first step back
    REMITTANCE_WAS_SUCCEEDED,       //  No fields; "remittance.succeeded"
    REMITTANCE_WAS_FAILED,          //  remittance_failure_t; "remittance.failed"
    REMITTANCE_WAS_COMPENSATED,     //  No fields; "remittance.compensated"
    REMITTANCE_WAS_PARKED,          //  remittance_failure_t; "remittance.parked"
    REMITTANCE_WAS_SET_ASIDE,       //  remittance_set_aside_t; "remittance.set_aside"
    REMITTANCE_WAS_RETRIED,         //  remittance_retried_t; "remittance.retried"
    REMITTANCE_WAS_GIVEN_UP         //  saga_given_up_t; "remittance.given_up"
} remittance_event_t;

typedef struct {
    remittance_request_t request;
} remittance_requested_t;

typedef struct {
    uint8_t step;                   //  remittance_step_t
    oid_t child;                    //  The recharge or bank transfer, or NONE
} remittance_step_asked_t;

typedef struct {
    uint8_t step;                   //  REMITTANCE_RETURNING or _RELEASING
    uint32_t verdict;               //  Why
    char reason [BANK_TEXT_SIZE];
} remittance_turn_t;

typedef struct {
    uint32_t verdict;
    char reason [BANK_TEXT_SIZE];
} remittance_failure_t;

typedef struct {
    int64_t amount_minor;
    uint32_t verdict;               //  Why the sender's wallet refused
} remittance_set_aside_t;

typedef struct {
    uint8_t step;                   //  REMITTANCE_RETURNING or _CAPTURING
    uint32_t ordinal;               //  Of what is asked for, from 2
    int64_t amount_minor;           //  Out of suspense; 0: none was there
} remittance_retried_t;

static inline bool
remittance_to_bank (const remittance_request_t *request)
{
    return oid_is_none (request->receiver);
}

extern const aggregate_type_t remittance_aggregate;

#endif
