//  record_layout - where each field of a record stands (drawn in record.h); shared
//  by record.c, which writes, and record_read.c, which reads; nobody else includes it.

#ifndef STORE_RECORD_LAYOUT_H
#define STORE_RECORD_LAYOUT_H

#include "store/record.h"

enum {
    AT_CRC = 0,
    AT_FORMAT = 4,
    AT_FLAGS = 5,
    AT_COUNTS = 6,  //  One byte per section, in their order
    AT_VERDICT = 10,
    AT_AGGREGATE = 12,
    AT_COMMAND = 29,
    AT_CAUSE_SOURCE = 30,
    AT_CAUSE_NUMBER = 32,
    AT_EPOCH = 40,
    AT_VERSION = 48,
    AT_TIME = 56,
    AT_CORRELATION = 64,
    AT_CHAIN = 80,
    AT_SCOPE = 112,
    AT_FINGERPRINT = 128,
    AT_OBJECT = 144,
    AT_OPERATOR_SIZE = 161,
    AT_ZERO = 162,

    CRC_SIZE = 4,
    CORRELATION_SIZE = 16,
    ZERO_SIZE = RECORD_HEAD_SIZE - AT_ZERO
};

typedef enum {
    RECORD_EVENTS,
    RECORD_MESSAGES,
    RECORD_TIMERS,
    RECORD_POSTINGS,
    RECORD_SECTION_COUNT
} record_section_t;

//  The fixed part of an entry, and where in it the payload's size stands (0: none).
static const struct {
    uint8_t fixed_size, at_payload_size;
} record_sections [RECORD_SECTION_COUNT] = {
    [RECORD_EVENTS] = { 4, 2 },
    [RECORD_MESSAGES] = { 34, 32 },
    [RECORD_TIMERS] = { 9, 0 },
    [RECORD_POSTINGS] = { 26, 0 },
};

enum { MESSAGE_AT_STEP = 20, MESSAGE_AT_NUMBER = 24 };

_Static_assert(AT_AGGREGATE + RECORD_OID_SIZE == AT_COMMAND, "aggregate");
_Static_assert(AT_CHAIN + RECORD_CHAIN_SIZE == AT_SCOPE, "chain");
_Static_assert(AT_OBJECT + RECORD_OID_SIZE == AT_OPERATOR_SIZE, "object");

#endif
