//  adjustment - rules of putting a wallet right. Pure: no I/O, clock or allocation here.

#include "actors/adjustment.h"
#include "actors/wallet.h"

//  An adjustment_request_t named `request` inside a struct.
#define FIELDS_REQUEST(type)                                                                       \
    FIELD (OID, type, request.wallet), FIELD (I64, type, request.amount_minor),                    \
        FIELD (BOOL, type, request.increase), FIELD (TEXT, type, request.currency),                \
        FIELD (TEXT, type, request.operator), FIELD (TEXT, type, request.reason)

static const field_t state_fields [] = {
    FIELD (U8, adjustment_t, status),    FIELD (OID, adjustment_t, approval),
    FIELD (TEXT, adjustment_t, decider), FIELD (U32, adjustment_t, verdict),
    FIELDS_REQUEST (adjustment_t),       FIELD (BOOL, adjustment_t, request.suspense),
};

static const shape_t state_shape = SHAPE (adjustment_t, state_fields);

static const field_t request_fields [] = {
    FIELD (OID, adjustment_request_t, wallet),    FIELD (I64, adjustment_request_t, amount_minor),
    FIELD (BOOL, adjustment_request_t, increase), FIELD (TEXT, adjustment_request_t, currency),
    FIELD (TEXT, adjustment_request_t, operator), FIELD (TEXT, adjustment_request_t, reason),
    FIELD (BOOL, adjustment_request_t, suspense),
};

static const shape_t request_shape = SHAPE (adjustment_request_t, request_fields);

static const field_t proposed_fields [] = {
    FIELDS_REQUEST (adjustment_proposed_t),
    FIELD (OID, adjustment_proposed_t, approval),
    FIELD (BOOL, adjustment_proposed_t, request.suspense),
};

static const shape_t proposed_shape = SHAPE (adjustment_proposed_t, proposed_fields);

static const field_t verdict_fields [] = {
    FIELD (U32, adjustment_verdict_t, verdict),
};

static const shape_t verdict_shape = SHAPE (adjustment_verdict_t, verdict_fields);

//  ---------------------------------------------------------------------------
//  Deciding

enum { STEP_APPLYING = 1 };

static void
s_apply (decision_t *decision, const adjustment_request_t *request)
{
    wallet_adjust_t adjust = {
        .reference = { decision->self, LEG_ADJUST, 1 },
        .amount_minor = request->amount_minor,
        .increase = request->increase,
        .suspense = request->suspense,
    };
    memcpy (adjust.currency, request->currency, sizeof adjust.currency);
    decision_ask (decision, request->wallet, WALLET_ADJUST, &adjust, ANSWER_ALWAYS,
                  ADJUSTMENT_ANSWERED, STEP_APPLYING);
    decision_timer (decision, ADJUSTMENT_DEADLINE,
                    decision->now_ms + decision->limits->step_deadline_ms);
}

static bool
s_same_request (const adjustment_request_t *one, const adjustment_request_t *other)
{
    return oid_equal (one->wallet, other->wallet) && one->amount_minor == other->amount_minor
           && one->increase == other->increase && one->suspense == other->suspense
           && strcmp (one->currency, other->currency) == 0
           && strcmp (one->operator, other->operator) == 0
           && strcmp (one->reason, other->reason) == 0;
}

static oid_t
s_ask_second_operator (decision_t *decision, const adjustment_request_t *request)
{
    approval_request_t approval = {
        .command = ADJUSTMENT_APPROVE,
        .reject_command = ADJUSTMENT_REJECT,
        .amount_minor = request->amount_minor,
    };
    memcpy (approval.proposer, request->operator, sizeof approval.proposer);
    memcpy (approval.reason, request->reason, sizeof approval.reason);
    return approval_propose (decision, &approval, 1);
}

