//  audit - one record against all before it.

#include <stdarg.h>
#include "runtime/audit_private.h"

enum { EVENT_STRUCT_MAX = 32 * 1024 };

bool
audit_problem (audit_t *self, uint16_t partition, uint64_t sequence, const char *format, ...)
{
    if (self->report->sound) {
        va_list arguments;
        va_start (arguments, format);
        vsnprintf (self->report->problem, sizeof self->report->problem, format, arguments);
        va_end (arguments);
        self->report->partition = partition;
        self->report->sequence = sequence;
        self->report->sound = false;
    }
    return false;
}

//  ---------------------------------------------------------------------------
//  Aggregate: versions follow, events decode, the state stays sound

static bool
s_aggregate (audit_t *self, const record_head_t *head, oid_t oid, const uint8_t *bytes, size_t size,
             bool then)
{
    uint64_t value = 0;
    bool known = map_get (self->snapshots, &oid, &value);
    held_t *held = (held_t *) (uintptr_t) value;
    if (!resident_bind (self->resident, oid, known ? held->bytes : NULL, known ? held->size : 0)
        || !resident_replay (self->resident, bytes, size) || !resident_sound (self->resident)) {
        return false;
    }
    static uint8_t packed [SNAPSHOT_SIZE_MAX];
    size_t packed_size = resident_snapshot (self->resident, packed, sizeof packed);
    if (then) {
        audit_region_member (self, head, packed, packed_size);
    }
    held = realloc (held, sizeof *held + packed_size);
    assert (held);
    held->size = (uint32_t) packed_size;
    memcpy (held->bytes, packed, packed_size);
    map_put (self->snapshots, &oid, (uintptr_t) held);
    self->report->aggregates += !known;
    return true;
}

//  ---------------------------------------------------------------------------
//  Postings: those the events mean, and no others

static void
s_account (audit_t *self, map_t *ledger, const record_posting_t *posting)
{
    (void) self;
    uint8_t key [LEDGER_KEY_SIZE];
    uint64_t net = 0;
    key [0] = posting->class;
    memcpy (key + 1, posting->owner, RECORD_OID_SIZE);
    map_get (ledger, key, &net);
    int64_t sum_minor;
    bool overflow = __builtin_add_overflow ((int64_t) net, posting->amount_minor, &sum_minor);
    assert (!overflow);
    map_put (ledger, key, (uint64_t) sum_minor);
}

//  Collects what the record's events mean. False if one cannot be decoded.
static bool
s_meant_postings (const uint8_t *bytes, size_t size, oid_t oid, posting_t *ret_postings,
                  size_t *ret_count)
{
    static _Alignas(max_align_t) uint8_t value [EVENT_STRUCT_MAX];
    const aggregate_type_t *type = registry_find (oid.kind);
    record_reader_t reader;
    record_event_t event;
    *ret_count = 0;
    if (!type || record_reader_start (&reader, bytes, size) != STATUS_OK) {
        return false;
    }
    while (record_reader_event (&reader, &event)) {
        const event_rule_t *rule = &type->events [event.type];
        postings_t postings = { 0 };
        if (event.type >= type->event_count
            || !shape_unpack (rule->shape, event.payload, event.size, value)) {
            return false;
        }
        if (rule->postings) {
            rule->postings (oid, value, &postings);
        }
        if (!postings_balance (&postings)) {
            return false;
        }
        memcpy (ret_postings + *ret_count, postings.items, postings.count * sizeof (posting_t));
        *ret_count += postings.count;
    }
    return true;
}

static bool
s_postings (audit_t *self, record_reader_t *reader, oid_t oid, bool then)
{
    posting_t meant [UINT8_MAX * POSTINGS_MAX];
    size_t count, index = 0;
    int64_t moved_minor = 0;
    if (!s_meant_postings (reader->bytes, reader->size, oid, meant, &count)) {
        return false;
    }
    record_posting_t posting;
    while (record_reader_posting (reader, &posting)) {
        if (index == count || posting.class != meant [index].account.class
            || memcmp (posting.owner, &meant [index].account.owner, RECORD_OID_SIZE) != 0
            || posting.amount_minor != meant [index].amount_minor) {
            return false;
        }
        s_account (self, self->ledger, &posting);
        if (then) {
            s_account (self, self->ledger_then, &posting);
            bool is_money = posting.class == ACCOUNT_WALLET || posting.class == ACCOUNT_HOLD;
            moved_minor -= is_money ? posting.amount_minor : 0;
        }
        index++;
    }
    audit_region_moved (self, &reader->head, moved_minor);
    return index == count;
}

//  ---------------------------------------------------------------------------
//  Messages: numbered without gaps, acknowledged once

