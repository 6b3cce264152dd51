//  sealed - personal data as actors, journal and projections see it: ciphertext.
//
//  The edge seals a text with the member's key (XChaCha20-Poly1305; edge/personal.h)
//  before it makes the command, and opens it when it renders. Destroying the
//  member's key makes every copy unreadable.

#ifndef RUNTIME_SEALED_H
#define RUNTIME_SEALED_H

#include <stdint.h>

enum {
    SEALED_OVERHEAD = 40,           //  Nonce 24, tag 16
    SEALED_TEXT_MAX = 600,          //  Bytes of UTF-8
    SEALED_SIZE_MAX = SEALED_OVERHEAD + SEALED_TEXT_MAX
};

//  A FIELD_BYTES.
typedef struct {
    uint16_t size;                  //  0: no value
    uint8_t bytes [SEALED_SIZE_MAX];
} sealed_t;

#endif
