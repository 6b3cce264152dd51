//  limits - the table as data, for options, documents and defaults.

#include <stddef.h>
#include "runtime/limits.h"
#include "runtime/scoped.h"

#define LIMIT_START(field, start, from, to, what) .field = start,
const limits_t limits_default = { LIMITS (LIMIT_START) };
#undef LIMIT_START

#define LIMIT_RULE(field, start, from, to, what)                                                   \
    { #field, what, start, from, to, offsetof (limits_t, field) },
const limit_rule_t limit_rules [] = { LIMITS (LIMIT_RULE) };
#undef LIMIT_RULE

const uint32_t limit_rule_count = COUNT (limit_rules);
