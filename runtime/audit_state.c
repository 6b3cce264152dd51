//  audit - the books, and the state environment against the replay.

#include "runtime/audit_private.h"

//  ---------------------------------------------------------------------------
//  Books

//  A liability is a credit balance: at most zero. Merchants may owe after refunds.
static bool
s_may_be_debit (uint8_t class)
{
    return class != ACCOUNT_WALLET && class != ACCOUNT_HOLD;
}

bool
audit_books (audit_t *self)
{
    size_t cursor = 0;
    const uint8_t *key;
    uint64_t value;
    while (map_next (self->ledger, &cursor, &key, &value)) {
        int64_t net_minor = (int64_t) value;
        account_t account = { .class = key [0] };
        memcpy (&account.owner, key + 1, sizeof account.owner);
        if (net_minor > 0 && !s_may_be_debit (account.class)) {
            char text [ACCOUNT_TEXT_SIZE];
            account_format (account, text);
            return audit_problem (self, 0, 0, "%s is below zero by %" PRId64, text, net_minor);
        }
        self->report->accounts += net_minor != 0;
        *(net_minor > 0 ? &self->report->debit_minor : &self->report->credit_minor) +=
            net_minor > 0 ? net_minor : -net_minor;
    }
    if (self->report->debit_minor != self->report->credit_minor) {
        return audit_problem (self, 0, 0, "debits %" PRId64 " are not credits %" PRId64,
                              self->report->debit_minor, self->report->credit_minor);
    }
    return true;
}

//  ---------------------------------------------------------------------------
//  Snapshots of one partition, when the replay stands where the state stands

status_t
audit_snapshots (audit_t *self, uint16_t partition)
{
    static uint8_t stored [SNAPSHOT_SIZE_MAX];
    size_t cursor = 0;
    const uint8_t *key;
    uint64_t value;
    region_settle (self->regions_then);
    while (map_next (self->snapshots, &cursor, &key, &value)) {
        const held_t *held = (const held_t *) (uintptr_t) value;
        oid_t oid;
        size_t size;
        memcpy (&oid, key, sizeof oid);
        if (oid_partition (oid, self->partitions) != partition) {
            continue;
        }
        status_t status = state_get (self->reader, TABLE_SNAPSHOT, &oid, sizeof oid, stored,
                                     sizeof stored, &size);
        if (status != STATUS_OK && status != STATUS_NOT_FOUND && status != STATUS_TOO_LARGE) {
            return status;
        }
        if (status != STATUS_OK || size != held->size || memcmp (stored, held->bytes, size) != 0) {
            char text [OID_TEXT_SIZE];
            oid_format (oid, text);
            audit_problem (self, partition, self->position,
                           "%s: its snapshot is not what its events give", text);
            return STATUS_OK;
        }
        self->report->snapshots_compared++;
        status = audit_index_rows (self, partition, oid, held);
        if (status != STATUS_OK || !self->report->sound) {
            return status;
        }
    }
    return STATUS_OK;
}

//  ---------------------------------------------------------------------------
//  Tables

typedef struct {
    audit_t *audit;
    uint64_t rows;
} table_check_t;

static bool
s_check_account (void *context, const uint8_t *key, size_t key_size, const uint8_t *value,
                 size_t value_size)
{
    table_check_t *check = context;
    int64_t stored_minor = 0;
    uint64_t replayed = 0;
    check->rows++;
    if (key_size != LEDGER_KEY_SIZE || value_size != sizeof stored_minor) {
        return audit_problem (check->audit, 0, 0, "a row of the books is malformed");
    }
    memcpy (&stored_minor, value, sizeof stored_minor);
    map_get (check->audit->ledger_then, key, &replayed);
    if ((int64_t) replayed != stored_minor) {
        char text [ACCOUNT_TEXT_SIZE];
        account_t account = { .class = key [0] };
        memcpy (&account.owner, key + 1, sizeof account.owner);
        account_format (account, text);
        return audit_problem (check->audit, 0, 0,
                              "%s: the books say %" PRId64 ", the journal %" PRId64, text,
                              stored_minor, (int64_t) replayed);
    }
    check->audit->report->accounts_compared++;
    return true;
}

