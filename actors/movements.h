//  movements - the last few movements of a wallet or a merchant.
//
//  Messages are deduplicated by the runtime where they land; this is the second
//  net under money: a reference that was just used answers a repetition with what
//  it did, and refuses other content. Oldest first, MOVEMENTS_MAX at most.
//
//  A net of eight is no memory for ever. Therefore a saga never asks for a movement
//  twice: the outbox repeats the one ask until it is answered.

#ifndef ACTORS_MOVEMENTS_H
#define ACTORS_MOVEMENTS_H

#include "runtime/saga.h"

enum { MOVEMENTS_MAX = 8 };

typedef struct {
    reference_t reference;
    int64_t amount_minor;
} movement_t;

typedef struct {
    uint32_t count;
    movement_t items [MOVEMENTS_MAX];
} movements_t;

extern const shape_t movement_shape;

//  A movements_t inside a struct, for its shape table.
#define FIELD_MOVEMENTS(type, member)                                                              \
    FIELD_OF (type, member.items, member.count, movement_shape)

typedef enum {
    MOVEMENT_NEW,
    MOVEMENT_REPEATED,              //  Done already: accept, change nothing
    MOVEMENT_DIFFERS                //  The reference moved another amount
} movement_check_t;

movement_check_t movements_check (const movements_t *self, reference_t reference,
                                  int64_t amount_minor);

//  Forgets the oldest if full.
void movements_remember (movements_t *self, reference_t reference, int64_t amount_minor);

#endif
