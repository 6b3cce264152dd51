//  keyring_place - where a keyring lives, and how it is read, made and changed there.
//
//      FILE                                    mode 0600, of its owner alone
//      vault:http[s]://HOST:PORT/kv-v1/PATH    HashiCorp Vault, KV version 1; the
//                                              first word is the mount
//
//  A file is complete and fsynced before it has its name: linked when it is made
//  (of two processes at once one makes it and both use that one), renamed over the
//  old one when it is changed, under a lock of its folder.
//
//  Vault's KV version 1 has no check-and-set, so making and changing is a turn that
//  is claimed: a name of our own under PATH.claims, a pause, then the smallest name
//  goes on and the others wait (making) or are refused (changing). What was written
//  is read again. A process that stands still for longer than the pause between its
//  last look and its write can still undo another's; a node that runs refuses such a
//  keyring and goes on with its own (keyring_reload).
//
//  One thread at a time. Errors carry one line for people.

#ifndef EDGE_KEYRING_PLACE_H
#define EDGE_KEYRING_PLACE_H

#include "edge/keyring_text.h"

//  vault_token_file: who we are for Vault; NULL: what VAULT_TOKEN says. INVALID: not
//  a place. Nothing is touched yet.
status_t keyring_place_new (const char *name, const char *vault_token_file,
                            keyring_place_t **ret_place, char ret_reason [256]) must_check;
void keyring_place_destroy (keyring_place_t **self_p);

//  As it was told; borrowed.
const char *keyring_place_name (const keyring_place_t *self);
bool keyring_place_is_vault (const keyring_place_t *self);

//  NOT_FOUND: there is none. Vault: IO_ERROR, it cannot be reached; BUSY, it is sealed
//  or standing by; NO_ACCESS, it refuses the token.
status_t keyring_place_read (keyring_place_t *self, keyring_text_t *ret_text,
                             char ret_reason [256]) must_check;

//  A new keyring where there is none; one that came meanwhile is kept, and is OK. A
//  file beside a journal is never made anew: NOT_FOUND.
status_t keyring_place_make (keyring_place_t *self, char ret_reason [256]) must_check;

//  Changes the text under the lock of the place; anything but OK leaves what is there.
typedef status_t keyring_change_fn (void *context, keyring_text_t *text, char ret_reason [256]);
status_t keyring_place_change (keyring_place_t *self, keyring_change_fn *change, void *context,
                               char ret_reason [256]) must_check;

//  Keeps Vault's token alive: to be called every now and then, costs nothing until
//  half of its life is over. A file needs none.
status_t keyring_place_tend (keyring_place_t *self, char ret_reason [256]) must_check;

#endif
