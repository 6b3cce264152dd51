//  wallet_rules - what several movements of a wallet must obey. For wallet_moves.c.
//
//  Pure; each answers with the first rule that is broken, or VERDICT_ACCEPTED.

#ifndef ACTORS_WALLET_RULES_H
#define ACTORS_WALLET_RULES_H

#include "actors/wallet.h"

//  A wallet that takes new business: neither absent, closed nor suspended.
verdict_t wallet_open_for (const wallet_t *self);

//  A wallet that can finish what it began: neither absent nor closed.
verdict_t wallet_exists (const wallet_t *self);

//  An amount in the wallet's currency; the cap of a movement is another rule.
verdict_t wallet_amount (const wallet_t *self, int64_t amount_minor, const char *currency);

//  The same, and no more than one movement may carry.
verdict_t wallet_movement (const wallet_t *self, int64_t amount_minor, const char *currency,
                           const limits_t *limits);

//  Room under the cap of the balance, beside all that is expected.
verdict_t wallet_room (const wallet_t *self, int64_t amount_minor, const limits_t *limits);

//  Whether this much may leave today. incoming_minor: credited by the same decision.
verdict_t wallet_outflow (const wallet_t *self, int64_t incoming_minor, int64_t amount_minor,
                          const char *currency, const decision_t *decision);

//  Whether one more hold of this much may be placed; the same.
verdict_t wallet_may_hold (const wallet_t *self, int64_t incoming_minor, int64_t amount_minor,
                           const char *currency, const decision_t *decision);

//  What a reference says before anything else is asked: done already, used for
//  something else, or (MOVEMENT_NEW) go on. A leg belongs to one kind of movement.
movement_check_t wallet_reference (const wallet_t *self, reference_t reference, saga_leg_t leg,
                                   int64_t amount_minor);

//  The verdict of a reference that is not new.
verdict_t wallet_known (movement_check_t check);

#endif
