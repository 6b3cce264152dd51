//  remittance_operators - an operator lets a parked remittance try again, or gives it up.
//  For remittance.c.

#ifndef ACTORS_REMITTANCE_OPERATORS_H
#define ACTORS_REMITTANCE_OPERATORS_H

#include "actors/remittance.h"

//  Refused: not_found; state_conflict, it is not parked; transfers_open, somebody's
//  answer is awaited, or (resolve) its capture was refused.
decide_fn remittance_decide_retry, remittance_decide_resolve;

#endif
