//  webhook_feed - steps in order. Pure: no I/O, clock or allocation here.

#include "actors/webhook_feed.h"

#include <inttypes.h>
#include <stdio.h>

static_assert ((int) WEBHOOK_FEED_CREATIONS <= (int) DECISION_MESSAGES_MAX,
               "a message for each creation");

static const field_t move_fields [] = {
    FIELD (U32, webhook_feed_move_t, partition),
    FIELD (I64, webhook_feed_move_t, sequence),
};

static const shape_t move_shape = SHAPE (webhook_feed_move_t, move_fields);

static const field_t creation_fields [] = {
    FIELD (OID, delivery_create_t, endpoint),        FIELD (OID, delivery_create_t, owner),
    FIELDS_WEBHOOK_PLACE (delivery_create_t, place), FIELD (TEXT, delivery_create_t, event),
    FIELD (OID, delivery_create_t, subject),
};

static const shape_t creation_shape = SHAPE (delivery_create_t, creation_fields);

static const field_t state_fields [] = {
    FIELD (I64, webhook_feed_t, steps),
    FIELD_OF (webhook_feed_t, positions, position_count, move_shape),
};

static const shape_t state_shape = SHAPE (webhook_feed_t, state_fields);

static const field_t advance_fields [] = {
    FIELD (I64, webhook_feed_advance_t, step),
    FIELD_OF (webhook_feed_advance_t, moves, move_count, move_shape),
    FIELD_OF (webhook_feed_advance_t, creations, creation_count, creation_shape),
};

static const shape_t advance_shape = SHAPE (webhook_feed_advance_t, advance_fields);

static const field_t advanced_fields [] = {
    FIELD (I64, webhook_feed_advanced_t, step),
    FIELD_OF (webhook_feed_advanced_t, moves, move_count, move_shape),
    FIELD (U32, webhook_feed_advanced_t, creation_count),
};

static const shape_t advanced_shape = SHAPE (webhook_feed_advanced_t, advanced_fields);

int64_t
webhook_feed_position (const webhook_feed_t *self, uint32_t partition)
{
    for (uint32_t index = 0; index < self->position_count; index++) {
        if (self->positions [index].partition == partition) {
            return self->positions [index].sequence;
        }
    }
    return 0;
}

//  ---------------------------------------------------------------------------
//  Deciding

//  Forward, of partitions that there may be, each once.
static bool
s_moves_are_sound (const webhook_feed_t *feed, const webhook_feed_advance_t *advance)
{
    for (uint32_t index = 0; index < advance->move_count; index++) {
        const webhook_feed_move_t *move = &advance->moves [index];
        if (move->partition >= WEBHOOK_FEED_PARTITIONS
            || move->sequence <= webhook_feed_position (feed, move->partition)) {
            return false;
        }
        for (uint32_t before = 0; before < index; before++) {
            if (advance->moves [before].partition == move->partition) {
                return false;
            }
        }
    }
    return true;
}

static oid_t
s_delivery (const delivery_create_t *creation, const decision_t *decision)
{
    char purpose [64];
    snprintf (purpose, sizeof purpose, "delivery/%" PRIu32 ".%" PRId64, creation->place.partition,
              creation->place.sequence);
    return decision_derive (decision, OID_DELIVERY, creation->endpoint, purpose,
                            creation->place.index);
}

static verdict_t
decide_advance (const void *state, const void *command, decision_t *decision)
{
    const webhook_feed_t *feed = state;
    const webhook_feed_advance_t *advance = command;

    if (advance->step != feed->steps + 1 || !s_moves_are_sound (feed, advance)) {
        return VERDICT_STATE_CONFLICT;
    }
    for (uint32_t index = 0; index < advance->creation_count; index++) {
        const delivery_create_t *creation = &advance->creations [index];
        decision_tell (decision, s_delivery (creation, decision), DELIVERY_CREATE, creation);
    }
    webhook_feed_advanced_t advanced = {
        .step = advance->step,
        .move_count = advance->move_count,
        .creation_count = advance->creation_count,
    };
    memcpy (advanced.moves, advance->moves, sizeof advanced.moves);
    return decision_emit (decision, WEBHOOK_FEED_ADVANCED, &advanced);
}

//  ---------------------------------------------------------------------------
//  Evolving

static void
s_move (webhook_feed_t *feed, const webhook_feed_move_t *move)
{
    uint32_t index = 0;
    while (index < feed->position_count && feed->positions [index].partition != move->partition) {
        index++;
    }
    if (index == feed->position_count) {
        assert (feed->position_count < WEBHOOK_FEED_PARTITIONS);
        feed->position_count++;
    }
    feed->positions [index] = *move;
}

static void
evolve_advanced (void *state, const void *event, int64_t at_ms)
{
    webhook_feed_t *feed = state;
    const webhook_feed_advanced_t *advanced = event;
    (void) at_ms;
    feed->steps = advanced->step;
    for (uint32_t index = 0; index < advanced->move_count; index++) {
        s_move (feed, &advanced->moves [index]);
    }
}

static bool
feed_invariant (const void *state)
{
    const webhook_feed_t *feed = state;
    for (uint32_t index = 0; index < feed->position_count; index++) {
        if (feed->positions [index].sequence <= 0) {
            return false;
        }
    }
    return feed->steps >= 0;
}

static const command_rule_t commands [] = {
    [WEBHOOK_FEED_ADVANCE] = { "webhook_feed.advance", &advance_shape, decide_advance },
};

static const event_rule_t events [] = {
    [WEBHOOK_FEED_ADVANCED] = { "webhook_feed.advanced", 1, &advanced_shape, evolve_advanced,
                                NULL },
};

const aggregate_type_t webhook_feed_aggregate = {
    .name = "webhook_feed",
    .kind = OID_WEBHOOK_FEED,
    .state = &state_shape,
    .commands = commands,
    .command_count = COUNT (commands),
    .events = events,
    .event_count = COUNT (events),
    .invariant = feed_invariant,
};
