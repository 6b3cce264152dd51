//  bank - the port to the outside bank: what may be asked of it, and its answers.
//
//  All asks go to bank_oid (), kind BANK with all bits zero. It is no aggregate: the
//  runtime hands its commands to the bank gateway (edge/bank*.c), which answers the
//  asking aggregate's answer command with the structs below, exactly one for each
//  ask, and echoes the ask's step.
//
//  A bank call has three outcomes: succeeded, failed, unknown. Unknown is never
//  treated as failed. The transfer's id is the bank's idempotency key: the same body
//  may be posted again until bank_horizon_s after the first post; from then on the bank
//  may have forgotten the id, and only an inquiry is safe.

#ifndef ACTORS_BANK_H
#define ACTORS_BANK_H

#include "actors/money.h"
#include "runtime/aggregate.h"

enum {
    BANK_CODE_SIZE = 33,            //  32 characters of ASCII
    BANK_TEXT_SIZE = 65             //  The bank's reasons and references; cut to 64
};

//  One side of a transfer.
typedef struct {
    oid_t member;                   //  Whose key seals the number; NONE: our account
    char bank_code [BANK_CODE_SIZE];     //  Empty for our account
    sealed_t account_number;        //  Empty for our account
} bank_party_t;

//  The three fields of a bank_party_t inside a struct, for its shape table.
#define FIELDS_BANK_PARTY(type, party)                                                             \
    FIELD (OID, type, party.member), FIELD (TEXT, type, party.bank_code),                          \
        FIELD (BYTES, type, party.account_number)

typedef enum {
    BANK_LOOKUP,                    //  bank_lookup_t -> bank_looked_up_t
    BANK_TRANSFER,                  //  bank_order_t -> bank_answered_t
    BANK_INQUIRY,                   //  bank_order_t -> bank_answered_t: never posts it
    BANK_STATEMENT                  //  bank_statement_t -> bank_stated_t
} bank_command_t;

//  Does this account exist, is it open, and is it held under this name?
typedef struct {
    bank_party_t party;
    sealed_t holder_name;           //  By the same key
} bank_lookup_t;

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    BANK_LOOKUP_UNKNOWN,            //  No answer, or none that can be trusted
    BANK_OPEN_AND_HELD,
    BANK_ACCOUNT_MISSING,
    BANK_ACCOUNT_SHUT,
    BANK_HOLDER_MISMATCH
} bank_lookup_result_t;

typedef struct {
    uint32_t step;                  //  As asked
    uint8_t result;                 //  bank_lookup_result_t
} bank_looked_up_t;

extern const shape_t bank_looked_up_shape;

typedef struct {
    oid_t transfer;                 //  transfer_id at the bank, and its idempotency key
    bank_party_t from, to;
    int64_t amount_minor;
    char currency [CURRENCY_SIZE];
} bank_order_t;

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    BANK_UNKNOWN,                   //  5xx, 404, cut, time-out, open breaker, nonsense
    BANK_SUCCEEDED,
    BANK_FAILED                     //  The bank said so, finally
} bank_result_t;

typedef struct {
    uint32_t step;                  //  As asked; 0 in a callback
    uint8_t result;                 //  bank_result_t
    char reason [BANK_TEXT_SIZE];   //  Of a failure, in the bank's words
    char bank_reference [BANK_TEXT_SIZE];
} bank_answered_t;

extern const shape_t bank_answered_shape;

//  Our account's statement of a day, against our transfers (edge/bank_statement.h).
typedef struct {
    int64_t day;                    //  Since 1970, in Seoul
} bank_statement_t;

enum { RECONCILIATION_ITEMS = 64 };

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    BANK_MISSING_THERE = 1,         //  Our books have it, the statement does not
    BANK_MISSING_HERE,              //  The statement has it, our books do not
    BANK_DIFFERENT_AMOUNT
} bank_difference_kind_t;

//  Amounts are > 0 into our account, < 0 out of it, 0 if it is not there.
typedef struct {
    char transfer [BANK_TEXT_SIZE];    //  As the bank names it; cut to 64
    uint8_t kind;                   //  bank_difference_kind_t
    int64_t bank_minor, our_minor;
} bank_difference_t;

typedef struct {
    uint32_t step;                  //  As asked
    uint8_t result;                 //  bank_result_t; failed: more than can be compared
    int64_t matched_count, matched_minor;    //  Sum: in less out
    int64_t pending_count;          //  On their way: to be compared later
    int64_t bank_in_minor, bank_out_minor;    //  Of the statement
    int64_t difference_count;
    uint32_t item_count;            //  The first RECONCILIATION_ITEMS of them
    bank_difference_t items [RECONCILIATION_ITEMS];
} bank_stated_t;

extern const shape_t bank_stated_shape, bank_difference_shape;

//  The fields of a bank_stated_t inside a struct (or alone), for its shape table.
#define FIELDS_BANK_STATED(type, path)                                                             \
    FIELD (U32, type, path step), FIELD (U8, type, path result),                                   \
        FIELD (I64, type, path matched_count), FIELD (I64, type, path matched_minor),              \
        FIELD (I64, type, path pending_count), FIELD (I64, type, path bank_in_minor),              \
        FIELD (I64, type, path bank_out_minor), FIELD (I64, type, path difference_count),          \
        FIELD_OF (type, path items, path item_count, bank_difference_shape)

//  How long to wait after the n-th unknown answer (n from 1): bank_inquiry_first_ms,
//  then twice as much each time, bank_inquiry_last_ms at most.
int64_t bank_backoff_ms (const limits_t *limits, uint32_t attempt);

static inline oid_t
bank_oid (void)
{
    return (oid_t) { .kind = OID_BANK };
}

extern const aggregate_type_t bank_port;

#endif
