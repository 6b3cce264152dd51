//  plants - bugs that are put in on purpose, to show that the checks find them.
//
//  Each replaces one function of one aggregate's tables by a wrong one.

#ifndef TESTS_SIM_PLANTS_H
#define TESTS_SIM_PLANTS_H

#include "runtime/aggregate.h"

size_t plants_count (void);
const char *plants_name (size_t index);
const char *plants_what (size_t index);

//  The types to use instead of the registry's (world_t.instead); NULL: there is no
//  plant of that name. One plant at a time.
const aggregate_type_t *const *plants_grow (const char *name);

#endif
