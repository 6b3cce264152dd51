//  resident: every command becomes one draft, and the record says all of it.

#include "tests/lib/resident_fixture.h"

#include "actors/payment.h"
#include "actors/wallet.h"
#include "runtime/scoped.h"
#include "tests/lib/chance.h"

enum { ROUNDS = 300 };

static uint64_t s_seed;

static wallet_move_t
s_move (uint8_t saga, saga_leg_t leg, int64_t amount_minor)
{
    return (wallet_move_t) { { fixture_oid (OID_PAYMENT, saga), (uint8_t) leg, 1 },
                             amount_minor,
                             "KRW" };
}

static resident_t *
s_wallet_with (int64_t amount_minor)
{
    resident_t *resident = fixture_resident_new ();
    fixture_open_wallet (resident, fixture_oid (OID_WALLET, 1), amount_minor);
    return resident;
}

//  ---------------------------------------------------------------------------

//  Any command on any of a few references: what one resident decided, another
//  must be able to replay to the same bytes.
static uint8_t
s_any_command (chance_t *chance, uint8_t payload [1024])
{
    static const uint8_t legs [] = { LEG_CREDIT, LEG_DEBIT, LEG_HOLD, LEG_CAPTURE, LEG_RETURN };
    uint8_t command = (uint8_t) (WALLET_EXPECT + chance_below (chance, WALLET_PAY));
    wallet_move_t move =
        s_move ((uint8_t) (1 + chance_below (chance, 8)),
                legs [chance_below (chance, COUNT (legs))], (int64_t) chance_below (chance, 3000));
    wallet_capture_t capture = { .reference = { move.reference.saga, LEG_CAPTURE, 1 },
                                 .hold = { move.reference.saga, LEG_HOLD, 1 },
                                 .amount_minor = move.amount_minor };
    wallet_pay_t pay = { { move.reference.saga, LEG_CAPTURE, 1 },
                         move.amount_minor,
                         "KRW",
                         fixture_oid (OID_MERCHANT, 3) };
    memset (payload, 0, 1024);
    switch (command) {
    case WALLET_CAPTURE: memcpy (payload, &capture, sizeof capture); break;
    case WALLET_RELEASE: memcpy (payload, &capture.hold, sizeof capture.hold); break;
    case WALLET_PAY: memcpy (payload, &pay, sizeof pay); break;
    case WALLET_SUSPEND:
    case WALLET_ACTIVATE: strcpy ((char *) payload, "because"); break;
    default: memcpy (payload, &move, sizeof move); break;
    }
    return command;
}

static void
replaying_a_record_gives_the_same_bytes_as_deciding_it (void **unused)
{
    static uint8_t decided [SNAPSHOT_SIZE_MAX], replayed [SNAPSHOT_SIZE_MAX];
    chance_t chance = chance_new (s_seed);
    scoped (resident_destroy) resident_t *one = s_wallet_with (100000);
    scoped (resident_destroy) resident_t *other = fixture_resident_new ();
    size_t events = 0;
    (void) unused;
    size_t size = resident_snapshot (one, decided, sizeof decided);
    assert_true (resident_bind (other, resident_oid (one), decided, size));
    for (int round = 0; round < ROUNDS; round++) {
        _Alignas(max_align_t) uint8_t payload [1024];
        zmq_msg_t frame;
        message_t head = { .kind = MESSAGE_COMMAND, .cause_number = (uint64_t) round + 1 };
        head.command = s_any_command (&chance, payload);
        draft_t *draft =
            fixture_execute (one, &head, payload, FIXTURE_NOW_MS + round, NULL, &frame);
        record_reader_t reader = fixture_read (draft);
        assert_int_equal (reader.head.version - reader.head.event_count, draft->version_before);
        assert_int_equal (reader.head.version, draft->version);
        assert_true (resident_replay (other, draft_record (draft), draft->record_size));
        size = resident_snapshot (one, decided, sizeof decided);
        assert_int_equal (resident_snapshot (other, replayed, sizeof replayed), size);
        assert_memory_equal (decided, replayed, size);
        if (draft->snapshot_size > 0) {
            assert_int_equal (draft->snapshot_size, size);
            assert_memory_equal (draft_snapshot (draft), decided, size);
        }
        events += reader.head.event_count;
        zmq_msg_close (&frame);
    }
    assert_true (events > ROUNDS / 10);
}

