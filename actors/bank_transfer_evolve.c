//  bank_transfer_evolve - facts into state and books. Nothing here can refuse: a stored
//  event happened.

#include "actors/bank_transfer_evolve.h"

static const field_t state_fields [] = {
    FIELD (U8, bank_transfer_t, status),
    FIELD (BOOL, bank_transfer_t, contradicted),
    FIELD (U32, bank_transfer_t, posts),
    FIELD (I64, bank_transfer_t, requested_at_ms),
    FIELD (TEXT, bank_transfer_t, reason),
    FIELD (TEXT, bank_transfer_t, bank_reference),
    FIELD (U8, bank_transfer_t, request.direction),
    FIELD (OID, bank_transfer_t, request.saga),
    FIELD (U8, bank_transfer_t, request.notify),
    FIELD (OID, bank_transfer_t, request.bank_account),
    FIELDS_BANK_PARTY (bank_transfer_t, request.party),
    FIELD (I64, bank_transfer_t, request.amount_minor),
    FIELD (TEXT, bank_transfer_t, request.currency),
    FIELD (BOOL, bank_transfer_t, asking),
    FIELD (OID, bank_transfer_t, approval),
    FIELD (TEXT, bank_transfer_t, operator),
    FIELD (TEXT, bank_transfer_t, confirmed_by),
    FIELD (TEXT, bank_transfer_t, instruct_reason),
    FIELD (U8, bank_transfer_t, resolved),
    FIELD (U32, bank_transfer_t, request.attempt),
    FIELD (TEXT, bank_transfer_t, resolve_reason),
    FIELD (I64, bank_transfer_t, resolved_at_ms),
    FIELD (BOOL, bank_transfer_t, heard),
    FIELD (I64, bank_transfer_t, corrected_minor),
    FIELD (I64, bank_transfer_t, foreign_day),
};

const shape_t bank_transfer_state_shape = SHAPE (bank_transfer_t, state_fields);

static const field_t request_fields [] = {
    FIELD (U8, bank_transfer_request_t, direction),
    FIELD (OID, bank_transfer_request_t, saga),
    FIELD (U8, bank_transfer_request_t, notify),
    FIELD (OID, bank_transfer_request_t, bank_account),
    FIELDS_BANK_PARTY (bank_transfer_request_t, party),
    FIELD (I64, bank_transfer_request_t, amount_minor),
    FIELD (TEXT, bank_transfer_request_t, currency),
    FIELD (U32, bank_transfer_request_t, attempt),
};

const shape_t bank_transfer_request_shape = SHAPE (bank_transfer_request_t, request_fields);

static const field_t instruction_fields [] = {
    FIELD (U8, bank_transfer_instruction_t, request.direction),
    FIELD (OID, bank_transfer_instruction_t, request.bank_account),
    FIELDS_BANK_PARTY (bank_transfer_instruction_t, request.party),
    FIELD (I64, bank_transfer_instruction_t, request.amount_minor),
    FIELD (TEXT, bank_transfer_instruction_t, request.currency),
    FIELD (TEXT, bank_transfer_instruction_t, operator),
    FIELD (TEXT, bank_transfer_instruction_t, reason),
    FIELD (OID, bank_transfer_instruction_t, approval),
    FIELD (U32, bank_transfer_instruction_t, request.attempt),
};

const shape_t bank_transfer_instruction_shape =
    SHAPE (bank_transfer_instruction_t, instruction_fields);

static const field_t settled_fields [] = {
    FIELD (U8, bank_transfer_settled_t, direction),
    FIELD (OID, bank_transfer_settled_t, saga),
    FIELD (I64, bank_transfer_settled_t, amount_minor),
    FIELD (TEXT, bank_transfer_settled_t, reason),
    FIELD (TEXT, bank_transfer_settled_t, bank_reference),
    FIELDS_BANK_PARTY (bank_transfer_settled_t, party),
};

const shape_t bank_transfer_settled_shape = SHAPE (bank_transfer_settled_t, settled_fields);

static const field_t proposed_fields [] = {
    FIELD (OID, bank_transfer_proposed_t, approval),
};

const shape_t bank_transfer_proposed_shape = SHAPE (bank_transfer_proposed_t, proposed_fields);

static const field_t attempt_fields [] = {
    FIELD (U32, bank_transfer_attempt_t, attempt),
};

const shape_t bank_transfer_attempt_shape = SHAPE (bank_transfer_attempt_t, attempt_fields);

static const field_t contradicted_fields [] = {
    FIELD (U8, bank_transfer_contradicted_t, direction),
    FIELD (U8, bank_transfer_contradicted_t, result),
    FIELD (I64, bank_transfer_contradicted_t, amount_minor),
    FIELD (TEXT, bank_transfer_contradicted_t, reason),
    FIELD (TEXT, bank_transfer_contradicted_t, bank_reference),
};

const shape_t bank_transfer_contradicted_shape =
    SHAPE (bank_transfer_contradicted_t, contradicted_fields);

static const field_t confirmed_fields [] = {
    FIELD (TEXT, bank_transfer_confirmed_t, bank_reference),
};

