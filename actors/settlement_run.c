//  settlement_run - who is asked next. Pure.

#include "actors/settlement_run.h"
#include "actors/merchant.h"
#include "actors/merchant_roll.h"

enum { AGAIN_MS = 100 };  //  A message of the roll is on its way meanwhile

static const field_t state_fields [] = {
    FIELD (U8, settlement_run_t, status),          FIELD (BOOL, settlement_run_t, delayed),
    FIELD (BOOL, settlement_run_t, walked),        FIELD (OID, settlement_run_t, start.merchant),
    FIELD (I64, settlement_run_t, start.until_ms), FIELD (OID, settlement_run_t, asked),
    FIELD (I64, settlement_run_t, visited),        FIELD (I64, settlement_run_t, closed),
    FIELD (I64, settlement_run_t, started),
};

static const shape_t state_shape = SHAPE (settlement_run_t, state_fields);

static const field_t start_fields [] = {
    FIELD (OID, settlement_run_start_t, merchant),
    FIELD (I64, settlement_run_start_t, until_ms),
};

static const shape_t start_shape = SHAPE (settlement_run_start_t, start_fields);

static const field_t visit_fields [] = {
    FIELD (OID, settlement_run_visit_t, merchant),
};

const shape_t settlement_run_visit_shape = SHAPE (settlement_run_visit_t, visit_fields);

static const field_t closed_fields [] = {
    FIELD (OID, settlement_run_closed_t, merchant),
    FIELD (OID, settlement_run_closed_t, settlement),
    FIELD (BOOL, settlement_run_closed_t, listed),
    FIELD (OID, settlement_run_closed_t, follows),
};

const shape_t settlement_run_closed_shape = SHAPE (settlement_run_closed_t, closed_fields);

//  ---------------------------------------------------------------------------
//  Deciding

static verdict_t
s_end (decision_t *decision)
{
    decision_timer (decision, SETTLEMENT_RUN_DEADLINE, 0);
    return decision_emit (decision, SETTLEMENT_RUN_WAS_ENDED, NULL);
}

static void
s_ask (oid_t merchant, decision_t *decision)
{
    decision_tell (decision, merchant, MERCHANT_CLOSE_WINDOW, NULL);
    decision_timer (decision, SETTLEMENT_RUN_DEADLINE,
                    decision->now_ms + decision->limits->step_deadline_ms);
}

static verdict_t
s_visit (oid_t merchant, decision_t *decision)
{
    s_ask (merchant, decision);
    return decision_emit (decision, SETTLEMENT_RUN_VISITED, &(settlement_run_visit_t) { merchant });
}

static verdict_t
decide_start (const void *state, const void *command, decision_t *decision)
{
    const settlement_run_t *run = state;
    const settlement_run_start_t *start = command;

    if (run->status != SETTLEMENT_RUN_NONE) {
        return VERDICT_ALREADY_EXISTS;
    }
    decision_emit (decision, SETTLEMENT_RUN_STARTED, start);
    if (start->until_ms != 0 && start->until_ms < decision->now_ms) {
        return decision_emit (decision, SETTLEMENT_RUN_WAS_ENDED, NULL);
    }
    if (!oid_is_none (start->merchant)) {
        return s_visit (start->merchant, decision);
    }
    decision_tell (decision, merchant_roll_oid (), MERCHANT_ROLL_FIRST, NULL);
    decision_timer (decision, SETTLEMENT_RUN_DEADLINE,
                    decision->now_ms + decision->limits->step_deadline_ms);
    return VERDICT_ACCEPTED;
}

static bool
s_walking (const settlement_run_t *run)
{
    return run->status == SETTLEMENT_RUN_WALKING && !run->walked;
}

static verdict_t
decide_visit (const void *state, const void *command, decision_t *decision)
{
    const settlement_run_t *run = state;
    const settlement_run_visit_t *visit = command;

    if (!s_walking (run) || !oid_is_none (run->asked)) {
        return VERDICT_ACCEPTED;
    }
    return oid_is_none (visit->merchant) ? s_end (decision) : s_visit (visit->merchant, decision);
}

//  The next one is asked; after the last, the run waits for settlements that have not
//  started yet.
static verdict_t
decide_closed (const void *state, const void *command, decision_t *decision)
{
    const settlement_run_t *run = state;
    const settlement_run_closed_t *answer = command;
    bool one = !oid_is_none (run->start.merchant);

    if (!s_walking (run) || !oid_equal (run->asked, answer->merchant)) {
        return VERDICT_ACCEPTED;
    }
    decision_emit (decision, SETTLEMENT_RUN_ANSWERED, answer);
    if (!one && !answer->listed) {
        decision_timer (decision, SETTLEMENT_RUN_AGAIN, decision->now_ms + AGAIN_MS);
        return VERDICT_ACCEPTED;
    }
    if (!one && !oid_is_none (answer->follows)) {
        return s_visit (answer->follows, decision);
    }
    int64_t closed = run->closed + !oid_is_none (answer->settlement);
    return closed == run->started ? s_end (decision) : VERDICT_ACCEPTED;
}

//  It may overtake the merchant's answer.
static verdict_t
decide_settling (const void *state, const void *command, decision_t *decision)
{
    const settlement_run_t *run = state;
    (void) command;

    if (run->status != SETTLEMENT_RUN_WALKING) {
        return VERDICT_ACCEPTED;
    }
    decision_emit (decision, SETTLEMENT_RUN_COUNTED, NULL);
    return run->walked && run->started + 1 == run->closed ? s_end (decision) : VERDICT_ACCEPTED;
}

