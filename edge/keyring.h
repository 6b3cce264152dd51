//  keyring - the keys that everything else hangs on: one file, made at first start.
//
//  DIR/keyring, mode 0600, made before anything else in a data folder, complete
//  and fsynced before it has its name (written beside, then linked: of two
//  processes at once one makes it and both use that one). JSON, so that a person
//  can move it by hand:
//
//      { "format": 1,
//        "derive": "<64 hex digits>",      ids of objects; never rotated
//        "index":  "<64 hex digits>",      lookup hashes; never rotated
//        "master": [ { "id": 1, "active": true, "key": "<64 hex digits>" } … ],
//        "token":  [ { "id": 1, "active": true, "key": "<64 hex digits>" } … ] }
//
//  master wraps the members' keys, token signs access tokens; of both lists one
//  is active, the others still open what they closed. The format is for ever.
//
//  A file that group or others may read, or that is damaged, is refused with one
//  line. Without this file sealed data and ids are lost: keep it apart from
//  backups of the data (edge/KEYS.md).
//
//  const after opening: any thread may use it.

#ifndef EDGE_KEYRING_H
#define EDGE_KEYRING_H

#include <stdbool.h>
#include <stdint.h>
#include "runtime/aggregate.h"
#include "runtime/node.h"

enum {
    KEYRING_KEY_SIZE = 32,
    KEYRING_KEYS_MAX = 64           //  Of each list
};

typedef struct {
    uint32_t id;                    //  From 1; a token's `kid` is this in decimal
    bool active;
    uint8_t bytes [KEYRING_KEY_SIZE];
} keyring_key_t;

typedef struct keyring keyring_t;

//  Opens the keyring at `path`; makes it if there is none and `create`. NOT_FOUND,
//  NO_ACCESS, NO_SPACE, IO_ERROR, DAMAGED, UNSUPPORTED (another format), INVALID
//  (permissions too open); ret_reason gets one line for people on failure.
status_t keyring_open (const char *path, bool create, keyring_t **ret_keyring,
                       char ret_reason [256]) must_check;

//  Wipes and frees.
void keyring_destroy (keyring_t **self_p);

//  KEYRING_KEY_SIZE bytes each, borrowed.
const uint8_t *keyring_derive_key (const keyring_t *self);
const uint8_t *keyring_index_key (const keyring_t *self);

const keyring_key_t *keyring_master_key (const keyring_t *self);
const keyring_key_t *keyring_token_key (const keyring_t *self);

//  NULL if there is no such key.
const keyring_key_t *keyring_find_master_key (const keyring_t *self, uint32_t id);
const keyring_key_t *keyring_find_token_key (const keyring_t *self, uint32_t id);

#endif
