//  closing - the saga by which a member leaves: wallet, member, login.
//
//      start --> wallet --closed, or none--> member --left--> login --released--> done
//                  |                           |
//                  | not empty, or expects     | refused
//                  v                           v
//                failed                      failed
//
//      deadline in any open step: parked; an answer that comes later still goes on.
//      login refused: parked; retry: it is asked again; give up: done, the member has left.
//
//  The wallet decides: it must be empty, with nothing held and nothing on its way
//  (wallet.h). A member without a wallet, or with one that is closed already, just goes
//  on. What happens is not undone: a member whose wallet is closed has left its money.
//
//  A merchant of the member that holds money, or is owed it, keeps it from closing: a
//  fact that the edge reads from the lists when they hold all that was acknowledged.
//  What such a merchant earns in the moment between is not lost: its settlement pays to
//  the account that it had, and keeps the member from being erased until it is paid.
//
//  The client is shown the member.

#ifndef ACTORS_CLOSING_H
#define ACTORS_CLOSING_H

#include "actors/member.h"
#include "runtime/saga.h"

typedef enum {
    CLOSING_NONE,
    CLOSING_WALLET,                 //  Asked wallet.close
    CLOSING_MEMBER,                 //  Asked member.close
    CLOSING_LOGIN,                  //  Asked login.release
    CLOSING_DONE,
    CLOSING_FAILED
} closing_step_t;

typedef struct {
    oid_t member;
    sealed_t reason;                //  By the member's key
    //  Facts that the edge read
    uint8_t member_status;          //  member_status_t
    bool open;                      //  A merchant of the member holds money
} closing_start_t;

typedef struct {
    uint8_t step;                   //  closing_step_t
    bool parked;
    uint32_t verdict;               //  Why it failed or is parked
    oid_t member;
    sealed_t reason;                //  Until it ends
    oid_t login;                    //  Once the member has left
    bool refused;                   //  Parked, and nobody is asked any more
} closing_t;

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    CLOSING_START,                  //  closing_start_t
    CLOSING_ANSWERED,               //  saga_answer_t
    CLOSING_MEMBER_LEFT,            //  closing_left_t, by the member
    CLOSING_DEADLINE,               //  Timer
    CLOSING_RETRY,                  //  No fields; by an operator
    CLOSING_RESOLVE                 //  saga_resolve_t; by an operator
} closing_command_t;

typedef enum {
    CLOSING_STARTED,                //  closing_started_t
    CLOSING_ADVANCED,               //  closing_advanced_t
    CLOSING_WAS_PARKED,             //  closing_parked_t; "closing.parked"
    CLOSING_WAS_GIVEN_UP            //  saga_given_up_t; "closing.given_up"
} closing_event_t;

typedef struct {
    oid_t login;                    //  That the member had
} closing_left_t;

typedef struct {
    oid_t member;
    sealed_t reason;
} closing_started_t;

typedef struct {
    uint8_t step;                   //  The step that begins
    uint32_t verdict;               //  Of a failure
    oid_t login;                    //  That is asked to let go; else NONE
} closing_advanced_t;

typedef struct {
    uint32_t verdict;
} closing_parked_t;

extern const aggregate_type_t closing_aggregate;

#endif
