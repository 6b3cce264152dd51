//  precondition - If-Match: change an object only as it was read (RFC 9110, 13.1.1).
//
//      If-Match              asks for version
//      none, *               0: any
//      "7"                   7
//      W/"7", "seven", ""    PRECONDITION_NEVER: none has it (only strong tags match)
//
//  An object's ETag is its version. The version rides in the command, since only the
//  aggregate that decides knows whether it is still the one; it refuses with
//  PRECONDITION_FAILED (412), and so it is told who wrote in between.

#ifndef EDGE_PRECONDITION_H
#define EDGE_PRECONDITION_H

#include <stdbool.h>
#include <stdint.h>

#define PRECONDITION_NEVER INT64_MAX

//  value: of the header, NULL if there is none. False: it is not one entity tag (a list
//  of several is refused: a version cannot be two).
bool precondition_read (const char *value, int64_t *ret_version);

#endif
