#include "edge/scope.h"

#include "runtime/derive.h"

void
scope_make (const keyring_t *keyring, oid_t caller, const char *method, const char *path,
            const char *key, const char *canonical_body, scope_t *ret_scope)
{
    const uint8_t *derive_key = keyring_derive_key (keyring);
    derive_t derive;
    derive_start (&derive, derive_key, "fingerprint");
    derive_text (&derive, canonical_body);
    derive_end (&derive, ret_scope->fingerprint);

    uint8_t stranger [SCOPE_SIZE];
    if (oid_is_none (caller)) {
        derive_start (&derive, derive_key, "stranger");
        derive_text (&derive, canonical_body);
        derive_end (&derive, stranger);
    }
    derive_start (&derive, derive_key, "scope");
    derive_part (&derive, &caller.kind, 1);
    derive_part (&derive, oid_is_none (caller) ? stranger : caller.bytes, OID_BYTES);
    derive_text (&derive, method);
    derive_text (&derive, path);
    derive_text (&derive, key);
    derive_end (&derive, ret_scope->scope);
}

oid_t
scope_oid (const keyring_t *keyring, const scope_t *scope, oid_kind_t kind)
{
    derive_t derive;
    derive_start (&derive, keyring_derive_key (keyring), oid_prefix ((uint8_t) kind));
    derive_part (&derive, scope->scope, SCOPE_SIZE);
    return derive_oid (&derive, kind);
}

oid_t
scope_bank_account (const keyring_t *keyring, oid_t member, const char *bank_code,
                    const char *account_number)
{
    derive_t derive;
    derive_start (&derive, keyring_derive_key (keyring), "bank_account");
    derive_part (&derive, member.bytes, OID_BYTES);
    derive_text (&derive, bank_code);
    derive_text (&derive, account_number);
    return derive_oid (&derive, OID_BANK_ACCOUNT);
}

oid_t
scope_payment (const keyring_t *keyring, oid_t merchant, const char *order_id)
{
    derive_t derive;
    derive_start (&derive, keyring_derive_key (keyring), "payment");
    derive_part (&derive, merchant.bytes, OID_BYTES);
    derive_text (&derive, order_id);
    return derive_oid (&derive, OID_PAYMENT);
}

oid_t
scope_login (const keyring_t *keyring, const char *email)
{
    derive_t derive;
    derive_start (&derive, keyring_index_key (keyring), "login");
    derive_text (&derive, email);
    return derive_oid (&derive, OID_LOGIN);
}
