//  webhook_signature - Standard Webhooks (standardwebhooks.com), symmetric signatures.
//
//      webhook-signature: v1,BASE64 (HMAC-SHA256 (secret, id "." timestamp "." body))
//
//  While a secret is rotated there are two, separated by a space: a receiver takes the
//  message if one of them is right. The full stop separates, so an id has none.
//
//  Pure; any thread. Whoever has the secret wipes it.

#ifndef EDGE_WEBHOOK_SIGNATURE_H
#define EDGE_WEBHOOK_SIGNATURE_H

#include <stddef.h>
#include <stdint.h>

enum {
    WEBHOOK_SIGNATURE_SIZE = 48,    //  "v1,", 44 characters, a zero
    WEBHOOK_ID_SIZE = 48
};

//  Asserts that the id has no full stop.
void webhook_sign (const uint8_t *secret, size_t secret_size, const char *id, int64_t timestamp_s,
                   const char *body, size_t body_size,
                   char ret_signature [WEBHOOK_SIGNATURE_SIZE]);

//  The webhook-id of an event, the same at each attempt: "evt_3-17-0" for what CloudEvents
//  calls 3.17.0.
void webhook_id_format (uint32_t partition, int64_t sequence, uint32_t index,
                        char ret_id [WEBHOOK_ID_SIZE]);

#endif
