//  recovery - replay of the journal's tail.

#include "runtime/applier.h"
#include "runtime/recovery.h"
#include "runtime/resident.h"

enum { RANGE_RECORDS = 512, CHANGES_MAX = 65536 };

//  A snapshot's bytes live until the next flush.
typedef struct chunk chunk_t;

struct chunk {
    chunk_t *next;
    size_t size;
    uint8_t bytes [];
};

typedef struct {
    node_t *node;
    applier_t *applier;
    state_reader_t *reader;
    resident_t *resident;
    chunk_t *chunks;
    uint64_t records, all;
    const recovery_watch_t *watch;
    bool partial;                         //  Some tables only,
    bool (*follows_from) (uint8_t kind);  //  and their states only
    status_t status;
    char *reason;
} recovery_t;

static const chunk_t *
s_keep (recovery_t *self, const uint8_t *bytes, size_t size)
{
    chunk_t *chunk = malloc (sizeof *chunk + size);
    assert (chunk);
    memcpy (chunk->bytes, bytes, size);
    chunk->size = size;
    chunk->next = self->chunks;
    self->chunks = chunk;
    return chunk;
}

static void
s_forget (recovery_t *self)
{
    while (self->chunks) {
        chunk_t *next = self->chunks->next;
        free (self->chunks);
        self->chunks = next;
    }
}

static bool
s_fail (recovery_t *self, status_t status, uint16_t partition, uint64_t sequence, const char *what)
{
    self->status = status;
    snprintf (self->reason, 256,
              "%s: the journal's record %u.%" PRIu64 " %s; "
              "run 'happypay verify --data %s' to see what is sound",
              self->node->config.data_dir, partition, sequence, what, self->node->config.data_dir);
    return false;
}

static status_t
s_flush (recovery_t *self)
{
    status_t status = applier_flush (self->applier);
    if (status == STATUS_DAMAGED) {
        core_state_fail_stop (status);
    }
    s_forget (self);
    return status;
}

static bool
s_needs_state (const recovery_t *self, uint8_t kind)
{
    return !self->partial || (self->follows_from && self->follows_from (kind));
}

//  The aggregate's events are of types and schemas that this version knows.
static bool
s_knows (uint8_t kind, record_reader_t reader)
{
    const aggregate_type_t *type = registry_find (kind);
    bool known = type;
    record_event_t event;
    while (known && record_reader_event (&reader, &event)) {
        known = event.type < type->event_count && event.schema <= type->events [event.type].schema;
    }
    return known;
}

//  The state after a record with events, from the one before it. NULL: it does not follow.
static const chunk_t *
s_evolve (recovery_t *self, oid_t oid, const uint8_t *record, size_t record_size)
{
    size_t size;
    const uint8_t *before = applier_snapshot (self->applier, oid, &size);
    if (!resident_bind (self->resident, oid, before, size)
        || !resident_replay (self->resident, record, record_size)) {
        return NULL;
    }
    uint8_t after [SNAPSHOT_SIZE_MAX];
    return s_keep (self, after, resident_snapshot (self->resident, after, sizeof after));
}

static bool
s_replay (void *context, uint16_t partition, uint64_t sequence, const uint8_t *bytes, size_t size)
{
    recovery_t *self = context;
    record_reader_t reader;
    if (record_reader_start (&reader, bytes, size) != STATUS_OK) {
        return s_fail (self, STATUS_DAMAGED, partition, sequence, "is damaged");
    }
    oid_t oid;
    memcpy (&oid, reader.head.aggregate, sizeof oid);
    const chunk_t *snapshot = NULL;
    bool follows = true;
    if (reader.head.event_count > 0 && s_needs_state (self, oid.kind)) {
        snapshot = s_evolve (self, oid, bytes, size);
        follows = snapshot;
    }
    else if (reader.head.event_count > 0) {
        follows = s_knows (oid.kind, reader);
    }
    if (!follows) {
        return s_fail (self, STATUS_DAMAGED, partition, sequence,
                       "does not follow from what is before it");
    }
    applier_apply (self->applier, partition, sequence, bytes, size,
                   snapshot ? snapshot->bytes : NULL, snapshot ? snapshot->size : 0);
    self->records++;
    return true;
}

