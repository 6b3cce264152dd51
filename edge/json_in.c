#include "edge/json_in.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

//  Whether it failed for an integer beyond 64 bits: then the fields that have one are
//  found by reading all numbers as reals, and named. False: none of the outermost.
static bool
s_name_overflow (const char *bytes, size_t size, problem_t *problem)
{
    json_t *root = json_loadb (bytes, size, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, NULL);
    const char *name;
    json_t *value;
    bool named = false;
    json_object_foreach (root, name, value)
    {
        if (json_is_real (value)
            && (json_real_value (value) >= 0x1p63 || json_real_value (value) <= -0x1p63)) {
            problem_field (problem, "/", name, FAULT_OUT_OF_RANGE,
                           "The number does not fit 64 bits");
            named = true;
        }
    }
    json_decref (root);
    return named;
}

static size_t
s_skip_blanks (const char *bytes, size_t size, size_t from)
{
    while (from < size && bytes [from] && strchr (" \t\r\n", bytes [from])) {
        from++;
    }
    return from;
}

//  Where it cannot be parsed, from 0. jansson tells how many bytes it had read: all there
//  are, those before a byte that no text may have, or those up to the end of what it did
//  not expect. What comes after a whole value it reads as one word; so its beginning is
//  looked for by parsing without it.
static size_t
s_offset (const char *bytes, size_t size, const json_error_t *error)
{
    size_t read = error->position > 0 ? (size_t) error->position : 0;
    bool before = strncmp (error->text, "unexpected newline", 18) == 0
                  || strncmp (error->text, "control character", 17) == 0;
    switch (json_error_code (error)) {
    case json_error_end_of_input_expected: {
        json_error_t end;
        json_decref (json_loadb (bytes, size, JSON_DISABLE_EOF_CHECK, &end));
        return s_skip_blanks (bytes, size, (size_t) end.position);
    }
    case json_error_premature_end_of_input:
    case json_error_invalid_utf8: return read;
    default: return before || read == 0 ? read : read - 1;
    }
}

json_t *
json_in_parse (const char *bytes, size_t size, problem_t *problem)
{
    if (s_skip_blanks (bytes, size, 0) == size) {
        return json_object ();
    }
    json_error_t error;
    json_t *root = json_loadb (bytes, size, JSON_REJECT_DUPLICATES, &error);
    if (root) {
        return root;
    }
    if (json_error_code (&error) == json_error_numeric_overflow
        && s_name_overflow (bytes, size, problem)) {
        return NULL;
    }
    //  jansson's own text quotes the input, which may hold personal data
    bool duplicate = json_error_code (&error) == json_error_duplicate_key;
    char detail [PROBLEM_DETAIL_SIZE];
    snprintf (detail, sizeof detail, "%s at byte %zu",
              duplicate ? "The body has a duplicate name" : "The body cannot be parsed as JSON",
              s_offset (bytes, size, &error));
    problem_field (problem, "", "", duplicate ? FAULT_DUPLICATE : FAULT_MALFORMED, detail);
    return NULL;
}

//  ---------------------------------------------------------------------------
//  One field

typedef struct {
    fault_t fault;
    const char *detail;  //  NULL: nothing is wrong
    char text [PROBLEM_DETAIL_SIZE];
} finding_t;

#define FOUND(finding, code, ...)                                                                  \
    do {                                                                                           \
        (finding)->fault = FAULT_##code;                                                           \
        snprintf ((finding)->text, sizeof (finding)->text, __VA_ARGS__);                           \
        (finding)->detail = (finding)->text;                                                       \
    } while (0)

static const char *const s_wanted [] = {
    [INPUT_TEXT] = "a string",
    [INPUT_SECRET] = "a string",
    [INPUT_EMAIL] = "a string",
    [INPUT_TOKEN] = "a string",
    [INPUT_NUMBER] = "a string",
    [INPUT_AMOUNT] = "an integer, without fraction or exponent",
    [INPUT_INTEGER] = "an integer, without fraction or exponent",
    [INPUT_BOOLEAN] = "true or false",
    [INPUT_CURRENCY] = "a string",
    [INPUT_OID] = "a string",
    [INPUT_OBJECT] = "an object",
    [INPUT_TEXTS] = "an array",
};

