//  merchant_shapes - tables only. Fields are appended, never moved.

#include "actors/merchant_shapes.h"

static const field_t state_fields [] = {
    FIELD (U8, merchant_t, status),
    FIELD (OID, merchant_t, member),
    FIELD (OID, merchant_t, bank_account),
    FIELD (U32, merchant_t, fee_bps),
    FIELD (TEXT, merchant_t, name),
    FIELD (I64, merchant_t, captured_minor),
    FIELD (I64, merchant_t, capture_count),
    FIELD_MOVEMENTS (merchant_t, movements),
    FIELD (I64, merchant_t, refunded_minor),
    FIELD (I64, merchant_t, refund_count),
    FIELDS_BANK_PARTY (merchant_t, party),
    FIELD (U32, merchant_t, windows),
    FIELD (I64, merchant_t, window.item_count),
    FIELD (I64, merchant_t, window.opened_at_ms),
    FIELD (I64, merchant_t, window.cutoff_ms),
    FIELD (I64, merchant_t, window.gross_minor),
    FIELD (I64, merchant_t, window.refunds_minor),
    FIELD (I64, merchant_t, window.fee_minor),
    FIELD (I64, merchant_t, carried_minor),
    FIELD (BOOL, merchant_t, listed),
    FIELD (OID, merchant_t, follows),
};

const shape_t merchant_state_shape = SHAPE (merchant_t, state_fields);

static const field_t register_fields [] = {
    FIELD (OID, merchant_register_t, member),
    FIELD (TEXT, merchant_register_t, name),
    FIELD (OID, merchant_register_t, bank_account),
    FIELD (U32, merchant_register_t, fee_bps),
    FIELD (U8, merchant_register_t, member_status),
    FIELD (BOOL, merchant_register_t, member_corporate),
    FIELD (U8, merchant_register_t, account_status),
    FIELD (OID, merchant_register_t, account_member),
    FIELDS_BANK_PARTY (merchant_register_t, party),
};

const shape_t merchant_register_shape = SHAPE (merchant_register_t, register_fields);

static const field_t registered_fields [] = {
    FIELD (OID, merchant_registered_t, member),       FIELD (TEXT, merchant_registered_t, name),
    FIELD (OID, merchant_registered_t, bank_account), FIELD (U32, merchant_registered_t, fee_bps),
    FIELDS_BANK_PARTY (merchant_registered_t, party),
};

const shape_t merchant_registered_shape = SHAPE (merchant_registered_t, registered_fields);

static const field_t change_fields [] = {
    FIELD (BOOL, merchant_change_t, has_name),
    FIELD (BOOL, merchant_change_t, has_bank_account),
    FIELD (BOOL, merchant_change_t, has_fee_bps),
    FIELD (TEXT, merchant_change_t, name),
    FIELD (OID, merchant_change_t, bank_account),
    FIELD (U32, merchant_change_t, fee_bps),
    FIELD (I64, merchant_change_t, if_version),
    FIELD (U8, merchant_change_t, account_status),
    FIELD (OID, merchant_change_t, account_member),
    FIELDS_BANK_PARTY (merchant_change_t, party),
};

const shape_t merchant_change_shape = SHAPE (merchant_change_t, change_fields);

static const field_t captured_fields [] = {
    FIELDS_REFERENCE (merchant_captured_t, reference),
    FIELD (I64, merchant_captured_t, amount_minor),
    FIELD (U32, merchant_captured_t, fee_bps),
    FIELD (I64, merchant_captured_t, fee_minor),
    FIELD (I64, merchant_captured_t, cutoff_ms),
    FIELD (OID, merchant_captured_t, settlement),
};

const shape_t merchant_captured_shape = SHAPE (merchant_captured_t, captured_fields);

static const field_t refund_fields [] = {
    FIELDS_REFERENCE (merchant_refund_t, reference),
    FIELD (OID, merchant_refund_t, payment),
    FIELD (I64, merchant_refund_t, amount_minor),
    FIELD (I64, merchant_refund_t, fee_back_minor),
};

const shape_t merchant_refund_shape = SHAPE (merchant_refund_t, refund_fields);

static const field_t refunded_fields [] = {
    FIELDS_REFERENCE (merchant_refunded_t, refund.reference),
    FIELD (OID, merchant_refunded_t, refund.payment),
    FIELD (I64, merchant_refunded_t, refund.amount_minor),
    FIELD (I64, merchant_refunded_t, refund.fee_back_minor),
    FIELD (I64, merchant_refunded_t, cutoff_ms),
    FIELD (OID, merchant_refunded_t, settlement),
};

const shape_t merchant_refunded_shape = SHAPE (merchant_refunded_t, refunded_fields);

static const field_t window_closed_fields [] = {
    FIELD (U32, merchant_window_closed_t, window),
    FIELD (OID, merchant_window_closed_t, settlement),
    FIELD (I64, merchant_window_closed_t, item_count),
    FIELD (I64, merchant_window_closed_t, gross_minor),
    FIELD (I64, merchant_window_closed_t, refunds_minor),
    FIELD (I64, merchant_window_closed_t, fee_minor),
    FIELD (I64, merchant_window_closed_t, carried_minor),
    FIELD (I64, merchant_window_closed_t, net_minor),
};

const shape_t merchant_window_closed_shape = SHAPE (merchant_window_closed_t, window_closed_fields);

static const field_t follow_fields [] = {
    FIELD (OID, merchant_follow_t, follows),
};

const shape_t merchant_follow_shape = SHAPE (merchant_follow_t, follow_fields);
