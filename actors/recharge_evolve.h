//  recharge_evolve - how a recharge is packed, and what its events make of it. For
//  recharge.c.

#ifndef ACTORS_RECHARGE_EVOLVE_H
#define ACTORS_RECHARGE_EVOLVE_H

#include "actors/recharge.h"

extern const shape_t recharge_state_shape;
extern const shape_t recharge_start_shape;
extern const shape_t recharge_requested_shape;
extern const shape_t recharge_transfer_shape;
extern const shape_t recharge_late_shape;
extern const shape_t recharge_failure_shape;
extern const shape_t recharge_return_shape;

evolve_fn recharge_evolve_requested, recharge_evolve_charged, recharge_evolve_received,
    recharge_evolve_succeeded, recharge_evolve_failed, recharge_evolve_returned,
    recharge_evolve_compensated, recharge_evolve_parked,
    recharge_evolve_given_up, recharge_evolve_received_late;

postings_fn recharge_post_received_late;

//  Failed since the bank declined, and nothing was sent back: a late success counts.
bool recharge_declined (const recharge_t *self);

//  Parked, and nothing is asked of anybody: only an operator can move it on.
bool recharge_stuck (const recharge_t *self);

bool recharge_invariant (const void *state);
bool recharge_finished (const void *state);
bool recharge_parked (const void *state);

#endif