static verdict_t
decide_propose (const void *state, const void *command, decision_t *decision)
{
    const adjustment_t *adjustment = state;
    const adjustment_request_t *request = command;

    if (adjustment->status != ADJUSTMENT_NONE) {
        return s_same_request (&adjustment->request, request) ? VERDICT_ACCEPTED
                                                              : VERDICT_ALREADY_EXISTS;
    }
    if (!money_valid (request->amount_minor)) {
        return VERDICT_AMOUNT_INVALID;
    }
    adjustment_proposed_t proposed = { .request = *request };
    if (approval_needed (decision->limits, request->amount_minor)) {
        proposed.approval = s_ask_second_operator (decision, request);
    }
    else {
        s_apply (decision, request);
    }
    return decision_emit (decision, ADJUSTMENT_WAS_PROPOSED, &proposed);
}

//  Only its own approval, and only once.
static bool
s_waits_for (const adjustment_t *adjustment, const approval_decided_t *decided)
{
    return adjustment->status == ADJUSTMENT_AWAITING_APPROVAL
           && oid_equal (adjustment->approval, decided->approval);
}

static verdict_t
decide_approve (const void *state, const void *command, decision_t *decision)
{
    const adjustment_t *adjustment = state;
    if (!s_waits_for (adjustment, command)) {
        return VERDICT_ACCEPTED;
    }
    s_apply (decision, &adjustment->request);
    return decision_emit (decision, ADJUSTMENT_WAS_APPROVED, command);
}

static verdict_t
decide_reject (const void *state, const void *command, decision_t *decision)
{
    return s_waits_for (state, command) ? decision_emit (decision, ADJUSTMENT_WAS_REJECTED, command)
                                        : VERDICT_ACCEPTED;
}

//  Parked or not: the wallet has decided.
static verdict_t
decide_answered (const void *state, const void *command, decision_t *decision)
{
    const adjustment_t *adjustment = state;
    const saga_answer_t *answer = command;
    bool applying =
        adjustment->status == ADJUSTMENT_PROCESSING || adjustment->status == ADJUSTMENT_PARKED;

    if (!applying || answer->step != STEP_APPLYING) {
        return VERDICT_ACCEPTED;
    }
    decision_timer (decision, ADJUSTMENT_DEADLINE, 0);
    if (answer->verdict == VERDICT_ACCEPTED) {
        return decision_emit (decision, ADJUSTMENT_WAS_SUCCEEDED, NULL);
    }
    return decision_emit (decision, ADJUSTMENT_WAS_FAILED,
                          &(adjustment_verdict_t) { answer->verdict });
}

//  The outbox goes on delivering: nothing is asked again, somebody should look.
static verdict_t
decide_deadline (const void *state, const void *command, decision_t *decision)
{
    const adjustment_t *adjustment = state;
    (void) command;

    if (adjustment->status != ADJUSTMENT_PROCESSING) {
        return VERDICT_ACCEPTED;
    }
    return decision_emit (decision, ADJUSTMENT_WAS_PARKED,
                          &(adjustment_verdict_t) { VERDICT_DEADLINE_EXCEEDED });
}

//  ---------------------------------------------------------------------------
//  Evolving

static void
s_end (adjustment_t *adjustment, adjustment_status_t status, uint32_t verdict)
{
    adjustment->status = (uint8_t) status;
    adjustment->verdict = verdict;
}

static void
evolve_proposed (void *state, const void *event, int64_t at_ms)
{
    adjustment_t *adjustment = state;
    const adjustment_proposed_t *proposed = event;
    (void) at_ms;

    adjustment->request = proposed->request;
    adjustment->approval = proposed->approval;
    s_end (adjustment,
           oid_is_none (proposed->approval) ? ADJUSTMENT_PROCESSING : ADJUSTMENT_AWAITING_APPROVAL,
           VERDICT_ACCEPTED);
}

static void
evolve_approved (void *state, const void *event, int64_t at_ms)
{
    adjustment_t *adjustment = state;
    const approval_decided_t *decided = event;
    (void) at_ms;

    memcpy (adjustment->decider, decided->operator, sizeof adjustment->decider);
    s_end (adjustment, ADJUSTMENT_PROCESSING, VERDICT_ACCEPTED);
}

//  Nobody decided: it expired.
static void
evolve_rejected (void *state, const void *event, int64_t at_ms)
{
    adjustment_t *adjustment = state;
    const approval_decided_t *decided = event;
    (void) at_ms;

    memcpy (adjustment->decider, decided->operator, sizeof adjustment->decider);
    s_end (adjustment, ADJUSTMENT_FAILED,
           decided->operator[0] ? VERDICT_APPROVAL_REJECTED : VERDICT_APPROVAL_EXPIRED);
}

