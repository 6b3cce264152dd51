//  record - writing and sealing; the layout is drawn in record.h. Reading is in
//  record_read.c.

#include "store/record_layout.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>
#include "store/bytes.h"
#include "store/crc32c.h"

//  ---------------------------------------------------------------------------
//  Writing

void
record_writer_start (record_writer_t *self, uint8_t *buffer, size_t capacity,
                     const record_head_t *head)
{
    assert (!(head->flags & ~(RECORD_SCOPED | RECORD_DEAD_LETTER)));
    *self = (record_writer_t) { .bytes = buffer, .capacity = capacity };
    if (capacity > RECORD_SIZE_MAX) {
        self->capacity = RECORD_SIZE_MAX;
    }
    if (self->capacity < RECORD_HEAD_SIZE) {
        self->failed = true;
        return;
    }
    memset (buffer, 0, RECORD_HEAD_SIZE);
    buffer [AT_FORMAT] = RECORD_FORMAT;
    buffer [AT_FLAGS] = head->flags;
    bytes_put_u16 (buffer + AT_VERDICT, head->verdict);
    memcpy (buffer + AT_AGGREGATE, head->aggregate, RECORD_OID_SIZE);
    buffer [AT_COMMAND] = head->command;
    bytes_put_u16 (buffer + AT_CAUSE_SOURCE, head->cause_source);
    bytes_put_u64 (buffer + AT_CAUSE_NUMBER, head->cause_number);
    bytes_put_u64 (buffer + AT_EPOCH, head->epoch);
    bytes_put_u64 (buffer + AT_VERSION, head->version);
    bytes_put_u64 (buffer + AT_TIME, (uint64_t) head->at_ms);
    memcpy (buffer + AT_CORRELATION, head->correlation, CORRELATION_SIZE);
    memcpy (buffer + AT_SCOPE, head->scope, RECORD_SCOPE_SIZE);
    memcpy (buffer + AT_FINGERPRINT, head->fingerprint, RECORD_SCOPE_SIZE);
    memcpy (buffer + AT_OBJECT, head->object, RECORD_OID_SIZE);
    self->size = RECORD_HEAD_SIZE;
}

//  Room for the next entry of a section, counted in the head; NULL if there is none.
static uint8_t *
s_writer_entry (record_writer_t *self, record_section_t section, size_t payload_size)
{
    if (self->failed) {
        return NULL;
    }
    for (unsigned later = section + 1; later < RECORD_SECTION_COUNT; later++) {
        assert (self->bytes [AT_COUNTS + later] == 0);
    }
    assert (self->bytes [AT_OPERATOR_SIZE] == 0);
    size_t size = record_sections [section].fixed_size + payload_size;
    uint8_t *count = self->bytes + AT_COUNTS + section;
    if (*count == UINT8_MAX || self->capacity - self->size < size) {
        self->failed = true;
        return NULL;
    }
    uint8_t *entry = self->bytes + self->size;
    self->size += size;
    *count = (uint8_t) (*count + 1);
    return entry;
}

static void
s_put_payload (uint8_t *entry, record_section_t section, const uint8_t *payload, uint16_t size)
{
    bytes_put_u16 (entry + record_sections [section].at_payload_size, size);
    if (size) {
        memcpy (entry + record_sections [section].fixed_size, payload, size);
    }
}

void
record_writer_event (record_writer_t *self, const record_event_t *event)
{
    uint8_t *entry = s_writer_entry (self, RECORD_EVENTS, event->size);
    if (entry) {
        assert (bytes_get_u16 (self->bytes + AT_VERDICT) == 0);
        entry [0] = event->type;
        entry [1] = event->schema;
        s_put_payload (entry, RECORD_EVENTS, event->payload, event->size);
    }
}

