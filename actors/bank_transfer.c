//  bank_transfer - rules of firm banking. Pure: no I/O, clock or allocation here.

#include "actors/bank_transfer.h"
#include "actors/bank_transfer_evolve.h"
#include "actors/bank_transfer_final.h"

//  ---------------------------------------------------------------------------
//  Deciding

//  Always the same id and body, so the bank may be asked any number of times.
static void
s_ask_bank (decision_t *decision, const bank_transfer_request_t *request, bank_command_t question,
            uint32_t attempt)
{
    bank_party_t ours = { 0 };
    bool in = request->direction == BANK_TRANSFER_IN;
    bank_order_t order = {
        .transfer = decision->self,
        .from = in ? request->party : ours,
        .to = in ? ours : request->party,
        .amount_minor = request->amount_minor,
    };
    memcpy (order.currency, request->currency, sizeof order.currency);
    decision_ask (decision, bank_oid (), (uint8_t) question, &order, ANSWER_ALWAYS,
                  BANK_TRANSFER_ANSWERED, attempt);
}

static bool
s_same_request (const bank_transfer_request_t *one, const bank_transfer_request_t *other)
{
    return one->direction == other->direction && oid_equal (one->saga, other->saga)
           && one->notify == other->notify && one->amount_minor == other->amount_minor
           && strcmp (one->currency, other->currency) == 0
           && oid_equal (one->bank_account, other->bank_account);
}

static verdict_t
decide_request (const void *state, const void *command, decision_t *decision)
{
    const bank_transfer_t *transfer = state;
    const bank_transfer_request_t *request = command;

    if (transfer->status != BANK_TRANSFER_ABSENT) {
        return s_same_request (&transfer->request, request) ? VERDICT_ACCEPTED
                                                            : VERDICT_REFERENCE_REUSED;
    }
    if (!money_valid (request->amount_minor)) {
        return VERDICT_AMOUNT_INVALID;
    }
    s_ask_bank (decision, request, BANK_TRANSFER, 1);
    return decision_emit (decision, BANK_TRANSFER_WAS_REQUESTED, request);
}

//  next_ms: when to ask the bank all the same; 0: it has said so itself.
static verdict_t
s_settle (const bank_transfer_t *transfer, const bank_answered_t *answer, int64_t next_ms,
          decision_t *decision)
{
    bool succeeded = answer->result == BANK_SUCCEEDED;
    bank_transfer_settled_t settled = {
        .direction = transfer->request.direction,
        .saga = transfer->request.saga,
        .amount_minor = transfer->request.amount_minor,
        .party = transfer->request.party,
    };
    memcpy (settled.reason, answer->reason, sizeof settled.reason);
    memcpy (settled.bank_reference, answer->bank_reference, sizeof settled.bank_reference);
    decision_timer (decision, BANK_TRANSFER_INQUIRE, next_ms);
    bank_transfer_tell_saga (decision, transfer,
                             succeeded ? BANK_TRANSFER_SUCCEEDED : BANK_TRANSFER_FAILED,
                             settled.reason);
    return decision_emit (decision,
                          succeeded ? BANK_TRANSFER_WAS_SUCCEEDED : BANK_TRANSFER_WAS_FAILED,
                          &settled);
}

//  Only the answer to the last post counts: an older one has been followed up.
static verdict_t
s_not_known (const bank_transfer_t *transfer, const bank_answered_t *answer, decision_t *decision)
{
    bank_transfer_attempt_t attempt = { transfer->posts };
    int64_t since_ms = decision->now_ms - transfer->requested_at_ms;

    if (answer->step != transfer->posts) {
        return VERDICT_ACCEPTED;
    }
    if (transfer->status == BANK_TRANSFER_PARKED) {  //  An operator inquired: it stays so
        return transfer->asking ? decision_emit (decision, BANK_TRANSFER_WAS_PARKED, &attempt)
                                : VERDICT_ACCEPTED;
    }
    if (since_ms >= decision->limits->bank_inquiry_give_up_s * 1000) {
        decision_timer (decision, BANK_TRANSFER_INQUIRE, 0);
        bank_transfer_tell_saga (decision, transfer, BANK_TRANSFER_PARKED,
                                 (char [BANK_TEXT_SIZE]) { 0 });
        return decision_emit (decision, BANK_TRANSFER_WAS_PARKED, &attempt);
    }
    decision_timer (decision, BANK_TRANSFER_INQUIRE,
                    decision->now_ms + bank_backoff_ms (decision->limits, transfer->posts));
    return decision_emit (decision, BANK_TRANSFER_WAS_UNKNOWN, &attempt);
}

