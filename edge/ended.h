//  ended - sessions that have ended while access tokens of theirs still live.
//
//  Access tokens are checked without asking anybody, and so outlive their session by
//  up to access_token_s. What this edge ended it remembers as long, and refuses them at
//  once: those of a session, or all of a member that has left. A memory of this run and this edge: after a restart, or at another node, such
//  a token works on until it expires.
//
//  Fixed places, each session in one of four; where all are taken, the one whose tokens
//  expire first goes. Any thread.

#ifndef EDGE_ENDED_H
#define EDGE_ENDED_H

#include <stdbool.h>
#include "runtime/oid.h"

enum { ENDED_PLACES = 16384 };

typedef struct ended ended_t;

ended_t *ended_new (void);
void ended_destroy (ended_t **self_p);

//  A session, or a member whose sessions are all over. The last access token expires at
//  until_s.
void ended_add (ended_t *self, oid_t ended, int64_t until_s, int64_t now_s);

bool ended_has (ended_t *self, oid_t ended, int64_t now_s);

#endif
