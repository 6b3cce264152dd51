//  login - makes an email address unique (its id is a keyed hash of the address), and
//  keeps what proves that somebody is its owner: a password, sessions, a reset.
//
//      status      claim                        release
//      free        claimed                      accepted, nothing changes
//      claimed     same saga: nothing changes   by its saga or member: released
//                  other: email_exists          other: conflict
//      released    same saga: conflict          accepted, nothing changes
//                  other: claimed
//
//  A claim that comes late, after its own saga gave it up, must not bring it back:
//  therefore a released login remembers the saga. A release ends every session.
//
//  Guesses. The edge verifies a password and tells what came out. The fifth wrong one
//  in a row, and each after it, begins a delay that doubles up to a cap; meanwhile
//  nothing is tried: login_locked. The right one, a change or a reset ends it, and a
//  day without a wrong one. Sessions go on all the while. An address that nobody
//  claimed counts in the same way, so that a stranger cannot tell it from one with an
//  owner.
//
//  Password versions. A password is verified outside, against a hash of a moment ago:
//  if it was changed meanwhile, the version differs and the proof is worth nothing.
//
//  Sessions are families of refresh tokens. Of each the state knows the hash of the
//  current token and of the one before:
//
//      presented    refresh
//      current      refreshed: it becomes the previous one, its successor current
//      previous     within refresh_grace_ms of its own refresh: accepted, nothing
//                   changes (a token's successor is always the same one)
//      older        revoked: somebody holds a copy
//      of no family, or one that expired: session_expired
//
//  So the previous token works until its successor is first used, or the grace is
//  over. The oldest family makes room for a new one.
//
//  A reset is asked for by anybody, issued once to an operator's mailer, and used once.
//
//  Only hashes are kept: of passwords PHC strings (argon2id; empty: none was set), of
//  tokens BLAKE2b-256 of 256 random bits.

#ifndef ACTORS_LOGIN_H
#define ACTORS_LOGIN_H

#include "runtime/aggregate.h"

enum {
    PASSWORD_HASH_SIZE = 160,
    TOKEN_HASH_SIZE = 32,
    LOGIN_FAMILIES_MAX = 16,
    LOGIN_GUESSES_FREE = 4,         //  Wrong passwords in a row without a delay
    LOGIN_GUESSES_FORGOTTEN_MS = 24 * 60 * 60 * 1000,
    LOGIN_RESET_INTERVAL_MS = 60 * 1000    //  Between two requests that count
};

typedef enum {
    LOGIN_FREE,
    LOGIN_CLAIMED,
    LOGIN_RELEASED
} login_status_t;

//  A FIELD_BYTES.
typedef struct {
    uint16_t size;                  //  TOKEN_HASH_SIZE, or 0: none
    uint8_t bytes [TOKEN_HASH_SIZE];
} token_hash_t;

//  One session: what began with a password.
typedef struct {
    oid_t family;                   //  ses_…
    token_hash_t current, previous;
    int64_t refreshed_ms;           //  When the current token was made
    int64_t expires_ms;             //  And until when it may be used
} login_family_t;

typedef struct {
    uint8_t status;                 //  login_status_t
    oid_t saga;                     //  That claimed it
    oid_t member;                   //  Whose login it is
    char password_hash [PASSWORD_HASH_SIZE];
    uint32_t password_version;      //  Rises with each change; never falls
    uint32_t guesses;               //  Wrong ones in a row
    int64_t guessed_ms;             //  The last of them
    int64_t locked_until_ms;        //  0: not
    bool reset_pending;             //  Asked for and not issued
    int64_t reset_requested_ms;
    token_hash_t reset;             //  Issued and not used
    int64_t reset_expires_ms;
    uint32_t family_count;          //  Oldest first
    login_family_t families [LOGIN_FAMILIES_MAX];
} login_t;

