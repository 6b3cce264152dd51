//  waiters - edge requests that wait for a saga's end. Pure; one thread.
//
//  Bounded by the edge: a waiter is an open HTTP request.

#ifndef RUNTIME_WAITERS_H
#define RUNTIME_WAITERS_H

#include "runtime/oid.h"

typedef struct waiters waiters_t;

waiters_t *waiters_new (void);
void waiters_destroy (waiters_t **self_p);

void waiters_add (waiters_t *self, oid_t oid, uint64_t token);

//  One waiter of this object, no longer waiting; false if there is none.
bool waiters_pop (waiters_t *self, oid_t oid, uint64_t *ret_token);

//  False if it does not wait (any more).
bool waiters_remove (waiters_t *self, oid_t oid, uint64_t token);

#endif
