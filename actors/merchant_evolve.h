//  merchant_evolve - what a merchant's events make of its state and of the books.

#ifndef ACTORS_MERCHANT_EVOLVE_H
#define ACTORS_MERCHANT_EVOLVE_H

#include "actors/merchant.h"

evolve_fn merchant_evolve_registered, merchant_evolve_suspended, merchant_evolve_activated,
    merchant_evolve_captured, merchant_evolve_refunded, merchant_evolve_changed,
    merchant_evolve_window_closed, merchant_evolve_listed;

postings_fn merchant_postings_captured, merchant_postings_refunded,
    merchant_postings_window_closed;

bool merchant_invariant (const void *state);

#endif
