//  keyring_place - a file, or Vault (edge/keyring_vault.h).

#include "edge/keyring_place.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>
#include "edge/keyring_vault.h"
#include "edge/secret_file.h"
#include "runtime/scoped.h"

struct keyring_place {
    char *name;
    keyring_vault_t *vault;  //  NULL: a file
};

//  One line for people, and the status that goes with it.
#define REFUSE(reason, status, ...)                                                                \
    (snprintf (reason, 256, __VA_ARGS__), (status_t) STATUS_##status)

status_t
keyring_place_new (const char *name, const char *vault_token_file, keyring_place_t **ret_place,
                   char ret_reason [256])
{
    keyring_place_t *self = calloc (1, sizeof *self);
    status_t status = STATUS_OK;

    assert (self);
    self->name = strdup (name);
    assert (self->name);
    if (strncmp (name, KEYRING_VAULT_PREFIX, strlen (KEYRING_VAULT_PREFIX)) == 0) {
        status = keyring_vault_new (name + strlen (KEYRING_VAULT_PREFIX), vault_token_file,
                                    &self->vault, ret_reason);
    }
    if (status != STATUS_OK) {
        keyring_place_destroy (&self);
        return status;
    }
    *ret_place = self;
    return STATUS_OK;
}

void
keyring_place_destroy (keyring_place_t **self_p)
{
    keyring_place_t *self = *self_p;
    if (self) {
        keyring_vault_destroy (&self->vault);
        free (self->name);
        free (self);
        *self_p = NULL;
    }
}

const char *
keyring_place_name (const keyring_place_t *self)
{
    return self->name;
}

bool
keyring_place_is_vault (const keyring_place_t *self)
{
    return self->vault != NULL;
}

//  ---------------------------------------------------------------------------
//  Reading

static status_t
s_read_file (const char *path, keyring_text_t *ret_text, char reason [256])
{
    size_t size = 0;
    char *text = malloc (KEYRING_TEXT_MAX);
    if (!text) {
        return REFUSE (reason, LIMIT, "keyring %.180s: no memory", path);
    }
    status_t status = secret_file_read (path, text, KEYRING_TEXT_MAX, &size, reason);
    if (status == STATUS_OK) {
        status = keyring_text_read (ret_text, path, text, size, reason);
    }
    sodium_memzero (text, KEYRING_TEXT_MAX);
    free (text);
    return status;
}

status_t
keyring_place_read (keyring_place_t *self, keyring_text_t *ret_text, char ret_reason [256])
{
    memset (ret_text, 0, sizeof *ret_text);
    return self->vault ? keyring_vault_read (self->vault, ret_text, ret_reason)
                       : s_read_file (self->name, ret_text, ret_reason);
}

//  ---------------------------------------------------------------------------
//  Making

//  A folder with a journal has had a keyring: a new one would give every object
//  another id and leave what is sealed unreadable. (Looking at the keyring again
//  after the journal: another process may just have made both, in that order.)
static status_t
s_refuse_lost (const char *path, char reason [256])
{
    char folder [PATH_MAX], journal [PATH_MAX + 16];

    snprintf (folder, sizeof folder, "%s", path);
    snprintf (journal, sizeof journal, "%s/journal", dirname (folder));
    if (access (journal, F_OK) == 0 && access (path, F_OK) != 0) {
        return REFUSE (reason, NOT_FOUND,
                       "keyring %s is missing but its folder has a journal; put it back", path);
    }
    return STATUS_OK;
}

static status_t
s_make_file (const char *path, const keyring_text_t *keys, char reason [256])
{
    status_t status = s_refuse_lost (path, reason);
    if (status != STATUS_OK) {
        return status;
    }
    scoped (keyring_text_free) char *text = keyring_text_write (keys);
    return text ? secret_file_make (path, text, strlen (text), reason)
                : REFUSE (reason, LIMIT, "keyring %.180s: no memory", path);
}

status_t
keyring_place_make (keyring_place_t *self, char ret_reason [256])
{
    keyring_text_t keys;
    keyring_text_make (&keys);
    status_t status = self->vault ? keyring_vault_make (self->vault, &keys, ret_reason)
                                  : s_make_file (self->name, &keys, ret_reason);
    keyring_text_wipe (&keys);
    return status;
}

//  ---------------------------------------------------------------------------
//  Changing

//  A lock of the folder, gone with the descriptor; -1 if there is none to have.
static int
s_lock_folder (const char *path)
{
    char folder [PATH_MAX];
    snprintf (folder, sizeof folder, "%s", path);
    int file = open (dirname (folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (file >= 0 && flock (file, LOCK_EX) != 0) {
        if (errno != EINTR) {
            close (file);
            return -1;
        }
    }
    return file;
}

static status_t
s_change_file (const char *path, keyring_change_fn *change, void *context, char reason [256])
{
    keyring_text_t keys;
    int folder = s_lock_folder (path);
    if (folder < 0) {
        return REFUSE (reason, NO_ACCESS, "keyring %.160s: its folder cannot be locked: %m", path);
    }
    status_t status = s_read_file (path, &keys, reason);
    if (status == STATUS_OK) {
        status = change (context, &keys, reason);
    }
    if (status == STATUS_OK) {
        scoped (keyring_text_free) char *text = keyring_text_write (&keys);
        status = text ? secret_file_replace (path, text, strlen (text), reason)
                      : REFUSE (reason, LIMIT, "keyring %.180s: no memory", path);
    }
    keyring_text_wipe (&keys);
    close (folder);
    return status;
}

status_t
keyring_place_change (keyring_place_t *self, keyring_change_fn *change, void *context,
                      char ret_reason [256])
{
    return self->vault ? keyring_vault_change (self->vault, change, context, ret_reason)
                       : s_change_file (self->name, change, context, ret_reason);
}

status_t
keyring_place_tend (keyring_place_t *self, char ret_reason [256])
{
    return self->vault ? keyring_vault_tend (self->vault, ret_reason) : STATUS_OK;
}
