//  audit - what its files share.

#ifndef RUNTIME_AUDIT_PRIVATE_H
#define RUNTIME_AUDIT_PRIVATE_H

#include <inttypes.h>
#include <stdio.h>
#include "runtime/applier_private.h"
#include "runtime/audit.h"
#include "runtime/resident.h"

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
    map_t *scopes;                  //  Decided scopes
    map_t *ledger;                  //  class · owner -> net, as int64_t
    map_t *ledger_then;             //  The same, as of the state's positions
    map_t *pending;                 //  Message name -> 1: sent, not acknowledged
    map_t *pending_then;
    map_t *timers_then;             //  oid · command -> what it is set for, in Unix ms
    ranges_t *taken;                //  Acknowledged, [target × partitions + source]
    uint64_t *numbers;              //  Last sent, [source × (partitions + 1) + target]
    uint8_t chain [RECORD_CHAIN_SIZE];
    uint64_t position;              //  The state's, in the partition that is read
    uint64_t all;                   //  Records in the journal
} audit_t;

//  False; keeps the first problem.
bool audit_problem (audit_t *self, uint16_t partition, uint64_t sequence, const char *format, ...)
    __attribute__ ((format (printf, 4, 5)));

//  audit_record.c: one record; false if it is not sound.
bool audit_record (audit_t *self, uint16_t partition, uint64_t sequence, const uint8_t *bytes,
                   size_t size);

//  audit_state.c: after all records.
bool audit_books (audit_t *self);
status_t audit_snapshots (audit_t *self, uint16_t partition);
status_t audit_state (audit_t *self);

#endif
