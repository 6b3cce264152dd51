//  merchant_window - items into windows, windows into settlements. Pure.

#include "actors/merchant_window.h"
#include "actors/money.h"
#include "actors/payment.h"
#include "actors/settlement.h"
#include "actors/settlement_run.h"

int64_t
merchant_cutoff_ms (const limits_t *limits, int64_t at_ms)
{
    int64_t window_ms = limits->settlement_window_s * 1000;
    int64_t shift_ms = (9 * 3600 - limits->settlement_cutoff_s) * 1000;  //  Seoul is UTC+9
    int64_t local_ms = at_ms + shift_ms;
    int64_t into_ms = (local_ms % window_ms + window_ms) % window_ms;
    return at_ms - into_ms + window_ms;
}

static oid_t
s_settlement_of (uint32_t window, const decision_t *decision)
{
    return decision_derive (decision, OID_SETTLEMENT, decision->self, "settlement", window);
}

//  ---------------------------------------------------------------------------
//  Closing

//  A merchant of the oldest journals has no account to pay to: its window stays open
//  until it is given one (MERCHANT_CHANGE).
static bool
s_may_close (const merchant_t *merchant)
{
    return merchant->window.item_count > 0 && *merchant->party.bank_code;
}

//  Of the open window, which has items. `run`: NONE if no run asked for it.
static oid_t
s_close (const merchant_t *merchant, oid_t run, decision_t *decision)
{
    const merchant_window_t *window = &merchant->window;
    merchant_window_closed_t closed = {
        .window = merchant->windows + 1,
        .settlement = s_settlement_of (merchant->windows + 1, decision),
        .item_count = window->item_count,
        .gross_minor = window->gross_minor,
        .refunds_minor = window->refunds_minor,
        .fee_minor = window->fee_minor,
        .carried_minor = merchant->carried_minor,
        .net_minor = window->gross_minor - window->refunds_minor - window->fee_minor
                     + merchant->carried_minor,
    };
    settlement_start_t start = {
        .merchant = decision->self,
        .run = run,
        .window = closed,
        .opened_at_ms = window->opened_at_ms,
        .closed_at_ms = decision->now_ms,
        .bank_account = merchant->bank_account,
        .party = merchant->party,
    };
    decision_emit (decision, MERCHANT_WINDOW_CLOSED, &closed);
    decision_tell (decision, closed.settlement, SETTLEMENT_START, &start);
    return closed.settlement;
}

verdict_t
merchant_decide_close_window (const void *state, const void *command, decision_t *decision)
{
    const merchant_t *merchant = state;
    oid_t run = decision->asker;
    (void) command;

    if (merchant->status == MERCHANT_ABSENT) {
        return VERDICT_MERCHANT_NOT_FOUND;
    }
    settlement_run_closed_t answer = {
        .merchant = decision->self,
        .listed = merchant->listed,
        .follows = merchant->follows,
    };
    if (s_may_close (merchant)) {
        answer.settlement = s_close (merchant, run, decision);
        decision_timer (decision, MERCHANT_WINDOW_DUE, 0);
    }
    if (run.kind == OID_SETTLEMENT_RUN) {
        decision_tell (decision, run, SETTLEMENT_RUN_CLOSED, &answer);
    }
    return VERDICT_ACCEPTED;
}

//  A timer that was moved may ring late: only what the state says is due.
verdict_t
merchant_decide_window_due (const void *state, const void *command, decision_t *decision)
{
    const merchant_t *merchant = state;
    (void) command;

    if (s_may_close (merchant) && decision->now_ms >= merchant->window.cutoff_ms) {
        (void) s_close (merchant, (oid_t) { 0 }, decision);
        decision_timer (decision, MERCHANT_WINDOW_DUE, 0);
    }
    return VERDICT_ACCEPTED;
}

//  ---------------------------------------------------------------------------
//  Filling

typedef struct {
    int64_t cutoff_ms;
    oid_t settlement;
} place_t;

