//  message - one command or question on its way: a single ZeroMQ frame.
//
//  Inside a node a frame is this struct, the payload behind it (MessagePack, by the
//  command's shape) and behind that the id of the operator who asked, if one did; the
//  sender and receiver are one binary. A message is
//  never changed after it was made, and its bytes belong to the frame.

#ifndef RUNTIME_MESSAGE_H
#define RUNTIME_MESSAGE_H

#include <zmq.h>
#include "runtime/oid.h"
#include "runtime/shape.h"

typedef enum {
    MESSAGE_COMMAND = 1,
    MESSAGE_QUERY,                  //  Read the aggregate's state
    MESSAGE_SYNC,                   //  Answer when the projections hold all committed by now
    MESSAGE_UNWAIT                  //  Stop waiting for a saga: answer with what is
} message_kind_t;

enum {
    MESSAGE_SCOPED = 1,             //  Has an idempotency scope
    MESSAGE_WAITS = 2,              //  The edge's answer may wait for the saga's end
    MESSAGE_TIMER = 4,              //  A durable timer that fell due
    MESSAGE_FROM_PORT = 8           //  Counted at admission
};

enum { MESSAGE_PAYLOAD_MAX = 64 * 1024 };

typedef struct {
    uint8_t kind, flags;
    uint8_t command;
    uint8_t answer;                 //  answer_t: what `from` wants to hear
    uint8_t answer_command;
    uint8_t operator_size;          //  Behind the payload; 0: no operator asked
    oid_t to, from;
    uint16_t cause_source;          //  The outbox message's name: source partition
    uint64_t cause_number;          //  … and number; 0: not from an outbox
    uint32_t step;
    uint32_t payload_size;
    int64_t timer_due_ms;           //  MESSAGE_TIMER: what it was set for when it fired
    uint64_t token;                 //  The edge's; 0: nobody waits
    uint8_t correlation [16];
    uint8_t scope [16];
    uint8_t fingerprint [16];
    uint8_t payload [];
} message_t;

//  Makes a frame of `head` and the packed value (NULL: no payload). Asserts that
//  it fits MESSAGE_PAYLOAD_MAX.
void message_make (zmq_msg_t *frame, const message_t *head, const shape_t *shape,
                   const void *value);

//  The same, asked for by this operator (NULL: by none), of 255 bytes at most.
void message_make_by (zmq_msg_t *frame, const message_t *head, const shape_t *shape,
                      const void *value, const char *operator);

//  Who asked: operator_size bytes, without a final zero.
static inline const char *
message_operator (const message_t *self)
{
    return (const char *) self->payload + self->payload_size;
}

//  Bytes of its frame.
static inline uint32_t
message_size (const message_t *self)
{
    return (uint32_t) sizeof *self + self->payload_size + self->operator_size;
}

//  The message in a frame, or NULL if the frame is not one.
const message_t *message_in (zmq_msg_t *frame);

#endif
