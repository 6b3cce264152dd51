//  registration - the saga that makes a member: login, member, wallet if asked.
//
//      start --> claiming --accepted--> registering --accepted--> opening --accepted--> done
//                   |                        |        (no wallet) --------------------> done
//                   | refused                | refused               | refused
//                   v                        v                       v
//                 failed  <--accepted--  releasing                 parked
//
//      deadline in any open step: parked; an answer that comes later still goes on.
//
//      Parked by a refusal, so that nothing is asked any more, an operator retries (the
//      same is asked again) or gives up: done without a wallet, or failed with the
//      address still claimed.
//
//  The client is shown the member. When the saga ends it forgets the personal
//  fields and the password hash: they live with the member and the login.

#ifndef ACTORS_REGISTRATION_H
#define ACTORS_REGISTRATION_H

#include "actors/login.h"
#include "actors/member.h"
#include "actors/money.h"
#include "runtime/saga.h"

typedef enum {
    REGISTRATION_NONE,
    REGISTRATION_CLAIMING,          //  Asked login.claim
    REGISTRATION_REGISTERING,       //  Asked member.register
    REGISTRATION_OPENING,           //  Asked wallet.open
    REGISTRATION_RELEASING,         //  Asked login.release
    REGISTRATION_DONE,
    REGISTRATION_FAILED
} registration_step_t;

typedef struct {
    oid_t member, login;
    bool wallet;                    //  Open one at once
    char currency [CURRENCY_SIZE];  //  Of the wallet
    bool corporate;
    sealed_t name, email, address;
    address_hash_t address_hash;
    char password_hash [PASSWORD_HASH_SIZE];
} registration_start_t;

typedef struct {
    uint8_t step;                   //  registration_step_t
    bool parked;
    uint32_t verdict;               //  Why it failed or is parked
    registration_start_t request;
    bool refused;                   //  Parked, and nothing is asked of anybody
} registration_t;

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    REGISTRATION_START,             //  registration_start_t
    REGISTRATION_ANSWERED,          //  saga_answer_t
    REGISTRATION_DEADLINE,          //  Timer
    REGISTRATION_RETRY,             //  No fields; an operator
    REGISTRATION_RESOLVE            //  saga_resolve_t; an operator
} registration_command_t;

typedef enum {
    REGISTRATION_STARTED,           //  registration_start_t
    REGISTRATION_ADVANCED,          //  registration_advanced_t
    REGISTRATION_WAS_PARKED,        //  registration_parked_t; "registration.parked"
    REGISTRATION_WAS_GIVEN_UP       //  saga_given_up_t; "registration.given_up"
} registration_event_t;

typedef struct {
    uint8_t step;                   //  The step that begins
    uint32_t verdict;               //  Of a failure
} registration_advanced_t;

typedef struct {
    uint32_t verdict;
} registration_parked_t;

extern const aggregate_type_t registration_aggregate;

#endif
