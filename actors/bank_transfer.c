//  bank_transfer - rules of firm banking. Pure: no I/O, clock or allocation here.

#include "actors/bank_transfer.h"

static const field_t state_fields [] = {
    FIELD (U8, bank_transfer_t, status),
    FIELD (BOOL, bank_transfer_t, contradicted),
    FIELD (U32, bank_transfer_t, attempt),
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
};

static const shape_t state_shape = SHAPE (bank_transfer_t, state_fields);

static const field_t request_fields [] = {
    FIELD (U8, bank_transfer_request_t, direction),
    FIELD (OID, bank_transfer_request_t, saga),
    FIELD (U8, bank_transfer_request_t, notify),
    FIELD (OID, bank_transfer_request_t, bank_account),
    FIELDS_BANK_PARTY (bank_transfer_request_t, party),
    FIELD (I64, bank_transfer_request_t, amount_minor),
    FIELD (TEXT, bank_transfer_request_t, currency),
};

static const shape_t request_shape = SHAPE (bank_transfer_request_t, request_fields);

static const field_t settled_fields [] = {
    FIELD (U8, bank_transfer_settled_t, direction),
    FIELD (OID, bank_transfer_settled_t, saga),
    FIELD (I64, bank_transfer_settled_t, amount_minor),
    FIELD (TEXT, bank_transfer_settled_t, reason),
    FIELD (TEXT, bank_transfer_settled_t, bank_reference),
};

static const shape_t settled_shape = SHAPE (bank_transfer_settled_t, settled_fields);

static const field_t attempt_fields [] = {
    FIELD (U32, bank_transfer_attempt_t, attempt),
};

static const shape_t attempt_shape = SHAPE (bank_transfer_attempt_t, attempt_fields);

static const field_t contradicted_fields [] = {
    FIELD (U8, bank_transfer_contradicted_t, direction),
    FIELD (U8, bank_transfer_contradicted_t, result),
    FIELD (I64, bank_transfer_contradicted_t, amount_minor),
    FIELD (TEXT, bank_transfer_contradicted_t, reason),
    FIELD (TEXT, bank_transfer_contradicted_t, bank_reference),
};

static const shape_t contradicted_shape = SHAPE (bank_transfer_contradicted_t, contradicted_fields);

static const field_t outcome_fields [] = {
    FIELD (OID, bank_transfer_outcome_t, transfer),
    FIELD (U8, bank_transfer_outcome_t, status),
    FIELD (TEXT, bank_transfer_outcome_t, reason),
};

const shape_t bank_transfer_outcome_shape = SHAPE (bank_transfer_outcome_t, outcome_fields);

//  Deciding

//  Always the same id and body, so the bank may be asked any number of times.
static void
s_ask_bank (decision_t *decision, const bank_transfer_request_t *request, uint32_t attempt)
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
    decision_ask (decision, bank_oid (), BANK_TRANSFER, &order, ANSWER_ALWAYS,
                  BANK_TRANSFER_ANSWERED, attempt);
}

static void
s_tell_saga (decision_t *decision, const bank_transfer_t *transfer, bank_transfer_status_t status,
             const char *reason)
{
    bank_transfer_outcome_t outcome = { .transfer = decision->self, .status = (uint8_t) status };
    memcpy (outcome.reason, reason, sizeof outcome.reason);
    decision_tell (decision, transfer->request.saga, transfer->request.notify, &outcome);
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
    s_ask_bank (decision, request, 1);
    return decision_emit (decision, BANK_TRANSFER_WAS_REQUESTED, request);
}

static verdict_t
s_settle (const bank_transfer_t *transfer, const bank_answered_t *answer, decision_t *decision)
{
    bool succeeded = answer->result == BANK_SUCCEEDED;
    bank_transfer_settled_t settled = {
        .direction = transfer->request.direction,
        .saga = transfer->request.saga,
        .amount_minor = transfer->request.amount_minor,
    };
    memcpy (settled.reason, answer->reason, sizeof settled.reason);
    memcpy (settled.bank_reference, answer->bank_reference, sizeof settled.bank_reference);
    decision_timer (decision, BANK_TRANSFER_INQUIRE, 0);
    s_tell_saga (decision, transfer, succeeded ? BANK_TRANSFER_SUCCEEDED : BANK_TRANSFER_FAILED,
                 settled.reason);
    return decision_emit (decision,
                          succeeded ? BANK_TRANSFER_WAS_SUCCEEDED : BANK_TRANSFER_WAS_FAILED,
                          &settled);
}

//  The transfer is final already. The same word again is nothing new.
static verdict_t
s_contradict (const bank_transfer_t *transfer, const bank_answered_t *answer, decision_t *decision)
{
    bool same = (answer->result == BANK_SUCCEEDED) == (transfer->status == BANK_TRANSFER_SUCCEEDED);
    if (same || transfer->contradicted) {
        return VERDICT_ACCEPTED;
    }
    bank_transfer_contradicted_t contradicted = {
        .direction = transfer->request.direction,
        .result = answer->result,
        .amount_minor = transfer->request.amount_minor,
    };
    memcpy (contradicted.reason, answer->reason, sizeof contradicted.reason);
    memcpy (contradicted.bank_reference, answer->bank_reference,
            sizeof contradicted.bank_reference);
    return decision_emit (decision, BANK_TRANSFER_CONTRADICTED, &contradicted);
}

