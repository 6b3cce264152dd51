//  breaker - a circuit breaker as a pure state machine; time comes in.
//
//      CLOSED     calls pass; failures in a row are counted
//      OPEN       no call passes until open_ms are over
//      HALF_OPEN  one call is on its way to try
//
//      state      event                         next
//      CLOSED     success                       CLOSED, count 0
//      CLOSED     failure, count < failures     CLOSED, count + 1
//      CLOSED     failure, count = failures     OPEN
//      OPEN       allow, open_ms are over       HALF_OPEN (that call may go)
//      HALF_OPEN  success                       CLOSED, count 0
//      HALF_OPEN  failure                       OPEN, from now on
//      HALF_OPEN  sounding answered             CLOSED, one failure from open
//
//  Success means that the bank answered, whatever it answered; failure that it
//  did not, or not sensibly. Late answers of calls from before it opened change
//  nothing but to close it (the bank is there). A sounding is a harmless read that
//  is made when no call comes to try: it proves less than a call, hence the last.

#ifndef EDGE_BREAKER_H
#define EDGE_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

typedef enum { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_HALF_OPEN } breaker_state_t;

typedef struct {
    int64_t failures_max, open_ms;  //  Limits
    breaker_state_t state;
    int64_t failures;               //  In a row
    int64_t opened_ms;              //  When it last opened
} breaker_t;

void breaker_init (breaker_t *self, int64_t failures_max, int64_t open_ms);

//  True if a call may go now. After OPEN it moves to HALF_OPEN: the caller must
//  make the call and tell its end.
bool breaker_allow (breaker_t *self, int64_t now_ms);

void breaker_success (breaker_t *self);
void breaker_failure (breaker_t *self, int64_t now_ms);

//  A harmless read was answered (or not) in place of a call.
void breaker_sounding (breaker_t *self, bool answered, int64_t now_ms);

//  When the next call may try: 0 if now, else milliseconds from now.
int64_t breaker_wait_ms (const breaker_t *self, int64_t now_ms);

//  "closed", "open", "half_open".
const char *breaker_name (breaker_state_t state);

#endif
