//  webhook - the port to the receivers of webhooks: what may be asked, and its answers;
//  and which events a subscription means.
//
//  Not an aggregate: a gateway at the edge (edge/webhook_gateway.h) answers for it. It
//  reads the endpoint (url, secrets) and the event (from the journal) itself, by their
//  ids, at each attempt. So nothing of either is copied into the outbox, and a changed
//  url or a rotated secret counts from the next attempt on.
//
//      send     posts one event to one endpoint, once; the asking delivery hears
//               DELIVERY_ANSWERED with a webhook_answered_t, exactly one for each ask
//
//  The outbox repeats an ask that was not answered before a crash: a receiver may get
//  an event twice, under the same webhook-id.

#ifndef ACTORS_WEBHOOK_H
#define ACTORS_WEBHOOK_H

#include "runtime/aggregate.h"

enum {
    WEBHOOK_URL_SIZE = 513,         //  512 bytes of ASCII
    WEBHOOK_PATTERN_SIZE = 65,      //  64 characters; also the name of any event
    WEBHOOK_PATTERNS = 16,          //  Of one endpoint
    WEBHOOK_SECRET_BYTES = 32,      //  "whsec_" and these in base64
    WEBHOOK_SEALED_BYTES = 72       //  Nonce 24, secret, tag 16
};

//  Where an event is: in record `sequence` of `partition`, the index-th of it.
typedef struct {
    uint32_t partition;
    int64_t sequence;
    uint32_t index;
} webhook_place_t;

#define FIELDS_WEBHOOK_PLACE(type, member)                                                         \
    FIELD (U32, type, member.partition), FIELD (I64, type, member.sequence),                       \
        FIELD (U32, type, member.index)

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    WEBHOOK_SEND                    //  webhook_send_t -> webhook_answered_t
} webhook_command_t;

typedef struct {
    oid_t endpoint;
    webhook_place_t place;
    uint32_t attempt;               //  From 1; echoed as the answer's step
} webhook_send_t;

//  What came of an attempt. On disk for ever: append, never renumber, never reuse.
#define WEBHOOK_OUTCOMES(X)                                                                        \
    X (NONE, 0, "")                                                                                \
    X (RESPONDED, 1, "")                  /* http_status says what; 2xx: delivered */              \
    X (TIMED_OUT, 2, "timed_out")                                                                  \
    X (NAME_UNRESOLVED, 3, "name_unresolved")                                                      \
    X (ADDRESS_REFUSED, 4, "address_refused")    /* Private, and not allowed */                    \
    X (CONNECT_FAILED, 5, "connect_failed")                                                        \
    X (TLS_FAILED, 6, "tls_failed")                                                                \
    X (CUT, 7, "connection_cut")          /* Also: what came was no HTTP */                        \
    X (FOUND_DELETED, 8, "endpoint_deleted")  /* Nothing was sent */                               \
    X (FOUND_DISABLED, 9, "endpoint_disabled")    /* Nothing was sent */                           \
    X (EVENT_UNREADABLE, 10, "event_unreadable")    /* Nothing was sent, nor ever will be */       \
    X (UNAVAILABLE, 11, "unavailable")    /* Nothing was sent: this node could not */

#define WEBHOOK_OUTCOME_ENUM(name, number, code) WEBHOOK_##name = number,
typedef enum { WEBHOOK_OUTCOMES (WEBHOOK_OUTCOME_ENUM) WEBHOOK_OUTCOME_COUNT } webhook_outcome_t;
#undef WEBHOOK_OUTCOME_ENUM

//  "timed_out"; "" if there is nothing to tell beside the HTTP status. Static.
const char *webhook_outcome_code (uint8_t outcome);

typedef struct {
    uint32_t step;                  //  The attempt, as asked
    uint8_t outcome;                //  webhook_outcome_t
    uint32_t http_status;           //  Of RESPONDED, else 0
    uint32_t duration_ms;
} webhook_answered_t;

extern const shape_t webhook_answered_shape;

//  Sealed by the edge with a key of the keyring (edge/webhook_secret.h).
typedef struct {
    uint16_t size;                  //  0: none
    uint8_t bytes [WEBHOOK_SEALED_BYTES];
} webhook_secret_t;

//  ---------------------------------------------------------------------------
//  Subscriptions: "payment.captured", "payment.*" or "*".

typedef struct {
    char text [WEBHOOK_PATTERN_SIZE];
} webhook_pattern_t;

extern const shape_t webhook_pattern_shape;

//  What webhooks tell of: never of themselves (endpoints, deliveries, their feed), or
//  each delivery would make another. To a merchant: of its merchant, payments, refunds
//  and settlements only.
bool webhook_tells_of (uint8_t kind, bool merchant);

//  Whether some event that webhooks tell (a merchant) of is meant by it at all.
bool webhook_pattern_is_known (const char *pattern, bool merchant);

//  event: its type's name, "payment.captured".
bool webhook_pattern_matches (const char *pattern, const char *event);

static inline oid_t
webhook_oid (void)
{
    return (oid_t) { .kind = OID_WEBHOOK };
}

extern const aggregate_type_t webhook_port;

#endif
