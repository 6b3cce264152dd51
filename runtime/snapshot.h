//  snapshot - an aggregate's state as bytes: version, stamps and the packed struct.
//
//  The same bytes rest in the state environment, travel to an actor that is bound
//  to the aggregate, and ride behind every record until a flush covers it.
//
//      offset  size  field (little endian)
//           0     8  version: events so far; 0 does not exist
//           8     8  created, Unix ms
//          16     8  updated, Unix ms
//          24     1  1 if at rest (not a saga that still runs)
//          25        the state struct in MessagePack, by its shape

#ifndef RUNTIME_SNAPSHOT_H
#define RUNTIME_SNAPSHOT_H

#include "runtime/aggregate.h"

enum { SNAPSHOT_HEAD_SIZE = 25, SNAPSHOT_SIZE_MAX = 96 * 1024 };

typedef struct {
    uint64_t version;
    int64_t created_at_ms, updated_at_ms;
    bool finished;
} snapshot_head_t;

//  False if the bytes are too short to be one.
bool snapshot_read (const uint8_t *bytes, size_t size, snapshot_head_t *ret_head);

void snapshot_write (uint8_t bytes [SNAPSHOT_HEAD_SIZE], const snapshot_head_t *head);

#endif