const shape_t bank_transfer_confirmed_shape = SHAPE (bank_transfer_confirmed_t, confirmed_fields);

static const field_t outcome_fields [] = {
    FIELD (OID, bank_transfer_outcome_t, transfer),
    FIELD (U8, bank_transfer_outcome_t, status),
    FIELD (TEXT, bank_transfer_outcome_t, reason),
    FIELD (BOOL, bank_transfer_outcome_t, late),
};

const shape_t bank_transfer_outcome_shape = SHAPE (bank_transfer_outcome_t, outcome_fields);

//  ---------------------------------------------------------------------------

void
bank_transfer_evolve_requested (void *state, const void *event, int64_t at_ms)
{
    bank_transfer_t *transfer = state;
    const bank_transfer_request_t *request = event;

    transfer->status = BANK_TRANSFER_REQUESTED;
    transfer->posts = 1;
    transfer->requested_at_ms = at_ms;
    transfer->request = *request;
    transfer->asking = true;
}

static void
s_evolve_settled (bank_transfer_t *transfer, bank_transfer_status_t status,
                  const bank_transfer_settled_t *settled)
{
    transfer->status = (uint8_t) status;
    transfer->asking = false;
    memcpy (transfer->reason, settled->reason, sizeof transfer->reason);
    memcpy (transfer->bank_reference, settled->bank_reference, sizeof transfer->bank_reference);
}

void
bank_transfer_evolve_succeeded (void *state, const void *event, int64_t at_ms)
{
    (void) at_ms;
    s_evolve_settled (state, BANK_TRANSFER_SUCCEEDED, event);
}

void
bank_transfer_evolve_failed (void *state, const void *event, int64_t at_ms)
{
    (void) at_ms;
    s_evolve_settled (state, BANK_TRANSFER_FAILED, event);
}

//  One that an operator resolved stays as it was resolved.
void
bank_transfer_evolve_unknown (void *state, const void *event, int64_t at_ms)
{
    bank_transfer_t *transfer = state;
    (void) event, (void) at_ms;
    transfer->asking = false;
    if (!bank_transfer_final (transfer)) {
        transfer->status = BANK_TRANSFER_UNKNOWN;
    }
}

void
bank_transfer_evolve_inquired (void *state, const void *event, int64_t at_ms)
{
    bank_transfer_t *transfer = state;
    const bank_transfer_attempt_t *inquired = event;
    (void) at_ms;
    transfer->posts = inquired->attempt;
    transfer->asking = true;
}

void
bank_transfer_evolve_parked (void *state, const void *event, int64_t at_ms)
{
    bank_transfer_t *transfer = state;
    (void) event, (void) at_ms;
    transfer->status = BANK_TRANSFER_PARKED;
    transfer->asking = false;
}

void
bank_transfer_evolve_contradicted (void *state, const void *event, int64_t at_ms)
{
    bank_transfer_t *transfer = state;
    (void) event, (void) at_ms;
    transfer->contradicted = true;
    transfer->asking = false;
    transfer->heard = true;
}

void
bank_transfer_evolve_confirmed (void *state, const void *event, int64_t at_ms)
{
    bank_transfer_t *transfer = state;
    const bank_transfer_confirmed_t *confirmed = event;
    (void) at_ms;
    transfer->asking = false;
    transfer->heard = true;
    if (confirmed->bank_reference [0]) {
        memcpy (transfer->bank_reference, confirmed->bank_reference,
                sizeof transfer->bank_reference);
    }
}

void
bank_transfer_evolve_instructed (void *state, const void *event, int64_t at_ms)
{
    bank_transfer_t *transfer = state;
    const bank_transfer_instruction_t *instruction = event;
    (void) at_ms;

    transfer->status = BANK_TRANSFER_AWAITING_APPROVAL;  //  Or requested, by what follows
    transfer->request = instruction->request;
    transfer->approval = instruction->approval;
    memcpy (transfer->operator, instruction->operator, sizeof transfer->operator);
    memcpy (transfer->instruct_reason, instruction->reason, sizeof transfer->instruct_reason);
}

//  It is requested by what follows.
void
bank_transfer_evolve_approved (void *state, const void *event, int64_t at_ms)
{
    bank_transfer_t *transfer = state;
    const approval_decided_t *decided = event;
    (void) at_ms;
    memcpy (transfer->confirmed_by, decided->operator, sizeof transfer->confirmed_by);
}

void
bank_transfer_evolve_rejected (void *state, const void *event, int64_t at_ms)
{
    bank_transfer_t *transfer = state;
    const approval_decided_t *decided = event;
    (void) at_ms;
    transfer->status = BANK_TRANSFER_REJECTED;
    memcpy (transfer->confirmed_by, decided->operator, sizeof transfer->confirmed_by);
}

void
bank_transfer_evolve_resolve_proposed (void *state, const void *event, int64_t at_ms)
{
    bank_transfer_t *transfer = state;
    const bank_transfer_proposed_t *proposed = event;
    (void) at_ms;
    transfer->approval = proposed->approval;
}

