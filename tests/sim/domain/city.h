//  city - the people, shops and accounts of one history, and what may be asked of them.
//
//  A history is one world (tests/lib/world.h) with a handful of members, so that they
//  meet often, and of objects, so that commands meet them in every state. Everything
//  follows from the world's seed.
//
//  To add a command: a line in a table of requests_*.c and its function.

#ifndef TESTS_SIM_CITY_H
#define TESTS_SIM_CITY_H

#include "actors/bank_account.h"
#include "actors/member.h"
#include "actors/merchant.h"
#include "actors/wallet.h"
#include "tests/lib/world.h"

enum { CITY_MEMBERS = 6, CITY_MERCHANTS = 2, CITY_OBJECTS = 24 };

//  A history's start: members active, wallets open, merchants registered.
void city_found (world_t *world);

//  One command as a client would send it, of any kind, to an object in any state.
void city_ask (world_t *world);

//  ---------------------------------------------------------------------------
//  For the tables of requests

typedef struct {
    const char *name;
    unsigned weight;                //  How often, against the others
    verdict_t (*ask) (world_t *world);
    uint64_t sent, refused;
} request_t;

typedef struct {
    request_t *requests;
    size_t count;
} requests_t;

extern const requests_t requests_of_money, requests_of_payment, requests_of_people,
    requests_of_operators;

//  All tables; the last has no requests.
extern const requests_t *const city_requests [];

//  Anybody, anything: the n-th object of a kind, n from 0.
oid_t city_object (oid_kind_t kind, uint64_t number);
oid_t city_some_member (world_t *world);
oid_t city_some_merchant (world_t *world);
oid_t city_some_object (world_t *world, oid_kind_t kind);

//  Mostly what people send; now and then 1, or more than any cap.
int64_t city_some_amount (world_t *world);

//  The member's bank account as it is linked, for what needs it.
bank_party_t city_party (oid_t member);
oid_t city_account (oid_t member);

//  Facts, as the edge reads them.
uint8_t city_member_status (world_t *world, oid_t member);
uint8_t city_merchant_status (world_t *world, oid_t merchant);
int64_t city_available_minor (world_t *world, oid_t member);

//  From a client: nobody's answer is waited for.
verdict_t city_command (world_t *world, oid_t to, unsigned command, const void *payload);

extern const reason_t city_reason;

#endif
