//  cursor - a place in a list as clients carry it: opaque, and good for that list only.
//
//      base64url (cursor bytes · first 8 bytes of a keyed hash)
//
//  The hash covers the list's label and owner, so that a cursor of one's own list
//  opens nobody else's.

#ifndef EDGE_CURSOR_H
#define EDGE_CURSOR_H

#include "edge/keyring.h"
#include "runtime/lists.h"

enum {
    CURSOR_MAC_SIZE = 8,
    CURSOR_TEXT_SIZE = (LIST_CURSOR_SIZE + CURSOR_MAC_SIZE) * 4 / 3 + 4
};

void cursor_format (const keyring_t *keyring, uint32_t label, oid_t owner,
                    const list_cursor_t *cursor, char ret_text [CURSOR_TEXT_SIZE]);

//  False if it is not a cursor of this list.
bool cursor_parse (const keyring_t *keyring, uint32_t label, oid_t owner, const char *text,
                   list_cursor_t *ret_cursor);

#endif
