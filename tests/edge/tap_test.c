//  tap: a real node, a real subscriber; and no personal data, whatever happens.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <czmq.h>
#include <cmocka.h>
#include <jansson.h>
#include "actors/member.h"
#include "edge/tap.h"
#include "edge/tap_replay.h"
#include "runtime/channel.h"
#include "runtime/scoped.h"

enum { RECEIVE_MS = 5000 };

typedef struct {
    char dir [64], endpoint [96], second [112];
    node_t *node;
    tap_t *tap;
    node_port_t *port;
    node_replies_t *replies;
} fixture_t;

static int
fixture_new (void **state)
{
    char reason [256] = "";
    fixture_t *self = calloc (1, sizeof *self);
    strcpy (self->dir, "/tmp/tap_test.XXXXXX");
    assert_non_null (mkdtemp (self->dir));
    snprintf (self->endpoint, sizeof self->endpoint, "ipc://%s/tap", self->dir);
    snprintf (self->second, sizeof self->second, "%s.replay", self->endpoint);
    node_config_t config = { .data_dir = self->dir, .name = "n1", .partitions = 4 };
    config.limits = limits_default;
    config.limits.pool_actors = 8;
    config.limits.map_gigabytes = 1;
    assert_int_equal (node_start (&config, &self->node, reason), STATUS_OK);
    tap_config_t tap = { self->node, "n1", self->endpoint, NULL };
    assert_int_equal (tap_new (&tap, &self->tap, reason), STATUS_OK);
    self->port = node_port_new (self->node);
    self->replies = node_replies_new (self->node);
    *state = self;
    return 0;
}

static int
fixture_done (void **state)
{
    fixture_t *self = *state;
    char command [128];
    tap_destroy (&self->tap);
    node_port_destroy (&self->port);
    node_replies_destroy (&self->replies);
    node_destroy (&self->node, 1000);
    snprintf (command, sizeof command, "rm -rf %s", self->dir);
    free (self);
    return system (command);
}

//  Registers the n-th member and waits for the reply.
static void
register_member (fixture_t *self, uint8_t number)
{
    static member_register_t command;
    memset (&command, 0, sizeof command);
    command.login = (oid_t) { OID_LOGIN, { number } };
    command.name.size = command.email.size = 60;
    memset (command.name.bytes, 'S', 60);
    memset (command.email.bytes, 'S', 60);
    node_request_t request = {
        .to = { OID_MEMBER, { number } },
        .command = MEMBER_REGISTER,
        .payload = &command,
        .token = number,
    };
    assert_int_equal (node_port_command (self->port, &request), ADMITTED);
    node_reply_t *reply = node_replies_receive (self->replies, RECEIVE_MS);
    assert_non_null (reply);
    assert_int_equal (reply->verdict, VERDICT_ACCEPTED);
    node_reply_destroy (&reply);
}

static zsock_t *
subscriber (const fixture_t *self, const char *prefix)
{
    zsock_t *socket = zsock_new (ZMQ_SUB);
    zsock_set_rcvtimeo (socket, RECEIVE_MS);
    zsock_set_subscribe (socket, prefix);
    assert_int_equal (zsock_connect (socket, "%s", self->endpoint), 0);
    return socket;
}