static void
a_record_that_does_not_follow_is_not_replayed (void **unused)
{
    scoped (resident_destroy) resident_t *one = s_wallet_with (1000);
    scoped (resident_destroy) resident_t *fresh = fixture_resident_new ();
    zmq_msg_t frame;
    wallet_move_t hold = s_move (1, LEG_HOLD, 10);
    (void) unused;
    draft_t *draft = fixture_tell (one, WALLET_HOLD, &hold, &frame);
    assert_int_equal (draft->verdict, VERDICT_ACCEPTED);
    assert_false (resident_replay (one, draft_record (draft), draft->record_size));  //  Again
    assert_true (resident_bind (fresh, resident_oid (one), NULL, 0));
    assert_false (resident_replay (fresh, draft_record (draft), draft->record_size));
    assert_false (resident_replay (fresh, draft_record (draft), draft->record_size - 1));
    zmq_msg_close (&frame);
}

static void
what_is_no_snapshot_is_not_bound (void **unused)
{
    scoped (resident_destroy) resident_t *resident = s_wallet_with (1000);
    static uint8_t bytes [SNAPSHOT_SIZE_MAX];
    size_t size = resident_snapshot (resident, bytes, sizeof bytes);
    oid_t wallet = resident_oid (resident);
    (void) unused;
    assert_true (resident_bind (resident, wallet, bytes, size));
    for (size_t cut = 1; cut < size; cut++) {
        assert_false (resident_bind (resident, wallet, bytes, cut));
    }
    assert_false (resident_bind (resident, oid_as (wallet, OID_MERCHANT), bytes, size));
    assert_false (resident_bind (resident, oid_as (wallet, OID_OPERATOR), NULL, 0));
    assert_false (resident_bind (resident, (oid_t) { .kind = 200 }, NULL, 0));
    assert_true (resident_bind (resident, wallet, NULL, 0));
    assert_true (resident_sound (resident));
}

//  ---------------------------------------------------------------------------
//  Dead letters

static void
s_is_dead_letter (draft_t *draft, verdict_t verdict, uint64_t version)
{
    record_reader_t reader = fixture_read (draft);
    assert_true (draft->flags & DRAFT_DEAD_LETTER);
    assert_int_equal (draft->verdict, verdict);
    assert_int_equal (draft->version, version);
    assert_int_equal (draft->snapshot_size, 0);
    assert_true (reader.head.flags & RECORD_DEAD_LETTER);
    assert_int_equal (reader.head.verdict, verdict);
    assert_int_equal (reader.head.event_count, 0);
    assert_int_equal (reader.head.message_count, 0);
    assert_int_equal (reader.head.posting_count, 0);
}

static void
a_command_that_cannot_be_decoded_is_a_dead_letter (void **unused)
{
    scoped (resident_destroy) resident_t *resident = s_wallet_with (0);
    uint8_t bytes [sizeof (message_t) + 8] = { 0 };
    static const uint8_t commands [] = { WALLET_CREDIT, 200, WALLET_CLOSE };
    (void) unused;
    for (size_t index = 0; index < COUNT (commands); index++) {
        message_t *message = (message_t *) (void *) bytes;
        zmq_msg_t frame;
        *message =
            (message_t) { .kind = MESSAGE_COMMAND, .command = commands [index], .payload_size = 5 };
        memcpy (message->payload, "\xdd\xff\xff\xff\xff", 5);
        resident_execute (resident, message, FIXTURE_NOW_MS, NULL, &frame);
        s_is_dead_letter (zmq_msg_data (&frame), VERDICT_UNDECODABLE, 1);
        zmq_msg_close (&frame);
    }
}

