//  payment_evolve - facts into state, and how they are packed; for payment*.c alone.

#ifndef ACTORS_PAYMENT_EVOLVE_H
#define ACTORS_PAYMENT_EVOLVE_H

#include "actors/payment.h"

extern const shape_t payment_state_shape;
extern const shape_t payment_create_shape, payment_confirmation_shape, payment_confirm_shape,
    payment_capture_shape, payment_cancel_shape, payment_refund_shape, payment_refund_end_shape;
extern const shape_t payment_requested_shape, payment_captured_shape, payment_failed_shape,
    payment_recharging_shape, payment_authorized_shape, payment_capture_started_shape,
    payment_released_shape, payment_refunding_shape;

evolve_fn payment_evolve_requested, payment_evolve_captured, payment_evolve_failed,
    payment_evolve_delayed, payment_evolve_confirmed, payment_evolve_recharging,
    payment_evolve_recharged, payment_evolve_authorized, payment_evolve_capture_started,
    payment_evolve_cancel_started, payment_evolve_expiry_started, payment_evolve_canceled,
    payment_evolve_expired, payment_evolve_refund_started, payment_evolve_refunded,
    payment_evolve_refund_failed;

bool payment_invariant (const void *state);
bool payment_finished (const void *state);
bool payment_parked (const void *state);

//  Places among those in flight; the count if it is not there.
uint32_t payment_find_capturing (const payment_t *self, uint32_t ordinal);
uint32_t payment_find_refunding (const payment_t *self, oid_t refund);

//  A part of money in proportion, cut to whole units: trunc (amount x part / whole).
int64_t payment_share_minor (int64_t amount_minor, int64_t part, int64_t whole);

#endif
