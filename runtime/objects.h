//  objects - one object by its id, on the caller's thread.
//
//  As the state environment has it: up to flush_interval_ms behind what is committed, and
//  NOT_FOUND until a new object is flushed. For what of an object never changes (whose it
//  is), and for a start, when nothing is behind. Clients are answered by node_port_query.

#ifndef RUNTIME_OBJECTS_H
#define RUNTIME_OBJECTS_H

#include "runtime/node.h"

typedef struct objects objects_t;

//  A reader of its own, for one thread; returns owned. Destroy it before the node.
objects_t *objects_new (node_t *node);
void objects_destroy (objects_t **self_p);

//  Fills *ret_state (the state struct of the id's kind) and its version; ret_version may
//  be NULL. NOT_FOUND leaves both.
status_t objects_read (objects_t *self, oid_t oid, void *ret_state,
                       uint64_t *ret_version) must_check;

#endif