static verdict_t
decide_answered (const void *state, const void *command, decision_t *decision)
{
    const bank_transfer_t *transfer = state;
    const bank_answered_t *answer = command;
    bool known = answer->result == BANK_SUCCEEDED || answer->result == BANK_FAILED;

    if (transfer->posts == 0) {
        return VERDICT_NOT_FOUND;
    }
    if (bank_transfer_final (transfer)) {
        return bank_transfer_answered_again (transfer, answer, decision);
    }
    return known ? s_settle (transfer, answer, /* next_ms= */ 0, decision)
                 : s_not_known (transfer, answer, decision);
}

static verdict_t
decide_inquire (const void *state, const void *command, decision_t *decision)
{
    const bank_transfer_t *transfer = state;
    (void) command;

    if (transfer->status == BANK_TRANSFER_ABSENT) {
        return VERDICT_NOT_FOUND;
    }
    bool final = bank_transfer_final (transfer);
    if (final && !bank_transfer_unheard (transfer)) {
        return VERDICT_ACCEPTED;
    }
    if (transfer->posts == 0) {
        return VERDICT_STATE_CONFLICT;
    }
    if (transfer->asking) {  //  A timer that comes now has nothing to do: the answer sets it
        return VERDICT_INQUIRY_OPEN;
    }
    bank_transfer_attempt_t inquired = { transfer->posts + 1 };
    bool only_ask = final || bank_transfer_forgotten (transfer, decision);
    s_ask_bank (decision, &transfer->request, only_ask ? BANK_INQUIRY : BANK_TRANSFER,
                inquired.attempt);
    return decision_emit (decision, BANK_TRANSFER_INQUIRED, &inquired);
}

//  ---------------------------------------------------------------------------
//  Operators

static bool
s_same_instruction (const bank_transfer_t *transfer, const bank_transfer_instruction_t *other)
{
    return s_same_request (&transfer->request, &other->request)
           && strcmp (transfer->operator, other->operator) == 0;
}

static oid_t
s_propose (decision_t *decision, const bank_transfer_instruction_t *instruction)
{
    approval_request_t proposal = {
        .command = BANK_TRANSFER_APPROVE,
        .reject_command = BANK_TRANSFER_REJECT,
        .amount_minor = instruction->request.amount_minor,
    };
    memcpy (proposal.proposer, instruction->operator, sizeof proposal.proposer);
    memcpy (proposal.reason, instruction->reason, sizeof proposal.reason);
    return approval_propose (decision, &proposal, 1);
}

static verdict_t
decide_instruct (const void *state, const void *command, decision_t *decision)
{
    const bank_transfer_t *transfer = state;
    bank_transfer_instruction_t instruction = *(const bank_transfer_instruction_t *) command;
    bank_transfer_request_t *request = &instruction.request;

    if (transfer->status != BANK_TRANSFER_ABSENT) {
        return s_same_instruction (transfer, &instruction) ? VERDICT_ACCEPTED
                                                           : VERDICT_REFERENCE_REUSED;
    }
    if (!money_valid (request->amount_minor)) {
        return VERDICT_AMOUNT_INVALID;
    }
    request->saga = (oid_t) { 0 };
    request->notify = 0;
    request->attempt = 1;
    instruction.approval = (oid_t) { 0 };
    if (approval_needed (decision->limits, request->amount_minor)) {
        instruction.approval = s_propose (decision, &instruction);
        return decision_emit (decision, BANK_TRANSFER_WAS_INSTRUCTED, &instruction);
    }
    s_ask_bank (decision, request, BANK_TRANSFER, 1);
    decision_emit (decision, BANK_TRANSFER_WAS_INSTRUCTED, &instruction);
    return decision_emit (decision, BANK_TRANSFER_WAS_REQUESTED, request);
}

