//  members - what members.c and member_change.c share. Nobody else.

#ifndef EDGE_MEMBERS_H
#define EDGE_MEMBERS_H

#include "edge/resources.h"

extern const input_field_t member_change_fields [4];

void member_change_prepare (request_t *self);
void member_change_examine (request_t *self);
void member_change_decide (request_t *self);
void member_change_render (request_t *self);

//  As request_sealed, but a key that was destroyed is no problem: only what was decided
//  before the member was erased can still be answered, by its idempotency key, and
//  everything else is refused by the member's state.
bool member_sealed (request_t *self, status_t status);

#endif
