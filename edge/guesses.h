//  guesses - how many passwords a client address, and a login, may try: token buckets
//  that stand before the hashing pool and the journal.
//
//  A guess is taken before a password is verified and given back if it was right, with
//  all of that login: so only wrong ones count, and those under way. Each bucket fills by one guess every
//  refill_ms. What lasts is the delay of the login itself (actors/login.h); this
//  bounds what is tried at once, on many logins, and on addresses that nobody has.
//
//  An IPv6 address counts as its /64 network. Behind a proxy all clients have the
//  proxy's address: raise login_guesses_per_address there.
//
//  Fixed places, each bucket in one of four; where all are taken, the one that has the
//  most guesses left goes, since it remembers the least. Keys are hashed with a random
//  key of this run, so nobody can aim at a place. Memory of a run: a restart forgets.
//
//  Any thread.

#ifndef EDGE_GUESSES_H
#define EDGE_GUESSES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include "runtime/oid.h"

enum { GUESSES_PLACES = 16384 };

typedef struct guesses guesses_t;

//  Who guesses, and at what: two buckets. login NONE: the address alone.
typedef struct {
    uint64_t address, login;        //  Hashes; 0: not counted
} guess_t;

//  As limits login_guesses_per_address, _per_login, login_guess_refill_ms.
guesses_t *guesses_new (int64_t per_address, int64_t per_login, int64_t refill_ms);
void guesses_destroy (guesses_t **self_p);

//  address NULL: not known, not counted.
guess_t guesses_name (const guesses_t *self, const struct sockaddr *address, oid_t login);

//  Takes one of each bucket, or none: then false and how long until there is one.
bool guesses_take (guesses_t *self, guess_t guess, int64_t now_ms, int64_t *ret_wait_ms);

//  Nothing was tried after all.
void guesses_give_back (guesses_t *self, guess_t guess);

//  It was right: the login's own bucket is full again.
void guesses_was_right (guesses_t *self, guess_t guess);

#endif
