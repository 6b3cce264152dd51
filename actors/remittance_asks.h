//  remittance_asks - what a remittance asks of wallets, a recharge and the bank, once
//  each unless an operator retries it. For remittance.c.

#ifndef ACTORS_REMITTANCE_ASKS_H
#define ACTORS_REMITTANCE_ASKS_H

#include "actors/remittance.h"

//  What the step (any but returning) asks of sender's or receiver's wallet, and its
//  deadline. The ordinal is 1 but for a capture or return that is retried.
void remittance_ask_wallet (decision_t *decision, const remittance_request_t *request,
                            remittance_step_t step, uint32_t ordinal);
void remittance_ask_return (decision_t *decision, const remittance_t *remittance, uint32_t ordinal);

//  No answer is needed: it is never refused.
void remittance_unexpect (decision_t *decision, const remittance_request_t *request);

//  Return what was asked for; its id follows from the remittance alone.
oid_t remittance_ask_recharge (decision_t *decision, const remittance_request_t *request);
oid_t remittance_ask_transfer (decision_t *decision, const remittance_request_t *request);

#endif
