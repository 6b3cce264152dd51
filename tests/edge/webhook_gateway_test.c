//  webhook_gateway and webhook_reader: from a commit to a receiver, over real sockets.

#include "edge/webhook_gateway.h"

#include <czmq.h>
#include <netinet/in.h>
#include <sodium.h>
#include "actors/delivery.h"
#include "actors/webhook_endpoint.h"
#include "edge/webhook_reader.h"
#include "edge/webhook_secret.h"
#include "edge/webhook_signature.h"
#include "runtime/channel.h"
#include "runtime/lists.h"
#include "tests/lib/keys_fixture.h"
#include "tests/lib/node_fixture.h"
#include "tests/lib/webhook_receiver.h"

enum { FIRST = 900, SECOND = 901 };

typedef struct {
    node_fixture_t *node;
    keys_fixture_t keys;
    webhook_receiver_t receiver;
    webhook_gateway_t *gateway;
    webhook_reader_t *reader;
    char secret [WEBHOOK_SECRET_TEXT_SIZE];
} house_t;

//  ---------------------------------------------------------------------------
//  The house

static void
s_open (house_t *self, const char *allowed)
{
    char reason [256] = "";
    webhook_gateway_config_t config = {
        .node = self->node->node,
        .node_name = "test",
        .keyring = self->keys.keyring,
        .limits = self->node->limits,
    };
    config.limits.webhook_timeout_ms = 1000;
    assert_true (webhook_allowed_parse (allowed, &config.allowed, reason));
    assert_int_equal (webhook_gateway_new (&config, &self->gateway, reason), STATUS_OK);
    assert_int_equal (webhook_reader_new (self->node->node, &self->reader, reason), STATUS_OK);
}

static void
s_close (house_t *self)
{
    webhook_reader_destroy (&self->reader);
    webhook_gateway_destroy (&self->gateway);
}

static int
s_setup (void **state)
{
    house_t *self = calloc (1, sizeof *self);
    void *node = NULL;
    assert_non_null (self);
    node_fixture_setup (&node);
    self->node = node;
    keys_fixture_open (&self->keys);
    webhook_receiver_open (&self->receiver);
    *state = self;
    return 0;
}

static int
s_teardown (void **state)
{
    house_t *self = *state;
    void *node = self->node;
    s_close (self);
    webhook_receiver_close (&self->receiver);
    node_fixture_teardown (&node);
    keys_fixture_close (&self->keys);
    free (self);
    return 0;
}

//  An endpoint of the operators that wants to hear of opened wallets.
static oid_t
s_register (house_t *self, uint32_t number, uint16_t port)
{
    oid_t endpoint = node_oid (OID_WEBHOOK_ENDPOINT, number);
    webhook_endpoint_create_t create = {
        .pattern_count = 1,
        .patterns = { { "wallet.opened" } },
    };
    snprintf (create.url, sizeof create.url, "http://127.0.0.1:%u/hook", (unsigned) port);
    webhook_secret_make (self->keys.keyring, endpoint, &create.secret, self->secret);
    node_expect (self->node, node_request (endpoint, WEBHOOK_ENDPOINT_CREATE, &create, 0, 0),
                 VERDICT_ACCEPTED);
    return endpoint;
}

typedef struct {
    unsigned count, attempted;
    unsigned outcomes [WEBHOOK_OUTCOME_COUNT];  //  Of first attempts
    delivery_t first;                           //  The latest
} deliveries_t;

static void
s_take_delivery (void *context, const list_row_t *row)
{
    deliveries_t *found = context;
    delivery_t delivery;
    assert_true (shape_unpack (delivery_aggregate.state, row->state, row->state_size, &delivery));
    found->first = found->count++ == 0 ? delivery : found->first;
    found->attempted += delivery.kept_count > 0;
    found->outcomes [delivery.kept [0].outcome]++;
}

//  Once there are `count` of them and each was attempted.
static deliveries_t
s_await_all (house_t *self, oid_t endpoint, unsigned count)
{
    int64_t end_ms = zclock_mono () + NODE_PATIENCE_MS;
    deliveries_t found;
    do {
        list_cursor_t cursor = { 0 };
        bool more;
        found = (deliveries_t) { 0 };
        assert_true (zclock_mono () < end_ms);
        node_sync (self->node);
        assert_int_equal (list_read (self->node->node, LIST_ENDPOINT_DELIVERIES, endpoint, &cursor,
                                     100, s_take_delivery, &found, &more),
                          STATUS_OK);
    } while (found.attempted < count);
    assert_int_equal (found.count, count);
    return found;
}

