//  remittance - rules of sending money. Pure: no I/O, clock or allocation here.

#include "actors/remittance.h"
#include "actors/bank_account.h"
#include "actors/member.h"
#include "actors/remittance_asks.h"
#include "actors/remittance_evolve.h"
#include "actors/remittance_operators.h"

//  ---------------------------------------------------------------------------
//  Steps and ends

//  Recharge and transfer have deadlines of their own.
static verdict_t
s_go_on (decision_t *decision, const remittance_request_t *request, remittance_step_t step)
{
    remittance_step_asked_t asked = { .step = (uint8_t) step };

    if (step == REMITTANCE_RECHARGING || step == REMITTANCE_TRANSFERRING) {
        decision_timer (decision, REMITTANCE_DEADLINE, 0);
        asked.child = step == REMITTANCE_RECHARGING ? remittance_ask_recharge (decision, request)
                                                    : remittance_ask_transfer (decision, request);
    }
    else {
        remittance_ask_wallet (decision, request, step, 1);
    }
    return decision_emit (decision, REMITTANCE_WENT_ON, &asked);
}

//  A bank said no: the hold is released. The receiver's wallet did: the money returns.
static verdict_t
s_release (const remittance_t *remittance, verdict_t verdict, const char *reason,
           decision_t *decision)
{
    remittance_turn_t turn = { .step = REMITTANCE_RELEASING, .verdict = verdict };
    if (reason) {
        memcpy (turn.reason, reason, sizeof turn.reason);
    }
    remittance_ask_wallet (decision, &remittance->request, REMITTANCE_RELEASING, 1);
    return decision_emit (decision, REMITTANCE_TURNED_BACK, &turn);
}

static verdict_t
s_return (const remittance_t *remittance, verdict_t verdict, decision_t *decision)
{
    remittance_ask_return (decision, remittance, 1);
    return decision_emit (decision, REMITTANCE_TURNED_BACK,
                          &(remittance_turn_t) { .step = REMITTANCE_RETURNING,
                                                 .verdict = verdict });
}

static verdict_t
s_end (decision_t *decision, remittance_event_t event)
{
    decision_timer (decision, REMITTANCE_DEADLINE, 0);
    return decision_emit (decision, (uint8_t) event, NULL);
}

static verdict_t
s_fail (decision_t *decision, verdict_t verdict, const char *reason)
{
    remittance_failure_t failure = { .verdict = verdict };
    if (reason) {
        memcpy (failure.reason, reason, sizeof failure.reason);
    }
    decision_timer (decision, REMITTANCE_DEADLINE, 0);
    return decision_emit (decision, REMITTANCE_WAS_FAILED, &failure);
}

//  Nothing has left the sender's wallet, and the receiver's need not wait for it.
static verdict_t
s_call_off (const remittance_t *remittance, verdict_t verdict, decision_t *decision)
{
    const remittance_request_t *request = &remittance->request;
    if (!remittance_to_bank (request)) {
        remittance_unexpect (decision, request);
    }
    return s_fail (decision, verdict, NULL);
}

//  What a wallet refused after its deadline is no longer waited for: that is kept.
static verdict_t
s_park (const remittance_t *remittance, verdict_t verdict, decision_t *decision)
{
    bool known =
        remittance->verdict != VERDICT_DEADLINE_EXCEEDED || verdict == VERDICT_DEADLINE_EXCEEDED;
    if (remittance->status == REMITTANCE_PARKED && known) {
        return VERDICT_ACCEPTED;
    }
    decision_timer (decision, REMITTANCE_DEADLINE, 0);
    return decision_emit (decision, REMITTANCE_WAS_PARKED,
                          &(remittance_failure_t) { .verdict = verdict });
}

//  ---------------------------------------------------------------------------
//  The start

static verdict_t
s_receiver_may (uint8_t status)
{
    return status == MEMBER_ABSENT ? VERDICT_RECIPIENT_NOT_FOUND : member_may_move_money (status);
}

//  The cap on a movement is the wallet's to check; here it only saves a recharge that
//  would be in vain.
static verdict_t
s_facts (const remittance_start_t *start, const remittance_request_t *request,
         const limits_t *limits)
{
    verdict_t verdict = member_may_move_money (start->sender_status);
    if (verdict == VERDICT_ACCEPTED && !remittance_to_bank (request)) {
        verdict = s_receiver_may (start->receiver_status);
    }
    if (verdict == VERDICT_ACCEPTED && request->amount_minor > limits->wallet_movement_minor) {
        verdict = VERDICT_AMOUNT_LIMIT_EXCEEDED;
    }
    if (verdict == VERDICT_ACCEPTED && request->recharge_minor > 0) {
        verdict =
            bank_account_usable (start->account_status, start->account_member, request->sender);
    }
    return verdict;
}

//  As it will be kept: with what is to be charged, and no account if nothing is.
static remittance_request_t
s_decided_request (const remittance_start_t *start)
{
    remittance_request_t request = start->request;
    int64_t short_minor = request.amount_minor - start->available_minor;

    request.recharge_minor = 0;
    if (start->auto_recharge && short_minor > 0) {
        request.recharge_minor = money_recharge_minor (short_minor);
    }
    else {
        request.bank_account = (oid_t) { 0 };
        memset (&request.source, 0, sizeof request.source);
    }
    return request;
}

