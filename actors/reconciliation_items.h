//  reconciliation_items - what operators make of a day's differences. For reconciliation.c.

#ifndef ACTORS_RECONCILIATION_ITEMS_H
#define ACTORS_RECONCILIATION_ITEMS_H

#include "actors/reconciliation.h"

extern const shape_t reconciliation_resolve_shape, reconciliation_post_shape,
    reconciliation_end_shape;

decide_fn reconciliation_decide_resolve, reconciliation_decide_approve,
    reconciliation_decide_reject, reconciliation_decide_corrected;

evolve_fn reconciliation_evolve_resolved, reconciliation_evolve_proposed,
    reconciliation_evolve_posting, reconciliation_evolve_posted, reconciliation_evolve_reopened;

//  An item's posting has not been answered yet.
bool reconciliation_posts (const reconciliation_t *self);

#endif
