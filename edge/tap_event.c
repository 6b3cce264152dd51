//  tap_event - one event as topic and CloudEvents JSON.

#include "edge/tap_event.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <time.h>
#include "actors/bank_transfer.h"
#include "actors/recharge.h"
#include "edge/personal.h"

//  ---------------------------------------------------------------------------
//  What may go out

//  Texts that are codes. Matched against the last part of a field's name.
static const char *const public_texts [] = { "currency", "bank_code" };

static bool
s_is_public_text (const char *name)
{
    for (size_t index = 0; index < COUNT (public_texts); index++) {
        if (strcmp (name, public_texts [index]) == 0) {
            return true;
        }
    }
    return false;
}

static json_t *s_struct_json (const shape_t *shape, const uint8_t *value);

static json_t *
s_list_json (const field_t *field, const uint8_t *value)
{
    uint32_t count;
    json_t *list = json_array ();
    memcpy (&count, value + field->count_offset, sizeof count);
    const uint8_t *item = value + field->offset;
    for (uint32_t index = 0; index < count; index++, item += field->element->size) {
        json_array_append_new (list, s_struct_json (field->element, item));
    }
    return list;
}

static json_t *
s_oid_json (oid_t oid)
{
    char text [OID_TEXT_SIZE];
    if (oid_is_none (oid)) {
        return json_null ();
    }
    oid_format (oid, text);
    return json_string (text);
}

//  NULL if the field stays inside.
static json_t *
s_field_json (const field_t *field, const char *name, const uint8_t *value)
{
    const uint8_t *at = value + field->offset;
    int64_t wide;
    uint32_t number;
    oid_t oid;

    switch (field->kind) {
    case FIELD_I64: memcpy (&wide, at, sizeof wide); return json_integer (wide);
    case FIELD_U32: memcpy (&number, at, sizeof number); return json_integer (number);
    case FIELD_U8: return json_integer (*at);
    case FIELD_BOOL: return json_boolean (*at);
    case FIELD_OID: memcpy (&oid, at, sizeof oid); return s_oid_json (oid);
    case FIELD_TEXT: return s_is_public_text (name) ? json_string ((const char *) at) : NULL;
    case FIELD_LIST: return s_list_json (field, value);
    case FIELD_BYTES: return NULL;
    }
    return NULL;
}

//  The object that a dotted name's value goes into; *name_p moves to its last part.
static json_t *
s_object_of (json_t *root, const char **name_p)
{
    const char *dot;
    while ((dot = strchr (*name_p, '.'))) {
        char part [64];
        snprintf (part, sizeof part, "%.*s", (int) (dot - *name_p), *name_p);
        json_t *child = json_object_get (root, part);
        if (!child) {
            child = json_object ();
            json_object_set_new (root, part, child);
        }
        root = child;
        *name_p = dot + 1;
    }
    return root;
}

//  "verdict": 25 gets "verdict_code": "bank_declined" beside it.
static void
s_add_verdict (json_t *object, const char *name, const json_t *number)
{
    char code_name [64];
    size_t length = strlen (name);
    if (length >= 7 && strcmp (name + length - 7, "verdict") == 0) {
        snprintf (code_name, sizeof code_name, "%s_code", name);
        json_object_set_new (object, code_name,
                             json_string (verdict_code ((verdict_t) json_integer_value (number))));
    }
}

static json_t *
s_struct_json (const shape_t *shape, const uint8_t *value)
{
    json_t *root = json_object ();
    for (uint32_t index = 0; index < shape->field_count; index++) {
        const field_t *field = &shape->fields [index];
        const char *name = strrchr (field->name, '.');
        json_t *json = s_field_json (field, name ? name + 1 : field->name, value);
        if (json) {
            name = field->name;
            json_t *object = s_object_of (root, &name);
            json_object_set_new (object, name, json);
            s_add_verdict (object, name, json);
        }
    }
    return root;
}

//  ---------------------------------------------------------------------------
//  Topics

void
tap_event_topic (const journal_event_t *event, char ret_topic [TAP_TOPIC_SIZE])
{
    snprintf (ret_topic, TAP_TOPIC_SIZE, "event.%s", event->name);
}

//  The seed's tasks: which event tells which topic, and the states it reports.
static const struct {
    const char *event, *topic, *state, *membership, *banking;
} tasks [] = {
    { "recharge.requested", "happypay.task.recharge", "READY", "READY", "READY" },
    { "recharge.succeeded", "happypay.task.recharge.result", "SUCCESS", "SUCCESS", "SUCCESS" },
    { "recharge.failed", "happypay.task.recharge.result", "FAILED", NULL, NULL },
    { "recharge.compensated", "happypay.task.recharge.result", "FAILED", "SUCCESS", "SUCCESS" },
    { "recharge.given_up", "happypay.task.recharge.result", "FAILED", "SUCCESS", "SUCCESS" },
    { "bank_transfer.requested", "happypay.task.firmbanking", "READY", NULL, NULL },
    { "bank_transfer.succeeded", "happypay.task.firmbanking.result", "SUCCESS", NULL, NULL },
    { "bank_transfer.failed", "happypay.task.firmbanking.result", "FAILED", NULL, NULL },
};

//  Index into tasks, or their number.
static size_t
s_task (const journal_event_t *event)
{
    size_t index = 0;
    while (index < COUNT (tasks) && strcmp (tasks [index].event, event->name) != 0) {
        index++;
    }
    return index;
}

