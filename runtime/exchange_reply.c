//  exchange - replies to the edge: owned structs, passed by pointer.

#include "runtime/exchange.h"
#include "runtime/snapshot.h"

static node_reply_t *
s_reply_new (uint64_t token, reply_kind_t kind, size_t state_size)
{
    node_reply_t *reply = calloc (1, sizeof *reply + state_size);
    assert (reply);
    reply->token = token;
    reply->kind = kind;
    reply->finished = true;
    reply->state_size = (uint32_t) state_size;
    return reply;
}

//  The edge may be gone while the node finishes what it accepted.
static void
s_send (exchange_t *self, node_reply_t *reply)
{
    if (!channel_offer_bytes (zsock_resolve (self->replies), &(reply_frame_t) { .reply = reply },
                              sizeof (reply_frame_t))) {
        node_reply_destroy (&reply);
    }
}

static void
s_fill (node_reply_t *reply, const uint8_t *snapshot, size_t size)
{
    snapshot_head_t head;
    if (snapshot_read (snapshot, size, &head)) {
        reply->version = head.version;
        reply->created_at_ms = head.created_at_ms;
        reply->updated_at_ms = head.updated_at_ms;
        reply->finished = head.finished;
        memcpy (reply->state, snapshot + SNAPSHOT_HEAD_SIZE, size - SNAPSHOT_HEAD_SIZE);
    }
}

static size_t
s_state_size (size_t snapshot_size)
{
    return snapshot_size > SNAPSHOT_HEAD_SIZE ? snapshot_size - SNAPSHOT_HEAD_SIZE : 0;
}

void
exchange_reply (exchange_t *self, uint64_t token, reply_kind_t kind)
{
    if (token) {
        s_send (self, s_reply_new (token, kind, 0));
    }
}

void
exchange_reply_replayed (exchange_t *self, const message_t *message, const claim_outcome_t *outcome)
{
    if (message->token) {
        node_reply_t *reply = s_reply_new (message->token, REPLY_REPLAYED, 0);
        reply->partition = oid_partition (message->to, self->partitions);
        reply->sequence = self->sequences [reply->partition];
        reply->verdict = outcome->verdict;
        reply->object = outcome->object;
        reply->decided_version = outcome->version;
        s_send (self, reply);
    }
}

void
exchange_reply_synced (exchange_t *self, uint64_t token)
{
    size_t size = self->partitions * sizeof *self->sequences;
    node_reply_t *reply = s_reply_new (token, REPLY_SYNCED, size);
    memcpy (reply->state, self->sequences, size);
    s_send (self, reply);
}

void
exchange_reply_draft (exchange_t *self, uint64_t token, reply_kind_t kind, draft_t *draft)
{
    if (!token) {
        return;
    }
    node_reply_t *reply = s_reply_new (token, kind, s_state_size (draft->snapshot_size));
    reply->verdict = draft->verdict;
    reply->aggregate = draft->aggregate;
    reply->object = draft->object;
    reply->decided_version = draft->decided_version;
    reply->partition = draft->partition;
    reply->sequence = draft->sequence ? draft->sequence : self->sequences [draft->partition];
    s_fill (reply, draft_snapshot (draft), draft->snapshot_size);
    s_send (self, reply);
}

node_reply_t *
core_reply_from (uint64_t token, oid_t oid, const uint8_t *snapshot, size_t size)
{
    node_reply_t *reply = s_reply_new (token, REPLY_STATE, s_state_size (size));
    reply->aggregate = oid;
    reply->object = oid;
    s_fill (reply, snapshot, size);
    return reply;
}

void
exchange_reply_snapshot (exchange_t *self, uint64_t token, oid_t oid, const uint8_t *snapshot,
                         size_t size)
{
    if (token) {
        node_reply_t *reply = core_reply_from (token, oid, snapshot, size);
        reply->partition = oid_partition (oid, self->partitions);
        reply->sequence = self->sequences [reply->partition];
        s_send (self, reply);
    }
}

void
exchange_reply_cold (exchange_t *self, uint64_t token, oid_t oid)
{
    reply_frame_t frame = {
        .cold = oid,
        .token = token,
        .partition = oid_partition (oid, self->partitions),
    };
    frame.sequence = self->sequences [frame.partition];
    channel_offer_bytes (zsock_resolve (self->replies), &frame, sizeof frame);
}
