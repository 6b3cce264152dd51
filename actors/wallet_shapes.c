//  wallet_shapes - fields are only ever appended.

#include "actors/wallet_shapes.h"

static const field_t hold_fields [] = {
    FIELDS_REFERENCE (wallet_hold_t, reference),
    FIELD (I64, wallet_hold_t, amount_minor),
    FIELD (I64, wallet_hold_t, day),
};

static const shape_t hold_shape = SHAPE (wallet_hold_t, hold_fields);

static const field_t state_fields [] = {
    FIELD (U8, wallet_t, status),
    FIELD (OID, wallet_t, member),
    FIELD (OID, wallet_t, opener),
    FIELD (TEXT, wallet_t, currency),
    FIELD (I64, wallet_t, available_minor),
    FIELD (I64, wallet_t, held_minor),
    FIELD (I64, wallet_t, expected_minor),
    FIELD (I64, wallet_t, outflow_day),
    FIELD (I64, wallet_t, outflow_minor),
    FIELD_OF (wallet_t, holds, hold_count, hold_shape),
    FIELD_OF (wallet_t, expects, expect_count, movement_shape),
    FIELD_MOVEMENTS (wallet_t, movements),
};

const shape_t wallet_state_shape = SHAPE (wallet_t, state_fields);

static const field_t open_fields [] = {
    FIELD (OID, wallet_open_t, member),
    FIELD (OID, wallet_open_t, opener),
    FIELD (TEXT, wallet_open_t, currency),
    FIELD (U8, wallet_open_t, member_status),
};

const shape_t wallet_open_shape = SHAPE (wallet_open_t, open_fields);

static const field_t opened_fields [] = {
    FIELD (OID, wallet_opened_t, member),
    FIELD (OID, wallet_opened_t, opener),
    FIELD (TEXT, wallet_opened_t, currency),
};

const shape_t wallet_opened_shape = SHAPE (wallet_opened_t, opened_fields);

static const field_t move_fields [] = {
    FIELDS_REFERENCE (wallet_move_t, reference),
    FIELD (I64, wallet_move_t, amount_minor),
    FIELD (TEXT, wallet_move_t, currency),
};

const shape_t wallet_move_shape = SHAPE (wallet_move_t, move_fields);

static const field_t capture_fields [] = {
    FIELDS_REFERENCE (wallet_capture_t, reference),
    FIELDS_REFERENCE (wallet_capture_t, hold),
    FIELD (I64, wallet_capture_t, amount_minor),
    FIELD (OID, wallet_capture_t, payee),
};

const shape_t wallet_capture_shape = SHAPE (wallet_capture_t, capture_fields);

static const field_t release_fields [] = {
    FIELDS_REFERENCE (wallet_release_t, hold),
};

const shape_t wallet_release_shape = SHAPE (wallet_release_t, release_fields);

static const field_t pay_fields [] = {
    FIELDS_REFERENCE (wallet_pay_t, reference),
    FIELD (I64, wallet_pay_t, amount_minor),
    FIELD (TEXT, wallet_pay_t, currency),
    FIELD (OID, wallet_pay_t, payee),
};

const shape_t wallet_pay_shape = SHAPE (wallet_pay_t, pay_fields);

static const field_t close_fields [] = {
    FIELD (TEXT, wallet_close_t, reason),
    FIELD (BOOL, wallet_close_t, void_expects),
};

const shape_t wallet_close_shape = SHAPE (wallet_close_t, close_fields);

static const field_t closed_fields [] = {
    FIELD (TEXT, wallet_closed_t, reason),
    FIELD_OF (wallet_closed_t, voided, voided_count, movement_shape),
};

const shape_t wallet_closed_shape = SHAPE (wallet_closed_t, closed_fields);

static const field_t moved_fields [] = {
    FIELDS_REFERENCE (wallet_moved_t, reference),
    FIELD (I64, wallet_moved_t, amount_minor),
    FIELD (I64, wallet_moved_t, balance_after_minor),
};

const shape_t wallet_moved_shape = SHAPE (wallet_moved_t, moved_fields);

static const field_t captured_fields [] = {
    FIELDS_REFERENCE (wallet_captured_t, reference),
    FIELD (I64, wallet_captured_t, amount_minor),
    FIELD (I64, wallet_captured_t, balance_after_minor),
    FIELDS_REFERENCE (wallet_captured_t, hold),
};

const shape_t wallet_captured_shape = SHAPE (wallet_captured_t, captured_fields);

static const field_t fund_fields [] = {
    FIELDS_REFERENCE (wallet_fund_t, reference), FIELD (I64, wallet_fund_t, amount_minor),
    FIELD (TEXT, wallet_fund_t, currency),       FIELDS_REFERENCE (wallet_fund_t, hold),
    FIELD (I64, wallet_fund_t, hold_minor),
};

const shape_t wallet_fund_shape = SHAPE (wallet_fund_t, fund_fields);

static const field_t funded_fields [] = {
    FIELDS_REFERENCE (wallet_funded_t, reference),     FIELD (I64, wallet_funded_t, amount_minor),
    FIELD (I64, wallet_funded_t, balance_after_minor), FIELDS_REFERENCE (wallet_funded_t, hold),
    FIELD (I64, wallet_funded_t, hold_minor),
};

const shape_t wallet_funded_shape = SHAPE (wallet_funded_t, funded_fields);

static const field_t adjust_fields [] = {
    FIELDS_REFERENCE (wallet_adjust_t, reference), FIELD (I64, wallet_adjust_t, amount_minor),
    FIELD (BOOL, wallet_adjust_t, increase),       FIELD (TEXT, wallet_adjust_t, currency),
    FIELD (BOOL, wallet_adjust_t, suspense),
};

const shape_t wallet_adjust_shape = SHAPE (wallet_adjust_t, adjust_fields);

static const field_t adjusted_fields [] = {
    FIELDS_REFERENCE (wallet_adjusted_t, reference),
    FIELD (I64, wallet_adjusted_t, amount_minor),
    FIELD (I64, wallet_adjusted_t, balance_after_minor),
    FIELD (BOOL, wallet_adjusted_t, increase),
    FIELD (BOOL, wallet_adjusted_t, suspense),
};

const shape_t wallet_adjusted_shape = SHAPE (wallet_adjusted_t, adjusted_fields);

static const field_t return_fields [] = {
    FIELDS_REFERENCE (wallet_return_t, reference),
    FIELD (I64, wallet_return_t, amount_minor),
    FIELD (TEXT, wallet_return_t, currency),
    FIELD (I64, wallet_return_t, outflow_day),
};

const shape_t wallet_return_shape = SHAPE (wallet_return_t, return_fields);

static const field_t given_back_fields [] = {
    FIELD (I64, wallet_given_back_t, amount_minor),
};

const shape_t wallet_given_back_shape = SHAPE (wallet_given_back_t, given_back_fields);
