//  resident: what the record says beside the events: timers, and who asked.

#include "tests/lib/resident_fixture.h"

#include "actors/payment.h"
#include "actors/reason.h"
#include "actors/wallet.h"
#include "runtime/scoped.h"

static void
a_timer_that_fell_due_is_cleared_under_its_time_by_the_record_it_led_to (void **unused)
{
    scoped (resident_destroy) resident_t *resident = fixture_resident_new ();
    payment_create_t order = {
        .member = fixture_oid (OID_MEMBER, 1),
        .merchant = fixture_oid (OID_MERCHANT, 2),
        .order_id = "order 1",
        .amount_minor = 500,
        .currency = "KRW",
        .member_status = 1,
        .merchant_status = 1,
    };
    message_t ring = { .kind = MESSAGE_COMMAND,
                       .flags = MESSAGE_TIMER,
                       .command = PAYMENT_DEADLINE,
                       .timer_due_ms = FIXTURE_NOW_MS - 1 };
    zmq_msg_t frame;
    record_timer_t timer;
    (void) unused;
    assert_true (resident_bind (resident, fixture_oid (OID_PAYMENT, 1), NULL, 0));
    draft_t *draft = fixture_tell (resident, PAYMENT_CREATE, &order, &frame);
    record_reader_t reader = fixture_read (draft);
    assert_int_equal (draft->flags & DRAFT_FINISHED, 0);  //  A saga that runs
    assert_true (record_reader_timer (&reader, &timer));
    assert_int_equal (timer.command, PAYMENT_DEADLINE);
    assert_int_equal (timer.due_ms, FIXTURE_NOW_MS + limits_default.step_deadline_ms);
    zmq_msg_close (&frame);

    for (int times = 0; times < 2; times++) {  //  The second finds nothing to do
        draft = fixture_execute (resident, &ring, NULL, FIXTURE_NOW_MS, NULL, &frame);
        reader = fixture_read (draft);
        assert_int_equal (reader.head.event_count, times == 0 ? 1 : 0);
        assert_true (record_reader_timer (&reader, &timer));
        assert_int_equal (timer.command, PAYMENT_DEADLINE);
        assert_int_equal (timer.due_ms, -ring.timer_due_ms);
        assert_false (record_reader_timer (&reader, &timer));
        assert_true (draft->flags & DRAFT_TIMER);
        assert_int_equal (draft->timer_due_ms, ring.timer_due_ms);
        zmq_msg_close (&frame);
    }
}

//  The audit log: who asked is in the record, of a refusal too, and of nobody else's.
static void
an_operator_who_asks_is_named_in_the_record (void **unused)
{
    (void) unused;
    static const struct {
        const char *operator;
        uint8_t command;
        verdict_t verdict;
    } rows [] = {
        { "op-7", WALLET_SUSPEND, VERDICT_ACCEPTED },
        { NULL, WALLET_ACTIVATE, VERDICT_ACCEPTED },
        { "op-8", WALLET_OPEN, VERDICT_WALLET_EXISTS },
    };
    scoped (resident_destroy) resident_t *resident = fixture_resident_new ();
    fixture_open_wallet (resident, fixture_oid (OID_WALLET, 1), 1000);
    for (size_t index = 0; index < COUNT (rows); index++) {
        zmq_msg_t asked, draft;
        message_t head = {
            .kind = MESSAGE_COMMAND,
            .flags = MESSAGE_SCOPED,
            .command = rows [index].command,
            .to = resident_oid (resident),
        };
        wallet_open_t open = { .member = fixture_oid (OID_MEMBER, 9), .currency = "KRW" };
        reason_t reason = { "because" };
        const void *payload = rows [index].command == WALLET_OPEN ? (void *) &open : &reason;
        message_make_by (&asked, &head, wallet_aggregate.commands [head.command].shape, payload,
                         rows [index].operator);
        const message_t *message = message_in (&asked);
        assert_non_null (message);
        resident_execute (resident, message, FIXTURE_NOW_MS, NULL, &draft);
        draft_t *made = zmq_msg_data (&draft);
        assert_int_equal (made->message_size, zmq_msg_size (&asked));
        record_reader_t reader = fixture_read (made);
        const char *named = rows [index].operator? rows [index].operator: "";
        assert_int_equal (reader.head.verdict, rows [index].verdict);
        assert_int_equal (reader.operator_size, strlen (named));
        assert_memory_equal (reader.operator, named, strlen (named));
        zmq_msg_close (&asked);
        zmq_msg_close (&draft);
    }
}

int
main (void)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (a_timer_that_fell_due_is_cleared_under_its_time_by_the_record_it_led_to),
        cmocka_unit_test (an_operator_who_asks_is_named_in_the_record),
    };
    return cmocka_run_group_tests_name ("runtime/resident_record", tests, NULL, NULL);
}
