//  derive - ids and lookup hashes: keyed BLAKE2b-128 over labelled parts.

#include "runtime/derive.h"

void
derive_start (derive_t *self, const uint8_t key [DERIVE_KEY_SIZE], const char *label)
{
    crypto_generichash_init (&self->state, key, DERIVE_KEY_SIZE, OID_BYTES);
    derive_text (self, label);
}

void
derive_part (derive_t *self, const void *bytes, size_t size)
{
    assert (size <= UINT32_MAX);
    uint8_t length [4] = { (uint8_t) size, (uint8_t) (size >> 8), (uint8_t) (size >> 16),
                           (uint8_t) (size >> 24) };
    crypto_generichash_update (&self->state, length, sizeof length);
    crypto_generichash_update (&self->state, bytes, size);
}

void
derive_text (derive_t *self, const char *text)
{
    derive_part (self, text, strlen (text));
}

void
derive_u32 (derive_t *self, uint32_t value)
{
    uint8_t bytes [4] = { (uint8_t) value, (uint8_t) (value >> 8), (uint8_t) (value >> 16),
                          (uint8_t) (value >> 24) };
    derive_part (self, bytes, sizeof bytes);
}

void
derive_end (derive_t *self, uint8_t ret_hash [16])
{
    crypto_generichash_final (&self->state, ret_hash, OID_BYTES);
}

oid_t
derive_oid (derive_t *self, oid_kind_t kind)
{
    oid_t oid = { .kind = (uint8_t) kind };
    derive_end (self, oid.bytes);
    return oid;
}
