//  token_secret - the opaque tokens that a login is refreshed and reset with.
//
//      refresh   "hpr_" base64url (login 16 | family 16 | secret 32)
//      reset     "hpp_" base64url (login 16 | family 16 of zeros | secret 32)
//
//  A token names its login, so that nothing has to be looked up, and is worth what its
//  secret is: 256 bits, of random for the first token of a family and for a reset. What
//  is stored is a hash of the whole.
//
//  A refresh token's successor follows from it: its secret is the keyed BLAKE2b of the
//  token. So a client that did not get its answer asks again and gets the same token,
//  two windows that race hold one token, and still nothing but hashes is kept. Who
//  lacks the keyring cannot go from a token to its successor.
//
//  Value types: wipe them (sodium_memzero). No threads, no state.

#ifndef EDGE_TOKEN_SECRET_H
#define EDGE_TOKEN_SECRET_H

#include "actors/login.h"
#include "edge/keyring.h"

enum {
    SECRET_SIZE = 32,
    TOKEN_SECRET_TEXT_SIZE = 96     //  With the final zero
};

typedef enum { SECRET_REFRESH, SECRET_RESET } secret_kind_t;

typedef struct {
    oid_t login, family;            //  family: NONE in a reset
    uint8_t secret [SECRET_SIZE];
} token_secret_t;

//  A new one of a new family (SECRET_REFRESH) or of none.
void token_secret_make (secret_kind_t kind, oid_t login, token_secret_t *ret_token);

void token_secret_successor (const keyring_t *keyring, const token_secret_t *self,
                             token_secret_t *ret_successor);

void token_secret_hash (const token_secret_t *self, token_hash_t *ret_hash);

void token_secret_format (secret_kind_t kind, const token_secret_t *self,
                          char ret_text [TOKEN_SECRET_TEXT_SIZE]);

//  False if the text is no token of this kind; there is one spelling of each.
bool token_secret_parse (secret_kind_t kind, const char *text, token_secret_t *ret_token);

#endif
