//  recharge_evolve - facts into state. Nothing here can refuse: a stored event happened.

#include "actors/recharge_evolve.h"

//  A recharge_request_t named `request` inside a struct.
#define FIELDS_REQUEST(type)                                                                       \
    FIELD (OID, type, request.wallet), FIELD (OID, type, request.member),                          \
        FIELD (OID, type, request.bank_account), FIELD (I64, type, request.amount_minor),          \
        FIELD (TEXT, type, request.currency), FIELDS_BANK_PARTY (type, request.party)

//  A recharge_parent_t named `parent` inside a struct.
#define FIELDS_PARENT(type)                                                                        \
    FIELD (OID, type, parent.saga), FIELD (U8, type, parent.notify),                               \
        FIELDS_REFERENCE (type, parent.hold), FIELD (I64, type, parent.hold_minor)

static const field_t state_fields [] = {
    FIELD (U8, recharge_t, status),   FIELD (U8, recharge_t, step),
    FIELD (U32, recharge_t, attempt), FIELD (OID, recharge_t, transfer),
    FIELD (U32, recharge_t, verdict), FIELD (U32, recharge_t, credit_verdict),
    FIELD (TEXT, recharge_t, reason), FIELDS_REQUEST (recharge_t),
    FIELDS_PARENT (recharge_t),
};

const shape_t recharge_state_shape = SHAPE (recharge_t, state_fields);

static const field_t start_fields [] = {
    FIELDS_REQUEST (recharge_start_t),
    FIELD (U8, recharge_start_t, member_status),
    FIELD (U8, recharge_start_t, account_status),
    FIELD (OID, recharge_start_t, account_member),
    FIELDS_PARENT (recharge_start_t),
};

const shape_t recharge_start_shape = SHAPE (recharge_start_t, start_fields);

static const field_t requested_fields [] = {
    FIELDS_REQUEST (recharge_requested_t),
    FIELDS_PARENT (recharge_requested_t),
};

const shape_t recharge_requested_shape = SHAPE (recharge_requested_t, requested_fields);

static const field_t transfer_fields [] = {
    FIELD (OID, recharge_transfer_t, transfer),
};

const shape_t recharge_transfer_shape = SHAPE (recharge_transfer_t, transfer_fields);

static const field_t late_fields [] = {
    FIELD (OID, recharge_late_t, transfer),
    FIELD (I64, recharge_late_t, amount_minor),
};

const shape_t recharge_late_shape = SHAPE (recharge_late_t, late_fields);

static const field_t failure_fields [] = {
    FIELD (U32, recharge_failure_t, verdict),
    FIELD (TEXT, recharge_failure_t, reason),
};

const shape_t recharge_failure_shape = SHAPE (recharge_failure_t, failure_fields);

static const field_t return_fields [] = {
    FIELD (OID, recharge_return_t, transfer),
    FIELD (U32, recharge_return_t, attempt),
    FIELD (U32, recharge_return_t, verdict),
};

static const field_t outcome_fields [] = {
    FIELD (OID, recharge_outcome_t, recharge),
    FIELD (U8, recharge_outcome_t, status),
    FIELD (U32, recharge_outcome_t, verdict),
};

const shape_t recharge_outcome_shape = SHAPE (recharge_outcome_t, outcome_fields);

const shape_t recharge_return_shape = SHAPE (recharge_return_t, return_fields);

//  A step begins: whatever parked the saga before is over.
static void
s_step (recharge_t *recharge, recharge_status_t status, recharge_step_t step)
{
    recharge->status = (uint8_t) status;
    recharge->step = (uint8_t) step;
    recharge->verdict = VERDICT_ACCEPTED;
    memset (recharge->reason, 0, sizeof recharge->reason);
}

//  The customer's account is sealed personal data: only a return would need it again.
static void
s_forget_account (recharge_t *recharge)
{
    memset (&recharge->request.party, 0, sizeof recharge->request.party);
}

static void
s_failure (recharge_t *recharge, const recharge_failure_t *failure)
{
    recharge->verdict = failure->verdict;
    memcpy (recharge->reason, failure->reason, sizeof recharge->reason);
}

void
recharge_evolve_requested (void *state, const void *event, int64_t at_ms)
{
    recharge_t *recharge = state;
    const recharge_requested_t *requested = event;
    (void) at_ms;

    recharge->request = requested->request;
    recharge->parent = requested->parent;
    s_step (recharge, RECHARGE_REQUESTED, RECHARGE_EXPECTING);
}

