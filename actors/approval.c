//  approval - rules of two operators. Pure: no I/O, clock or allocation here.

#include "actors/approval.h"

#define FIELDS_REQUEST(type, at)                                                                   \
    FIELD (OID, type, at subject), FIELD (U8, type, at command),                                   \
        FIELD (U8, type, at reject_command), FIELD (I64, type, at amount_minor),                   \
        FIELD (TEXT, type, at proposer), FIELD (TEXT, type, at reason),                            \
        FIELD (U8, type, at decision), FIELD (TEXT, type, at bank_reference)

static const field_t request_fields [] = {
    FIELDS_REQUEST (approval_request_t, ),
    FIELD (I64, approval_request_t, version),
};

static const shape_t request_shape = SHAPE (approval_request_t, request_fields);

static const field_t state_fields [] = {
    FIELD (U8, approval_t, status),           FIELD (TEXT, approval_t, decider),
    FIELD (TEXT, approval_t, decided_reason), FIELDS_REQUEST (approval_t, request.),
    FIELD (I64, approval_t, request.version), FIELD (U8, approval_t, effect),
    FIELD (U32, approval_t, verdict),
};

static const shape_t state_shape = SHAPE (approval_t, state_fields);

static const field_t decide_fields [] = {
    FIELD (TEXT, approval_decide_t, operator),
    FIELD (TEXT, approval_decide_t, reason),
    FIELD (BOOL, approval_decide_t, asks),
};

static const shape_t decide_shape = SHAPE (approval_decide_t, decide_fields);

static const field_t decided_fields [] = {
    FIELD (OID, approval_decided_t, approval),
    FIELD (TEXT, approval_decided_t, operator),
    FIELD (TEXT, approval_decided_t, reason),
};

const shape_t approval_decided_shape = SHAPE (approval_decided_t, decided_fields);

static const field_t taken_fields [] = {
    FIELD (U32, approval_taken_t, verdict),
};

static const shape_t taken_shape = SHAPE (approval_taken_t, taken_fields);

//  ---------------------------------------------------------------------------
//  For those who propose

static void
s_propose (decision_t *decision, oid_t approval, const approval_request_t *request)
{
    approval_request_t proposal = *request;
    proposal.subject = decision->self;
    decision_tell (decision, approval, APPROVAL_PROPOSE, &proposal);
}

oid_t
approval_propose (decision_t *decision, const approval_request_t *request, uint32_t ordinal)
{
    oid_t approval = decision_derive (decision, OID_APPROVAL, decision->self, "approval", ordinal);
    s_propose (decision, approval, request);
    return approval;
}

verdict_t
approval_proposes_resolve (decision_t *decision, const saga_resolve_t *resolve, uint8_t command,
                           int64_t amount_minor, uint32_t events, bool *ret_proposed)
{
    bool confirmed = decision->asker.kind == OID_APPROVAL && resolve->confirmed_by [0];
    *ret_proposed = !confirmed && approval_needed (decision->limits, amount_minor);
    if (confirmed && resolve->version && resolve->version != (int64_t) decision->version) {
        return VERDICT_PROPOSAL_STALE;
    }
    if (!*ret_proposed) {
        return VERDICT_ACCEPTED;
    }
    approval_request_t request = {
        .command = command,
        .amount_minor = amount_minor,
        .decision = resolve->decision,
        .version = (int64_t) decision->version + events,
    };
    memcpy (request.proposer, resolve->operator, sizeof request.proposer);
    memcpy (request.reason, resolve->reason, sizeof request.reason);
    memcpy (request.bank_reference, resolve->bank_reference, sizeof request.bank_reference);
    s_propose (decision, resolve->approval, &request);
    decision->object = resolve->approval;
    return VERDICT_ACCEPTED;
}

verdict_t
approval_give_up (decision_t *decision, const saga_resolve_t *resolve, uint8_t command,
                  uint8_t event, int64_t held_minor, bool *ret_ended)
{
    *ret_ended = false;
    if (resolve->decision != SAGA_GIVE_UP) {
        return VERDICT_STATE_CONFLICT;
    }
    bool proposed;
    verdict_t verdict = approval_proposes_resolve (decision, resolve, command, held_minor,
                                                   /* events= */ 0, &proposed);
    if (verdict != VERDICT_ACCEPTED || proposed) {
        return verdict;
    }
    saga_given_up_t given_up = { .amount_minor = held_minor };
    memcpy (given_up.operator, resolve->operator, sizeof given_up.operator);
    memcpy (given_up.reason, resolve->reason, sizeof given_up.reason);
    memcpy (given_up.confirmed_by, resolve->confirmed_by, sizeof given_up.confirmed_by);
    *ret_ended = true;
    return decision_emit (decision, event, &given_up);
}

