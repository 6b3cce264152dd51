//  scope - what makes two requests the same: keyed hashes that name and compare.
//
//      scope        of (caller, method, path, idempotency key)      which request
//      fingerprint  of the canonical body                            asking what
//      id           of (scope) or of the natural key                 about which object
//
//  Without a token the caller is a hash of the canonical body, so that a stranger
//  who guesses a key finds nothing. All by runtime/derive.h with the keyring's
//  derive key; the labels below are for ever, since ids are.

#ifndef EDGE_SCOPE_H
#define EDGE_SCOPE_H

#include "edge/keyring.h"

enum { SCOPE_SIZE = 16 };

typedef struct {
    uint8_t scope [SCOPE_SIZE];
    uint8_t fingerprint [SCOPE_SIZE];
} scope_t;

//  caller: of kind NONE without a token.
void scope_make (const keyring_t *keyring, oid_t caller, const char *method, const char *path,
                 const char *key, const char *canonical_body, scope_t *ret_scope);

//  An object that the request itself names: a member, a recharge, a merchant.
oid_t scope_oid (const keyring_t *keyring, const scope_t *scope, oid_kind_t kind);

//  Objects with a natural key.
oid_t scope_bank_account (const keyring_t *keyring, oid_t member, const char *bank_code,
                          const char *account_number);
oid_t scope_payment (const keyring_t *keyring, oid_t merchant, const char *order_id);

//  email: normalized.
oid_t scope_login (const keyring_t *keyring, const char *email);

#endif