static bool
s_same_request (const remittance_request_t *one, const remittance_request_t *other)
{
    return oid_equal (one->sender, other->sender) && oid_equal (one->receiver, other->receiver)
           && strcmp (one->to.bank_code, other->to.bank_code) == 0
           && one->amount_minor == other->amount_minor
           && strcmp (one->currency, other->currency) == 0;
}

static remittance_step_t
s_step_of_money (const remittance_request_t *request)
{
    if (request->recharge_minor > 0) {
        return REMITTANCE_RECHARGING;
    }
    return remittance_to_bank (request) ? REMITTANCE_HOLDING : REMITTANCE_DEBITING;
}

static verdict_t
decide_start (const void *state, const void *command, decision_t *decision)
{
    const remittance_t *remittance = state;
    const remittance_start_t *start = command;

    if (remittance->status != REMITTANCE_NONE) {
        return s_same_request (&remittance->request, &start->request) ? VERDICT_ACCEPTED
                                                                      : VERDICT_ALREADY_EXISTS;
    }
    if (!money_valid (start->request.amount_minor)) {
        return VERDICT_AMOUNT_INVALID;
    }
    if (oid_equal (start->request.sender, start->request.receiver)) {
        return VERDICT_SAME_MEMBER;
    }
    remittance_requested_t requested = { s_decided_request (start) };
    const remittance_request_t *request = &requested.request;
    decision_emit (decision, REMITTANCE_WAS_REQUESTED, &requested);
    verdict_t verdict = s_facts (start, request, decision->limits);
    if (verdict != VERDICT_ACCEPTED) {
        return s_fail (decision, verdict, NULL);
    }
    return s_go_on (decision, request,
                    remittance_to_bank (request) ? s_step_of_money (request)
                                                 : REMITTANCE_EXPECTING);
}

//  ---------------------------------------------------------------------------
//  Answers

static verdict_t
s_accepted (const remittance_t *remittance, decision_t *decision)
{
    const remittance_request_t *request = &remittance->request;
    bool to_bank = remittance_to_bank (request);

    switch (remittance->step) {
    case REMITTANCE_EXPECTING: return s_go_on (decision, request, s_step_of_money (request));
    case REMITTANCE_DEBITING: return s_go_on (decision, request, REMITTANCE_CREDITING);
    case REMITTANCE_HOLDING:
        return s_go_on (decision, request,
                        to_bank ? REMITTANCE_TRANSFERRING : REMITTANCE_CAPTURING);
    case REMITTANCE_CAPTURING:
        return to_bank ? s_end (decision, REMITTANCE_WAS_SUCCEEDED)
                       : s_go_on (decision, request, REMITTANCE_CREDITING);
    case REMITTANCE_CREDITING: return s_end (decision, REMITTANCE_WAS_SUCCEEDED);
    case REMITTANCE_RETURNING: return s_end (decision, REMITTANCE_WAS_COMPENSATED);
    case REMITTANCE_RELEASING:
        return s_fail (decision, (verdict_t) remittance->cause, remittance->reason);
    default: return VERDICT_ACCEPTED;
    }
}

static verdict_t
s_refused (const remittance_t *remittance, verdict_t verdict, decision_t *decision)
{
    const remittance_request_t *request = &remittance->request;

    switch (remittance->step) {
    case REMITTANCE_EXPECTING: return s_fail (decision, verdict, NULL);
    case REMITTANCE_RECHARGING:
    case REMITTANCE_DEBITING:
    case REMITTANCE_HOLDING: return s_call_off (remittance, verdict, decision);
    case REMITTANCE_TRANSFERRING: return s_release (remittance, verdict, NULL, decision);
    case REMITTANCE_CAPTURING: return s_park (remittance, verdict, decision);
    case REMITTANCE_CREDITING: return s_return (remittance, verdict, decision);
    case REMITTANCE_RETURNING:
        decision_timer (decision, REMITTANCE_DEADLINE, 0);
        return decision_emit (decision, REMITTANCE_WAS_SET_ASIDE,
                              &(remittance_set_aside_t) { request->amount_minor, verdict });
    case REMITTANCE_RELEASING:
        return s_fail (decision, (verdict_t) remittance->cause, remittance->reason);
    default: return VERDICT_ACCEPTED;
    }
}

//  An answer counts only for the step that asked; others come late and change nothing.
static verdict_t
decide_answered (const void *state, const void *command, decision_t *decision)
{
    const remittance_t *remittance = state;
    const saga_answer_t *answer = command;

    if (answer->step != remittance->step) {
        return VERDICT_ACCEPTED;
    }
    return answer->verdict == VERDICT_ACCEPTED
               ? s_accepted (remittance, decision)
               : s_refused (remittance, (verdict_t) answer->verdict, decision);
}

