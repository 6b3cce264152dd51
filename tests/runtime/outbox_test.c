//  outbox: what was sent stays until it is acknowledged, in the order of the line.

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "actors/bank.h"
#include "runtime/outbox.h"
#include "runtime/scoped.h"
#include "tests/lib/chance.h"

enum { PARTITIONS = 4, NAMES = 60, OPERATIONS = 50000 };

static uint64_t s_seed;

static message_name_t
s_name (uint64_t number)
{
    return (message_name_t) { (uint16_t) (number % 3), (uint16_t) (number % 2), number };
}

static void
s_add (outbox_t *outbox, uint64_t number)
{
    zmq_msg_t frame;
    message_make (&frame, &(message_t) { .kind = MESSAGE_COMMAND, .step = (uint32_t) number }, NULL,
                  NULL);
    outbox_add (outbox, s_name (number), &frame);
}

static uint64_t
s_next (outbox_t *outbox)
{
    message_name_t name;
    const message_t *message = outbox_next (outbox, LANE_ACTORS, &name);
    if (message) {
        assert_int_equal (message->step, name.number);
    }
    return message ? name.number : 0;
}

static void
s_dispatch (outbox_t *outbox, uint64_t number)
{
    zmq_msg_t frame;
    outbox_dispatched (outbox, s_name (number), &frame);
    assert_int_equal (message_in (&frame)->step, number);
    zmq_msg_close (&frame);
}

static void
the_line_is_served_in_order_and_a_deferred_one_goes_to_its_end (void **unused)
{
    scoped (outbox_destroy) outbox_t *outbox = outbox_new ();
    (void) unused;
    assert_int_equal (s_next (outbox), 0);
    for (uint64_t number = 1; number <= 3; number++) {
        s_add (outbox, number);
    }
    outbox_deferred (outbox, s_name (1));
    assert_int_equal (s_next (outbox), 2);
    s_dispatch (outbox, 2);
    s_dispatch (outbox, 3);
    s_dispatch (outbox, 1);
    assert_int_equal (s_next (outbox), 0);
    assert_int_equal (outbox_dispatched_count (outbox, LANE_ACTORS), 3);
    assert_true (outbox_returned (outbox, s_name (3)));   //  A refused batch
    assert_false (outbox_returned (outbox, s_name (3)));  //  Told twice
    assert_int_equal (s_next (outbox), 3);
    assert_int_equal (outbox_waiting (outbox, LANE_ACTORS), 1);
}

static void
a_message_is_pending_once_and_ends_once (void **unused)
{
    scoped (outbox_destroy) outbox_t *outbox = outbox_new ();
    (void) unused;
    s_add (outbox, 1);
    s_add (outbox, 1);
    assert_int_equal (outbox_pending (outbox), 1);
    s_dispatch (outbox, 1);
    s_add (outbox, 1);  //  Also while it is on its way
    assert_int_equal (outbox_waiting (outbox, LANE_ACTORS), 0);
    assert_true (outbox_acknowledged (outbox, s_name (1)));
    assert_false (outbox_acknowledged (outbox, s_name (1)));
    assert_false (outbox_returned (outbox, s_name (1)));  //  Too late
    assert_int_equal (outbox_pending (outbox), 0);
    s_add (outbox, 2);
    assert_true (outbox_acknowledged (outbox, s_name (2)));  //  From the line
    assert_int_equal (s_next (outbox), 0);
}

typedef enum { ABSENT, WAITING, DISPATCHED } place_t;

static void
it_agrees_with_a_plain_table (void **unused)
{
    chance_t chance = chance_new (s_seed);
    scoped (outbox_destroy) outbox_t *outbox = outbox_new ();
    place_t places [NAMES + 1] = { ABSENT };
    size_t waiting = 0, dispatched = 0;
    (void) unused;
    for (int operation = 0; operation < OPERATIONS; operation++) {
        uint64_t number = 1 + chance_below (&chance, NAMES);
        place_t place = places [number];
        switch (chance_below (&chance, 4)) {
        case 0:
            s_add (outbox, number);
            places [number] = place == ABSENT ? WAITING : place;
            break;
        case 1:
            number = s_next (outbox);
            assert_int_equal (number != 0, waiting > 0);
            if (number) {
                place = places [number];
                assert_int_equal (place, WAITING);
                s_dispatch (outbox, number);
                places [number] = DISPATCHED;
            }
            break;
        case 2:
            assert_int_equal (outbox_returned (outbox, s_name (number)), place == DISPATCHED);
            places [number] = place == DISPATCHED ? WAITING : place;
            break;
        default:
            assert_int_equal (outbox_acknowledged (outbox, s_name (number)), place != ABSENT);
            places [number] = ABSENT;
            break;
        }
        waiting = dispatched = 0;
        for (size_t index = 1; index <= NAMES; index++) {
            waiting += places [index] == WAITING;
            dispatched += places [index] == DISPATCHED;
        }
        assert_int_equal (outbox_waiting (outbox, LANE_ACTORS), waiting);
        assert_int_equal (outbox_dispatched_count (outbox, LANE_ACTORS), dispatched);
        assert_int_equal (outbox_pending (outbox), waiting + dispatched);
    }
}

static void
a_frame_says_who_sent_it_and_what_acknowledges_it (void **unused)
{
    oid_t from = { .kind = OID_PAYMENT }, wallet = { .kind = OID_WALLET }, bank = bank_oid ();
    record_head_t head = { .correlation = "trace" };
    record_message_t message = {
        .command = 3,
        .answer_command = 4,
        .flags = 1,
        .step = 5,
        .number = 6,
        .size = 2,
        .payload = (const uint8_t *) "\x91\x01",
    };
    (void) unused;
    from.bytes [15] = 3;
    wallet.bytes [15] = 2;
    memcpy (head.aggregate, &from, sizeof from);
    for (int to_bank = 0; to_bank < 2; to_bank++) {
        zmq_msg_t frame;
        oid_t to = to_bank ? bank : wallet;
        memcpy (message.to, &to, sizeof to);
        outbox_frame (&head, &message, PARTITIONS, &frame);
        const message_t *made = message_in (&frame);
        assert_non_null (made);
        assert_true (oid_equal (made->to, to) && oid_equal (made->from, from));
        assert_int_equal (made->command, 3);
        assert_int_equal (made->answer_command, 4);
        assert_int_equal (made->answer, ANSWER_ALWAYS);
        assert_int_equal (made->step, 5);
        assert_memory_equal (made->correlation, head.correlation, 16);
        assert_memory_equal (made->payload, "\x91\x01", 2);
        //  The receiver's record (of the bank's answer: the sender's own) names it
        message_name_t name = outbox_cause (made->cause_source, made->cause_number,
                                            to_bank ? from : wallet, PARTITIONS);
        assert_int_equal (name.source, 3);
        assert_int_equal (name.target, to_bank ? PARTITIONS : 2);
        assert_int_equal (name.target, outbox_target (to, PARTITIONS));
        assert_int_equal (name.number, 6);
        zmq_msg_close (&frame);
    }
}

int
main (int argc, char **argv)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (the_line_is_served_in_order_and_a_deferred_one_goes_to_its_end),
        cmocka_unit_test (a_message_is_pending_once_and_ends_once),
        cmocka_unit_test (it_agrees_with_a_plain_table),
        cmocka_unit_test (a_frame_says_who_sent_it_and_what_acknowledges_it),
    };
    s_seed = chance_seed (argc, argv);
    return cmocka_run_group_tests (tests, NULL, NULL);
}
