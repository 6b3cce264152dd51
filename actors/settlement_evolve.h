//  settlement_evolve - a settlement's state, its shapes and its invariant.

#ifndef ACTORS_SETTLEMENT_EVOLVE_H
#define ACTORS_SETTLEMENT_EVOLVE_H

#include "actors/settlement.h"

extern const shape_t settlement_state_shape, settlement_start_shape, settlement_payout_shape,
    settlement_failure_shape;

evolve_fn settlement_evolve_closed, settlement_evolve_paying, settlement_evolve_payout_failed,
    settlement_evolve_settled, settlement_evolve_carried, settlement_evolve_parked,
    settlement_evolve_given_up;

bool settlement_invariant (const void *state);
bool settlement_finished (const void *state);
bool settlement_parked (const void *state);

#endif
