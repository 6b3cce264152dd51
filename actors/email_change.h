//  email_change - the saga that gives a member another email address: claim the new
//  login, change the member, release the old login.
//
//      start --> claiming --accepted--> changing --accepted--> releasing --accepted--> done
//                   |                      |                       | refused
//                   | refused              | refused               v
//                   v                      v                     parked
//                 failed <--accepted-- withdrawing --refused--> parked
//
//      deadline in any open step: parked; an answer that comes later still goes on.
//      parked by a refusal: retry: the login is asked again; give up: done if the member
//      has changed (releasing), else failed; the login that refuses stays as it is.
//
//  The address is unique at every moment: the member holds the new login before it lets
//  go of the old one. The password goes along: its hash and version are facts that the
//  edge read from the old login, which tells the new one if it was changed until it is
//  released; every session ends with it. The rest of the same request (name,
//  address, If-Match) is in the change and is decided with it: all of it or nothing.
//
//  The client is shown the member. When the saga ends it forgets the personal fields and
//  the password's hash.

#ifndef ACTORS_EMAIL_CHANGE_H
#define ACTORS_EMAIL_CHANGE_H

#include "actors/login.h"
#include "actors/member.h"
#include "runtime/saga.h"

typedef enum {
    EMAIL_CHANGE_NONE,
    EMAIL_CHANGE_CLAIMING,          //  Asked the new login: claim
    EMAIL_CHANGE_CHANGING,          //  Asked member.change
    EMAIL_CHANGE_RELEASING,         //  Asked the old login: release
    EMAIL_CHANGE_WITHDRAWING,       //  Asked the new login: release
    EMAIL_CHANGE_DONE,
    EMAIL_CHANGE_FAILED
} email_change_step_t;

typedef struct {
    oid_t member;
    member_change_t change;         //  With the email, old_login and login
    char password_hash [PASSWORD_HASH_SIZE];    //  Facts: the old login's
    uint32_t password_version;
} email_change_start_t;

typedef struct {
    uint8_t step;                   //  email_change_step_t
    bool parked;
    uint32_t verdict;               //  Why it failed or is parked
    email_change_start_t request;
    bool refused;                   //  Parked, and nobody is asked any more
} email_change_t;

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    EMAIL_CHANGE_START,             //  email_change_start_t
    EMAIL_CHANGE_ANSWERED,          //  saga_answer_t
    EMAIL_CHANGE_DEADLINE,          //  Timer
    EMAIL_CHANGE_RETRY,             //  No fields; by an operator
    EMAIL_CHANGE_RESOLVE            //  saga_resolve_t; by an operator
} email_change_command_t;

typedef enum {
    EMAIL_CHANGE_STARTED,           //  email_change_start_t
    EMAIL_CHANGE_ADVANCED,          //  email_change_advanced_t
    EMAIL_CHANGE_WAS_PARKED,        //  email_change_parked_t; "email_change.parked"
    EMAIL_CHANGE_WAS_GIVEN_UP       //  saga_given_up_t; "email_change.given_up"
} email_change_event_t;

typedef struct {
    uint8_t step;                   //  The step that begins
    uint32_t verdict;               //  Of a failure
} email_change_advanced_t;

typedef struct {
    uint32_t verdict;
} email_change_parked_t;

extern const aggregate_type_t email_change_aggregate;

#endif
