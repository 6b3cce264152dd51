#include "edge/text.h"

#include <string.h>
#include "runtime/scoped.h"

//  What changes how a text looks, or that it is another, and cannot be seen itself.
static const struct {
    uint32_t first, last;
} s_unseen [] = {
    { 0x0000, 0x001F }, { 0x007F, 0x009F },    //  C0, DEL, C1
    { 0x00AD, 0x00AD },                        //  Soft hyphen
    { 0x061C, 0x061C }, { 0x180E, 0x180E },    //  Arabic mark, Mongolian separator
    { 0x200B, 0x200F }, { 0x2028, 0x202E },    //  Zero width, lines, directions
    { 0x2060, 0x206F }, { 0xFEFF, 0xFEFF },    //  Joiners, isolates; byte order mark
    { 0xFFF9, 0xFFFB }, { 0xE0000, 0xE007F },  //  Annotations, tags
};

//  The next character of valid UTF-8; *at moves behind it.
static uint32_t
s_character (const unsigned char **at)
{
    uint32_t code = *(*at)++;
    if (code >= 0xC0) {
        code &= code >= 0xF0 ? 0x07 : code >= 0xE0 ? 0x0F : 0x1F;
    }
    while ((**at & 0xC0) == 0x80) {
        code = code << 6 | (*(*at)++ & 0x3F);
    }
    return code;
}

bool
text_is_clean (const char *text, size_t *ret_characters)
{
    enum { JOINER = 0x200D, EMOJI_STYLE = 0xFE0F, EMOJI_FIRST = 0x1F000 };
    const unsigned char *at = (const unsigned char *) text;
    size_t characters = 0;
    for (uint32_t code, before = 0; *at; before = code, characters++) {
        code = s_character (&at);
        bool joins = code == JOINER && (before >= EMOJI_FIRST || before == EMOJI_STYLE);
        for (size_t index = 0; index < COUNT (s_unseen) && !joins; index++) {
            if (code >= s_unseen [index].first && code <= s_unseen [index].last) {
                return false;
            }
        }
    }
    *ret_characters = characters;
    return true;
}

bool
text_is_of (const char *text, const char *others)
{
    for (const char *at = text; *at; at++) {
        bool letter = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z');
        bool digit = *at >= '0' && *at <= '9';
        if (!digit && !strchr (others, *at) && !(letter && strchr (others, 'a'))) {
            return false;
        }
    }
    return true;
}

void
text_trim (char *text)
{
    size_t length = strlen (text);
    while (length && text [length - 1] == ' ') {
        text [--length] = 0;
    }
    size_t lead = strspn (text, " ");
    memmove (text, text + lead, length - lead + 1);
}

//  Not all of RFC 5321, which no provider allows anyway: ASCII, one '@', 1 to 64
//  characters before it, a domain with a dot and no empty label behind it.
bool
email_normalize (char *text)
{
    text_trim (text);
    for (char *at = text; *at; at++) {
        *at = (char) (*at >= 'A' && *at <= 'Z' ? *at + 32 : *at);
    }
    const char *domain = strchr (text, '@');
    if (!domain || domain == text || domain - text > 64 || strchr (domain + 1, '@')
        || strlen (text) > 254) {
        return false;
    }
    for (const char *at = text; *at; at++) {
        if ((unsigned char) *at <= ' ' || (unsigned char) *at >= 0x7F
            || strchr ("\"(),:;<>[\\]", *at)) {
            return false;
        }
    }
    domain++;
    size_t length = strlen (domain);
    return length >= 3 && strchr (domain, '.') && domain [0] != '.' && domain [length - 1] != '.'
           && !strstr (text, "..") && text_is_of (domain, "a.-") && domain [0] != '-';
}
