//  withdrawal_evolve - facts into state. Nothing here can refuse: a stored event happened.

#include "actors/withdrawal_evolve.h"

//  A withdrawal_request_t named `request` inside a struct.
#define FIELDS_REQUEST(type)                                                                       \
    FIELD (OID, type, request.wallet), FIELD (OID, type, request.member),                          \
        FIELD (OID, type, request.bank_account), FIELD (I64, type, request.amount_minor),          \
        FIELD (TEXT, type, request.currency), FIELDS_BANK_PARTY (type, request.party)

static const field_t state_fields [] = {
    FIELD (U8, withdrawal_t, status),   FIELD (U8, withdrawal_t, step),
    FIELD (U32, withdrawal_t, capture), FIELD (OID, withdrawal_t, transfer),
    FIELD (U32, withdrawal_t, verdict), FIELD (TEXT, withdrawal_t, reason),
    FIELDS_REQUEST (withdrawal_t),
};

const shape_t withdrawal_state_shape = SHAPE (withdrawal_t, state_fields);

static const field_t requested_fields [] = {
    FIELDS_REQUEST (withdrawal_requested_t),
};

const shape_t withdrawal_requested_shape = SHAPE (withdrawal_requested_t, requested_fields);

static const field_t start_fields [] = {
    FIELDS_REQUEST (withdrawal_start_t),
    FIELD (U8, withdrawal_start_t, member_status),
    FIELD (U8, withdrawal_start_t, account_status),
    FIELD (OID, withdrawal_start_t, account_member),
};

const shape_t withdrawal_start_shape = SHAPE (withdrawal_start_t, start_fields);

static const field_t held_fields [] = {
    FIELD (OID, withdrawal_held_t, transfer),
};

const shape_t withdrawal_held_shape = SHAPE (withdrawal_held_t, held_fields);

static const field_t capture_fields [] = {
    FIELD (U32, withdrawal_capture_t, ordinal),
};

const shape_t withdrawal_capture_shape = SHAPE (withdrawal_capture_t, capture_fields);

static const field_t decline_fields [] = {
    FIELD (TEXT, withdrawal_decline_t, reason),
};

const shape_t withdrawal_decline_shape = SHAPE (withdrawal_decline_t, decline_fields);

static const field_t failure_fields [] = {
    FIELD (U32, withdrawal_failure_t, verdict),
    FIELD (TEXT, withdrawal_failure_t, reason),
};

const shape_t withdrawal_failure_shape = SHAPE (withdrawal_failure_t, failure_fields);

static const field_t verdict_fields [] = {
    FIELD (U32, withdrawal_verdict_t, verdict),
};

const shape_t withdrawal_verdict_shape = SHAPE (withdrawal_verdict_t, verdict_fields);

//  A step begins: whatever parked the saga before is over.
static void
s_step (withdrawal_t *withdrawal, withdrawal_status_t status, withdrawal_step_t step)
{
    withdrawal->status = (uint8_t) status;
    withdrawal->step = (uint8_t) step;
    withdrawal->verdict = VERDICT_ACCEPTED;
}

//  The customer's account is sealed personal data, and nothing is sent any more.
static void
s_end (withdrawal_t *withdrawal, withdrawal_status_t status)
{
    s_step (withdrawal, status, WITHDRAWAL_ENDED);
    memset (&withdrawal->request.party, 0, sizeof withdrawal->request.party);
}

void
withdrawal_evolve_requested (void *state, const void *event, int64_t at_ms)
{
    withdrawal_t *withdrawal = state;
    const withdrawal_requested_t *requested = event;
    (void) at_ms;

    withdrawal->request = requested->request;
    s_step (withdrawal, WITHDRAWAL_REQUESTED, WITHDRAWAL_HOLDING);
}

