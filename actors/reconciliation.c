//  reconciliation - rules of comparing a day. Pure: no I/O, clock or allocation here.

#include "actors/reconciliation.h"
#include "actors/reconciliation_daily.h"
#include "actors/reconciliation_items.h"

static const field_t mark_fields [] = {
    FIELD (BOOL, reconciliation_mark_t, resolved),
    FIELD (I64, reconciliation_mark_t, at_ms),
    FIELD (U8, reconciliation_mark_t, status),
    FIELD (OID, reconciliation_mark_t, approval),
    FIELD (TEXT, reconciliation_mark_t, operator),
    FIELD (TEXT, reconciliation_mark_t, confirmed_by),
    FIELD (U32, reconciliation_mark_t, verdict),
};

static const shape_t mark_shape = SHAPE (reconciliation_mark_t, mark_fields);

static const field_t state_fields [] = {
    FIELD (U8, reconciliation_t, status),
    FIELD (U32, reconciliation_t, verdict),
    FIELD (U32, reconciliation_t, fetch),
    FIELD (I64, reconciliation_t, day),
    FIELD (U32, reconciliation_t, open_count),
    FIELDS_BANK_STATED (reconciliation_t, stated.),
    FIELD_OF (reconciliation_t, marks, mark_count, mark_shape),
    FIELD (BOOL, reconciliation_t, daily),
    FIELD (U32, reconciliation_t, proposals),
};

static const shape_t state_shape = SHAPE (reconciliation_t, state_fields);

static const field_t start_fields [] = {
    FIELD (I64, reconciliation_start_t, day),
    FIELD (BOOL, reconciliation_start_t, daily),
};

static const shape_t start_shape = SHAPE (reconciliation_start_t, start_fields);

static const field_t failed_fields [] = {
    FIELD (U32, reconciliation_failed_t, verdict),
};

static const shape_t failed_shape = SHAPE (reconciliation_failed_t, failed_fields);

//  ---------------------------------------------------------------------------
//  Deciding

static void
s_ask (int64_t day, uint32_t fetch, decision_t *decision)
{
    decision_ask (decision, bank_oid (), BANK_STATEMENT, &(bank_statement_t) { day }, ANSWER_ALWAYS,
                  RECONCILIATION_STATED, fetch);
}

static verdict_t
decide_start (const void *state, const void *command, decision_t *decision)
{
    const reconciliation_t *reconciliation = state;
    reconciliation_start_t start = *(const reconciliation_start_t *) command;

    if (reconciliation->status != RECONCILIATION_NONE) {
        return VERDICT_ALREADY_EXISTS;
    }
    start.daily = decision->asker.kind == OID_RECONCILIATION_DAILY;
    s_ask (start.day, 1, decision);
    return decision_emit (decision, RECONCILIATION_STARTED, &start);
}

static verdict_t
s_fail (verdict_t verdict, decision_t *decision)
{
    return decision_emit (decision, RECONCILIATION_WAS_FAILED,
                          &(reconciliation_failed_t) { verdict });
}

//  An operator waits for the answer; nobody waits for the daily one, and it outlasts a
//  night on which the bank is closed.
static uint32_t
s_fetches_max (const reconciliation_t *reconciliation)
{
    return reconciliation->daily ? RECONCILIATION_DAILY_FETCHES_MAX : RECONCILIATION_FETCHES_MAX;
}

//  Reading a statement moves nothing: it may be asked for again at any time.
static verdict_t
decide_stated (const void *state, const void *command, decision_t *decision)
{
    const reconciliation_t *reconciliation = state;
    const bank_stated_t *stated = command;

    if (reconciliation->status != RECONCILIATION_FETCHING
        || stated->step != reconciliation->fetch) {
        return VERDICT_ACCEPTED;
    }
    switch (stated->result) {
    case BANK_SUCCEEDED: return decision_emit (decision, RECONCILIATION_WAS_DONE, stated);
    case BANK_FAILED: return s_fail (VERDICT_OPERATION_LIMIT_EXCEEDED, decision);
    default: break;
    }
    if (reconciliation->fetch >= s_fetches_max (reconciliation)) {
        return s_fail (VERDICT_BANK_UNAVAILABLE, decision);
    }
    decision_timer (decision, RECONCILIATION_FETCH,
                    decision->now_ms + bank_backoff_ms (decision->limits, reconciliation->fetch));
    return decision_emit (decision, RECONCILIATION_NOT_FETCHED, NULL);
}

static verdict_t
decide_fetch (const void *state, const void *command, decision_t *decision)
{
    const reconciliation_t *reconciliation = state;
    (void) command;

    if (reconciliation->status == RECONCILIATION_FETCHING) {
        s_ask (reconciliation->day, reconciliation->fetch, decision);
    }
    return VERDICT_ACCEPTED;
}

//  ---------------------------------------------------------------------------
//  Evolving

static void
evolve_started (void *state, const void *event, int64_t at_ms)
{
    reconciliation_t *reconciliation = state;
    const reconciliation_start_t *start = event;
    (void) at_ms;
    reconciliation->status = RECONCILIATION_FETCHING;
    reconciliation->day = start->day;
    reconciliation->daily = start->daily;
    reconciliation->fetch = 1;
}

