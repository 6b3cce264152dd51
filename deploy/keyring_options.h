//  keyring_options - where a command finds the keys: options that several share.

#ifndef DEPLOY_KEYRING_OPTIONS_H
#define DEPLOY_KEYRING_OPTIONS_H

#include "deploy/options.h"
#include "edge/keyring_place.h"

//  Lines for a command's table; `data` is the command's own.
#define KEYRING_OPTIONS                                                                            \
    { "keyring", "FILE|vault:URL", NULL,                                                           \
      "the keys (DIR/keyring); vault:http[s]://HOST:PORT/kv-v1/PATH: in HashiCorp Vault",          \
      OPTION_TEXT, .group = "Keys" },                                                              \
    { "vault-token-file", "FILE", NULL, "who we are for Vault (what VAULT_TOKEN says)",            \
      OPTION_TEXT, .group = "Keys" }

//  The place as told, else DIR/keyring; nothing is touched yet.
status_t keyring_options_place (const options_t *options, keyring_place_t **ret_place,
                                char ret_reason [256]) must_check;

//  Opens it; makes it if there is none and `create`.
status_t keyring_options_open (const options_t *options, bool create, keyring_t **ret_keyring,
                               char ret_reason [256]) must_check;

#endif
