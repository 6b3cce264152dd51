//  payment - rules of an order that is paid. Pure: no I/O, clock or allocation here.

#include "actors/payment.h"
#include "actors/member.h"
#include "actors/merchant.h"
#include "actors/wallet.h"

static const field_t attempt_fields [] = {
    FIELD (OID, payment_attempt_t, member),       FIELD (I64, payment_attempt_t, amount_minor),
    FIELD (U32, payment_attempt_t, verdict),      FIELD (U32, payment_attempt_t, version),
    FIELD (I64, payment_attempt_t, failed_at_ms),
};

static const shape_t attempt_shape = SHAPE (payment_attempt_t, attempt_fields);

static const field_t state_fields [] = {
    FIELD (U8, payment_t, status),
    FIELD (BOOL, payment_t, delayed),
    FIELD (U32, payment_t, attempt),
    FIELD (OID, payment_t, member),
    FIELD (OID, payment_t, merchant),
    FIELD (I64, payment_t, amount_minor),
    FIELD (I64, payment_t, captured_minor),
    FIELD (I64, payment_t, approved_at_ms),
    FIELD (U32, payment_t, verdict),
    FIELD (TEXT, payment_t, currency),
    FIELD (TEXT, payment_t, order_id),
    FIELD (U32, payment_t, version),
    FIELD_OF (payment_t, failed, failed_count, attempt_shape),
};

static const shape_t state_shape = SHAPE (payment_t, state_fields);

static const field_t create_fields [] = {
    FIELD (OID, payment_create_t, member),         FIELD (OID, payment_create_t, merchant),
    FIELD (TEXT, payment_create_t, order_id),      FIELD (I64, payment_create_t, amount_minor),
    FIELD (TEXT, payment_create_t, currency),      FIELD (U8, payment_create_t, member_status),
    FIELD (U8, payment_create_t, merchant_status),
};

static const shape_t create_shape = SHAPE (payment_create_t, create_fields);

static const field_t confirm_fields [] = {
    FIELDS_REFERENCE (payment_confirm_t, reference),
    FIELD (I64, payment_confirm_t, amount_minor),
    FIELD (U32, payment_confirm_t, fee_bps),
};

static const shape_t confirm_shape = SHAPE (payment_confirm_t, confirm_fields);

static const field_t requested_fields [] = {
    FIELD (U32, payment_requested_t, attempt),      FIELD (OID, payment_requested_t, member),
    FIELD (OID, payment_requested_t, merchant),     FIELD (TEXT, payment_requested_t, order_id),
    FIELD (I64, payment_requested_t, amount_minor), FIELD (TEXT, payment_requested_t, currency),
};

static const shape_t requested_shape = SHAPE (payment_requested_t, requested_fields);

static const field_t captured_fields [] = {
    FIELDS_REFERENCE (payment_captured_t, reference),
    FIELD (I64, payment_captured_t, amount_minor),
};

static const shape_t captured_shape = SHAPE (payment_captured_t, captured_fields);

static const field_t failed_fields [] = {
    FIELD (U32, payment_failed_t, verdict),
};

static const shape_t failed_shape = SHAPE (payment_failed_t, failed_fields);

//  ---------------------------------------------------------------------------
//  Deciding

static verdict_t
s_facts (const payment_create_t *create)
{
    verdict_t verdict = member_may_move_money (create->member_status);
    if (verdict != VERDICT_ACCEPTED) {
        return verdict;
    }
    switch (create->merchant_status) {
    case MERCHANT_ACTIVE: return VERDICT_ACCEPTED;
    case MERCHANT_SUSPENDED: return VERDICT_MERCHANT_SUSPENDED;
    default: return VERDICT_MERCHANT_NOT_FOUND;
    }
}

static void
s_ask_wallet (decision_t *decision, const payment_requested_t *requested)
{
    wallet_pay_t pay = {
        .reference = { decision->self, LEG_CAPTURE, requested->attempt },
        .amount_minor = requested->amount_minor,
        .payee = requested->merchant,
    };
    memcpy (pay.currency, requested->currency, sizeof pay.currency);
    decision_ask (decision, oid_as (requested->member, OID_WALLET), WALLET_PAY, &pay,
                  ANSWER_REFUSAL, PAYMENT_ANSWERED, requested->attempt);
    decision_timer (decision, PAYMENT_DEADLINE,
                    decision->now_ms + decision->limits->step_deadline_ms);
}

