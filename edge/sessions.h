//  sessions - what logging in and everything around passwords share (sessions.c,
//  sessions_password.c).

#ifndef EDGE_SESSIONS_H
#define EDGE_SESSIONS_H

#include "edge/guesses.h"
#include "edge/route.h"
#include "edge/token_secret.h"

//  A password's length in characters, when one is set.
enum { PASSWORD_CHARACTERS_MIN = 8, PASSWORD_CHARACTERS_MAX = 128, PASSWORD_INPUT_SIZE = 257 };

//  Takes a guess of the caller's address, and of the login unless it is NONE; false:
//  429 login_locked, which is all that a stranger is told of either limit. It is given
//  back when the request ends (nothing was tried, the pool was full) unless one of the
//  two is said of it before.
bool session_take_guess (request_t *self, oid_t login);
void session_guess_was_right (request_t *self);
void session_guess_was_wrong (request_t *self);

//  Of the login that is this fact, what is gone by now: their access tokens are refused.
void session_note_ended (request_t *self, size_t fact, const login_t *after);

//  The same of every session of a member that has left.
void session_note_left (request_t *self, oid_t member);

//  False: nothing may be tried at this login now, 429 with the time that is left.
bool session_unlocked (request_t *self, const login_t *login);

#endif
