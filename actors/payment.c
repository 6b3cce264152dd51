//  payment - rules of an order that is paid. Pure: no I/O, clock or allocation here.
//
//  Here: who answered what, and the tables. payment_begin.c decides until the money is
//  held or captured, payment_moves.c what becomes of it then, payment_evolve.c folds
//  events into the state, payment_shapes.c packs.

#include "actors/payment.h"
#include "actors/payment_begin.h"
#include "actors/payment_evolve.h"
#include "actors/payment_moves.h"
#include "actors/recharge.h"
#include "actors/wallet.h"

static verdict_t
decide_answered (const void *state, const void *command, decision_t *decision)
{
    const saga_answer_t *answer = command;

    if (answer->from.kind == OID_RECHARGE) {
        return payment_recharge_answered (state, answer, decision);
    }
    switch (answer->command) {
    case WALLET_PAY: return payment_pay_answered (state, answer, decision);
    case WALLET_HOLD: return payment_hold_answered (state, answer, decision);
    case WALLET_CAPTURE: return payment_capture_answered (state, answer, decision);
    case WALLET_RELEASE: return payment_release_answered (state, answer, decision);
    default: return VERDICT_ACCEPTED;
    }
}

//  The outbox goes on delivering: nothing is asked again, somebody should look. A
//  recharge and a refund have deadlines of their own.
static verdict_t
decide_deadline (const void *state, const void *command, decision_t *decision)
{
    const payment_t *payment = state;
    bool waits = payment->status == PAYMENT_REQUESTED || payment->capturing_count > 0
                 || payment->ending != PAYMENT_STAYS;
    (void) command;

    if (!waits || payment->delayed) {
        return VERDICT_ACCEPTED;
    }
    return decision_emit (decision, PAYMENT_WAS_DELAYED, NULL);
}

//  ---------------------------------------------------------------------------
//  The tables

//  clang-format off
static const command_rule_t commands [] = {
    [PAYMENT_CREATE] = { "payment.create", &payment_create_shape, payment_decide_create },
    [PAYMENT_ANSWERED] = { "payment.answered", &saga_answer_shape, decide_answered },
    [PAYMENT_CONFIRM_CAPTURE] = { "payment.confirm_capture", &payment_confirm_shape,
                                  payment_decide_confirm_capture },
    [PAYMENT_DEADLINE] = { "payment.deadline", &shape_empty, decide_deadline },
    [PAYMENT_CONFIRM] = { "payment.confirm", &payment_confirmation_shape, payment_decide_confirm },
    [PAYMENT_RECHARGED] = { "payment.recharged", &recharge_outcome_shape,
                            payment_decide_recharged },
    [PAYMENT_CAPTURE] = { "payment.capture", &payment_capture_shape, payment_decide_capture },
    [PAYMENT_CANCEL] = { "payment.cancel", &payment_cancel_shape, payment_decide_cancel },
    [PAYMENT_EXPIRE] = { "payment.expire", &shape_empty, payment_decide_expire },
    [PAYMENT_REFUND] = { "payment.refund", &payment_refund_shape, payment_decide_refund },
    [PAYMENT_REFUND_ENDED] = { "payment.refund_ended", &payment_refund_end_shape,
                               payment_decide_refund_ended },
};

static const event_rule_t events [] = {
    [PAYMENT_WAS_REQUESTED] = { "payment.requested", 2, &payment_requested_shape,
                                payment_evolve_requested, NULL },
    [PAYMENT_WAS_CAPTURED] = { "payment.captured", 2, &payment_captured_shape,
                               payment_evolve_captured, NULL },
    [PAYMENT_WAS_FAILED] = { "payment.failed", 1, &payment_failed_shape, payment_evolve_failed,
                             NULL },
    [PAYMENT_WAS_DELAYED] = { "payment.delayed", 1, &shape_empty, payment_evolve_delayed, NULL },
    [PAYMENT_WAS_CONFIRMED] = { "payment.confirmed", 1, &shape_empty, payment_evolve_confirmed,
                                NULL },
    [PAYMENT_RECHARGE_STARTED] = { "payment.recharge_started", 1, &payment_recharging_shape,
                                   payment_evolve_recharging, NULL },
    [PAYMENT_WAS_RECHARGED] = { "payment.recharged", 1, &shape_empty, payment_evolve_recharged,
                                NULL },
    [PAYMENT_WAS_AUTHORIZED] = { "payment.authorized", 1, &payment_authorized_shape,
                                 payment_evolve_authorized, NULL },
    [PAYMENT_CAPTURE_STARTED] = { "payment.capture_started", 1, &payment_capture_started_shape,
                                  payment_evolve_capture_started, NULL },
    [PAYMENT_CANCEL_STARTED] = { "payment.cancel_started", 1, &reason_shape,
                                 payment_evolve_cancel_started, NULL },
    [PAYMENT_EXPIRY_STARTED] = { "payment.expiry_started", 1, &shape_empty,
                                 payment_evolve_expiry_started, NULL },
    [PAYMENT_WAS_CANCELED] = { "payment.canceled", 1, &payment_released_shape,
                               payment_evolve_canceled, NULL },
    [PAYMENT_WAS_EXPIRED] = { "payment.expired", 1, &payment_released_shape, payment_evolve_expired,
                              NULL },
    [PAYMENT_REFUND_STARTED] = { "payment.refund_started", 1, &payment_refunding_shape,
                                 payment_evolve_refund_started, NULL },
    [PAYMENT_WAS_REFUNDED] = { "payment.refunded", 1, &payment_refunding_shape,
                               payment_evolve_refunded, NULL },
    [PAYMENT_REFUND_FAILED] = { "payment.refund_failed", 1, &payment_refunding_shape,
                                payment_evolve_refund_failed, NULL },
};
//  clang-format on

const aggregate_type_t payment_aggregate = {
    .name = "payment",
    .kind = OID_PAYMENT,
    .state = &payment_state_shape,
    .commands = commands,
    .command_count = COUNT (commands),
    .events = events,
    .event_count = COUNT (events),
    .invariant = payment_invariant,
    .finished = payment_finished,
    .parked = payment_parked,
};
