//  node: a timer outlives the node, and one that was moved is not lost to a message of
//  before. Each life of the node is a process of its own.

#include <signal.h>
#include <sodium.h>
#include <sys/wait.h>
#include <unistd.h>
#include "actors/bank_account.h"
#include "runtime/channel.h"
#include "runtime/core.h"
#include "runtime/message.h"
#include "tests/lib/node_life.h"
#include "tests/lib/scratch.h"

//  Two bank accounts ask the bank. It does not know of the first, which sets a timer
//  to ask again; it does not answer the second.

static void
s_linking_life (node_fixture_t *node, uint32_t first, int told)
{
    (void) first;
    zmq_msg_t frame;
    node_fixture_start (node);
    zsock_t *bank = node_bank_new (&frame);
    node_link (node, 1);
    assert_int_equal (node_bank_asked (bank, &frame), 1);
    const message_t *question = message_in (&frame);
    bank_looked_up_t unknown = { .step = question->step, .result = BANK_LOOKUP_UNKNOWN };
    node_request_t answer = node_request (question->from, question->answer_command, &unknown, 0, 0);
    answer.cause_source = question->cause_source;
    answer.cause_number = question->cause_number;
    node_expect (node, answer, VERDICT_ACCEPTED);
    assert_int_equal (node_port_command (node->port, &answer), ADMITTED);  //  It calls back twice
    node_link (node, 2);
    assert_int_equal (write (told, &first, sizeof first), sizeof first);
    pause ();
}

static void
s_asking_life (node_fixture_t *node, uint32_t last, int told)
{
    bool asked [3] = { false };
    zmq_msg_t frame;
    (void) last, (void) told;
    node_fixture_start (node);
    zsock_t *bank = node_bank_new (&frame);
    while (!asked [1] || !asked [2]) {
        uint32_t number = node_bank_asked (bank, &frame);
        assert_in_range (number, 1, 2);
        assert_false (asked [number]);  //  Once in a life
        asked [number] = true;
    }
    zmq_msg_close (&frame);
    node_fixture_stop (node);
    zsock_destroy (&bank);
}

static void
a_question_to_the_bank_and_a_timer_outlive_the_node (void **state)
{
    node_fixture_t *node = *state;
    int told, result;
    uint32_t done;
    node->limits.bank_inquiry_first_ms = 1000;
    pid_t child = node_life_begin (s_linking_life, node, 1, &told);
    assert_int_equal (read (told, &done, sizeof done), sizeof done);
    kill (child, SIGKILL);
    assert_int_equal (waitpid (child, &result, 0), child);
    close (told);
    node_live (s_asking_life, node, 1);
    node_live (s_asking_life, node, 1);  //  Also after a stop in good order
}

//  ---------------------------------------------------------------------------
//  A timer message that waited in a mailbox behind what moved its timer: the exchange
//  cannot be made to lose that race at will, so its message is sent as it sends it.

static void
s_send_stale_timer (oid_t account)
{
    zmq_msg_t frame;
    zsock_t *exchange = zsock_new_push (">" EXCHANGE_ENDPOINT);
    assert_non_null (exchange);
    message_make (&frame,
                  &(message_t) { .kind = MESSAGE_COMMAND,
                                 .flags = MESSAGE_TIMER,
                                 .command = BANK_ACCOUNT_LOOK_UP_AGAIN,
                                 .to = account,
                                 .timer_due_ms = 1 },
                  NULL, NULL);
    channel_send (zsock_resolve (exchange), &frame);
    zsock_destroy (&exchange);
}

//  The bank does not know; the timer is set; a stale message of it asks the bank too.
static void
s_moved_timer_life (node_fixture_t *node, uint32_t first, int told)
{
    zmq_msg_t frame;
    (void) first;
    node_fixture_start (node);
    zsock_t *bank = node_bank_new (&frame);
    node_link (node, 1);
    assert_int_equal (node_bank_asked (bank, &frame), 1);
    bank_looked_up_t unknown = { .step = message_in (&frame)->step, .result = BANK_LOOKUP_UNKNOWN };
    node_request_t answer = node_request (message_in (&frame)->from,
                                          message_in (&frame)->answer_command, &unknown, 0, 0);
    answer.cause_source = message_in (&frame)->cause_source;
    answer.cause_number = message_in (&frame)->cause_number;
    node_expect (node, answer, VERDICT_ACCEPTED);
    s_send_stale_timer (answer.to);
    assert_int_equal (node_bank_asked (bank, &frame), 1);
    if (told >= 0) {
        assert_int_equal (write (told, &first, sizeof first), sizeof first);
        pause ();
    }
    assert_int_equal (node_bank_asked (bank, &frame), 1);  //  By the timer, which is still set
    zmq_msg_close (&frame);
    node_fixture_stop (node);
    zsock_destroy (&bank);
}

static void
s_moved_timer_whole_life (node_fixture_t *node, uint32_t first, int told)
{
    (void) told;
    s_moved_timer_life (node, first, -1);
}

//  After a crash: the question that was not answered, and then the timer's.
static void
s_moved_timer_second_life (node_fixture_t *node, uint32_t first, int told)
{
    zmq_msg_t frame;
    audit_report_t report;
    (void) first, (void) told;
    node_fixture_start (node);
    zsock_t *bank = node_bank_new (&frame);
    assert_int_equal (node_bank_asked (bank, &frame), 1);
    assert_int_equal (node_bank_asked (bank, &frame), 1);
    zmq_msg_close (&frame);
    node_fixture_stop (node);
    zsock_destroy (&bank);
    assert_int_equal (node_audit (node, &report), STATUS_OK);
    assert_string_equal (report.problem, "");
}

static void
a_stale_timer_leaves_the_one_that_was_set_since (void **state)
{
    node_fixture_t *node = *state;
    node->limits.bank_inquiry_first_ms = 1000;
    node_live (s_moved_timer_whole_life, node, 0);
    audit_report_t report;
    assert_int_equal (node_audit (node, &report), STATUS_OK);
    assert_string_equal (report.problem, "");
}

static void
so_it_is_after_a_crash_and_after_a_replay_from_the_beginning (void **state)
{
    node_fixture_t *node = *state;
    node->limits.bank_inquiry_first_ms = 1000;
    for (int lost = 0; lost < 2; lost++) {
        int told, result;
        uint32_t done;
        pid_t child = node_life_begin (s_moved_timer_life, node, 0, &told);
        assert_int_equal (read (told, &done, sizeof done), sizeof done);
        kill (child, SIGKILL);
        assert_int_equal (waitpid (child, &result, 0), child);
        close (told);
        if (lost) {
            assert_int_equal (unlink (scratch_path (node->dir, "state/data.mdb")), 0);
            assert_int_equal (unlink (scratch_path (node->dir, "state/lock.mdb")), 0);
        }
        node_live (s_moved_timer_second_life, node, 0);
        scratch_destroy (&node->dir);
        node->dir = scratch_new ();
    }
}

int
main (void)
{
#define WITH_FOLDER(test)                                                                          \
    cmocka_unit_test_setup_teardown (test, node_fixture_prepare, node_fixture_teardown)
    const struct CMUnitTest tests [] = {
        WITH_FOLDER (a_stale_timer_leaves_the_one_that_was_set_since),
        WITH_FOLDER (so_it_is_after_a_crash_and_after_a_replay_from_the_beginning),
        WITH_FOLDER (a_question_to_the_bank_and_a_timer_outlive_the_node),
    };
    return sodium_init () < 0 ? 1 : cmocka_run_group_tests (tests, NULL, NULL);
}
