//  checks - what must hold after every step of a history, and once nothing moves any more.
//
//  From domain.md section 2. Each says which rule is broken, about which object, and
//  ends the program with status 1.

#ifndef TESTS_SIM_CHECKS_H
#define TESTS_SIM_CHECKS_H

#include "tests/lib/world.h"

//  After a step: the books balance, and each wallet, hold and merchant agrees with them.
void checks_step (const world_t *world);

//  When no message and no timer is left: nothing is in between, and the bank's own
//  statement is ours, line by line.
void checks_rest (const world_t *world);

#endif
