//  derive - ids and lookup hashes: keyed BLAKE2b-128 over labelled parts.
//
//      derive_t derive;
//      derive_start (&derive, key, "bank_account");
//      derive_part (&derive, member.bytes, sizeof member.bytes);
//      derive_text (&derive, bank_code);
//      oid_t oid = derive_oid (&derive, OID_BANK_ACCOUNT);
//
//  Each part is preceded by its length (u32, little endian), so ("ab","c") and
//  ("a","bc") differ; the label separates the uses. Keyed, so that an id tells
//  nothing to who lacks the key, and is never rotated: ids are for ever.

#ifndef RUNTIME_DERIVE_H
#define RUNTIME_DERIVE_H

#include <sodium.h>
#include "runtime/aggregate.h"

typedef struct {
    crypto_generichash_state state;
} derive_t;

void derive_start (derive_t *self, const uint8_t key [DERIVE_KEY_SIZE], const char *label);
void derive_part (derive_t *self, const void *bytes, size_t size);
void derive_text (derive_t *self, const char *text);
void derive_u32 (derive_t *self, uint32_t value);
void derive_end (derive_t *self, uint8_t ret_hash [16]);
oid_t derive_oid (derive_t *self, oid_kind_t kind);

#endif
