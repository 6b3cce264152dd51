//  secret_file - small files with secrets: read only if nobody else may read them,
//  made whole and durable or not at all.
//
//  Errors carry one line for people: what, path, why. Any thread.

#ifndef EDGE_SECRET_FILE_H
#define EDGE_SECRET_FILE_H

#include <stddef.h>
#include "runtime/node.h"

//  Reads at most `capacity` bytes. NOT_FOUND, NO_ACCESS, IO_ERROR; INVALID: not a
//  file, or group or others have any permission; TOO_LARGE.
status_t secret_file_read (const char *path, char *ret_bytes, size_t capacity, size_t *ret_size,
                           char ret_reason [256]) must_check;

//  Makes the file with mode 0600, complete and fsynced before it has its name,
//  and its folder (0700) if that is missing. A file that is there already is kept
//  and is OK: of two processes at once one makes it, and both read that one.
status_t secret_file_make (const char *path, const char *bytes, size_t size,
                           char ret_reason [256]) must_check;

//  The same over a file that is there: a reader sees the old one or the new one,
//  whole, and so does a start after a crash.
status_t secret_file_replace (const char *path, const char *bytes, size_t size,
                              char ret_reason [256]) must_check;

#endif
