//  reason - its shape.

#include "actors/reason.h"

static const field_t reason_fields [] = {
    FIELD (TEXT, reason_t, reason),
};

const shape_t reason_shape = SHAPE (reason_t, reason_fields);
