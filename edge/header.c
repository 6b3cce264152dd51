#include "edge/header.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool
header_request_id (const char *value, char ret_id [REQUEST_ID_SIZE])
{
    static const char allowed [] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                   "0123456789._:/+=-";
    size_t length = value ? strlen (value) : 0;
    if (length == 0 || length >= REQUEST_ID_SIZE || strspn (value, allowed) != length) {
        return false;
    }
    memcpy (ret_id, value, length + 1);
    return true;
}

//  An RFC 8941 string without its quotes; false if it is not one to the end.
static bool
s_unquote (const char *value, char *ret_key)
{
    size_t length = 0;
    const char *at = value + 1;
    while (*at && *at != '"') {
        if (*at == '\\') {
            at++;
            if (*at != '"' && *at != '\\') {
                return false;
            }
        }
        if (length == IDEMPOTENCY_KEY_SIZE - 1) {
            return false;
        }
        ret_key [length++] = *at++;
    }
    ret_key [length] = 0;
    return length > 0 && at [0] == '"' && at [1] == 0;
}

bool
header_idempotency_key (const char *value, char ret_key [IDEMPOTENCY_KEY_SIZE])
{
    char key [IDEMPOTENCY_KEY_SIZE];
    size_t length = value ? strlen (value) : 0;
    if (length == 0) {
        return false;
    }
    for (const char *at = value; *at; at++) {
        if (*at < 0x20 || *at > 0x7E) {
            return false;
        }
    }
    if (value [0] == '"') {
        if (!s_unquote (value, key)) {
            return false;
        }
    }
    else {
        if (length >= IDEMPOTENCY_KEY_SIZE) {
            return false;
        }
        memcpy (key, value, length + 1);
    }
    memcpy (ret_key, key, strlen (key) + 1);
    return true;
}

unsigned
header_prefer (const char *value)
{
    unsigned wait_s = PREFER_WAIT_S;
    for (const char *at = value; at && *at;) {
        at += strspn (at, " \t,;");
        size_t length = strcspn (at, ",;");
        if (length >= 13 && strncasecmp (at, "respond-async", 13) == 0
            && strspn (at + 13, " \t") == length - 13) {
            return 0;
        }
        if (length > 5 && strncasecmp (at, "wait=", 5) == 0 && at [5] >= '0' && at [5] <= '9') {
            unsigned long asked = strtoul (at + 5, NULL, 10);
            wait_s = asked > PREFER_WAIT_MAX_S ? PREFER_WAIT_MAX_S : (unsigned) asked;
        }
        at += length;
    }
    return wait_s;
}

static int
s_hex (char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

//  "00-" 32 hex digits "-" 16 hex digits "-" 2 hex digits; later versions may go on.
bool
header_traceparent (const char *value, uint8_t ret_trace_id [16])
{
    static const uint8_t none [16] = { 0 };
    uint8_t trace_id [16];
    if (!value || strlen (value) < 55 || value [2] != '-' || value [35] != '-' || value [52] != '-'
        || strncmp (value, "ff", 2) == 0 || s_hex (value [0]) < 0 || s_hex (value [1]) < 0) {
        return false;
    }
    if (strncmp (value, "00", 2) == 0 && strlen (value) != 55) {
        return false;
    }
    for (size_t index = 0; index < 16; index++) {
        int high = s_hex (value [3 + 2 * index]);
        int low = s_hex (value [4 + 2 * index]);
        if (high < 0 || low < 0) {
            return false;
        }
        trace_id [index] = (uint8_t) (high << 4 | low);
    }
    if (memcmp (trace_id, none, 16) == 0) {
        return false;
    }
    memcpy (ret_trace_id, trace_id, 16);
    return true;
}

const char *
header_bearer (const char *value)
{
    if (!value || strncasecmp (value, "Bearer ", 7) != 0) {
        return NULL;
    }
    value += 7;
    return value + strspn (value, " ");
}

bool
header_is_json (const char *value)
{
    if (!value || strncasecmp (value, "application/json", 16) != 0) {
        return false;
    }
    const char *rest = value + 16;
    while (*(rest += strspn (rest, " \t")) == ';') {
        rest += 1 + strspn (rest + 1, " \t");
        size_t length = strcspn (rest, "; \t");
        bool charset = strncasecmp (rest, "charset=", 8) == 0;
        bool utf_8 = (length == 13 && strncasecmp (rest, "charset=utf-8", 13) == 0)
                     || (length == 15 && strncasecmp (rest, "charset=\"utf-8\"", 15) == 0);
        if (charset && !utf_8) {
            return false;
        }
        rest += length;
    }
    return *rest == 0;
}

bool
header_is_identity (const char *value)
{
    return !value || strcasecmp (value, "identity") == 0;
}

//  Digits as a number of at most max; NULL: it is none.
static const char *
s_number (const char *at, uint64_t max, uint64_t *ret_number)
{
    const char *start = at;
    uint64_t number = 0;
    for (; *at >= '0' && *at <= '9'; at++) {
        uint64_t digit = (uint64_t) (*at - '0');
        if (number > (max - digit) / 10) {
            return NULL;
        }
        number = number * 10 + digit;
    }
    *ret_number = number;
    return at > start ? at : NULL;
}

bool
header_sequence (const char *value, uint16_t partitions, node_place_t *ret_places,
                 size_t *ret_count)
{
    size_t count = 0;
    for (const char *at = value; at && count < NODE_PLACES_MAX; at++) {
        uint64_t partition;
        at = s_number (at, partitions - 1u, &partition);
        if (!at || *at != '.') {
            return false;
        }
        at = s_number (at + 1, UINT64_MAX, &ret_places [count].sequence);
        ret_places [count++].partition = (uint16_t) partition;
        *ret_count = count;
        if (!at || *at != ',') {
            return at && *at == 0;
        }
    }
    return false;
}