static bool
s_type_fits (const input_field_t *field, const json_t *value)
{
    switch (field->kind) {
    case INPUT_AMOUNT:
    case INPUT_INTEGER: return json_is_integer (value);
    case INPUT_BOOLEAN: return json_is_boolean (value);
    case INPUT_OBJECT: return json_is_object (value);
    case INPUT_TEXTS: return json_is_array (value);
    default: return json_is_string (value);
    }
}

static void
s_read_integer (const input_field_t *field, const json_t *value, void *ret, finding_t *finding)
{
    bool amount = field->kind == INPUT_AMOUNT;
    int64_t min = amount ? 1 : field->min;
    int64_t max = amount ? AMOUNT_MINOR_MAX : field->max;
    int64_t number = json_integer_value (value);
    if (number < min || number > max) {
        FOUND (finding, OUT_OF_RANGE, "The value must be between %lld and %lld", (long long) min,
               (long long) max);
        return;
    }
    assert (field->size == sizeof number);
    memcpy (ret, &number, sizeof number);
}

static bool
s_text_fits (const input_field_t *field, char *text, finding_t *finding)
{
    size_t characters;
    if (!text_is_clean (text, &characters)) {
        FOUND (finding, MALFORMED,
               "Control characters and characters that nobody sees are not allowed");
    }
    else if ((int64_t) characters < field->min) {
        FOUND (finding, TOO_SHORT, "At least %lld characters are needed", (long long) field->min);
    }
    else if ((int64_t) characters > field->max) {
        FOUND (finding, TOO_LONG, "At most %lld characters are allowed", (long long) field->max);
    }
    else if (field->kind == INPUT_EMAIL && !email_normalize (text)) {
        FOUND (finding, MALFORMED, "This is not an email address");
    }
    else if (field->kind == INPUT_TOKEN && !text_is_of (text, "a._-")) {
        FOUND (finding, MALFORMED, "Only letters, digits and . _ - are allowed");
    }
    else if (field->kind == INPUT_NUMBER
             && (!text_is_of (text, "-") || !strpbrk (text, "0123456789"))) {
        FOUND (finding, MALFORMED, "Only digits and - are allowed");
    }
    return finding->detail == NULL;
}

static void
s_read_text (const input_field_t *field, const json_t *value, char *ret, finding_t *finding)
{
    size_t length = json_string_length (value);
    if (length >= field->size) {
        FOUND (finding, TOO_LONG, "The text is too long");
        return;
    }
    char text [1024];
    assert (field->size <= sizeof text);
    memcpy (text, json_string_value (value), length + 1);
    if (field->kind != INPUT_SECRET) {
        text_trim (text);
    }
    if (s_text_fits (field, text, finding)) {
        memcpy (ret, text, strlen (text) + 1);
    }
}

static void
s_read_count (const input_field_t *field, const json_t *value, void *ret, finding_t *finding)
{
    uint32_t count = (uint32_t) json_array_size (value);
    if (count < field->min || count > field->max) {
        FOUND (finding, OUT_OF_RANGE, "Between %lld and %lld values are needed",
               (long long) field->min, (long long) field->max);
        return;
    }
    assert (field->size >= sizeof count + (size_t) field->max * field->fields [0].size);
    memcpy (ret, &count, sizeof count);
}

static void
s_read_value (const input_field_t *field, const json_t *value, uint8_t *base, finding_t *finding)
{
    void *ret = base + field->offset;
    if (json_is_null (value)) {
        FOUND (finding, NULL_VALUE, "A value is needed, null is none");
        return;
    }
    if (!s_type_fits (field, value)) {
        FOUND (finding, WRONG_TYPE, "The value must be %s", s_wanted [field->kind]);
        return;
    }
    oid_t oid;
    switch (field->kind) {
    case INPUT_AMOUNT:
    case INPUT_INTEGER: s_read_integer (field, value, ret, finding); break;
    case INPUT_BOOLEAN: *(bool *) ret = json_is_true (value); break;
    case INPUT_CURRENCY:
        if (strcmp (json_string_value (value), "KRW") != 0) {
            FOUND (finding, OUT_OF_RANGE, "The currency must be KRW");
        }
        break;
    case INPUT_OID:
        if (!oid_parse (json_string_value (value), &oid) || oid.kind != field->oid_kind) {
            FOUND (finding, MALFORMED, "The value must be an id: %s_ and 26 characters",
                   oid_prefix ((uint8_t) field->oid_kind));
            break;
        }
        memcpy (ret, &oid, sizeof oid);
        break;
    case INPUT_OBJECT: break;  //  Its fields are read by s_read_object
    case INPUT_TEXTS: s_read_count (field, value, ret, finding); break;
    default: s_read_text (field, value, ret, finding); break;
    }
}

