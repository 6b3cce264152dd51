//  bank - the port's shapes; what happens behind it is edge/bank*.c.

#include "actors/bank.h"

static const field_t lookup_fields [] = {
    FIELDS_BANK_PARTY (bank_lookup_t, party),
    FIELD (BYTES, bank_lookup_t, holder_name),
};

static const shape_t lookup_shape = SHAPE (bank_lookup_t, lookup_fields);

static const field_t looked_up_fields [] = {
    FIELD (U32, bank_looked_up_t, step),
    FIELD (U8, bank_looked_up_t, result),
};

const shape_t bank_looked_up_shape = SHAPE (bank_looked_up_t, looked_up_fields);

static const field_t order_fields [] = {
    FIELD (OID, bank_order_t, transfer),  FIELDS_BANK_PARTY (bank_order_t, from),
    FIELDS_BANK_PARTY (bank_order_t, to), FIELD (I64, bank_order_t, amount_minor),
    FIELD (TEXT, bank_order_t, currency),
};

static const shape_t order_shape = SHAPE (bank_order_t, order_fields);

static const field_t answered_fields [] = {
    FIELD (U32, bank_answered_t, step),
    FIELD (U8, bank_answered_t, result),
    FIELD (TEXT, bank_answered_t, reason),
    FIELD (TEXT, bank_answered_t, bank_reference),
};

const shape_t bank_answered_shape = SHAPE (bank_answered_t, answered_fields);

static const field_t statement_fields [] = {
    FIELD (I64, bank_statement_t, day),
};

static const shape_t statement_shape = SHAPE (bank_statement_t, statement_fields);

static const field_t difference_fields [] = {
    FIELD (TEXT, bank_difference_t, transfer),
    FIELD (U8, bank_difference_t, kind),
    FIELD (I64, bank_difference_t, bank_minor),
    FIELD (I64, bank_difference_t, our_minor),
};

const shape_t bank_difference_shape = SHAPE (bank_difference_t, difference_fields);

static const field_t stated_fields [] = { FIELDS_BANK_STATED (bank_stated_t, ) };

const shape_t bank_stated_shape = SHAPE (bank_stated_t, stated_fields);

int64_t
bank_backoff_ms (const limits_t *limits, uint32_t attempt)
{
    int64_t wait_ms = limits->bank_inquiry_first_ms;
    for (uint32_t past = 1; past < attempt && wait_ms < limits->bank_inquiry_last_ms; past++) {
        wait_ms *= 2;
    }
    return wait_ms < limits->bank_inquiry_last_ms ? wait_ms : limits->bank_inquiry_last_ms;
}

static const command_rule_t commands [] = {
    [BANK_LOOKUP] = { "bank.lookup", &lookup_shape, NULL },
    [BANK_STATEMENT] = { "bank.statement", &statement_shape, NULL },
    [BANK_TRANSFER] = { "bank.transfer", &order_shape, NULL },
    [BANK_INQUIRY] = { "bank.inquiry", &order_shape, NULL },
};

const aggregate_type_t bank_port = {
    .name = "bank",
    .kind = OID_BANK,
    .state = &shape_empty,
    .commands = commands,
    .command_count = COUNT (commands),
};
