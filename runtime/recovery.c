//  recovery - replay of the journal's tail.

#include "runtime/applier.h"
#include "runtime/map.h"
#include "runtime/recovery.h"
#include "runtime/resident.h"

enum { RANGE_RECORDS = 512, CHANGES_MAX = 65536 };

//  A record's and its snapshot's bytes live until the next flush.
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
    map_t *latest;  //  Oid -> chunk_t * with its snapshot since the last flush
    chunk_t *chunks;
    uint64_t records, all;
    const recovery_watch_t *watch;
    status_t status;
    char *reason;
} recovery_t;

static chunk_t *
s_keep (recovery_t *self, size_t size)
{
    chunk_t *chunk = malloc (sizeof *chunk + size);
    assert (chunk);
    chunk->size = size;
    chunk->next = self->chunks;
    self->chunks = chunk;
    return chunk;
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
    map_clear (self->latest);
    while (self->chunks) {
        chunk_t *next = self->chunks->next;
        free (self->chunks);
        self->chunks = next;
    }
    return status;
}

//  Loads the aggregate as it was before this record.
static bool
s_bind (recovery_t *self, oid_t oid)
{
    uint64_t value;
    if (map_get (self->latest, &oid, &value)) {
        const chunk_t *chunk = (const chunk_t *) (uintptr_t) value;
        return resident_bind (self->resident, oid, chunk->bytes, chunk->size);
    }
    static __thread uint8_t buffer [SNAPSHOT_SIZE_MAX];
    size_t size = 0;
    status_t status =
        state_get (self->reader, TABLE_SNAPSHOT, &oid, sizeof oid, buffer, sizeof buffer, &size);
    if (status == STATUS_DAMAGED) {
        core_state_fail_stop (status);
    }
    return (status == STATUS_OK || status == STATUS_NOT_FOUND)
           && resident_bind (self->resident, oid, buffer, status == STATUS_OK ? size : 0);
}

static bool
s_replay (void *context, uint16_t partition, uint64_t sequence, const uint8_t *bytes, size_t size)
{
    recovery_t *self = context;
    chunk_t *record = s_keep (self, size);
    memcpy (record->bytes, bytes, size);
    record_reader_t reader;
    if (record_reader_start (&reader, record->bytes, size) != STATUS_OK) {
        return s_fail (self, STATUS_DAMAGED, partition, sequence, "is damaged");
    }
    oid_t oid;
    memcpy (&oid, reader.head.aggregate, sizeof oid);
    chunk_t *snapshot = NULL;
    if (reader.head.event_count > 0) {
        if (!s_bind (self, oid) || !resident_replay (self->resident, record->bytes, size)) {
            return s_fail (self, STATUS_DAMAGED, partition, sequence,
                           "does not follow from what is before it");
        }
        uint8_t packed [SNAPSHOT_SIZE_MAX];
        size_t packed_size = resident_snapshot (self->resident, packed, sizeof packed);
        snapshot = s_keep (self, packed_size);
        memcpy (snapshot->bytes, packed, packed_size);
        map_put (self->latest, &oid, (uintptr_t) snapshot);
    }
    applier_apply (self->applier, partition, sequence, record->bytes, size,
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
        .latest = map_new (OID_PACKED_SIZE),
        .reason = ret_reason,
        .watch = watch && watch->progress ? watch : NULL,
    };
    if (watch && watch->tables) {
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
    while (self.chunks) {
        chunk_t *next = self.chunks->next;
        free (self.chunks);
        self.chunks = next;
    }
    map_destroy (&self.latest);
    resident_destroy (&self.resident);
    state_reader_destroy (&self.reader);
    applier_destroy (&self.applier);
    return status;
}
