//  reporter - one thread for reports that read the journal, so that they stall no
//  worker.
//
//  A route with a `report` function is handed over when the lists have caught up. The
//  function writes the answer (or the problem); render only says what it is. A few
//  requests may wait; beyond that it is 503 with Retry-After.

#ifndef EDGE_REPORTER_H
#define EDGE_REPORTER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct request;

typedef struct reporter reporter_t;

enum { REPORTER_WAITING_MAX = 16 };

//  NULL: the thread could not be made.
reporter_t *reporter_new (void);

//  Cancels what it works at, answers what waits with 503 not_ready. Before the
//  requests' connections end; takes no more.
void reporter_end (reporter_t *self);
void reporter_destroy (reporter_t **self_p);

//  The suspended request is the reporter's until its report function was called; then
//  it is resumed. False: too many wait; it is still the caller's. Any thread.
bool reporter_take (reporter_t *self, struct request *request);

//  True when it ends: for loops inside of a report.
const _Atomic bool *reporter_cancelled (const reporter_t *self);

#endif
