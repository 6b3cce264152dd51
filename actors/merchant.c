//  merchant - rules of who is paid. Pure: no I/O, clock or allocation here.

#include "actors/merchant.h"
#include "actors/bank_account.h"
#include "actors/member.h"
#include "actors/money.h"
#include "actors/payment.h"

static const field_t state_fields [] = {
    FIELD (U8, merchant_t, status),          FIELD (OID, merchant_t, member),
    FIELD (OID, merchant_t, bank_account),   FIELD (U32, merchant_t, fee_bps),
    FIELD (TEXT, merchant_t, name),          FIELD (I64, merchant_t, captured_minor),
    FIELD (I64, merchant_t, capture_count),  FIELD_MOVEMENTS (merchant_t, movements),
    FIELD (I64, merchant_t, refunded_minor), FIELD (I64, merchant_t, refund_count),
};

static const shape_t state_shape = SHAPE (merchant_t, state_fields);

static const field_t register_fields [] = {
    FIELD (OID, merchant_register_t, member),
    FIELD (TEXT, merchant_register_t, name),
    FIELD (OID, merchant_register_t, bank_account),
    FIELD (U32, merchant_register_t, fee_bps),
    FIELD (U8, merchant_register_t, member_status),
    FIELD (BOOL, merchant_register_t, member_corporate),
    FIELD (U8, merchant_register_t, account_status),
    FIELD (OID, merchant_register_t, account_member),
};

static const shape_t register_shape = SHAPE (merchant_register_t, register_fields);

static const field_t registered_fields [] = {
    FIELD (OID, merchant_registered_t, member),
    FIELD (TEXT, merchant_registered_t, name),
    FIELD (OID, merchant_registered_t, bank_account),
    FIELD (U32, merchant_registered_t, fee_bps),
};

static const shape_t registered_shape = SHAPE (merchant_registered_t, registered_fields);

static const field_t captured_fields [] = {
    FIELDS_REFERENCE (merchant_captured_t, reference),
    FIELD (I64, merchant_captured_t, amount_minor),
    FIELD (U32, merchant_captured_t, fee_bps),
};

static const shape_t captured_shape = SHAPE (merchant_captured_t, captured_fields);

static const field_t refund_fields [] = {
    FIELDS_REFERENCE (merchant_refund_t, reference),
    FIELD (OID, merchant_refund_t, payment),
    FIELD (I64, merchant_refund_t, amount_minor),
    FIELD (I64, merchant_refund_t, fee_back_minor),
};

static const shape_t refund_shape = SHAPE (merchant_refund_t, refund_fields);

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
    };
    memcpy (registered.name, request->name, sizeof registered.name);
    return decision_emit (decision, MERCHANT_REGISTERED, &registered);
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

//  The refusals here cannot happen to a wallet's message: the payment has seen the
//  merchant, and merchants stay; the wallet has checked the amount.
static verdict_t
decide_capture (const void *state, const void *command, decision_t *decision)
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
                          });
}

//  As with a capture, no refund's message can meet a refusal here.
static verdict_t
decide_refund (const void *state, const void *command, decision_t *decision)
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
    return decision_emit (decision, MERCHANT_REFUNDED, refund);
}

static void
evolve_registered (void *state, const void *event, int64_t at_ms)
{
    merchant_t *merchant = state;
    const merchant_registered_t *registered = event;
    (void) at_ms;

    merchant->status = MERCHANT_ACTIVE;
    merchant->member = registered->member;
    merchant->bank_account = registered->bank_account;
    merchant->fee_bps = registered->fee_bps;
    memcpy (merchant->name, registered->name, sizeof merchant->name);
}

static void
evolve_suspended (void *state, const void *event, int64_t at_ms)
{
    merchant_t *merchant = state;
    (void) event, (void) at_ms;
    merchant->status = MERCHANT_SUSPENDED;
}

static void
evolve_activated (void *state, const void *event, int64_t at_ms)
{
    merchant_t *merchant = state;
    (void) event, (void) at_ms;
    merchant->status = MERCHANT_ACTIVE;
}

static void
evolve_captured (void *state, const void *event, int64_t at_ms)
{
    merchant_t *merchant = state;
    const merchant_captured_t *captured = event;
    (void) at_ms;

    merchant->captured_minor += captured->amount_minor;
    merchant->capture_count++;
    movements_remember (&merchant->movements, captured->reference, captured->amount_minor);
}

static void
evolve_refunded (void *state, const void *event, int64_t at_ms)
{
    merchant_t *merchant = state;
    const merchant_refund_t *refund = event;
    (void) at_ms;

    merchant->refunded_minor += refund->amount_minor;
    merchant->refund_count++;
    movements_remember (&merchant->movements, refund->reference, refund->amount_minor);
}

static void
postings_captured (oid_t self, const void *event, postings_t *postings)
{
    const merchant_captured_t *captured = event;
    postings_move (postings, account_of (ACCOUNT_TRANSIT, captured->reference.saga),
                   account_of (ACCOUNT_MERCHANT, self), captured->amount_minor);
}

static void
postings_refunded (oid_t self, const void *event, postings_t *postings)
{
    const merchant_refund_t *refund = event;
    postings_move (postings, account_of (ACCOUNT_MERCHANT, self),
                   account_of (ACCOUNT_TRANSIT, refund->reference.saga), refund->amount_minor);
}

static bool
merchant_invariant (const void *state)
{
    const merchant_t *merchant = state;
    if (merchant->status == MERCHANT_ABSENT) {
        return merchant->capture_count == 0 && merchant->refund_count == 0;
    }
    return merchant->status <= MERCHANT_SUSPENDED && merchant->fee_bps <= MERCHANT_FEE_BPS_MAX
           && merchant->captured_minor >= merchant->capture_count
           && merchant->refunded_minor >= merchant->refund_count
           && merchant->capture_count + merchant->refund_count >= merchant->movements.count;
}

static const command_rule_t commands [] = {
    [MERCHANT_REGISTER] = { "merchant.register", &register_shape, decide_register },
    [MERCHANT_SUSPEND] = { "merchant.suspend", &reason_shape, decide_suspend },
    [MERCHANT_ACTIVATE] = { "merchant.activate", &reason_shape, decide_activate },
    [MERCHANT_CAPTURE] = { "merchant.capture", &movement_shape, decide_capture },
    [MERCHANT_REFUND] = { "merchant.refund", &refund_shape, decide_refund },
};

static const event_rule_t events [] = {
    [MERCHANT_REGISTERED] = { "merchant.registered", 1, &registered_shape, evolve_registered,
                              NULL },
    [MERCHANT_WAS_SUSPENDED] = { "merchant.suspended", 1, &reason_shape, evolve_suspended, NULL },
    [MERCHANT_ACTIVATED] = { "merchant.activated", 1, &reason_shape, evolve_activated, NULL },
    [MERCHANT_CAPTURED] = { "merchant.captured", 1, &captured_shape, evolve_captured,
                            postings_captured },
    [MERCHANT_REFUNDED] = { "merchant.refunded", 1, &refund_shape, evolve_refunded,
                            postings_refunded },
};

const aggregate_type_t merchant_aggregate = {
    .name = "merchant",
    .kind = OID_MERCHANT,
    .state = &state_shape,
    .commands = commands,
    .command_count = COUNT (commands),
    .events = events,
    .event_count = COUNT (events),
    .invariant = merchant_invariant,
};
