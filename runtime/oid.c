//  oid - text form of ids: Crockford's base32, upper case, 26 characters.

#include "runtime/oid.h"

static const char alphabet [] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

#define OID_PREFIX(name, number, prefix) [number] = prefix,
static const char *const prefixes [] = { OID_KINDS (OID_PREFIX) };
#undef OID_PREFIX

enum { PREFIX_SIZE = 4, CHARACTERS = 26 };

const char *
oid_prefix (uint8_t kind)
{
    return kind < OID_KIND_COUNT ? prefixes [kind] : prefixes [OID_NONE];
}

void
oid_format (oid_t oid, char ret_text [OID_TEXT_SIZE])
{
    memcpy (ret_text, oid_prefix (oid.kind), 3);
    ret_text [3] = '_';

    //  130 bits of text for 128 of id: the first character holds the top 3 only
    unsigned accumulator = 0;
    unsigned bits = 2;
    char *out = ret_text + PREFIX_SIZE;
    for (size_t index = 0; index < OID_BYTES; index++) {
        accumulator = (accumulator << 8) | oid.bytes [index];
        bits += 8;
        while (bits >= 5) {
            bits -= 5;
            *out++ = alphabet [(accumulator >> bits) & 31];
        }
    }
    *out = 0;
}

static int
s_digit (char character)
{
    const char *found = character ? strchr (alphabet, character) : NULL;
    return found ? (int) (found - alphabet) : -1;
}

static uint8_t
s_kind (const char *text)
{
    for (uint8_t kind = 1; kind < OID_KIND_COUNT; kind++) {
        if (memcmp (text, prefixes [kind], 3) == 0) {
            return kind;
        }
    }
    return OID_NONE;
}

bool
oid_parse (const char *text, oid_t *ret_oid)
{
    if (strnlen (text, OID_TEXT_SIZE) != OID_TEXT_SIZE - 1 || text [3] != '_') {
        return false;
    }
    oid_t oid = { .kind = s_kind (text) };
    if (oid.kind == OID_NONE || s_digit (text [PREFIX_SIZE]) > 7) {
        return false;
    }
    unsigned accumulator = 0;
    unsigned bits = 0;
    size_t filled = 0;
    for (size_t index = 0; index < CHARACTERS; index++) {
        int digit = s_digit (text [PREFIX_SIZE + index]);
        if (digit < 0) {
            return false;
        }
        accumulator = (accumulator << 5) | (unsigned) digit;
        bits += index == 0 ? 3 : 5;
        if (bits >= 8) {
            bits -= 8;
            oid.bytes [filled++] = (uint8_t) (accumulator >> bits);
        }
    }
    *ret_oid = oid;
    return true;
}
