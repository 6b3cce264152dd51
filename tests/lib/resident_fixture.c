//  resident_fixture - see resident_fixture.h.

#include "tests/lib/resident_fixture.h"

#include "actors/member.h"
#include "actors/wallet.h"

static const uint8_t derive_key [DERIVE_KEY_SIZE] = "a key that only the tests know";

resident_t *
fixture_resident_new (void)
{
    return resident_new (&(resident_config_t) {
        .partitions = FIXTURE_NODE_PARTITIONS,
        .derive_key = derive_key,
        .limits = &limits_default,
    });
}

oid_t
fixture_oid (oid_kind_t kind, uint8_t number)
{
    oid_t oid = { .kind = (uint8_t) kind };
    oid.bytes [0] = number;
    oid.bytes [OID_BYTES - 1] = number;
    return oid;
}

draft_t *
fixture_execute (resident_t *self, const message_t *head, const void *payload, int64_t now_ms,
                 const scope_answer_t *scope, zmq_msg_t *ret_frame)
{
    zmq_msg_t frame;
    const aggregate_type_t *type = registry_find (resident_oid (self).kind);
    message_make (&frame, head, type->commands [head->command].shape, payload);
    resident_execute (self, message_in (&frame), now_ms, scope, ret_frame);
    zmq_msg_close (&frame);
    return zmq_msg_data (ret_frame);
}

draft_t *
fixture_tell (resident_t *self, uint8_t command, const void *payload, zmq_msg_t *ret_frame)
{
    message_t head = { .kind = MESSAGE_COMMAND, .command = command, .to = resident_oid (self) };
    return fixture_execute (self, &head, payload, FIXTURE_NOW_MS, NULL, ret_frame);
}

record_reader_t
fixture_read (draft_t *draft)
{
    record_reader_t reader;
    assert_true (draft->flags & DRAFT_DURABLE);
    assert_int_equal (record_reader_start (&reader, draft_record (draft), draft->record_size),
                      STATUS_OK);
    return reader;
}

static void
s_accept (resident_t *self, uint8_t command, const void *payload)
{
    zmq_msg_t frame;
    draft_t *draft = fixture_tell (self, command, payload, &frame);
    assert_int_equal (draft->verdict, VERDICT_ACCEPTED);
    zmq_msg_close (&frame);
}

void
fixture_open_wallet (resident_t *self, oid_t wallet, int64_t amount_minor)
{
    wallet_open_t open = { .member = oid_as (wallet, OID_MEMBER),
                           .currency = "KRW",
                           .member_status = MEMBER_ACTIVE };
    wallet_move_t move = { { fixture_oid (OID_RECHARGE, 200), LEG_CREDIT, 1 },
                           amount_minor,
                           "KRW" };
    assert_true (resident_bind (self, wallet, NULL, 0));
    s_accept (self, WALLET_OPEN, &open);
    if (amount_minor > 0) {
        s_accept (self, WALLET_EXPECT, &move);
        s_accept (self, WALLET_CREDIT, &move);
    }
}
