//  base64url - bytes as clients carry them in tokens and cursors (RFC 4648, 5), unpadded.
//
//  There is one spelling of each: only the 64 letters, and no bits left over. libsodium's
//  reader takes bytes from 0x80 on for letters, so that a token would have many.
//
//  No state; any thread.

#ifndef EDGE_BASE64URL_H
#define EDGE_BASE64URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

//  False if `size` characters of text are not that, or more than `capacity` bytes.
bool base64url_read (const char *text, size_t size, uint8_t *ret_bytes, size_t capacity,
                     size_t *ret_size);

#endif
