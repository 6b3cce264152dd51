//  webhook_endpoint - its rules. Pure: no I/O, clock or allocation here.

#include "actors/webhook_endpoint.h"
#include "actors/merchant.h"

#define FIELDS_PATTERNS(type) FIELD_OF (type, patterns, pattern_count, webhook_pattern_shape)

static const field_t state_fields [] = {
    FIELD (U8, webhook_endpoint_t, status),        FIELD (U8, webhook_endpoint_t, disabled),
    FIELD (OID, webhook_endpoint_t, owner),        FIELD (TEXT, webhook_endpoint_t, url),
    FIELDS_PATTERNS (webhook_endpoint_t),          FIELD (BYTES, webhook_endpoint_t, secret),
    FIELD (BYTES, webhook_endpoint_t, old_secret), FIELD (I64, webhook_endpoint_t, old_until_ms),
};

static const shape_t state_shape = SHAPE (webhook_endpoint_t, state_fields);

static const field_t create_fields [] = {
    FIELD (OID, webhook_endpoint_create_t, owner),
    FIELD (U8, webhook_endpoint_create_t, owner_status),
    FIELD (TEXT, webhook_endpoint_create_t, url),
    FIELDS_PATTERNS (webhook_endpoint_create_t),
    FIELD (BYTES, webhook_endpoint_create_t, secret),
};

static const shape_t create_shape = SHAPE (webhook_endpoint_create_t, create_fields);

static const field_t created_fields [] = {
    FIELD (OID, webhook_endpoint_created_t, owner),
    FIELD (TEXT, webhook_endpoint_created_t, url),
    FIELDS_PATTERNS (webhook_endpoint_created_t),
    FIELD (BYTES, webhook_endpoint_created_t, secret),
};

static const shape_t created_shape = SHAPE (webhook_endpoint_created_t, created_fields);

static const field_t change_fields [] = {
    FIELD (BOOL, webhook_endpoint_change_t, has_url),
    FIELD (BOOL, webhook_endpoint_change_t, has_patterns),
    FIELD (BOOL, webhook_endpoint_change_t, has_enabled),
    FIELD (TEXT, webhook_endpoint_change_t, url),
    FIELDS_PATTERNS (webhook_endpoint_change_t),
    FIELD (BOOL, webhook_endpoint_change_t, enabled),
    FIELD (I64, webhook_endpoint_change_t, if_version),
};

static const shape_t change_shape = SHAPE (webhook_endpoint_change_t, change_fields);

static const field_t changed_fields [] = {
    FIELD (TEXT, webhook_endpoint_changed_t, url),
    FIELDS_PATTERNS (webhook_endpoint_changed_t),
    FIELD (BOOL, webhook_endpoint_changed_t, enabled),
};

static const shape_t changed_shape = SHAPE (webhook_endpoint_changed_t, changed_fields);

static const field_t rotate_fields [] = {
    FIELD (BYTES, webhook_endpoint_rotate_t, secret),
};

static const shape_t rotate_shape = SHAPE (webhook_endpoint_rotate_t, rotate_fields);

static const field_t rotated_fields [] = {
    FIELD (BYTES, webhook_endpoint_rotated_t, secret),
    FIELD (I64, webhook_endpoint_rotated_t, old_until_ms),
};

static const shape_t rotated_shape = SHAPE (webhook_endpoint_rotated_t, rotated_fields);

//  ---------------------------------------------------------------------------
//  Deciding

//  NOT_FOUND, PRECONDITION_FAILED or ACCEPTED. if_version 0: at any.
static verdict_t
s_may_change (const webhook_endpoint_t *endpoint, int64_t if_version, const decision_t *decision)
{
    bool there = endpoint->status == WEBHOOK_ENDPOINT_ENABLED
                 || endpoint->status == WEBHOOK_ENDPOINT_DISABLED;
    if (!there) {
        return VERDICT_NOT_FOUND;
    }
    bool stale = if_version != 0 && if_version != (int64_t) decision->version;
    return stale ? VERDICT_PRECONDITION_FAILED : VERDICT_ACCEPTED;
}

static verdict_t
decide_create (const void *state, const void *command, decision_t *decision)
{
    const webhook_endpoint_t *endpoint = state;
    const webhook_endpoint_create_t *create = command;

    if (endpoint->status != WEBHOOK_ENDPOINT_ABSENT) {
        return VERDICT_ALREADY_EXISTS;
    }
    if (!oid_is_none (create->owner) && create->owner_status == MERCHANT_ABSENT) {
        return VERDICT_MERCHANT_NOT_FOUND;
    }
    webhook_endpoint_created_t created = {
        .owner = create->owner,
        .pattern_count = create->pattern_count,
        .secret = create->secret,
    };
    memcpy (created.url, create->url, sizeof created.url);
    memcpy (created.patterns, create->patterns, sizeof created.patterns);
    return decision_emit (decision, WEBHOOK_ENDPOINT_WAS_CREATED, &created);
}