static bool
s_awaits (const bank_transfer_t *transfer, const approval_decided_t *decided)
{
    return transfer->status == BANK_TRANSFER_AWAITING_APPROVAL
           && oid_equal (transfer->approval, decided->approval);
}

static verdict_t
decide_approve (const void *state, const void *command, decision_t *decision)
{
    const bank_transfer_t *transfer = state;

    if (!s_awaits (transfer, command)) {
        return VERDICT_ACCEPTED;
    }
    s_ask_bank (decision, &transfer->request, BANK_TRANSFER, 1);
    decision_emit (decision, BANK_TRANSFER_WAS_APPROVED, command);
    return decision_emit (decision, BANK_TRANSFER_WAS_REQUESTED, &transfer->request);
}

static verdict_t
decide_reject (const void *state, const void *command, decision_t *decision)
{
    if (!s_awaits (state, command)) {
        return VERDICT_ACCEPTED;
    }
    return decision_emit (decision, BANK_TRANSFER_WAS_REJECTED, command);
}

//  The operator says what the bank's statement shows; the saga goes on as if the bank
//  had said it, and what the bank says later may contradict it. Not while it is asked:
//  what was posted may move the money after the statement was read.
static verdict_t
decide_resolve (const void *state, const void *command, decision_t *decision)
{
    const bank_transfer_t *transfer = state;
    const saga_resolve_t *resolve = command;
    bool succeeded = resolve->decision == SAGA_SUCCEEDED;

    if (transfer->status == BANK_TRANSFER_ABSENT) {
        return VERDICT_NOT_FOUND;
    }
    if (transfer->status != BANK_TRANSFER_PARKED
        || (!succeeded && resolve->decision != SAGA_FAILED)) {
        return VERDICT_STATE_CONFLICT;
    }
    if (transfer->asking) {
        return VERDICT_INQUIRY_OPEN;
    }
    bool proposed;
    verdict_t verdict =
        approval_proposes_resolve (decision, resolve, BANK_TRANSFER_RESOLVE,
                                   transfer->request.amount_minor, /* events= */ 1, &proposed);
    if (verdict != VERDICT_ACCEPTED) {
        return verdict;
    }
    if (proposed) {
        return decision_emit (decision, BANK_TRANSFER_RESOLVE_PROPOSED,
                              &(bank_transfer_proposed_t) { resolve->approval });
    }
    bank_answered_t answer = { .result = succeeded ? BANK_SUCCEEDED : BANK_FAILED };
    memcpy (answer.bank_reference, resolve->bank_reference, sizeof answer.bank_reference);
    decision_emit (decision, BANK_TRANSFER_WAS_RESOLVED, resolve);
    int64_t next_ms = bank_transfer_next_inquiry_ms (transfer, decision->now_ms, decision);
    return s_settle (transfer, &answer, next_ms, decision);
}

//  ---------------------------------------------------------------------------
//  The tables

//  clang-format off
static const command_rule_t commands [] = {
    [BANK_TRANSFER_REQUEST] = { "bank_transfer.request", &bank_transfer_request_shape,
                                decide_request },
    [BANK_TRANSFER_ANSWERED] = { "bank_transfer.answered", &bank_answered_shape, decide_answered },
    [BANK_TRANSFER_INQUIRE] = { "bank_transfer.inquire", &shape_empty, decide_inquire },
    [BANK_TRANSFER_INSTRUCT] = { "bank_transfer.instruct", &bank_transfer_instruction_shape,
                                 decide_instruct },
    [BANK_TRANSFER_APPROVE] = { "bank_transfer.approve", &approval_decided_shape, decide_approve },
    [BANK_TRANSFER_REJECT] = { "bank_transfer.reject", &approval_decided_shape, decide_reject },
    [BANK_TRANSFER_RESOLVE] = { "bank_transfer.resolve", &saga_resolve_shape, decide_resolve },
    [BANK_TRANSFER_CORRECT] = { "bank_transfer.correct", &bank_transfer_correct_shape,
                                bank_transfer_decide_correct },
};

