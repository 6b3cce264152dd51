//  bank_moves - what recharges and withdrawals ask alike: an amount, and the member's
//  bank account, between which and the wallet of the path it moves.

#ifndef EDGE_BANK_MOVES_H
#define EDGE_BANK_MOVES_H

#include "actors/bank_account.h"
#include "actors/member.h"
#include "edge/edge_self.h"
#include "edge/resources.h"

typedef struct {
    int64_t amount_minor;
    oid_t bank_account;
} bank_move_input_t;

extern const input_field_t bank_move_fields [3];

//  The facts in the order in which they are read; the saga is the request's own.
enum { BANK_MOVE_MEMBER, BANK_MOVE_ACCOUNT, BANK_MOVE_SAGA };

//  Reads them.
void bank_move_prepare (request_t *self, oid_kind_t saga);

//  Fills the facts. False: the problem is set; while the bank is away nothing new is
//  begun, what was begun is still answered.
bool bank_move_facts (request_t *self, member_t *ret_member, bank_account_t *ret_account);

#endif
