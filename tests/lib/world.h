//  world - actors, an exchange and a bank in memory: the pure functions alone, by seed.
//
//  Messages are delivered in any order and some of them twice (dropped where they
//  land, as the runtime does); timers ring early and late; the bank declines, forgets
//  to answer before or after it moved the money, and calls back twice. After every
//  event the actor keeps its invariant, the postings balance, and no wallet or hold
//  is below zero. A step may end in a crash before its commit: then it never was, and
//  comes again; or after it: then the actor is made anew from its events alone.

#ifndef TESTS_LIB_WORLD_H
#define TESTS_LIB_WORLD_H

#include "actors/bank.h"
#include "tests/lib/scenario.h"

enum {
    ACTORS_MAX = 512,
    MESSAGES_MAX = 8192,
    TIMERS_MAX = 512,
    ACCOUNTS_MAX = 1024
};

typedef struct {
    const aggregate_type_t *type;
    oid_t self;
    uint64_t version;
    void *state;
    //  All its events, packed, as the journal has them
    uint8_t *log;
    size_t log_size, log_capacity;
} actor_t;

typedef struct {
    oid_t to, from;
    uint8_t command, answer, answer_command;
    uint32_t step;
    bool landed;    //  A second copy changes nothing
    void *payload;  //  Owned
} letter_t;

typedef struct {
    oid_t self;
    uint8_t command;
    int64_t due_ms;
} alarm_t;

typedef struct {
    account_t account;
    int64_t net_minor;
} balance_t;

//  What the bank has decided on a transfer; for ever.
typedef struct {
    oid_t transfer;
    bank_result_t result;
    bool in;                //  To our account
    int64_t amount_minor;
    bool late;              //  Decided when nobody asked any more; told whenever somebody does
    bool changed;           //  The bank has taken back its word since
} booked_t;

typedef struct {
    uint64_t random;
    uint64_t steps;  //  Commands decided, delivered or lost, and crashes
    int64_t now_ms;
    limits_t limits;
    //  Types to use instead of the registry's, by kind; NULL: none
    const aggregate_type_t *const *instead;
    uint64_t crash_every;  //  One step of so many ends in a crash; 0: none does
    //  Of 100 calls: how many the bank declines, and how many answers never come
    uint64_t declines, forgets;
    size_t actor_count, letter_count, alarm_count, balance_count, booked_count;
    actor_t actors [ACTORS_MAX];
    letter_t letters [MESSAGES_MAX];
    alarm_t alarms [TIMERS_MAX];
    balance_t balances [ACCOUNTS_MAX];
    booked_t booked [ACTORS_MAX];
    int64_t statement_minor;  //  Our account, as the bank has it
    decision_t decision;
} world_t;

world_t *world_new (uint64_t seed);
void world_destroy (world_t **self_p);

//  From 0 to below - 1.
uint64_t world_random (world_t *self, uint64_t below);

//  Made at its first use.
actor_t *world_actor (world_t *self, oid_t oid);

verdict_t world_command (world_t *self, oid_t to, oid_t from, uint8_t command,
                         const void *payload);

//  What the ledger has on an account: debits less credits.
int64_t world_net_minor (const world_t *self, account_t account);

//  Forgets the actor's memory: it comes back from its events, and that must be the
//  same state, byte for byte as a snapshot.
void world_crash (world_t *self, actor_t *actor);

//  Delivers and rings, until nothing is left or `steps` are done.
void world_run (world_t *self, size_t steps);

//  By commands: a member's wallet, or those of the members 1 to `people`; the number-th
//  recharge, from the member's account.
void world_open_wallet (world_t *self, oid_t member);
void world_open_wallets (world_t *self, uint8_t people);
void world_recharge (world_t *self, uint8_t number, oid_t member, int64_t amount_minor);

//  Stories 1 to `stories`, each with fewer steps than this before the next begins; then
//  all that is left.
typedef void (world_story_fn) (world_t *self, uint8_t number);
void world_play (world_t *self, world_story_fn *story, uint8_t stories, uint64_t steps_between);

//  When nothing is left: every saga has ended, the books balance and the bank's are the
//  same, wallets have what the books say and nothing is held or expected in them. In
//  between is only what a parked return or payout left there; suspense holds this much.
void world_check_end (world_t *self, int64_t suspense_minor);

//  ---------------------------------------------------------------------------
//  Between world.c and world_bank.c

void world_post (world_t *self, oid_t to, oid_t from, uint8_t command, uint8_t answer,
                 uint8_t answer_command, uint32_t step, const void *payload);

//  A port is asked, and answers or does not.
void world_port (world_t *self, const letter_t *letter);

#endif
