//  member - a person or company that takes part.
//
//      status      register    suspend     activate
//      absent      active      not_found   not_found
//      active      *           suspended   conflict
//      suspended   *           conflict    active
//
//      * the same registration again: accepted, nothing changes; another: refused
//
//  Personal fields are sealed by the edge with the member's own key. address_hash
//  is a keyed hash of the normalized address: it groups reports, and tells nothing.
//
//  Invariant: a member that exists has a name, an email and a login.

#ifndef ACTORS_MEMBER_H
#define ACTORS_MEMBER_H

#include "actors/reason.h"
#include "runtime/aggregate.h"

enum { ADDRESS_HASH_SIZE = 16 };

typedef enum {
    MEMBER_ABSENT,
    MEMBER_ACTIVE,
    MEMBER_SUSPENDED,
    MEMBER_CLOSED,
    MEMBER_ERASED
} member_status_t;

//  A FIELD_BYTES.
typedef struct {
    uint16_t size;                  //  ADDRESS_HASH_SIZE, or 0: no address
    uint8_t bytes [ADDRESS_HASH_SIZE];
} address_hash_t;

typedef struct {
    uint8_t status;                 //  member_status_t
    bool corporate;
    oid_t registration;             //  The saga that registered it
    oid_t login;
    sealed_t name, email, address;
    address_hash_t address_hash;
} member_t;

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    MEMBER_REGISTER,                //  member_register_t, by the registration saga
    MEMBER_SUSPEND,                 //  reason_t
    MEMBER_ACTIVATE                 //  reason_t
} member_command_t;

typedef enum {
    MEMBER_REGISTERED,              //  member_register_t
    MEMBER_WAS_SUSPENDED,           //  reason_t; "member.suspended"
    MEMBER_ACTIVATED                //  reason_t
} member_event_t;

typedef struct {
    oid_t registration, login;
    bool corporate;
    sealed_t name, email, address;
    address_hash_t address_hash;
} member_register_t;

//  Whether a member of this status may start to move money; as a fact in other
//  aggregates' commands, MEMBER_ABSENT says that there is no such member.
verdict_t member_may_move_money (uint8_t status);

extern const aggregate_type_t member_aggregate;

#endif
