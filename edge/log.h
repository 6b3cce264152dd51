//  log - lines for people and machines, written behind the back of who logs them.
//
//  A line goes into a bounded buffer; a thread writes the buffer to a descriptor.
//  Full (the reader of stderr is slow): the line is dropped and counted, and the
//  count is logged when there is room again. Nobody ever waits for a descriptor.
//
//  Lines are key=value without personal data, and end here with a line feed.

#ifndef EDGE_LOG_H
#define EDGE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct log log_t;

enum { LOG_BUFFER_SIZE = 1024 * 1024 };    //  Two of them

//  Starts the thread. NULL: no memory, or no thread.
log_t *log_new (int descriptor);

//  Writes what is left. NULL-safe.
void log_destroy (log_t **self_p);

//  Any thread.
void log_line (log_t *self, const char *line);

uint64_t log_dropped (const log_t *self);

#endif
