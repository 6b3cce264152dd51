//  vault_kv - secrets of KV version 1, and its mount.

#include "edge/vault_kv.h"

#include <stdio.h>
#include <string.h>

//  One line for people, and the status that goes with it.
#define REFUSE(reason, status, ...)                                                                \
    (snprintf (reason, 256, __VA_ARGS__), (status_t) STATUS_##status)

enum { PATH_SIZE = 256 };

status_t
vault_kv_read (vault_t *self, const char *path, json_t **ret_data, char ret_reason [256])
{
    json_t *root = NULL;
    status_t status = vault_call (self, "GET", path, /* body= */ NULL, &root, ret_reason);
    json_t *data = json_object_get (root, "data");
    if (status == STATUS_OK && !json_is_object (data)) {
        status = REFUSE (ret_reason, INVALID, "Vault has no secret at %.60s", path);
    }
    if (status == STATUS_OK) {
        *ret_data = json_incref (data);
    }
    json_decref (root);
    return status;
}

status_t
vault_kv_write (vault_t *self, const char *path, const char *text, char ret_reason [256])
{
    return vault_call (self, "POST", path, text, /* ret_root= */ NULL, ret_reason);
}

status_t
vault_kv_remove (vault_t *self, const char *path, char ret_reason [256])
{
    return vault_call (self, "DELETE", path, /* body= */ NULL, /* ret_root= */ NULL, ret_reason);
}

status_t
vault_kv_list (vault_t *self, const char *path, json_t **ret_names, char ret_reason [256])
{
    json_t *root = NULL;
    status_t status = vault_call (self, "LIST", path, /* body= */ NULL, &root, ret_reason);
    if (status == STATUS_NOT_FOUND) {
        *ret_names = json_array ();
        return STATUS_OK;
    }
    json_t *names = json_object_get (json_object_get (root, "data"), "keys");
    if (status == STATUS_OK && !json_is_array (names)) {
        status = REFUSE (ret_reason, INVALID, "Vault has no list at %.60s", path);
    }
    if (status == STATUS_OK) {
        *ret_names = json_incref (names);
    }
    json_decref (root);
    return status;
}

//  ---------------------------------------------------------------------------
//  The mount

static status_t
s_enable (vault_t *self, const char *mount, char reason [256])
{
    char path [PATH_SIZE];
    snprintf (path, sizeof path, "sys/mounts/%.200s", mount);
    return vault_call (self, "POST", path, "{\"type\":\"kv\",\"options\":{\"version\":\"1\"}}",
                       /* ret_root= */ NULL, reason);
}

//  A mount made before there were versions has no options.
static bool
s_is_kv_version_1 (const json_t *engine)
{
    const char *type = json_string_value (json_object_get (engine, "type"));
    const char *version =
        json_string_value (json_object_get (json_object_get (engine, "options"), "version"));
    return type && (strcmp (type, "kv") == 0 || strcmp (type, "generic") == 0)
           && (!version || strcmp (version, "1") == 0);
}

status_t
vault_kv_mount (vault_t *self, const char *mount, char ret_reason [256])
{
    char name [PATH_SIZE];
    json_t *root = NULL;
    status_t status = vault_call (self, "GET", "sys/mounts", /* body= */ NULL, &root, ret_reason);
    if (status != STATUS_OK) {
        return status == STATUS_NO_ACCESS ? STATUS_OK : status;
    }
    snprintf (name, sizeof name, "%.250s/", mount);
    json_t *engines = json_object_get (root, "data");
    json_t *engine = json_object_get (engines ? engines : root, name);
    if (!engine) {
        status = s_enable (self, mount, ret_reason);
        if (status == STATUS_INVALID) {  //  Another node was faster: the path is in use
            status = STATUS_OK;
        }
    }
    else if (!s_is_kv_version_1 (engine)) {
        status = REFUSE (ret_reason, INVALID, "Vault's %.60s is not a KV version 1 engine", mount);
    }
    json_decref (root);
    return status;
}