static verdict_t
decide_create (const void *state, const void *command, decision_t *decision)
{
    const payment_t *payment = state;
    const payment_create_t *create = command;

    if (payment->status != PAYMENT_ABSENT && payment->status != PAYMENT_FAILED) {
        return VERDICT_ORDER_EXISTS;
    }
    if (payment->attempt >= PAYMENT_ATTEMPTS_MAX) {
        return VERDICT_ATTEMPT_LIMIT_EXCEEDED;
    }
    if (!money_valid (create->amount_minor)) {
        return VERDICT_AMOUNT_INVALID;
    }
    payment_requested_t requested = {
        .attempt = payment->attempt + 1,
        .member = create->member,
        .merchant = create->merchant,
        .amount_minor = create->amount_minor,
    };
    memcpy (requested.order_id, create->order_id, sizeof requested.order_id);
    memcpy (requested.currency, create->currency, sizeof requested.currency);
    decision_emit (decision, PAYMENT_WAS_REQUESTED, &requested);

    verdict_t verdict = s_facts (create);
    if (verdict != VERDICT_ACCEPTED) {
        return decision_emit (decision, PAYMENT_WAS_FAILED, &(payment_failed_t) { verdict });
    }
    s_ask_wallet (decision, &requested);
    return VERDICT_ACCEPTED;
}

//  Only a refusal of the attempt that is open ends it; acceptance is the merchant's
//  to tell.
static verdict_t
decide_answered (const void *state, const void *command, decision_t *decision)
{
    const payment_t *payment = state;
    const saga_answer_t *answer = command;

    if (payment->status != PAYMENT_REQUESTED || answer->step != payment->attempt
        || answer->verdict == VERDICT_ACCEPTED) {
        return VERDICT_ACCEPTED;
    }
    decision_timer (decision, PAYMENT_DEADLINE, 0);
    return decision_emit (decision, PAYMENT_WAS_FAILED, &(payment_failed_t) { answer->verdict });
}

static verdict_t
decide_confirm_capture (const void *state, const void *command, decision_t *decision)
{
    const payment_t *payment = state;
    const payment_confirm_t *capture = command;
    reference_t open = { decision->self, LEG_CAPTURE, payment->attempt };

    if (payment->status == PAYMENT_ABSENT) {
        return VERDICT_NOT_FOUND;
    }
    if (!reference_equal (capture->reference, open)
        || capture->amount_minor != payment->amount_minor) {
        return VERDICT_REFERENCE_REUSED;
    }
    if (payment->status == PAYMENT_CAPTURED) {
        return VERDICT_ACCEPTED;
    }
    if (payment->status != PAYMENT_REQUESTED) {
        return VERDICT_STATE_CONFLICT;
    }
    decision_timer (decision, PAYMENT_DEADLINE, 0);
    return decision_emit (decision, PAYMENT_WAS_CAPTURED,
                          &(payment_captured_t) { capture->reference, capture->amount_minor });
}

//  The outbox goes on delivering: nothing is asked again, somebody should look.
static verdict_t
decide_deadline (const void *state, const void *command, decision_t *decision)
{
    const payment_t *payment = state;
    (void) command;

    if (payment->status != PAYMENT_REQUESTED || payment->delayed) {
        return VERDICT_ACCEPTED;
    }
    return decision_emit (decision, PAYMENT_WAS_DELAYED, NULL);
}

//  ---------------------------------------------------------------------------
//  Evolving

static void
evolve_requested (void *state, const void *event, int64_t at_ms)
{
    payment_t *payment = state;
    const payment_requested_t *requested = event;
    (void) at_ms;

    payment->version++;
    payment->status = PAYMENT_REQUESTED;
    payment->attempt = requested->attempt;
    payment->member = requested->member;
    payment->merchant = requested->merchant;
    payment->amount_minor = requested->amount_minor;
    payment->verdict = VERDICT_ACCEPTED;
    memcpy (payment->currency, requested->currency, sizeof payment->currency);
    memcpy (payment->order_id, requested->order_id, sizeof payment->order_id);
}

