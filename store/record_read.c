//  record_read - reading. A reader trusts nothing but the size it was given:
//  record_reader_start walks every section once, and only then may the iterators
//  walk without asking.

#include "store/record_layout.h"

#include <assert.h>
#include <string.h>
#include "store/bytes.h"

//  Size of the entry at `at`, or 0 if it does not fit into what is left.
static size_t
s_entry_size (const uint8_t *bytes, size_t size, size_t at, record_section_t section)
{
    size_t left = size - at;
    size_t entry_size = record_sections [section].fixed_size;
    if (left < entry_size) {
        return 0;
    }
    if (record_sections [section].at_payload_size) {
        entry_size += bytes_get_u16 (bytes + at + record_sections [section].at_payload_size);
    }
    return left < entry_size ? 0 : entry_size;
}

static status_t
s_check_structure (const uint8_t *bytes, size_t size)
{
    static const uint8_t zeros [ZERO_SIZE];

    if (size < RECORD_HEAD_SIZE || size > RECORD_SIZE_MAX) {
        return STATUS_DAMAGED;
    }
    if (bytes [AT_FORMAT] < 1 || bytes [AT_FORMAT] > RECORD_FORMAT) {
        return STATUS_UNSUPPORTED;
    }
    bool refused = bytes_get_u16 (bytes + AT_VERDICT) != 0;
    if ((bytes [AT_FLAGS] & ~(RECORD_SCOPED | RECORD_DEAD_LETTER))
        || (refused && bytes [AT_COUNTS + RECORD_EVENTS])
        || (bytes [AT_FORMAT] == 1 && bytes [AT_OPERATOR_SIZE])
        || memcmp (bytes + AT_ZERO, zeros, ZERO_SIZE) != 0) {
        return STATUS_DAMAGED;
    }
    size_t at = RECORD_HEAD_SIZE;
    for (record_section_t section = RECORD_EVENTS; section < RECORD_SECTION_COUNT; section++) {
        for (unsigned left = bytes [AT_COUNTS + section]; left; left--) {
            size_t entry_size = s_entry_size (bytes, size, at, section);
            if (!entry_size) {
                return STATUS_DAMAGED;
            }
            at += entry_size;
        }
    }
    return at + bytes [AT_OPERATOR_SIZE] == size ? STATUS_OK : STATUS_DAMAGED;
}

status_t
record_reader_start (record_reader_t *self, const uint8_t *bytes, size_t size)
{
    status_t status = s_check_structure (bytes, size);
    if (status != STATUS_OK) {
        return status;
    }
    *self = (record_reader_t) {
        .bytes = bytes,
        .size = size,
        .at = RECORD_HEAD_SIZE,
        .section = RECORD_EVENTS,
        .left = bytes [AT_COUNTS + RECORD_EVENTS],
        .operator= (const char *) bytes + size - bytes [AT_OPERATOR_SIZE],
        .operator_size = bytes [AT_OPERATOR_SIZE],
    };
    record_head_t *head = &self->head;
    head->flags = bytes [AT_FLAGS];
    head->event_count = bytes [AT_COUNTS + RECORD_EVENTS];
    head->message_count = bytes [AT_COUNTS + RECORD_MESSAGES];
    head->timer_count = bytes [AT_COUNTS + RECORD_TIMERS];
    head->posting_count = bytes [AT_COUNTS + RECORD_POSTINGS];
    head->verdict = bytes_get_u16 (bytes + AT_VERDICT);
    memcpy (head->aggregate, bytes + AT_AGGREGATE, RECORD_OID_SIZE);
    head->command = bytes [AT_COMMAND];
    head->cause_source = bytes_get_u16 (bytes + AT_CAUSE_SOURCE);
    head->cause_number = bytes_get_u64 (bytes + AT_CAUSE_NUMBER);
    head->epoch = bytes_get_u64 (bytes + AT_EPOCH);
    head->version = bytes_get_u64 (bytes + AT_VERSION);
    head->at_ms = (int64_t) bytes_get_u64 (bytes + AT_TIME);
    memcpy (head->correlation, bytes + AT_CORRELATION, CORRELATION_SIZE);
    memcpy (head->chain, bytes + AT_CHAIN, RECORD_CHAIN_SIZE);
    memcpy (head->scope, bytes + AT_SCOPE, RECORD_SCOPE_SIZE);
    memcpy (head->fingerprint, bytes + AT_FINGERPRINT, RECORD_SCOPE_SIZE);
    memcpy (head->object, bytes + AT_OBJECT, RECORD_OID_SIZE);
    return STATUS_OK;
}

