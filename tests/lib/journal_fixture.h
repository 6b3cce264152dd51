//  journal_fixture - a journal in a scratch folder, and a model of what must be in
//  it: how many records each partition has. What a record holds follows from its
//  place, so that every byte read back can be checked.

#ifndef TESTS_LIB_JOURNAL_FIXTURE_H
#define TESTS_LIB_JOURNAL_FIXTURE_H

#include <stddef.h>
#include <stdint.h>
#include "store/journal.h"

enum { FIXTURE_PARTITIONS = 8, FIXTURE_MAP_BYTES = 64 * 1024 * 1024 };

typedef struct {
    char *dir;
    journal_t *journal;  //  NULL: closed
    uint64_t last [FIXTURE_PARTITIONS];
    uint8_t chains [FIXTURE_PARTITIONS][RECORD_CHAIN_SIZE];
    uint64_t batch_last [FIXTURE_PARTITIONS];
    uint8_t batch_chains [FIXTURE_PARTITIONS][RECORD_CHAIN_SIZE];
} journal_fixture_t;

void fixture_seed (uint64_t seed);

//  For cmocka: an open, empty journal.
int fixture_setup (void **state);
int fixture_teardown (void **state);

journal_options_t fixture_options (size_t map_bytes);
void fixture_open (journal_fixture_t *self, size_t map_bytes);
void fixture_close (journal_fixture_t *self);
void fixture_reopen (journal_fixture_t *self);

//  Opening must end so, with this in its reason; nothing is left open.
void fixture_refused (journal_fixture_t *self, status_t status, const char *in_reason);

//  A batch of records with payloads of any size up to some hundred bytes.
status_t fixture_begin_and_append (journal_fixture_t *self, int count) must_check;
void fixture_commit (journal_fixture_t *self, int count);
void fixture_append_and_abort (journal_fixture_t *self, int count);

//  As fixture_commit, but NO_SPACE is an answer too; the model follows.
status_t fixture_try_commit (journal_fixture_t *self, int count) must_check;

//  A batch to one partition; a batch with a record of RECORD_SIZE_MAX bytes.
void fixture_commit_to (journal_fixture_t *self, uint16_t partition, int count,
                        size_t payload_size);
void fixture_commit_largest (journal_fixture_t *self, uint16_t partition);

//  Appends a record that is sealed, but to another chain.
void fixture_forge (journal_fixture_t *self, uint16_t partition);

//  Flips a byte of a record in the closed file.
void fixture_damage_record (journal_fixture_t *self, uint16_t partition, uint64_t sequence);

size_t fixture_count (journal_fixture_t *self, uint16_t partition);

//  Reads the partition with record_check; ret_chain is its last value.
status_t fixture_check_chain (journal_fixture_t *self, uint16_t partition,
                              uint8_t ret_chain [RECORD_CHAIN_SIZE]) must_check;

//  The journal is what the model says, record by record.
void fixture_check (journal_fixture_t *self);

//  For journal_read: each record is the next one, and in its place.
typedef struct {
    uint64_t next;
} fixture_walk_t;

bool fixture_follow (void *walk, uint16_t partition, uint64_t sequence, const uint8_t *bytes,
                     size_t size);

//  Reads all partitions, whatever is in them.
void fixture_read_everything (journal_fixture_t *self);

#endif
