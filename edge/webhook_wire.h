//  webhook_wire - webhooks on the wire: libcurl's multi handle, a bounded number at once.
//
//  http and https only, certificates checked, no redirects, no proxy, no credentials out of
//  URLs. Every address is judged when it is connected to (edge/webhook_address.h). Of an
//  answer's body WEBHOOK_ANSWER_MAX bytes are read and forgotten: only its status counts.
//
//  Belongs to the gateway's thread.

#ifndef EDGE_WEBHOOK_WIRE_H
#define EDGE_WEBHOOK_WIRE_H

#include "edge/webhook_call.h"

enum { WEBHOOK_ANSWER_MAX = 64 * 1024 };

typedef struct webhook_wire webhook_wire_t;

webhook_wire_t *webhook_wire_new (size_t calls_max, int64_t timeout_ms);

//  Calls on the wire are dropped.
void webhook_wire_destroy (webhook_wire_t **self_p);

bool webhook_wire_has_room (const webhook_wire_t *self);
size_t webhook_wire_in_flight (const webhook_wire_t *self);

//  Calls on the wire to this endpoint.
size_t webhook_wire_to (const webhook_wire_t *self, oid_t endpoint);

//  Takes a call that was written. Asserts that there is room.
void webhook_wire_start (webhook_wire_t *self, webhook_call_t **call_p);

//  Moves bytes; returns one call that has ended, owned, or NULL if none has.
webhook_call_t *webhook_wire_ended (webhook_wire_t *self);

//  Until something happens on the wire or one of the descriptors is readable.
void webhook_wire_wait (webhook_wire_t *self, int one, int other, int timeout_ms);

#endif
