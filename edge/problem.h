//  problem - an answer that says no: application/problem+json (RFC 9457).
//
//      { "type", "title", "status", "detail", "instance", "code", "request_id",
//        "retryable", "errors": [ { "pointer", "code", "detail" } ], "object" }
//
//  `code` is stable and what programs read. Two tables have them all: this one,
//  for what the edge refuses before anything is recorded, and the verdicts
//  (runtime/verdict.h), for what a rule refused. `pointer` is an RFC 6901 pointer
//  into the body ("/amount"), or the bare name of a query parameter or header.
//
//  A value type. No personal data: details never quote what a client sent, other
//  than the names of fields.

#ifndef EDGE_PROBLEM_H
#define EDGE_PROBLEM_H

#include "edge/json_out.h"
#include "runtime/verdict.h"

//      name                        HTTP  retryable  title
#define PROBLEMS(X)                                                                                \
    X (NONE,                        200,  false,     "")                                           \
    X (INVALID_REQUEST,             400,  false,     "The request is not valid")                   \
    X (IDEMPOTENCY_KEY_MISSING,     400,  false,     "An Idempotency-Key header is required")      \
    X (IDEMPOTENCY_KEY_INVALID,     400,  false,     "The Idempotency-Key header is not valid")    \
    X (UNAUTHORIZED,                401,  false,     "A valid access token is required")           \
    X (FORBIDDEN,                   403,  false,     "The caller's role does not allow this")      \
    X (NOT_FOUND,                   404,  false,     "There is no such object")                    \
    X (METHOD_NOT_ALLOWED,          405,  false,     "The resource does not take this method")     \
    X (IDEMPOTENCY_IN_FLIGHT,       409,  true,      "The same request is being decided")          \
    X (PAYLOAD_TOO_LARGE,           413,  false,     "The body is too large")                      \
    X (URI_TOO_LONG,                414,  false,     "The URL is too long")                        \
    X (UNSUPPORTED_MEDIA_TYPE,      415,  false,     "The body must be application/json")          \
    X (IDEMPOTENCY_KEY_REUSED,      422,  false,     "The key was used with another body")         \
    X (NOT_IN_BATCH,                422,  false,     "The operation cannot be part of a batch")    \
    X (RATE_LIMITED,                429,  true,      "The caller asks more often than it may")     \
    X (HEADER_FIELDS_TOO_LARGE,     431,  false,     "There are more than 100 header fields, or 32 KiB")           \
    X (OVERLOADED,                  503,  true,      "The node has as much work as it may take")   \
    X (TOO_MANY_CONNECTIONS,        503,  true,      "The node has as many connections as it may") \
    X (STORAGE_FULL,                503,  true,      "The node's storage is full")                 \
    X (STORAGE_FAILED,              503,  true,      "The node's storage does not answer")         \
    X (NOT_READY,                   503,  true,      "The node does not take requests now")        \
    X (OUTCOME_UNKNOWN,             503,  true,      "The outcome is not known; repeat with the same key") \
    X (BANK_UNAVAILABLE,            503,  true,      "The bank does not answer; nothing was recorded") \
    X (PROJECTION_TIMEOUT,          503,  true,      "The lists are behind; try again")

#define PROBLEM_ENUM(code, http, retryable, title) PROBLEM_##code,
typedef enum { PROBLEMS (PROBLEM_ENUM) PROBLEM_COUNT } problem_kind_t;
#undef PROBLEM_ENUM

//  What is wrong with one field.
#define FAULTS(X)                                                                                  \
    X (MISSING, "missing")                                                                         \
    X (UNKNOWN, "unknown")                                                                         \
    X (NULL_VALUE, "null_value")                                                                   \
    X (WRONG_TYPE, "wrong_type")                                                                   \
    X (OUT_OF_RANGE, "out_of_range")                                                               \
    X (TOO_SHORT, "too_short")                                                                     \
    X (TOO_LONG, "too_long")                                                                       \
    X (MALFORMED, "malformed")                                                                     \
    X (DUPLICATE, "duplicate")

#define FAULT_ENUM(code, text) FAULT_##code,
typedef enum { FAULTS (FAULT_ENUM) FAULT_COUNT } fault_t;
#undef FAULT_ENUM

enum {
    PROBLEM_FIELDS_MAX = 16,        //  Bad fields that are listed
    PROBLEM_POINTER_SIZE = 72,
    PROBLEM_DETAIL_SIZE = 200,
    PROBLEM_RETRY_AFTER_S = 1       //  Retry-After of what has no better guess
};

typedef struct {
    char pointer [PROBLEM_POINTER_SIZE];
    fault_t fault;
    char detail [PROBLEM_DETAIL_SIZE];
} problem_field_t;

typedef struct {
    unsigned http;                  //  0: there is no problem
    const char *code, *title;       //  Static
    bool retryable;
    unsigned retry_after_s;         //  0: no header
    char detail [PROBLEM_DETAIL_SIZE];
    size_t field_count;
    problem_field_t fields [PROBLEM_FIELDS_MAX];
} problem_t;

//  Sets the problem; detail NULL: the title says it all.
void problem_set (problem_t *self, problem_kind_t kind, const char *detail);

//  A rule's refusal.
void problem_refuse (problem_t *self, verdict_t verdict);

//  Adds a bad field (and makes the problem INVALID_REQUEST). Beyond
//  PROBLEM_FIELDS_MAX they are not listed. In names, '~' and '/' are escaped as
//  RFC 6901 asks and what does not fit is cut between characters.
void problem_field (problem_t *self, const char *prefix, const char *name, fault_t fault,
                    const char *detail);

//  Opens the problem's object in `out` and writes every member but `object`; the
//  caller may add that, and closes with out_close (out, '}').
void problem_render (const problem_t *self, const char *instance, const char *request_id,
                     json_out_t *out);

const char *problem_code (problem_kind_t kind);
const char *problem_title (problem_kind_t kind);

#endif