//  ---------------------------------------------------------------------------
//  The object

static const input_field_t *
s_find (const input_field_t *fields, size_t field_count, const char *name)
{
    for (size_t index = 0; index < field_count; index++) {
        if (strcmp (fields [index].name, name) == 0) {
            return &fields [index];
        }
    }
    return NULL;
}

//  What all objects of one body have in common.
typedef struct {
    uint8_t *base;  //  The struct
    problem_t *problem;
    size_t faults;
} reading_t;

static void
s_fault (reading_t *self, const char *prefix, const char *name, fault_t fault, const char *detail)
{
    problem_field (self->problem, prefix, name, fault, detail);
    self->faults++;
}

//  The texts of an array, whose number fits.
static void
s_read_texts (reading_t *self, const json_t *array, const char *prefix, const input_field_t *field)
{
    size_t index;
    json_t *value;
    uint8_t *at = self->base + field->offset + sizeof (uint32_t);
    char inside [PROBLEM_POINTER_SIZE], name [24];
    snprintf (inside, sizeof inside, "%s%s/", prefix, field->name);
    json_array_foreach ((json_t *) array, index, value)
    {
        finding_t finding = { 0 };
        s_read_value (&field->fields [0], value, at, &finding);
        at += field->fields [0].size;
        if (finding.detail) {
            snprintf (name, sizeof name, "%zu", index);
            s_fault (self, inside, name, finding.fault, finding.detail);
        }
    }
}

//  Returns the bits of the fields that are there. prefix: the pointer to the object,
//  with '/' at its end.
static uint32_t
s_read_object (reading_t *self, const json_t *object, const char *prefix,
               const input_field_t *fields, size_t field_count)
{
    uint32_t present = 0;
    for (size_t index = 0; index < field_count; index++) {
        const input_field_t *field = &fields [index];
        const json_t *value = json_object_get (object, field->name);
        finding_t finding = { 0 };
        if (value) {
            present |= UINT32_C (1) << index;
            s_read_value (field, value, self->base, &finding);
        }
        else if (field->need == INPUT_REQUIRED) {
            FOUND (&finding, MISSING, "This field is required");
        }
        if (finding.detail) {
            s_fault (self, prefix, field->name, finding.fault, finding.detail);
        }
        else if (value && field->kind == INPUT_OBJECT) {
            char inside [PROBLEM_POINTER_SIZE];
            snprintf (inside, sizeof inside, "%s%s/", prefix, field->name);
            uint32_t bits = s_read_object (self, value, inside, field->fields, field->field_count);
            assert (field->size == sizeof bits);
            memcpy (self->base + field->offset, &bits, sizeof bits);
        }
        else if (value && field->kind == INPUT_TEXTS) {
            s_read_texts (self, value, prefix, field);
        }
    }
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *) object, name, value)
    {
        if (!s_find (fields, field_count, name)) {
            s_fault (self, prefix, name, FAULT_UNKNOWN, "There is no such field");
        }
    }
    return present;
}

bool
json_in_read (const json_t *object, const input_field_t *fields, size_t field_count,
              void *ret_struct, uint32_t *ret_present, problem_t *problem)
{
    if (!json_is_object (object)) {
        problem_field (problem, "", "", FAULT_WRONG_TYPE, "The body must be an object");
        return false;
    }
    reading_t reading = { .base = ret_struct, .problem = problem };
    *ret_present = s_read_object (&reading, object, "/", fields, field_count);
    return reading.faults == 0;
}