//  ---------------------------------------------------------------------------
//  Deciding

static verdict_t
decide_propose (const void *state, const void *command, decision_t *decision)
{
    const approval_t *approval = state;
    const approval_request_t *request = command;

    if (approval->status != APPROVAL_NONE) {
        return oid_equal (approval->request.subject, request->subject) ? VERDICT_ACCEPTED
                                                                       : VERDICT_ALREADY_EXISTS;
    }
    decision_timer (decision, APPROVAL_EXPIRE,
                    decision->now_ms + decision->limits->approval_expire_s * 1000);
    return decision_emit (decision, APPROVAL_WAS_PROPOSED, request);
}

static void
s_ask_subject (const approval_t *approval, uint8_t command, const void *payload,
               decision_t *decision)
{
    decision_ask (decision, approval->request.subject, command, payload, ANSWER_ALWAYS,
                  APPROVAL_ANSWERED, /* step= */ 1);
}

static void
s_ask_decided (const approval_t *approval, uint8_t command, const approval_decide_t *by,
               decision_t *decision)
{
    approval_decided_t decided = { .approval = decision->self };
    memcpy (decided.operator, by->operator, sizeof decided.operator);
    memcpy (decided.reason, by->reason, sizeof decided.reason);
    s_ask_subject (approval, command, &decided, decision);
}

static void
s_ask_resolve (const approval_t *approval, const approval_decide_t *by, decision_t *decision)
{
    const approval_request_t *request = &approval->request;
    saga_resolve_t resolve = {
        .decision = request->decision,
        .approval = decision->self,
        .version = request->version,
    };
    memcpy (resolve.operator, request->proposer, sizeof resolve.operator);
    memcpy (resolve.reason, request->reason, sizeof resolve.reason);
    memcpy (resolve.bank_reference, request->bank_reference, sizeof resolve.bank_reference);
    memcpy (resolve.confirmed_by, by->operator, sizeof resolve.confirmed_by);
    s_ask_subject (approval, request->command, &resolve, decision);
}

//  Whether this operator may decide now.
static verdict_t
s_may_decide (const approval_t *approval, const approval_decide_t *by)
{
    if (approval->status == APPROVAL_NONE) {
        return VERDICT_NOT_FOUND;
    }
    if (approval->status != APPROVAL_PROPOSED) {
        return VERDICT_STATE_CONFLICT;
    }
    return strcmp (by->operator, approval->request.proposer) == 0 ? VERDICT_SAME_OPERATOR
                                                                  : VERDICT_ACCEPTED;
}

static verdict_t
decide_confirm (const void *state, const void *command, decision_t *decision)
{
    const approval_t *approval = state;
    approval_decide_t by = *(const approval_decide_t *) command;
    verdict_t verdict = s_may_decide (approval, &by);
    if (verdict != VERDICT_ACCEPTED) {
        return verdict;
    }
    decision_timer (decision, APPROVAL_EXPIRE, 0);
    by.asks = true;
    if (approval->request.decision) {
        s_ask_resolve (approval, &by, decision);
    }
    else {
        s_ask_decided (approval, approval->request.command, &by, decision);
    }
    return decision_emit (decision, APPROVAL_WAS_CONFIRMED, &by);
}

static verdict_t
decide_reject (const void *state, const void *command, decision_t *decision)
{
    const approval_t *approval = state;
    approval_decide_t by = *(const approval_decide_t *) command;
    verdict_t verdict = s_may_decide (approval, &by);
    if (verdict != VERDICT_ACCEPTED) {
        return verdict;
    }
    decision_timer (decision, APPROVAL_EXPIRE, 0);
    by.asks = !approval->request.decision;
    if (by.asks) {
        s_ask_decided (approval, approval->request.reject_command, &by, decision);
    }
    return decision_emit (decision, APPROVAL_WAS_REJECTED, &by);
}

static verdict_t
decide_expire (const void *state, const void *command, decision_t *decision)
{
    const approval_t *approval = state;
    (void) command;

    if (approval->status != APPROVAL_PROPOSED) {
        return VERDICT_ACCEPTED;
    }
    if (!approval->request.decision) {  //  Nobody waits for what it says
        approval_decided_t decided = { .approval = decision->self };
        decision_tell (decision, approval->request.subject, approval->request.reject_command,
                       &decided);
    }
    return decision_emit (decision, APPROVAL_WAS_EXPIRED, NULL);
}

