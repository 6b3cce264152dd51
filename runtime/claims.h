//  claims - idempotency scopes that are being decided, or decided and not flushed.
//
//  The exchange claims a scope before its command reaches an actor, so two requests
//  with one key never run side by side. When the record is durable the claim holds
//  the outcome until the state environment has it. Pure; one thread.

#ifndef RUNTIME_CLAIMS_H
#define RUNTIME_CLAIMS_H

#include "runtime/oid.h"
#include "runtime/verdict.h"

typedef struct claims claims_t;

typedef enum {
    CLAIM_FREE,                     //  Not here: an actor asks the state environment
    CLAIM_IN_FLIGHT,
    CLAIM_REUSED,                   //  With another fingerprint
    CLAIM_DECIDED                   //  Outcome filled in
} claim_t;

typedef struct {
    verdict_t verdict;
    oid_t object;
    uint64_t version;               //  Of the aggregate right after it was decided
} claim_outcome_t;

claims_t *claims_new (void);
void claims_destroy (claims_t **self_p);

claim_t claims_look (const claims_t *self, const uint8_t scope [16],
                     const uint8_t fingerprint [16], claim_outcome_t *ret_outcome);
void claims_take (claims_t *self, const uint8_t scope [16], const uint8_t fingerprint [16]);
void claims_decided (claims_t *self, const uint8_t scope [16], claim_outcome_t outcome);
void claims_forget (claims_t *self, const uint8_t scope [16]);

#endif
