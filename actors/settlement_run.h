//  settlement_run - an operator's "settle now", of one merchant or of all.
//
//      start --> walking --each merchant closes its window--> ended
//         `-- until is past: nothing is cut --------------------^
//
//  The run asks one merchant after the other to close its window (actors/merchant_roll.h
//  chains them; one of its own choice, if the operator named it). It has ended when
//  the last has answered and every settlement that this made has started, so that the
//  run's list is whole. It pays nothing itself: the settlements do.
//
//  Two runs at once, or a run and a timer: a window is closed once, by whoever comes
//  first; the other finds it empty.
//
//  Past its deadline it is marked as delayed, visible, and goes on with what comes.

#ifndef ACTORS_SETTLEMENT_RUN_H
#define ACTORS_SETTLEMENT_RUN_H

#include "runtime/saga.h"

typedef enum {
    SETTLEMENT_RUN_NONE,
    SETTLEMENT_RUN_WALKING,
    SETTLEMENT_RUN_ENDED
} settlement_run_status_t;

typedef struct {
    oid_t merchant;                 //  NONE: all of them
    int64_t until_ms;               //  0: now. Past: nothing is cut
} settlement_run_start_t;

typedef struct {
    uint8_t status;                 //  settlement_run_status_t
    bool delayed;
    bool walked;                    //  Nobody is left to ask
    settlement_run_start_t start;
    oid_t asked;                    //  The merchant that has not answered; NONE: the roll
    int64_t visited;                //  Merchants that have answered
    int64_t closed;                 //  Windows that they closed
    int64_t started;                //  Settlements that have started
} settlement_run_t;

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    SETTLEMENT_RUN_START,           //  settlement_run_start_t
    SETTLEMENT_RUN_VISIT,           //  settlement_run_visit_t; by the roll
    SETTLEMENT_RUN_CLOSED,          //  settlement_run_closed_t; by the merchant
    SETTLEMENT_RUN_SETTLING,        //  No fields; by a settlement that has started
    SETTLEMENT_RUN_AGAIN,           //  Timer: the merchant was not chained yet
    SETTLEMENT_RUN_DEADLINE         //  Timer
} settlement_run_command_t;

typedef enum {
    SETTLEMENT_RUN_STARTED,         //  settlement_run_start_t
    SETTLEMENT_RUN_VISITED,         //  settlement_run_visit_t: asks this merchant
    SETTLEMENT_RUN_ANSWERED,        //  settlement_run_closed_t
    SETTLEMENT_RUN_COUNTED,         //  No fields: a settlement has started
    SETTLEMENT_RUN_WAS_DELAYED,     //  No fields; "settlement_run.delayed"
    SETTLEMENT_RUN_WAS_ENDED        //  No fields; "settlement_run.ended"
} settlement_run_event_t;

typedef struct {
    oid_t merchant;                 //  NONE: there is none
} settlement_run_visit_t;

//  What a merchant answers.
typedef struct {
    oid_t merchant;
    oid_t settlement;               //  Of the window that it closed; NONE: it was empty
    bool listed;                    //  It knows whom it follows:
    oid_t follows;                  //  NONE: it is the first of all
} settlement_run_closed_t;

extern const shape_t settlement_run_visit_shape, settlement_run_closed_shape;

extern const aggregate_type_t settlement_run_aggregate;

#endif
