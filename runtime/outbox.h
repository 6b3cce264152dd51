//  outbox - what committed records have sent and no record has acknowledged yet.
//
//  A message is pending from the commit that sent it until the receiver's own
//  record, even one without events, names it as its cause. In between it is
//  WAITING or DISPATCHED; what is dispatched in this process is never lost in
//  silence: it ends in a commit (acknowledged) or in a refused batch (returned).
//  A restart begins with all pending ones WAITING.
//
//  A message's name is (source partition, target, number). The target is the
//  receiver's partition, or for a port (the bank) the number after the last one.
//
//  Pure: the exchange drives it. One thread.

#ifndef RUNTIME_OUTBOX_H
#define RUNTIME_OUTBOX_H

#include <zmq.h>
#include "runtime/draft.h"
#include "store/record.h"

typedef struct outbox outbox_t;

//  Lines of their own, so that a slow bank, or slow receivers of webhooks, hold up nobody
//  but those who wait for them.
typedef enum {
    LANE_ACTORS,
    LANE_PORT,                      //  The bank, the members' keys
    LANE_WEBHOOKS,
    LANE_COUNT
} outbox_lane_t;

typedef struct {
    uint16_t source, target;
    uint64_t number;
} message_name_t;

//  The target of a message to this object.
uint16_t outbox_target (oid_t to, uint16_t partitions);

//  The name of the message that a record or command names as its cause.
message_name_t outbox_cause (uint16_t cause_source, uint64_t cause_number, oid_t receiver,
                             uint16_t partitions);

//  Makes the frame of a message out of the record that sent it.
void outbox_frame (const record_head_t *head, const record_message_t *message, uint16_t partitions,
                   zmq_msg_t *ret_frame);

outbox_t *outbox_new (void);
void outbox_destroy (outbox_t **self_p);

//  Takes the frame; WAITING. A name that is pending already is ignored.
void outbox_add (outbox_t *self, message_name_t name, zmq_msg_t *frame);

//  The next WAITING message of a line to try, in order of arrival, or NULL. It must
//  be followed by dispatched, deferred or acknowledged of the same name.
const message_t *outbox_next (outbox_t *self, outbox_lane_t lane, message_name_t *ret_name);

//  A copy of its frame for the receiver (no bytes are copied); DISPATCHED.
void outbox_dispatched (outbox_t *self, message_name_t name, zmq_msg_t *ret_frame);

//  No room for it now: to the end of the line.
void outbox_deferred (outbox_t *self, message_name_t name);

//  The receiver's record is durable. False if it was not pending.
bool outbox_acknowledged (outbox_t *self, message_name_t name);

//  The receiver's work on it was lost with a refused commit: WAITING again. False if
//  it was not DISPATCHED.
bool outbox_returned (outbox_t *self, message_name_t name);

size_t outbox_waiting (const outbox_t *self, outbox_lane_t lane);
size_t outbox_dispatched_count (const outbox_t *self, outbox_lane_t lane);
size_t outbox_pending (const outbox_t *self);

#endif
