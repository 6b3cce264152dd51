//  audit - idempotency scopes: decided once while they count, and kept as long.

#include "runtime/audit_private.h"

//  How long the node of this folder keeps them is not written down; never less than this.
static const int64_t keep_ms = IDEMPOTENCY_KEEP_S_MIN * INT64_C (1000);

//  Partitions are read one after the other, so a scope's decisions come in no order of
//  time: one per period of keep_ms is remembered, and what is nearer than that to another
//  is in its period or next to it.
bool
audit_scope_once (audit_t *self, const record_head_t *head)
{
    uint8_t key [AUDIT_SCOPE_KEY_SIZE];
    int64_t own = head->at_ms / keep_ms;
    memcpy (key, head->scope, RECORD_SCOPE_SIZE);
    for (int64_t period = own - 1; period <= own + 1; period++) {
        uint64_t decided_ms;
        memcpy (key + RECORD_SCOPE_SIZE, &period, sizeof period);
        if (map_get (self->scopes, key, &decided_ms)
            && llabs ((int64_t) decided_ms - head->at_ms) < keep_ms) {
            return false;
        }
    }
    memcpy (key + RECORD_SCOPE_SIZE, &own, sizeof own);
    map_put (self->scopes, key, (uint64_t) head->at_ms);
    return true;
}

static bool
s_same (const scope_row_t *one, const scope_row_t *other)
{
    return one->at_ms == other->at_ms && one->verdict == other->verdict
           && one->version == other->version && oid_equal (one->object, other->object)
           && memcmp (one->fingerprint, other->fingerprint, sizeof one->fingerprint) == 0;
}

//  Its row says so; or what was decided later, as the journal will tell; or there is none
//  any more, which is judged when the latest stamp is known.
status_t
audit_scope_kept (audit_t *self, uint16_t partition, uint64_t sequence, const record_head_t *head)
{
    scope_row_t row, expected = applier_scope_row (head);
    size_t size;
    self->newest_then_ms = head->at_ms > self->newest_then_ms ? head->at_ms : self->newest_then_ms;
    if (!(head->flags & RECORD_SCOPED)) {
        return STATUS_OK;
    }
    status_t status = state_get (self->reader, TABLE_SCOPE, head->scope, sizeof head->scope, &row,
                                 sizeof row, &size);
    if (status == STATUS_NOT_FOUND) {
        self->forgotten_ms = head->at_ms > self->forgotten_ms ? head->at_ms : self->forgotten_ms;
        return STATUS_OK;
    }
    if (status != STATUS_OK && status != STATUS_TOO_LARGE) {
        return status;
    }
    bool again = status == STATUS_OK && row.at_ms > expected.at_ms;
    if (!again && (status != STATUS_OK || size != sizeof row || !s_same (&row, &expected))) {
        audit_problem (self, partition, sequence,
                       "an idempotency key does not tell what was decided under it");
    }
    self->scopes_then += !again;
    return STATUS_OK;
}

//  ---------------------------------------------------------------------------
//  The tables

static bool
s_piece (void *context, const uint8_t *key, size_t key_size, const uint8_t *value,
         size_t value_size)
{
    audit_t *self = context;
    (void) key, (void) key_size;
    for (size_t at = 0; at + RECORD_SCOPE_SIZE <= value_size; at += RECORD_SCOPE_SIZE) {
        map_put (self->aged, value + at, 1);
    }
    return true;
}

typedef struct {
    audit_t *audit;
    uint64_t rows;
} scope_check_t;

static bool
s_scope (void *context, const uint8_t *key, size_t key_size, const uint8_t *value,
         size_t value_size)
{
    scope_check_t *check = context;
    (void) value, (void) value_size;
    check->rows++;
    if (key_size != RECORD_SCOPE_SIZE || !map_get (check->audit->aged, key, NULL)) {
        return audit_problem (check->audit, 0, 0, "an idempotency key would never expire");
    }
    return true;
}

status_t
audit_scopes (audit_t *self)
{
    scope_check_t check = { .audit = self };
    status_t status = state_scan (self->reader, TABLE_SCOPE_AGE, NULL, 0, NULL, 0,
                                  /* backward= */ false, SIZE_MAX, s_piece, self);
    if (status == STATUS_OK) {
        status = state_scan (self->reader, TABLE_SCOPE, NULL, 0, NULL, 0, /* backward= */ false,
                             SIZE_MAX, s_scope, &check);
    }
    if (status == STATUS_OK && self->report->sound && check.rows != self->scopes_then) {
        audit_problem (self, 0, 0, "an idempotency key was kept that the journal does not have");
    }
    if (status == STATUS_OK && self->report->sound && self->forgotten_ms > 0
        && self->newest_then_ms - self->forgotten_ms < keep_ms) {
        audit_problem (self, 0, 0, "an idempotency key was forgotten that still counts");
    }
    return status;
}
