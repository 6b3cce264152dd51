//  node_fixture - a real node in a scratch folder, and one client of it.

#ifndef TESTS_LIB_NODE_FIXTURE_H
#define TESTS_LIB_NODE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "actors/payment.h"
#include "actors/wallet.h"
#include "runtime/audit.h"
#include "runtime/node.h"

enum { NODE_PATIENCE_MS = 20000 };  //  For one reply, on a machine under load

typedef struct {
    char *dir;
    limits_t limits;
    node_t *node;                   //  NULL: stopped
    node_port_t *port;
    node_replies_t *replies;
    uint64_t token;                 //  The last one given
} node_fixture_t;

//  For cmocka: a node that runs, with a small pool. Before its first socket.
int node_fixture_setup (void **state);
int node_fixture_teardown (void **state);

//  The same without starting it, for tests that fork.
int node_fixture_prepare (void **state);

void node_fixture_start (node_fixture_t *self);
void node_fixture_stop (node_fixture_t *self);

//  The number-th object of a kind, spread over the partitions; a member and its
//  wallet have the same number.
oid_t node_oid (oid_kind_t kind, uint32_t number);

//  A request as the edge makes it. key 0: without an idempotency scope; body tells
//  one fingerprint from another.
node_request_t node_request (oid_t to, uint8_t command, const void *payload, uint32_t key,
                             uint32_t body);
payment_create_t node_order (uint32_t member, uint32_t merchant, int64_t amount_minor);

//  Sends it with a new token, which it returns; it must be admitted.
uint64_t node_send (node_fixture_t *self, node_request_t request);

//  The next reply, which must be this token's. Owned.
node_reply_t *node_reply (node_fixture_t *self, uint64_t token);
node_reply_t *node_ask (node_fixture_t *self, node_request_t request);

//  Asks; it must end with this verdict.
void node_expect (node_fixture_t *self, node_request_t request, verdict_t verdict);

//  By commands: an open wallet with money in it; a merchant.
void node_open_wallet (node_fixture_t *self, uint32_t number, int64_t amount_minor);
void node_register_merchant (node_fixture_t *self, uint32_t number);

//  An object's state as its struct; returns its version (0: there is none). waits:
//  when its saga has ended.
uint64_t node_state (node_fixture_t *self, oid_t oid, bool waits, void *ret_state);
wallet_t node_wallet (node_fixture_t *self, uint32_t number);

//  Returns when lists and books hold everything.
void node_sync (node_fixture_t *self);

//  Returns when every message that was sent has taken effect: none is pending.
void node_await_delivered (node_fixture_t *self);

//  The state environment of a stopped node; for the caller to destroy.
state_t *node_state_open (node_fixture_t *self, bool read_only);

//  Audits the folder of a stopped node; opening must succeed.
status_t node_audit (node_fixture_t *self, audit_report_t *ret_report);

#endif
