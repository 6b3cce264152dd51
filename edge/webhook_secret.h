//  webhook_secret - what signs an endpoint's webhooks, sealed by a key of the keyring.
//
//      nonce 24 · secret 32, encrypted · tag 16
//      XChaCha20-Poly1305 (IETF); associated data: "happypay.webhook/1" and the endpoint;
//      key: BLAKE2b-256 of "happypay.webhook/1", keyed with the keyring's derive key
//
//  A secret is no member's, so no member's key seals it, and erasing a member leaves it. Nor
//  does a master key: those are retired once no member's key is wrapped by them, and what
//  rests in the journal would be lost with them. The derive key is for ever; a secret that
//  may be known is rotated itself. A secret that was moved to another endpoint does not
//  open. The format is on disk for ever.
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

//  False: the bytes do not verify, or the keyring is another; ret_secret is zeroed then.
bool webhook_secret_open (const keyring_t *keyring, oid_t endpoint,
                          const webhook_secret_t *sealed,
                          uint8_t ret_secret [WEBHOOK_SECRET_BYTES]);

#endif
