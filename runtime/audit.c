//  audit - the order of the checks.

#include "runtime/audit_private.h"

enum { RANGE_RECORDS = 1024 };

static bool
s_record (void *context, uint16_t partition, uint64_t sequence, const uint8_t *bytes, size_t size)
{
    return audit_record (context, partition, sequence, bytes, size);
}

static status_t
s_range (audit_t *self, uint16_t partition, uint64_t from, uint64_t to)
{
    status_t status = STATUS_OK;
    while (from <= to && status == STATUS_OK && self->report->sound) {
        uint64_t left = to - from + 1;
        status = journal_read (self->config->journal, partition, from,
                               left < RANGE_RECORDS ? (size_t) left : RANGE_RECORDS, s_record, self,
                               &from);
        if (status == STATUS_DAMAGED) {
            audit_problem (self, partition, from, "the record is damaged or missing");
            status = STATUS_OK;
        }
        status = status == STATUS_OK ? self->status : status;
        if (self->config->progress) {
            self->config->progress (self->config->context, self->report->records, self->all);
        }
    }
    return status;
}

//  Up to the state's position, then the comparison, then the rest.
static status_t
s_partition (audit_t *self, uint16_t partition)
{
    uint64_t last;
    uint8_t chain [RECORD_CHAIN_SIZE];
    memset (self->chain, 0, sizeof self->chain);
    status_t status = journal_last (self->config->journal, partition, &last, chain);
    self->position = self->reader ? applier_read_position (self->reader, partition) : 0;
    if (status == STATUS_OK && self->position > last) {
        audit_problem (self, partition, last, "the state is ahead of the journal");
    }
    if (status == STATUS_OK) {
        status = s_range (self, partition, 1, self->position < last ? self->position : last);
    }
    if (status == STATUS_OK && self->report->sound && self->reader) {
        status = audit_snapshots (self, partition);
    }
    if (status == STATUS_OK) {
        status = s_range (self, partition, self->position + 1, last);
    }
    return status;
}

//  Records in all, for the progress bar.
static status_t
s_count_records (audit_t *self)
{
    status_t status = STATUS_OK;
    for (uint16_t partition = 0; partition < self->partitions && status == STATUS_OK; partition++) {
        uint64_t last = 0;
        uint8_t chain [RECORD_CHAIN_SIZE];
        status = journal_last (self->config->journal, partition, &last, chain);
        self->all += last;
    }
    return status;
}

//  Reading goes partition by partition, so an acknowledgement may come before its
//  message was seen: in the end every one must have been sent.
static void
s_check_sent (audit_t *self)
{
    for (size_t target = 0; target <= self->partitions; target++) {
        for (size_t source = 0; source < self->partitions; source++) {
            uint64_t sent = self->numbers [source * (self->partitions + 1u) + target];
            const ranges_t *taken = &self->taken [target * self->partitions + source];
            uint64_t highest = taken->count ? taken->items [taken->count - 1].to : taken->low;
            if (highest > sent) {
                audit_problem (self, (uint16_t) source, 0,
                               "a message to partition %u was acknowledged that was never sent",
                               (unsigned) target);
            }
        }
    }
}

static status_t
s_run (audit_t *self)
{
    status_t status = s_count_records (self);
    for (uint16_t partition = 0;
         partition < self->partitions && status == STATUS_OK && self->report->sound; partition++) {
        status = s_partition (self, partition);
    }
    if (status == STATUS_OK && self->report->sound) {
        s_check_sent (self);
    }
    if (status == STATUS_OK && self->report->sound) {
        audit_books (self);
    }
    if (status == STATUS_OK && self->report->sound && self->reader) {
        status = audit_state (self);
    }
    self->report->messages_pending = map_count (self->pending);
    return status;
}

static void
s_free (audit_t *self)
{
    size_t cursor = 0;
    const uint8_t *key;
    uint64_t value;
    while (map_next (self->snapshots, &cursor, &key, &value)) {
        free ((void *) (uintptr_t) value);
    }
    for (uint32_t pair = 0; pair < (self->partitions + 1u) * self->partitions; pair++) {
        ranges_clear (&self->taken [pair]);
    }
    map_destroy (&self->snapshots);
    map_destroy (&self->scopes);
    map_destroy (&self->aged);
    map_destroy (&self->ledger);
    map_destroy (&self->ledger_then);
    map_destroy (&self->pending);
    map_destroy (&self->pending_then);
    map_destroy (&self->timers_then);
    region_destroy (&self->regions_then);
    free (self->taken);
    free (self->numbers);
    resident_destroy (&self->resident);
    state_reader_destroy (&self->reader);
}

status_t
audit_run (const audit_config_t *config, audit_report_t *ret_report)
{
    static const uint8_t no_key [DERIVE_KEY_SIZE];  //  A replay derives nothing
    *ret_report = (audit_report_t) { .sound = true };
    audit_t self = {
        .config = config,
        .report = ret_report,
        .partitions = journal_partitions (config->journal),
        .snapshots = map_new (OID_PACKED_SIZE),
        .scopes = map_new (AUDIT_SCOPE_KEY_SIZE),
        .aged = map_new (RECORD_SCOPE_SIZE),
        .ledger = map_new (LEDGER_KEY_SIZE),
        .ledger_then = map_new (LEDGER_KEY_SIZE),
        .pending = map_new (OUTBOX_KEY_SIZE),
        .pending_then = map_new (OUTBOX_KEY_SIZE),
        .timers_then = map_new (TIMER_KEY_SIZE),
    };
    self.resident = resident_new (&(resident_config_t) {
        .partitions = self.partitions,
        .derive_key = no_key,
        .limits = &limits_default,
    });
    self.regions_then = audit_region_new (&self);
    self.taken = calloc ((self.partitions + 1u) * self.partitions, sizeof *self.taken);
    self.numbers = calloc ((self.partitions + 1u) * self.partitions, sizeof *self.numbers);
    assert (self.taken && self.numbers);
    if (config->state) {
        self.reader = state_reader_new (config->state);
    }
    status_t status = s_run (&self);
    s_free (&self);
    return status;
}
