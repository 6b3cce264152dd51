//  tap_event - one event as topic and CloudEvents JSON.

#include "edge/tap_event.h"

#include <jansson.h>
#include <stdio.h>
#include <time.h>

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

static void
s_add_task (json_t *json, const journal_event_t *event)
{
    size_t index = s_task (event);
    if (index == COUNT (tasks)) {
        return;
    }
    json_object_set_new (json, "state", json_string (tasks [index].state));
    if (tasks [index].membership) {
        json_object_set_new (json, "subtasks",
                             json_pack ("[{s:s,s:s},{s:s,s:s}]", "name", "membership check",
                                        "state", tasks [index].membership, "name", "banking check",
                                        "state", tasks [index].banking));
    }
}

//  ---------------------------------------------------------------------------
//  CloudEvents

static char *
s_envelope (const tap_place_t *place, const char *subject, int64_t at_ms, json_t *json)
{
    char id [TAP_SEQUENCE_SIZE + 16], second [32], at [40];
    time_t seconds = (time_t) (at_ms / 1000);
    struct tm parts;

    snprintf (id, sizeof id, "%s.%u", place->sequence, place->index);
    gmtime_r (&seconds, &parts);
    strftime (second, sizeof second, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf (at, sizeof at, "%s.%03dZ", second, (int) (at_ms % 1000));
    json_t *root = json_pack ("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:o}", "specversion", "1.0", "id", id,
                              "source", place->source, "type", place->topic, "subject", subject,
                              "time", at, "sequence", place->sequence, "data", json);
    if (root && place->count > 0) {
        json_object_set_new (root, "count", json_integer ((json_int_t) place->count));
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
        s_add_task (json, event);
    }
    oid_format (journal_view_aggregate (view), subject);
    return s_envelope (place, subject, journal_view_at_ms (view), json);
}

char *
tap_log_json (const char *line, const tap_place_t *place, int64_t at_ms)
{
    json_t *text = json_string (line);  //  NULL if it is not UTF-8
    json_t *json = json_object ();
    json_object_set_new (json, "line", text ? text : json_string ("(not UTF-8)"));
    return s_envelope (place, "log", at_ms, json);
}
