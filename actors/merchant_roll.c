//  merchant_roll - who registered last. Pure.

#include "actors/merchant_roll.h"
#include "actors/merchant.h"
#include "actors/settlement_run.h"

static const field_t state_fields [] = {
    FIELD (OID, merchant_roll_t, last),
    FIELD (I64, merchant_roll_t, count),
};

static const shape_t state_shape = SHAPE (merchant_roll_t, state_fields);

static const field_t entered_fields [] = {
    FIELD (OID, merchant_roll_entered_t, merchant),
};

static const shape_t entered_shape = SHAPE (merchant_roll_entered_t, entered_fields);

static verdict_t
decide_enter (const void *state, const void *command, decision_t *decision)
{
    const merchant_roll_t *roll = state;
    (void) command;

    if (decision->asker.kind != OID_MERCHANT) {
        return VERDICT_STATE_CONFLICT;
    }
    decision_tell (decision, decision->asker, MERCHANT_FOLLOW, &(merchant_follow_t) { roll->last });
    return decision_emit (decision, MERCHANT_ROLL_ENTERED,
                          &(merchant_roll_entered_t) { decision->asker });
}

static verdict_t
decide_first (const void *state, const void *command, decision_t *decision)
{
    const merchant_roll_t *roll = state;
    (void) command;

    if (decision->asker.kind != OID_SETTLEMENT_RUN) {
        return VERDICT_STATE_CONFLICT;
    }
    decision_tell (decision, decision->asker, SETTLEMENT_RUN_VISIT,
                   &(settlement_run_visit_t) { roll->last });
    return VERDICT_ACCEPTED;
}

static void
evolve_entered (void *state, const void *event, int64_t at_ms)
{
    merchant_roll_t *roll = state;
    const merchant_roll_entered_t *entered = event;
    (void) at_ms;
    roll->last = entered->merchant;
    roll->count++;
}

static bool
roll_invariant (const void *state)
{
    const merchant_roll_t *roll = state;
    return roll->count >= 0 && oid_is_none (roll->last) == (roll->count == 0);
}

static const command_rule_t commands [] = {
    [MERCHANT_ROLL_ENTER] = { "merchant_roll.enter", &shape_empty, decide_enter },
    [MERCHANT_ROLL_FIRST] = { "merchant_roll.first", &shape_empty, decide_first },
};

static const event_rule_t events [] = {
    [MERCHANT_ROLL_ENTERED] = { "merchant_roll.entered", 1, &entered_shape, evolve_entered, NULL },
};

const aggregate_type_t merchant_roll_aggregate = {
    .name = "merchant_roll",
    .kind = OID_MERCHANT_ROLL,
    .state = &state_shape,
    .commands = commands,
    .command_count = COUNT (commands),
    .events = events,
    .event_count = COUNT (events),
    .invariant = roll_invariant,
};
