//  personal - sealing and opening personal data with the member's key.

#include "edge/personal.h"

#include <sodium.h>
#include <stdio.h>
#include "runtime/derive.h"

enum {
    NONCE_SIZE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG_SIZE = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    CONTEXT_SIZE_MAX = 128
};

_Static_assert(NONCE_SIZE + TAG_SIZE == SEALED_OVERHEAD, "sealed_t's overhead");
_Static_assert(MEMBER_KEY_SIZE == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key size");

#define PERSONAL_LABEL(name, label) [PERSONAL_##name] = label,
static const char *const labels [PERSONAL_COUNT] = { PERSONAL_FIELDS (PERSONAL_LABEL) };
#undef PERSONAL_LABEL

//  Associated data: what the bytes are, and whose. Each text with its final zero.
static size_t
s_context (personal_field_t field, oid_t member, uint8_t ret_context [CONTEXT_SIZE_MAX])
{
    assert ((unsigned) field < PERSONAL_COUNT);
    int texts = snprintf ((char *) ret_context, CONTEXT_SIZE_MAX, "happypay.personal/1%c%s", '\0',
                          labels [field]);
    size_t size = (size_t) texts + 1;
    assert (size + OID_PACKED_SIZE <= CONTEXT_SIZE_MAX);
    ret_context [size] = member.kind;
    memcpy (ret_context + size + 1, member.bytes, OID_BYTES);
    return size + OID_PACKED_SIZE;
}

status_t
personal_seal (member_keys_t *keys, oid_t member, personal_field_t field, const char *text,
               sealed_t *ret_sealed)
{
    uint8_t key [MEMBER_KEY_SIZE], context [CONTEXT_SIZE_MAX];
    size_t size = strlen (text);

    if (size > SEALED_TEXT_MAX) {
        return STATUS_TOO_LARGE;
    }
    if (size == 0) {
        *ret_sealed = (sealed_t) { .size = 0 };
        return STATUS_OK;
    }
    status_t status = member_keys_find (keys, member, key);
    if (status != STATUS_OK) {
        return status;
    }
    *ret_sealed = (sealed_t) { .size = (uint16_t) (SEALED_OVERHEAD + size) };
    randombytes_buf (ret_sealed->bytes, NONCE_SIZE);
    crypto_aead_xchacha20poly1305_ietf_encrypt (ret_sealed->bytes + NONCE_SIZE, NULL,
                                                (const uint8_t *) text, size, context,
                                                s_context (field, member, context), NULL,
                                                ret_sealed->bytes, key);
    sodium_memzero (key, sizeof key);
    return STATUS_OK;
}

bool
personal_open (member_keys_t *keys, oid_t member, personal_field_t field, const sealed_t *sealed,
               char ret_text [PERSONAL_TEXT_SIZE])
{
    uint8_t key [MEMBER_KEY_SIZE], context [CONTEXT_SIZE_MAX];

    *ret_text = '\0';
    if (sealed->size == 0) {
        return true;
    }
    if (sealed->size <= SEALED_OVERHEAD || sealed->size > SEALED_SIZE_MAX
        || member_keys_find (keys, member, key) != STATUS_OK) {
        return false;
    }
    int error = crypto_aead_xchacha20poly1305_ietf_decrypt ((uint8_t *) ret_text, NULL, NULL,
                                                            sealed->bytes + NONCE_SIZE,
                                                            sealed->size - NONCE_SIZE, context,
                                                            s_context (field, member, context),
                                                            sealed->bytes, key);
    sodium_memzero (key, sizeof key);
    ret_text [error ? 0 : sealed->size - SEALED_OVERHEAD] = '\0';
    return error == 0;
}

static bool
s_is_space (char letter)
{
    return letter == ' ' || (letter >= '\t' && letter <= '\r');
}

bool
personal_normalize (const char *text, char *ret_text, size_t size)
{
    size_t used = 0;

    assert (size > 0);
    for (; *text; text++) {
        if (s_is_space (*text)) {
            continue;
        }
        bool after_space = used > 0 && s_is_space (text [-1]);
        if (used + after_space + 1 >= size) {
            ret_text [used] = '\0';
            return false;
        }
        if (after_space) {
            ret_text [used++] = ' ';
        }
        bool upper = *text >= 'A' && *text <= 'Z';
        ret_text [used++] = (char) (upper ? *text - 'A' + 'a' : *text);
    }
    ret_text [used] = '\0';
    return true;
}

void
personal_hash (const keyring_t *keyring, personal_field_t field, const char *text,
               uint8_t ret_hash [PERSONAL_HASH_SIZE])
{
    char normalized [PERSONAL_TEXT_SIZE];
    derive_t derive;

    assert ((unsigned) field < PERSONAL_COUNT);
    personal_normalize (text, normalized, sizeof normalized);
    derive_start (&derive, keyring_index_key (keyring), "personal");
    derive_text (&derive, labels [field]);
    derive_text (&derive, normalized);
    derive_end (&derive, ret_hash);
    sodium_memzero (normalized, sizeof normalized);
}

void
personal_mask_number (const char *text, char ret_masked [MASKED_NUMBER_SIZE])
{
    char last [5] = "****";  //  Filled from the end
    size_t place = 4;
    for (size_t at = strlen (text); at-- > 0 && place > 0;) {
        if (text [at] != '-') {
            last [--place] = text [at];
        }
    }
    snprintf (ret_masked, MASKED_NUMBER_SIZE, "***-***-%s", last);
}

//  Bytes of the character at `at`, which is UTF-8 (the edge lets nothing else in; of
//  other bytes each counts as one).
static size_t
s_character (const char *at)
{
    size_t size = 1;
    while (((unsigned char) at [size] & 0xC0) == 0x80) {
        size++;
    }
    return size;
}

static bool
s_is_latin (const char *word, size_t size)
{
    for (size_t at = 0; at < size; at++) {
        char lower = (char) (word [at] | 0x20);
        if (lower >= 'a' && lower <= 'z') {
            return true;
        }
    }
    return false;
}

//  Returns the bytes written: at most those of the word.
static size_t
s_mask_word (const char *word, size_t size, char *ret_masked)
{
    size_t count = 0, used = 0;
    for (size_t at = 0; at < size; at += s_character (word + at)) {
        count++;
    }
    bool keeps_last = count >= 3 && !s_is_latin (word, size);
    size_t at = 0;
    for (size_t index = 0; index < count; index++) {
        size_t bytes = s_character (word + at);
        if ((index == 0 && count > 1) || (index == count - 1 && keeps_last)) {
            memcpy (ret_masked + used, word + at, bytes);
            used += bytes;
        }
        else {
            ret_masked [used++] = '*';
        }
        at += bytes;
    }
    return used;
}

void
personal_mask_name (const char *text, char ret_masked [PERSONAL_TEXT_SIZE])
{
    size_t used = 0;
    assert (strlen (text) < PERSONAL_TEXT_SIZE);
    while (*text) {
        size_t size = strcspn (text, " ");
        used += s_mask_word (text, size, ret_masked + used);
        text += size;
        while (*text == ' ') {
            ret_masked [used++] = *text++;
        }
    }
    ret_masked [used] = '\0';
}
