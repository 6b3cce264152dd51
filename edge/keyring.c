//  keyring - the key file: made once, read strictly, kept in guarded memory.
//
//  Reading is strict on purpose: an unknown field, a short key, two active keys
//  are damage and not a guess, for a wrong derive key would give every object
//  another id.

#include "edge/keyring.h"

#include <jansson.h>
#include <libgen.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "edge/secret_file.h"

enum { KEYRING_FORMAT = 1, KEYRING_FILE_MAX = 64 * 1024, KEY_HEX_SIZE = KEYRING_KEY_SIZE * 2 + 1 };

typedef struct {
    size_t count;
    keyring_key_t keys [KEYRING_KEYS_MAX];
} key_list_t;

struct keyring {
    uint8_t derive_key [KEYRING_KEY_SIZE];
    uint8_t index_key [KEYRING_KEY_SIZE];
    key_list_t master;
    key_list_t token;
};

//  One line for people, and the status that goes with it.
#define REFUSE(reason, status, ...) (snprintf (reason, 256, __VA_ARGS__), STATUS_##status)

//  ---------------------------------------------------------------------------
//  Making

static json_t *
s_random_key_text (void)
{
    uint8_t key [KEYRING_KEY_SIZE];
    char hex [KEY_HEX_SIZE];

    randombytes_buf (key, sizeof key);
    sodium_bin2hex (hex, sizeof hex, key, sizeof key);
    json_t *text = json_string (hex);
    sodium_memzero (key, sizeof key);
    sodium_memzero (hex, sizeof hex);
    return text;
}

static json_t *
s_random_list (void)
{
    return json_pack ("[{s:i,s:b,s:o}]", "id", 1, "active", 1, "key", s_random_key_text ());
}

//  The text of a new keyring, owned by the caller.
static char *
s_new_text (void)
{
    json_t *root = json_pack ("{s:i,s:o,s:o,s:o,s:o}", "format", KEYRING_FORMAT, "derive",
                              s_random_key_text (), "index", s_random_key_text (), "master",
                              s_random_list (), "token", s_random_list ());
    char *text = root ? json_dumps (root, JSON_INDENT (2)) : NULL;
    json_decref (root);
    return text;
}

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
s_make (const char *path, char reason [256])
{
    status_t status = s_refuse_lost (path, reason);
    if (status != STATUS_OK) {
        return status;
    }
    char *text = s_new_text ();
    if (!text) {
        return REFUSE (reason, LIMIT, "keyring %s: no memory", path);
    }
    status = secret_file_make (path, text, strlen (text), reason);
    sodium_memzero (text, strlen (text));
    free (text);
    return status;
}

//  ---------------------------------------------------------------------------
//  Reading

static bool
s_read_key (const json_t *value, uint8_t ret_key [KEYRING_KEY_SIZE])
{
    const char *text = json_string_value (value);
    size_t size = 0;

    return text && json_string_length (value) == KEY_HEX_SIZE - 1
           && sodium_hex2bin (ret_key, KEYRING_KEY_SIZE, text, KEY_HEX_SIZE - 1, NULL, &size, NULL)
                  == 0
           && size == KEYRING_KEY_SIZE;
}

static const keyring_key_t *
s_find (const key_list_t *list, uint32_t id)
{
    for (size_t index = 0; index < list->count; index++) {
        if (list->keys [index].id == id) {
            return &list->keys [index];
        }
    }
    return NULL;
}

static const keyring_key_t *
s_active (const key_list_t *list)
{
    for (size_t index = 0; index < list->count; index++) {
        if (list->keys [index].active) {
            return &list->keys [index];
        }
    }
    return NULL;
}

static bool
s_read_list (const json_t *array, key_list_t *ret_list)
{
    size_t actives = 0;

    if (!json_is_array (array) || json_array_size (array) > KEYRING_KEYS_MAX) {
        return false;
    }
    for (size_t index = 0; index < json_array_size (array); index++) {
        json_t *item = json_array_get (array, index), *key_text = NULL;
        json_int_t id = 0;
        int active = 0;
        keyring_key_t *key = &ret_list->keys [index];

        if (json_unpack (item, "{s:I,s:b,s:o!}", "id", &id, "active", &active, "key", &key_text)
                != 0
            || id < 1 || id > UINT32_MAX || s_find (ret_list, (uint32_t) id)
            || !s_read_key (key_text, key->bytes)) {
            return false;
        }
        key->id = (uint32_t) id;
        key->active = active;
        actives += key->active;
        ret_list->count++;
    }
    return actives == 1;
}

