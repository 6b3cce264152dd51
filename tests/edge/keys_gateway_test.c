//  keys_gateway: who is erased loses its key, sooner or later, and nobody else does.

#include "edge/keys_gateway.h"

#include <stdio.h>
#include <stdlib.h>
#include "actors/member.h"
#include "runtime/channel.h"
#include "tests/lib/node_fixture.h"
#include "tests/lib/scratch.h"

typedef struct {
    node_fixture_t *node;
    char *dir;
    keyring_t *keyring;
    member_keys_t *keys;
    keys_gateway_t *gateway;
} house_t;

static int
s_setup (void **state)
{
    char path [512], reason [256] = "";
    house_t *self = calloc (1, sizeof *self);
    assert_non_null (self);
    void *node = NULL;
    node_fixture_setup (&node);
    self->node = node;
    self->dir = scratch_new ();
    snprintf (path, sizeof path, "%s/keyring", self->dir);
    assert_int_equal (keyring_open (path, true, &self->keyring, reason), STATUS_OK);
    snprintf (path, sizeof path, "%s/keys", self->dir);
    assert_int_equal (member_keys_open (path, self->keyring, &self->keys, reason), STATUS_OK);
    *state = self;
    return 0;
}

static int
s_teardown (void **state)
{
    house_t *self = *state;
    void *node = self->node;
    keys_gateway_destroy (&self->gateway);
    node_fixture_teardown (&node);
    member_keys_destroy (&self->keys);
    keyring_destroy (&self->keyring);
    scratch_destroy (&self->dir);
    free (self);
    return 0;
}

static void
s_open_gateway (house_t *self)
{
    char reason [256] = "";
    assert_int_equal (keys_gateway_new (self->node->node, self->keys, &self->gateway, reason),
                      STATUS_OK);
}

//  A member with a key that has left.
static oid_t
s_closed_member (house_t *self, uint32_t number)
{
    oid_t member = node_oid (OID_MEMBER, number);
    member_register_t registered = {
        .registration = node_oid (OID_REGISTRATION, number),
        .login = node_oid (OID_LOGIN, number),
        .name = { 1, { 1 } },
        .email = { 1, { 2 } },
    };
    member_close_t close = { .closing = node_oid (OID_CLOSING, number) };
    assert_int_equal (member_keys_put (self->keys, member, NULL), STATUS_OK);
    node_expect (self->node, node_request (member, MEMBER_REGISTER, &registered, 0, 0),
                 VERDICT_ACCEPTED);
    node_expect (self->node, node_request (member, MEMBER_CLOSE, &close, 0, 0), VERDICT_ACCEPTED);
    return member;
}

//  Waits until the member's erasure has ended.
static void
s_await (house_t *self, oid_t member)
{
    uint64_t token = ++self->node->token;
    assert_int_equal (node_port_query (self->node->port, member, token, true), ADMITTED);
    node_reply_t *reply = node_reply (self->node, token);
    assert_true (reply->finished);
    node_reply_destroy (&reply);
}

static status_t
s_find (house_t *self, oid_t member)
{
    uint8_t key [MEMBER_KEY_SIZE];
    return member_keys_find (self->keys, member, key);
}

static void
an_erased_members_key_is_destroyed_and_nobody_elses (void **state)
{
    house_t *self = *state;
    member_erase_t erase = { "asked for", false };
    oid_t member = s_closed_member (self, 1), other = s_closed_member (self, 2);
    s_open_gateway (self);
    node_expect (self->node, node_request (member, MEMBER_ERASE, &erase, 0, 0), VERDICT_ACCEPTED);
    s_await (self, member);
    assert_int_equal (s_find (self, member), STATUS_NOT_FOUND);
    assert_int_equal (member_keys_put (self->keys, member, NULL), STATUS_NOT_FOUND);
    assert_int_equal (s_find (self, other), STATUS_OK);
}

static void
a_refused_erasure_leaves_the_key (void **state)
{
    house_t *self = *state;
    member_erase_t erase = { "asked for", true };
    oid_t member = s_closed_member (self, 1);
    s_open_gateway (self);
    node_expect (self->node, node_request (member, MEMBER_ERASE, &erase, 0, 0),
                 VERDICT_TRANSFERS_OPEN);
    assert_int_equal (s_find (self, member), STATUS_OK);
}

static void
an_erasure_that_nobody_served_is_served_after_the_restart (void **state)
{
    house_t *self = *state;
    member_erase_t erase = { "asked for", false };
    oid_t members [5];
    for (uint32_t number = 0; number < 5; number++) {
        members [number] = s_closed_member (self, number + 1);
        node_expect (self->node, node_request (members [number], MEMBER_ERASE, &erase, 0, 0),
                     VERDICT_ACCEPTED);
        assert_int_equal (s_find (self, members [number]), STATUS_OK);
    }
    node_fixture_stop (self->node);
    node_fixture_start (self->node);
    s_open_gateway (self);
    for (size_t number = 0; number < 5; number++) {
        s_await (self, members [number]);
        assert_int_equal (s_find (self, members [number]), STATUS_NOT_FOUND);
    }
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test_setup_teardown (an_erased_members_key_is_destroyed_and_nobody_elses,
                                         s_setup, s_teardown),
        cmocka_unit_test_setup_teardown (a_refused_erasure_leaves_the_key, s_setup, s_teardown),
        cmocka_unit_test_setup_teardown (an_erasure_that_nobody_served_is_served_after_the_restart,
                                         s_setup, s_teardown),
    };
    channel_setup ();
    return cmocka_run_group_tests (tests, NULL, NULL);
}