static delivery_t
s_await (house_t *self, oid_t endpoint, unsigned count)
{
    return s_await_all (self, endpoint, count).first;
}

//  ---------------------------------------------------------------------------

static void
an_event_is_posted_once_and_signed (void **state)
{
    house_t *self = *state;
    const webhook_receiver_t *receiver = &self->receiver;
    char signature [WEBHOOK_SIGNATURE_SIZE];
    uint8_t secret [WEBHOOK_SECRET_BYTES];
    s_open (self, "127.0.0.1");
    node_open_wallet (self->node, 1, 1000);
    oid_t endpoint = s_register (self, FIRST, receiver->port);
    node_open_wallet (self->node, 2, 1000);

    delivery_t delivery = s_await (self, endpoint, 1);
    assert_int_equal (delivery.status, DELIVERY_SUCCEEDED);
    assert_int_equal (delivery.kept [0].http_status, 200);
    assert_true (oid_equal (delivery.subject, node_oid (OID_WALLET, 2)));
    assert_int_equal (receiver->count, 1);
    assert_string_equal (receiver->type, "application/cloudevents+json");
    assert_non_null (
        memmem (receiver->body, receiver->body_size, "\"type\":\"wallet.opened\"", 22));
    assert_int_equal (sodium_base642bin (secret, sizeof secret, self->secret + 6,
                                         strlen (self->secret + 6), NULL, NULL, NULL,
                                         sodium_base64_VARIANT_ORIGINAL),
                      0);
    webhook_sign (secret, sizeof secret, receiver->id, atoll (receiver->stamp), receiver->body,
                  receiver->body_size, signature);
    assert_string_equal (receiver->signature, signature);
}

static void
an_address_that_is_not_allowed_is_not_connected_to (void **state)
{
    house_t *self = *state;
    s_open (self, "10.0.0.0/8");
    oid_t endpoint = s_register (self, FIRST, self->receiver.port);
    node_open_wallet (self->node, 1, 1000);

    delivery_t delivery = s_await (self, endpoint, 1);
    assert_int_equal (delivery.status, DELIVERY_PENDING);
    assert_int_equal (delivery.kept [0].outcome, WEBHOOK_ADDRESS_REFUSED);
    assert_int_equal (self->receiver.count, 0);
}

static void
a_redirect_is_an_answer_and_not_followed (void **state)
{
    house_t *self = *state;
    self->receiver.status = 302;
    s_open (self, "127.0.0.1");
    oid_t endpoint = s_register (self, FIRST, self->receiver.port);
    node_open_wallet (self->node, 1, 1000);

    delivery_t delivery = s_await (self, endpoint, 1);
    assert_int_equal (delivery.status, DELIVERY_PENDING);
    assert_int_equal (delivery.kept [0].outcome, WEBHOOK_RESPONDED);
    assert_int_equal (delivery.kept [0].http_status, 302);
    assert_int_equal (self->receiver.count, 1);
}

static void
of_an_answer_that_does_not_end_the_status_counts (void **state)
{
    house_t *self = *state;
    self->receiver.answer_size = WEBHOOK_RECEIVER_ANSWER_MAX;
    s_open (self, "127.0.0.1");
    oid_t endpoint = s_register (self, FIRST, self->receiver.port);
    node_open_wallet (self->node, 1, 1000);

    delivery_t delivery = s_await (self, endpoint, 1);
    assert_int_equal (delivery.status, DELIVERY_SUCCEEDED);
    assert_int_equal (self->receiver.count, 1);
}

static void
a_webhook_receiver_that_is_gone_disables_its_endpoint_until_it_is_enabled (void **state)
{
    house_t *self = *state;
    self->receiver.status = 410;
    s_open (self, "127.0.0.1");
    oid_t endpoint = s_register (self, FIRST, self->receiver.port);
    node_open_wallet (self->node, 1, 1000);
    assert_int_equal (s_await (self, endpoint, 1).status, DELIVERY_DISCARDED);

    webhook_endpoint_t now;
    do {
        node_state (self->node, endpoint, false, &now);
    } while (now.status != WEBHOOK_ENDPOINT_DISABLED);
    self->receiver.status = 200;
    node_expect (
        self->node,
        node_request (endpoint, WEBHOOK_ENDPOINT_CHANGE,
                      &(webhook_endpoint_change_t) { .has_enabled = true, .enabled = true }, 0, 0),
        VERDICT_ACCEPTED);
    node_open_wallet (self->node, 2, 1000);
    delivery_t delivery = s_await (self, endpoint, 2);
    assert_int_equal (delivery.status, DELIVERY_SUCCEEDED);
    assert_true (oid_equal (delivery.subject, node_oid (OID_WALLET, 2)));
    assert_int_equal (self->receiver.count, 2);
}

