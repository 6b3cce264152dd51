//  node - starting and stopping the threads in the order that loses nothing.

#include <sodium.h>
#include <sys/resource.h>
#include "runtime/channel.h"
#include "runtime/core.h"
#include "runtime/recovery.h"

enum {
    DESCRIPTORS_PER_ACTOR = 4,  //  Two ends of the pipe, the socket to the journal, spare
    DESCRIPTORS_OTHER = 256,
    MAPS_PER_ACTOR = 3,  //  Stack, its guard, an arena
    READERS_OTHER = 128  //  LMDB reader slots beside the actors'
};

//  ---------------------------------------------------------------------------
//  Budget: CZMQ aborts without descriptors and hangs without threads or maps, so
//  what the pool needs is checked before the first actor is made.

static int64_t
s_system_number (const char *path, int64_t fallback)
{
    FILE *file = fopen (path, "re");
    long long number = fallback;
    if (file) {
        if (fscanf (file, "%lld", &number) != 1) {
            number = fallback;
        }
        fclose (file);
    }
    return number;
}

static status_t
s_check_budget (const limits_t *limits, char ret_reason [256])
{
    struct rlimit files = { 0 }, threads = { 0 };
    getrlimit (RLIMIT_NOFILE, &files);
    getrlimit (RLIMIT_NPROC, &threads);
    int64_t other = DESCRIPTORS_OTHER + limits->http_connections;
    int64_t needed = limits->pool_actors * DESCRIPTORS_PER_ACTOR + other;
    if (files.rlim_cur != RLIM_INFINITY && needed > (int64_t) files.rlim_cur) {
        int64_t room = (int64_t) files.rlim_cur - other;
        snprintf (ret_reason, 256,
                  "a pool of %" PRId64 " actors and %" PRId64 " connections need %" PRId64
                  " open files, the limit is %" PRIu64
                  "; raise it (ulimit -n) or use --pool %" PRId64,
                  limits->pool_actors, limits->http_connections, needed, (uint64_t) files.rlim_cur,
                  room > 0 ? room / DESCRIPTORS_PER_ACTOR : 0);
        return STATUS_LIMIT;
    }
    int64_t maps = s_system_number ("/proc/sys/vm/max_map_count", 65530);
    int64_t system_threads = s_system_number ("/proc/sys/kernel/threads-max", 32768);
    if (threads.rlim_cur != RLIM_INFINITY && (int64_t) threads.rlim_cur < system_threads) {
        system_threads = (int64_t) threads.rlim_cur;
    }
    if (limits->pool_actors * MAPS_PER_ACTOR > maps || limits->pool_actors * 2 > system_threads) {
        snprintf (ret_reason, 256,
                  "a pool of %" PRId64 " actors needs more threads or maps than this machine "
                  "allows (threads %" PRId64 ", maps %" PRId64 "); use a smaller --pool",
                  limits->pool_actors, system_threads, maps);
        return STATUS_LIMIT;
    }
    return STATUS_OK;
}

//  ---------------------------------------------------------------------------
//  Disk

static status_t
s_open_disk (node_t *self, char ret_reason [256])
{
    const limits_t *limits = &self->config.limits;
    size_t map_bytes = (size_t) limits->map_gigabytes << 30;
    unsigned readers = (unsigned) limits->pool_actors + READERS_OTHER;
    status_t status =
        folder_open (self->config.data_dir, /* create= */ true, &self->folder, ret_reason);
    if (status == STATUS_OK) {
        status = journal_open (self->config.data_dir,
                               &(journal_options_t) {
                                   .partitions = self->config.partitions,
                                   .map_size_bytes = map_bytes,
                                   .readers_max = READERS_OTHER,
                                   .no_fsync = self->config.no_fsync,
                               },
                               &self->journal, ret_reason);
    }
    if (status == STATUS_OK) {
        status = state_open (self->config.data_dir,
                             &(state_options_t) {
                                 .map_size_bytes = map_bytes,
                                 .readers_max = readers,
                                 .version = STATE_VERSION,
                                 .no_fsync = self->config.no_fsync,
                             },
                             &self->state, ret_reason);
    }
    if (status == STATUS_OK && state_made_anew_why (self->state)) {
        zsys_warning ("state_discarded why=\"%s\"", state_made_anew_why (self->state));
    }
    if (status == STATUS_OK) {
        uint64_t replayed;
        self->partitions = journal_partitions (self->journal);
        status = recovery_run (self, /* watch= */ NULL, &replayed, ret_reason);
        if (status == STATUS_OK && replayed > 0) {
            zsys_info ("recovered records=%" PRIu64, replayed);
        }
    }
    return status;
}

//  ---------------------------------------------------------------------------
//  Threads

//  The pool's arguments live as long as the actors need to read them once.
static void
s_start_actors (node_t *self)
{
    size_t count = (size_t) self->config.limits.pool_actors;
    self->actors = calloc (count, sizeof *self->actors);
    assert (self->actors);
    for (size_t slot = 0; slot < count; slot++) {
        actor_args_t args = { .node = self, .slot = (uint32_t) slot };
        self->actors [slot] = channel_zactor_new (actor_run, &args);
        assert (self->actors [slot]);
    }
}

