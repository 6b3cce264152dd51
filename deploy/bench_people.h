//  bench_people - those who pay and those who are paid, made through the product's
//  own doors: members without a password, a linked bank account each, wallets that
//  are charged from it, merchants of corporate members.
//
//  Everything is named after the seed, idempotency keys included: a second run with
//  the same seed against the same node meets the same people, by replay.

#ifndef DEPLOY_BENCH_PEOPLE_H
#define DEPLOY_BENCH_PEOPLE_H

#include "deploy/bench.h"

enum {
    BENCH_PEOPLE_MAX = 1000000,     //  Of each sort: six digits of an account number
    BENCH_SETUP_CONNECTIONS = 64,
    BENCH_FUND_MINOR = 1000000      //  KRW that a wallet starts with: one movement's cap
};

//  Makes them; writes progress to stderr. NULL and one line if that failed.
bench_people_t *bench_people_new (const bench_config_t *config, char ret_reason [256]);
void bench_people_destroy (bench_people_t **self_p);

//  Ids of the index-th, for ever borrowed. Indexes below config->accounts, and
//  config->merchants for the last.
const char *bench_people_member (const bench_people_t *self, uint32_t index);
const char *bench_people_wallet (const bench_people_t *self, uint32_t index);
const char *bench_people_bank_account (const bench_people_t *self, uint32_t index);
const char *bench_people_merchant (const bench_people_t *self, uint32_t index);

uint32_t bench_people_accounts (const bench_people_t *self);
uint32_t bench_people_merchants (const bench_people_t *self);

#endif
