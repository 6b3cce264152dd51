//  reporter - one thread for reports that read the journal, so that they stall no
//  worker.
//
//  A route with a `report` function is handed over when the lists have caught up. The
//  function writes the answer (or the problem); render only says what it is. A few
//  requests may wait; beyond that it is 503 with Retry-After.
//
//  A report is as long as the past that it reads. So that nobody waits for ever behind one,
//  it is given up, at the next few hundred records, when it has taken longer than it may
//  (report_timeout_ms), when its client has gone, or when the node ends. A client that
//  closes only its sending side counts as gone: the two cannot be told apart.

#ifndef EDGE_REPORTER_H
#define EDGE_REPORTER_H

#include "runtime/past.h"

struct request;

typedef struct reporter reporter_t;

enum { REPORTER_WAITING_MAX = 16 };

//  timeout_ms: for one report, from its beginning. NULL: the thread could not be made.
reporter_t *reporter_new (int64_t timeout_ms);

//  Cancels what it works at, answers what waits with 503 not_ready. Before the
//  requests' connections end; takes no more.
void reporter_end (reporter_t *self);
void reporter_destroy (reporter_t **self_p);

//  The suspended request is the reporter's until its report function was called; then
//  it is resumed. False: too many wait; it is still the caller's. Any thread.
bool reporter_take (reporter_t *self, struct request *request);

//  For report functions: how long the one at hand may go on, for what reads the past; and
//  whether it was its time that was over.
patience_t reporter_patience (reporter_t *self);
bool reporter_took_too_long (const reporter_t *self);

#endif
