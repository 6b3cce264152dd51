//  recipients - GET recipients?member_id= | ?bank_code=&account_number=: whom the money
//  would go to, by a masked name, before it is sent. Any member may ask.
//
//  A member's name comes from the member, an account's from the bank. Who cannot be sent
//  money to is not there: a member that is not active, an account that does not exist.

#include <sodium.h>
#include "actors/bank.h"
#include "actors/member.h"
#include "edge/edge_self.h"
#include "edge/resources.h"

static const query_field_t s_queries [] = {
    { "member_id" },
    { "bank_code" },
    { "account_number" },
};

//  The same characters and lengths as in a body (edge/json_in.h).
#define DIGITS  "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

enum { CODE_MIN = 1, NUMBER_MIN = 4, NUMBER_MAX = 64 };

//  A text of the query, or NULL and the problem.
static const char *
s_text (request_t *self, const char *name, const char *characters, size_t min, size_t max)
{
    const char *text = target_value (&self->target, name);
    size_t length = text ? strlen (text) : 0;
    if (!text) {
        problem_field (&self->problem, "", name, FAULT_MISSING, "The query parameter is required");
    }
    else if (strspn (text, characters) != length || (length && !strpbrk (text, DIGITS LETTERS))) {
        problem_field (&self->problem, "", name, FAULT_MALFORMED,
                       "The value has characters that it may not have");
    }
    else if (length < min || length > max) {
        problem_field (&self->problem, "", name, length < min ? FAULT_TOO_SHORT : FAULT_TOO_LONG,
                       "The value is too short or too long");
    }
    return request_failed (self) ? NULL : text;
}

static bool
s_is_of_member (const request_t *self)
{
    return target_value (&self->target, "member_id") != NULL;
}

static void
s_prepare_member (request_t *self)
{
    oid_t member;
    if (target_value (&self->target, "bank_code")
        || target_value (&self->target, "account_number")) {
        problem_field (&self->problem, "", "member_id", FAULT_UNKNOWN,
                       "Either member_id, or bank_code and account_number are possible");
    }
    else if (!oid_parse (target_value (&self->target, "member_id"), &member)
             || member.kind != OID_MEMBER) {
        problem_field (&self->problem, "", "member_id", FAULT_MALFORMED, "The value must be an id");
    }
    else {
        request_read (self, member);
    }
}

static void
s_prepare (request_t *self)
{
    if (s_is_of_member (self)) {
        s_prepare_member (self);
        return;
    }
    const char *code =
        s_text (self, "bank_code", DIGITS LETTERS "._-", CODE_MIN, BANK_CODE_SIZE - 1);
    const char *number = s_text (self, "account_number", DIGITS "-", NUMBER_MIN, NUMBER_MAX);
    if (!request_failed (self)) {
        request_needs_bank (self, code);
    }
    if (!request_failed (self)) {
        request_look_up (self, code, number);
    }
}

//  False: the problem is set.
static bool
s_mask_member (request_t *self, char ret_masked [PERSONAL_TEXT_SIZE])
{
    member_t member;
    char name [PERSONAL_TEXT_SIZE];
    bool there = request_fact (self, 0, &member) && member.status == MEMBER_ACTIVE
                 && personal_open (self->edge->config.member_keys, self->fact_oids [0],
                                   PERSONAL_NAME, &member.name, name);
    if (!there) {
        request_fail (self, PROBLEM_NOT_FOUND, NULL);
        return false;
    }
    personal_mask_name (name, ret_masked);
    sodium_memzero (name, sizeof name);
    return true;
}

static bool
s_check_account (request_t *self)
{
    switch (self->holder) {
    case HOLDER_FOUND: return true;
    case HOLDER_MISSING: request_fail (self, PROBLEM_NOT_FOUND, NULL); return false;
    case HOLDER_SHUT: request_refuse (self, VERDICT_BANK_ACCOUNT_CLOSED); return false;
    default: request_fail (self, PROBLEM_BANK_UNAVAILABLE, NULL); return false;
    }
}

static void
s_render (request_t *self)
{
    json_out_t *out = &self->out;
    char name [PERSONAL_TEXT_SIZE], number [MASKED_NUMBER_SIZE];
    if (s_is_of_member (self) ? !s_mask_member (self, name) : !s_check_account (self)) {
        return;
    }
    out_object (out, NULL);
    out_text (out, "object", "recipient");
    if (s_is_of_member (self)) {
        out_oid (out, "member_id", self->fact_oids [0]);
        out_text (out, "name_masked", name);
    }
    else {
        personal_mask_number (target_value (&self->target, "account_number"), number);
        out_text (out, "bank_code", target_value (&self->target, "bank_code"));
        out_text (out, "account_number", number);
        out_text (out, "name_masked", self->holder_masked);
    }
    out_close (out, '}');
}

static const route_t s_routes [] = {
    { "GET", "/v1/recipients", .roles = MAY_OPERATOR | MAY_MEMBER, ROUTE_QUERIES (s_queries),
      .prepare = s_prepare, .render = s_render },
};
const route_table_t recipient_routes = { s_routes, COUNT (s_routes) };
