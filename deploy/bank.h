//  bank - `happypay bank`: a bank to build against, in a process of its own.
//
//  Its contract is section 5 of the outer contract; deploy/BANK.md has an example of
//  each call. Nothing in the product may know that it is not real. It can be told to
//  misbehave (bank_faults.h).
//
//      bank.c            the command: options, start, signals, stop
//      bank_http.c       the life of a call        bank_listen.c  its socket
//      bank_route.c      which handler
//      bank_api.c        what each call does       bank_statement.c, bank_json.c
//      bank_faults.c     when it misbehaves        bank_timer.c   and for how long
//      bank_store.c      one writer, many readers  bank_ledger.c, bank_record.c
//      bank_callback.c   signed letters about transfers
//
//  At the first start it opens the corporate account with 0 won. SIGTERM and SIGINT:
//  it takes no new call, ends those it has (a call that hangs is cut at once), and
//  exits 0; a second signal ends it at once. What was answered survives kill -9.

#ifndef DEPLOY_BANK_H
#define DEPLOY_BANK_H

#include "deploy/commands.h"        //  bank_main

#define BANK_CORPORATE_CODE   "happy"
#define BANK_CORPORATE_NUMBER "1234-1234-111"
#define BANK_CORPORATE_HOLDER "Happy Pay"

enum { BANK_GRACE_S = 5 };          //  For calls being read, and for callbacks, at the end

#endif