static verdict_t
decide_answered (const void *state, const void *command, decision_t *decision)
{
    const approval_t *approval = state;
    const saga_answer_t *answer = command;

    if (approval->effect != APPROVAL_EFFECT_ASKED) {
        return VERDICT_ACCEPTED;
    }
    return decision_emit (decision, APPROVAL_WAS_TAKEN, &(approval_taken_t) { answer->verdict });
}

//  ---------------------------------------------------------------------------
//  Evolving

static void
evolve_proposed (void *state, const void *event, int64_t at_ms)
{
    approval_t *approval = state;
    const approval_request_t *request = event;
    (void) at_ms;
    approval->status = APPROVAL_PROPOSED;
    approval->request = *request;
}

static void
s_evolve_decided (approval_t *approval, approval_status_t status, const approval_decide_t *by)
{
    approval->status = (uint8_t) status;
    approval->effect = by->asks ? APPROVAL_EFFECT_ASKED : APPROVAL_EFFECT_NONE;
    memcpy (approval->decider, by->operator, sizeof approval->decider);
    memcpy (approval->decided_reason, by->reason, sizeof approval->decided_reason);
}

static void
evolve_confirmed (void *state, const void *event, int64_t at_ms)
{
    (void) at_ms;
    s_evolve_decided (state, APPROVAL_CONFIRMED, event);
}

static void
evolve_rejected (void *state, const void *event, int64_t at_ms)
{
    (void) at_ms;
    s_evolve_decided (state, APPROVAL_REJECTED, event);
}

static void
evolve_expired (void *state, const void *event, int64_t at_ms)
{
    approval_t *approval = state;
    (void) event, (void) at_ms;
    approval->status = APPROVAL_EXPIRED;
}

static void
evolve_taken (void *state, const void *event, int64_t at_ms)
{
    approval_t *approval = state;
    (void) at_ms;
    approval->effect = APPROVAL_EFFECT_TAKEN;
    approval->verdict = ((const approval_taken_t *) event)->verdict;
}

//  What waits for an operator's word is at rest: its client is answered.
static bool
approval_finished (const void *state)
{
    return ((const approval_t *) state)->effect != APPROVAL_EFFECT_ASKED;
}

static bool
approval_invariant (const void *state)
{
    const approval_t *approval = state;
    const approval_request_t *request = &approval->request;
    if (approval->status == APPROVAL_NONE) {
        return oid_is_none (request->subject);
    }
    bool decided = approval->status == APPROVAL_CONFIRMED || approval->status == APPROVAL_REJECTED;
    return approval->status <= APPROVAL_EXPIRED && !oid_is_none (request->subject)
           && money_valid (request->amount_minor) && request->proposer [0]
           && approval->effect <= APPROVAL_EFFECT_TAKEN
           && (decided || approval->effect == APPROVAL_EFFECT_NONE)
           && (approval->effect == APPROVAL_EFFECT_TAKEN || approval->verdict == VERDICT_ACCEPTED)
           && decided == (approval->decider [0] != 0)
           && strcmp (approval->decider, request->proposer) != 0;
}

static const command_rule_t commands [] = {
    [APPROVAL_PROPOSE] = { "approval.propose", &request_shape, decide_propose },
    [APPROVAL_CONFIRM] = { "approval.confirm", &decide_shape, decide_confirm },
    [APPROVAL_REJECT] = { "approval.reject", &decide_shape, decide_reject },
    [APPROVAL_EXPIRE] = { "approval.expire", &shape_empty, decide_expire },
    [APPROVAL_ANSWERED] = { "approval.answered", &saga_answer_shape, decide_answered },
};

static const event_rule_t events [] = {
    [APPROVAL_WAS_PROPOSED] = { "approval.proposed", 1, &request_shape, evolve_proposed, NULL },
    [APPROVAL_WAS_CONFIRMED] = { "approval.confirmed", 1, &decide_shape, evolve_confirmed, NULL },
    [APPROVAL_WAS_REJECTED] = { "approval.rejected", 1, &decide_shape, evolve_rejected, NULL },
    [APPROVAL_WAS_EXPIRED] = { "approval.expired", 1, &shape_empty, evolve_expired, NULL },
    [APPROVAL_WAS_TAKEN] = { "approval.taken", 1, &taken_shape, evolve_taken, NULL },
};

const aggregate_type_t approval_aggregate = {
    .name = "approval",
    .kind = OID_APPROVAL,
    .state = &state_shape,
    .commands = commands,
    .command_count = COUNT (commands),
    .events = events,
    .event_count = COUNT (events),
    .invariant = approval_invariant,
    .finished = approval_finished,
};
