//  resources - what several resource files need of one another.

#ifndef EDGE_RESOURCES_H
#define EDGE_RESOURCES_H

#include "actors/bank_account.h"
#include "actors/reason.h"
#include "edge/answer.h"

//  Optional {reason} of suspend, activate: the fields and the command's struct.
extern const input_field_t reason_fields [1];

object_fn wallet_object, recharge_object, payment_object, merchant_object,
    bank_account_object, bank_transfer_object, member_object, settlement_object, approval_object;

object_fn withdrawal_object, adjustment_object;

object_fn remittance_object;

//  SUCCEEDED: the ending of whatever has no process behind it.
static inline ending_t
ending_now (void)
{
    return (ending_t) { OUTCOME_SUCCEEDED, VERDICT_ACCEPTED };
}

//  A status that says how a personal-data or key operation went; false: the problem
//  is set.
bool request_sealed (request_t *self, status_t status);

//  Writes a sealed field, or null if it has no value or its key is gone.
void answer_personal (request_t *self, const char *name, oid_t member, int field,
                      const sealed_t *sealed);

//  "***-***-1234": the last four digits.
void answer_account_number (request_t *self, oid_t member, const sealed_t *sealed);

//  503 bank_unavailable if the bank's breaker is open.
void request_needs_bank (request_t *self, const char *bank_code);

//  The fact of a bank account that a body named. One that the caller may not see is as one
//  that is not there (*ret_account zeroed): false.
bool request_account (const request_t *self, size_t index, bank_account_t *ret_account);

//  The id of this kind that a query parameter gives; false: 400. Whose it is is not asked.
bool request_query_id (request_t *self, const char *name, oid_kind_t kind, oid_t *ret_oid);

//  The member whose id a query parameter gives, or if it gives none the caller who is of
//  this kind; false: 400, or 404 if it is not the caller's to see.
bool request_query_oid (request_t *self, const char *name, oid_kind_t kind, oid_t *ret_oid);

//  The same of a filter of a list: an operator who gives none means everybody's, NONE.
bool request_query_owner (request_t *self, const char *name, oid_kind_t kind, oid_t *ret_oid);

#endif
