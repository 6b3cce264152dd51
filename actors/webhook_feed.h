//  webhook_feed - how far the journal was looked through for webhooks.
//
//      advance    the next step: deliveries that it found are created, and of some
//                 partitions everything up to a sequence was looked at
//
//  Its creations leave with the commit that moves the position, by the outbox: each is made
//  once, whatever crashes, and what is behind the position was delivered to everybody who
//  wanted it then. A step that finds more than one command takes is made of several; the
//  last of them moves the position.
//
//  Whoever looks through the journal (edge/webhook_reader.h) counts its steps. One that is
//  not the next, because one before it was lost or this one was made before, is refused, and
//  the reader begins anew at the position.
//
//  A delivery's id follows from endpoint and place: found twice, it is created once.
//
//  Invariant: the position of a partition never goes back.

#ifndef ACTORS_WEBHOOK_FEED_H
#define ACTORS_WEBHOOK_FEED_H

#include "actors/delivery.h"

enum {
    WEBHOOK_FEED_PARTITIONS = 1024,    //  At most (a folder's)
    WEBHOOK_FEED_MOVES = 64,        //  Of one step
    WEBHOOK_FEED_CREATIONS = 8      //  Of one step
};

typedef struct {
    uint32_t partition;
    int64_t sequence;               //  Looked at up to here, included
} webhook_feed_move_t;

typedef struct {
    int64_t steps;                  //  Made so far
    uint32_t position_count;        //  Those that are not 0, in the order of their first move
    webhook_feed_move_t positions [WEBHOOK_FEED_PARTITIONS];
} webhook_feed_t;

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    WEBHOOK_FEED_ADVANCE            //  webhook_feed_advance_t
} webhook_feed_command_t;

typedef enum {
    WEBHOOK_FEED_ADVANCED           //  webhook_feed_advanced_t
} webhook_feed_event_t;

typedef struct {
    int64_t step;                   //  From 1
    uint32_t move_count;
    webhook_feed_move_t moves [WEBHOOK_FEED_MOVES];
    uint32_t creation_count;
    delivery_create_t creations [WEBHOOK_FEED_CREATIONS];
} webhook_feed_advance_t;

typedef struct {
    int64_t step;
    uint32_t move_count;
    webhook_feed_move_t moves [WEBHOOK_FEED_MOVES];
    uint32_t creation_count;
} webhook_feed_advanced_t;

//  There is one: its bits are all zero.
static inline oid_t
webhook_feed_oid (void)
{
    return (oid_t) { .kind = OID_WEBHOOK_FEED };
}

//  0: nothing was looked at.
int64_t webhook_feed_position (const webhook_feed_t *self, uint32_t partition);

extern const aggregate_type_t webhook_feed_aggregate;

#endif
