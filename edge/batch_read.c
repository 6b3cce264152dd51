#include "edge/batch_read.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/scoped.h"

enum {
    METHOD_MAX = 15,
    CUT_SLACK = 8,  //  Where jansson stops before the end of a text that is cut
    FLAGS = JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK | JSON_DECODE_ANY
            | JSON_DECODE_INT_AS_REAL  //  A number that is too large is the operation's fault
};

typedef struct {
    const char *bytes;
    size_t size, at;
    const batch_limits_t *limits;
    batch_span_t *spans;  //  Owned
    size_t count, capacity;
    bool listed;  //  "operations" was there
    problem_t *problem;
} reader_t;

static bool
s_malformed (reader_t *self)
{
    char detail [PROBLEM_DETAIL_SIZE];
    snprintf (detail, sizeof detail, "The body cannot be parsed as JSON at byte %zu", self->at);
    problem_field (self->problem, "", "", FAULT_MALFORMED, detail);
    return false;
}

static void
s_skip_blanks (reader_t *self)
{
    while (self->at < self->size && self->bytes [self->at]
           && strchr (" \t\r\n", self->bytes [self->at])) {
        self->at++;
    }
}

//  True if it stands there; then it is behind.
static bool
s_take (reader_t *self, char mark)
{
    s_skip_blanks (self);
    bool there = self->at < self->size && self->bytes [self->at] == mark;
    self->at += there;
    return there;
}

//  The value that stands there, of size_max bytes at most (owned); then it is behind. NULL:
//  it is malformed, or *ret_too_large; `at` is where.
static json_t *
s_value (reader_t *self, size_t size_max, bool *ret_too_large)
{
    json_error_t error;
    s_skip_blanks (self);
    size_t rest = self->size - self->at;
    bool cut = rest > size_max;
    json_t *value = json_loadb (self->bytes + self->at, cut ? size_max : rest, FLAGS, &error);
    size_t read = error.position > 0 ? (size_t) error.position : 0;
    *ret_too_large = !value && cut && read + CUT_SLACK >= size_max;
    self->at += *ret_too_large ? 0 : read;
    return value;
}

//  ---------------------------------------------------------------------------
//  One operation