static const event_rule_t events [] = {
    [BANK_TRANSFER_WAS_REQUESTED] = { "bank_transfer.requested", 1, &bank_transfer_request_shape,
                                      bank_transfer_evolve_requested,
                                      bank_transfer_postings_requested },
    [BANK_TRANSFER_WAS_SUCCEEDED] = { "bank_transfer.succeeded", 1, &bank_transfer_settled_shape,
                                      bank_transfer_evolve_succeeded,
                                      bank_transfer_postings_succeeded },
    [BANK_TRANSFER_WAS_FAILED] = { "bank_transfer.failed", 1, &bank_transfer_settled_shape,
                                   bank_transfer_evolve_failed, bank_transfer_postings_failed },
    [BANK_TRANSFER_WAS_UNKNOWN] = { "bank_transfer.unknown", 1, &bank_transfer_attempt_shape,
                                    bank_transfer_evolve_unknown, NULL },
    [BANK_TRANSFER_INQUIRED] = { "bank_transfer.inquired", 1, &bank_transfer_attempt_shape,
                                 bank_transfer_evolve_inquired, NULL },
    [BANK_TRANSFER_WAS_PARKED] = { "bank_transfer.parked", 1, &bank_transfer_attempt_shape,
                                   bank_transfer_evolve_parked, NULL },
    [BANK_TRANSFER_CONTRADICTED] = { "bank_transfer.contradicted", 1,
                                     &bank_transfer_contradicted_shape,
                                     bank_transfer_evolve_contradicted,
                                     bank_transfer_postings_contradicted },
    [BANK_TRANSFER_WAS_INSTRUCTED] = { "bank_transfer.instructed", 1,
                                       &bank_transfer_instruction_shape,
                                       bank_transfer_evolve_instructed, NULL },
    [BANK_TRANSFER_WAS_APPROVED] = { "bank_transfer.approved", 1, &approval_decided_shape,
                                     bank_transfer_evolve_approved, NULL },
    [BANK_TRANSFER_WAS_REJECTED] = { "bank_transfer.rejected", 1, &approval_decided_shape,
                                     bank_transfer_evolve_rejected, NULL },
    [BANK_TRANSFER_WAS_RESOLVED] = { "bank_transfer.resolved", 1, &saga_resolve_shape,
                                     bank_transfer_evolve_resolved, NULL },
    [BANK_TRANSFER_WAS_CONFIRMED] = { "bank_transfer.confirmed", 1, &bank_transfer_confirmed_shape,
                                      bank_transfer_evolve_confirmed, NULL },
    [BANK_TRANSFER_RESOLVE_PROPOSED] = { "bank_transfer.resolve_proposed", 1,
                                         &bank_transfer_proposed_shape,
                                         bank_transfer_evolve_resolve_proposed, NULL },
    [BANK_TRANSFER_WAS_FOUND] = { "bank_transfer.found", 1, &bank_transfer_correct_shape,
                                  bank_transfer_evolve_found, bank_transfer_postings_corrected },
    [BANK_TRANSFER_WAS_CORRECTED] = { "bank_transfer.corrected", 1, &bank_transfer_correct_shape,
                                      bank_transfer_evolve_corrected,
                                      bank_transfer_postings_corrected },
};
//  clang-format on

const aggregate_type_t bank_transfer_aggregate = {
    .name = "bank_transfer",
    .kind = OID_BANK_TRANSFER,
    .state = &bank_transfer_state_shape,
    .commands = commands,
    .command_count = COUNT (commands),
    .events = events,
    .event_count = COUNT (events),
    .invariant = bank_transfer_invariant,
    .finished = bank_transfer_finished,
    .parked = bank_transfer_parked,
    .retry_command = BANK_TRANSFER_INQUIRE,
    .resolve_command = BANK_TRANSFER_RESOLVE,
};