static void
s_start_threads (node_t *self)
{
    s_start_actors (self);
    self->journal_writer = channel_zactor_new (journal_writer_run, self);
    self->flusher = channel_zactor_new (flusher_run, self);
    for (size_t index = 0; index < READERS; index++) {
        self->readers [index] = channel_zactor_new (reader_run, self);
    }
    self->exchange = channel_zactor_new (exchange_run, self);
    assert (self->journal_writer && self->flusher && self->exchange);
}

static void
s_stop_actors (node_t *self)
{
    for (size_t slot = 0; slot < (size_t) self->config.limits.pool_actors; slot++) {
        channel_zactor_destroy (&self->actors [slot]);
    }
    free (self->actors);
    self->actors = NULL;
}

//  From now on the exchange sends nothing to gateways and tap but what was asked of it
//  before, and what finishes late finds them gone without harm.
void
node_stop (node_t *self, int64_t grace_ms)
{
    if (!self->exchange || atomic_exchange (&self->stopping, true)) {
        return;
    }
    zsock_t *inbox = zsock_new_push (">" EXCHANGE_ENDPOINT);
    channel_send_bytes (zsock_resolve (inbox), &(uint8_t) { NOTICE_STOP }, 1);
    zsock_set_rcvtimeo (self->exchange, (int) grace_ms);
    char *idle = zstr_recv (self->exchange);
    if (!idle) {
        zsys_warning ("stop what=\"work was still under way after the grace period\"");
    }
    zstr_free (&idle);
    zsock_set_rcvtimeo (self->exchange, -1);
    zsock_destroy (&inbox);
}

//  The exchange first, then who works for it, then the journal's writer once nobody
//  sends to it, last the flusher with all that was committed.
static void
s_stop_threads (node_t *self)
{
    if (!self->exchange) {
        return;
    }
    zsock_t *inbox = zsock_new_push (">" EXCHANGE_ENDPOINT);
    channel_send_bytes (zsock_resolve (inbox), &(uint8_t) { NOTICE_END }, 1);
    channel_zactor_destroy (&self->exchange);
    zsock_destroy (&inbox);
    s_stop_actors (self);
    for (size_t index = 0; index < READERS; index++) {
        channel_zactor_destroy (&self->readers [index]);
    }
    zsock_t *drafts = zsock_new_push (">" JOURNAL_ENDPOINT);
    channel_send_bytes (zsock_resolve (drafts), "", 0);
    channel_zactor_destroy (&self->journal_writer);
    zsock_destroy (&drafts);
    channel_zactor_destroy (&self->flusher);
}

void
node_destroy (node_t **self_p, int64_t grace_ms)
{
    node_t *self = *self_p;
    if (self) {
        node_stop (self, grace_ms);
        s_stop_threads (self);
        state_destroy (&self->state);
        journal_destroy (&self->journal);
        folder_destroy (&self->folder);
        sodium_memzero (self->config.derive_key, sizeof self->config.derive_key);
        free (self);
        *self_p = NULL;
    }
}

status_t
node_start (const node_config_t *config, node_t **ret_node, char ret_reason [256])
{
    node_t *self = calloc (1, sizeof *self);
    assert (self);
    self->config = *config;
    self->followed = NODE_FOLLOWS_NOTHING;
    status_t status = s_check_budget (&config->limits, ret_reason);
    if (status == STATUS_OK) {
        status = s_open_disk (self, ret_reason);
    }
    if (status != STATUS_OK) {
        node_destroy (&self, 0);
        return status;
    }
    s_start_threads (self);
    *ret_node = self;
    return STATUS_OK;
}

//  ---------------------------------------------------------------------------
//  Looking in

int64_t
node_in_flight (const node_t *self)
{
    return atomic_load (&self->counters.in_flight);
}

uint64_t
node_committed (const node_t *self)
{
    return atomic_load (&self->counters.batch_last);
}

uint64_t
node_flushed (const node_t *self)
{
    return atomic_load (&self->counters.batch_flushed);
}

uint16_t
node_partitions (const node_t *self)
{
    return self->partitions;
}

void
node_tap_wanted (node_t *self, bool wanted)
{
    atomic_store (&self->tap_wanted, wanted);
}

void
node_follow (node_t *self, uint8_t kind)
{
    atomic_store (&self->followed, kind);
}

status_t
node_read_journal (node_t *self, uint16_t partition, uint64_t from, size_t count_max,
                   node_record_fn *record, void *context, uint64_t *ret_next)
{
    return journal_read (self->journal, partition, from, count_max, record, context, ret_next);
}

void
node_metrics (const node_t *self, node_metrics_t *ret_metrics)
{
    const counters_t *counters = &self->counters;
#define NODE_METRIC_LOAD(field, name, help) ret_metrics->field = atomic_load (&counters->field);
    NODE_METRICS (NODE_METRIC_LOAD)
#undef NODE_METRIC_LOAD
    ret_metrics->in_flight = atomic_load (&counters->in_flight);
    ret_metrics->unflushed_bytes = atomic_load (&counters->unflushed_bytes);
    ret_metrics->resident_actors = atomic_load (&counters->resident_actors);
    ret_metrics->outbox_pending = atomic_load (&counters->outbox_pending);
    ret_metrics->timers_pending = atomic_load (&counters->timers_pending);
    ret_metrics->commit_ns_sum = atomic_load (&counters->commit_ns_sum);
    int64_t since_ms = atomic_load (&counters->unprojected_since_ms);
    ret_metrics->projection_lag_events = atomic_load (&counters->unprojected_events);
    ret_metrics->projection_lag_ms = since_ms > 0 ? zclock_mono () - since_ms : 0;
}
