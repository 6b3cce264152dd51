//  payment_moves - what may become of money that is held or captured. Pure.

#include "actors/payment_moves.h"
#include "actors/merchant.h"
#include "actors/payment_evolve.h"
#include "actors/refund.h"
#include "actors/wallet.h"

verdict_t
payment_merchant_usable (uint8_t merchant_status)
{
    switch (merchant_status) {
    case MERCHANT_ACTIVE: return VERDICT_ACCEPTED;
    case MERCHANT_SUSPENDED: return VERDICT_MERCHANT_SUSPENDED;
    default: return VERDICT_MERCHANT_NOT_FOUND;
    }
}

void
payment_watch (decision_t *decision, bool in_flight)
{
    int64_t due_ms = decision->now_ms + decision->limits->step_deadline_ms;
    decision_timer (decision, PAYMENT_DEADLINE, in_flight ? due_ms : 0);
}

static bool
s_has_room (const payment_t *payment)
{
    return payment->capture_count + payment->refund_count < PAYMENT_OPERATIONS_MAX;
}

//  Whether the hold is there and stays: for capture and cancel.
static verdict_t
s_holds (const payment_t *payment)
{
    switch (payment->status) {
    case PAYMENT_ABSENT: return VERDICT_NOT_FOUND;
    case PAYMENT_EXPIRED: return VERDICT_PAYMENT_EXPIRED;
    case PAYMENT_AUTHORIZED:
    case PAYMENT_PARTIALLY_CAPTURED: break;
    default: return VERDICT_STATE_CONFLICT;
    }
    if (payment->ending == PAYMENT_EXPIRING) {
        return VERDICT_PAYMENT_EXPIRED;
    }
    return payment->ending == PAYMENT_STAYS && payment->held_minor > 0 ? VERDICT_ACCEPTED
                                                                       : VERDICT_STATE_CONFLICT;
}

//  ---------------------------------------------------------------------------
//  Capturing

verdict_t
payment_start_capture (const payment_t *self, int64_t amount_minor, decision_t *decision)
{
    uint32_t ordinal = self->attempt + self->capture_count;
    wallet_capture_t capture = {
        .reference = { decision->self, LEG_CAPTURE, ordinal },
        .hold = { decision->self, LEG_HOLD, self->attempt },
        .amount_minor = amount_minor,
        .payee = self->merchant,
    };
    decision_ask (decision, oid_as (self->member, OID_WALLET), WALLET_CAPTURE, &capture,
                  ANSWER_REFUSAL, PAYMENT_ANSWERED, ordinal);
    payment_watch (decision, /* in_flight= */ true);
    return decision_emit (decision, PAYMENT_CAPTURE_STARTED,
                          &(payment_capture_started_t) { ordinal, amount_minor });
}

verdict_t
payment_decide_capture (const void *state, const void *command, decision_t *decision)
{
    const payment_t *payment = state;
    const payment_capture_t *capture = command;
    int64_t amount_minor = capture->amount_minor ? capture->amount_minor : payment->held_minor;

    verdict_t verdict = s_holds (payment);
    if (verdict == VERDICT_ACCEPTED) {
        verdict = payment_merchant_usable (capture->merchant_status);
    }
    if (verdict != VERDICT_ACCEPTED) {
        return verdict;
    }
    if (amount_minor < 0 || amount_minor > payment->held_minor) {
        return VERDICT_AMOUNT_NOT_CAPTURABLE;
    }
    if (!s_has_room (payment)) {
        return VERDICT_OPERATION_LIMIT_EXCEEDED;
    }
    if (amount_minor == payment->held_minor) {
        decision_timer (decision, PAYMENT_EXPIRE, 0);
    }
    return payment_start_capture (payment, amount_minor, decision);
}

//  Cannot be: the hold is there, suffices, and is not released before us. If it were,
//  the capture stays open, and an operator should look.
verdict_t
payment_capture_answered (const payment_t *self, const saga_answer_t *answer, decision_t *decision)
{
    bool open = payment_find_capturing (self, answer->step) < self->capturing_count;
    if (!open || answer->verdict == VERDICT_ACCEPTED || self->delayed) {
        return VERDICT_ACCEPTED;
    }
    return decision_emit (decision, PAYMENT_WAS_DELAYED, NULL);
}