static void
evolve_succeeded (void *state, const void *event, int64_t at_ms)
{
    (void) event, (void) at_ms;
    s_end (state, ADJUSTMENT_SUCCEEDED, VERDICT_ACCEPTED);
}

static void
evolve_failed (void *state, const void *event, int64_t at_ms)
{
    (void) at_ms;
    s_end (state, ADJUSTMENT_FAILED, ((const adjustment_verdict_t *) event)->verdict);
}

static void
evolve_parked (void *state, const void *event, int64_t at_ms)
{
    (void) at_ms;
    s_end (state, ADJUSTMENT_PARKED, ((const adjustment_verdict_t *) event)->verdict);
}

//  ---------------------------------------------------------------------------

//  What waits for an operator's word is at rest: its client is answered.
static bool
adjustment_finished (const void *state)
{
    const adjustment_t *adjustment = state;
    return adjustment->status != ADJUSTMENT_NONE && adjustment->status != ADJUSTMENT_PROCESSING;
}

static bool
adjustment_parked (const void *state)
{
    return ((const adjustment_t *) state)->status == ADJUSTMENT_PARKED;
}

static bool
adjustment_invariant (const void *state)
{
    const adjustment_t *adjustment = state;
    bool failed =
        adjustment->status == ADJUSTMENT_FAILED || adjustment->status == ADJUSTMENT_PARKED;
    bool waits = adjustment->status == ADJUSTMENT_AWAITING_APPROVAL;
    if (adjustment->status == ADJUSTMENT_NONE) {
        return adjustment->request.amount_minor == 0;
    }
    return adjustment->status <= ADJUSTMENT_PARKED && money_valid (adjustment->request.amount_minor)
           && adjustment->request.wallet.kind == OID_WALLET
           && failed == (adjustment->verdict != VERDICT_ACCEPTED)
           && (!waits || !oid_is_none (adjustment->approval))
           && (!adjustment->decider [0]
               || strcmp (adjustment->decider, adjustment->request.operator) != 0);
}

//  clang-format off
static const command_rule_t commands [] = {
    [ADJUSTMENT_PROPOSE] = { "adjustment.propose", &request_shape, decide_propose },
    [ADJUSTMENT_APPROVE] = { "adjustment.approve", &approval_decided_shape, decide_approve },
    [ADJUSTMENT_REJECT] = { "adjustment.reject", &approval_decided_shape, decide_reject },
    [ADJUSTMENT_ANSWERED] = { "adjustment.answered", &saga_answer_shape, decide_answered },
    [ADJUSTMENT_DEADLINE] = { "adjustment.deadline", &shape_empty, decide_deadline },
};

static const event_rule_t events [] = {
    [ADJUSTMENT_WAS_PROPOSED] = { "adjustment.proposed", 1, &proposed_shape, evolve_proposed,
                                  NULL },
    [ADJUSTMENT_WAS_APPROVED] = { "adjustment.approved", 1, &approval_decided_shape,
                                  evolve_approved, NULL },
    [ADJUSTMENT_WAS_REJECTED] = { "adjustment.rejected", 1, &approval_decided_shape,
                                  evolve_rejected, NULL },
    [ADJUSTMENT_WAS_SUCCEEDED] = { "adjustment.succeeded", 1, &shape_empty, evolve_succeeded,
                                   NULL },
    [ADJUSTMENT_WAS_FAILED] = { "adjustment.failed", 1, &verdict_shape, evolve_failed, NULL },
    [ADJUSTMENT_WAS_PARKED] = { "adjustment.parked", 1, &verdict_shape, evolve_parked, NULL },
};
//  clang-format on

const aggregate_type_t adjustment_aggregate = {
    .name = "adjustment",
    .kind = OID_ADJUSTMENT,
    .state = &state_shape,
    .commands = commands,
    .command_count = COUNT (commands),
    .events = events,
    .event_count = COUNT (events),
    .invariant = adjustment_invariant,
    .finished = adjustment_finished,
    .parked = adjustment_parked,
};
