//  slots - which actor of the pool holds which aggregate.
//
//  An aggregate stays in its slot while a message of its is unfinished (delivered
//  and its draft not yet back from the journal): so its records leave through one
//  socket in order, and the state it computes on is never bound twice. Among the
//  slots without unfinished messages the least recently used is rebound.
//
//  Fewer, busier threads are faster: a slot beyond the first few is put to use only
//  when all before it are busy, so the pool in use follows what is under way.
//
//  Pure; one thread (the exchange).

#ifndef RUNTIME_SLOTS_H
#define RUNTIME_SLOTS_H

#include "runtime/oid.h"

typedef struct slots slots_t;

enum { SLOT_NONE = UINT32_MAX };

slots_t *slots_new (uint32_t count, uint32_t mailbox_max);
void slots_destroy (slots_t **self_p);

//  The slot for one more message to this aggregate, counted as unfinished; or
//  SLOT_NONE: its mailbox is full, or no slot is free. *ret_bind is set if the
//  actor must be bound to it first.
uint32_t slots_take (slots_t *self, oid_t oid, bool *ret_bind);

//  A draft came back.
void slots_finished (slots_t *self, uint32_t slot);

//  A commit was refused: every state in every slot is to be bound anew before
//  its next message.
void slots_spoil (slots_t *self);

//  Slots with unfinished messages; slots that hold an aggregate.
uint32_t slots_busy (const slots_t *self);
uint32_t slots_bound (const slots_t *self);

#endif