static void
s_release (const payment_t *payment, decision_t *decision)
{
    wallet_release_t release = { { decision->self, LEG_HOLD, payment->attempt } };
    decision_ask (decision, oid_as (payment->member, OID_WALLET), WALLET_RELEASE, &release,
                  ANSWER_ALWAYS, PAYMENT_ANSWERED, payment->attempt);
    payment_watch (decision, /* in_flight= */ true);
}

//  The last one to be confirmed lets the release go that has waited for it.
static verdict_t
s_confirm (const payment_t *payment, const payment_confirm_t *confirm, decision_t *decision)
{
    if (payment->capturing_count <= 1 && payment->ending != PAYMENT_STAYS) {
        s_release (payment, decision);
    }
    else {
        payment_watch (decision, /* in_flight= */ payment->capturing_count > 1);
    }
    return decision_emit (decision, PAYMENT_WAS_CAPTURED,
                          &(payment_captured_t) {
                              .reference = confirm->reference,
                              .amount_minor = confirm->amount_minor,
                              .fee_bps = confirm->fee_bps,
                          });
}

verdict_t
payment_decide_confirm_capture (const void *state, const void *command, decision_t *decision)
{
    const payment_t *payment = state;
    const payment_confirm_t *confirm = command;
    uint32_t first = payment->attempt;
    uint32_t ordinal = confirm->reference.ordinal;
    uint32_t index = payment_find_capturing (payment, ordinal);

    if (payment->status == PAYMENT_ABSENT) {
        return VERDICT_NOT_FOUND;
    }
    if (!oid_equal (confirm->reference.saga, decision->self)
        || confirm->reference.leg != LEG_CAPTURE || confirm->fee_bps > MERCHANT_FEE_BPS_MAX) {
        return VERDICT_REFERENCE_REUSED;
    }
    if (index < payment->capturing_count) {
        return confirm->amount_minor == payment->capturing [index].amount_minor
                   ? s_confirm (payment, confirm, decision)
                   : VERDICT_REFERENCE_REUSED;
    }
    if (payment->capture_count > 0) {
        bool known = ordinal >= first && ordinal < first + payment->capture_count;
        return known ? VERDICT_ACCEPTED : VERDICT_REFERENCE_REUSED;
    }
    if (ordinal != first || confirm->amount_minor != payment->amount_minor) {
        return VERDICT_REFERENCE_REUSED;
    }
    if (payment->status != PAYMENT_REQUESTED || payment->authorizes) {
        return VERDICT_STATE_CONFLICT;
    }
    return s_confirm (payment, confirm, decision);
}

//  ---------------------------------------------------------------------------
//  Giving back what was not captured

static verdict_t
s_end (const payment_t *payment, payment_event_t event, const void *payload, decision_t *decision)
{
    decision_emit (decision, (uint8_t) event, payload);
    if (payment->capturing_count == 0) {
        s_release (payment, decision);
    }
    return VERDICT_ACCEPTED;
}

verdict_t
payment_decide_cancel (const void *state, const void *command, decision_t *decision)
{
    const payment_t *payment = state;
    const payment_cancel_t *cancel = command;

    if (payment->status == PAYMENT_REQUIRES_CONFIRMATION) {
        decision_timer (decision, PAYMENT_EXPIRE, 0);
        return decision_emit (decision, PAYMENT_WAS_CANCELED,
                              &(payment_released_t) { payment->amount_minor });
    }
    verdict_t verdict = s_holds (payment);
    if (verdict == VERDICT_ACCEPTED && cancel->by_payer && payment->capture_count > 0) {
        verdict = VERDICT_STATE_CONFLICT;
    }
    if (verdict != VERDICT_ACCEPTED) {
        return verdict;
    }
    reason_t reason;
    memcpy (reason.reason, cancel->reason, sizeof reason.reason);
    decision_timer (decision, PAYMENT_EXPIRE, 0);
    return s_end (payment, PAYMENT_CANCEL_STARTED, &reason, decision);
}

verdict_t
payment_decide_expire (const void *state, const void *command, decision_t *decision)
{
    const payment_t *payment = state;
    (void) command;

    if (payment->expires_at_ms == 0 || decision->now_ms < payment->expires_at_ms) {
        return VERDICT_ACCEPTED;
    }
    if (payment->status == PAYMENT_REQUIRES_CONFIRMATION) {
        return decision_emit (decision, PAYMENT_WAS_EXPIRED,
                              &(payment_released_t) { payment->amount_minor });
    }
    if (s_holds (payment) != VERDICT_ACCEPTED) {
        return VERDICT_ACCEPTED;
    }
    return s_end (payment, PAYMENT_EXPIRY_STARTED, NULL, decision);
}

