//  movements - the last few movements; linear, since there are eight.

#include "actors/movements.h"

static const field_t movement_fields [] = {
    FIELDS_REFERENCE (movement_t, reference),
    FIELD (I64, movement_t, amount_minor),
};

const shape_t movement_shape = SHAPE (movement_t, movement_fields);

movement_check_t
movements_check (const movements_t *self, reference_t reference, int64_t amount_minor)
{
    for (uint32_t index = 0; index < self->count; index++) {
        const movement_t *movement = &self->items [index];
        if (reference_equal (movement->reference, reference)) {
            return movement->amount_minor == amount_minor ? MOVEMENT_REPEATED : MOVEMENT_DIFFERS;
        }
    }
    return MOVEMENT_NEW;
}

void
movements_remember (movements_t *self, reference_t reference, int64_t amount_minor)
{
    if (self->count == MOVEMENTS_MAX) {
        self->count--;
        memmove (&self->items [0], &self->items [1], self->count * sizeof self->items [0]);
    }
    self->items [self->count++] = (movement_t) { reference, amount_minor };
}
