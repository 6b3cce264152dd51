//  keyring_vault - a keyring in HashiCorp Vault: the secret at PATH is the keyring's
//  object itself (edge/keyring.h). For keyring_place.c, whose header says the rest.

#ifndef EDGE_KEYRING_VAULT_H
#define EDGE_KEYRING_VAULT_H

#include "edge/keyring_place.h"

#define KEYRING_VAULT_PREFIX "vault:"

enum {
    KEYRING_VAULT_PAUSE_MS = 1500,  //  Between a claim and the look who has the turn
    KEYRING_VAULT_WAIT_MS = 15000,  //  For a keyring that another node is making
    KEYRING_VAULT_CLAIM_S = 60      //  An older claim is a dead process's
};

typedef struct keyring_vault keyring_vault_t;

//  `name` is http[s]://HOST:PORT/MOUNT/PATH. INVALID: it is not, or there is no token.
status_t keyring_vault_new (const char *name, const char *token_file,
                            keyring_vault_t **ret_vault, char ret_reason [256]) must_check;
void keyring_vault_destroy (keyring_vault_t **self_p);

//  As keyring_place's.
status_t keyring_vault_read (keyring_vault_t *self, keyring_text_t *ret_text,
                             char ret_reason [256]) must_check;
status_t keyring_vault_make (keyring_vault_t *self, const keyring_text_t *text,
                             char ret_reason [256]) must_check;
status_t keyring_vault_change (keyring_vault_t *self, keyring_change_fn *change, void *context,
                               char ret_reason [256]) must_check;
status_t keyring_vault_tend (keyring_vault_t *self, char ret_reason [256]) must_check;

#endif
