//  webhook_owner - whose an object is, of those that a merchant may hear of.
//
//  Read from the state environment (runtime/objects.h): it never changes, so what is there
//  is right.

#ifndef EDGE_WEBHOOK_OWNER_H
#define EDGE_WEBHOOK_OWNER_H

#include "runtime/objects.h"

//  The merchant of a merchant, payment, refund or settlement; NONE: no merchant's. False: the
//  object is not flushed yet, so ask again.
bool webhook_owner (objects_t *objects, oid_t oid, oid_t *ret_merchant);

#endif