static verdict_t
decide_recharged (const void *state, const void *command, decision_t *decision)
{
    const remittance_t *remittance = state;
    const recharge_outcome_t *outcome = command;

    if (remittance->step != REMITTANCE_RECHARGING
        || !oid_equal (outcome->recharge, remittance->recharge)) {
        return VERDICT_ACCEPTED;
    }
    switch (outcome->status) {
    case RECHARGE_SUCCEEDED: return s_go_on (decision, &remittance->request, REMITTANCE_HOLDING);
    case RECHARGE_PARKED: return s_park (remittance, (verdict_t) outcome->verdict, decision);
    default: return s_call_off (remittance, (verdict_t) outcome->verdict, decision);
    }
}

static verdict_t
decide_transferred (const void *state, const void *command, decision_t *decision)
{
    const remittance_t *remittance = state;
    const bank_transfer_outcome_t *outcome = command;

    if (remittance->step != REMITTANCE_TRANSFERRING
        || !oid_equal (outcome->transfer, remittance->transfer)) {
        return VERDICT_ACCEPTED;
    }
    switch (outcome->status) {
    case BANK_TRANSFER_SUCCEEDED:
        return s_go_on (decision, &remittance->request, REMITTANCE_CAPTURING);
    case BANK_TRANSFER_FAILED:
        return s_release (remittance, VERDICT_BANK_DECLINED, outcome->reason, decision);
    default: return s_park (remittance, VERDICT_BANK_UNAVAILABLE, decision);
    }
}

//  The outbox goes on delivering: nothing is asked again, somebody should look.
static verdict_t
decide_deadline (const void *state, const void *command, decision_t *decision)
{
    const remittance_t *remittance = state;
    (void) command;

    switch (remittance->step) {
    case REMITTANCE_EXPECTING:
    case REMITTANCE_DEBITING:
    case REMITTANCE_HOLDING:
    case REMITTANCE_CAPTURING:
    case REMITTANCE_CREDITING:
    case REMITTANCE_RETURNING:
    case REMITTANCE_RELEASING: return s_park (remittance, VERDICT_DEADLINE_EXCEEDED, decision);
    default: return VERDICT_ACCEPTED;
    }
}

//  ---------------------------------------------------------------------------
//  The tables

//  clang-format off
static const command_rule_t commands [] = {
    [REMITTANCE_START] = { "remittance.start", &remittance_start_shape, decide_start },
    [REMITTANCE_ANSWERED] = { "remittance.answered", &saga_answer_shape, decide_answered },
    [REMITTANCE_RECHARGED] = { "remittance.recharged", &recharge_outcome_shape, decide_recharged },
    [REMITTANCE_TRANSFERRED] = { "remittance.transferred", &bank_transfer_outcome_shape,
                                 decide_transferred },
    [REMITTANCE_DEADLINE] = { "remittance.deadline", &shape_empty, decide_deadline },
    [REMITTANCE_RETRY] = { "remittance.retry", &shape_empty, remittance_decide_retry },
    [REMITTANCE_RESOLVE] = { "remittance.resolve", &saga_resolve_shape, remittance_decide_resolve },
};

static const event_rule_t events [] = {
    [REMITTANCE_WAS_REQUESTED] = { "remittance.requested", 1, &remittance_requested_shape,
                                   remittance_evolve_requested, NULL },
    [REMITTANCE_WENT_ON] = { "remittance.went_on", 1, &remittance_step_shape,
                             remittance_evolve_went_on, NULL },
    [REMITTANCE_TURNED_BACK] = { "remittance.turned_back", 1, &remittance_turn_shape,
                                 remittance_evolve_turned_back, NULL },
    [REMITTANCE_WAS_SUCCEEDED] = { "remittance.succeeded", 1, &shape_empty,
                                   remittance_evolve_succeeded, NULL },
    [REMITTANCE_WAS_FAILED] = { "remittance.failed", 1, &remittance_failure_shape,
                                remittance_evolve_failed, NULL },
    [REMITTANCE_WAS_COMPENSATED] = { "remittance.compensated", 1, &shape_empty,
                                     remittance_evolve_compensated, NULL },
    [REMITTANCE_WAS_PARKED] = { "remittance.parked", 1, &remittance_failure_shape,
                                remittance_evolve_parked, NULL },
    [REMITTANCE_WAS_SET_ASIDE] = { "remittance.set_aside", 1, &remittance_set_aside_shape,
                                   remittance_evolve_set_aside, remittance_post_set_aside },
    [REMITTANCE_WAS_RETRIED] = { "remittance.retried", 1, &remittance_retried_shape,
                                 remittance_evolve_retried, remittance_post_retried },
    [REMITTANCE_WAS_GIVEN_UP] = { "remittance.given_up", 1, &saga_given_up_shape,
                                  remittance_evolve_given_up, NULL },
};
//  clang-format on

const aggregate_type_t remittance_aggregate = {
    .name = "remittance",
    .kind = OID_REMITTANCE,
    .state = &remittance_state_shape,
    .commands = commands,
    .command_count = COUNT (commands),
    .events = events,
    .event_count = COUNT (events),
    .invariant = remittance_invariant,
    .finished = remittance_finished,
    .parked = remittance_parked,
    .retry_command = REMITTANCE_RETRY,
    .resolve_command = REMITTANCE_RESOLVE,
};