static verdict_t
decide_change (const void *state, const void *command, decision_t *decision)
{
    const webhook_endpoint_t *endpoint = state;
    const webhook_endpoint_change_t *change = command;
    verdict_t verdict = s_may_change (endpoint, change->if_version, decision);
    if (verdict != VERDICT_ACCEPTED) {
        return verdict;
    }
    bool enabled = endpoint->status == WEBHOOK_ENDPOINT_ENABLED;
    webhook_endpoint_changed_t changed = {
        .pattern_count = change->has_patterns ? change->pattern_count : endpoint->pattern_count,
        .enabled = change->has_enabled ? change->enabled : enabled,
    };
    memcpy (changed.url, change->has_url ? change->url : endpoint->url, sizeof changed.url);
    memcpy (changed.patterns, change->has_patterns ? change->patterns : endpoint->patterns,
            sizeof changed.patterns);
    bool same = changed.enabled == enabled && strcmp (changed.url, endpoint->url) == 0
                && changed.pattern_count == endpoint->pattern_count
                && memcmp (changed.patterns, endpoint->patterns, sizeof changed.patterns) == 0;
    return same ? VERDICT_ACCEPTED
                : decision_emit (decision, WEBHOOK_ENDPOINT_WAS_CHANGED, &changed);
}

static verdict_t
decide_rotate (const void *state, const void *command, decision_t *decision)
{
    const webhook_endpoint_rotate_t *rotate = command;
    verdict_t verdict = s_may_change (state, /* if_version= */ 0, decision);
    if (verdict != VERDICT_ACCEPTED) {
        return verdict;
    }
    webhook_endpoint_rotated_t rotated = {
        .secret = rotate->secret,
        .old_until_ms = decision->now_ms + WEBHOOK_OVERLAP_MS,
    };
    return decision_emit (decision, WEBHOOK_ENDPOINT_WAS_ROTATED, &rotated);
}

//  Several deliveries may hear it at once; one that comes after an operator has
//  enabled it again is the receiver's word all the same.
static verdict_t
decide_gone (const void *state, const void *command, decision_t *decision)
{
    const webhook_endpoint_t *endpoint = state;
    (void) command;
    if (endpoint->status != WEBHOOK_ENDPOINT_ENABLED) {
        return VERDICT_ACCEPTED;
    }
    return decision_emit (decision, WEBHOOK_ENDPOINT_WAS_GONE, NULL);
}

static verdict_t
decide_delete (const void *state, const void *command, decision_t *decision)
{
    verdict_t verdict = s_may_change (state, /* if_version= */ 0, decision);
    (void) command;
    return verdict == VERDICT_ACCEPTED
               ? decision_emit (decision, WEBHOOK_ENDPOINT_WAS_DELETED, NULL)
               : verdict;
}

//  ---------------------------------------------------------------------------
//  Evolving

static void
evolve_created (void *state, const void *event, int64_t at_ms)
{
    webhook_endpoint_t *endpoint = state;
    const webhook_endpoint_created_t *created = event;
    (void) at_ms;
    endpoint->status = WEBHOOK_ENDPOINT_ENABLED;
    endpoint->owner = created->owner;
    memcpy (endpoint->url, created->url, sizeof endpoint->url);
    endpoint->pattern_count = created->pattern_count;
    memcpy (endpoint->patterns, created->patterns, sizeof endpoint->patterns);
    endpoint->secret = created->secret;
}

static void
evolve_changed (void *state, const void *event, int64_t at_ms)
{
    webhook_endpoint_t *endpoint = state;
    const webhook_endpoint_changed_t *changed = event;
    (void) at_ms;
    if (changed->enabled) {
        endpoint->status = WEBHOOK_ENDPOINT_ENABLED;
        endpoint->disabled = WEBHOOK_NOT_DISABLED;
    }
    else if (endpoint->status == WEBHOOK_ENDPOINT_ENABLED) {
        endpoint->status = WEBHOOK_ENDPOINT_DISABLED;
        endpoint->disabled = WEBHOOK_DISABLED_ON_REQUEST;
    }
    memcpy (endpoint->url, changed->url, sizeof endpoint->url);
    endpoint->pattern_count = changed->pattern_count;
    memcpy (endpoint->patterns, changed->patterns, sizeof endpoint->patterns);
}

static void
evolve_rotated (void *state, const void *event, int64_t at_ms)
{
    webhook_endpoint_t *endpoint = state;
    const webhook_endpoint_rotated_t *rotated = event;
    (void) at_ms;
    endpoint->old_secret = endpoint->secret;
    endpoint->old_until_ms = rotated->old_until_ms;
    endpoint->secret = rotated->secret;
}