//  Only the answer to the last post counts: an older one has been followed up.
static verdict_t
s_not_known (const bank_transfer_t *transfer, const bank_answered_t *answer, decision_t *decision)
{
    bank_transfer_attempt_t attempt = { transfer->attempt };
    int64_t since_ms = decision->now_ms - transfer->requested_at_ms;

    if (transfer->status == BANK_TRANSFER_PARKED || answer->step != transfer->attempt) {
        return VERDICT_ACCEPTED;
    }
    if (since_ms >= decision->limits->bank_inquiry_give_up_s * 1000) {
        decision_timer (decision, BANK_TRANSFER_INQUIRE, 0);
        s_tell_saga (decision, transfer, BANK_TRANSFER_PARKED, (char [BANK_TEXT_SIZE]) { 0 });
        return decision_emit (decision, BANK_TRANSFER_WAS_PARKED, &attempt);
    }
    decision_timer (decision, BANK_TRANSFER_INQUIRE,
                    decision->now_ms + bank_backoff_ms (decision->limits, transfer->attempt));
    return decision_emit (decision, BANK_TRANSFER_WAS_UNKNOWN, &attempt);
}

static bool
s_final (const bank_transfer_t *transfer)
{
    return transfer->status == BANK_TRANSFER_SUCCEEDED || transfer->status == BANK_TRANSFER_FAILED;
}

static verdict_t
decide_answered (const void *state, const void *command, decision_t *decision)
{
    const bank_transfer_t *transfer = state;
    const bank_answered_t *answer = command;
    bool known = answer->result == BANK_SUCCEEDED || answer->result == BANK_FAILED;

    if (transfer->status == BANK_TRANSFER_ABSENT) {
        return VERDICT_NOT_FOUND;
    }
    if (s_final (transfer)) {
        return known ? s_contradict (transfer, answer, decision) : VERDICT_ACCEPTED;
    }
    return known ? s_settle (transfer, answer, decision) : s_not_known (transfer, answer, decision);
}

static verdict_t
decide_inquire (const void *state, const void *command, decision_t *decision)
{
    const bank_transfer_t *transfer = state;
    (void) command;

    if (transfer->status == BANK_TRANSFER_ABSENT) {
        return VERDICT_NOT_FOUND;
    }
    if (s_final (transfer)) {
        return VERDICT_ACCEPTED;
    }
    bank_transfer_attempt_t inquired = { transfer->attempt + 1 };
    s_ask_bank (decision, &transfer->request, inquired.attempt);
    return decision_emit (decision, BANK_TRANSFER_INQUIRED, &inquired);
}

//  Evolving

static void
evolve_requested (void *state, const void *event, int64_t at_ms)
{
    bank_transfer_t *transfer = state;
    const bank_transfer_request_t *request = event;

    transfer->status = BANK_TRANSFER_REQUESTED;
    transfer->attempt = 1;
    transfer->requested_at_ms = at_ms;
    transfer->request = *request;
}

static void
s_evolve_settled (bank_transfer_t *transfer, bank_transfer_status_t status,
                  const bank_transfer_settled_t *settled)
{
    transfer->status = (uint8_t) status;
    memcpy (transfer->reason, settled->reason, sizeof transfer->reason);
    memcpy (transfer->bank_reference, settled->bank_reference, sizeof transfer->bank_reference);
}

static void
evolve_succeeded (void *state, const void *event, int64_t at_ms)
{
    (void) at_ms;
    s_evolve_settled (state, BANK_TRANSFER_SUCCEEDED, event);
}

static void
evolve_failed (void *state, const void *event, int64_t at_ms)
{
    (void) at_ms;
    s_evolve_settled (state, BANK_TRANSFER_FAILED, event);
}

static void
evolve_unknown (void *state, const void *event, int64_t at_ms)
{
    bank_transfer_t *transfer = state;
    (void) event, (void) at_ms;
    transfer->status = BANK_TRANSFER_UNKNOWN;
}

static void
evolve_inquired (void *state, const void *event, int64_t at_ms)
{
    bank_transfer_t *transfer = state;
    const bank_transfer_attempt_t *inquired = event;
    (void) at_ms;
    transfer->attempt = inquired->attempt;
}

static void
evolve_parked (void *state, const void *event, int64_t at_ms)
{
    bank_transfer_t *transfer = state;
    (void) event, (void) at_ms;
    transfer->status = BANK_TRANSFER_PARKED;
}

static void
evolve_contradicted (void *state, const void *event, int64_t at_ms)
{
    bank_transfer_t *transfer = state;
    (void) event, (void) at_ms;
    transfer->contradicted = true;
}

