//  node: killed in the middle of work, it has everything that it acknowledged, and
//  finishes what it began. Each life of the node is a process of its own.

#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "actors/bank_account.h"
#include "actors/merchant.h"
#include "runtime/message.h"
#include "tests/lib/node_life.h"
#include "tests/lib/scratch.h"

enum { WALLETS = 6, MERCHANTS = 3, IN_FLIGHT = 16, PRICE = 10, KILLS = 3, LIFE_PAYMENTS = 150 };

//  Numbers of payments, from 1; merchants and wallets have numbers of their own.
static const uint32_t merchant_first = 500;

static node_request_t
s_order (uint32_t number, const payment_create_t *order)
{
    node_request_t request =
        node_request (node_oid (OID_PAYMENT, number), PAYMENT_CREATE, order, number, 1);
    request.waits = true;
    return request;
}

//  A payment's token is its number.
static void
s_send_order (node_fixture_t *node, uint32_t number)
{
    payment_create_t order =
        node_order (1 + number % WALLETS, merchant_first + number % MERCHANTS, PRICE);
    node->token = number - 1;
    node_send (node, s_order (number, &order));
}

//  Pays and pays; the parent is told each number that is paid before the next is sent.
//  A refused one (there are fewer actors than payments) is no work done: it is sent
//  again, as a client would, and not told. Otherwise a life on a slow machine would be
//  over, by refusals alone, before its first payment.
static void
s_pay_for_ever (node_fixture_t *node, uint32_t first, int told)
{
    for (uint32_t number = first; number < first + IN_FLIGHT; number++) {
        s_send_order (node, number);
    }
    for (uint32_t next = first + IN_FLIGHT;;) {
        node_reply_t *reply = node_replies_receive (node->replies, NODE_PATIENCE_MS);
        assert_non_null (reply);
        uint32_t number = (uint32_t) reply->token;
        if (reply->kind == REPLY_OVERLOADED) {
            s_send_order (node, number);
        }
        else {
            assert_int_equal (reply->kind, REPLY_DECIDED);
            assert_int_equal (write (told, &number, sizeof number), sizeof number);
            s_send_order (node, next++);
        }
        node_reply_destroy (&reply);
    }
}

static void
s_paying_life (node_fixture_t *node, uint32_t first, int told)
{
    node_fixture_start (node);
    if (first == 1) {
        for (uint32_t number = 1; number <= WALLETS; number++) {
            node_open_wallet (node, number, 1000000);
        }
        for (uint32_t number = 0; number < MERCHANTS; number++) {
            node_register_merchant (node, merchant_first + number);
        }
    }
    s_pay_for_ever (node, first, told);
}

//  ---------------------------------------------------------------------------

enum { PAYMENTS_MAX = 20000 };

static bool s_acknowledged [PAYMENTS_MAX];

static bool
s_hear (int told)
{
    uint32_t number;
    if (read (told, &number, sizeof number) != sizeof number) {
        return false;
    }
    assert_true (number < PAYMENTS_MAX);
    s_acknowledged [number] = true;
    return true;
}

//  Kills a paying life at an arbitrary point of its work. Returns the highest
//  number that it may have begun.
static uint32_t
s_pay_until_killed (node_fixture_t *node, uint32_t first)
{
    int told, result;
    uint32_t heard = 0;
    pid_t child = node_life_begin (s_paying_life, node, first, &told);
    while (heard < LIFE_PAYMENTS && s_hear (told)) {
        heard++;
    }
    assert_int_equal (heard, LIFE_PAYMENTS);
    kill (child, SIGKILL);
    assert_int_equal (waitpid (child, &result, 0), child);
    assert_true (WIFSIGNALED (result));
    while (s_hear (told)) {  //  Told before it died
        heard++;
    }
    close (told);
    return first + heard + IN_FLIGHT;
}

//  Every acknowledged payment is captured; every other one ends or never was.
static int64_t
s_check_payments (node_fixture_t *node, uint32_t last)
{
    int64_t captured_minor = 0;
    for (uint32_t number = 1; number <= last; number++) {
        payment_t payment = { 0 };
        oid_t oid = node_oid (OID_PAYMENT, number);
        if (node_state (node, oid, false, &payment) > 0) {
            node_state (node, oid, true, &payment);
        }
        if (s_acknowledged [number] && payment.status != PAYMENT_CAPTURED) {
            fail_msg ("payment %u was acknowledged and is lost", number);
        }
        assert_true (payment.status == PAYMENT_CAPTURED || payment.status == PAYMENT_ABSENT);
        captured_minor += payment.captured_minor;
    }
    return captured_minor;
}

