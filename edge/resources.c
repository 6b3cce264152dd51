#include "edge/resources.h"

#include <sodium.h>
#include "edge/edge_self.h"
#include "edge/personal.h"

const input_field_t reason_fields [1] = {
    { "reason", INPUT_TEXT, INPUT_OPTIONAL, AT (reason_t, reason), 0, 200 },
};

bool
request_sealed (request_t *self, status_t status)
{
    if (status == STATUS_OK) {
        return true;
    }
    request_fail (self,
                  status == STATUS_NOT_FOUND  ? PROBLEM_NOT_FOUND  //  Erased, or never there
                  : status == STATUS_NO_SPACE ? PROBLEM_STORAGE_FULL
                                              : PROBLEM_STORAGE_FAILED,
                  NULL);
    return false;
}

void
answer_personal (request_t *self, const char *name, oid_t member, int field, const sealed_t *sealed)
{
    char text [PERSONAL_TEXT_SIZE];
    bool opened = personal_open (self->edge->config.member_keys, member, (personal_field_t) field,
                                 sealed, text);
    out_text (&self->out, name, opened && sealed->size ? text : NULL);
    sodium_memzero (text, sizeof text);
}

void
answer_account_number (request_t *self, oid_t member, const sealed_t *sealed)
{
    char text [PERSONAL_TEXT_SIZE], masked [MASKED_NUMBER_SIZE];
    if (!personal_open (self->edge->config.member_keys, member, PERSONAL_ACCOUNT_NUMBER, sealed,
                        text)
        || !sealed->size) {
        out_null (&self->out, "account_number");
        return;
    }
    personal_mask_number (text, masked);
    out_text (&self->out, "account_number", masked);
    sodium_memzero (text, sizeof text);
}

void
request_needs_bank (request_t *self, const char *bank_code)
{
    const bank_gateway_t *bank = self->edge->config.bank;
    if (bank && !bank_gateway_available (bank, bank_code)) {
        request_fail (self, PROBLEM_BANK_UNAVAILABLE, NULL);
        int64_t wait_ms = bank_gateway_wait_ms (bank, bank_code);
        self->problem.retry_after_s = (unsigned) (wait_ms / 1000 + 1);
    }
}

bool
request_account (const request_t *self, size_t index, bank_account_t *ret_account)
{
    bool seen =
        request_fact (self, index, ret_account) && request_may (self, ret_account->party.member);
    if (!seen) {
        memset (ret_account, 0, sizeof *ret_account);
    }
    return seen;
}

bool
request_query_id (request_t *self, const char *name, oid_kind_t kind, oid_t *ret_oid)
{
    const char *text = target_value (&self->target, name);
    if (!text) {
        problem_field (&self->problem, "", name, FAULT_MISSING, "The query parameter is required");
        return false;
    }
    if (!oid_parse (text, ret_oid) || ret_oid->kind != kind) {
        problem_field (&self->problem, "", name, FAULT_MALFORMED, "The value must be an id");
        return false;
    }
    return true;
}

bool
request_query_oid (request_t *self, const char *name, oid_kind_t kind, oid_t *ret_oid)
{
    if (!target_value (&self->target, name) && self->caller.oid.kind == kind) {
        *ret_oid = self->caller.oid;
        return true;
    }
    if (!request_query_id (self, name, kind, ret_oid)) {
        return false;
    }
    if (!request_may (self, *ret_oid)) {
        request_fail (self, PROBLEM_NOT_FOUND, NULL);
        return false;
    }
    return true;
}

bool
request_query_owner (request_t *self, const char *name, oid_kind_t kind, oid_t *ret_oid)
{
    *ret_oid = (oid_t) { 0 };
    bool all = !target_value (&self->target, name) && self->caller.role == ROLE_OPERATOR;
    return all || request_query_oid (self, name, kind, ret_oid);
}
