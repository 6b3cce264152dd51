//  delivery - when an event is sent, again, and no more. Pure: no I/O, clock or
//  allocation here.

#include "actors/delivery.h"
#include "actors/webhook_endpoint.h"

static const int64_t SECOND_MS = 1000, MINUTE_MS = 60 * SECOND_MS, HOUR_MS = 60 * MINUTE_MS;

static const field_t attempt_fields [] = {
    FIELD (U32, delivery_attempt_t, number),      FIELD (I64, delivery_attempt_t, at_ms),
    FIELD (U8, delivery_attempt_t, outcome),      FIELD (U32, delivery_attempt_t, http_status),
    FIELD (U32, delivery_attempt_t, duration_ms), FIELD (BOOL, delivery_attempt_t, manual),
};

static const shape_t attempt_shape = SHAPE (delivery_attempt_t, attempt_fields);

static const field_t state_fields [] = {
    FIELD (U8, delivery_t, status),
    FIELD (BOOL, delivery_t, in_flight),
    FIELD (BOOL, delivery_t, manual),
    FIELD (OID, delivery_t, endpoint),
    FIELD (OID, delivery_t, owner),
    FIELDS_WEBHOOK_PLACE (delivery_t, place),
    FIELD (TEXT, delivery_t, event),
    FIELD (OID, delivery_t, subject),
    FIELD (U32, delivery_t, attempts),
    FIELD (U32, delivery_t, retries),
    FIELD (I64, delivery_t, sent_at_ms),
    FIELD (I64, delivery_t, next_at_ms),
    FIELD_OF (delivery_t, kept, kept_count, attempt_shape),
};

static const shape_t state_shape = SHAPE (delivery_t, state_fields);

static const field_t create_fields [] = {
    FIELD (OID, delivery_create_t, endpoint),        FIELD (OID, delivery_create_t, owner),
    FIELDS_WEBHOOK_PLACE (delivery_create_t, place), FIELD (TEXT, delivery_create_t, event),
    FIELD (OID, delivery_create_t, subject),
};

static const shape_t create_shape = SHAPE (delivery_create_t, create_fields);

static const field_t retry_fields [] = { FIELD (U8, delivery_retry_t, endpoint_status) };

static const shape_t retry_shape = SHAPE (delivery_retry_t, retry_fields);

static const field_t attempted_fields [] = {
    FIELD (U32, delivery_attempted_t, attempt),
    FIELD (BOOL, delivery_attempted_t, manual),
};

static const shape_t attempted_shape = SHAPE (delivery_attempted_t, attempted_fields);

static const field_t outcome_fields [] = {
    FIELD (U32, delivery_outcome_t, attempt),     FIELD (U8, delivery_outcome_t, outcome),
    FIELD (U32, delivery_outcome_t, http_status), FIELD (U32, delivery_outcome_t, duration_ms),
    FIELD (I64, delivery_outcome_t, next_at_ms),
};

static const shape_t outcome_shape = SHAPE (delivery_outcome_t, outcome_fields);

//  ---------------------------------------------------------------------------
//  When

//  FNV-1a over the id and the retry: spread evenly, and always the same.
static uint32_t
s_hash (oid_t delivery, uint32_t retry)
{
    uint32_t hash = 2166136261u;
    for (size_t index = 0; index < OID_BYTES; index++) {
        hash = (hash ^ delivery.bytes [index]) * 16777619u;
    }
    return (hash ^ retry) * 16777619u;
}

int64_t
delivery_wait_ms (oid_t delivery, uint32_t retry)
{
    const int64_t waits_ms [DELIVERY_RETRIES] = {
        5 * SECOND_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS,  5 * HOUR_MS,
        10 * HOUR_MS,  14 * HOUR_MS,  20 * HOUR_MS,   24 * HOUR_MS,
    };
    assert (retry >= 1 && retry <= DELIVERY_RETRIES);
    int64_t wait_ms = waits_ms [retry - 1];
    return wait_ms + wait_ms / 10 * (s_hash (delivery, retry) >> 16) / 0x10000;
}

//  ---------------------------------------------------------------------------
//  Deciding

static void
s_send (oid_t endpoint, webhook_place_t place, uint32_t attempt, decision_t *decision)
{
    webhook_send_t send = { .endpoint = endpoint, .place = place, .attempt = attempt };
    decision_ask (decision, webhook_oid (), WEBHOOK_SEND, &send, ANSWER_ALWAYS, DELIVERY_ANSWERED,
                  attempt);
}

