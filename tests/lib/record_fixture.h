//  record_fixture - a record with something in each of its sections.

#ifndef TESTS_LIB_RECORD_FIXTURE_H
#define TESTS_LIB_RECORD_FIXTURE_H

#include "store/record.h"

//  What its head is made of.
record_head_t fixture_record_head (void);

//  Two events, two messages, a timer, two postings, asked for by an operator. Its
//  size, or 0 if it does not fit the buffer.
size_t fixture_record (uint8_t *buffer, size_t capacity);

#endif
