//  record - what one decision leaves in the journal, byte by byte.
//
//  A record is written by the actor that decided, completed by the journal's
//  writer (message numbers, chain, CRC) and never changed again. All integers
//  are little endian. Its place, (partition, sequence), stands before it in the log
//  (store/journal_private.h).
//
//      offset  size  field
//           0     4  crc32c of all bytes after it
//           4     1  format, RECORD_FORMAT
//           5     1  flags, RECORD_SCOPED | RECORD_DEAD_LETTER
//           6     1  events
//           7     1  messages
//           8     1  timers
//           9     1  postings
//          10     2  verdict (0 accepted; else a refusal, without events)
//          12    17  aggregate (oid)
//          29     1  command that was decided
//          30     2  cause: source partition   \  the outbox message that this record
//          32     8  cause: number (0 none)    /  acknowledges
//          40     8  epoch of the partition's owner
//          48     8  version of the aggregate after its events
//          56     8  time, Unix milliseconds
//          64    16  correlation id (W3C trace id)
//          80    32  chain: BLAKE2b-256 (previous chain | bytes 4 to 79 | bytes from 112
//                    on); the first of a partition follows zeros
//         112    16  scope of the idempotency key (zero if none)
//         128    16  keyed fingerprint of the request
//         144    17  object that a replay of the request shows (oid)
//         161     1  size of the operator's id (0: no operator asked; always 0 in format 1)
//         162     6  zero
//         168        events:   type 1 · schema 1 · size 2 · payload (MessagePack)
//                    messages: to 17 · command 1 · answer command 1 · flags 1 · step 4 ·
//                              number 8 · size 2 · payload
//                    timers:   command 1 · due 8 (signed Unix ms)
//                    postings: class 1 · owner 17 · amount 8 (> 0 debit, < 0 credit)
//                    operator: the id of who asked, as the token names it
//
//  A message's number counts from 1 per (source partition, target partition).

#ifndef STORE_RECORD_H
#define STORE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "store/status.h"

enum {
    RECORD_FORMAT = 2,              //  Readers know 1 too
    RECORD_HEAD_SIZE = 168,
    RECORD_SIZE_MAX = 256 * 1024,
    RECORD_OID_SIZE = 17,
    RECORD_CHAIN_SIZE = 32,
    RECORD_SCOPE_SIZE = 16
};

enum { RECORD_SCOPED = 1, RECORD_DEAD_LETTER = 2 };
//  A message's flags byte is the sender's answer_t (runtime/aggregate.h).

typedef struct {
    uint8_t flags;
    uint8_t event_count, message_count, timer_count, posting_count;
    uint16_t verdict;
    uint8_t aggregate [RECORD_OID_SIZE];
    uint8_t command;
    uint16_t cause_source;
    uint64_t cause_number;          //  0: none
    uint64_t epoch;
    uint64_t version;
    int64_t at_ms;
    uint8_t correlation [16];
    uint8_t chain [RECORD_CHAIN_SIZE];
    uint8_t scope [RECORD_SCOPE_SIZE];
    uint8_t fingerprint [RECORD_SCOPE_SIZE];
    uint8_t object [RECORD_OID_SIZE];
} record_head_t;

typedef struct {
    uint8_t type, schema;
    uint16_t size;
    const uint8_t *payload;         //  Borrowed from the record
} record_event_t;

typedef struct {
    uint8_t to [RECORD_OID_SIZE];
    uint8_t command, answer_command, flags;
    uint32_t step;
    uint64_t number;
    uint16_t size;
    const uint8_t *payload;         //  Borrowed from the record
} record_message_t;

//  A timer is set (due_ms > 0), cleared (0), or cleared if it is set for -due_ms
//  (< 0): what it led to clears a timer that fired, but not if it was moved since.
typedef struct {
    uint8_t command;
    int64_t due_ms;
} record_timer_t;

typedef struct {
    uint8_t class;
    uint8_t owner [RECORD_OID_SIZE];
    int64_t amount_minor;
} record_posting_t;

//  ---------------------------------------------------------------------------
//  Writing: head first, then events, messages, timers, postings, operator in that order.
//  The counts in the head follow from the calls. Into a caller's buffer; on
//  overflow `failed` is set and every later call does nothing.

typedef struct {
    uint8_t *bytes;
    size_t capacity, size;
    bool failed;
} record_writer_t;

void record_writer_start (record_writer_t *self, uint8_t *buffer, size_t capacity,
                          const record_head_t *head);
void record_writer_event (record_writer_t *self, const record_event_t *event);
void record_writer_message (record_writer_t *self, const record_message_t *message);
void record_writer_timer (record_writer_t *self, const record_timer_t *timer);
void record_writer_posting (record_writer_t *self, const record_posting_t *posting);

//  The last: which operator asked for this, of 1 to 255 bytes. Not called: none did.
void record_writer_operator (record_writer_t *self, const char *text, size_t size);

//  The journal's part. Numbers first (they are covered by chain and CRC).
//  record_number visits each message: the callback returns its number.
typedef uint64_t (record_number_fn) (void *context, const uint8_t to [RECORD_OID_SIZE]);
void record_number (uint8_t *bytes, size_t size, record_number_fn *next, void *context);

//  Writes chain and CRC; chain is replaced by this record's.
void record_seal (uint8_t *bytes, size_t size, uint8_t chain [RECORD_CHAIN_SIZE]);

//  ---------------------------------------------------------------------------
//  Reading: every count and size is checked against the bytes; a record that
//  does not end exactly where its sections do is DAMAGED.

typedef struct {
    record_head_t head;
    const uint8_t *bytes;
    size_t size, at;
    uint8_t section, left;          //  Reader's place; private
    const char *operator;           //  Borrowed from the record, operator_size bytes
    uint8_t operator_size;          //  0: no operator asked
} record_reader_t;

//  Checks the whole structure once; then the iterators cannot run off. Does not
//  check CRC or chain (record_check does).
status_t record_reader_start (record_reader_t *self, const uint8_t *bytes,
                              size_t size) must_check;

//  Sections in order; each returns false at its section's end. A section may be
//  skipped by asking for a later one.
bool record_reader_event (record_reader_t *self, record_event_t *ret_event);
bool record_reader_message (record_reader_t *self, record_message_t *ret_message);
bool record_reader_timer (record_reader_t *self, record_timer_t *ret_timer);
bool record_reader_posting (record_reader_t *self, record_posting_t *ret_posting);

//  DAMAGED unless CRC and chain (following `chain`, which is replaced) are right.
status_t record_check (const uint8_t *bytes, size_t size,
                       uint8_t chain [RECORD_CHAIN_SIZE]) must_check;

//  DAMAGED unless the CRC is right; for readers that start in the middle.
status_t record_check_crc (const uint8_t *bytes, size_t size) must_check;

#endif
