//  merchant - rules of who is paid. Pure: no I/O, clock or allocation here.

#include "actors/merchant.h"
#include "actors/bank_account.h"
#include "actors/member.h"
#include "actors/merchant_evolve.h"
#include "actors/merchant_roll.h"
#include "actors/merchant_shapes.h"
#include "actors/merchant_window.h"

static verdict_t
decide_register (const void *state, const void *command, decision_t *decision)
{
    const merchant_t *merchant = state;
    const merchant_register_t *request = command;

    if (merchant->status != MERCHANT_ABSENT) {
        return VERDICT_ALREADY_EXISTS;
    }
    if (request->fee_bps > MERCHANT_FEE_BPS_MAX) {
        return VERDICT_AMOUNT_INVALID;
    }
    verdict_t verdict = member_may_move_money (request->member_status);
    if (verdict == VERDICT_ACCEPTED && !request->member_corporate) {
        verdict = VERDICT_MEMBER_NOT_CORPORATE;
    }
    if (verdict == VERDICT_ACCEPTED) {
        verdict =
            bank_account_usable (request->account_status, request->account_member, request->member);
    }
    if (verdict != VERDICT_ACCEPTED) {
        return verdict;
    }
    merchant_registered_t registered = {
        .member = request->member,
        .bank_account = request->bank_account,
        .fee_bps = request->fee_bps,
        .party = request->party,
    };
    memcpy (registered.name, request->name, sizeof registered.name);
    decision_tell (decision, merchant_roll_oid (), MERCHANT_ROLL_ENTER, NULL);
    return decision_emit (decision, MERCHANT_REGISTERED, &registered);
}

static bool
s_same (const merchant_t *merchant, const merchant_registered_t *changed)
{
    return oid_equal (merchant->bank_account, changed->bank_account)
           && merchant->fee_bps == changed->fee_bps && strcmp (merchant->name, changed->name) == 0
           && merchant->party.account_number.size == changed->party.account_number.size
           && memcmp (merchant->party.account_number.bytes, changed->party.account_number.bytes,
                      changed->party.account_number.size)
                  == 0;
}

//  What is asked for is there already: nothing is recorded, and the version stays.
static verdict_t
decide_change (const void *state, const void *command, decision_t *decision)
{
    const merchant_t *merchant = state;
    const merchant_change_t *change = command;

    if (merchant->status == MERCHANT_ABSENT) {
        return VERDICT_NOT_FOUND;
    }
    if (change->if_version != 0 && (uint64_t) change->if_version != decision->version) {
        return VERDICT_PRECONDITION_FAILED;
    }
    if (change->has_fee_bps && change->fee_bps > MERCHANT_FEE_BPS_MAX) {
        return VERDICT_AMOUNT_INVALID;
    }
    if (change->has_bank_account) {
        verdict_t verdict =
            bank_account_usable (change->account_status, change->account_member, merchant->member);
        if (verdict != VERDICT_ACCEPTED) {
            return verdict;
        }
    }
    merchant_registered_t changed = {
        .member = merchant->member,
        .bank_account = change->has_bank_account ? change->bank_account : merchant->bank_account,
        .party = change->has_bank_account ? change->party : merchant->party,
        .fee_bps = change->has_fee_bps ? change->fee_bps : merchant->fee_bps,
    };
    memcpy (changed.name, change->has_name ? change->name : merchant->name, sizeof changed.name);
    return s_same (merchant, &changed) ? VERDICT_ACCEPTED
                                       : decision_emit (decision, MERCHANT_CHANGED, &changed);
}

//  Between active and suspended, and from nowhere else.
static verdict_t
s_move (const merchant_t *merchant, merchant_status_t from, merchant_event_t event,
        const void *reason, decision_t *decision)
{
    if (merchant->status == MERCHANT_ABSENT) {
        return VERDICT_NOT_FOUND;
    }
    if (merchant->status != from) {
        return VERDICT_STATE_CONFLICT;
    }
    return decision_emit (decision, (uint8_t) event, reason);
}

static verdict_t
decide_suspend (const void *state, const void *command, decision_t *decision)
{
    return s_move (state, MERCHANT_ACTIVE, MERCHANT_WAS_SUSPENDED, command, decision);
}

static verdict_t
decide_activate (const void *state, const void *command, decision_t *decision)
{
    return s_move (state, MERCHANT_SUSPENDED, MERCHANT_ACTIVATED, command, decision);
}

static verdict_t
decide_follow (const void *state, const void *command, decision_t *decision)
{
    const merchant_t *merchant = state;

    if (merchant->status == MERCHANT_ABSENT) {
        return VERDICT_NOT_FOUND;
    }
    return merchant->listed ? VERDICT_ACCEPTED : decision_emit (decision, MERCHANT_LISTED, command);
}

//  clang-format off
static const command_rule_t commands [] = {
    [MERCHANT_REGISTER] = { "merchant.register", &merchant_register_shape, decide_register },
    [MERCHANT_SUSPEND] = { "merchant.suspend", &reason_shape, decide_suspend },
    [MERCHANT_ACTIVATE] = { "merchant.activate", &reason_shape, decide_activate },
    [MERCHANT_CAPTURE] = { "merchant.capture", &movement_shape, merchant_decide_capture },
    [MERCHANT_REFUND] = { "merchant.refund", &merchant_refund_shape, merchant_decide_refund },
    [MERCHANT_CHANGE] = { "merchant.change", &merchant_change_shape, decide_change },
    [MERCHANT_CLOSE_WINDOW] = { "merchant.close_window", &shape_empty,
                                merchant_decide_close_window },
    [MERCHANT_WINDOW_DUE] = { "merchant.window_due", &shape_empty, merchant_decide_window_due },
    [MERCHANT_FOLLOW] = { "merchant.follow", &merchant_follow_shape, decide_follow },
};

static const event_rule_t events [] = {
    [MERCHANT_REGISTERED] = { "merchant.registered", 1, &merchant_registered_shape,
                              merchant_evolve_registered, NULL },
    [MERCHANT_WAS_SUSPENDED] = { "merchant.suspended", 1, &reason_shape, merchant_evolve_suspended,
                                 NULL },
    [MERCHANT_ACTIVATED] = { "merchant.activated", 1, &reason_shape, merchant_evolve_activated,
                             NULL },
    [MERCHANT_CAPTURED] = { "merchant.captured", 1, &merchant_captured_shape,
                            merchant_evolve_captured, merchant_postings_captured },
    [MERCHANT_REFUNDED] = { "merchant.refunded", 1, &merchant_refunded_shape,
                            merchant_evolve_refunded, merchant_postings_refunded },
    [MERCHANT_CHANGED] = { "merchant.changed", 1, &merchant_registered_shape,
                           merchant_evolve_changed, NULL },
    [MERCHANT_WINDOW_CLOSED] = { "merchant.window_closed", 1, &merchant_window_closed_shape,
                                 merchant_evolve_window_closed, merchant_postings_window_closed },
    [MERCHANT_LISTED] = { "merchant.listed", 1, &merchant_follow_shape, merchant_evolve_listed,
                          NULL },
};
//  clang-format on

const aggregate_type_t merchant_aggregate = {
    .name = "merchant",
    .kind = OID_MERCHANT,
    .state = &merchant_state_shape,
    .commands = commands,
    .command_count = COUNT (commands),
    .events = events,
    .event_count = COUNT (events),
    .invariant = merchant_invariant,
};
