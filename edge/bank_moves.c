//  bank_moves - what recharges and withdrawals ask alike.

#include "edge/bank_moves.h"

const input_field_t bank_move_fields [3] = {
    { "amount", INPUT_AMOUNT, INPUT_REQUIRED, AT (bank_move_input_t, amount_minor) },
    { "currency", INPUT_CURRENCY, INPUT_REQUIRED },
    { "bank_account_id", INPUT_OID, INPUT_REQUIRED, AT (bank_move_input_t, bank_account),
      .oid_kind = OID_BANK_ACCOUNT },
};

void
bank_move_prepare (request_t *self, oid_kind_t saga)
{
    const bank_move_input_t *input = (const bank_move_input_t *) self->input;
    oid_t member = oid_as (self->path_oid, OID_MEMBER);
    if (!request_may (self, member)) {
        request_fail (self, PROBLEM_NOT_FOUND, NULL);
        return;
    }
    request_read (self, member);
    request_read (self, input->bank_account);
    request_read (self, scope_oid (self->edge->config.keyring, &self->scope, saga));
}

bool
bank_move_facts (request_t *self, member_t *ret_member, bank_account_t *ret_account)
{
    (void) request_fact (self, BANK_MOVE_MEMBER, ret_member);
    (void) request_fact (self, BANK_MOVE_ACCOUNT, ret_account);
    if (self->facts [BANK_MOVE_SAGA]->version == 0 && ret_account->status == BANK_ACCOUNT_LINKED) {
        request_needs_bank (self, ret_account->party.bank_code);
    }
    return !request_failed (self);
}

void
bank_move_list_prepare (request_t *self)
{
    if (!request_may (self, oid_as (self->path_oid, OID_MEMBER))) {
        request_fail (self, PROBLEM_NOT_FOUND, NULL);
        return;
    }
    request_read (self, self->path_oid);
}

void
bank_move_list (request_t *self, list_t list, void (*row) (request_t *, const list_row_t *))
{
    if (self->facts [0]->version == 0) {
        request_fail (self, PROBLEM_NOT_FOUND, NULL);
        return;
    }
    answer_list (self, list, self->path_oid, row);
}
