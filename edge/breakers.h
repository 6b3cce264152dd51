//  breakers - a circuit breaker per bank code, for many threads.
//
//  At most BREAKERS_MAX codes have one of their own; codes come from outside, so
//  those beyond share the last. While all are closed asking costs an atomic load.

#ifndef EDGE_BREAKERS_H
#define EDGE_BREAKERS_H

#include "actors/bank.h"
#include "edge/breaker.h"

enum { BREAKERS_MAX = 64 };

typedef struct breakers breakers_t;

breakers_t *breakers_new (int64_t failures_max, int64_t open_ms);
void breakers_destroy (breakers_t **self_p);

//  As in breaker.h, by code.
bool breakers_allow (breakers_t *self, const char *bank_code, int64_t now_ms);

//  True if that closed the breaker or opened a closed one: a line for the log.
bool breakers_success (breakers_t *self, const char *bank_code);
bool breakers_failure (breakers_t *self, const char *bank_code, int64_t now_ms);
bool breakers_sounding (breakers_t *self, const char *bank_code, bool answered, int64_t now_ms);

//  Any thread: true while the breaker is closed.
bool breakers_closed (breakers_t *self, const char *bank_code);
int64_t breakers_wait_ms (breakers_t *self, const char *bank_code, int64_t now_ms);
int64_t breakers_open_count (const breakers_t *self);

//  One open breaker that is due to be tried: it is half open now, and ret_code
//  says which. False if there is none.
bool breakers_due (breakers_t *self, int64_t now_ms, char ret_code [BANK_CODE_SIZE]);

#endif
