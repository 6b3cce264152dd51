#include "edge/webhook_secret.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#define LABEL  "happypay.webhook/1"
#define PREFIX "whsec_"

enum {
    NONCE_SIZE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG_SIZE = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    KEY_SIZE = crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
    CONTEXT_SIZE = sizeof LABEL - 1 + OID_PACKED_SIZE
};

_Static_assert(NONCE_SIZE + (int) WEBHOOK_SECRET_BYTES + TAG_SIZE == (int) WEBHOOK_SEALED_BYTES,
               "a sealed secret");

//  One that is wiped by whoever asked.
static void
s_sealing_key (const keyring_t *keyring, uint8_t ret_key [KEY_SIZE])
{
    (void) crypto_generichash (ret_key, KEY_SIZE, (const uint8_t *) LABEL, sizeof LABEL - 1,
                               keyring_derive_key (keyring), KEYRING_KEY_SIZE);
}

static void
s_context (oid_t endpoint, uint8_t ret_context [CONTEXT_SIZE])
{
    memcpy (ret_context, LABEL, sizeof LABEL - 1);
    memcpy (ret_context + sizeof LABEL - 1, &endpoint, OID_PACKED_SIZE);
}

void
webhook_secret_make (const keyring_t *keyring, oid_t endpoint, webhook_secret_t *ret_sealed,
                     char ret_text [WEBHOOK_SECRET_TEXT_SIZE])
{
    uint8_t secret [WEBHOOK_SECRET_BYTES], context [CONTEXT_SIZE], key [KEY_SIZE];

    randombytes_buf (secret, sizeof secret);
    s_context (endpoint, context);
    ret_sealed->size = WEBHOOK_SEALED_BYTES;
    randombytes_buf (ret_sealed->bytes, NONCE_SIZE);
    s_sealing_key (keyring, key);
    crypto_aead_xchacha20poly1305_ietf_encrypt (ret_sealed->bytes + NONCE_SIZE, NULL, secret,
                                                sizeof secret, context, sizeof context, NULL,
                                                ret_sealed->bytes, key);
    sodium_memzero (key, sizeof key);
    memcpy (ret_text, PREFIX, sizeof PREFIX - 1);
    sodium_bin2base64 (ret_text + sizeof PREFIX - 1, WEBHOOK_SECRET_TEXT_SIZE - (sizeof PREFIX - 1),
                       secret, sizeof secret, sodium_base64_VARIANT_ORIGINAL);
    sodium_memzero (secret, sizeof secret);
}

bool
webhook_secret_open (const keyring_t *keyring, oid_t endpoint, const webhook_secret_t *sealed,
                     uint8_t ret_secret [WEBHOOK_SECRET_BYTES])
{
    uint8_t context [CONTEXT_SIZE], key [KEY_SIZE];

    sodium_memzero (ret_secret, WEBHOOK_SECRET_BYTES);
    if (sealed->size != WEBHOOK_SEALED_BYTES) {
        return false;
    }
    s_context (endpoint, context);
    s_sealing_key (keyring, key);
    bool opened =
        crypto_aead_xchacha20poly1305_ietf_decrypt (ret_secret, NULL, NULL,
                                                    sealed->bytes + NONCE_SIZE,
                                                    WEBHOOK_SEALED_BYTES - NONCE_SIZE, context,
                                                    sizeof context, sealed->bytes, key)
        == 0;
    sodium_memzero (key, sizeof key);
    if (!opened) {
        sodium_memzero (ret_secret, WEBHOOK_SECRET_BYTES);
    }
    return opened;
}
