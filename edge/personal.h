//  personal - sealing and opening personal data with the member's key.
//
//      nonce 24 · ciphertext · tag 16      XChaCha20-Poly1305 (IETF), random nonce
//
//  The associated data is "happypay.personal/1", the field's label and the
//  member's id: a sealed name cannot be shown as an address, nor as another
//  member's. The format is on disk for ever.
//
//  Lookup hashes find equal values without telling them: keyed BLAKE2b-128 with
//  the index key over the label and the normalized value (outer white space
//  removed, inner runs one space, ASCII letters in lower case).
//
//  No text of these ever goes into a log, the tap or an error.
//
//  Any thread.

#ifndef EDGE_PERSONAL_H
#define EDGE_PERSONAL_H

#include "edge/member_keys.h"
#include "runtime/sealed.h"

//  Labels are part of what is sealed: append, never change.
#define PERSONAL_FIELDS(X)                                                                         \
    X (NAME, "name")                                                                               \
    X (EMAIL, "email")                                                                             \
    X (ADDRESS, "address")                                                                         \
    X (ACCOUNT_NUMBER, "account_number")                                                           \
    X (HOLDER_NAME, "holder_name")                                                                 \
    X (MEMO, "memo")                                                                               \
    X (REASON, "reason")

#define PERSONAL_ENUM(name, label) PERSONAL_##name,
typedef enum { PERSONAL_FIELDS (PERSONAL_ENUM) PERSONAL_COUNT } personal_field_t;
#undef PERSONAL_ENUM

enum {
    PERSONAL_TEXT_SIZE = SEALED_TEXT_MAX + 1,
    PERSONAL_HASH_SIZE = 16
};

//  Seals `text` (at most SEALED_TEXT_MAX bytes, else TOO_LARGE) with the key that
//  the member has already (member_keys_put). An empty text is size 0. Otherwise
//  as member_keys_find.
status_t personal_seal (member_keys_t *keys, oid_t member, personal_field_t field,
                        const char *text, sealed_t *ret_sealed) must_check;

//  The text with its final zero, or "" and false: the key was destroyed, or the
//  bytes do not verify. No value (size 0) is "" and true.
bool personal_open (member_keys_t *keys, oid_t member, personal_field_t field,
                    const sealed_t *sealed, char ret_text [PERSONAL_TEXT_SIZE]);

//  "***-***-1234": what may be shown of an account number, its last four digits.
enum { MASKED_NUMBER_SIZE = 16 };
void personal_mask_number (const char *text, char ret_masked [MASKED_NUMBER_SIZE]);

//  A name as it is shown to those who are about to send money: of each word the first
//  letter remains, and the last too if the word has no Latin letter and three or more;
//  the others, and a word of one letter, are stars. "홍*동", "김*", "J*** D**".
void personal_mask_name (const char *text, char ret_masked [PERSONAL_TEXT_SIZE]);

//  Writes the normalized form; true unless it does not fit `size` bytes.
bool personal_normalize (const char *text, char *ret_text, size_t size);

//  Texts beyond SEALED_TEXT_MAX bytes are cut for hashing; callers refuse them.
void personal_hash (const keyring_t *keyring, personal_field_t field, const char *text,
                    uint8_t ret_hash [PERSONAL_HASH_SIZE]);

#endif
