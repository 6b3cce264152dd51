//  bank_transfer_scenario - a transfer, its accounts and the bank's answer. For the tests of
//  what operators do.

#ifndef TESTS_ACTORS_BANK_TRANSFER_SCENARIO_H
#define TESTS_ACTORS_BANK_TRANSFER_SCENARIO_H

#include "actors/bank_transfer.h"
#include "tests/lib/scenario.h"

enum { SMALL = 1000000, LARGE = 1000001 };  //  At approval_amount_minor, and above

static inline oid_t
s_self (void)
{
    return scenario_oid (OID_BANK_TRANSFER, 1);
}

static inline const bank_transfer_t *
s_transfer (const scenario_t *s)
{
    return s->state;
}

static inline account_t
s_bank (void)
{
    return account_single (ACCOUNT_BANK);
}

static inline account_t
s_suspense (void)
{
    return account_single (ACCOUNT_SUSPENSE);
}

static inline account_t
s_in_transit (void)
{
    return account_of (ACCOUNT_BANK_TRANSIT, s_self ());
}

//  To what was asked last.
static inline void
s_when_answered (scenario_t *s, bank_result_t result)
{
    bank_answered_t answer = { .step = s_transfer (s)->posts, .result = (uint8_t) result };
    when (s, BANK_TRANSFER_ANSWERED, &answer);
}

#endif
