//  batch - POST /v1/batch: many operations in one round trip, each a request of its own.
//
//      connection ─▶ request ─▶ batch ─▶ operations: requests without a connection, a window
//                        ◀─ results ─┘   of them at once, each through every stage
//
//  An operation is a request_t like any other: the same checks, rate limit, admission, scope
//  (so its key replays outside of the batch, and the other way round), log line and counters.
//  Instead of a connection it has its batch (`of_batch`), its text (`operation`) says what
//  header and body would, and its result waits until all are there. Caller, trace, client's
//  address and Prefer are the batch's: what is left of its wait when an operation begins is
//  the operation's.
//
//  Operations stand alone: no order among them, no rollback; what depends on another's effect
//  belongs into a later batch. Not in a batch (422 not_in_batch): another batch, sessions,
//  which hold secrets and no key, and what is not under /v1. None of them streams or answers
//  anything but JSON: that is asked for by Accept, which an operation does not have.
//
//  Limits. Each batch under way has one of `batches` places, claimed when its header is there,
//  before its body is read: one member or merchant has a quarter of them at most (at least
//  one). Each place stands for batch_window request slots that nobody else takes. When the
//  results are batch_answer_bytes long, what has not begun is refused (503 overloaded).
//
//  One thread reads envelopes, begins operations and keeps their results, so that libmicro-
//  httpd's workers are free for others; whoever ends an operation's wait hands it back here.
//
//  A client that leaves does not stop a batch: its connection is suspended, nobody looks, all
//  operations end, and the batch sent again finds them by their keys. Stopping: a batch that
//  was accepted begins all its operations until the last second of the grace; from then on
//  they are refused (503 not_ready). Nothing of a batch itself is kept.

#ifndef EDGE_BATCH_H
#define EDGE_BATCH_H

#include "edge/request.h"

typedef struct batch batch_t;
typedef struct batches batches_t;

//  Borrows the edge. NULL: no thread.
batches_t *batches_new (edge_t *edge);

//  When no request is left: after http_stop. NULL-safe.
void batches_destroy (batches_t **self_p);

//  Slots that operations may take, beside those of connections.
uint32_t batches_slots (const limits_t *limits);

//  A place for this request's batch; false: there is none for its caller now. Any thread.
bool batches_claim (batches_t *self, request_t *request);
void batches_release (batches_t *self, request_t *request);

//  The request (a batch's, or an operation) can go on. Any thread; its last touch.
void batches_ready (batches_t *self, request_t *request);

//  Whose batch it is.
const request_t *batch_request (const batch_t *self);

//  What the header field would say of an operation; NULL: nothing.
const char *batch_header (const request_t *operation, const char *name);

//  The body of an operation (borrowed), or NULL.
json_t *batch_body (const request_t *operation);

//  How long an operation that begins now may wait.
unsigned batch_wait_s (const request_t *operation);

#endif