void
record_writer_message (record_writer_t *self, const record_message_t *message)
{
    uint8_t *entry = s_writer_entry (self, RECORD_MESSAGES, message->size);
    if (entry) {
        memcpy (entry, message->to, RECORD_OID_SIZE);
        entry [17] = message->command;
        entry [18] = message->answer_command;
        entry [19] = message->flags;
        bytes_put_u32 (entry + MESSAGE_AT_STEP, message->step);
        bytes_put_u64 (entry + MESSAGE_AT_NUMBER, message->number);
        s_put_payload (entry, RECORD_MESSAGES, message->payload, message->size);
    }
}

void
record_writer_timer (record_writer_t *self, const record_timer_t *timer)
{
    uint8_t *entry = s_writer_entry (self, RECORD_TIMERS, 0);
    if (entry) {
        entry [0] = timer->command;
        bytes_put_u64 (entry + 1, (uint64_t) timer->due_ms);
    }
}

void
record_writer_posting (record_writer_t *self, const record_posting_t *posting)
{
    uint8_t *entry = s_writer_entry (self, RECORD_POSTINGS, 0);
    if (entry) {
        entry [0] = posting->class;
        memcpy (entry + 1, posting->owner, RECORD_OID_SIZE);
        bytes_put_u64 (entry + 18, (uint64_t) posting->amount_minor);
    }
}

void
record_writer_operator (record_writer_t *self, const char *text, size_t size)
{
    assert (size > 0 && size <= UINT8_MAX);
    if (self->failed || self->capacity - self->size < size) {
        self->failed = true;
        return;
    }
    assert (self->bytes [AT_OPERATOR_SIZE] == 0);
    self->bytes [AT_OPERATOR_SIZE] = (uint8_t) size;
    memcpy (self->bytes + self->size, text, size);
    self->size += size;
}

//  ---------------------------------------------------------------------------
//  Sealing

//  The chain's next value from the previous one: previous chain, then the bytes
//  between CRC and chain, then those after the chain.
static void
s_next_chain (const uint8_t *bytes, size_t size, const uint8_t previous [RECORD_CHAIN_SIZE],
              uint8_t ret_chain [RECORD_CHAIN_SIZE])
{
    crypto_generichash_state hash;
    crypto_generichash_init (&hash, NULL, 0, RECORD_CHAIN_SIZE);
    crypto_generichash_update (&hash, previous, RECORD_CHAIN_SIZE);
    crypto_generichash_update (&hash, bytes + CRC_SIZE, AT_CHAIN - CRC_SIZE);
    crypto_generichash_update (&hash, bytes + AT_SCOPE, size - AT_SCOPE);
    crypto_generichash_final (&hash, ret_chain, RECORD_CHAIN_SIZE);
}

void
record_seal (uint8_t *bytes, size_t size, uint8_t chain [RECORD_CHAIN_SIZE])
{
    assert (size >= RECORD_HEAD_SIZE && size <= RECORD_SIZE_MAX);
    s_next_chain (bytes, size, chain, bytes + AT_CHAIN);
    memcpy (chain, bytes + AT_CHAIN, RECORD_CHAIN_SIZE);
    bytes_put_u32 (bytes + AT_CRC, crc32c (0, bytes + CRC_SIZE, size - CRC_SIZE));
}

status_t
record_check_crc (const uint8_t *bytes, size_t size)
{
    if (size < RECORD_HEAD_SIZE || size > RECORD_SIZE_MAX) {
        return STATUS_DAMAGED;
    }
    uint32_t crc = crc32c (0, bytes + CRC_SIZE, size - CRC_SIZE);
    return crc == bytes_get_u32 (bytes + AT_CRC) ? STATUS_OK : STATUS_DAMAGED;
}

status_t
record_check (const uint8_t *bytes, size_t size, uint8_t chain [RECORD_CHAIN_SIZE])
{
    if (record_check_crc (bytes, size) != STATUS_OK) {
        return STATUS_DAMAGED;
    }
    uint8_t expected [RECORD_CHAIN_SIZE];
    s_next_chain (bytes, size, chain, expected);
    if (memcmp (expected, bytes + AT_CHAIN, RECORD_CHAIN_SIZE) != 0) {
        return STATUS_DAMAGED;
    }
    memcpy (chain, expected, RECORD_CHAIN_SIZE);
    return STATUS_OK;
}
