//  plants - each a wrong function in a copy of the right tables.

#include "tests/sim/domain/plants.h"
#include "actors/bank_transfer.h"
#include "actors/recharge.h"
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

static void
s_out_posts_nothing (void)
{
    events [BANK_TRANSFER_WAS_REQUESTED].postings = s_moves_nothing;
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
