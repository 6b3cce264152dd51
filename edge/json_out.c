#include "edge/json_out.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BUFFER_FIRST = 1024 };

static void
s_reserve (json_out_t *self, size_t more)
{
    if (self->capacity - self->size >= more) {
        return;
    }
    size_t capacity = self->capacity ? self->capacity : BUFFER_FIRST;
    while (capacity - self->size < more) {
        capacity *= 2;
    }
    self->bytes = realloc (self->bytes, capacity);
    assert (self->bytes);
    self->capacity = capacity;
}

void
out_raw (json_out_t *self, const char *text, size_t size)
{
    s_reserve (self, size);
    memcpy (self->bytes + self->size, text, size);
    self->size += size;
}

//  The two-character escapes of RFC 8259; other control characters are \u00XX.
static char
s_short_escape (unsigned char character)
{
    switch (character) {
    case '"': return '"';
    case '\\': return '\\';
    case '\b': return 'b';
    case '\f': return 'f';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default: return 0;
    }
}

static void
s_quoted (json_out_t *self, const char *text)
{
    size_t length = strlen (text);
    s_reserve (self, length * 6 + 2);  //  Every character as \u00XX
    char *to = self->bytes + self->size;
    *to++ = '"';
    for (size_t index = 0; index < length; index++) {
        unsigned char character = (unsigned char) text [index];
        char escape = s_short_escape (character);
        if (escape) {
            *to++ = '\\';
            *to++ = escape;
        }
        else if (character < 0x20 || character == 0x7F) {
            static const char digits [] = "0123456789abcdef";
            memcpy (to, "\\u00", 4);
            to [4] = digits [character >> 4];
            to [5] = digits [character & 15];
            to += 6;
        }
        else {
            *to++ = (char) character;
        }
    }
    *to++ = '"';
    self->size = (size_t) (to - self->bytes);
}

//  The comma that a value needs, and its key.
static void
s_lead (json_out_t *self, const char *key)
{
    if (self->follows) {
        out_raw (self, ",", 1);
    }
    if (key) {
        s_quoted (self, key);
        out_raw (self, ":", 1);
    }
    self->follows = true;
}

void
out_object (json_out_t *self, const char *key)
{
    s_lead (self, key);
    out_raw (self, "{", 1);
    self->follows = false;
}

void
out_array (json_out_t *self, const char *key)
{
    s_lead (self, key);
    out_raw (self, "[", 1);
    self->follows = false;
}

void
out_close (json_out_t *self, char bracket)
{
    out_raw (self, &bracket, 1);
    self->follows = true;
}

void
out_text (json_out_t *self, const char *key, const char *text)
{
    s_lead (self, key);
    if (text) {
        s_quoted (self, text);
    }
    else {
        out_raw (self, "null", 4);
    }
}

void
out_i64 (json_out_t *self, const char *key, int64_t value)
{
    char digits [24];
    int length = snprintf (digits, sizeof digits, "%lld", (long long) value);
    s_lead (self, key);
    out_raw (self, digits, (size_t) length);
}

void
out_bool (json_out_t *self, const char *key, bool value)
{
    s_lead (self, key);
    out_raw (self, value ? "true" : "false", value ? 4 : 5);
}

void
out_json (json_out_t *self, const char *key, const char *json)
{
    s_lead (self, key);
    out_raw (self, json, strlen (json));
}

void
out_null (json_out_t *self, const char *key)
{
    out_text (self, key, NULL);
}

void
out_oid (json_out_t *self, const char *key, oid_t oid)
{
    char text [OID_TEXT_SIZE];
    oid_format (oid, text);
    out_text (self, key, oid_is_none (oid) ? NULL : text);
}

void
out_time (json_out_t *self, const char *key, int64_t at_ms)
{
    char text [TIME_TEXT_SIZE];
    time_format (at_ms, text);
    out_text (self, key, at_ms ? text : NULL);
}

void
time_format (int64_t at_ms, char ret_text [TIME_TEXT_SIZE])
{
    time_t seconds = (time_t) (at_ms / 1000);
    struct tm utc;
    gmtime_r (&seconds, &utc);
    strftime (ret_text, TIME_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S.000Z", &utc);
    unsigned ms = (unsigned) (at_ms % 1000);
    ret_text [20] = (char) ('0' + ms / 100);
    ret_text [21] = (char) ('0' + ms / 10 % 10);
    ret_text [22] = (char) ('0' + ms % 10);
}

char *
out_take (json_out_t *self, size_t *ret_size)
{
    char *bytes = self->bytes;
    *ret_size = self->size;
    *self = (json_out_t) { 0 };
    return bytes;
}

void
out_destroy (json_out_t *self)
{
    free (self->bytes);
    *self = (json_out_t) { 0 };
}
