//  recharge - the saga that fills a wallet from its member's bank account.
//
//      start --> expecting --accepted--> charging --succeeded--> crediting --accepted--> done
//                   |                       | failed                | refused
//        (facts     | refused               | (unexpect)            v
//         refuse)   v                       v                    returning --succeeded--> returned
//           `---> failed <------------------'                       | failed: again, RECHARGE_
//                                                                   | RETURNS_MAX times; then
//                                                                   v
//                                                                 parked
//
//      deadline in expecting or crediting, or a transfer that is parked: parked;
//      an answer that comes later still goes on.
//
//      Parked with its returns used up, an operator retries (the next return) or gives
//      up (failed, the money goes to suspense). While something is still asked of a
//      wallet or a transfer, neither may be: resolve the transfer instead.
//
//  Waiting for the bank has no deadline here: the transfer has its own. Its id
//  derives from the recharge, so an ask that is repeated meets the same transfer;
//  a return's n + 1 starts only after the bank finally failed return n.
//
//  Failed because the bank declined, and then the bank's success comes after all: the
//  transfer has put the money into suspense (contradicted); from there it is returned,
//  once, as above. Therefore a declined recharge keeps the customer's account; every
//  other end forgets it.
//
//  A child recharge tells its parent each end, and that it is parked.
//
//  Money: transit:<self> is filled by the transfer in (a late one: out of suspense),
//  emptied by the credit or by the transfer back; it is zero whenever the saga is not
//  parked and has ended.

#ifndef ACTORS_RECHARGE_H
#define ACTORS_RECHARGE_H

#include "actors/bank_transfer.h"
#include "runtime/saga.h"

enum { RECHARGE_RETURNS_MAX = 3 };

//  As clients see it.
typedef enum {
    RECHARGE_NONE,
    RECHARGE_REQUESTED,
    RECHARGE_PROCESSING,
    RECHARGE_SUCCEEDED,
    RECHARGE_FAILED,
    RECHARGE_COMPENSATED,
    RECHARGE_PARKED
} recharge_status_t;

typedef enum {
    RECHARGE_BEFORE,
    RECHARGE_EXPECTING,             //  Asked wallet.expect
    RECHARGE_CHARGING,              //  Asked for the transfer in
    RECHARGE_CREDITING,             //  Asked wallet.credit
    RECHARGE_RETURNING,             //  Asked for a transfer out
    RECHARGE_ENDED
} recharge_step_t;

typedef struct {
    oid_t wallet, member, bank_account;
    int64_t amount_minor;
    char currency [CURRENCY_SIZE];
    bank_party_t party;             //  The bank account, as linked
} recharge_request_t;

//  The saga that needs this recharge, and what it wants held of the wallet when the
//  money is there. saga NONE: a client's own recharge.
typedef struct {
    oid_t saga;
    uint8_t notify;                 //  Its command that takes a recharge_outcome_t
    reference_t hold;               //  Leg hold, of the parent
    int64_t hold_minor;
} recharge_parent_t;

typedef struct {
    recharge_request_t request;
    //  Facts that the edge read
    uint8_t member_status;          //  member_status_t
    uint8_t account_status;         //  bank_account_status_t
    oid_t account_member;           //  Whose account it is
    recharge_parent_t parent;
} recharge_start_t;

//  What the parent is told, by the command that it named: each of succeeded, failed,
//  compensated, and parked too, after which one of the others may still come.
typedef struct {
    oid_t recharge;
    uint8_t status;                 //  recharge_status_t
    uint32_t verdict;               //  Why it failed, was sent back or is parked
} recharge_outcome_t;

extern const shape_t recharge_outcome_shape;

typedef struct {
    uint8_t status;                 //  recharge_status_t
    uint8_t step;                   //  recharge_step_t
    uint32_t attempt;               //  Of the transfer that is waited for; retries go on counting
    oid_t transfer;                 //  The last one asked for
    uint32_t verdict;               //  Why it failed, was sent back or is parked
    uint32_t credit_verdict;        //  Why it was sent back; ACCEPTED: it was not
    char reason [BANK_TEXT_SIZE];   //  In the bank's words
    recharge_request_t request;
    recharge_parent_t parent;
} recharge_t;

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    RECHARGE_START,                 //  recharge_start_t
    RECHARGE_ANSWERED,              //  saga_answer_t
    RECHARGE_TRANSFERRED,           //  bank_transfer_outcome_t
    RECHARGE_DEADLINE,              //  Timer
    RECHARGE_RETRY,                 //  No fields; an operator
    RECHARGE_RESOLVE                //  saga_resolve_t; an operator
} recharge_command_t;

typedef enum {
    RECHARGE_WAS_REQUESTED,         //  recharge_requested_t; "recharge.requested"
    RECHARGE_CHARGED,               //  recharge_transfer_t; the transfer in is asked for
    RECHARGE_RECEIVED,              //  recharge_transfer_t; it succeeded
    RECHARGE_WAS_SUCCEEDED,         //  No fields; "recharge.succeeded"
    RECHARGE_WAS_FAILED,            //  recharge_failure_t; "recharge.failed"
    RECHARGE_RETURNED,              //  recharge_return_t; a transfer out is asked for
    RECHARGE_WAS_COMPENSATED,       //  No fields; "recharge.compensated"
    RECHARGE_WAS_PARKED,            //  recharge_failure_t; "recharge.parked"
    RECHARGE_WAS_GIVEN_UP,          //  saga_given_up_t; "recharge.given_up"
    RECHARGE_RECEIVED_LATE          //  recharge_late_t; it succeeded after it had failed
} recharge_event_t;

typedef struct {
    recharge_request_t request;
    recharge_parent_t parent;
} recharge_requested_t;

typedef struct {
    oid_t transfer;
} recharge_transfer_t;

typedef struct {
    oid_t transfer;
    int64_t amount_minor;
} recharge_late_t;

typedef struct {
    uint32_t verdict;
    char reason [BANK_TEXT_SIZE];
} recharge_failure_t;

typedef struct {
    oid_t transfer;
    uint32_t attempt;
    uint32_t verdict;               //  Why it is sent back
} recharge_return_t;

extern const aggregate_type_t recharge_aggregate;

#endif
