//  bank_record - how the stand-in bank's accounts, transfers and lines lie on disk.

#ifndef DEPLOY_BANK_RECORD_H
#define DEPLOY_BANK_RECORD_H

#include "deploy/bank_store.h"
#include "runtime/shape.h"

enum { BANK_RECORD_MAX = 1024, BANK_KEY_MAX = 256 };

//  The counters of the books, one record.
typedef struct {
    int64_t references;             //  Last one given to a transfer
    int64_t serials;                //  Last one given to an account
    int64_t at_ms;                  //  Latest time given
} bank_counters_t;

extern const shape_t bank_counters_shape;
extern const shape_t bank_account_shape;
extern const shape_t bank_transfer_shape;
extern const shape_t bank_line_shape;

//  Each writes a key and returns its size.
size_t bank_account_key (const bank_place_t *place, uint8_t ret_key [BANK_KEY_MAX]);
size_t bank_line_key (int64_t serial, uint32_t day, int64_t line, uint8_t ret_key [BANK_KEY_MAX]);

//  The line number of a line's key.
int64_t bank_line_of_key (const uint8_t *key, size_t size);

#endif
