//  payments - what payments.c, payment_lists.c, payment_actions.c and refunds.c share.

#ifndef EDGE_PAYMENTS_H
#define EDGE_PAYMENTS_H

#include "actors/payment.h"
#include "edge/edge_self.h"
#include "edge/resources.h"

//  GET payments (payment_lists.c).
extern const query_field_t payment_list_queries [9];
void payment_list_prepare (request_t *self);
void payment_list_render (request_t *self);

//  By payment_status_t; "requested" for what is not there yet.
extern const char *const payment_statuses [PAYMENT_STATUS_COUNT];

//  Payer, merchant or operator.
bool payment_sees (const request_t *self, const void *state);

//  How an attempt stands that a key began: create and confirm.
ending_t payment_ending (const payment_t *payment);

//  After a create or a confirm: the attempt that the key is of, whatever became of the
//  order since. http: of success.
void payment_render_attempt (request_t *self, unsigned http);

//  What auto_recharge needs: reads the payer's wallet and the account, as two facts from
//  index `fact` on (request_read), and later makes them part of the command. begun: the
//  key was decided before; else 503 while the bank is away and money is missing.
void payment_read_recharge (request_t *self, oid_t member, oid_t bank_account);
void payment_recharge_facts (request_t *self, size_t fact, int64_t amount_minor, bool begun,
                             payment_recharge_t *ret_recharge);

#endif
