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
    request_read (self, oid_as (self->path_oid, OID_MEMBER));
    request_read (self, input->bank_account);
    request_read (self, scope_oid (self->edge->config.keyring, &self->scope, saga));
}

bool
bank_move_facts (request_t *self, member_t *ret_member, bank_account_t *ret_account)
{
    (void) request_fact (self, BANK_MOVE_MEMBER, ret_member);
    (void) request_account (self, BANK_MOVE_ACCOUNT, ret_account);
    if (self->facts [BANK_MOVE_SAGA]->version == 0 && ret_account->status == BANK_ACCOUNT_LINKED) {
        request_needs_bank (self, ret_account->party.bank_code);
    }
    return !request_failed (self);
}