//  The JSON of the next message, owned; its topic must be this.
static json_t *
received (zsock_t *socket, const char *topic)
{
    char *got = NULL, *text = NULL;
    assert_int_equal (zstr_recvx (socket, &got, &text, NULL), 2);
    assert_string_equal (got, topic);
    assert_null (strstr (text, "SSSS"));
    assert_null (strstr (text, "5353"));
    json_t *root = json_loads (text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null (root);
    zstr_free (&got);
    zstr_free (&text);
    return root;
}

static const char *
field (const json_t *root, const char *name)
{
    const char *text = json_string_value (json_object_get (root, name));
    assert_non_null (text);
    return text;
}

//  A subscription travels; log lines tell when it has arrived.
static void
await_log (fixture_t *self, zsock_t *log)
{
    zsock_set_rcvtimeo (log, 20);
    char *topic = NULL, *text = NULL;
    for (int attempt = 0; attempt < 250 && !topic; attempt++) {
        tap_log_line (self->tap, "hello");
        zstr_recvx (log, &topic, &text, NULL);
    }
    assert_non_null (topic);
    assert_non_null (strstr (text, "hello"));
    zstr_free (&topic);
    zstr_free (&text);
}

static void
a_subscriber_hears_of_an_event_and_nothing_personal (void **state)
{
    fixture_t *self = *state;
    zsock_t *events = subscriber (self, "event.member.");
    zsock_t *log = subscriber (self, "happypay.logging.");
    await_log (self, log);
    zsock_destroy (&log);

    uint8_t number = 1;  //  The first may come before the subscription
    json_t *first = NULL;
    zsock_set_rcvtimeo (events, 50);
    for (; !first && number < 100; number++) {
        char *topic = NULL, *text = NULL;
        register_member (self, number);
        if (zstr_recvx (events, &topic, &text, NULL) == 2) {
            assert_null (strstr (text, "SSSS"));
            first = json_loads (text, JSON_REJECT_DUPLICATES, NULL);
        }
        zstr_free (&topic);
        zstr_free (&text);
    }
    assert_non_null (first);
    zsock_set_rcvtimeo (events, RECEIVE_MS);
    register_member (self, number);
    json_t *next = received (events, "event.member.registered");
    assert_string_equal (field (next, "specversion"), "1.0");
    assert_string_equal (field (next, "type"), "event.member.registered");
    assert_memory_equal (field (next, "subject"), "mem_", 4);
    assert_string_equal (field (next, "source"), field (first, "source"));
    assert_int_equal (json_integer_value (json_object_get (next, "count")),
                      json_integer_value (json_object_get (first, "count")) + 1);
    const json_t *shown = json_object_get (next, "data");
    assert_non_null (json_object_get (shown, "login"));
    assert_null (json_object_get (shown, "name"));
    assert_null (json_object_get (shown, "email"));
    assert_null (json_object_get (shown, "address_hash"));
    json_decref (first);
    json_decref (next);
    zsock_destroy (&events);
}

static void
a_replay_serves_what_came_before_and_then_the_place_to_go_on (void **state)
{
    fixture_t *self = *state;
    zsock_t *dealer = zsock_new (ZMQ_DEALER);
    char *word = NULL, *next = NULL;

    for (uint8_t number = 1; number <= 5; number++) {
        register_member (self, number);
    }
    zsock_set_rcvtimeo (dealer, RECEIVE_MS);
    assert_int_equal (zsock_connect (dealer, "%s", self->second), 0);
    zstr_sendx (dealer, "REPLAY", "", "event.member", NULL);
    for (uint8_t number = 1; number <= 5; number++) {
        json_t *event = received (dealer, "event.member.registered");
        json_decref (event);
    }
    assert_int_equal (zstr_recvx (dealer, &word, &next, NULL), 2);
    assert_string_equal (word, "LIVE");
    zstr_sendx (dealer, "REPLAY", next, "event.", NULL);
    zstr_free (&word);
    char *again = NULL;
    assert_int_equal (zstr_recvx (dealer, &word, &again, NULL), 2);
    assert_string_equal (word, "LIVE");
    assert_string_equal (next, again);
    zstr_free (&word);
    zstr_free (&next);
    zstr_free (&again);
    zsock_destroy (&dealer);
}

static void
a_replay_from_nowhere_is_an_error (void **state)
{
    fixture_t *self = *state;
    static const char *const places [] = { "x", "1", "99.1", "0.1,", ".1", "0.-1" };
    zsock_t *dealer = zsock_new (ZMQ_DEALER);

    zsock_set_rcvtimeo (dealer, RECEIVE_MS);
    assert_int_equal (zsock_connect (dealer, "%s", self->second), 0);
    for (size_t index = 0; index < COUNT (places); index++) {
        char *word = NULL, *text = NULL;
        zstr_sendx (dealer, "REPLAY", places [index], "", NULL);
        assert_int_equal (zstr_recvx (dealer, &word, &text, NULL), 2);
        assert_string_equal (word, "ERROR");
        zstr_free (&word);
        zstr_free (&text);
    }
    zsock_destroy (&dealer);
}

static void
a_taken_endpoint_is_refused_with_one_line (void **state)
{
    char reason [256] = "";
    tap_t *tap = NULL;
    zsock_t *other = zsock_new (ZMQ_PUB);
    int port = zsock_bind (other, "tcp://127.0.0.1:*");
    char endpoint [64];

    snprintf (endpoint, sizeof endpoint, "tcp://127.0.0.1:%d", port);
    tap_config_t config = { ((fixture_t *) *state)->node, "n1", endpoint, NULL };
    assert_int_equal (tap_new (&config, &tap, reason), STATUS_IN_USE);
    assert_non_null (strstr (reason, endpoint));
    assert_null (tap);
    zsock_destroy (&other);
}

#define TAP_TEST(name) cmocka_unit_test_setup_teardown (name, fixture_new, fixture_done)

int
main (void)
{
    zsys_handler_set (NULL);
    channel_setup ();
    const struct CMUnitTest tests [] = {
        TAP_TEST (a_subscriber_hears_of_an_event_and_nothing_personal),
        TAP_TEST (a_replay_serves_what_came_before_and_then_the_place_to_go_on),
        TAP_TEST (a_replay_from_nowhere_is_an_error),
        TAP_TEST (a_taken_endpoint_is_refused_with_one_line),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
