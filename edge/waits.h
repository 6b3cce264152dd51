//  waits - who waits for a saga, and how long: one entry per request slot.
//
//      kind        at its deadline
//      WAIT_SAGA   the saga's reply is asked for as it stands (node_port_unwait), again
//                  each WAITS_REPEAT_MS (two ports keep no order, so the first may
//                  overtake the command); abandon_ms later the request is given up
//      WAIT_REPLY  the request is given up
//
//  Waiters of long sagas may take at most half of the connections: who waits longer
//  than WAITS_LONG_MS and finds that many others doing so is asked for at once.
//
//  Time is monotonic milliseconds and comes in. Any thread; one short mutex. The
//  visitor runs without it, on a copy.

#ifndef EDGE_WAITS_H
#define EDGE_WAITS_H

#include "runtime/oid.h"

enum {
    WAITS_LONG_MS = 250,
    WAITS_REPEAT_MS = 1000
};

typedef enum { WAIT_NONE, WAIT_REPLY, WAIT_SAGA } wait_kind_t;

typedef struct {
    wait_kind_t kind;
    int64_t since_ms, deadline_ms, abandon_ms;
    int64_t asked_ms;               //  When its reply was last asked for; 0: never
    oid_t oid;                      //  Of a saga
    uint64_t token;
} wait_t;

typedef struct waits waits_t;

waits_t *waits_new (uint32_t slots, uint32_t long_max);
void waits_destroy (waits_t **self_p);

void waits_set (waits_t *self, uint32_t slot, const wait_t *wait);
void waits_clear (waits_t *self, uint32_t slot);

typedef enum { WAIT_ENDS, WAIT_ABANDONED } wait_event_t;
typedef void (wait_fn) (void *context, uint32_t slot, const wait_t *wait, wait_event_t event);

//  Visits what is due. `all`: every saga's wait ends now.
void waits_visit (waits_t *self, int64_t now_ms, bool all, wait_fn *visit, void *context);

#endif
