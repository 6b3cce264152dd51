//  webhook_reader - looks through the journal for what webhook endpoints want to hear of.
//
//  One zactor. From the feed's durable position (actors/webhook_feed.h) it reads the records
//  of each partition, compares each event with the enabled endpoints, and sends the feed one
//  step at a time: deliveries to create, and how far it is. A step is made when its record
//  is read in the journal; only then comes the next. A crash repeats a step that was not
//  made, and what it finds again has the same ids.
//
//      no endpoint is enabled    nothing is read; the next record of an endpoint wakes it
//      one is                    the next commit wakes it; the position moves with what was
//                                found, else once a second
//
//  An endpoint hears of what was stamped since it was enabled. Its own record may be read
//  after events that it should hear of (they are in other partitions): then what was read
//  since the cycle before is looked at once more.
//
//  What was read before the record that disables it may still be delivered: an event within
//  moments of that.
//
//  A merchant's endpoint hears of the merchant, its payments, refunds and settlements. Whose
//  an object is never changes, so it is read from the state environment; one that is not
//  flushed yet is waited for.

#ifndef EDGE_WEBHOOK_READER_H
#define EDGE_WEBHOOK_READER_H

#include "runtime/node.h"

typedef struct webhook_reader webhook_reader_t;

//  Before the edge takes requests: endpoints that are made from then on are met as events.
//  LIMIT: no thread or socket; what the state environment says if the list of endpoints
//  cannot be read. One line in ret_reason.
status_t webhook_reader_new (node_t *node, webhook_reader_t **ret_reader,
                             char ret_reason [256]) must_check;

//  Before node_destroy.
void webhook_reader_destroy (webhook_reader_t **self_p);

//  Counters for /metrics; any thread.
typedef struct {
    uint64_t looked;                //  Records
    uint64_t found;                 //  Deliveries asked for; some again after a crash
    uint64_t restarts;              //  Steps that were lost
} webhook_reader_metrics_t;

void webhook_reader_metrics (const webhook_reader_t *self, webhook_reader_metrics_t *ret_metrics);

#endif