void
recharge_evolve_charged (void *state, const void *event, int64_t at_ms)
{
    recharge_t *recharge = state;
    const recharge_transfer_t *charged = event;
    (void) at_ms;

    recharge->transfer = charged->transfer;
    recharge->attempt = 1;
    s_step (recharge, RECHARGE_PROCESSING, RECHARGE_CHARGING);
}

void
recharge_evolve_received (void *state, const void *event, int64_t at_ms)
{
    (void) event, (void) at_ms;
    s_step (state, RECHARGE_PROCESSING, RECHARGE_CREDITING);
}

void
recharge_evolve_succeeded (void *state, const void *event, int64_t at_ms)
{
    (void) event, (void) at_ms;
    s_step (state, RECHARGE_SUCCEEDED, RECHARGE_ENDED);
    s_forget_account (state);
}

void
recharge_evolve_failed (void *state, const void *event, int64_t at_ms)
{
    (void) at_ms;
    s_step (state, RECHARGE_FAILED, RECHARGE_ENDED);
    s_failure (state, event);
    if (!recharge_declined (state)) {
        s_forget_account (state);
    }
}

void
recharge_evolve_returned (void *state, const void *event, int64_t at_ms)
{
    recharge_t *recharge = state;
    const recharge_return_t *returned = event;
    (void) at_ms;

    s_step (recharge, RECHARGE_PROCESSING, RECHARGE_RETURNING);
    recharge->transfer = returned->transfer;
    recharge->attempt = returned->attempt;
    recharge->verdict = returned->verdict;
    recharge->credit_verdict = returned->verdict;
}

void
recharge_evolve_compensated (void *state, const void *event, int64_t at_ms)
{
    recharge_t *recharge = state;
    (void) event, (void) at_ms;

    s_step (recharge, RECHARGE_COMPENSATED, RECHARGE_ENDED);
    recharge->verdict = recharge->credit_verdict;
    s_forget_account (recharge);
}

void
recharge_evolve_parked (void *state, const void *event, int64_t at_ms)
{
    recharge_t *recharge = state;
    (void) at_ms;

    recharge->status = RECHARGE_PARKED;
    s_failure (recharge, event);
}

void
recharge_evolve_given_up (void *state, const void *event, int64_t at_ms)
{
    recharge_t *recharge = state;
    (void) event, (void) at_ms;

    s_step (recharge, RECHARGE_COMPENSATED, RECHARGE_ENDED);
    recharge->verdict = VERDICT_KEPT_IN_SUSPENSE;
    s_forget_account (recharge);
}

//  The return that follows in the same decision makes the step.
void
recharge_evolve_received_late (void *state, const void *event, int64_t at_ms)
{
    (void) event, (void) at_ms;
    s_step (state, RECHARGE_PROCESSING, RECHARGE_RETURNING);
}

void
recharge_post_received_late (oid_t self, const void *event, postings_t *postings)
{
    const recharge_late_t *late = event;
    postings_move (postings, account_single (ACCOUNT_SUSPENSE), account_of (ACCOUNT_TRANSIT, self),
                   late->amount_minor);
}

bool
recharge_declined (const recharge_t *self)
{
    return self->status == RECHARGE_FAILED && self->verdict == VERDICT_BANK_DECLINED
           && !oid_is_none (self->transfer) && self->credit_verdict == VERDICT_ACCEPTED;
}

bool
recharge_stuck (const recharge_t *self)
{
    return self->status == RECHARGE_PARKED && self->step == RECHARGE_RETURNING
           && self->verdict == VERDICT_BANK_DECLINED;
}

bool
recharge_finished (const void *state)
{
    const recharge_t *recharge = state;
    return recharge->status >= RECHARGE_SUCCEEDED;
}

bool
recharge_parked (const void *state)
{
    return ((const recharge_t *) state)->status == RECHARGE_PARKED;
}

bool
recharge_invariant (const void *state)
{
    const recharge_t *recharge = state;
    bool ended = recharge->step == RECHARGE_ENDED;
    if (recharge->status == RECHARGE_NONE) {
        return recharge->step == RECHARGE_BEFORE;
    }
    return recharge->status <= RECHARGE_PARKED && recharge->step <= RECHARGE_ENDED
           && money_valid (recharge->request.amount_minor)
           && ended == (recharge_finished (recharge) && recharge->status != RECHARGE_PARKED)
           && (recharge->status != RECHARGE_FAILED || recharge->verdict != VERDICT_ACCEPTED);
}
