//  bank_statement - a day's statement of our account, compared with our transfers.
//
//      in the statement   in our books                      is
//      yes                booked, same amount               matched
//      yes                booked, another amount            a difference: different amount
//      yes                on its way                        pending: its answer is due
//      yes                failed, or unknown id             a difference: missing here
//      yes                corrected to the same amount      matched
//      no                 booked within the day             a difference: missing at the bank
//      no                 on its way, or over midnight      pending
//
//  Lines are matched by the bank transfer's id, or a foreign one's by the bank's name of
//  it. Booked: what the books say our account there holds because of it, corrections of
//  other reconciliations included (bank_transfer_held_minor).
//  A transfer that was asked for on one day and booked on a later one may be in either
//  statement: it is found by its id in both, and missed in neither.
//
//  Bounded: STATEMENT_SIZE_MAX bytes from the bank, STATEMENT_TRANSFERS_MAX of ours; more
//  is failed, never compared in part. It runs on the gateway's thread: at most a few
//  tenths of a second, in which no answer of the bank is handed on.

#ifndef EDGE_BANK_STATEMENT_H
#define EDGE_BANK_STATEMENT_H

#include <jansson.h>
#include "actors/bank_transfer.h"
#include "runtime/node.h"

enum {
    STATEMENT_SIZE_MAX = 4 * 1024 * 1024,
    STATEMENT_TRANSFERS_MAX = 32768
};

//  What is compared of one of our transfers.
typedef struct {
    oid_t transfer;
    int64_t amount_minor;           //  > 0 into our account
    bool booked, pending;           //  Neither: the bank refused it
    bool expected;                  //  In this day's statement, if it is booked
    bool late;                      //  Booked after the day, or after the bank was asked
    bool seen;
    char line [BANK_TEXT_SIZE];     //  Of a foreign one that the bank names in its own way
} statement_transfer_t;

//  Where the bank has our account's statement of that day; owned (free), or NULL.
char *bank_statement_url (const char *base_url, int64_t day);

//  Fills all but the step from the bank's lines and our transfers (any order; sorted
//  here). The result stays unknown if the lines are not as the bank writes them.
void bank_statement_compare (const json_t *lines, statement_transfer_t *ours, size_t count,
                             bank_stated_t *stated);

//  The same for an answer of the bank and the transfers in the node's lists.
//  asked_ms: when the bank was asked; what was booked since is pending.
void bank_statement_match (node_t *node, const char *answer, size_t size, int64_t day,
                           int64_t asked_ms, bank_stated_t *stated);

#endif
