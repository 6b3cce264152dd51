//  webhook - the port's tables, and what subscriptions mean. What happens behind the
//  port is edge/webhook_gateway.c.

#include "actors/webhook.h"

static const field_t send_fields [] = {
    FIELD (OID, webhook_send_t, endpoint),
    FIELDS_WEBHOOK_PLACE (webhook_send_t, place),
    FIELD (U32, webhook_send_t, attempt),
};

static const shape_t send_shape = SHAPE (webhook_send_t, send_fields);

static const field_t answered_fields [] = {
    FIELD (U32, webhook_answered_t, step),
    FIELD (U8, webhook_answered_t, outcome),
    FIELD (U32, webhook_answered_t, http_status),
    FIELD (U32, webhook_answered_t, duration_ms),
};

const shape_t webhook_answered_shape = SHAPE (webhook_answered_t, answered_fields);

static const field_t pattern_fields [] = { FIELD (TEXT, webhook_pattern_t, text) };

const shape_t webhook_pattern_shape = SHAPE (webhook_pattern_t, pattern_fields);

static const char *const outcome_codes [WEBHOOK_OUTCOME_COUNT] = {
#define WEBHOOK_OUTCOME_CODE(name, number, code) [WEBHOOK_##name] = code,
    WEBHOOK_OUTCOMES (WEBHOOK_OUTCOME_CODE)
#undef WEBHOOK_OUTCOME_CODE
};

const char *
webhook_outcome_code (uint8_t outcome)
{
    return outcome < WEBHOOK_OUTCOME_COUNT ? outcome_codes [outcome] : "";
}

bool
webhook_tells_of (uint8_t kind, bool merchant)
{
    switch (kind) {
    case OID_WEBHOOK_ENDPOINT:
    case OID_DELIVERY:
    case OID_WEBHOOK_FEED: return false;
    case OID_MERCHANT:
    case OID_PAYMENT:
    case OID_REFUND:
    case OID_SETTLEMENT: return true;
    default: return !merchant;
    }
}

//  "payment.*" names all of a type: the text up to the star is the start of an event's.
bool
webhook_pattern_matches (const char *pattern, const char *event)
{
    size_t length = strlen (pattern);
    if (strcmp (pattern, "*") == 0) {
        return true;
    }
    if (length > 2 && strcmp (pattern + length - 2, ".*") == 0) {
        return strncmp (pattern, event, length - 1) == 0;
    }
    return strcmp (pattern, event) == 0;
}

bool
webhook_pattern_is_known (const char *pattern, bool merchant)
{
    size_t count;
    const aggregate_type_t *const *types = registry_all (&count);
    for (size_t index = 0; index < count; index++) {
        const aggregate_type_t *type = types [index];
        for (uint8_t event = 0; event < type->event_count; event++) {
            if (webhook_tells_of (type->kind, merchant)
                && webhook_pattern_matches (pattern, type->events [event].name)) {
                return true;
            }
        }
    }
    return false;
}

static const command_rule_t commands [] = {
    [WEBHOOK_SEND] = { "webhook.send", &send_shape, NULL },
};

const aggregate_type_t webhook_port = {
    .name = "webhook",
    .kind = OID_WEBHOOK,
    .state = &shape_empty,
    .commands = commands,
    .command_count = COUNT (commands),
};