const char *
tap_event_task (const journal_event_t *event)
{
    size_t index = s_task (event);
    return index < COUNT (tasks) ? tasks [index].topic : NULL;
}

//  How the checks of a recharge that failed went: membership is first, and what
//  failed after both is the transfer's or the wallet's matter.
static void
s_failed_checks (const recharge_failure_t *failure, const char **ret_membership,
                 const char **ret_banking)
{
    const char *code = verdict_code (failure->verdict);
    bool member = strncmp (code, "member_", 7) == 0;
    bool account = strncmp (code, "bank_account_", 13) == 0;
    *ret_membership = member ? "FAILED" : "SUCCESS";
    *ret_banking = member ? "READY" : account ? "FAILED" : "SUCCESS";
}

//  One account of a transfer; party NULL: ours.
static json_t *
s_account (const bank_party_t *party, member_keys_t *keys)
{
    char text [PERSONAL_TEXT_SIZE], masked [MASKED_NUMBER_SIZE];
    if (!party) {
        return json_pack ("{s:s,s:s}", "bank_code", "happy", "account_number", "***-***-4111");
    }
    json_t *account = json_pack ("{s:s}", "bank_code", party->bank_code);
    if (keys && party->account_number.size
        && personal_open (keys, party->member, PERSONAL_ACCOUNT_NUMBER, &party->account_number,
                          text)) {
        personal_mask_number (text, masked);
        json_object_set_new (account, "account_number", json_string (masked));
        sodium_memzero (text, sizeof text);
    }
    return account;
}

//  Both sides of a transfer. Results of before the party was in them name ours only.
static void
s_add_accounts (json_t *json, const journal_event_t *event, member_keys_t *keys)
{
    const void *payload = event->payload;
    bool in = json_integer_value (json_object_get (json, "direction")) == BANK_TRANSFER_IN;
    bool requested = strcmp (event->name, "bank_transfer.requested") == 0;
    const bank_party_t *party = requested ? &((const bank_transfer_request_t *) payload)->party
                                          : &((const bank_transfer_settled_t *) payload)->party;
    if (party->bank_code [0]) {
        json_object_set_new (json, in ? "from" : "to", s_account (party, keys));
    }
    json_object_set_new (json, in ? "to" : "from", s_account (NULL, keys));
}

static void
s_add_task (json_t *json, const journal_event_t *event, member_keys_t *keys)
{
    size_t index = s_task (event);
    if (index == COUNT (tasks)) {
        return;
    }
    const char *membership = tasks [index].membership, *banking = tasks [index].banking;
    json_object_set_new (json, "state", json_string (tasks [index].state));
    if (strcmp (event->name, "recharge.failed") == 0) {
        s_failed_checks (event->payload, &membership, &banking);
    }
    if (membership) {
        json_object_set_new (json, "subtasks",
                             json_pack ("[{s:s,s:s},{s:s,s:s}]", "name", "membership check",
                                        "state", membership, "name", "banking check", "state",
                                        banking));
    }
    else {
        s_add_accounts (json, event, keys);
    }
}

//  ---------------------------------------------------------------------------
//  CloudEvents

static char *
s_envelope (const tap_place_t *place, const char *subject, int64_t at_ms, bool as_task,
            json_t *json)
{
    char id [TAP_SEQUENCE_SIZE + 20], second [32], at [40];
    time_t seconds = (time_t) (at_ms / 1000);
    struct tm parts;

    snprintf (id, sizeof id, "%s.%u%s", place->sequence, place->index, as_task ? ".task" : "");
    gmtime_r (&seconds, &parts);
    strftime (second, sizeof second, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf (at, sizeof at, "%s.%03dZ", second, (int) (at_ms % 1000));
    json_t *root = json_pack ("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:o}", "specversion", "1.0", "id", id,
                              "source", place->source, "type", place->topic, "subject", subject,
                              "time", at, "sequence", place->sequence, "data", json);
    if (root && place->count > 0) {
        json_object_set_new (root, "count", json_integer ((json_int_t) place->count));
    }
    if (root && place->operator) {
        json_object_set_new (root, "operator",
                             place->operator[0] ? json_string (place->operator) : json_null ());
    }
    char *text = root ? json_dumps (root, JSON_COMPACT) : NULL;
    json_decref (root);
    assert (text);
    return text;
}

char *
tap_event_json (const journal_view_t *view, const journal_event_t *event, const tap_place_t *place,
                bool as_task)
{
    char subject [OID_TEXT_SIZE], trace [33];
    const uint8_t *correlation = journal_view_correlation (view);

    json_t *json = s_struct_json (event->shape, event->payload);
    json_object_set_new (json, "version", json_integer ((json_int_t) journal_view_version (view)));
    for (size_t index = 0; index < 16; index++) {
        snprintf (trace + 2 * index, 3, "%02x", correlation [index]);
    }
    json_object_set_new (json, "trace_id", json_string (trace));
    if (as_task) {
        s_add_task (json, event, place->keys);
    }
    oid_format (journal_view_aggregate (view), subject);
    return s_envelope (place, subject, journal_view_at_ms (view), as_task, json);
}

char *
tap_log_json (const char *line, const tap_place_t *place, int64_t at_ms)
{
    json_t *text = json_string (line);  //  NULL if it is not UTF-8
    json_t *json = json_object ();
    json_object_set_new (json, "line", text ? text : json_string ("(not UTF-8)"));
    return s_envelope (place, "log", at_ms, false, json);
}
