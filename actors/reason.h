//  reason - why an operator did something: the payload of suspend, activate, close
//  and of their events. 200 characters of UTF-8; it may name people, so it is
//  shown to operators only and never logged.

#ifndef ACTORS_REASON_H
#define ACTORS_REASON_H

#include "runtime/aggregate.h"

enum { REASON_SIZE = 200 * 4 + 1 };

typedef struct {
    char reason [REASON_SIZE];
} reason_t;

extern const shape_t reason_shape;

#endif
