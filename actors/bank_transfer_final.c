//  bank_transfer_final - what the bank, and its statement, say of a transfer that is final
//  already. Pure: no I/O, clock or allocation here.

#include "actors/bank_transfer_final.h"
#include "actors/bank_transfer_evolve.h"

static const field_t correct_fields [] = {
    FIELD (TEXT, bank_transfer_correct_t, line),
    FIELD (I64, bank_transfer_correct_t, day),
    FIELD (I64, bank_transfer_correct_t, bank_minor),
    FIELD (I64, bank_transfer_correct_t, our_minor),
    FIELD (TEXT, bank_transfer_correct_t, operator),
    FIELD (TEXT, bank_transfer_correct_t, confirmed_by),
};

const shape_t bank_transfer_correct_shape = SHAPE (bank_transfer_correct_t, correct_fields);

static const int64_t DAY_MS = 86400 * (int64_t) 1000;

void
bank_transfer_tell_saga (decision_t *decision, const bank_transfer_t *transfer,
                         bank_transfer_status_t status, const char *reason)
{
    if (oid_is_none (transfer->request.saga)) {
        return;
    }
    bank_transfer_outcome_t outcome = {
        .transfer = decision->self,
        .status = (uint8_t) status,
        .late = bank_transfer_final (transfer),
    };
    memcpy (outcome.reason, reason, sizeof outcome.reason);
    decision_tell (decision, transfer->request.saga, transfer->request.notify, &outcome);
}

bool
bank_transfer_forgotten (const bank_transfer_t *transfer, const decision_t *decision)
{
    int64_t since_ms = decision->now_ms - transfer->requested_at_ms;
    return since_ms >= decision->limits->bank_horizon_s * 1000;
}

bool
bank_transfer_unheard (const bank_transfer_t *transfer)
{
    return transfer->resolved && !transfer->heard;
}

int64_t
bank_transfer_next_inquiry_ms (const bank_transfer_t *transfer, int64_t resolved_at_ms,
                               const decision_t *decision)
{
    int64_t wait_ms = decision->now_ms - resolved_at_ms;
    wait_ms = wait_ms < DAY_MS ? wait_ms : DAY_MS;
    if (wait_ms < decision->limits->bank_inquiry_first_ms) {
        wait_ms = decision->limits->bank_inquiry_first_ms;
    }
    return bank_transfer_forgotten (transfer, decision) ? 0 : decision->now_ms + wait_ms;
}

//  The bank agrees with whoever resolved it.
static verdict_t
s_confirm (const bank_answered_t *answer, decision_t *decision)
{
    bank_transfer_confirmed_t confirmed = { 0 };
    memcpy (confirmed.bank_reference, answer->bank_reference, sizeof confirmed.bank_reference);
    decision_timer (decision, BANK_TRANSFER_INQUIRE, 0);
    return decision_emit (decision, BANK_TRANSFER_WAS_CONFIRMED, &confirmed);
}

//  The transfer is final already. The same word again is nothing new. Money that came
//  in after all is to be sent back: the saga is told, and takes it out of suspense.
static verdict_t
s_contradict (const bank_transfer_t *transfer, const bank_answered_t *answer, decision_t *decision)
{
    bool same = (answer->result == BANK_SUCCEEDED) == (transfer->status == BANK_TRANSFER_SUCCEEDED);
    bool known = same || transfer->corrected_minor != 0;
    if (known && bank_transfer_unheard (transfer)) {
        return s_confirm (answer, decision);
    }
    if (known || transfer->contradicted) {
        return VERDICT_ACCEPTED;
    }
    decision_timer (decision, BANK_TRANSFER_INQUIRE, 0);
    bank_transfer_contradicted_t contradicted = {
        .direction = transfer->request.direction,
        .result = answer->result,
        .amount_minor = transfer->request.amount_minor,
    };
    memcpy (contradicted.reason, answer->reason, sizeof contradicted.reason);
    memcpy (contradicted.bank_reference, answer->bank_reference,
            sizeof contradicted.bank_reference);
    if (transfer->request.direction == BANK_TRANSFER_IN && answer->result == BANK_SUCCEEDED) {
        bank_transfer_tell_saga (decision, transfer, BANK_TRANSFER_SUCCEEDED, contradicted.reason);
    }
    return decision_emit (decision, BANK_TRANSFER_CONTRADICTED, &contradicted);
}

