//  login_shapes - on disk for ever: fields are only appended.

#include "actors/login_shapes.h"

static const field_t family_fields [] = {
    FIELD (OID, login_family_t, family),     FIELD (BYTES, login_family_t, current),
    FIELD (BYTES, login_family_t, previous), FIELD (I64, login_family_t, refreshed_ms),
    FIELD (I64, login_family_t, expires_ms),
};
static const shape_t family_shape = SHAPE (login_family_t, family_fields);

static const field_t state_fields [] = {
    FIELD (U8, login_t, status),
    FIELD (OID, login_t, saga),
    FIELD (OID, login_t, member),
    FIELD (TEXT, login_t, password_hash),
    FIELD (U32, login_t, password_version),
    FIELD (U32, login_t, guesses),
    FIELD (I64, login_t, guessed_ms),
    FIELD (I64, login_t, locked_until_ms),
    FIELD (BOOL, login_t, reset_pending),
    FIELD (I64, login_t, reset_requested_ms),
    FIELD (BYTES, login_t, reset),
    FIELD (I64, login_t, reset_expires_ms),
    FIELD_OF (login_t, families, family_count, family_shape),
};
const shape_t login_state_shape = SHAPE (login_t, state_fields);

static const field_t claim_fields [] = {
    FIELD (OID, login_claim_t, saga),
    FIELD (OID, login_claim_t, member),
    FIELD (TEXT, login_claim_t, password_hash),
};
const shape_t login_claim_shape = SHAPE (login_claim_t, claim_fields);

static const field_t release_fields [] = {
    FIELD (OID, login_release_t, saga),
    FIELD (OID, login_release_t, member),
    FIELD (OID, login_release_t, successor),
    FIELD (U32, login_release_t, password_version),
};
const shape_t login_release_shape = SHAPE (login_release_t, release_fields);

static const field_t authenticate_fields [] = {
    FIELD (BOOL, login_authenticate_t, verified),
    FIELD (U32, login_authenticate_t, password_version),
    FIELD (OID, login_authenticate_t, family),
    FIELD (BYTES, login_authenticate_t, token),
};
const shape_t login_authenticate_shape = SHAPE (login_authenticate_t, authenticate_fields);

static const field_t refresh_fields [] = {
    FIELD (OID, login_refresh_t, family),
    FIELD (BYTES, login_refresh_t, presented),
    FIELD (BYTES, login_refresh_t, successor),
};
const shape_t login_refresh_shape = SHAPE (login_refresh_t, refresh_fields);

static const field_t revoke_fields [] = {
    FIELD (OID, login_revoke_t, family),
};
const shape_t login_revoke_shape = SHAPE (login_revoke_t, revoke_fields);

static const field_t change_password_fields [] = {
    FIELD (BOOL, login_change_password_t, by_operator),
    FIELD (BOOL, login_change_password_t, verified),
    FIELD (U32, login_change_password_t, password_version),
    FIELD (OID, login_change_password_t, family),
    FIELD (TEXT, login_change_password_t, password_hash),
};
const shape_t login_change_password_shape = SHAPE (login_change_password_t, change_password_fields);

static const field_t issue_reset_fields [] = {
    FIELD (BYTES, login_issue_reset_t, token),
};
const shape_t login_issue_reset_shape = SHAPE (login_issue_reset_t, issue_reset_fields);

static const field_t reset_fields [] = {
    FIELD (BYTES, login_reset_t, token),
    FIELD (TEXT, login_reset_t, password_hash),
};
const shape_t login_reset_shape = SHAPE (login_reset_t, reset_fields);

static const field_t guessed_fields [] = {
    FIELD (U32, login_guessed_t, guesses),
    FIELD (I64, login_guessed_t, locked_until_ms),
};
const shape_t login_guessed_shape = SHAPE (login_guessed_t, guessed_fields);

static const field_t session_fields [] = {
    FIELD (OID, login_session_t, family),
    FIELD (BYTES, login_session_t, token),
    FIELD (I64, login_session_t, expires_ms),
};
const shape_t login_session_shape = SHAPE (login_session_t, session_fields);

static const field_t revoked_fields [] = {
    FIELD (OID, login_revoked_t, family),
    FIELD (BOOL, login_revoked_t, reused),
};
const shape_t login_revoked_shape = SHAPE (login_revoked_t, revoked_fields);

static const field_t changed_fields [] = {
    FIELD (TEXT, login_changed_t, password_hash),
    FIELD (OID, login_changed_t, family),
};
const shape_t login_changed_shape = SHAPE (login_changed_t, changed_fields);

static const field_t reset_requested_fields [] = {
    FIELD (OID, login_reset_requested_t, member),
};
const shape_t login_reset_requested_shape = SHAPE (login_reset_requested_t, reset_requested_fields);

static const field_t reset_issued_fields [] = {
    FIELD (BYTES, login_reset_issued_t, token),
    FIELD (I64, login_reset_issued_t, expires_ms),
};
const shape_t login_reset_issued_shape = SHAPE (login_reset_issued_t, reset_issued_fields);