static void
a_command_that_would_break_the_invariant_is_a_dead_letter_and_changes_nothing (void **unused)
{
    static uint8_t before [SNAPSHOT_SIZE_MAX], after [SNAPSHOT_SIZE_MAX];
    scoped (resident_destroy) resident_t *resident = s_wallet_with (1000);
    zmq_msg_t frame;
    wallet_t unsound = *(const wallet_t *) resident_state (resident);
    wallet_move_t hold = s_move (1, LEG_HOLD, 10);
    (void) unused;
    unsound.held_minor += 7;  //  A defect of an older version, say
    snapshot_write (before, &(snapshot_head_t) { 3, 1, 2, true });
    size_t size = SNAPSHOT_HEAD_SIZE
                  + shape_pack (wallet_aggregate.state, &unsound, before + SNAPSHOT_HEAD_SIZE,
                                sizeof before - SNAPSHOT_HEAD_SIZE);
    assert_true (resident_bind (resident, resident_oid (resident), before, size));
    assert_false (resident_sound (resident));
    draft_t *draft = fixture_tell (resident, WALLET_HOLD, &hold, &frame);
    s_is_dead_letter (draft, VERDICT_INVARIANT_BROKEN, 3);
    assert_int_equal (resident_snapshot (resident, after, sizeof after), size);
    assert_memory_equal (before, after, size);
    zmq_msg_close (&frame);
}

//  ---------------------------------------------------------------------------
//  What leaves a record, and what does not

static void
a_refusal_is_recorded_if_it_is_scoped_or_acknowledges_and_else_not (void **unused)
{
    scoped (resident_destroy) resident_t *resident = s_wallet_with (0);
    wallet_move_t debit = s_move (1, LEG_DEBIT, 10);
    message_t scoped_head = { .kind = MESSAGE_COMMAND,
                              .flags = MESSAGE_SCOPED | MESSAGE_FROM_PORT,
                              .command = WALLET_DEBIT,
                              .token = 9,
                              .scope = "scope",
                              .fingerprint = "body" };
    message_t told = {
        .kind = MESSAGE_COMMAND, .command = WALLET_DEBIT, .cause_source = 3, .cause_number = 77
    };
    zmq_msg_t frame;
    (void) unused;
    draft_t *draft = fixture_tell (resident, WALLET_DEBIT, &debit, &frame);
    assert_int_equal (draft->verdict, VERDICT_INSUFFICIENT_FUNDS);
    assert_int_equal (draft->flags & (DRAFT_DURABLE | DRAFT_DEAD_LETTER), 0);
    assert_int_equal (draft->record_size + draft->snapshot_size, 0);
    zmq_msg_close (&frame);

    draft = fixture_execute (resident, &scoped_head, &debit, FIXTURE_NOW_MS, NULL, &frame);
    record_reader_t reader = fixture_read (draft);
    assert_int_equal (reader.head.verdict, VERDICT_INSUFFICIENT_FUNDS);
    assert_int_equal (reader.head.flags, RECORD_SCOPED);
    assert_memory_equal (reader.head.scope, scoped_head.scope, 16);
    assert_memory_equal (reader.head.fingerprint, scoped_head.fingerprint, 16);
    assert_int_equal (reader.head.event_count, 0);
    assert_int_equal (draft->token, 9);
    assert_true (draft->flags & DRAFT_FROM_PORT && draft->flags & DRAFT_SCOPED);
    zmq_msg_close (&frame);

    draft = fixture_execute (resident, &told, &debit, FIXTURE_NOW_MS, NULL, &frame);
    reader = fixture_read (draft);
    assert_int_equal (reader.head.cause_source, 3);
    assert_int_equal (reader.head.cause_number, 77);
    zmq_msg_close (&frame);
}

static void
a_scope_that_was_decided_is_shown_and_nothing_happens (void **unused)
{
    scoped (resident_destroy) resident_t *resident = s_wallet_with (1000);
    wallet_move_t debit = s_move (1, LEG_DEBIT, 10);
    message_t head = { .kind = MESSAGE_COMMAND, .flags = MESSAGE_SCOPED, .command = WALLET_DEBIT };
    scope_answer_t scope = { true, true, VERDICT_ORDER_EXISTS, fixture_oid (OID_PAYMENT, 8), 2 };
    zmq_msg_t frame;
    (void) unused;
    for (int same = 1; same >= 0; same--) {
        scope.same = same;
        draft_t *draft = fixture_execute (resident, &head, &debit, FIXTURE_NOW_MS, &scope, &frame);
        assert_int_equal (draft->reply, same ? REPLY_REPLAYED : REPLY_KEY_REUSED);
        assert_int_equal (draft->verdict, VERDICT_ORDER_EXISTS);
        assert_true (oid_equal (draft->object, scope.object));
        assert_int_equal (draft->flags & DRAFT_DURABLE, 0);
        assert_int_equal (draft->version, 3);
        assert_int_equal (draft->decided_version, same ? 2 : 0);
        zmq_msg_close (&frame);
    }
}

