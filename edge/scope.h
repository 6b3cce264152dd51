//  scope - what makes two requests the same: keyed hashes that name and compare.
//
//      scope        of (caller, method, path, idempotency key)      which request
//      fingerprint  of what was understood of the body               asking what
//      id           of (scope) or of the natural key                 about which object
//
//  Without a token the caller is the fingerprint, so that a stranger who guesses a key
//  finds nothing. All by runtime/derive.h with the keyring's
//  derive key; the labels below are for ever, since ids are.

#ifndef EDGE_SCOPE_H
#define EDGE_SCOPE_H

#include "actors/webhook.h"
#include "edge/json_in.h"
#include "edge/keyring.h"

enum { SCOPE_SIZE = 16 };

typedef struct {
    uint8_t scope [SCOPE_SIZE];
    uint8_t fingerprint [SCOPE_SIZE];
} scope_t;

//  Of the fields that are there, by name and value, in their table's order: so order, white
//  space and escapes of the body do not count, and it stays the same when fields are added
//  to the table. input and present: as json_in_read filled them.
void scope_fingerprint (const keyring_t *keyring, const input_field_t *fields,
                        size_t field_count, const void *input, uint32_t present,
                        uint8_t ret_fingerprint [SCOPE_SIZE]);

//  caller: of kind NONE without a token.
void scope_make (const keyring_t *keyring, oid_t caller, const char *method, const char *path,
                 const char *key, const uint8_t fingerprint [SCOPE_SIZE],
                 uint8_t ret_scope [SCOPE_SIZE]);

//  An object that the request itself names: a member, a recharge, a merchant.
oid_t scope_oid (const keyring_t *keyring, const scope_t *scope, oid_kind_t kind);

//  Objects with a natural key.
oid_t scope_bank_account (const keyring_t *keyring, oid_t member, const char *bank_code,
                          const char *account_number);
oid_t scope_payment (const keyring_t *keyring, oid_t merchant, const char *order_id);

//  One event's way to one endpoint.
oid_t scope_delivery (const keyring_t *keyring, oid_t endpoint, webhook_place_t place);

//  email: normalized.
oid_t scope_login (const keyring_t *keyring, const char *email);

#endif