static void
evolve_gone (void *state, const void *event, int64_t at_ms)
{
    webhook_endpoint_t *endpoint = state;
    (void) event, (void) at_ms;
    endpoint->status = WEBHOOK_ENDPOINT_DISABLED;
    endpoint->disabled = WEBHOOK_DISABLED_AS_GONE;
}

//  Who owned it stays: its deliveries can still be looked at.
static void
evolve_deleted (void *state, const void *event, int64_t at_ms)
{
    webhook_endpoint_t *endpoint = state;
    (void) event, (void) at_ms;
    *endpoint = (webhook_endpoint_t) {
        .status = WEBHOOK_ENDPOINT_DELETED,
        .owner = endpoint->owner,
    };
}

//  ---------------------------------------------------------------------------

size_t
webhook_endpoint_secrets (const webhook_endpoint_t *self, int64_t now_ms,
                          const webhook_secret_t *ret_secrets [2])
{
    size_t count = 0;
    if (self->secret.size > 0) {
        ret_secrets [count++] = &self->secret;
    }
    if (self->old_secret.size > 0 && now_ms < self->old_until_ms) {
        ret_secrets [count++] = &self->old_secret;
    }
    return count;
}

bool
webhook_endpoint_wants (const webhook_endpoint_t *self, const char *event)
{
    for (uint32_t index = 0; index < self->pattern_count; index++) {
        if (webhook_pattern_matches (self->patterns [index].text, event)) {
            return self->status == WEBHOOK_ENDPOINT_ENABLED;
        }
    }
    return false;
}

static bool
endpoint_invariant (const void *state)
{
    const webhook_endpoint_t *endpoint = state;
    bool owned = oid_is_none (endpoint->owner) || endpoint->owner.kind == OID_MERCHANT;
    bool disabled = endpoint->status == WEBHOOK_ENDPOINT_DISABLED;
    if (!owned || endpoint->status > WEBHOOK_ENDPOINT_DELETED
        || endpoint->disabled > WEBHOOK_DISABLED_AS_GONE
        || (endpoint->disabled != WEBHOOK_NOT_DISABLED) != disabled
        || (endpoint->old_secret.size > 0) != (endpoint->old_until_ms > 0)) {
        return false;
    }
    if (endpoint->status == WEBHOOK_ENDPOINT_ENABLED || disabled) {
        return endpoint->url [0] && endpoint->secret.size > 0 && endpoint->pattern_count > 0
               && endpoint->pattern_count <= WEBHOOK_PATTERNS;
    }
    return !endpoint->url [0] && endpoint->secret.size == 0 && endpoint->old_secret.size == 0
           && endpoint->pattern_count == 0;
}

static const command_rule_t commands [] = {
    [WEBHOOK_ENDPOINT_CREATE] = { "webhook_endpoint.create", &create_shape, decide_create },
    [WEBHOOK_ENDPOINT_CHANGE] = { "webhook_endpoint.change", &change_shape, decide_change },
    [WEBHOOK_ENDPOINT_ROTATE] = { "webhook_endpoint.rotate", &rotate_shape, decide_rotate },
    [WEBHOOK_ENDPOINT_GONE] = { "webhook_endpoint.gone", &shape_empty, decide_gone },
    [WEBHOOK_ENDPOINT_DELETE] = { "webhook_endpoint.delete", &shape_empty, decide_delete },
};

static const event_rule_t events [] = {
    [WEBHOOK_ENDPOINT_WAS_CREATED] = { "webhook_endpoint.created", 1, &created_shape,
                                       evolve_created, NULL },
    [WEBHOOK_ENDPOINT_WAS_CHANGED] = { "webhook_endpoint.changed", 1, &changed_shape,
                                       evolve_changed, NULL },
    [WEBHOOK_ENDPOINT_WAS_ROTATED] = { "webhook_endpoint.rotated", 1, &rotated_shape,
                                       evolve_rotated, NULL },
    [WEBHOOK_ENDPOINT_WAS_GONE] = { "webhook_endpoint.gone", 1, &shape_empty, evolve_gone, NULL },
    [WEBHOOK_ENDPOINT_WAS_DELETED] = { "webhook_endpoint.deleted", 1, &shape_empty, evolve_deleted,
                                       NULL },
};

const aggregate_type_t webhook_endpoint_aggregate = {
    .name = "webhook_endpoint",
    .kind = OID_WEBHOOK_ENDPOINT,
    .state = &state_shape,
    .commands = commands,
    .command_count = COUNT (commands),
    .events = events,
    .event_count = COUNT (events),
    .invariant = endpoint_invariant,
};
