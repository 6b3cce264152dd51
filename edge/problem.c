#include "edge/problem.h"

#include <stdio.h>
#include "runtime/scoped.h"

typedef struct {
    const char *name;  //  In upper case; codes are its lower case
    unsigned http;
    bool retryable;
    const char *title;
} problem_rule_t;

#define PROBLEM_RULE(code, http, retryable, title) { #code, http, retryable, title },
static const problem_rule_t s_rules [] = { PROBLEMS (PROBLEM_RULE) };
#undef PROBLEM_RULE

#define FAULT_TEXT(code, text) text,
static const char *const s_faults [] = { FAULTS (FAULT_TEXT) };
#undef FAULT_TEXT

enum { CODE_SIZE = 40 };

//  Made once, before the first thread: the codes in lower case.
static char s_codes [PROBLEM_COUNT][CODE_SIZE];

__attribute__ ((constructor)) static void
s_make_codes (void)
{
    for (size_t kind = 0; kind < PROBLEM_COUNT; kind++) {
        const char *name = s_rules [kind].name;
        for (size_t at = 0; name [at] && at < CODE_SIZE - 1; at++) {
            char letter = name [at];
            s_codes [kind][at] = (char) (letter >= 'A' && letter <= 'Z' ? letter + 32 : letter);
        }
    }
}

const char *
problem_code (problem_kind_t kind)
{
    return s_codes [kind];
}

const char *
problem_title (problem_kind_t kind)
{
    return s_rules [kind].title;
}

void
problem_set (problem_t *self, problem_kind_t kind, const char *detail)
{
    const problem_rule_t *rule = &s_rules [kind];
    self->http = rule->http;
    self->code = s_codes [kind];
    self->title = rule->title;
    self->retryable = rule->retryable;
    self->retry_after_s = rule->retryable ? PROBLEM_RETRY_AFTER_S : 0;
    self->field_count = 0;
    snprintf (self->detail, sizeof self->detail, "%s", detail ? detail : rule->title);
}

void
problem_refuse (problem_t *self, verdict_t verdict)
{
    self->http = verdict_http (verdict);
    self->code = verdict_code (verdict);
    self->title = verdict_title (verdict);
    bool locked = self->http == 429;
    self->retryable = locked || verdict == VERDICT_BANK_UNAVAILABLE;  //  That under a new key
    self->retry_after_s = locked ? PROBLEM_RETRY_AFTER_S : 0;
    self->field_count = 0;
    snprintf (self->detail, sizeof self->detail, "%s", self->title);
}

//  Appends one name to a pointer, escaped, cut between UTF-8 characters.
static void
s_append_name (char *pointer, size_t size, const char *name, bool escaped)
{
    size_t used = strlen (pointer);
    while (*name) {
        char piece [8] = { 0 };
        size_t length = 0;
        if (escaped && (*name == '~' || *name == '/')) {
            memcpy (piece, *name == '~' ? "~0" : "~1", 2);
            length = 2;
            name++;
        }
        else if (!escaped && ((unsigned char) *name < 0x20 || (unsigned char) *name > 0x7E)) {
            piece [length++] = '?';  //  A parameter's name need not be UTF-8
            name++;
        }
        else {
            do {
                piece [length++] = *name++;
            } while (length < 4 && ((unsigned char) *name & 0xC0) == 0x80);
        }
        if (used + length >= size) {
            return;
        }
        memcpy (pointer + used, piece, length);
        used += length;
        pointer [used] = 0;
    }
}

void
problem_field (problem_t *self, const char *prefix, const char *name, fault_t fault,
               const char *detail)
{
    if (self->http == 0) {
        problem_set (self, PROBLEM_INVALID_REQUEST, NULL);
    }
    if (self->field_count == PROBLEM_FIELDS_MAX) {
        return;
    }
    problem_field_t *field = &self->fields [self->field_count++];
    *field = (problem_field_t) { .fault = fault };
    s_append_name (field->pointer, sizeof field->pointer, prefix, false);
    s_append_name (field->pointer, sizeof field->pointer, name, *prefix != 0);
    snprintf (field->detail, sizeof field->detail, "%s", detail);
    if (self->field_count == 1) {
        snprintf (self->detail, sizeof self->detail, "%s", detail);
    }
}

void
problem_render (const problem_t *self, const char *instance, const char *request_id,
                json_out_t *out)
{
    char type [64];
    snprintf (type, sizeof type, "urn:happypay:problem:%s", self->code);
    out_object (out, NULL);
    out_text (out, "type", type);
    out_text (out, "title", self->title);
    out_i64 (out, "status", self->http);
    out_text (out, "detail", self->detail);
    out_text (out, "instance", instance);
    out_text (out, "code", self->code);
    out_text (out, "request_id", request_id);
    out_bool (out, "retryable", self->retryable);
    if (self->field_count) {
        out_array (out, "errors");
        for (size_t index = 0; index < self->field_count; index++) {
            out_object (out, NULL);
            out_text (out, "pointer", self->fields [index].pointer);
            out_text (out, "code", s_faults [self->fields [index].fault]);
            out_text (out, "detail", self->fields [index].detail);
            out_close (out, '}');
        }
        out_close (out, ']');
    }
}
