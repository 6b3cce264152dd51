//  keys_gateway - the way to the members' keys: a member that was erased asks, its key is
//  destroyed, and it hears so.
//
//  One zactor. It pulls messages to the port (actors/keys.h) off the exchange, destroys
//  the asker's key (edge/member_keys.h) and answers with the message's cause, so that
//  the answer's record acknowledges the message. A crash in between: the message comes
//  again, and a key that is gone is gone.
//
//  A disk without room or with an error: one line for the operator, and it tries again
//  every second; the member stays erased, without an answer. After a failed flush that
//  lasts until the process is started again, since what is on disk is not known.

#ifndef EDGE_KEYS_GATEWAY_H
#define EDGE_KEYS_GATEWAY_H

#include "edge/member_keys.h"
#include "runtime/node.h"

typedef struct keys_gateway keys_gateway_t;

//  Borrows both until it is destroyed. LIMIT: no thread or socket; one line in ret_reason.
status_t keys_gateway_new (node_t *node, member_keys_t *keys, keys_gateway_t **ret_gateway,
                           char ret_reason [256]) must_check;

//  What waits comes again at the next start. Before node_destroy.
void keys_gateway_destroy (keys_gateway_t **self_p);

#endif
