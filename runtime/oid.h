//  oid - an object's id: what kind of thing, and 128 bits that name it.
//
//  Text form: a prefix of three letters, '_', and 26 characters of Crockford's
//  base32 (the shape of a ULID): "wal_01ARZ3NDEKTSV4RRFFQ69G5FAV". The bits are
//  derived by keyed BLAKE2b-128 (runtime/derive.h), so an id tells nothing and
//  the same request always meets the same object. The kind is also the type tag
//  of the aggregate: an oid alone is a full address.
//
//  Value type; no ownership, no threads.

#ifndef RUNTIME_OID_H
#define RUNTIME_OID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

//  On disk for ever: append, never renumber, never reuse.
#define OID_KINDS(X)                                                                               \
    X (NONE, 0, "nil")                                                                             \
    X (MEMBER, 1, "mem")                                                                           \
    X (LOGIN, 2, "lgn")                                                                            \
    X (BANK_ACCOUNT, 3, "bac")                                                                     \
    X (BANK_TRANSFER, 4, "btr")                                                                    \
    X (WALLET, 5, "wal")                                                                           \
    X (RECHARGE, 6, "rch")                                                                         \
    X (WITHDRAWAL, 7, "wdr")                                                                       \
    X (REMITTANCE, 8, "rem")                                                                       \
    X (MERCHANT, 9, "mrc")                                                                         \
    X (PAYMENT, 10, "pay")                                                                         \
    X (REFUND, 11, "ref")                                                                          \
    X (SETTLEMENT, 12, "stl")                                                                      \
    X (EVENT, 13, "evt")                                                                           \
    X (COMMAND, 14, "cmd")                                                                         \
    X (REGISTRATION, 15, "reg")                                                                    \
    X (BANK, 16, "bnk") /* The port to the outside bank, not an aggregate */                       \
    X (OPERATOR, 17, "opr")                                                                        \
    X (ADJUSTMENT, 18, "adj")                                                                      \
    X (APPROVAL, 19, "apr")                                                                        \
    X (RECONCILIATION, 20, "rec")                                                                  \
    X (CLOSING, 21, "cls")                                                                         \
    X (EMAIL_CHANGE, 22, "chg")                                                                    \
    X (SESSION, 23, "ses")                                                                         \
    X (SETTLEMENT_RUN, 24, "run")                                                                  \
    X (MERCHANT_ROLL, 25, "rol")                                                                   \
    X (KEYS, 26, "key") /* The port to the members' keys, not an aggregate */                      \
    X (RECONCILIATION_DAILY, 27, "dly")                                                            \
    X (WEBHOOK_ENDPOINT, 28, "whe")                                                                \
    X (DELIVERY, 29, "dlv")                                                                        \
    X (WEBHOOK, 30, "hok") /* The port to the receivers of webhooks, not an aggregate */           \
    X (WEBHOOK_FEED, 31, "fed")

#define OID_ENUM(name, number, prefix) OID_##name = number,
typedef enum { OID_KINDS (OID_ENUM) OID_KIND_COUNT } oid_kind_t;
#undef OID_ENUM

enum {
    OID_BYTES = 16,
    OID_PACKED_SIZE = 17,    //  Kind and bits, as stored and sent
    OID_TEXT_SIZE = 31       //  With the final zero
};

typedef struct {
    uint8_t kind;                  //  oid_kind_t
    uint8_t bytes [OID_BYTES];
} oid_t;

static inline bool
oid_equal (oid_t one, oid_t other)
{
    return memcmp (&one, &other, sizeof (oid_t)) == 0;
}

static inline bool
oid_is_none (oid_t oid)
{
    return oid.kind == OID_NONE;
}

//  A port to the outside and not an aggregate: a gateway answers for it.
static inline bool
oid_is_port (oid_t oid)
{
    return oid.kind == OID_BANK || oid.kind == OID_KEYS || oid.kind == OID_WEBHOOK;
}

//  The same 26 characters under another prefix: a member's wallet.
static inline oid_t
oid_as (oid_t oid, oid_kind_t kind)
{
    oid.kind = (uint8_t) kind;
    return oid;
}

//  Which partition owns this object: a function of the id's bits alone, so that
//  a member and its wallet share one.
static inline uint16_t
oid_partition (oid_t oid, uint16_t partition_count)
{
    return (uint16_t) ((((unsigned) oid.bytes [14] << 8) | oid.bytes [15]) % partition_count);
}

//  Writes 30 characters and a zero.
void oid_format (oid_t oid, char ret_text [OID_TEXT_SIZE]);

//  True and *ret_oid if the text is exactly one id of a known kind; lower case
//  and Crockford's look-alikes (I, L, O) are refused: there is one spelling.
bool oid_parse (const char *text, oid_t *ret_oid);

const char *oid_prefix (uint8_t kind);

#endif