static verdict_t
decide_create (const void *state, const void *command, decision_t *decision)
{
    const delivery_t *delivery = state;
    const delivery_create_t *create = command;

    if (delivery->status != DELIVERY_ABSENT) {
        return VERDICT_ACCEPTED;
    }
    s_send (create->endpoint, create->place, 1, decision);
    return decision_emit (decision, DELIVERY_WAS_CREATED, create);
}

static verdict_t
s_attempt (const delivery_t *delivery, bool manual, decision_t *decision)
{
    delivery_attempted_t attempted = { .attempt = delivery->attempts + 1, .manual = manual };
    s_send (delivery->endpoint, delivery->place, attempted.attempt, decision);
    return decision_emit (decision, DELIVERY_ATTEMPTED, &attempted);
}

static verdict_t
decide_wake (const void *state, const void *command, decision_t *decision)
{
    const delivery_t *delivery = state;
    (void) command;
    if (delivery->next_at_ms == 0 || decision->now_ms < delivery->next_at_ms) {
        return VERDICT_ACCEPTED;
    }
    return s_attempt (delivery, false, decision);
}

static verdict_t
decide_retry (const void *state, const void *command, decision_t *decision)
{
    const delivery_t *delivery = state;
    const delivery_retry_t *retry = command;

    if (delivery->status == DELIVERY_ABSENT) {
        return VERDICT_NOT_FOUND;
    }
    if (delivery->in_flight) {
        return VERDICT_ANSWER_PENDING;
    }
    if (retry->endpoint_status != WEBHOOK_ENDPOINT_ENABLED) {
        return VERDICT_WEBHOOK_ENDPOINT_DISABLED;
    }
    if (delivery->next_at_ms > 0) {
        decision_timer (decision, DELIVERY_WAKE, 0);
    }
    return s_attempt (delivery, true, decision);
}

static bool
s_delivered (const webhook_answered_t *answer)
{
    return answer->outcome == WEBHOOK_RESPONDED && answer->http_status >= 200
           && answer->http_status < 300;
}

//  What a pending one becomes by an attempt that failed: its event, and outcome's next_at_ms.
static uint8_t
s_after_failure (const delivery_t *delivery, delivery_outcome_t *outcome, decision_t *decision)
{
    bool gone = outcome->outcome == WEBHOOK_RESPONDED && outcome->http_status == 410;
    if (gone || outcome->outcome == WEBHOOK_FOUND_DISABLED
        || outcome->outcome == WEBHOOK_FOUND_DELETED) {
        return DELIVERY_WAS_DISCARDED;
    }
    if (outcome->outcome == WEBHOOK_EVENT_UNREADABLE || delivery->retries >= DELIVERY_RETRIES) {
        return DELIVERY_HAS_FAILED;
    }
    outcome->next_at_ms =
        decision->now_ms + delivery_wait_ms (decision->self, delivery->retries + 1);
    decision_timer (decision, DELIVERY_WAKE, outcome->next_at_ms);
    return DELIVERY_ATTEMPT_FAILED;
}

static verdict_t
decide_answered (const void *state, const void *command, decision_t *decision)
{
    const delivery_t *delivery = state;
    const webhook_answered_t *answer = command;

    if (!delivery->in_flight || answer->step != delivery->attempts) {
        return VERDICT_ACCEPTED;
    }
    delivery_outcome_t outcome = {
        .attempt = answer->step,
        .outcome = answer->outcome,
        .http_status = answer->http_status,
        .duration_ms = answer->duration_ms,
    };
    if (s_delivered (answer)) {
        return decision_emit (decision, DELIVERY_HAS_SUCCEEDED, &outcome);
    }
    if (answer->outcome == WEBHOOK_RESPONDED && answer->http_status == 410) {
        decision_tell (decision, delivery->endpoint, WEBHOOK_ENDPOINT_GONE, NULL);
    }
    uint8_t event = DELIVERY_ATTEMPT_FAILED;
    if (delivery->status == DELIVERY_PENDING) {
        event = s_after_failure (delivery, &outcome, decision);
    }
    return decision_emit (decision, event, &outcome);
}

//  ---------------------------------------------------------------------------
//  Evolving

static void
evolve_created (void *state, const void *event, int64_t at_ms)
{
    delivery_t *delivery = state;
    const delivery_created_t *created = event;
    delivery->status = DELIVERY_PENDING;
    delivery->in_flight = true;
    delivery->endpoint = created->endpoint;
    delivery->owner = created->owner;
    delivery->place = created->place;
    memcpy (delivery->event, created->event, sizeof delivery->event);
    delivery->subject = created->subject;
    delivery->attempts = 1;
    delivery->sent_at_ms = at_ms;
}

