//  saga - what process managers share beyond being aggregates.
//
//  A saga is an aggregate whose decisions are mostly messages to others. It asks
//  (decision_ask), the asked decides once and its verdict comes back as a
//  saga_answer_t, both through the outbox: at least once, deduplicated where they
//  land, so exactly once. What is asked twice under one reference is one movement.
//
//  Each step has a deadline (decision_timer). What can go forward is never
//  reversed; what cannot go on is parked, visible, and blocks nobody else.

#ifndef RUNTIME_SAGA_H
#define RUNTIME_SAGA_H

#include "runtime/aggregate.h"

//  The payload of every answer command.
typedef struct {
    oid_t from;                     //  Who was asked
    uint8_t command;                //  What was asked
    uint32_t step;                  //  As in decision_ask
    uint32_t verdict;               //  verdict_t
} saga_answer_t;

extern const shape_t saga_answer_shape;

//  A movement's reference: (saga, leg, ordinal), as in rem_…/debit/1. Equal
//  reference and equal content: one movement.
typedef struct {
    oid_t saga;
    uint8_t leg;                    //  saga_leg_t
    uint32_t ordinal;               //  From 1
} reference_t;

//  On disk for ever.
#define SAGA_LEGS(X)                                                                               \
    X (CREDIT, 1, "credit")                                                                        \
    X (DEBIT, 2, "debit")                                                                          \
    X (RETURN, 3, "return")                                                                        \
    X (HOLD, 4, "hold")                                                                            \
    X (CAPTURE, 5, "capture")                                                                      \
    X (REFUND, 6, "refund")                                                                        \
    X (RELEASE, 7, "release")                                                                      \
    X (ADJUST, 8, "adjust")                                                                        \
    X (PAYOUT, 9, "payout")

#define SAGA_LEG_ENUM(name, number, text) LEG_##name = number,
typedef enum { SAGA_LEGS (SAGA_LEG_ENUM) LEG_COUNT } saga_leg_t;
#undef SAGA_LEG_ENUM

enum { REFERENCE_TEXT_SIZE = OID_TEXT_SIZE + 24 };

//  "pay_…/capture/1"
void reference_format (reference_t reference, char ret_text [REFERENCE_TEXT_SIZE]);

static inline bool
reference_equal (reference_t one, reference_t other)
{
    return oid_equal (one.saga, other.saga) && one.leg == other.leg
           && one.ordinal == other.ordinal;
}

//  ---------------------------------------------------------------------------
//  What an operator may do about a saga that is parked: the commands that its type
//  names as retry_command (no fields) and resolve_command (saga_resolve_t). The
//  pattern is in actors/README.md, "To let operators go on".

enum {
    OPERATOR_ID_SIZE = 64,          //  The token's `sub`, with the final zero
    SAGA_REASON_SIZE = 200 * 4 + 1,    //  200 characters of UTF-8
    SAGA_EVIDENCE_SIZE = 65
};

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    SAGA_GIVE_UP = 1,               //  It ends; money that it still holds goes to suspense
    SAGA_SUCCEEDED = 2,             //  Bank transfers: the bank's statement shows it
    SAGA_FAILED = 3                 //  Bank transfers: the bank never moved the money
} saga_decision_t;

typedef struct {
    uint8_t decision;               //  saga_decision_t
    oid_t approval;                 //  What to propose it as, if it takes two operators
    char operator [OPERATOR_ID_SIZE];
    char reason [SAGA_REASON_SIZE];
    char bank_reference [SAGA_EVIDENCE_SIZE];    //  Of a transfer's success
    char confirmed_by [OPERATOR_ID_SIZE];    //  The second operator; empty: none yet
    int64_t version;                //  Of the saga when it was proposed; 0: it was not
} saga_resolve_t;

extern const shape_t saga_resolve_shape;

//  The payload of the event that ends a saga which was given up: what it still held
//  in transit:<self> goes to suspense (nothing, if it held none).
typedef struct {
    int64_t amount_minor;           //  Of transit:<self>; 0: none
    char operator [OPERATOR_ID_SIZE];
    char reason [SAGA_REASON_SIZE];
    char confirmed_by [OPERATOR_ID_SIZE];    //  Empty: one operator was enough
} saga_given_up_t;

extern const shape_t saga_given_up_shape;
postings_fn saga_given_up_postings;

//  ---------------------------------------------------------------------------

//  The three fields of a reference_t inside a struct, for its shape table.
#define FIELDS_REFERENCE(type, member)                                                             \
    FIELD (OID, type, member.saga), FIELD (U8, type, member.leg),                                  \
        FIELD (U32, type, member.ordinal)

#endif
