//  node_life - see node_life.h.

#include "tests/lib/node_life.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "actors/bank_account.h"
#include "actors/member.h"
#include "runtime/channel.h"
#include "runtime/message.h"

//  What a child lives; a test of its own there, so that its failures end it.
static struct {
    node_life_fn *life;
    node_fixture_t *node;
    uint32_t number;
    int told;
} s_child;

static void
a_life (void **unused)
{
    (void) unused;
    s_child.life (s_child.node, s_child.number, s_child.told);
    node_fixture_stop (s_child.node);
}

static void
s_live_and_exit (void)
{
    const struct CMUnitTest tests [] = { cmocka_unit_test (a_life) };
    channel_setup ();
    int failed = cmocka_run_group_tests (tests, NULL, NULL);
    fflush (NULL);
    _exit (failed);
}

pid_t
node_life_begin (node_life_fn *life, node_fixture_t *node, uint32_t number, int *ret_told)
{
    int ends [2];
    assert_int_equal (pipe (ends), 0);
    fflush (NULL);
    pid_t child = fork ();
    assert_true (child >= 0);
    if (child == 0) {
        close (ends [0]);
        s_child.life = life;
        s_child.node = node;
        s_child.number = number;
        s_child.told = ends [1];
        s_live_and_exit ();
    }
    close (ends [1]);
    *ret_told = ends [0];
    return child;
}

void
node_live (node_life_fn *life, node_fixture_t *node, uint32_t number)
{
    int told, result;
    pid_t child = node_life_begin (life, node, number, &told);
    assert_int_equal (waitpid (child, &result, 0), child);
    assert_true (WIFEXITED (result));
    assert_int_equal (WEXITSTATUS (result), 0);
    close (told);
}

//  ---------------------------------------------------------------------------

void
node_link (node_fixture_t *self, uint32_t number)
{
    bank_account_link_t link = { .party = { .member = node_oid (OID_MEMBER, number),
                                            .bank_code = "happy",
                                            .account_number = { .size = 1, .bytes = { 1 } } },
                                 .holder_name = { .size = 1, .bytes = { 1 } },
                                 .member_status = MEMBER_ACTIVE };
    oid_t account = node_oid (OID_BANK_ACCOUNT, number);
    node_expect (self, node_request (account, BANK_ACCOUNT_LINK, &link, number, 1),
                 VERDICT_ACCEPTED);
}

uint32_t
node_bank_asked (zsock_t *bank, zmq_msg_t *frame)
{
    assert_true (channel_receive (zsock_resolve (bank), frame, 0));
    const message_t *message = message_in (frame);
    assert_non_null (message);
    assert_int_equal (message->to.kind, OID_BANK);
    assert_int_equal (message->from.kind, OID_BANK_ACCOUNT);
    return message->from.bytes [0];
}

zsock_t *
node_bank_new (zmq_msg_t *frame)
{
    zsock_t *bank = zsock_new_pull ("@" NODE_BANK_ENDPOINT);
    assert_non_null (bank);
    zsock_set_rcvtimeo (bank, NODE_PATIENCE_MS);
    zmq_msg_init (frame);
    return bank;
}
