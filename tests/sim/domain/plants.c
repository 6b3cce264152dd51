//  plants - each a wrong function in a copy of the right tables.

#include "tests/sim/domain/plants.h"
#include "actors/bank_transfer.h"
#include "actors/merchant.h"
#include "actors/payment.h"
#include "actors/recharge.h"
#include "actors/refund.h"
#include "actors/remittance.h"
#include "actors/settlement.h"
#include "actors/withdrawal.h"
#include "actors/wallet.h"

enum { ROWS_MAX = 32 };

//  The copy that is wrong, and the tables it was made of.
static aggregate_type_t wrong;
static command_rule_t commands [ROWS_MAX];
static event_rule_t events [ROWS_MAX];
static const aggregate_type_t *right;

static void
s_moves_nothing (oid_t self, const void *event, postings_t *postings)
{
    (void) self, (void) event, (void) postings;
}

//  ---------------------------------------------------------------------------

static void
s_paid_without_posting (void)
{
    events [WALLET_CAPTURED].postings = s_moves_nothing;
}

static void
s_held_evolves (void *state, const void *event, int64_t at_ms)
{
    wallet_t *wallet = state;
    right->events [WALLET_HELD].evolve (state, event, at_ms);
    wallet->available_minor += ((const movement_t *) event)->amount_minor;
}

static void
s_hold_stays_spendable (void)
{
    events [WALLET_HELD].evolve = s_held_evolves;
}

static verdict_t
s_unknown_is_failed (const void *state, const void *command, decision_t *decision)
{
    bank_answered_t answer = *(const bank_answered_t *) command;
    if (answer.result == BANK_UNKNOWN) {
        answer.result = BANK_FAILED;
    }
    return right->commands [BANK_TRANSFER_ANSWERED].decide (state, &answer, decision);
}

static void
s_unknown_taken_as_failed (void)
{
    commands [BANK_TRANSFER_ANSWERED].decide = s_unknown_is_failed;
}

//  An ask that was not answered in time is asked again, as another movement.
static verdict_t
s_credits_again (const void *state, const void *command, decision_t *decision)
{
    const recharge_t *recharge = state;
    if (recharge->step == RECHARGE_CREDITING && recharge->status != RECHARGE_PARKED) {
        wallet_move_t move = {
            .reference = { decision->self, LEG_RETURN, 2 },
            .amount_minor = recharge->request.amount_minor,
            .currency = "KRW",
        };
        decision_tell (decision, recharge->request.wallet, WALLET_CREDIT, &move);
    }
    return right->commands [RECHARGE_DEADLINE].decide (state, command, decision);
}

static void
s_credit_under_new_reference (void)
{
    commands [RECHARGE_DEADLINE].decide = s_credits_again;
}

//  Failed or not: the money is taken for transferred.
static verdict_t
s_believes (const void *state, const void *command, decision_t *decision)
{
    bank_transfer_outcome_t outcome = *(const bank_transfer_outcome_t *) command;
    outcome.status = BANK_TRANSFER_SUCCEEDED;
    return right->commands [RECHARGE_TRANSFERRED].decide (state, &outcome, decision);
}

static void
s_credit_without_money (void)
{
    commands [RECHARGE_TRANSFERRED].decide = s_believes;
}

//  What an operator has resolved is never asked about again.
static verdict_t
s_asks_no_more (const void *state, const void *command, decision_t *decision)
{
    const bank_transfer_t *transfer = state;
    return transfer->resolved
               ? VERDICT_ACCEPTED
               : right->commands [BANK_TRANSFER_INQUIRE].decide (state, command, decision);
}

static void
s_resolve_is_the_last_word (void)
{
    commands [BANK_TRANSFER_INQUIRE].decide = s_asks_no_more;
}

static void
s_out_posts_nothing (void)
{
    events [BANK_TRANSFER_WAS_REQUESTED].postings = s_moves_nothing;
}

//  ---------------------------------------------------------------------------
//  Payments

//  What refunds that are under way have reserved is offered to the next one too.
static verdict_t
s_refunds_unreserved (const void *state, const void *command, decision_t *decision)
{
    static payment_t payment;
    payment = *(const payment_t *) state;
    payment.refunding_count = 0;
    return right->commands [PAYMENT_REFUND].decide (&payment, command, decision);
}

static void
s_refund_not_reserved (void)
{
    commands [PAYMENT_REFUND].decide = s_refunds_unreserved;
}