static void
evolve_captured (void *state, const void *event, int64_t at_ms)
{
    payment_t *payment = state;
    const payment_captured_t *captured = event;

    payment->version++;
    payment->status = PAYMENT_CAPTURED;
    payment->delayed = false;
    payment->captured_minor += captured->amount_minor;
    payment->approved_at_ms = at_ms;
}

//  A journal from before the limit may hold more attempts: those are not kept.
static void
evolve_failed (void *state, const void *event, int64_t at_ms)
{
    payment_t *payment = state;
    const payment_failed_t *failed = event;

    payment->version++;
    payment->status = PAYMENT_FAILED;
    payment->delayed = false;
    payment->verdict = failed->verdict;
    if (payment->failed_count < PAYMENT_ATTEMPTS_MAX) {
        payment->failed [payment->failed_count++] = (payment_attempt_t) {
            .member = payment->member,
            .amount_minor = payment->amount_minor,
            .verdict = failed->verdict,
            .version = payment->version,
            .failed_at_ms = at_ms,
        };
    }
}

static void
evolve_delayed (void *state, const void *event, int64_t at_ms)
{
    payment_t *payment = state;
    (void) event, (void) at_ms;
    payment->version++;
    payment->delayed = true;
}

const payment_attempt_t *
payment_attempt_at (const payment_t *self, uint64_t version)
{
    for (size_t index = 0; index < self->failed_count; index++) {
        if (version <= self->failed [index].version) {
            return &self->failed [index];
        }
    }
    return NULL;
}

static bool
payment_invariant (const void *state)
{
    const payment_t *payment = state;
    if (payment->status == PAYMENT_ABSENT) {
        return payment->attempt == 0;
    }
    int64_t captured_minor = payment->status == PAYMENT_CAPTURED ? payment->amount_minor : 0;
    uint32_t failed = payment->attempt - (payment->status != PAYMENT_FAILED);
    if (failed > PAYMENT_ATTEMPTS_MAX) {
        failed = PAYMENT_ATTEMPTS_MAX;
    }
    return payment->status <= PAYMENT_FAILED && payment->attempt > 0
           && payment->failed_count == failed && payment->version >= payment->attempt
           && money_valid (payment->amount_minor) && payment->captured_minor == captured_minor;
}

static bool
payment_finished (const void *state)
{
    const payment_t *payment = state;
    return payment->status == PAYMENT_CAPTURED || payment->status == PAYMENT_FAILED;
}

static const command_rule_t commands [] = {
    [PAYMENT_CREATE] = { "payment.create", &create_shape, decide_create },
    [PAYMENT_ANSWERED] = { "payment.answered", &saga_answer_shape, decide_answered },
    [PAYMENT_CONFIRM_CAPTURE] = { "payment.confirm_capture", &confirm_shape,
                                  decide_confirm_capture },
    [PAYMENT_DEADLINE] = { "payment.deadline", &shape_empty, decide_deadline },
};

static const event_rule_t events [] = {
    [PAYMENT_WAS_REQUESTED] = { "payment.requested", 1, &requested_shape, evolve_requested, NULL },
    [PAYMENT_WAS_CAPTURED] = { "payment.captured", 1, &captured_shape, evolve_captured, NULL },
    [PAYMENT_WAS_FAILED] = { "payment.failed", 1, &failed_shape, evolve_failed, NULL },
    [PAYMENT_WAS_DELAYED] = { "payment.delayed", 1, &shape_empty, evolve_delayed, NULL },
};

const aggregate_type_t payment_aggregate = {
    .name = "payment",
    .kind = OID_PAYMENT,
    .state = &state_shape,
    .commands = commands,
    .command_count = COUNT (commands),
    .events = events,
    .event_count = COUNT (events),
    .invariant = payment_invariant,
    .finished = payment_finished,
};
