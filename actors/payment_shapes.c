//  payment_shapes - how a payment's state, commands and events are packed.

#include "actors/payment_evolve.h"

static const field_t attempt_fields [] = {
    FIELD (OID, payment_attempt_t, member),       FIELD (I64, payment_attempt_t, amount_minor),
    FIELD (U32, payment_attempt_t, verdict),      FIELD (U32, payment_attempt_t, version),
    FIELD (I64, payment_attempt_t, failed_at_ms),
};

static const shape_t attempt_shape = SHAPE (payment_attempt_t, attempt_fields);

static const field_t capturing_fields [] = {
    FIELD (U32, payment_capturing_t, ordinal),
    FIELD (I64, payment_capturing_t, amount_minor),
    FIELD (U32, payment_capturing_t, version),
};

static const shape_t capturing_shape = SHAPE (payment_capturing_t, capturing_fields);

static const field_t refunding_fields [] = {
    FIELD (OID, payment_refunding_t, refund),
    FIELD (I64, payment_refunding_t, amount_minor),
    FIELD (I64, payment_refunding_t, fee_back_minor),
};

const shape_t payment_refunding_shape = SHAPE (payment_refunding_t, refunding_fields);

static const field_t state_fields [] = {
    FIELD (U8, payment_t, status),
    FIELD (BOOL, payment_t, delayed),
    FIELD (U32, payment_t, attempt),
    FIELD (OID, payment_t, member),
    FIELD (OID, payment_t, merchant),
    FIELD (I64, payment_t, amount_minor),
    FIELD (I64, payment_t, captured_minor),
    FIELD (I64, payment_t, approved_at_ms),
    FIELD (U32, payment_t, verdict),
    FIELD (TEXT, payment_t, currency),
    FIELD (TEXT, payment_t, order_id),
    FIELD (U32, payment_t, version),
    FIELD_OF (payment_t, failed, failed_count, attempt_shape),
    FIELD (BOOL, payment_t, authorizes),
    FIELD (U8, payment_t, ending),
    FIELD (U32, payment_t, ending_version),
    FIELD (I64, payment_t, expires_at_ms),
    FIELD (I64, payment_t, held_minor),
    FIELD (I64, payment_t, canceled_minor),
    FIELD (I64, payment_t, refunded_minor),
    FIELD (I64, payment_t, fee_minor),
    FIELD (I64, payment_t, fee_back_minor),
    FIELD (U32, payment_t, capture_count),
    FIELD (U32, payment_t, refund_count),
    FIELD_OF (payment_t, capturing, capturing_count, capturing_shape),
    FIELD_OF (payment_t, refunding, refunding_count, payment_refunding_shape),
};

const shape_t payment_state_shape = SHAPE (payment_t, state_fields);

//  A payment_recharge_t named `recharge` inside a struct.
#define FIELDS_RECHARGE(type)                                                                      \
    FIELD (BOOL, type, recharge.wanted), FIELD (I64, type, recharge.available_minor),              \
        FIELD (OID, type, recharge.bank_account), FIELD (U8, type, recharge.account_status),       \
        FIELDS_BANK_PARTY (type, recharge.party)

static const field_t create_fields [] = {
    FIELD (OID, payment_create_t, member),
    FIELD (OID, payment_create_t, merchant),
    FIELD (TEXT, payment_create_t, order_id),
    FIELD (I64, payment_create_t, amount_minor),
    FIELD (TEXT, payment_create_t, currency),
    FIELD (U8, payment_create_t, member_status),
    FIELD (U8, payment_create_t, merchant_status),
    FIELD (BOOL, payment_create_t, authorizes),
    FIELD (BOOL, payment_create_t, requires_confirmation),
    FIELDS_RECHARGE (payment_create_t),
};

const shape_t payment_create_shape = SHAPE (payment_create_t, create_fields);

static const field_t confirmation_fields [] = {
    FIELD (I64, payment_confirmation_t, amount_minor),
    FIELD (U8, payment_confirmation_t, member_status),
    FIELD (U8, payment_confirmation_t, merchant_status),
    FIELDS_RECHARGE (payment_confirmation_t),
};

const shape_t payment_confirmation_shape = SHAPE (payment_confirmation_t, confirmation_fields);

static const field_t confirm_fields [] = {
    FIELDS_REFERENCE (payment_confirm_t, reference),
    FIELD (I64, payment_confirm_t, amount_minor),
    FIELD (U32, payment_confirm_t, fee_bps),
};

const shape_t payment_confirm_shape = SHAPE (payment_confirm_t, confirm_fields);

static const field_t capture_fields [] = {
    FIELD (I64, payment_capture_t, amount_minor),
    FIELD (U8, payment_capture_t, merchant_status),
};

const shape_t payment_capture_shape = SHAPE (payment_capture_t, capture_fields);

static const field_t cancel_fields [] = {
    FIELD (BOOL, payment_cancel_t, by_payer),
    FIELD (TEXT, payment_cancel_t, reason),
};

const shape_t payment_cancel_shape = SHAPE (payment_cancel_t, cancel_fields);

static const field_t refund_fields [] = {
    FIELD (OID, payment_refund_t, refund),  FIELD (I64, payment_refund_t, amount_minor),
    FIELD (BOOL, payment_refund_t, stated), FIELD (I64, payment_refund_t, refundable_minor),
    FIELD (TEXT, payment_refund_t, reason),
};

const shape_t payment_refund_shape = SHAPE (payment_refund_t, refund_fields);

static const field_t refund_end_fields [] = {
    FIELD (OID, payment_refund_end_t, refund),
    FIELD (BOOL, payment_refund_end_t, refunded),
};

const shape_t payment_refund_end_shape = SHAPE (payment_refund_end_t, refund_end_fields);

static const field_t requested_fields [] = {
    FIELD (U32, payment_requested_t, attempt),      FIELD (OID, payment_requested_t, member),
    FIELD (OID, payment_requested_t, merchant),     FIELD (TEXT, payment_requested_t, order_id),
    FIELD (I64, payment_requested_t, amount_minor), FIELD (TEXT, payment_requested_t, currency),
    FIELD (BOOL, payment_requested_t, authorizes),  FIELD (I64, payment_requested_t, expires_at_ms),
};

const shape_t payment_requested_shape = SHAPE (payment_requested_t, requested_fields);

static const field_t captured_fields [] = {
    FIELDS_REFERENCE (payment_captured_t, reference),
    FIELD (I64, payment_captured_t, amount_minor),
    FIELD (U32, payment_captured_t, fee_bps),
};

const shape_t payment_captured_shape = SHAPE (payment_captured_t, captured_fields);

static const field_t failed_fields [] = {
    FIELD (U32, payment_failed_t, verdict),
};

const shape_t payment_failed_shape = SHAPE (payment_failed_t, failed_fields);

static const field_t recharging_fields [] = {
    FIELD (OID, payment_recharging_t, recharge),
};

const shape_t payment_recharging_shape = SHAPE (payment_recharging_t, recharging_fields);

static const field_t authorized_fields [] = {
    FIELD (I64, payment_authorized_t, expires_at_ms),
};

const shape_t payment_authorized_shape = SHAPE (payment_authorized_t, authorized_fields);

static const field_t capture_started_fields [] = {
    FIELD (U32, payment_capture_started_t, ordinal),
    FIELD (I64, payment_capture_started_t, amount_minor),
};

const shape_t payment_capture_started_shape =
    SHAPE (payment_capture_started_t, capture_started_fields);

static const field_t released_fields [] = {
    FIELD (I64, payment_released_t, amount_minor),
};

const shape_t payment_released_shape = SHAPE (payment_released_t, released_fields);