static bool
s_messages (audit_t *self, record_reader_t *reader, uint16_t partition, bool then)
{
    record_message_t message;
    while (record_reader_message (reader, &message)) {
        oid_t to;
        memcpy (&to, message.to, sizeof to);
        uint16_t target = outbox_target (to, self->partitions);
        uint64_t *last = &self->numbers [partition * (self->partitions + 1u) + target];
        if (message.number != *last + 1) {
            return false;
        }
        *last = message.number;
        uint8_t key [OUTBOX_KEY_SIZE];
        outbox_key ((message_name_t) { partition, target, message.number }, key);
        //  A partition read earlier may have acknowledged it already
        if (!ranges_has (&self->taken [target * self->partitions + partition], message.number)) {
            map_put (self->pending, key, 1);
        }
        uint64_t seen_then;
        if (then && !(map_get (self->pending_then, key, &seen_then))) {
            map_put (self->pending_then, key, 1);
        }
        else if (then) {
            map_remove (self->pending_then, key);
        }
    }
    return true;
}

static bool
s_cause (audit_t *self, const record_head_t *head, oid_t oid, bool then)
{
    message_name_t name =
        outbox_cause (head->cause_source, head->cause_number, oid, self->partitions);
    if (name.source >= self->partitions) {
        return false;
    }
    ranges_t *taken = &self->taken [name.target * self->partitions + name.source];
    if (ranges_has (taken, name.number)) {
        return false;
    }
    ranges_add (taken, name.number);
    uint8_t key [OUTBOX_KEY_SIZE];
    outbox_key (name, key);
    map_remove (self->pending, key);
    uint64_t sent_then;
    if (then && map_get (self->pending_then, key, &sent_then)) {
        map_remove (self->pending_then, key);
    }
    else if (then) {
        map_put (self->pending_then, key, 2);  //  Its partition is read later
    }
    return true;
}

//  As of the state's position: what is set then is what its table must hold.
static void
s_timers (audit_t *self, record_reader_t *reader, oid_t oid)
{
    uint8_t key [TIMER_KEY_SIZE];
    memcpy (key, &oid, RECORD_OID_SIZE);
    record_timer_t timer;
    while (record_reader_timer (reader, &timer)) {
        uint64_t set_ms = 0;
        key [RECORD_OID_SIZE] = timer.command;
        map_get (self->timers_then, key, &set_ms);
        if (timer.due_ms > 0) {
            map_put (self->timers_then, key, (uint64_t) timer.due_ms);
        }
        else if (timer.due_ms == 0 || (int64_t) set_ms == -timer.due_ms) {
            map_remove (self->timers_then, key);
        }
    }
}

bool
audit_record (audit_t *self, uint16_t partition, uint64_t sequence, const uint8_t *bytes,
              size_t size)
{
    record_reader_t reader;
    if (record_check (bytes, size, self->chain) != STATUS_OK
        || record_reader_start (&reader, bytes, size) != STATUS_OK) {
        return audit_problem (self, partition, sequence,
                              "the record's checksum or hash chain is broken");
    }
    const record_head_t *head = &reader.head;
    bool then = sequence <= self->position;
    oid_t oid;
    memcpy (&oid, head->aggregate, sizeof oid);
    char text [OID_TEXT_SIZE];
    oid_format (oid, text);

    if (oid_partition (oid, self->partitions) != partition) {
        return audit_problem (self, partition, sequence, "%s is not of this partition", text);
    }
    if (head->event_count > 0 && !s_aggregate (self, head, oid, bytes, size, then)) {
        return audit_problem (self, partition, sequence,
                              "%s does not follow from its events before, or breaks its "
                              "invariant",
                              text);
    }
    if (!s_messages (self, &reader, partition, then)) {
        return audit_problem (self, partition, sequence, "%s: a message number is missing", text);
    }
    if (then) {
        s_timers (self, &reader, oid);
    }
    if (!s_postings (self, &reader, oid, then)) {
        return audit_problem (self, partition, sequence,
                              "%s: the postings are not those of its events", text);
    }
    if (head->cause_number && !s_cause (self, head, oid, then)) {
        return audit_problem (self, partition, sequence, "%s: a message took effect twice", text);
    }
    if ((head->flags & RECORD_SCOPED) && !audit_scope_once (self, head)) {
        return audit_problem (self, partition, sequence, "%s: an idempotency key was decided twice",
                              text);
    }
    if (then && self->reader) {
        self->status = audit_event_rows (self, partition, sequence, bytes, size);
        if (self->status == STATUS_OK) {
            self->status = audit_scope_kept (self, partition, sequence, head);
        }
    }
    self->report->records++;
    self->report->events += head->event_count;
    return self->status == STATUS_OK && self->report->sound;
}
