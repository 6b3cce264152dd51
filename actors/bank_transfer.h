//  bank_transfer - firm banking: one transfer between an account at a bank and ours.
//
//      status      answered succeeded   answered failed    answered unknown
//      requested   succeeded            failed             unknown | parked *
//      unknown     succeeded            failed             unknown | parked *
//      parked      succeeded            failed             parked
//      succeeded   -                    contradicted **    -
//      failed      contradicted **      -                  -
//
//      *  parked when it has been asked for bank_inquiry_give_up_s; else the timer
//         posts the same body again, bank_inquiry_first_ms later, then twice as
//         much, at most bank_inquiry_last_ms. From bank_horizon_s on nothing is posted
//         any more, only inquired: the bank may have forgotten the id.
//      ** once; the status stays: an incident for operators and reconciliation. Only
//         the saga of money that came in after all is told, to send it back.
//
//  What an operator resolved, the bank has not said. So it is asked on, never posted
//  again, bank_inquiry_first_ms later and then each time after as long again as has passed
//  since the resolve, at most a day, until bank_horizon_s after the request: either the
//  bank confirms it (`heard`), or it contradicts it, as above.
//
//      status      instruct             approved     rejected    inquire   resolve
//      absent      requested |          -            -           -         -
//                  awaiting approval
//      awaiting    -                    requested    rejected    conflict  conflict
//      unknown     -                    -            -           asked now conflict
//      parked      -                    -            -           asked now succeeded | failed
//      final       -                    -            -           asked *   conflict
//      (asking)    -                    -            -           inquiry_open: one question
//                                                                at a time, and no resolve of
//                                                                what the bank may yet decide
//
//      * if it was resolved and the bank has not been heard since; else nothing to ask
//
//  `requested` is stored before the bank is called and means "may be at the bank".
//  Its saga is told each of parked, succeeded, failed at most once, as the command
//  that it named, with a bank_transfer_outcome_t; also when an operator resolved it.
//  Succeeded after failed: a late success, see above.
//
//  An operator's own transfer has no saga: suspense is the other side. Above
//  approval_amount_minor it, and every resolve, takes two operators.
//
//      event                  direction in             direction out
//      requested              -                        bank_transit <- bank
//      succeeded              bank <- transit          transit <- bank_transit
//      failed                 -                        bank <- bank_transit
//      contradicted: success  bank <- suspense         suspense <- bank
//      contradicted: failure  suspense <- bank         bank <- suspense
//
//      (debit <- credit; transit is the saga's, suspense if there is none, bank_transit
//      the transfer's own)
//
//  A reconciliation corrects what our books hold for a line of the bank's statement: the
//  difference is posted between bank and suspense, once, by what was held before. A line
//  that we know nothing of is recorded as foreign: it stands for money, and does nothing.
//
//      status      correct
//      absent      foreign
//      final,      corrected; conflict if the books hold something else by now
//      foreign
//      else        conflict: it has to end first
//
//  Once corrected, a contradiction posts nothing any more: the statement has said it.
//
//  What was final stays final for its saga. But the bank's last word says what our
//  account there holds: the books follow it, and whose money it is stays open in
//  suspense until somebody has looked. Of money that came in after all the saga is
//  told: a recharge sends it back out of suspense.

#ifndef ACTORS_BANK_TRANSFER_H
#define ACTORS_BANK_TRANSFER_H

#include "actors/approval.h"
#include "actors/bank.h"

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    BANK_TRANSFER_IN = 1,           //  Customer to us
    BANK_TRANSFER_OUT = 2           //  Us to customer
} bank_transfer_direction_t;

typedef enum {
    BANK_TRANSFER_ABSENT,
    BANK_TRANSFER_REQUESTED,
    BANK_TRANSFER_UNKNOWN,
    BANK_TRANSFER_SUCCEEDED,
    BANK_TRANSFER_FAILED,
    BANK_TRANSFER_PARKED,
    BANK_TRANSFER_AWAITING_APPROVAL,
    BANK_TRANSFER_REJECTED,
    BANK_TRANSFER_FOREIGN           //  A line of the bank's statement, and nothing of ours
} bank_transfer_status_t;

typedef struct {
    uint8_t direction;              //  bank_transfer_direction_t
    oid_t saga;                     //  Is told; owns the transit account. NONE: an operator's
    uint8_t notify;                 //  Its command that takes the outcome
    oid_t bank_account;             //  The customer's, if linked
    bank_party_t party;             //  The other side; its member may be an operator
    int64_t amount_minor;
    char currency [CURRENCY_SIZE];
    uint32_t attempt;               //  Of its saga, for the same purpose; from 1
} bank_transfer_request_t;

//  An operator's own transfer.
typedef struct {
    bank_transfer_request_t request;    //  Without saga and notify
    char operator [OPERATOR_ID_SIZE];
    char reason [REASON_SIZE];
    oid_t approval;                 //  In the event: what it was proposed as; or NONE
} bank_transfer_instruction_t;

