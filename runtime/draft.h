//  draft - what an actor hands to the journal after one message: a single frame.
//
//  The record is complete but for its place: the journal's writer fills message
//  numbers, chain, CRC and sequence, commits, and the exchange releases what the
//  draft promises: reply, messages, timers. A draft without a record (a duplicate,
//  an unscoped refusal) goes the same way and waits for those before it.
//
//  In-process only: this struct, then the record, then the snapshot.

#ifndef RUNTIME_DRAFT_H
#define RUNTIME_DRAFT_H

#include <zmq.h>
#include "runtime/message.h"
#include "runtime/node.h"

enum {
    DRAFT_DURABLE = 1,              //  Has a record
    DRAFT_FROM_PORT = 2,            //  Was counted at admission
    DRAFT_WAITS = 4,
    DRAFT_TIMER = 8,                //  Its message was a timer
    DRAFT_FINISHED = 16,            //  The aggregate is at rest
    DRAFT_SCOPED = 32,
    DRAFT_DEAD_LETTER = 64
};

//  A cause that names a message to a port (the bank) has this bit in its source:
//  ports have numbers of their own per source partition.
enum { CAUSE_PORT = 0x8000 };

typedef struct {
    uint32_t slot;
    uint32_t generation;
    uint8_t flags;
    uint8_t reply;                  //  reply_kind_t
    uint8_t command;
    uint16_t verdict;
    uint16_t partition;
    oid_t aggregate, object;
    uint16_t cause_source;
    uint64_t cause_number;
    int64_t timer_due_ms;           //  DRAFT_TIMER: what it was set for when it fired
    uint64_t token;
    uint8_t scope [16], fingerprint [16];
    uint64_t version, version_before;
    uint64_t decided_version;       //  Of a replay: right after the scope was decided
    uint64_t sequence;              //  Filled by the journal's writer
    uint32_t message_size;          //  Bytes counted at admission
    uint32_t record_size, snapshot_size;
    uint8_t bytes [];
} draft_t;

static inline uint8_t *
draft_record (draft_t *self)
{
    return self->bytes;
}

static inline uint8_t *
draft_snapshot (draft_t *self)
{
    return self->bytes + self->record_size;
}

#endif