//  A release is never refused by a wallet that exists.
verdict_t
payment_release_answered (const payment_t *self, const saga_answer_t *answer, decision_t *decision)
{
    if (self->ending == PAYMENT_STAYS || self->capturing_count > 0) {
        return VERDICT_ACCEPTED;
    }
    if (answer->verdict != VERDICT_ACCEPTED) {
        return self->delayed ? VERDICT_ACCEPTED
                             : decision_emit (decision, PAYMENT_WAS_DELAYED, NULL);
    }
    payment_watch (decision, /* in_flight= */ false);
    return decision_emit (decision,
                          self->ending == PAYMENT_EXPIRING ? PAYMENT_WAS_EXPIRED
                                                           : PAYMENT_WAS_CANCELED,
                          &(payment_released_t) { self->held_minor });
}

//  ---------------------------------------------------------------------------
//  Refunding

//  The part of the fee that goes back with this refund: what all refunds together give
//  back, less what those before it do. Captures may come between, at another fee: so
//  never below 0, and never more than the refund itself, which would pay the merchant.
//  What has no room goes back with the next: the whole is still the whole, since less
//  of the fee is left than of the money (fee <= captured).
static int64_t
s_fee_back_minor (const payment_t *payment, int64_t amount_minor)
{
    int64_t given_minor =
        payment->captured_minor - payment_refundable_minor (payment) + amount_minor;
    int64_t due_minor =
        payment_share_minor (payment->fee_minor, given_minor, payment->captured_minor)
        - payment->fee_back_minor;
    if (due_minor < 0) {
        return 0;
    }
    return due_minor < amount_minor ? due_minor : amount_minor;
}

static void
s_start_refund (const payment_t *payment, const payment_refund_t *refund, int64_t fee_back_minor,
                decision_t *decision)
{
    refund_request_t request = {
        .payment = decision->self,
        .merchant = payment->merchant,
        .member = payment->member,
        .amount_minor = refund->amount_minor,
        .fee_back_minor = fee_back_minor,
    };
    memcpy (request.currency, payment->currency, sizeof request.currency);
    memcpy (request.reason, refund->reason, sizeof request.reason);
    decision_tell (decision, refund->refund, REFUND_START, &request);
    decision->object = refund->refund;
}

verdict_t
payment_decide_refund (const void *state, const void *command, decision_t *decision)
{
    const payment_t *payment = state;
    const payment_refund_t *refund = command;
    int64_t refundable_minor = payment_refundable_minor (payment);

    if (payment->status == PAYMENT_ABSENT) {
        return VERDICT_NOT_FOUND;
    }
    if (payment->captured_minor == 0) {
        return VERDICT_STATE_CONFLICT;
    }
    if (refund->stated && refund->refundable_minor != refundable_minor) {
        return VERDICT_REFUNDABLE_STALE;
    }
    if (refund->amount_minor <= 0 || refund->amount_minor > refundable_minor) {
        return VERDICT_AMOUNT_NOT_REFUNDABLE;
    }
    if (!s_has_room (payment)) {
        return VERDICT_OPERATION_LIMIT_EXCEEDED;
    }
    int64_t fee_back_minor = s_fee_back_minor (payment, refund->amount_minor);
    s_start_refund (payment, refund, fee_back_minor, decision);
    return decision_emit (decision, PAYMENT_REFUND_STARTED,
                          &(payment_refunding_t) { refund->refund, refund->amount_minor,
                                                   fee_back_minor });
}

verdict_t
payment_decide_refund_ended (const void *state, const void *command, decision_t *decision)
{
    const payment_t *payment = state;
    const payment_refund_end_t *end = command;
    uint32_t index = payment_find_refunding (payment, end->refund);

    if (index == payment->refunding_count) {
        return VERDICT_ACCEPTED;
    }
    return decision_emit (decision, end->refunded ? PAYMENT_WAS_REFUNDED : PAYMENT_REFUND_FAILED,
                          &payment->refunding [index]);
}
