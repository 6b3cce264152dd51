//  checks - what must hold of a history.

#include <stdio.h>
#include "actors/bank_transfer.h"
#include "actors/merchant.h"
#include "actors/payment.h"
#include "actors/recharge.h"
#include "actors/settlement.h"
#include "actors/wallet.h"
#include "tests/sim/domain/checks.h"

static void
s_require (bool holds, const char *rule, oid_t about)
{
    if (!holds) {
        char text [OID_TEXT_SIZE] = "the books";
        if (!oid_is_none (about)) {
            oid_format (about, text);
        }
        fprintf (stderr, "histories: %s (%s)\n", rule, text);
        exit (1);
    }
}

//  ---------------------------------------------------------------------------
//  After every step

static void
s_books (const world_t *world)
{
    int64_t sum_minor = 0;
    for (size_t index = 0; index < world->balance_count; index++) {
        const balance_t *balance = &world->balances [index];
        sum_minor += balance->net_minor;
        switch (balance->account.class) {
        case ACCOUNT_BANK_TRANSIT:
            s_require (balance->net_minor >= 0, "a bank transfer was settled twice",
                       balance->account.owner);
            break;
        case ACCOUNT_WALLET:
        case ACCOUNT_HOLD:
            s_require (balance->net_minor <= 0, "a wallet or hold is below zero",
                       balance->account.owner);
            break;
        default: break;
        }
    }
    s_require (sum_minor == 0, "debits and credits differ", (oid_t) { 0 });
}

static void
s_wallet (const world_t *world, const actor_t *actor)
{
    const wallet_t *wallet = actor->state;
    int64_t held_minor = 0;
    s_require (-world_net_minor (world, account_of (ACCOUNT_WALLET, actor->self))
                   == wallet->available_minor,
               "a wallet and the books differ", actor->self);
    for (size_t index = 0; index < wallet->hold_count; index++) {
        const wallet_hold_t *hold = &wallet->holds [index];
        held_minor += hold->amount_minor;
        s_require (-world_net_minor (world, account_of (ACCOUNT_HOLD, hold->reference.saga))
                       == hold->amount_minor,
                   "a hold and the books differ", hold->reference.saga);
    }
    s_require (held_minor == wallet->held_minor, "a wallet's holds are not what it holds",
               actor->self);
}

//  What is captured and not settled yet, with what closed windows left to be earned.
static void
s_merchant (const world_t *world, const actor_t *actor)
{
    const merchant_t *merchant = actor->state;
    int64_t owed_minor =
        merchant->window.gross_minor - merchant->window.refunds_minor + merchant->carried_minor;
    s_require (-world_net_minor (world, account_of (ACCOUNT_MERCHANT, actor->self)) == owed_minor,
               "a merchant and the books differ", actor->self);
}

static void
s_payment (const actor_t *actor)
{
    const payment_t *payment = actor->state;
    s_require (payment->captured_minor <= payment->amount_minor,
               "a payment captured more than it is", actor->self);
    s_require (payment->refunded_minor <= payment->captured_minor,
               "a payment gave back more than it captured", actor->self);
    s_require (payment->refunded_minor < payment->captured_minor
                   || payment->fee_back_minor == payment->fee_minor,
               "a full refund does not give the whole fee back", actor->self);
}

void
checks_step (const world_t *world)
{
    s_books (world);
    for (size_t index = 0; index < world->actor_count; index++) {
        const actor_t *actor = &world->actors [index];
        switch (actor->self.kind) {
        case OID_WALLET: s_wallet (world, actor); break;
        case OID_MERCHANT: s_merchant (world, actor); break;
        case OID_PAYMENT: s_payment (actor); break;
        default: break;
        }
    }
}

//  ---------------------------------------------------------------------------
//  At rest

//  A saga that waits for an operator may have money in between; nobody else.
static bool
s_waits_for_operator (const world_t *world, oid_t saga)
{
    for (size_t index = 0; index < world->actor_count; index++) {
        const actor_t *actor = &world->actors [index];
        if (oid_equal (actor->self, saga)) {
            return actor->type->parked && actor->type->parked (actor->state);
        }
    }
    return false;
}

