//  exchange - reads of lists: they wait until all that is committed, or what the client
//  knows to come, is in the lists.
//
//      asked for            waits in    until
//      what is committed    syncs       the batch that was the last then is flushed
//      what is not yet      futures     it is committed; then as the others
//
//  What never comes is forgotten after FUTURE_MS: by then the edge has told its client.

#include "runtime/exchange.h"

enum {
    SYNCS_MAX = 65536,   //  List reads that wait for a flush
    FUTURES_MAX = 1024,  //  … for a commit
    FUTURE_MS = 10000
};

//  The lists are to hold all up to the last batch.
static void
s_await_flush (exchange_t *self, uint64_t token)
{
    if (self->batch_flushed >= self->batch_last) {
        exchange_reply_synced (self, token);
        return;
    }
    if (self->sync_count == SYNCS_MAX) {
        exchange_reply (self, token, REPLY_OVERLOADED);
        return;
    }
    if (self->sync_count == self->sync_capacity) {
        self->sync_capacity = self->sync_capacity ? self->sync_capacity * 2 : 64;
        self->syncs = realloc (self->syncs, self->sync_capacity * sizeof *self->syncs);
        assert (self->syncs);
    }
    self->syncs [self->sync_count++] = (sync_wait_t) { token, self->batch_last };
    channel_send_bytes (zsock_resolve (self->node->flusher), &(flush_request_t) { NULL },
                        sizeof (flush_request_t));
}

static bool
s_are_committed (const exchange_t *self, const node_place_t *places, size_t count)
{
    for (size_t index = 0; index < count; index++) {
        assert (places [index].partition < self->partitions);
        if (self->sequences [places [index].partition] < places [index].sequence) {
            return false;
        }
    }
    return true;
}

//  Lets those go on whose places are committed, and forgets the late ones.
void
exchange_sync_committed (exchange_t *self)
{
    int64_t now_ms = self->future_count > 0 ? zclock_mono () : 0;
    size_t kept = 0;
    for (size_t index = 0; index < self->future_count; index++) {
        sync_future_t *future = &self->futures [index];
        bool committed = s_are_committed (self, future->places, future->count);
        if (!committed && future->until_ms > now_ms) {
            self->futures [kept++] = *future;
            continue;
        }
        if (committed) {
            s_await_flush (self, future->token);
        }
        free (future->places);
    }
    self->future_count = kept;
}

static void
s_await_commit (exchange_t *self, uint64_t token, const node_place_t *places, size_t count)
{
    if (!self->futures) {
        self->futures = calloc (FUTURES_MAX, sizeof *self->futures);
        assert (self->futures);
    }
    if (self->future_count == FUTURES_MAX) {
        exchange_sync_committed (self);
    }
    if (self->future_count == FUTURES_MAX) {
        exchange_reply (self, token, REPLY_OVERLOADED);
        return;
    }
    sync_future_t *future = &self->futures [self->future_count++];
    *future = (sync_future_t) { .token = token,
                                .until_ms = zclock_mono () + FUTURE_MS,
                                .count = count,
                                .places = malloc (count * sizeof *places) };
    assert (future->places);
    memcpy (future->places, places, count * sizeof *places);
}

void
exchange_sync (exchange_t *self, const message_t *message)
{
    node_place_t places [NODE_PLACES_MAX];
    size_t count = message->payload_size / sizeof *places;
    assert (count <= NODE_PLACES_MAX);
    memcpy (places, message->payload, count * sizeof *places);
    if (s_are_committed (self, places, count)) {
        s_await_flush (self, message->token);
    }
    else {
        s_await_commit (self, message->token, places, count);
    }
}

void
exchange_sync_flushed (exchange_t *self)
{
    size_t kept = 0;
    for (size_t index = 0; index < self->sync_count; index++) {
        if (self->syncs [index].batch_number <= self->batch_flushed) {
            exchange_reply_synced (self, self->syncs [index].token);
        }
        else {
            self->syncs [kept++] = self->syncs [index];
        }
    }
    self->sync_count = kept;
}

void
exchange_sync_end (exchange_t *self)
{
    for (size_t index = 0; index < self->future_count; index++) {
        free (self->futures [index].places);
    }
    free (self->futures);
    free (self->syncs);
}
