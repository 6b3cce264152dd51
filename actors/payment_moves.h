//  payment_moves - what may become of money that is held or captured; for payment*.c
//  alone.

#ifndef ACTORS_PAYMENT_MOVES_H
#define ACTORS_PAYMENT_MOVES_H

#include "actors/payment.h"

decide_fn payment_decide_capture, payment_decide_confirm_capture, payment_decide_cancel,
    payment_decide_expire, payment_decide_refund, payment_decide_refund_ended;

//  Answers of the wallet to a capture (refusals only) and to the release.
verdict_t payment_capture_answered (const payment_t *self, const saga_answer_t *answer,
                                    decision_t *decision);
verdict_t payment_release_answered (const payment_t *self, const saga_answer_t *answer,
                                    decision_t *decision);

//  Asks the wallet for the next capture out of the attempt's hold.
verdict_t payment_start_capture (const payment_t *self, int64_t amount_minor,
                                 decision_t *decision);

//  NOT_FOUND, SUSPENDED or ACCEPTED: whether this merchant may take money.
verdict_t payment_merchant_usable (uint8_t merchant_status);

//  Sets or clears the deadline of what was asked of the wallet.
void payment_watch (decision_t *decision, bool in_flight);

#endif
