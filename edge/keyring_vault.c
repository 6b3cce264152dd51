//  keyring_vault - turns are claimed, since KV version 1 cannot compare and set.
//
//      write PATH.claims/<time>-<random> -> pause -> list -> mine is the smallest?
//          yes: read PATH once more, write, pause, read what stands there now
//          no:  wait until PATH is there
//
//  Changing asks for more: that nobody else has a claim; otherwise it is refused.
//
//  The pause is longer than any claim needs from its first byte to being listed by all
//  (a call is cut off after VAULT_TIMEOUT_MS, and a claim that took longer than the
//  pause is given up), so two that see each other's claims agree on whose turn it is.

#include "edge/keyring_vault.h"

#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "edge/vault_kv.h"
#include "runtime/scoped.h"

enum { PATH_SIZE = 256, CLAIM_SIZE = 64, ASK_AGAIN_MS = 250 };

struct keyring_vault {
    vault_t *vault;
    char mount [64];
    char path [PATH_SIZE];                     //  With the mount
    char claim [PATH_SIZE + CLAIM_SIZE + 16];  //  Ours, while there is one
};

//  One line for people, and the status that goes with it.
#define REFUSE(reason, status, ...)                                                                \
    (snprintf (reason, 256, __VA_ARGS__), (status_t) STATUS_##status)

//  ---------------------------------------------------------------------------
//  The name

//  Letters that need no escaping, and nothing that climbs.
static bool
s_is_path (const char *path)
{
    static const char letters [] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789._-/";
    size_t size = strlen (path);
    return size > 0 && size < PATH_SIZE && strspn (path, letters) == size && *path != '/'
           && path [size - 1] != '/' && !strstr (path, "..") && !strstr (path, "//")
           && strchr (path, '/');
}

//  Splits http://HOST:PORT/MOUNT/PATH; the address is owned by the caller.
static char *
s_split (keyring_vault_t *self, const char *name)
{
    const char *host = strstr (name, "://");
    const char *slash = host ? strchr (host + 3, '/') : NULL;
    bool is_http = strncmp (name, "http://", 7) == 0 || strncmp (name, "https://", 8) == 0;

    if (!is_http || !slash || slash == host + 3 || memchr (host, '@', (size_t) (slash - host))
        || !s_is_path (slash + 1)) {
        return NULL;
    }
    const char *path = slash + 1;
    size_t mount_size = strcspn (path, "/");
    if (mount_size >= sizeof self->mount) {
        return NULL;
    }
    snprintf (self->mount, sizeof self->mount, "%.*s", (int) mount_size, path);
    snprintf (self->path, sizeof self->path, "%s", path);
    return strndup (name, (size_t) (slash - name));
}

status_t
keyring_vault_new (const char *name, const char *token_file, keyring_vault_t **ret_vault,
                   char ret_reason [256])
{
    keyring_vault_t *self = calloc (1, sizeof *self);
    assert (self);
    status_t status = STATUS_OK;
    char *address = s_split (self, name);
    if (!address) {
        status = REFUSE (ret_reason, INVALID,
                         "keyring vault:%.100s is not vault:http[s]://HOST:PORT/kv-v1/PATH", name);
    }
    else {
        status = vault_new (address, token_file, &self->vault, ret_reason);
    }
    free (address);
    if (status != STATUS_OK) {
        keyring_vault_destroy (&self);
        return status;
    }
    *ret_vault = self;
    return STATUS_OK;
}

void
keyring_vault_destroy (keyring_vault_t **self_p)
{
    keyring_vault_t *self = *self_p;
    if (self) {
        vault_destroy (&self->vault);
        free (self);
        *self_p = NULL;
    }
}

//  ---------------------------------------------------------------------------

status_t
keyring_vault_read (keyring_vault_t *self, keyring_text_t *ret_text, char ret_reason [256])
{
    json_t *data = NULL;
    status_t status = vault_kv_read (self->vault, self->path, &data, ret_reason);
    if (status != STATUS_OK) {
        return status;
    }
    scoped (keyring_text_free) char *text = json_dumps (data, JSON_COMPACT);
    json_decref (data);
    return text ? keyring_text_read (ret_text, self->path, text, strlen (text), ret_reason)
                : REFUSE (ret_reason, LIMIT, "keyring %.180s: no memory", self->path);
}

static status_t
s_write (keyring_vault_t *self, const keyring_text_t *keys, char reason [256])
{
    scoped (keyring_text_free) char *text = keyring_text_write (keys);
    return text ? vault_kv_write (self->vault, self->path, text, reason)
                : REFUSE (reason, LIMIT, "keyring %.180s: no memory", self->path);
}

status_t
keyring_vault_tend (keyring_vault_t *self, char ret_reason [256])
{
    return vault_tend (self->vault, ret_reason);
}

//  ---------------------------------------------------------------------------
//  Turns

static int64_t
s_now_ms (void)
{
    struct timespec now;
    clock_gettime (CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
s_pause (int64_t ms)
{
    poll (NULL, 0, (int) ms);
}

//  Claims carry the wall clock's seconds first: whoever died with one loses its turn.
static status_t
s_claim (keyring_vault_t *self, char reason [256])
{
    int64_t began_ms = s_now_ms ();
    snprintf (self->claim, sizeof self->claim, "%s.claims/%010lld-%08x%08x", self->path,
              (long long) time (NULL), randombytes_random (), randombytes_random ());
    status_t status = vault_kv_write (self->vault, self->claim, "{\"claim\":true}", reason);
    if (status == STATUS_OK && s_now_ms () - began_ms > KEYRING_VAULT_PAUSE_MS) {
        status = REFUSE (reason, BUSY, "Vault is too slow to take turns at %.150s; try again",
                         self->path);
    }
    return status;
}

//  Whatever happens to it: it lapses by itself.
static void
s_give_back (keyring_vault_t *self)
{
    char unused [256];
    status_t status = vault_kv_remove (self->vault, self->claim, unused);
    (void) status;
}

//  Who makes it looks before it writes, so the first of several may go on. Who changes
//  it would write over what another one has just read: only one who is alone may.
typedef enum { TURN_OF_THE_FIRST, TURN_OF_ONE_ALONE } turn_t;

static status_t
s_has_turn (keyring_vault_t *self, turn_t rule, bool *ret_turn, char reason [256])
{
    char folder [PATH_SIZE + 16];
    json_t *names = NULL, *item;
    size_t index;

    snprintf (folder, sizeof folder, "%s.claims", self->path);
    status_t status = vault_kv_list (self->vault, folder, &names, reason);
    const char *mine = strrchr (self->claim, '/') + 1;
    *ret_turn = status == STATUS_OK;
    json_array_foreach (names, index, item)
    {
        const char *name = json_string_value (item);
        bool dead = !name || time (NULL) - strtoll (name, NULL, 10) > KEYRING_VAULT_CLAIM_S;
        int order = dead ? 0 : strcmp (name, mine);
        if (order < 0 || (order > 0 && rule == TURN_OF_ONE_ALONE)) {
            *ret_turn = false;
        }
    }
    json_decref (names);
    return status;
}

//  Another one is making it.
static status_t
s_wait (keyring_vault_t *self, char reason [256])
{
    int64_t end_ms = s_now_ms () + KEYRING_VAULT_WAIT_MS;
    status_t status;
    do {
        keyring_text_t text;
        s_pause (ASK_AGAIN_MS);
        status = keyring_vault_read (self, &text, reason);
        keyring_text_wipe (&text);
    } while (status == STATUS_NOT_FOUND && s_now_ms () < end_ms);
    return status == STATUS_NOT_FOUND
               ? REFUSE (reason, BUSY, "another node is making the keyring at %.150s; start again",
                         self->path)
               : status;
}

static status_t
s_make_in_turn (keyring_vault_t *self, const keyring_text_t *keys, char reason [256])
{
    keyring_text_t there;
    bool turn;

    s_pause (KEYRING_VAULT_PAUSE_MS);
    status_t status = s_has_turn (self, TURN_OF_THE_FIRST, &turn, reason);
    if (status != STATUS_OK) {
        return status;
    }
    if (!turn) {
        return s_wait (self, reason);
    }
    status = keyring_vault_read (self, &there, reason);
    keyring_text_wipe (&there);
    if (status == STATUS_NOT_FOUND) {
        status = s_write (self, keys, reason);
        s_pause (KEYRING_VAULT_PAUSE_MS);  //  What stands there then is what all read
    }
    return status;
}

status_t
keyring_vault_make (keyring_vault_t *self, const keyring_text_t *keys, char ret_reason [256])
{
    status_t status = vault_kv_mount (self->vault, self->mount, ret_reason);
    if (status == STATUS_OK) {
        status = s_claim (self, ret_reason);
    }
    if (status == STATUS_OK) {
        status = s_make_in_turn (self, keys, ret_reason);
        s_give_back (self);
    }
    return status;
}

//  ---------------------------------------------------------------------------
//  Changing

static bool
s_is_same (const keyring_text_t *one, const keyring_text_t *other)
{
    scoped (keyring_text_free) char *first = keyring_text_write (one);
    scoped (keyring_text_free) char *second = keyring_text_write (other);
    return first && second && strcmp (first, second) == 0;
}

static status_t
s_change_in_turn (keyring_vault_t *self, keyring_change_fn *change, void *context,
                  char reason [256])
{
    keyring_text_t keys, there;
    bool turn;

    memset (&there, 0, sizeof there);
    s_pause (KEYRING_VAULT_PAUSE_MS);
    status_t status = s_has_turn (self, TURN_OF_ONE_ALONE, &turn, reason);
    if (status == STATUS_OK && !turn) {
        status = REFUSE (reason, BUSY, "somebody else is changing the keyring at %.150s; try again",
                         self->path);
    }
    if (status != STATUS_OK) {
        return status;
    }
    status = keyring_vault_read (self, &keys, reason);
    if (status == STATUS_OK) {
        status = change (context, &keys, reason);
    }
    if (status == STATUS_OK) {
        status = s_write (self, &keys, reason);
    }
    if (status == STATUS_OK) {
        status = keyring_vault_read (self, &there, reason);
    }
    if (status == STATUS_OK && !s_is_same (&keys, &there)) {
        status = REFUSE (reason, BUSY, "somebody else changed the keyring at %.150s meanwhile",
                         self->path);
    }
    keyring_text_wipe (&keys);
    keyring_text_wipe (&there);
    return status;
}

status_t
keyring_vault_change (keyring_vault_t *self, keyring_change_fn *change, void *context,
                      char ret_reason [256])
{
    status_t status = s_claim (self, ret_reason);
    if (status == STATUS_OK) {
        status = s_change_in_turn (self, change, context, ret_reason);
        s_give_back (self);
    }
    return status;
}
