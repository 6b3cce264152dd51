//  key_slot - one slot of a member key file, byte by byte.

#include "edge/key_slot.h"

#include <sodium.h>

enum {
    SLOT_FORMAT = 1,
    AT_STATE = 0,
    AT_FORMAT = 1,
    AT_MASTER = 4,
    AT_MEMBER = 8,
    AT_NONCE = 32,  //  Also the size of what is authenticated
    AT_WRAPPED = 56,
    AT_HASH = 112,
    WRAPPED_SIZE = KEYRING_KEY_SIZE + crypto_aead_xchacha20poly1305_ietf_ABYTES,
    HASH_SIZE = 16
};

_Static_assert(AT_NONCE + crypto_aead_xchacha20poly1305_ietf_NPUBBYTES == AT_WRAPPED, "layout");
_Static_assert(AT_WRAPPED + WRAPPED_SIZE <= AT_HASH, "layout");
_Static_assert(AT_HASH + HASH_SIZE == KEY_SLOT_SIZE, "layout");

static void
s_hash (const uint8_t slot [KEY_SLOT_SIZE], uint8_t ret_hash [HASH_SIZE])
{
    crypto_generichash (ret_hash, HASH_SIZE, slot, AT_HASH, NULL, 0);
}

key_slot_state_t
key_slot_state (const uint8_t slot [KEY_SLOT_SIZE])
{
    uint8_t hash [HASH_SIZE];

    if (sodium_is_zero (slot, KEY_SLOT_SIZE)) {
        return KEY_SLOT_FREE;
    }
    s_hash (slot, hash);
    if (memcmp (hash, slot + AT_HASH, HASH_SIZE) != 0 || slot [AT_FORMAT] != SLOT_FORMAT
        || (slot [AT_STATE] != KEY_SLOT_KEY && slot [AT_STATE] != KEY_SLOT_DESTROYED)) {
        return KEY_SLOT_TORN;
    }
    return (key_slot_state_t) slot [AT_STATE];
}

oid_t
key_slot_member (const uint8_t slot [KEY_SLOT_SIZE])
{
    oid_t member;
    member.kind = slot [AT_MEMBER];
    memcpy (member.bytes, slot + AT_MEMBER + 1, OID_BYTES);
    return member;
}

uint32_t
key_slot_master (const uint8_t slot [KEY_SLOT_SIZE])
{
    uint32_t id = 0;
    for (unsigned byte = 0; byte < 4; byte++) {
        id |= (uint32_t) slot [AT_MASTER + byte] << (8 * byte);
    }
    return id;
}

static void
s_start (uint8_t slot [KEY_SLOT_SIZE], key_slot_state_t state, uint32_t master, oid_t member)
{
    memset (slot, 0, KEY_SLOT_SIZE);
    slot [AT_STATE] = (uint8_t) state;
    slot [AT_FORMAT] = SLOT_FORMAT;
    for (unsigned byte = 0; byte < 4; byte++) {
        slot [AT_MASTER + byte] = (uint8_t) (master >> (8 * byte));
    }
    slot [AT_MEMBER] = member.kind;
    memcpy (slot + AT_MEMBER + 1, member.bytes, OID_BYTES);
}

void
key_slot_seal (uint8_t ret_slot [KEY_SLOT_SIZE], const keyring_t *keyring, oid_t member,
               const uint8_t key [KEYRING_KEY_SIZE])
{
    const keyring_key_t *master = keyring_master_key (keyring);

    s_start (ret_slot, KEY_SLOT_KEY, master->id, member);
    randombytes_buf (ret_slot + AT_NONCE, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
    crypto_aead_xchacha20poly1305_ietf_encrypt (ret_slot + AT_WRAPPED, NULL, key, KEYRING_KEY_SIZE,
                                                ret_slot, AT_NONCE, NULL, ret_slot + AT_NONCE,
                                                master->bytes);
    s_hash (ret_slot, ret_slot + AT_HASH);
}

status_t
key_slot_open (const uint8_t slot [KEY_SLOT_SIZE], const keyring_t *keyring,
               uint8_t ret_key [KEYRING_KEY_SIZE])
{
    if (slot [AT_STATE] != KEY_SLOT_KEY) {
        return STATUS_NOT_FOUND;
    }
    const keyring_key_t *master = keyring_find_master_key (keyring, key_slot_master (slot));
    if (!master
        || crypto_aead_xchacha20poly1305_ietf_decrypt (ret_key, NULL, NULL, slot + AT_WRAPPED,
                                                       WRAPPED_SIZE, slot, AT_NONCE,
                                                       slot + AT_NONCE, master->bytes)
               != 0) {
        return STATUS_DAMAGED;
    }
    return STATUS_OK;
}

void
key_slot_destroy (uint8_t ret_slot [KEY_SLOT_SIZE], oid_t member)
{
    s_start (ret_slot, KEY_SLOT_DESTROYED, 0, member);
    s_hash (ret_slot, ret_slot + AT_HASH);
}
