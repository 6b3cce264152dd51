//  reconciliation_daily - which days are due. Pure: no I/O, clock or allocation here.

#include "actors/reconciliation_daily.h"
#include "actors/money.h"
#include "actors/reconciliation.h"

static_assert ((int) RECONCILIATION_DAILY_CATCH_UP <= (int) DECISION_MESSAGES_MAX,
               "a message for each day");

static const field_t state_fields [] = {
    FIELD (I64, reconciliation_daily_t, next_day),
};

static const shape_t state_shape = SHAPE (reconciliation_daily_t, state_fields);

static const field_t planned_fields [] = {
    FIELD (I64, reconciliation_daily_planned_t, day),
};

static const shape_t planned_shape = SHAPE (reconciliation_daily_planned_t, planned_fields);

static const field_t due_fields [] = {
    FIELD (I64, reconciliation_daily_due_t, first_day),
    FIELD (I64, reconciliation_daily_due_t, last_day),
};

static const shape_t due_shape = SHAPE (reconciliation_daily_due_t, due_fields);

//  ---------------------------------------------------------------------------
//  Deciding

//  The last day whose time has come.
static int64_t
s_last_due (const decision_t *decision)
{
    int64_t after_ms = decision->limits->reconciliation_after_s * 1000;
    return money_seoul_day (decision->now_ms - after_ms) - 1;
}

static void
s_set_timer (int64_t day, decision_t *decision)
{
    int64_t after_ms = decision->limits->reconciliation_after_s * 1000;
    decision_timer (decision, RECONCILIATION_DAILY_WAKE,
                    money_seoul_midnight_ms (day + 1) + after_ms);
}

static verdict_t
s_start (int64_t first_day, int64_t last_day, decision_t *decision)
{
    for (int64_t day = first_day; day <= last_day; day++) {
        oid_t reconciliation =
            decision_derive (decision, OID_RECONCILIATION, decision->self, "daily", (uint32_t) day);
        decision_tell (decision, reconciliation, RECONCILIATION_START,
                       &(reconciliation_start_t) { .day = day });
    }
    return decision_emit (decision, RECONCILIATION_DAILY_DUE,
                          &(reconciliation_daily_due_t) { first_day, last_day });
}

static verdict_t
decide_wake (const void *state, const void *command, decision_t *decision)
{
    const reconciliation_daily_t *daily = state;
    int64_t last_due = s_last_due (decision);
    (void) command;

    if (decision->limits->reconciliation_after_s == 0) {
        if (daily->next_day > 0) {
            decision_timer (decision, RECONCILIATION_DAILY_WAKE, 0);
        }
        return VERDICT_ACCEPTED;
    }
    if (daily->next_day == 0) {
        s_set_timer (last_due + 1, decision);
        return decision_emit (decision, RECONCILIATION_DAILY_PLANNED,
                              &(reconciliation_daily_planned_t) { last_due + 1 });
    }
    if (daily->next_day > last_due) {
        s_set_timer (daily->next_day, decision);
        return VERDICT_ACCEPTED;
    }
    int64_t oldest = last_due - RECONCILIATION_DAILY_CATCH_UP + 1;
    s_set_timer (last_due + 1, decision);
    return s_start (daily->next_day > oldest ? daily->next_day : oldest, last_due, decision);
}

//  ---------------------------------------------------------------------------
//  Evolving

static void
evolve_planned (void *state, const void *event, int64_t at_ms)
{
    reconciliation_daily_t *daily = state;
    (void) at_ms;
    daily->next_day = ((const reconciliation_daily_planned_t *) event)->day;
}

static void
evolve_due (void *state, const void *event, int64_t at_ms)
{
    reconciliation_daily_t *daily = state;
    (void) at_ms;
    daily->next_day = ((const reconciliation_daily_due_t *) event)->last_day + 1;
}

static bool
daily_invariant (const void *state)
{
    return ((const reconciliation_daily_t *) state)->next_day >= 0;
}

static const command_rule_t commands [] = {
    [RECONCILIATION_DAILY_WAKE] = { "reconciliation_daily.wake", &shape_empty, decide_wake },
};

//  clang-format off
static const event_rule_t events [] = {
    [RECONCILIATION_DAILY_PLANNED] = { "reconciliation_daily.planned", 1, &planned_shape,
                                       evolve_planned, NULL },
    [RECONCILIATION_DAILY_DUE] = { "reconciliation_daily.due", 1, &due_shape, evolve_due, NULL },
};
//  clang-format on

const aggregate_type_t reconciliation_daily_aggregate = {
    .name = "reconciliation_daily",
    .kind = OID_RECONCILIATION_DAILY,
    .state = &state_shape,
    .commands = commands,
    .command_count = COUNT (commands),
    .events = events,
    .event_count = COUNT (events),
    .invariant = daily_invariant,
};