static status_t
s_partition (recovery_t *self, uint16_t partition)
{
    uint64_t last;
    uint8_t chain [RECORD_CHAIN_SIZE];
    uint64_t next = applier_read_position (self->reader, partition) + 1;
    status_t status = journal_last (self->node->journal, partition, &last, chain);
    while (status == STATUS_OK && next <= last) {
        status = journal_read (self->node->journal, partition, next, RANGE_RECORDS, s_replay, self,
                               &next);
        if (status == STATUS_OK) {
            status = self->status;
        }
        else {
            s_fail (self, status, partition, next, "cannot be read");
        }
        if (status == STATUS_OK && applier_changes (self->applier) >= CHANGES_MAX) {
            status = s_flush (self);
        }
        if (self->watch) {
            self->watch->progress (self->watch->context, self->records, self->all);
        }
    }
    return status;
}

//  Records to replay.
static status_t
s_count (recovery_t *self)
{
    status_t status = STATUS_OK;
    for (uint16_t partition = 0; partition < self->node->partitions && status == STATUS_OK;
         partition++) {
        uint64_t last = 0;
        uint8_t chain [RECORD_CHAIN_SIZE];
        status = journal_last (self->node->journal, partition, &last, chain);
        self->all += last - applier_read_position (self->reader, partition);
    }
    return status;
}

//  The state may not know more than the journal.
static status_t
s_check_ahead (node_t *node)
{
    bool ahead = false;
    status_t status = STATUS_OK;
    state_reader_t *reader = state_reader_new (node->state);
    for (uint16_t partition = 0; partition < node->partitions && status == STATUS_OK; partition++) {
        uint64_t last;
        uint8_t chain [RECORD_CHAIN_SIZE];
        status = journal_last (node->journal, partition, &last, chain);
        ahead = ahead || (status == STATUS_OK && applier_read_position (reader, partition) > last);
    }
    state_reader_destroy (&reader);
    if (status == STATUS_OK && ahead) {
        zsys_warning ("state_discarded why=\"it is ahead of the journal\"");
        status = state_discard (node->state);
    }
    return status;
}

status_t
recovery_run (node_t *node, const recovery_watch_t *watch, uint64_t *ret_records,
              char ret_reason [256])
{
    snprintf (ret_reason, 256, "%s: the journal cannot be replayed", node->config.data_dir);
    status_t status = s_check_ahead (node);
    if (status != STATUS_OK) {
        return status;
    }
    recovery_t self = {
        .node = node,
        .applier = applier_new (node->state, node->partitions),
        .reader = state_reader_new (node->state),
        .resident = resident_new (&(resident_config_t) {
            .partitions = node->partitions,
            .derive_key = node->config.derive_key,
            .limits = &node->config.limits,
        }),
        .reason = ret_reason,
        .watch = watch && watch->progress ? watch : NULL,
    };
    if (watch && watch->tables) {
        self.partial = true;
        self.follows_from = watch->follows_from;
        applier_write_only (self.applier, watch->tables);
    }
    status = s_count (&self);
    for (uint16_t partition = 0; partition < node->partitions && status == STATUS_OK; partition++) {
        status = s_partition (&self, partition);
    }
    if (status == STATUS_OK && self.records > 0) {
        status = s_flush (&self);
    }
    if (status == STATUS_NO_SPACE) {
        snprintf (ret_reason, 256, "%s: no space left to bring the state up to date",
                  node->config.data_dir);
    }
    *ret_records = self.records;
    s_forget (&self);
    resident_destroy (&self.resident);
    state_reader_destroy (&self.reader);
    applier_destroy (&self.applier);
    return status;
}
