#include "edge/target.h"

#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static int
s_hex (char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    if (digit >= 'a' && digit <= 'f') {
        return digit - 'a' + 10;
    }
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

static bool
s_decode (char *text)
{
    char *to = text;
    for (const char *at = text; *at; at++) {
        if (*at == '%') {
            int high = s_hex (at [1]);
            int low = high < 0 ? -1 : s_hex (at [2]);
            if (low < 0 || (high == 0 && low == 0)) {
                return false;
            }
            *to++ = (char) (high << 4 | low);
            at += 2;
        }
        else {
            *to++ = (char) (*at == '+' ? ' ' : *at);
        }
    }
    *to = 0;
    return true;
}

//  Names and values are quoted in answers, which are UTF-8.
static bool
s_is_utf8 (const char *text)
{
    json_t *string = json_string (text);
    bool valid = string != NULL;
    json_decref (string);
    return valid;
}

static void
s_read_path (target_t *self, char *path)
{
    size_t length = strnlen (path, TARGET_PATH_MAX);
    for (size_t index = 0; index < length; index++) {
        bool plain = path [index] > 0x20 && path [index] < 0x7F && path [index] != '"';
        self->path [index] = (char) (plain ? path [index] : '?');
    }
    self->path [length] = 0;
    char *rest = path + 1;
    while (rest && *path == '/') {
        if (self->segment_count == TARGET_SEGMENTS_MAX) {
            self->segment_count = 0;
            return;
        }
        self->segments [self->segment_count++] = strsep (&rest, "/");
    }
}

static target_status_t
s_read_query (target_t *self, char *query)
{
    while (query) {
        char *value = strsep (&query, "&");
        if (*value == 0) {
            continue;
        }
        char *name = strsep (&value, "=");
        if (self->item_count == TARGET_ITEMS_MAX || !s_decode (name) || !s_is_utf8 (name)
            || (value && (!s_decode (value) || !s_is_utf8 (value)))) {
            return TARGET_MALFORMED;
        }
        self->items [self->item_count++] = (target_item_t) { name, value ? value : "" };
    }
    return TARGET_OK;
}

target_status_t
target_read (target_t *self, const char *uri)
{
    self->segment_count = self->item_count = 0;
    size_t length = strlen (uri);
    bool too_long = length > TARGET_SIZE_MAX;
    self->text = strndup (uri, too_long ? TARGET_PATH_MAX : length);
    assert (self->text);
    char *query = self->text;
    char *path = strsep (&query, "?");
    s_read_path (self, path);
    return too_long ? TARGET_TOO_LONG : s_read_query (self, query);
}

void
target_destroy (target_t *self)
{
    free (self->text);
    self->text = NULL;
}

const char *
target_value (const target_t *self, const char *name)
{
    for (size_t index = 0; index < self->item_count; index++) {
        if (strcmp (self->items [index].name, name) == 0) {
            return self->items [index].value;
        }
    }
    return NULL;
}
