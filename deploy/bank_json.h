//  bank_json - the stand-in bank's objects as JSON, in and out.
//
//  Reading is strict: one JSON object, every field once, none unknown, integers as
//  integers, text of the allowed size. False, with one line in ret_reason, if not.
//
//  Names (bank codes, account numbers, transfer ids) are not empty and hold no
//  control characters, no space and no slash.

#ifndef DEPLOY_BANK_JSON_H
#define DEPLOY_BANK_JSON_H

#include <jansson.h>
#include "deploy/bank_faults.h"
#include "deploy/bank_store.h"

enum { BANK_TIME_SIZE = 32, BANK_REASON_TEXT_MAX = 256 };

//  {"transfer_id", "from":{"bank_code","account_number"}, "to":{…}, "amount", "currency"}
bool bank_json_read_transfer (const char *text, size_t size, bank_transfer_t *ret_transfer,
                              char ret_reason [BANK_REASON_TEXT_MAX]);

//  {"bank_code", "account_number", "holder_name", "balance"}; balance may be left out: 0
bool bank_json_read_account (const char *text, size_t size, bank_account_t *ret_account,
                             char ret_reason [BANK_REASON_TEXT_MAX]);

//  {"kind", "probability", "count", "delay_ms", "seed", "reason"}; all but kind may be left out
bool bank_json_read_fault (const char *text, size_t size, bank_fault_t *ret_fault,
                           char ret_reason [BANK_REASON_TEXT_MAX]);

//  Fills a place with two names; false if they cannot be any.
bool bank_json_place (const char *bank_code, const char *number, bank_place_t *ret_place);

//  "2026-11-22" as days since 1970.
bool bank_json_read_day (const char *text, uint32_t *ret_day);

//  Objects, returned owned.
json_t *bank_json_account (const bank_account_t *account, bool with_balance);
json_t *bank_json_transfer (const bank_transfer_t *transfer);
json_t *bank_json_line (const bank_line_t *line);
json_t *bank_json_fault (const bank_fault_t *fault);

//  "2026-11-22T07:05:44.123Z"
void bank_json_time (int64_t at_ms, char ret_text [BANK_TIME_SIZE]);

#endif
