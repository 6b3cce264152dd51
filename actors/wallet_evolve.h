//  wallet_evolve - what a wallet's events make of it, and of the books. For wallet.c.

#ifndef ACTORS_WALLET_EVOLVE_H
#define ACTORS_WALLET_EVOLVE_H

#include "actors/wallet.h"

//  Index of a hold or an expect, or its counter if there is none.
uint32_t wallet_find_hold (const wallet_t *self, reference_t reference);
uint32_t wallet_find_expect (const wallet_t *self, reference_t reference);

evolve_fn wallet_evolve_opened, wallet_evolve_expected, wallet_evolve_unexpected,
    wallet_evolve_credited, wallet_evolve_debited, wallet_evolve_held, wallet_evolve_captured,
    wallet_evolve_released, wallet_evolve_suspended, wallet_evolve_activated, wallet_evolve_closed,
    wallet_evolve_funded, wallet_evolve_adjusted, wallet_evolve_given_back;

postings_fn wallet_post_credited, wallet_post_debited, wallet_post_held, wallet_post_captured,
    wallet_post_released, wallet_post_funded, wallet_post_adjusted;

bool wallet_invariant (const void *state);

#endif
