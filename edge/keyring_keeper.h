//  keyring_keeper - an actor that keeps a running node's keys up to date.
//
//  It takes a changed keyring without a restart: a file is watched (inotify on its
//  folder; no signal is needed, whoever renames a new keyring over it is seen within
//  milliseconds), Vault is asked every poll_ms, and its token renewed. New keys work
//  from then on, the old ones go on opening what they closed.
//
//  Then, and at every start, it wraps the members' keys anew that are still under an
//  older master key: one batch, a pause, the next (edge/member_rewrap.c).
//
//  What cannot be read, or is another keyring, changes nothing: the node goes on with
//  the keys it has, for as long as it runs, and says so once on stderr.

#ifndef EDGE_KEYRING_KEEPER_H
#define EDGE_KEYRING_KEEPER_H

#include "edge/keyring_place.h"
#include "edge/member_keys.h"

typedef struct keyring_keeper keyring_keeper_t;

typedef struct {
    keyring_place_t *place;         //  The actor's alone from now on
    keyring_t *keyring;             //  Nobody else reloads it
    member_keys_t *member_keys;
    int64_t poll_ms;                //  Between two looks at Vault
} keyring_keeper_config_t;

//  Borrows all of them. LIMIT: no thread, no descriptor.
status_t keyring_keeper_new (const keyring_keeper_config_t *config, keyring_keeper_t **ret_keeper,
                             char ret_reason [256]) must_check;
void keyring_keeper_destroy (keyring_keeper_t **self_p);

#endif