//  The books

static void
postings_requested (oid_t self, const void *event, postings_t *postings)
{
    const bank_transfer_request_t *request = event;
    if (request->direction == BANK_TRANSFER_OUT) {
        postings_move (postings, account_of (ACCOUNT_BANK_TRANSIT, self),
                       account_single (ACCOUNT_BANK), request->amount_minor);
    }
}

static void
postings_succeeded (oid_t self, const void *event, postings_t *postings)
{
    const bank_transfer_settled_t *settled = event;
    account_t transit = account_of (ACCOUNT_TRANSIT, settled->saga);
    if (settled->direction == BANK_TRANSFER_OUT) {
        postings_move (postings, transit, account_of (ACCOUNT_BANK_TRANSIT, self),
                       settled->amount_minor);
    }
    else {
        postings_move (postings, account_single (ACCOUNT_BANK), transit, settled->amount_minor);
    }
}

static void
postings_failed (oid_t self, const void *event, postings_t *postings)
{
    const bank_transfer_settled_t *settled = event;
    if (settled->direction == BANK_TRANSFER_OUT) {
        postings_move (postings, account_single (ACCOUNT_BANK),
                       account_of (ACCOUNT_BANK_TRANSIT, self), settled->amount_minor);
    }
}

static void
postings_contradicted (oid_t self, const void *event, postings_t *postings)
{
    const bank_transfer_contradicted_t *contradicted = event;
    account_t bank = account_single (ACCOUNT_BANK);
    account_t suspense = account_single (ACCOUNT_SUSPENSE);
    (void) self;
    if (contradicted->result != BANK_SUCCEEDED) {
        return;
    }
    if (contradicted->direction == BANK_TRANSFER_OUT) {
        postings_move (postings, suspense, bank, contradicted->amount_minor);
    }
    else {
        postings_move (postings, bank, suspense, contradicted->amount_minor);
    }
}

static bool
bank_transfer_invariant (const void *state)
{
    const bank_transfer_t *transfer = state;
    const bank_transfer_request_t *request = &transfer->request;
    if (transfer->status == BANK_TRANSFER_ABSENT) {
        return transfer->attempt == 0;
    }
    return transfer->status <= BANK_TRANSFER_PARKED && transfer->attempt > 0
           && (request->direction == BANK_TRANSFER_IN || request->direction == BANK_TRANSFER_OUT)
           && money_valid (request->amount_minor) && !oid_is_none (request->saga)
           && (s_final (transfer) || !transfer->contradicted);
}

static bool
bank_transfer_finished (const void *state)
{
    const bank_transfer_t *transfer = state;
    return s_final (transfer) || transfer->status == BANK_TRANSFER_PARKED;
}

static bool
bank_transfer_parked (const void *state)
{
    return ((const bank_transfer_t *) state)->status == BANK_TRANSFER_PARKED;
}

//  clang-format off
static const command_rule_t commands [] = {
    [BANK_TRANSFER_REQUEST] = { "bank_transfer.request", &request_shape, decide_request },
    [BANK_TRANSFER_ANSWERED] = { "bank_transfer.answered", &bank_answered_shape, decide_answered },
    [BANK_TRANSFER_INQUIRE] = { "bank_transfer.inquire", &shape_empty, decide_inquire },
};

static const event_rule_t events [] = {
    [BANK_TRANSFER_WAS_REQUESTED] = { "bank_transfer.requested", 1, &request_shape,
                                      evolve_requested, postings_requested },
    [BANK_TRANSFER_WAS_SUCCEEDED] = { "bank_transfer.succeeded", 1, &settled_shape,
                                      evolve_succeeded, postings_succeeded },
    [BANK_TRANSFER_WAS_FAILED] = { "bank_transfer.failed", 1, &settled_shape, evolve_failed,
                                   postings_failed },
    [BANK_TRANSFER_WAS_UNKNOWN] = { "bank_transfer.unknown", 1, &attempt_shape, evolve_unknown,
                                    NULL },
    [BANK_TRANSFER_INQUIRED] = { "bank_transfer.inquired", 1, &attempt_shape, evolve_inquired,
                                 NULL },
    [BANK_TRANSFER_WAS_PARKED] = { "bank_transfer.parked", 1, &attempt_shape, evolve_parked, NULL },
    [BANK_TRANSFER_CONTRADICTED] = { "bank_transfer.contradicted", 1, &contradicted_shape,
                                     evolve_contradicted, postings_contradicted },
};
//  clang-format on

const aggregate_type_t bank_transfer_aggregate = {
    .name = "bank_transfer",
    .kind = OID_BANK_TRANSFER,
    .state = &state_shape,
    .commands = commands,
    .command_count = COUNT (commands),
    .events = events,
    .event_count = COUNT (events),
    .invariant = bank_transfer_invariant,
    .finished = bank_transfer_finished,
    .parked = bank_transfer_parked,
};
