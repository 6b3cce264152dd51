//  bank_record - shapes and keys. Fields are only ever appended.

#include <assert.h>
#include <endian.h>
#include <string.h>
#include "deploy/bank_record.h"

enum { LINE_KEY_SIZE = 8 + 4 + 8 };

static const field_t counters_fields [] = {
    FIELD (I64, bank_counters_t, references),
    FIELD (I64, bank_counters_t, serials),
    FIELD (I64, bank_counters_t, at_ms),
};

static const field_t account_fields [] = {
    FIELD (TEXT, bank_account_t, place.bank_code), FIELD (TEXT, bank_account_t, place.number),
    FIELD (TEXT, bank_account_t, holder_name),     FIELD (BOOL, bank_account_t, closed),
    FIELD (I64, bank_account_t, opening_minor),    FIELD (I64, bank_account_t, balance_minor),
    FIELD (I64, bank_account_t, serial),           FIELD (I64, bank_account_t, line_count),
};

static const field_t transfer_fields [] = {
    FIELD (TEXT, bank_transfer_t, transfer_id), FIELD (TEXT, bank_transfer_t, from.bank_code),
    FIELD (TEXT, bank_transfer_t, from.number), FIELD (TEXT, bank_transfer_t, to.bank_code),
    FIELD (TEXT, bank_transfer_t, to.number),   FIELD (I64, bank_transfer_t, amount_minor),
    FIELD (U8, bank_transfer_t, reason),        FIELD (I64, bank_transfer_t, reference),
    FIELD (I64, bank_transfer_t, at_ms),
};

static const field_t line_fields [] = {
    FIELD (TEXT, bank_line_t, transfer_id),
    FIELD (BOOL, bank_line_t, incoming),
    FIELD (I64, bank_line_t, amount_minor),
    FIELD (TEXT, bank_line_t, counterparty.bank_code),
    FIELD (TEXT, bank_line_t, counterparty.number),
    FIELD (I64, bank_line_t, at_ms),
    FIELD (I64, bank_line_t, balance_after_minor),
};

const shape_t bank_counters_shape = SHAPE (bank_counters_t, counters_fields);
const shape_t bank_account_shape = SHAPE (bank_account_t, account_fields);
const shape_t bank_transfer_shape = SHAPE (bank_transfer_t, transfer_fields);
const shape_t bank_line_shape = SHAPE (bank_line_t, line_fields);

size_t
bank_account_key (const bank_place_t *place, uint8_t ret_key [BANK_KEY_MAX])
{
    size_t code_size = strlen (place->bank_code) + 1;  //  With its zero: no two places collide
    size_t number_size = strlen (place->number);
    assert (code_size + number_size <= BANK_KEY_MAX);
    memcpy (ret_key, place->bank_code, code_size);
    memcpy (ret_key + code_size, place->number, number_size);
    return code_size + number_size;
}

size_t
bank_line_key (int64_t serial, uint32_t day, int64_t line, uint8_t ret_key [BANK_KEY_MAX])
{
    uint64_t big_serial = htobe64 ((uint64_t) serial), big_line = htobe64 ((uint64_t) line);
    uint32_t big_day = htobe32 (day);
    memcpy (ret_key, &big_serial, 8);
    memcpy (ret_key + 8, &big_day, 4);
    memcpy (ret_key + 12, &big_line, 8);
    return LINE_KEY_SIZE;
}

int64_t
bank_line_of_key (const uint8_t *key, size_t size)
{
    uint64_t big_line;
    assert (size == LINE_KEY_SIZE);
    memcpy (&big_line, key + 12, 8);
    return (int64_t) be64toh (big_line);
}
