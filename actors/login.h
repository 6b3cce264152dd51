//  login - makes an email address unique: its id is a keyed hash of the address.
//
//      status      claim                        release
//      free        claimed                      accepted, nothing changes
//      claimed     same saga: nothing changes   by its saga or member: released
//                  other: email_exists          other: conflict
//      released    same saga: conflict          accepted, nothing changes
//                  other: claimed
//
//  A claim that comes late, after its own saga gave it up, must not bring it back:
//  therefore a released login remembers the saga.
//
//  The password hash is a PHC string (argon2id); empty: no password was set.

#ifndef ACTORS_LOGIN_H
#define ACTORS_LOGIN_H

#include "runtime/aggregate.h"

enum { PASSWORD_HASH_SIZE = 160 };

typedef enum {
    LOGIN_FREE,
    LOGIN_CLAIMED,
    LOGIN_RELEASED
} login_status_t;

typedef struct {
    uint8_t status;                 //  login_status_t
    oid_t saga;                     //  That claimed it
    oid_t member;                   //  Whose login it is
    char password_hash [PASSWORD_HASH_SIZE];
} login_t;

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    LOGIN_CLAIM,                    //  login_claim_t
    LOGIN_RELEASE                   //  login_release_t
} login_command_t;

typedef enum {
    LOGIN_WAS_CLAIMED,              //  login_claim_t; "login.claimed"
    LOGIN_WAS_RELEASED              //  login_release_t; "login.released"
} login_event_t;

typedef struct {
    oid_t saga, member;
    char password_hash [PASSWORD_HASH_SIZE];
} login_claim_t;

typedef struct {
    oid_t saga, member;             //  One of them must match; NONE matches nothing
} login_release_t;

extern const aggregate_type_t login_aggregate;

#endif