static void
evolve_not_fetched (void *state, const void *event, int64_t at_ms)
{
    reconciliation_t *reconciliation = state;
    (void) event, (void) at_ms;
    reconciliation->fetch++;
}

static void
evolve_done (void *state, const void *event, int64_t at_ms)
{
    reconciliation_t *reconciliation = state;
    (void) at_ms;
    reconciliation->status = RECONCILIATION_DONE;
    reconciliation->stated = *(const bank_stated_t *) event;
    reconciliation->mark_count = reconciliation->stated.item_count;
    reconciliation->open_count = reconciliation->stated.item_count;
}

static void
evolve_failed (void *state, const void *event, int64_t at_ms)
{
    reconciliation_t *reconciliation = state;
    (void) at_ms;
    reconciliation->status = RECONCILIATION_FAILED;
    reconciliation->verdict = ((const reconciliation_failed_t *) event)->verdict;
}

static bool
reconciliation_invariant (const void *state)
{
    const reconciliation_t *reconciliation = state;
    uint32_t open = 0;
    if (reconciliation->mark_count > RECONCILIATION_ITEMS) {
        return false;
    }
    for (uint32_t index = 0; index < reconciliation->mark_count; index++) {
        const reconciliation_mark_t *mark = &reconciliation->marks [index];
        open += !mark->resolved;
        if (mark->status > RECONCILIATION_ITEM_POSTED
            || (mark->resolved && mark->status != RECONCILIATION_ITEM_OPEN)
                   != (mark->status == RECONCILIATION_ITEM_POSTED)) {
            return false;
        }
    }
    return reconciliation->status <= RECONCILIATION_FAILED && reconciliation->open_count == open
           && reconciliation->mark_count == reconciliation->stated.item_count
           && reconciliation->stated.difference_count >= reconciliation->stated.item_count
           && reconciliation->fetch <= s_fetches_max (reconciliation);
}

static bool
reconciliation_finished (const void *state)
{
    const reconciliation_t *reconciliation = state;
    return reconciliation->status >= RECONCILIATION_DONE && !reconciliation_posts (reconciliation);
}

//  clang-format off
static const command_rule_t commands [] = {
    [RECONCILIATION_START] = { "reconciliation.start", &start_shape, decide_start },
    [RECONCILIATION_STATED] = { "reconciliation.stated", &bank_stated_shape, decide_stated },
    [RECONCILIATION_FETCH] = { "reconciliation.fetch", &shape_empty, decide_fetch },
    [RECONCILIATION_RESOLVE] = { "reconciliation.resolve", &reconciliation_resolve_shape,
                                 reconciliation_decide_resolve },
    [RECONCILIATION_APPROVE] = { "reconciliation.approve", &approval_decided_shape,
                                 reconciliation_decide_approve },
    [RECONCILIATION_REJECT] = { "reconciliation.reject", &approval_decided_shape,
                                reconciliation_decide_reject },
    [RECONCILIATION_CORRECTED] = { "reconciliation.corrected", &saga_answer_shape,
                                   reconciliation_decide_corrected },
};

static const event_rule_t events [] = {
    [RECONCILIATION_STARTED] = { "reconciliation.started", 1, &start_shape, evolve_started, NULL },
    [RECONCILIATION_NOT_FETCHED] = { "reconciliation.not_fetched", 1, &shape_empty,
                                     evolve_not_fetched, NULL },
    [RECONCILIATION_WAS_DONE] = { "reconciliation.done", 1, &bank_stated_shape, evolve_done, NULL },
    [RECONCILIATION_WAS_FAILED] = { "reconciliation.failed", 1, &failed_shape, evolve_failed,
                                    NULL },
    [RECONCILIATION_RESOLVED] = { "reconciliation.resolved", 1, &reconciliation_resolve_shape,
                                  reconciliation_evolve_resolved, NULL },
    [RECONCILIATION_WAS_PROPOSED] = { "reconciliation.proposed", 1, &reconciliation_post_shape,
                                      reconciliation_evolve_proposed, NULL },
    [RECONCILIATION_POSTING] = { "reconciliation.posting", 1, &reconciliation_post_shape,
                                 reconciliation_evolve_posting, NULL },
    [RECONCILIATION_WAS_POSTED] = { "reconciliation.posted", 1, &reconciliation_end_shape,
                                    reconciliation_evolve_posted, NULL },
    [RECONCILIATION_REOPENED] = { "reconciliation.reopened", 1, &reconciliation_end_shape,
                                  reconciliation_evolve_reopened, NULL },
};
//  clang-format on

const aggregate_type_t reconciliation_aggregate = {
    .name = "reconciliation",
    .kind = OID_RECONCILIATION,
    .state = &state_shape,
    .commands = commands,
    .command_count = COUNT (commands),
    .events = events,
    .event_count = COUNT (events),
    .invariant = reconciliation_invariant,
    .finished = reconciliation_finished,
};
