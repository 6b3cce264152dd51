//  status - how an operation on the outside world ended: disk, socket, process.
//
//  Three kinds of trouble are never mixed. A verdict_t (runtime/verdict.h) is a
//  business refusal, normal, told to the client. A status_t is operational. A
//  broken invariant of the program is neither: it asserts, and the node restarts
//  from its journal.

#ifndef STORE_STATUS_H
#define STORE_STATUS_H

#define STATUS_CODES(X)                                                                            \
    X (OK, "ok")                                                                                   \
    X (NOT_FOUND, "not found")                                                                     \
    X (IN_USE, "in use by another process")                                                        \
    X (NO_ACCESS, "cannot be read or written")                                                     \
    X (NO_SPACE, "no space left")                                                                  \
    X (IO_ERROR, "input/output error")                                                             \
    X (DAMAGED, "damaged")                                                                         \
    X (UNSUPPORTED, "made by another version")                                                     \
    X (TOO_LARGE, "larger than the limit")                                                         \
    X (LIMIT, "a limit of this machine or process is too low")                                     \
    X (BUSY, "busy")                                                                               \
    X (INVALID, "not valid")

#define STATUS_ENUM(code, text) STATUS_##code,
typedef enum { STATUS_CODES (STATUS_ENUM) STATUS_COUNT } status_t;
#undef STATUS_ENUM

#define must_check __attribute__ ((warn_unused_result))

//  Returns a short, static text, never NULL.
const char *status_text (status_t status);

#endif