typedef struct {
    uint8_t status;                 //  bank_transfer_status_t
    bool contradicted;              //  The bank said both: an incident
    uint32_t posts;                 //  To the bank so far, inquiries included
    int64_t requested_at_ms;
    char reason [BANK_TEXT_SIZE];   //  The bank's
    char bank_reference [BANK_TEXT_SIZE];
    bank_transfer_request_t request;
    bool asking;                    //  The last post or inquiry is not answered yet
    oid_t approval;                 //  The last that was asked of a second operator
    char operator [OPERATOR_ID_SIZE];    //  Who instructed, or then resolved it; empty: nobody
    char confirmed_by [OPERATOR_ID_SIZE];    //  The second one, or who rejected it
    char instruct_reason [REASON_SIZE];    //  By who instructed it
    uint8_t resolved;               //  saga_decision_t of who resolved it; or 0
    char resolve_reason [REASON_SIZE];    //  By who resolved it
    int64_t resolved_at_ms;
    bool heard;                     //  The bank itself has said since how it went
    int64_t corrected_minor;        //  By reconciliations: > 0 into our account
    int64_t foreign_day;            //  Whose statement shows it; its id there is bank_reference
} bank_transfer_t;

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    BANK_TRANSFER_REQUEST,          //  bank_transfer_request_t
    BANK_TRANSFER_ANSWERED,         //  bank_answered_t; gateway, or edge (callback)
    BANK_TRANSFER_INQUIRE,          //  Timer, or an operator: post it again now
    BANK_TRANSFER_INSTRUCT,         //  bank_transfer_instruction_t
    BANK_TRANSFER_APPROVE,          //  approval_decided_t
    BANK_TRANSFER_REJECT,           //  approval_decided_t
    BANK_TRANSFER_RESOLVE,          //  saga_resolve_t: SAGA_SUCCEEDED or SAGA_FAILED
    BANK_TRANSFER_CORRECT           //  bank_transfer_correct_t; by a reconciliation
} bank_transfer_command_t;

typedef enum {
    BANK_TRANSFER_WAS_REQUESTED,    //  bank_transfer_request_t; "bank_transfer.requested"
    BANK_TRANSFER_WAS_SUCCEEDED,    //  bank_transfer_settled_t; "bank_transfer.succeeded"
    BANK_TRANSFER_WAS_FAILED,       //  bank_transfer_settled_t; "bank_transfer.failed"
    BANK_TRANSFER_WAS_UNKNOWN,      //  bank_transfer_attempt_t; "bank_transfer.unknown"
    BANK_TRANSFER_INQUIRED,         //  bank_transfer_attempt_t
    BANK_TRANSFER_WAS_PARKED,       //  bank_transfer_attempt_t; "bank_transfer.parked"
    BANK_TRANSFER_CONTRADICTED,     //  bank_transfer_contradicted_t
    BANK_TRANSFER_WAS_INSTRUCTED,   //  bank_transfer_instruction_t
    BANK_TRANSFER_WAS_APPROVED,     //  approval_decided_t; then it is requested
    BANK_TRANSFER_WAS_REJECTED,     //  approval_decided_t; "bank_transfer.rejected"
    BANK_TRANSFER_WAS_RESOLVED,     //  saga_resolve_t; then it succeeded or failed
    BANK_TRANSFER_WAS_CONFIRMED,    //  bank_transfer_confirmed_t; the bank agrees with it
    BANK_TRANSFER_RESOLVE_PROPOSED, //  bank_transfer_proposed_t; to a second operator
    BANK_TRANSFER_WAS_FOUND,        //  bank_transfer_correct_t; foreign
    BANK_TRANSFER_WAS_CORRECTED     //  bank_transfer_correct_t
} bank_transfer_event_t;

typedef struct {
    uint8_t direction;
    oid_t saga;
    int64_t amount_minor;
    char reason [BANK_TEXT_SIZE];
    char bank_reference [BANK_TEXT_SIZE];
    bank_party_t party;             //  The other side: the tap shows it, masked
} bank_transfer_settled_t;

typedef struct {
    oid_t approval;
} bank_transfer_proposed_t;

typedef struct {
    uint32_t attempt;
} bank_transfer_attempt_t;

typedef struct {
    uint8_t direction;
    uint8_t result;                 //  bank_result_t that came too late
    int64_t amount_minor;
    char reason [BANK_TEXT_SIZE];
    char bank_reference [BANK_TEXT_SIZE];
} bank_transfer_contradicted_t;

typedef struct {
    char bank_reference [BANK_TEXT_SIZE];
} bank_transfer_confirmed_t;

//  Both amounts > 0 into our account, < 0 out of it, 0 if it is not there.
typedef struct {
    char line [BANK_TEXT_SIZE];     //  As the bank names it
    int64_t day;                    //  Of the statement
    int64_t bank_minor;             //  What the statement says
    int64_t our_minor;              //  What the books held when they were compared
    char operator [OPERATOR_ID_SIZE];
    char confirmed_by [OPERATOR_ID_SIZE];    //  Empty: one operator was enough
} bank_transfer_correct_t;

//  What a saga is told, by the command that it named.
typedef struct {
    oid_t transfer;
    uint8_t status;                 //  BANK_TRANSFER_SUCCEEDED, _FAILED or _PARKED
    char reason [BANK_TEXT_SIZE];   //  Of a failure, in the bank's words
    bool late;                      //  It failed before, and the money is in suspense. That
                                    //  it failed may be told after this: no order is kept
} bank_transfer_outcome_t;

extern const shape_t bank_transfer_outcome_shape;

//  What our books hold at the bank because of it: > 0 in, < 0 out.
int64_t bank_transfer_held_minor (const bank_transfer_t *self);

extern const aggregate_type_t bank_transfer_aggregate;

#endif
