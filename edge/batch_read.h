//  batch_read - the envelope of a batch: where each of its operations stands.
//
//      { "operations": [ { "idempotency_key": "k1",       what the header would say
//                          "method": "POST",
//                          "path": "/v1/payments?…",
//                          "body": { … },                 as the body of its own
//                          "if_match": "\"3\"" }, … ] }
//
//  Only method and path must be there. The envelope is read whole before anything begins: if
//  anything of it is malformed, nothing was done. What a body says is each operation's own
//  matter, and so is a method, path or key that leads nowhere.
//
//  One operation is parsed at a time, and again when it begins; in between its text stands
//  in the request's body. So a batch holds its text in memory and one tree, not a tree of
//  all: text as dense as [[],[],…] makes trees a hundred times its size.
//
//  No threads, no state.

#ifndef EDGE_BATCH_READ_H
#define EDGE_BATCH_READ_H

#include <jansson.h>
#include "edge/problem.h"

typedef struct {
    size_t operations_max;
    size_t operation_bytes_max;
} batch_limits_t;

typedef struct {
    size_t at, size;                //  In the body
} batch_span_t;

//  *ret_spans gets owned memory (free), one span for each operation, in order; NULL if there
//  are none. False: 400, or 413 for an operation that is too large, with the pointer of each
//  that is wrong ("/operations/3/method"), and nothing to free.
bool batch_read (const char *bytes, size_t size, const batch_limits_t *limits,
                 batch_span_t **ret_spans, size_t *ret_count, problem_t *problem);

#endif