static void
evolve_attempted (void *state, const void *event, int64_t at_ms)
{
    delivery_t *delivery = state;
    const delivery_attempted_t *attempted = event;
    delivery->in_flight = true;
    delivery->manual = attempted->manual;
    delivery->attempts = attempted->attempt;
    delivery->retries += delivery->status == DELIVERY_PENDING;
    delivery->sent_at_ms = at_ms;
    delivery->next_at_ms = 0;
}

static void
s_keep (delivery_t *delivery, const delivery_outcome_t *outcome)
{
    if (delivery->kept_count == DELIVERY_ATTEMPTS_KEPT) {
        delivery->kept_count--;
        memmove (&delivery->kept [0], &delivery->kept [1],
                 delivery->kept_count * sizeof delivery->kept [0]);
    }
    delivery->kept [delivery->kept_count++] = (delivery_attempt_t) {
        .number = outcome->attempt,
        .at_ms = delivery->sent_at_ms,
        .outcome = outcome->outcome,
        .http_status = outcome->http_status,
        .duration_ms = outcome->duration_ms,
        .manual = delivery->manual,
    };
}

static void
evolve_attempt_failed (void *state, const void *event, int64_t at_ms)
{
    delivery_t *delivery = state;
    const delivery_outcome_t *outcome = event;
    (void) at_ms;
    s_keep (delivery, outcome);
    delivery->in_flight = false;
    delivery->manual = false;
    delivery->next_at_ms = outcome->next_at_ms;
}

static void
evolve_succeeded (void *state, const void *event, int64_t at_ms)
{
    evolve_attempt_failed (state, event, at_ms);
    ((delivery_t *) state)->status = DELIVERY_SUCCEEDED;
}

static void
evolve_failed (void *state, const void *event, int64_t at_ms)
{
    evolve_attempt_failed (state, event, at_ms);
    ((delivery_t *) state)->status = DELIVERY_FAILED;
}

static void
evolve_discarded (void *state, const void *event, int64_t at_ms)
{
    evolve_attempt_failed (state, event, at_ms);
    ((delivery_t *) state)->status = DELIVERY_DISCARDED;
}

static bool
delivery_invariant (const void *state)
{
    const delivery_t *delivery = state;
    if (delivery->status == DELIVERY_ABSENT) {
        return delivery->attempts == 0 && !delivery->in_flight && delivery->next_at_ms == 0;
    }
    bool pending = delivery->status == DELIVERY_PENDING;
    bool planned = delivery->next_at_ms > 0;
    uint32_t over = delivery->attempts - delivery->in_flight;
    return delivery->status <= DELIVERY_DISCARDED && delivery->attempts > 0
           && delivery->endpoint.kind == OID_WEBHOOK_ENDPOINT && delivery->event [0]
           && delivery->retries <= DELIVERY_RETRIES && delivery->retries < delivery->attempts
           && delivery->kept_count
                  == (over < DELIVERY_ATTEMPTS_KEPT ? over : DELIVERY_ATTEMPTS_KEPT)
           && (pending ? delivery->in_flight != planned : !planned)
           && (delivery->in_flight || !delivery->manual);
}

static const command_rule_t commands [] = {
    [DELIVERY_CREATE] = { "delivery.create", &create_shape, decide_create },
    [DELIVERY_ANSWERED] = { "delivery.answered", &webhook_answered_shape, decide_answered },
    [DELIVERY_WAKE] = { "delivery.wake", &shape_empty, decide_wake },
    [DELIVERY_RETRY] = { "delivery.retry", &retry_shape, decide_retry },
};

static const event_rule_t events [] = {
    [DELIVERY_WAS_CREATED] = { "delivery.created", 1, &create_shape, evolve_created, NULL },
    [DELIVERY_ATTEMPTED] = { "delivery.attempted", 1, &attempted_shape, evolve_attempted, NULL },
    [DELIVERY_ATTEMPT_FAILED] = { "delivery.attempt_failed", 1, &outcome_shape,
                                  evolve_attempt_failed, NULL },
    [DELIVERY_HAS_SUCCEEDED] = { "delivery.succeeded", 1, &outcome_shape, evolve_succeeded, NULL },
    [DELIVERY_HAS_FAILED] = { "delivery.failed", 1, &outcome_shape, evolve_failed, NULL },
    [DELIVERY_WAS_DISCARDED] = { "delivery.discarded", 1, &outcome_shape, evolve_discarded, NULL },
};

const aggregate_type_t delivery_aggregate = {
    .name = "delivery",
    .kind = OID_DELIVERY,
    .state = &state_shape,
    .commands = commands,
    .command_count = COUNT (commands),
    .events = events,
    .event_count = COUNT (events),
    .invariant = delivery_invariant,
};