//  A transfer or a recharge of this saga that waits for an operator.
static bool
s_has_parked_child (const world_t *world, oid_t saga)
{
    for (size_t index = 0; index < world->actor_count; index++) {
        const actor_t *actor = &world->actors [index];
        const bank_transfer_t *transfer = actor->state;
        const recharge_t *recharge = actor->state;
        bool child =
            (actor->self.kind == OID_BANK_TRANSFER && oid_equal (transfer->request.saga, saga))
            || (actor->self.kind == OID_RECHARGE && oid_equal (recharge->parent.saga, saga));
        if (child && actor->type->parked (actor->state)) {
            return true;
        }
    }
    return false;
}

//  What waits for an operator must be such that one can move it: it, or what it asked.
static void
s_operator_can_go_on (const world_t *world, const actor_t *actor)
{
    static decision_t decision;
    static const uint8_t derive_key [DERIVE_KEY_SIZE];
    const aggregate_type_t *type = actor->type;

    if (!type->retry_command || !type->parked (actor->state)) {
        return;
    }
    decision_start (&decision, type, actor->self, (oid_t) { 0 }, world->now_ms, derive_key,
                    &world->limits);
    verdict_t verdict = type->commands [type->retry_command].decide (actor->state, "", &decision);
    s_require (verdict == VERDICT_ACCEPTED || s_has_parked_child (world, actor->self),
               "a parked saga that no operator can move", actor->self);
}

//  The process that a reference names has ended, for good.
static bool
s_is_over (const world_t *world, oid_t saga)
{
    for (size_t index = 0; index < world->actor_count; index++) {
        const actor_t *actor = &world->actors [index];
        if (oid_equal (actor->self, saga)) {
            return actor->type->finished (actor->state)
                   && !(actor->type->parked && actor->type->parked (actor->state));
        }
    }
    return true;
}

//  A hold or an expect that nobody will end keeps the wallet open for ever.
static void
s_wallet_at_rest (const world_t *world, const actor_t *actor)
{
    const wallet_t *wallet = actor->state;
    for (uint32_t index = 0; index < wallet->hold_count; index++) {
        s_require (!s_is_over (world, wallet->holds [index].reference.saga),
                   "a hold outlives its process", wallet->holds [index].reference.saga);
    }
    for (uint32_t index = 0; index < wallet->expect_count; index++) {
        s_require (!s_is_over (world, wallet->expects [index].reference.saga),
                   "an expect outlives its process", wallet->expects [index].reference.saga);
    }
}

static void
s_nothing_between (const world_t *world)
{
    for (size_t index = 0; index < world->balance_count; index++) {
        const balance_t *balance = &world->balances [index];
        uint8_t class = balance->account.class;
        bool between =
            class == ACCOUNT_TRANSIT || class == ACCOUNT_HOLD || class == ACCOUNT_BANK_TRANSIT;
        s_require (!between || balance->net_minor == 0
                       || s_waits_for_operator (world, balance->account.owner),
                   "money is left in between", balance->account.owner);
    }
}

static const booked_t *
s_booked (const world_t *world, oid_t transfer)
{
    for (size_t index = 0; index < world->booked_count; index++) {
        if (oid_equal (world->booked [index].transfer, transfer)) {
            return &world->booked [index];
        }
    }
    return NULL;
}

