//  rate - how many requests a caller may make: a token bucket for each.
//
//  A bucket of `quota` tokens fills over `window_s`, evenly. It is kept as the one number
//  from which all else follows, the time at which it will be full (the virtual scheduling
//  of ATM Forum TM 4.0, known as GCRA): a request moves it quota-th parts of the window
//  ahead, and is refused if that would be more than a window from now.
//
//  A bounded table: RATE_PLACES buckets in sets of RATE_WAYS, chosen by a hash with a random
//  key of this run, so nobody can aim at a set. Who finds no free place takes over that of
//  the bucket that is full soonest, usually one that is full already and so tells nothing.
//  If it is not, its debt is inherited: a newcomer begins with what the one that it put out
//  owed. So no flood of addresses resets a bucket, one's own or another's; in it, those who
//  come for the first time may be refused early, for a window at most.
//
//  An IPv6 address counts as its /64 network, one that maps IPv4 as that. Behind a proxy all
//  who send no token have the proxy's address: raise rate_address there. Memory of a run, and
//  of this node.
//
//  Time is monotonic nanoseconds and comes in. Any thread; one short mutex.

#ifndef EDGE_RATE_H
#define EDGE_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include "runtime/oid.h"

enum { RATE_WAYS = 8, RATE_PLACES = 65536 };

typedef struct rates rates_t;

//  window_s: of every quota.
rates_t *rates_new (int64_t window_s);
void rates_destroy (rates_t **self_p);

//  Who a bucket is of. address NULL: not known; they all share one.
uint64_t rates_name_address (const rates_t *self, const struct sockaddr *address);
uint64_t rates_name_caller (const rates_t *self, oid_t caller);

typedef struct {
    int64_t quota;                  //  0: not limited, and nothing else is set
    int64_t window_s;
    int64_t left;                   //  Requests that would pass now
    int64_t full_s;                 //  Until `left` is the quota again, rounded up
    int64_t retry_s;                //  Until one passes, rounded up; 0: this one did
} rate_t;

//  Counts one request of this bucket; a refused one costs nothing. quota 0: no limit.
rate_t rates_take (rates_t *self, uint64_t name, int64_t quota, int64_t now_ns);

#endif
