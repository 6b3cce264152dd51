//  settlement_evolve - never refuses: it records what was decided.

#include "actors/settlement_evolve.h"
#include "actors/money.h"

//  The same fields in the state and in the command that starts it.
#define FIELDS_START(type, path)                                                                   \
    FIELD (OID, type, path merchant), FIELD (OID, type, path run),                                 \
        FIELD (U32, type, path window.window), FIELD (OID, type, path window.settlement),          \
        FIELD (I64, type, path window.item_count), FIELD (I64, type, path window.gross_minor),     \
        FIELD (I64, type, path window.refunds_minor), FIELD (I64, type, path window.fee_minor),    \
        FIELD (I64, type, path window.carried_minor), FIELD (I64, type, path window.net_minor),    \
        FIELD (I64, type, path opened_at_ms), FIELD (I64, type, path closed_at_ms),                \
        FIELD (OID, type, path bank_account), FIELDS_BANK_PARTY (type, path party)

static const field_t state_fields [] = {
    FIELD (U8, settlement_t, status),    FIELD (U32, settlement_t, verdict),
    FIELD (U32, settlement_t, attempt),  FIELD (U32, settlement_t, failed_in_row),
    FIELD (OID, settlement_t, transfer), FIELD (BOOL, settlement_t, transfer_failed),
    FIELD (TEXT, settlement_t, reason),  FIELD (I64, settlement_t, settled_at_ms),
    FIELDS_START (settlement_t, start.), FIELD (I64, settlement_t, next_attempt_ms),
};

const shape_t settlement_state_shape = SHAPE (settlement_t, state_fields);

static const field_t start_fields [] = { FIELDS_START (settlement_start_t, ) };

const shape_t settlement_start_shape = SHAPE (settlement_start_t, start_fields);

static const field_t payout_fields [] = {
    FIELD (U32, settlement_payout_t, attempt),
    FIELD (OID, settlement_payout_t, transfer),
};

const shape_t settlement_payout_shape = SHAPE (settlement_payout_t, payout_fields);

static const field_t failure_fields [] = {
    FIELD (U32, settlement_failure_t, verdict),
    FIELD (TEXT, settlement_failure_t, reason),
    FIELD (I64, settlement_failure_t, next_attempt_ms),
};

const shape_t settlement_failure_shape = SHAPE (settlement_failure_t, failure_fields);

//  ---------------------------------------------------------------------------

static void
s_end (settlement_t *settlement, settlement_status_t status)
{
    settlement->status = (uint8_t) status;
    memset (&settlement->start.party, 0, sizeof settlement->start.party);
}

void
settlement_evolve_closed (void *state, const void *event, int64_t at_ms)
{
    settlement_t *settlement = state;
    (void) at_ms;
    settlement->status = SETTLEMENT_CLOSED;
    settlement->start = *(const settlement_start_t *) event;
}

//  After a retry the count of failures begins anew.
void
settlement_evolve_paying (void *state, const void *event, int64_t at_ms)
{
    settlement_t *settlement = state;
    const settlement_payout_t *payout = event;
    (void) at_ms;

    if (settlement->status == SETTLEMENT_PARKED
        && settlement->failed_in_row >= SETTLEMENT_ATTEMPTS_MAX) {
        settlement->failed_in_row = 0;
    }
    settlement->status = SETTLEMENT_PAYING;
    settlement->verdict = VERDICT_ACCEPTED;
    settlement->attempt = payout->attempt;
    settlement->transfer = payout->transfer;
    settlement->transfer_failed = false;
    settlement->next_attempt_ms = 0;
}

void
settlement_evolve_payout_failed (void *state, const void *event, int64_t at_ms)
{
    settlement_t *settlement = state;
    const settlement_failure_t *failure = event;
    (void) at_ms;

    settlement->failed_in_row++;
    settlement->transfer_failed = true;
    settlement->next_attempt_ms = failure->next_attempt_ms;
    if (failure->next_attempt_ms) {  //  It may have been parked, while the bank was silent
        settlement->status = SETTLEMENT_PAYING;
        settlement->verdict = VERDICT_ACCEPTED;
    }
    memcpy (settlement->reason, failure->reason, sizeof settlement->reason);
}

void
settlement_evolve_settled (void *state, const void *event, int64_t at_ms)
{
    settlement_t *settlement = state;
    (void) event;
    s_end (settlement, SETTLEMENT_SETTLED);
    settlement->verdict = VERDICT_ACCEPTED;
    settlement->settled_at_ms = at_ms;
}

void
settlement_evolve_carried (void *state, const void *event, int64_t at_ms)
{
    (void) event, (void) at_ms;
    s_end (state, SETTLEMENT_CARRIED);
}

void
settlement_evolve_parked (void *state, const void *event, int64_t at_ms)
{
    settlement_t *settlement = state;
    const settlement_failure_t *failure = event;
    (void) at_ms;
    settlement->status = SETTLEMENT_PARKED;
    settlement->verdict = failure->verdict;
}

void
settlement_evolve_given_up (void *state, const void *event, int64_t at_ms)
{
    settlement_t *settlement = state;
    (void) event, (void) at_ms;
    s_end (settlement, SETTLEMENT_FAILED);
    settlement->verdict = VERDICT_KEPT_IN_SUSPENSE;
}

//  ---------------------------------------------------------------------------

bool
settlement_invariant (const void *state)
{
    const settlement_t *settlement = state;
    const merchant_window_closed_t *window = &settlement->start.window;

    if (settlement->status == SETTLEMENT_NONE) {
        return settlement->attempt == 0;
    }
    bool pays = settlement->status != SETTLEMENT_CLOSED && settlement->status != SETTLEMENT_CARRIED;
    return settlement->status <= SETTLEMENT_FAILED && window->item_count > 0
           && window->net_minor
                  == window->gross_minor - window->refunds_minor - window->fee_minor
                         + window->carried_minor
           && (settlement->attempt > 0) == pays && (!pays || money_valid (window->net_minor))
           && settlement->failed_in_row <= settlement->attempt
           && settlement->failed_in_row <= SETTLEMENT_ATTEMPTS_MAX
           && (settlement->next_attempt_ms == 0
               || (settlement->status == SETTLEMENT_PAYING && settlement->transfer_failed));
}

//  Parked, nothing goes on by itself.
bool
settlement_finished (const void *state)
{
    const settlement_t *settlement = state;
    return settlement->status >= SETTLEMENT_SETTLED;
}

bool
settlement_parked (const void *state)
{
    return ((const settlement_t *) state)->status == SETTLEMENT_PARKED;
}