//  The next entry of a section, after skipping what is left of those before it;
//  NULL at the section's end, or if the reader is already beyond it.
static const uint8_t *
s_reader_entry (record_reader_t *self, record_section_t section)
{
    if (self->section > section) {
        return NULL;
    }
    while (self->section < section || self->left) {
        if (!self->left) {
            self->section++;
            self->left = self->bytes [AT_COUNTS + self->section];
            continue;
        }
        size_t size = s_entry_size (self->bytes, self->size, self->at, self->section);
        assert (size);  //  record_reader_start has seen that it fits
        const uint8_t *entry = self->bytes + self->at;
        self->at += size;
        self->left--;
        if (self->section == section) {
            return entry;
        }
    }
    return NULL;
}

bool
record_reader_event (record_reader_t *self, record_event_t *ret_event)
{
    const uint8_t *entry = s_reader_entry (self, RECORD_EVENTS);
    if (entry) {
        *ret_event = (record_event_t) {
            .type = entry [0],
            .schema = entry [1],
            .size = bytes_get_u16 (entry + record_sections [RECORD_EVENTS].at_payload_size),
            .payload = entry + record_sections [RECORD_EVENTS].fixed_size,
        };
    }
    return entry != NULL;
}

bool
record_reader_message (record_reader_t *self, record_message_t *ret_message)
{
    const uint8_t *entry = s_reader_entry (self, RECORD_MESSAGES);
    if (entry) {
        *ret_message = (record_message_t) {
            .command = entry [17],
            .answer_command = entry [18],
            .flags = entry [19],
            .step = bytes_get_u32 (entry + MESSAGE_AT_STEP),
            .number = bytes_get_u64 (entry + MESSAGE_AT_NUMBER),
            .size = bytes_get_u16 (entry + record_sections [RECORD_MESSAGES].at_payload_size),
            .payload = entry + record_sections [RECORD_MESSAGES].fixed_size,
        };
        memcpy (ret_message->to, entry, RECORD_OID_SIZE);
    }
    return entry != NULL;
}

bool
record_reader_timer (record_reader_t *self, record_timer_t *ret_timer)
{
    const uint8_t *entry = s_reader_entry (self, RECORD_TIMERS);
    if (entry) {
        ret_timer->command = entry [0];
        ret_timer->due_ms = (int64_t) bytes_get_u64 (entry + 1);
    }
    return entry != NULL;
}

bool
record_reader_posting (record_reader_t *self, record_posting_t *ret_posting)
{
    const uint8_t *entry = s_reader_entry (self, RECORD_POSTINGS);
    if (entry) {
        ret_posting->class = entry [0];
        memcpy (ret_posting->owner, entry + 1, RECORD_OID_SIZE);
        ret_posting->amount_minor = (int64_t) bytes_get_u64 (entry + 18);
    }
    return entry != NULL;
}

void
record_number (uint8_t *bytes, size_t size, record_number_fn *next, void *context)
{
    record_reader_t reader;
    status_t status = record_reader_start (&reader, bytes, size);
    assert (status == STATUS_OK);

    const uint8_t *entry;
    while ((entry = s_reader_entry (&reader, RECORD_MESSAGES)) != NULL) {
        uint64_t number = next (context, entry);
        bytes_put_u64 (bytes + (entry - bytes) + MESSAGE_AT_NUMBER, number);
    }
}
