//  facts - what was just read of members and merchants: whether they are active.
//
//  Each payment asks whether payer and payee are active, and the answer is nearly
//  always that of a moment ago. A read is an answer like any other, it waits for the
//  commit before it; remembering it saves two of the six hops of a payment.
//
//  Never stale by what this edge did: before a command to an object is sent, and
//  again when it was decided, the object is forgotten, and what was asked in between
//  is not kept (its place's epoch has moved). What changes an object behind the
//  edge's back, or a command whose outcome stayed unknown, is seen after
//  FACTS_TTL_MS. Only suspend, activate and a closing change what these facts say; they
//  come through the edge, which forgets what it shows at the end of a saga too.
//
//  Fixed places, the last one wins. Any thread; a mutex for some places each.

#ifndef EDGE_FACTS_H
#define EDGE_FACTS_H

#include "runtime/node.h"

enum {
    FACTS_PLACES = 8192,            //  At most a state each
    FACTS_TTL_MS = 1000
};

typedef struct facts facts_t;

facts_t *facts_new (void);
void facts_destroy (facts_t **self_p);

//  A copy of what was read (returns owned), or NULL and the epoch to keep it with.
node_reply_t *facts_recall (facts_t *self, oid_t oid, int64_t now_ms, uint64_t *ret_epoch);

//  Copies the reply, unless its object was forgotten since `epoch` or is missing.
void facts_keep (facts_t *self, const node_reply_t *reply, int64_t now_ms, uint64_t epoch);

void facts_forget (facts_t *self, oid_t oid);

#endif
