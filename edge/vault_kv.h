//  vault_kv - secrets of HashiCorp Vault's KV version 1, and its mount.
//
//      GET    /v1/MOUNT/PATH         a secret's data
//      POST   /v1/MOUNT/PATH         … written over
//      DELETE /v1/MOUNT/PATH
//      LIST   /v1/MOUNT/PATH         names under it
//      GET    /v1/sys/mounts         which engines there are
//      POST   /v1/sys/mounts/MOUNT   enables KV version 1
//
//  So the seed's policy is enough: create, update, read, delete, list on kv-v1/*, read
//  on sys/mounts, update on sys/mounts/kv-v1, and `default` for the token itself.
//
//  Errors as vault_call's (edge/vault.h); `path` begins with the mount.

#ifndef EDGE_VAULT_KV_H
#define EDGE_VAULT_KV_H

#include "edge/vault.h"

//  ret_data: the secret, a new reference.
status_t vault_kv_read (vault_t *vault, const char *path, json_t **ret_data,
                        char ret_reason [256]) must_check;

//  `text` is a JSON object.
status_t vault_kv_write (vault_t *vault, const char *path, const char *text,
                         char ret_reason [256]) must_check;

status_t vault_kv_remove (vault_t *vault, const char *path, char ret_reason [256]) must_check;

//  ret_names: an array of texts, a new reference; empty if there is nothing.
status_t vault_kv_list (vault_t *vault, const char *path, json_t **ret_names,
                        char ret_reason [256]) must_check;

//  Sees that the mount is KV version 1, and enables it if there is none. A token that
//  may not look is no failure: what follows tells.
status_t vault_kv_mount (vault_t *vault, const char *mount, char ret_reason [256]) must_check;

#endif