static status_t
s_parse (const char *path, const char *text, size_t size, keyring_t *ret_keyring, char reason [256])
{
    json_t *derive = NULL, *index = NULL, *master = NULL, *token = NULL;
    json_int_t format = 0;
    status_t status = STATUS_OK;

    json_t *root = json_loadb (text, size, JSON_REJECT_DUPLICATES, NULL);
    if (!root || json_unpack (root, "{s:I}", "format", &format) != 0) {
        status = REFUSE (reason, DAMAGED, "keyring %s is damaged: not a keyring", path);
    }
    else if (format != KEYRING_FORMAT) {
        status =
            REFUSE (reason, UNSUPPORTED, "keyring %s was made by another version (format %lld)",
                    path, (long long) format);
    }
    else if (json_unpack (root, "{s:I,s:o,s:o,s:o,s:o!}", "format", &format, "derive", &derive,
                          "index", &index, "master", &master, "token", &token)
                 != 0
             || !s_read_key (derive, ret_keyring->derive_key)
             || !s_read_key (index, ret_keyring->index_key)
             || !s_read_list (master, &ret_keyring->master)
             || !s_read_list (token, &ret_keyring->token)) {
        status =
            REFUSE (reason, DAMAGED, "keyring %s is damaged: a key is missing or not one", path);
    }
    json_decref (root);
    return status;
}

static status_t
s_load (const char *path, keyring_t **ret_keyring, char reason [256])
{
    size_t size = 0;
    char *text = malloc (KEYRING_FILE_MAX);
    keyring_t *self = sodium_malloc (sizeof *self);

    if (!text || !self) {
        free (text);
        sodium_free (self);
        return REFUSE (reason, LIMIT, "keyring %s: no memory", path);
    }
    memset (self, 0, sizeof *self);
    status_t status = secret_file_read (path, text, KEYRING_FILE_MAX, &size, reason);
    if (status == STATUS_OK) {
        status = s_parse (path, text, size, self, reason);
    }
    sodium_memzero (text, KEYRING_FILE_MAX);
    free (text);
    if (status != STATUS_OK) {
        keyring_destroy (&self);
        return status;
    }
    sodium_mprotect_readonly (self);
    *ret_keyring = self;
    return STATUS_OK;
}

//  ---------------------------------------------------------------------------

status_t
keyring_open (const char *path, bool create, keyring_t **ret_keyring, char ret_reason [256])
{
    if (sodium_init () < 0) {
        return REFUSE (ret_reason, LIMIT, "keyring %s: no source of randomness", path);
    }
    status_t status = s_load (path, ret_keyring, ret_reason);
    if (status == STATUS_NOT_FOUND && create) {
        status = s_make (path, ret_reason);
        if (status == STATUS_OK) {
            status = s_load (path, ret_keyring, ret_reason);
        }
    }
    return status;
}

void
keyring_destroy (keyring_t **self_p)
{
    if (*self_p) {
        sodium_free (*self_p);  //  Wipes
        *self_p = NULL;
    }
}

const uint8_t *
keyring_derive_key (const keyring_t *self)
{
    return self->derive_key;
}

const uint8_t *
keyring_index_key (const keyring_t *self)
{
    return self->index_key;
}

const keyring_key_t *
keyring_master_key (const keyring_t *self)
{
    return s_active (&self->master);
}

const keyring_key_t *
keyring_token_key (const keyring_t *self)
{
    return s_active (&self->token);
}

const keyring_key_t *
keyring_find_master_key (const keyring_t *self, uint32_t id)
{
    return s_find (&self->master, id);
}

const keyring_key_t *
keyring_find_token_key (const keyring_t *self, uint32_t id)
{
    return s_find (&self->token, id);
}
