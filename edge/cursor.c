#include "edge/cursor.h"

#include "edge/base64url.h"
#include "runtime/derive.h"

static void
s_mac (const keyring_t *keyring, uint32_t label, oid_t owner, const uint8_t *bytes, size_t size,
       uint8_t ret_mac [16])
{
    derive_t derive;
    derive_start (&derive, keyring_index_key (keyring), "cursor");
    derive_u32 (&derive, label);
    derive_part (&derive, &owner.kind, 1);
    derive_part (&derive, owner.bytes, OID_BYTES);
    derive_part (&derive, bytes, size);
    derive_end (&derive, ret_mac);
}

void
cursor_format (const keyring_t *keyring, uint32_t label, oid_t owner, const list_cursor_t *cursor,
               char ret_text [CURSOR_TEXT_SIZE])
{
    uint8_t bytes [LIST_CURSOR_SIZE + CURSOR_MAC_SIZE], mac [16];
    assert (cursor->size <= LIST_CURSOR_SIZE);
    s_mac (keyring, label, owner, cursor->bytes, cursor->size, mac);
    memcpy (bytes, cursor->bytes, cursor->size);
    memcpy (bytes + cursor->size, mac, CURSOR_MAC_SIZE);
    sodium_bin2base64 (ret_text, CURSOR_TEXT_SIZE, bytes, (size_t) cursor->size + CURSOR_MAC_SIZE,
                       sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

bool
cursor_parse (const keyring_t *keyring, uint32_t label, oid_t owner, const char *text,
              list_cursor_t *ret_cursor)
{
    uint8_t bytes [LIST_CURSOR_SIZE + CURSOR_MAC_SIZE], mac [16];
    size_t size;
    if (!base64url_read (text, strlen (text), bytes, sizeof bytes, &size)
        || size <= CURSOR_MAC_SIZE) {
        return false;
    }
    size -= CURSOR_MAC_SIZE;
    s_mac (keyring, label, owner, bytes, size, mac);
    if (sodium_memcmp (mac, bytes + size, CURSOR_MAC_SIZE) != 0) {
        return false;
    }
    ret_cursor->size = (uint8_t) size;
    memcpy (ret_cursor->bytes, bytes, size);
    return true;
}