static void
time_never_goes_back_in_an_aggregate (void **unused)
{
    scoped (resident_destroy) resident_t *resident = s_wallet_with (1000);
    wallet_move_t debit = s_move (1, LEG_DEBIT, 10);
    message_t head = { .kind = MESSAGE_COMMAND, .command = WALLET_DEBIT };
    zmq_msg_t frame;
    (void) unused;
    draft_t *draft = fixture_execute (resident, &head, &debit, FIXTURE_NOW_MS - 5000, NULL, &frame);
    assert_int_equal (fixture_read (draft).head.at_ms, FIXTURE_NOW_MS);
    zmq_msg_close (&frame);
}

//  ---------------------------------------------------------------------------
//  Answers and timers

static void
the_asker_hears_the_verdicts_it_wants (void **unused)
{
    static const struct {
        uint8_t answer;
        int64_t amount_minor;
        bool heard;
    } cases [] = {
        { ANSWER_NEVER, 10, false },   { ANSWER_NEVER, 5000, false },
        { ANSWER_ALWAYS, 10, true },   { ANSWER_ALWAYS, 5000, true },
        { ANSWER_REFUSAL, 10, false }, { ANSWER_REFUSAL, 5000, true },
    };
    (void) unused;
    for (size_t index = 0; index < COUNT (cases); index++) {
        scoped (resident_destroy) resident_t *resident = s_wallet_with (1000);
        wallet_move_t hold = s_move (1, LEG_HOLD, cases [index].amount_minor);
        oid_t asker = fixture_oid (OID_PAYMENT, 4);
        message_t head = { .kind = MESSAGE_COMMAND,
                           .command = WALLET_HOLD,
                           .from = asker,
                           .answer = cases [index].answer,
                           .answer_command = PAYMENT_ANSWERED,
                           .step = 42,
                           .cause_number = 1 };
        zmq_msg_t frame;
        record_message_t message;
        draft_t *draft = fixture_execute (resident, &head, &hold, FIXTURE_NOW_MS, NULL, &frame);
        record_reader_t reader = fixture_read (draft);
        assert_int_equal (record_reader_message (&reader, &message), cases [index].heard);
        if (cases [index].heard) {
            saga_answer_t answer;
            assert_memory_equal (message.to, &asker, sizeof asker);
            assert_int_equal (message.command, PAYMENT_ANSWERED);
            assert_true (shape_unpack (&saga_answer_shape, message.payload, message.size, &answer));
            assert_true (oid_equal (answer.from, resident_oid (resident)));
            assert_int_equal (answer.command, WALLET_HOLD);
            assert_int_equal (answer.step, 42);
            assert_int_equal (answer.verdict, draft->verdict);
        }
        zmq_msg_close (&frame);
    }
}

int
main (int argc, char **argv)
{
    const struct CMUnitTest tests [] = {
        cmocka_unit_test (replaying_a_record_gives_the_same_bytes_as_deciding_it),
        cmocka_unit_test (a_record_that_does_not_follow_is_not_replayed),
        cmocka_unit_test (what_is_no_snapshot_is_not_bound),
        cmocka_unit_test (a_command_that_cannot_be_decoded_is_a_dead_letter),
        cmocka_unit_test (
            a_command_that_would_break_the_invariant_is_a_dead_letter_and_changes_nothing),
        cmocka_unit_test (a_refusal_is_recorded_if_it_is_scoped_or_acknowledges_and_else_not),
        cmocka_unit_test (a_scope_that_was_decided_is_shown_and_nothing_happens),
        cmocka_unit_test (time_never_goes_back_in_an_aggregate),
        cmocka_unit_test (the_asker_hears_the_verdicts_it_wants),
    };
    s_seed = chance_seed (argc, argv);
    return cmocka_run_group_tests (tests, NULL, NULL);
}
