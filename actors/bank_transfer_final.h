//  bank_transfer_final - what the bank says of a transfer that is final already: that it
//  agrees, or the contrary. For bank_transfer.c.

#ifndef ACTORS_BANK_TRANSFER_FINAL_H
#define ACTORS_BANK_TRANSFER_FINAL_H

#include "actors/bank_transfer.h"

//  The bank may not know its id any more.
bool bank_transfer_forgotten (const bank_transfer_t *transfer, const decision_t *decision);

//  An operator said how it went, and the bank has not yet.
bool bank_transfer_unheard (const bank_transfer_t *transfer);

//  When to ask again about one that was resolved at resolved_at_ms; 0: not any more.
int64_t bank_transfer_next_inquiry_ms (const bank_transfer_t *transfer, int64_t resolved_at_ms,
                                       const decision_t *decision);

//  Tells the transfer's saga, if it has one, by the command that it named.
void bank_transfer_tell_saga (decision_t *decision, const bank_transfer_t *transfer,
                              bank_transfer_status_t status, const char *reason);

//  An answer of the bank to a transfer that has succeeded or failed.
verdict_t bank_transfer_answered_again (const bank_transfer_t *transfer,
                                        const bank_answered_t *answer, decision_t *decision);

//  Refused: state_conflict, it has not ended, or the books hold something else by now.
decide_fn bank_transfer_decide_correct;

extern const shape_t bank_transfer_correct_shape;
evolve_fn bank_transfer_evolve_found, bank_transfer_evolve_corrected;
postings_fn bank_transfer_postings_corrected;

#endif
