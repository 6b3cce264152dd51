//  bank_transfer - firm banking: one transfer between a customer's account and ours.
//
//      status      answered succeeded   answered failed    answered unknown
//      requested   succeeded            failed             unknown | parked *
//      unknown     succeeded            failed             unknown | parked *
//      parked      succeeded            failed             -
//      succeeded   -                    contradicted **    -
//      failed      contradicted **      -                  -
//
//      *  parked when it has been asked for bank_inquiry_give_up_s; else the timer
//         posts the same body again, bank_inquiry_first_ms later, then twice as
//         much, at most bank_inquiry_last_ms
//      ** once; the status stays: an incident for reconciliation
//
//  `requested` is stored before the bank is called and means "may be at the bank".
//  Its saga is told each of parked, succeeded, failed at most once, as the command
//  that it named, with a bank_transfer_outcome_t.
//
//      event                  direction in             direction out
//      requested              -                        bank_transit <- bank
//      succeeded              bank <- transit          transit <- bank_transit
//      failed                 -                        bank <- bank_transit
//      contradicted: success  bank <- suspense         suspense <- bank
//      contradicted: failure  -                        -
//
//      (debit <- credit; transit is the saga's, bank_transit the transfer's own)
//
//  A success after a failure did move money: our account at the bank changes, and
//  whose it is stays open in suspense. A failure after a success moves nothing here:
//  the success was final, the bank's statement decides.

#ifndef ACTORS_BANK_TRANSFER_H
#define ACTORS_BANK_TRANSFER_H

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
    BANK_TRANSFER_PARKED
} bank_transfer_status_t;

typedef struct {
    uint8_t direction;              //  bank_transfer_direction_t
    oid_t saga;                     //  Is told; owns the transit account
    uint8_t notify;                 //  Its command that takes the outcome
    oid_t bank_account;             //  The customer's, if linked
    bank_party_t party;             //  The customer's side; the other one is ours
    int64_t amount_minor;
    char currency [CURRENCY_SIZE];
} bank_transfer_request_t;

typedef struct {
    uint8_t status;                 //  bank_transfer_status_t
    bool contradicted;              //  The bank said both: an incident
    uint32_t attempt;               //  Posts so far
    int64_t requested_at_ms;
    char reason [BANK_TEXT_SIZE];
    char bank_reference [BANK_TEXT_SIZE];
    bank_transfer_request_t request;
} bank_transfer_t;

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    BANK_TRANSFER_REQUEST,          //  bank_transfer_request_t
    BANK_TRANSFER_ANSWERED,         //  bank_answered_t; gateway, or edge (callback)
    BANK_TRANSFER_INQUIRE           //  Timer, or an operator: post it again now
} bank_transfer_command_t;

typedef enum {
    BANK_TRANSFER_WAS_REQUESTED,    //  bank_transfer_request_t; "bank_transfer.requested"
    BANK_TRANSFER_WAS_SUCCEEDED,    //  bank_transfer_settled_t; "bank_transfer.succeeded"
    BANK_TRANSFER_WAS_FAILED,       //  bank_transfer_settled_t; "bank_transfer.failed"
    BANK_TRANSFER_WAS_UNKNOWN,      //  bank_transfer_attempt_t; "bank_transfer.unknown"
    BANK_TRANSFER_INQUIRED,         //  bank_transfer_attempt_t
    BANK_TRANSFER_WAS_PARKED,       //  bank_transfer_attempt_t; "bank_transfer.parked"
    BANK_TRANSFER_CONTRADICTED      //  bank_transfer_contradicted_t
} bank_transfer_event_t;

typedef struct {
    uint8_t direction;
    oid_t saga;
    int64_t amount_minor;
    char reason [BANK_TEXT_SIZE];
    char bank_reference [BANK_TEXT_SIZE];
} bank_transfer_settled_t;

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

//  What a saga is told, by the command that it named.
typedef struct {
    oid_t transfer;
    uint8_t status;                 //  BANK_TRANSFER_SUCCEEDED, _FAILED or _PARKED
    char reason [BANK_TEXT_SIZE];   //  Of a failure, in the bank's words
} bank_transfer_outcome_t;

extern const shape_t bank_transfer_outcome_shape;

extern const aggregate_type_t bank_transfer_aggregate;

#endif
