//  resident_fixture - one aggregate in hand, and commands as the exchange sends them.

#ifndef TESTS_LIB_RESIDENT_FIXTURE_H
#define TESTS_LIB_RESIDENT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "runtime/resident.h"
#include "store/record.h"

enum { FIXTURE_NODE_PARTITIONS = 4, FIXTURE_NOW_MS = 1000000 };

resident_t *fixture_resident_new (void);

//  The n-th object of a kind; members and wallets of one number belong together.
oid_t fixture_oid (oid_kind_t kind, uint8_t number);

//  Executes a command; the frame of the draft is the caller's.
draft_t *fixture_execute (resident_t *self, const message_t *head, const void *payload,
                          int64_t now_ms, const scope_answer_t *scope, zmq_msg_t *ret_frame);

//  The same, of an aggregate that is told `command` and nothing else.
draft_t *fixture_tell (resident_t *self, uint8_t command, const void *payload,
                       zmq_msg_t *ret_frame);

//  The record of a durable draft, from its start.
record_reader_t fixture_read (draft_t *draft);

//  Binds to a new wallet, opens it and credits this much.
void fixture_open_wallet (resident_t *self, oid_t wallet, int64_t amount_minor);

#endif
