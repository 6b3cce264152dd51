//  timers - durable alarms of aggregates, in memory: which falls due next.
//
//  One per (aggregate, command); setting it again moves it. A timer that fired
//  stays known until the record it led to clears or moves it, so that one whose
//  record was lost with a refused commit can be armed again. Pure; one thread.

#ifndef RUNTIME_TIMERS_H
#define RUNTIME_TIMERS_H

#include "runtime/oid.h"

typedef struct timers timers_t;

timers_t *timers_new (void);
void timers_destroy (timers_t **self_p);

//  due_ms 0 clears it.
void timers_set (timers_t *self, oid_t oid, uint8_t command, int64_t due_ms);

//  The next one due by now_ms; it counts as fired.
bool timers_fire (timers_t *self, int64_t now_ms, oid_t *ret_oid, uint8_t *ret_command);

//  A fired one falls due again at due_ms (there was no room for its message, or
//  its record was lost). Ignored if it was cleared or moved meanwhile.
void timers_again (timers_t *self, oid_t oid, uint8_t command, int64_t due_ms);

//  Milliseconds until the next falls due: 0 … limit_ms.
int64_t timers_wait_ms (const timers_t *self, int64_t now_ms, int64_t limit_ms);

size_t timers_count (const timers_t *self);

#endif