//  Its window is closed already; it is asked for nothing but whom it follows.
static verdict_t
decide_again (const void *state, const void *command, decision_t *decision)
{
    const settlement_run_t *run = state;
    (void) command;

    if (s_walking (run) && !oid_is_none (run->asked)) {
        s_ask (run->asked, decision);
    }
    return VERDICT_ACCEPTED;
}

//  The outbox goes on delivering: nothing is asked again, somebody should look.
static verdict_t
decide_deadline (const void *state, const void *command, decision_t *decision)
{
    const settlement_run_t *run = state;
    (void) command;

    if (run->status != SETTLEMENT_RUN_WALKING || run->delayed) {
        return VERDICT_ACCEPTED;
    }
    return decision_emit (decision, SETTLEMENT_RUN_WAS_DELAYED, NULL);
}

//  ---------------------------------------------------------------------------
//  Evolving

static void
evolve_started (void *state, const void *event, int64_t at_ms)
{
    settlement_run_t *run = state;
    (void) at_ms;
    run->status = SETTLEMENT_RUN_WALKING;
    run->start = *(const settlement_run_start_t *) event;
}

static void
evolve_visited (void *state, const void *event, int64_t at_ms)
{
    settlement_run_t *run = state;
    (void) at_ms;
    run->asked = ((const settlement_run_visit_t *) event)->merchant;
}

static void
evolve_answered (void *state, const void *event, int64_t at_ms)
{
    settlement_run_t *run = state;
    const settlement_run_closed_t *answer = event;
    bool one = !oid_is_none (run->start.merchant);
    (void) at_ms;

    run->closed += !oid_is_none (answer->settlement);
    if (one || answer->listed) {
        run->visited++;
        run->walked = one || oid_is_none (answer->follows);
    }
}

static void
evolve_counted (void *state, const void *event, int64_t at_ms)
{
    settlement_run_t *run = state;
    (void) event, (void) at_ms;
    run->started++;
}

static void
evolve_delayed (void *state, const void *event, int64_t at_ms)
{
    settlement_run_t *run = state;
    (void) event, (void) at_ms;
    run->delayed = true;
}

static void
evolve_ended (void *state, const void *event, int64_t at_ms)
{
    settlement_run_t *run = state;
    (void) event, (void) at_ms;
    run->status = SETTLEMENT_RUN_ENDED;
    run->walked = true;
    run->delayed = false;
    run->asked = (oid_t) { 0 };
}

//  A settlement may be counted a moment before its merchant's answer.
static bool
run_invariant (const void *state)
{
    const settlement_run_t *run = state;
    if (run->status == SETTLEMENT_RUN_NONE) {
        return run->visited == 0 && run->closed == 0 && run->started == 0;
    }
    return run->status <= SETTLEMENT_RUN_ENDED && run->started <= run->closed + 1
           && (run->status != SETTLEMENT_RUN_ENDED || run->started == run->closed);
}

static bool
run_finished (const void *state)
{
    return ((const settlement_run_t *) state)->status == SETTLEMENT_RUN_ENDED;
}

//  clang-format off
static const command_rule_t commands [] = {
    [SETTLEMENT_RUN_START] = { "settlement_run.start", &start_shape, decide_start },
    [SETTLEMENT_RUN_VISIT] = { "settlement_run.visit", &settlement_run_visit_shape, decide_visit },
    [SETTLEMENT_RUN_CLOSED] = { "settlement_run.closed", &settlement_run_closed_shape,
                                decide_closed },
    [SETTLEMENT_RUN_SETTLING] = { "settlement_run.settling", &shape_empty, decide_settling },
    [SETTLEMENT_RUN_AGAIN] = { "settlement_run.again", &shape_empty, decide_again },
    [SETTLEMENT_RUN_DEADLINE] = { "settlement_run.deadline", &shape_empty, decide_deadline },
};

static const event_rule_t events [] = {
    [SETTLEMENT_RUN_STARTED] = { "settlement_run.started", 1, &start_shape, evolve_started, NULL },
    [SETTLEMENT_RUN_VISITED] = { "settlement_run.visited", 1, &settlement_run_visit_shape,
                                 evolve_visited, NULL },
    [SETTLEMENT_RUN_ANSWERED] = { "settlement_run.answered", 1, &settlement_run_closed_shape,
                                  evolve_answered, NULL },
    [SETTLEMENT_RUN_COUNTED] = { "settlement_run.counted", 1, &shape_empty, evolve_counted, NULL },
    [SETTLEMENT_RUN_WAS_DELAYED] = { "settlement_run.delayed", 1, &shape_empty, evolve_delayed,
                                     NULL },
    [SETTLEMENT_RUN_WAS_ENDED] = { "settlement_run.ended", 1, &shape_empty, evolve_ended, NULL },
};
//  clang-format on

const aggregate_type_t settlement_run_aggregate = {
    .name = "settlement_run",
    .kind = OID_SETTLEMENT_RUN,
    .state = &state_shape,
    .commands = commands,
    .command_count = COUNT (commands),
    .events = events,
    .event_count = COUNT (events),
    .invariant = run_invariant,
    .finished = run_finished,
};
