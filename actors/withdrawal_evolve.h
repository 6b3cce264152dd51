//  withdrawal_evolve - how a withdrawal is packed, and what its events make of it. For
//  withdrawal.c.

#ifndef ACTORS_WITHDRAWAL_EVOLVE_H
#define ACTORS_WITHDRAWAL_EVOLVE_H

#include "actors/withdrawal.h"

extern const shape_t withdrawal_state_shape;
extern const shape_t withdrawal_start_shape;
extern const shape_t withdrawal_requested_shape;
extern const shape_t withdrawal_held_shape;
extern const shape_t withdrawal_capture_shape;
extern const shape_t withdrawal_decline_shape;
extern const shape_t withdrawal_failure_shape;
extern const shape_t withdrawal_verdict_shape;

evolve_fn withdrawal_evolve_requested, withdrawal_evolve_held,
    withdrawal_evolve_transfer_succeeded, withdrawal_evolve_transfer_failed,
    withdrawal_evolve_succeeded, withdrawal_evolve_failed, withdrawal_evolve_parked,
    withdrawal_evolve_release_retried;

//  Parked since the wallet refused: nothing is asked of anybody any more.
bool withdrawal_stuck (const withdrawal_t *self);

bool withdrawal_invariant (const void *state);
bool withdrawal_finished (const void *state);
bool withdrawal_parked (const void *state);

#endif