//  Line by line: what the bank booked is what we have, and the other way round.
static void
s_statement (const world_t *world)
{
    for (size_t index = 0; index < world->actor_count; index++) {
        const actor_t *actor = &world->actors [index];
        if (actor->self.kind != OID_BANK_TRANSFER) {
            continue;
        }
        const bank_transfer_t *transfer = actor->state;
        const booked_t *booked = s_booked (world, actor->self);
        bool moved = booked && booked->result == BANK_SUCCEEDED;
        s_require (!transfer->contradicted || (booked && (booked->changed || booked->late)),
                   "a transfer was resolved before the bank had decided it", actor->self);
        switch (transfer->status) {
        case BANK_TRANSFER_SUCCEEDED:
            s_require (moved != transfer->contradicted,
                       "a transfer succeeded that the bank does not have", actor->self);
            s_require (!moved
                           || (booked->amount_minor == transfer->request.amount_minor
                               && booked->in == (transfer->request.direction == BANK_TRANSFER_IN)),
                       "a transfer succeeded that the bank has otherwise", actor->self);
            break;
        case BANK_TRANSFER_FAILED:
            s_require (moved == transfer->contradicted,
                       "a transfer failed that moved money at the bank", actor->self);
            break;
        case BANK_TRANSFER_ABSENT:
        case BANK_TRANSFER_PARKED:
        case BANK_TRANSFER_AWAITING_APPROVAL:
        case BANK_TRANSFER_REJECTED: break;
        default: s_require (false, "a transfer never ended", actor->self);
        }
    }
    for (size_t index = 0; index < world->booked_count; index++) {
        bool known = false;
        for (size_t other = 0; other < world->actor_count && !known; other++) {
            known = oid_equal (world->actors [other].self, world->booked [index].transfer);
        }
        s_require (known, "the bank has a transfer that we do not", world->booked [index].transfer);
    }
}

//  Of all time: what its payments and settlements say is what the merchant says.
static void
s_settled (const world_t *world, const actor_t *shop)
{
    const merchant_t *merchant = shop->state;
    int64_t captured_minor = 0, refunded_minor = 0;
    int64_t windows_minor = merchant->window.gross_minor - merchant->window.refunds_minor;
    for (size_t index = 0; index < world->actor_count; index++) {
        const actor_t *actor = &world->actors [index];
        const payment_t *payment = actor->state;
        const settlement_t *settlement = actor->state;
        if (actor->self.kind == OID_PAYMENT && oid_equal (payment->merchant, shop->self)) {
            captured_minor += payment->captured_minor;
            refunded_minor += payment->refunded_minor;
        }
        if (actor->self.kind == OID_SETTLEMENT
            && oid_equal (settlement->start.merchant, shop->self)) {
            const merchant_window_closed_t *window = &settlement->start.window;
            windows_minor += window->gross_minor - window->refunds_minor;
        }
    }
    s_require (captured_minor == merchant->captured_minor
                   && refunded_minor == merchant->refunded_minor,
               "a merchant and its payments differ", shop->self);
    s_require (windows_minor == captured_minor - refunded_minor,
               "a merchant's windows are not its captures less its refunds", shop->self);
}

static void
s_fees (const world_t *world)
{
    int64_t fees_minor = 0;
    for (size_t index = 0; index < world->actor_count; index++) {
        const actor_t *actor = &world->actors [index];
        if (actor->self.kind == OID_SETTLEMENT) {
            fees_minor += ((const settlement_t *) actor->state)->start.window.fee_minor;
        }
        else if (actor->self.kind == OID_MERCHANT) {
            s_settled (world, actor);
        }
    }
    s_require (-world_net_minor (world, account_single (ACCOUNT_FEES)) == fees_minor,
               "the fees are not those of the settlements", (oid_t) { 0 });
}

void
checks_rest (const world_t *world)
{
    s_require (world->letter_count == 0 && world->alarm_count == 0, "it does not come to rest",
               (oid_t) { 0 });
    for (size_t index = 0; index < world->actor_count; index++) {
        const actor_t *actor = &world->actors [index];
        if (actor->log_size == 0) {
            continue;  //  Looked at, and never made
        }
        s_require (!actor->type->finished || actor->type->finished (actor->state)
                       || s_waits_for_operator (world, actor->self),
                   "a saga never ended", actor->self);
        s_operator_can_go_on (world, actor);
        if (actor->self.kind == OID_WALLET) {
            s_wallet_at_rest (world, actor);
        }
    }
    s_nothing_between (world);
    s_statement (world);
    s_fees (world);
}
