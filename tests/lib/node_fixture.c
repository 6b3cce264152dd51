//  node_fixture - see node_fixture.h.

#include "tests/lib/node_fixture.h"

#include <stdlib.h>
#include "actors/bank_account.h"
#include "actors/member.h"
#include "actors/merchant.h"
#include "runtime/channel.h"
#include "runtime/core.h"
#include "tests/lib/scratch.h"

enum { MAP_BYTES = 1 << 30, STOP_MS = 20000 };

int
node_fixture_prepare (void **state)
{
    node_fixture_t *self = calloc (1, sizeof *self);
    assert_non_null (self);
    self->dir = scratch_new ();
    self->limits = limits_default;
    self->limits.pool_actors = 12;
    self->limits.http_connections = 8;
    self->limits.map_gigabytes = 1;
    self->limits.flush_interval_ms = 20;
    self->limits.disk_reserve_bytes = 0;
    *state = self;
    return 0;
}

int
node_fixture_setup (void **state)
{
    node_fixture_prepare (state);
    node_fixture_start (*state);
    return 0;
}

int
node_fixture_teardown (void **state)
{
    node_fixture_t *self = *state;
    node_fixture_stop (self);
    scratch_destroy (&self->dir);
    free (self);
    return 0;
}

void
node_fixture_start (node_fixture_t *self)
{
    char reason [256] = "";
    node_config_t config = { .data_dir = self->dir,
                             .name = "test",
                             .partitions = 8,
                             .limits = self->limits,
                             .derive_key = "a key that only the tests know" };
    status_t status = node_start (&config, &self->node, reason);
    if (status != STATUS_OK) {
        print_error ("%s\n", reason);
    }
    assert_int_equal (status, STATUS_OK);
    self->port = node_port_new (self->node);
    self->replies = node_replies_new (self->node);
}

void
node_fixture_stop (node_fixture_t *self)
{
    if (self->node) {
        node_port_destroy (&self->port);
        node_stop (self->node, STOP_MS);  //  Then nothing more is replied
        node_replies_destroy (&self->replies);
        node_destroy (&self->node, STOP_MS);
    }
}

oid_t
node_oid (oid_kind_t kind, uint32_t number)
{
    oid_t oid = { .kind = (uint8_t) kind };
    memcpy (oid.bytes, &number, sizeof number);
    oid.bytes [14] = (uint8_t) (number >> 8);
    oid.bytes [15] = (uint8_t) number;
    return oid;
}

node_request_t
node_request (oid_t to, uint8_t command, const void *payload, uint32_t key, uint32_t body)
{
    node_request_t request = { .to = to, .command = command, .payload = payload };
    request.scoped = key > 0;
    memcpy (request.scope, &key, sizeof key);
    memcpy (request.fingerprint, &body, sizeof body);
    return request;
}

payment_create_t
node_order (uint32_t member, uint32_t merchant, int64_t amount_minor)
{
    return (payment_create_t) {
        .member = node_oid (OID_MEMBER, member),
        .merchant = node_oid (OID_MERCHANT, merchant),
        .order_id = "an order",
        .amount_minor = amount_minor,
        .currency = "KRW",
        .member_status = MEMBER_ACTIVE,
        .merchant_status = MERCHANT_ACTIVE,
    };
}

uint64_t
node_send (node_fixture_t *self, node_request_t request)
{
    request.token = ++self->token;
    assert_int_equal (node_port_command (self->port, &request), ADMITTED);
    return request.token;
}

node_reply_t *
node_reply (node_fixture_t *self, uint64_t token)
{
    node_reply_t *reply = node_replies_receive (self->replies, NODE_PATIENCE_MS);
    assert_non_null (reply);
    assert_int_equal (reply->token, token);
    return reply;
}

node_reply_t *
node_ask (node_fixture_t *self, node_request_t request)
{
    return node_reply (self, node_send (self, request));
}

void
node_expect (node_fixture_t *self, node_request_t request, verdict_t verdict)
{
    node_reply_t *reply = node_ask (self, request);
    assert_int_equal (reply->kind, REPLY_DECIDED);
    assert_int_equal (reply->verdict, verdict);
    node_reply_destroy (&reply);
}