//  On disk for ever: append, never renumber, never reuse.
typedef enum {
    LOGIN_CLAIM,                    //  login_claim_t
    LOGIN_RELEASE,                  //  login_release_t
    LOGIN_AUTHENTICATE,             //  login_authenticate_t
    LOGIN_REFRESH,                  //  login_refresh_t
    LOGIN_REVOKE,                   //  login_revoke_t
    LOGIN_CHANGE_PASSWORD,          //  login_change_password_t
    LOGIN_REQUEST_RESET,            //  Nothing
    LOGIN_ISSUE_RESET,              //  login_issue_reset_t
    LOGIN_RESET                     //  login_reset_t
} login_command_t;

typedef enum {
    LOGIN_WAS_CLAIMED,              //  login_claim_t; "login.claimed"
    LOGIN_WAS_RELEASED,             //  login_release_t; "login.released"
    LOGIN_GUESSED,                  //  login_guessed_t: a wrong password
    LOGIN_AUTHENTICATED,            //  login_session_t: the right one, and a new session
    LOGIN_REFRESHED,                //  login_session_t
    LOGIN_REVOKED,                  //  login_revoked_t
    LOGIN_PASSWORD_CHANGED,         //  login_changed_t
    LOGIN_RESET_REQUESTED,          //  login_reset_requested_t
    LOGIN_RESET_MISSED,             //  Nothing: it has no owner
    LOGIN_RESET_ISSUED              //  login_reset_issued_t
} login_event_t;

typedef struct {
    oid_t saga, member;
    char password_hash [PASSWORD_HASH_SIZE];
} login_claim_t;

//  A successor is the member's next login. It was claimed with the password of
//  password_version: if that has changed since, it is told the new one.
typedef struct {
    oid_t saga, member;             //  One of them must match; NONE matches nothing
    oid_t successor;                //  Or NONE
    uint32_t password_version;
} login_release_t;

//  verified: the password matched the hash of that version. The family and its first
//  token are the session's, if there will be one.
typedef struct {
    bool verified;
    uint32_t password_version;
    oid_t family;
    token_hash_t token;
} login_authenticate_t;

typedef struct {
    oid_t family;
    token_hash_t presented, successor;
} login_refresh_t;

typedef struct {
    oid_t family;
} login_revoke_t;

//  Whether the current password matched at that version; or an operator sets one,
//  without it, or the login that this one succeeds. `family` is the session that goes on; NONE: none does. Its object (what a
//  replay shows) is the member if it was changed, the login if the password was wrong.
typedef struct {
    bool by_operator, verified;
    uint32_t password_version;
    oid_t family;
    char password_hash [PASSWORD_HASH_SIZE];
} login_change_password_t;

typedef struct {
    token_hash_t token;
} login_issue_reset_t;

typedef struct {
    token_hash_t token;
    char password_hash [PASSWORD_HASH_SIZE];
} login_reset_t;

typedef struct {
    uint32_t guesses;
    int64_t locked_until_ms;
} login_guessed_t;

typedef struct {
    oid_t family;
    token_hash_t token;
    int64_t expires_ms;
} login_session_t;

typedef struct {
    oid_t family;
    bool reused;                    //  An old token came back; else logged out
} login_revoked_t;

typedef struct {
    char password_hash [PASSWORD_HASH_SIZE];
    oid_t family;                   //  Goes on; the others end
} login_changed_t;

typedef struct {
    oid_t member;
} login_reset_requested_t;

typedef struct {
    token_hash_t token;
    int64_t expires_ms;
} login_reset_issued_t;

//  How long nothing is tried after so many wrong passwords in a row; 0: not at all.
int64_t login_delay_ms (uint32_t guesses, const limits_t *limits);

//  True if nothing may be tried at now_ms.
bool login_is_locked (const login_t *self, int64_t now_ms);

//  The family, or NULL if there is none or it has expired. Borrowed.
const login_family_t *login_find (const login_t *self, oid_t family, int64_t now_ms);

bool token_hash_equal (const token_hash_t *one, const token_hash_t *other);

extern const aggregate_type_t login_aggregate;

#endif
