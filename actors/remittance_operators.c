//  remittance_operators - what operators may do. Pure: no I/O, clock or allocation here.

#include "actors/remittance_operators.h"
#include "actors/approval.h"
#include "actors/remittance_asks.h"
#include "actors/remittance_evolve.h"

static verdict_t
s_may_move_on (const remittance_t *remittance)
{
    if (remittance->status == REMITTANCE_NONE) {
        return VERDICT_NOT_FOUND;
    }
    if (remittance->status != REMITTANCE_PARKED) {
        return VERDICT_STATE_CONFLICT;
    }
    return remittance_stuck (remittance) ? VERDICT_ACCEPTED : VERDICT_TRANSFERS_OPEN;
}

verdict_t
remittance_decide_retry (const void *state, const void *command, decision_t *decision)
{
    const remittance_t *remittance = state;
    const remittance_request_t *request = &remittance->request;
    verdict_t verdict = s_may_move_on (remittance);
    (void) command;

    if (verdict != VERDICT_ACCEPTED) {
        return verdict;
    }
    bool set_aside = remittance->step == REMITTANCE_SET_ASIDE;
    remittance_retried_t retried = {
        .step = set_aside ? REMITTANCE_RETURNING : REMITTANCE_CAPTURING,
        .ordinal = remittance->retries + 2,
        .amount_minor = set_aside ? request->amount_minor : 0,
    };
    if (set_aside) {
        remittance_ask_return (decision, remittance, retried.ordinal);
    }
    else {
        remittance_ask_wallet (decision, request, REMITTANCE_CAPTURING, retried.ordinal);
    }
    return decision_emit (decision, REMITTANCE_WAS_RETRIED, &retried);
}

//  Only what is in suspense is nobody's to move; behind a capture a bank may have paid.
verdict_t
remittance_decide_resolve (const void *state, const void *command, decision_t *decision)
{
    const remittance_t *remittance = state;
    verdict_t verdict = s_may_move_on (remittance);
    bool ended;

    if (verdict == VERDICT_ACCEPTED && remittance->step != REMITTANCE_SET_ASIDE) {
        verdict = VERDICT_TRANSFERS_OPEN;
    }
    return verdict == VERDICT_ACCEPTED
               ? approval_give_up (decision, command, REMITTANCE_RESOLVE, REMITTANCE_WAS_GIVEN_UP,
                                   remittance->request.amount_minor, &ended)
               : verdict;
}
