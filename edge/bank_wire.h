//  bank_wire - calls on the wire: libcurl's multi handle, a bounded number at once.
//
//  http and https only, no redirects, no proxy, no signals; connections and handles
//  are used again. Belongs to the gateway's thread.

#ifndef EDGE_BANK_WIRE_H
#define EDGE_BANK_WIRE_H

#include "edge/bank_call.h"

typedef struct bank_wire bank_wire_t;

bank_wire_t *bank_wire_new (size_t calls_max, int64_t timeout_ms);

//  Calls on the wire are dropped.
void bank_wire_destroy (bank_wire_t **self_p);

bool bank_wire_has_room (const bank_wire_t *self);
size_t bank_wire_in_flight (const bank_wire_t *self);

//  Takes the call. Asserts that there is room.
void bank_wire_start (bank_wire_t *self, bank_call_t **call_p);

//  Moves bytes; returns one ended call, owned, or NULL if none has. *ret_status is
//  its HTTP status, or 0 if no whole answer came.
bank_call_t *bank_wire_ended (bank_wire_t *self, long *ret_status);

//  Until something happens on the wire or one of the descriptors is readable.
void bank_wire_wait (bank_wire_t *self, int one, int other, int timeout_ms);

#endif
