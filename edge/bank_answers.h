//  bank_answers - answers of the bank on their way to who asked.
//
//  The node may have no room for one; then it waits here with all behind it and is
//  offered again, 10 ms to 1 s apart. Bounded by the exchange's window: it does not
//  hand out more messages than are unanswered. Belongs to the gateway's thread.

#ifndef EDGE_BANK_ANSWERS_H
#define EDGE_BANK_ANSWERS_H

#include "edge/bank_call.h"
#include "runtime/node.h"

typedef struct bank_answers bank_answers_t;

bank_answers_t *bank_answers_new (void);

//  What was not told is dropped: its message comes again.
void bank_answers_destroy (bank_answers_t **self_p);

//  Answers the message's sender with its cause, now or when there is room.
void bank_answers_tell (bank_answers_t *self, node_port_t *port, const message_t *message,
                        const bank_outcome_t *outcome);

//  Offers those that wait, if it is time.
void bank_answers_retry (bank_answers_t *self, node_port_t *port, int64_t now_ms);

bool bank_answers_waiting (const bank_answers_t *self);

#endif