//  The hold is given back while a capture of it is on its way.
static verdict_t
s_cancels_all (const void *state, const void *command, decision_t *decision)
{
    static payment_t payment;
    payment = *(const payment_t *) state;
    for (uint32_t index = 0; index < payment.capturing_count; index++) {
        payment.held_minor += payment.capturing [index].amount_minor;
    }
    payment.capturing_count = 0;
    return right->commands [PAYMENT_CANCEL].decide (&payment, command, decision);
}

static void
s_cancel_while_capturing (void)
{
    commands [PAYMENT_CANCEL].decide = s_cancels_all;
}

static void
s_refund_evolves (void *state, const void *event, int64_t at_ms)
{
    payment_t *payment = state;
    payment_refunding_t refunding = *(const payment_refunding_t *) event;
    refunding.fee_back_minor = 0;
    right->events [PAYMENT_REFUND_STARTED].evolve (payment, &refunding, at_ms);
}

static void
s_fee_kept (void)
{
    events [PAYMENT_REFUND_STARTED].evolve = s_refund_evolves;
}

//  The part of the fee that has become due goes back with any refund, however small.
static verdict_t
s_gives_all_due (const void *state, const void *command, decision_t *decision)
{
    const payment_t *payment = state;
    verdict_t verdict = right->commands [PAYMENT_REFUND].decide (state, command, decision);
    if (verdict == VERDICT_ACCEPTED) {
        payment_refunding_t *started = (void *) (uintptr_t) decision->events [0].payload;
        int64_t given_minor =
            payment->captured_minor - payment_refundable_minor (payment) + started->amount_minor;
        int64_t due_minor =
            payment->fee_minor * given_minor / payment->captured_minor - payment->fee_back_minor;
        started->fee_back_minor = due_minor > 0 ? due_minor : 0;
        ((refund_request_t *) (uintptr_t) decision->messages [0].payload)->fee_back_minor =
            started->fee_back_minor;
    }
    return verdict;
}

static void
s_refund_pays_the_merchant (void)
{
    commands [PAYMENT_REFUND].decide = s_gives_all_due;
}

//  ---------------------------------------------------------------------------
//  Settlements

//  The window's number is read after the cut: two windows are one settlement.
static void
s_window_evolves (void *state, const void *event, int64_t at_ms)
{
    merchant_t *merchant = state;
    right->events [MERCHANT_WINDOW_CLOSED].evolve (merchant, event, at_ms);
    merchant->windows -= merchant->windows % 2 == 0;
}

static void
s_window_read_late (void)
{
    events [MERCHANT_WINDOW_CLOSED].evolve = s_window_evolves;
}

//  The next attempt starts while the bank has not decided the last one.
static verdict_t
s_pays_again (const void *state, const void *command, decision_t *decision)
{
    bank_transfer_outcome_t outcome = *(const bank_transfer_outcome_t *) command;
    if (outcome.status == BANK_TRANSFER_PARKED) {
        outcome.status = BANK_TRANSFER_FAILED;
    }
    return right->commands [SETTLEMENT_TRANSFERRED].decide (state, &outcome, decision);
}

static void
s_payout_after_unknown (void)
{
    commands [SETTLEMENT_TRANSFERRED].decide = s_pays_again;
}

static void
s_refund_takes_nothing (void)
{
    events [MERCHANT_REFUNDED].postings = s_moves_nothing;
}

//  ---------------------------------------------------------------------------
//  Money that leaves

static verdict_t
s_gives_back (const void *state, const void *command, decision_t *decision)
{
    bank_transfer_outcome_t outcome = *(const bank_transfer_outcome_t *) command;
    outcome.status = BANK_TRANSFER_FAILED;
    return right->commands [WITHDRAWAL_TRANSFERRED].decide (state, &outcome, decision);
}

static void
s_paid_out_and_given_back (void)
{
    commands [WITHDRAWAL_TRANSFERRED].decide = s_gives_back;
}

//  Refused or not: the receiver is credited.
static verdict_t
s_goes_on (const void *state, const void *command, decision_t *decision)
{
    saga_answer_t answer = *(const saga_answer_t *) command;
    if (answer.step == REMITTANCE_DEBITING) {
        answer.verdict = VERDICT_ACCEPTED;
    }
    return right->commands [REMITTANCE_ANSWERED].decide (state, &answer, decision);
}

static void
s_sent_without_debit (void)
{
    commands [REMITTANCE_ANSWERED].decide = s_goes_on;
}

