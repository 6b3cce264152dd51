//  keys_fixture - a keyring and members' keys of their own, in a scratch folder.

#ifndef TESTS_LIB_KEYS_FIXTURE_H
#define TESTS_LIB_KEYS_FIXTURE_H

#include "edge/keyring.h"
#include "edge/member_keys.h"

typedef struct {
    char *dir;
    keyring_t *keyring;
    member_keys_t *keys;  //  Nobody's yet
} keys_fixture_t;

//  Both assert.
void keys_fixture_open (keys_fixture_t *self);
void keys_fixture_close (keys_fixture_t *self);

#endif
