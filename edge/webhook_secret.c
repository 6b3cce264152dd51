#include "edge/webhook_secret.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#define LABEL  "happypay.webhook/1"
#define PREFIX "whsec_"

enum {
    ID_SIZE = 4,
    NONCE_SIZE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG_SIZE = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    HEAD_SIZE = ID_SIZE + NONCE_SIZE,
    CONTEXT_SIZE = sizeof LABEL - 1 + OID_PACKED_SIZE
};

_Static_assert(HEAD_SIZE + (int) WEBHOOK_SECRET_BYTES + TAG_SIZE == (int) WEBHOOK_SEALED_BYTES,
               "a sealed secret");
_Static_assert((int) KEYRING_KEY_SIZE == (int) crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
               "key size");

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
    const keyring_key_t *master = keyring_master_key (keyring);
    uint8_t secret [WEBHOOK_SECRET_BYTES], context [CONTEXT_SIZE];

    randombytes_buf (secret, sizeof secret);
    s_context (endpoint, context);
    ret_sealed->size = WEBHOOK_SEALED_BYTES;
    for (unsigned index = 0; index < ID_SIZE; index++) {
        ret_sealed->bytes [index] = (uint8_t) (master->id >> 8 * index);
    }
    randombytes_buf (ret_sealed->bytes + ID_SIZE, NONCE_SIZE);
    crypto_aead_xchacha20poly1305_ietf_encrypt (ret_sealed->bytes + HEAD_SIZE, NULL, secret,
                                                sizeof secret, context, sizeof context, NULL,
                                                ret_sealed->bytes + ID_SIZE, master->bytes);
    memcpy (ret_text, PREFIX, sizeof PREFIX - 1);
    sodium_bin2base64 (ret_text + sizeof PREFIX - 1, WEBHOOK_SECRET_TEXT_SIZE - (sizeof PREFIX - 1),
                       secret, sizeof secret, sodium_base64_VARIANT_ORIGINAL);
    sodium_memzero (secret, sizeof secret);
}

bool
webhook_secret_open (const keyring_t *keyring, oid_t endpoint, const webhook_secret_t *sealed,
                     uint8_t ret_secret [WEBHOOK_SECRET_BYTES])
{
    uint8_t context [CONTEXT_SIZE];
    uint32_t id = 0;

    sodium_memzero (ret_secret, WEBHOOK_SECRET_BYTES);
    if (sealed->size != WEBHOOK_SEALED_BYTES) {
        return false;
    }
    for (unsigned index = 0; index < ID_SIZE; index++) {
        id |= (uint32_t) sealed->bytes [index] << 8 * index;
    }
    const keyring_key_t *master = keyring_find_master_key (keyring, id);
    s_context (endpoint, context);
    if (!master
        || crypto_aead_xchacha20poly1305_ietf_decrypt (
            ret_secret, NULL, NULL, sealed->bytes + HEAD_SIZE, WEBHOOK_SEALED_BYTES - HEAD_SIZE,
            context, sizeof context, sealed->bytes + ID_SIZE, master->bytes)) {
        sodium_memzero (ret_secret, WEBHOOK_SECRET_BYTES);
        return false;
    }
    return true;
}
