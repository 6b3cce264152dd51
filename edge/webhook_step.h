//  webhook_step - one step of the feed after the other, each until its record is there.
//
//      begin --> fill `advance` --> send --> look until made --> fill …
//
//  The feed's own record in the journal is the acknowledgement: what it says is durable. A
//  step whose record does not come within WEBHOOK_STEP_PATIENCE_MS was lost (a commit that
//  was refused, a feed that is further): begin anew.
//
//  Belongs to the reader's thread.

#ifndef EDGE_WEBHOOK_STEP_H
#define EDGE_WEBHOOK_STEP_H

#include "actors/webhook_feed.h"
#include "runtime/journal_view.h"
#include "runtime/node.h"
#include "runtime/objects.h"

enum { WEBHOOK_STEP_PATIENCE_MS = 5000 };

typedef struct {
    node_t *node;
    node_port_t *port;
    objects_t *objects;
    journal_view_t *view;
    uint16_t partitions;
    uint64_t *durable;              //  What the feed has looked at, by partition
    int64_t steps;                  //  Made
    bool under_way;                 //  The next one is
    int64_t sent_ms, made_ms;       //  Monotonic
    uint64_t ack;                   //  The feed's partition was read for it up to here
    webhook_feed_advance_t advance;    //  The caller fills the creations
} webhook_step_t;

//  In the thread that it belongs to; ended by webhook_step_end.
void webhook_step_start (webhook_step_t *self, node_t *node);
void webhook_step_end (webhook_step_t *self);

//  Where the feed is; nothing is under way.
void webhook_step_begin (webhook_step_t *self, int64_t now_ms);

//  Sends what was filled in, and what was looked at. False: the node has no room now.
bool webhook_step_send (webhook_step_t *self, const uint64_t *positions, int64_t now_ms);

//  Looks for the record of the step under way: then it is made, and the next one empty.
bool webhook_step_made (webhook_step_t *self, int64_t now_ms);

bool webhook_step_lost (const webhook_step_t *self, int64_t now_ms);

#endif
