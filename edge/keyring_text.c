//  keyring_text - the JSON of a keyring.
//
//  Reading is strict on purpose: an unknown field, a short key, two active keys
//  are damage and not a guess, for a wrong derive key would give every object
//  another id.

#include "edge/keyring_text.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

enum { KEYRING_FORMAT = 1, KEY_HEX_SIZE = KEYRING_KEY_SIZE * 2 + 1 };

//  One line for people, and the status that goes with it.
#define REFUSE(reason, status, ...)                                                                \
    (snprintf (reason, 256, __VA_ARGS__), (status_t) STATUS_##status)

void
keyring_text_wipe (keyring_text_t *self)
{
    sodium_memzero (self, sizeof *self);
}

//  ---------------------------------------------------------------------------
//  Making and changing

void
keyring_text_make (keyring_text_t *ret_self)
{
    memset (ret_self, 0, sizeof *ret_self);
    randombytes_buf (ret_self->derive_key, KEYRING_KEY_SIZE);
    randombytes_buf (ret_self->index_key, KEYRING_KEY_SIZE);
    for (size_t kind = 0; kind < KEYRING_KINDS; kind++) {
        keyring_list_t *list = &ret_self->lists [kind];
        list->count = 1;
        list->keys [0].id = 1;
        randombytes_buf (list->keys [0].bytes, KEYRING_KEY_SIZE);
    }
}

//  Numbers are never used twice: the active key is always the newest, and is never
//  retired.
status_t
keyring_text_rotate (keyring_text_t *self, keyring_kind_t kind, uint32_t *ret_id)
{
    keyring_list_t *list = &self->lists [kind];
    uint32_t newest = 0;

    for (size_t index = 0; index < list->count; index++) {
        newest = list->keys [index].id > newest ? list->keys [index].id : newest;
    }
    if (list->count == KEYRING_KEYS_MAX || newest == UINT32_MAX) {
        return STATUS_LIMIT;
    }
    keyring_key_t *key = &list->keys [list->count];
    key->id = *ret_id = newest + 1;
    randombytes_buf (key->bytes, KEYRING_KEY_SIZE);
    list->active = list->count++;
    return STATUS_OK;
}

status_t
keyring_text_retire (keyring_text_t *self, keyring_kind_t kind, uint32_t id)
{
    keyring_list_t *list = &self->lists [kind];

    for (size_t index = 0; index < list->count; index++) {
        if (list->keys [index].id != id) {
            continue;
        }
        if (index == list->active) {
            return STATUS_IN_USE;
        }
        size_t after = list->count - index - 1;
        memmove (&list->keys [index], &list->keys [index + 1], after * sizeof list->keys [0]);
        sodium_memzero (&list->keys [--list->count], sizeof list->keys [0]);
        list->active -= list->active > index;
        return STATUS_OK;
    }
    return STATUS_NOT_FOUND;
}

//  ---------------------------------------------------------------------------
//  Writing

static json_t *
s_key_json (const uint8_t key [KEYRING_KEY_SIZE])
{
    char hex [KEY_HEX_SIZE];

    sodium_bin2hex (hex, sizeof hex, key, KEYRING_KEY_SIZE);
    json_t *text = json_string (hex);
    sodium_memzero (hex, sizeof hex);
    return text;
}

static json_t *
s_list_json (const keyring_list_t *list)
{
    json_t *array = json_array ();
    for (size_t index = 0; index < list->count; index++) {
        const keyring_key_t *key = &list->keys [index];
        json_array_append_new (array, json_pack ("{s:I,s:b,s:o}", "id", (json_int_t) key->id,
                                                 "active", (int) (index == list->active), "key",
                                                 s_key_json (key->bytes)));
    }
    return array;
}

char *
keyring_text_write (const keyring_text_t *self)
{
    json_t *root = json_pack ("{s:i,s:o,s:o,s:o,s:o}", "format", KEYRING_FORMAT, "derive",
                              s_key_json (self->derive_key), "index", s_key_json (self->index_key),
                              "master", s_list_json (&self->lists [KEYRING_MASTER]), "token",
                              s_list_json (&self->lists [KEYRING_TOKEN]));
    char *text = root ? json_dumps (root, JSON_INDENT (2)) : NULL;
    json_decref (root);
    return text;
}

void
keyring_text_free (char **text_p)
{
    if (*text_p) {
        sodium_memzero (*text_p, strlen (*text_p));
        free (*text_p);
        *text_p = NULL;
    }
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

static bool
s_has (const keyring_list_t *list, json_int_t id)
{
    for (size_t index = 0; index < list->count; index++) {
        if (list->keys [index].id == id) {
            return true;
        }
    }
    return false;
}

static bool
s_read_list (const json_t *array, keyring_list_t *ret_list)
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
            || id < 1 || id > UINT32_MAX || s_has (ret_list, id)
            || !s_read_key (key_text, key->bytes)) {
            return false;
        }
        key->id = (uint32_t) id;
        ret_list->active = active ? index : ret_list->active;
        actives += active != 0;
        ret_list->count++;
    }
    return actives == 1;
}

status_t
keyring_text_read (keyring_text_t *ret_self, const char *where, const char *text, size_t size,
                   char ret_reason [256])
{
    json_t *derive = NULL, *index = NULL, *master = NULL, *token = NULL;
    json_int_t format = 0;
    status_t status = STATUS_OK;

    memset (ret_self, 0, sizeof *ret_self);
    json_t *root = json_loadb (text, size, JSON_REJECT_DUPLICATES, NULL);
    if (!root || json_unpack (root, "{s:I}", "format", &format) != 0) {
        status = REFUSE (ret_reason, DAMAGED, "keyring %.180s is damaged: not a keyring", where);
    }
    else if (format != KEYRING_FORMAT) {
        status = REFUSE (ret_reason, UNSUPPORTED,
                         "keyring %.160s was made by another version (format %lld)", where,
                         (long long) format);
    }
    else if (json_unpack (root, "{s:I,s:o,s:o,s:o,s:o!}", "format", &format, "derive", &derive,
                          "index", &index, "master", &master, "token", &token)
                 != 0
             || !s_read_key (derive, ret_self->derive_key)
             || !s_read_key (index, ret_self->index_key)
             || !s_read_list (master, &ret_self->lists [KEYRING_MASTER])
             || !s_read_list (token, &ret_self->lists [KEYRING_TOKEN])) {
        status = REFUSE (ret_reason, DAMAGED,
                         "keyring %.160s is damaged: a key is missing or not one", where);
    }
    json_decref (root);
    return status;
}