//  It stays as it was resolved, and the bank is asked again later.
static verdict_t
s_not_heard (const bank_transfer_t *transfer, const bank_answered_t *answer, decision_t *decision)
{
    if (!transfer->asking || answer->step != transfer->posts) {
        return VERDICT_ACCEPTED;
    }
    decision_timer (decision, BANK_TRANSFER_INQUIRE,
                    bank_transfer_next_inquiry_ms (transfer, transfer->resolved_at_ms, decision));
    return decision_emit (decision, BANK_TRANSFER_WAS_UNKNOWN,
                          &(bank_transfer_attempt_t) { transfer->posts });
}

verdict_t
bank_transfer_answered_again (const bank_transfer_t *transfer, const bank_answered_t *answer,
                              decision_t *decision)
{
    bool known = answer->result == BANK_SUCCEEDED || answer->result == BANK_FAILED;
    return known ? s_contradict (transfer, answer, decision)
                 : s_not_heard (transfer, answer, decision);
}

//  By what the books held, so that two reconciliations of a day correct it once.
verdict_t
bank_transfer_decide_correct (const void *state, const void *command, decision_t *decision)
{
    const bank_transfer_t *transfer = state;
    const bank_transfer_correct_t *correct = command;
    bool absent = transfer->status == BANK_TRANSFER_ABSENT;
    bool rests =
        absent || transfer->status == BANK_TRANSFER_FOREIGN || bank_transfer_final (transfer);

    if (!rests || bank_transfer_held_minor (transfer) != correct->our_minor
        || correct->bank_minor == correct->our_minor) {
        return VERDICT_STATE_CONFLICT;
    }
    return decision_emit (decision, absent ? BANK_TRANSFER_WAS_FOUND : BANK_TRANSFER_WAS_CORRECTED,
                          correct);
}

void
bank_transfer_evolve_corrected (void *state, const void *event, int64_t at_ms)
{
    bank_transfer_t *transfer = state;
    const bank_transfer_correct_t *correct = event;
    (void) at_ms;
    transfer->corrected_minor += correct->bank_minor - correct->our_minor;
}

void
bank_transfer_evolve_found (void *state, const void *event, int64_t at_ms)
{
    bank_transfer_t *transfer = state;
    const bank_transfer_correct_t *correct = event;
    bool in = correct->bank_minor > 0;

    transfer->status = BANK_TRANSFER_FOREIGN;
    transfer->request.direction = in ? BANK_TRANSFER_IN : BANK_TRANSFER_OUT;
    transfer->request.amount_minor = in ? correct->bank_minor : -correct->bank_minor;
    memcpy (transfer->request.currency, "KRW", sizeof "KRW");
    transfer->foreign_day = correct->day;
    memcpy (transfer->bank_reference, correct->line, sizeof transfer->bank_reference);
    memcpy (transfer->operator, correct->operator, sizeof transfer->operator);
    memcpy (transfer->confirmed_by, correct->confirmed_by, sizeof transfer->confirmed_by);
    bank_transfer_evolve_corrected (state, event, at_ms);
}

void
bank_transfer_postings_corrected (oid_t self, const void *event, postings_t *postings)
{
    const bank_transfer_correct_t *correct = event;
    account_t bank = account_single (ACCOUNT_BANK);
    account_t suspense = account_single (ACCOUNT_SUSPENSE);
    int64_t more_minor = correct->bank_minor - correct->our_minor;
    (void) self;
    if (more_minor > 0) {
        postings_move (postings, bank, suspense, more_minor);
    }
    else {
        postings_move (postings, suspense, bank, -more_minor);
    }
}
