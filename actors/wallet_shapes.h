//  wallet_shapes - how a wallet, its commands and its events are packed. For wallet.c.

#ifndef ACTORS_WALLET_SHAPES_H
#define ACTORS_WALLET_SHAPES_H

#include "actors/wallet.h"

extern const shape_t wallet_state_shape;
extern const shape_t wallet_open_shape;
extern const shape_t wallet_opened_shape;
extern const shape_t wallet_move_shape;
extern const shape_t wallet_capture_shape;
extern const shape_t wallet_release_shape;
extern const shape_t wallet_pay_shape;
extern const shape_t wallet_close_shape;
extern const shape_t wallet_closed_shape;
extern const shape_t wallet_fund_shape;
extern const shape_t wallet_adjust_shape;
extern const shape_t wallet_moved_shape;
extern const shape_t wallet_captured_shape;
extern const shape_t wallet_funded_shape;
extern const shape_t wallet_adjusted_shape;
extern const shape_t wallet_return_shape, wallet_given_back_shape;

#endif
