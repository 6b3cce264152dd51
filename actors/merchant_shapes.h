//  merchant_shapes - how a merchant's state, commands and events are packed.

#ifndef ACTORS_MERCHANT_SHAPES_H
#define ACTORS_MERCHANT_SHAPES_H

#include "actors/merchant.h"

extern const shape_t merchant_state_shape, merchant_register_shape, merchant_registered_shape,
    merchant_change_shape, merchant_captured_shape, merchant_refund_shape, merchant_refunded_shape,
    merchant_window_closed_shape, merchant_follow_shape;

#endif