static bool
s_is_method (const char *text)
{
    size_t length = strspn (text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    return length > 0 && length <= METHOD_MAX && text [length] == 0;
}

static bool
s_is_path (const char *text)
{
    const char *at = text;
    while (*at > 0x20 && *at < 0x7F) {
        at++;
    }
    return text [0] == '/' && *at == 0;
}

static const struct {
    const char *name;
    bool any;                     //  A value of any type
    bool must;                    //  It must be there
    bool (*fits) (const char *);  //  NULL: any text
    const char *detail;           //  What it should be
} s_members [] = {
    { "idempotency_key", .detail = "The value must be a string" },
    { "method", .must = true, .fits = s_is_method, .detail = "The value must be a method: POST" },
    { "path", .must = true, .fits = s_is_path, .detail = "The value must be a path: /v1/payments" },
    { "body", .any = true },
    { "if_match", .detail = "The value must be a string" },
};

static void
s_check_member (const json_t *operation, size_t member, const char *prefix, problem_t *problem)
{
    const char *name = s_members [member].name;
    const json_t *value = json_object_get (operation, name);
    const char *text = json_string_value (value);
    if (!value) {
        if (s_members [member].must) {
            problem_field (problem, prefix, name, FAULT_MISSING, "This field is required");
        }
        return;
    }
    bool fits = s_members [member].any || (text && !s_members [member].fits)
                || (text && s_members [member].fits (text));
    if (!fits) {
        problem_field (problem, prefix, name, text ? FAULT_MALFORMED : FAULT_WRONG_TYPE,
                       s_members [member].detail);
    }
}

static void
s_check_operation (const json_t *operation, size_t index, problem_t *problem)
{
    char prefix [PROBLEM_POINTER_SIZE];
    const char *name;
    json_t *value;
    snprintf (prefix, sizeof prefix, "/operations/%zu", index);
    if (!json_is_object (operation)) {
        problem_field (problem, prefix, "", FAULT_WRONG_TYPE, "An operation must be an object");
        return;
    }
    snprintf (prefix, sizeof prefix, "/operations/%zu/", index);
    for (size_t member = 0; member < COUNT (s_members); member++) {
        s_check_member (operation, member, prefix, problem);
    }
    json_object_foreach ((json_t *) operation, name, value)
    {
        size_t member = 0;
        while (member < COUNT (s_members) && strcmp (s_members [member].name, name) != 0) {
            member++;
        }
        if (member == COUNT (s_members)) {
            problem_field (problem, prefix, name, FAULT_UNKNOWN, "There is no such field");
        }
    }
}

static void
s_keep (reader_t *self, size_t from)
{
    if (self->count == self->capacity) {
        self->capacity = self->capacity ? 2 * self->capacity : 64;
        self->spans = realloc (self->spans, self->capacity * sizeof *self->spans);
        assert (self->spans);
    }
    self->spans [self->count++] = (batch_span_t) { from, self->at - from };
}

//  False: what follows cannot be read.
static bool
s_operation (reader_t *self)
{
    char pointer [PROBLEM_POINTER_SIZE];
    bool too_large;
    if (self->count == self->limits->operations_max) {
        snprintf (pointer, sizeof pointer, "There may be %zu operations at most", self->count);
        problem_field (self->problem, "/", "operations", FAULT_TOO_LONG, pointer);
        return false;
    }
    s_skip_blanks (self);
    size_t from = self->at;
    json_t *operation = s_value (self, self->limits->operation_bytes_max, &too_large);
    if (too_large) {
        problem_set (self->problem, PROBLEM_PAYLOAD_TOO_LARGE, NULL);
        snprintf (pointer, sizeof pointer, "/operations/%zu", self->count);
        problem_field (self->problem, pointer, "", FAULT_TOO_LONG, "The operation is too large");
        return false;
    }
    if (!operation) {
        return s_malformed (self);
    }
    s_check_operation (operation, self->count, self->problem);
    json_decref (operation);
    s_keep (self, from);
    return true;
}

//  ---------------------------------------------------------------------------
//  The envelope

static bool
s_operations (reader_t *self)
{
    if (self->listed) {
        problem_field (self->problem, "/", "operations", FAULT_DUPLICATE, "The name came before");
        return false;
    }
    self->listed = true;
    bool list = s_take (self, '[');
    if (!list && self->at == self->size) {
        return s_malformed (self);
    }
    if (!list) {
        problem_field (self->problem, "/", "operations", FAULT_WRONG_TYPE,
                       "The value must be an array of operations");
        return false;
    }
    if (s_take (self, ']')) {
        return true;
    }
    do {
        if (!s_operation (self)) {
            return false;
        }
    } while (s_take (self, ','));
    return s_take (self, ']') || s_malformed (self);
}

static bool
s_member (reader_t *self)
{
    bool too_large;
    json_t *name = s_value (self, self->limits->operation_bytes_max, &too_large);
    bool is_name = json_is_string (name) && s_take (self, ':');
    bool known = is_name && strcmp (json_string_value (name), "operations") == 0;
    if (is_name && !known) {
        problem_field (self->problem, "/", json_string_value (name), FAULT_UNKNOWN,
                       "There is no such field");
    }
    json_decref (name);
    return is_name ? known && s_operations (self) : s_malformed (self);
}

static bool
s_envelope (reader_t *self)
{
    s_skip_blanks (self);
    if (self->at < self->size) {
        if (!s_take (self, '{')) {
            problem_field (self->problem, "", "", FAULT_WRONG_TYPE, "The body must be an object");
            return false;
        }
        if (!s_take (self, '}')) {
            do {
                if (!s_member (self)) {
                    return false;
                }
            } while (s_take (self, ','));
            if (!s_take (self, '}')) {
                return s_malformed (self);
            }
        }
        s_skip_blanks (self);
        if (self->at < self->size) {
            return s_malformed (self);
        }
    }
    if (!self->listed) {
        problem_field (self->problem, "/", "operations", FAULT_MISSING, "This field is required");
    }
    return self->listed;
}

bool
batch_read (const char *bytes, size_t size, const batch_limits_t *limits, batch_span_t **ret_spans,
            size_t *ret_count, problem_t *problem)
{
    reader_t self = { .bytes = bytes, .size = size, .limits = limits, .problem = problem };
    bool read = s_envelope (&self) && problem->http == 0;
    if (!read) {
        free (self.spans);
        return false;
    }
    *ret_spans = self.spans;
    *ret_count = self.count;
    return true;
}
