//  merchant_roll - the one chain through all merchants, so that a run can visit them.
//
//      merchant --enter--> roll --follow (the one before it)--> merchant
//      run      --first--> roll --visit (the last who entered)--> run
//
//  The roll keeps its end only; each merchant knows whom it follows. So it costs one
//  message a registration, stays small whatever the number, and a run goes from the
//  newest merchant to the oldest, one at a time, and blocks nobody.
//
//  A merchant that is at the end may not have heard yet whom it follows (`listed`):
//  who walks the chain asks it again a moment later.

#ifndef ACTORS_MERCHANT_ROLL_H
#define ACTORS_MERCHANT_ROLL_H

#include "runtime/aggregate.h"

typedef struct {
    oid_t last;                     //  NONE: nobody has registered
    int64_t count;
} merchant_roll_t;

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    MERCHANT_ROLL_ENTER,            //  No fields; by a merchant that registers
    MERCHANT_ROLL_FIRST             //  No fields; by a settlement run
} merchant_roll_command_t;

typedef enum {
    MERCHANT_ROLL_ENTERED           //  merchant_roll_entered_t
} merchant_roll_event_t;

typedef struct {
    oid_t merchant;
} merchant_roll_entered_t;

//  There is one: its bits are all zero.
static inline oid_t
merchant_roll_oid (void)
{
    return (oid_t) { .kind = OID_MERCHANT_ROLL };
}

extern const aggregate_type_t merchant_roll_aggregate;

#endif
