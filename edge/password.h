//  password - argon2id in a few threads of its own, so that 70 ms and 64 MiB a
//  hash stall nobody else.
//
//  crypto_pwhash_str with libsodium's interactive limits. The pool copies the
//  password, wipes the copy when it is done, and calls `done` on the pool's
//  thread. Full: refused at once, the caller answers 503 with Retry-After.

#ifndef EDGE_PASSWORD_H
#define EDGE_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>
#include <sodium.h>

enum {
    PASSWORD_PHC_SIZE = crypto_pwhash_STRBYTES,    //  128, with the final zero
    PASSWORD_TEXT_MAX = 256                         //  Bytes; longer ones are refused
};

typedef struct password_pool password_pool_t;

typedef enum {
    PASSWORD_HASHED,
    PASSWORD_MATCHES,
    PASSWORD_DIFFERS,
    PASSWORD_UNABLE                 //  64 MiB were not to be had, say: nothing is known
} password_outcome_t;

//  What became of a password. hash: the text to store, "" unless it was HASHED.
typedef void (password_done_fn) (void *context, password_outcome_t outcome, const char *hash);

//  threads and queue are limits.hash_threads and limits.hash_queue. NULL: the
//  threads could not be made.
password_pool_t *password_pool_new (size_t threads, size_t queue, password_done_fn *done);

//  Finishes what it has, calling done for each, and refuses what comes after that.
//  Before those who may still ask are stopped.
void password_pool_end (password_pool_t *self);

//  Ends it, if that was not done, and frees it.
void password_pool_destroy (password_pool_t **self_p);

//  False: the queue is full, or the text too long; done is not called. Any thread.
bool password_hash (password_pool_t *self, const char *text, void *context);

//  Against a stored hash; an empty hash costs the same time and never matches, so
//  that a stranger cannot tell which logins exist.
bool password_verify (password_pool_t *self, const char *text, const char *hash, void *context);

//  Waiting now; for metrics.
size_t password_pool_waiting (password_pool_t *self);

#endif