static void
s_checking_life (node_fixture_t *node, uint32_t last, int told)
{
    (void) told;
    node_fixture_start (node);
    int64_t captured_minor = s_check_payments (node, last);
    int64_t left_minor = 0, earned_minor = 0;
    for (uint32_t number = 1; number <= WALLETS; number++) {
        wallet_t wallet = node_wallet (node, number);
        assert_int_equal (wallet.held_minor, 0);
        left_minor += wallet.available_minor;
    }
    for (uint32_t number = 0; number < MERCHANTS; number++) {
        merchant_t merchant = { 0 };
        node_state (node, node_oid (OID_MERCHANT, merchant_first + number), false, &merchant);
        earned_minor += merchant.captured_minor;
    }
    assert_int_equal (earned_minor, captured_minor);
    assert_int_equal (left_minor, WALLETS * 1000000 - captured_minor);
    //  A key that was acknowledged is replayed, not decided again
    for (uint32_t number = 1; number <= last; number += 37) {
        if (s_acknowledged [number]) {
            payment_create_t order =
                node_order (1 + number % WALLETS, merchant_first + number % MERCHANTS, PRICE);
            node_reply_t *reply = node_ask (node, s_order (number, &order));
            assert_int_equal (reply->kind, REPLY_REPLAYED);
            node_reply_destroy (&reply);
        }
    }
    //  No payment waits for its merchant's entry in the roll, and no stop for the outbox
    node_await_delivered (node);
    node_fixture_stop (node);
    audit_report_t report;
    assert_int_equal (node_audit (node, &report), STATUS_OK);
    if (!report.sound) {
        fail_msg ("%u.%lu: %s", report.partition, (unsigned long) report.sequence, report.problem);
    }
    assert_int_equal (report.messages_pending, 0);
}

static void
killed_again_and_again_it_keeps_what_it_acknowledged_and_finishes_the_rest (void **state)
{
    node_fixture_t *node = *state;
    uint32_t last = 0;
    for (int kills = 0; kills < KILLS; kills++) {
        last = s_pay_until_killed (node, last + 1);
    }
    node_live (s_checking_life, node, last);
}

static void
a_lost_state_environment_is_rebuilt_from_the_journal (void **state)
{
    node_fixture_t *node = *state;
    memset (s_acknowledged, 0, sizeof s_acknowledged);
    uint32_t last = s_pay_until_killed (node, 1);
    assert_int_equal (unlink (scratch_path (node->dir, "state/data.mdb")), 0);
    assert_int_equal (unlink (scratch_path (node->dir, "state/lock.mdb")), 0);
    node_live (s_checking_life, node, last);
}

//  ---------------------------------------------------------------------------
//  Stopped with grace, it keeps what is still to be delivered

static int64_t
s_pending (const node_fixture_t *node)
{
    node_metrics_t metrics;
    node_metrics (node->node, &metrics);
    return metrics.outbox_pending;
}

static void
s_stop_with_pending (node_fixture_t *node, uint64_t messages)
{
    audit_report_t report;
    node_fixture_stop (node);
    assert_int_equal (node_audit (node, &report), STATUS_OK);
    assert_true (report.sound);
    assert_int_equal (report.messages_pending, messages);
}

//  Nobody plays the bank, so its question stays.
static void
s_unanswered_life (node_fixture_t *node, uint32_t number, int told)
{
    (void) told;
    node_fixture_start (node);
    assert_int_equal (s_pending (node), 0);
    node_link (node, number);
    assert_int_equal (s_pending (node), 1);
    s_stop_with_pending (node, 1);
}

static void
s_answered_life (node_fixture_t *node, uint32_t number, int told)
{
    (void) told;
    zmq_msg_t frame;
    node_fixture_start (node);
    assert_int_equal (s_pending (node), 1);
    zsock_t *bank = node_bank_new (&frame);
    assert_int_equal (node_bank_asked (bank, &frame), number);
    const message_t *question = message_in (&frame);
    bank_looked_up_t found = { .step = question->step, .result = BANK_OPEN_AND_HELD };
    node_request_t answer = node_request (question->from, question->answer_command, &found, 0, 0);
    answer.cause_source = question->cause_source;
    answer.cause_number = question->cause_number;
    node_expect (node, answer, VERDICT_ACCEPTED);
    assert_int_equal (s_pending (node), 0);
    zmq_msg_close (&frame);
    s_stop_with_pending (node, 0);
    zsock_destroy (&bank);
}

static void
what_is_still_to_be_delivered_at_a_stop_is_delivered_after_the_next_start (void **state)
{
    node_fixture_t *node = *state;
    node_live (s_unanswered_life, node, 1);
    node_live (s_answered_life, node, 1);
}

int
main (void)
{
#define WITH_FOLDER(test)                                                                          \
    cmocka_unit_test_setup_teardown (test, node_fixture_prepare, node_fixture_teardown)
    const struct CMUnitTest tests [] = {
        WITH_FOLDER (killed_again_and_again_it_keeps_what_it_acknowledged_and_finishes_the_rest),
        WITH_FOLDER (a_lost_state_environment_is_rebuilt_from_the_journal),
        WITH_FOLDER (what_is_still_to_be_delivered_at_a_stop_is_delivered_after_the_next_start),
    };
    return sodium_init () < 0 ? 1 : cmocka_run_group_tests (tests, NULL, NULL);
}