//  Accepts, and says nothing; the caller closes it.
static int
s_open_mute (uint16_t *ret_port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl (INADDR_LOOPBACK),
    };
    socklen_t size = sizeof address;
    int mute = socket (AF_INET, SOCK_STREAM, 0);
    assert_int_equal (bind (mute, (struct sockaddr *) &address, size), 0);
    assert_int_equal (listen (mute, 8), 0);
    assert_int_equal (getsockname (mute, (struct sockaddr *) &address, &size), 0);
    *ret_port = ntohs (address.sin_port);
    return mute;
}

static void
a_webhook_receiver_that_says_nothing_holds_up_nobody_else (void **state)
{
    house_t *self = *state;
    uint16_t port;
    int mute = s_open_mute (&port);
    s_open (self, "127.0.0.1");
    oid_t endpoint = s_register (self, FIRST, port);
    oid_t other = s_register (self, SECOND, self->receiver.port);
    node_open_wallet (self->node, 1, 1000);

    delivery_attempt_t served = s_await (self, other, 1).kept [0];
    delivery_attempt_t given_up = s_await (self, endpoint, 1).kept [0];
    assert_int_equal (served.outcome, WEBHOOK_RESPONDED);
    assert_int_equal (given_up.outcome, WEBHOOK_TIMED_OUT);
    assert_true (given_up.duration_ms >= 900);
    assert_true (served.at_ms + served.duration_ms < given_up.at_ms + given_up.duration_ms);
    close (mute);
}

static void
what_a_busy_endpoint_cannot_take_is_tried_later (void **state)
{
    house_t *self = *state;
    uint16_t port;
    int mute = s_open_mute (&port);
    self->node->limits.webhook_endpoint_calls = 1;
    self->node->limits.webhook_endpoint_waiting = 1;
    s_open (self, "127.0.0.1");
    oid_t endpoint = s_register (self, FIRST, port);
    for (uint32_t number = 1; number <= 12; number++) {
        node_open_wallet (self->node, number, 1000);
    }
    deliveries_t found = s_await_all (self, endpoint, 12);
    assert_true (found.outcomes [WEBHOOK_TIMED_OUT] > 0);
    assert_true (found.outcomes [WEBHOOK_UNAVAILABLE] > 0);
    assert_int_equal (found.outcomes [WEBHOOK_TIMED_OUT] + found.outcomes [WEBHOOK_UNAVAILABLE],
                      12);
    close (mute);
}

static void
what_happened_while_nobody_read_is_found_later (void **state)
{
    house_t *self = *state;
    s_open (self, "127.0.0.1");
    oid_t endpoint = s_register (self, FIRST, self->receiver.port);
    s_close (self);
    for (uint32_t number = 1; number <= 20; number++) {
        node_open_wallet (self->node, number, 1000);
    }
    node_fixture_stop (self->node);
    node_fixture_start (self->node);
    s_open (self, "127.0.0.1");

    s_await (self, endpoint, 20);
    assert_int_equal (self->receiver.count, 20);
    s_close (self);
    node_fixture_stop (self->node);
    node_fixture_start (self->node);
    s_open (self, "127.0.0.1");
    node_open_wallet (self->node, 21, 1000);
    s_await (self, endpoint, 21);
    assert_int_equal (self->receiver.count, 21);
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test_setup_teardown (an_event_is_posted_once_and_signed, s_setup, s_teardown),
        cmocka_unit_test_setup_teardown (an_address_that_is_not_allowed_is_not_connected_to,
                                         s_setup, s_teardown),
        cmocka_unit_test_setup_teardown (a_redirect_is_an_answer_and_not_followed, s_setup,
                                         s_teardown),
        cmocka_unit_test_setup_teardown (of_an_answer_that_does_not_end_the_status_counts, s_setup,
                                         s_teardown),
        cmocka_unit_test_setup_teardown (
            a_webhook_receiver_that_is_gone_disables_its_endpoint_until_it_is_enabled, s_setup,
            s_teardown),
        cmocka_unit_test_setup_teardown (a_webhook_receiver_that_says_nothing_holds_up_nobody_else,
                                         s_setup, s_teardown),
        cmocka_unit_test_setup_teardown (what_a_busy_endpoint_cannot_take_is_tried_later, s_setup,
                                         s_teardown),
        cmocka_unit_test_setup_teardown (what_happened_while_nobody_read_is_found_later, s_setup,
                                         s_teardown),
    };
    channel_setup ();
    return cmocka_run_group_tests (tests, NULL, NULL);
}