void
node_open_wallet (node_fixture_t *self, uint32_t number, int64_t amount_minor)
{
    oid_t wallet = node_oid (OID_WALLET, number);
    wallet_open_t open = { .member = oid_as (wallet, OID_MEMBER),
                           .currency = "KRW",
                           .member_status = MEMBER_ACTIVE };
    wallet_move_t move = { { node_oid (OID_RECHARGE, number), LEG_CREDIT, 1 },
                           amount_minor,
                           "KRW" };
    node_expect (self, node_request (wallet, WALLET_OPEN, &open, 0, 0), VERDICT_ACCEPTED);
    if (amount_minor > 0) {
        node_expect (self, node_request (wallet, WALLET_EXPECT, &move, 0, 0), VERDICT_ACCEPTED);
        node_expect (self, node_request (wallet, WALLET_CREDIT, &move, 0, 0), VERDICT_ACCEPTED);
    }
}

void
node_register_merchant (node_fixture_t *self, uint32_t number)
{
    merchant_register_t command = {
        .member = node_oid (OID_MEMBER, number),
        .name = "A shop",
        .bank_account = node_oid (OID_BANK_ACCOUNT, number),
        .fee_bps = 250,
        .member_status = MEMBER_ACTIVE,
        .member_corporate = true,
        .account_status = BANK_ACCOUNT_LINKED,
        .account_member = node_oid (OID_MEMBER, number),
    };
    oid_t merchant = node_oid (OID_MERCHANT, number);
    node_expect (self, node_request (merchant, MERCHANT_REGISTER, &command, 0, 0),
                 VERDICT_ACCEPTED);
}

uint64_t
node_state (node_fixture_t *self, oid_t oid, bool waits, void *ret_state)
{
    uint64_t token = ++self->token;
    assert_int_equal (node_port_query (self->port, oid, token, waits), ADMITTED);
    node_reply_t *reply = node_reply (self, token);
    uint64_t version = reply->version;
    assert_true (reply->kind == REPLY_STATE || (waits && reply->kind == REPLY_DECIDED));
    if (version > 0) {
        assert_true (shape_unpack (registry_find (oid.kind)->state, reply->state, reply->state_size,
                                   ret_state));
    }
    node_reply_destroy (&reply);
    return version;
}

wallet_t
node_wallet (node_fixture_t *self, uint32_t number)
{
    wallet_t wallet = { 0 };
    node_state (self, node_oid (OID_WALLET, number), false, &wallet);
    return wallet;
}

void
node_sync (node_fixture_t *self)
{
    uint64_t token = ++self->token;
    assert_int_equal (node_port_sync (self->port, token), ADMITTED);
    node_reply_t *reply = node_reply (self, token);
    assert_int_equal (reply->kind, REPLY_SYNCED);
    node_reply_destroy (&reply);
}

//  Each question is one turn of the exchange, behind what it has taken by then.
void
node_await_delivered (node_fixture_t *self)
{
    int64_t until_ms = zclock_mono () + NODE_PATIENCE_MS;
    node_metrics_t metrics;
    for (node_metrics (self->node, &metrics); metrics.outbox_pending > 0;
         node_metrics (self->node, &metrics)) {
        assert_true (zclock_mono () < until_ms);
        node_sync (self);
    }
}

state_t *
node_state_open (node_fixture_t *self, bool read_only)
{
    char reason [256] = "";
    state_t *state = NULL;
    state_options_t options = { .map_size_bytes = MAP_BYTES,
                                .readers_max = 8,
                                .read_only = read_only,
                                .version = STATE_VERSION };
    assert_null (self->node);
    assert_int_equal (state_open (self->dir, &options, &state, reason), STATUS_OK);
    return state;
}

status_t
node_audit (node_fixture_t *self, audit_report_t *ret_report)
{
    char reason [256] = "";
    journal_t *journal = NULL;
    journal_options_t journal_options = { .map_size_bytes = MAP_BYTES,
                                          .readers_max = 8,
                                          .read_only = true };
    state_t *state = node_state_open (self, /* read_only= */ true);
    assert_int_equal (journal_open (self->dir, &journal_options, &journal, reason), STATUS_OK);
    status_t status =
        audit_run (&(audit_config_t) { .journal = journal, .state = state }, ret_report);
    state_destroy (&state);
    journal_destroy (&journal);
    return status;
}