void
withdrawal_evolve_held (void *state, const void *event, int64_t at_ms)
{
    withdrawal_t *withdrawal = state;
    const withdrawal_held_t *held = event;
    (void) at_ms;

    withdrawal->transfer = held->transfer;
    s_step (withdrawal, WITHDRAWAL_PROCESSING, WITHDRAWAL_TRANSFERRING);
}

void
withdrawal_evolve_transfer_succeeded (void *state, const void *event, int64_t at_ms)
{
    withdrawal_t *withdrawal = state;
    const withdrawal_capture_t *capture = event;
    (void) at_ms;

    withdrawal->capture = capture->ordinal;
    s_step (withdrawal, WITHDRAWAL_PROCESSING, WITHDRAWAL_CAPTURING);
}

void
withdrawal_evolve_transfer_failed (void *state, const void *event, int64_t at_ms)
{
    withdrawal_t *withdrawal = state;
    const withdrawal_decline_t *decline = event;
    (void) at_ms;

    s_step (withdrawal, WITHDRAWAL_PROCESSING, WITHDRAWAL_RELEASING);
    memcpy (withdrawal->reason, decline->reason, sizeof withdrawal->reason);
}

void
withdrawal_evolve_succeeded (void *state, const void *event, int64_t at_ms)
{
    (void) event, (void) at_ms;
    s_end (state, WITHDRAWAL_SUCCEEDED);
}

void
withdrawal_evolve_failed (void *state, const void *event, int64_t at_ms)
{
    withdrawal_t *withdrawal = state;
    const withdrawal_failure_t *failure = event;
    (void) at_ms;

    s_end (withdrawal, WITHDRAWAL_FAILED);
    withdrawal->verdict = failure->verdict;
    memcpy (withdrawal->reason, failure->reason, sizeof withdrawal->reason);
}

void
withdrawal_evolve_parked (void *state, const void *event, int64_t at_ms)
{
    withdrawal_t *withdrawal = state;
    const withdrawal_verdict_t *parked = event;
    (void) at_ms;

    withdrawal->status = WITHDRAWAL_PARKED;
    withdrawal->verdict = parked->verdict;
}

void
withdrawal_evolve_release_retried (void *state, const void *event, int64_t at_ms)
{
    (void) event, (void) at_ms;
    s_step (state, WITHDRAWAL_PROCESSING, WITHDRAWAL_RELEASING);
}

bool
withdrawal_stuck (const withdrawal_t *self)
{
    bool wallet = self->step == WITHDRAWAL_CAPTURING || self->step == WITHDRAWAL_RELEASING;
    return self->status == WITHDRAWAL_PARKED && wallet
           && self->verdict != VERDICT_DEADLINE_EXCEEDED;
}

bool
withdrawal_finished (const void *state)
{
    const withdrawal_t *withdrawal = state;
    return withdrawal->status >= WITHDRAWAL_SUCCEEDED;
}

bool
withdrawal_parked (const void *state)
{
    return ((const withdrawal_t *) state)->status == WITHDRAWAL_PARKED;
}

bool
withdrawal_invariant (const void *state)
{
    const withdrawal_t *withdrawal = state;
    bool ended = withdrawal->step == WITHDRAWAL_ENDED;
    bool sent = withdrawal->step >= WITHDRAWAL_TRANSFERRING && !ended;
    if (withdrawal->status == WITHDRAWAL_NONE) {
        return withdrawal->step == WITHDRAWAL_BEFORE;
    }
    return withdrawal->status <= WITHDRAWAL_PARKED && withdrawal->step > WITHDRAWAL_BEFORE
           && withdrawal->step <= WITHDRAWAL_ENDED && money_valid (withdrawal->request.amount_minor)
           && ended == (withdrawal_finished (withdrawal) && !withdrawal_parked (withdrawal))
           && (!sent || !oid_is_none (withdrawal->transfer))
           && (withdrawal->status != WITHDRAWAL_FAILED || withdrawal->verdict != VERDICT_ACCEPTED);
}
