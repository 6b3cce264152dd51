//  bank_transfer_evolve - how a transfer is packed, and what its events make of it and
//  of the books. For bank_transfer.c.

#ifndef ACTORS_BANK_TRANSFER_EVOLVE_H
#define ACTORS_BANK_TRANSFER_EVOLVE_H

#include "actors/bank_transfer.h"

extern const shape_t bank_transfer_state_shape;
extern const shape_t bank_transfer_request_shape;
extern const shape_t bank_transfer_instruction_shape;
extern const shape_t bank_transfer_settled_shape;
extern const shape_t bank_transfer_attempt_shape;
extern const shape_t bank_transfer_contradicted_shape;
extern const shape_t bank_transfer_confirmed_shape;
extern const shape_t bank_transfer_proposed_shape;

evolve_fn bank_transfer_evolve_requested, bank_transfer_evolve_succeeded,
    bank_transfer_evolve_failed, bank_transfer_evolve_unknown, bank_transfer_evolve_inquired,
    bank_transfer_evolve_parked, bank_transfer_evolve_contradicted, bank_transfer_evolve_instructed,
    bank_transfer_evolve_approved, bank_transfer_evolve_rejected, bank_transfer_evolve_resolved,
    bank_transfer_evolve_confirmed, bank_transfer_evolve_resolve_proposed;

postings_fn bank_transfer_postings_requested, bank_transfer_postings_succeeded,
    bank_transfer_postings_failed, bank_transfer_postings_contradicted;

//  Succeeded or failed.
bool bank_transfer_final (const bank_transfer_t *self);

bool bank_transfer_invariant (const void *state);
bool bank_transfer_finished (const void *state);
bool bank_transfer_parked (const void *state);

#endif
