//  past - reading the journal from the day of a moment on.

#include "actors/money.h"
#include "runtime/applier.h"
#include "runtime/core.h"
#include "runtime/past.h"

enum { RANGE_RECORDS = 512 };

struct past {
    node_t *node;
    int64_t since_ms;
    patience_t patience;
    state_reader_t *reader;
    uint16_t first, end;     //  Partitions
    uint64_t *next;          //  Sequence to read next, per partition; 0: not known
    past_record_fn *record;  //  Of the scan that is under way
    void *context;
};

past_t *
past_new (node_t *node, int64_t since_ms, uint16_t partition, patience_t patience)
{
    past_t *self = calloc (1, sizeof *self);
    assert (self);
    self->node = node;
    self->since_ms = since_ms > 0 ? since_ms : 0;
    self->patience = patience;
    self->reader = state_reader_new (node->state);
    self->first = partition == PAST_EVERYWHERE ? 0 : partition;
    self->end = partition == PAST_EVERYWHERE ? node->partitions : (uint16_t) (partition + 1);
    self->next = calloc (node->partitions, sizeof *self->next);
    assert (self->reader && self->next && self->end <= node->partitions);
    return self;
}

void
past_destroy (past_t **self_p)
{
    past_t *self = *self_p;
    if (self) {
        state_reader_destroy (&self->reader);
        free (self->next);
        free (self);
        *self_p = NULL;
    }
}

state_reader_t *
past_reader (past_t *self)
{
    return self->reader;
}

static bool
s_record (void *context, uint16_t partition, uint64_t sequence, const uint8_t *bytes, size_t size)
{
    past_t *self = context;
    record_reader_t reader;
    status_t status = record_reader_start (&reader, bytes, size);
    assert (status == STATUS_OK);  //  The store has checked it
    if (reader.head.at_ms >= self->since_ms) {
        self->record (self->context, partition, sequence, bytes, size);
    }
    return true;
}

static status_t
s_partition (past_t *self, uint16_t partition, uint64_t last)
{
    status_t status = STATUS_OK;
    while (status == STATUS_OK && self->next [partition] <= last) {
        uint64_t left = last - self->next [partition] + 1;
        status = journal_read (self->node->journal, partition, self->next [partition],
                               left < RANGE_RECORDS ? (size_t) left : RANGE_RECORDS, s_record, self,
                               &self->next [partition]);
        if (status == STATUS_OK && self->patience.over (self->patience.context)) {
            status = STATUS_BUSY;
        }
    }
    return status;
}

status_t
past_scan (past_t *self, past_record_fn *record, void *context)
{
    status_t status = STATUS_OK;
    uint32_t day = (uint32_t) money_seoul_day (self->since_ms);
    self->record = record;
    self->context = context;
    for (uint16_t partition = self->first; partition < self->end && status == STATUS_OK;
         partition++) {
        uint64_t position = applier_read_position (self->reader, partition);
        if (self->next [partition] == 0) {
            uint64_t mark = applier_read_day (self->reader, partition, day);
            self->next [partition] = mark > 0 ? mark : position + 1;
        }
        status = s_partition (self, partition, position);
    }
    return status;
}

status_t
past_pin (past_t *self, past_record_fn *record, void *context)
{
    status_t status = state_reader_pin (self->reader);
    return status == STATUS_OK ? past_scan (self, record, context) : status;
}
