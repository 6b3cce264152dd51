//  timers - durable alarms of aggregates, in memory: which falls due next.
//
//  One per (aggregate, command); setting it again moves it. A timer has the time it
//  was set for, which is durable and its name together with aggregate and command,
//  and the time when it fires, which is later if it found no room. One that fired
//  stays known until the record it led to clears or moves it, so that one whose
//  record was lost with a refused commit can be armed again.
//
//  Between firing and that record its message waits in a mailbox, and a record in
//  front of it may move the timer: the message is stale then, and must neither
//  clear nor arm what it did not fire for. It is handled all the same: whoever is
//  told decides by its own state (runtime/aggregate.h). Pure; one thread.

#ifndef RUNTIME_TIMERS_H
#define RUNTIME_TIMERS_H

#include "runtime/oid.h"

typedef struct timers timers_t;

timers_t *timers_new (void);
void timers_destroy (timers_t **self_p);

//  As a record says it (store/record.h): above 0 it is set, 0 clears it, below 0
//  clears it if it is set for -due_ms and not if it was moved meanwhile.
void timers_set (timers_t *self, oid_t oid, uint8_t command, int64_t due_ms);

//  The next one due by now_ms, and what it was set for; it counts as fired.
bool timers_fire (timers_t *self, int64_t now_ms, oid_t *ret_oid, uint8_t *ret_command,
                  int64_t *ret_due_ms);

//  The one that fired for due_ms fires again at fire_ms (there was no room for its
//  message, or its record was lost). Ignored if it was cleared or moved meanwhile.
void timers_again (timers_t *self, oid_t oid, uint8_t command, int64_t due_ms, int64_t fire_ms);

//  Milliseconds until the next fires: 0 … limit_ms.
int64_t timers_wait_ms (const timers_t *self, int64_t now_ms, int64_t limit_ms);

size_t timers_count (const timers_t *self);

#endif