//  Declined by the bank, a recharge does not give up what it made room for.
static verdict_t
s_keeps_expecting (const void *state, const void *command, decision_t *decision)
{
    verdict_t verdict = right->commands [RECHARGE_TRANSFERRED].decide (state, command, decision);
    size_t kept = 0;
    for (size_t index = 0; index < decision->message_count; index++) {
        bool gives_up = decision->messages [index].to.kind == OID_WALLET
                        && decision->messages [index].command == WALLET_UNEXPECT;
        if (!gives_up) {
            decision->messages [kept++] = decision->messages [index];
        }
    }
    decision->message_count = kept;
    return verdict;
}

static void
s_expect_kept (void)
{
    commands [RECHARGE_TRANSFERRED].decide = s_keeps_expecting;
}

//  An operator resolves what the bank is just being asked, or was since it was proposed.
static verdict_t
s_does_not_wait (const void *state, const void *command, decision_t *decision)
{
    bank_transfer_t transfer = *(const bank_transfer_t *) state;
    saga_resolve_t resolve = *(const saga_resolve_t *) command;
    transfer.asking = false;
    resolve.version = 0;
    return right->commands [BANK_TRANSFER_RESOLVE].decide (&transfer, &resolve, decision);
}

static void
s_resolved_too_soon (void)
{
    commands [BANK_TRANSFER_RESOLVE].decide = s_does_not_wait;
}

typedef struct {
    const char *name, *what;
    uint8_t kind;
    void (*plant) (void);
} plant_t;

static const plant_t plants [] = {
    { "paid-without-posting", "a wallet pays and the books do not hear of it", OID_WALLET,
      s_paid_without_posting },
    { "hold-stays-spendable", "what is held can be spent once more", OID_WALLET,
      s_hold_stays_spendable },
    { "unknown-taken-as-failed", "no answer of the bank is taken for a refusal", OID_BANK_TRANSFER,
      s_unknown_taken_as_failed },
    { "credit-under-new-reference", "a credit that is slow is asked again as another movement",
      OID_RECHARGE, s_credit_under_new_reference },
    { "credit-without-money", "a failed transfer is credited", OID_RECHARGE,
      s_credit_without_money },
    { "instructed-without-posting", "money that may be at the bank is still ours",
      OID_BANK_TRANSFER, s_out_posts_nothing },
    { "resolve-is-the-last-word", "the bank is not asked about what an operator resolved",
      OID_BANK_TRANSFER, s_resolve_is_the_last_word },
    { "refund-not-reserved", "two refunds at once share what is left", OID_PAYMENT,
      s_refund_not_reserved },
    { "cancel-while-capturing", "what is being captured is given back too", OID_PAYMENT,
      s_cancel_while_capturing },
    { "fee-kept", "a refund forgets its part of the fee", OID_PAYMENT, s_fee_kept },
    { "window-read-late", "two windows share one settlement's id", OID_MERCHANT,
      s_window_read_late },
    { "payout-after-unknown", "a payout that was not answered is paid again", OID_SETTLEMENT,
      s_payout_after_unknown },
    { "refund-takes-nothing", "a merchant's refund is missing in the books", OID_MERCHANT,
      s_refund_takes_nothing },
    { "paid-out-and-given-back", "a withdrawal that succeeded is released", OID_WITHDRAWAL,
      s_paid_out_and_given_back },
    { "sent-without-debit", "a remittance goes on although the sender could not pay",
      OID_REMITTANCE, s_sent_without_debit },
    { "expect-kept", "a declined recharge still reserves room in the wallet", OID_RECHARGE,
      s_expect_kept },
    { "refund-pays-the-merchant", "a refund gives back more of the fee than it is", OID_PAYMENT,
      s_refund_pays_the_merchant },
    { "resolved-too-soon", "an operator releases what the bank is just being asked to pay",
      OID_BANK_TRANSFER, s_resolved_too_soon },
};

size_t
plants_count (void)
{
    return COUNT (plants);
}

const char *
plants_name (size_t index)
{
    return plants [index].name;
}

const char *
plants_what (size_t index)
{
    return plants [index].what;
}

const aggregate_type_t *const *
plants_grow (const char *name)
{
    static const aggregate_type_t *instead [OID_KIND_COUNT];
    for (size_t index = 0; index < COUNT (plants); index++) {
        if (strcmp (plants [index].name, name) == 0) {
            right = registry_find (plants [index].kind);
            assert (right->command_count <= ROWS_MAX && right->event_count <= ROWS_MAX);
            memcpy (commands, right->commands, right->command_count * sizeof *commands);
            memcpy (events, right->events, right->event_count * sizeof *events);
            wrong = *right;
            wrong.commands = commands;
            wrong.events = events;
            plants [index].plant ();
            instead [plants [index].kind] = &wrong;
            return instead;
        }
    }
    return NULL;
}
