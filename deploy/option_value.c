//  option_value - one reader and one description per kind of option.

#include "deploy/option_value.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
s_read_text (const option_rule_t *rule, const char *text, int64_t *ret_number)
{
    (void) rule;
    *ret_number = 0;
    return *text != 0;
}

static bool
s_read_any_text (const option_rule_t *rule, const char *text, int64_t *ret_number)
{
    (void) rule;
    (void) text;
    *ret_number = 0;
    return true;
}

//  Digits only: strtoll alone would take blanks, a sign and what follows.
static bool
s_read_digits (const char *text, const char **ret_rest, int64_t *ret_number)
{
    if (!isdigit ((unsigned char) *text)) {
        return false;
    }
    char *rest;
    errno = 0;
    long long number = strtoll (text, &rest, 10);
    if (errno) {
        return false;
    }
    *ret_rest = rest;
    *ret_number = number;
    return true;
}

static bool
s_read_integer (const option_rule_t *rule, const char *text, int64_t *ret_number)
{
    const char *rest;
    int64_t number;
    if (!s_read_digits (text, &rest, &number) || *rest || number < rule->from
        || number > rule->to) {
        return false;
    }
    *ret_number = number;
    return true;
}

static const struct {
    const char *text;
    int64_t milliseconds;
} units [] = { { "", 1000 }, { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 } };

static bool
s_read_duration (const option_rule_t *rule, const char *text, int64_t *ret_number)
{
    const char *rest;
    int64_t number;
    if (!s_read_digits (text, &rest, &number)) {
        return false;
    }
    for (size_t index = 0; index < sizeof units / sizeof units [0]; index++) {
        int64_t duration;
        if (strcmp (rest, units [index].text) == 0) {
            if (__builtin_mul_overflow (number, units [index].milliseconds, &duration)
                || duration < rule->from || duration > rule->to) {
                return false;
            }
            *ret_number = duration;
            return true;
        }
    }
    return false;
}

//  HOST:PORT with a host that is there, [IPV6]:PORT, and a port of least .. 65535.
static bool
s_is_address (const char *text, size_t size, long least)
{
    const char *colon = memrchr (text, ':', size);
    if (!colon || colon == text) {
        return false;
    }
    bool bracketed = *text == '[';
    if (bracketed ? colon [-1] != ']' : memchr (text, ':', (size_t) (colon - text)) != NULL) {
        return false;
    }
    size_t digits = size - (size_t) (colon + 1 - text);
    long port = 0;
    for (size_t index = 1; index <= digits && port <= 65535; index++) {
        if (!isdigit ((unsigned char) colon [index])) {
            return false;
        }
        port = port * 10 + (colon [index] - '0');
    }
    return digits > 0 && port >= least && port <= 65535;
}

static bool
s_read_address (const option_rule_t *rule, const char *text, int64_t *ret_number)
{
    (void) rule;
    *ret_number = 0;
    return s_is_address (text, strlen (text), 0);
}

static bool
s_read_endpoint (const option_rule_t *rule, const char *text, int64_t *ret_number)
{
    (void) rule;
    *ret_number = 0;
    if (strncmp (text, "ipc://", 6) == 0) {
        return text [6] != 0;
    }
    return strncmp (text, "tcp://", 6) == 0 && s_is_address (text + 6, strlen (text + 6), 1);
}

//  The port may be left out and a path may follow; the path is the server's matter.
static bool
s_read_url (const option_rule_t *rule, const char *text, int64_t *ret_number)
{
    (void) rule;
    const char *host = strncmp (text, "http://", 7) == 0    ? text + 7
                       : strncmp (text, "https://", 8) == 0 ? text + 8
                                                            : NULL;
    *ret_number = 0;
    if (!host || strpbrk (text, " \t\r\n\"<>@")) {
        return false;
    }
    size_t size = strcspn (host, "/?#");
    bool has_port = *host == '[' ? memrchr (host, ']', size) != host + size - 1
                                 : memchr (host, ':', size) != NULL;
    return size > 0 && (!has_port || s_is_address (host, size, 1));
}

static bool
s_read_choice (const option_rule_t *rule, const char *text, int64_t *ret_number)
{
    *ret_number = 0;
    size_t size = strlen (text);
    for (const char *word = rule->value; word; word = strchr (word, '|')) {
        word += *word == '|';
        if (size == strcspn (word, "|") && strncmp (word, text, size) == 0) {
            return true;
        }
    }
    return false;
}

static bool
s_read_flag (const option_rule_t *rule, const char *text, int64_t *ret_number)
{
    (void) rule;
    static const char *const words [] = { "no", "yes", "false", "true", "0", "1" };
    for (size_t index = 0; index < sizeof words / sizeof words [0]; index++) {
        if (strcmp (text, words [index]) == 0) {
            *ret_number = (int64_t) (index % 2);
            return true;
        }
    }
    return false;
}

static const struct {
    bool (*read) (const option_rule_t *rule, const char *text, int64_t *ret_number);
    const char *right;  //  NULL: it depends on the rule
} kinds [] = {
    [OPTION_TEXT] = { s_read_text, "a text that is not empty" },
    [OPTION_ANY_TEXT] = { s_read_any_text, "a text" },
    [OPTION_INTEGER] = { s_read_integer, NULL },
    [OPTION_DURATION] = { s_read_duration, NULL },
    [OPTION_ADDRESS] = { s_read_address, "HOST:PORT such as 127.0.0.1:8080" },
    [OPTION_ENDPOINT] = { s_read_endpoint, "an endpoint such as tcp://127.0.0.1:5560" },
    [OPTION_URL] = { s_read_url, "a URL such as http://127.0.0.1:8090" },
    [OPTION_CHOICE] = { s_read_choice, NULL },
    [OPTION_FLAG] = { s_read_flag, "yes or no" },
};

bool
option_value_read (const option_rule_t *rule, const char *text, int64_t *ret_number)
{
    int64_t number;
    if (!kinds [rule->kind].read (rule, text, &number)) {
        return false;
    }
    *ret_number = number;
    return true;
}

void
option_value_right (const option_rule_t *rule, char ret_right [OPTION_RIGHT_MAX])
{
    switch (rule->kind) {
    case OPTION_INTEGER:
        snprintf (ret_right, OPTION_RIGHT_MAX, "a whole number from %" PRId64 " to %" PRId64,
                  rule->from, rule->to);
        break;
    case OPTION_DURATION:
        snprintf (ret_right, OPTION_RIGHT_MAX,
                  "a time such as 30, 500ms or 2m, from %" PRId64 "ms to %" PRId64 "s", rule->from,
                  rule->to / 1000);
        break;
    case OPTION_CHOICE: snprintf (ret_right, OPTION_RIGHT_MAX, "one of %s", rule->value); break;
    default:
        assert (kinds [rule->kind].right);
        snprintf (ret_right, OPTION_RIGHT_MAX, "%s", kinds [rule->kind].right);
    }
}
