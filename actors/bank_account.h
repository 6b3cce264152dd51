//  bank_account - a member's account at a bank; linked once the bank confirms that
//  it exists, is open and is held under the member's name.
//
//      status      link             looked_up                   unlink
//      absent      pending          -                           not_found
//      pending     conflict         linked | refused | again *  not_linked
//      linked      already_linked   -                           unlinked
//      refused     pending          -                           not_linked
//      unlinked    pending          -                           not_linked
//
//      Linked BANK_ACCOUNT_LINKINGS_MAX times at most, refused ones included.
//
//      * unknown: asked again, backing off, BANK_ACCOUNT_LOOKUPS_MAX times at most;
//        then refused with bank_unavailable
//
//  Its id is a keyed hash of member, bank and number, so linking again after
//  unlinking is the same account at its next version. Transfers keep their own copy.
//  What became of each linking that is over is kept, so that an old idempotency key
//  shows its own and not the latest (bank_account_linking_at).
//
//  Invariant: one that exists has a member, a bank code and a number.

#ifndef ACTORS_BANK_ACCOUNT_H
#define ACTORS_BANK_ACCOUNT_H

#include "actors/bank.h"

enum { BANK_ACCOUNT_LOOKUPS_MAX = 4, BANK_ACCOUNT_LINKINGS_MAX = 64 };

typedef enum {
    BANK_ACCOUNT_ABSENT,
    BANK_ACCOUNT_PENDING,
    BANK_ACCOUNT_LINKED,
    BANK_ACCOUNT_REFUSED,
    BANK_ACCOUNT_UNLINKED
} bank_account_status_t;

//  A linking that is over.
typedef struct {
    uint32_t verdict;               //  Why it was refused; ACCEPTED: it was unlinked
    uint32_t version;               //  Of the account when it ended
    int64_t ended_at_ms;
} bank_account_linking_t;

typedef struct {
    uint8_t status;                 //  bank_account_status_t
    uint32_t linking;               //  How often it was asked to be linked
    uint32_t lookups;               //  Of this linking
    uint32_t verdict;               //  Why it was refused
    bank_party_t party;
    sealed_t holder_name;
    uint32_t version;               //  Events so far: the aggregate's version
    uint32_t ended_count;
    bank_account_linking_t ended [BANK_ACCOUNT_LINKINGS_MAX];    //  Oldest first
} bank_account_t;

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    BANK_ACCOUNT_LINK,              //  bank_account_link_t
    BANK_ACCOUNT_LOOKED_UP,         //  bank_looked_up_t
    BANK_ACCOUNT_LOOK_UP_AGAIN,     //  Timer
    BANK_ACCOUNT_UNLINK             //  No fields
} bank_account_command_t;

typedef enum {
    BANK_ACCOUNT_LINK_REQUESTED,    //  bank_account_link_requested_t
    BANK_ACCOUNT_LOOKUP_UNKNOWN,    //  bank_account_lookup_t
    BANK_ACCOUNT_LOOKUP_REPEATED,   //  bank_account_lookup_t
    BANK_ACCOUNT_WAS_LINKED,        //  No fields; "bank_account.linked"
    BANK_ACCOUNT_WAS_REFUSED,       //  bank_account_refused_t; "bank_account.refused"
    BANK_ACCOUNT_WAS_UNLINKED       //  No fields; "bank_account.unlinked"
} bank_account_event_t;

typedef struct {
    bank_party_t party;             //  party.member owns it
    sealed_t holder_name;           //  The member's name
    uint8_t member_status;          //  A fact: member_status_t
} bank_account_link_t;

typedef struct {
    uint32_t linking;
    bank_party_t party;
    sealed_t holder_name;
} bank_account_link_requested_t;

typedef struct {
    uint32_t lookups;               //  Asked so far, this one included
} bank_account_lookup_t;

typedef struct {
    uint32_t verdict;
} bank_account_refused_t;

//  Whether `member` may use an account with these facts: NOT_FOUND, NOT_OWNED,
//  NOT_LINKED or ACCEPTED.
verdict_t bank_account_usable (uint8_t status, oid_t owner, oid_t member);

//  The ended linking to which the account's `version` belongs, or NULL: the present
//  one. Borrowed from the account.
const bank_account_linking_t *bank_account_linking_at (const bank_account_t *self,
                                                       uint64_t version);

extern const aggregate_type_t bank_account_aggregate;

#endif
