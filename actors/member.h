//  member - a person or company that takes part.
//
//      status      register    change      suspend     activate    close       erase
//      absent      active      not_found   not_found   not_found   not_found   not_found
//      active      *           changed     suspended   conflict    closed      conflict
//      suspended   *           changed     conflict    active      closed      conflict
//      closed      *           conflict    conflict    conflict    conflict    erased **
//      erased      *           conflict    conflict    conflict    conflict    ***
//
//      *    the same registration again: accepted, nothing changes; another: refused
//      **   unless something that needs the member's data is open: transfers_open
//      ***  accepted, nothing changes
//
//  Personal fields are sealed by the edge with the member's own key. address_hash
//  is a keyed hash of the normalized address: it groups reports, and tells nothing.
//
//  Closing and a new email are sagas (closing.h, email_change.h): their last word is a
//  command here. A change may name the version that it was made for, and then it is
//  refused if another came first.
//
//  Erasing. The event takes the personal fields and the address's hash out of the state
//  and asks the keys' port to destroy the member's key; the ask stays in the outbox until
//  its answer is here. Then nothing of the member can be read anywhere, and the erasure
//  is finished: who asked for it waits for that.
//
//  Invariant: a member has a login, and until it is erased a name and an email; an erased
//  one has no personal field.

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
    bool key_destroyed;             //  Of an erased one
} member_t;

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    MEMBER_REGISTER,                //  member_register_t, by the registration saga
    MEMBER_SUSPEND,                 //  reason_t
    MEMBER_ACTIVATE,                //  reason_t
    MEMBER_CHANGE,                  //  member_change_t, by the edge or an email change
    MEMBER_CLOSE,                   //  member_close_t, by a closing
    MEMBER_ERASE,                   //  member_erase_t
    MEMBER_KEY_GONE                 //  The keys' answer
} member_command_t;

typedef enum {
    MEMBER_REGISTERED,              //  member_register_t
    MEMBER_WAS_SUSPENDED,           //  reason_t; "member.suspended"
    MEMBER_ACTIVATED,               //  reason_t
    MEMBER_CHANGED,                 //  member_change_t
    MEMBER_WAS_CLOSED,              //  member_close_t; "member.closed"
    MEMBER_WAS_ERASED,              //  reason_t; "member.erased"
    MEMBER_KEY_DESTROYED            //  Nothing
} member_event_t;

typedef struct {
    oid_t registration, login;
    bool corporate;
    sealed_t name, email, address;
    address_hash_t address_hash;
} member_register_t;

//  What is not marked stays as it is.
typedef struct {
    int64_t if_version;             //  Of the member; 0: any
    bool has_name, has_email, has_address, has_corporate;
    sealed_t name, email, address;
    address_hash_t address_hash;
    bool corporate;
    oid_t old_login, login;         //  Of the email: what it replaces, and its own
} member_change_t;

typedef struct {
    oid_t closing;                  //  The saga
    sealed_t reason;                //  By the member's key
} member_close_t;

typedef struct {
    char reason [REASON_SIZE];      //  Stays readable, so it must name nobody
    bool open;                      //  A fact: something still needs the member's data
} member_erase_t;

extern const shape_t member_change_shape;

//  Of a member_change_t inside another struct, for its shape table.
#define FIELDS_MEMBER_CHANGE(type, member)                                                         \
    FIELD (I64, type, member.if_version), FIELD (BOOL, type, member.has_name),                     \
        FIELD (BOOL, type, member.has_email), FIELD (BOOL, type, member.has_address),              \
        FIELD (BOOL, type, member.has_corporate), FIELD (BYTES, type, member.name),                \
        FIELD (BYTES, type, member.email), FIELD (BYTES, type, member.address),                    \
        FIELD (BYTES, type, member.address_hash), FIELD (BOOL, type, member.corporate),            \
        FIELD (OID, type, member.old_login), FIELD (OID, type, member.login)

//  Whether a member of this status may start to move money; as a fact in other
//  aggregates' commands, MEMBER_ABSENT says that there is no such member.
verdict_t member_may_move_money (uint8_t status);

extern const aggregate_type_t member_aggregate;

#endif
