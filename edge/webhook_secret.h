//  webhook_secret - what signs an endpoint's webhooks, sealed under the master key.
//
//      id of the master key 4, little endian · nonce 24 · secret 32, encrypted · tag 16
//      XChaCha20-Poly1305 (IETF); associated data: "happypay.webhook/1" and the endpoint
//
//  A secret is no member's, so no member's key seals it, and erasing a member leaves it.
//  Sealed by a master key that is not active any more it opens as long as the keyring has
//  that key; rotating the secret seals it anew. A secret that was moved to another endpoint
//  does not open. The format is on disk for ever.
//
//  Any thread. Whoever opened a secret wipes it.

#ifndef EDGE_WEBHOOK_SECRET_H
#define EDGE_WEBHOOK_SECRET_H

#include "actors/webhook.h"
#include "edge/keyring.h"

enum { WEBHOOK_SECRET_TEXT_SIZE = 51 };    //  "whsec_", 44 characters of base64, a zero

//  A new one: sealed, and as its owner is shown it, once.
void webhook_secret_make (const keyring_t *keyring, oid_t endpoint, webhook_secret_t *ret_sealed,
                          char ret_text [WEBHOOK_SECRET_TEXT_SIZE]);

//  False: the keyring has no such key, or the bytes do not verify; ret_secret is zeroed then.
bool webhook_secret_open (const keyring_t *keyring, oid_t endpoint,
                          const webhook_secret_t *sealed,
                          uint8_t ret_secret [WEBHOOK_SECRET_BYTES]);

#endif
