//  bank_api - what the stand-in bank answers: its routes, and the faults on them.
//
//  POST /v1/transfers, the only call that faults hit (but for an outage):
//
//      read --> [slow] --> *_before: 500, cut, or hang and cut
//                     \--> decide, durably --> callback
//                                         \--> *_after: 500, cut, or hang and cut
//                                          \-> answer
//
//  Whatever has to wait - for the disk, for a delay - is set aside (bank_http.h), so
//  that it holds up no other call.

#ifndef DEPLOY_BANK_API_H
#define DEPLOY_BANK_API_H

#include <pthread.h>
#include "deploy/bank_callback.h"
#include "deploy/bank_faults.h"
#include "deploy/bank_http.h"
#include "deploy/bank_store.h"
#include "deploy/bank_timer.h"

//  What the handlers work with; call->bank. Owned by bank.c.
typedef struct {
    bank_store_t *store;
    bank_timer_t *timer;
    bank_callback_t *callback;      //  NULL: nobody is called back
    pthread_mutex_t faults_lock;
    bank_faults_t *faults;          //  Under faults_lock
} bank_t;

extern const bank_route_t bank_routes [];
extern const size_t bank_route_count;

//  Runs before every route: an outage answers all of /v1.
void bank_api_before (bank_call_t *call);

//  A day's statement, streamed.
void bank_statement_answer (bank_call_t *call, const bank_account_t *account, uint32_t day,
                            const char *date);

#endif
