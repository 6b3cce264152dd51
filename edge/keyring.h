//  keyring - the keys that everything else hangs on, made at first start.
//
//  It lives at a place (edge/keyring_place.h): DIR/keyring, a file of mode 0600, or
//  HashiCorp Vault. It is JSON, so that a person can move it by hand:
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
//  A running node takes a changed keyring (keyring_reload): new keys are appended
//  to what it holds and become active; one that is gone is not found any more, and
//  nothing ever moves, so that a key once handed out stays where it is. derive and
//  index cannot change, nor can the bytes under a number.
//
//  A damaged keyring is refused with one line. Without it sealed data and ids are
//  lost: keep it apart from backups of the data (edge/KEYS.md).
//
//  Threads: any number may read; one at a time reloads.

#ifndef EDGE_KEYRING_H
#define EDGE_KEYRING_H

#include <stdbool.h>
#include <stdint.h>
#include "runtime/aggregate.h"
#include "runtime/node.h"

enum {
    KEYRING_KEY_SIZE = 32,
    KEYRING_KEYS_MAX = 64           //  Of each list; and seen by one process in its life
};

typedef enum { KEYRING_MASTER, KEYRING_TOKEN, KEYRING_KINDS } keyring_kind_t;

typedef struct {
    uint32_t id;                    //  From 1; a token's `kid` is this in decimal
    uint8_t bytes [KEYRING_KEY_SIZE];
} keyring_key_t;

typedef struct keyring keyring_t;
typedef struct keyring_place keyring_place_t;

//  Opens the keyring that the file `path` holds; makes it if there is none and
//  `create`. NOT_FOUND, NO_ACCESS, NO_SPACE, IO_ERROR, DAMAGED, UNSUPPORTED (another
//  format), INVALID (permissions too open); ret_reason gets one line for people on
//  failure.
status_t keyring_open (const char *path, bool create, keyring_t **ret_keyring,
                       char ret_reason [256]) must_check;

//  The same at any place, which is not kept.
status_t keyring_open_at (keyring_place_t *place, bool create, keyring_t **ret_keyring,
                          char ret_reason [256]) must_check;

//  Takes what stands at the place now. Unchanged on failure: also INVALID, it is
//  another keyring (derive, index or the bytes of a number differ); LIMIT, too many
//  keys for one life of a process. *ret_changed: there was anything to take.
status_t keyring_reload (keyring_t *self, keyring_place_t *place, bool *ret_changed,
                         char ret_reason [256]) must_check;

//  Grows with every reload that changed anything: what was found out by older keys
//  is to be found out again.
uint32_t keyring_generation (const keyring_t *self);

//  Wipes and frees.
void keyring_destroy (keyring_t **self_p);

//  KEYRING_KEY_SIZE bytes each, borrowed.
const uint8_t *keyring_derive_key (const keyring_t *self);
const uint8_t *keyring_index_key (const keyring_t *self);

//  The active one; borrowed, as all that follow.
const keyring_key_t *keyring_master_key (const keyring_t *self);
const keyring_key_t *keyring_token_key (const keyring_t *self);

//  NULL if there is no such key, or none any more.
const keyring_key_t *keyring_find_master_key (const keyring_t *self, uint32_t id);
const keyring_key_t *keyring_find_token_key (const keyring_t *self, uint32_t id);

#endif
