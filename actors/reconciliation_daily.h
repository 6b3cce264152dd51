//  reconciliation_daily - starts a reconciliation of each day by itself.
//
//      wake        first of all    plans the day whose time comes next
//                  time has come   starts what is due, plans the day after it
//                  too early       sets its timer, nothing else
//                  turned off      clears its timer; the plan is kept
//
//  The time of a day is the next midnight in Seoul and reconciliation_after_s more, so
//  that what was sent late has been answered; 0 turns it off. A day that nobody moved
//  money on is compared too: what came by itself is what the books cannot know.
//
//  Woken by its timer, and by the node at each start (deploy/serve.c): the first time
//  there is no timer yet, later the limit may be another one. To be woken once more
//  changes nothing.
//
//  A day's reconciliation has an id that follows from the day alone, and the plan moves
//  in the commit that starts it: there is one of each day, whatever crashes. What an
//  operator starts has an id of its own, and is no daily one.
//
//  A node that was down catches up, RECONCILIATION_DAILY_CATCH_UP days at most; the
//  days before them are left out, seen as a gap in the list, and an operator may start
//  them.
//
//  Invariant: the planned day only grows.

#ifndef ACTORS_RECONCILIATION_DAILY_H
#define ACTORS_RECONCILIATION_DAILY_H

#include "runtime/aggregate.h"

enum { RECONCILIATION_DAILY_CATCH_UP = 7 };

typedef struct {
    int64_t next_day;               //  To be started; since 1970, in Seoul. 0: no plan yet
} reconciliation_daily_t;

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    RECONCILIATION_DAILY_WAKE       //  No fields; timer, and by the node at its start
} reconciliation_daily_command_t;

typedef enum {
    RECONCILIATION_DAILY_PLANNED,   //  reconciliation_daily_planned_t
    RECONCILIATION_DAILY_DUE        //  reconciliation_daily_due_t
} reconciliation_daily_event_t;

typedef struct {
    int64_t day;                    //  The first of all
} reconciliation_daily_planned_t;

typedef struct {
    int64_t first_day, last_day;    //  Started, both included
} reconciliation_daily_due_t;

//  There is one: its bits are all zero.
static inline oid_t
reconciliation_daily_oid (void)
{
    return (oid_t) { .kind = OID_RECONCILIATION_DAILY };
}

extern const aggregate_type_t reconciliation_daily_aggregate;

#endif