//  It succeeds or fails by what follows.
void
bank_transfer_evolve_resolved (void *state, const void *event, int64_t at_ms)
{
    bank_transfer_t *transfer = state;
    const saga_resolve_t *resolve = event;
    transfer->resolved = resolve->decision;
    transfer->resolved_at_ms = at_ms;
    memcpy (transfer->operator, resolve->operator, sizeof transfer->operator);
    memcpy (transfer->confirmed_by, resolve->confirmed_by, sizeof transfer->confirmed_by);
    memcpy (transfer->resolve_reason, resolve->reason, sizeof transfer->resolve_reason);
}

//  ---------------------------------------------------------------------------
//  The books

void
bank_transfer_postings_requested (oid_t self, const void *event, postings_t *postings)
{
    const bank_transfer_request_t *request = event;
    if (request->direction == BANK_TRANSFER_OUT) {
        postings_move (postings, account_of (ACCOUNT_BANK_TRANSIT, self),
                       account_single (ACCOUNT_BANK), request->amount_minor);
    }
}

void
bank_transfer_postings_succeeded (oid_t self, const void *event, postings_t *postings)
{
    const bank_transfer_settled_t *settled = event;
    account_t transit = oid_is_none (settled->saga) ? account_single (ACCOUNT_SUSPENSE)
                                                    : account_of (ACCOUNT_TRANSIT, settled->saga);
    if (settled->direction == BANK_TRANSFER_OUT) {
        postings_move (postings, transit, account_of (ACCOUNT_BANK_TRANSIT, self),
                       settled->amount_minor);
    }
    else {
        postings_move (postings, account_single (ACCOUNT_BANK), transit, settled->amount_minor);
    }
}

void
bank_transfer_postings_failed (oid_t self, const void *event, postings_t *postings)
{
    const bank_transfer_settled_t *settled = event;
    if (settled->direction == BANK_TRANSFER_OUT) {
        postings_move (postings, account_single (ACCOUNT_BANK),
                       account_of (ACCOUNT_BANK_TRANSIT, self), settled->amount_minor);
    }
}

void
bank_transfer_postings_contradicted (oid_t self, const void *event, postings_t *postings)
{
    const bank_transfer_contradicted_t *contradicted = event;
    account_t bank = account_single (ACCOUNT_BANK);
    account_t suspense = account_single (ACCOUNT_SUSPENSE);
    (void) self;
    bool out = contradicted->direction == BANK_TRANSFER_OUT;
    bool moved = contradicted->result == BANK_SUCCEEDED;
    if (out == moved) {  //  Our account holds less than we thought
        postings_move (postings, suspense, bank, contradicted->amount_minor);
    }
    else {
        postings_move (postings, bank, suspense, contradicted->amount_minor);
    }
}

//  ---------------------------------------------------------------------------

bool
bank_transfer_final (const bank_transfer_t *self)
{
    return self->status == BANK_TRANSFER_SUCCEEDED || self->status == BANK_TRANSFER_FAILED;
}

int64_t
bank_transfer_held_minor (const bank_transfer_t *self)
{
    bool succeeded = self->status == BANK_TRANSFER_SUCCEEDED;
    bool booked = bank_transfer_final (self) && succeeded != self->contradicted;
    int64_t amount_minor = self->request.direction == BANK_TRANSFER_IN
                               ? self->request.amount_minor
                               : -self->request.amount_minor;
    return (booked ? amount_minor : 0) + self->corrected_minor;
}

bool
bank_transfer_invariant (const void *state)
{
    const bank_transfer_t *transfer = state;
    const bank_transfer_request_t *request = &transfer->request;
    bool posted = transfer->status != BANK_TRANSFER_AWAITING_APPROVAL
                  && transfer->status != BANK_TRANSFER_REJECTED
                  && transfer->status != BANK_TRANSFER_FOREIGN;
    if (transfer->status == BANK_TRANSFER_ABSENT) {
        return transfer->posts == 0;
    }
    return transfer->status <= BANK_TRANSFER_FOREIGN && posted == (transfer->posts > 0)
           && (request->direction == BANK_TRANSFER_IN || request->direction == BANK_TRANSFER_OUT)
           && money_valid (request->amount_minor)
           && (!oid_is_none (request->saga) || transfer->operator[0])
           && (bank_transfer_final (transfer) || !transfer->contradicted)
           && (transfer->resolved || transfer->contradicted || !transfer->heard);
}

bool
bank_transfer_finished (const void *state)
{
    const bank_transfer_t *transfer = state;
    bool rests = bank_transfer_final (transfer) || transfer->status == BANK_TRANSFER_PARKED;
    return transfer->status == BANK_TRANSFER_AWAITING_APPROVAL
           || transfer->status == BANK_TRANSFER_REJECTED
           || transfer->status == BANK_TRANSFER_FOREIGN || (rests && !transfer->asking);
}

bool
bank_transfer_parked (const void *state)
{
    return ((const bank_transfer_t *) state)->status == BANK_TRANSFER_PARKED;
}
