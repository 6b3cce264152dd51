//  payment_begin - from an order to money that is held or captured; for payment.c alone.

#ifndef ACTORS_PAYMENT_BEGIN_H
#define ACTORS_PAYMENT_BEGIN_H

#include "actors/payment.h"

decide_fn payment_decide_create, payment_decide_confirm, payment_decide_recharged;

//  Answers of the child recharge (refusals only) and of the wallet to pay and hold.
verdict_t payment_recharge_answered (const payment_t *self, const saga_answer_t *answer,
                                     decision_t *decision);
verdict_t payment_pay_answered (const payment_t *self, const saga_answer_t *answer,
                                decision_t *decision);
verdict_t payment_hold_answered (const payment_t *self, const saga_answer_t *answer,
                                 decision_t *decision);

#endif
