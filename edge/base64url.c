#include "edge/base64url.h"

#include <sodium.h>

bool
base64url_read (const char *text, size_t size, uint8_t *ret_bytes, size_t capacity,
                size_t *ret_size)
{
    for (size_t index = 0; index < size; index++) {
        if ((unsigned char) text [index] >= 0x80) {
            return false;
        }
    }
    return sodium_base642bin (ret_bytes, capacity, text, size, NULL, ret_size, NULL,
                              sodium_base64_VARIANT_URLSAFE_NO_PADDING)
           == 0;
}
