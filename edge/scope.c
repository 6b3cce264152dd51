#include "edge/scope.h"

#include "runtime/derive.h"

static void
s_derive_texts (derive_t *derive, const input_field_t *field, const uint8_t *value)
{
    uint32_t count;
    memcpy (&count, value, sizeof count);
    derive_u32 (derive, count);
    for (uint32_t index = 0; index < count; index++) {
        derive_text (derive, (const char *) value + sizeof count + index * field->fields [0].size);
    }
}

//  Names and an object's end, which has none, keep apart what would else run together.
static void
s_derive_fields (derive_t *derive, const input_field_t *fields, size_t field_count,
                 const uint8_t *input, uint32_t present)
{
    for (size_t index = 0; index < field_count; index++) {
        const input_field_t *field = &fields [index];
        if (!(present & UINT32_C (1) << index)) {
            continue;
        }
        const uint8_t *value = input + field->offset;
        uint32_t inside;
        derive_text (derive, field->name);
        switch (field->kind) {
        case INPUT_AMOUNT:
        case INPUT_INTEGER:
        case INPUT_BOOLEAN:
        case INPUT_CURRENCY:
        case INPUT_OID: derive_part (derive, value, field->size); break;
        case INPUT_OBJECT:
            memcpy (&inside, value, sizeof inside);
            s_derive_fields (derive, field->fields, field->field_count, input, inside);
            derive_text (derive, "");
            break;
        case INPUT_TEXTS: s_derive_texts (derive, field, value); break;
        default: derive_text (derive, (const char *) value); break;
        }
    }
}

void
scope_fingerprint (const keyring_t *keyring, const input_field_t *fields, size_t field_count,
                   const void *input, uint32_t present, uint8_t ret_fingerprint [SCOPE_SIZE])
{
    derive_t derive;
    derive_start (&derive, keyring_derive_key (keyring), "fingerprint");
    s_derive_fields (&derive, fields, field_count, input, present);
    derive_end (&derive, ret_fingerprint);
}

void
scope_make (const keyring_t *keyring, oid_t caller, const char *method, const char *path,
            const char *key, const uint8_t fingerprint [SCOPE_SIZE], uint8_t ret_scope [SCOPE_SIZE])
{
    derive_t derive;
    derive_start (&derive, keyring_derive_key (keyring), "scope");
    derive_part (&derive, &caller.kind, 1);
    derive_part (&derive, oid_is_none (caller) ? fingerprint : caller.bytes, OID_BYTES);
    derive_text (&derive, method);
    derive_text (&derive, path);
    derive_text (&derive, key);
    derive_end (&derive, ret_scope);
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

oid_t
scope_delivery (const keyring_t *keyring, oid_t endpoint, webhook_place_t place)
{
    derive_t derive;
    derive_start (&derive, keyring_derive_key (keyring), "delivery");
    derive_part (&derive, endpoint.bytes, OID_BYTES);
    derive_u32 (&derive, place.partition);
    derive_part (&derive, &place.sequence, sizeof place.sequence);
    derive_u32 (&derive, place.index);
    return derive_oid (&derive, OID_DELIVERY);
}
