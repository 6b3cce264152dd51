#include "edge/webhook_signature.h"

#include <assert.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

void
webhook_sign (const uint8_t *secret, size_t secret_size, const char *id, int64_t timestamp_s,
              const char *body, size_t body_size, char ret_signature [WEBHOOK_SIGNATURE_SIZE])
{
    crypto_auth_hmacsha256_state state;
    uint8_t tag [crypto_auth_hmacsha256_BYTES];
    char stamp [32];

    assert (!strchr (id, '.'));
    snprintf (stamp, sizeof stamp, ".%" PRId64 ".", timestamp_s);
    crypto_auth_hmacsha256_init (&state, secret, secret_size);
    crypto_auth_hmacsha256_update (&state, (const uint8_t *) id, strlen (id));
    crypto_auth_hmacsha256_update (&state, (const uint8_t *) stamp, strlen (stamp));
    crypto_auth_hmacsha256_update (&state, (const uint8_t *) body, body_size);
    crypto_auth_hmacsha256_final (&state, tag);
    memcpy (ret_signature, "v1,", 3);
    sodium_bin2base64 (ret_signature + 3, WEBHOOK_SIGNATURE_SIZE - 3, tag, sizeof tag,
                       sodium_base64_VARIANT_ORIGINAL);
    sodium_memzero (&state, sizeof state);
}

void
webhook_id_format (uint32_t partition, int64_t sequence, uint32_t index,
                   char ret_id [WEBHOOK_ID_SIZE])
{
    snprintf (ret_id, WEBHOOK_ID_SIZE, "evt_%" PRIu32 "-%" PRId64 "-%" PRIu32, partition, sequence,
              index);
}