//  The window that an item of now is in. It closes the open one if that is over, or if
//  its sums could grow beyond what one transfer carries.
static place_t
s_place (const merchant_t *merchant, int64_t amount_minor, decision_t *decision)
{
    const merchant_window_t *window = &merchant->window;
    bool open = window->item_count > 0;
    uint32_t number = merchant->windows + 1;

    if (s_may_close (merchant)
        && (decision->now_ms >= window->cutoff_ms
            || window->gross_minor > MONEY_MAX_MINOR - amount_minor
            || window->refunds_minor > MONEY_MAX_MINOR - amount_minor)) {
        (void) s_close (merchant, (oid_t) { 0 }, decision);
        number++;
        open = false;
    }
    int64_t cutoff_ms =
        open ? window->cutoff_ms : merchant_cutoff_ms (decision->limits, decision->now_ms);
    if (!open) {
        decision_timer (decision, MERCHANT_WINDOW_DUE, cutoff_ms);
    }
    return (place_t) { cutoff_ms, s_settlement_of (number, decision) };
}

//  The refusals here cannot happen to a wallet's message: the payment has seen the
//  merchant, and merchants stay; the wallet has checked the amount.
verdict_t
merchant_decide_capture (const void *state, const void *command, decision_t *decision)
{
    const merchant_t *merchant = state;
    const movement_t *capture = command;
    int64_t total_minor;

    if (merchant->status == MERCHANT_ABSENT) {
        return VERDICT_MERCHANT_NOT_FOUND;
    }
    switch (movements_check (&merchant->movements, capture->reference, capture->amount_minor)) {
    case MOVEMENT_REPEATED: return VERDICT_ACCEPTED;
    case MOVEMENT_DIFFERS: return VERDICT_REFERENCE_REUSED;
    case MOVEMENT_NEW: break;
    }
    if (!money_valid (capture->amount_minor)
        || __builtin_add_overflow (merchant->captured_minor, capture->amount_minor, &total_minor)) {
        return VERDICT_AMOUNT_INVALID;
    }
    place_t place = s_place (merchant, capture->amount_minor, decision);
    decision_tell (decision, capture->reference.saga, PAYMENT_CONFIRM_CAPTURE,
                   &(payment_confirm_t) {
                       .reference = capture->reference,
                       .amount_minor = capture->amount_minor,
                       .fee_bps = merchant->fee_bps,
                   });
    return decision_emit (decision, MERCHANT_CAPTURED,
                          &(merchant_captured_t) {
                              .reference = capture->reference,
                              .amount_minor = capture->amount_minor,
                              .fee_bps = merchant->fee_bps,
                              .fee_minor =
                                  merchant_fee_minor (capture->amount_minor, merchant->fee_bps),
                              .cutoff_ms = place.cutoff_ms,
                              .settlement = place.settlement,
                          });
}

//  As with a capture, no refund's message can meet a refusal here.
verdict_t
merchant_decide_refund (const void *state, const void *command, decision_t *decision)
{
    const merchant_t *merchant = state;
    const merchant_refund_t *refund = command;
    int64_t total_minor;

    if (merchant->status == MERCHANT_ABSENT) {
        return VERDICT_MERCHANT_NOT_FOUND;
    }
    switch (movements_check (&merchant->movements, refund->reference, refund->amount_minor)) {
    case MOVEMENT_REPEATED: return VERDICT_ACCEPTED;
    case MOVEMENT_DIFFERS: return VERDICT_REFERENCE_REUSED;
    case MOVEMENT_NEW: break;
    }
    if (!money_valid (refund->amount_minor) || refund->fee_back_minor < 0
        || refund->fee_back_minor > refund->amount_minor
        || __builtin_add_overflow (merchant->refunded_minor, refund->amount_minor, &total_minor)) {
        return VERDICT_AMOUNT_INVALID;
    }
    place_t place = s_place (merchant, refund->amount_minor, decision);
    return decision_emit (decision, MERCHANT_REFUNDED,
                          &(merchant_refunded_t) {
                              .refund = *refund,
                              .cutoff_ms = place.cutoff_ms,
                              .settlement = place.settlement,
                          });
}
