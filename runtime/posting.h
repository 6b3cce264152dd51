//  posting - one line of the double-entry books.
//
//  Every event that moves money carries postings that sum to zero, so the books
//  balance after every single event. Debits are positive, credits negative.
//
//  Amounts are int64_t minor units (KRW has exponent 0), never a float.

#ifndef RUNTIME_POSTING_H
#define RUNTIME_POSTING_H

#include "runtime/oid.h"

//  On disk for ever: append, never renumber, never reuse.
#define ACCOUNT_CLASSES(X)                                                                         \
    X (BANK, 1, "bank")                   /* asset: our corporate account */                       \
    X (BANK_TRANSIT, 2, "bank_transit")   /* asset: instructed, outcome not known */               \
    X (WALLET, 3, "wallet")               /* liability: a member's spendable money */              \
    X (HOLD, 4, "hold")                   /* liability: reserved in a wallet */                    \
    X (TRANSIT, 5, "transit")             /* liability: between two steps of a saga */             \
    X (MERCHANT, 6, "merchant")           /* liability: captured, not yet settled */               \
    X (FEES, 7, "fees")                   /* income */                                             \
    X (SUSPENSE, 8, "suspense")           /* liability: owner not decided yet */                   \
    X (ADJUSTMENTS, 9, "adjustments")     /* equity: by an operator, with a reason */

#define ACCOUNT_ENUM(name, number, text) ACCOUNT_##name = number,
typedef enum { ACCOUNT_CLASSES (ACCOUNT_ENUM) ACCOUNT_CLASS_COUNT } account_class_t;
#undef ACCOUNT_ENUM

enum {
    POSTINGS_MAX = 8,               //  One event's
    ACCOUNT_TEXT_SIZE = 64
};

//  BANK, FEES, SUSPENSE, ADJUSTMENTS are single accounts: their oid is all zero.
typedef struct {
    uint8_t class;                  //  account_class_t
    oid_t owner;
} account_t;

typedef struct {
    account_t account;
    int64_t amount_minor;           //  > 0 debit, < 0 credit
} posting_t;

typedef struct {
    size_t count;
    posting_t items [POSTINGS_MAX];
} postings_t;

static inline account_t
account_of (account_class_t class, oid_t owner)
{
    return (account_t) { .class = (uint8_t) class, .owner = owner };
}

static inline account_t
account_single (account_class_t class)
{
    return (account_t) { .class = (uint8_t) class };
}

//  Debits one account and credits another with amount_minor > 0. Asserts room.
void postings_move (postings_t *self, account_t debit, account_t credit, int64_t amount_minor);

//  True if each amount is within range and their sum is zero.
bool postings_balance (const postings_t *self);

//  "wallet:wal_…", "bank:happy/1234-1234-111", "fees".
void account_format (account_t account, char ret_text [ACCOUNT_TEXT_SIZE]);

//  "bank", "wallet", …; NULL if the class is unknown.
const char *account_class_name (uint8_t class);

#endif
