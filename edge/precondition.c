#include "edge/precondition.h"

#include <stdlib.h>
#include <string.h>

enum { DIGITS_MAX = 18 };  //  Of a version that an int64_t holds for sure

//  True for what RFC 9110 allows between the quotes.
static bool
s_is_tag (const char *text, size_t size)
{
    for (size_t at = 0; at < size; at++) {
        unsigned char letter = (unsigned char) text [at];
        if (letter <= ' ' || letter == '"' || letter == 0x7F) {
            return false;
        }
    }
    return true;
}

bool
precondition_read (const char *value, int64_t *ret_version)
{
    *ret_version = 0;
    if (!value || strcmp (value, "*") == 0) {
        return true;
    }
    bool weak = strncmp (value, "W/", 2) == 0;
    const char *tag = value + (weak ? 2 : 0);
    size_t size = strlen (tag);
    if (size < 2 || tag [0] != '"' || tag [size - 1] != '"' || !s_is_tag (tag + 1, size - 2)) {
        return false;
    }
    size_t digits = strspn (tag + 1, "0123456789");
    bool ours = !weak && digits == size - 2 && digits > 0 && digits <= DIGITS_MAX && tag [1] != '0';
    *ret_version = ours ? strtoll (tag + 1, NULL, 10) : PRECONDITION_NEVER;
    return true;
}
