//  remittance_evolve - how a remittance is packed, and what its events make of it. For
//  remittance.c.

#ifndef ACTORS_REMITTANCE_EVOLVE_H
#define ACTORS_REMITTANCE_EVOLVE_H

#include "actors/remittance.h"

extern const shape_t remittance_state_shape;
extern const shape_t remittance_start_shape;
extern const shape_t remittance_requested_shape;
extern const shape_t remittance_step_shape;
extern const shape_t remittance_turn_shape;
extern const shape_t remittance_failure_shape;
extern const shape_t remittance_set_aside_shape;
extern const shape_t remittance_retried_shape;

evolve_fn remittance_evolve_requested, remittance_evolve_went_on, remittance_evolve_turned_back,
    remittance_evolve_succeeded, remittance_evolve_failed, remittance_evolve_compensated,
    remittance_evolve_parked, remittance_evolve_set_aside, remittance_evolve_retried,
    remittance_evolve_given_up;

postings_fn remittance_post_set_aside, remittance_post_retried;

bool remittance_invariant (const void *state);
bool remittance_finished (const void *state);
bool remittance_parked (const void *state);

//  Parked, and nobody's answer is awaited: an operator may retry it.
bool remittance_stuck (const remittance_t *self);

#endif
