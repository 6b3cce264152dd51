//  bank_timer - one thread that does things later, so that no other has to wait.
//
//  Alarms belong to their setters and are linked, not copied; a set alarm must stay
//  where it is until it rings. Ringing happens on the timer's thread and must not
//  block. Most alarms are set with the same delay, so they are kept in order by a
//  search from the end.

#ifndef DEPLOY_BANK_TIMER_H
#define DEPLOY_BANK_TIMER_H

#include <stdint.h>

typedef struct bank_alarm bank_alarm_t;
struct bank_alarm {
    void (*ring) (bank_alarm_t *self);
    void *context;                  //  The setter's
    int64_t due_ms;                 //  The timer's own, as are the links
    bank_alarm_t *before, *after;
};

typedef struct bank_timer bank_timer_t;

//  NULL if the thread cannot be started.
bank_timer_t *bank_timer_new (void);

//  No alarm may be set any more; those that are ring at once.
void bank_timer_destroy (bank_timer_t **self_p);

//  Any thread. Rings once, delay_ms from now (monotonic clock).
void bank_timer_set (bank_timer_t *self, bank_alarm_t *alarm, int64_t delay_ms);

//  From now on every alarm rings at once, those that are set too.
void bank_timer_hurry (bank_timer_t *self);

#endif
