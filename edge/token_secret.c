#include "edge/token_secret.h"

#include <sodium.h>
#include "edge/base64url.h"

enum {
    PREFIX_SIZE = 4,
    PACKED_SIZE = 2 * OID_BYTES + SECRET_SIZE,
    BASE64_SIZE = (PACKED_SIZE * 4 + 2) / 3  //  Without padding
};

_Static_assert(PREFIX_SIZE + BASE64_SIZE < TOKEN_SECRET_TEXT_SIZE, "a token must fit");

static const char *const prefixes [] = { [SECRET_REFRESH] = "hpr_", [SECRET_RESET] = "hpp_" };

static void
s_pack (const token_secret_t *self, uint8_t packed [PACKED_SIZE])
{
    memcpy (packed, self->login.bytes, OID_BYTES);
    memcpy (packed + OID_BYTES, self->family.bytes, OID_BYTES);
    memcpy (packed + 2 * OID_BYTES, self->secret, SECRET_SIZE);
}

void
token_secret_make (secret_kind_t kind, oid_t login, token_secret_t *ret_token)
{
    *ret_token = (token_secret_t) { .login = login };
    if (kind == SECRET_REFRESH) {
        ret_token->family.kind = OID_SESSION;
        randombytes_buf (ret_token->family.bytes, OID_BYTES);
    }
    randombytes_buf (ret_token->secret, SECRET_SIZE);
}

//  The index key is never rotated, so a rotation of keys logs nobody out.
void
token_secret_successor (const keyring_t *keyring, const token_secret_t *self,
                        token_secret_t *ret_successor)
{
    static const char label [] = "refresh token";
    crypto_generichash_state state;
    uint8_t packed [PACKED_SIZE];

    s_pack (self, packed);
    crypto_generichash_init (&state, keyring_index_key (keyring), KEYRING_KEY_SIZE, SECRET_SIZE);
    crypto_generichash_update (&state, (const uint8_t *) label, sizeof label);
    crypto_generichash_update (&state, packed, sizeof packed);
    *ret_successor = *self;
    crypto_generichash_final (&state, ret_successor->secret, SECRET_SIZE);
    sodium_memzero (packed, sizeof packed);
}

void
token_secret_hash (const token_secret_t *self, token_hash_t *ret_hash)
{
    uint8_t packed [PACKED_SIZE];

    s_pack (self, packed);
    ret_hash->size = sizeof ret_hash->bytes;
    crypto_generichash (ret_hash->bytes, sizeof ret_hash->bytes, packed, sizeof packed, NULL, 0);
    sodium_memzero (packed, sizeof packed);
}

void
token_secret_format (secret_kind_t kind, const token_secret_t *self,
                     char ret_text [TOKEN_SECRET_TEXT_SIZE])
{
    uint8_t packed [PACKED_SIZE];

    s_pack (self, packed);
    memcpy (ret_text, prefixes [kind], PREFIX_SIZE);
    sodium_bin2base64 (ret_text + PREFIX_SIZE, TOKEN_SECRET_TEXT_SIZE - PREFIX_SIZE, packed,
                       sizeof packed, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero (packed, sizeof packed);
}

bool
token_secret_parse (secret_kind_t kind, const char *text, token_secret_t *ret_token)
{
    uint8_t packed [PACKED_SIZE];
    size_t size = 0;

    *ret_token = (token_secret_t) { .login.kind = OID_LOGIN };
    if (strncmp (text, prefixes [kind], PREFIX_SIZE) != 0
        || strlen (text) != PREFIX_SIZE + BASE64_SIZE
        || !base64url_read (text + PREFIX_SIZE, BASE64_SIZE, packed, sizeof packed, &size)
        || size != sizeof packed) {
        return false;
    }
    memcpy (ret_token->login.bytes, packed, OID_BYTES);
    memcpy (ret_token->family.bytes, packed + OID_BYTES, OID_BYTES);
    memcpy (ret_token->secret, packed + 2 * OID_BYTES, SECRET_SIZE);
    sodium_memzero (packed, sizeof packed);
    ret_token->family.kind = kind == SECRET_REFRESH ? OID_SESSION : OID_NONE;
    bool family = !sodium_is_zero (ret_token->family.bytes, OID_BYTES);
    return family == (kind == SECRET_REFRESH);
}
