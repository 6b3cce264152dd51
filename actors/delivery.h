//  delivery - one event on its way to one webhook endpoint, and every attempt at it.
//
//      status      create     answered: 2xx   other outcome           wake      retry
//      absent      pending *  -               -                       -         not_found
//      pending     -          succeeded       pending | failed |      pending * pending *
//                                             discarded
//      succeeded   -          succeeded       succeeded               -         succeeded *
//      failed      -          succeeded       failed                  -         failed *
//      discarded   -          succeeded       discarded               -         discarded *
//
//      * sends an attempt. While one is in flight: retry is answer_pending (409), wake
//        changes nothing. To an endpoint that is disabled or deleted: retry is
//        webhook_endpoint_disabled (409). An answer that is not the attempt's in flight
//        changes nothing.
//
//  Its id follows from endpoint and place (edge/scope.h), so that whoever looks through
//  the journal twice creates it once.
//
//  Failed attempts are repeated after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and
//  24 h, each up to a tenth longer: by a hash of id and attempt, so that what failed
//  together does not come back together, and a replay gives the same. Then it has failed.
//  An endpoint that is disabled or deleted when an attempt is due: discarded. 410: the
//  endpoint is told, which disables itself, and this is discarded.
//
//  `retry` is a person's: one attempt at once, whatever became of it; also a success is
//  sent again (a replay). While it is pending the schedule goes on from there: the
//  attempt counts as the one that was due.
//
//  A process behind the outbox: an ask that a crash cut is made again, under the same
//  webhook-id. Receivers get everything at least once.
//
//  Invariant: pending is in flight or has a time for the next attempt, never both; the
//  attempts kept are the latest.

#ifndef ACTORS_DELIVERY_H
#define ACTORS_DELIVERY_H

#include "actors/webhook.h"

enum {
    DELIVERY_RETRIES = 9,           //  By itself, after the first attempt
    DELIVERY_ATTEMPTS_KEPT = 32     //  The latest; older ones are counted only
};

typedef enum {
    DELIVERY_ABSENT,
    DELIVERY_PENDING,
    DELIVERY_SUCCEEDED,
    DELIVERY_FAILED,
    DELIVERY_DISCARDED
} delivery_status_t;

//  One that is over.
typedef struct {
    uint32_t number;                //  From 1
    int64_t at_ms;                  //  When it was sent
    uint8_t outcome;                //  webhook_outcome_t
    uint32_t http_status;           //  Of an answer, else 0
    uint32_t duration_ms;
    bool manual;                    //  Somebody asked for it
} delivery_attempt_t;

typedef struct {
    uint8_t status;                 //  delivery_status_t
    bool in_flight;                 //  An attempt is with the gateway
    bool manual;                    //  That one was asked for by somebody
    oid_t endpoint;
    oid_t owner;                    //  The endpoint's: a merchant, or NONE
    webhook_place_t place;
    char event [WEBHOOK_PATTERN_SIZE];    //  "payment.captured"
    oid_t subject;                  //  What the event is of
    uint32_t attempts;              //  Sent so far
    uint32_t retries;               //  Of the schedule, used so far
    int64_t sent_at_ms;             //  The latest
    int64_t next_at_ms;             //  The next by itself; 0: none is planned
    uint32_t kept_count;
    delivery_attempt_t kept [DELIVERY_ATTEMPTS_KEPT];    //  Oldest first
} delivery_t;

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    DELIVERY_CREATE,                //  delivery_create_t
    DELIVERY_ANSWERED,              //  webhook_answered_t
    DELIVERY_WAKE,                  //  Timer
    DELIVERY_RETRY                  //  delivery_retry_t
} delivery_command_t;

typedef enum {
    DELIVERY_WAS_CREATED,           //  delivery_created_t; "delivery.created": and sent
    DELIVERY_ATTEMPTED,             //  delivery_attempted_t; sent again
    DELIVERY_ATTEMPT_FAILED,        //  delivery_outcome_t; another is planned, or status stays
    DELIVERY_HAS_SUCCEEDED,         //  delivery_outcome_t; "delivery.succeeded"
    DELIVERY_HAS_FAILED,            //  delivery_outcome_t; "delivery.failed": none is planned
    DELIVERY_WAS_DISCARDED          //  delivery_outcome_t; "delivery.discarded"
} delivery_event_t;

typedef struct {
    oid_t endpoint, owner;
    webhook_place_t place;
    char event [WEBHOOK_PATTERN_SIZE];
    oid_t subject;
} delivery_create_t;

typedef delivery_create_t delivery_created_t;

typedef struct {
    uint8_t endpoint_status;        //  A fact: webhook_endpoint_status_t
} delivery_retry_t;

typedef struct {
    uint32_t attempt;
    bool manual;
} delivery_attempted_t;

typedef struct {
    uint32_t attempt;
    uint8_t outcome;                //  webhook_outcome_t
    uint32_t http_status;
    uint32_t duration_ms;
    int64_t next_at_ms;             //  0: none is planned
} delivery_outcome_t;

//  How long to wait before the retry-th retry (from 1) of this delivery.
int64_t delivery_wait_ms (oid_t delivery, uint32_t retry);

extern const aggregate_type_t delivery_aggregate;

#endif