static bool
s_check_pending (void *context, const uint8_t *key, size_t key_size, const uint8_t *value,
                 size_t value_size)
{
    table_check_t *check = context;
    (void) value;
    (void) value_size;
    check->rows++;
    uint64_t found = 0;
    if (key_size != OUTBOX_KEY_SIZE || !map_get (check->audit->pending_then, key, &found)
        || found != 1) {
        return audit_problem (check->audit, 0, 0, "the outbox holds a message that is not pending");
    }
    return true;
}

static bool
s_check_timer (void *context, const uint8_t *key, size_t key_size, const uint8_t *value,
               size_t value_size)
{
    table_check_t *check = context;
    int64_t stored_ms = 0;
    uint64_t replayed_ms = 0;
    check->rows++;
    if (key_size == TIMER_KEY_SIZE && value_size == sizeof stored_ms) {
        memcpy (&stored_ms, value, sizeof stored_ms);
        map_get (check->audit->timers_then, key, &replayed_ms);
    }
    if (stored_ms == 0 || (int64_t) replayed_ms != stored_ms) {
        return audit_problem (check->audit, 0, 0, "a timer is not set as the journal says");
    }
    return true;
}

//  Accounts that are not zero.
static uint64_t
s_count_accounts (const map_t *ledger)
{
    size_t cursor = 0;
    const uint8_t *key;
    uint64_t value, count = 0;
    while (map_next (ledger, &cursor, &key, &value)) {
        count += value != 0;
    }
    return count;
}

//  Sent and not acknowledged, as of the state's positions. A 2 was acknowledged before
//  its partition's position and sent after the other's: it is not pending.
static uint64_t
s_count_pending (const map_t *pending)
{
    size_t cursor = 0;
    const uint8_t *key;
    uint64_t value, count = 0;
    while (map_next (pending, &cursor, &key, &value)) {
        count += value == 1;
    }
    return count;
}

status_t
audit_state (audit_t *self)
{
    table_check_t accounts = { .audit = self }, pending = { .audit = self };
    table_check_t timers = { .audit = self };
    status_t status = state_scan (self->reader, TABLE_LEDGER, NULL, 0, NULL, 0,
                                  /* backward= */ false, SIZE_MAX, s_check_account, &accounts);
    if (status == STATUS_OK && self->report->sound
        && accounts.rows != s_count_accounts (self->ledger_then)) {
        audit_problem (self, 0, 0, "the books lack an account that the journal has");
    }
    if (status == STATUS_OK && self->report->sound) {
        status = state_scan (self->reader, TABLE_OUTBOX, NULL, 0, NULL, 0, /* backward= */ false,
                             SIZE_MAX, s_check_pending, &pending);
    }
    if (status == STATUS_OK && self->report->sound
        && pending.rows != s_count_pending (self->pending_then)) {
        audit_problem (self, 0, 0, "the outbox lacks a message that is pending");
    }
    if (status == STATUS_OK && self->report->sound) {
        status = state_scan (self->reader, TABLE_TIMER, NULL, 0, NULL, 0, /* backward= */ false,
                             SIZE_MAX, s_check_timer, &timers);
    }
    if (status == STATUS_OK && self->report->sound
        && timers.rows != map_count (self->timers_then)) {
        audit_problem (self, 0, 0, "a timer that the journal has set is missing");
    }
    if (status == STATUS_OK && self->report->sound) {
        status = audit_rows (self);
    }
    if (status == STATUS_OK && self->report->sound) {
        status = audit_scopes (self);
    }
    if (status == STATUS_OK && self->report->sound) {
        status = audit_regions (self);
    }
    return status;
}
