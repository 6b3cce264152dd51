//  audit - what its files share.

#ifndef RUNTIME_AUDIT_PRIVATE_H
#define RUNTIME_AUDIT_PRIVATE_H

#include <inttypes.h>
#include <stdio.h>
#include "runtime/applier_private.h"
#include "runtime/audit.h"
#include "runtime/resident.h"

enum { AUDIT_SCOPE_KEY_SIZE = RECORD_SCOPE_SIZE + 8 };

//  A snapshot in memory.
typedef struct {
    uint32_t size;
    uint8_t bytes [];
} held_t;

typedef struct {
    const audit_config_t *config;
    audit_report_t *report;
    uint16_t partitions;
    resident_t *resident;
    state_reader_t *reader;         //  NULL: no state to compare with
    map_t *snapshots;               //  Oid -> held_t *
    map_t *scopes;                  //  Scope · period -> when it was decided (audit_scope.c)
    map_t *aged;                    //  Scope -> 1: a row of SCOPE_AGE names it
    uint64_t scopes_then;           //  Scopes that the state should hold, and holds
    int64_t newest_then_ms;         //  Latest stamp as of the state's positions
    int64_t forgotten_ms;           //  Latest stamp of a scope that the state lacks
    map_t *ledger;                  //  class · owner -> net, as int64_t
    map_t *ledger_then;             //  The same, as of the state's positions
    map_t *pending;                 //  Message name -> 1: sent, not acknowledged
    map_t *pending_then;
    map_t *timers_then;             //  oid · command -> what it is set for, in Unix ms
    ranges_t *taken;                //  Acknowledged, [target × partitions + source]
    uint64_t *numbers;              //  Last sent, [source × (partitions + 1) + target]
    uint8_t chain [RECORD_CHAIN_SIZE];
    uint64_t position;              //  The state's, in the partition that is read
    region_t *regions_then;         //  Money by address and day, as of those positions
    uint64_t rows_then;             //  Rows of the lists, as of the state's positions
    status_t status;                //  Of reading the state while records are read
    uint64_t all;                   //  Records in the journal
} audit_t;

//  False; keeps the first problem.
bool audit_problem (audit_t *self, uint16_t partition, uint64_t sequence, const char *format, ...)
    __attribute__ ((format (printf, 4, 5)));

//  audit_record.c: one record; false if it is not sound.
bool audit_record (audit_t *self, uint16_t partition, uint64_t sequence, const uint8_t *bytes,
                   size_t size);

//  audit_rows.c: the lists, by the events of one record, by a state, and their number.
//  What is wrong is a problem; what cannot be read is returned.
status_t audit_event_rows (audit_t *self, uint16_t partition, uint64_t sequence,
                           const uint8_t *bytes, size_t size) must_check;
status_t audit_index_rows (audit_t *self, uint16_t partition, oid_t oid,
                           const held_t *held) must_check;
status_t audit_rows (audit_t *self) must_check;

//  audit_region.c: money by address and day; a record before its state is kept, and
//  the table after all.
region_t *audit_region_new (audit_t *self);
void audit_region_member (audit_t *self, const record_head_t *head, const uint8_t *snapshot,
                          size_t size);
void audit_region_moved (audit_t *self, const record_head_t *head, int64_t moved_minor);
status_t audit_regions (audit_t *self) must_check;

//  audit_scope.c: what a record decided under an idempotency scope; false: that had been
//  decided already. After all: the table holds what counts, and no other.
bool audit_scope_once (audit_t *self, const record_head_t *head);
status_t audit_scope_kept (audit_t *self, uint16_t partition, uint64_t sequence,
                           const record_head_t *head) must_check;
status_t audit_scopes (audit_t *self) must_check;

//  audit_state.c: after all records.
bool audit_books (audit_t *self);
status_t audit_snapshots (audit_t *self, uint16_t partition);
status_t audit_state (audit_t *self);

#endif
